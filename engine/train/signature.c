/* What tells whether a checkpoint belongs to a document.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/model.h"

static void
add_structure (GChecksum *sum, WeftDocument *document)
{
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      const WeftNode  *node = weft_document_node_at (document, i);
      g_autofree char *params = weft_json_to_string (node->params);
      g_autofree char *line =
        g_strdup_printf ("%s\t%s\t%s%s\n", node->id, node->op, params,
                         (node->flags & WEFT_NODE_BYPASSED) != 0 ? "\tbypassed" : "");

      g_checksum_update (sum, (const guchar *) line, -1);
    }
  for (guint i = 0; i < weft_document_n_wires (document); i++)
    {
      const WeftWire  *wire = weft_document_wire_at (document, i);
      g_autofree char *line = g_strdup_printf (
        "%s.%s -> %s.%s\n", weft_document_node (document, wire->from)->id, wire->from_port,
        weft_document_node (document, wire->to)->id, wire->to_port);

      g_checksum_update (sum, (const guchar *) line, -1);
    }
}

/* weft_document_signature:
 *
 * Returns: a hash of nodes, parameters, wires and the training section without rate, steps,
 * epochs and sweep; caller owns.
 */
char *
weft_document_signature (WeftDocument *document)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (WeftJson) training = weft_json_copy (weft_document_get_training (document));
  g_autofree char *training_text = NULL;

  add_structure (sum, document);
  for (guint i = 0; i < weft_document_n_groups (document); i++)
    {
      WeftDocument *group = weft_document_group_at (document, i);

      g_checksum_update (sum, (const guchar *) weft_document_get_group_name (group), -1);
      add_structure (sum, group);
    }
  weft_json_remove (training, "sweep");
  weft_json_remove (training, "rate");
  weft_json_remove (training, "steps");
  weft_json_remove (training, "epochs");
  training_text = weft_json_to_string (training);
  g_checksum_update (sum, (const guchar *) training_text, -1);
  return g_strdup (g_checksum_get_string (sum));
}

/* Documents as files: writing, so that a diff reads well: one node, wire and note a line.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/document/document-private.h"

#include <string.h>

char *
weft_document_wire_text (WeftDocument *document, const WeftWire *wire)
{
  return g_strdup_printf ("%s.%s -> %s.%s", weft_document_node (document, wire->from)->id,
                          wire->from_port, weft_document_node (document, wire->to)->id,
                          wire->to_port);
}

/* "KEY: [" with one item a line; @n items by @item. @indent: of the document, spaces. */
static void
write_list (WeftDocument *document,
            GString      *out,
            const char   *indent,
            const char   *key,
            guint         n,
            WeftJson *(*item) (WeftDocument *, guint))
{
  g_string_append_printf (out, "%s  \"%s\": [", indent, key);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (WeftJson) json = item (document, i);
      g_autofree char *text = weft_json_to_string (json);

      g_string_append_printf (out, "%s\n%s    %s", i > 0 ? "," : "", indent, text);
    }
  if (n > 0)
    g_string_append_printf (out, "\n%s  ]", indent);
  else
    g_string_append_c (out, ']');
}

static WeftJson *
node_item (WeftDocument *document, guint i)
{
  return weft_node_box_to_json (g_ptr_array_index (document->nodes, i));
}

static WeftJson *
wire_item (WeftDocument *document, guint i)
{
  g_autofree char *text = weft_document_wire_text (document, weft_document_wire_at (document, i));

  return weft_json_new_string (text);
}

static WeftJson *
note_item (WeftDocument *document, guint i)
{
  return weft_note_box_to_json (g_ptr_array_index (document->notes, i));
}

static char *
quote (const char *text)
{
  g_autoptr (WeftJson) json = weft_json_new_string (text);

  return weft_json_to_string (json);
}

static void
write_member (GString *out, const char *indent, const char *key, WeftJson *value)
{
  g_autofree char *quoted = quote (key);
  g_autofree char *text = weft_json_to_string (value);

  g_string_append_printf (out, "%s  %s: %s", indent, quoted, text);
}

/* "routes": one wire a line, of those that are not drawn straight away. */
static void
write_routes (WeftDocument *document, GString *out, const char *indent)
{
  guint n = 0;

  for (guint i = 0; i < document->wires->len; i++)
    {
      const WireBox *box = g_ptr_array_index (document->wires, i);
      g_autoptr (WeftJson) route = weft_wire_box_get_route (box);
      g_autofree char *port = NULL, *quoted = NULL, *text = NULL;

      if (weft_json_kind (route) != WEFT_JSON_OBJECT)
        continue;
      port =
        g_strdup_printf ("%s.%s", weft_document_node (document, box->wire.to)->id, box->to_port);
      quoted = quote (port);
      text = weft_json_to_string (route);
      if (n++ == 0)
        g_string_append_printf (out, ",\n%s  \"routes\": {", indent);
      g_string_append_printf (out, "%s\n%s    %s: %s", n > 1 ? "," : "", indent, quoted, text);
    }
  if (n > 0)
    g_string_append_printf (out, "\n%s  }", indent);
}

static void
write_content (WeftDocument *document, GString *out, const char *indent)
{
  write_list (document, out, indent, "nodes", document->nodes->len, node_item);
  g_string_append (out, ",\n");
  write_list (document, out, indent, "wires", document->wires->len, wire_item);
  write_routes (document, out, indent);
  if (document->notes->len > 0)
    {
      g_string_append (out, ",\n");
      write_list (document, out, indent, "notes", document->notes->len, note_item);
    }
  if (weft_json_n_members (document->training) > 0)
    {
      g_string_append (out, ",\n");
      write_member (out, indent, "training", document->training);
    }
  if (weft_json_n_members (document->view) > 0)
    {
      g_string_append (out, ",\n");
      write_member (out, indent, "view", document->view);
    }
}

static void
write_extra (WeftDocument *document, GString *out, const char *indent)
{
  WeftJsonIter iter = { document->extra };
  const char  *key;
  WeftJson    *value;

  while (weft_json_next (&iter, &key, &value))
    {
      write_member (out, indent, key, value);
      g_string_append (out, ",\n");
    }
}

static void
write_group (WeftDocument *group, GString *out)
{
  const char      *indent = "    ";
  g_autofree char *name = quote (group->group_name);
  g_autofree char *title = quote (group->title);

  g_string_append_printf (out, "    %s: {\n", name);
  if (*group->title != '\0')
    g_string_append_printf (out, "%s  \"title\": %s,\n", indent, title);
  write_extra (group, out, indent);
  write_content (group, out, indent);
  g_string_append_printf (out, "\n%s}", indent);
}

char *
weft_document_group_text (WeftDocument *group)
{
  GString *out = g_string_new (NULL);

  write_group (group, out);
  return g_string_free (out, FALSE);
}

static void
write_groups (WeftDocument *document, GString *out)
{
  if (document->groups->len == 0)
    return;
  g_string_append (out, "  \"groups\": {\n");
  for (guint i = 0; i < document->groups->len; i++)
    {
      write_group (g_ptr_array_index (document->groups, i), out);
      g_string_append (out, i + 1 < document->groups->len ? ",\n" : "\n");
    }
  g_string_append (out, "  },\n");
}

/* The file's text: one node, wire and note a line. Of a definition, it is that of its document. The
 * caller owns it. */
char *
weft_document_to_text (WeftDocument *document)
{
  GString         *out = g_string_new (NULL);
  g_autofree char *title = NULL;

  document = weft_document_get_root (document);
  title = quote (document->title);
  g_string_append_printf (out, "{\n  \"format\": \"weft\", \"version\": %d, \"title\": %s,\n",
                          WEFT_DOCUMENT_VERSION, title);
  write_extra (document, out, "");
  write_groups (document, out);
  write_content (document, out, "");
  g_string_append (out, "\n}\n");
  return g_string_free (out, FALSE);
}

/* Writes @document to @path in one piece (the old file or the new one, never half) and makes it its
 * path. Errors: G_FILE_ERROR. */
gboolean
weft_document_save (WeftDocument *document, const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autofree char *absolute = g_file_get_path (file);
  g_autofree char *text = weft_document_to_text (document);

  document = weft_document_get_root (document);

  if (!weft_file_write_atomic (path, text, strlen (text), error))
    return FALSE;
  weft_document_note_content (document, text, strlen (text));
  weft_document_mark_saved (document, absolute != NULL ? absolute : path);
  return TRUE;
}

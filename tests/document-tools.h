/* What tests of documents share: reading one from a text, finding its nodes, and what must hold of
 * it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/lower.h"
#include "engine/run/function.h"

#include <string.h>

G_GNUC_UNUSED static WeftDocument *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  WeftDocument *document = weft_document_parse (text, -1, "test", &error);

  g_assert_no_error (error);
  return document;
}

G_GNUC_UNUSED static guint32
uid_of (WeftDocument *document, const char *id)
{
  const WeftNode *node = weft_document_node_by_id (document, id);

  g_assert_nonnull (node);
  return node->uid;
}

G_GNUC_UNUSED static void
assert_text (WeftDocument *document, const char *text)
{
  g_autofree char *is = weft_document_to_text (document);

  g_assert_cmpstr (is, ==, text);
}

/* Undoing everything gives @before, redoing everything what is there now. */
G_GNUC_UNUSED static void
assert_reversible (WeftDocument *document, const char *before)
{
  g_autofree char *after = weft_document_to_text (document);
  guint            n = 0;

  while (weft_document_undo (document))
    n++;
  g_assert_cmpuint (n, >, 0);
  assert_text (document, before);
  g_assert_false (weft_document_get_modified (document));
  while (n-- > 0)
    g_assert_true (weft_document_redo (document));
  assert_text (document, after);
  while (weft_document_undo (document))
    ;
  assert_text (document, before);
}

G_GNUC_UNUSED static char *
type_of (WeftTyping *typing, guint32 uid, const char *port)
{
  const WeftType *type = weft_typing_output (typing, uid, port);

  return type != NULL ? weft_type_to_string (type) : g_strdup ("unknown");
}

G_GNUC_UNUSED static void
assert_type (
  WeftTyping *typing, WeftDocument *document, const char *id, const char *port, const char *type)
{
  g_autofree char *is = type_of (typing, uid_of (document, id), port);

  g_assert_cmpstr (is, ==, type);
}

G_GNUC_UNUSED static void
assert_fine (WeftDocument *document)
{
  g_autoptr (WeftTyping) typing = weft_typing_new (document);

  weft_typing_update (typing);
  if (weft_typing_n_problems (typing) > 0)
    g_error ("%s", weft_typing_problem (typing, 0)->message);
}

G_GNUC_UNUSED static void
assert_edit_error (GError **error, const char *part)
{
  g_assert_error (*error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT);
  if (strstr ((*error)->message, part) == NULL)
    g_error ("“%s” should say “%s”", (*error)->message, part);
  g_clear_error (error);
}

/* The value of @port with 2 rows of 1, 2, 3, 4 as x. */
G_GNUC_UNUSED static double
first_element (WeftDocument *document, const char *port)
{
  g_autoptr (WeftLowered) lowered =
    weft_document_lower (document, &(WeftLowerOptions){ .seed = 1 });
  WeftValue *value = weft_lowered_get (lowered, port);
  g_autoptr (WeftArray) x = weft_array_new (WEFT_F32, 2, (gint64[]){ 2, 4 });
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) result = NULL;
  g_autoptr (GHashTable) fed = g_hash_table_new (NULL, NULL);

  g_assert_cmpuint (lowered->problems->len, ==, 0);
  g_assert_nonnull (value);
  for (guint i = 0; i < 8; i++)
    weft_array_set (x, i, i % 4 + 1 + i / 4);
  g_hash_table_insert (fed, ((WeftInputPort *) g_ptr_array_index (lowered->inputs, 0))->value,
                       weft_graph_constant (lowered->graph, x));
  weft_graph_clone (lowered->graph, lowered->graph, 1, &value, fed, NULL, &value, &error);
  g_assert_no_error (error);
  result = weft_evaluate (lowered->graph, value, 1, &error);
  g_assert_no_error (error);
  return weft_array_get (result, 0);
}

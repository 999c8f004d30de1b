/* A long walk of random edits, undos and redos: the document is what undoing and redoing all of it
 * gives, its file reads back as itself, and typing that followed along is typing from scratch.
 *
 * WEFT_EDITS says how many, WEFT_SEED which.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/lower.h"
#include "engine/ops/ops.h"
#include "tests/random-edits.h"

#include <stdlib.h>

#define N_EDITS 4000

/* How many edits lie between two looks of each kind, and how often all is undone and done again. */
#define EVERY_TYPING 10
#define EVERY_FILE 25
#define N_REPLAYS 8

static guint
number_of (const char *name, guint otherwise)
{
  const char *text = g_getenv (name);

  return text != NULL ? (guint) strtoul (text, NULL, 10) : otherwise;
}

static void
assert_reads_back (WeftDocument *document)
{
  g_autofree char *text = weft_document_to_text (document), *again_text = NULL, *copy_text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) again = weft_document_parse (text, -1, "again", &error);
  g_autoptr (WeftDocument) copy = weft_document_snapshot (document);

  g_assert_no_error (error);
  again_text = weft_document_to_text (again);
  g_assert_cmpstr (text, ==, again_text);
  copy_text = weft_document_to_text (copy);
  g_assert_cmpstr (text, ==, copy_text);
}

/* Back to the first document, and forth again. */
static void
assert_replays (WeftDocument *document, const char *first)
{
  g_autofree char *text = weft_document_to_text (document), *begun = NULL, *again = NULL;
  guint            n = 0;

  while (weft_document_undo (document))
    n++;
  begun = weft_document_to_text (document);
  g_assert_cmpstr (begun, ==, first);
  for (; n > 0; n--)
    g_assert_true (weft_document_redo (document));
  again = weft_document_to_text (document);
  g_assert_cmpstr (again, ==, text);
}

static char *
type_text (const WeftType *type)
{
  return type != NULL ? weft_type_to_string (type) : g_strdup ("unknown");
}

static void
assert_types (WeftDocument *document, WeftTyping *typing)
{
  g_autoptr (WeftTyping) fresh = weft_typing_new (document);

  weft_typing_update (typing);
  weft_typing_update (fresh);
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      const WeftNode *node = weft_document_node_at (document, i);
      g_autoptr (WeftPorts) ports = weft_document_ports (document, node->uid);
      const WeftProblem *is = weft_typing_node_problem (typing, node->uid);
      const WeftProblem *should_be = weft_typing_node_problem (fresh, node->uid);

      g_assert_cmpstr (is != NULL ? is->message : "", ==,
                       should_be != NULL ? should_be->message : "");
      for (guint k = 0; k < ports->n_outputs; k++)
        {
          const char      *port = ports->outputs[k].name;
          g_autofree char *followed = type_text (weft_typing_output (typing, node->uid, port));
          g_autofree char *made = type_text (weft_typing_output (fresh, node->uid, port));

          g_assert_cmpstr (followed, ==, made);
        }
    }
  g_assert_cmpuint (weft_typing_n_problems (typing), ==, weft_typing_n_problems (fresh));
}

static void
test_walk (void)
{
  guint            n = number_of ("WEFT_EDITS", N_EDITS), seed = number_of ("WEFT_SEED", 6);
  GRand           *rand = g_rand_new_with_seed (seed);
  WeftDocument    *document = weft_random_edit_begin (rand);
  WeftTyping      *typing = weft_typing_new (document);
  g_autofree char *first = weft_document_to_text (document);

  g_test_message ("%u edits, seed %u", n, seed);
  for (guint i = 1; i <= n; i++)
    {
      weft_random_edit (document, rand);
      if (i % EVERY_TYPING == 0)
        assert_types (document, typing);
      if (i % EVERY_FILE == 0)
        assert_reads_back (document);
      if (i % MAX (n / N_REPLAYS, 1) == 0 || i == n)
        assert_replays (document, first);
    }
  weft_typing_free (typing);
  g_assert_finalize_object (document);
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/document/edits/walk", test_walk);
  return g_test_run ();
}

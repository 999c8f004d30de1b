/* What differs between two documents, in words: a table of changes to one document.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/differences.h"

#define BEFORE                                                                                   \
  "{\"nodes\": [{\"id\": \"a\", \"op\": \"dense\", \"params\": {\"units\": 8}, \"at\": [0, 0]}," \
  " {\"id\": \"b\", \"op\": \"tanh\"}], \"wires\": [\"a.y -> b.x\"],"                            \
  " \"training\": {\"rate\": 0.1, \"rule\": \"sgd\"}}"

static const struct
{
  const char *name, *after, *said;
} cases[] = {
  { "nothing", BEFORE, "" },
  { "places",
    "{\"nodes\": [{\"id\": \"a\", \"op\": \"dense\", \"params\": {\"units\": 8}, \"at\": [9, 9]},"
    " {\"id\": \"b\", \"op\": \"tanh\"}], \"wires\": [\"a.y -> b.x\"],"
    " \"training\": {\"rate\": 0.1, \"rule\": \"sgd\"}}",
    "" },
  { "parameter",
    "{\"nodes\": [{\"id\": \"a\", \"op\": \"dense\", \"params\": {\"units\": 9}},"
    " {\"id\": \"b\", \"op\": \"tanh\"}], \"wires\": [\"a.y -> b.x\"],"
    " \"training\": {\"rate\": 0.1, \"rule\": \"sgd\"}}",
    "a.units 8 → 9" },
  { "setting",
    "{\"nodes\": [{\"id\": \"a\", \"op\": \"dense\", \"params\": {\"units\": 8}},"
    " {\"id\": \"b\", \"op\": \"tanh\"}], \"wires\": [\"a.y -> b.x\"],"
    " \"training\": {\"rate\": 0.2, \"rule\": \"sgd\"}}",
    "rate 0.1 → 0.2" },
  { "operation",
    "{\"nodes\": [{\"id\": \"a\", \"op\": \"dense\", \"params\": {\"units\": 8}},"
    " {\"id\": \"b\", \"op\": \"relu\"}], \"wires\": [\"a.y -> b.x\"],"
    " \"training\": {\"rate\": 0.1, \"rule\": \"sgd\"}}",
    "b: relu instead of tanh" },
  { "bypassed",
    "{\"nodes\": [{\"id\": \"a\", \"op\": \"dense\", \"params\": {\"units\": 8}},"
    " {\"id\": \"b\", \"op\": \"tanh\", \"bypass\": true}], \"wires\": [\"a.y -> b.x\"],"
    " \"training\": {\"rate\": 0.1, \"rule\": \"sgd\"}}",
    "b bypassed" },
};

static void
test_case (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftJson) before = weft_json_parse (BEFORE, -1, &error);
  g_autoptr (WeftJson) after = weft_json_parse (cases[i].after, -1, &error);
  g_autoptr (GPtrArray) parts = NULL;

  g_assert_no_error (error);
  parts = weft_document_differences (before, after);
  g_assert_cmpuint (parts->len, ==, *cases[i].said != '\0');
  if (parts->len == 1)
    g_assert_cmpstr (g_ptr_array_index (parts, 0), ==, cases[i].said);
}

/* The other way round it says that it is no longer so. */
static void
test_no_longer_bypassed (void)
{
  g_autoptr (WeftJson) before = weft_json_parse (cases[G_N_ELEMENTS (cases) - 1].after, -1, NULL);
  g_autoptr (WeftJson) after = weft_json_parse (BEFORE, -1, NULL);
  g_autoptr (GPtrArray) parts = weft_document_differences (before, after);

  g_assert_cmpuint (parts->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (parts, 0), ==, "b no longer bypassed");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/document/differences/", cases[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_case);
    }
  g_test_add_func ("/document/differences/no-longer-bypassed", test_no_longer_bypassed);
  return g_test_run ();
}

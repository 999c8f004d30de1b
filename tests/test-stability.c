/* The stability table: expressions that overflow, underflow or cancel as people write them, at the
 * points where they do, in float32, with their gradients. tests/golden/stability.jsonl holds them
 * with the truth (tests/oracle/stability.py).
 *
 * Without rewriting each must be non-finite or wrong, else the row proves nothing; rewritten it
 * must be right: the value alone, the gradient alone (of the sum, of the mean and of a weighted
 * sum) and all of them in one function.
 *
 *   test-stability --table          prints the table: as written, rewritten, and the rules of
 * stabilise.def that did it test-stability --steps TEXT     prints what is done to the gradient of
 * the row with that text
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/json.h"
#include "engine/grad/grad.h"
#include "engine/run/function.h"
#include "tests/graph-tools.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Relative: what is wrong by more is wrong, what is right to less is right. Float32 rounds at 6e-8;
 * an expression of a few ops, one of them an exponential of a rounded operand of size 100, is off
 * by a few hundred of these at most. */
#define WRONG 1e-3
#define RIGHT 1e-5

#define MAX_INPUTS 5

/* What is compared: the value, and the gradient with ones, the same shares, and weights flowing
 * back. */
typedef enum
{
  VALUE,
  OF_SUM,
  OF_MEAN,
  WEIGHTED,
  N_PARTS,
} Part;

typedef struct
{
  WeftJson  *json;
  WeftGraph *graph;
  guint      n_inputs;
  WeftValue *inputs[MAX_INPUTS];
  WeftArray *arrays[MAX_INPUTS];
  WeftValue *parts[N_PARTS];
} Row;

/* How far a result is off. */
typedef struct
{
  guint  n, n_wrong; /* elements compared; off by more than WRONG */
  double worst;      /* relative error */
  double worst_got, worst_true;
} Error;

/* ---- Building ---- */

static WeftArray *
read_array (WeftJson *numbers, WeftDType dtype, guint rank, const gint64 *shape)
{
  WeftArray *array = weft_array_new (dtype, rank, shape);

  for (guint i = 0; i < weft_json_length (numbers); i++)
    weft_array_set (array, i, weft_json_number (weft_json_at (numbers, i), NAN));
  return array;
}

static WeftValue *
add_input (Row *row, const char *name, WeftArray *array)
{
  WeftType type = { .dtype = array->dtype };

  g_assert_cmpuint (row->n_inputs, <, MAX_INPUTS);
  type.shape.rank = array->rank;
  for (guint i = 0; i < array->rank; i++)
    type.shape.dims[i] = weft_dim (array->shape[i]);
  row->arrays[row->n_inputs] = array;
  row->inputs[row->n_inputs] = weft_graph_input (row->graph, name, &type);
  return row->inputs[row->n_inputs++];
}

static WeftValue *
gradient (Row *row, WeftValue *cost, WeftValue *by)
{
  g_autoptr (GError) error = NULL;
  WeftValue *result = NULL;

  if (!weft_grad (row->graph, cost, NULL, NULL, 1, &by, WEFT_DISCONNECTED_ERROR, &result, &error))
    g_error ("%s: %s", weft_json_get_string (row->json, "e", ""), error->message);
  return result;
}

static void
row_init (Row *row, WeftJson *json)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();
  const char *name;
  WeftJson   *input;
  WeftValue  *by = NULL, *weights;
  gint64      dims[WEFT_MAX_RANK];

  *row = (Row){ .json = json, .graph = weft_graph_new () };
  for (WeftJsonIter i = { weft_json_get (json, "in") }; weft_json_next (&i, &name, &input);)
    {
      WeftDType  dtype;
      WeftJson  *shape = weft_json_at (input, 1);
      WeftValue *value;

      g_assert_true (weft_dtype_parse (weft_json_string (weft_json_at (input, 0), ""), &dtype));
      for (guint k = 0; k < weft_json_length (shape); k++)
        dims[k] = weft_json_int (weft_json_at (shape, k), 0);
      value = add_input (
        row, name, read_array (weft_json_at (input, 2), dtype, weft_json_length (shape), dims));
      weft_scope_set_value (scope, name, value);
      if (g_str_equal (name, weft_json_get_string (json, "wrt", "")))
        by = value;
    }
  g_assert_nonnull (by);
  row->parts[VALUE] = build_value (row->graph, scope, weft_json_get_string (json, "e", ""));
  g_assert_true (weft_shape_resolve (&row->parts[VALUE]->type.shape, NULL, dims));
  weights = add_input (row, "weights",
                       read_array (weft_json_get (json, "weights"), WEFT_F32,
                                   row->parts[VALUE]->type.shape.rank, dims));
  weft_scope_set_value (scope, "f", row->parts[VALUE]);
  weft_scope_set_value (scope, "w", weights);
  row->parts[OF_SUM] = gradient (row, build_value (row->graph, scope, "sum(f)"), by);
  row->parts[OF_MEAN] = gradient (row, build_value (row->graph, scope, "mean(f)"), by);
  row->parts[WEIGHTED] = gradient (row, build_value (row->graph, scope, "sum(w * f)"), by);
}

static void
row_clear (Row *row)
{
  for (guint i = 0; i < row->n_inputs; i++)
    weft_array_unref (row->arrays[i]);
  weft_graph_free (row->graph);
}

/* ---- Running ---- */

/* Adds the names of the stabilising rules that fired to @names. */
static void
add_rules (WeftRewrite *journal, GPtrArray *names)
{
  guint                  n;
  const WeftRewriteStep *steps = weft_rewrite_steps (journal, &n);

  for (guint i = 0; i < n; i++)
    for (guint k = 0; k < weft_rule_count (); k++)
      {
        const WeftRuleInfo *rule = weft_rule_get (k);

        if (rule->phase == WEFT_PHASE_STABILISE && g_str_equal (rule->name, steps[i].rule) &&
            !g_ptr_array_find_with_equal_func (names, rule->name, g_str_equal, NULL))
          g_ptr_array_add (names, (gpointer) rule->name);
      }
}

/* The parts from @first to before @end in one function. @names (or NULL) gets the rules that fired.
 */
static void
evaluate (
  const Row *row, Part first, Part end, gboolean rewrite, WeftArray **results, GPtrArray *names)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftFunction) function =
    weft_function_new (&(WeftFunctionSpec){ .graph = row->graph,
                                            .n_inputs = row->n_inputs,
                                            .inputs = row->inputs,
                                            .n_outputs = end - first,
                                            .outputs = row->parts + first,
                                            .no_rewrites = !rewrite },
                       &error);

  g_assert_no_error (error);
  if (!weft_function_call (function, row->arrays, results, NULL, &error))
    g_error ("%s: %s", weft_json_get_string (row->json, "e", ""), error->message);
  if (names != NULL)
    add_rules (weft_function_get_journal (function), names);
}

static double
truth_at (const Row *row, Part part, guint i)
{
  WeftJson *numbers = weft_json_get (row->json, part == VALUE ? "y" : part == WEIGHTED ? "gw"
                                                                                       : "g");
  WeftJson *number = weft_json_at (numbers, i);
  double    truth;

  if (weft_json_kind (number) == WEFT_JSON_STRING)
    truth = g_ascii_strtod (weft_json_string (number, ""), NULL);
  else
    truth = weft_json_number (number, NAN);
  if (part == OF_MEAN)
    truth /= weft_json_length (weft_json_get (row->json, "y"));
  return (float) truth;
}

/* How far @got is off. An element without a truth (a kink, or no number) is not compared. */
static Error
measure (const Row *row, Part part, const WeftArray *got)
{
  double scale =
    weft_json_number (weft_json_at (weft_json_get (row->json, "scale"), part != VALUE), 0);
  Error error = { .worst = -1 };

  for (gint64 i = 0; i < got->n_elements; i++)
    {
      double y = weft_array_get (got, i), truth = truth_at (row, part, i), off;

      if (isnan (truth))
        continue;
      /* What is below the smallest normal number may be 0. */
      if (y == truth || (isfinite (truth) && fabs (y - truth) <= FLT_MIN))
        off = 0;
      else if (!isfinite (y) || !isfinite (truth))
        off = INFINITY;
      else
        off = fabs (y - truth) / fmax (fabs (truth), scale);
      error.n++;
      error.n_wrong += off > WRONG;
      if (off > error.worst)
        {
          error.worst = off;
          error.worst_got = y;
          error.worst_true = truth;
        }
    }
  return error;
}

/* ---- The table ---- */

static char *
say_rules (GPtrArray *names)
{
  g_ptr_array_add (names, NULL);
  return g_strjoinv (", ", (char **) names->pdata);
}

/* "7 of 9 wrong: inf for 100", or how far off the result is at most. */
static char *
say_error (const Error *error)
{
  if (error->n_wrong > 0)
    return g_strdup_printf ("%u of %u wrong: %.3g for %.3g", error->n_wrong, error->n,
                            error->worst_got, error->worst_true);
  return g_strdup_printf ("%.0e", error->worst);
}

static char *
table_line (const char *text, Part part, const Error *before, const Error *after, GPtrArray *names)
{
  g_autofree char *written = say_error (before);
  g_autofree char *rewritten = say_error (after);
  g_autofree char *rules = say_rules (names);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *line = g_strjoinv ("; ", lines);

  return g_strdup_printf ("%-76s | %-8s | %-34s | %-8s | %s", line,
                          part == VALUE ? "value" : "gradient", written, rewritten, rules);
}

/* ---- The test of a row ---- */

static void
check_right (const Row *row, Part part, const WeftArray *got, const char *where)
{
  static const char *const names[] = { "value", "gradient of the sum", "gradient of the mean",
                                       "gradient of a weighted sum" };
  Error                    error = measure (row, part, got);

  if (error.worst <= RIGHT)
    return;
  g_test_message ("%s: %s%s is off by %g: %.9g, it should be %.9g",
                  weft_json_get_string (row->json, "e", ""), names[part], where, error.worst,
                  error.worst_got, error.worst_true);
  g_test_fail ();
}

/* Compares a part as written with it rewritten; prints a line of the table. */
static void
check_part (const Row *row, Part part, gboolean must_be_wrong)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (WeftArray) written = NULL;
  g_autoptr (WeftArray) rewritten = NULL;
  const char      *text = weft_json_get_string (row->json, "e", "");
  Error            before, after;
  g_autofree char *line = NULL;

  evaluate (row, part, part + 1, FALSE, &written, NULL);
  evaluate (row, part, part + 1, TRUE, &rewritten, names);
  before = measure (row, part, written);
  after = measure (row, part, rewritten);
  line = table_line (text, part, &before, &after, names);
  if (must_be_wrong && part <= OF_SUM)
    g_test_message ("%s", line);
  if (must_be_wrong && before.n_wrong == 0)
    {
      g_test_message ("%s: this is fine as written, and proves nothing", text);
      g_test_fail ();
    }
  if (must_be_wrong)
    check_right (row, part, rewritten, "");
}

static void
test_row (gconstpointer data)
{
  WeftJson   *json = (WeftJson *) data;
  const char *bad = weft_json_get_string (json, "bad", "");
  Row         row;
  WeftArray  *together[N_PARTS];

  row_init (&row, json);
  for (Part part = VALUE; part < N_PARTS; part++)
    check_part (&row, part, strchr (bad, part == VALUE ? 'v' : 'g') != NULL);
  evaluate (&row, VALUE, N_PARTS, TRUE, together, NULL);
  for (Part part = VALUE; part < N_PARTS; part++)
    {
      if (strchr (bad, part == VALUE ? 'v' : 'g') != NULL && strchr (bad, 'a') == NULL)
        check_right (&row, part, together[part], ", in one function with the others,");
      weft_array_unref (together[part]);
    }
  row_clear (&row);
}

/* ---- The file ---- */

static GPtrArray *
read_rows (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "stability.jsonl", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_json_unref);

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0')
      {
        g_ptr_array_add (rows, weft_json_parse (lines[i], -1, &error));
        g_assert_no_error (error);
      }
  return rows;
}

static void
print_row (WeftJson *json)
{
  const char *bad = weft_json_get_string (json, "bad", "");
  Row         row;

  row_init (&row, json);
  for (Part part = VALUE; part <= OF_SUM; part++)
    {
      g_autoptr (GPtrArray) names = g_ptr_array_new ();
      g_autoptr (WeftArray) written = NULL;
      g_autoptr (WeftArray) rewritten = NULL;
      g_autofree char *line = NULL;
      Error            before, after;

      if (strchr (bad, part == VALUE ? 'v' : 'g') == NULL)
        continue;
      evaluate (&row, part, part + 1, FALSE, &written, NULL);
      evaluate (&row, part, part + 1, TRUE, &rewritten, names);
      before = measure (&row, part, written);
      after = measure (&row, part, rewritten);
      line = table_line (weft_json_get_string (json, "e", ""), part, &before, &after, names);
      puts (line);
    }
  row_clear (&row);
}

static void
print_table (GPtrArray *rows)
{
  const char *title = "";

  for (guint i = 0; i < rows->len; i++)
    {
      WeftJson   *json = g_ptr_array_index (rows, i);
      const char *this_title = weft_json_get_string (json, "title", "");

      if (!g_str_equal (title, this_title))
        printf ("\n%s\n%-76s | %-8s | %-34s | %-8s | %s\n", this_title, "expression", "part",
                "as written", "after", "rules");
      title = this_title;
      print_row (json);
    }
}

static void
print_steps (WeftJson *json)
{
  Row row;
  g_autoptr (WeftRewrite) journal = NULL;
  const WeftRewriteStep *steps;
  WeftValue             *results[1];
  guint                  n;

  row_init (&row, json);
  weft_rewrite (row.graph, 1, &row.parts[OF_SUM], NULL, results, &journal);
  steps = weft_rewrite_steps (journal, &n);
  {
    g_autofree char *text = weft_value_to_expression (row.parts[OF_SUM], 60);

    puts (text);
  }
  for (guint i = 0; i < n; i++)
    printf ("  %s\n", steps[i].rule);
  {
    g_autofree char *text = weft_value_to_expression (results[0], 60);

    puts (text);
  }
  row_clear (&row);
}

int
main (int argc, char **argv)
{
  gboolean table = argc > 1 && g_str_equal (argv[1], "--table");
  gboolean one = argc > 2 && g_str_equal (argv[1], "--steps");
  int      n_args = table || one ? 1 : argc;
  g_autoptr (GPtrArray) rows = NULL;

  g_test_init (&n_args, &argv, NULL);
  weft_ops_init ();
  rows = read_rows ();
  if (table)
    {
      print_table (rows);
      return 0;
    }
  for (guint i = 0; one && i < rows->len; i++)
    if (g_str_equal (argv[2], weft_json_get_string (g_ptr_array_index (rows, i), "e", "")))
      print_steps (g_ptr_array_index (rows, i));
  if (one)
    return 0;
  for (guint i = 0; i < rows->len; i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/stability/%u", i + 1);

      g_test_add_data_func (path, g_ptr_array_index (rows, i), test_row);
    }
  return g_test_run ();
}

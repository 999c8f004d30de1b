/* Exported programs: compiled by the system's compiler and compared with the functions that they
 * were made from.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "engine/compile/export.h"
#include "engine/run/function.h"
#include "engine/train/batch.h"

#define MAX_ARGUMENTS 8

typedef int (*Exported) (void *, void *, void *, void *, void *, void *, void *, void *);

typedef struct
{
  WeftDocument *document;
  WeftModel    *model;
  WeftBatch     batch;
  char         *folder;
  gpointer      library;
} Fixture;

static const WeftProgram *
prepare (Fixture *fixture, const char *example, WeftModelPart part, gsize rows)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path =
    g_strdup_printf ("%s/examples/%s.weft", g_getenv ("WEFT_DATA_DIR"), example);
  guint32 node;
  fixture->document = weft_document_load (path, &error);
  g_assert_no_error (error);
  fixture->model = weft_model_new (fixture->document, NULL, &node, &error);
  g_assert_no_error (error);
  g_assert_true (
    weft_batch_init (&fixture->batch, fixture->document, fixture->model, rows, TRUE, &error));
  g_assert_no_error (error);
  g_assert_true (weft_model_prepare (fixture->model, part, fixture->batch.columns, &error));
  g_assert_no_error (error);
  return weft_function_get_program (weft_model_function (fixture->model, part, NULL));
}

/* The names of inputs and outputs are only parameters' names here. */
static void
fill_names (GPtrArray *names, guint n, const char *letter)
{
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (names, g_strdup_printf ("%s%u", letter, i));
  g_ptr_array_add (names, NULL);
}

static Exported
build (Fixture *fixture, const WeftProgram *program, guint n_inputs)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) inputs = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) outputs = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *header = NULL, *source = NULL, *c = NULL, *h = NULL, *so = NULL, *said = NULL;
  WeftExportNames  names = { .name = "exported", .about = "A test." };
  const char      *cc = g_getenv ("CC") != NULL ? g_getenv ("CC") : "cc";
  guint32          node;
  gint             status;
  fill_names (inputs, n_inputs, "x");
  fill_names (outputs, program->n_outputs, "y");
  names.inputs = (const char *const *) inputs->pdata;
  names.outputs = (const char *const *) outputs->pdata;
  g_assert_true (weft_export_c (program, &names, &header, &source, &node, &error));
  g_assert_no_error (error);
  fixture->folder = g_dir_make_tmp ("weft-export-XXXXXX", NULL);
  c = g_build_filename (fixture->folder, "exported.c", NULL);
  h = g_build_filename (fixture->folder, "exported.h", NULL);
  so = g_build_filename (fixture->folder, "exported.so", NULL);
  g_assert_true (g_file_set_contents (c, source, -1, NULL) &&
                 g_file_set_contents (h, header, -1, NULL));
  {
    const char *argv[] = { cc, "-std=gnu11", "-O1",
                           "-Wall", "-Wextra", "-Wno-unused-parameter",
                           "-Werror", "-fwrapv", "-fPIC",
                           "-shared", "-o", so,
                           c, "-lm", NULL };
    g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                                 &said, &status, &error));
  }
  g_assert_no_error (error);
  if (status != 0)
    g_test_message ("%s", said);
  g_assert_cmpint (status, ==, 0);
  fixture->library = dlopen (so, RTLD_NOW | RTLD_LOCAL);
  g_assert_nonnull (fixture->library);
  return (Exported) dlsym (fixture->library, "exported_call");
}

static void
clear_library (Fixture *fixture)
{
  static const char *const files[] = { "exported.c", "exported.h", "exported.so" };
  dlclose (fixture->library);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (fixture->folder, files[i], NULL);
      g_unlink (path);
    }
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
}

static void
tear_down (Fixture *fixture)
{
  clear_library (fixture);
  weft_batch_clear (&fixture->batch);
  weft_model_free (fixture->model);
  g_object_unref (fixture->document);
}

/* Relative to the largest number: sums are made in another order. */
static void
assert_near (const WeftArray *wanted, const void *got, double tolerance)
{
  double scale = 1e-6;
  for (gint64 i = 0; i < wanted->n_elements; i++)
    scale = MAX (scale, fabs (weft_array_get (wanted, i)));
  for (gint64 i = 0; i < wanted->n_elements; i++)
    {
      double x = weft_array_get (wanted, i);
      double y = wanted->dtype == WEFT_F32   ? ((const float *) got)[i]
                 : wanted->dtype == WEFT_F64 ? ((const double *) got)[i]
                 : wanted->dtype == WEFT_I64 ? (double) ((const gint64 *) got)[i]
                 : wanted->dtype == WEFT_I32 ? ((const gint32 *) got)[i]
                                             : ((const guint8 *) got)[i];
      if (!(fabs (x - y) <= tolerance * scale))
        g_test_message ("element %" G_GINT64_FORMAT ": %g, exported %g", i, x, y);
      g_assert_true (fabs (x - y) <= tolerance * scale);
    }
}

/* What the model predicts and what the exported program does, for the first rows of its data. */
static void
test_predict (gconstpointer example)
{
  Fixture            fixture = { 0 };
  const WeftProgram *program = prepare (&fixture, example, WEFT_MODEL_PREDICT, 3);
  WeftFunction      *function = weft_model_function (fixture.model, WEFT_MODEL_PREDICT, NULL);
  Exported           call = build (&fixture, program, weft_function_n_inputs (function));
  g_autoptr (WeftArray) wanted = NULL, cast = NULL;
  g_autofree void *result = NULL;
  void            *arguments[MAX_ARGUMENTS] = { 0 };
  const WeftArray *x = NULL;
  g_assert_true (weft_model_predict (fixture.model, fixture.batch.columns, &wanted, NULL, NULL));
  result = g_malloc0 (wanted->n_bytes + 8);
  g_assert_cmpuint (weft_function_n_inputs (function), ==, 1);
  /* The one input is the column of its form. */
  for (guint i = 0; i < fixture.batch.n && x == NULL; i++)
    {
      const WeftSlot  *slot = &program->slots[0];
      const WeftArray *column = fixture.batch.columns[i];
      gboolean         fits = slot->kind == WEFT_SLOT_INPUT && column->rank == slot->rank &&
                      weft_dtypes[column->dtype].compute == slot->dtype;
      for (guint d = 0; fits && d < slot->rank; d++)
        fits = column->shape[d] == slot->shape[d];
      x = fits ? column : NULL;
    }
  g_assert_nonnull (x);
  cast = weft_array_cast ((WeftArray *) x, weft_dtypes[x->dtype].compute);
  arguments[0] = cast->data;
  arguments[1] = result;
  g_assert_cmpint (call (arguments[0], arguments[1], NULL, NULL, NULL, NULL, NULL, NULL), ==, 0);
  assert_near (wanted, result, 2e-5);
  /* Once more: nothing of the first call is left. */
  g_assert_cmpint (call (arguments[0], arguments[1], NULL, NULL, NULL, NULL, NULL, NULL), ==, 0);
  assert_near (wanted, result, 2e-5);
  tear_down (&fixture);
}

/* A training step: loss, metrics, and every variable after it. */
static void
test_train (gconstpointer example)
{
  Fixture            fixture = { 0 };
  const WeftProgram *program = prepare (&fixture, example, WEFT_MODEL_STEP, 8);
  WeftFunction      *function = weft_model_function (fixture.model, WEFT_MODEL_STEP, NULL);
  guint              n_inputs = weft_function_n_inputs (function), n = 0;
  guint              n_metrics = weft_model_n_metrics (fixture.model);
  Exported           call = build (&fixture, program, n_inputs);
  WeftStepInfo       info = { .step = 0, .total = 100, .rate = weft_model_rate (fixture.model) };
  g_autofree double *metrics = g_new0 (double, n_metrics + 1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  GPtrArray *shared = weft_model_shared (fixture.model);
  double     results[MAX_ARGUMENTS] = { 0 }, step = 0, total = 100, rate = info.rate;
  void      *arguments[MAX_ARGUMENTS] = { 0 };
  for (guint i = 0; i < n_inputs; i++)
    {
      const char *name = weft_function_input_name (function, i);
      if (g_str_equal (name, "step"))
        arguments[n++] = &step;
      else if (g_str_equal (name, "total") || g_str_equal (name, "steps"))
        arguments[n++] = &total;
      else if (g_str_equal (name, "rate"))
        arguments[n++] = &rate;
      else
        {
          WeftArray *column = fixture.batch.columns[i];
          g_ptr_array_add (kept, weft_array_cast (column, weft_dtypes[column->dtype].compute));
          arguments[n++] = ((WeftArray *) g_ptr_array_index (kept, kept->len - 1))->data;
        }
    }
  for (guint i = 0; i < program->n_outputs; i++)
    arguments[n++] = &results[i];
  g_assert_cmpuint (n, <=, MAX_ARGUMENTS);
  g_assert_true (
    weft_model_step (fixture.model, fixture.batch.columns, &info, metrics, NULL, NULL, NULL));
  g_assert_cmpint (call (arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
                         arguments[5], arguments[6], arguments[7]),
                   ==, 0);
  for (guint i = 0; i < n_metrics; i++)
    {
      float result;
      memcpy (&result, &results[i], sizeof result);
      g_assert_cmpfloat_with_epsilon (result, metrics[i], 1e-4 * MAX (fabs (metrics[i]), 1e-3));
    }
  for (guint i = 0; i < shared->len; i++)
    {
      const WeftShared *variable = g_ptr_array_index (shared, i);
      g_autofree char  *plain = weft_export_identifier (variable->name);
      g_autofree char  *name = g_strconcat ("exported_", plain, NULL);
      void             *values = dlsym (fixture.library, name);
      if (values != NULL)
        assert_near (variable->value, values, 1e-3);
    }
  tear_down (&fixture);
}

/* ---- Graphs of a few ops ---- */

typedef struct
{
  const char *text;
  gint64      shape[4];
  guint       rank;
} Case;

static const Case cases[] = {
  { "conv(x, ones((3, 3, 2, 4)) * 0.1, padding='same')", { 2, 6, 5, 2 }, 4 },
  { "conv(x, ones((3, 3, 1, 4)), stride=2, groups=2)", { 2, 7, 5, 2 }, 4 },
  { "max_pool(x, size=2)", { 2, 6, 4, 3 }, 4 },
  { "max_pool_grad(x, max_pool(x, size=2), size=2)", { 2, 6, 4, 3 }, 4 },
  { "w = ones((2, 2, 3, 2)); conv_input_grad(conv(x, w), w, shape=(2, 5, 4, 3))",
    { 2, 5, 4, 3 },
    4 },
  { "w = ones((2, 2, 3, 2)); conv_weight_grad(x, conv(x, w), shape=(2, 2, 3, 2))",
    { 2, 5, 4, 3 },
    4 },
  { "x[[2, 0, -1], :, 1:4:2]", { 4, 3, 5 }, 3 },
  { "x[1, None, ::-1]", { 3, 4 }, 2 },
  { "concat([x, x * 2, x[:1]], axis=0)", { 3, 4 }, 2 },
  { "concat([x, x * 2], axis=1).T @ x", { 3, 4 }, 2 },
  { "sum(x, axis=1)", { 3, 4, 5 }, 3 },
  { "max(x, axis=(0, 1)) - mean(x)", { 3, 4, 5 }, 3 },
  { "softmax(x @ x.T / 3)", { 6, 4 }, 2 },
  { "scan(lambda r, h: tanh(r + h), x, zeros(4))", { 6, 4 }, 2 },
  { "where(sum(x) > 0, x * 2, x)", { 6, 4 }, 2 },
  { "cond(sum(x) > 0, x * 2, x - 1)", { 6, 4 }, 2 },
  { "cast(x * 3, i64) // 2", { 6, 4 }, 2 },
  { "x / 0 * where(x > 0, 1, -1)", { 6, 4 }, 2 },
};

static void
test_case (gconstpointer data)
{
  const Case *one = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftExpr) expr = weft_expr_parse (one->text, &error);
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (WeftArray) x = weft_array_new (WEFT_F32, one->rank, one->shape);
  g_autoptr (WeftArray) wanted = NULL;
  g_autoptr (WeftFunction) function = NULL;
  WeftType         type = { .dtype = WEFT_F32, .shape = weft_array_get_shape (x) };
  WeftValue       *input = weft_graph_input (graph, "x", &type), *output;
  WeftFunctionSpec spec = {
    .graph = graph, .n_inputs = 1, .inputs = &input, .n_outputs = 1, .outputs = &output
  };
  Fixture          fixture = { 0 };
  g_autofree void *result = NULL;
  Exported         call;
  g_assert_no_error (error);
  for (gint64 i = 0; i < x->n_elements; i++)
    ((float *) x->data)[i] = (float) (sin (i * 12.9898) * 2);
  weft_scope_set_value (scope, "x", input);
  output = weft_expr_build_value (expr, graph, scope, &error);
  g_assert_no_error (error);
  function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  g_assert_true (weft_function_call (function, &x, &wanted, NULL, &error));
  g_assert_no_error (error);
  call = build (&fixture, weft_function_get_program (function), 1);
  result = g_malloc0 (wanted->n_bytes + 8);
  g_assert_cmpint (call (x->data, result, NULL, NULL, NULL, NULL, NULL, NULL), ==, 0);
  if (strstr (one->text, "/ 0") != NULL)
    g_assert_cmpmem (wanted->data, wanted->n_bytes, result, wanted->n_bytes);
  else
    assert_near (wanted, result, 1e-5);
  clear_library (&fixture);
}

static void
test_identifiers (void)
{
  static const char *const texts[][2] = {
    { "hidden.W", "hidden_W" }, { "2x", "_2x" }, { "a */ b", "a____b" }, { "größe", "gr____e" }
  };
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *name = weft_export_identifier (texts[i][0]);
      g_assert_cmpstr (name, ==, texts[i][1]);
    }
}

/* An op without a text is named. */
static void
test_refusal (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftFunction) function = NULL;
  g_autoptr (WeftArray) x = weft_array_new (WEFT_F32, 1, (gint64[]){ 5 });
  g_autoptr (WeftArray) y = NULL;
  WeftType         type = { .dtype = WEFT_F32, .shape = weft_array_get_shape (x) };
  WeftValue       *input = weft_graph_input (graph, "x", &type);
  WeftValue       *output = weft_graph_apply (graph, weft_op (WEFT_OP_SORT), 1, &input, NULL, &error);
  WeftFunctionSpec spec = {
    .graph = graph, .n_inputs = 1, .inputs = &input, .n_outputs = 1, .outputs = &output
  };
  static const char *const names[] = { "x", NULL };
  WeftExportNames          all = { .name = "n", .about = "A test.", .inputs = names, .outputs = names };
  g_autofree char         *header = NULL, *source = NULL;
  guint32                  node;
  g_assert_no_error (error);
  memset (x->data, 0, x->n_bytes);
  function = weft_function_new (&spec, &error);
  g_assert_true (weft_function_call (function, &x, &y, NULL, &error));
  g_assert_false (
    weft_export_c (weft_function_get_program (function), &all, &header, &source, &node, &error));
  g_assert_error (error, WEFT_EXPORT_ERROR, WEFT_EXPORT_ERROR_OP);
  g_assert_nonnull (strstr (error->message, "sort"));
  g_assert_null (header);
}

int
main (int argc, char **argv)
{
  static const char *const examples[] = { "mnist-softmax", "mnist-mlp", "mnist-lenet",
                                          "autoencoder", "char-rnn", "char-gru",
                                          "char-lstm", "char-transformer", "iris",
                                          "two-moons", "auto-mpg", "digits-mlp" };
  static const char *const trained[] = { "linear-regression", "digits-mlp", "mnist-softmax",
                                         "autoencoder" };
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/export/identifiers", test_identifiers);
  g_test_add_func ("/engine/export/refusal", test_refusal);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/export/op/%u", i);
      g_test_add_data_func (path, &cases[i], test_case);
    }
  for (guint i = 0; i < G_N_ELEMENTS (trained); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/export/train/%s", trained[i]);
      g_test_add_data_func (path, trained[i], test_train);
    }
  for (guint i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/export/predict/%s", examples[i]);
      g_test_add_data_func (path, examples[i], test_predict);
    }
  return g_test_run ();
}

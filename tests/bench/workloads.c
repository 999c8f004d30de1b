/* How the works of the bench are made ready and run: through models and functions, as any program
 * would do it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/bench/workloads.h"

#include "engine/grad/grad.h"
#include "engine/train/batch.h"

#include <math.h>
#include <string.h>

/* ---- The table ---- */

/* Glorot & Bengio 2010, equation 16. */
#define GLOROT(fan_in, fan_out) __builtin_sqrt (6.0 / ((fan_in) + (fan_out)))
#define AROUND(name, seed, scale)         \
  {                                       \
    name, seed, BENCH_AROUND, scale, NULL \
  }
#define SMALL 0.03464101615137755 /* 0.02 sqrt(3): deviation 0.02 */

/* Our windows are [y, x, in, out], theirs [out, in, y, x]; our pictures have channels last, theirs
 * first. */
static gint64
place_conv1 (gint64 i)
{
  return i % 20 * 25 + i / 20;
}

static gint64
place_conv2 (gint64 i)
{
  gint64 out = i % 50, in = i / 50 % 20, window = i / 1000;

  return (out * 20 + in) * 25 + window;
}

static gint64
place_flat (gint64 i)
{
  gint64 unit = i % 500, channel = i / 500 % 50, point = i / 25000;

  return (channel * 16 + point) * 500 + unit;
}

#define PICTURES                                                         \
  {                                                                      \
    { NULL, 1, BENCH_UNIT, 1, NULL }, { NULL, 2, BENCH_WHOLE, 10, NULL } \
  }
#define WORDS(n)                                                         \
  {                                                                      \
    { NULL, 1, BENCH_WHOLE, n, NULL }, { NULL, 2, BENCH_WHOLE, n, NULL } \
  }
#define LENET                                                             \
  {                                                                       \
    { "conv1.W", 100, BENCH_AROUND, GLOROT (25, 125), place_conv1 },      \
      { "conv2.W", 101, BENCH_AROUND, GLOROT (500, 312.5), place_conv2 }, \
      { "hidden.W", 102, BENCH_AROUND, GLOROT (800, 500), place_flat },   \
      AROUND ("logits.W", 103, GLOROT (500, 10))                          \
  }
#define RECURRENT(prefix, seed)                                           \
  AROUND (prefix "Wx", seed, 0.1), AROUND (prefix "Wh", (seed) + 1, 0.1), \
    AROUND (prefix "bx", (seed) + 2, 0.1), AROUND (prefix "bh", (seed) + 3, 0.1)
#define BLOCK(prefix, seed)                                                       \
  AROUND (prefix ".Wqkv", seed, SMALL), AROUND (prefix ".Wo", (seed) + 1, SMALL), \
    AROUND (prefix ".W1", (seed) + 2, SMALL), AROUND (prefix ".W2", (seed) + 3, SMALL)
#define CHAIN                                                                              \
  {                                                                                        \
    AROUND (NULL, 10, 2), AROUND (NULL, 11, 2), AROUND (NULL, 12, 2), AROUND (NULL, 13, 2) \
  }
#define SERIES                                 \
  {                                            \
    AROUND (NULL, 1, 1), AROUND (NULL, 2, 0.5) \
  }
#define RNN                                                      \
  {                                                              \
    AROUND ("memory.W", 100, 0.1), AROUND ("memory.U", 101, 0.1) \
  }

static const BenchWorkload workloads[] = {
#define WORKLOAD(...) { __VA_ARGS__ },
#include "tests/bench/workloads.def"
#undef WORKLOAD
};

/* bench_workload_find:
 *
 * Returns: the row of that name, NULL if there is none.
 */
const BenchWorkload *
bench_workload_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (workloads); i++)
    if (g_str_equal (workloads[i].name, name))
      return &workloads[i];
  return NULL;
}

/* ---- Numbers ---- */

/* Source: Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators", SplitMix64;
 * the top 24 bits. */
static float
unit_number (guint64 seed, guint64 i)
{
  guint64 z = (i + (seed << 32) + 1) * G_GUINT64_CONSTANT (0x9E3779B97F4A7C15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94D049BB133111EB);
  z ^= z >> 31;
  return (float) (z >> 40) * (1.0f / 16777216.0f);
}

static double
draw (const BenchFill *fill, gint64 i)
{
  float u = unit_number (fill->seed, i);

  if (fill->numbers == BENCH_ONE)
    return 1;
  if (fill->numbers == BENCH_WHOLE)
    return MIN ((gint64) (u * (float) fill->scale), (gint64) fill->scale - 1);
  return fill->numbers == BENCH_UNIT ? u : (u * 2 - 1) * (float) fill->scale;
}

static void
fill_array (const BenchFill *fill, gint64 first, WeftArray *array)
{
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      gint64 at = first + i;

      weft_array_set (array, i, draw (fill, fill->place != NULL ? fill->place (at) : at));
    }
}

/* ---- Making ready ---- */

struct _BenchRun
{
  const BenchWorkload *workload;
  WeftModel           *model;    /* TRAIN, MEASURE */
  WeftFunction        *function; /* CALL */
  guint                n_inputs, n_outputs;
  WeftArray         ***batches; /* n_batches times the columns or inputs, and NULL */
  gint64               step;
  double               made_seconds;
};

/* bench_run_free:
 */
void
bench_run_free (BenchRun *run)
{
  for (gint64 i = 0; i < run->workload->n_batches && run->batches != NULL; i++)
    {
      for (guint k = 0; run->batches[i] != NULL && run->batches[i][k] != NULL; k++)
        weft_array_unref (run->batches[i][k]);
      g_free (run->batches[i]);
    }
  g_free (run->batches);
  g_clear_pointer (&run->model, weft_model_free);
  g_clear_pointer (&run->function, weft_function_free);
  g_free (run);
}

static void
fill_parameters (BenchRun *run)
{
  GPtrArray *shared = weft_model_shared (run->model);

  for (const BenchFill *fill = run->workload->parameters; fill->name != NULL; fill++)
    {
      WeftShared *found = NULL;

      for (guint i = 0; i < shared->len && found == NULL; i++)
        {
          WeftShared *one = g_ptr_array_index (shared, i);

          if (g_str_equal (one->name, fill->name))
            found = one;
        }
      if (found == NULL)
        g_error ("%s: no parameter %s", run->workload->document, fill->name);
      fill_array (fill, 0, found->value);
    }
}

static gboolean
make_model (BenchRun *run, WeftDocument *document, WeftMode mode, GError **error)
{
  const BenchWorkload *workload = run->workload;
  WeftModelOptions     options = { .seed = 1, .mode = mode };
  guint32              node;
  gint64               start_us = g_get_monotonic_time ();

  run->model = weft_model_new (document, &options, &node, error);
  run->made_seconds = (g_get_monotonic_time () - start_us) / 1e6;
  if (run->model == NULL)
    return FALSE;
  fill_parameters (run);
  for (gint64 i = 0; i < workload->n_batches; i++)
    {
      WeftBatch batch;

      if (!weft_batch_init (&batch, document, run->model, workload->rows, FALSE, error))
        return FALSE;
      run->batches[i] = g_new0 (WeftArray *, batch.n + 1);
      for (guint k = 0; k < batch.n; k++)
        {
          run->batches[i][k] = weft_array_ref (batch.columns[k]);
          fill_array (&workload->columns[k], i * batch.columns[k]->n_elements, batch.columns[k]);
        }
      weft_batch_clear (&batch);
    }
  return TRUE;
}

static WeftArray *
make_input (BenchRun *run, const WeftType *type, const BenchFill *fill)
{
  gint64     shape[WEFT_MAX_RANK];
  WeftArray *array;

  for (guint i = 0; i < type->shape.rank; i++)
    shape[i] = weft_dim_is_number (type->shape.dims[i]) ? type->shape.dims[i].offset
                                                        : run->workload->rows;
  array = weft_array_new (type->dtype, type->shape.rank, shape);
  fill_array (fill, 0, array);
  return array;
}

/* The result, and its gradients by all float inputs. */
static gboolean
find_outputs (BenchRun *run, WeftLowered *lowered, WeftValue **outputs, GError **error)
{
  WeftValue *wrt[8], *grads[8];
  guint      n = 0;

  outputs[0] = weft_lowered_get (lowered, run->workload->result);
  run->n_outputs = 1;
  if (!run->workload->gradients)
    return TRUE;
  for (guint i = 0; i < lowered->inputs->len; i++)
    {
      WeftInputPort *port = g_ptr_array_index (lowered->inputs, i);

      if (weft_dtype_is_float (port->value->type.dtype))
        wrt[n++] = port->value;
    }
  if (!weft_grad (lowered->graph, outputs[0], NULL, NULL, n, wrt, WEFT_DISCONNECTED_ERROR, grads,
                  error))
    return FALSE;
  memcpy (outputs + 1, grads, n * sizeof *grads);
  run->n_outputs += n;
  return TRUE;
}

static gboolean
make_function (BenchRun *run, WeftDocument *document, WeftMode mode, GError **error)
{
  WeftLowerOptions options = { 0 };
  g_autoptr (WeftLowered) lowered = weft_document_lower (document, &options);
  WeftFunctionSpec spec = { .graph = lowered->graph, .mode = mode };
  WeftValue       *inputs[8], *outputs[9];

  run->n_inputs = lowered->inputs->len;
  run->batches[0] = g_new0 (WeftArray *, run->n_inputs + 1);
  for (guint i = 0; i < run->n_inputs; i++)
    {
      WeftInputPort *port = g_ptr_array_index (lowered->inputs, i);

      inputs[i] = port->value;
      run->batches[0][i] = make_input (run, &port->value->type, &run->workload->columns[i]);
    }
  if (!find_outputs (run, lowered, outputs, error))
    return FALSE;
  spec.n_inputs = run->n_inputs;
  spec.inputs = inputs;
  spec.n_outputs = run->n_outputs;
  spec.outputs = outputs;
  run->function = weft_function_new (&spec, error);
  return run->function != NULL;
}

/* bench_run_new:
 *
 * Returns: @workload with its document opened, its parameters and batches filled; caller owns.
 * Errors: those of documents, models and functions.
 */
BenchRun *
bench_run_new (const BenchWorkload *workload, WeftMode mode, GError **error)
{
  g_autofree char *path = g_strdup_printf (BENCH_WORKLOADS "/%s.weft", workload->document);
  g_autoptr (WeftDocument) document = weft_document_load (path, error);
  g_autoptr (BenchRun) run = g_new0 (BenchRun, 1);

  run->workload = workload;
  run->batches = g_new0 (WeftArray **, workload->n_batches);
  if (document == NULL || !(workload->kind == BENCH_CALL ? make_function : make_model) (
                            run, document, mode, error))
    return NULL;
  return g_steal_pointer (&run);
}

/* ---- Running ---- */

static gboolean
call_once (BenchRun *run, double *loss, GError **error)
{
  WeftArray *outputs[9] = { NULL };
  gint64     element = run->workload->element;

  if (!weft_function_call (run->function, run->batches[0], outputs, NULL, error))
    return FALSE;
  *loss = weft_array_get (outputs[0], MAX (element, 0));
  if (element < 0)
    *loss /= run->workload->rows;
  for (guint i = 0; i < run->n_outputs; i++)
    weft_array_unref (outputs[i]);
  return TRUE;
}

/* bench_run_steps:
 * @loss: (out): of the last step
 *
 * Errors: those of weft_function_call.
 */
gboolean
bench_run_steps (BenchRun *run, gint64 n, double *loss, GError **error)
{
  for (gint64 i = 0; i < n; i++, run->step++)
    {
      WeftArray  **batch = run->batches[run->step % run->workload->n_batches];
      WeftStepInfo info = { run->step, 1e9, 0 };
      gboolean     done;

      if (run->workload->kind == BENCH_CALL)
        done = call_once (run, loss, error);
      else if (run->workload->kind == BENCH_MEASURE)
        done = weft_model_measure (run->model, batch, run->step, loss, NULL, error);
      else
        {
          info.rate = weft_model_rate (run->model);
          done = weft_model_step (run->model, batch, &info, loss, NULL, NULL, error);
        }
      if (!done)
        return FALSE;
    }
  return TRUE;
}

double
bench_run_made_seconds (BenchRun *run)
{
  return run->made_seconds;
}

/* bench_run_function:
 *
 * Returns: what the steps call, borrowed.
 */
WeftFunction *
bench_run_function (BenchRun *run)
{
  WeftModelPart part =
    run->workload->kind == BENCH_MEASURE ? WEFT_MODEL_MEASURE : WEFT_MODEL_STEP;

  return run->function != NULL ? run->function : weft_model_function (run->model, part, NULL);
}

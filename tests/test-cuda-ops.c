/* Ops' own kernels as texts for a device: run on the CPU thread by thread they give the bits of the
 * ops' kernels, for all examples of the op tables and where sizes are awkward.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/cuda-check.h"
#include "tests/emit-cases.h"
#include "tests/examples.h"
#include "tests/nest-check.h"

#include "engine/tensor/philox.h"

#include <string.h>

#define SEED 11
#define STEP 5

/* One program; all its steps are nests or ops with texts. */
typedef struct
{
  char        *text;
  WeftProgram *program;
  WeftArray  **arrays; /* inputs */
  guint       *first;  /* by step: number of its first text */
  guint       *n;      /* of texts */
} Case;

static GPtrArray *texts, *cases;
static CudaCheck *emulation;

/* What examples leave out: whole warps and what is left of them, fours and what is left of them,
 * places that are written many times, nothing at all. */
static const char *const more[] = {
  "concat((reals(3, 8), reals(3, 12)), axis=1)",
  "concat((reals(3, 8), reals(3, 13), reals(3, 0), reals(3, 1)), axis=1)",
  "concat((reals(1025), reals(31)))",
  "concat((ints(0, 9, 4, 4), ints(0, 9, 8, 4)))",
  "pad_constant(reals(33, 5), reals(), before=(1, 0), after=(0, 31))",
  "reals(65, 64)[labels(65, 40)]",
  "reals(65, 33)[labels(65, 40)]",
  "reals(65, 32)[ints(-65, 65, 1025)]",
  "reals(5, 12, 8)[:, labels(12, 33)]",
  "reals(5, 12, 8)[1, labels(12, 33), ::2]",
  "reals(9, 12, 8)[labels(9, 3, 1), labels(12, 4)]",
  "reals(4, 16)[labels(4, 3), 4:12]",
  "reals(5, 3)[ints(0, 9, 33)]",
  "reals(0, 3)[labels(1, 2)]",
  "reals(5, 3)[labels(5, 0)]",
  "reals(65, 70)[labels(65, 1025)].add(reals(1025, 70))",
  "reals(7)[labels(7, 1025)].add(reals(1025))",
  "reals(4100, 33)[labels(4100, 40)].add(reals(40, 33))",
  "reals(40, 300)[labels(40, 33)].set(reals(33, 300))",
  "reals(65, 31)[labels(65, 31)].mul(reals(31, 31))",
  "reals(6, 65, 4)[:, labels(65, 33)].max(reals(6, 33, 4))",
  "reals(6, 65, 4)[::2, labels(65, 33), 1:3].min(reals(33, 2))",
  "reals(9, 12)[labels(9, 33, 1), labels(12, 4)].add(reals(4))",
  "reals(9, 12)[ints(0, 20, 33)].add(reals(12))",
  "reals(31, 33)[30:2:-3, 1:].add(reals(10, 32))",
  "reals(31, 33)[2, ::5].set(3)",
  "reals(31, 33)[labels(31, 5)] + 1",
  "accuracy(distinct(33, 65), labels(65, 33))",
  "accuracy(ints(0, 3, 33, 10), labels(10, 33))",
  "accuracy(reals(1025, 1), labels(2, 1025))",
  "accuracy(reals(0, 5), labels(5, 0))",
  "max_pool(reals(2, 8, 6, 5), size=2)",
  "max_pool(reals(2, 9, 7, 3), size=3, stride=2, padding='same')",
  "avg_pool(reals(2, 9, 7, 3), size=3, stride=2, padding='same', count_padding=True)",
  "avg_pool(reals(2, 8, 6, 4), size=2)",
  "max_pool_grad(reals(2, 8, 6, 5), reals(2, 4, 3, 5), size=2)",
  "max_pool_grad(reals(2, 9, 7, 3), reals(2, 5, 4, 3), size=3, stride=2, padding='same')",
  "max_pool_grad(reals(2, 9, 7, 3), reals(2, 3, 2, 3), size=2, stride=3)",
  "avg_pool_grad(reals(2, 5, 4, 3), shape=(2, 9, 7, 3), size=3, stride=2, padding='same')",
  "avg_pool_grad(reals(2, 4, 3, 4), shape=(2, 8, 6, 4), size=2)",
  "argmax(distinct(33, 65), axis=1)",
  "argmax(reals(33, 31), axis=0)",
  "argmin(ints(0, 4, 5, 33, 4), axis=1)",
  "argmax(ints(0, 9, 1025))",
  "cumsum(reals(33, 31), axis=0)",
  "cumsum(ints(0, 9, 3, 65), axis=1)",
  "sort(ints(0, 5, 3, 33), axis=1)",
  "argsort(ints(0, 5, 33, 4), axis=0, descending=True)",
  "topk(ints(0, 9, 3, 65), 7)",
  "uniform((1025,), -1.0, 2.0)",
  "normal((33, 31))",
  "bernoulli((1023,), 0.3)",
  "gumbel((33,), 1.0, 2.0)",
  "dropout(reals(33, 31), rate=0.3)",
  "dropout(reals(32, 32), rate=0.75)",
};

/* ---- The list ---- */

static gboolean
add_step (Case *it, guint i)
{
  WeftKernelText *text = weft_emit_step (it->program, i, WEFT_TEXT_CUDA);

  it->first[i] = texts->len;
  for (guint launch = 1; text != NULL; launch++)
    {
      g_ptr_array_add (texts, text);
      text = weft_emit_then (it->program, i, launch);
    }
  it->n[i] = texts->len - it->first[i];
  return it->n[i] > 0;
}

static void
case_free (gpointer data)
{
  Case *it = data;

  for (guint i = 0; it->arrays[i] != NULL; i++)
    weft_array_unref (it->arrays[i]);
  weft_program_free (it->program);
  g_free (it->arrays);
  g_free (it->first);
  g_free (it->n);
  g_free (it->text);
  g_free (it);
}

/* Adds the program of @text if it has an op's own kernel, and no steps but those and nests.
 * Returns whether it has. */
static gboolean
add_case (const char *text, WeftDType dtype)
{
  g_autoptr (GError) error = NULL;
  Example  example;
  Case    *it;
  gboolean fits = TRUE, any = FALSE;
  guint    n_texts = texts->len;

  if (!example_open (&example, text, dtype, FALSE, &error))
    g_error ("%s: %s", text, error->message);
  it = g_new0 (Case, 1);
  it->text = g_strdup_printf ("%s (%s)", text, weft_dtypes[dtype].name);
  it->arrays = g_new0 (WeftArray *, example.n_inputs + 1);
  for (guint i = 0; i < example.n_inputs; i++)
    it->arrays[i] = weft_array_ref (example.arrays[i]);
  it->program =
    weft_program_new (g_steal_pointer (&example.graph), example.n_inputs, example.inputs,
                      example.n_outputs, example.outputs, 0, NULL, NULL);
  example_close (&example);
  it->first = g_new0 (guint, it->program->n_steps + 1);
  it->n = g_new0 (guint, it->program->n_steps + 1);
  for (guint i = 0; fits && i < it->program->n_steps; i++)
    {
      const WeftStep *step = &it->program->steps[i];

      fits = (step->kind == WEFT_STEP_TILES && step->piece_rows == 0) ||
             (step->kind == WEFT_STEP_OP && add_step (it, i));
      any |= step->kind == WEFT_STEP_OP;
    }
  if (fits && any)
    {
      g_ptr_array_add (cases, it);
      return TRUE;
    }
  g_ptr_array_set_size (texts, n_texts);
  case_free (it);
  return FALSE;
}

/* ---- Running ---- */

static int
run_op (const WeftStep *step, char **at)
{
  WeftPreparedCall  prepared = { 0 };
  WeftKernelCall   *call = &prepared.call;
  const WeftKernel *kernel = step->apply->op->kernel;
  g_autofree char  *scratch = NULL;
  gint              bad = 0;

  weft_prepared_call_init (&prepared, step->apply);
  if (kernel->prepare != NULL)
    call->prepared = kernel->prepare (call);
  call->in = (const void **) at;
  for (guint k = 0; k < step->n_out; k++)
    call->out[k] = at[step->n_in + k];
  call->bad = &bad;
  call->seed = weft_random_seed (SEED, call->stream);
  call->step = STEP;
  scratch = g_malloc ((kernel->scratch != NULL ? kernel->scratch (call) : 0) + 64);
  call->scratch = (gpointer) (((gsize) scratch + 63) / 64 * 64);
  if (kernel->begin != NULL)
    kernel->begin (call);
  kernel->run (call, 0, kernel->units (call));
  if (kernel->finish != NULL)
    kernel->finish (call);
  if (kernel->release != NULL && call->prepared != NULL)
    kernel->release (call->prepared);
  weft_prepared_call_clear (&prepared);
  return bad;
}

static int
run_texts (const Case *it, guint i, char **at)
{
  const WeftStep   *step = &it->program->steps[i];
  guint64           draw[] = { SEED, STEP };
  g_autofree char **pointers = g_new0 (char *, step->n_in + step->n_out + 1);
  int               bad = 0;

  memcpy (pointers, at, (step->n_in + step->n_out) * sizeof (char *));
  pointers[step->n_in + step->n_out] = (char *) draw;
  for (guint k = 0; k < it->n[i]; k++)
    {
      int now = cuda_check_run (emulation, it->first[i] + k, pointers, NULL);

      bad = MAX (bad, now);
    }
  return bad;
}

static void
run_step (const Case *it, guint i, char **expected, char **got, int *bad)
{
  const WeftStep   *step = &it->program->steps[i];
  g_autofree char **a = emit_operands (it->program, step, expected);
  g_autofree char **b = emit_operands (it->program, step, got);
  int               bad_text;

  if (step->kind == WEFT_STEP_TILES)
    {
      nest_check_run (it->program, step, a, 0, weft_step_units (step));
      nest_check_run (it->program, step, b, 0, weft_step_units (step));
      return;
    }
  *bad = run_op (step, a);
  bad_text = run_texts (it, i, b);
  if (*bad != bad_text)
    g_error ("%s: bad is %d, and %d on the device", it->text, *bad, bad_text);
}

static void
fill_inputs (const Case *it, char **slots)
{
  for (guint i = 0; i < it->program->n_slots; i++)
    if (it->program->slots[i].kind == WEFT_SLOT_INPUT)
      memcpy (slots[i], it->arrays[it->program->slots[i].index]->data, it->program->slots[i].bytes);
}

static void
run_case (const Case *it)
{
  const WeftProgram *program = it->program;
  char             **expected = emit_make_slots (program, FALSE), **got = emit_make_slots (program, FALSE);
  int                bad = 0;

  fill_inputs (it, expected);
  fill_inputs (it, got);
  for (guint i = 0; i < program->n_steps && bad == 0; i++)
    run_step (it, i, expected, got, &bad);
  for (guint i = 0; bad == 0 && i < program->n_slots; i++)
    {
      const WeftSlot *slot = &program->slots[i];

      if (slot->kind == WEFT_SLOT_OUTPUT)
        g_assert_true (nest_check_equal (it->text, slot->dtype,
                                         slot->bytes / weft_dtype_size (slot->dtype), expected[i],
                                         got[i]));
    }
  emit_free_slots (program, expected);
  emit_free_slots (program, got);
}

static void
test_same_bits (void)
{
  if (emulation == NULL)
    {
      g_test_skip ("there is no C++ compiler, or AddressSanitizer watches");
      return;
    }
  for (guint i = 0; i < cases->len; i++)
    run_case (cases->pdata[i]);
}

static void
test_compiles (void)
{
  if (!cuda_check_compile (texts->len, (WeftKernelText *const *) texts->pdata))
    g_test_skip ("NVRTC is not installed");
}

/* Every op that says it has texts is met. */
static void
add_all (void)
{
  for (guint i = WEFT_N_ELEMENTWISE; i < WEFT_N_OPS; i++)
    {
      const WeftOp *op = weft_op (i);
      gboolean      met = FALSE;

      /* Its quantile is a function of the CPU's alone. */
      if (op->kernel == NULL || op->kernel->text == NULL || i == WEFT_OP_TRUNCATED_NORMAL)
        continue;
      for (guint k = 0; k < WEFT_MAX_EXAMPLES && op->examples[k] != NULL; k++)
        {
          met |= add_case (op->examples[k], WEFT_F32);
          add_case (op->examples[k], WEFT_F64);
        }
      if (!met)
        g_error ("%s: none of its examples has a text", op->name);
    }
  for (guint i = 0; i < G_N_ELEMENTS (more); i++)
    {
      if (!add_case (more[i], WEFT_F32))
        g_error ("%s: there is no text", more[i]);
      add_case (more[i], WEFT_F64);
    }
}

int
main (int argc, char **argv)
{
  int code;

  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  example_register_samples ();
  texts = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_kernel_text_free);
  cases = g_ptr_array_new_with_free_func (case_free);
  add_all ();
  emulation = cuda_check_new (texts->len, (WeftKernelText *const *) texts->pdata);
  g_test_add_func ("/cuda-ops/compiles", test_compiles);
  g_test_add_func ("/cuda-ops/same-bits", test_same_bits);
  code = g_test_run ();
  g_clear_pointer (&emulation, cuda_check_free);
  g_ptr_array_unref (cases);
  g_ptr_array_unref (texts);
  return code;
}

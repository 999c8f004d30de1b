/* The texts of kernels in CUDA C: they compile, and, run on the CPU thread by thread, give the bits
 * of their definition.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/cuda-check.h"
#include "tests/emit-cases.h"
#include "tests/nest-check.h"

#include <string.h>

typedef struct
{
  const EmitCase *test;
  guint          *texts; /* by step: its text */
  guint          *joins; /* and the one that puts its pieces together, or NO_TEXT */
} Built;

#define NO_TEXT G_MAXUINT

static GPtrArray *texts;
static CudaCheck *emulation;

/* ---- Compiling ---- */

static void
test_compiles (void)
{
  if (!cuda_check_compile (texts->len, (WeftKernelText *const *) texts->pdata))
    g_test_skip ("NVRTC is not installed");
}

/* ---- Running ---- */

static gboolean
has_pieces (const WeftStep *step)
{
  return step->piece_rows > 0 && step->partials != WEFT_NOBODY &&
         weft_step_units (step) > step->piece_rows;
}

static int
run_definition (const WeftProgram *program, const WeftStep *step, char **at)
{
  gint64            units = weft_step_units (step);
  guint             n = step->n_in + step->n_out;
  g_autofree char **piece = g_new (char *, n + 1);
  int               bad = 0;

  if (!has_pieces (step))
    return nest_check_run (program, step, at, 0, units);
  for (gint64 i = 0; i * step->piece_rows < units && bad == 0; i++)
    {
      memcpy (piece, at, n * sizeof (char *));
      nest_check_place (step, piece, i);
      bad = nest_check_run (program, step, piece, i * step->piece_rows,
                            MIN ((i + 1) * step->piece_rows, units));
    }
  nest_check_join (step, at);
  return bad;
}

static int
run_kernel (const WeftStep *step, guint text, guint join, char **at)
{
  g_autofree char **parameters = g_new0 (char *, step->n_in + step->n_out + 1);
  char             *partials = step->partials != WEFT_NOBODY ? at[step->n_in + step->partials] : NULL;
  guint             n = 0;
  int               bad;

  for (guint i = 0; i < step->n_in + step->n_out; i++)
    if (i < step->n_in || i - step->n_in != step->partials)
      parameters[n++] = at[i];
  bad = cuda_check_run (emulation, text, parameters, partials);
  g_assert_cmpint (has_pieces (step), ==, join != NO_TEXT);
  if (join != NO_TEXT)
    cuda_check_run (emulation, join, parameters, partials);
  return bad;
}

static void
run_on (const Built *built, gboolean wild)
{
  const WeftProgram *program = built->test->program;
  char             **expected = emit_make_slots (program, wild), **got = emit_make_slots (program, wild);
  int                bad = 0;

  for (guint i = 0; i < program->n_steps && bad == 0; i++)
    {
      const WeftStep   *step = &program->steps[i];
      g_autofree char **at = emit_operands (program, step, expected);
      g_autofree char **at_kernel = emit_operands (program, step, got);

      bad = run_definition (program, step, at);
      g_assert_cmpint (bad, ==, run_kernel (step, built->texts[i], built->joins[i], at_kernel));
    }
  /* Where a number is out of range, results are nobody's. */
  for (guint i = 0; bad == 0 && i < program->n_slots; i++)
    {
      const WeftSlot *slot = &program->slots[i];

      if (slot->kind == WEFT_SLOT_OUTPUT)
        g_assert_true (nest_check_equal (built->test->name, slot->dtype,
                                         slot->bytes / weft_dtype_size (slot->dtype), expected[i],
                                         got[i]));
    }
  emit_free_slots (program, expected);
  emit_free_slots (program, got);
}

static void
test_case (gconstpointer data)
{
  if (emulation == NULL)
    {
      g_test_skip ("there is no C++ compiler, or AddressSanitizer watches");
      return;
    }
  run_on (data, FALSE);
  run_on (data, TRUE);
}

/* ---- The list ---- */

static guint
add_text (WeftKernelText *text)
{
  if (text == NULL)
    return NO_TEXT;
  g_ptr_array_add (texts, text);
  return texts->len - 1;
}

static void
built_free (gpointer data)
{
  Built *built = data;

  g_free (built->texts);
  g_free (built->joins);
  g_free (built);
}

static void
add_case (const EmitCase *test)
{
  Built           *built = g_new0 (Built, 1);
  g_autofree char *path = g_strconcat ("/compile/emit-cuda/", test->name, NULL);

  built->test = test;
  built->texts = g_new (guint, test->program->n_steps);
  built->joins = g_new (guint, test->program->n_steps);
  for (guint i = 0; i < test->program->n_steps; i++)
    {
      built->texts[i] = add_text (weft_emit_step (test->program, i, WEFT_TEXT_CUDA));
      built->joins[i] = add_text (weft_emit_then (test->program, i, 1));
      g_assert_cmpuint (built->texts[i], !=, NO_TEXT);
    }
  g_test_add_data_func_full (path, built, test_case, built_free);
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) cases = NULL;
  int code;

  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  texts = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_kernel_text_free);
  cases = emit_cases_new (WEFT_TEXT_CUDA);
  g_test_add_func ("/compile/emit-cuda/compiles", test_compiles);
  for (guint i = 0; i < cases->len; i++)
    add_case (cases->pdata[i]);
  emulation = cuda_check_new (texts->len, (WeftKernelText *const *) texts->pdata);
  code = g_test_run ();
  g_clear_pointer (&emulation, cuda_check_free);
  g_ptr_array_unref (texts);
  return code;
}

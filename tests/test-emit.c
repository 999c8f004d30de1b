/* The texts of kernels in C: compiled by the system's compiler, every elementwise row in every type
 * it takes, loop nests of every shape, bit for bit against their definition.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/emit-cases.h"
#include "tests/nest-check.h"

#include <glib/gstdio.h>
#include <string.h>

/* A case and the numbers of its steps' texts in the build. */
typedef struct
{
  const EmitCase *test;
  guint          *texts;
} Built;

static TextBuild *build;

/* ---- Against the definition ---- */

typedef struct
{
  WeftKernelCode code; /* NULL: the definition */
  char          *scratch;
} Way;

static int
call (const WeftProgram *program,
      const WeftStep    *step,
      const Way         *way,
      char *const       *at,
      gint64             begin,
      gint64             end)
{
  return way->code != NULL ? way->code (at, begin, end, way->scratch)
                           : nest_check_run (program, step, at, begin, end);
}

/* Pieces of rows, each with results of its own across them. */
static int
run_pieces (const WeftProgram *program, const WeftStep *step, const Way *way, char **at)
{
  gint64            units = weft_step_units (step);
  guint             n = step->n_in + step->n_out;
  g_autofree char **piece = g_new (char *, n);
  int               bad = 0;

  for (gint64 i = 0; i * step->piece_rows < units && bad == 0; i++)
    {
      memcpy (piece, at, n * sizeof (char *));
      nest_check_place (step, piece, i);
      bad = call (program, step, way, piece, i * step->piece_rows,
                  MIN ((i + 1) * step->piece_rows, units));
    }
  nest_check_join (step, at);
  return bad;
}

/* In one call, or, @cut, in pieces. */
static int
run_step (
  const WeftProgram *program, const WeftStep *step, char **slots, const Way *way, gboolean cut)
{
  g_autofree char **at = emit_operands (program, step, slots);
  gint64            units = weft_step_units (step), length = MAX (units / 3 - 1, 1);
  int               bad = 0;

  if (step->piece_rows > 0 && step->partials != WEFT_NOBODY && units > step->piece_rows)
    return run_pieces (program, step, way, at);
  if (!cut || step->piece_rows > 0)
    return call (program, step, way, at, 0, units);
  for (gint64 begin = 0; begin < units && bad == 0; begin += length)
    bad = call (program, step, way, at, begin, MIN (begin + length, units));
  return bad;
}

static void
assert_same (const Built *built, char **expected, char **got)
{
  const WeftProgram *program = built->test->program;

  for (guint i = 0; i < program->n_slots; i++)
    {
      const WeftSlot *slot = &program->slots[i];

      if (slot->kind == WEFT_SLOT_OUTPUT)
        g_assert_true (nest_check_equal (built->test->name, slot->dtype,
                                         slot->bytes / weft_dtype_size (slot->dtype), expected[i],
                                         got[i]));
    }
}

static void
run_on (const Built *built, gboolean wild, gboolean cut)
{
  const WeftProgram *program = built->test->program;
  char             **expected = emit_make_slots (program, wild), **got = emit_make_slots (program, wild);

  for (guint i = 0; i < program->n_steps; i++)
    {
      const WeftStep *step = &program->steps[i];
      Way             definition = { NULL, NULL };
      Way             way = { text_build_get (build, built->texts[i]),
                              g_aligned_alloc (1, text_build_scratch (build, built->texts[i]) + 64, 64) };

      g_assert_cmpint (run_step (program, step, expected, &definition, FALSE), ==,
                       run_step (program, step, got, &way, cut));
      g_aligned_free (way.scratch);
    }
  assert_same (built, expected, got);
  emit_free_slots (program, expected);
  emit_free_slots (program, got);
}

static void
test_case (gconstpointer data)
{
  run_on (data, FALSE, FALSE);
  run_on (data, FALSE, TRUE);
  run_on (data, TRUE, FALSE);
}

/* ---- Texts ---- */

/* A row whose function is a library's has no text; all others have. */
static void
test_without_text (void)
{
  static const struct
  {
    guint     op;
    WeftDType dtype;
    gboolean  has;
  } rows[] = {
    { WEFT_OP_ADD, WEFT_F32, TRUE },
    { WEFT_OP_TANH, WEFT_F64, TRUE },
    { WEFT_OP_GELU, WEFT_F32, TRUE },
    { WEFT_OP_DIGAMMA, WEFT_F32, FALSE },
    { WEFT_OP_CBRT, WEFT_F64, FALSE },
    { WEFT_OP_MOD, WEFT_F32, FALSE },
    { WEFT_OP_MOD, WEFT_I32, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      WeftProgram *program = emit_row_program (weft_op (rows[i].op), rows[i].dtype);

      if (emit_program_has_text (program, WEFT_TEXT_C) != rows[i].has)
        g_error ("%s: a text is %s", weft_op (rows[i].op)->name, rows[i].has ? "missing" : "there");
      weft_program_free (program);
    }
}

/* Each line that computes has its comment, and the code is the text without comments. */
static void
test_lines (void)
{
  WeftProgram *program = emit_row_program (weft_op (WEFT_OP_GELU), WEFT_F32);
  g_autoptr (WeftKernelText) text = weft_emit_step (program, 0, WEFT_TEXT_C);
  g_auto (GStrv) lines = g_strsplit (text->text, "\n", -1);

  g_assert_cmpuint (text->lines->len, >, program->steps[0].n_ops - 1);
  for (guint i = 0; i < text->lines->len; i++)
    {
      WeftTextLine     line = g_array_index (text->lines, WeftTextLine, i);
      g_autofree char *comment = g_strdup_printf ("/* %u ", line.apply);

      g_assert_nonnull (strstr (lines[line.line - 1], comment));
    }
  g_assert_null (strstr (text->code, "/*"));
  g_assert_nonnull (strstr (text->code, text->key));
  weft_program_free (program);
}

/* ---- Golden texts ---- */

/* What stands in tests/golden/kernels; WEFT_GOLDEN=write writes it. */
static const char *const goldens[] = {
  "chain",
  "short-row",
  "short-outer",
  "column",
  "transposed",
  "casts",
  "wholes",
  "rows-softmax",
  "rows-softmax-short",
  "rows-across-long",
  "rows-total",
  "rows-pick",
  "rows-logic",
};

static void
check_golden (const EmitCase *test, const char *name, WeftTextLanguage language)
{
  GString         *all = g_string_new (NULL);
  g_autofree char *file = g_strconcat (name, language == WEFT_TEXT_C ? ".c" : ".cu", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", "kernels", file, NULL);
  g_autofree char *text = NULL, *expected = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < test->program->n_steps; i++)
    {
      g_autoptr (WeftKernelText) kernel = weft_emit_step (test->program, i, language);

      g_string_append (all, kernel->text);
    }
  text = g_string_free (all, FALSE);
  if (g_strcmp0 (g_getenv ("WEFT_GOLDEN"), "write") == 0)
    g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  g_file_get_contents (path, &expected, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_golden (gconstpointer data)
{
  const EmitCase *test = data;
  const char     *name = strrchr (test->name, '/') + 1;

  check_golden (test, name, WEFT_TEXT_C);
  check_golden (test, name, WEFT_TEXT_CUDA);
}

/* ---- The list ---- */

static void
free_built (gpointer data)
{
  Built *built = data;

  g_free (built->texts);
  g_free (built);
}

static void
add_case (const EmitCase *test)
{
  Built           *built = g_new0 (Built, 1);
  g_autofree char *path = g_strconcat ("/compile/emit/", test->name, NULL);

  built->test = test;
  built->texts = g_new0 (guint, test->program->n_steps + 1);
  for (guint i = 0; i < test->program->n_steps; i++)
    built->texts[i] = text_build_add (build, weft_emit_step (test->program, i, WEFT_TEXT_C));
  g_test_add_data_func_full (path, built, test_case, free_built);
  for (guint i = 0; i < G_N_ELEMENTS (goldens); i++)
    {
      g_autofree char *name = g_strconcat ("expression/", goldens[i], NULL);
      g_autofree char *golden = g_strconcat ("/compile/emit/golden/", goldens[i], NULL);

      if (g_str_equal (name, test->name))
        g_test_add_data_func (golden, test, test_golden);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) cases = NULL;
  int code;

  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/compile/emit/without-text", test_without_text);
  g_test_add_func ("/compile/emit/lines", test_lines);
  build = text_build_new ();
  cases = emit_cases_new (WEFT_TEXT_C);
  for (guint i = 0; i < cases->len; i++)
    add_case (cases->pdata[i]);
  text_build_load (build);
  code = g_test_run ();
  text_build_free (build);
  return code;
}

/* One step of a program as statements of C.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/export-private.h"

#include <string.h>

/* ---- Kernels ---- */

/* The function of @text, written once. */
static void
append_kernel (WeftExport *export, const WeftKernelText *text)
{
  export->scratch_bytes = MAX (export->scratch_bytes, text->scratch_bytes);
  if (g_hash_table_contains (export->known, text->key))
    return;
  g_hash_table_add (export->known, g_strdup (text->key));
  g_string_append_printf (export->kernels, "static %s\n", text->code);
}

static gboolean
export_kernel (WeftExport *export, const WeftProgram *program, guint i, GError **error)
{
  const WeftStep *step = &program->steps[i];
  g_autoptr (WeftKernelText) text = weft_emit_step (program, i, WEFT_TEXT_C);
  if (text == NULL)
    return weft_export_refuse (export, step, step->name, error);
  append_kernel (export, text);
  g_string_append (export->programs, "  {\n    char *at[] = {");
  for (guint k = 0; k < step->n_in + step->n_out; k++)
    {
      const WeftOperand *operand = k < step->n_in ? &step->in[k] : &step->out[k - step->n_in];
      g_autofree char   *place = weft_export_operand (export, program, operand);
      g_string_append_printf (export->programs, "%s %s", k > 0 ? "," : "", place);
    }
  g_string_append_printf (export->programs,
                          " };\n    if (%s_%s (at, 0, %" G_GINT64_FORMAT
                          ", scratch))\n      return 1;\n  }\n",
                          WEFT_TEXT_NAME, text->key, weft_step_units (step));
  return TRUE;
}

/* ---- Products ---- */

/* "" or " + b0 * 12 + b1 * 3": where a matrix of a batch starts. */
static char *
batch_place (const WeftStep *step, const gint64 *strides)
{
  GString *text = g_string_new (NULL);
  for (guint d = 0; d < step->gemm.batch_rank; d++)
    if (strides[d] != 0)
      g_string_append_printf (text, " + b%u * %" G_GINT64_FORMAT, d, strides[d]);
  return g_string_free (text, FALSE);
}

/* A number that the program makes, read where the product runs. */
static char *
scalar_text (WeftExport *export, const WeftProgram *program, const WeftOperand *operand)
{
  g_autofree char *typed = weft_export_typed (export, program, operand);
  return g_strdup_printf ("*%s", typed);
}

static gboolean
export_product (WeftExport *export,
                const WeftProgram *program,
                const WeftStep    *step,
                GError           **error)
{
  gboolean         adds = step->gemm.adds;
  g_autofree char *a = weft_export_typed (export, program, &step->in[0]);
  g_autofree char *b = weft_export_typed (export, program, &step->in[1]);
  g_autofree char *c = adds ? weft_export_typed (export, program, &step->in[2]) : g_strdup ("0");
  g_autofree char *y = weft_export_typed (export, program, &step->out[0]);
  g_autofree char *alpha =
    step->gemm.scales ? scalar_text (export, program, &step->in[3]) : g_strdup ("1");
  g_autofree char *beta = adds ? scalar_text (export, program, &step->in[4]) : g_strdup ("0");
  g_autofree char *at_a = batch_place (step, step->gemm.batch_a);
  g_autofree char *at_b = batch_place (step, step->gemm.batch_b);
  g_autofree char *at_c = adds ? batch_place (step, step->gemm.batch_c) : g_strdup ("");
  g_autofree char *at_y = batch_place (step, step->gemm.batch_out);
  gint64           lda = step->gemm.lda, ldb = step->gemm.ldb;
  if (step->gemm.dtype == WEFT_BOOL)
    return weft_export_refuse (export, step, step->name, error);
  g_string_append (export->programs, "  {\n");
  for (guint d = 0; d < step->gemm.batch_rank; d++)
    g_string_append_printf (export->programs, "    long b%u;\n", d);
  for (guint d = 0; d < step->gemm.batch_rank; d++)
    g_string_append_printf (export->programs,
                            "    for (b%u = 0; b%u < %" G_GINT64_FORMAT "; b%u++)\n", d, d,
                            step->gemm.batch[d], d);
  g_string_append_printf (
    export->programs,
    "    weft_product_%s (%" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
    ", %s, %s%s, %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %s%s, %" G_GINT64_FORMAT
    ", %" G_GINT64_FORMAT ", %s, %s%s, %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT
    ", %s%s, %" G_GINT64_FORMAT ");\n  }\n",
    weft_export_suffix (step->gemm.dtype), step->gemm.m, step->gemm.n, step->gemm.k, alpha, a, at_a,
    step->gemm.transpose_a ? 1 : lda, step->gemm.transpose_a ? lda : 1, b, at_b,
    step->gemm.transpose_b ? 1 : ldb, step->gemm.transpose_b ? ldb : 1, beta, c, at_c,
    step->gemm.c_row, step->gemm.c_column, y, at_y, step->gemm.ldc);
  return TRUE;
}

/* ---- Copies ---- */

static gboolean
export_copy (WeftExport *export, const WeftProgram *program, const WeftStep *step)
{
  g_autofree char *from = weft_export_operand (export, program, &step->in[0]);
  g_autofree char *to = weft_export_operand (export, program, &step->out[0]);
  g_autofree char *dims = weft_export_numbers (step->rank, step->dims);
  g_autofree char *strides = weft_export_numbers (step->rank, step->in[0].strides);
  g_string_append_printf (export->programs,
                          "  {\n    static const long dims[] = { %s }, strides[] = { %s };\n"
                          "    weft_copy (%" G_GSIZE_FORMAT ", %u, dims, strides, %s, %s);\n  }\n",
                          step->rank > 0 ? dims : "0", step->rank > 0 ? strides : "0",
                          weft_dtype_size (program->slots[step->in[0].slot].dtype), step->rank,
                          from, to);
  return TRUE;
}

/* ---- Loops and choices ---- */

static void
append_places (WeftExport *export,
               const WeftProgram *program,
               const char        *name,
               guint              n,
               const WeftOperand *operands)
{
  g_string_append_printf (export->programs, "    char *%s[] = {", name);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *place = weft_export_operand (export, program, &operands[i]);
      g_string_append_printf (export->programs, " %s,", place);
    }
  g_string_append (export->programs, " 0 };\n");
}

static char *
result_place (WeftExport *export, const WeftProgram *program, const WeftStep *step, guint number)
{
  return number == WEFT_NOBODY ? g_strdup ("0")
                               : weft_export_operand (export, program, &step->out[number]);
}

static void
append_result (WeftExport *export, const WeftProgram *program, const WeftStep *step, guint i)
{
  const WeftBodyResult *result = &step->bodies->results[0][i];
  const WeftProgram    *body = step->bodies->programs[0];
  g_autofree char      *rows = result_place (export, program, step, result->rows);
  g_autofree char      *last = result_place (export, program, step, result->last);
  g_string_append_printf (
    export->programs,
    "      { %u, %d, %d, %d, %" G_GSIZE_FORMAT ", %u, %" G_GSIZE_FORMAT ", %s, %s },\n",
    result->output, body->slots[body->outputs[i].slot].kind == WEFT_SLOT_ARENA, result->in_place,
    result->state == WEFT_NOBODY ? -1 : (int) result->state, result->bytes, result->ring_rows,
    result->ring_offset, rows, last);
}

static void
export_loop (WeftExport *export, const WeftProgram *program, const WeftStep *step, guint body)
{
  const WeftBodies *bodies = step->bodies;
  g_autofree char  *workspace = result_place (export, program, step, bodies->workspace);
  g_autofree char  *count = result_place (export, program, step, bodies->count);
  g_string_append_printf (export->programs,
                          "  {\n    char *inner_out[%u], *inner_made[%u], *next[%u];\n    static "
                          "const long advances[] = {",
                          bodies->n_results[0] + 1, bodies->n_results[0] + 1, bodies->n_states + 1);
  for (guint i = 0; i < bodies->n_sequences; i++)
    g_string_append_printf (export->programs, " %" G_GINT64_FORMAT ",",
                            step->in[i].strides[0] *
                              (gint64) weft_dtype_size (bodies->programs[0]->slots[i].dtype));
  g_string_append (export->programs, " 0 };\n");
  append_places (export, program, "inner_in", step->n_in, step->in);
  g_string_append (export->programs, "    struct weft_result results[] = {\n");
  for (guint i = 0; i < bodies->n_results[0]; i++)
    append_result (export, program, step, i);
  g_string_append (export->programs, "    };\n    memset (inner_out, 0, sizeof inner_out);\n");
  g_string_append_printf (
    export->programs,
    "    if (weft_loop (%" G_GINT64_FORMAT
    ", %d, %u, advances, %u, %u, results, %d, (long long *) %s, %s, inner_in, inner_out, next, "
    "program_%u, inner_made))\n"
    "      return 1;\n  }\n",
    bodies->n_rows, bodies->backwards, bodies->n_sequences, bodies->n_states, bodies->n_results[0],
    bodies->until == WEFT_NOBODY ? -1 : (int) bodies->until, count, workspace, body);
}

static void
append_choice (
  WeftExport *export, const WeftProgram *program, const WeftStep *step, guint k, guint body)
{
  const WeftBodies *bodies = step->bodies;
  g_autofree char  *workspace = result_place (export, program, step, bodies->workspace);
  g_string_append_printf (export->programs, "      {\n        char *inner_made[%u];\n",
                          bodies->n_results[k] + 1);
  append_places (export, program, "inner_out", 0, NULL);
  g_string_append_printf (export->programs,
                          "        char *places[%u];\n        (void) inner_out;\n",
                          bodies->n_results[k] + 1);
  for (guint i = 0; i < bodies->n_results[k]; i++)
    {
      g_autofree char *place = result_place (export, program, step, bodies->results[k][i].rows);
      g_string_append_printf (export->programs, "        places[%u] = %s;\n", i, place);
    }
  g_string_append_printf (
    export->programs,
    "        if (program_%u (inner_in, places, %s, inner_made))\n          return 1;\n", body,
    workspace);
  for (guint i = 0; i < bodies->n_results[k]; i++)
    g_string_append_printf (export->programs,
                            "        if (inner_made[%u] != places[%u])\n          memcpy "
                            "(places[%u], inner_made[%u], %" G_GSIZE_FORMAT ");\n",
                            i, i, i, i, bodies->results[k][i].bytes);
  g_string_append (export->programs, "      }\n");
}

static void
export_branch (WeftExport *export,
               const WeftProgram *program,
               const WeftStep    *step,
               const guint       *bodies)
{
  g_autofree char *condition = weft_export_operand (export, program, &step->in[0]);
  g_string_append (export->programs, "  {\n");
  append_places (export, program, "inner_in", step->n_in - 1, step->in + 1);
  g_string_append_printf (export->programs, "    if (*%s)\n", condition);
  append_choice (export, program, step, 0, bodies[0]);
  g_string_append (export->programs, "    else\n");
  append_choice (export, program, step, 1, bodies[1]);
  g_string_append (export->programs, "  }\n");
}

/* Bodies are written already. */
static gboolean
export_bodies (WeftExport *export, const WeftProgram *program, const WeftStep *step)
{
  guint numbers[2] = { 0 };
  for (guint k = 0; k < step->bodies->n_programs; k++)
    numbers[k] =
      GPOINTER_TO_UINT (g_hash_table_lookup (export->numbers, step->bodies->programs[k])) - 1;
  if (step->kind == WEFT_STEP_LOOP)
    export_loop (export, program, step, numbers[0]);
  else
    export_branch (export, program, step, numbers);
  return TRUE;
}

/* ---- Steps ---- */

gboolean
weft_export_step (WeftExport *export, const WeftProgram *program, guint i, GError **error)
{
  const WeftStep  *step = &program->steps[i];
  g_autofree char *name = g_strdup (step->name);
  g_strdelimit (name, "*/\\", ' ');
  g_string_append_printf (export->programs, "  /* %u: %s */\n", i, name);
  switch (step->kind)
    {
    case WEFT_STEP_TILES:
      return export_kernel (export, program, i, error);
    case WEFT_STEP_GEMM:
      return export_product (export, program, step, error);
    case WEFT_STEP_COPY:
      return export_copy (export, program, step);
    case WEFT_STEP_LOOP:
    case WEFT_STEP_BRANCH:
      return export_bodies (export, program, step);
    case WEFT_STEP_OP:
      break;
    }
  return weft_export_op (export, program, step, error);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/emit-cases.h"

#include <math.h>
#include <string.h>

static const double special_reals[] = { 0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5,
                                        -2.5, 3, 10, -10, 1e-6, -1e-6, 1e-30, 1e30,
                                        -1e30, 40, -40, 100, -100, INFINITY, -INFINITY, NAN,
                                        1e-40, -0.3, 0.25, 0.75, 7.25 };
static const double special_wholes[] = {
  0, 1, -1, 2, -2, 3, 7, -7, 31, 32, 63, 64, 100, -100, 1000003, 2147483647, -2147483647.0 - 1
};

gboolean
emit_program_has_text (const WeftProgram *program, WeftTextLanguage language)
{
  for (guint i = 0; i < program->n_steps; i++)
    {
      g_autoptr (WeftKernelText) text = weft_emit_step (program, i, language);

      if (text == NULL)
        return FALSE;
    }
  return TRUE;
}

/* Takes @name and @program. */
static void
add_case (GPtrArray *cases, char *name, WeftProgram *program)
{
  EmitCase *test = g_new0 (EmitCase, 1);

  test->name = name;
  test->program = program;
  g_ptr_array_add (cases, test);
}

/* ---- Running ---- */

static void
fill (const WeftSlot *slot, char *bytes, guint seed, gboolean wild)
{
  gsize size = weft_dtype_size (slot->dtype), n = slot->bytes / size;

  for (gsize i = 0; i < n; i++)
    {
      guint  k = (i + seed * 7 + i / 29 * seed) % 1009;
      double real = special_reals[k % G_N_ELEMENTS (special_reals)];
      double whole = special_wholes[k % G_N_ELEMENTS (special_wholes)];

      /* Without what makes sums infinite, so that every element tells. */
      if (!wild)
        {
          real = (k * 7919 % 2003) / 500.0 - 2;
          whole = k * 31 % 41 - 20.0;
        }

      switch ((int) slot->dtype)
        {
        case WEFT_F32:
          ((float *) bytes)[i] = real;
          break;
        case WEFT_F64:
          ((double *) bytes)[i] = real;
          break;
        case WEFT_I32:
          ((gint32 *) bytes)[i] = whole;
          break;
        case WEFT_I64:
          ((gint64 *) bytes)[i] = whole * (k % 2 ? 1 : 65537);
          break;
        default:
          bytes[i] = k % 3 == 0;
        }
    }
}

/* Bytes of all slots, inputs filled; those of the arena lie in one piece as planned. */
char **
emit_make_slots (const WeftProgram *program, gboolean wild)
{
  char **slots = g_new0 (char *, program->n_slots + 1);
  char  *arena = g_malloc0 (program->arena_bytes + 64);

  for (guint i = 0; i < program->n_slots; i++)
    {
      const WeftSlot *slot = &program->slots[i];

      if (slot->kind == WEFT_SLOT_ARENA)
        slots[i] = arena + slot->offset;
      else
        slots[i] = g_malloc0 (slot->bytes + 64);
      if (slot->kind == WEFT_SLOT_INPUT)
        fill (slot, slots[i], i + 1, wild);
      if (slot->kind == WEFT_SLOT_CONSTANT)
        memcpy (slots[i], program->constants[slot->index]->data, slot->bytes);
    }
  slots[program->n_slots] = arena;
  return slots;
}

void
emit_free_slots (const WeftProgram *program, char **slots)
{
  for (guint i = 0; i < program->n_slots; i++)
    if (program->slots[i].kind != WEFT_SLOT_ARENA)
      g_free (slots[i]);
  g_free (slots[program->n_slots]);
  g_free (slots);
}

char **
emit_operands (const WeftProgram *program, const WeftStep *step, char **slots)
{
  char **at = g_new0 (char *, step->n_in + step->n_out + 1);

  for (guint i = 0; i < step->n_in + step->n_out; i++)
    {
      const WeftOperand *operand = i < step->n_in ? &step->in[i] : &step->out[i - step->n_in];

      at[i] = slots[operand->slot] +
              operand->offset * (gint64) weft_dtype_size (program->slots[operand->slot].dtype);
    }
  return at;
}

/* ---- Every row ---- */

/* Operand k lies along axis k, so every value meets every other. */
WeftProgram *
emit_row_program (const WeftOp *op, WeftDType dtype)
{
  static const char *const names[] = { "a", "b", "c" };
  WeftGraph               *graph = weft_graph_new ();
  WeftValue               *inputs[3], *y;
  guint                    n = op->traits & WEFT_TRAIT_VARIADIC ? 3 : op->n_inputs;

  for (guint k = 0; k < n; k++)
    {
      WeftType type = { .dtype = k == 0 && op->traits & WEFT_TRAIT_CONDITION ? WEFT_BOOL : dtype,
                        .shape.rank = n };

      for (guint i = 0; i < n; i++)
        type.shape.dims[i] = weft_dim (i == k ? (n > 2 ? 29 : 101) : 1);
      inputs[k] = weft_graph_input (graph, names[k], &type);
    }
  y = weft_graph_apply (graph, op, n, inputs, NULL, NULL);
  g_assert_nonnull (y);
  return weft_program_new (graph, n, inputs, 1, &y, 0, NULL, NULL);
}

static gboolean
takes (const WeftOp *op, WeftDType dtype)
{
  if (weft_dtype_is_float (dtype))
    return !(op->traits & WEFT_TRAIT_INT_ONLY);
  return !(op->traits & WEFT_TRAIT_FLOAT_ONLY);
}

static void
add_rows (GPtrArray *cases, WeftTextLanguage language)
{
  static const WeftDType dtypes[] = { WEFT_F32, WEFT_F64, WEFT_I32, WEFT_I64, WEFT_BOOL };

  for (guint i = 0; i < WEFT_N_ELEMENTWISE; i++)
    for (guint k = 0; k < G_N_ELEMENTS (dtypes); k++)
      {
        const WeftOp *op = weft_op (i);
        WeftProgram  *program;

        if (!takes (op, dtypes[k]))
          continue;
        program = emit_row_program (op, dtypes[k]);
        if (program->n_steps == 1 && program->steps[0].kind == WEFT_STEP_TILES &&
            emit_program_has_text (program, language))
          add_case (cases, g_strdup_printf ("row/%s/%s", op->name, weft_dtypes[dtypes[k]].name),
                    program);
        else
          weft_program_free (program);
      }
}

/* ---- Expressions ---- */

typedef struct
{
  const char *name;
  WeftDType   dtype;
  guint       rank;
  gint64      dims[4];
} Input;

static const Input small_inputs[] = {
  { "x", WEFT_F32, 2, { 6, 40 } },
  { "w", WEFT_F32, 1, { 40 } },
  { "s", WEFT_F32, 0, { 0 } },
  { "t", WEFT_F32, 2, { 40, 6 } },
  { "k", WEFT_I32, 2, { 6, 7 } },
  { "u", WEFT_F32, 3, { 3, 6, 7 } },
  { "v", WEFT_F32, 1, { 7 } },
  { "c", WEFT_F32, 2, { 6, 1 } },
  { "d", WEFT_F64, 2, { 6, 40 } },
  { "l", WEFT_I64, 2, { 6, 40 } },
  { "z", WEFT_F32, 1, { 1003 } },
  { "b", WEFT_BOOL, 2, { 6, 40 } },
  { "bb", WEFT_F32, 3, { 40, 6, 7 } },
  { "tt", WEFT_F32, 2, { 7, 300 } },
  { "i", WEFT_I32, 1, { 37 } },
  { "p", WEFT_F32, 2, { 37, 10 } },
  { "q", WEFT_F32, 2, { 9, 1003 } },
  { "o", WEFT_F32, 1, { 37 } },
  { "h", WEFT_F32, 1, { 5000 } },
  { "m", WEFT_F64, 2, { 20, 64 } },
  { "n", WEFT_I64, 2, { 19, 33 } },
  { "y", WEFT_F32, 2, { 700, 65 } },
  { "r", WEFT_F32, 2, { 5, 33 } },
  { "j", WEFT_F32, 2, { 3, 1025 } },
};

typedef struct
{
  const char *name, *text;
} Expression;

static const Expression expressions[] = {
  { "chain", "tanh(x * w + 0.1) * s" },
  { "one-number", "exp(s) * 3" },
  { "flat", "relu(z) + z * 2" },
  { "column", "x * c + w" },
  { "transposed", "t.T * x + 1" },
  { "short-row", "u + v" },
  { "short-column", "u * c.reshape((6, 1)) + k" },
  { "reversed", "x[::-1] + w[::-1]" },
  { "short-blocks", "bb * v + u[0] * c" },
  { "short-outer", "p - o.reshape((37, 1)) * p[3] * 0.5" },
  { "short-turned", "tanh(tt.T) * v" },
  { "short-wholes", "k[0] * tt.T + 2" },
  { "short-reversed", "u[::-1, :, ::-1] * v" },
  { "sliced", "x[:, 3:30:2] * 2" },
  { "where", "where(b, x, d)" },
  { "compared", "(x > w) & b" },
  { "casts", "cast(x, 'i32') + k[0, 0]" },
  { "wholes", "l // 3 % 5 + cast(d, 'i64')" },
  { "bool-cast", "cast(x, 'bool')" },
  { "rows-softmax", "exp(q - max(q, axis=1, keepdims=True)) / sum(exp(q - max(q, axis=1, "
                    "keepdims=True)), axis=1, keepdims=True)" },
  { "rows-softmax-short", "exp(p - max(p, axis=1, keepdims=True)) / sum(exp(p - max(p, axis=1, "
                          "keepdims=True)), axis=1, keepdims=True)" },
  { "rows-log-softmax", "m - max(m, axis=1, keepdims=True) - log(sum(exp(m - max(m, axis=1, "
                        "keepdims=True)), axis=1, keepdims=True))" },
  { "rows-centred", "q - mean(q, axis=1, keepdims=True)" },
  { "rows-of-rows", "(p - max(p, axis=1, keepdims=True)) * o.reshape((37, 1))" },
  { "rows-across", "sum(p * 2, axis=0)" },
  { "rows-across-long", "sum(q * q, axis=0)" },
  { "rows-across-both", "sum(tanh(q) * sum(q, axis=1, keepdims=True), axis=0)" },
  { "rows-total", "sum(h * h)" },
  { "rows-mean", "mean(tanh(z))" },
  { "rows-maximum", "max(n, axis=1) + min(n, axis=1)" },
  { "columns-scaled", "sum(p * o.reshape((37, 1)) + k[0, 0], axis=0)" },
  { "columns-two", "sum(q[:, :33] * 2, axis=0) + max(q[:, :33], axis=0)" },
  { "columns-many", "sum(tanh(y), axis=0)" },
  { "rows-across-norm", "sum(y * sum(y, axis=1, keepdims=True), axis=0) + sum(max(y, axis=1))" },
  { "rows-33", "r - sum(exp(r), axis=1, keepdims=True)" },
  { "rows-1025", "exp(j - max(j, axis=1, keepdims=True)) / sum(exp(j - max(j, axis=1, "
                 "keepdims=True)), axis=1, keepdims=True)" },
  { "rows-logic", "all(x > -1000, axis=1) | any(x == 3, axis=1)" },
  { "rows-product", "prod(m, axis=-1)" },
  { "rows-pick", "mean(log(sum(exp(p), axis=1)) - cross_entropy_pick(p, i % 10))" },
  { "rows-norm", "(q - mean(q, axis=1, keepdims=True)) / sqrt(mean(square(q - mean(q, axis=1, "
                 "keepdims=True)), axis=1, keepdims=True) + 0.001)" },
  { "fours-tail", "z * s + exp(z)" },
  { "fours-broadcast", "x * w + c * s" },
  { "fours-sliced", "tanh(x[:, 4:36])" },
  { "fours-gathered", "tanh(x[:, 1:33]) + t.T[:, :32]" },
  { "fours-mixed", "where(b, d, cast(l, 'f64'))" },
  { "fours-copied", "x[::2, 8:24] * 1 + 1" },
  { "numbers", "leaky_relu(x, slope=0.3) + nan_to_num(x, nan=-2.5)" },
};

/* Results that do not fit into the caches, over e and g of their own. */
static const Input large_inputs[] = {
  { "e", WEFT_F32, 1, { 8400001 } },
  { "g", WEFT_F32, 2, { 2100, 4000 } },
};
static const Expression large_expressions[] = {
  { "large", "relu(e) * 2" },
  { "large-rows", "(g - max(g, axis=1, keepdims=True)) * sum(g - max(g, axis=1, keepdims=True), "
                  "axis=1, keepdims=True)" },
};

/* Whether @name stands in @text; numbers in golden texts then do not depend on the other inputs. */
static gboolean
names (const char *text, const char *name)
{
  g_autofree char *pattern = g_strdup_printf ("\\b%s\\b", name);

  return g_regex_match_simple (pattern, text, 0, 0);
}

static WeftProgram *
expression_program (const char *text, const Input *inputs, guint n)
{
  WeftGraph *graph = weft_graph_new ();
  WeftValue *values[32], *y;
  guint      n_used = 0;
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < n; i++)
    {
      WeftType type = { .dtype = inputs[i].dtype, .shape.rank = inputs[i].rank };

      if (!names (text, inputs[i].name))
        continue;
      for (guint k = 0; k < inputs[i].rank; k++)
        type.shape.dims[k] = weft_dim (inputs[i].dims[k]);
      values[n_used] = weft_graph_input (graph, inputs[i].name, &type);
      weft_scope_set_value (scope, inputs[i].name, values[n_used++]);
    }
  y = weft_expr_build_value (expr, graph, scope, &error);
  g_assert_no_error (error);
  return weft_program_new (graph, n_used, values, 1, &y, 0, NULL, NULL);
}

static void
add_expressions (GPtrArray *cases)
{
  for (guint i = 0; i < G_N_ELEMENTS (expressions); i++)
    add_case (cases, g_strdup_printf ("expression/%s", expressions[i].name),
              expression_program (expressions[i].text, small_inputs, G_N_ELEMENTS (small_inputs)));
  for (guint i = 0; i < G_N_ELEMENTS (large_expressions); i++)
    add_case (
      cases, g_strdup_printf ("expression/%s", large_expressions[i].name),
      expression_program (large_expressions[i].text, large_inputs, G_N_ELEMENTS (large_inputs)));
}

static void
free_case (gpointer data)
{
  EmitCase *test = data;

  weft_program_free (test->program);
  g_free (test->name);
  g_free (test);
}

GPtrArray *
emit_cases_new (WeftTextLanguage language)
{
  GPtrArray *cases = g_ptr_array_new_with_free_func (free_case);

  add_rows (cases, language);
  add_expressions (cases);
  return cases;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tests/nest-check.h"

#include <math.h>
#include <string.h>

#include "engine/compile/toolchain.h"
#include "engine/run/primitives.h"

/* ---- Nests ---- */

typedef struct
{
  const WeftProgram    *program;
  const WeftStep       *step;
  const WeftPrimitives *primitives;
  char *const          *at;
  gint64                row;       /* elements of this row */
  char                **registers; /* an element each, however often they are there */
} Run;

static gint64
operand_place (const WeftStep *step, const WeftOperand *operand, gint64 element)
{
  gint64 at = 0;

  for (guint i = step->rank; i-- > 0; element /= step->dims[i])
    at += element % step->dims[i] * operand->strides[i];
  return at;
}

static WeftDType
slot_dtype (const Run *run, const WeftOperand *operand)
{
  return run->program->slots[operand->slot].dtype;
}

static void
load (Run *run, const WeftTileOp *op, gint64 first)
{
  const WeftOperand *operand = &run->step->in[op->src[0]];
  gsize              size = weft_dtype_size (slot_dtype (run, operand));

  for (gint64 j = 0; j < run->row; j++)
    memcpy (run->registers[op->dst] + j * size,
            run->at[op->src[0]] +
              operand_place (run->step, operand, first + (op->per_row ? 0 : j)) * (gint64) size,
            size);
}

static void
store (Run *run, const WeftTileOp *op, gint64 unit, gint64 first)
{
  gsize size = weft_dtype_size (slot_dtype (run, &run->step->out[op->dst]));
  char *to = run->at[run->step->n_in + op->dst];

  if (op->per_row)
    memcpy (to + unit * (gint64) size, run->registers[op->src[0]], size);
  else
    memcpy (to + first * (gint64) size, run->registers[op->src[0]], run->row * size);
}

static void
set_number (char *to, WeftDType dtype, double x)
{
  g_autoptr (WeftArray) array = weft_array_new (dtype, 0, NULL);

  weft_array_set (array, 0, x);
  memcpy (to, array->data, weft_dtype_size (dtype));
}

static void
set_neutral (char *to, guint combine, WeftDType dtype)
{
  gint64 largest = G_MAXINT64;

  if (dtype == WEFT_I64 && combine == WEFT_OP_MINIMUM)
    memcpy (to, &largest, sizeof largest);
  else
    set_number (to, dtype, weft_tile_neutral (combine, dtype));
}

/* *@to = combine (*@to, *@x). */
static void
combine (const Run *run, const WeftTileOp *op, char *to, const char *x)
{
  static const double numbers[2];

  run->primitives->rows[weft_primitive_type (op->dtype)][op->combine](1, to, to, x, x, numbers);
}

static void
reduce (Run *run, const WeftTileOp *op)
{
  gsize       size = weft_dtype_size (op->dtype);
  char        lanes[WEFT_LANES][8];
  const char *source = run->registers[op->src[0]];
  gint64      n_lanes = run->row <= WEFT_LANES ? 1 : WEFT_LANES;

  for (gint64 l = 0; l < n_lanes; l++)
    set_neutral (lanes[l], op->combine, op->dtype);
  for (gint64 j = 0; j < run->row; j++)
    combine (run, op, lanes[j % n_lanes], source + j * size);
  for (gint64 half = n_lanes / 2; half > 0; half /= 2)
    for (gint64 l = 0; l < half; l++)
      combine (run, op, lanes[l], lanes[l + half]);
  for (gint64 j = 0; j < run->step->row; j++)
    memcpy (run->registers[op->dst] + j * size, lanes[0], size);
}

static void
across (Run *run, const WeftTileOp *op, gboolean first)
{
  gsize size = weft_dtype_size (op->dtype);
  char *to = run->at[run->step->n_in + op->dst];

  for (gint64 j = 0; j < (op->per_row ? 1 : run->row); j++)
    {
      if (first)
        set_neutral (to + j * size, op->combine, op->dtype);
      combine (run, op, to + j * size, run->registers[op->src[0]] + j * size);
    }
}

static gboolean
pick (Run *run, const WeftTileOp *op, WeftDType index_dtype, gint64 first)
{
  const WeftOperand *operand = &run->step->in[op->src[0]];
  gsize              size = weft_dtype_size (op->dtype);
  const char        *index = run->registers[op->src[1]];
  gint64             at = index_dtype == WEFT_I32 ? *(const gint32 *) index : *(const gint64 *) index;

  if (at < 0 || at >= run->step->row)
    return FALSE;
  for (gint64 j = 0; j < run->step->row; j++)
    memcpy (run->registers[op->dst] + j * size,
            run->at[op->src[0]] + operand_place (run->step, operand, first + at) * (gint64) size,
            size);
  return TRUE;
}

static void
compute (Run *run, const WeftTileOp *op)
{
  guint         type = weft_primitive_type (op->dtype);
  const double  numbers[2] = { op->p, op->q };
  char        **r = run->registers;
  WeftPrimitive func = op->op == WEFT_TILE_CAST
                         ? run->primitives->casts[weft_primitive_type (op->from)][type]
                         : run->primitives->rows[type][op->op];

  func (run->row, r[op->dst], r[op->src[0]], r[op->src[1]], r[op->src[2]], numbers);
}

static void
fill_numbers (Run *run, const WeftTileOp *op)
{
  gsize size = weft_dtype_size (op->dtype);

  for (gint64 j = 0; j < MAX (run->step->row, 1); j++)
    set_number (run->registers[op->dst] + j * size, op->dtype,
                op->op == WEFT_TILE_NUMBER ? op->p : op->p + op->q * j);
}

static WeftDType
register_dtype (const WeftStep *step, guint reg)
{
  for (guint i = 0; i < step->n_ops; i++)
    if (step->ops[i].dst == reg && step->ops[i].op != WEFT_TILE_STORE &&
        step->ops[i].op != WEFT_TILE_ACROSS)
      return step->ops[i].dtype;
  g_assert_not_reached ();
}

/* One row, or one element of a nest without rows. */
static int
run_unit (Run *run, gint64 unit, gboolean first_unit)
{
  const WeftStep *step = run->step;
  gint64          first = unit * MAX (step->row, 1);

  run->row = MAX (step->row, 1);
  if (step->ragged > 0 && unit == weft_step_units (step) - 1)
    run->row = step->ragged;
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];

      switch (op->op)
        {
        case WEFT_TILE_LOAD:
          load (run, op, first);
          break;
        case WEFT_TILE_STORE:
          store (run, op, unit, first);
          break;
        case WEFT_TILE_NUMBER:
        case WEFT_TILE_INDEX:
          fill_numbers (run, op);
          break;
        case WEFT_TILE_REDUCE:
          reduce (run, op);
          break;
        case WEFT_TILE_ACROSS:
          across (run, op, first_unit);
          break;
        case WEFT_TILE_PICK:
          if (!pick (run, op, register_dtype (step, op->src[1]), first))
            return 1 + i;
          break;
        default:
          compute (run, op);
        }
    }
  return 0;
}

int
nest_check_run (
  const WeftProgram *program, const WeftStep *step, char *const *at, gint64 begin, gint64 end)
{
  Run run = { .program = program, .step = step, .primitives = weft_primitives_get (), .at = at };
  int bad = 0;

  run.registers = g_new (char *, step->n_registers + 1);
  for (guint i = 0; i < step->n_registers; i++)
    run.registers[i] = g_malloc0 (MAX (step->row, 1) * 8);
  for (gint64 unit = begin; unit < end && bad == 0; unit++)
    bad = run_unit (&run, unit, unit == begin);
  for (guint i = 0; i < step->n_registers; i++)
    g_free (run.registers[i]);
  g_free (run.registers);
  return bad;
}

/* Bytes from the beginning of a piece's partials to the result of instruction @i, which goes
 * across. */
static gsize
partial_offset (const WeftStep *step, guint i)
{
  gsize offset = 0;

  for (guint k = 0; k < i; k++)
    if (step->ops[k].op == WEFT_TILE_ACROSS)
      offset +=
        (weft_dtype_size (step->ops[k].dtype) * (step->ops[k].per_row ? 1 : step->row) + 63) / 64 *
        64;
  return offset;
}

void
nest_check_place (const WeftStep *step, char **at, gint64 piece)
{
  char *partials = at[step->n_in + step->partials] + piece * weft_step_partial_bytes (step);

  for (guint i = 0; i < step->n_ops; i++)
    if (step->ops[i].op == WEFT_TILE_ACROSS)
      at[step->n_in + step->ops[i].dst] = partials + partial_offset (step, i);
}

void
nest_check_join (const WeftStep *step, char *const *at)
{
  gint64 n = (weft_step_units (step) + step->piece_rows - 1) / step->piece_rows;
  Run    run = { .primitives = weft_primitives_get () };

  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];
      gsize             size = weft_dtype_size (op->dtype), elements = op->per_row ? 1 : step->row;
      const char       *from = at[step->n_in + step->partials] + partial_offset (step, i);

      if (op->op != WEFT_TILE_ACROSS)
        continue;
      memcpy (at[step->n_in + op->dst], from, elements * size);
      for (gint64 piece = 1; piece < n; piece++)
        for (gsize j = 0; j < elements; j++)
          combine (&run, op, at[step->n_in + op->dst] + j * size,
                   from + piece * weft_step_partial_bytes (step) + j * size);
    }
}

gboolean
nest_check_equal (const char *what, WeftDType dtype, gint64 n, const void *a, const void *b)
{
  gsize size = weft_dtype_size (dtype);

  for (gint64 i = 0; i < n; i++)
    {
      const char *x = (const char *) a + i * size, *y = (const char *) b + i * size;
      double      p = dtype == WEFT_F32   ? *(const float *) x
                      : dtype == WEFT_F64 ? *(const double *) x
                                          : 0;
      double      q = dtype == WEFT_F32   ? *(const float *) y
                      : dtype == WEFT_F64 ? *(const double *) y
                                          : 0;

      if (memcmp (x, y, size) == 0 || (isnan (p) && isnan (q)))
        continue;
      g_test_message ("%s: element %" G_GINT64_FORMAT " is %.17g and %.17g", what, i, p, q);
      return FALSE;
    }
  return TRUE;
}

/* ---- Code ---- */

struct _TextBuild
{
  GPtrArray *texts;
  WeftBuild *build;
};

TextBuild *
text_build_new (void)
{
  TextBuild *build = g_new0 (TextBuild, 1);

  build->texts = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_kernel_text_free);
  return build;
}

guint
text_build_add (TextBuild *build, WeftKernelText *text)
{
  g_ptr_array_add (build->texts, text);
  return build->texts->len - 1;
}

void
text_build_load (TextBuild *build)
{
  build->build = weft_build_new (build->texts->len, (WeftKernelText *const *) build->texts->pdata);
  weft_build_wait (build->build);
  if (weft_build_get_message (build->build) != NULL)
    g_error ("%s", weft_build_get_message (build->build));
}

WeftKernelCode
text_build_get (TextBuild *build, guint i)
{
  WeftKernelCode code = weft_build_get (build->build, i);

  g_assert_nonnull (code);
  return code;
}

gsize
text_build_scratch (TextBuild *build, guint i)
{
  return ((const WeftKernelText *) build->texts->pdata[i])->scratch_bytes;
}

void
text_build_free (TextBuild *build)
{
  g_clear_pointer (&build->build, weft_build_free);
  g_ptr_array_unref (build->texts);
  g_free (build);
}

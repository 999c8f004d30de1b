/* One instruction of a loop nest with rows at a time, in C and CUDA C alike.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <string.h>

#include "engine/compile/emit-nest.h"

gboolean
weft_nest_is_once_a_row (const WeftTileOp *op)
{
  return op->op == WEFT_TILE_PICK || (op->per_row && op->op != WEFT_TILE_REDUCE);
}

/* Numbers stand before everything. */
gboolean
weft_nest_is_in_a_run (const WeftTileOp *op)
{
  return op->op != WEFT_TILE_NUMBER;
}

gboolean
weft_nest_has_result (const WeftTileOp *op)
{
  return op->op != WEFT_TILE_STORE && op->op != WEFT_TILE_ACROSS;
}

/* A loop over a row ends with its reductions and results. */
static gboolean
ends_loop (const WeftTileOp *op)
{
  return op->op == WEFT_TILE_REDUCE || op->op == WEFT_TILE_ACROSS || op->op == WEFT_TILE_STORE;
}

/* Whether @op, which follows @before, is the first of a new run. */
static gboolean
begins_run (const WeftTileOp *before, const WeftTileOp *op)
{
  return weft_nest_is_once_a_row (before) != weft_nest_is_once_a_row (op) ||
         (!weft_nest_is_once_a_row (op) && ends_loop (before) && !ends_loop (op));
}

void
weft_nest_init (WeftNest *nest, WeftWriter *writer, const WeftStep *step)
{
  const WeftTileOp *before = NULL;
  guint             run = 0;

  *nest = (WeftNest){ .writer = writer, .step = step };
  nest->makers = g_new0 (const WeftTileOp *, step->n_registers + 1);
  nest->runs = g_new0 (guint, step->n_ops + 1);
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];

      if (weft_nest_has_result (op))
        nest->makers[op->dst] = op;
      if (!weft_nest_is_in_a_run (op))
        continue;
      if (before != NULL && begins_run (before, op))
        run++;
      nest->runs[i] = run;
      before = op;
    }
}

void
weft_nest_clear (WeftNest *nest)
{
  g_free (nest->makers);
  g_free (nest->runs);
}

static guint
run_of (const WeftNest *nest, const WeftTileOp *op)
{
  return nest->runs[op - nest->step->ops];
}

/* Whether @op, in a row by itself, is the same for all elements; it is loaded before its loop. */
static gboolean
is_invariant (const WeftNest *nest, const WeftTileOp *op)
{
  return nest->block <= 1 && op->op == WEFT_TILE_LOAD && !op->per_row &&
         nest->step->in[op->src[0]].strides[nest->step->rank - 1] == 0;
}

/* Whether a loop after the one that makes it reads @op's register of elements, out of its place. */
gboolean
weft_nest_is_kept (const WeftNest *nest, const WeftTileOp *op)
{
  return !nest->columns && op->kept && weft_nest_has_result (op) && op->op != WEFT_TILE_NUMBER &&
         op->op != WEFT_TILE_REDUCE && !weft_nest_is_once_a_row (op) && !is_invariant (nest, op);
}

/* How instruction @reader calls register @reg. */
static void
name_register (const WeftNest *nest, const WeftTileOp *reader, guint reg, char *name, gsize size)
{
  const WeftTileOp *maker = nest->makers[reg];
  gboolean          of_row = maker->op == WEFT_TILE_REDUCE || weft_nest_is_once_a_row (maker);

  if (maker->op == WEFT_TILE_NUMBER)
    g_snprintf (name, size, "r%u", reg);
  else if (of_row)
    g_snprintf (name, size, nest->block > 1 ? "r%u[l]" : "r%u", reg);
  else if (nest->columns || run_of (nest, maker) == run_of (nest, reader) ||
           is_invariant (nest, maker))
    g_snprintf (name, size, "r%u", reg);
  else if (nest->block > 1)
    g_snprintf (name, size, "k%u[%s][l]", reg, nest->place);
  else
    g_snprintf (name, size, "k%u[%s]", reg, nest->in_registers ? "t" : nest->place);
}

/* ---- Operands ---- */

/* Elements between one row of @operand and the next; FALSE: that is not always the same. */
gboolean
weft_nest_row_distance (const WeftStep *step, const WeftOperand *operand, gint64 *distance)
{
  gint64 below = 1;

  *distance = 0;
  for (guint axis = step->rank - 1; axis-- > 0; below *= step->dims[axis])
    {
      if (step->dims[axis] == 1)
        continue;
      if (below == 1)
        *distance = operand->strides[axis];
      else if (operand->strides[axis] != *distance * below)
        return FALSE;
    }
  return TRUE;
}

/* " * 3", or nothing where @stride is 1. */
static char *
times (const WeftNest *nest, const char *name, gint64 stride)
{
  /* Counters are int; what they are multiplied with decides whether the product is. */
  gboolean is_long = ABS (stride) > G_MAXINT32 / MAX (nest->step->row, WEFT_LANES);

  if (stride == 1)
    return g_strdup (name);
  return g_strdup_printf ("%s * %" G_GINT64_FORMAT "%s", name, stride, is_long ? "L" : "");
}

/* Operand @i's element at @place (NULL: the first) of the row. */
static char *
operand_text (const WeftNest *nest, guint i, const char *place)
{
  const WeftOperand *operand = &nest->step->in[i];
  gint64             distance, stride = operand->strides[nest->step->rank - 1];
  g_autofree char   *in_row = place == NULL || stride == 0 ? g_strdup ("0") : NULL;
  g_autofree char   *of_row = NULL;

  if (in_row == NULL)
    {
      g_autofree char *bracketed = stride != 1 && strchr (place, ' ') != NULL
                                     ? g_strdup_printf ("(%s)", place)
                                     : g_strdup (place);

      in_row = times (nest, bracketed, stride);
    }
  if (nest->block == 1)
    return g_strdup_printf ("p%u[%s]", i, in_row);
  if (!weft_nest_row_distance (nest->step, operand, &distance))
    {
      of_row =
        weft_text_place (nest->step->rank - 1, nest->step->dims, operand->strides, "(u + l)");
      return g_strdup_printf ("in%u[%s%s]", i, in_row, of_row);
    }
  if (distance == 0)
    return g_strdup_printf ("p%u[%s]", i, in_row);
  of_row = times (nest, "l", distance);
  return g_strdup_printf ("p%u[%s + %s]", i, of_row, in_row);
}

/* Where the rows that follow begin. */
void
weft_nest_write_pointers (WeftNest *nest)
{
  const WeftStep    *step = nest->step;
  const WeftProgram *program = nest->writer->program;

  for (guint i = 0; i < step->n_in; i++)
    {
      const char      *type = weft_text_type (program->slots[step->in[i].slot].dtype);
      g_autofree char *place =
        weft_text_place (step->rank - 1, step->dims, step->in[i].strides, "u");

      weft_writer_line (nest->writer, "const %s *const p%u = in%u%s;", type, i, i, place);
    }
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];

      if (op->op == WEFT_TILE_STORE && !op->per_row)
        weft_writer_line (nest->writer, "%s *const q%u = out%u + u * %" G_GINT64_FORMAT ";",
                          weft_text_type (program->slots[step->out[op->dst].slot].dtype), op->dst,
                          op->dst, step->row);
    }
}

/* ---- One instruction ---- */

const char *
weft_nest_result_type (const WeftTileOp *op)
{
  return weft_text_type (weft_tile_result_dtype (op));
}

static char *
index_text (const WeftTileOp *op, const char *place)
{
  WeftDType        of = weft_dtype_is_float (op->dtype) ? WEFT_F64 : op->dtype;
  g_autofree char *p = weft_text_number (op->p, of), *q = weft_text_number (op->q, of);

  return g_strdup_printf ("(%s) (%s + %s * (%s) (%s))", weft_text_type (op->dtype), p, q,
                          weft_text_type (of), place);
}

/* What @op sets its register to. */
static char *
value_text (const WeftNest *nest, const WeftTileOp *op)
{
  char              names[3][40];
  const char *const src[] = { names[0], names[1], names[2] };

  if (op->op == WEFT_TILE_LOAD)
    return operand_text (nest, op->src[0], op->per_row ? NULL : nest->place);
  if (op->op == WEFT_TILE_INDEX)
    return index_text (op, nest->place);
  if (op->op == WEFT_TILE_PICK)
    {
      name_register (nest, op, op->src[1], names[0], sizeof names[0]);
      return operand_text (nest, op->src[0], names[0]);
    }
  for (guint k = 0; k < 3; k++)
    name_register (nest, op, op->src[k], names[k], sizeof names[k]);
  return weft_text_expression (op, src);
}

/* A result out of @op's source. */
static void
emit_store (WeftNest *nest, const WeftTileOp *op)
{
  char name[40];

  name_register (nest, op, op->src[0], name, sizeof name);
  if (op->per_row)
    weft_writer_op (nest->writer, op, "%sout%u[%s] = %s;", nest->warp ? "if (l == 0) " : "",
                    op->dst, nest->block > 1 ? "u + l" : "u", name);
  else if (nest->streams && weft_emit_is_streamed (nest->writer->program, nest->step, op->dst))
    weft_writer_op (nest->writer, op, "t%u[l] = %s;", op->dst, name);
  else if (nest->block > 1)
    weft_writer_op (nest->writer, op, "q%u[l * %" G_GINT64_FORMAT " + %s] = %s;", op->dst,
                    nest->step->row, nest->place, name);
  else
    weft_writer_op (nest->writer, op, "q%u[%s] = %s;", op->dst, nest->place, name);
}

/* @to = @to combined with @op's source. */
void
weft_nest_write_combine (WeftNest *nest, const WeftTileOp *op, const char *to)
{
  char             name[40];
  g_autofree char *text = NULL;

  name_register (nest, op, op->src[0], name, sizeof name);
  text = weft_text_combine (op->combine, op->dtype, to, name);
  weft_writer_op (nest->writer, op, "%s = %s;", to, text);
}

/* An instruction inside the loop over a row; @lanes: of lanes. */
static void
emit_element (WeftNest *nest, const WeftTileOp *op, gboolean lanes)
{
  char             name[60];
  g_autofree char *text = NULL;

  switch (op->op)
    {
    case WEFT_TILE_STORE:
      emit_store (nest, op);
      return;
    case WEFT_TILE_REDUCE:
      if (nest->warp && nest->row <= WEFT_LANES)
        {
          /* Each lane has one element; they are taken in their order after the loop. */
          name_register (nest, op, op->src[0], name, sizeof name);
          weft_writer_op (nest->writer, op, "v%u = %s;", op->dst, name);
          return;
        }
      g_snprintf (name, sizeof name,
                  lanes && !nest->warp ? "s%u[l]"
                  : nest->block > 1    ? "r%u[l]"
                                       : "r%u",
                  op->dst);
      weft_nest_write_combine (nest, op, name);
      return;
    case WEFT_TILE_ACROSS:
      if (nest->block == 1)
        {
          if (nest->columns)
            g_snprintf (name, sizeof name, "c%u", op->dst);
          else if (nest->in_registers)
            g_snprintf (name, sizeof name, "a%u[t]", op->dst);
          else
            g_snprintf (name, sizeof name, "out%u[%s]", op->dst, nest->place);
          weft_nest_write_combine (nest, op, name);
          return;
        }
      /* Rows are put together in their order, after the loop. */
      name_register (nest, op, op->src[0], name, sizeof name);
      weft_writer_op (nest->writer, op, "a%u[l][%s] = %s;", op->dst, nest->place, name);
      return;
    default:
      text = value_text (nest, op);
      weft_writer_op (nest->writer, op, "const %s r%u = %s;", weft_nest_result_type (op), op->dst,
                      text);
      if (!weft_nest_is_kept (nest, op))
        return;
      if (nest->block > 1)
        weft_writer_op (nest->writer, op, "k%u[%s][l] = r%u;", op->dst, nest->place, op->dst);
      else
        weft_writer_op (nest->writer, op, "k%u[%s] = r%u;", op->dst,
                        nest->in_registers ? "t" : nest->place, op->dst);
    }
}

/* ---- Runs ---- */

gboolean
weft_nest_run_has (const WeftNest *nest, const WeftNestRun *run, guint kind)
{
  for (guint i = run->first; i < run->end; i++)
    if (nest->step->ops[i].op == kind && !weft_nest_is_once_a_row (&nest->step->ops[i]))
      return TRUE;
  return FALSE;
}

gboolean
weft_nest_next_run (const WeftNest *nest, guint i, WeftNestRun *run)
{
  const WeftStep *step = nest->step;

  while (i < step->n_ops && !weft_nest_is_in_a_run (&step->ops[i]))
    i++;
  *run = (WeftNestRun){ i, i };
  while (run->end < step->n_ops &&
         (!weft_nest_is_in_a_run (&step->ops[run->end]) || nest->runs[run->end] == nest->runs[i]))
    run->end++;
  return run->end > run->first;
}

void
weft_nest_open_row (const WeftNest *nest)
{
  gint64 row = nest->row;

  if (nest->in_registers)
    {
      weft_writer_line (nest->writer, "#pragma unroll");
      weft_writer_open (nest->writer, "for (int t = 0; t < %" G_GINT64_FORMAT "; t++)",
                        (row + WEFT_LANES - 1) / WEFT_LANES);
      weft_writer_line (nest->writer, "const int j = t * %u + l;", WEFT_LANES);
      if (row % WEFT_LANES != 0)
        weft_writer_open (nest->writer, "if (j < %" G_GINT64_FORMAT ")", row);
    }
  else if (nest->warp)
    {
      weft_writer_line (nest->writer, "#pragma unroll 4");
      weft_writer_open (nest->writer, "for (int j = l; j < %" G_GINT64_FORMAT "; j += %u)", row,
                        WEFT_LANES);
    }
  else
    weft_writer_open (nest->writer, "for (int j = 0; j < %" G_GINT64_FORMAT "; j++)", row);
}

void
weft_nest_close_row (const WeftNest *nest)
{
  if (nest->in_registers && nest->row % WEFT_LANES != 0)
    weft_writer_close (nest->writer);
  weft_writer_close (nest->writer);
}

void
weft_nest_write_elements (WeftNest *nest, const WeftNestRun *run, const char *place, gboolean lanes)
{
  nest->place = place;
  for (guint i = run->first; i < run->end; i++)
    if (weft_nest_is_in_a_run (&nest->step->ops[i]) && !is_invariant (nest, &nest->step->ops[i]))
      emit_element (nest, &nest->step->ops[i], lanes);
  nest->place = NULL;
}

void
weft_nest_write_invariants (WeftNest *nest, const WeftNestRun *run)
{
  for (guint i = run->first; i < run->end; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];

      if (weft_nest_is_in_a_run (op) && is_invariant (nest, op))
        weft_writer_op (nest->writer, op, "const %s r%u = p%u[0];", weft_nest_result_type (op),
                        op->dst, op->src[0]);
    }
}

static void
emit_pick_check (WeftNest *nest, const WeftTileOp *op)
{
  char  name[40];
  guint number = (guint) (op - nest->step->ops) + 1;

  name_register (nest, op, op->src[1], name, sizeof name);
  weft_writer_op (nest->writer, op, "if ((unsigned long long) %s >= %" G_GINT64_FORMAT ")", name,
                  nest->step->row);
  if (nest->writer->language == WEFT_TEXT_C)
    weft_writer_line (nest->writer, "  return %u;", number);
  else
    {
      weft_writer_line (nest->writer, "{");
      weft_writer_line (nest->writer, "  *bad = %u;", number);
      weft_writer_line (nest->writer, "  continue;");
      weft_writer_line (nest->writer, "}");
    }
}

/* One number a row. */
void
weft_nest_write_row_op (WeftNest *nest, const WeftTileOp *op)
{
  g_autofree char *text = NULL;
  char             name[40];

  if (op->op == WEFT_TILE_ACROSS)
    {
      g_snprintf (name, sizeof name, "c%u", op->dst);
      weft_nest_write_combine (nest, op, name);
      return;
    }
  if (op->op == WEFT_TILE_STORE)
    {
      emit_store (nest, op);
      return;
    }
  if (op->op == WEFT_TILE_PICK)
    emit_pick_check (nest, op);
  text = value_text (nest, op);
  if (nest->block > 1)
    weft_writer_op (nest->writer, op, "r%u[l] = %s;", op->dst, text);
  else
    weft_writer_op (nest->writer, op, "const %s r%u = %s;", weft_nest_result_type (op), op->dst,
                    text);
}

/* ---- Before and after all rows ---- */

void
weft_nest_write_before (WeftNest *nest)
{
  for (guint i = 0; i < nest->step->n_ops; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];
      g_autofree char  *text = NULL;

      if (op->op == WEFT_TILE_NUMBER)
        {
          text = weft_text_number (op->p, op->dtype);
          weft_writer_op (nest->writer, op, "const %s r%u = %s;", weft_nest_result_type (op),
                          op->dst, text);
        }
      if (op->op != WEFT_TILE_ACROSS)
        continue;
      text = weft_text_neutral (op->combine, op->dtype);
      if (op->per_row || nest->columns)
        {
          weft_writer_op (nest->writer, op, "%s c%u = %s;", weft_nest_result_type (op), op->dst,
                          text);
          continue;
        }
      nest->row = nest->step->row;
      if (nest->in_registers)
        weft_writer_line (nest->writer, "%s a%u[%" G_GINT64_FORMAT "];", weft_nest_result_type (op),
                          op->dst, (nest->row + WEFT_LANES - 1) / WEFT_LANES);
      weft_nest_open_row (nest);
      weft_writer_op (nest->writer, op, nest->in_registers ? "a%u[t] = %s;" : "out%u[j] = %s;",
                      op->dst, text);
      weft_nest_close_row (nest);
    }
}

void
weft_nest_write_after (WeftNest *nest)
{
  for (guint i = 0; i < nest->step->n_ops; i++)
    {
      const WeftTileOp *op = &nest->step->ops[i];

      if (op->op != WEFT_TILE_ACROSS)
        continue;
      if (op->per_row)
        weft_writer_op (nest->writer, op, "%sout%u[0] = c%u;", nest->warp ? "if (l == 0) " : "",
                        op->dst, op->dst);
      else if (nest->columns)
        weft_writer_op (nest->writer, op, "out%u[j] = c%u;", op->dst, op->dst);
      else if (nest->in_registers)
        {
          nest->row = nest->step->row;
          weft_nest_open_row (nest);
          weft_writer_op (nest->writer, op, "out%u[j] = a%u[t];", op->dst, op->dst);
          weft_nest_close_row (nest);
        }
    }
}

/* Fused loop nests, tile by tile: see tiles.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/tiles-private.h"

#define ALIGNMENT 64

/* Where a call is. */
typedef struct
{
  const WeftTilePlan *plan;
  char *const        *at;
  void              **registers;
  char               *lanes;
  gint64              first;  /* number of the first element of the block (of the call, without rows) */
  gint64              n;      /* elements of the block */
  gint64              row;    /* number of the first row of the block */
  gint64              rows;   /* of the block */
  gint64              offset; /* of the tile in the block */
  gint64              length; /* of the tile */
  int                 bad;
} Run;

/* ---- Gathering ---- */

static void
copy_strided (char *to, const char *from, gint64 n, gint64 stride, gsize size)
{
  if (stride == 1)
    memcpy (to, from, n * size);
  else if (size == 4)
    for (gint64 i = 0; i < n; i++)
      ((guint32 *) to)[i] = ((const guint32 *) from)[i * stride];
  else if (size == 8)
    for (gint64 i = 0; i < n; i++)
      ((guint64 *) to)[i] = ((const guint64 *) from)[i * stride];
  else
    for (gint64 i = 0; i < n; i++)
      to[i] = from[i * stride];
}

/* Numbers @begin to @begin + @n over the first @rank dims of the step, as @operand has them. */
static void
gather (const WeftStep    *step,
        guint              rank,
        const WeftOperand *operand,
        const char        *from,
        gsize              size,
        gint64             begin,
        gint64             n,
        char              *to)
{
  gint64 index[WEFT_MAX_RANK] = { 0 }, at = 0, rest = begin;
  guint  inner = rank - 1;
  if (rank == 0)
    {
      copy_strided (to, from, n, 0, size);
      return;
    }
  for (guint i = rank; i-- > 0; rest /= step->dims[i])
    {
      index[i] = rest % step->dims[i];
      at += index[i] * operand->strides[i];
    }
  while (n > 0)
    {
      gint64 length = MIN (n, step->dims[inner] - index[inner]);
      copy_strided (to, from + at * (gssize) size, length, operand->strides[inner], size);
      to += length * size;
      n -= length;
      index[inner] += length;
      at += length * operand->strides[inner];
      for (guint i = inner; i > 0 && index[i] == step->dims[i]; i--)
        {
          at += operand->strides[i - 1] - index[i] * operand->strides[i];
          index[i] = 0;
          index[i - 1]++;
        }
    }
}

/* Elements from the first of row @row on. */
static gint64
start_of_row (const WeftStep *step, const WeftOperand *operand, gint64 row)
{
  gint64 at = 0;
  for (guint i = step->rank - 1; i-- > 0; row /= step->dims[i])
    at += row % step->dims[i] * operand->strides[i];
  return at;
}

static const WeftOperand *
operand_of (const WeftStep *step, guint at)
{
  return at < step->n_in ? &step->in[at] : &step->out[at - step->n_in];
}

/* ---- Instructions ---- */

static void
fill (char *to, const char *from, gint64 n, gsize size)
{
  copy_strided (to, from, n, 0, size);
}

static void
put_number (char *to, gint64 i, WeftDType dtype, double number)
{
  switch ((int) dtype)
    {
    case WEFT_BOOL:
      ((guint8 *) to)[i] = number != 0;
      break;
    case WEFT_I32:
      ((gint32 *) to)[i] = (gint32) number;
      break;
    case WEFT_I64:
      ((gint64 *) to)[i] = (gint64) number;
      break;
    case WEFT_F32:
      ((float *) to)[i] = (float) number;
      break;
    default:
      ((double *) to)[i] = number;
    }
}

static void
lay_out_places (Run *run, const WeftInstruction *x)
{
  const WeftTilePlan *plan = run->plan;
  for (gint64 i = 0; i < run->length; i++)
    {
      gint64 place = plan->cut ? run->offset + i : i % plan->step->row;
      put_number (run->registers[x->dst], i, x->dtype,
                  x->numbers[0] + x->numbers[1] * (double) place);
    }
}

/* As many as the largest block of this call needs. */
static void
lay_out_number (Run *run, const WeftInstruction *x)
{
  char *to = run->registers[x->dst];
  put_number (to, 0, x->dtype, x->numbers[0]);
  fill (to + x->size, to, MAX (run->length, run->rows) - 1, x->size);
}

static void
expand (Run *run, const WeftInstruction *x)
{
  gint64      row = run->plan->cut ? run->plan->tile : run->plan->step->row;
  const char *from = run->registers[x->a];
  char       *to = run->registers[x->dst];
  for (gint64 r = 0; r < run->rows; r++)
    fill (to + r * row * x->size, from + r * x->size, row, x->size);
}

static void
reduce (Run *run, const WeftInstruction *x)
{
  gint64      row = run->plan->step->row;
  char       *lanes = run->lanes + x->b * WEFT_LANES * sizeof (double);
  char       *to = run->registers[x->dst];
  const char *from = run->registers[x->a];
  if (run->length == run->n)
    {
      gint64 whole = row > 0 ? MIN (run->n / row, run->rows) : run->rows;
      x->reducer->rows (whole, row, to, from);
      if (whole < run->rows)
        x->reducer->rows (1, run->n - whole * row, to + whole * x->size,
                          from + whole * row * x->size);
      return;
    }
  if (run->offset == 0)
    x->reducer->begin (WEFT_LANES, lanes);
  x->reducer->lanes (run->length, lanes, from);
  if (run->offset + run->length == run->n)
    x->reducer->join (to, lanes);
}

/* A call begins with the neutral element; see weft_tile_plan_call. */
static void
reduce_across (Run *run, const WeftInstruction *x)
{
  gint64      row = run->plan->step->row;
  char       *to = run->at[x->at] + run->offset * (gssize) x->size;
  const char *from = run->registers[x->a];
  for (gint64 done = 0; done < run->length; done += row)
    x->func (MIN (row, run->length - done), to, to, from + done * x->size, from + done * x->size,
             x->numbers);
}

static gint64
index_at (const void *indices, gsize size, gint64 i)
{
  return size == 4 ? ((const gint32 *) indices)[i] : ((const gint64 *) indices)[i];
}

/* A row of a ragged kernel is the only one, or ends early; nothing is picked from those. */
static void
pick (Run *run, const WeftInstruction *x)
{
  const WeftStep    *step = run->plan->step;
  const WeftOperand *operand = &step->in[x->at];
  gsize              index_size = run->plan->registers[x->a].size;
  char              *to = run->registers[x->dst];
  for (gint64 r = 0; r < run->rows; r++)
    {
      gint64 i = index_at (run->registers[x->a], index_size, r), from;
      if (i < 0 || i >= step->row)
        {
          run->bad = x->number + 1;
          memset (to + r * x->size, 0, x->size);
          continue;
        }
      from = start_of_row (step, operand, run->row + r) + i * operand->strides[step->rank - 1];
      memcpy (to + r * x->size, run->at[x->at] + from * (gssize) x->size, x->size);
    }
}

static void
run_instruction (Run *run, const WeftInstruction *x)
{
  const WeftStep *step = run->plan->step;
  void          **registers = run->registers;
  switch (x->what)
    {
    case WEFT_DO_CALL:
      g_assert_not_reached ();
    case WEFT_DO_GATHER:
      gather (step, step->rank, operand_of (step, x->at), run->at[x->at], x->size,
              run->first + run->offset, run->length, registers[x->dst]);
      break;
    case WEFT_DO_GATHER_ROWS:
      gather (step, step->rank - 1, operand_of (step, x->at), run->at[x->at], x->size, run->row,
              run->rows, registers[x->dst]);
      break;
    case WEFT_DO_EXPAND:
      expand (run, x);
      break;
    case WEFT_DO_NUMBER:
      lay_out_number (run, x);
      break;
    case WEFT_DO_INDEX:
      lay_out_places (run, x);
      break;
    case WEFT_DO_STORE:
      memmove (run->at[x->at] + (run->first + run->offset) * (gssize) x->size, registers[x->a],
               run->length * x->size);
      break;
    case WEFT_DO_STORE_ROWS:
      memmove (run->at[x->at] + run->row * (gssize) x->size, registers[x->a], run->rows * x->size);
      break;
    case WEFT_DO_REDUCE:
      reduce (run, x);
      break;
    case WEFT_DO_ACROSS:
      reduce_across (run, x);
      break;
    case WEFT_DO_ACROSS_ROWS:
      x->reducer->order (run->rows, run->at[x->at], registers[x->a]);
      break;
    case WEFT_DO_PICK:
      pick (run, x);
      break;
    }
}

/* @n: numbers of a register */
static void
run_code (Run *run, const GArray *code, guint begin, guint end, gint64 n)
{
  void **registers = run->registers;
  for (guint i = begin; i < end; i++)
    {
      const WeftInstruction *x = &g_array_index (code, WeftInstruction, i);
      if (x->what == WEFT_DO_CALL)
        x->func (n, registers[x->dst], registers[x->a], registers[x->b], registers[x->c],
                 x->numbers);
      else
        run_instruction (run, x);
    }
}

/* ---- A call ---- */

static void
place_fixed (const WeftTilePlan *plan, void **registers, char *tiles, char *rows)
{
  for (guint i = 0; i < plan->n_registers; i++)
    {
      const WeftRegister *reg = &plan->registers[i];
      if (reg->kind == WEFT_REGISTER_TILE)
        registers[i] = tiles + reg->place * plan->tile_bytes;
      else if (reg->kind == WEFT_REGISTER_ROWS)
        registers[i] = rows + reg->place * plan->rows_bytes;
    }
}

static void
place_moving (const Run *run, char *kept)
{
  const WeftTilePlan *plan = run->plan;
  for (guint i = 0; i < plan->moving->len; i++)
    {
      guint16             number = g_array_index (plan->moving, guint16, i);
      const WeftRegister *reg = &plan->registers[number];
      if (reg->kind == WEFT_REGISTER_KEPT)
        run->registers[number] = kept + reg->place * plan->kept_bytes + run->offset * reg->size;
      else
        run->registers[number] =
          run->at[reg->place] +
          (run->offset + (reg->kind == WEFT_REGISTER_AT ? run->first : 0)) * (gssize) reg->size;
    }
}

static void
run_segment (Run *run, const WeftSegment *segment, char *kept)
{
  const WeftTilePlan *plan = run->plan;
  if (segment->per_row)
    {
      run_code (run, plan->code, segment->code, segment->end, run->rows);
      return;
    }
  run->offset = 0;
  run_code (run, plan->code, segment->begin, segment->code, 0);
  do
    {
      run->length = MIN (plan->tile, run->n - run->offset);
      place_moving (run, kept);
      run_code (run, plan->code, segment->code, segment->end, run->length);
      run->offset += run->length;
    }
  while (run->offset < run->n);
  run->offset = 0;
}

/* What goes across rows starts with its neutral element. */
static void
begin_across (const WeftTilePlan *plan, char *const *at)
{
  for (guint i = 0; i < plan->code->len; i++)
    {
      const WeftInstruction *x = &g_array_index (plan->code, WeftInstruction, i);
      if (x->what == WEFT_DO_ACROSS || x->what == WEFT_DO_ACROSS_ROWS)
        x->reducer->begin (x->what == WEFT_DO_ACROSS ? plan->step->row : 1, at[x->at]);
    }
}

static void
run_rows (Run *run, gint64 begin, gint64 end, char *kept)
{
  const WeftTilePlan *plan = run->plan;
  const WeftSegment  *segments = (const WeftSegment *) plan->segments->data;
  gint64              row = plan->step->row;
  for (run->row = begin; run->row < end; run->row += run->rows)
    {
      run->rows = MIN (plan->block, end - run->row);
      run->first = run->row * row;
      run->n = MIN (run->rows * row, plan->n - run->first);
      for (guint i = 0; i < plan->segments->len; i++)
        run_segment (run, &segments[i], kept);
    }
}

/* Runs units @begin to @end (rows, or elements where there are none), as compiled code would.
 * @at: where the operands start, in and then out
 * @scratch: weft_tile_plan_scratch bytes, 64-aligned
 *
 * Returns 0, or 1 + the number of the instruction that met a number out of range. */
int
weft_tile_plan_call (
  const WeftTilePlan *plan, char *const *at, gint64 begin, gint64 end, char *scratch)
{
  gsize table = (plan->n_registers * sizeof (void *) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  char *tiles = scratch + table, *kept = tiles + plan->n_tiles * plan->tile_bytes,
       *rows = kept + plan->n_kept * plan->kept_bytes;
  gint64 row = plan->step->row;
  Run    run = { .plan = plan, .at = at, .registers = (void **) scratch };
  run.lanes = rows + plan->n_rows * plan->rows_bytes;
  run.first = row > 0 ? begin * row : begin;
  run.n = row > 0 ? MIN (end * row, plan->n) - run.first : end - begin;
  run.length = MIN (plan->tile, run.n);
  run.rows = row > 0 ? MIN (plan->block, end - begin) : 0;
  place_fixed (plan, run.registers, tiles, rows);
  begin_across (plan, at);
  if (begin >= end)
    return 0;
  run_code (&run, plan->before, 0, plan->before->len, run.length);
  if (row > 0)
    run_rows (&run, begin, end, kept);
  else if (plan->segments->len > 0)
    run_segment (&run, (const WeftSegment *) plan->segments->data, kept);
  return run.bad;
}

gsize
weft_tile_plan_scratch (const WeftTilePlan *plan)
{
  return plan->scratch_bytes;
}

/* ---- Sharing out ---- */

/* Calls of whole tiles, or pieces where something goes across rows. */
WeftShare
weft_tile_plan_share (const WeftTilePlan *plan)
{
  double us = plan->ns * plan->n / 1000;
  gint64 piece = plan->step->piece_rows;
  if (piece == 0)
    return weft_share_cut (plan->units, plan->step->row > 0 ? plan->block : plan->tile, us);
  if (plan->step->partials == WEFT_NOBODY || plan->units <= piece)
    return (WeftShare){ .n = 1, .units = plan->units, .us = us };
  return (WeftShare){ .n = (plan->units + piece - 1) / piece, .units = piece, .us = us };
}

/* Bytes that one result across rows takes in a piece's place. */
static gsize
partial_bytes (const WeftStep *step, const WeftTileOp *op)
{
  gsize bytes = weft_dtype_size (op->dtype) * (op->per_row ? 1 : step->row);
  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void
weft_tile_plan_place (const WeftTilePlan *plan, char **at, gint64 piece)
{
  const WeftStep *step = plan->step;
  char           *place = at[step->n_in + step->partials] + piece * weft_step_partial_bytes (step);
  for (guint i = 0; i < step->n_ops; i++)
    if (step->ops[i].op == WEFT_TILE_ACROSS)
      {
        at[step->n_in + step->ops[i].dst] = place;
        place += partial_bytes (step, &step->ops[i]);
      }
}

void
weft_tile_plan_join (const WeftTilePlan *plan, char *const *at)
{
  const WeftStep *step = plan->step;
  const char     *place = at[step->n_in + step->partials];
  gsize           pitch = weft_step_partial_bytes (step);
  gint64          pieces = (plan->units + step->piece_rows - 1) / step->piece_rows;
  for (guint i = 0; i < plan->code->len; i++)
    {
      const WeftInstruction *x = &g_array_index (plan->code, WeftInstruction, i);
      const WeftTileOp      *op = &step->ops[x->number];
      gint64                 n = x->what == WEFT_DO_ACROSS ? step->row : 1;
      if (x->what != WEFT_DO_ACROSS && x->what != WEFT_DO_ACROSS_ROWS)
        continue;
      memcpy (at[x->at], place, n * x->size);
      for (gint64 piece = 1; piece < pieces; piece++)
        x->func (n, at[x->at], at[x->at], place + piece * pitch, place + piece * pitch, x->numbers);
      place += partial_bytes (step, op);
    }
}

/* Fused loop nests: from tile instructions to what the interpreter does.
 *
 * Without rows a nest is one run over its elements in C order, a tile of at most 512 at a time;
 * registers are tiles in the first-level cache. With rows, a block of short rows is one tile, and a
 * long row is several: what a later loop over the row reads is kept as a whole row. An operand that
 * lies like the results is read where it is; one that repeats with the tile (a number, a row) is
 * laid out once; others are gathered for each tile. A result is computed where it belongs, unless
 * an operand that is still read lies there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/tiles-private.h"

#define MAX_TILE 512
#define MIN_TILE 64
/* What the tiles of a kernel may take of the first-level cache. */
#define TILES_BYTES 32768
/* Tiles start at different places modulo 4096, where caches have few ways. */
#define TILE_PAD 64
#define ALIGNMENT 64

typedef struct
{
  WeftTilePlan         *plan;
  const WeftProgram    *program;
  const WeftPrimitives *primitives;
  guint                *last;       /* by register: the instruction after which nobody reads it */
  GArray               *free_tiles; /* guint */
  gint32               *expanded;   /* by register of rows: its tile in this segment, -1: none */
  GArray               *held;       /* guint: tiles that this segment holds to its end */
} Planner;

/* ---- Instructions ---- */

/* Which of an instruction's sources are registers. */
static guint
sources_of (const WeftTileOp *op, guint16 *sources)
{
  guint n = 0;
  switch (op->op)
    {
    case WEFT_TILE_LOAD:
    case WEFT_TILE_NUMBER:
    case WEFT_TILE_INDEX:
      return 0;
    case WEFT_TILE_PICK:
      sources[n++] = op->src[1];
      return n;
    case WEFT_TILE_STORE:
    case WEFT_TILE_CAST:
    case WEFT_TILE_REDUCE:
    case WEFT_TILE_ACROSS:
      sources[n++] = op->src[0];
      return n;
    default:
      for (; n < 3; n++)
        sources[n] = op->src[n];
      return n;
    }
}

/* STORE and ACROSS name a result, not a register. */
static gboolean
has_register (const WeftTileOp *op)
{
  return op->op != WEFT_TILE_STORE && op->op != WEFT_TILE_ACROSS;
}

/* Whether the instruction stands in a loop over the elements. */
static gboolean
is_of_elements (const WeftTileOp *op)
{
  return op->op == WEFT_TILE_REDUCE || (!op->per_row && op->op != WEFT_TILE_PICK);
}

static gboolean
ends_loop (const WeftTileOp *op)
{
  return op->op == WEFT_TILE_REDUCE || op->op == WEFT_TILE_ACROSS || op->op == WEFT_TILE_STORE;
}

static guint *
last_reads (const WeftStep *step)
{
  guint *last = g_new0 (guint, MAX (step->n_registers, 1));
  for (guint i = 0; i < step->n_ops; i++)
    {
      guint16 sources[3];
      guint   n = sources_of (&step->ops[i], sources);
      for (guint k = 0; k < n; k++)
        last[sources[k]] = i;
    }
  return last;
}

/* ---- Operands ---- */

static gboolean
lies_like_results (const WeftStep *step, const WeftOperand *operand)
{
  gint64 n = 1;
  for (guint i = step->rank; i-- > 0;)
    {
      if (step->dims[i] != 1 && operand->strides[i] != n)
        return FALSE;
      n *= step->dims[i];
    }
  return TRUE;
}

/* How many elements after which the operand starts again from its first; 0: it does not within the
 * kernel. */
static gint64
period (const WeftStep *step, const WeftOperand *operand)
{
  gint64 n = 1;
  guint  first = 0;
  while (first < step->rank && operand->strides[first] == 0)
    first++;
  if (first == 0 && step->rank > 0)
    return 0;
  for (guint i = first; i < step->rank; i++)
    n *= step->dims[i];
  return n;
}

/* Whether every row reads the same elements, one after the other. */
static gboolean
is_one_row (const WeftStep *step, const WeftOperand *operand)
{
  if (step->row == 0 || operand->strides[step->rank - 1] != 1)
    return FALSE;
  for (guint i = 0; i + 1 < step->rank; i++)
    if (step->dims[i] != 1 && operand->strides[i] != 0)
      return FALSE;
  return TRUE;
}

static gboolean
same_bytes (const WeftProgram *program, guint a, guint b)
{
  const WeftSlot *x = &program->slots[a], *y = &program->slots[b];
  if (a == b)
    return TRUE;
  if (x->kind != y->kind)
    return FALSE;
  return x->kind == WEFT_SLOT_ARENA ? x->offset == y->offset && x->bytes > 0 : x->index == y->index;
}

/* Whether the result that instruction @at computes may be written to @slot then: no operand there
 * is read later. */
static gboolean
can_write_early (const Planner *planner, guint at, guint slot)
{
  const WeftStep *step = planner->plan->step;
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];
      gboolean          later = (op->op == WEFT_TILE_LOAD && planner->last[op->dst] > at) ||
                       (op->op == WEFT_TILE_PICK && i > at);
      if (later && same_bytes (planner->program, step->in[op->src[0]].slot, slot))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_written (const Planner *planner, guint slot)
{
  const WeftStep *step = planner->plan->step;
  for (guint i = 0; i < step->n_out; i++)
    if (same_bytes (planner->program, step->out[i].slot, slot))
      return TRUE;
  return FALSE;
}

/* How the tile length fits what repeats: a multiple of the shortest row that would otherwise be
 * gathered again and again. */
static gint64
tile_length (const WeftStep *step, gint64 limit)
{
  gint64 row = 0;
  for (guint i = 0; i < step->n_in; i++)
    {
      gint64 p = period (step, &step->in[i]);
      if (p > 1 && p <= limit)
        row = MAX (row, p);
    }
  return row > 0 ? limit / row * row : limit;
}

/* ---- Places ---- */

static guint
take_tile (Planner *planner)
{
  GArray *free_tiles = planner->free_tiles;
  guint   tile;
  if (free_tiles->len == 0)
    return planner->plan->n_tiles++;
  tile = g_array_index (free_tiles, guint, free_tiles->len - 1);
  g_array_set_size (free_tiles, free_tiles->len - 1);
  return tile;
}

/* Gives back the tiles of the sources of instruction @at that nobody reads later; each once. */
static void
free_sources (Planner *planner, guint at)
{
  guint16 sources[3];
  guint   n = sources_of (&planner->plan->step->ops[at], sources);
  for (guint k = 0; k < n; k++)
    {
      const WeftRegister *source = &planner->plan->registers[sources[k]];
      gboolean            again = (k > 0 && sources[k] == sources[0]) || (k > 1 && sources[k] == sources[1]);
      if (!again && source->kind == WEFT_REGISTER_TILE && !source->lasts &&
          planner->last[sources[k]] == at)
        g_array_append_val (planner->free_tiles, source->place);
    }
}

static void
add (GArray *code, WeftInstruction instruction)
{
  g_array_append_val (code, instruction);
}

/* The register that @reg, of rows, is read as by a loop over elements: laid out before the loop,
 * once a segment. */
static guint16
expand (Planner *planner, guint16 reg)
{
  WeftTilePlan   *plan = planner->plan;
  WeftInstruction instruction = { .what = WEFT_DO_EXPAND, .a = reg };
  WeftSegment    *segment = &g_array_index (plan->segments, WeftSegment, plan->segments->len - 1);
  guint           tile;
  if (plan->registers[reg].kind != WEFT_REGISTER_ROWS || segment->per_row)
    return reg;
  if (planner->expanded[reg] >= 0)
    return planner->expanded[reg];
  tile = plan->n_tiles++;
  instruction.dst = plan->n_registers++;
  instruction.size = plan->registers[reg].size;
  plan->registers[instruction.dst] = (WeftRegister){
    .kind = WEFT_REGISTER_TILE, .place = tile, .size = instruction.size, .lasts = TRUE
  };
  planner->expanded[reg] = instruction.dst;
  g_array_insert_val (plan->code, segment->code, instruction);
  segment->code++;
  segment->end++;
  g_array_append_val (planner->held, tile);
  return instruction.dst;
}

static void
end_segment (Planner *planner)
{
  for (guint i = 0; i < planner->held->len; i++)
    g_array_append_val (planner->free_tiles, g_array_index (planner->held, guint, i));
  g_array_set_size (planner->held, 0);
  for (guint i = 0; i < planner->plan->step->n_registers; i++)
    planner->expanded[i] = -1;
}

/* A place for what instruction @at computes once an element. */
static void
place_elements (Planner *planner, guint at, WeftRegister *reg)
{
  WeftTilePlan *plan = planner->plan;
  if (plan->cut && plan->step->ops[at].kept)
    {
      reg->kind = WEFT_REGISTER_KEPT;
      reg->place = plan->n_kept++;
      return;
    }
  reg->kind = WEFT_REGISTER_TILE;
  reg->place = take_tile (planner);
}

static void
place_rows (WeftTilePlan *plan, WeftRegister *reg)
{
  reg->kind = WEFT_REGISTER_ROWS;
  reg->place = plan->n_rows++;
}

static void
place_lasting (WeftTilePlan *plan, WeftRegister *reg)
{
  reg->kind = WEFT_REGISTER_TILE;
  reg->lasts = TRUE;
  reg->place = plan->n_tiles++;
}

/* ---- One instruction each ---- */

static void
plan_load (Planner *planner, guint at)
{
  WeftTilePlan      *plan = planner->plan;
  const WeftTileOp  *op = &plan->step->ops[at];
  const WeftOperand *operand = &plan->step->in[op->src[0]];
  WeftRegister      *reg = &plan->registers[op->dst];
  gint64             repeats = period (plan->step, operand);
  WeftInstruction    gather = {
       .what = WEFT_DO_GATHER, .dst = op->dst, .at = op->src[0], .size = reg->size
  };
  reg->place = op->src[0];
  if (op->per_row)
    {
      gather.what = WEFT_DO_GATHER_ROWS;
      place_rows (plan, reg);
      add (plan->code, gather);
    }
  else if (lies_like_results (plan->step, operand) &&
           !(op->kept && is_written (planner, operand->slot)))
    reg->kind = WEFT_REGISTER_AT;
  else if (is_one_row (plan->step, operand) && plan->block == 1)
    reg->kind = WEFT_REGISTER_AT_ROW;
  else if (repeats > 0 && (plan->tile % repeats == 0 || plan->n <= plan->tile))
    {
      place_lasting (plan, reg);
      add (plan->before, gather);
    }
  else
    {
      place_elements (planner, at, reg);
      add (plan->code, gather);
    }
}

static const WeftTileOp *
store_of (const WeftStep *step, guint reg)
{
  for (guint i = step->n_ops; i-- > 0;)
    if (step->ops[i].op == WEFT_TILE_STORE && step->ops[i].src[0] == reg)
      return &step->ops[i];
  return NULL;
}

static void
place_result (Planner *planner, guint at)
{
  WeftTilePlan     *plan = planner->plan;
  const WeftTileOp *op = &plan->step->ops[at], *store = store_of (plan->step, op->dst);
  WeftRegister     *reg = &plan->registers[op->dst];
  gboolean          condition = op->op != WEFT_TILE_CAST && weft_op (op->op)->traits & WEFT_TRAIT_CONDITION;
  /* A primitive may write over an operand only where elements are equally large. */
  gboolean over = reg->size == weft_dtype_size (op->from) && !condition;
  if (store != NULL && can_write_early (planner, at, plan->step->out[store->dst].slot))
    {
      reg->kind = WEFT_REGISTER_AT;
      reg->place = plan->step->n_in + store->dst;
      free_sources (planner, at);
      return;
    }
  if (over)
    free_sources (planner, at);
  place_elements (planner, at, reg);
  if (!over)
    free_sources (planner, at);
  if (reg->kind == WEFT_REGISTER_TILE && planner->last[op->dst] <= at)
    g_array_append_val (planner->free_tiles, reg->place);
}

/* A rough price an element, for deciding how to share the work out. */
static double
instruction_ns (const WeftTileOp *op)
{
  const char *text = op->op >= WEFT_TILE_LOAD ? "" : weft_op (op->op)->c;
  return text != NULL && strstr (text, "W (") != NULL ? 0.4 : 0.06;
}

static void
plan_call (Planner *planner, guint at)
{
  WeftTilePlan     *plan = planner->plan;
  const WeftTileOp *op = &plan->step->ops[at];
  guint             type = weft_primitive_type (op->dtype);
  guint16           sources[3] = { 0 };
  guint             n = sources_of (op, sources);
  WeftInstruction   call = { .what = WEFT_DO_CALL, .dst = op->dst, .numbers = { op->p, op->q } };
  call.func = op->op == WEFT_TILE_CAST
                ? planner->primitives->casts[weft_primitive_type (op->from)][type]
                : planner->primitives->rows[type][op->op];
  call.a = expand (planner, sources[0]);
  call.b = n > 1 ? expand (planner, sources[1]) : call.a;
  call.c = n > 2 ? expand (planner, sources[2]) : call.a;
  if (op->per_row)
    place_rows (plan, &plan->registers[op->dst]);
  else
    {
      place_result (planner, at);
      plan->ns += instruction_ns (op);
    }
  add (plan->code, call);
}

/* Constants and places in the row are laid out once, where a tile holds whole rows. */
static void
plan_sequence (Planner *planner, guint at)
{
  WeftTilePlan     *plan = planner->plan;
  const WeftTileOp *op = &plan->step->ops[at];
  WeftInstruction   fill = { .what = op->op == WEFT_TILE_NUMBER ? WEFT_DO_NUMBER : WEFT_DO_INDEX,
                             .dst = op->dst,
                             .dtype = op->dtype,
                             .size = plan->registers[op->dst].size,
                             .numbers = { op->p, op->q } };
  if (fill.what == WEFT_DO_INDEX && plan->cut)
    {
      place_elements (planner, at, &plan->registers[op->dst]);
      add (plan->code, fill);
      return;
    }
  place_lasting (plan, &plan->registers[op->dst]);
  add (plan->before, fill);
}

static void
plan_store (Planner *planner, guint at)
{
  WeftTilePlan      *plan = planner->plan;
  const WeftTileOp  *op = &plan->step->ops[at];
  guint16            source = op->per_row ? op->src[0] : expand (planner, op->src[0]);
  const WeftRegister reg = plan->registers[source];
  WeftInstruction    store = { .what = op->per_row ? WEFT_DO_STORE_ROWS : WEFT_DO_STORE,
                               .a = source,
                               .at = plan->step->n_in + op->dst,
                               .size = reg.size };
  if (reg.kind != WEFT_REGISTER_AT || reg.place != store.at)
    add (plan->code, store);
  free_sources (planner, at);
}

static void
plan_across (Planner *planner, guint at)
{
  const WeftTileOp *op = &planner->plan->step->ops[at];
  guint             type = weft_primitive_type (op->dtype);
  WeftInstruction   across = { .what = op->per_row ? WEFT_DO_ACROSS_ROWS : WEFT_DO_ACROSS,
                               .a = op->per_row ? op->src[0] : expand (planner, op->src[0]),
                               .at = planner->plan->step->n_in + op->dst,
                               .size = weft_dtype_size (op->dtype) };
  across.number = at;
  across.func = planner->primitives->rows[type][op->combine];
  across.reducer = weft_primitives_reducer (planner->primitives, op->combine, op->dtype);
  add (planner->plan->code, across);
  planner->plan->ns += 0.06;
  free_sources (planner, at);
}

static void
plan_reduce (Planner *planner, guint at)
{
  WeftTilePlan     *plan = planner->plan;
  const WeftTileOp *op = &plan->step->ops[at];
  WeftInstruction   reduce = { .what = WEFT_DO_REDUCE,
                               .dst = op->dst,
                               .a = expand (planner, op->src[0]),
                               .b = plan->n_lanes++,
                               .size = weft_dtype_size (op->dtype) };
  reduce.reducer = weft_primitives_reducer (planner->primitives, op->combine, op->dtype);
  place_rows (plan, &plan->registers[op->dst]);
  add (plan->code, reduce);
  plan->ns += 0.06;
  free_sources (planner, at);
}

static void
plan_pick (Planner *planner, guint at)
{
  WeftTilePlan     *plan = planner->plan;
  const WeftTileOp *op = &plan->step->ops[at];
  WeftInstruction   pick = { .what = WEFT_DO_PICK,
                             .dst = op->dst,
                             .a = op->src[1],
                             .at = op->src[0],
                             .size = plan->registers[op->dst].size,
                             .number = at };
  place_rows (plan, &plan->registers[op->dst]);
  add (plan->code, pick);
}

/* ---- The whole ---- */

static gsize
size_of_result (const WeftTilePlan *plan, const WeftProgram *program, const WeftTileOp *op)
{
  if (op->op == WEFT_TILE_LOAD || op->op == WEFT_TILE_PICK)
    return weft_dtype_size (program->slots[plan->step->in[op->src[0]].slot].dtype);
  if (op->op < WEFT_TILE_LOAD && weft_op (op->op)->traits & WEFT_TRAIT_BOOL_RESULT)
    return 1;
  return weft_dtype_size (op->dtype);
}

static void
plan_op (Planner *planner, guint at)
{
  switch (planner->plan->step->ops[at].op)
    {
    case WEFT_TILE_LOAD:
      plan_load (planner, at);
      break;
    case WEFT_TILE_STORE:
      plan_store (planner, at);
      break;
    case WEFT_TILE_NUMBER:
    case WEFT_TILE_INDEX:
      plan_sequence (planner, at);
      break;
    case WEFT_TILE_REDUCE:
      plan_reduce (planner, at);
      break;
    case WEFT_TILE_ACROSS:
      plan_across (planner, at);
      break;
    case WEFT_TILE_PICK:
      plan_pick (planner, at);
      break;
    default:
      plan_call (planner, at);
    }
}

static void
reset (Planner *planner)
{
  WeftTilePlan *plan = planner->plan;
  plan->n_registers = plan->step->n_registers;
  plan->n_tiles = plan->n_kept = plan->n_rows = plan->n_lanes = 0;
  plan->ns = 0.1 * (plan->step->n_in + plan->step->n_out);
  memset (plan->registers, 0, 2 * MAX (plan->n_registers, 1) * sizeof (WeftRegister));
  g_array_set_size (plan->code, 0);
  g_array_set_size (plan->before, 0);
  g_array_set_size (plan->segments, 0);
  g_array_set_size (planner->free_tiles, 0);
  g_array_set_size (planner->held, 0);
}

/* Whether instruction @at starts a run of its own: what ends a loop over the elements are its
 * reductions and stores. */
static gboolean
starts_segment (const WeftStep *step, guint at)
{
  const WeftTileOp *op = &step->ops[at], *before = op;
  if (at == 0 || step->row == 0)
    return at == 0;
  if (op->op == WEFT_TILE_NUMBER)
    return FALSE;
  while (--before > step->ops && before->op == WEFT_TILE_NUMBER)
    ;
  if (is_of_elements (before) != is_of_elements (op))
    return TRUE;
  return is_of_elements (op) && ends_loop (before) && !ends_loop (op);
}

static void
plan_all (Planner *planner)
{
  WeftTilePlan   *plan = planner->plan;
  const WeftStep *step = plan->step;
  reset (planner);
  for (guint i = 0; i < step->n_ops; i++)
    if (has_register (&step->ops[i]))
      plan->registers[step->ops[i].dst].size =
        size_of_result (plan, planner->program, &step->ops[i]);
  for (guint i = 0; i < step->n_ops; i++)
    {
      if (starts_segment (step, i))
        {
          guint       n = plan->code->len;
          WeftSegment next = { !is_of_elements (&step->ops[i]), n, n, n };
          end_segment (planner);
          g_array_append_val (plan->segments, next);
        }
      plan_op (planner, i);
      g_array_index (plan->segments, WeftSegment, plan->segments->len - 1).end = plan->code->len;
    }
}

/* @limit: elements of a tile */
static void
set_tile (WeftTilePlan *plan, gint64 limit)
{
  gint64 row = plan->step->row;
  if (row == 0)
    {
      plan->tile = tile_length (plan->step, limit);
      return;
    }
  plan->cut = row > limit;
  plan->block = plan->cut ? 1 : CLAMP (limit / row, 1, MAX (plan->units, 1));
  plan->tile = plan->cut ? limit / WEFT_LANES * WEFT_LANES : plan->block * row;
}

static gsize
padded (gsize bytes)
{
  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT + TILE_PAD;
}

static void
measure (WeftTilePlan *plan, gsize largest)
{
  plan->tile_bytes = padded (MAX (plan->tile, plan->block) * largest);
  plan->kept_bytes = padded (plan->step->row * largest);
  plan->rows_bytes = padded (plan->block * largest);
  plan->scratch_bytes = padded (plan->n_registers * sizeof (void *)) +
                        plan->n_tiles * plan->tile_bytes + plan->n_kept * plan->kept_bytes +
                        plan->n_rows * plan->rows_bytes +
                        plan->n_lanes * padded (WEFT_LANES * sizeof (double));
  for (guint16 i = 0; i < plan->n_registers; i++)
    if (plan->registers[i].kind != WEFT_REGISTER_TILE &&
        plan->registers[i].kind != WEFT_REGISTER_ROWS)
      g_array_append_val (plan->moving, i);
}

/* The plan of a TILES step; @step and @program outlive it. */
WeftTilePlan *
weft_tile_plan_new (const WeftProgram    *program,
                    const WeftStep       *step,
                    const WeftPrimitives *primitives)
{
  WeftTilePlan      *plan = g_new0 (WeftTilePlan, 1);
  guint              n = MAX (step->n_registers, 1);
  g_autofree guint  *last = last_reads (step);
  g_autofree gint32 *expanded = g_new (gint32, n);
  g_autoptr (GArray) free_tiles = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) held = g_array_new (FALSE, FALSE, sizeof (guint));
  Planner planner = { plan, program, primitives, last, free_tiles, expanded, held };
  gsize   largest = 1;
  plan->step = step;
  plan->units = weft_step_units (step);
  plan->n = step->row == 0 ? plan->units : plan->units * step->row;
  if (step->ragged > 0)
    plan->n -= step->row - step->ragged;
  plan->registers = g_new0 (WeftRegister, 2 * n);
  plan->moving = g_array_new (FALSE, FALSE, sizeof (guint16));
  plan->code = g_array_new (FALSE, TRUE, sizeof (WeftInstruction));
  plan->before = g_array_new (FALSE, TRUE, sizeof (WeftInstruction));
  plan->segments = g_array_new (FALSE, TRUE, sizeof (WeftSegment));
  set_tile (plan, MAX_TILE);
  plan_all (&planner);
  for (guint i = 0; i < plan->n_registers; i++)
    largest = MAX (largest, plan->registers[i].size);
  if (plan->n_tiles * plan->tile * largest > TILES_BYTES)
    {
      gint64 fits = TILES_BYTES / (plan->n_tiles * largest);
      set_tile (plan, MAX (fits / WEFT_LANES * WEFT_LANES, MIN_TILE));
      plan_all (&planner);
    }
  measure (plan, largest);
  return plan;
}

void
weft_tile_plan_free (WeftTilePlan *plan)
{
  g_free (plan->registers);
  g_array_free (plan->moving, TRUE);
  g_array_free (plan->before, TRUE);
  g_array_free (plan->code, TRUE);
  g_array_free (plan->segments, TRUE);
  g_free (plan);
}

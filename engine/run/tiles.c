/* Fused loop nests, tile by tile.
 *
 * The results of a kernel are contiguous and of one shape, so a kernel is one run over their
 * elements in C order, a tile of at most 512 at a time; registers are tiles in the first-level
 * cache. An operand that lies like the results is read where it is; one that repeats with the tile
 * (a number, a row) is laid out once; others are gathered for each tile. A result is computed where
 * it belongs, unless an operand that is still read lies there.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/executor.h"
#include "engine/run/pool.h"

#define MAX_TILE 512
#define MIN_TILE 64
/* What the tiles of a kernel may take of the first-level cache. */
#define TILES_BYTES 32768
/* Tiles start at different places modulo 4096, where caches have few ways. */
#define TILE_PAD 64
/* A chunk should take this long, so that claiming it costs nothing. */
#define CHUNK_US 10.0
#define MIN_JOB_US 12.0

typedef enum
{
  REGISTER_TILE, /* memory of its own, index tile */
  REGISTER_SLOT, /* in the operand's or result's own bytes */
} RegisterKind;

typedef struct
{
  RegisterKind       kind;
  guint              tile;
  const WeftOperand *operand;
  gsize              size; /* of an element */
  gboolean           once; /* loaded once a chunk */
} Register;

typedef struct
{
  WeftPrimitive      func; /* NULL: gather @operand into dst */
  const WeftOperand *operand;
  guint16            dst, a, b, c;
  double             numbers[2];
} Instruction;

/* A result computed in a tile and copied where it belongs when the tile is done. */
typedef struct
{
  guint16            reg;
  const WeftOperand *operand;
} Store;

struct _WeftTilePlan
{
  const WeftStep *step;
  gint64          n;
  gint64          tile; /* elements */
  gsize           tile_bytes;
  guint           n_registers, n_tiles;
  Register       *registers;
  GArray         *code;   /* Instruction */
  GArray         *before; /* Instruction: gathers done once a chunk */
  GArray         *stores; /* Store */
  double          ns;     /* estimated, an element */
};

/* ---- Planning ---- */

static gint64
element_count (const WeftStep *step)
{
  gint64 n = 1;
  for (guint i = 0; i < step->rank; i++)
    n *= step->dims[i];
  return n;
}

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

/* The instruction after which a register is not read any more, by register. */
static guint *
last_reads (const WeftStep *step)
{
  guint *last = g_new0 (guint, MAX (step->n_registers, 1));
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];
      if (op->op == WEFT_TILE_LOAD)
        continue;
      for (guint k = 0; k < (op->op == WEFT_TILE_STORE ? 1 : 3); k++)
        last[op->src[k]] = i;
    }
  return last;
}

/* Whether the result that instruction @at computes may be written to @slot then: no operand there
 * is read in place later. */
static gboolean
can_write_early (
  const WeftProgram *program, const WeftStep *step, guint at, guint slot, const guint *last)
{
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];
      if (op->op == WEFT_TILE_LOAD && last[op->dst] > at &&
          same_bytes (program, step->in[op->src[0]].slot, slot))
        return FALSE;
    }
  return TRUE;
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

static guint
take_tile (GArray *free_tiles, guint *n_tiles)
{
  guint tile;
  if (free_tiles->len == 0)
    return (*n_tiles)++;
  tile = g_array_index (free_tiles, guint, free_tiles->len - 1);
  g_array_set_size (free_tiles, free_tiles->len - 1);
  return tile;
}

static gboolean
is_read_by_store (const WeftStep *step, guint reg, const WeftTileOp **store)
{
  for (guint i = step->n_ops; i-- > 0 && step->ops[i].op == WEFT_TILE_STORE;)
    if (step->ops[i].src[0] == reg)
      {
        *store = &step->ops[i];
        return TRUE;
      }
  return FALSE;
}

/* Gives back the tiles of the sources of instruction @at that nobody reads later; each once. */
static void
free_sources (WeftTilePlan *plan, guint at, const guint *last, GArray *free_tiles)
{
  const WeftTileOp *op = &plan->step->ops[at];
  for (guint k = 0; k < 3; k++)
    {
      const Register *source = &plan->registers[op->src[k]];
      gboolean        again = (k > 0 && op->src[k] == op->src[0]) || (k > 1 && op->src[k] == op->src[1]);
      if (!again && source->kind == REGISTER_TILE && !source->once && last[op->src[k]] == at)
        g_array_append_val (free_tiles, source->tile);
    }
}

static void
place_load (WeftTilePlan      *plan,
            const WeftProgram *program,
            const WeftTileOp  *op,
            GArray            *free_tiles)
{
  const WeftOperand *operand = &plan->step->in[op->src[0]];
  Register          *reg = &plan->registers[op->dst];
  Instruction        gather = { .operand = operand, .dst = op->dst };
  gint64             repeats = period (plan->step, operand);
  *reg = (Register){ .kind = REGISTER_SLOT,
                     .operand = operand,
                     .size = weft_dtype_size (program->slots[operand->slot].dtype) };
  if (lies_like_results (plan->step, operand))
    return;
  reg->kind = REGISTER_TILE;
  reg->once = repeats > 0 && (plan->tile % repeats == 0 || plan->n <= plan->tile);
  if (reg->once)
    {
      /* Never shared: what was laid out must last through all tiles. */
      reg->tile = plan->n_tiles++;
      g_array_append_val (plan->before, gather);
      return;
    }
  reg->tile = take_tile (free_tiles, &plan->n_tiles);
  g_array_append_val (plan->code, gather);
}

static void
place_result (
  WeftTilePlan *plan, const WeftProgram *program, guint at, const guint *last, GArray *free_tiles)
{
  const WeftTileOp *op = &plan->step->ops[at], *store;
  Register         *reg = &plan->registers[op->dst];
  gsize             in_size = weft_dtype_size (op->from);
  gboolean          condition = op->op != WEFT_TILE_CAST && weft_op (op->op)->traits & WEFT_TRAIT_CONDITION;
  gboolean          bool_result =
    op->op != WEFT_TILE_CAST && weft_op (op->op)->traits & WEFT_TRAIT_BOOL_RESULT;
  reg->size = bool_result ? 1 : weft_dtype_size (op->dtype);
  if (is_read_by_store (plan->step, op->dst, &store))
    {
      const WeftOperand *out = &plan->step->out[store->dst];
      if (can_write_early (program, plan->step, at, out->slot, last))
        {
          reg->kind = REGISTER_SLOT;
          reg->operand = out;
          free_sources (plan, at, last, free_tiles);
          return;
        }
    }
  /* A primitive may write over an operand only where elements are equally large. */
  if (reg->size == in_size && !condition)
    free_sources (plan, at, last, free_tiles);
  reg->kind = REGISTER_TILE;
  reg->tile = take_tile (free_tiles, &plan->n_tiles);
  if (reg->size != in_size || condition)
    free_sources (plan, at, last, free_tiles);
  if (last[op->dst] <= at)
    g_array_append_val (free_tiles, reg->tile);
}

/* A rough price an element, for deciding how to share the work out. */
static double
instruction_ns (const WeftTileOp *op)
{
  const char *text = op->op == WEFT_TILE_CAST ? "" : weft_op (op->op)->c;
  return text != NULL && strstr (text, "W (") != NULL ? 0.4 : 0.06;
}

static void
place_op (WeftTilePlan         *plan,
          const WeftProgram    *program,
          const WeftPrimitives *primitives,
          guint                 at,
          const guint          *last,
          GArray               *free_tiles)
{
  const WeftTileOp *op = &plan->step->ops[at];
  Instruction       instruction = {
          .dst = op->dst, .a = op->src[0], .b = op->src[1], .c = op->src[2], .numbers = { op->p, op->q }
  };
  guint type = weft_primitive_type (op->dtype);
  instruction.func = op->op == WEFT_TILE_CAST
                       ? primitives->casts[weft_primitive_type (op->from)][type]
                       : primitives->rows[type][op->op];
  place_result (plan, program, at, last, free_tiles);
  g_array_append_val (plan->code, instruction);
  plan->ns += instruction_ns (op);
}

static void
place_all (WeftTilePlan *plan, const WeftProgram *program, const WeftPrimitives *primitives)
{
  const WeftStep   *step = plan->step;
  g_autofree guint *last = last_reads (step);
  g_autoptr (GArray) free_tiles = g_array_new (FALSE, FALSE, sizeof (guint));
  plan->n_tiles = 0;
  plan->ns = 0.1 * (step->n_in + step->n_out);
  g_array_set_size (plan->code, 0);
  g_array_set_size (plan->before, 0);
  g_array_set_size (plan->stores, 0);
  for (guint i = 0; i < step->n_ops; i++)
    {
      const WeftTileOp *op = &step->ops[i];
      if (op->op == WEFT_TILE_LOAD)
        place_load (plan, program, op, free_tiles);
      else if (op->op != WEFT_TILE_STORE)
        place_op (plan, program, primitives, i, last, free_tiles);
      else if (plan->registers[op->src[0]].kind != REGISTER_SLOT ||
               plan->registers[op->src[0]].operand != &step->out[op->dst])
        {
          Store store = { .reg = op->src[0], .operand = &step->out[op->dst] };
          g_array_append_val (plan->stores, store);
        }
    }
}

/* The plan of a TILES step; @step and @program outlive it. */
WeftTilePlan *
weft_tile_plan_new (const WeftProgram    *program,
                    const WeftStep       *step,
                    const WeftPrimitives *primitives)
{
  WeftTilePlan *plan = g_new0 (WeftTilePlan, 1);
  gsize         largest = 1;
  plan->step = step;
  plan->n = element_count (step);
  plan->n_registers = step->n_registers;
  plan->registers = g_new0 (Register, MAX (step->n_registers, 1));
  plan->code = g_array_new (FALSE, TRUE, sizeof (Instruction));
  plan->before = g_array_new (FALSE, TRUE, sizeof (Instruction));
  plan->stores = g_array_new (FALSE, TRUE, sizeof (Store));
  plan->tile = tile_length (step, MAX_TILE);
  place_all (plan, program, primitives);
  for (guint i = 0; i < plan->n_registers; i++)
    largest = MAX (largest, plan->registers[i].size);
  if (plan->n_tiles * plan->tile * largest > TILES_BYTES)
    {
      plan->tile =
        tile_length (step, MAX (TILES_BYTES / (plan->n_tiles * largest) / 16 * 16, MIN_TILE));
      place_all (plan, program, primitives);
    }
  plan->tile_bytes = ((gsize) plan->tile * largest + 63) / 64 * 64 + TILE_PAD;
  return plan;
}

void
weft_tile_plan_free (WeftTilePlan *plan)
{
  g_free (plan->registers);
  g_array_free (plan->code, TRUE);
  g_array_free (plan->before, TRUE);
  g_array_free (plan->stores, TRUE);
  g_free (plan);
}

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

/* Elements @begin to @begin + @n of the kernel, as @operand has them, into @to. */
static void
gather (const WeftStep    *step,
        const WeftOperand *operand,
        const char        *from,
        gsize              size,
        gint64             begin,
        gint64             n,
        char              *to)
{
  gint64 index[WEFT_MAX_RANK] = { 0 }, at = 0, rest = begin;
  guint  inner = step->rank - 1;
  if (step->rank == 0)
    {
      copy_strided (to, from, n, 0, size);
      return;
    }
  for (guint i = step->rank; i-- > 0; rest /= step->dims[i])
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

/* ---- Running ---- */

typedef struct
{
  WeftTilePlan *plan;
  WeftExecutor *executor;
} Job;

static void
run_code (WeftTilePlan *plan,
          WeftExecutor *executor,
          const GArray *code,
          void        **registers,
          gint64        begin,
          gint64        n)
{
  for (guint i = 0; i < code->len; i++)
    {
      const Instruction *x = &g_array_index (code, Instruction, i);
      if (x->func != NULL)
        x->func (n, registers[x->dst], registers[x->a], registers[x->b], registers[x->c],
                 x->numbers);
      else
        gather (plan->step, x->operand, weft_executor_operand (executor, x->operand),
                plan->registers[x->dst].size, begin, n, registers[x->dst]);
    }
}

/* Tiles @begin to @end. Registers that lie in slots start at the first element and are moved along.
 */
static void
run_tiles (gpointer data, gint64 first_tile, gint64 end_tile)
{
  Job          *job = data;
  WeftTilePlan *plan = job->plan;
  gsize         table = (plan->n_registers * sizeof (void *) + 63) / 64 * 64;
  char         *scratch;
  void        **registers;
  gint64        begin = first_tile * plan->tile;
  if (weft_executor_is_cancelled (job->executor))
    return;
  scratch = weft_pool_scratch (table + plan->n_tiles * plan->tile_bytes + 64);
  registers = (void **) scratch;
  for (guint i = 0; i < plan->n_registers; i++)
    {
      const Register *reg = &plan->registers[i];
      registers[i] = reg->kind == REGISTER_TILE
                       ? scratch + table + reg->tile * plan->tile_bytes
                       : weft_executor_operand (job->executor, reg->operand) + begin * reg->size;
    }
  run_code (plan, job->executor, plan->before, registers, begin, MIN (plan->tile, plan->n - begin));
  for (gint64 tile = first_tile; tile < end_tile; tile++, begin += plan->tile)
    {
      gint64 n = MIN (plan->tile, plan->n - begin);
      run_code (plan, job->executor, plan->code, registers, begin, n);
      for (guint i = 0; i < plan->stores->len; i++)
        {
          const Store *store = &g_array_index (plan->stores, Store, i);
          gsize        size = plan->registers[store->reg].size;
          memmove (weft_executor_operand (job->executor, store->operand) + begin * size,
                   registers[store->reg], n * size);
        }
      for (guint i = 0; i < plan->n_registers; i++)
        if (plan->registers[i].kind == REGISTER_SLOT)
          registers[i] = (char *) registers[i] + n * plan->registers[i].size;
    }
}

void
weft_tile_plan_run (WeftTilePlan *plan, WeftExecutor *executor)
{
  Job    job = { plan, executor };
  gint64 tiles = (plan->n + plan->tile - 1) / plan->tile;
  double us = plan->ns * plan->n / 1000;
  gint64 grain = us < MIN_JOB_US ? tiles : MAX (1, (gint64) (tiles * (CHUNK_US / us)));
  weft_pool_run_estimated (run_tiles, &job, tiles, grain, us);
}

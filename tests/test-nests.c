/* Loop nests with rows, written by hand, in the interpreter: values against plain loops over
 * doubles, sums to the bit, and the same bits however the rows are shared out.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/run/executor.h"
#include "engine/run/pool.h"

/* ---- Making nests ---- */

#define MAX_OPERANDS 8
#define MAX_OPS 64

typedef struct
{
  WeftProgram program;
  WeftSlot    slots[2 * MAX_OPERANDS];
  WeftStep    step;
  WeftOperand in[MAX_OPERANDS], out[MAX_OPERANDS];
  WeftTileOp  ops[MAX_OPS];
  void       *data_in[MAX_OPERANDS], *data_out[MAX_OPERANDS];
} Nest;

static void
nest_init (Nest *nest, gint64 rows, gint64 row)
{
  memset (nest, 0, sizeof *nest);
  nest->program.slots = nest->slots;
  nest->step.kind = WEFT_STEP_TILES;
  nest->step.in = nest->in;
  nest->step.out = nest->out;
  nest->step.ops = nest->ops;
  nest->step.rank = 2;
  nest->step.dims[0] = rows;
  nest->step.dims[1] = nest->step.row = row;
  nest->step.partials = WEFT_NOBODY;
}

static guint
new_slot (Nest *nest, WeftDType dtype)
{
  WeftSlot *slot = &nest->slots[nest->program.n_slots];
  slot->kind = WEFT_SLOT_INPUT;
  slot->index = nest->program.n_slots;
  slot->dtype = dtype;
  slot->bytes = 1;
  return nest->program.n_slots++;
}

static WeftTileOp *
add_op (Nest *nest, guint op, WeftDType dtype, gboolean per_row)
{
  WeftTileOp *to = &nest->ops[nest->step.n_ops++];
  g_assert_cmpuint (nest->step.n_ops, <=, MAX_OPS);
  to->op = op;
  to->dtype = to->from = dtype;
  to->per_row = per_row;
  return to;
}

/* An operand with strides @outer and @inner, and its load. */
static guint16
load (Nest *nest, WeftDType dtype, void *data, gint64 outer, gint64 inner, gboolean per_row)
{
  guint       number = nest->step.n_in++;
  WeftTileOp *op = add_op (nest, WEFT_TILE_LOAD, dtype, per_row);
  nest->in[number].slot = new_slot (nest, dtype);
  nest->in[number].strides[0] = outer;
  nest->in[number].strides[1] = inner;
  nest->data_in[number] = data;
  op->src[0] = number;
  return op->dst = nest->step.n_registers++;
}

/* Another load of operand @number. */
static guint16
load_again (Nest *nest, WeftDType dtype, guint number)
{
  WeftTileOp *op = add_op (nest, WEFT_TILE_LOAD, dtype, FALSE);
  op->src[0] = number;
  return op->dst = nest->step.n_registers++;
}

static guint16
call (Nest *nest, guint id, gboolean per_row, guint16 a, guint16 b)
{
  WeftTileOp *op = add_op (nest, id, WEFT_F32, per_row);
  op->src[0] = a;
  op->src[1] = op->src[2] = b;
  return op->dst = nest->step.n_registers++;
}

static void
keep (Nest *nest)
{
  nest->ops[nest->step.n_ops - 1].kept = TRUE;
}

static guint16
reduce (Nest *nest, guint combine, WeftDType dtype, guint16 a)
{
  WeftTileOp *op = add_op (nest, WEFT_TILE_REDUCE, dtype, FALSE);
  op->combine = combine;
  op->src[0] = a;
  return op->dst = nest->step.n_registers++;
}

static guint16
number (Nest *nest, WeftDType dtype, double p)
{
  WeftTileOp *op = add_op (nest, WEFT_TILE_NUMBER, dtype, TRUE);
  op->p = p;
  return op->dst = nest->step.n_registers++;
}

static WeftTileOp *
result (Nest *nest, guint id, WeftDType dtype, guint16 a, gboolean per_row, void *data)
{
  WeftTileOp *op = add_op (nest, id, dtype, per_row);
  op->src[0] = a;
  op->dst = nest->step.n_out;
  nest->out[nest->step.n_out].slot = new_slot (nest, dtype);
  nest->data_out[nest->step.n_out++] = data;
  return op;
}

static void
store (Nest *nest, WeftDType dtype, guint16 a, gboolean per_row, void *data)
{
  result (nest, WEFT_TILE_STORE, dtype, a, per_row, data);
}

static void
across (Nest *nest, guint combine, guint16 a, gboolean per_row, void *data)
{
  result (nest, WEFT_TILE_ACROSS, WEFT_F32, a, per_row, data)->combine = combine;
}

/* Calls the plan for @cuts runs of rows, or for the step's pieces; returns what the calls did. */
static int
run (Nest *nest, guint cuts)
{
  const WeftStep *step = &nest->step;
  WeftTilePlan   *plan = weft_tile_plan_new (&nest->program, step, weft_primitives_get ());
  gint64          units = weft_step_units (step), grain = MAX (1, (units + cuts - 1) / cuts);
  char           *at[2 * MAX_OPERANDS], *places[2 * MAX_OPERANDS];
  int             bad = 0;
  for (guint i = 0; i < step->n_in; i++)
    at[i] = nest->data_in[i];
  for (guint i = 0; i < step->n_out; i++)
    at[step->n_in + i] = nest->data_out[i];
  if (step->partials != WEFT_NOBODY)
    grain = step->piece_rows;
  for (gint64 begin = 0; begin < units || begin == 0; begin += grain)
    {
      char *scratch = weft_pool_scratch (weft_tile_plan_scratch (plan));
      int   status;
      memcpy (places, at, sizeof at);
      memset (scratch, 0xff, weft_tile_plan_scratch (plan));
      if (step->partials != WEFT_NOBODY)
        weft_tile_plan_place (plan, places, begin / grain);
      status = weft_tile_plan_call (plan, places, begin, MIN (units, begin + grain), scratch);
      bad = bad != 0 ? bad : status;
    }
  if (step->partials != WEFT_NOBODY)
    weft_tile_plan_join (plan, at);
  weft_tile_plan_free (plan);
  return bad;
}

/* ---- Data ---- */

static const gint64 lengths[] = { 1, 3, 10, 31, 32, 33, 64, 100, 511, 512, 513, 1500, 5000 };
static const gint64 counts[] = { 1, 2, 7, 60 };

#define FOR_SIZES                                        \
  for (guint li = 0; li < G_N_ELEMENTS (lengths); li++)  \
    for (guint ci = 0; ci < G_N_ELEMENTS (counts); ci++) \
      for (gint64 row = lengths[li], rows = counts[ci]; rows > 0; rows = 0)

static float *
draw (gint64 n)
{
  float *x = g_new (float, n + 1);
  for (gint64 i = 0; i < n; i++)
    x[i] = (float) g_test_rand_double_range (-3, 3);
  return x;
}

static void
assert_near (double is, double expected, double scale)
{
  if (!(fabs (is - expected) <= 2e-6 * (scale + fabs (expected))))
    g_error ("%.9g instead of %.9g", is, expected);
}

/* ---- Rows ---- */

/* softmax, its numerators kept or made again. */
static void
softmax (gint64 rows, gint64 row, gboolean kept, guint cuts, float *x, float *y)
{
  Nest    nest;
  guint16 values, top, e, sum, again;
  nest_init (&nest, rows, row);
  values = load (&nest, WEFT_F32, x, row, 1, FALSE);
  top = reduce (&nest, WEFT_OP_MAXIMUM, WEFT_F32, values);
  again = load_again (&nest, WEFT_F32, 0);
  e = call (&nest, WEFT_OP_EXP, FALSE, call (&nest, WEFT_OP_SUB, FALSE, again, top), 0);
  if (kept)
    keep (&nest);
  sum = reduce (&nest, WEFT_OP_ADD, WEFT_F32, e);
  call (&nest, WEFT_OP_RECIPROCAL, TRUE, sum, sum);
  if (!kept)
    {
      again = load_again (&nest, WEFT_F32, 0);
      e = call (&nest, WEFT_OP_EXP, FALSE, call (&nest, WEFT_OP_SUB, FALSE, again, top), 0);
    }
  store (&nest, WEFT_F32, call (&nest, WEFT_OP_DIV, FALSE, e, sum), FALSE, y);
  g_assert_cmpint (run (&nest, cuts), ==, 0);
}

static void
test_softmax (void)
{
  FOR_SIZES
  {
    gint64            n = rows * row;
    g_autofree float *x = draw (n), *y = draw (n), *again = draw (n);
    softmax (rows, row, TRUE, 1, x, y);
    softmax (rows, row, FALSE, 3, x, again);
    g_assert_cmpmem (y, n * sizeof (float), again, n * sizeof (float));
    for (gint64 r = 0; r < rows; r++)
      {
        double top = -INFINITY, sum = 0;
        for (gint64 i = 0; i < row; i++)
          top = MAX (top, x[r * row + i]);
        for (gint64 i = 0; i < row; i++)
          sum += exp (x[r * row + i] - top);
        for (gint64 i = 0; i < row; i++)
          assert_near (y[r * row + i], exp (x[r * row + i] - top) / sum, 1e-3);
      }
    /* In the bytes of its operand. */
    softmax (rows, row, TRUE, 2, x, x);
    g_assert_cmpmem (y, n * sizeof (float), x, n * sizeof (float));
  }
}

/* (x - mean) * gamma + beta, and the mean. */
static void
test_rows_of_parameters (void)
{
  FOR_SIZES
  {
    gint64            n = rows * row;
    g_autofree float *x = draw (n), *gamma = draw (row), *beta = draw (row), *y = draw (n),
                     *means = draw (rows);
    Nest    nest;
    guint16 values, mean, by, plus;
    nest_init (&nest, rows, row);
    by = number (&nest, WEFT_F32, 1.0 / row);
    values = load (&nest, WEFT_F32, x, row, 1, FALSE);
    keep (&nest);
    mean = reduce (&nest, WEFT_OP_ADD, WEFT_F32, values);
    mean = call (&nest, WEFT_OP_MUL, TRUE, mean, by);
    by = load (&nest, WEFT_F32, gamma, 0, 1, FALSE);
    plus = load (&nest, WEFT_F32, beta, 0, 1, FALSE);
    values = call (&nest, WEFT_OP_SUB, FALSE, values, mean);
    values = call (&nest, WEFT_OP_MUL, FALSE, values, by);
    values = call (&nest, WEFT_OP_ADD, FALSE, values, plus);
    store (&nest, WEFT_F32, values, FALSE, y);
    store (&nest, WEFT_F32, mean, TRUE, means);
    g_assert_cmpint (run (&nest, 2), ==, 0);
    for (gint64 r = 0; r < rows; r++)
      {
        double sum = 0;
        for (gint64 i = 0; i < row; i++)
          sum += x[r * row + i];
        assert_near (means[r], sum / row, 1);
        for (gint64 i = 0; i < row; i++)
          assert_near (y[r * row + i], (x[r * row + i] - sum / row) * gamma[i] + beta[i], 10);
      }
  }
}

/* Operands that lie by columns, or have a number a row. */
static void
test_strides (void)
{
  FOR_SIZES
  {
    gint64            n = rows * row;
    g_autofree float *x = draw (n), *factors = draw (rows), *y = draw (n), *tops = draw (rows);
    Nest              nest;
    guint16           values, factor;
    nest_init (&nest, rows, row);
    factor = load (&nest, WEFT_F32, factors, 1, 0, TRUE);
    values = load (&nest, WEFT_F32, x, 1, rows, FALSE);
    values = call (&nest, WEFT_OP_MUL, FALSE, values, factor);
    keep (&nest);
    factor = reduce (&nest, WEFT_OP_MINIMUM, WEFT_F32, values);
    values = call (&nest, WEFT_OP_SUB, FALSE, values, factor);
    store (&nest, WEFT_F32, values, FALSE, y);
    store (&nest, WEFT_F32, factor, TRUE, tops);
    g_assert_cmpint (run (&nest, 4), ==, 0);
    for (gint64 r = 0; r < rows; r++)
      {
        float low = INFINITY;
        for (gint64 i = 0; i < row; i++)
          low = MIN (low, x[i * rows + r] * factors[r]);
        g_assert_cmpfloat (tops[r], ==, low);
        for (gint64 i = 0; i < row; i++)
          g_assert_cmpfloat (y[r * row + i], ==, x[i * rows + r] * factors[r] - low);
      }
  }
}

/* So many numbers a row laid out over elements that tiles become shorter. */
static void
test_many_registers (void)
{
  FOR_SIZES
  {
    g_autofree float *x = draw (rows * row), *y = draw (rows * row);
    Nest              nest;
    guint16           top, multiples[20], sum;
    nest_init (&nest, rows, row);
    top = reduce (&nest, WEFT_OP_MAXIMUM, WEFT_F32, load (&nest, WEFT_F32, x, row, 1, FALSE));
    multiples[0] = top;
    for (guint k = 1; k < G_N_ELEMENTS (multiples); k++)
      multiples[k] = call (&nest, WEFT_OP_ADD, TRUE, multiples[k - 1], top);
    sum = call (&nest, WEFT_OP_SUB, FALSE, load_again (&nest, WEFT_F32, 0), top);
    for (guint k = 0; k < G_N_ELEMENTS (multiples); k++)
      sum = call (&nest, WEFT_OP_ADD, FALSE, sum, multiples[k]);
    store (&nest, WEFT_F32, sum, FALSE, y);
    g_assert_cmpint (run (&nest, 2), ==, 0);
    for (gint64 r = 0; r < rows; r++)
      {
        double largest = -INFINITY;
        for (gint64 i = 0; i < row; i++)
          largest = MAX (largest, x[r * row + i]);
        for (gint64 i = 0; i < row; i++)
          assert_near (y[r * row + i], x[r * row + i] - largest + 210 * largest, 210);
      }
  }
}

/* ---- Bits ---- */

static float
sum_as_promised (const float *x, gint64 n)
{
  float lanes[WEFT_LANES] = { 0 };
  if (n <= WEFT_LANES)
    {
      for (gint64 i = 0; i < n; i++)
        lanes[0] += x[i];
      return lanes[0];
    }
  for (gint64 i = 0; i < n; i++)
    lanes[i % WEFT_LANES] += x[i];
  for (guint half = WEFT_LANES / 2; half > 0; half /= 2)
    for (guint l = 0; l < half; l++)
      lanes[l] += lanes[l + half];
  return lanes[0];
}

static void
test_sum_bits (void)
{
  FOR_SIZES
  {
    g_autofree float *x = draw (rows * row), *sums = draw (rows);
    Nest              nest;
    nest_init (&nest, rows, row);
    store (&nest, WEFT_F32,
           reduce (&nest, WEFT_OP_ADD, WEFT_F32, load (&nest, WEFT_F32, x, row, 1, FALSE)), TRUE,
           sums);
    g_assert_cmpint (run (&nest, 1), ==, 0);
    for (gint64 r = 0; r < rows; r++)
      g_assert_cmpfloat (sums[r], ==, sum_as_promised (x + r * row, row));
  }
}

/* The last row ends early; the sums of the rows are added in order. */
static void
test_ragged (void)
{
  static const gint64 totals[] = { 1, 31, 1023, 1024, 1025, 1050, 4000, 10007 };
  for (guint t = 0; t < G_N_ELEMENTS (totals); t++)
    for (gint64 row = 8; row <= 1024; row *= 8)
      {
        gint64            n = totals[t], rows = (n + row - 1) / row;
        g_autofree float *x = draw (n), *y = draw (n);
        float             total = NAN, expected = 0;
        Nest              nest;
        guint16           values, square, sum;
        nest_init (&nest, rows, row);
        nest.step.ragged = n % row;
        nest.step.piece_rows = rows;
        values = load (&nest, WEFT_F32, x, row, 1, FALSE);
        square = call (&nest, WEFT_OP_SQUARE, FALSE, values, values);
        sum = reduce (&nest, WEFT_OP_ADD, WEFT_F32, square);
        store (&nest, WEFT_F32, square, FALSE, y);
        across (&nest, WEFT_OP_ADD, sum, TRUE, &total);
        y[n] = 77;
        g_assert_cmpint (run (&nest, 1), ==, 0);
        for (gint64 r = 0; r < rows; r++)
          expected += sum_as_promised (y + r * row, MIN (row, n - r * row));
        g_assert_cmpfloat (total, ==, expected);
        for (gint64 i = 0; i < n; i++)
          g_assert_cmpfloat (y[i], ==, x[i] * x[i]);
        g_assert_cmpfloat (y[n], ==, 77);
      }
}

/* ---- Across rows ---- */

static void
test_across (void)
{
  FOR_SIZES for (gint64 piece = 1; piece <= 64; piece *= 4)
  {
    g_autofree float *x = draw (rows * row), *columns = draw (row);
    gint64            pieces = (rows + piece - 1) / piece;
    float             total = NAN, expected_total = 0;
    g_autofree char  *room = NULL;
    Nest              nest;
    guint16           values, top;
    nest_init (&nest, rows, row);
    nest.step.piece_rows = piece;
    values = load (&nest, WEFT_F32, x, row, 1, FALSE);
    top = reduce (&nest, WEFT_OP_MAXIMUM, WEFT_F32, values);
    across (&nest, WEFT_OP_ADD, values, FALSE, columns);
    across (&nest, WEFT_OP_ADD, top, TRUE, &total);
    if (pieces > 1)
      {
        nest.step.partials = nest.step.n_out;
        room = g_malloc (pieces * weft_step_partial_bytes (&nest.step));
        nest.out[nest.step.n_out].slot = new_slot (&nest, WEFT_F32);
        nest.data_out[nest.step.n_out++] = room;
      }
    g_assert_cmpint (run (&nest, 1), ==, 0);
    for (gint64 i = 0; i < row; i++)
      {
        float expected = 0;
        for (gint64 p = 0; p < pieces; p++)
          {
            float part = 0;
            for (gint64 r = p * piece; r < MIN (rows, (p + 1) * piece); r++)
              part += x[r * row + i];
            expected = p == 0 ? part : expected + part;
          }
        g_assert_cmpfloat (columns[i], ==, expected);
      }
    for (gint64 p = 0; p < pieces; p++)
      {
        float part = 0;
        for (gint64 r = p * piece; r < MIN (rows, (p + 1) * piece); r++)
          {
            float largest = -INFINITY;
            for (gint64 i = 0; i < row; i++)
              largest = MAX (largest, x[r * row + i]);
            part += largest;
          }
        expected_total = p == 0 ? part : expected_total + part;
      }
    g_assert_cmpfloat (total, ==, expected_total);
  }
}

/* ---- Places ---- */

/* x at the label, and 1 where the place is the label. */
static void
test_labels (void)
{
  FOR_SIZES
  {
    g_autofree float  *x = draw (rows * row), *picked = draw (rows);
    g_autofree gint64 *labels = g_new (gint64, rows);
    g_autofree guint8 *hot = g_new (guint8, rows * row);
    Nest               nest;
    guint16            label, place, is;
    WeftTileOp        *op;
    for (gint64 r = 0; r < rows; r++)
      labels[r] = g_test_rand_int_range (0, row);
    nest_init (&nest, rows, row);
    label = load (&nest, WEFT_I64, labels, 1, 0, TRUE);
    load (&nest, WEFT_F32, x, 1, rows, FALSE);
    nest.step.n_ops--; /* the operand alone */
    op = add_op (&nest, WEFT_TILE_PICK, WEFT_F32, TRUE);
    op->from = WEFT_F32;
    op->src[0] = 1;
    op->src[1] = label;
    op->dst = nest.step.n_registers++;
    store (&nest, WEFT_F32, op->dst, TRUE, picked);
    op = add_op (&nest, WEFT_TILE_INDEX, WEFT_I64, FALSE);
    op->q = 1;
    place = op->dst = nest.step.n_registers++;
    is = call (&nest, WEFT_OP_EQ, FALSE, place, label);
    nest.ops[nest.step.n_ops - 1].dtype = nest.ops[nest.step.n_ops - 1].from = WEFT_I64;
    store (&nest, WEFT_BOOL, is, FALSE, hot);
    g_assert_cmpint (run (&nest, 2), ==, 0);
    for (gint64 r = 0; r < rows; r++)
      {
        g_assert_cmpfloat (picked[r], ==, x[labels[r] * rows + r]);
        for (gint64 i = 0; i < row; i++)
          g_assert_cmpint (hot[r * row + i], ==, i == labels[r]);
      }
    labels[rows - 1] = g_test_rand_bit () ? row : -1;
    g_assert_cmpint (run (&nest, 2), ==, 2);
  }
}

static void
test_sequence (void)
{
  FOR_SIZES
  {
    g_autofree float *y = draw (rows * row);
    Nest              nest;
    guint16           place, top;
    WeftTileOp       *op;
    nest_init (&nest, rows, row);
    op = add_op (&nest, WEFT_TILE_INDEX, WEFT_F32, FALSE);
    op->p = 0.1;
    op->q = 0.3;
    place = op->dst = nest.step.n_registers++;
    keep (&nest);
    top = reduce (&nest, WEFT_OP_MAXIMUM, WEFT_F32, place);
    store (&nest, WEFT_F32, call (&nest, WEFT_OP_SUB, FALSE, place, top), FALSE, y);
    g_assert_cmpint (run (&nest, 2), ==, 0);
    for (gint64 i = 0; i < rows * row; i++)
      g_assert_cmpfloat (y[i], ==,
                         (float) (0.1 + 0.3 * (i % row)) - (float) (0.1 + 0.3 * (row - 1)));
  }
}

/* ---- All reducers ---- */

static double
combine_plainly (guint combine, double a, double b)
{
  switch (combine)
    {
    case WEFT_OP_ADD:
      return a + b;
    case WEFT_OP_MUL:
      return a * b;
    case WEFT_OP_MAXIMUM:
      return MAX (a, b);
    case WEFT_OP_MINIMUM:
      return MIN (a, b);
    case WEFT_OP_LOGICAL_AND:
      return a != 0 && b != 0;
    default:
      return a != 0 || b != 0;
    }
}

/* Small whole numbers, which every type holds and adds exactly; products of ones and twos. */
static void
test_reducers (void)
{
  static const guint     combines[] = { WEFT_OP_ADD, WEFT_OP_MUL, WEFT_OP_MAXIMUM,
                                        WEFT_OP_MINIMUM, WEFT_OP_LOGICAL_AND, WEFT_OP_LOGICAL_OR };
  static const WeftDType dtypes[] = { WEFT_BOOL, WEFT_I32, WEFT_I64, WEFT_F32, WEFT_F64 };
  FOR_SIZES for (guint c = 0; c < G_N_ELEMENTS (combines); c++) for (guint d = 0;
                                                                     d < G_N_ELEMENTS (dtypes); d++)
  {
    gint64   dims[] = { rows, row };
    gboolean logical = combines[c] == WEFT_OP_LOGICAL_AND || combines[c] == WEFT_OP_LOGICAL_OR;
    g_autoptr (WeftArray) x = weft_array_new (dtypes[d], 2, dims);
    g_autoptr (WeftArray) y = weft_array_new (dtypes[d], 1, dims);
    Nest nest;
    if (logical != (dtypes[d] == WEFT_BOOL))
      continue;
    for (gint64 i = 0; i < rows * row; i++)
      weft_array_set (x, i,
                      logical ? g_test_rand_int_range (0, row) >
                                  (combines[c] == WEFT_OP_LOGICAL_OR ? row - 2 : 0)
                      : combines[c] == WEFT_OP_MUL ? (g_test_rand_int_range (0, row) == 0 ? 2 : 1)
                                                   : g_test_rand_int_range (-9, 9));
    nest_init (&nest, rows, row);
    store (&nest, dtypes[d],
           reduce (&nest, combines[c], dtypes[d], load (&nest, dtypes[d], x->data, row, 1, FALSE)),
           TRUE, y->data);
    g_assert_cmpint (run (&nest, 2), ==, 0);
    for (gint64 r = 0; r < rows; r++)
      {
        double expected = weft_array_get (x, r * row);
        for (gint64 i = 1; i < row; i++)
          expected = combine_plainly (combines[c], expected, weft_array_get (x, r * row + i));
        g_assert_cmpfloat (weft_array_get (y, r), ==, expected);
      }
  }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  g_test_add_func ("/engine/nests/softmax", test_softmax);
  g_test_add_func ("/engine/nests/rows-of-parameters", test_rows_of_parameters);
  g_test_add_func ("/engine/nests/strides", test_strides);
  g_test_add_func ("/engine/nests/many-registers", test_many_registers);
  g_test_add_func ("/engine/nests/sum-bits", test_sum_bits);
  g_test_add_func ("/engine/nests/ragged", test_ragged);
  g_test_add_func ("/engine/nests/across", test_across);
  g_test_add_func ("/engine/nests/labels", test_labels);
  g_test_add_func ("/engine/nests/sequence", test_sequence);
  g_test_add_func ("/engine/nests/reducers", test_reducers);
  return g_test_run ();
}

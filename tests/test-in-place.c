/* Marks of what is computed in place: which there are, that the compiler keeps every one whatever
 * else stands in the graph, and that values stay right.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/compile/program.h"
#include "engine/rewrite/in-place.h"
#include "engine/rewrite/rewrite.h"
#include "tests/world.h"

#define SIDE 4

static WeftArray *
matrix (double first)
{
  WeftArray *array = weft_array_new (WEFT_F64, 2, (gint64[]){ SIDE, SIDE });
  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, first + 0.11 * (i % 7) - 0.05 * i);
  return array;
}

static void
set_up (World *world)
{
  static const char *const names[] = { "x", "y", "w" };
  world_init (world);
  world_add_shared (world, "table", matrix (0.2));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    world_add_input (world, names[i], matrix (0.3 * i - 0.4));
}

/* ---- Which marks ---- */

/* "tanh:1 exp:1": the op whose result is written over which operand. */
static char *
marks_text (World *world, guint n, WeftValue *const *values)
{
  g_autoptr (GArray) marks = weft_in_place_marks (world->graph, n, values);
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < marks->len; i++)
    {
      const WeftInPlaceMark *mark = &g_array_index (marks, WeftInPlaceMark, i);
      g_string_append_printf (text, "%s%s %s:%u", i > 0 ? ", " : "",
                              mark->rule + strlen ("in-place-"), mark->apply->op->name,
                              mark->overwrites);
    }
  return g_string_free (text, FALSE);
}

typedef struct
{
  const char *name, *text, *marks;
} Case;

static const Case cases[] = {
  { "chain", "sum(exp(tanh(x @ w)))", "elementwise tanh:1, elementwise exp:1" },
  { "inputs-stay", "sum(tanh(x) + y)", "elementwise add:1" },
  { "results-stay", "tanh(x @ w)", "" },
  { "constants", "sum(tanh(ones((4, 4)) + x))", "elementwise add:1, elementwise tanh:1" },
  { "read-before", "y = tanh(x @ w); sum(exp(y @ w) * y)",
    "elementwise tanh:1, elementwise exp:1, elementwise mul:1" },
  { "read-by-another", "y = tanh(x @ w); sum(exp(y)) + sum(y @ w)", "elementwise tanh:1" },
  { "transposed", "y = x @ w; sum(tanh(y.T))", "" },
  { "reshaped", "y = x @ w; sum(tanh(y.reshape((16,))))", "elementwise tanh:1" },
  { "both-ways", "y = x @ w; sum(y + y.T)", "" },
  { "twice", "y = x @ w; sum(y + y)", "elementwise add:1" },
  { "repeated", "y = sum(x @ w, axis=0); sum(x * y)", "" },
  { "product", "sum(gemm(x, w, y @ w, 1, 1))", "product gemm:3" },
  { "product-of-itself", "c = y @ w; sum(gemm(c, w, c, 1, 1))", "" },
  { "write", "t = tanh(x @ w); sum(t.at[1].set(3))", "elementwise tanh:1, write index_write:1" },
  { "write-read-by-another", "t = tanh(x @ w); sum(t.at[1].set(3)) + sum(t @ w)",
    "elementwise tanh:1" },
  { "write-then-read", "t = tanh(x @ w); u = t.at[1].set(3); sum(u @ t)", "elementwise tanh:1" },
  { "update", "table - 0.1 * (x @ w)", "update sub:1, elementwise mul:2" },
  { "update-by-a-way", "0.9 * table + x", "update mul:2, elementwise add:1" },
  { "update-rows", "table.at[2].add(x[0])", "update index_write:1" },
  { "update-read-after", "t = table * 0.5 + 1; t + sum(t @ table)", "elementwise add:1" },
  { "state", "fold(lambda a, h: tanh(h) + a, x, y[0])", "state loop:2" },
  { "state-stacked", "scan(lambda a, h: tanh(h) + a, x, y[0])", "" },
  { "state-dead", "fold(lambda a, h: tanh(h) @ w + a[0] * 0, x, y[0])", "state loop:2" },
  { "state-product", "fold(lambda a, h: tanh(h + a) @ w, x, y[0])", "state loop:2" },
  { "state-read-later", "fold(lambda a, h: sum(tanh(h) * a) * h[::-1], x, y[0])", "" },
  { "scalars", "a = sum(x @ w); tanh(a) + 1", "" },
};

static void
test_marks (gconstpointer data)
{
  const Case *one = data;
  g_auto (World) world;
  g_autofree char *text = NULL;
  WeftValue       *value;
  set_up (&world);
  value = world_build (&world, one->text);
  text = marks_text (&world, 1, &value);
  g_assert_cmpstr (text, ==, one->marks);
}

/* ---- The compiler keeps them ---- */

static const WeftSlot *
slot_of (const WeftProgram *program, const WeftValue *value)
{
  gboolean all;
  while (value->apply->n_inputs > 0 && weft_apply_looks (value->apply, &all))
    value = value->apply->inputs[0];
  for (guint i = 0; i < program->n_slots; i++)
    if (program->slots[i].value == value->id)
      return &program->slots[i];
  return NULL;
}

/* A nest that goes through its rows several times may need the operand after the result. */
static gboolean
is_made_by_rows (const WeftProgram *program, const WeftSlot *slot)
{
  for (guint i = 0; i < program->n_steps; i++)
    for (guint k = 0; program->steps[i].row > 0 && k < program->steps[i].n_out; k++)
      if (&program->slots[program->steps[i].out[k].slot] == slot)
        return TRUE;
  return FALSE;
}

/* Where both are kept at all, they are in one place. Returns how many were. */
static guint
assert_kept (const WeftProgram *program, const GArray *marks)
{
  guint n = 0;
  for (guint i = 0; i < marks->len; i++)
    {
      const WeftInPlaceMark *mark = &g_array_index (marks, WeftInPlaceMark, i);
      const WeftSlot        *from, *to;
      if (mark->apply->op->id == WEFT_OP_LOOP)
        continue;
      from = slot_of (program, mark->apply->inputs[mark->overwrites - 1]);
      to = slot_of (program, &mark->apply->outputs[0]);
      if (from == NULL || to == NULL || from->kind != WEFT_SLOT_ARENA ||
          to->kind != WEFT_SLOT_ARENA || is_made_by_rows (program, to))
        continue;
      if (from->offset != to->offset)
        {
          g_autofree char *text = weft_program_to_string ((WeftProgram *) program);
          g_autofree char *value = weft_value_to_expression (&mark->apply->outputs[0], 12);
          g_error ("%s over operand %u is not kept in\n%s", value, mark->overwrites, text);
        }
      n++;
    }
  return n;
}

/* @n_ops ops on what is there already, each 4 x 4. */
static void
grow (World *world, GRand *rand, guint n_ops, GPtrArray *values)
{
  static const char *const texts[] = { "tanh(a)",
                                       "a + b",
                                       "a * b",
                                       "a - 0.5 * b",
                                       "a @ b",
                                       "a.T @ b",
                                       "a + b.T",
                                       "gemm(a, b, c, 1, 1)",
                                       "gemm(a, b, c, -0.5, 1)",
                                       "a.at[1].set(b[2])",
                                       "a.at[2].add(b[0])",
                                       "a.reshape((16,)).reshape((4, 4)) * b",
                                       "a * sum(b)",
                                       "exp(-a * a)" };
  for (guint i = 0; i < n_ops; i++)
    {
      /* Of late ones more often, so that chains come about. */
      for (char name[] = "a"; name[0] <= 'c'; name[0]++)
        {
          guint      back = g_rand_int_range (rand, 1, 1 + MIN (5, (gint) values->len));
          WeftValue *value = g_rand_double (rand) < 0.7
                               ? values->pdata[values->len - back]
                               : values->pdata[g_rand_int_range (rand, 0, values->len)];
          weft_scope_set_value (world->scope, name, value);
        }
      g_ptr_array_add (
        values, world_build (world, texts[g_rand_int_range (rand, 0, G_N_ELEMENTS (texts))]));
    }
}

static void
assert_same_results (World *world, GPtrArray *values)
{
  g_autoptr (GPtrArray) wanted = world_run_all (world, values, WEFT_MODE_REFERENCE, TRUE);
  g_autoptr (GPtrArray) got = world_run_all (world, values, WEFT_MODE_INTERPRET, FALSE);
  for (guint i = 0; i < values->len; i++)
    for (gint64 k = 0; k < ((WeftArray *) got->pdata[i])->n_elements; k++)
      {
        double a = weft_array_get (got->pdata[i], k), b = weft_array_get (wanted->pdata[i], k);
        if (isfinite (b) && fabs (b) < 1e6)
          g_assert_cmpfloat_with_epsilon (a, b, 1e-9 * (1 + fabs (b)));
      }
}

static void
test_random_graphs (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20);
  guint n_marks = 0, n_kept = 0;
  for (guint seed = 0; seed < 400; seed++)
    {
      g_auto (World) world;
      g_autoptr (GPtrArray) values = g_ptr_array_new ();
      g_autoptr (GArray) marks = NULL;
      g_autoptr (WeftProgram) program = NULL;
      g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
      guint n = 1 + seed % 3;
      set_up (&world);
      for (guint i = 0; i < world.inputs->len; i++)
        g_ptr_array_add (values, world.inputs->pdata[i]);
      grow (&world, rand, 4 + seed % 24, values);
      for (guint i = 0; i < n; i++)
        {
          weft_scope_set_value (world.scope, "a", values->pdata[values->len - 1 - i]);
          g_ptr_array_add (outputs, world_build (&world, i % 2 == 0 ? "sum(a)" : "a + 1"));
        }
      assert_same_results (&world, outputs);
      marks = weft_in_place_marks (world.graph, n, (WeftValue **) outputs->pdata);
      for (guint i = 0; i < marks->len; i++)
        weft_in_place_set (&g_array_index (marks, WeftInPlaceMark, i));
      program = weft_program_new (g_steal_pointer (&world.graph), world.inputs->len,
                                  (WeftValue **) world.inputs->pdata, n,
                                  (WeftValue **) outputs->pdata, 0, NULL, NULL);
      n_marks += marks->len;
      n_kept += assert_kept (program, marks);
    }
  g_test_message ("%u marks, %u of values that have memory", n_marks, n_kept);
  g_assert_cmpuint (n_kept, >, 300);
}

/* ---- Rules that are off ---- */

static guint
count_writes_in_place (World *world, WeftValue *value, const char *const *without)
{
  g_autoptr (WeftRewrite) journal = NULL;
  const WeftRewriteStep *steps;
  WeftValue             *result;
  guint                  n, count = 0;
  weft_rewrite (world->graph, 1, &value, without, &result, &journal);
  steps = weft_rewrite_steps (journal, &n);
  for (guint i = 0; i < n; i++)
    if (g_str_equal (steps[i].rule, "in-place-write"))
      {
        g_assert_cmpuint (steps[i].overwrites, ==, 1);
        g_assert_cmpuint (steps[i].root_before, ==, steps[i].root_after);
        g_assert_cmpuint (steps[i].n_replaced, ==, 0);
        count++;
      }
  return count;
}

static void
test_off (void)
{
  const char *without[] = { "in-place-write", NULL };
  for (guint off = 0; off < 2; off++)
    {
      g_auto (World) world;
      g_autoptr (WeftProgram) program = NULL;
      g_autofree char *text = NULL;
      WeftValue       *value, *result;
      set_up (&world);
      value = world_build (&world, "t = x @ w; sum(t.at[1].set(3))");
      g_assert_cmpuint (count_writes_in_place (&world, value, off ? without : NULL), ==,
                        off ? 0 : 1);
      weft_rewrite (world.graph, 1, &value, off ? without : NULL, &result, NULL);
      program = weft_program_new (g_steal_pointer (&world.graph), world.inputs->len,
                                  (WeftValue **) world.inputs->pdata, 1, &result, 0, NULL, NULL);
      text = weft_program_to_string (program);
      g_assert_true ((strstr (text, "index_write arena@0 constant0 -> arena@0\n") != NULL) == !off);
    }
}

/* ---- Pooling ---- */

typedef struct
{
  gint64      channels;
  const char *text;
  gboolean    in_place;
} PoolCase;

/* Windows that share elements, leave some out or see padding, and channels that are looked at
 * twice, need x until the end. */
static const PoolCase pool_cases[] = {
  { 20, "cumsum(max_pool_grad(x * 2, g, size=2), axis=0)", TRUE },
  { 3, "cumsum(max_pool_grad(x * 2, g, size=2), axis=0)", TRUE },
  { 6, "cumsum(max_pool_grad(x * 2, g, size=2), axis=0)", FALSE },
  { 20, "cumsum(max_pool_grad(x * 2, g, size=1, stride=2), axis=0)", FALSE },
  { 20, "cumsum(max_pool_grad(x * 2, g, size=3, stride=2, pads=1), axis=0)", FALSE },
};

static WeftArray *
drawn (const gint64 *shape)
{
  WeftArray *array = weft_array_new (WEFT_F32, 4, shape);
  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, sin (i * 12.9898 + shape[1]));
  return array;
}

static WeftArray *
pool_gradient (const PoolCase *one, WeftArray **arrays, WeftMode mode)
{
  g_auto (World) world;
  g_autoptr (WeftFunction) function = NULL;
  g_autofree char *text = NULL;
  WeftArray       *result;
  world_init (&world);
  world_add_input (&world, "x", weft_array_ref (arrays[0]));
  world_add_input (&world, "g", weft_array_ref (arrays[1]));
  function = world_function_of (&world, world_build (&world, one->text), mode);
  result = world_call_one (&world, function);
  if (mode == WEFT_MODE_REFERENCE)
    return result;
  text = weft_program_to_string ((WeftProgram *) weft_function_get_program (function));
  g_assert_cmpint (strstr (text, "max_pool_grad arena@0 input1 -> arena@0\n") != NULL, ==,
                   one->in_place);
  return result;
}

static void
test_pooling (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (pool_cases); i++)
    {
      const PoolCase *one = &pool_cases[i];
      g_autoptr (WeftArray) x = drawn ((gint64[]){ 3, 8, 6, one->channels });
      g_autoptr (WeftArray) g = drawn ((gint64[]){ 3, 4, 3, one->channels });
      g_autoptr (WeftArray) expected =
        pool_gradient (one, (WeftArray *[]){ x, g }, WEFT_MODE_REFERENCE);
      g_autoptr (WeftArray) got =
        pool_gradient (one, (WeftArray *[]){ x, g }, WEFT_MODE_INTERPRET);
      for (gint64 k = 0; k < got->n_elements; k++)
        g_assert_cmpfloat (fabs (weft_array_get (got, k) - weft_array_get (expected, k)), <=, 1e-5);
    }
}

int
main (int argc, char **argv)
{
  weft_ops_init ();
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/engine/in-place/", cases[i].name, NULL);
      g_test_add_data_func (path, &cases[i], test_marks);
    }
  g_test_add_func ("/engine/in-place/random-graphs", test_random_graphs);
  g_test_add_func ("/engine/in-place/off", test_off);
  g_test_add_func ("/engine/in-place/pooling", test_pooling);
  return g_test_run ();
}

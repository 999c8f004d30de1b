/* The compiler: what fuses, what aliases, what is in place, and that no two live values share
 * bytes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <string.h>

#include "engine/compile/compile-private.h"
#include "engine/grad/grad.h"
#include "tests/graph-tools.h"

/* ---- Whole programs as text ---- */

typedef struct
{
  const char *name, *text, *program;
} Golden;

/* Over x (6, 4), w (4, 3) and b (3,). */
static const Golden goldens[] = {
  { "chain", "tanh(x) * 2 + x", "0: fused tanh mul add [24] input0 -> output0\n" },
  { "bias", "relu(x @ w + b)",
    "0: gemm 6x3x4 input0 input1 -> arena@0\n1: fused add relu [6, 3] arena@0 input2 -> "
    "output0\n" },
  { "transposes-cost-nothing", "w.T @ x.T", "0: gemm 3x6x4 A' B' input1 input0 -> output0\n" },
  { "views", "x.reshape((2, 3, 4))[1] + 1", "0: add [12] input0+12 -> output0\n" },
  { "strided-operand", "x[:, :3] + 1", "0: add [6, 3] input0 -> output0\n" },
  { "copy-for-a-result", "x.T", "0: copy [4, 6] input0 -> output0\n" },
  { "no-kernel", "x.reshape((24,))", "" },
  { "in-place", "cumsum(exp(tanh(x @ w)), axis=0)",
    "0: gemm 6x3x4 input0 input1 -> arena@0\n1: fused tanh exp [18] arena@0 -> arena@0\n2: cumsum "
    "arena@0 -> output0\n" },
  { "one-copy", "t = x.T; cumsum(t, axis=0) + cumsum(t, axis=1)",
    "0: copy [4, 6] input0 -> arena@0\n1: cumsum arena@0 -> arena@128\n2: cumsum arena@0 -> "
    "arena@256\n3: add [24] arena@128 arena@256 -> output0\n" },
  { "scalars-once", "s = sum(w); x * (2 * s) + s * 3",
    "0: fused sum mul mul [12] input1 -> arena@0 "
    "arena@64\n1: fused mul add [24] input0 arena@0 arena@64 -> output0\n" },
  { "part-of-rows", "x[:, :2].reshape((3, 2, 2)) + 1",
    "0: add [6, 2] input0 -> output0\n" },
  { "products-of-parts", "a = x[:, :2].reshape((2, 3, 2)); a @ swapaxes(a, -1, -2)",
    "0: gemm 3x3x2 B' input0 input0 -> output0\n" },
  { "product-in-its-place",
    "a = x.reshape((2, 3, 4)); transpose(a @ swapaxes(a, -1, -2), (1, 0, 2)).reshape((18,))",
    "0: gemm 3x3x4 B' input0 input0 -> output0\n" },
  { "product-column-by-column", "a = x.reshape((2, 3, 4)); swapaxes(a @ w, -1, -2)",
    "0: gemm 3x3x4 A' B' input1 input0 -> output0\n" },
  { "product-read-twice", "y = x @ w; cumsum(y.T, axis=0) * y.T",
    "0: gemm 6x3x4 input0 input1 -> arena@0\n1: copy [3, 6] arena@0 -> arena@128\n"
    "2: cumsum arena@128 -> arena@256\n3: mul [3, 6] arena@256 arena@0 -> output0\n" },
  { "identities-vanish", "stop_gradient(x) + x", "0: add [24] input0 -> output0\n" },
  { "batch-is-one-product", "x.reshape((3, 2, 4)) @ w",
    "0: gemm 6x3x4 input0 input1 -> output0\n" },
};

static void
test_golden (gconstpointer data)
{
  const Golden *golden = data;
  WeftGraph    *graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftValue *inputs[3], *value;
  g_autoptr (WeftProgram) program = NULL;
  g_autofree char *text = NULL;
  char            *arena;
  inputs[0] = bind_input (graph, scope, "x", WEFT_F32, 2, (gint64[]){ 6, 4 });
  inputs[1] = bind_input (graph, scope, "w", WEFT_F32, 2, (gint64[]){ 4, 3 });
  inputs[2] = bind_input (graph, scope, "b", WEFT_F32, 1, (gint64[]){ 3 });
  value = build_value (graph, scope, golden->text);
  program = weft_program_new (graph, 3, inputs, 1, &value, 0, NULL, NULL);
  text = weft_program_to_string (program);
  arena = strstr (text, "arena ");
  while (arena != NULL && arena != text && arena[-1] != '\n')
    arena = strstr (arena + 1, "arena ");
  g_assert_nonnull (arena);
  *arena = '\0';
  g_assert_cmpstr (text, ==, golden->program);
}

/* ---- Reshapes ---- */

/* Where element @flat, in C order, of @view lies. */
static gint64
place_of (const WeftView *view, guint rank, const gint64 *dims, gint64 flat)
{
  gint64 place = 0;
  for (guint i = rank; i-- > 0; flat /= dims[i])
    place += flat % dims[i] * view->strides[i];
  return place;
}

/* @n in up to four factors. */
static guint
random_factors (GRand *rand, gint64 n, gint64 *dims)
{
  guint rank = 1 + g_rand_int_range (rand, 0, 4);
  for (guint i = 0; i + 1 < rank; i++)
    {
      gint64 factor = g_rand_int_range (rand, 1, 5);
      while (n % factor != 0)
        factor--;
      dims[i] = factor;
      n /= factor;
    }
  dims[rank - 1] = n;
  return rank;
}

/* Every reshape that strides can say is one, and says what a copy would. */
static void
test_reshape (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  guint n_views = 0, n_copies = 0;
  for (guint i = 0; i < 20000; i++)
    {
      static const gint64 sizes[] = { 6, 12, 24, 8, 16, 36 };
      gint64              n = sizes[g_rand_int_range (rand, 0, G_N_ELEMENTS (sizes))];
      gint64              from[WEFT_MAX_RANK], to[WEFT_MAX_RANK], step = g_rand_int_range (rand, 1, 3);
      guint               from_rank = random_factors (rand, n, from), rank = random_factors (rand, n, to);
      WeftView            view = { 0 }, result, wanted = { 0 };
      gboolean            possible = TRUE;
      for (guint k = from_rank; k-- > 0;)
        {
          view.strides[k] = step;
          step *= from[k] + (g_rand_int_range (rand, 0, 4) == 0);
        }
      if (from_rank > 1 && g_rand_boolean (rand))
        {
          gint64 first = view.strides[0];
          view.strides[0] = view.strides[from_rank - 1];
          view.strides[from_rank - 1] = first;
        }
      step = 1;
      for (guint k = rank; k-- > 0; step *= to[k])
        wanted.strides[k] = to[k] == 1 ? 0 : place_of (&view, from_rank, from, step);
      for (gint64 k = 0; k < n; k++)
        possible &= place_of (&wanted, rank, to, k) == place_of (&view, from_rank, from, k);
      g_assert_true (weft_view_reshape (&view, from_rank, from, rank, to, &result) == possible);
      for (gint64 k = 0; k < n && possible; k++)
        g_assert_cmpint (place_of (&result, rank, to, k), ==, place_of (&wanted, rank, to, k));
      n_views += possible;
      n_copies += !possible;
    }
  g_assert_cmpuint (n_views, >, 2000);
  g_assert_cmpuint (n_copies, >, 2000);
}

/* ---- Memory ---- */

static gboolean
overlap (const WeftSlot *a, const WeftSlot *b)
{
  return a->offset < b->offset + b->bytes && b->offset < a->offset + a->bytes;
}

/* Values that live at the same time have bytes of their own; one that is born where another dies
 * may take exactly its bytes, in a fused kernel. */
static void
assert_plan_is_sound (const WeftProgram *program)
{
  for (guint i = 0; i < program->n_slots; i++)
    {
      const WeftSlot *a = &program->slots[i];
      if (a->kind != WEFT_SLOT_ARENA || a->bytes == 0)
        continue;
      g_assert_cmpuint (a->offset % 64, ==, 0);
      g_assert_cmpuint (a->offset + a->bytes, <=, program->arena_bytes);
      for (guint k = 0; k < i; k++)
        {
          const WeftSlot *b = &program->slots[k];
          gboolean        hands_over = a->born == b->dies && a->born > b->born && a->offset == b->offset &&
                                a->bytes == b->bytes;
          hands_over = hands_over || (b->born == a->dies && b->born > a->born &&
                                      a->offset == b->offset && a->bytes == b->bytes);
          if (b->kind != WEFT_SLOT_ARENA || b->bytes == 0 || a->born > b->dies ||
              b->born > a->dies || !overlap (a, b))
            continue;
          g_assert_true (hands_over);
          g_assert_cmpint (program->steps[MAX (a->born, b->born)].kind, ==, WEFT_STEP_TILES);
        }
    }
}

/* What each kernel reads must be a leaf or the slot that was written last at those bytes. */
static void
assert_reads_are_current (const WeftProgram *program)
{
  g_autoptr (GHashTable) written = g_hash_table_new (NULL, NULL); /* offset + 1 -> slot + 1 */
  for (guint i = 0; i < program->n_steps; i++)
    {
      const WeftStep *step = &program->steps[i];
      for (guint k = 0; k < step->n_in; k++)
        {
          const WeftSlot *slot = &program->slots[step->in[k].slot];
          if (slot->kind == WEFT_SLOT_ARENA && slot->bytes > 0)
            g_assert_cmpuint (
              GPOINTER_TO_UINT (g_hash_table_lookup (written, GSIZE_TO_POINTER (slot->offset + 1))),
              ==, step->in[k].slot + 1);
        }
      for (guint k = 0; k < step->n_out; k++)
        {
          const WeftSlot *slot = &program->slots[step->out[k].slot];
          if (slot->kind == WEFT_SLOT_ARENA && slot->bytes > 0)
            g_hash_table_insert (written, GSIZE_TO_POINTER (slot->offset + 1),
                                 GUINT_TO_POINTER (step->out[k].slot + 1));
        }
    }
}

static const char *const plan_texts[] = {
  "a + b",
  "a * b",
  "tanh(a)",
  "a @ b.T @ a",
  "a.T.reshape((5, 7)).T.reshape((7, 5)) + b",
  "softmax(a)",
  "exp(a - b)",
  "a[::-1] + b",
  "sum(a, axis=0) + b",
  "a * mean(b)",
  "maximum(a, b) * a",
  "a - max(b, axis=1, keepdims=True)",
};

static void
test_memory_plan (void)
{
  gsize planned = 0, naive = 0, bound = 0;
  for (guint32 seed = 0; seed < 100; seed++)
    {
      g_autoptr (GRand) random = g_rand_new_with_seed (seed);
      WeftGraph *graph = weft_graph_new ();
      g_autoptr (WeftScope) scope = weft_scope_new ();
      g_autoptr (GPtrArray) values = g_ptr_array_new ();
      WeftValue *x = bind_input (graph, scope, "x", WEFT_F32, 2, (gint64[]){ 7, 5 }), *outputs[2];
      g_autoptr (WeftProgram) program = NULL;
      g_ptr_array_add (values, x);
      for (guint i = 0; i < 60; i++)
        {
          weft_scope_set_value (
            scope, "a",
            g_ptr_array_index (values, values->len - 1 -
                                         g_rand_int_range (random, 0, MIN (values->len, 5))));
          weft_scope_set_value (
            scope, "b", g_ptr_array_index (values, g_rand_int_range (random, 0, values->len)));
          g_ptr_array_add (
            values,
            build_value (graph, scope,
                         plan_texts[g_rand_int_range (random, 0, G_N_ELEMENTS (plan_texts))]));
        }
      outputs[0] = g_ptr_array_index (values, values->len - 1);
      outputs[1] = g_ptr_array_index (values, values->len / 2);
      program = weft_program_new (graph, 1, &x, 2, outputs, 0, NULL, NULL);
      assert_plan_is_sound (program);
      assert_reads_are_current (program);
      g_assert_cmpuint (program->arena_bytes, >=, program->bound_bytes);
      planned += program->arena_bytes;
      bound += program->bound_bytes;
      naive += program->intermediate_bytes;
    }
  g_test_message ("arenas take %.0f %% of all intermediate values", 100.0 * planned / naive);
  g_assert_cmpuint (planned, <, naive / 2);
  g_test_message ("and %.2f %% of what lives at once", 100.0 * planned / bound);
  g_assert_cmpuint (planned, <=, bound + bound / 20);
}

/* ---- Updates in place ---- */

typedef struct
{
  const char *name, *text; /* of p (3, 4), q (3, 4); x (3, 4) */
  gboolean    in_place;
  const char *output;
} InPlace;

static const InPlace in_places[] = {
  { "sgd", "p - 0.1 * x", TRUE, NULL },
  { "reads-itself-reversed", "p[::-1] - x", FALSE, NULL },
  { "reads-itself-reduced", "p - mean(p)", TRUE, NULL },
  { "old-value-is-a-result", "p - x", FALSE, "p" },
  { "old-value-is-read-before", "p - x", TRUE, "sum(p)" },
  { "another-variable", "q", FALSE, NULL },
  { "no-kernel-of-its-own", "softmax(p)", FALSE, NULL },
  { "an-op-after-it-may-fail", "p - x", TRUE, "one_hot(cast(sum(p), i32), 3)" },
  { "new-value-is-a-result", "p - x", FALSE, "p - x" },
};

static void
test_in_place (gconstpointer data)
{
  const InPlace *in_place = data;
  WeftGraph     *graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (WeftShared) p =
    bind_shared (graph, scope, "p", filled (WEFT_F32, 2, (gint64[]){ 3, 4 }, 0, 0));
  g_autoptr (WeftShared) q =
    bind_shared (graph, scope, "q", filled (WEFT_F32, 2, (gint64[]){ 3, 4 }, 0, 0));
  WeftValue *x = bind_input (graph, scope, "x", WEFT_F32, 2, (gint64[]){ 3, 4 }),
            *next = build_value (graph, scope, in_place->text), *output = NULL;
  g_autoptr (WeftProgram) program = NULL;
  if (in_place->output != NULL)
    output = g_str_equal (in_place->output, in_place->text)
               ? next
               : build_value (graph, scope, in_place->output);
  program = weft_program_new (graph, 1, &x, output != NULL, &output, 1, &p, &next);
  g_assert_cmpint (program->updates[0].in_place, ==, in_place->in_place);
  for (guint i = program->first_in_place; i < program->n_steps; i++)
    g_assert_cmpint (program->steps[i].kind, !=, WEFT_STEP_OP);
  assert_plan_is_sound (program);
}

/* ---- Time ---- */

/* A hundred thousand ops, fused and not: linear, or this would take minutes. */
static void
test_long_chain (gconstpointer data)
{
  const char *op = data;
  WeftGraph  *graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftValue *x = bind_input (graph, scope, "x", WEFT_F32, 1, (gint64[]){ 100 }), *value = x;
  g_autoptr (WeftProgram) program = NULL;
  gint64 start;
  for (guint i = 0; i < 100000; i++)
    value = weft_graph_op (graph, op, value, NULL);
  start = g_get_monotonic_time ();
  program = weft_program_new (graph, 1, &x, 1, &value, 0, NULL, NULL);
  g_test_message ("100000 of %s: %.0f ms, %u kernels", op, (g_get_monotonic_time () - start) / 1e3,
                  program->n_steps);
  g_assert_cmpuint (program->n_steps, <=, 100000);
  g_assert_cmpuint (program->arena_bytes, <=, 2 * 448);
}

/* Many values at once that nobody frees for long: packing must not look at all holes of all time.
 */
static void
test_wide (void)
{
  WeftGraph *graph = weft_graph_new ();
  g_autoptr (WeftScope) scope = weft_scope_new ();
  WeftValue *x = bind_input (graph, scope, "x", WEFT_F32, 1, (gint64[]){ 16 }), *sum = NULL;
  g_autoptr (WeftProgram) program = NULL;
  for (guint i = 0; i < 3000; i++)
    {
      WeftValue *part = weft_graph_op (graph, "softmax", x, NULL);
      sum = sum == NULL ? part : weft_graph_op (graph, "add", sum, part, NULL);
    }
  program = weft_program_new (graph, 1, &x, 1, &sum, 0, NULL, NULL);
  assert_plan_is_sound (program);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (goldens); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/compile/golden/%s", goldens[i].name);
      g_test_add_data_func (path, &goldens[i], test_golden);
    }
  for (guint i = 0; i < G_N_ELEMENTS (in_places); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/compile/in-place/%s", in_places[i].name);
      g_test_add_data_func (path, &in_places[i], test_in_place);
    }
  g_test_add_func ("/engine/compile/reshape", test_reshape);
  g_test_add_func ("/engine/compile/memory-plan", test_memory_plan);
  g_test_add_data_func ("/engine/compile/long-chain/fused", "tanh", test_long_chain);
  g_test_add_data_func ("/engine/compile/long-chain/not-fused", "softmax", test_long_chain);
  g_test_add_func ("/engine/compile/wide", test_wide);
  return g_test_run ();
}

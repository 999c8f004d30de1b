/* Small loops and products as compiled code: the bits of the interpreter, for values and gradients.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/emit.h"
#include "engine/grad/grad.h"
#include "tests/world.h"

#include <string.h>

static void
add_input (World *world, const char *name, WeftDType dtype, guint rank, const gint64 *dims)
{
  WeftArray *array = weft_array_new (dtype, rank, dims);

  for (gint64 i = 0; i < array->n_elements; i++)
    weft_array_set (array, i, (double) ((i * 37 + world->inputs->len * 11) % 101 - 50) / 64);
  world_add_input (world, name, array);
}

static void
set_up (World *world, WeftDType dtype)
{
  world_init (world);
  add_input (world, "xs", dtype, 3, (gint64[]){ 7, 1, 20 });
  add_input (world, "ys", dtype, 3, (gint64[]){ 7, 3, 20 });
  add_input (world, "h0", dtype, 2, (gint64[]){ 1, 20 });
  add_input (world, "g0", dtype, 2, (gint64[]){ 3, 20 });
  add_input (world, "w", dtype, 2, (gint64[]){ 20, 20 });
  add_input (world, "u", dtype, 2, (gint64[]){ 20, 80 });
  add_input (world, "s", dtype, 0, NULL);
}

/* @value and its gradients by all inputs. */
static GPtrArray *
outputs_of (World *world, WeftValue *value)
{
  GPtrArray *outputs = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  WeftValue *cost =
    weft_graph_op (world->graph, "sum", weft_graph_op (world->graph, "square", value, NULL), NULL);
  guint n = world->inputs->len;

  g_ptr_array_set_size (outputs, n + 1);
  g_assert_true (weft_grad (world->graph, cost, NULL, NULL, n, (WeftValue **) world->inputs->pdata,
                            WEFT_DISCONNECTED_ZERO, (WeftValue **) outputs->pdata, &error));
  g_assert_no_error (error);
  outputs->pdata[n] = value;
  return outputs;
}

/* What the outputs are; @n_codes gets how many loops and products have a text. */
static GPtrArray *
run (World *world, GPtrArray *outputs, WeftMode mode, guint *n_codes)
{
  g_autoptr (WeftFunction) function = world_function_of_all (world, outputs, mode, FALSE);
  const WeftProgram *program;

  g_ptr_array_unref (world_call (world, function, outputs->len));
  weft_function_wait_compiled (function);
  program = weft_function_get_program (function);
  *n_codes = 0;
  for (guint i = 0; i < program->n_steps; i++)
    {
      g_autoptr (WeftKernelText) text = weft_emit_step (program, i, WEFT_TEXT_C);

      *n_codes += text != NULL && program->steps[i].kind != WEFT_STEP_TILES;
    }
  return world_call (world, function, outputs->len);
}

typedef struct
{
  const char *name, *text;
  guint       n_codes;
} Case;

/* Loops with what a layer may be made of, and the loops of their gradients. */
static const Case cases[] = {
  { "rnn", "scan(lambda x, h: tanh(x + h @ w), xs, h0)", 2 },
  { "rnn-backwards", "scan(lambda x, h: tanh(x + h @ w), xs, h0, backwards=True)", 2 },
  { "rows", "scan(lambda x, h: tanh(x + h @ w), ys, g0)", 2 },
  { "gates",
    "scan(lambda x, h, c: (g = h @ u; new = sigmoid(g[:, :20])*c + sigmoid(g[:, 20:40])*tanh(g[:, "
    "40:60] + x); (sigmoid(g[:, 60:])*tanh(new), new)), ys, (g0, g0))[0]",
    2 },
  { "gates-one-row",
    "scan(lambda x, h, c: (g = h @ u; new = sigmoid(g[:, :20])*c + sigmoid(g[:, 20:40])*tanh(g[:, "
    "40:60] + x); (sigmoid(g[:, 60:])*tanh(new), new)), xs, (h0, h0))[0]",
    2 },
  { "gated-state",
    "scan(lambda x, h: (z = sigmoid(x + h @ w); z * h + (1 - z) * tanh(x - (z * h) @ w)), ys, g0)",
    2 },
  { "only-the-last", "scan(lambda x, h: tanh(x + h @ w), xs, h0)[-1]", 2 },
  { "value-before-last", "scan(lambda x, a, b: (tanh(x + b @ w), a), xs, (h0, h0))[1]", 2 },
  { "states-change-places", "scan(lambda x, a, b: (b + x, a), ys, (g0, 2 * g0))[0]", 2 },
  { "scalar-factor", "scan(lambda x, h: h * s + x, ys, g0)", 1 },
  { "product", "xs[0] @ u", 1 },
};

static void
test_case (gconstpointer data)
{
  const Case *one = data;

  for (guint k = 0; k < 2; k++)
    {
      g_auto (World) world;
      g_autoptr (GPtrArray) outputs = NULL;
      g_autoptr (GPtrArray) wanted = NULL;
      g_autoptr (GPtrArray) got = NULL;
      guint n_codes;

      set_up (&world, k == 0 ? WEFT_F32 : WEFT_F64);
      outputs = outputs_of (&world, world_build (&world, one->text));
      wanted = run (&world, outputs, WEFT_MODE_INTERPRET, &n_codes);
      got = run (&world, outputs, WEFT_MODE_COMPILE, &n_codes);
      g_assert_cmpuint (n_codes, >=, one->n_codes);
      g_ptr_array_unref (run (&world, outputs, WEFT_MODE_COMPARE, &n_codes));
      for (guint i = 0; i < wanted->len; i++)
        if (!weft_array_same (wanted->pdata[i], got->pdata[i]))
          g_error ("result %u differs", i);
    }
}

int
main (int argc, char **argv)
{
  weft_ops_init ();
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/engine/loop-code/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  return g_test_run ();
}

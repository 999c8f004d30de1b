/* Compiled kernels where texts take another way: results that go past the caches, short rows whose
 * operands lie at uneven distances, whole numbers at the end of their range. Same bits as the
 * interpreter, and the definition's numbers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/philox.h"
#include "tests/world.h"

#include <math.h>
#include <string.h>

typedef struct
{
  const char *name, *text;
  WeftDType   dtype;
  gint64      x[4], b[4];
  guint       x_rank, b_rank;
} Case;

/* Results from 32 MiB on are streamed; rows from 32 elements on are long. */
static const Case cases[] = {
  { "streamed/flat", "x * 2.0 + b", WEFT_F32, { 8400001 }, { 1 }, 1, 1 },
  { "streamed/beside-rows", "tanh(x) + b", WEFT_F32, { 8201, 1024 }, { 1024 }, 2, 1 },
  { "streamed/rows", "softmax(x) * b", WEFT_F32, { 8201, 1024 }, { 1024 }, 2, 1 },
  { "streamed/odd-rows", "softmax(x) * b", WEFT_F32, { 8201, 1031 }, { 1031 }, 2, 1 },
  { "streamed/short-rows", "softmax(x) * b", WEFT_F32, { 530003, 16 }, { 16 }, 2, 1 },
  { "streamed/f64", "x - b * max(x, axis=1)[:, None]", WEFT_F64, { 4201, 1024 }, { 1 }, 2, 1 },
  { "uneven/max", "max(x + b, axis=2)", WEFT_F32, { 4, 50, 8 }, { 4, 1, 8 }, 3, 3 },
  { "uneven/sum", "(x * b).sum(2)[:, :, None] - x", WEFT_F32, { 5, 70, 9 }, { 5, 1, 9 }, 3, 3 },
  { "uneven/softmax", "softmax(x + b)", WEFT_F32, { 3, 40, 5, 9 }, { 3, 1, 5, 9 }, 4, 4 },
  { "uneven/numbers", "softmax(x + b)", WEFT_F32, { 3, 40, 5, 9 }, { 3, 1, 5, 1 }, 4, 4 },
  { "whole/min", "min(maximum(x, 9223372036854775807), axis=1)", WEFT_I64, { 40, 7 }, { 1 }, 2, 1 },
};

static WeftArray *
drawn (guint stream, WeftDType dtype, guint rank, const gint64 *shape)
{
  g_autoptr (WeftArray) numbers = weft_array_new (WEFT_F64, rank, shape);

  weft_philox_normal_f64 (stream, 0, 0, numbers->n_elements, numbers->data);
  return weft_array_cast (numbers, dtype);
}

static WeftArray *
evaluate (const Case *edge, WeftArray **arrays, WeftMode mode)
{
  g_auto (World) world;
  g_autoptr (WeftFunction) function = NULL;
  WeftArray *result;

  world_init (&world);
  world_add_input (&world, "x", weft_array_ref (arrays[0]));
  world_add_input (&world, "b", weft_array_ref (arrays[1]));
  function = world_function_of (&world, world_build (&world, edge->text), mode);
  result = world_call_one (&world, function);
  if (mode != WEFT_MODE_COMPILE)
    return result;
  /* The function may write the next result there: what it leaves out must not be right already. */
  memset (result->data, 0xff, result->n_elements * weft_dtype_size (result->dtype));
  weft_array_unref (result);
  weft_function_wait_compiled (function);
  g_assert_cmpstr (weft_function_get_compile_message (function), ==, NULL);
  return world_call_one (&world, function);
}

static void
test_edge (gconstpointer data)
{
  const Case *edge = data;
  WeftArray  *arrays[2] = { drawn (1, edge->dtype, edge->x_rank, edge->x),
                            drawn (2, edge->dtype, edge->b_rank, edge->b) };
  g_autoptr (WeftArray) compiled = evaluate (edge, arrays, WEFT_MODE_COMPILE);
  g_autoptr (WeftArray) interpreted = evaluate (edge, arrays, WEFT_MODE_INTERPRET);
  g_autoptr (WeftArray) defined = evaluate (edge, arrays, WEFT_MODE_REFERENCE);

  g_assert_true (weft_array_same (compiled, interpreted));
  /* The definition counts in doubles, which the largest whole number is not. */
  for (gint64 i = 0; edge->dtype != WEFT_I64 && i < defined->n_elements; i++)
    {
      double expected = weft_array_get (defined, i), got = weft_array_get (interpreted, i);

      if (fabs (got - expected) > 1e-5 * fmax (fabs (expected), 1))
        g_error ("%s: element %" G_GINT64_FORMAT " is %g, not %g", edge->name, i, got, expected);
    }
  weft_array_unref (arrays[0]);
  weft_array_unref (arrays[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/compiled/edges/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_edge);
    }
  return g_test_run ();
}

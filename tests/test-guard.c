/* The guard against numbers that are not finite, or huge, and the monitor.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/run/function.h"
#include "tests/graph-tools.h"

typedef struct
{
  WeftGraph    *graph;
  WeftScope    *scope;
  WeftValue    *x;
  WeftArray    *array; /* of x: [4, 600], all 0.5 */
  WeftShared   *w;     /* [600], all 1 */
  WeftFunction *function;
} World;

static WeftValue *
build (World *world, const char *text)
{
  return build_value (world->graph, world->scope, text);
}

/* The output @text of x and w; w becomes @update. */
static void
world_init (World *world, const char *text, const char *update, WeftMode mode)
{
  const gint64 dims[] = { 4, 600 };
  g_autoptr (GError) error = NULL;
  WeftValue *output, *new_value;
  memset (world, 0, sizeof *world);
  world->graph = weft_graph_new ();
  world->scope = weft_scope_new ();
  world->x = bind_input (world->graph, world->scope, "x", WEFT_F32, 2, dims);
  world->array = filled (WEFT_F32, 2, dims, 0.5, 0);
  world->w = bind_shared (world->graph, world->scope, "w", filled (WEFT_F32, 1, dims + 1, 1, 0));
  output = build (world, text);
  new_value = build (world, update);
  WeftFunctionSpec spec = { .graph = world->graph,
                            .n_inputs = 1,
                            .inputs = &world->x,
                            .n_outputs = 1,
                            .outputs = &output,
                            .n_updates = 1,
                            .targets = &world->w,
                            .new_values = &new_value,
                            .mode = mode };
  world->function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
}

static void
world_clear (World *world)
{
  weft_function_free (world->function);
  weft_shared_unref (world->w);
  weft_array_unref (world->array);
  weft_scope_free (world->scope);
  weft_graph_free (world->graph);
}

static gboolean
call (World *world, GError **error)
{
  WeftArray *result = NULL;
  gboolean   done = weft_function_call (world->function, &world->array, &result, NULL, error);
  g_clear_pointer (&result, weft_array_unref);
  return done;
}

typedef struct
{
  const char *text, *update;
  double      at; /* what number 77 of x becomes */
  double      limit;
  const char *named; /* in the message; NULL: nothing is wrong */
} Case;

/* Number 77 of x is what makes the difference; the update is where most of them show. */
static const Case cases[] = {
  { "sum(log(x) * 2)", "w - 0.1 * mean(log(x), axis=0)", -1, INFINITY, "log: number 78" },
  { "sum(log(x) * 2)", "w - 0.1 * mean(log(x), axis=0)", 0, INFINITY, NULL },
  { "sum(log(x) * 2)", "w - 0.1 * mean(log(x), axis=0)", 0, G_MAXDOUBLE, "log: number 78" },
  { "sum(x)", "w - exp(x[0] * 100)", 3, G_MAXDOUBLE, "exp: number 78" },
  { "sum(x)", "w * 0.25 + x[0]", 1e6, 1e5, "x: number 78" },
  { "sum(x)", "w * 0.25 + x[0]", 1e6, 1e7, NULL },
  { "sum(x)", "w + mean(sqrt(x), axis=0)", -4, INFINITY, "sqrt: number 78" },
  { "sum(scan(lambda r, h: tanh(h + log(r)), x, w))", "w * 2", -1, INFINITY, "loop" },
};

/* It stops where something is bad, says where, and w is as before; else it is not noticed. */
static void
test_guard (gconstpointer data)
{
  const Case *test = data;
  for (guint compiled = 0; compiled < 2; compiled++)
    {
      World world;
      g_autoptr (GError) error = NULL;
      world_init (&world, test->text, test->update,
                  compiled ? WEFT_MODE_COMPILE : WEFT_MODE_INTERPRET);
      weft_function_set_guard (world.function, test->limit);
      g_assert_true (call (&world, &error));
      g_assert_no_error (error);
      weft_function_wait_compiled (world.function);
      weft_array_set (world.array, 77, test->at);
      {
        g_autoptr (WeftArray) before = weft_array_copy (world.w->value);
        g_assert_cmpint (call (&world, &error), ==, test->named == NULL);
        if (test->named != NULL)
          {
            g_assert_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_GUARD);
            g_test_message ("%s", error->message);
            g_assert_nonnull (strstr (error->message, test->named));
            g_assert_cmpmem (before->data, before->n_bytes, world.w->value->data, before->n_bytes);
            /* And goes on where the numbers are good again. */
            g_clear_error (&error);
            weft_array_set (world.array, 77, 0.5);
            g_assert_true (call (&world, &error));
          }
        g_assert_cmpint (memcmp (before->data, world.w->value->data, before->n_bytes), !=, 0);
      }
      world_clear (&world);
    }
}

/* Without a guard nothing stops. */
static void
test_off (void)
{
  World world;
  g_autoptr (GError) error = NULL;
  world_init (&world, "sum(log(x))", "w + log(x[0])", WEFT_MODE_INTERPRET);
  weft_array_set (world.array, 77, -1);
  weft_function_set_guard (world.function, G_MAXDOUBLE);
  weft_function_set_guard (world.function, 0);
  g_assert_true (call (&world, &error));
  g_assert_no_error (error);
  world_clear (&world);
}

typedef struct
{
  guint  n_events, n_in_bodies;
  double last;
} Told;

static void
told_cb (const WeftMonitorEvent *event, gpointer data)
{
  Told            *told = data;
  const WeftArray *first = event->n_results > 0 ? event->results[0] : NULL;
  told->n_events++;
  g_assert_cmpuint (event->step, <, event->program->n_steps);
  if (first != NULL && first->n_elements == 1 && first->dtype == WEFT_F32)
    told->last = weft_array_get (first, 0);
}

/* Each kernel is told of once a call, those of a loop once a row, with what it made. */
static void
test_monitor (void)
{
  World world;
  Told  told = { 0 };
  g_autoptr (GError) error = NULL;
  WeftArray *result = NULL;
  guint      n_steps;
  world_init (&world, "sum(cumsum(x, axis=1) * 3)", "w * 2", WEFT_MODE_INTERPRET);
  weft_function_set_monitor (world.function, told_cb, &told);
  weft_function_call (world.function, &world.array, &result, NULL, &error);
  g_assert_no_error (error);
  n_steps = weft_function_get_program (world.function)->n_steps;
  g_assert_cmpuint (n_steps, >, 1);
  g_assert_cmpuint (told.n_events, ==, n_steps);
  g_assert_cmpfloat (told.last, ==, weft_array_get (result, 0));
  weft_function_set_monitor (world.function, NULL, NULL);
  g_assert_true (call (&world, &error));
  g_assert_cmpuint (told.n_events, ==, n_steps);
  weft_array_unref (result);
  world_clear (&world);

  memset (&told, 0, sizeof told);
  world_init (&world, "sum(scan(lambda r, h: cumsum(tanh(h + r)), x, w))", "w * 2",
              WEFT_MODE_INTERPRET);
  weft_function_set_monitor (world.function, told_cb, &told);
  g_assert_true (call (&world, &error));
  g_assert_cmpuint (told.n_events, >, weft_function_get_program (world.function)->n_steps + 3);
  world_clear (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/guard/stops/%u", i);
      g_test_add_data_func (path, &cases[i], test_guard);
    }
  g_test_add_func ("/guard/off", test_off);
  g_test_add_func ("/guard/monitor", test_monitor);
  return g_test_run ();
}

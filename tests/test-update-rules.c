/* Update rules against updates computed by hand, their knobs, and schedules.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops.h"
#include "engine/run/function.h"
#include "engine/train/session.h"
#include "engine/train/update.h"

#include <math.h>
#include <string.h>

#define RATE 0.05
#define N_STEPS 4

typedef struct
{
  double p, s[2];
} Hand;

/* One update by the book. Sources: Polyak 1964; Nesterov 1983 (as in Sutskever et al. 2013); Kingma
 * & Ba 2015, algorithm 1; Loshchilov & Hutter 2019, algorithm 2; Hinton's lecture 6e. */
static void
sgd (Hand *h, double g, int t)
{
  h->p -= RATE * g;
}

static void
momentum (Hand *h, double g, int t)
{
  h->s[0] = 0.9 * h->s[0] - RATE * g;
  h->p += h->s[0];
}

static void
nesterov (Hand *h, double g, int t)
{
  h->s[0] = 0.9 * h->s[0] - RATE * g;
  h->p += 0.9 * h->s[0] - RATE * g;
}

static void
adam (Hand *h, double g, int t)
{
  double m, v;

  h->s[0] = 0.9 * h->s[0] + 0.1 * g;
  h->s[1] = 0.999 * h->s[1] + 0.001 * g * g;
  m = h->s[0] / (1 - pow (0.9, t));
  v = h->s[1] / (1 - pow (0.999, t));
  h->p -= RATE * m / (sqrt (v) + 1e-8);
}

static void
adamw (Hand *h, double g, int t)
{
  double before = h->p;

  adam (h, g, t);
  h->p -= RATE * 0.01 * before;
}

static void
rmsprop (Hand *h, double g, int t)
{
  h->s[0] = 0.9 * h->s[0] + 0.1 * g * g;
  h->p -= RATE * g / (sqrt (h->s[0]) + 1e-7);
}

static const struct
{
  const char *name;
  void (*update) (Hand *, double, int);
} by_hand[] = {
  { "sgd", sgd },
  { "momentum", momentum },
  { "nesterov", nesterov },
  { "adam", adam },
  { "adamw", adamw },
  { "rmsprop", rmsprop },
};

static void
default_knobs (const WeftRuleRow *row, double *values)
{
  guint           n;
  const WeftKnob *knobs = weft_rule_row_knobs (row, &n);

  for (guint i = 0; i < n; i++)
    values[i] = knobs[i].otherwise;
}

/* A function that does one update of @p by the gradient that is fed, in float64. */
static WeftFunction *
update_function (const WeftRuleRow *row, WeftShared *p)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (GPtrArray) targets =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  WeftType          scalar = { .dtype = WEFT_F64 };
  WeftType          vector = { .dtype = WEFT_F64, .shape = weft_shape (1, (gint64) 2) };
  WeftValue        *inputs[] = { weft_graph_input (graph, "g", &vector),
                                 weft_graph_input (graph, "t", &scalar) };
  WeftUpdateContext context = { .graph = graph,
                                .rate = weft_graph_scalar (graph, WEFT_F64, RATE),
                                .t = inputs[1] };
  double            knobs[WEFT_MAX_KNOBS];
  WeftFunctionSpec  spec = { .graph = graph, .n_inputs = 2, .inputs = inputs };
  WeftFunction     *function;
  gboolean          built;

  default_knobs (row, knobs);
  built = weft_update_build (row, knobs, &context, p, inputs[0], targets, values, &error);
  g_assert_no_error (error);
  g_assert_true (built);
  spec.n_updates = targets->len;
  spec.targets = (WeftShared **) targets->pdata;
  spec.new_values = (WeftValue **) values->pdata;
  /* sgd has no use for t. */
  if (strstr (row->text, "**t") == NULL)
    spec.n_inputs = 1;
  function = weft_function_new (&spec, &error);
  g_assert_no_error (error);
  return function;
}

static void
test_rule (gconstpointer data)
{
  guint               index = GPOINTER_TO_UINT (data);
  const WeftRuleRow  *row = weft_update_rule_find (by_hand[index].name);
  static const double start[] = { 0.7, -1.3 };
  static const double gradients[N_STEPS][2] = {
    { 0.5, -2 }, { 0.25, 1 }, { -3, 0.125 }, { 1e-3, 4 }
  };
  gint64 shape[] = { 2 };
  g_autoptr (WeftArray) array = weft_array_new (WEFT_F64, 1, shape);
  g_autoptr (WeftShared) p = weft_shared_new ("p", "parameter", array);
  g_autoptr (WeftFunction) function = NULL;
  Hand hand[2] = { { .p = start[0] }, { .p = start[1] } };

  memcpy (p->value->data, start, sizeof start);
  function = update_function (row, p);
  for (int t = 1; t <= N_STEPS; t++)
    {
      g_autoptr (WeftArray) g = weft_array_new (WEFT_F64, 1, shape);
      g_autoptr (WeftArray) time = weft_array_new_scalar (WEFT_F64, t);
      WeftArray *inputs[] = { g, time };
      g_autoptr (GError) error = NULL;

      memcpy (g->data, gradients[t - 1], sizeof gradients[0]);
      weft_function_call (function, inputs, NULL, NULL, &error);
      g_assert_no_error (error);
      for (int i = 0; i < 2; i++)
        {
          by_hand[index].update (&hand[i], gradients[t - 1][i], t);
          /* A dozen float64 roundings in another order. */
          g_assert_cmpfloat_with_epsilon (weft_array_get (p->value, i), hand[i].p, 1e-13);
        }
    }
}

static void
test_rules_complete (void)
{
  g_assert_cmpuint (weft_update_rule_count (), ==, G_N_ELEMENTS (by_hand));
  for (guint i = 0; i < G_N_ELEMENTS (by_hand); i++)
    g_assert_nonnull (weft_update_rule_find (by_hand[i].name));
  g_assert_null (weft_update_rule_find ("sdg"));
  g_assert_null (weft_update_rule_find (NULL));
}

/* Knobs of a schedule and of an update rule stand in one object of the document. */
static void
test_knobs (void)
{
  for (guint i = 0; i < weft_update_rule_count (); i++)
    {
      guint           n;
      const WeftKnob *knobs = weft_rule_row_knobs (weft_update_rule_get (i), &n);

      g_assert_cmpuint (n, >, 0);
      g_assert_cmpstr (knobs[0].name, ==, "rate");
      for (guint s = 0; s < weft_schedule_count (); s++)
        {
          guint           m;
          const WeftKnob *others = weft_rule_row_knobs (weft_schedule_get (s), &m);

          for (guint a = 0; a < n; a++)
            for (guint b = 0; b < m; b++)
              g_assert_cmpstr (knobs[a].name, !=, others[b].name);
        }
    }
}

static void
test_knob_ranges (void)
{
  guint            n;
  const WeftKnob  *beta = weft_rule_row_knobs (weft_update_rule_find ("adam"), &n) + 1;
  g_autofree char *range = weft_knob_range (beta);

  g_assert_cmpstr (beta->name, ==, "beta1");
  g_assert_cmpstr (range, ==, "[0, 1)");
  g_assert_true (weft_knob_accepts (beta, 0));
  g_assert_false (weft_knob_accepts (beta, 1));
  g_assert_false (weft_knob_accepts (beta, -0.1));
  g_assert_false (weft_knob_accepts (beta, NAN));
}

static double
schedule_at (const char *name, double step, double total)
{
  const WeftRuleRow *row = weft_schedule_find (name);
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftArray) result = NULL;
  double     knobs[WEFT_MAX_KNOBS];
  WeftValue *value;

  default_knobs (row, knobs);
  value = weft_schedule_build (row, knobs, graph, weft_graph_scalar (graph, WEFT_F64, step),
                               weft_graph_scalar (graph, WEFT_F64, total),
                               weft_graph_scalar (graph, WEFT_F64, 0.5), &error);
  g_assert_no_error (error);
  result = weft_evaluate (graph, value, 0, &error);
  g_assert_no_error (error);
  return weft_array_get (result, 0);
}

static void
test_schedules (void)
{
  g_assert_cmpfloat (schedule_at ("constant", 7, 100), ==, 0.5);
  g_assert_cmpfloat_with_epsilon (schedule_at ("cosine", 0, 100), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (schedule_at ("cosine", 50, 100), 0.25, 1e-12);
  g_assert_cmpfloat_with_epsilon (schedule_at ("cosine", 100, 100), 0, 1e-12);
  g_assert_cmpfloat_with_epsilon (schedule_at ("cosine", 150, 100), 0, 1e-12);
  g_assert_cmpfloat_with_epsilon (schedule_at ("warmup-cosine", 0, 1000), 0.005, 1e-12);
  g_assert_cmpfloat_with_epsilon (schedule_at ("step", 34, 100), 0.05, 1e-12);
  g_assert_cmpfloat_with_epsilon (schedule_at ("step", 33, 100), 0.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (schedule_at ("exponential", 100, 100), 0.005, 1e-12);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (by_hand); i++)
    {
      g_autofree char *path = g_strdup_printf ("/train/rule/%s", by_hand[i].name);
      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_rule);
    }
  g_test_add_func ("/train/rules/complete", test_rules_complete);
  g_test_add_func ("/train/rules/knobs", test_knobs);
  g_test_add_func ("/train/rules/ranges", test_knob_ranges);
  g_test_add_func ("/train/schedules", test_schedules);
  return g_test_run ();
}

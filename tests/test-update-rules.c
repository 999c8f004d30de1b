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
  double p, s[3];
} Hand;

/* One update by the book. Sources: Polyak 1964; Nesterov 1983 (as in Sutskever et al. 2013); Kingma
 * & Ba 2015, algorithms 1 and 2; Loshchilov & Hutter 2019, algorithm 2; Hinton's lecture 6e; Duchi
 * et al. 2011; Zeiler 2012, algorithm 1; Reddi et al. 2018, algorithm 2 (with the means corrected
 * as in Adam); Dozat 2016, algorithm 2 (with a constant momentum); Chen et al. 2023, algorithm 2.
 */
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

static void
adagrad (Hand *h, double g, int t)
{
  h->s[0] += g * g;
  h->p -= RATE * g / (sqrt (h->s[0]) + 1e-10);
}

static void
adadelta (Hand *h, double g, int t)
{
  double step;

  h->s[0] = 0.95 * h->s[0] + 0.05 * g * g;
  step = -sqrt (h->s[1] + 1e-6) / sqrt (h->s[0] + 1e-6) * g;
  h->s[1] = 0.95 * h->s[1] + 0.05 * step * step;
  h->p += RATE * step;
}

static void
adamax (Hand *h, double g, int t)
{
  h->s[0] = 0.9 * h->s[0] + 0.1 * g;
  h->s[1] = fmax (0.999 * h->s[1], fabs (g));
  h->p -= RATE / (1 - pow (0.9, t)) * h->s[0] / (h->s[1] + 1e-8);
}

static void
amsgrad (Hand *h, double g, int t)
{
  h->s[0] = 0.9 * h->s[0] + 0.1 * g;
  h->s[1] = 0.999 * h->s[1] + 0.001 * g * g;
  h->s[2] = fmax (h->s[2], h->s[1]);
  h->p -= RATE * h->s[0] / (1 - pow (0.9, t)) / (sqrt (h->s[2] / (1 - pow (0.999, t))) + 1e-8);
}

static void
nadam (Hand *h, double g, int t)
{
  double m, v;

  h->s[0] = 0.9 * h->s[0] + 0.1 * g;
  h->s[1] = 0.999 * h->s[1] + 0.001 * g * g;
  m = 0.9 * h->s[0] / (1 - pow (0.9, t + 1)) + 0.1 * g / (1 - pow (0.9, t));
  v = h->s[1] / (1 - pow (0.999, t));
  h->p -= RATE * m / (sqrt (v) + 1e-8);
}

static void
lion (Hand *h, double g, int t)
{
  double c = 0.9 * h->s[0] + 0.1 * g;

  h->p -= RATE * (c > 0 ? 1 : c < 0 ? -1
                                    : 0);
  h->s[0] = 0.99 * h->s[0] + 0.01 * g;
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
  { "adagrad", adagrad },
  { "adadelta", adadelta },
  { "adamax", adamax },
  { "amsgrad", amsgrad },
  { "nadam", nadam },
  { "lion", lion },
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
  if (strstr (row->text, "**t") == NULL && strstr (row->text, "**(t") == NULL)
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
  value = weft_schedule_build (row, knobs, graph,
                               (WeftValue *[]){ weft_graph_scalar (graph, WEFT_F64, step),
                                                weft_graph_scalar (graph, WEFT_F64, total),
                                                weft_graph_scalar (graph, WEFT_F64, 0.5),
                                                weft_graph_scalar (graph, WEFT_F64, 0) },
                               &error);
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

/* ---- What stands around the rule ---- */

/* A training section for three parameters, a (2, 3), b (3,) and c (3,), all of float64, stepped by
 * gradients that are fed. */
typedef struct
{
  WeftDocument *document;
  WeftTraining *training;
  WeftGraph    *graph;
  WeftFunction *function;
  GPtrArray    *parameters;
  WeftShared   *dropped;
} Fixture;

static const gint64 fixture_shapes[3][2] = { { 2, 3 }, { 3 }, { 3 } };
static const guint  fixture_ranks[3] = { 2, 1, 1 };
static const double fixture_start[3][6] = { { 1, -2, 3, -4, 5, -6 },
                                            { 0.5, 0, -0.5 },
                                            { 3, 4, 0 } };
static const double fixture_gradients[3][6] = { { 3, 0, -4, 1, 2, -1 },
                                                { 0.25, -8, 2 },
                                                { 0, 6, 8 } };

static gboolean
fixture_try (Fixture *fixture, const char *section, GError **error)
{
  static const char *const names[] = { "a.W", "a.b", "c" };
  g_autofree char         *text = g_strdup_printf (
            "{\"format\": \"weft\", \"version\": 1, \"nodes\": [], \"training\": %s}", section);
  g_autoptr (GPtrArray) gradients = g_ptr_array_new ();
  g_autoptr (GPtrArray) targets =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  g_autoptr (GPtrArray) values = g_ptr_array_new ();
  g_autoptr (WeftArray) zero = weft_array_new_scalar (WEFT_F64, 0);
  WeftType          scalar = { .dtype = WEFT_F64 };
  WeftUpdateContext context = { 0 };
  WeftValue        *inputs[5];
  WeftValue        *all;
  WeftFunctionSpec  spec = { .inputs = inputs, .n_inputs = 5, .n_outputs = 1, .outputs = &all };

  fixture->document = weft_document_parse (text, -1, "test", error);
  g_assert_nonnull (fixture->document);
  fixture->training = weft_training_new (fixture->document, error);
  if (fixture->training == NULL)
    return FALSE;
  fixture->graph = weft_graph_new ();
  fixture->parameters = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_shared_unref);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (WeftArray) array = weft_array_new (WEFT_F64, fixture_ranks[i], fixture_shapes[i]);
      WeftType type = { .dtype = WEFT_F64, .shape = weft_array_get_shape (array) };

      memcpy (array->data, fixture_start[i], array->n_bytes);
      g_ptr_array_add (fixture->parameters, weft_shared_new (names[i], "parameter", array));
      inputs[i] = weft_graph_input (fixture->graph, names[i], &type);
      g_ptr_array_add (gradients, inputs[i]);
    }
  inputs[3] = weft_graph_input (fixture->graph, "loss", &scalar);
  inputs[4] = weft_graph_input (fixture->graph, "t", &scalar);
  context = (WeftUpdateContext){
    fixture->graph, weft_graph_scalar (fixture->graph, WEFT_F64, fixture->training->rate), inputs[4]
  };
  if (fixture->training->drop_non_finite)
    fixture->dropped = weft_shared_new ("training:dropped", "state", zero);
  if (!weft_updates_build (fixture->training, &context, inputs[3], fixture->dropped,
                           fixture->parameters, gradients, targets, values, error))
    return FALSE;
  /* Uses every input. */
  all = weft_graph_op (fixture->graph, "add", inputs[3], inputs[4], NULL);
  for (guint i = 0; i < 3; i++)
    all = weft_graph_op (fixture->graph, "add", all,
                         weft_graph_op (fixture->graph, "sum", inputs[i], NULL), NULL);
  spec.graph = fixture->graph;
  spec.n_updates = targets->len;
  spec.targets = (WeftShared **) targets->pdata;
  spec.new_values = (WeftValue **) values->pdata;
  fixture->function = weft_function_new (&spec, error);
  return fixture->function != NULL;
}

static void
fixture_clear (Fixture *fixture)
{
  g_clear_pointer (&fixture->function, weft_function_free);
  g_clear_pointer (&fixture->graph, weft_graph_free);
  g_clear_pointer (&fixture->training, weft_training_free);
  g_clear_pointer (&fixture->parameters, g_ptr_array_unref);
  g_clear_pointer (&fixture->dropped, weft_shared_unref);
  g_clear_object (&fixture->document);
}
/* One step with the fixture's gradients times @scale. */
static void
fixture_step (Fixture *fixture, double scale, double loss, int t)
{
  g_autoptr (WeftArray) loss_array = weft_array_new_scalar (WEFT_F64, loss);
  g_autoptr (WeftArray) t_array = weft_array_new_scalar (WEFT_F64, t);
  g_autoptr (WeftArray) output = NULL;
  g_autoptr (GError) error = NULL;
  WeftArray *inputs[5] = { NULL, NULL, NULL, loss_array, t_array };

  for (guint i = 0; i < 3; i++)
    {
      inputs[i] = weft_array_new (WEFT_F64, fixture_ranks[i], fixture_shapes[i]);
      for (gint64 k = 0; k < inputs[i]->n_elements; k++)
        ((double *) inputs[i]->data)[k] = scale * fixture_gradients[i][k];
    }
  weft_function_call (fixture->function, inputs, &output, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 3; i++)
    weft_array_unref (inputs[i]);
}

static const double fixture_scales[3] = { 1, -0.5, 2 };

/* Three steps; the expected numbers are NumPy's, by the formulas of adjustments.def written out. */
static const struct
{
  const char *name, *section;
  double      expected[12];
} adjusted[] = {
  { "plain",
    "{\"rule\": \"sgd\", \"rate\": 0.1}",
    { 0.2499999999999999, -2.0, 4.0, -4.25, 4.499999999999999, -5.75, 0.4375, 2.0, -1.0, 3.0, 2.5,
      -2.0 } },
  { "l1",
    "{\"rule\": \"sgd\", \"l1\": 0.5, \"rate\": 0.1}",
    { 0.09999999999999987, -1.8499999999999999, 3.85, -4.1, 4.35, -5.6, 0.2875, 1.9000000000000001,
      -0.8500000000000001, 2.8500000000000005, 2.35, -1.9000000000000001 } },
  { "l2",
    "{\"rule\": \"sgd\", \"l2\": 0.25, \"rate\": 0.1}",
    { 0.12912499999999993, -1.71475, 3.5431250000000003, -3.67225, 3.8013749999999993,
      -4.9014999999999995, 0.368, 1.9420000000000002, -0.9141875, 2.572125, 1.9730000000000003,
      -1.9420000000000002 } },
  { "weight-decay",
    "{\"rule\": \"sgd\", \"weight_decay\": 0.125, \"rate\": 0.1}",
    { 0.21854492187499996, -1.9259335937500002, 3.8814628906249995, -4.1000078125,
      4.3185527343749985, -5.529660156249999, 0.41944824218750004, 1.9851250000000003,
      -0.9777646484375, 2.888900390625, 2.3630234375, -1.9851250000000003 } },
  { "max-norm",
    "{\"rule\": \"sgd\", \"max_norm\": 2, \"rate\": 0.1}",
    { -0.10676109584544666, -0.7351699171742906, 1.4211916892120715, -1.9971484843180487,
      1.4599798904509553, -1.4072008323315262, 0.4375, 2.0, -1.0, 3.0, 2.5, -2.0 } },
  { "clip-value",
    "{\"rule\": \"sgd\", \"clip_value\": 1.5, \"rate\": 0.1}",
    { 0.85, -2.0, 3.15, -4.2, 4.799999999999999, -5.8, 0.4375, 0.15000000000000002,
      -0.7000000000000001, 3.0, 3.85, -0.15000000000000002 } },
  { "clip-norm",
    "{\"rule\": \"sgd\", \"clip_norm\": 4, \"rate\": 0.1}",
    { 0.7189472751357403, -2.0, 3.3747369664856794, -4.09368424162142, 4.812631516757159,
      -5.90631575837858, 0.48787878787878786, 0.38787878787878793, -0.5969696969696969, 3.0, 3.76,
      -0.32000000000000006 } },
  { "clip-total-norm",
    "{\"rule\": \"sgd\", \"clip_total_norm\": 6, \"rate\": 0.1}",
    { 0.8724214158510999, -2.0, 3.1701047788652, -4.0425261947163005, 4.9149476105674,
      -5.9574738052836995, 0.489368451320925, 0.34020955773040035, -0.5850523894326001, 3.0,
      3.7448428317022, -0.34020955773040035 } },
  { "all",
    "{\"rule\": \"momentum\", \"l1\": 0.1, \"l2\": 0.05, \"clip_total_norm\": 10, \"clip_norm\": "
    "7, \"clip_value\": 4, \"weight_decay\": 0.5, \"max_norm\": 3, \"rate\": 0.1}",
    { 0.1656744508061972, -0.9482340350625833, 1.590314281444616, -2.6098953736969888,
      2.1643193592361487, -2.112952163204026, 0.331040562354818, 0.687, -0.6800482117369285,
      2.4191372855568174, 2.4760999999999997, -0.687 } },
  { "per-parameter",
    "{\"rule\": \"sgd\", \"l2\": 0.1, \"parameters\": {\"a.*\": {\"rate_factor\": 0.5, \"l2\": "
    "null}, \"*.b\": {\"rate_factor\": 0}, \"?\": {\"clip_value\": 1}}, \"rate\": 0.1}",
    { 0.625, -2.0, 3.5, -4.124999999999999, 4.75, -5.875000000000001, 0.5, 0.0, -0.5,
      2.8235759999999996, 3.9, -0.1 } },
  { "own",
    "{\"rule\": {\"text\": \"v = mu * v - rate * g; p = p + v\", \"knobs\": \"rate: float (0, inf) "
    "= 0.1; mu: float [0, 1) = 0.9\"}, \"rate\": 0.1}",
    { -0.12800000000000034, -2.0, 4.5040000000000004, -4.3759999999999994, 4.247999999999999,
      -5.6240000000000006, 0.40599999999999997, 3.008, -1.252, 3.0, 1.7439999999999993, -3.008 } },
};

static void
assert_parameters (Fixture *fixture, const double *expected)
{
  guint at = 0;

  for (guint i = 0; i < 3; i++)
    {
      WeftShared *parameter = g_ptr_array_index (fixture->parameters, i);

      for (gint64 k = 0; k < parameter->value->n_elements; k++)
        g_assert_cmpfloat_with_epsilon (weft_array_get (parameter->value, k), expected[at++],
                                        1e-12);
    }
}

static void
test_adjusted (gconstpointer data)
{
  guint   index = GPOINTER_TO_UINT (data);
  Fixture fixture = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean made = fixture_try (&fixture, adjusted[index].section, &error);

  g_assert_no_error (error);
  g_assert_true (made);
  for (int t = 1; t <= 3; t++)
    fixture_step (&fixture, fixture_scales[t - 1], 1, t);
  assert_parameters (&fixture, adjusted[index].expected);
  fixture_clear (&fixture);
}

/* Steps that are not finite leave everything as it was, momentum and Adam's clock included. */
static void
test_dropped (void)
{
  static const char section[] = "{\"rule\": \"adam\", \"rate\": 0.1, \"drop_non_finite\": true}";
  Fixture           with = { 0 }, without = { 0 };
  double            expected[12];
  guint             at = 0;

  g_assert_true (fixture_try (&with, section, NULL));
  g_assert_true (fixture_try (&without, section, NULL));
  fixture_step (&with, 1, 1, 1);
  fixture_step (&with, NAN, 1, 2);
  fixture_step (&with, 1, INFINITY, 3);
  fixture_step (&with, INFINITY, 1, 4);
  fixture_step (&with, -0.5, 1, 5);
  fixture_step (&without, 1, 1, 1);
  fixture_step (&without, -0.5, 1, 2);
  for (guint i = 0; i < 3; i++)
    {
      WeftShared *parameter = g_ptr_array_index (without.parameters, i);

      for (gint64 k = 0; k < parameter->value->n_elements; k++)
        expected[at++] = weft_array_get (parameter->value, k);
    }
  assert_parameters (&with, expected);
  g_assert_cmpfloat (weft_array_get (with.dropped->value, 0), ==, 3);
  g_assert_cmpfloat (weft_array_get (without.dropped->value, 0), ==, 0);
  fixture_clear (&with);
  fixture_clear (&without);
}

/* What a section may get wrong, and what is said. */
static const struct
{
  const char *section, *said;
} mistakes[] = {
  { "{\"l1\": -1}", "l1 must be a number in [0, inf)" },
  { "{\"clip_norm\": 0}", "clip_norm must be a number in (0, inf)" },
  { "{\"max_norm\": \"3\"}", "max_norm must be a number in (0, inf)" },
  { "{\"drop_non_finite\": 1}", "drop_non_finite must be true or false" },
  { "{\"parameters\": []}", "parameters must be an object" },
  { "{\"parameters\": {\"a.*\": 3}}", "a.* must be an object" },
  { "{\"parameters\": {\"a.*\": {\"l3\": 1}}}", "a.*: there is no setting “l3”" },
  { "{\"parameters\": {\"a.*\": {\"rate_factor\": -1}}}",
    "rate_factor must be a number in [0, 1e+06]" },
  { "{\"parameters\": {\"a.*\": {\"clip_total_norm\": 1}}}", "clip_norm is of one" },
  { "{\"parameters\": {\"d.*\": {\"l1\": 1}}}", "nothing that is trained is called “d.*”" },
  { "{\"rule\": 5}", "rule must be the name of an update rule" },
  { "{\"rule\": {}}", "it needs a “text”" },
  { "{\"rule\": {\"text\": 5}}", "text must be a text" },
  { "{\"rule\": {\"text\": \"p = p - rate * g\", \"knob\": \"\"}}", "no “knob”" },
  { "{\"rule\": {\"text\": \"p = p - rate * \"}}", "rule: 1:" },
  { "{\"rule\": {\"text\": \"v = g\"}}", "it never sets p" },
  { "{\"rule\": {\"text\": \"g = 2 * g; p = p - rate * g\"}}", "cannot be set" },
  { "{\"rule\": {\"text\": \"p = p - rate * h\"}}", "“h” is nothing that it knows" },
  { "{\"rule\": {\"text\": \"p = sum(p) - rate * g.T\"}}", "rule:" },
  { "{\"rule\": {\"text\": \"p = sum(g)\"}}",
    "p becomes (), but it must keep the parameter's shape (3, 2)" },
  { "{\"rule\": {\"text\": \"v = v + sum(g); p = p - rate * v; v = sum(v)\"}}", "v becomes ()" },
  { "{\"rule\": {\"text\": \"p = p - rate * g\", \"knobs\": \"mu: float = 3\"}}",
    "is not of the form" },
  { "{\"rule\": {\"text\": \"p = p - rate * g\", \"knobs\": \"mu: float [0, 1) = 3\"}}",
    "outside its range" },
  { "{\"rule\": {\"text\": \"p = p - rate * g\", \"knobs\": \"g: float [0, 1) = 0\"}}",
    "g cannot be a knob" },
};

static void
test_mistakes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (mistakes); i++)
    {
      Fixture fixture = { 0 };
      g_autoptr (GError) error = NULL;

      g_assert_false (fixture_try (&fixture, mistakes[i].section, &error));
      g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_MODEL);
      if (strstr (error->message, mistakes[i].said) == NULL)
        g_error ("%s: “%s” says nothing of “%s”", mistakes[i].section, error->message,
                 mistakes[i].said);
      fixture_clear (&fixture);
    }
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
  for (guint i = 0; i < G_N_ELEMENTS (adjusted); i++)
    {
      g_autofree char *path = g_strdup_printf ("/train/adjustment/%s", adjusted[i].name);
      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_adjusted);
    }
  g_test_add_func ("/train/adjustment/dropped", test_dropped);
  g_test_add_func ("/train/adjustment/mistakes", test_mistakes);
  return g_test_run ();
}

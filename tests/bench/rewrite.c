/* How long the optimiser takes: training steps of a residual network and of an unrolled recurrent
 * network, all phases, journal on, beside one copy of the same graph; and the history made of it.
 * Times are of this thread on the processor, so that neighbours count less.
 *
 * Usage: bench-rewrite [OPS...]   (5000 10000 50000)
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/grad/grad.h"
#include "engine/ops/ops.h"
#include "engine/rewrite/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define ROUNDS 7
/* Ops of a layer, or of a step in time, with its part of the gradient. */
#define OPS_A_LAYER 76
#define OPS_A_STEP 35

typedef struct
{
  WeftGraph *graph;
  GPtrArray *outputs;    /* WeftValue*: the loss, then what the parameters become */
  GPtrArray *parameters; /* WeftValue* */
} Model;

static WeftValue *
parameter (Model *model, const char *name, guint rank, gint64 rows, gint64 columns)
{
  WeftType   type = { WEFT_F32, FALSE, weft_shape (2, rows, columns) };
  WeftValue *value;

  if (rank == 1)
    type.shape = weft_shape (1, columns);
  value = weft_graph_input (model->graph, name, &type);
  g_ptr_array_add (model->parameters, value);
  return value;
}

static WeftValue *
build (Model *model, const char *text, guint n, const char *const *names, WeftValue *const *values)
{
  g_autoptr (WeftScope) scope = weft_scope_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
  WeftValue *value = NULL;

  for (guint i = 0; i < n; i++)
    weft_scope_set_value (scope, names[i], values[i]);
  if (expr != NULL)
    value = weft_expr_build_value (expr, model->graph, scope, &error);
  if (value == NULL)
    g_error ("%s: %s", text, error->message);
  return value;
}

/* A loss, and for each parameter what a step with momentum makes of it. */
static void
finish (Model *model, WeftValue *loss)
{
  static const char *const names[] = { "p", "v", "g" };
  guint                    n = model->parameters->len;
  g_autofree WeftValue   **gradients = g_new (WeftValue *, n);
  g_autoptr (GError) error = NULL;

  weft_grad (model->graph, loss, NULL, NULL, n, (WeftValue **) model->parameters->pdata,
             WEFT_DISCONNECTED_ERROR, gradients, &error);
  if (error != NULL)
    g_error ("%s", error->message);
  g_ptr_array_add (model->outputs, loss);
  for (guint i = 0; i < n; i++)
    {
      WeftValue *p = g_ptr_array_index (model->parameters, i);
      WeftValue *v = weft_graph_input (model->graph, "v", &p->type);
      WeftValue *moved = build (model, "0.9 * v - 0.01 * (g + 0.0001 * p)", 3, names,
                                (WeftValue *[]){ p, v, gradients[i] });

      g_ptr_array_add (model->outputs, moved);
      g_ptr_array_add (model->outputs,
                       build (model, "p + v", 2, names, (WeftValue *[]){ p, moved }));
    }
}

static void
model_init (Model *model)
{
  model->graph = weft_graph_new ();
  model->outputs = g_ptr_array_new ();
  model->parameters = g_ptr_array_new ();
}

static void
model_clear (Model *model)
{
  g_clear_pointer (&model->graph, weft_graph_free);
  g_ptr_array_unref (model->outputs);
  g_ptr_array_unref (model->parameters);
}

static void
residual (Model *model, guint ops)
{
  static const char *const names[] = { "h", "W", "b", "g", "V" };
  WeftType                 type = { WEFT_F32, FALSE, weft_shape (2, 32, 64) };
  WeftValue               *h, *target;

  model_init (model);
  h = weft_graph_input (model->graph, "x", &type);
  target = weft_graph_input (model->graph, "t", &type);
  for (guint i = 0; i < MAX (ops / OPS_A_LAYER, 1); i++)
    {
      WeftValue *values[] = { h, parameter (model, "W", 2, 64, 64),
                              parameter (model, "b", 1, 0, 64), parameter (model, "g", 1, 0, 64),
                              parameter (model, "V", 2, 64, 64) };

      h = build (model,
                 "z = h @ W; m = mean(z, 0); d = z - m; s = sqrt(mean(d ** 2, 0) + 0.00001); "
                 "h + maximum(d / s * g + b, 0) @ V",
                 5, names, values);
    }
  finish (model, build (model, "-mean(sum(t * log(softmax(h)), 1))", 2,
                        (const char *const[]){ "h", "t" }, (WeftValue *[]){ h, target }));
}

static void
recurrent (Model *model, guint ops)
{
  static const char *const names[] = { "x", "h", "W", "U", "b", "V", "t" };
  WeftType                 type = { WEFT_F32, FALSE, weft_shape (2, 32, 64) };
  WeftValue               *values[7], *loss = NULL;

  model_init (model);
  values[2] = parameter (model, "W", 2, 64, 64);
  values[3] = parameter (model, "U", 2, 64, 64);
  values[4] = parameter (model, "b", 1, 0, 64);
  values[5] = parameter (model, "V", 2, 64, 64);
  values[1] = weft_graph_input (model->graph, "h", &type);
  for (guint i = 0; i < MAX (ops / OPS_A_STEP, 1); i++)
    {
      WeftValue *part;

      values[0] = weft_graph_input (model->graph, "x", &type);
      values[6] = weft_graph_input (model->graph, "t", &type);
      values[1] = build (model, "tanh(x @ W + h @ U + b)", 5, names, values);
      part = build (model, "-sum(t * log(softmax(h @ V)))", 7, names, values);
      loss = loss == NULL ? part : weft_graph_op (model->graph, "add", loss, part, NULL);
    }
  finish (model, loss);
}

static int
compare_numbers (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
median (double *numbers)
{
  qsort (numbers, ROUNDS, sizeof *numbers, compare_numbers);
  return numbers[ROUNDS / 2];
}

static double
now_us (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (double) time.tv_sec * 1e6 + (double) time.tv_nsec / 1e3;
}

static void
measure (const char *name, void (*make) (Model *, guint), guint ops)
{
  double copy_us[ROUNDS], rewrite_us[ROUNDS], history_us[ROUNDS];
  guint  before = 0, after = 0, n_steps = 0;

  for (guint round = 0; round < ROUNDS; round++)
    {
      Model model, other;
      g_autoptr (WeftGraph) copy = weft_graph_new ();
      g_autoptr (WeftRewrite) journal = NULL;
      g_autoptr (WeftHistory) history = NULL;
      g_autofree WeftValue **results = NULL;
      double                 start;

      make (&model, ops);
      make (&other, ops);
      results = g_new (WeftValue *, model.outputs->len);
      start = now_us ();
      weft_graph_clone (model.graph, copy, model.outputs->len, (WeftValue **) model.outputs->pdata,
                        NULL, NULL, results, NULL);
      copy_us[round] = now_us () - start;
      start = now_us ();
      weft_rewrite (model.graph, model.outputs->len, (WeftValue **) model.outputs->pdata, NULL,
                    results, &journal);
      rewrite_us[round] = now_us () - start;
      weft_rewrite_get_counts (journal, &before, &after, NULL);
      weft_rewrite_steps (journal, &n_steps);
      if (weft_rewrite_get_oscillation (journal) != NULL)
        g_error ("%s", weft_rewrite_get_oscillation (journal));
      start = now_us ();
      history = weft_history_new (g_steal_pointer (&other.graph), other.outputs->len,
                                  (WeftValue **) other.outputs->pdata, NULL, NULL, NULL);
      history_us[round] = now_us () - start - rewrite_us[round];
      model_clear (&model);
      model_clear (&other);
    }
  printf ("| %-10s | %6u -> %6u | %6u | %8.1f | %8.1f | %8.1f | %6.2f | %6.2f |\n", name, before,
          after, n_steps, median (rewrite_us) / 1e3, median (copy_us) / 1e3,
          median (history_us) / 1e3, median (rewrite_us) / median (copy_us),
          median (rewrite_us) / before);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  static const guint usual[] = { 5000, 10000, 50000 };
  guint              n = argc > 1 ? (guint) argc - 1 : G_N_ELEMENTS (usual);

  weft_ops_init ();
  printf ("| training   | ops              | steps  | rewrite  | one copy | history  | ratio  | "
          "us/op  |\n"
          "|            |                  |        |       ms |       ms |       ms |        |    "
          "    |\n");
  for (guint i = 0; i < n; i++)
    {
      guint ops = argc > 1 ? (guint) atoi (argv[i + 1]) : usual[i];

      measure ("residual", residual, ops);
      measure ("recurrent", recurrent, ops);
    }
  return 0;
}

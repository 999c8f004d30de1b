/* A step in slow motion; see phases.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/phases.h"

#include "engine/grad/grad.h"
#include "engine/train/model-private.h"

#include <math.h>
#include <string.h>

/* What a function gives: of which port or parameter each of its outputs is. */
typedef struct
{
  WeftPart   part;
  GPtrArray *names;   /* borrowed from the model */
  guint      n_ports; /* the rest are parameters */
  gboolean   made;
} View;

/* A breakpoint at a port of its node. */
typedef struct
{
  const WeftBreakpoint *point; /* borrowed */
  guint                 port;  /* index */
} Stop;

struct _WeftPhases
{
  WeftModel  *model;  /* borrowed */
  GArray     *ports;  /* WeftModelPort */
  GArray     *stops;  /* Stop, as their ports are computed */
  WeftArray **before; /* of the parameters, while a step is made */
  View        forward, loss, backward, stopping;
  View        partial; /* FORWARD up to a breakpoint */
  char       *partial_of;
};

/* ---- Numbers ---- */

/* weft_numbers_of:
 *
 * Returns: its numbers in short. Any thread.
 */
WeftNumbers
weft_numbers_of (const WeftArray *array)
{
  WeftNumbers numbers = {
    .rank = array->rank, .n_elements = array->n_elements, .minimum = INFINITY, .maximum = -INFINITY
  };
  double sum = 0, squares = 0;
  gint64 n;

  memcpy (numbers.shape, array->shape, array->rank * sizeof *array->shape);
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double x = weft_array_get (array, i);

      if (!isfinite (x))
        {
          numbers.n_bad++;
          continue;
        }
      numbers.minimum = MIN (numbers.minimum, x);
      numbers.maximum = MAX (numbers.maximum, x);
      sum += x;
      squares += x * x;
    }
  n = numbers.n_elements - numbers.n_bad;
  numbers.mean = n > 0 ? sum / (double) n : NAN;
  numbers.size = n > 0 ? sqrt (squares / (double) n) : NAN;
  return numbers;
}

static void
port_numbers_free (gpointer data)
{
  g_free (((WeftPortNumbers *) data)->name);
  g_free (data);
}

static WeftPortNumbers *
add_numbers (GPtrArray *all, const char *name, gboolean parameter, const WeftArray *array)
{
  WeftPortNumbers *one = g_new0 (WeftPortNumbers, 1);

  one->name = g_strdup (name);
  one->parameter = parameter;
  one->numbers = weft_numbers_of (array);
  g_ptr_array_add (all, one);
  return one;
}

/* ---- Views ---- */

static void
view_clear (View *view)
{
  weft_part_clear (&view->part);
  g_clear_pointer (&view->names, g_ptr_array_unref);
  *view = (View){ 0 };
}

static WeftValue *
metric_value (WeftPhases *phases, guint index)
{
  WeftModel  *model = phases->model;
  const char *port = index == 0 ? model->loss : model->training->ports[index - 1];

  return weft_lowered_get (model->lowered[TRUE], port);
}

static gboolean
is_metric (WeftPhases *phases, const WeftValue *value)
{
  for (guint i = 0; i < weft_model_n_metrics (phases->model); i++)
    if (metric_value (phases, i) == value)
      return TRUE;
  return FALSE;
}

static WeftModelPort *
port_at (WeftPhases *phases, guint index)
{
  return &g_array_index (phases->ports, WeftModelPort, index);
}

static gboolean
is_of_node (const char *port, const char *node)
{
  gsize length = strlen (node);

  return strncmp (port, node, length) == 0 && port[length] == '.';
}

/* What @node gives and all that this depends on; NULL: everything. */
static GHashTable *
reached_from (WeftPhases *phases, const char *node)
{
  g_autoptr (GPtrArray) roots = g_ptr_array_new ();
  g_autoptr (GPtrArray) order = NULL;
  GHashTable *reached;

  if (node == NULL)
    return NULL;
  for (guint i = 0; i < phases->ports->len; i++)
    if (is_of_node (port_at (phases, i)->port, node))
      g_ptr_array_add (roots, port_at (phases, i)->value);
  order =
    weft_graph_order (phases->model->lowered[TRUE]->graph, roots->len, (WeftValue **) roots->pdata);
  reached = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < order->len; i++)
    g_hash_table_add (reached, g_ptr_array_index (order, i));
  return reached;
}

/* Loss and metrics, or all ports but those. */
static void
list_values (
  WeftPhases *phases, gboolean metrics, const char *until, GPtrArray *names, GPtrArray *outputs)
{
  g_autoptr (GHashTable) reached = reached_from (phases, until);

  for (guint i = 0; i < phases->ports->len; i++)
    {
      const WeftModelPort *one = port_at (phases, i);

      if (is_metric (phases, one->value) != metrics ||
          (reached != NULL && !g_hash_table_contains (reached, one->value->apply)))
        continue;
      g_ptr_array_add (names, (gpointer) one->port);
      g_ptr_array_add (outputs, one->value);
    }
}

static gboolean
is_trained (const WeftPhases *phases, const WeftShared *shared)
{
  return shared->trainable &&
         !weft_adjustments_get (&phases->model->training->adjustments, shared->name).frozen;
}

/* Of ports, then of parameters; what the loss does not depend on is left out. */
static gboolean
list_gradients (WeftPhases *phases, View *view, GPtrArray *outputs, GError **error)
{
  WeftLowered *lowered = phases->model->lowered[TRUE];
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GPtrArray) wrt = g_ptr_array_new ();
  g_autofree WeftValue **gradients = NULL;
  guint                  n_ports;

  for (guint i = 0; i < phases->ports->len; i++)
    if (weft_dtype_is_float (port_at (phases, i)->value->type.dtype))
      {
        g_ptr_array_add (names, (gpointer) port_at (phases, i)->port);
        g_ptr_array_add (wrt, port_at (phases, i)->value);
      }
  n_ports = wrt->len;
  for (guint i = 0; i < lowered->shared->len; i++)
    {
      WeftShared *shared = g_ptr_array_index (lowered->shared, i);

      if (!is_trained (phases, shared))
        continue;
      g_ptr_array_add (names, shared->name);
      g_ptr_array_add (wrt, weft_graph_shared (lowered->graph, shared));
    }
  gradients = g_new0 (WeftValue *, wrt->len + 1);
  if (!weft_grad (lowered->graph, metric_value (phases, 0), NULL, NULL, wrt->len,
                  (WeftValue **) wrt->pdata, WEFT_DISCONNECTED_NONE, gradients, error))
    return FALSE;
  for (guint i = 0; i < wrt->len; i++)
    if (gradients[i] != NULL)
      {
        g_ptr_array_add (view->names, g_ptr_array_index (names, i));
        g_ptr_array_add (outputs, gradients[i]);
        view->n_ports += i < n_ports;
      }
  return TRUE;
}

static gboolean
make_view (WeftPhases *phases, View *view, WeftStepPhase phase, const char *until, GError **error)
{
  g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
  WeftPartSpec spec = { .outputs = outputs };

  if (view->made)
    return TRUE;
  view->names = g_ptr_array_new ();
  if (phase == WEFT_STEP_BACKWARD && !list_gradients (phases, view, outputs, error))
    {
      view_clear (view);
      return FALSE;
    }
  if (phase != WEFT_STEP_BACKWARD)
    {
      list_values (phases, phase == WEFT_STEP_LOSS, until, view->names, outputs);
      view->n_ports = outputs->len;
    }
  view->made =
    weft_part_make (phases->model, phases->model->lowered[TRUE], &spec, &view->part, error);
  if (!view->made)
    view_clear (view);
  return view->made;
}

static GPtrArray *
call_view (const View       *view,
           WeftArray *const *columns,
           gint64            step,
           GCancellable     *cancellable,
           GError          **error)
{
  g_autofree WeftArray **arrays = g_new0 (WeftArray *, view->names->len + 1);
  WeftStepInfo           info = { .step = step };
  GPtrArray             *all;

  if (!weft_part_call (&view->part, columns, &info, arrays, cancellable, error))
    return NULL;
  all = g_ptr_array_new_with_free_func (port_numbers_free);
  for (guint i = 0; i < view->names->len; i++)
    {
      add_numbers (all, g_ptr_array_index (view->names, i), i >= view->n_ports, arrays[i]);
      weft_array_unref (arrays[i]);
    }
  return all;
}

/* weft_phases_compute:
 */
GPtrArray *
weft_phases_compute (WeftPhases       *phases,
                     WeftStepPhase     phase,
                     const char       *until,
                     WeftArray *const *columns,
                     gint64            step,
                     GCancellable     *cancellable,
                     GError          **error)
{
  View *view = phase == WEFT_STEP_BACKWARD ? &phases->backward
               : phase == WEFT_STEP_LOSS   ? &phases->loss
               : until != NULL             ? &phases->partial
                                           : &phases->forward;

  if (view == &phases->partial && g_strcmp0 (until, phases->partial_of) != 0)
    {
      view_clear (view);
      g_free (phases->partial_of);
      phases->partial_of = g_strdup (until);
    }
  if (!make_view (phases, view, phase, until, error))
    return NULL;
  return call_view (view, columns, step, cancellable, error);
}

/* ---- What a step changed ---- */

static void
forget_before (WeftPhases *phases)
{
  for (guint i = 0; phases->before != NULL && i < weft_model_shared (phases->model)->len; i++)
    g_clear_pointer (&phases->before[i], weft_array_unref);
  g_clear_pointer (&phases->before, g_free);
}

/* weft_phases_begin_update:
 */
void
weft_phases_begin_update (WeftPhases *phases)
{
  GPtrArray *shared = weft_model_shared (phases->model);

  forget_before (phases);
  phases->before = g_new0 (WeftArray *, shared->len + 1);
  for (guint i = 0; i < shared->len; i++)
    {
      WeftShared *one = g_ptr_array_index (shared, i);

      if (!is_trained (phases, one))
        continue;
      weft_shared_settle (one);
      phases->before[i] = weft_array_copy (one->value);
    }
}

/* weft_phases_end_update:
 *
 * Returns: (element-type WeftPortNumbers): of each parameter, caller owns; empty where nothing was
 * begun
 */
GPtrArray *
weft_phases_end_update (WeftPhases *phases)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (port_numbers_free);
  GPtrArray *shared = weft_model_shared (phases->model);

  for (guint i = 0; phases->before != NULL && i < shared->len; i++)
    {
      WeftShared *one = g_ptr_array_index (shared, i);
      WeftArray  *change = phases->before[i];
      double      before;

      if (change == NULL)
        continue;
      weft_shared_settle (one);
      before = weft_numbers_of (change).size;
      for (gint64 k = 0; k < change->n_elements; k++)
        weft_array_set (change, k, weft_array_get (one->value, k) - weft_array_get (change, k));
      add_numbers (all, one->name, TRUE, change)->before = before;
    }
  forget_before (phases);
  return all;
}

/* ---- Breakpoints ---- */

static int
compare_stops (gconstpointer a, gconstpointer b)
{
  const Stop *x = a, *y = b;

  return (x->port > y->port) - (x->port < y->port);
}

/* weft_phases_set_breakpoints:
 */
void
weft_phases_set_breakpoints (WeftPhases *phases, GPtrArray *points)
{
  g_array_set_size (phases->stops, 0);
  view_clear (&phases->stopping);
  for (guint i = 0; i < points->len; i++)
    for (guint k = 0; k < phases->ports->len; k++)
      {
        Stop stop = { g_ptr_array_index (points, i), k };

        if (is_of_node (port_at (phases, k)->port, stop.point->node))
          g_array_append_val (phases->stops, stop);
      }
  g_array_sort (phases->stops, compare_stops);
}

static gboolean
is_met (const WeftBreakpoint *point, const WeftNumbers *numbers)
{
  gboolean bad = numbers->n_bad > 0;

  if (point->kind == WEFT_BREAK_ABOVE)
    return bad || numbers->maximum > point->limit || numbers->minimum < -point->limit;
  return bad || point->kind == WEFT_BREAK_ALWAYS;
}

static gboolean
make_stopping (WeftPhases *phases, GError **error)
{
  g_autoptr (GPtrArray) outputs = g_ptr_array_new ();
  WeftPartSpec spec = { .outputs = outputs };
  View        *view = &phases->stopping;

  if (view->made)
    return TRUE;
  view->names = g_ptr_array_new ();
  for (guint i = 0; i < phases->stops->len; i++)
    {
      const WeftModelPort *port = port_at (phases, g_array_index (phases->stops, Stop, i).port);

      g_ptr_array_add (view->names, (gpointer) port->port);
      g_ptr_array_add (outputs, port->value);
    }
  view->n_ports = outputs->len;
  view->made =
    weft_part_make (phases->model, phases->model->lowered[TRUE], &spec, &view->part, error);
  if (!view->made)
    view_clear (view);
  return view->made;
}

/* weft_phases_find_breakpoint:
 */
const WeftBreakpoint *
weft_phases_find_breakpoint (WeftPhases       *phases,
                             guint            *passed,
                             WeftArray *const *columns,
                             gint64            step,
                             GCancellable     *cancellable,
                             GError          **error)
{
  g_autoptr (GPtrArray) numbers = NULL;

  if (*passed >= phases->stops->len || !make_stopping (phases, error))
    return NULL;
  numbers = call_view (&phases->stopping, columns, step, cancellable, error);
  for (guint i = *passed; numbers != NULL && i < numbers->len; i++)
    {
      const Stop            *stop = &g_array_index (phases->stops, Stop, i);
      const WeftPortNumbers *one = g_ptr_array_index (numbers, i);

      if (!is_met (stop->point, &one->numbers))
        continue;
      /* A node is one place, however many ports it has. */
      for (*passed = i + 1; *passed < phases->stops->len &&
                            g_array_index (phases->stops, Stop, *passed).point == stop->point;)
        (*passed)++;
      return stop->point;
    }
  if (numbers != NULL)
    *passed = phases->stops->len;
  return NULL;
}

/* ---- Life ---- */

/* weft_phases_new:
 */
WeftPhases *
weft_phases_new (WeftModel *model)
{
  WeftPhases            *phases = g_new0 (WeftPhases, 1);
  g_autofree WeftValue **roots = g_new (WeftValue *, weft_model_n_metrics (model));

  phases->model = model;
  for (guint i = 0; i < weft_model_n_metrics (model); i++)
    roots[i] = metric_value (phases, i);
  phases->ports = weft_model_ports (model, weft_model_n_metrics (model), roots);
  phases->stops = g_array_new (FALSE, FALSE, sizeof (Stop));
  return phases;
}

/* weft_phases_free:
 */
void
weft_phases_free (WeftPhases *phases)
{
  forget_before (phases);
  view_clear (&phases->forward);
  view_clear (&phases->loss);
  view_clear (&phases->backward);
  view_clear (&phases->stopping);
  view_clear (&phases->partial);
  g_array_unref (phases->ports);
  g_array_unref (phases->stops);
  g_free (phases->partial_of);
  g_free (phases);
}

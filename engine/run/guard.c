/* The guard and the monitor: see guard.h.
 *
 * A number is bad if it is NaN or its size is above the limit. Each kernel's results are looked at
 * once, as integers: the bits of a float without its sign are in the order of its size, NaN above
 * all. When one is found, the values of the rewritten graph are computed again one by one, unfused,
 * to name the application at which the first bad number arises. Several kernels may write one
 * array; it is looked at after the last.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <float.h>
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/run/guard.h"
#include "engine/base/number-text.h"

/* Numbers looked at between two looks at what was found: a loop of constant length becomes vectors.
 */
#define BLOCK 256

struct _WeftWatch
{
  double          limit; /* 0: no guard */
  WeftMonitorFunc monitor;
  gpointer        monitor_data;
  WeftExecutor   *executor; /* the last; borrowed */
  GHashTable
            *last; /* WeftExecutor -> guint[n_slots]: 1 + the last step that writes a slot, 0: none */
  GPtrArray *kept; /* WeftArray, by update; NULL where it is not in place */
};

/* ---- Numbers ---- */

__attribute__ ((optimize ("O3"))) static guint32
largest_f32 (const guint32 *bits)
{
  guint32 most = 0;
  for (guint i = 0; i < BLOCK; i++)
    most = MAX (most, bits[i] & 0x7fffffff);
  return most;
}

__attribute__ ((optimize ("O3"))) static guint64
largest_f64 (const guint64 *bits)
{
  guint64 most = 0;
  for (guint i = 0; i < BLOCK; i++)
    most = MAX (most, bits[i] & G_GUINT64_CONSTANT (0x7fffffffffffffff));
  return most;
}

/* The first bad one of @n numbers, @n: none is. */
static gint64
find_f32 (const guint32 *bits, gint64 n, double limit)
{
  /* A limit beyond all floats still lets infinities be bad, unless it is infinite. */
  float   most = isinf (limit) ? INFINITY : (float) MIN (limit, FLT_MAX);
  guint32 most_bits;
  gint64  i = 0;
  memcpy (&most_bits, &most, sizeof most_bits);
  while (i + BLOCK <= n && largest_f32 (bits + i) <= most_bits)
    i += BLOCK;
  while (i < n && (bits[i] & 0x7fffffff) <= most_bits)
    i++;
  return i;
}

static gint64
find_f64 (const guint64 *bits, gint64 n, double limit)
{
  guint64 most_bits;
  gint64  i = 0;
  memcpy (&most_bits, &limit, sizeof most_bits);
  while (i + BLOCK <= n && largest_f64 (bits + i) <= most_bits)
    i += BLOCK;
  while (i < n && (bits[i] & G_GUINT64_CONSTANT (0x7fffffffffffffff)) <= most_bits)
    i++;
  return i;
}

static gint64
find_bad (WeftDType dtype, const void *data, gint64 n, double limit)
{
  if (dtype == WEFT_F32)
    return find_f32 (data, n, limit);
  return dtype == WEFT_F64 ? find_f64 (data, n, limit) : n;
}

static double
number_at (WeftDType dtype, const void *data, gint64 i)
{
  return dtype == WEFT_F32 ? ((const float *) data)[i] : ((const double *) data)[i];
}

/* ---- Steps ---- */

static guint *
last_writers (WeftWatch *watch, WeftExecutor *executor)
{
  const WeftProgram *program = executor->program;
  guint             *last = g_hash_table_lookup (watch->last, executor);
  if (last != NULL)
    return last;
  last = g_new0 (guint, MAX (program->n_slots, 1));
  for (guint i = 0; i < program->n_steps; i++)
    for (guint k = 0; k < program->steps[i].n_out; k++)
      last[program->steps[i].out[k].slot] = i + 1;
  g_hash_table_insert (watch->last, executor, last);
  return last;
}

static gboolean
check_slot (WeftWatch *watch, WeftExecutor *executor, guint step, guint slot, GError **error)
{
  const WeftSlot *about = &executor->program->slots[slot];
  const void     *data = executor->slots[slot];
  gint64          n = (gint64) (about->bytes / weft_dtype_size (about->dtype));
  gint64          bad = find_bad (about->dtype, data, n, watch->limit);
  if (bad == n)
    return TRUE;
  return weft_run_fail (error, WEFT_RUN_ERROR_GUARD, NULL, NULL,
                        _ ("%s: number %s of its result is %g"),
                        executor->program->steps[step].name, WEFT_INT_TEXT (bad + 1),
                        number_at (about->dtype, data, bad));
}

static gboolean
guard (WeftWatch *watch, WeftExecutor *executor, guint i, GError **error)
{
  const WeftStep *step = &executor->program->steps[i];
  const guint    *last = last_writers (watch, executor);
  for (guint k = 0; k < step->n_out; k++)
    if (last[step->out[k].slot] == i + 1 &&
        !check_slot (watch, executor, i, step->out[k].slot, error))
      return FALSE;
  return TRUE;
}

static void
monitor (WeftWatch *watch, WeftExecutor *executor, guint i)
{
  const WeftStep *step = &executor->program->steps[i];
  g_autoptr (GPtrArray) results =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  WeftMonitorEvent event = { .program = executor->program, .step = i };
  for (guint k = 0; k < step->n_out; k++)
    {
      const WeftSlot *slot = &executor->program->slots[step->out[k].slot];
      WeftArray      *array;
      if (slot->dtype == WEFT_U8)
        continue;
      array = weft_array_new (slot->dtype, slot->rank, slot->shape);
      if (array->n_bytes > 0)
        memcpy (array->data, executor->slots[step->out[k].slot], array->n_bytes);
      g_ptr_array_add (results, array);
    }
  event.n_results = results->len;
  event.results = (WeftArray *const *) results->pdata;
  watch->monitor (&event, watch->monitor_data);
}

static gboolean
after_cb (WeftExecutor *executor, guint step, gpointer data, GError **error)
{
  WeftWatch *watch = data;
  if (watch->monitor != NULL)
    monitor (watch, executor, step);
  return watch->limit == 0 || guard (watch, executor, step, error);
}

/* ---- Calls ---- */

WeftWatch *
weft_watch_new (void)
{
  WeftWatch *watch = g_new0 (WeftWatch, 1);
  watch->last = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  watch->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_array_unref);
  return watch;
}

void
weft_watch_free (WeftWatch *watch)
{
  weft_watch_forget (watch);
  g_hash_table_unref (watch->last);
  g_ptr_array_unref (watch->kept);
  g_free (watch);
}

/* Bodies' programs are executed by executors of their own, however deep. */
static void
set_after (WeftExecutor *executor, WeftStepFunc func, gpointer data)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_ptr_array_add (all, executor);
  for (guint k = 0; k < all->len; k++)
    {
      WeftExecutor *it = g_ptr_array_index (all, k);
      it->after = func;
      it->after_data = data;
      for (guint i = 0; i < it->program->n_steps; i++)
        for (guint b = 0; it->loops[i] != NULL && b < it->program->steps[i].bodies->n_programs; b++)
          g_ptr_array_add (all, weft_loop_plan_get_executor (it->loops[i], b));
    }
}

void
weft_watch_forget (WeftWatch *watch)
{
  if (watch->executor != NULL)
    set_after (watch->executor, NULL, NULL);
  watch->executor = NULL;
  g_hash_table_remove_all (watch->last);
}

void
weft_watch_begin (WeftFunction *function, WeftVariant *variant)
{
  WeftWatch         *watch = function->watch;
  const WeftProgram *program = variant->executor->program;
  if (watch->executor != variant->executor)
    {
      weft_watch_forget (watch);
      watch->executor = variant->executor;
      set_after (watch->executor, after_cb, watch);
    }
  g_ptr_array_set_size (watch->kept, 0);
  for (guint i = 0; watch->limit != 0 && i < program->n_updates; i++)
    if (program->updates[i].in_place)
      g_ptr_array_add (watch->kept,
                       weft_array_copy (program->shared[program->updates[i].shared]->value));
}

/* In their place: the program's pointers to them stay as they are. */
static void
restore (WeftWatch *watch, const WeftProgram *program)
{
  guint n = 0;
  for (guint i = 0; i < program->n_updates; i++)
    if (program->updates[i].in_place)
      {
        const WeftArray *kept = g_ptr_array_index (watch->kept, n++);
        if (kept->n_bytes > 0)
          memcpy (program->shared[program->updates[i].shared]->value->data, kept->data,
                  kept->n_bytes);
      }
}

/* The float values of the variant's graph, in an order in which they can be computed. */
static GPtrArray *
list_values (WeftFunction *function, WeftVariant *variant)
{
  GPtrArray *values = g_ptr_array_new ();
  g_autoptr (GPtrArray) order = weft_graph_order (
    variant->executor->program->graph, function->n_outputs + function->n_updates, variant->results);
  for (guint i = 0; i < order->len; i++)
    {
      WeftApply *apply = g_ptr_array_index (order, i);
      for (guint k = 0; k < apply->n_outputs; k++)
        if (weft_dtype_is_float (apply->outputs[k].type.dtype))
          g_ptr_array_add (values, &apply->outputs[k]);
    }
  return values;
}

/* Names the first value of @values that has a bad number. FALSE: none has, computed one by one. */
static gboolean
blame (WeftWatch *watch, GPtrArray *values, WeftArray *const *arrays, GError **error)
{
  for (guint i = 0; i < values->len; i++)
    {
      const WeftValue *value = g_ptr_array_index (values, i);
      const WeftArray *array = arrays[i];
      gint64           bad = find_bad (array->dtype, array->data, array->n_elements, watch->limit);
      gint64           n = 0;
      if (bad == array->n_elements)
        continue;
      for (gint64 k = bad; k < array->n_elements; k++)
        n += !(fabs (weft_array_get (array, k)) <= watch->limit);
      weft_run_fail (error, WEFT_RUN_ERROR_GUARD, value->apply, NULL,
                     _ ("%s: number %s of its result is %g (%s of %s are bad); it is the first, "
                        "and no variable was changed"),
                     value->name != NULL ? value->name : value->apply->op->name,
                     WEFT_INT_TEXT (bad + 1), weft_array_get (array, bad), WEFT_INT_TEXT (n),
                     WEFT_INT_TEXT (array->n_elements));
      return TRUE;
    }
  return FALSE;
}

/* Puts a better error in place of *@error, if one can be found. */
static void
find_first (WeftFunction *function, WeftVariant *variant, WeftArray *const *inputs, GError **error)
{
  g_autoptr (GPtrArray) values = list_values (function, variant);
  g_autofree WeftArray **arrays = g_new0 (WeftArray *, values->len + 1);
  WeftFunctionSpec       spec = { .graph = variant->executor->program->graph,
                                  .n_inputs = function->n_inputs,
                                  .inputs = variant->inputs,
                                  .n_outputs = values->len,
                                  .outputs = (WeftValue **) values->pdata,
                                  .seed = function->seed,
                                  .no_rewrites = TRUE };
  g_autoptr (WeftFunction) again = weft_function_new (&spec, NULL);
  GError *better = NULL;
  if (again == NULL)
    return;
  weft_function_set_step (again, function->step);
  if (!weft_function_call (again, inputs, arrays, NULL, NULL))
    return;
  if (blame (function->watch, values, arrays, &better))
    {
      g_clear_error (error);
      g_propagate_error (error, better);
    }
  for (guint i = 0; i < values->len; i++)
    weft_array_unref (arrays[i]);
}

void
weft_watch_end (WeftFunction     *function,
                WeftVariant      *variant,
                WeftArray *const *inputs,
                GError          **error)
{
  if (error != NULL && g_error_matches (*error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_GUARD))
    {
      restore (function->watch, variant->executor->program);
      find_first (function, variant, inputs, error);
    }
  g_ptr_array_set_size (function->watch->kept, 0);
}

/* ---- Public ---- */

static WeftWatch *
get_watch (WeftFunction *function)
{
  if (function->watch == NULL)
    function->watch = weft_watch_new ();
  return function->watch;
}

static void
drop_idle (WeftFunction *function)
{
  if (function->watch->limit == 0 && function->watch->monitor == NULL)
    g_clear_pointer (&function->watch, weft_watch_free);
}

/* From now on calls stop, before any variable is changed, at the first kernel with a number that is
 * NaN or larger than @limit: INFINITY lets only NaN be bad, G_MAXDOUBLE infinities too; 0 ends the
 * guard. Costs a look at all results and a copy of the variables, each call. Not in REFERENCE mode.
 */
void
weft_function_set_guard (WeftFunction *function, double limit)
{
  get_watch (function)->limit = limit;
  drop_idle (function);
}

/* @func is called after every kernel, on the thread of the call; NULL: nobody listens. Slow:
 * results are copied. Not in REFERENCE mode. */
void
weft_function_set_monitor (WeftFunction *function, WeftMonitorFunc func, gpointer data)
{
  WeftWatch *watch = get_watch (function);
  watch->monitor = func;
  watch->monitor_data = data;
  drop_idle (function);
}

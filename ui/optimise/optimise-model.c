/* The history of one function of the document, and where in it one is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/optimise-private.h"

#include <glib/gi18n.h>
#include <string.h>

static guint signals[WEFT_OPTIMISE_N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftOptimiseModel, weft_optimise_model, G_TYPE_OBJECT)

/* For internal use: the level one is at; NULL: no history. */
WeftOptimiseLevel *
weft_optimise_top (WeftOptimiseModel *model)
{
  return model->levels->len > 0 ? g_ptr_array_index (model->levels, model->levels->len - 1) : NULL;
}

/* For internal use: @step: of PROVED; else 0. */
void
weft_optimise_emit (WeftOptimiseModel *model, WeftOptimiseSignal signal, guint step)
{
  g_signal_emit (model, signals[signal], 0, step);
}

/* ---- The worker ---- */

/* For internal use: stops what it stops, and forgets it. */
void
weft_optimise_cancel (GCancellable **cancellable)
{
  g_cancellable_cancel (*cancellable);
  g_clear_object (cancellable);
}

static void
set_state (WeftOptimiseModel *model, WeftOptimiseState state, const char *message, guint32 node)
{
  g_free (model->message);
  model->message = g_strdup (message);
  model->state = state;
  model->failed_node = node;
}

static void
work_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  weft_optimise_job_run (data, cancellable);
  g_task_return_boolean (task, TRUE);
}

/* Puts @job's history in place of all that are open, at the step that corresponds to where one was.
 */
static void
enter_history (WeftOptimiseModel *model, WeftOptimiseJob *job)
{
  WeftOptimiseLevel *old = model->levels->len > 0 ? g_ptr_array_index (model->levels, 0) : NULL;
  WeftOptimiseLevel *level = weft_optimise_level_new (job);
  if (old != NULL && old->step > 0)
    {
      level->step = weft_history_same_step (level->history, old->history, old->step);
      level->half = level->step > 0 ? old->half : WEFT_HALF_MADE;
    }
  g_ptr_array_set_size (model->levels, 0);
  g_ptr_array_add (model->levels, level);
  model->shown_function = (guint) job->function;
  g_clear_pointer (&model->forward, g_array_unref);
  model->forward = g_steal_pointer (&job->forward);
  model->n_kernels = job->n_kernels;
  model->kernel_bytes = job->kernel_bytes;
  weft_optimise_clear_selection (model);
}

static void
worked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftOptimiseModel *model = WEFT_OPTIMISE_MODEL (source);
  WeftOptimiseJob   *job = g_task_get_task_data (G_TASK (result));
  if (!g_task_propagate_boolean (G_TASK (result), NULL))
    return;
  g_clear_object (&model->working);
  if (job->error != NULL || job->history == NULL || job->art == NULL)
    {
      weft_optimise_cancel (&model->proving);
      g_ptr_array_set_size (model->levels, 0);
      weft_optimise_clear_selection (model);
      if (job->function >= 0)
        model->shown_function = (guint) job->function;
      set_state (model, WEFT_OPTIMISE_FAILED, job->error != NULL ? job->error->message : "",
                 job->node);
    }
  else
    {
      weft_optimise_cancel (&model->proving);
      if (job->document == NULL)
        g_ptr_array_add (model->levels, weft_optimise_level_new (job));
      else
        enter_history (model, job);
      set_state (model, WEFT_OPTIMISE_READY, NULL, 0);
      /* "changed" alone tells of the step too: nobody shall meet the new step over the old history.
       */
      weft_cursor_go (weft_optimise_top (model)->cursor,
                      weft_optimise_model_get_shown_step (model));
    }
  weft_optimise_emit (model, WEFT_OPTIMISE_SIGNAL_CHANGED, 0);
  weft_optimise_prove_next (model);
}

static void
start (WeftOptimiseModel *model, WeftOptimiseJob *job)
{
  g_autoptr (GTask) task = NULL;
  weft_optimise_cancel (&model->working);
  model->working = g_cancellable_new ();
  job->text_scale = model->text_scale;
  task = g_task_new (model, model->working, worked_cb, NULL);
  g_task_set_task_data (task, job, (GDestroyNotify) weft_optimise_job_free);
  set_state (model, WEFT_OPTIMISE_WORKING, NULL, 0);
  g_task_run_in_thread (task, work_thread);
  weft_optimise_emit (model, WEFT_OPTIMISE_SIGNAL_CHANGED, 0);
}

static void
work (WeftOptimiseModel *model)
{
  g_autoptr (WeftDocument) snapshot = NULL;
  if (!model->stale || !model->active || model->document == NULL)
    return;
  model->stale = FALSE;
  if (weft_document_n_nodes (model->document) == 0)
    {
      weft_optimise_cancel (&model->working);
      weft_optimise_cancel (&model->proving);
      g_ptr_array_set_size (model->levels, 0);
      weft_optimise_clear_selection (model);
      set_state (model, WEFT_OPTIMISE_EMPTY, NULL, 0);
      weft_optimise_emit (model, WEFT_OPTIMISE_SIGNAL_CHANGED, 0);
      return;
    }
  snapshot = weft_document_snapshot (model->document);
  start (model, weft_optimise_job_new (snapshot, model->function, model->off));
}

/* ---- The document ---- */

/**
 * weft_optimise_model_set_document:
 * @model: a model
 * @document: (nullable): what to look at; NULL: nothing
 */
void
weft_optimise_model_set_document (WeftOptimiseModel *model, WeftDocument *document)
{
  weft_optimise_cancel (&model->working);
  weft_optimise_cancel (&model->proving);
  weft_optimise_model_set_playing (model, FALSE);
  g_set_object (&model->document, document);
  g_ptr_array_set_size (model->levels, 0);
  g_ptr_array_set_size (model->off, 0);
  weft_optimise_clear_selection (model);
  model->function = -1;
  model->shown_function = 0;
  set_state (model, WEFT_OPTIMISE_EMPTY, NULL, 0);
  model->stale = document != NULL;
  weft_optimise_emit (model, WEFT_OPTIMISE_SIGNAL_CHANGED, 0);
  work (model);
}

/**
 * weft_optimise_model_document_changed:
 * @model: a model
 *
 * The document was edited: the history is made again as soon as somebody looks.
 */
void
weft_optimise_model_document_changed (WeftOptimiseModel *model)
{
  model->stale = model->document != NULL;
  work (model);
}

/**
 * weft_optimise_model_set_active:
 * @model: a model
 * @active: whether somebody looks
 */
void
weft_optimise_model_set_active (WeftOptimiseModel *model, gboolean active)
{
  model->active = active;
  if (!active)
    {
      weft_optimise_model_set_playing (model, FALSE);
      weft_optimise_cancel (&model->proving);
      return;
    }
  work (model);
  weft_optimise_prove_next (model);
}

/**
 * weft_optimise_model_set_text_scale:
 * @model: a model
 * @scale: of the pictures' text; 1: as designed
 */
void
weft_optimise_model_set_text_scale (WeftOptimiseModel *model, double scale)
{
  if (scale == model->text_scale)
    return;
  model->text_scale = scale;
  weft_optimise_model_document_changed (model);
}

/**
 * weft_optimise_model_get_document:
 * @model: a model
 *
 * Returns: (transfer none) (nullable): the document
 */
WeftDocument *
weft_optimise_model_get_document (WeftOptimiseModel *model)
{
  return model->document;
}

/* ---- The history ---- */

/**
 * weft_optimise_model_get_state:
 * @model: a model
 *
 * Returns: what there is to show
 */
WeftOptimiseState
weft_optimise_model_get_state (WeftOptimiseModel *model)
{
  return model->state;
}

/**
 * weft_optimise_model_get_message:
 * @model: a model
 *
 * Returns: (nullable): why there is no history
 */
const char *
weft_optimise_model_get_message (WeftOptimiseModel *model)
{
  return model->message;
}

/**
 * weft_optimise_model_get_failed_node:
 * @model: a model
 *
 * Returns: the node that is to blame, 0: none
 */
guint32
weft_optimise_model_get_failed_node (WeftOptimiseModel *model)
{
  return model->failed_node;
}

/**
 * weft_optimise_model_get_history:
 * @model: a model
 *
 * Returns: (transfer none) (nullable): the history; valid until "changed"
 */
WeftHistory *
weft_optimise_model_get_history (WeftOptimiseModel *model)
{
  return weft_optimise_top (model) != NULL ? weft_optimise_top (model)->history : NULL;
}

/**
 * weft_optimise_model_get_art:
 * @model: a model
 *
 * Returns: (transfer none) (nullable): its picture; valid until "changed"
 */
WeftGraphArt *
weft_optimise_model_get_art (WeftOptimiseModel *model)
{
  return weft_optimise_top (model) != NULL ? weft_optimise_top (model)->art : NULL;
}

/**
 * weft_optimise_model_get_side_history:
 * @model: a model
 * @side: a pane
 *
 * Returns: (transfer none) (nullable): what it is about
 */
WeftHistory *
weft_optimise_model_get_side_history (WeftOptimiseModel *model, WeftSide side)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  if (level == NULL)
    return NULL;
  return side == WEFT_SIDE_DRAWN ? level->drawn_history : level->history;
}

/**
 * weft_optimise_model_get_side_art:
 * @model: a model
 * @side: a pane
 *
 * Returns: (transfer none) (nullable): its picture
 */
WeftGraphArt *
weft_optimise_model_get_side_art (WeftOptimiseModel *model, WeftSide side)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  if (level == NULL)
    return NULL;
  return side == WEFT_SIDE_DRAWN ? level->drawn_art : level->art;
}

/**
 * weft_optimise_model_get_side_cursor:
 * @model: a model
 * @side: a pane
 *
 * Returns: (transfer none) (nullable): where its history is shown
 */
WeftCursor *
weft_optimise_model_get_side_cursor (WeftOptimiseModel *model, WeftSide side)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  if (level == NULL)
    return NULL;
  return side == WEFT_SIDE_DRAWN ? level->drawn : level->cursor;
}

/**
 * weft_optimise_model_side_title:
 * @model: a model
 * @side: a pane
 *
 * Returns: (nullable): what it shows, for people; NULL: the graph after a step
 */
const char *
weft_optimise_model_side_title (WeftOptimiseModel *model, WeftSide side)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  gboolean                 beside = level != NULL && level->history != level->drawn_history;
  if (side == WEFT_SIDE_DRAWN)
    return beside ? _ ("Forward") : _ ("As drawn");
  return beside ? _ ("Backward") : NULL;
}

/**
 * weft_optimise_model_get_lesson:
 * @model: a model
 *
 * Returns: (nullable): the text of the document's note "lesson"
 */
const char *
weft_optimise_model_get_lesson (WeftOptimiseModel *model)
{
  const WeftNote *note = NULL;
  for (guint i = 0; model->document != NULL && i < weft_document_n_notes (model->document); i++)
    if (g_str_equal (weft_document_note_at (model->document, i)->id, "lesson"))
      note = weft_document_note_at (model->document, i);
  g_free (model->lesson);
  model->lesson = note != NULL ? g_strdup (note->text) : NULL;
  return model->lesson;
}

/**
 * weft_optimise_model_get_kernels:
 * @model: a model
 * @kernels: (out): how many the compiler makes of it
 * @bytes: (out): that they move
 * @drawn_bytes: (out): that the graph as drawn would move, op by op
 *
 * Returns: whether this is known
 */
gboolean
weft_optimise_model_get_kernels (WeftOptimiseModel *model,
                                 guint             *kernels,
                                 double            *bytes,
                                 double            *drawn_bytes)
{
  WeftCost cost;
  if (model->levels->len == 0 || model->n_kernels == 0)
    return FALSE;
  weft_history_cost (((WeftOptimiseLevel *) g_ptr_array_index (model->levels, 0))->history, 0,
                     &cost);
  *kernels = model->n_kernels;
  *bytes = model->kernel_bytes;
  *drawn_bytes = cost.bytes;
  return TRUE;
}

/* ---- Functions ---- */

/**
 * weft_optimise_model_n_functions:
 * @model: a model
 *
 * Returns: how many functions can be looked at
 */
guint
weft_optimise_model_n_functions (WeftOptimiseModel *model)
{
  return weft_optimise_n_parts;
}

/**
 * weft_optimise_model_function_name:
 * @model: a model
 * @index: a function
 *
 * Returns: its name for programs, such as "train"; static
 */
const char *
weft_optimise_model_function_name (WeftOptimiseModel *model, guint index)
{
  g_return_val_if_fail (index < weft_optimise_n_parts, NULL);
  return weft_inspect_name (weft_optimise_parts[index]);
}

/**
 * weft_optimise_model_function_title:
 * @model: a model
 * @index: a function
 *
 * Returns: its name for people
 */
const char *
weft_optimise_model_function_title (WeftOptimiseModel *model, guint index)
{
  static const char *const titles[WEFT_N_INSPECT] = { N_ ("Forward"), N_ ("Loss and gradient"),
                                                      N_ ("Forward and backward"),
                                                      N_ ("Training step"), N_ ("Measuring"),
                                                      N_ ("Prediction") };
  g_return_val_if_fail (index < weft_optimise_n_parts, NULL);
  return _ (titles[weft_optimise_parts[index]]);
}

/**
 * weft_optimise_model_get_function:
 * @model: a model
 *
 * Returns: which function is looked at
 */
guint
weft_optimise_model_get_function (WeftOptimiseModel *model)
{
  return model->shown_function;
}

/**
 * weft_optimise_model_set_function:
 * @model: a model
 * @index: the function to look at
 */
void
weft_optimise_model_set_function (WeftOptimiseModel *model, guint index)
{
  g_return_if_fail (index < weft_optimise_n_parts);
  if (model->function == (gint) index ||
      (model->function < 0 && model->shown_function == index && model->levels->len > 0))
    return;
  model->function = (gint) index;
  model->shown_function = index;
  g_ptr_array_set_size (model->levels, 0);
  weft_optimise_clear_selection (model);
  weft_optimise_model_document_changed (model);
}

/* ---- Inside loops and choices ---- */

/* What was done inside @apply's body, the last time; NULL: nothing. */
static WeftHistory *
inner_history (WeftHistory *history, guint apply)
{
  g_autoptr (GArray) steps = weft_history_biography (history, apply);
  for (guint i = steps->len; i-- > 0;)
    {
      WeftHistory *inner = weft_history_inner (history, g_array_index (steps, guint, i));
      if (inner != NULL)
        return inner;
    }
  return NULL;
}

/**
 * weft_optimise_model_enter:
 * @model: a model
 * @apply: a loop or a choice
 *
 * Returns: whether something was rewritten inside it; its history is then opened soon
 */
gboolean
weft_optimise_model_enter (WeftOptimiseModel *model, guint apply)
{
  WeftOptimiseLevel *level = weft_optimise_top (model);
  WeftHistory       *inner;
  WeftOptimiseJob   *job;
  if (level == NULL || model->state != WEFT_OPTIMISE_READY)
    return FALSE;
  inner = inner_history (level->history, apply);
  if (inner == NULL)
    return FALSE;
  weft_optimise_model_set_playing (model, FALSE);
  weft_optimise_clear_selection (model);
  job = weft_optimise_job_new (NULL, (gint) model->shown_function, model->off);
  job->history = inner;
  start (model, job);
  return TRUE;
}

/**
 * weft_optimise_model_leave:
 * @model: a model
 *
 * Returns: whether one was inside something, and went back out
 */
gboolean
weft_optimise_model_leave (WeftOptimiseModel *model)
{
  if (model->levels->len < 2)
    return FALSE;
  weft_optimise_cancel (&model->proving);
  weft_optimise_clear_selection (model);
  g_ptr_array_set_size (model->levels, (gint) model->levels->len - 1);
  weft_optimise_emit (model, WEFT_OPTIMISE_SIGNAL_CHANGED, 0);
  weft_optimise_prove_next (model);
  return TRUE;
}

/**
 * weft_optimise_model_depth:
 * @model: a model
 *
 * Returns: how many bodies deep one is
 */
guint
weft_optimise_model_depth (WeftOptimiseModel *model)
{
  return MAX (model->levels->len, 1) - 1;
}

/* ---- The object ---- */

static void
weft_optimise_model_dispose (GObject *object)
{
  WeftOptimiseModel *model = WEFT_OPTIMISE_MODEL (object);
  g_clear_handle_id (&model->player, g_source_remove);
  weft_optimise_cancel (&model->working);
  weft_optimise_cancel (&model->proving);
  g_clear_object (&model->document);
  G_OBJECT_CLASS (weft_optimise_model_parent_class)->dispose (object);
}

static void
weft_optimise_model_finalize (GObject *object)
{
  WeftOptimiseModel *model = WEFT_OPTIMISE_MODEL (object);
  g_ptr_array_unref (model->levels);
  g_ptr_array_unref (model->off);
  g_clear_pointer (&model->forward, g_array_unref);
  g_array_unref (model->linked[WEFT_SIDE_DRAWN]);
  g_array_unref (model->linked[WEFT_SIDE_NOW]);
  g_free (model->message);
  g_free (model->lesson);
  G_OBJECT_CLASS (weft_optimise_model_parent_class)->finalize (object);
}

static void
add_signal (WeftOptimiseModelClass *klass, guint signal, const char *name, guint n, GType type)
{
  signals[signal] = g_signal_new (name, G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, n, type);
}

static void
weft_optimise_model_class_init (WeftOptimiseModelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_optimise_model_dispose;
  G_OBJECT_CLASS (klass)->finalize = weft_optimise_model_finalize;
  add_signal (klass, WEFT_OPTIMISE_SIGNAL_CHANGED, "changed", 0, G_TYPE_NONE);
  add_signal (klass, WEFT_OPTIMISE_SIGNAL_MOVED, "moved", 0, G_TYPE_NONE);
  add_signal (klass, WEFT_OPTIMISE_SIGNAL_SELECTION, "selection", 0, G_TYPE_NONE);
  add_signal (klass, WEFT_OPTIMISE_SIGNAL_PROVED, "proved", 1, G_TYPE_UINT);
  add_signal (klass, WEFT_OPTIMISE_SIGNAL_RULES, "rules", 0, G_TYPE_NONE);
  add_signal (klass, WEFT_OPTIMISE_SIGNAL_PLAYING, "playing", 0, G_TYPE_NONE);
}

static void
weft_optimise_model_init (WeftOptimiseModel *model)
{
  model->off = g_ptr_array_new_with_free_func (g_free);
  model->levels = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_optimise_level_free);
  model->linked[WEFT_SIDE_DRAWN] = g_array_new (FALSE, FALSE, sizeof (guint));
  model->linked[WEFT_SIDE_NOW] = g_array_new (FALSE, FALSE, sizeof (guint));
  model->selected = WEFT_OPTIMISE_NOTHING;
  model->function = -1;
  model->text_scale = 1;
  model->speed = WEFT_OPTIMISE_SPEED;
}

/**
 * weft_optimise_model_new:
 *
 * Returns: (transfer full): a model without a document
 */
WeftOptimiseModel *
weft_optimise_model_new (void)
{
  return g_object_new (WEFT_TYPE_OPTIMISE_MODEL, NULL);
}

/* What the Inspect view shows.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspect/inspect-model.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* How often the function is called to measure it. */
#define N_CALLS 20
/* Edits follow each other: the last of them counts. */
#define SETTLE_MS 250

struct _WeftInspectModel
{
  GObject parent_instance;

  /* Owned */
  WeftDocument *document; /* NULL: none */
  WeftAnatomy  *anatomy;  /* NULL: none yet */
  char         *message;  /* of FAILED */
  GCancellable *working;  /* of the work that is wanted; NULL: none */

  /* Plain values */
  WeftInspecting state;
  WeftModelPart  part;
  guint32        failed_node;
  guint          selected;
  guint          settle; /* source id */
  gboolean       active, stale;
};

enum
{
  SIGNAL_CHANGED,
  SIGNAL_SELECTION,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftInspectModel, weft_inspect_model, G_TYPE_OBJECT)

/* ---- The worker ---- */

typedef struct
{
  WeftDocument *document;
  WeftModelPart part;
  guint32       node; /* to blame */
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;
  g_object_unref (job->document);
  g_free (job);
}

static void
work_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Job         *job = data;
  GError      *error = NULL;
  WeftAnatomy *anatomy =
    weft_anatomy_new (job->document, job->part, N_CALLS, cancellable, &job->node, &error);
  if (anatomy != NULL)
    g_task_return_pointer (task, anatomy, (GDestroyNotify) weft_anatomy_free);
  else
    g_task_return_error (task, error);
}

/* The kernel that takes longest of those with a text, of all if none has one. */
static guint
find_longest (const WeftAnatomy *anatomy)
{
  guint longest = WEFT_NO_KERNEL;
  for (guint pass = 0; pass < 2 && longest == WEFT_NO_KERNEL; pass++)
    for (guint i = 0; i < anatomy->n_kernels; i++)
      if ((pass > 0 || anatomy->kernels[i].texts[WEFT_TEXT_C] != NULL) &&
          (longest == WEFT_NO_KERNEL ||
           (anatomy->profile != NULL &&
            anatomy->profile->kernels[i].ns > anatomy->profile->kernels[longest].ns)))
        longest = i;
  return longest;
}

/* The kernel of the same name as the one selected before, else one that says something. */
static guint
find_again (const WeftAnatomy *anatomy, const char *name)
{
  for (guint i = 0; name != NULL && i < anatomy->n_kernels; i++)
    if (g_str_equal (anatomy->kernels[i].name, name))
      return i;
  return find_longest (anatomy);
}

static void
take_anatomy (WeftInspectModel *model, WeftAnatomy *anatomy)
{
  g_autofree char *name = NULL;
  if (model->anatomy != NULL && model->selected < model->anatomy->n_kernels)
    name = g_strdup (model->anatomy->kernels[model->selected].name);
  g_clear_pointer (&model->anatomy, weft_anatomy_free);
  model->anatomy = anatomy;
  model->selected = find_again (anatomy, name);
  model->state = WEFT_INSPECTING_READY;
}

static void
worked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftInspectModel *model = WEFT_INSPECT_MODEL (source);
  GTask            *task = G_TASK (result);
  g_autoptr (GError) error = NULL;
  WeftAnatomy *anatomy = g_task_propagate_pointer (task, &error);
  if (g_task_get_cancellable (task) != model->working)
    {
      g_clear_pointer (&anatomy, weft_anatomy_free);
      return;
    }
  g_clear_object (&model->working);
  g_clear_pointer (&model->message, g_free);
  if (anatomy != NULL)
    take_anatomy (model, anatomy);
  else
    {
      model->state = WEFT_INSPECTING_FAILED;
      model->message = g_strdup (error->message);
      model->failed_node = ((Job *) g_task_get_task_data (task))->node;
      g_clear_pointer (&model->anatomy, weft_anatomy_free);
      model->selected = WEFT_NO_KERNEL;
    }
  g_signal_emit (model, signals[SIGNAL_CHANGED], 0);
  g_signal_emit (model, signals[SIGNAL_SELECTION], 0);
}

static void
stop_working (WeftInspectModel *model)
{
  g_clear_handle_id (&model->settle, g_source_remove);
  if (model->working != NULL)
    g_cancellable_cancel (model->working);
  g_clear_object (&model->working);
}

static gboolean
work_cb (gpointer data)
{
  WeftInspectModel *model = data;
  Job              *job = g_new0 (Job, 1);
  model->settle = 0;
  model->stale = FALSE;
  model->working = g_cancellable_new ();
  job->document = weft_document_snapshot (model->document);
  job->part = model->part;
  g_autoptr (GTask) task = g_task_new (model, model->working, worked_cb, NULL);
  g_task_set_task_data (task, job, job_free);
  g_task_set_priority (task, G_PRIORITY_LOW);
  g_task_run_in_thread (task, work_thread);
  return G_SOURCE_REMOVE;
}

static void
update (WeftInspectModel *model)
{
  if (!model->active || !model->stale)
    return;
  stop_working (model);
  if (model->document == NULL || weft_document_n_nodes (model->document) == 0)
    {
      model->state = WEFT_INSPECTING_EMPTY;
      model->stale = FALSE;
      g_clear_pointer (&model->anatomy, weft_anatomy_free);
      model->selected = WEFT_NO_KERNEL;
    }
  else
    {
      model->state = WEFT_INSPECTING_WORKING;
      model->settle = g_timeout_add (SETTLE_MS, work_cb, model);
    }
  g_signal_emit (model, signals[SIGNAL_CHANGED], 0);
}

/* ---- What it is of ---- */

/**
 * weft_inspect_model_set_document:
 * @model: a model
 * @document: (nullable): another document
 */
void
weft_inspect_model_set_document (WeftInspectModel *model, WeftDocument *document)
{
  if (!g_set_object (&model->document, document))
    return;
  g_clear_pointer (&model->anatomy, weft_anatomy_free);
  model->selected = WEFT_NO_KERNEL;
  model->state = WEFT_INSPECTING_EMPTY;
  g_signal_emit (model, signals[SIGNAL_CHANGED], 0);
  weft_inspect_model_document_changed (model);
}

/**
 * weft_inspect_model_document_changed:
 * @model: a model
 */
void
weft_inspect_model_document_changed (WeftInspectModel *model)
{
  model->stale = TRUE;
  update (model);
}

/**
 * weft_inspect_model_set_active:
 * @model: a model
 * @active: whether somebody looks
 */
void
weft_inspect_model_set_active (WeftInspectModel *model, gboolean active)
{
  model->active = active;
  update (model);
}

/**
 * weft_inspect_model_measure:
 * @model: a model
 */
void
weft_inspect_model_measure (WeftInspectModel *model)
{
  weft_inspect_model_document_changed (model);
}

/**
 * weft_inspect_model_get_part:
 * @model: a model
 *
 * Returns: the function that is shown
 */
WeftModelPart
weft_inspect_model_get_part (WeftInspectModel *model)
{
  return model->part;
}

/**
 * weft_inspect_model_set_part:
 * @model: a model
 * @part: the function to show
 */
void
weft_inspect_model_set_part (WeftInspectModel *model, WeftModelPart part)
{
  if (part == model->part)
    return;
  model->part = part;
  weft_inspect_model_document_changed (model);
}

/* ---- Asking ---- */

/**
 * weft_inspect_model_get_state:
 * @model: a model
 *
 * Returns: how far it is
 */
WeftInspecting
weft_inspect_model_get_state (WeftInspectModel *model)
{
  return model->state;
}

/**
 * weft_inspect_model_get_message:
 * @model: a model that failed
 *
 * Returns: why, one sentence
 */
const char *
weft_inspect_model_get_message (WeftInspectModel *model)
{
  return model->message;
}

/**
 * weft_inspect_model_get_failed_node:
 * @model: a model that failed
 *
 * Returns: the node to blame, 0: none
 */
guint32
weft_inspect_model_get_failed_node (WeftInspectModel *model)
{
  return model->failed_node;
}

/**
 * weft_inspect_model_get_anatomy:
 * @model: a model
 *
 * Returns: (nullable) (transfer none): the last one that was made
 */
const WeftAnatomy *
weft_inspect_model_get_anatomy (WeftInspectModel *model)
{
  return model->anatomy;
}

/**
 * weft_inspect_model_get_selected:
 * @model: a model
 *
 * Returns: the selected kernel, or WEFT_NO_KERNEL
 */
guint
weft_inspect_model_get_selected (WeftInspectModel *model)
{
  return model->selected;
}

/**
 * weft_inspect_model_select:
 * @model: a model
 * @kernel: the kernel, or WEFT_NO_KERNEL
 */
void
weft_inspect_model_select (WeftInspectModel *model, guint kernel)
{
  if (kernel == model->selected)
    return;
  model->selected = kernel;
  g_signal_emit (model, signals[SIGNAL_SELECTION], 0);
}

/* ---- Places ---- */

/**
 * weft_inspect_model_dup_place:
 * @model: a model
 * @kernel: a kernel of its anatomy
 *
 * Returns: (transfer full): where it comes from
 */
char *
weft_inspect_model_dup_place (WeftInspectModel *model, guint kernel)
{
  return weft_anatomy_dup_place (&model->anatomy->kernels[kernel], model->document);
}

/**
 * weft_inspect_model_dup_block_place:
 * @model: a model
 * @block: a block of its anatomy
 *
 * Returns: (transfer full) (nullable): where it comes from
 */
char *
weft_inspect_model_dup_block_place (WeftInspectModel *model, const WeftAnatomyBlock *block)
{
  return weft_anatomy_dup_nodes (block->node != 0, &block->node, model->document);
}

/**
 * weft_inspect_model_node_of:
 * @model: a model
 * @kernel: a kernel of its anatomy
 *
 * Returns: the node of the document that it comes from, the first of several; 0: none is known
 */
guint32
weft_inspect_model_node_of (WeftInspectModel *model, guint kernel)
{
  const WeftAnatomyKernel *k = &model->anatomy->kernels[kernel];
  for (guint i = 0; model->document != NULL && i < k->n_nodes; i++)
    {
      guint32 outer = weft_document_outer_node (model->document, k->nodes[i]);
      if (outer != 0)
        return outer;
    }
  return 0;
}

/* ---- Time ---- */

/**
 * weft_inspect_model_kernel_ns:
 * @model: a model
 * @kernel: a kernel of its anatomy
 *
 * Returns: its time in one call of the function, ns; NaN: not measured
 */
double
weft_inspect_model_kernel_ns (WeftInspectModel *model, guint kernel)
{
  const WeftProfile *profile = model->anatomy->profile;
  return profile != NULL ? profile->kernels[kernel].ns : NAN;
}

/**
 * weft_inspect_model_kernel_share:
 * @model: a model
 * @kernel: a kernel of its anatomy
 *
 * Returns: its part of the time of a call, 0 to 1; NaN: not measured
 */
double
weft_inspect_model_kernel_share (WeftInspectModel *model, guint kernel)
{
  const WeftProfile *profile = model->anatomy->profile;
  return profile != NULL && profile->call_ns > 0 ? profile->kernels[kernel].ns / profile->call_ns
                                                 : NAN;
}

/**
 * weft_inspect_model_kernel_limit:
 * @model: a model
 * @kernel: a kernel of its anatomy
 * @by_flops: (out): whether arithmetic makes the limit, else bytes
 *
 * Returns: what part of its time the machine needs at least, 0 to 1 (more, where the data lie in a
 * cache); NaN: not known
 */
double
weft_inspect_model_kernel_limit (WeftInspectModel *model, guint kernel, gboolean *by_flops)
{
  const WeftProfile *profile = model->anatomy->profile;
  *by_flops = FALSE;
  if (profile == NULL || profile->kernels[kernel].ns <= 0)
    return NAN;
  return weft_roofline_limit (&profile->roofline, &profile->kernels[kernel], by_flops) /
         profile->kernels[kernel].ns;
}

/* ---- The object ---- */

static void
weft_inspect_model_dispose (GObject *object)
{
  WeftInspectModel *model = WEFT_INSPECT_MODEL (object);
  stop_working (model);
  g_clear_object (&model->document);
  g_clear_pointer (&model->anatomy, weft_anatomy_free);
  g_clear_pointer (&model->message, g_free);
  G_OBJECT_CLASS (weft_inspect_model_parent_class)->dispose (object);
}

static void
weft_inspect_model_class_init (WeftInspectModelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_inspect_model_dispose;
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_SELECTION] = g_signal_new ("selection", G_TYPE_FROM_CLASS (klass),
                                            G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_inspect_model_init (WeftInspectModel *model)
{
  model->selected = WEFT_NO_KERNEL;
  model->part = WEFT_MODEL_STEP;
}

/**
 * weft_inspect_model_new:
 *
 * Returns: (transfer full): a model without a document
 */
WeftInspectModel *
weft_inspect_model_new (void)
{
  return g_object_new (WEFT_TYPE_INSPECT_MODEL, NULL);
}

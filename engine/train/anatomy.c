/* What one call of a model's function is made of.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/anatomy-private.h"

#include <glib/gi18n.h>

static void
kernel_clear (gpointer data)
{
  WeftAnatomyKernel *kernel = data;

  g_free (kernel->name);
  g_free (kernel->nodes);
  g_free (kernel->updates);
  for (guint i = 0; i < G_N_ELEMENTS (kernel->texts); i++)
    g_clear_pointer (&kernel->texts[i], weft_kernel_text_free);
}

/* weft_anatomy_free:
 */
void
weft_anatomy_free (WeftAnatomy *anatomy)
{
  for (guint i = 0; i < anatomy->n_kernels; i++)
    kernel_clear (&anatomy->kernels[i]);
  for (guint i = 0; i < anatomy->n_blocks; i++)
    g_free (anatomy->blocks[i].name);
  g_free (anatomy->kernels);
  g_free (anatomy->blocks);
  g_free (anatomy->shares);
  g_clear_pointer (&anatomy->profile, weft_profile_free);
  g_free (anatomy);
}

/* ---- Places ---- */

#define MAX_PLACES 3

/* weft_anatomy_dup_nodes:
 */
char *
weft_anatomy_dup_nodes (guint n, const guint32 *nodes, WeftDocument *document)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GString *text;

  for (guint i = 0; i < n; i++)
    {
      guint32         outer = weft_document_outer_node (document, nodes[i]);
      const WeftNode *node = outer != 0 ? weft_document_node (document, outer) : NULL;

      if (node != NULL && !g_ptr_array_find_with_equal_func (names, node->id, g_str_equal, NULL))
        g_ptr_array_add (names, (gpointer) node->id);
    }
  if (names->len == 0)
    return NULL;
  text = g_string_new (NULL);
  for (guint i = 0; i < MIN (names->len, MAX_PLACES); i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "",
                            (const char *) g_ptr_array_index (names, i));
  if (names->len > MAX_PLACES)
    g_string_append_printf (text, _ (" and %u more"), names->len - MAX_PLACES);
  return g_string_free (text, FALSE);
}

/* weft_anatomy_dup_place:
 */
char *
weft_anatomy_dup_place (const WeftAnatomyKernel *kernel, WeftDocument *document)
{
  g_autofree char *nodes = weft_anatomy_dup_nodes (kernel->n_nodes, kernel->nodes, document);

  if (kernel->stage == WEFT_STAGE_UPDATE)
    return g_strdup_printf (_ ("update of %s"), kernel->updates);
  if (nodes == NULL)
    return g_strdup ("");
  return kernel->stage == WEFT_STAGE_BACKWARD ? g_strdup_printf (_ ("gradient of %s"), nodes)
                                              : g_steal_pointer (&nodes);
}

/* ---- Stages ---- */

static void
mark_needed (const WeftStep *step, gboolean *needed)
{
  for (guint k = 0; k < step->n_in; k++)
    needed[step->in[k].slot] = TRUE;
}

static gboolean
makes_needed (const WeftStep *step, const gboolean *needed)
{
  for (guint k = 0; k < step->n_out; k++)
    if (needed[step->out[k].slot])
      return TRUE;
  return FALSE;
}

/* Which steps the first @n_outputs results need; caller owns. */
static gboolean *
find_forward (const WeftProgram *program, guint n_outputs)
{
  g_autofree gboolean *needed = g_new0 (gboolean, program->n_slots + 1);
  gboolean            *forward = g_new0 (gboolean, program->n_steps + 1);

  for (guint i = 0; i < MIN (n_outputs, program->n_outputs); i++)
    needed[program->outputs[i].slot] = TRUE;
  for (guint i = program->n_steps; i-- > 0;)
    {
      forward[i] = makes_needed (&program->steps[i], needed);
      if (forward[i])
        mark_needed (&program->steps[i], needed);
    }
  return forward;
}

static gboolean
is_parameter (const WeftShared *shared)
{
  return shared->trainable;
}

/* The name of the parameter that @step writes, else of another variable; NULL: it writes none. */
static const char *
written_variable (const WeftProgram *program, const WeftStep *step)
{
  const char *other = NULL;

  for (guint i = 0; i < program->n_updates; i++)
    {
      const WeftUpdate *update = &program->updates[i];
      const WeftShared *shared = program->shared[update->shared];

      for (guint k = 0; k < step->n_out; k++)
        if (step->out[k].slot == update->value.slot)
          {
            if (is_parameter (shared))
              return shared->name;
            other = shared->name;
          }
    }
  return other;
}

/* ---- Kernels ---- */

typedef struct
{
  GArray *kernels; /* WeftAnatomyKernel */
  guint   n_forward;
} Reading;

static void
read_program (Reading *reading, const WeftProgram *program, guint depth, WeftKernelStage outer);

static void
read_step (
  Reading *reading, const WeftProgram *program, guint i, guint depth, WeftKernelStage stage)
{
  const WeftStep   *step = &program->steps[i];
  const char       *updates = depth == 0 ? written_variable (program, step) : NULL;
  WeftAnatomyKernel kernel = { .name = g_strdup (step->name),
                               .kind = step->kind,
                               .stage = updates != NULL ? WEFT_STAGE_UPDATE : stage,
                               .depth = depth,
                               .step = i,
                               .flops = step->flops,
                               .bytes = step->bytes,
                               .updates = g_strdup (updates) };

  if (step->origins != NULL)
    {
      kernel.n_nodes = step->origins->n;
      kernel.nodes = g_memdup2 (step->origins->nodes, step->origins->n * sizeof (guint32));
    }
  for (guint language = 0; language < G_N_ELEMENTS (kernel.texts); language++)
    kernel.texts[language] = weft_emit_step (program, i, language);
  g_array_append_val (reading->kernels, kernel);
  for (guint k = 0; step->bodies != NULL && k < step->bodies->n_programs; k++)
    read_program (reading, step->bodies->programs[k], depth + 1, stage);
}

/* Recursion as deep as loops stand in loops. */
static void
read_program (Reading *reading, const WeftProgram *program, guint depth, WeftKernelStage outer)
{
  g_autofree gboolean *forward =
    depth == 0 ? find_forward (program, reading->n_forward) : NULL;

  for (guint i = 0; i < program->n_steps; i++)
    read_step (reading, program, i, depth,
               forward == NULL ? outer
               : forward[i]    ? WEFT_STAGE_FORWARD
                               : WEFT_STAGE_BACKWARD);
}

/* ---- Making ---- */

static gboolean
call_once (WeftModel       *model,
           WeftModelPart    part,
           const WeftBatch *batch,
           gint64           step,
           GCancellable    *cancellable,
           GError         **error)
{
  WeftStepInfo       info = { .step = step, .total = step + 1, .rate = weft_model_rate (model) };
  g_autofree double *metrics = g_new0 (double, weft_model_n_metrics (model) + 1);
  g_autoptr (WeftArray) output = NULL;

  if (part == WEFT_MODEL_STEP)
    return weft_model_step (model, batch->columns, &info, metrics, NULL, cancellable, error);
  if (part == WEFT_MODEL_MEASURE)
    return weft_model_measure (model, batch->columns, step, metrics, cancellable, error);
  return weft_model_predict (model, batch->columns, &output, cancellable, error);
}

/* The first calls only warm up. */
#define N_WARM_UP 2

static gboolean
measure (WeftAnatomy     *anatomy,
         WeftModel       *model,
         WeftModelPart    part,
         const WeftBatch *batch,
         guint            n_calls,
         GCancellable    *cancellable,
         GError         **error)
{
  WeftFunction *function = weft_model_function (model, part, error);

  for (guint i = 0; i < N_WARM_UP + n_calls; i++)
    {
      if (!call_once (model, part, batch, i, cancellable, error))
        return FALSE;
      if (i + 1 == N_WARM_UP)
        {
          weft_function_wait_compiled (function);
          weft_function_set_profiling (function, TRUE);
        }
    }
  anatomy->profile = weft_function_get_profile (function);
  if (anatomy->profile != NULL && anatomy->profile->n_kernels != anatomy->n_kernels)
    g_clear_pointer (&anatomy->profile, weft_profile_free);
  return TRUE;
}

static WeftAnatomy *
dissect (WeftDocument    *document,
         WeftModel       *model,
         WeftModelPart    part,
         const WeftBatch *batch,
         guint            n_calls,
         GCancellable    *cancellable,
         GError         **error)
{
  g_autoptr (WeftAnatomy) anatomy = g_new0 (WeftAnatomy, 1);
  Reading            reading = { 0 };
  const WeftProgram *program;

  if (!weft_model_prepare (model, part, batch->columns, error))
    return NULL;
  program = weft_function_get_program (weft_model_function (model, part, NULL));
  reading.kernels = g_array_new (FALSE, TRUE, sizeof (WeftAnatomyKernel));
  reading.n_forward = part == WEFT_MODEL_STEP ? weft_model_n_metrics (model) : program->n_outputs;
  read_program (&reading, program, 0, WEFT_STAGE_FORWARD);
  anatomy->n_steps = program->n_steps;
  anatomy->n_kernels = reading.kernels->len;
  anatomy->kernels = (WeftAnatomyKernel *) g_array_free (reading.kernels, FALSE);
  weft_anatomy_read_memory (anatomy, program, weft_model_shared (model), batch, document);
  if (n_calls > 0 && !measure (anatomy, model, part, batch, n_calls, cancellable, error))
    return NULL;
  return g_steal_pointer (&anatomy);
}

/* weft_anatomy_new:
 */
WeftAnatomy *
weft_anatomy_new (WeftDocument *document,
                  WeftModelPart part,
                  guint         n_calls,
                  GCancellable *cancellable,
                  guint32      *node,
                  GError      **error)
{
  const WeftModelOptions options = { .seed = -1, .mode = WEFT_MODE_COMPILE };
  g_autoptr (WeftModel) model = NULL;
  WeftAnatomy *anatomy;
  WeftBatch    batch;
  gsize        rows;

  *node = 0;
  model = weft_model_new (document, &options, node, error);
  if (model == NULL)
    return NULL;
  rows = weft_model_batch (model);
  if (!weft_batch_init (&batch, document, model, rows, TRUE, NULL) &&
      !weft_batch_init (&batch, document, model, rows, FALSE, error))
    return NULL;
  anatomy = dissect (document, model, part, &batch, n_calls, cancellable, error);
  weft_batch_clear (&batch);
  return anatomy;
}

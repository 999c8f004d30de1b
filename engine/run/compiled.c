/* Compiled code for an executor's steps: see compiled.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/toolchain.h"
#include "engine/run/compiled.h"

/* A step that has a text. */
typedef struct
{
  WeftExecutor *executor;
  guint         step;
  gsize         scratch_bytes;
  gboolean      is_in;
} Target;

struct _WeftCompiled
{
  GThread   *thread;    /* writes the texts; NULL once it was joined */
  GPtrArray *executors; /* the program's, then those of bodies; borrowed */
  GArray    *targets;   /* Target, as the build's texts */
  WeftBuild *build;     /* atomic: what stands above is complete once it is there */
  gboolean   done;      /* nothing more will come */
};

/* The executors of the bodies that @executor's steps run are added; a step that has a text itself
 * needs none of its bodies'. */
static void
add_steps (WeftCompiled *compiled, WeftExecutor *executor, GPtrArray *texts)
{
  const WeftProgram *program = executor->program;
  for (guint i = 0; i < program->n_steps; i++)
    {
      WeftKernelText   *text = weft_emit_step (program, i, WEFT_TEXT_C);
      const WeftBodies *bodies = program->steps[i].bodies;
      if (text != NULL)
        {
          Target target = { executor, i, text->scratch_bytes, FALSE };
          g_array_append_val (compiled->targets, target);
          g_ptr_array_add (texts, text);
        }
      for (guint k = 0; text == NULL && bodies != NULL && k < bodies->n_programs; k++)
        g_ptr_array_add (compiled->executors,
                         weft_loop_plan_get_executor (executor->loops[i], k));
    }
}

/* Reads programs only, which do not change while they run. */
static gpointer
write_thread (gpointer data)
{
  WeftCompiled *compiled = data;
  g_autoptr (GPtrArray) texts =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_kernel_text_free);
  for (guint i = 0; i < compiled->executors->len; i++)
    add_steps (compiled, g_ptr_array_index (compiled->executors, i), texts);
  g_atomic_pointer_set (&compiled->build,
                        weft_build_new (texts->len, (WeftKernelText *const *) texts->pdata));
  return NULL;
}

static void
settle (WeftCompiled *compiled)
{
  g_clear_pointer (&compiled->thread, g_thread_join);
}

WeftCompiled *
weft_compiled_new (WeftExecutor *executor)
{
  WeftCompiled *compiled = g_new0 (WeftCompiled, 1);
  compiled->executors = g_ptr_array_new ();
  compiled->targets = g_array_new (FALSE, FALSE, sizeof (Target));
  g_ptr_array_add (compiled->executors, executor);
  compiled->thread = g_thread_try_new ("weft-texts", write_thread, compiled, NULL);
  if (compiled->thread == NULL)
    write_thread (compiled);
  return compiled;
}

void
weft_compiled_free (WeftCompiled *compiled)
{
  settle (compiled);
  weft_build_free (compiled->build);
  g_array_unref (compiled->targets);
  g_ptr_array_unref (compiled->executors);
  g_free (compiled);
}

void
weft_compiled_swap (WeftCompiled *compiled)
{
  WeftBuild *build = compiled->done ? NULL : g_atomic_pointer_get (&compiled->build);
  if (build == NULL)
    return;
  /* Asked first: what comes later is looked for again. */
  compiled->done = weft_build_is_done (build);
  for (guint i = 0; i < compiled->targets->len; i++)
    {
      Target        *target = &g_array_index (compiled->targets, Target, i);
      WeftKernelCode code = target->is_in ? NULL : weft_build_get (build, i);
      if (code == NULL)
        continue;
      weft_executor_set_code (target->executor, target->step, code, target->scratch_bytes);
      target->is_in = TRUE;
    }
}

void
weft_compiled_wait (WeftCompiled *compiled)
{
  settle (compiled);
  if (!compiled->done)
    weft_build_wait (compiled->build);
  weft_compiled_swap (compiled);
}

const char *
weft_compiled_get_message (WeftCompiled *compiled)
{
  WeftBuild *build = g_atomic_pointer_get (&compiled->build);
  return build != NULL ? weft_build_get_message (build) : NULL;
}

void
weft_compiled_set_compare (WeftCompiled *compiled)
{
  settle (compiled);
  for (guint i = 0; i < compiled->executors->len; i++)
    ((WeftExecutor *) g_ptr_array_index (compiled->executors, i))->compare = TRUE;
}

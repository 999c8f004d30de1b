/* Profiles: the clocks of executors, read after each call.
 *
 * Each executor of a program, and of the bodies inside it, gets an array of clocks, one a step; a
 * run adds to them. After a call they are read and set to zero; the last N_SAMPLES calls give the
 * medians.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/function-private.h"
#include "engine/run/profile-private.h"

#define N_SAMPLES 64

/* A step of some executor. */
typedef struct
{
  WeftProfileKernel kernel; /* as it will be told, but for the times */
  gint64           *clock;
  WeftExecutor     *executor; /* whose step it is */
  double            samples[N_SAMPLES];
} Measured;

struct _WeftProfiling
{
  WeftExecutor *executor; /* NULL: none */
  GPtrArray    *clocks;   /* gint64 arrays, owned */
  GArray       *steps;    /* Measured, those of a body after its loop */
  double        calls[N_SAMPLES];
  guint         n_calls;
  gint64        begun;
};

static void
measured_clear (gpointer data)
{
  Measured *measured = data;
  g_free (measured->kernel.name);
  g_free (measured->kernel.nodes);
}

WeftProfiling *
weft_profiling_new (void)
{
  WeftProfiling *profiling = g_new0 (WeftProfiling, 1);
  profiling->clocks = g_ptr_array_new_with_free_func (g_free);
  profiling->steps = g_array_new (FALSE, FALSE, sizeof (Measured));
  g_array_set_clear_func (profiling->steps, measured_clear);
  return profiling;
}

/* ---- Attaching ---- */

static void
detach (WeftProfiling *profiling)
{
  for (guint i = 0; profiling->executor != NULL && i < profiling->steps->len; i++)
    g_array_index (profiling->steps, Measured, i).executor->clock = NULL;
  g_array_set_size (profiling->steps, 0);
  g_ptr_array_set_size (profiling->clocks, 0);
  profiling->executor = NULL;
  profiling->n_calls = 0;
}

static void
add_step (WeftProfiling *profiling, WeftExecutor *executor, guint i, guint depth, double calls)
{
  const WeftStep    *step = &executor->program->steps[i];
  const WeftOrigins *origins = step->origins;
  Measured           measured = { .clock = &executor->clock[i], .executor = executor };
  measured.kernel = (WeftProfileKernel){ .name = g_strdup (step->name),
                                         .kind = step->kind,
                                         .depth = depth,
                                         .step = i,
                                         .calls = calls,
                                         .flops = step->flops * calls,
                                         .bytes = step->bytes * calls };
  if (origins != NULL)
    {
      measured.kernel.n_nodes = origins->n;
      measured.kernel.nodes = g_memdup2 (origins->nodes, origins->n * sizeof (guint32));
    }
  g_array_append_val (profiling->steps, measured);
}

/* Recursion as deep as loops stand in loops. */
static void
attach (WeftProfiling *profiling, WeftExecutor *executor, guint depth, double calls)
{
  const WeftProgram *program = executor->program;
  executor->clock = g_new0 (gint64, MAX (program->n_steps, 1));
  g_ptr_array_add (profiling->clocks, executor->clock);
  for (guint i = 0; i < program->n_steps; i++)
    {
      const WeftBodies *bodies = program->steps[i].bodies;
      add_step (profiling, executor, i, depth, calls);
      for (guint k = 0; bodies != NULL && k < bodies->n_programs; k++)
        attach (profiling, weft_loop_plan_get_executor (executor->loops[i], k), depth + 1,
                program->steps[i].kind == WEFT_STEP_LOOP ? calls * bodies->n_rows : calls);
    }
}

void
weft_profiling_forget (WeftProfiling *profiling, WeftExecutor *executor)
{
  if (profiling->executor == executor)
    detach (profiling);
}

void
weft_profiling_free (WeftProfiling *profiling)
{
  detach (profiling);
  g_array_unref (profiling->steps);
  g_ptr_array_unref (profiling->clocks);
  g_free (profiling);
}

/* ---- Calls ---- */

void
weft_profiling_begin (WeftProfiling *profiling, WeftExecutor *executor)
{
  if (profiling->executor != executor)
    {
      detach (profiling);
      profiling->executor = executor;
      attach (profiling, executor, 0, 1);
    }
  profiling->begun = weft_clock_ns ();
}

void
weft_profiling_end (WeftProfiling *profiling, WeftExecutor *executor, gboolean done)
{
  guint at = profiling->n_calls % N_SAMPLES;
  profiling->calls[at] = weft_clock_ns () - profiling->begun;
  for (guint i = 0; i < profiling->steps->len; i++)
    {
      Measured *measured = &g_array_index (profiling->steps, Measured, i);
      measured->samples[at] = *measured->clock;
      *measured->clock = 0;
    }
  profiling->n_calls += done;
}

/* ---- Telling ---- */

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return x < y ? -1 : x > y;
}

static double
median (const double *samples, guint n)
{
  double sorted[N_SAMPLES];
  memcpy (sorted, samples, n * sizeof (double));
  qsort (sorted, n, sizeof (double), compare_doubles);
  return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* Starts (from nothing) or ends measuring the calls of @function, in any mode but REFERENCE. */
void
weft_function_set_profiling (WeftFunction *function, gboolean profiling)
{
  g_clear_pointer (&function->profiling, weft_profiling_free);
  if (profiling)
    function->profiling = weft_profiling_new ();
}

/* What was measured of the program of the last call; NULL: nothing. Caller owns. */
WeftProfile *
weft_function_get_profile (WeftFunction *function)
{
  WeftProfiling *profiling = function->profiling;
  WeftProfile   *profile;
  double         at = 0;
  guint          n;
  if (profiling == NULL || profiling->n_calls == 0)
    return NULL;
  n = MIN (profiling->n_calls, N_SAMPLES);
  profile = g_new0 (WeftProfile, 1);
  profile->n_calls = profiling->n_calls;
  profile->call_ns = median (profiling->calls, n);
  profile->n_kernels = profiling->steps->len;
  profile->kernels = g_new0 (WeftProfileKernel, profile->n_kernels + 1);
  profile->roofline = weft_roofline_get ();
  for (guint i = 0; i < profile->n_kernels; i++)
    {
      const Measured    *measured = &g_array_index (profiling->steps, Measured, i);
      WeftProfileKernel *kernel = &profile->kernels[i];
      *kernel = measured->kernel;
      kernel->name = g_strdup (measured->kernel.name);
      kernel->nodes = g_memdup2 (measured->kernel.nodes, kernel->n_nodes * sizeof (guint32));
      kernel->ns = median (measured->samples, n);
      kernel->compiled = measured->executor->codes[kernel->step].func != NULL;
      kernel->start_ns = at;
      if (kernel->depth == 0)
        at += kernel->ns;
    }
  return profile;
}

void
weft_profile_free (WeftProfile *profile)
{
  for (guint i = 0; i < profile->n_kernels; i++)
    {
      g_free (profile->kernels[i].name);
      g_free (profile->kernels[i].nodes);
    }
  g_free (profile->kernels);
  g_free (profile);
}

/* What this machine can do at best: operations by a large product, bytes by a large copy, both on
 * the pool's threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/run/profile-private.h"

/* A product of this side is all arithmetic; an array of so many floats fits no cache. */
#define SIDE 768
#define ELEMENTS (G_GINT64_CONSTANT (16) * 1024 * 1024)
#define ROUNDS 6

#define FILE_NAME "machine.ini"
/* What no machine of today does; a file that says so is not ours. */
#define MAX_RATE 1e18

/* ---- Measuring ---- */

/* The least time of a call, in seconds; 0: it cannot be made. The first call compiles and is not
 * counted. */
static double
best_time (const WeftFunctionSpec *spec)
{
  g_autoptr (WeftFunction) function = weft_function_new (spec, NULL);
  double best = 0;
  for (guint i = 0; function != NULL && i < ROUNDS; i++)
    {
      WeftArray *result = NULL;
      gint64     begin = weft_clock_ns ();
      double     seconds;
      if (!weft_function_call (function, NULL, &result, NULL, NULL))
        return 0;
      seconds = (weft_clock_ns () - begin) / 1e9;
      g_clear_pointer (&result, weft_array_unref);
      if (i > 0 && (best == 0 || seconds < best))
        best = seconds;
    }
  return best;
}

/* A product of two square matrices. */
static double
measure_flops (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftArray) array = weft_array_new (WEFT_F32, 2, (gint64[]){ SIDE, SIDE });
  WeftShared      *shared;
  WeftValue       *factors[2], *product;
  WeftFunctionSpec spec = { .graph = graph, .n_outputs = 1, .outputs = &product };
  double           seconds;
  memset (array->data, 0, array->n_bytes);
  shared = weft_shared_new ("x", "state", array);
  factors[0] = factors[1] = weft_graph_shared (graph, shared);
  product = weft_graph_apply (graph, weft_op (WEFT_OP_MATMUL), 2, factors, NULL, NULL);
  seconds = best_time (&spec);
  weft_shared_unref (shared);
  return seconds > 0 ? 2.0 * SIDE * SIDE * SIDE / seconds : 0;
}

/* A variable that becomes its negative, in place: no page is new to the process after the first
 * call. */
static double
measure_bytes (void)
{
  g_autoptr (WeftGraph) graph = weft_graph_new ();
  g_autoptr (WeftArray) array = weft_array_try_new (WEFT_F32, 1, (gint64[]){ ELEMENTS }, NULL);
  gsize            n_bytes;
  WeftShared      *shared;
  WeftValue       *old, *new_value;
  WeftFunctionSpec spec = {
    .graph = graph, .n_updates = 1, .targets = &shared, .new_values = &new_value
  };
  double seconds;
  if (array == NULL)
    return 0;
  n_bytes = array->n_bytes;
  memset (array->data, 0, n_bytes);
  shared = weft_shared_new ("x", "state", array);
  g_clear_pointer (&array, weft_array_unref);
  old = weft_graph_shared (graph, shared);
  new_value = weft_graph_apply (graph, weft_op (WEFT_OP_NEG), 1, &old, NULL, NULL);
  seconds = best_time (&spec);
  weft_shared_unref (shared);
  return seconds > 0 ? 2.0 * n_bytes / seconds : 0;
}

static WeftRoofline
measure (void)
{
  WeftRoofline roofline = { .threads = weft_pool_get_threads () };
  roofline.flops_per_s = measure_flops ();
  roofline.bytes_per_s = measure_bytes ();
  return roofline;
}

/* ---- Remembering ---- */

/* Names the machine: another processor in the same home directory is measured anew. Caller owns. */
static char *
group_name (guint threads)
{
  g_autofree char *text = NULL, *model = NULL;
  g_auto (GStrv) lines = NULL;
  if (g_file_get_contents ("/proc/cpuinfo", &text, NULL, NULL))
    lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; model == NULL && lines != NULL && lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "model name") && strchr (lines[i], ':') != NULL)
      model = g_strstrip (g_strdup (strchr (lines[i], ':') + 1));
  if (model != NULL)
    g_strdelimit (model, "[]\r\n", ' ');
  return g_strdup_printf ("%s, %u of %u threads", model != NULL ? model : "?", threads,
                          g_get_num_processors ());
}

static char *
file_path (void)
{
  return g_build_filename (g_get_user_cache_dir (), "weft", FILE_NAME, NULL);
}

static gboolean
is_rate (double rate)
{
  return isfinite (rate) && rate > 0 && rate < MAX_RATE;
}

static gboolean
recall (WeftRoofline *roofline)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = file_path (), *group = group_name (roofline->threads);
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    return FALSE;
  roofline->flops_per_s = g_key_file_get_double (file, group, "flops_per_s", NULL);
  roofline->bytes_per_s = g_key_file_get_double (file, group, "bytes_per_s", NULL);
  return is_rate (roofline->flops_per_s) && is_rate (roofline->bytes_per_s);
}

/* Nothing is lost where it cannot be written. */
static void
remember (const WeftRoofline *roofline)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *path = file_path (), *group = group_name (roofline->threads);
  g_autofree char *folder = g_path_get_dirname (path);
  if (!is_rate (roofline->flops_per_s) || !is_rate (roofline->bytes_per_s))
    return;
  g_mkdir_with_parents (folder, 0700);
  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL);
  g_key_file_set_double (file, group, "flops_per_s", roofline->flops_per_s);
  g_key_file_set_double (file, group, "bytes_per_s", roofline->bytes_per_s);
  g_key_file_save_to_file (file, path, NULL);
}

WeftRoofline
weft_roofline_get (void)
{
  static GMutex       lock;
  static WeftRoofline known;
  guint               threads = weft_pool_get_threads ();
  WeftRoofline        result;
  g_mutex_lock (&lock);
  if (known.threads != threads)
    {
      WeftRoofline before = { .threads = threads };
      known = measure ();
      /* A busy machine shows less than it can do: the best that was ever seen counts. */
      if (recall (&before))
        {
          known.flops_per_s = MAX (known.flops_per_s, before.flops_per_s);
          known.bytes_per_s = MAX (known.bytes_per_s, before.bytes_per_s);
        }
      remember (&known);
    }
  result = known;
  g_mutex_unlock (&lock);
  return result;
}

double
weft_roofline_limit (const WeftRoofline      *roofline,
                     const WeftProfileKernel *kernel,
                     gboolean                *by_flops)
{
  double arithmetic = kernel->flops / MAX (roofline->flops_per_s, 1) * 1e9,
         memory = kernel->bytes / MAX (roofline->bytes_per_s, 1) * 1e9;
  if (by_flops != NULL)
    *by_flops = arithmetic > memory;
  return MAX (arithmetic, memory);
}

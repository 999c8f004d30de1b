/* How long it takes from a document to its first training step: interpreted, compiled with an empty
 * cache, and compiled with a full one. Each in a process of its own, medians of several.
 *
 *     start [FILE.weft...]
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/train/batch.h"

#define TIMES 5

typedef enum
{
  INTERPRETED,
  COLD,
  CACHED,
} Kind;

static const char *const kinds[] = { "interpreted", "cold", "cached" };
static const char *const parts[] = { "model", "program", "code", "step", "all" };

static const char *program;

/* ---- One start, in a process of its own ---- */

static void
die_if (const GError *error)
{
  if (error == NULL)
    return;
  fprintf (stderr, "%s\n", error->message);
  exit (1);
}

static int
start_once (const char *path, Kind kind)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_load (path, &error);
  WeftModelOptions options = { .seed = 1,
                               .mode =
                                 kind == INTERPRETED ? WEFT_MODE_INTERPRET : WEFT_MODE_COMPILE };
  WeftStepInfo     info = { .step = 0, .total = 100 };
  WeftBatch        batch = { 0 };
  double           metrics[WEFT_MAX_METRICS];
  gint64           at[5];
  guint32          node;
  WeftModel       *model;
  const char      *why;
  die_if (error);
  at[0] = g_get_monotonic_time ();
  model = weft_model_new (document, &options, &node, &error);
  die_if (error);
  info.rate = weft_model_rate (model);
  weft_batch_init (&batch, document, model, weft_model_batch (model), FALSE, &error);
  die_if (error);
  at[1] = g_get_monotonic_time ();
  weft_model_prepare (model, WEFT_MODEL_STEP, batch.columns, &error);
  die_if (error);
  at[2] = g_get_monotonic_time ();
  weft_function_wait_compiled (weft_model_function (model, WEFT_MODEL_STEP, NULL));
  why = weft_function_get_compile_message (weft_model_function (model, WEFT_MODEL_STEP, NULL));
  if (why != NULL)
    fprintf (stderr, "%s\n", why);
  at[3] = g_get_monotonic_time ();
  weft_model_step (model, batch.columns, &info, metrics, NULL, NULL, &error);
  die_if (error);
  at[4] = g_get_monotonic_time ();
  for (guint i = 1; i < 5; i++)
    printf ("%" G_GINT64_FORMAT " ", at[i] - at[i - 1]);
  printf ("%" G_GINT64_FORMAT "\n", at[4] - at[0]);
  return 0;
}

/* ---- All ---- */

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return x < y ? -1 : x > y;
}

static void
start_many (const char *path, Kind kind)
{
  double times[G_N_ELEMENTS (parts)][TIMES];
  for (guint i = 0; i < TIMES + (kind == CACHED); i++)
    {
      g_autofree char *number = g_strdup_printf ("%d", kind);
      g_autofree char *cache = g_dir_make_tmp ("weft-start-XXXXXX", NULL);
      const char      *argv[] = { program, "--once", number, path, NULL };
      g_autofree char *said = NULL;
      g_auto (GStrv) words = NULL;
      g_auto (GStrv) environment = g_get_environ ();
      /* The first cached one fills the cache. */
      if (kind != CACHED || i == 0)
        {
          g_setenv ("WEFT_START_CACHE", cache, TRUE);
        }
      environment =
        g_environ_setenv (environment, "XDG_CACHE_HOME", g_getenv ("WEFT_START_CACHE"), TRUE);
      if (!g_spawn_sync (NULL, (char **) argv, environment, 0, NULL, NULL, &said, NULL, NULL, NULL))
        exit (1);
      words = g_strsplit (g_strstrip (said), " ", -1);
      for (guint k = 0; k < G_N_ELEMENTS (parts) && i < TIMES; k++)
        times[k][i] = words[0] != NULL && k < g_strv_length (words) ? atof (words[k]) / 1000 : 0;
      for (guint k = 0; k < G_N_ELEMENTS (parts) && i == TIMES; k++)
        times[k][0] = atof (words[k]) / 1000;
    }
  printf ("%-14s %-12s", strrchr (path, '/') != NULL ? strrchr (path, '/') + 1 : path, kinds[kind]);
  for (guint k = 0; k < G_N_ELEMENTS (parts); k++)
    {
      qsort (times[k], TIMES, sizeof (double), compare);
      printf (" %8.1f", times[k][TIMES / 2]);
    }
  printf ("\n");
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  static const char *const usual[] = { "mlp-tanh.weft", "lstm.weft", "gpt.weft" };
  program = argv[0];
  if (argc == 4 && strcmp (argv[1], "--once") == 0)
    return start_once (argv[3], (Kind) atoi (argv[2]));
  printf ("%-14s %-12s", "ms", "");
  for (guint k = 0; k < G_N_ELEMENTS (parts); k++)
    printf (" %8s", parts[k]);
  printf ("\n");
  for (int i = 1; i < MAX (argc, 4); i++)
    {
      g_autofree char *path = argc > 1 ? g_strdup (i < argc ? argv[i] : NULL)
                                       : g_build_filename (BENCH_WORKLOADS, usual[i - 1], NULL);
      for (Kind kind = INTERPRETED; path != NULL && kind <= CACHED; kind++)
        start_many (path, kind);
    }
  return 0;
}

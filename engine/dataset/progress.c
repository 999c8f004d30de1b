/* How far the reading of a file has come, told to whoever watches the thread that reads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/dataset-private.h"

typedef struct
{
  WeftDatasetProgress progress;
  gpointer            data;
  gint64              said_us;
} Watch;

/* Oftener than this nobody sees. */
#define INTERVAL_US 30000

static GPrivate watches = G_PRIVATE_INIT (g_free);

/**
 * weft_dataset_watch:
 * @progress: (nullable): called on this thread with 0 to 1 while it opens, surveys or guesses, at
 *   most some thirty times a second; %NULL: no more
 */
void
weft_dataset_watch (WeftDatasetProgress progress, gpointer data)
{
  Watch *watch = g_private_get (&watches);

  if (watch == NULL)
    {
      watch = g_new0 (Watch, 1);
      g_private_set (&watches, watch);
    }
  watch->progress = progress;
  watch->data = data;
  watch->said_us = 0;
}

/* For sources: @done of @total bytes or rows are read. Cheap enough for every few thousand rows. */
void
weft_dataset_report (gsize done, gsize total)
{
  Watch *watch = g_private_get (&watches);
  gint64 now;

  if (watch == NULL || watch->progress == NULL || total == 0)
    return;
  now = g_get_monotonic_time ();
  if (now - watch->said_us < INTERVAL_US)
    return;
  watch->said_us = now;
  watch->progress (MIN (1, (double) done / (double) total), watch->data);
}

/* Frees on threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/free-later.h"

typedef struct
{
  GDestroyNotify free_func;
  gpointer       data;
  gint           done; /* atomic */
  GThread       *thread;
} Work;

/* Main thread only: of Work that has not been joined. */
static GSList *begun;

static gpointer
work_thread (gpointer data)
{
  Work *work = data;
  work->free_func (work->data);
  g_atomic_int_set (&work->done, 1);
  return NULL;
}

static void
join (gboolean all)
{
  for (GSList *link = begun, *next; link != NULL; link = next)
    {
      Work *work = link->data;
      next = link->next;
      if (!all && !g_atomic_int_get (&work->done))
        continue;
      g_thread_join (work->thread);
      begun = g_slist_delete_link (begun, link);
      g_free (work);
    }
}

/**
 * weft_free_later:
 * @free_func: frees @data, on any thread
 * @data: (transfer full): not used any more
 */
void
weft_free_later (GDestroyNotify free_func, gpointer data)
{
  Work *work = g_new0 (Work, 1);
  join (FALSE);
  work->free_func = free_func;
  work->data = data;
  work->thread = g_thread_new ("weft-free", work_thread, work);
  begun = g_slist_prepend (begun, work);
}

/**
 * weft_free_later_finish:
 */
void
weft_free_later_finish (void)
{
  join (TRUE);
}

/* Pages of memory that are there before they are written.
 *
 * A first write to each page, one after the other in the middle of a step, costs several times what
 * the system takes for many at once; where the page was read before, all threads are stopped for it
 * too.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <sys/mman.h>
#include <unistd.h>

#include "engine/run/pages.h"

/* Less is not worth a call, or a thread. */
#define LEAST_BYTES (64 << 10)
#define LEAST_THREAD_BYTES (2 << 20)

static void
fill (const WeftPages *pages)
{
#ifdef MADV_POPULATE_WRITE
  guintptr page = (guintptr) sysconf (_SC_PAGESIZE);
  guintptr begin = ((guintptr) pages->memory + page - 1) / page * page;
  guintptr end = ((guintptr) pages->memory + pages->n_bytes) / page * page;
  if (pages->n_bytes >= LEAST_BYTES)
    madvise ((void *) begin, end - begin, MADV_POPULATE_WRITE);
#endif
}

static gpointer
fill_thread (gpointer data)
{
  GArray *all = data;
  for (guint i = 0; i < all->len; i++)
    fill (&g_array_index (all, WeftPages, i));
  g_array_unref (all);
  return NULL;
}

/* Asks in the background for the pages that lie whole in @pages, whose bytes stay what they are. A
 * system that knows no such thing gives them as they are written. Any thread.
 * @pages: [n], read before it returns
 *
 * Returns: (nullable): a thread, which is to be joined before the memory is given back. */
GThread *
weft_pages_fill (guint n, const WeftPages *pages)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (WeftPages));
  GThread *thread;
  gsize    n_bytes = 0;
  for (guint i = 0; i < n; i++)
    n_bytes += pages[i].n_bytes;
  if (n_bytes < LEAST_THREAD_BYTES)
    return NULL;
  g_array_append_vals (all, pages, n);
  thread = g_thread_try_new ("weft-pages", fill_thread, all, NULL);
  if (thread != NULL)
    g_steal_pointer (&all);
  return thread;
}

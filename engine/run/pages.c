/* Pages of memory that are there before they are written.
 *
 * A first write to each page, one after the other in the middle of a step, costs several times what the
 * system takes for many at once; where the page was read before, all threads are stopped for it too.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <sys/mman.h>
#include <unistd.h>

#include "engine/run/pages.h"

/* Less is not worth a call, or a thread. */
#define LEAST_BYTES (64 << 10)
#define LEAST_THREAD_BYTES (4 << 20)

typedef struct
{
  void *memory;
  gsize n_bytes;
} Range;

/* Asks for the pages that lie in [@memory, @memory + @n_bytes), whose bytes stay what they are. A system
 * that knows no such thing gives them as they are written. Any thread. */
void
weft_pages_fill (void *memory, gsize n_bytes)
{
#ifdef MADV_POPULATE_WRITE
  guintptr page = (guintptr) sysconf (_SC_PAGESIZE);
  guintptr begin = ((guintptr) memory + page - 1) / page * page;
  guintptr end = ((guintptr) memory + n_bytes) / page * page;
  if (n_bytes >= LEAST_BYTES)
    madvise ((void *) begin, end - begin, MADV_POPULATE_WRITE);
#endif
}

static gpointer
fill_thread (gpointer data)
{
  Range *range = data;
  weft_pages_fill (range->memory, range->n_bytes);
  g_free (range);
  return NULL;
}

/* The same in the background.
 *
 * Returns: (nullable): a thread, which is to be joined before the memory is given back. */
GThread *
weft_pages_fill_behind (void *memory, gsize n_bytes)
{
  Range   *range;
  GThread *thread;
  if (n_bytes < LEAST_THREAD_BYTES)
    return NULL;
  range = g_new (Range, 1);
  *range = (Range){ memory, n_bytes };
  thread = g_thread_try_new ("weft-pages", fill_thread, range, NULL);
  if (thread == NULL)
    g_free (range);
  return thread;
}

/* The mailbox. Each post gets a number; the consumer takes the smaller of the two heads.
 *
 * The ring: the poster writes slot head, then publishes head + 1. When it is full it first moves
 * the tail on by one. The consumer copies slot tail and then moves the tail by compare-and-swap:
 * that succeeds only if the slot was not given up meanwhile, so a torn copy is never used.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/mailbox.h"

#include <stdatomic.h>

/* Steps that a busy window may fall behind before it loses some: four seconds at 1000 steps a
 * second. */
#define RING 4096
#define FULL_WAIT_US 1000

typedef struct
{
  guint64   number;
  WeftEvent event; /* without strings */
} Post;

struct _WeftMailbox
{
  void (*notify) (gpointer data);
  gpointer      data;
  Post         *ring;
  atomic_ullong head, tail;
  atomic_int    filled; /* the consumer has been told and has not yet found nothing */
  atomic_int    closed;
  GMutex        lock;
  GQueue        queue;  /* of Post*, under lock */
  guint64       number; /* poster only */
  gboolean      lossless;
};

WeftMailbox *
weft_mailbox_new (void (*notify) (gpointer data), gpointer data)
{
  WeftMailbox *mailbox = g_new0 (WeftMailbox, 1);

  mailbox->notify = notify;
  mailbox->data = data;
  mailbox->ring = g_new0 (Post, RING);
  g_mutex_init (&mailbox->lock);
  g_queue_init (&mailbox->queue);
  return mailbox;
}

static void
event_clear (WeftEvent *event)
{
  g_free (event->message);
  g_strfreev (event->names);
  g_clear_pointer (&event->ports, g_ptr_array_unref);
}

static void
post_free (Post *post)
{
  event_clear (&post->event);
  g_free (post);
}

void
weft_mailbox_free (WeftMailbox *mailbox)
{
  g_queue_clear_full (&mailbox->queue, (GDestroyNotify) post_free);
  g_mutex_clear (&mailbox->lock);
  g_free (mailbox->ring);
  g_free (mailbox);
}

void
weft_mailbox_set_lossless (WeftMailbox *mailbox, gboolean lossless)
{
  mailbox->lossless = lossless;
}

void
weft_mailbox_close (WeftMailbox *mailbox)
{
  atomic_store (&mailbox->closed, 1);
}

static void
tell (WeftMailbox *mailbox)
{
  if (atomic_exchange (&mailbox->filled, 1) == 0 && mailbox->notify != NULL)
    mailbox->notify (mailbox->data);
}

static void
make_room (WeftMailbox *mailbox, unsigned long long head)
{
  unsigned long long tail = atomic_load (&mailbox->tail);

  while (mailbox->lossless && head - tail >= RING && !atomic_load (&mailbox->closed))
    {
      tell (mailbox);
      g_usleep (FULL_WAIT_US);
      tail = atomic_load (&mailbox->tail);
    }
  if (head - tail >= RING)
    atomic_compare_exchange_strong (&mailbox->tail, &tail, tail + 1);
}

/* weft_mailbox_post:
 * @event: copied; its strings are taken
 */
void
weft_mailbox_post (WeftMailbox *mailbox, const WeftEvent *event)
{
  guint64 number = mailbox->number++;

  if (event->kind == WEFT_EVENT_STEP)
    {
      unsigned long long head = atomic_load_explicit (&mailbox->head, memory_order_relaxed);

      make_room (mailbox, head);
      mailbox->ring[head % RING] = (Post){ number, *event };
      atomic_store (&mailbox->head, head + 1);
    }
  else
    {
      Post *post = g_new (Post, 1);

      *post = (Post){ number, *event };
      g_mutex_lock (&mailbox->lock);
      g_queue_push_tail (&mailbox->queue, post);
      g_mutex_unlock (&mailbox->lock);
    }
  tell (mailbox);
}

static WeftEvent *
take_once (WeftMailbox *mailbox)
{
  for (;;)
    {
      unsigned long long tail = atomic_load (&mailbox->tail);
      gboolean           have = tail < atomic_load (&mailbox->head);
      Post               point = { 0 };
      Post              *post;

      if (have)
        point = mailbox->ring[tail % RING];
      g_mutex_lock (&mailbox->lock);
      post = g_queue_peek_head (&mailbox->queue);
      if (post != NULL && !have && tail < atomic_load (&mailbox->head))
        {
          /* A point came between the two looks, perhaps before this post. */
          g_mutex_unlock (&mailbox->lock);
          continue;
        }
      if (post != NULL && (!have || post->number < point.number))
        g_queue_pop_head (&mailbox->queue);
      else
        post = NULL;
      g_mutex_unlock (&mailbox->lock);
      if (post != NULL)
        {
          WeftEvent *event = g_memdup2 (&post->event, sizeof post->event);

          g_free (post);
          return event;
        }
      if (!have)
        return NULL;
      if (atomic_compare_exchange_strong (&mailbox->tail, &tail, tail + 1))
        return g_memdup2 (&point.event, sizeof point.event);
    }
}

/* weft_mailbox_take:
 *
 * Returns: the oldest event, caller owns; NULL: there is none, and the next post will notify.
 */
WeftEvent *
weft_mailbox_take (WeftMailbox *mailbox)
{
  WeftEvent *event = take_once (mailbox);

  if (event != NULL)
    return event;
  /* What was posted between the look and this line found the flag set and told nobody: look again.
   */
  atomic_store (&mailbox->filled, 0);
  return take_once (mailbox);
}

/* weft_event_free:
 */
void
weft_event_free (WeftEvent *event)
{
  if (event == NULL)
    return;
  event_clear (event);
  g_free (event);
}

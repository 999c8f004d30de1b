/* Calls the main thread from others.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/wake.h"

struct _WeftWake
{
  guint       pause_ms;
  GSourceFunc call; /* main thread; NULL: closed */
  gpointer    data;
  gint        pending; /* atomic: a source that calls is on its way */
};

/**
 * weft_wake_new:
 * @pause_ms: between the first who asks and the call
 * @call: called on the main thread
 * @data: for @call
 *
 * Returns: (transfer full): a call that nobody has asked for
 */
WeftWake *
weft_wake_new (guint pause_ms, GSourceFunc call, gpointer data)
{
  WeftWake *wake = g_atomic_rc_box_new0 (WeftWake);
  wake->pause_ms = pause_ms;
  wake->call = call;
  wake->data = data;
  return wake;
}

/**
 * weft_wake_ref:
 * @wake: a call
 *
 * Returns: (transfer full): the same
 */
WeftWake *
weft_wake_ref (WeftWake *wake)
{
  return g_atomic_rc_box_acquire (wake);
}

/**
 * weft_wake_unref:
 * @wake: (transfer full): a call
 */
void
weft_wake_unref (WeftWake *wake)
{
  g_atomic_rc_box_release (wake);
}

static gboolean
call_cb (gpointer data)
{
  WeftWake *wake = data;
  /* Before @call looks at what there is: what comes after its last look asks for another turn. */
  g_atomic_int_set (&wake->pending, 0);
  if (wake->call == NULL || wake->call (wake->data) == G_SOURCE_REMOVE)
    return G_SOURCE_REMOVE;
  /* If another turn was asked for meanwhile, that one goes on. */
  return g_atomic_int_compare_and_exchange (&wake->pending, 0, 1);
}

/**
 * weft_wake_ask:
 * @wake: a call
 *
 * At most one source at a time, so a flood of events costs the main loop nothing.
 */
void
weft_wake_ask (WeftWake *wake)
{
  if (!g_atomic_int_compare_and_exchange (&wake->pending, 0, 1))
    return;
  g_timeout_add_full (G_PRIORITY_DEFAULT_IDLE, wake->pause_ms, call_cb, weft_wake_ref (wake),
                      (GDestroyNotify) weft_wake_unref);
}

/**
 * weft_wake_close:
 * @wake: (transfer full): a call
 */
void
weft_wake_close (WeftWake *wake)
{
  wake->call = NULL;
  weft_wake_unref (wake);
}

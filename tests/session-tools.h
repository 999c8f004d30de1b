/* A training session for tests: events are waited for, and kept until the test ends.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/base/file.h"
#include "engine/train/session.h"

/* Longer than any wait takes on a busy machine under a sanitiser. */
#define PATIENCE_US (120 * G_USEC_PER_SEC)

typedef struct
{
  WeftSession *session;
  GPtrArray   *events; /* WeftEvent*, owned */
  GMutex       lock;
  GCond        filled_cond;
  gboolean     filled;
} Fixture;

static void
filled_cb (gpointer data)
{
  Fixture *fixture = data;

  g_mutex_lock (&fixture->lock);
  fixture->filled = TRUE;
  g_cond_signal (&fixture->filled_cond);
  g_mutex_unlock (&fixture->lock);
}

G_GNUC_UNUSED static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_mutex_init (&fixture->lock);
  g_cond_init (&fixture->filled_cond);
  fixture->events = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_event_free);
  fixture->session = weft_session_new (filled_cb, fixture);
}

G_GNUC_UNUSED static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->session, weft_session_free);
  g_ptr_array_unref (fixture->events);
  g_mutex_clear (&fixture->lock);
  g_cond_clear (&fixture->filled_cond);
}

/* The next event, which must come; borrowed, kept in the fixture. */
G_GNUC_UNUSED static WeftEvent *
next_event (Fixture *fixture)
{
  gint64     end = g_get_monotonic_time () + PATIENCE_US;
  WeftEvent *event;

  while ((event = weft_session_next_event (fixture->session)) == NULL)
    {
      g_mutex_lock (&fixture->lock);
      while (!fixture->filled)
        if (!g_cond_wait_until (&fixture->filled_cond, &fixture->lock, end))
          g_error ("no event came");
      fixture->filled = FALSE;
      g_mutex_unlock (&fixture->lock);
    }
  g_ptr_array_add (fixture->events, event);
  return event;
}

G_GNUC_UNUSED static WeftEvent *
wait_for (Fixture *fixture, WeftEventKind kind)
{
  for (;;)
    {
      WeftEvent *event = next_event (fixture);

      if (event->kind == WEFT_EVENT_FAILED && kind != WEFT_EVENT_FAILED)
        g_error ("failed: %s", event->message);
      if (event->kind == kind)
        return event;
    }
}

G_GNUC_UNUSED static void
wait_for_state (Fixture *fixture, WeftRunState state)
{
  while (wait_for (fixture, WEFT_EVENT_STATE)->state != state)
    ;
}

G_GNUC_UNUSED static WeftDocument *
load_example (const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/examples/%s.weft", weft_data_dir (), name);
  g_autoptr (GError) error = NULL;
  WeftDocument *document = weft_document_load (path, &error);

  g_assert_no_error (error);
  return document;
}

G_GNUC_UNUSED static WeftRunOptions
run_options (gint64 steps)
{
  return (WeftRunOptions){ .steps = steps, .epochs = -1, .seed = 1, .lossless = TRUE };
}

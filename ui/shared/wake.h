/* Calls the main thread from others: however often they ask, it is called once, after a pause,
 * below drawing.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _WeftWake WeftWake;

/* @call is called on the main thread; G_SOURCE_CONTINUE: again after the pause. Caller owns. */
WeftWake *weft_wake_new (guint pause_ms, GSourceFunc call, gpointer data);
WeftWake *weft_wake_ref (WeftWake *wake);
void      weft_wake_unref (WeftWake *wake);
/* Any thread that holds a reference. */
void weft_wake_ask (WeftWake *wake);
/* Main thread: nobody is called any more, who asks is not heard. Takes the caller's reference. */
void weft_wake_close (WeftWake *wake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftWake, weft_wake_unref)

G_END_DECLS

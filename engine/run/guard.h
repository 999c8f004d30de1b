/* Looking at every kernel's results while a program runs: a guard against numbers that are not
 * finite, and a monitor. For code inside run/; function.h has the public part.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/run/function-private.h"

G_BEGIN_DECLS

/* After the function got a guard or a monitor. */
WeftWatch *weft_watch_new (void);
void       weft_watch_free (WeftWatch *watch);
/* The executor is going away. */
void weft_watch_forget (WeftWatch *watch);
/* Around a call of @variant. Variables that are written in place get their numbers back if the
 * guard stops it; *@error then names the first application to blame. */
void weft_watch_begin (WeftFunction *function, WeftVariant *variant);
void weft_watch_end (WeftFunction     *function,
                     WeftVariant      *variant,
                     WeftArray *const *inputs,
                     GError          **error);

G_END_DECLS

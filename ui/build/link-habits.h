/* What people wire to what: the search offers that first.
 *
 * Counted per user in the state directory, weaker with each start of the program, so that habits of
 * long ago fade. A few pairs that every network has are known from the beginning.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The user wired an output of @from to an input of @to; both are what nodes' "op" is. */
void   weft_habits_note (const char *from, const char *to);
/* How likely the user is to do that again, 0 for what was never done; without a unit. */
double weft_habits_rate (const char *from, const char *to);
/* Forgets what is in memory; the next call reads the file again. Notes that were not written yet
 * are written. */
void   weft_habits_flush (void);

G_END_DECLS

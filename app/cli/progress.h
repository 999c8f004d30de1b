/* The progress line of a training run on a terminal.
 *
 * One line that is rewritten; it fits the terminal however narrow, and is not shown where there is
 * none.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/session.h"

G_BEGIN_DECLS

typedef struct
{
  gboolean shown;                /* a line stands there */
  gint64   last_us;              /* when it was drawn */
  gint64   first_step, first_us; /* where the speed is counted from */
  double   speed;                /* steps a second, smoothed */
} CliProgress;

/* The line for @event in at most @width columns; caller owns. @ascii: no box characters. */
char *cli_progress_text (
  const WeftEvent *event, const char *const *names, double speed, int width, gboolean ascii);
/* Draws it, at most so often; @event: the newest STEP. */
void cli_progress_draw (CliProgress *progress, const WeftEvent *event, const char *const *names);
/* Takes the line away, so that other text can be written. */
void cli_progress_clear (CliProgress *progress);

G_END_DECLS

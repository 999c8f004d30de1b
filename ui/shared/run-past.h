/* What is on disk of a run that goes on: looked for and read on threads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "ui/curves/run-data.h"

G_BEGIN_DECLS

/* What the run in @folder measured up to @step, smoothed. However long its log is. */
void         weft_run_past_read (GObject            *source,
                                 const char         *folder,
                                 gint64              step,
                                 const WeftRunData  *smoothed_as,
                                 GCancellable       *cancellable,
                                 GAsyncReadyCallback done,
                                 gpointer            data);
WeftRunData *weft_run_past_read_finish (GAsyncResult *result, GError **error);

/* The newest run in @runs_folder, if it was interrupted while a document of this signature was
 * trained. One that is trained still may be about to be left: that is waited for, for a while. */
void  weft_run_past_find (GObject            *source,
                          const char         *runs_folder,
                          const char         *signature,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback done,
                          gpointer            data);
/* @step: (out): where it stands. Its folder, caller owns; NULL: there is none. */
char *weft_run_past_find_finish (GAsyncResult *result, gint64 *step);

G_END_DECLS

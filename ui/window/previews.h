/* Watches: what flows out of nodes, shown on their cards as histogram, heat map or picture, for one
 * batch of the document's own data with the parameters as trained so far.
 *
 * Evaluated on a worker, after edits and while a run goes on, at most ten times a second and at
 * most a quarter of the time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/build/canvas.h"
#include "ui/shared/run-model.h"

G_BEGIN_DECLS

typedef struct _WeftPreviews WeftPreviews;

/* All three are borrowed and outlive it. */
WeftPreviews *weft_previews_new (WeftCanvas *canvas, WeftDocument *document, WeftRunModel *run);
void       weft_previews_free (WeftPreviews *watch);
gboolean   weft_previews_toggle (WeftPreviews *watch, guint32 uid); /* TRUE: it is watched now */
void       weft_previews_next_form (WeftPreviews *watch, guint32 uid);
void       weft_previews_set_all (WeftPreviews *watch, gboolean all);
gboolean   weft_previews_get_all (WeftPreviews *watch);
void       weft_previews_ask (WeftPreviews *watch); /* the document or the parameters changed */

G_END_DECLS

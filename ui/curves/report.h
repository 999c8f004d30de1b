/* The report of a run: one HTML file that holds everything, for a browser without a network, light
 * and dark.
 *
 * Title, last values, the curves, what the model takes for what (or how far its numbers are off),
 * the graph, what differs from the run before, the settings, with what it was trained.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @folder: of the run. Errors: G_FILE_ERROR, WEFT_CURVES_ERROR, WEFT_DOCUMENT_ERROR. Any thread. */
gboolean weft_report_write (const char *folder, const char *path, GError **error);
/* For report.c. */
void weft_report_append_model (GString *html, const char *folder);

G_END_DECLS

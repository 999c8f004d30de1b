/* The report of a run: one HTML file that holds everything, for a browser without a network, light
 * and dark.
 *
 * Title, last values, the graph, the curves, the settings, what differs from the run before.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @folder: of the run. Errors: G_FILE_ERROR, WEFT_CURVES_ERROR, WEFT_DOCUMENT_ERROR. Any thread. */
gboolean weft_report_write (const char *folder, const char *path, GError **error);

G_END_DECLS

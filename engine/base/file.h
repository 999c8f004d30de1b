/* Reading and writing whole files safely.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The folder with layers/, examples/, datasets/, schema/: $WEFT_DATA_DIR, else the installed one,
 * else the one in the source tree. Borrowed. */
const char *weft_data_dir (void);
/* The folder for state that outlives the program ($XDG_STATE_HOME/weft); created. Borrowed. */
const char *weft_state_dir (void);

/* Reads @path, which must be a regular file of at most @limit bytes. Errors: G_FILE_ERROR,
 * message names the path. */
GBytes *weft_file_read (const char *path, gsize limit, GError **error);

/* Writes to a temporary file beside @path, fsync, rename over @path, fsync of the folder: either
 * the old or the new. */
gboolean weft_file_write_atomic (const char *path, const void *data, gsize size, GError **error);

/* Writes @size bytes, however many calls that takes. FALSE, and errno, where the system refuses. */
gboolean weft_file_write_all (int fd, gconstpointer data, gsize size);

G_END_DECLS

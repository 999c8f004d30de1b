/* The window's search in the graph.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

/* What is found in the document itself is selected while one types, if the document is what is
 * shown. */
void
weft_window_select_found (WeftWindow *window, GBytes *found)
{
  gsize          size;
  const guint32 *uids = g_bytes_get_data (found, &size);
  if (weft_window_get_shown (window) == window->document)
    weft_canvas_set_selection (window->canvas, uids, (guint) (size / sizeof *uids));
}

/* Opens the groups around it on the way. */
void
weft_window_go_inside (WeftWindow *window, guint32 uid)
{
  weft_window_leave_levels (window, 0);
  for (;;)
    {
      guint32 outer = weft_document_outer_node (weft_window_get_shown (window), uid);
      if (outer == 0)
        return;
      if (outer == uid)
        {
          weft_canvas_reveal (window->canvas, uid);
          return;
        }
      if (!weft_window_open_node (window, outer))
        return;
    }
}

/* The Inspect view in the window.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

static void
inspect_go_cb (WeftInspectView *view, guint node, WeftWindow *window)
{
  weft_window_show_node (window, node);
}

/* For internal use: gives the view its model, which the window owns. */
void
weft_window_init_inspect (WeftWindow *window)
{
  window->inspect_model = weft_inspect_model_new ();
  weft_inspect_view_set_model (window->inspect, window->inspect_model);
  g_signal_connect (window->inspect, "go", G_CALLBACK (inspect_go_cb), window);
}

/* For internal use: works only while it is seen. */
void
weft_window_follow_inspect (WeftWindow *window)
{
  const char *view = gtk_stack_get_visible_child_name (window->views);
  if (window->inspect_model != NULL)
    weft_inspect_model_set_active (window->inspect_model,
                                   g_strcmp0 (view, "inspect") == 0 ||
                                     weft_window_dock_inspects (window));
}

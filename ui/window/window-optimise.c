/* The Optimise view in the window.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

static void
optimise_go_cb (WeftOptimiseView *view, guint node, WeftWindow *window)
{
  weft_window_show_node (window, node);
}

static void
optimise_message_cb (WeftOptimiseView *view, const char *text, WeftWindow *window)
{
  weft_window_toast (window, text);
}

/* For internal use: gives the view its model, which the window owns. */
void
weft_window_init_optimise (WeftWindow *window)
{
  window->optimise_model = weft_optimise_model_new ();
  weft_optimise_view_set_model (window->optimise, window->optimise_model);
  g_signal_connect (window->optimise, "go", G_CALLBACK (optimise_go_cb), window);
  g_signal_connect (window->optimise, "message", G_CALLBACK (optimise_message_cb), window);
}

/* For internal use: works only while it is seen. */
void
weft_window_follow_optimise (WeftWindow *window)
{
  const char *view = gtk_stack_get_visible_child_name (window->views);
  weft_optimise_model_set_active (window->optimise_model, g_strcmp0 (view, "optimise") == 0);
}

/* Views of the Train page, opened from anywhere: by name, or for the node that is selected.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include <glib/gi18n.h>

static void
go_to_train (WeftWindow *window)
{
  g_action_group_change_action_state (G_ACTION_GROUP (window), "view",
                                      g_variant_new_string ("train"));
}

static void
show_view_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  if (weft_board_open (window->board, g_variant_get_string (parameter, NULL), NULL))
    go_to_train (window);
  else
    weft_window_toast (window, _ ("This view does not fit the model."));
}

/* What the view shows of the selected node: its weights, what it gives, ... */
static void
show_of_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow     *window = data;
  guint           n;
  const guint32  *uids = weft_canvas_get_selection (window->canvas, &n);
  const WeftNode *node = n > 0 ? weft_document_node (window->document, uids[0]) : NULL;
  if (node == NULL)
    weft_window_toast (window, _ ("Select a node of the document first."));
  else if (weft_board_open_node (window->board, g_variant_get_string (parameter, NULL), node->id))
    go_to_train (window);
  else
    {
      g_autofree char *text = g_strdup_printf (_ ("There is nothing of the kind in %s."), node->id);
      weft_window_toast (window, text);
    }
}

/* A view shows something of a node: there it is on the canvas. */
static void
show_node_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  guint32     uid = g_variant_get_uint32 (parameter);
  if (weft_document_node (window->document, uid) != NULL)
    weft_window_show_node (window, uid);
}

const GActionEntry weft_window_view_actions[] = {
  { .name = "show-node", .activate = show_node_action, .parameter_type = "u" },
  { .name = "show-view", .activate = show_view_action, .parameter_type = "s" },
  { .name = "show-of", .activate = show_of_action, .parameter_type = "s" },
};
const guint weft_window_n_view_actions = G_N_ELEMENTS (weft_window_view_actions);

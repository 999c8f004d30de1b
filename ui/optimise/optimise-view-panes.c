/* The two panes of the Optimise view: what they show, what is selected in them, the lines between
 * them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/optimise-view-private.h"

#include <glib/gi18n.h>

static WeftSide
side_of (WeftOptimiseView *view, WeftGraphPane *pane)
{
  return pane == view->graphs[WEFT_SIDE_DRAWN] ? WEFT_SIDE_DRAWN : WEFT_SIDE_NOW;
}

/* Whether both panes show one history. */
static gboolean
is_one (WeftOptimiseView *view)
{
  return weft_optimise_model_get_side_history (view->model, WEFT_SIDE_DRAWN) ==
         weft_optimise_model_get_side_history (view->model, WEFT_SIDE_NOW);
}

/* ---- Lines ---- */

/* Without a selection: from what the step's result comes from to the result. */
static void
link_step (WeftOptimiseView *view)
{
  WeftHistory *history = weft_optimise_model_get_history (view->model);
  guint        step = weft_optimise_model_get_step (view->model);
  g_autoptr (GArray) to = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) from = NULL;
  if (history == NULL || step == 0 || !is_one (view) ||
      weft_optimise_model_get_half (view->model) == WEFT_HALF_SAW)
    {
      weft_ghost_links_set (view->links, NULL, NULL);
      return;
    }
  const WeftRewriteStep *info = weft_history_get_step (history, step);
  guint                  root = weft_history_value_apply (history, info->root_after);
  from = weft_history_sources (history, root);
  g_array_append_val (to, root);
  if (info->n_added == 0)
    g_array_set_size (from, 0);
  weft_ghost_links_set (view->links, from, to);
}

static void
follow_links (WeftOptimiseView *view)
{
  if (weft_optimise_model_get_selected (view->model, NULL) == G_MAXUINT)
    link_step (view);
  else
    weft_ghost_links_set (view->links,
                          weft_optimise_model_get_linked (view->model, WEFT_SIDE_DRAWN),
                          weft_optimise_model_get_linked (view->model, WEFT_SIDE_NOW));
}

/* ---- What they show ---- */

static gboolean
adds_nothing (WeftOptimiseView *view, guint step)
{
  WeftHistory *history = weft_optimise_model_get_history (view->model);
  return history != NULL && weft_history_get_step (history, step)->n_added == 0;
}

static void
show_side (WeftOptimiseView *view, WeftSide side)
{
  WeftGraphArt *art = weft_optimise_model_get_side_art (view->model, side);
  WeftCursor   *cursor = weft_optimise_model_get_side_cursor (view->model, side);
  guint         step = weft_optimise_model_get_step (view->model), which;
  gboolean      seen = weft_optimise_model_get_half (view->model) == WEFT_HALF_SAW;
  if (side == WEFT_SIDE_DRAWN && !is_one (view))
    step = 0;
  if (seen)
    which = WEFT_MARK_MATCHED;
  else
    which = side == WEFT_SIDE_DRAWN ? WEFT_MARK_MATCHED | WEFT_MARK_REMOVED : WEFT_MARK_ADDED;
  /* Nothing new: what changed is how it is computed. */
  if (side == WEFT_SIDE_NOW && step > 0 && adds_nothing (view, step))
    which |= WEFT_MARK_MATCHED;
  weft_graph_pane_show (view->graphs[side], cursor != NULL ? art : NULL, cursor, step,
                        step > 0 ? which : 0, seen && side == WEFT_SIDE_NOW);
}

/* A long history is not seen at once: the step's operations come into view. */
static void
reveal_step (WeftOptimiseView *view)
{
  WeftHistory *history = weft_optimise_model_get_history (view->model);
  guint        step = weft_optimise_model_get_step (view->model);
  g_autoptr (GArray) applies = g_array_new (FALSE, FALSE, sizeof (guint));
  if (history == NULL || step == 0)
    return;
  const WeftRewriteStep *info = weft_history_get_step (history, step);
  gboolean               seen = weft_optimise_model_get_half (view->model) == WEFT_HALF_SAW;
  if (seen && info->n_matched > 0)
    g_array_append_vals (applies, info->matched, info->n_matched);
  else if (info->n_added > 0)
    g_array_append_vals (applies, info->added, info->n_added);
  else
    {
      /* Nothing new: what takes the place of what went, and what is left of that. */
      guint root = weft_history_value_apply (history, info->root_after);
      g_array_append_val (applies, root);
      if (info->n_matched > 0)
        g_array_append_vals (applies, info->matched, info->n_matched);
    }
  if (applies->len > 0)
    weft_graph_pane_reveal (view->graphs[WEFT_SIDE_NOW], applies);
}

static void
follow_selection (WeftOptimiseView *view)
{
  WeftSide side;
  guint    selected = weft_optimise_model_get_selected (view->model, &side);
  for (guint i = 0; i < 2; i++)
    weft_graph_pane_set_selection (view->graphs[i],
                                   selected != G_MAXUINT && side == i ? selected : G_MAXUINT,
                                   selected != G_MAXUINT
                                     ? weft_optimise_model_get_linked (view->model, i)
                                     : NULL);
  follow_links (view);
}

/* For internal use: another step or half. */
void
weft_optimise_view_follow_step (WeftOptimiseView *view)
{
  show_side (view, WEFT_SIDE_DRAWN);
  show_side (view, WEFT_SIDE_NOW);
  follow_selection (view);
  reveal_step (view);
}

/* For internal use: another history. Panes that show one history are panned and zoomed together. */
void
weft_optimise_view_follow_history (WeftOptimiseView *view)
{
  gboolean one = is_one (view);
  weft_graph_pane_set_camera (view->graphs[WEFT_SIDE_NOW], view->cameras[one ? 0 : 1]);
  weft_optimise_view_follow_step (view);
}

/* ---- What one does in them ---- */

static void
select_cb (WeftGraphPane *pane, guint apply, WeftOptimiseView *view)
{
  weft_optimise_model_select (view->model, side_of (view, pane), apply);
}

/* What is under the pointer lights up what belongs to it on the other side, as long as nothing is
 * selected. */
static void
hover_cb (WeftGraphPane *pane, guint apply, WeftOptimiseView *view)
{
  WeftSide     side = side_of (view, pane), other = 1 - side;
  WeftHistory *history = weft_optimise_model_get_history (view->model);
  g_autoptr (GArray) linked = NULL;
  g_autoptr (GArray) own = g_array_new (FALSE, FALSE, sizeof (guint));
  if (history == NULL || !is_one (view) ||
      weft_optimise_model_get_selected (view->model, NULL) != G_MAXUINT)
    return;
  g_array_append_val (own, apply);
  if (apply != G_MAXUINT)
    linked = side == WEFT_SIDE_DRAWN
               ? weft_history_results (history, apply,
                                       weft_optimise_model_get_shown_step (view->model))
               : weft_history_sources (history, apply);
  weft_graph_pane_set_selection (view->graphs[other], G_MAXUINT, linked);
  if (apply == G_MAXUINT)
    link_step (view);
  else
    weft_ghost_links_set (view->links, side == WEFT_SIDE_DRAWN ? own : linked,
                          side == WEFT_SIDE_DRAWN ? linked : own);
}

/* What has a body opens; else its node is shown where it was drawn. */
static void
activate_cb (WeftGraphPane *pane, guint apply, WeftOptimiseView *view)
{
  if (side_of (view, pane) == WEFT_SIDE_DRAWN && !is_one (view))
    return;
  if (weft_optimise_model_enter (view->model, apply))
    return;
  guint32 node = weft_optimise_model_node_of (view->model, apply);
  if (node != 0)
    g_signal_emit_by_name (view, "go", node);
  else
    weft_optimise_view_tell (view, _ ("No node of the document stands for this alone"));
}

/* For internal use. */
void
weft_optimise_view_add_panes (WeftOptimiseView *view)
{
  GtkOverlay *overlays[] = { view->drawn_overlay, view->now_overlay };
  for (guint i = 0; i < 2; i++)
    {
      view->cameras[i] = weft_graph_camera_new ();
      view->graphs[i] = weft_graph_pane_new ();
      weft_graph_pane_set_camera (view->graphs[i], view->cameras[0]);
      gtk_overlay_set_child (overlays[i], GTK_WIDGET (view->graphs[i]));
      g_signal_connect_object (view->graphs[i], "select", G_CALLBACK (select_cb), view, 0);
      g_signal_connect_object (view->graphs[i], "hover", G_CALLBACK (hover_cb), view, 0);
      g_signal_connect_object (view->graphs[i], "activate", G_CALLBACK (activate_cb), view, 0);
    }
  view->links = weft_ghost_links_new (view->graphs[0], view->graphs[1]);
  gtk_overlay_add_overlay (view->panes_overlay, GTK_WIDGET (view->links));
  g_signal_connect_object (view->model, "selection", G_CALLBACK (follow_selection), view,
                           G_CONNECT_SWAPPED);
}

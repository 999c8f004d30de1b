/* One small widget a box, which draws nothing: it can have the focus, and assistive technology
 * reads it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/graph-pane-private.h"

#include <math.h>

struct _WeftGraphPaneBox
{
  GtkWidget parent_instance;

  /* Borrowed */
  WeftGraphPane *pane;

  /* Owned */
  char *label, *description;

  /* Plain values */
  guint    box;
  gboolean selected;
};

G_DEFINE_FINAL_TYPE (WeftGraphPaneBox, weft_graph_pane_box, GTK_TYPE_WIDGET)

static void
focus_cb (WeftGraphPaneBox *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self->pane));
  if (gtk_widget_is_focus (GTK_WIDGET (self)))
    weft_graph_pane_reveal_box (self->pane, self->box);
}

static void
weft_graph_pane_box_finalize (GObject *object)
{
  WeftGraphPaneBox *self = WEFT_GRAPH_PANE_BOX (object);

  g_free (self->label);
  g_free (self->description);
  G_OBJECT_CLASS (weft_graph_pane_box_parent_class)->finalize (object);
}

static void
weft_graph_pane_box_class_init (WeftGraphPaneBoxClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = weft_graph_pane_box_finalize;
  gtk_widget_class_set_css_name (widget_class, "weftgraphbox");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
weft_graph_pane_box_init (WeftGraphPaneBox *self)
{
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_can_target (GTK_WIDGET (self), FALSE);
  g_signal_connect (self, "notify::has-focus", G_CALLBACK (focus_cb), NULL);
}

/* Says what is new only: each of these goes over the bus. */
static void
speak (WeftGraphPaneBox *self)
{
  WeftGraphPane   *pane = self->pane;
  guint            marks = weft_graph_pane_marks_of (pane, self->box);
  gboolean         selected = (marks & WEFT_MARK_SELECTED) != 0;
  g_autofree char *label = weft_graph_scene_describe (pane->scene, self->box);
  g_autofree char *description =
    weft_graph_scene_describe_marks (pane->scene, self->box, pane->change, marks);

  if (g_strcmp0 (label, self->label) != 0)
    {
      gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                      -1);
      g_free (self->label);
      self->label = g_steal_pointer (&label);
    }
  if (g_strcmp0 (description, self->description) != 0)
    {
      gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                      description ? description : "", -1);
      g_free (self->description);
      self->description = g_steal_pointer (&description);
    }
  if (selected != self->selected)
    gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_SELECTED, selected,
                                 -1);
  self->selected = selected;
}

static gboolean
is_worth_exposing (WeftGraphPane *pane, guint box, const WeftRect *view)
{
  WeftRect rect = weft_graph_scene_rect (pane->scene, box);

  return weft_rect_overlaps (&rect, view) || weft_graph_pane_marks_of (pane, box) != 0;
}

static void
drop_gone (WeftGraphPane *pane, GHashTable *wanted)
{
  GHashTableIter iter;
  gpointer       key, child;

  g_hash_table_iter_init (&iter, pane->boxes);
  while (g_hash_table_iter_next (&iter, &key, &child))
    if (!g_hash_table_contains (wanted, key))
      {
        /* The focus must not leave the pane because a rewrite took away what had it. */
        if (gtk_widget_is_focus (child))
          gtk_widget_grab_focus (GTK_WIDGET (pane));
        g_hash_table_iter_remove (&iter);
        gtk_widget_unparent (child);
      }
}

static WeftGraphPaneBox *
get_child (WeftGraphPane *pane, guint box)
{
  WeftGraphPaneBox *child = g_hash_table_lookup (pane->boxes, GUINT_TO_POINTER (box));

  if (child)
    return child;
  child = g_object_new (WEFT_TYPE_GRAPH_PANE_BOX, NULL);
  child->pane = pane;
  child->box = box;
  g_hash_table_insert (pane->boxes, GUINT_TO_POINTER (box), child);
  gtk_widget_set_parent (GTK_WIDGET (child), GTK_WIDGET (pane));
  return child;
}

/* Children for what is shown, in the order of the graph. */
void
weft_graph_pane_expose (WeftGraphPane *pane)
{
  guint        n = 0;
  const guint *boxes = pane->scene ? weft_graph_scene_boxes (pane->scene, &n) : NULL;
  WeftRect     view = weft_graph_pane_viewport (pane);
  guint        focused = weft_graph_pane_focused_box (pane);
  GtkWidget   *last = pane->title;
  guint        room = WEFT_PANE_MAX_EXPOSED;
  g_autoptr (GHashTable) wanted = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < n; i++)
    if (boxes[i] == focused || n <= WEFT_PANE_MAX_EXPOSED ||
        (room > 0 && is_worth_exposing (pane, boxes[i], &view)))
      {
        g_hash_table_add (wanted, GUINT_TO_POINTER (boxes[i]));
        room -= MIN (room, 1);
      }
  drop_gone (pane, wanted);
  for (guint i = 0; i < n; i++)
    if (g_hash_table_contains (wanted, GUINT_TO_POINTER (boxes[i])))
      {
        WeftGraphPaneBox *child = get_child (pane, boxes[i]);

        if (gtk_widget_get_prev_sibling (GTK_WIDGET (child)) != last)
          gtk_widget_insert_after (GTK_WIDGET (child), GTK_WIDGET (pane), last);
        last = GTK_WIDGET (child);
        speak (child);
      }
  gtk_widget_queue_allocate (GTK_WIDGET (pane));
}

void
weft_graph_pane_place_boxes (WeftGraphPane *pane)
{
  GHashTableIter iter;
  gpointer       child;

  g_hash_table_iter_init (&iter, pane->boxes);
  while (g_hash_table_iter_next (&iter, NULL, &child))
    {
      guint         box = WEFT_GRAPH_PANE_BOX (child)->box;
      WeftRect      rect = weft_graph_pane_to_view (pane, weft_graph_scene_rect (pane->scene, box));
      GskTransform *at =
        gsk_transform_translate (NULL, &GRAPHENE_POINT_INIT ((float) rect.x, (float) rect.y));

      gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
      gtk_widget_allocate (child, MAX (1, (int) round (rect.width)),
                           MAX (1, (int) round (rect.height)), -1, at);
    }
}

guint
weft_graph_pane_focused_box (WeftGraphPane *pane)
{
  GtkWidget *child = gtk_widget_get_focus_child (GTK_WIDGET (pane));

  return child && WEFT_IS_GRAPH_PANE_BOX (child) && gtk_widget_is_focus (child)
           ? WEFT_GRAPH_PANE_BOX (child)->box
           : WEFT_NO_BOX;
}

/* Gives it a widget if it has none yet. */
void
weft_graph_pane_focus_box (WeftGraphPane *pane, guint box)
{
  WeftGraphPaneBox *child;

  if (!pane->scene || !weft_graph_scene_has (pane->scene, box))
    return;
  child = get_child (pane, box);
  speak (child);
  weft_graph_pane_place_boxes (pane);
  gtk_widget_grab_focus (GTK_WIDGET (child));
}

void
weft_graph_pane_drop_boxes (WeftGraphPane *pane)
{
  GHashTableIter iter;
  gpointer       child;

  g_hash_table_iter_init (&iter, pane->boxes);
  while (g_hash_table_iter_next (&iter, NULL, &child))
    {
      g_hash_table_iter_remove (&iter);
      gtk_widget_unparent (child);
    }
}

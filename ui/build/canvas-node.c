/* One card on the canvas: a leaf widget, so that it can have the focus, actions and an accessible
 * name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

G_DEFINE_FINAL_TYPE (WeftCanvasNode, weft_canvas_node, GTK_TYPE_WIDGET)

/* ---- What assistive technology hears ---- */

static void
append_ports (GString *out, const WeftCanvasNode *node, gboolean output)
{
  WeftTyping        *typing = node->canvas->typing;
  guint              n = output ? node->art->n_outputs : node->art->n_inputs;
  const WeftPortArt *ports = output ? node->art->outputs : node->art->inputs;

  for (guint i = 0; i < n; i++)
    {
      const WeftType  *type = NULL;
      g_autofree char *text = NULL;

      if (typing)
        type = output ? weft_typing_output (typing, node->uid, ports[i].name)
                      : weft_typing_input (typing, node->uid, ports[i].name);
      text = type ? weft_type_to_string (type) : NULL;
      /* Translators: a port of a node: its name, and what flows there */
      g_string_append_printf (out, output ? _ ("output %s %s, ") : _ ("input %s %s, "),
                              ports[i].name, text ? text : _ ("unknown"));
    }
}

/* Label and description from the types as they are now. */
void
weft_canvas_node_speak (WeftCanvasNode *node)
{
  g_autofree char *label = g_strdup_printf ("%s, %s", node->art->title, node->art->kind);
  g_autoptr (GString) out = g_string_new (NULL);

  append_ports (out, node, FALSE);
  append_ports (out, node, TRUE);
  g_string_append_printf (
    out, g_dngettext (GETTEXT_PACKAGE, "%u wire, ", "%u wires, ", node->n_wires), node->n_wires);
  if (node->look.selected)
    g_string_append (out, _ ("selected, "));
  if (node->art->flags & WEFT_NODE_BYPASSED)
    g_string_append (out, _ ("bypassed, "));
  if (node->extras.stop)
    g_string_append (out, _ ("breakpoint, "));
  if (node->art->problem)
    g_string_append_printf (out, _ ("problem: %s"), node->art->problem);
  else
    g_string_append (out, _ ("no problem"));
  if (g_strcmp0 (out->str, node->spoken) == 0)
    return;
  g_free (node->spoken);
  node->spoken = g_strdup (out->str);
  gtk_accessible_update_property (GTK_ACCESSIBLE (node), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, out->str, -1);
}

/* ---- Keeping up ---- */

static void
read_colours (WeftCanvasNode *node)
{
  WeftTyping   *typing = node->canvas->typing;
  WeftThemeKind theme = node->canvas->style->theme;
  guint         n_inputs = node->art->n_inputs;

  for (guint i = 0; i < n_inputs; i++)
    node->colours[i] = weft_wire_colour (
      theme, typing ? weft_typing_input (typing, node->uid, node->art->inputs[i].name) : NULL);
  for (guint i = 0; i < node->art->n_outputs; i++)
    node->colours[n_inputs + i] = weft_wire_colour (
      theme, typing ? weft_typing_output (typing, node->uid, node->art->outputs[i].name) : NULL);
}

static gboolean
same_ports (const WeftPortArt *a, guint n_a, const WeftPortArt *b, guint n_b)
{
  for (guint i = 0; n_a == n_b && i < n_a; i++)
    if (!g_str_equal (a[i].name, b[i].name) || a[i].hidden != b[i].hidden || a[i].y != b[i].y)
      return FALSE;
  return n_a == n_b;
}

/* Whether wires end at the same places. */
static gboolean
same_outline (const WeftNodeArt *a, const WeftNodeArt *b)
{
  return a->width == b->width && a->height == b->height &&
         same_ports (a->inputs, a->n_inputs, b->inputs, b->n_inputs) &&
         same_ports (a->outputs, a->n_outputs, b->outputs, b->n_outputs);
}

/* The art from the document; types follow with weft_canvas_node_update_types. */
void
weft_canvas_node_rebuild (WeftCanvasNode *node)
{
  WeftNodeArt *art = weft_node_art_new (node->canvas->document, node->canvas->typing, node->uid,
                                        &node->extras, node->canvas->style);

  if (!art)
    return;
  if (!node->art || !same_outline (art, node->art))
    node->canvas->moved = TRUE;
  g_clear_pointer (&node->art, weft_node_art_free);
  node->art = art;
  node->ink = weft_node_art_ink (art, node->canvas->style);
  g_free (node->colours);
  node->colours = g_new0 (WeftColour, art->n_inputs + art->n_outputs + 1);
  read_colours (node);
  node->look.port_colours = node->colours;
  gtk_widget_queue_resize (GTK_WIDGET (node));
  weft_canvas_node_redraw (node);
}

/* Colours of ports, the problem, the description. Draws anew only what is different. */
void
weft_canvas_node_update_types (WeftCanvasNode *node)
{
  WeftTyping            *typing = node->canvas->typing;
  const WeftProblem     *problem = typing ? weft_typing_node_problem (typing, node->uid) : NULL;
  guint                  n = node->art->n_inputs + node->art->n_outputs;
  g_autofree WeftColour *before = NULL;

  if (g_strcmp0 (problem ? problem->message : NULL, node->art->problem) != 0 ||
      node->art->flags & WEFT_NODE_COLLAPSED)
    weft_canvas_node_rebuild (node);
  else
    {
      before = g_memdup2 (node->colours, n * sizeof *before);
      read_colours (node);
      if (n > 0 && memcmp (before, node->colours, n * sizeof *before) != 0)
        weft_canvas_node_redraw (node);
    }
}

void
weft_canvas_node_set_look (WeftCanvasNode *node, const WeftNodeLook *look)
{
  gboolean      selected = look->selected;
  gboolean      was_selected = node->look.selected;
  WeftNodeLook  next = *look;
  WeftNodeLook *now = &node->look;

  next.port_colours = node->colours;
  if (now->detail == next.detail && was_selected == selected && now->focused == next.focused &&
      now->faded == next.faded && now->alarm == next.alarm && now->dim_inputs == next.dim_inputs &&
      now->dim_outputs == next.dim_outputs && now->bright_input == next.bright_input &&
      now->bright_output == next.bright_output)
    return;
  node->look = next;
  weft_canvas_node_redraw (node);
  if (selected != was_selected)
    {
      gtk_accessible_update_state (GTK_ACCESSIBLE (node), GTK_ACCESSIBLE_STATE_SELECTED, selected,
                                   -1);
      weft_canvas_node_speak (node);
    }
}

/* ---- Widget ---- */

static void
weft_canvas_node_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftCanvasNode *node = WEFT_CANVAS_NODE (widget);
  WeftPen         pen = weft_pen_for_snapshot (snapshot);
  WeftNodeLook    look = node->look;

  look.focused = gtk_widget_has_visible_focus (widget);
  weft_node_art_draw (node->art, &pen, node->canvas->style, &look);
}

static void
weft_canvas_node_measure (GtkWidget     *widget,
                          GtkOrientation orientation,
                          int            for_size,
                          int           *minimum,
                          int           *natural,
                          int           *minimum_baseline,
                          int           *natural_baseline)
{
  WeftNodeArt *art = WEFT_CANVAS_NODE (widget)->art;

  *minimum = *natural =
    (int) ceil (orientation == GTK_ORIENTATION_HORIZONTAL ? art->width : art->height);
}

/* Focus pans the card into view, as a person who walks by keyboard must see where they are. */
static void
focus_cb (WeftCanvasNode *node)
{
  WeftCanvas *canvas = node->canvas;
  WeftRect    view = weft_canvas_viewport (canvas);
  WeftRect    inner = weft_rect_grow (view, -20 / canvas->zoom);
  double      dx = 0, dy = 0;

  weft_canvas_node_redraw (node);
  if (!gtk_widget_has_visible_focus (GTK_WIDGET (node)) || canvas->drag.kind != WEFT_DRAG_NONE)
    return;
  if (node->x < inner.x)
    dx = inner.x - node->x;
  else if (node->x + node->art->width > inner.x + inner.width)
    dx = MAX (inner.x + inner.width - node->x - node->art->width, inner.x - node->x);
  if (node->y < inner.y)
    dy = inner.y - node->y;
  else if (node->y + node->art->height > inner.y + inner.height)
    dy = MAX (inner.y + inner.height - node->y - node->art->height, inner.y - node->y);
  if (dx != 0 || dy != 0)
    weft_canvas_set_view (canvas, canvas->pan_x + dx * canvas->zoom,
                          canvas->pan_y + dy * canvas->zoom, canvas->zoom);
}

static void
weft_canvas_node_finalize (GObject *object)
{
  WeftCanvasNode *node = WEFT_CANVAS_NODE (object);

  weft_canvas_node_drop_image (node);
  g_clear_pointer (&node->art, weft_node_art_free);
  weft_node_extras_clear (&node->extras);
  g_free (node->colours);
  g_free (node->spoken);
  g_free (node->thumbnails_of);
  G_OBJECT_CLASS (weft_canvas_node_parent_class)->finalize (object);
}

static void
weft_canvas_node_class_init (WeftCanvasNodeClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = weft_canvas_node_finalize;
  widget_class->snapshot = weft_canvas_node_snapshot;
  widget_class->measure = weft_canvas_node_measure;
  weft_canvas_node_install_actions (widget_class);
  gtk_widget_class_set_css_name (widget_class, "weftnode");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
weft_canvas_node_init (WeftCanvasNode *node)
{
  node->look = WEFT_NODE_LOOK_PLAIN;
  node->flow = -1;
  gtk_widget_set_focusable (GTK_WIDGET (node), TRUE);
  g_signal_connect (node, "notify::has-focus", G_CALLBACK (focus_cb), NULL);
}

/* The card of a node that the canvas's document has. Floating. */
WeftCanvasNode *
weft_canvas_node_new (WeftCanvas *canvas, guint32 uid)
{
  WeftCanvasNode *node = g_object_new (WEFT_TYPE_CANVAS_NODE, NULL);

  node->canvas = canvas;
  node->uid = uid;
  weft_canvas_node_rebuild (node);
  return node;
}

/* Tooltips of the canvas: what a card computes, what flows through a port or a wire.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"
#include "ui/build/help-page.h"

#include "ui/shared/commands.h"

#include <glib/gi18n.h>

/* Of a wire or a port only what is at the pointer stays free of the tooltip. */
#define TIP_REACH_PX 12
/* The longest line of a tooltip, and what it leaves of a small window. */
#define TIP_CHARS 80
#define LEAST_TIP_CHARS 16
#define TIP_MARGIN_PX 40

static void
append_line (GString *out, const char *format, const char *text)
{
  g_autofree char *line = text && *text ? g_markup_printf_escaped (format, text) : NULL;

  if (!line)
    return;
  if (out->len > 0)
    g_string_append_c (out, '\n');
  g_string_append (out, line);
}

/* Name, sentence, formula, shapes, problem, and the key that tells more. */
static char *
card_tip (WeftCanvas *canvas, const WeftCanvasNode *node)
{
  const WeftNode    *source = weft_document_node (canvas->document, node->uid);
  const WeftEntry   *entry = weft_catalogue_find (source->op);
  const WeftCommand *help = weft_commands_find ("canvas.help");
  g_autofree char   *key = help ? weft_commands_dup_label (help) : NULL;
  g_autofree char   *formula = weft_help_formula (source);
  g_autofree char   *shapes = weft_help_shapes (canvas->document, canvas->typing, node->uid);
  g_autofree char   *more = key && *key ? g_strdup_printf (_ ("%s: more"), key) : NULL;
  g_autofree char   *title = g_strdup_printf ("%s, %s", node->art->title, node->art->kind);
  GString           *out = g_string_new (NULL);

  append_line (out, "<b>%s</b>", title);
  append_line (out, "%s", entry && entry->summary ? _ (entry->summary) : NULL);
  append_line (out, "<tt>%s</tt>", formula);
  append_line (out, "%s", weft_help_shape_rule (source->op));
  append_line (out, "<tt>%s</tt>", shapes);
  append_line (out, "<b>%s</b>", node->art->problem);
  append_line (out, "<small>%s</small>", more);
  return g_string_free (out, FALSE);
}

static char *
port_tip (WeftCanvas *canvas, const WeftHit *hit)
{
  gboolean           output = hit->kind == WEFT_HIT_OUTPUT;
  const WeftPortArt *port =
    output ? &hit->node->art->outputs[hit->port] : &hit->node->art->inputs[hit->port];
  const WeftType *type = NULL;
  GString        *out = g_string_new (NULL);

  if (canvas->typing)
    type = output ? weft_typing_output (canvas->typing, hit->node->uid, port->name)
                  : weft_typing_input (canvas->typing, hit->node->uid, port->name);
  append_line (out, "<b>%s</b>", port->name);
  if (type)
    {
      g_autofree char *text = weft_type_to_string (type);

      append_line (out, "<tt>%s</tt>", text);
    }
  else
    append_line (out, "%s", _ ("Its type is not known yet."));
  if (port->optional)
    append_line (out, "%s", _ ("May stay open."));
  return g_string_free (out, FALSE);
}

static char *
wire_tip (WeftCanvas *canvas, const WeftWireArt *wire)
{
  const WeftNode  *from = weft_document_node (canvas->document, wire->from);
  const WeftNode  *to = weft_document_node (canvas->document, wire->to);
  g_autofree char *way =
    from && to ? g_strdup_printf ("%s.%s → %s.%s", from->id, wire->from_port, to->id, wire->to_port)
               : NULL;
  GString         *out = g_string_new (NULL);

  append_line (out, "<b>%s</b>", way);
  append_line (out, "<tt>%s</tt>", wire->label);
  if (wire->n_bytes >= 0)
    {
      g_autofree char *size = g_format_size_full ((guint64) wire->n_bytes, G_FORMAT_SIZE_IEC_UNITS);

      /* Translators: %s is an amount of memory */
      append_line (out, _ ("%s in a batch"), size);
    }
  return g_string_free (out, FALSE);
}

/* What the tooltip at a point of the view says, as markup; NULL: there is none. Caller owns. */
char *
weft_canvas_dup_tip (WeftCanvas *canvas, double view_x, double view_y)
{
  WeftHit hit;

  if (!canvas->document || canvas->drag.kind != WEFT_DRAG_NONE
      || (canvas->menu && gtk_widget_get_visible (canvas->menu)))
    return NULL;
  hit = weft_canvas_pick (canvas, view_x, view_y);
  if (hit.kind == WEFT_HIT_NODE)
    return card_tip (canvas, hit.node);
  if (hit.kind == WEFT_HIT_INPUT || hit.kind == WEFT_HIT_OUTPUT)
    return port_tip (canvas, &hit);
  return hit.kind == WEFT_HIT_WIRE ? wire_tip (canvas, hit.wire) : NULL;
}

/* The tooltip stands beside what it is about, so that it moves when the pointer goes on to
 * something else. */
static void
set_tip_area (WeftCanvas *canvas, GtkTooltip *tooltip, WeftCanvasNode *node, int x, int y)
{
  graphene_rect_t bounds;
  WeftHit         hit = { 0 };

  if (!node)
    hit = weft_canvas_pick (canvas, x, y);
  if (hit.kind == WEFT_HIT_NODE)
    node = hit.node;
  if (node && gtk_widget_compute_bounds (GTK_WIDGET (node), GTK_WIDGET (canvas), &bounds))
    gtk_tooltip_set_tip_area (
      tooltip, &(GdkRectangle){ (int) bounds.origin.x, (int) bounds.origin.y,
                                (int) bounds.size.width, (int) bounds.size.height });
  else
    gtk_tooltip_set_tip_area (tooltip, &(GdkRectangle){ x - TIP_REACH_PX, y - TIP_REACH_PX,
                                                        2 * TIP_REACH_PX, 2 * TIP_REACH_PX });
}

/* Lines as long as the window has room for: with large text GTK's own would reach out of the
 * screen. */
static GtkWidget *
new_tip_label (WeftCanvas *canvas, const char *markup)
{
  GtkWidget        *label = gtk_label_new (NULL);
  PangoContext     *context = gtk_widget_get_pango_context (GTK_WIDGET (canvas));
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);
  int room = gtk_widget_get_width (GTK_WIDGET (gtk_widget_get_root (GTK_WIDGET (canvas))));
  /* GtkLabel counts in the wider of the two. */
  int char_px = PANGO_PIXELS (MAX (pango_font_metrics_get_approximate_char_width (metrics),
                                   pango_font_metrics_get_approximate_digit_width (metrics)));

  pango_font_metrics_unref (metrics);
  gtk_label_set_markup (GTK_LABEL (label), markup);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_max_width_chars (
    GTK_LABEL (label),
    CLAMP ((room - TIP_MARGIN_PX) / MAX (char_px, 1), LEAST_TIP_CHARS, TIP_CHARS));
  return label;
}

static gboolean
query_tooltip_cb (WeftCanvas *canvas, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  WeftCanvasNode  *node = NULL;
  g_autofree char *markup = NULL;

  for (guint i = 0; keyboard && i < canvas->order->len; i++)
    if (gtk_widget_is_focus (canvas->order->pdata[i]))
      node = canvas->order->pdata[i];
  markup = node ? card_tip (canvas, node) : keyboard ? NULL
                                                     : weft_canvas_dup_tip (canvas, x, y);
  if (!markup)
    return FALSE;
  gtk_tooltip_set_custom (tooltip, new_tip_label (canvas, markup));
  set_tip_area (canvas, tooltip, node, x, y);
  return TRUE;
}

/* Once, in the canvas's init. */
void
weft_canvas_add_tips (WeftCanvas *canvas)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (canvas), TRUE);
  g_signal_connect (canvas, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
}

/* The page about the card with the focus or the first selected one, in a window of its own. */
void
weft_canvas_show_help (WeftCanvas *canvas)
{
  guint32    uid = canvas->selection->len ? g_array_index (canvas->selection, guint32, 0) : 0;
  GtkRoot   *root = gtk_widget_get_root (GTK_WIDGET (canvas));
  GtkWindow *window;

  for (guint i = 0; i < canvas->order->len; i++)
    if (gtk_widget_is_focus (canvas->order->pdata[i]))
      uid = ((WeftCanvasNode *) canvas->order->pdata[i])->uid;
  if (!canvas->document || uid == 0)
    {
      weft_canvas_fail (canvas, _ ("Select a node to read about what it computes."));
      return;
    }
  window = weft_help_window_new (canvas->document, canvas->typing, uid);
  if (GTK_IS_WINDOW (root))
    gtk_window_set_transient_for (window, GTK_WINDOW (root));
  gtk_window_present (window);
}

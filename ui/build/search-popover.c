/* The search popover, and how the canvas opens it and places what was chosen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/search-popover.h"

#include <glib/gi18n.h>
#include <string.h>

#include "engine/graph/expr.h"
#include "ui/build/canvas-private.h"
#include "ui/build/search-list.h"
#include "ui/shared/choice-row.h"

#define MAX_ROWS 40
/* Types are asked for so long at a key, and so long at a time when nothing else is to be done. */
#define BUDGET_US 6000
#define IDLE_BUDGET_US 8000
/* As wide as what most operations say of themselves, where the canvas has the room. */
#define WIDTH 480
#define LEAST_WIDTH 300
#define MARGIN 40
#define LIST_HEIGHT 260
/* From the pointer to the corner of a card that is placed there: on its header; at its first port
 * for a wire. */
#define HOLD_X 20
#define HOLD_Y 14
#define PORT_Y 44
#define CARD_WIDTH 150

struct _WeftSearchPopover
{
  GtkPopover parent_instance;

  /* Borrowed from the widget tree */
  GtkEditable       *entry;
  GtkListBox        *list;
  GtkWidget         *empty;
  GtkScrolledWindow *scroller;

  /* Owned */
  WeftSearchList *matches; /* NULL while it is closed */

  /* Plain values */
  guint more_id; /* goes on asking for types */
};

G_DEFINE_FINAL_TYPE (WeftSearchPopover, weft_search_popover, GTK_TYPE_POPOVER)

static guint chosen_signal;

/* ---- Rows ---- */

/* What a row does when it is chosen. */
typedef struct
{
  const char *op, *title, *summary;
  const char *text;    /* of an expression; else NULL */
  const char *port;    /* that the wire goes to; NULL: there is one, or no wire */
  gboolean    refused; /* @summary says why */
} Row;

static GtkWidget *
row_label (const char *text, const char *class, float align)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (label, class);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (label), align);
  return label;
}

static void
add_row (WeftSearchPopover *popover, const Row *what)
{
  GtkWidget       *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget       *name = row_label (what->title, "heading", 0);
  GtkWidget       *about = row_label (what->summary, "caption", 1);
  GtkWidget       *row = weft_choice_row_new ();
  g_autofree char *label = g_strdup_printf ("%s: %s", what->title, what->summary);

  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_NONE);
  gtk_box_append (GTK_BOX (box), name);
  if (what->port && !what->refused)
    {
      g_autofree char *port = g_strdup_printf ("→ %s", what->port);
      GtkWidget       *shown = row_label (port, "caption", 0);

      gtk_label_set_ellipsize (GTK_LABEL (shown), PANGO_ELLIPSIZE_NONE);
      gtk_widget_add_css_class (shown, "dim-label");
      gtk_box_append (GTK_BOX (box), shown);
    }
  gtk_widget_add_css_class (about, what->refused ? "error" : "dim-label");
  if (what->refused)
    {
      /* Why not is the point of such a row. */
      gtk_orientable_set_orientation (GTK_ORIENTABLE (box), GTK_ORIENTATION_VERTICAL);
      gtk_box_set_spacing (GTK_BOX (box), 2);
      gtk_label_set_wrap (GTK_LABEL (about), TRUE);
      gtk_label_set_lines (GTK_LABEL (about), 2);
      gtk_label_set_xalign (GTK_LABEL (about), 0);
    }
  gtk_widget_set_hexpand (about, TRUE);
  g_object_set_data_full (G_OBJECT (row), "summary", g_strdup (what->summary), g_free);
  gtk_box_append (GTK_BOX (box), about);
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_widget_set_margin_start (box, 8);
  gtk_widget_set_margin_end (box, 8);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data_full (G_OBJECT (row), "op", g_strdup (what->op), g_free);
  g_object_set_data_full (G_OBJECT (row), "text", g_strdup (what->text), g_free);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  if (what->refused)
    {
      /* It can be chosen all the same: editing is never blocked. */
      gtk_widget_add_css_class (row, "refused");
      gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID,
                                   GTK_ACCESSIBLE_INVALID_TRUE, -1);
    }
  gtk_list_box_append (popover->list, row);
}

/* Punctuation that no name has: it is meant as an expression. */
static gboolean
looks_like_expression (const char *text)
{
  return strpbrk (text, "+*/@()=<>[]^%&|") != NULL || strchr (text, '-') != NULL;
}

/* With the type that it makes of the wire, or what is wrong with it. */
static void
offer_expression (WeftSearchPopover *popover, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, &error);
  g_autofree char *refusal = NULL;
  g_autofree char *type =
    expr ? weft_search_list_try_expression (popover->matches, text, &refusal) : NULL;
  g_autofree char *made = type ? g_strdup_printf ("%s  →  %s", text, type) : NULL;
  Row              row = { .op = "expression", .title = _ ("expression"), .text = text };

  row.refused = error != NULL || refusal != NULL;
  row.summary = error ? error->message : refusal ? refusal
                                       : made    ? made
                                                 : text;
  add_row (popover, &row);
}

/* One answer for all rows: a tooltip of each would ask the display server where the pointer is. */
static gboolean
query_tooltip_cb (
  GtkListBox *list, int x, int y, gboolean keyboard, GtkTooltip *tooltip, gpointer data)
{
  GtkListBoxRow *row =
    keyboard ? gtk_list_box_get_selected_row (list) : gtk_list_box_get_row_at_y (list, y);
  const char *summary = row ? g_object_get_data (G_OBJECT (row), "summary") : NULL;

  if (!summary || !*summary)
    return FALSE;
  gtk_tooltip_set_text (tooltip, summary);
  return TRUE;
}

static void
clear_rows (WeftSearchPopover *popover)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (popover->list))))
    gtk_list_box_remove (popover->list, row);
}

/* TRUE if all types that matter for the order are known. */
static gboolean
list_matches (WeftSearchPopover *popover, gint64 budget_us)
{
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (popover->entry)));
  gboolean         complete;
  g_autoptr (GArray) found =
    weft_search_list_find (popover->matches, text, MAX_ROWS, budget_us, &complete);
  gboolean expression = *text && looks_like_expression (text);
  guint    n = found->len + expression;

  clear_rows (popover);
  if (expression)
    offer_expression (popover, text);
  for (guint i = 0; i < found->len; i++)
    {
      const WeftSearchRow *match = &g_array_index (found, WeftSearchRow, i);
      const WeftEntry     *entry = match->entry;
      Row                  row = { .op = entry->op, .title = entry->title, .port = match->port };

      row.refused = match->refusal != NULL;
      row.summary = match->refusal ? match->refusal : entry->summary ? _ (entry->summary)
                                                                     : "";
      add_row (popover, &row);
    }
  gtk_widget_set_visible (popover->empty, n == 0);
  gtk_widget_set_visible (GTK_WIDGET (popover->scroller), n > 0);
  gtk_list_box_select_row (popover->list, gtk_list_box_get_row_at_index (popover->list, 0));
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (popover->scroller), 0);
  return complete;
}

/* The list is made anew when all is known, unless somebody walks in it already. */
static gboolean
more_cb (gpointer data)
{
  WeftSearchPopover *popover = data;
  g_autofree char   *text = g_strstrip (g_strdup (gtk_editable_get_text (popover->entry)));
  gboolean           complete;
  g_autoptr (GArray) found =
    weft_search_list_find (popover->matches, text, MAX_ROWS, IDLE_BUDGET_US, &complete);

  if (!complete)
    return G_SOURCE_CONTINUE;
  popover->more_id = 0;
  if (gtk_list_box_get_selected_row (popover->list) ==
      gtk_list_box_get_row_at_index (popover->list, 0))
    list_matches (popover, G_MAXINT64 / 2);
  return G_SOURCE_REMOVE;
}

static void
fill (WeftSearchPopover *popover)
{
  if (!popover->matches)
    return;
  g_clear_handle_id (&popover->more_id, g_source_remove);
  if (!list_matches (popover, BUDGET_US))
    popover->more_id = g_idle_add_full (GDK_PRIORITY_REDRAW + 10, more_cb, popover, NULL);
}

/* ---- Choosing ---- */

static void
choose (WeftSearchPopover *popover, GtkListBoxRow *row, gboolean stay)
{
  g_autofree char *op = NULL;
  g_autofree char *text = NULL;

  if (!row)
    return;
  op = g_strdup (g_object_get_data (G_OBJECT (row), "op"));
  text = g_strdup (g_object_get_data (G_OBJECT (row), "text"));
  /* What is chosen is placed first: the wire that waits for it is forgotten on closing. */
  g_signal_emit (popover, chosen_signal, 0, op, text, stay);
  if (!stay)
    gtk_popover_popdown (GTK_POPOVER (popover));
}

static void
activate_cb (GtkSearchEntry *entry, WeftSearchPopover *popover)
{
  choose (popover, gtk_list_box_get_selected_row (popover->list), FALSE);
}

static void
row_activated_cb (GtkListBox *list, GtkListBoxRow *row, WeftSearchPopover *popover)
{
  choose (popover, row, FALSE);
}

static void
step (WeftSearchPopover *popover, int by)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (popover->list);
  GtkListBoxRow *next =
    gtk_list_box_get_row_at_index (popover->list, row ? gtk_list_box_row_get_index (row) + by : 0);
  GtkAdjustment  *adjustment = gtk_scrolled_window_get_vadjustment (popover->scroller);
  graphene_rect_t bounds;

  if (!next)
    return;
  gtk_list_box_select_row (popover->list, next);
  if (gtk_widget_compute_bounds (GTK_WIDGET (next), GTK_WIDGET (popover->list), &bounds))
    gtk_adjustment_clamp_page (adjustment, bounds.origin.y, bounds.origin.y + bounds.size.height);
}

static gboolean
key_cb (GtkEventControllerKey *controller,
        guint                  keyval,
        guint                  keycode,
        GdkModifierType        state,
        WeftSearchPopover     *popover)
{
  if (keyval == GDK_KEY_Down || keyval == GDK_KEY_KP_Down)
    step (popover, 1);
  else if (keyval == GDK_KEY_Up || keyval == GDK_KEY_KP_Up)
    step (popover, -1);
  else if (keyval == GDK_KEY_Escape)
    gtk_popover_popdown (GTK_POPOVER (popover));
  else if ((keyval == GDK_KEY_Return || keyval == GDK_KEY_KP_Enter) && (state & GDK_SHIFT_MASK))
    choose (popover, gtk_list_box_get_selected_row (popover->list), TRUE);
  else
    return GDK_EVENT_PROPAGATE;
  return GDK_EVENT_STOP;
}

/* ---- Widget ---- */

static const char style[] =
  "popover.weft-search row:selected { background-color: alpha(@accent_bg_color, 0.18); color: "
  "inherit; }"
  "popover.weft-search row.refused { opacity: 0.6; }"
  "popover.weft-search > contents { padding: 6px; }";

static void
add_style (GtkWidget *popover)
{
  static gboolean added;

  gtk_widget_add_css_class (popover, "weft-search");
  if (!added)
    {
      g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();

      gtk_css_provider_load_from_data (provider, style, -1);
      gtk_style_context_add_provider_for_display (gtk_widget_get_display (popover),
                                                  GTK_STYLE_PROVIDER (provider),
                                                  GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
      added = TRUE;
    }
}

static void
forget (WeftSearchPopover *popover)
{
  g_clear_handle_id (&popover->more_id, g_source_remove);
  g_clear_pointer (&popover->matches, weft_search_list_free);
}

static void
weft_search_popover_dispose (GObject *object)
{
  forget (WEFT_SEARCH_POPOVER (object));
  G_OBJECT_CLASS (weft_search_popover_parent_class)->dispose (object);
}

static void
weft_search_popover_class_init (WeftSearchPopoverClass *class)
{
  G_OBJECT_CLASS (class)->dispose = weft_search_popover_dispose;
  chosen_signal =
    g_signal_new ("chosen", WEFT_TYPE_SEARCH_POPOVER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_BOOLEAN);
}

static void
weft_search_popover_init (WeftSearchPopover *popover)
{
  GtkWidget          *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget          *entry = gtk_search_entry_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  popover->entry = GTK_EDITABLE (entry);
  popover->list = GTK_LIST_BOX (gtk_list_box_new ());
  popover->scroller = GTK_SCROLLED_WINDOW (gtk_scrolled_window_new ());
  popover->empty =
    gtk_label_new (_ ("Nothing has this name. An expression such as x @ W + b works too."));
  gtk_label_set_wrap (GTK_LABEL (popover->empty), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (popover->empty), 30);
  gtk_widget_add_css_class (popover->empty, "dim-label");
  gtk_widget_add_css_class (GTK_WIDGET (popover->list), "navigation-sidebar");
  gtk_list_box_set_selection_mode (popover->list, GTK_SELECTION_BROWSE);
  gtk_widget_set_focusable (GTK_WIDGET (popover->list), FALSE);
  gtk_scrolled_window_set_policy (popover->scroller, GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (popover->scroller, TRUE);
  gtk_scrolled_window_set_max_content_height (popover->scroller, LIST_HEIGHT);
  gtk_scrolled_window_set_child (popover->scroller, GTK_WIDGET (popover->list));
  gtk_box_append (GTK_BOX (box), entry);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (popover->scroller));
  gtk_box_append (GTK_BOX (box), popover->empty);
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  gtk_popover_set_has_arrow (GTK_POPOVER (popover), FALSE);
  add_style (GTK_WIDGET (popover));
  gtk_widget_set_halign (GTK_WIDGET (popover), GTK_ALIGN_START);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Search operations"), -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (popover->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Operations"), -1);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), popover);
  gtk_widget_add_controller (entry, keys);
  /* "changed", not "search-changed": that one waits, and Enter may come before. */
  g_signal_connect_swapped (entry, "changed", G_CALLBACK (fill), popover);
  g_signal_connect (entry, "activate", G_CALLBACK (activate_cb), popover);
  gtk_widget_set_has_tooltip (GTK_WIDGET (popover->list), TRUE);
  g_signal_connect (popover->list, "query-tooltip", G_CALLBACK (query_tooltip_cb), NULL);
  g_signal_connect (popover->list, "row-activated", G_CALLBACK (row_activated_cb), popover);
  g_signal_connect (popover, "closed", G_CALLBACK (forget), NULL);
}

/** weft_search_popover_new: floating. */
GtkWidget *
weft_search_popover_new (void)
{
  return g_object_new (WEFT_TYPE_SEARCH_POPOVER, NULL);
}

/**
 * weft_search_popover_start:
 * @text: (nullable): already typed
 * @matches: (transfer full): what is listed
 */
void
weft_search_popover_start (WeftSearchPopover *popover, const char *text, WeftSearchList *matches)
{
  GtkWidget *box = gtk_popover_get_child (GTK_POPOVER (popover));
  GtkWidget *parent = gtk_widget_get_parent (GTK_WIDGET (popover));
  int        room = parent ? gtk_widget_get_width (parent) - MARGIN : WIDTH;

  forget (popover);
  gtk_widget_set_size_request (box, CLAMP (room, LEAST_WIDTH, WIDTH), -1);
  gtk_editable_set_text (popover->entry, text ? text : "");
  gtk_editable_set_position (popover->entry, -1);
  popover->matches = matches;
  fill (popover);
}

/* ---- On the canvas ---- */

static void
chosen_cb (WeftCanvas *canvas, const char *op, const char *text, gboolean stay)
{
  WeftPendingLink link = canvas->pending;
  WeftJson       *params = NULL;
  double          x = link.x - HOLD_X;
  double          y = link.y - HOLD_Y;

  if (text)
    {
      params = weft_json_new_object ();
      weft_json_set_string (params, "text", text);
    }
  if (link.uid)
    {
      x = link.from_output ? link.x : link.x - CARD_WIDTH;
      y = link.y - PORT_Y;
    }
  if (link.replace)
    {
      weft_canvas_replace (canvas, op, params);
      return;
    }
  weft_canvas_add_linked (canvas, op, params, x, y, link.uid ? &link : NULL);
  canvas->pending.uid = 0;
  if (stay)
    canvas->pending.y += 12 * WEFT_GRID;
}

static void
closed_cb (WeftCanvas *canvas)
{
  canvas->pending.uid = 0;
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
  for (guint i = 0; i < canvas->selection->len; i++)
    if (weft_canvas_find_node (canvas, g_array_index (canvas->selection, guint32, i)))
      {
        gtk_widget_grab_focus (GTK_WIDGET (
          weft_canvas_find_node (canvas, g_array_index (canvas->selection, guint32, i))));
        return;
      }
  gtk_widget_grab_focus (GTK_WIDGET (canvas));
}

/* @link: (nullable): what is placed is wired to it. */
void
weft_canvas_search_at (
  WeftCanvas *canvas, const char *text, double view_x, double view_y, const WeftPendingLink *link)
{
  GdkRectangle at = { (int) view_x, (int) view_y, 1, 1 };

  if (!canvas->document)
    return;
  canvas->pending = link ? *link : (WeftPendingLink){ 0 };
  weft_canvas_from_view (canvas, view_x, view_y, &canvas->pending.x, &canvas->pending.y);
  if (!canvas->search)
    {
      canvas->search = weft_search_popover_new ();
      gtk_widget_set_parent (canvas->search, GTK_WIDGET (canvas));
      g_signal_connect_swapped (canvas->search, "chosen", G_CALLBACK (chosen_cb), canvas);
      g_signal_connect_swapped (canvas->search, "closed", G_CALLBACK (closed_cb), canvas);
    }
  weft_canvas_flush (canvas);
  weft_search_popover_start (WEFT_SEARCH_POPOVER (canvas->search), text,
                             weft_search_list_new (canvas->document, canvas->typing,
                                                   canvas->pending.uid, canvas->pending.port,
                                                   canvas->pending.from_output));
  gtk_popover_set_pointing_to (GTK_POPOVER (canvas->search), &at);
  gtk_popover_popup (GTK_POPOVER (canvas->search));
  gtk_widget_grab_focus (GTK_WIDGET (WEFT_SEARCH_POPOVER (canvas->search)->entry));
  /* Taking the focus selects what was typed already; the next key must add to it. */
  gtk_editable_set_position (WEFT_SEARCH_POPOVER (canvas->search)->entry, -1);
  gtk_widget_queue_draw (GTK_WIDGET (canvas));
}

/* Beside the selected node: what is chosen takes its place. What takes what flows into it comes
 * first. */
void
weft_canvas_search_replacement (WeftCanvas *canvas)
{
  const WeftCanvasNode *node =
    canvas->selection->len > 0
      ? weft_canvas_find_node (canvas, g_array_index (canvas->selection, guint32, 0))
      : NULL;
  WeftPendingLink  link = { .replace = TRUE };
  const WeftEntry *entry;
  double           x, y;

  if (!node || !canvas->document)
    {
      weft_canvas_fail (canvas, _ ("Select the nodes that are to be replaced first."));
      return;
    }
  weft_canvas_to_view (canvas, node->x, node->y + node->art->height + WEFT_GRID, &x, &y);
  weft_canvas_search_at (canvas, NULL, x, y, &link);
  entry = weft_catalogue_find (weft_document_node (canvas->document, node->uid)->op);
  weft_search_popover_start (
    WEFT_SEARCH_POPOVER (canvas->search), NULL,
    weft_search_list_new_replacement (canvas->document, canvas->typing, node->uid,
                                      entry ? entry->family : NULL));
}

/** weft_canvas_search: at the pointer; if that is elsewhere at the centre, for free ground near it.
 */
void
weft_canvas_search (WeftCanvas *canvas, const char *text)
{
  double x, y;

  g_return_if_fail (WEFT_IS_CANVAS (canvas));
  if (canvas->pointer_inside)
    weft_canvas_search_at (canvas, text, canvas->pointer_x, canvas->pointer_y, NULL);
  else
    {
      weft_canvas_search_at (canvas, text, gtk_widget_get_width (GTK_WIDGET (canvas)) / 2.0,
                             gtk_widget_get_height (GTK_WIDGET (canvas)) / 3.0, NULL);
      x = canvas->pending.x - HOLD_X;
      y = canvas->pending.y - HOLD_Y;
      weft_canvas_find_room (canvas, &x, &y);
      canvas->pending.x = x + HOLD_X;
      canvas->pending.y = y + HOLD_Y;
    }
}

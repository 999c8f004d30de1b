/* A popover with the wires that could be drawn at a node or at one port of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/connect-popover.h"

#include <glib/gi18n.h>

#include "engine/document/catalogue.h"
#include "ui/shared/choice-row.h"
#include "ui/shared/fuzzy.h"

#define MAX_OFFERS 200 /* a longer list is no help; a filter finds what is meant */
#define WIDTH 320
#define HEIGHT 320

struct _WeftConnectPopover
{
  GtkPopover parent_instance;

  /* Borrowed from the widget tree */
  GtkEditable *entry;
  GtkListBox  *list;
  GtkStack    *stack;

  /* Owned */
  WeftDocument *document;

  /* Plain values */
  guint n_offers;
};

G_DEFINE_FINAL_TYPE (WeftConnectPopover, weft_connect_popover, GTK_TYPE_POPOVER)

static guint failed_signal;

typedef struct
{
  guint32 from, to;
  char   *from_port, *to_port, *text;
} Offer;

static void
offer_free (gpointer data)
{
  Offer *offer = data;
  g_free (offer->from_port);
  g_free (offer->to_port);
  g_free (offer->text);
  g_free (offer);
}

static Offer *
offer_of (GtkListBoxRow *row)
{
  return g_object_get_data (G_OBJECT (row), "weft-offer");
}

/* ---- The offers ---- */

static void
add_offer (WeftConnectPopover *popover,
           WeftTyping         *typing,
           guint32             from,
           const char         *from_port,
           guint32             to,
           const char         *to_port)
{
  if (popover->n_offers >= MAX_OFFERS || weft_document_wire_into (popover->document, to, to_port))
    return;
  g_autofree char *refusal =
    typing ? weft_typing_refusal (typing, from, from_port, to, to_port) : NULL;
  if (refusal)
    return;
  const WeftType  *type = typing ? weft_typing_output (typing, from, from_port) : NULL;
  g_autofree char *shape = type ? weft_type_to_string (type) : NULL;
  Offer           *offer = g_new (Offer, 1);
  *offer =
    (Offer){ from, to, g_strdup (from_port), g_strdup (to_port),
             g_strdup_printf ("%s.%s → %s.%s", weft_document_node (popover->document, from)->id,
                              from_port, weft_document_node (popover->document, to)->id, to_port) };
  GtkWidget *row = weft_choice_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *name = gtk_label_new (offer->text), *about = gtk_label_new (shape);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_widget_add_css_class (about, "caption");
  gtk_widget_add_css_class (about, "dim-label");
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), about);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data_full (G_OBJECT (row), "weft-offer", offer, offer_free);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, offer->text,
                                  -1);
  gtk_list_box_append (popover->list, row);
  popover->n_offers++;
}

static void
add_offers_of (WeftConnectPopover *popover,
               WeftTyping         *typing,
               guint32             uid,
               WeftConnectFrom     from,
               const char         *port,
               const WeftPorts    *own,
               guint32             other)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (popover->document, other);
  for (guint a = 0; from != WEFT_CONNECT_INPUT && a < own->n_outputs; a++)
    for (guint b = 0; b < ports->n_inputs; b++)
      if (from == WEFT_CONNECT_NODE || g_str_equal (own->outputs[a].name, port))
        add_offer (popover, typing, uid, own->outputs[a].name, other, ports->inputs[b].name);
  for (guint a = 0; from != WEFT_CONNECT_OUTPUT && a < own->n_inputs; a++)
    for (guint b = 0; b < ports->n_outputs; b++)
      if (from == WEFT_CONNECT_NODE || g_str_equal (own->inputs[a].name, port))
        add_offer (popover, typing, other, ports->outputs[b].name, uid, own->inputs[a].name);
}

/* ---- Filtering, choosing ---- */

static gboolean
filter_cb (GtkListBoxRow *row, gpointer data)
{
  WeftConnectPopover *popover = data;
  return weft_fuzzy_score (gtk_editable_get_text (popover->entry), offer_of (row)->text) > 0;
}

static GtkListBoxRow *
first_shown (WeftConnectPopover *popover)
{
  GtkListBoxRow *row;
  for (int i = 0; (row = gtk_list_box_get_row_at_index (popover->list, i)) != NULL; i++)
    if (gtk_widget_get_child_visible (GTK_WIDGET (row)))
      return row;
  return NULL;
}

static void
refilter (WeftConnectPopover *popover)
{
  gtk_list_box_invalidate_filter (popover->list);
  GtkListBoxRow *first = first_shown (popover);
  gtk_list_box_select_row (popover->list, first);
  gtk_stack_set_visible_child_name (popover->stack, first != NULL ? "found" : "empty");
}

static void
take (WeftConnectPopover *popover, const Offer *offer)
{
  g_autoptr (GError) error = NULL;
  g_object_ref (popover);
  weft_document_begin (popover->document, _ ("Connect"));
  gboolean done = weft_document_connect (popover->document, offer->from, offer->from_port,
                                         offer->to, offer->to_port, &error);
  weft_document_end (popover->document);
  gtk_popover_popdown (GTK_POPOVER (popover));
  if (!done)
    g_signal_emit (popover, failed_signal, 0, error->message);
  g_object_unref (popover);
}

static void
row_activated_cb (GtkListBox *list, GtkListBoxRow *row, WeftConnectPopover *popover)
{
  take (popover, offer_of (row));
}

static void
activate_cb (WeftConnectPopover *popover)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (popover->list);
  if (row != NULL)
    take (popover, offer_of (row));
}

/* The focus stays in the entry. */
static void
step (WeftConnectPopover *popover, int by)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (popover->list);
  int            index = row != NULL ? gtk_list_box_row_get_index (row) : -1;
  do
    row = index + by >= 0 ? gtk_list_box_get_row_at_index (popover->list, index += by) : NULL;
  while (row != NULL && !gtk_widget_get_child_visible (GTK_WIDGET (row)));
  if (row == NULL)
    return;
  graphene_rect_t bounds;
  GtkWidget      *scroller =
    gtk_widget_get_ancestor (GTK_WIDGET (popover->list), GTK_TYPE_SCROLLED_WINDOW);
  gtk_list_box_select_row (popover->list, row);
  if (gtk_widget_compute_bounds (GTK_WIDGET (row), GTK_WIDGET (popover->list), &bounds))
    gtk_adjustment_clamp_page (
      gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scroller)), bounds.origin.y,
      bounds.origin.y + bounds.size.height);
}

static gboolean
key_cb (GtkEventControllerKey *controller,
        guint                  key,
        guint                  code,
        GdkModifierType        modifiers,
        WeftConnectPopover    *popover)
{
  if (key != GDK_KEY_Down && key != GDK_KEY_Up)
    return GDK_EVENT_PROPAGATE;
  step (popover, key == GDK_KEY_Down ? 1 : -1);
  return GDK_EVENT_STOP;
}

/* ---- Widget ---- */

static void
weft_connect_popover_dispose (GObject *object)
{
  g_clear_object (&WEFT_CONNECT_POPOVER (object)->document);
  G_OBJECT_CLASS (weft_connect_popover_parent_class)->dispose (object);
}

static void
weft_connect_popover_class_init (WeftConnectPopoverClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_connect_popover_dispose;
  failed_signal = g_signal_new ("failed", WEFT_TYPE_CONNECT_POPOVER, G_SIGNAL_RUN_LAST, 0, NULL,
                                NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
add_list (WeftConnectPopover *popover)
{
  GtkWidget *scroller = gtk_scrolled_window_new (),
            *empty = gtk_label_new (_ ("No open port fits"));
  GtkWidget *list = gtk_list_box_new (), *stack = gtk_stack_new ();
  gtk_widget_add_css_class (empty, "dim-label");
  gtk_widget_set_margin_top (empty, 12);
  gtk_widget_set_margin_bottom (empty, 12);
  gtk_widget_add_css_class (list, "commands");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Wires that fit"), -1);
  g_signal_connect (list, "row-activated", G_CALLBACK (row_activated_cb), popover);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), HEIGHT);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), list);
  gtk_stack_set_vhomogeneous (GTK_STACK (stack), FALSE);
  gtk_stack_add_named (GTK_STACK (stack), scroller, "found");
  gtk_stack_add_named (GTK_STACK (stack), empty, "empty");
  popover->list = GTK_LIST_BOX (list);
  popover->stack = GTK_STACK (stack);
}

static void
weft_connect_popover_init (WeftConnectPopover *popover)
{
  GtkWidget          *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget          *entry = gtk_search_entry_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  g_object_set (entry, "placeholder-text", _ ("Connect to…"), "search-delay", 0, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Connect to"), -1);
  popover->entry = GTK_EDITABLE (entry);
  add_list (popover);
  gtk_list_box_set_filter_func (popover->list, filter_cb, popover, NULL);
  gtk_widget_set_size_request (box, WIDTH, -1);
  gtk_box_append (GTK_BOX (box), entry);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (popover->stack));
  gtk_popover_set_child (GTK_POPOVER (popover), box);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), popover);
  gtk_widget_add_controller (entry, keys);
  g_signal_connect_swapped (entry, "search-changed", G_CALLBACK (refilter), popover);
  g_signal_connect_swapped (entry, "activate", G_CALLBACK (activate_cb), popover);
  g_signal_connect_swapped (entry, "stop-search", G_CALLBACK (gtk_popover_popdown), popover);
  gtk_accessible_update_property (GTK_ACCESSIBLE (popover), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Connect to"), -1);
}

/**
 * weft_connect_popover_new:
 * @document: the document
 * @typing: (nullable): its types, up to date; only what fits is offered
 * @uid: a node
 * @from: which of its ports
 * @port: (nullable): the port's name, where it is one
 *
 * Returns: (transfer floating): the popover; it has no parent yet
 */
GtkWidget *
weft_connect_popover_new (WeftDocument   *document,
                          WeftTyping     *typing,
                          guint32         uid,
                          WeftConnectFrom from,
                          const char     *port)
{
  WeftConnectPopover *popover = g_object_new (WEFT_TYPE_CONNECT_POPOVER, NULL);
  g_autoptr (WeftPorts) own = weft_document_ports (document, uid);
  popover->document = g_object_ref (document);
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      const WeftNode *other = weft_document_node_at (document, i);
      if (other->uid != uid)
        add_offers_of (popover, typing, uid, from, port, own, other->uid);
    }
  refilter (popover);
  return GTK_WIDGET (popover);
}

/* Search in the graph.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/graph-search.h"

#include "engine/document/catalogue.h"
#include "engine/document/interface.h"

#include <glib/gi18n.h>
#include <string.h>

struct _WeftGraphSearch
{
  GtkBox parent_instance;

  /* Children, borrowed */
  GtkEditable *entry;
  GtkLabel    *count;
  GtkWidget   *previous, *next;

  /* Borrowed */
  WeftTyping *typing;

  /* Owned */
  WeftDocument *document;
  GArray       *found; /* guint32 */

  /* Plain values */
  gint at; /* index into found; -1: none yet */
};

G_DEFINE_FINAL_TYPE (WeftGraphSearch, weft_graph_search, GTK_TYPE_BOX)

static guint found_signal, go_signal, closed_signal;

/* ---- Finding ---- */

static void
append_folded (GString *out, const char *text)
{
  g_autofree char *folded = text != NULL ? g_utf8_casefold (text, -1) : NULL;
  if (folded != NULL)
    g_string_append_printf (out, "%s\n", folded);
}

static void
append_types (GString *out, WeftDocument *document, WeftTyping *typing, guint32 uid)
{
  g_autoptr (WeftPorts) ports = weft_document_ports (document, uid);
  for (guint i = 0; typing != NULL && ports != NULL && i < ports->n_outputs; i++)
    {
      const WeftType  *type = weft_typing_output (typing, uid, ports->outputs[i].name);
      g_autofree char *text = type != NULL ? weft_type_to_string (type) : NULL;
      append_folded (out, text);
    }
}

static char *
dup_words (WeftDocument *document, WeftTyping *typing, const WeftNode *node)
{
  GString           *out = g_string_new (NULL);
  g_autofree char   *params = weft_json_to_string (node->params);
  const WeftProblem *problem = typing != NULL ? weft_typing_node_problem (typing, node->uid) : NULL;
  append_folded (out, node->id);
  append_folded (out, node->op);
  append_folded (out, weft_document_op_title (document, node->op));
  append_folded (out, params);
  append_types (out, document, typing, node->uid);
  append_folded (out, problem != NULL ? problem->message : NULL);
  return g_string_free (out, FALSE);
}

static void
find_in (WeftDocument *document, WeftTyping *typing, char **words, GArray *found)
{
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      const WeftNode  *node = weft_document_node_at (document, i);
      g_autofree char *text = dup_words (document, typing, node);
      gboolean         all = TRUE;
      for (guint k = 0; all && words[k] != NULL; k++)
        all = strstr (text, words[k]) != NULL;
      if (all)
        g_array_append_val (found, node->uid);
    }
}

GArray *
weft_graph_search_find (WeftDocument *document, WeftTyping *typing, const char *text)
{
  GArray          *found = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autofree char *folded = g_utf8_casefold (text, -1);
  g_autofree char *stripped = g_strdup (g_strstrip (folded));
  g_auto (GStrv) words = g_strsplit_set (stripped, " \t", -1);
  if (*stripped == '\0')
    return found;
  find_in (document, typing, words, found);
  for (guint i = 0; i < weft_document_n_groups (document); i++)
    find_in (weft_document_group_at (document, i), NULL, words, found);
  return found;
}

/* ---- Going ---- */

static void
show_count (WeftGraphSearch *search)
{
  g_autofree char *text = NULL;
  if (search->found->len > 0 && search->at >= 0)
    /* Translators: the third of twelve nodes that were found */
    text = g_strdup_printf (_ ("%d of %u"), search->at + 1, search->found->len);
  else if (search->found->len > 0)
    text = g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE, "%u node", "%u nodes", search->found->len), search->found->len);
  else if (*gtk_editable_get_text (search->entry) != '\0')
    text = g_strdup (_ ("No node has these words."));
  gtk_label_set_text (search->count, text != NULL ? text : "");
  gtk_widget_set_sensitive (search->previous, search->found->len > 0);
  gtk_widget_set_sensitive (search->next, search->found->len > 0);
}

static void
look (WeftGraphSearch *search)
{
  g_clear_pointer (&search->found, g_array_unref);
  search->found = search->document != NULL
                    ? weft_graph_search_find (search->document, search->typing,
                                              gtk_editable_get_text (search->entry))
                    : g_array_new (FALSE, FALSE, sizeof (guint32));
  search->at = -1;
  show_count (search);
}

static void
changed_cb (WeftGraphSearch *search)
{
  g_autoptr (GArray) here = g_array_new (FALSE, FALSE, sizeof (guint32));
  look (search);
  for (guint i = 0; i < search->found->len; i++)
    if (weft_document_node (search->document, g_array_index (search->found, guint32, i)) != NULL)
      g_array_append_val (here, g_array_index (search->found, guint32, i));
  g_autoptr (GBytes) uids = g_bytes_new (here->data, here->len * sizeof (guint32));
  g_signal_emit (search, found_signal, 0, uids);
}

static void
step (WeftGraphSearch *search, gint by)
{
  gint n = (gint) search->found->len;
  if (n == 0)
    return;
  search->at = search->at < 0 ? (by > 0 ? 0 : n - 1) : (search->at + by + n) % n;
  show_count (search);
  g_signal_emit (search, go_signal, 0, g_array_index (search->found, guint32, search->at));
  gtk_widget_grab_focus (GTK_WIDGET (search->entry));
  gtk_editable_set_position (search->entry, -1);
}

static void
next_cb (WeftGraphSearch *search)
{
  step (search, 1);
}

static void
previous_cb (WeftGraphSearch *search)
{
  step (search, -1);
}

static gboolean
key_cb (GtkEventControllerKey *controller,
        guint                  key,
        guint                  code,
        GdkModifierType        modifiers,
        WeftGraphSearch       *search)
{
  switch (key)
    {
    case GDK_KEY_Down:
      step (search, 1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Up:
      step (search, -1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
      step (search, modifiers & GDK_SHIFT_MASK ? -1 : 1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Escape:
      weft_graph_search_close (search);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

/** weft_graph_search_open: what was typed last is there, marked. */
void
weft_graph_search_open (WeftGraphSearch *search)
{
  gtk_widget_set_visible (GTK_WIDGET (search), TRUE);
  look (search);
  gtk_widget_grab_focus (GTK_WIDGET (search->entry));
  gtk_editable_select_region (search->entry, 0, -1);
}

void
weft_graph_search_close (WeftGraphSearch *search)
{
  if (!gtk_widget_get_visible (GTK_WIDGET (search)))
    return;
  gtk_widget_set_visible (GTK_WIDGET (search), FALSE);
  g_signal_emit (search, closed_signal, 0);
}

void
weft_graph_search_set_document (WeftGraphSearch *search, WeftDocument *document, WeftTyping *typing)
{
  g_set_object (&search->document, document);
  search->typing = typing;
  gtk_widget_set_visible (GTK_WIDGET (search), FALSE);
  look (search);
}

/* ---- Widget ---- */

static GtkWidget *
add_button (WeftGraphSearch *search, const char *icon, const char *label, GCallback clicked_cb)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  g_signal_connect_swapped (button, "clicked", clicked_cb, search);
  gtk_box_append (GTK_BOX (search), button);
  return button;
}

static void
weft_graph_search_dispose (GObject *object)
{
  WeftGraphSearch *search = WEFT_GRAPH_SEARCH (object);
  g_clear_object (&search->document);
  g_clear_pointer (&search->found, g_array_unref);
  G_OBJECT_CLASS (weft_graph_search_parent_class)->dispose (object);
}

static void
weft_graph_search_class_init (WeftGraphSearchClass *class)
{
  G_OBJECT_CLASS (class)->dispose = weft_graph_search_dispose;
  found_signal = g_signal_new ("found", WEFT_TYPE_GRAPH_SEARCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                               NULL, G_TYPE_NONE, 1, G_TYPE_BYTES);
  go_signal = g_signal_new ("go", WEFT_TYPE_GRAPH_SEARCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                            G_TYPE_NONE, 1, G_TYPE_UINT);
  closed_signal = g_signal_new ("closed", WEFT_TYPE_GRAPH_SEARCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 0);
}

static void
weft_graph_search_init (WeftGraphSearch *search)
{
  GtkWidget          *entry = gtk_search_entry_new (), *count = gtk_label_new ("");
  GtkEventController *keys = gtk_event_controller_key_new ();
  search->found = g_array_new (FALSE, FALSE, sizeof (guint32));
  search->at = -1;
  search->entry = GTK_EDITABLE (entry);
  search->count = GTK_LABEL (count);
  gtk_widget_add_css_class (GTK_WIDGET (search), "graph-search");
  gtk_box_set_spacing (GTK_BOX (search), 6);
  gtk_widget_set_hexpand (entry, TRUE);
  g_object_set (entry, "placeholder-text", _ ("Name, operation, parameter, shape or problem"),
                NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Search in the graph"), -1);
  gtk_widget_add_css_class (count, "dim-label");
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), search);
  gtk_widget_add_controller (entry, keys);
  g_signal_connect_swapped (entry, "search-changed", G_CALLBACK (changed_cb), search);
  gtk_box_append (GTK_BOX (search), entry);
  gtk_box_append (GTK_BOX (search), count);
  search->previous =
    add_button (search, "go-up-symbolic", _ ("Node before"), G_CALLBACK (previous_cb));
  search->next = add_button (search, "go-down-symbolic", _ ("Next node"), G_CALLBACK (next_cb));
  add_button (search, "window-close-symbolic", _ ("Close the search"),
              G_CALLBACK (weft_graph_search_close));
  gtk_widget_set_visible (GTK_WIDGET (search), FALSE);
}

/* The palette: everything that can be put on the canvas, by family, with a search.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/palette/palette.h"

#include "engine/ops/ops.h"
#include "ui/palette/family-colours.h"
#include "ui/shared/choice-row.h"
#include "ui/shared/recents.h"

#include <glib/gi18n.h>
#include <string.h>

struct _WeftPalette
{
  AdwBin parent_instance;

  /* Template children, borrowed */
  GtkSearchEntry *search;
  GtkListBox     *list;
  GtkListBoxRow  *expression_row;
  GtkLabel       *expression_label;

  /* Owned */
  GHashTable *ranks;      /* const WeftEntry* -> 1 + place among the results; NULL: no search */
  char       *expression; /* what was typed, if it is one */

  /* Plain values */
  guint watch; /* of the catalogue */
  guint recents_id;
};

enum
{
  SIGNAL_PLACE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftPalette, weft_palette, ADW_TYPE_BIN)

static const WeftEntry *
row_entry (GtkListBoxRow *row)
{
  return g_object_get_data (G_OBJECT (row), "weft-entry");
}

static guint
row_place (GtkListBoxRow *row)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "weft-place"));
}

/* ---- Rows ---- */

static GdkContentProvider *
drag_prepare_cb (GtkDragSource *source, double x, double y, GtkWidget *row)
{
  const WeftEntry *entry = row_entry (GTK_LIST_BOX_ROW (row));
  return gdk_content_provider_new_typed (G_TYPE_STRING, entry->op);
}

static void
drag_begin_cb (GtkDragSource *source, GdkDrag *drag, GtkWidget *row)
{
  g_autoptr (GdkPaintable) picture = gtk_widget_paintable_new (gtk_widget_get_first_child (row));
  g_autoptr (GdkPaintable) now = gdk_paintable_get_current_image (picture);
  gtk_drag_source_set_icon (source, now, 16, 12);
}

/* A row that was added last stands above all families, and is not there for a search, which finds
 * the entry below. */
static gboolean
is_recent (GtkListBoxRow *row)
{
  return row_entry (row) != NULL && row_place (row) <= WEFT_MAX_RECENTS;
}

static GtkWidget *
new_row (const WeftEntry *entry, guint place)
{
  GtkWidget *label = gtk_label_new (entry->title);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  g_autofree char *family = g_strconcat ("family-", entry->family, NULL);
  gtk_widget_add_css_class (label, "palette-card");
  gtk_widget_add_css_class (label, family);

  GtkWidget *row = weft_choice_row_new ();
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), label);
  g_object_set_data (G_OBJECT (row), "weft-entry", (gpointer) entry);
  g_object_set_data (G_OBJECT (row), "weft-place", GUINT_TO_POINTER (place));
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, entry->title,
                                  -1);
  if (entry->summary != NULL)
    {
      gtk_widget_set_tooltip_text (row, _ (entry->summary));
      gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                      _ (entry->summary), -1);
    }

  GtkDragSource *source = gtk_drag_source_new ();
  g_signal_connect (source, "prepare", G_CALLBACK (drag_prepare_cb), row);
  g_signal_connect (source, "drag-begin", G_CALLBACK (drag_begin_cb), row);
  gtk_widget_add_controller (row, GTK_EVENT_CONTROLLER (source));
  return row;
}

static const char *
family_title (const char *key)
{
  for (guint i = 0; i < weft_n_op_families; i++)
    if (g_str_equal (weft_op_families[i].key, key))
      return _ (weft_op_families[i].title);
  return key;
}

static void
header_cb (GtkListBoxRow *row, GtkListBoxRow *before, gpointer data)
{
  WeftPalette     *palette = data;
  const WeftEntry *entry = row_entry (row), *previous = before != NULL ? row_entry (before) : NULL;
  gboolean         recent = is_recent (row);
  gboolean         first =
    entry != NULL && (previous == NULL || is_recent (before) != recent ||
                      (!recent && !g_str_equal (previous->family, entry->family)));
  if (palette->ranks != NULL || !first)
    {
      gtk_list_box_row_set_header (row, NULL);
      return;
    }
  GtkWidget *label = gtk_label_new (recent ? _ ("Recent") : family_title (entry->family));
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, "section");
  gtk_list_box_row_set_header (row, label);
}

static guint
rank_of (WeftPalette *palette, GtkListBoxRow *row)
{
  const WeftEntry *entry = row_entry (row);
  if (entry == NULL)
    return 0;
  return palette->ranks == NULL ? row_place (row)
                                : GPOINTER_TO_UINT (g_hash_table_lookup (palette->ranks, entry));
}

static int
sort_cb (GtkListBoxRow *a, GtkListBoxRow *b, gpointer data)
{
  guint x = rank_of (data, a), y = rank_of (data, b);
  return x < y ? -1 : x > y;
}

static gboolean
filter_cb (GtkListBoxRow *row, gpointer data)
{
  WeftPalette *palette = data;
  if (row == palette->expression_row)
    return palette->expression != NULL;
  if (is_recent (row))
    return palette->ranks == NULL;
  return palette->ranks == NULL || g_hash_table_contains (palette->ranks, row_entry (row));
}

/* ---- Search ---- */

/* A name alone is a search; more than that, if it parses, is an expression. */
static gboolean
is_expression (const char *text)
{
  if (strpbrk (text, "+-*/@%()[]<>=&|^.") == NULL)
    return FALSE;
  g_autoptr (WeftExpr) expr = weft_expr_parse (text, NULL);
  return expr != NULL && weft_expr_has_result (expr);
}

static GtkListBoxRow *
first_result (WeftPalette *palette)
{
  GtkListBoxRow *row;
  for (int i = 0; (row = gtk_list_box_get_row_at_index (palette->list, i)) != NULL; i++)
    if (filter_cb (row, palette))
      return row;
  return NULL;
}

static void
search_cb (WeftPalette *palette)
{
  g_autofree char *text =
    g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (palette->search))));
  g_clear_pointer (&palette->ranks, g_hash_table_unref);
  g_clear_pointer (&palette->expression, g_free);
  if (*text != '\0')
    {
      g_autoptr (GPtrArray) found = weft_catalogue_search (text);
      palette->ranks = g_hash_table_new (NULL, NULL);
      for (guint i = 0; i < found->len; i++)
        g_hash_table_insert (palette->ranks, g_ptr_array_index (found, i),
                             GUINT_TO_POINTER (i + 1));
      if (is_expression (text))
        palette->expression = g_strdup (text);
    }
  gtk_label_set_label (palette->expression_label,
                       palette->expression != NULL ? palette->expression : "");
  gtk_list_box_invalidate_filter (palette->list);
  gtk_list_box_invalidate_sort (palette->list);
  gtk_list_box_invalidate_headers (palette->list);
  GtkListBoxRow *first = *text != '\0' ? first_result (palette) : NULL;
  gtk_list_box_select_row (palette->list, first);
}

static void
place (WeftPalette *palette, GtkListBoxRow *row)
{
  if (row == palette->expression_row)
    g_signal_emit (palette, signals[SIGNAL_PLACE], 0, "expression", palette->expression);
  else
    g_signal_emit (palette, signals[SIGNAL_PLACE], 0, row_entry (row)->op, NULL);
}

static void
row_activated_cb (GtkListBox *list, GtkListBoxRow *row, WeftPalette *palette)
{
  place (palette, row);
}

static void
search_activate_cb (WeftPalette *palette)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (palette->list);
  if (row == NULL && *gtk_editable_get_text (GTK_EDITABLE (palette->search)) != '\0')
    row = first_result (palette);
  if (row != NULL)
    place (palette, row);
}

static void
stop_search_cb (WeftPalette *palette)
{
  gtk_editable_set_text (GTK_EDITABLE (palette->search), "");
}

/* Down and Up go through the results while one types. */
static gboolean
search_key_cb (GtkEventControllerKey *controller,
               guint                  key,
               guint                  code,
               GdkModifierType        modifiers,
               WeftPalette           *palette)
{
  if (key != GDK_KEY_Down && key != GDK_KEY_Up)
    return GDK_EVENT_PROPAGATE;
  GtkListBoxRow *selected = gtk_list_box_get_selected_row (palette->list);
  int            by = key == GDK_KEY_Down ? 1 : -1;
  int            at = selected != NULL ? gtk_list_box_row_get_index (selected) + by : 0;
  GtkListBoxRow *row;
  for (; at >= 0 && (row = gtk_list_box_get_row_at_index (palette->list, at)) != NULL; at += by)
    if (filter_cb (row, palette))
      {
        gtk_list_box_select_row (palette->list, row);
        break;
      }
  return GDK_EVENT_STOP;
}

/**
 * weft_palette_focus_search:
 * @palette: the palette
 *
 * Puts the cursor into the search entry.
 */
void
weft_palette_focus_search (WeftPalette *palette)
{
  gtk_widget_grab_focus (GTK_WIDGET (palette->search));
  gtk_editable_select_region (GTK_EDITABLE (palette->search), 0, -1);
}

/**
 * weft_palette_search:
 * @palette: the palette
 * @text: what to look for; "": everything
 *
 * As if it had been typed.
 */
void
weft_palette_search (WeftPalette *palette, const char *text)
{
  gtk_editable_set_text (GTK_EDITABLE (palette->search), text);
  search_cb (palette);
}

/* A row an entry of the catalogue; the row of the expression stays. */
static void
fill (WeftPalette *palette)
{
  GtkListBoxRow *row;
  int            i = 0;
  while ((row = gtk_list_box_get_row_at_index (palette->list, i)) != NULL)
    if (row == palette->expression_row)
      i++;
    else
      gtk_list_box_remove (palette->list, GTK_WIDGET (row));
  for (guint k = 0; k < weft_catalogue_n (); k++)
    gtk_list_box_append (palette->list, new_row (weft_catalogue_at (k), WEFT_MAX_RECENTS + k + 1));
  for (guint k = 0; k < g_list_model_get_n_items (weft_recents_get ()); k++)
    {
      g_autoptr (GtkStringObject) op = g_list_model_get_item (weft_recents_get (), k);
      const WeftEntry *entry = weft_catalogue_find (gtk_string_object_get_string (op));
      if (entry != NULL)
        gtk_list_box_append (palette->list, new_row (entry, k + 1));
    }
}

/* When there is time: the row that was activated is among them. */
static gboolean
recents_cb (gpointer data)
{
  WeftPalette *palette = data;
  palette->recents_id = 0;
  fill (palette);
  search_cb (palette);
  return G_SOURCE_REMOVE;
}

static void
recents_changed_cb (WeftPalette *palette)
{
  if (palette->recents_id == 0)
    palette->recents_id = g_idle_add (recents_cb, palette);
}

/* The user's layers came or went. */
static void
catalogue_changed_cb (gpointer data)
{
  fill (data);
  search_cb (data);
}

static void
weft_palette_finalize (GObject *object)
{
  WeftPalette *palette = WEFT_PALETTE (object);
  g_clear_pointer (&palette->ranks, g_hash_table_unref);
  g_free (palette->expression);
  G_OBJECT_CLASS (weft_palette_parent_class)->finalize (object);
}

/* The list sorts and filters while it goes away. */
static void
weft_palette_dispose (GObject *object)
{
  WeftPalette *palette = WEFT_PALETTE (object);
  if (palette->watch != 0)
    weft_catalogue_unwatch (palette->watch);
  palette->watch = 0;
  g_clear_handle_id (&palette->recents_id, g_source_remove);
  if (palette->list != NULL)
    {
      gtk_list_box_set_sort_func (palette->list, NULL, NULL, NULL);
      gtk_list_box_set_filter_func (palette->list, NULL, NULL, NULL);
      gtk_list_box_set_header_func (palette->list, NULL, NULL, NULL);
    }
  G_OBJECT_CLASS (weft_palette_parent_class)->dispose (object);
}

static void
weft_palette_class_init (WeftPaletteClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_palette_dispose;
  G_OBJECT_CLASS (klass)->finalize = weft_palette_finalize;
  g_type_ensure (WEFT_TYPE_CHOICE_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/weft/Weft/palette/palette.ui");
  gtk_widget_class_bind_template_child (widget_class, WeftPalette, search);
  gtk_widget_class_bind_template_child (widget_class, WeftPalette, list);
  gtk_widget_class_bind_template_child (widget_class, WeftPalette, expression_row);
  gtk_widget_class_bind_template_child (widget_class, WeftPalette, expression_label);
  gtk_widget_class_bind_template_callback (widget_class, search_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, stop_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_key_cb);
  signals[SIGNAL_PLACE] = g_signal_new ("place", WEFT_TYPE_PALETTE, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
weft_palette_init (WeftPalette *palette)
{
  weft_family_colours_init ();
  gtk_widget_init_template (GTK_WIDGET (palette));
  fill (palette);
  palette->watch = weft_catalogue_watch (catalogue_changed_cb, palette);
  g_signal_connect_object (weft_recents_get (), "items-changed", G_CALLBACK (recents_changed_cb),
                           palette, G_CONNECT_SWAPPED);
  gtk_list_box_set_filter_func (palette->list, filter_cb, palette, NULL);
  gtk_list_box_set_sort_func (palette->list, sort_cb, palette, NULL);
  gtk_list_box_set_header_func (palette->list, header_cb, palette, NULL);
}

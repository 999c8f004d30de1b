/* The palette of commands, a small window over the editor's: every row of the table of commands,
 * with its keys. What cannot be done now is there too, grey. What was done last comes first.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/command-palette.h"

#include "ui/optimise/graph-pane.h"
#include "ui/shared/choice-row.h"
#include "ui/shared/commands.h"
#include "ui/shared/fuzzy.h"
#include "ui/window/window-private.h"

#include <glib/gi18n.h>

#define WIDTH 560
/* Of the entry; and of a title, however narrow the window is. */
#define ENTRY_CHARS 44
#define LEAST_TITLE 16
#define HEIGHT 440
#define MAX_RECENT 8

#define WEFT_TYPE_COMMAND_PALETTE (weft_command_palette_get_type ())
G_DECLARE_FINAL_TYPE (WeftCommandPalette, weft_command_palette, WEFT, COMMAND_PALETTE, GtkWindow)
struct _WeftCommandPalette
{
  GtkWindow parent_instance;

  /* Borrowed */
  WeftWindow        *window;
  GtkEditable       *entry;
  GtkListBox        *list;
  GtkStack          *stack;
  GtkScrolledWindow *scroller;
};
G_DEFINE_FINAL_TYPE (WeftCommandPalette, weft_command_palette, GTK_TYPE_WINDOW)

/* As long as the program runs: what was done last, the last first. */
static const WeftCommand *recent[MAX_RECENT];

static void
remember (const WeftCommand *command)
{
  const WeftCommand *moved = command;
  for (guint i = 0; i < MAX_RECENT && moved != NULL; i++)
    {
      const WeftCommand *next = recent[i];
      recent[i] = moved;
      if (next == command)
        return;
      moved = next;
    }
}

static guint
recency (const WeftCommand *command)
{
  for (guint i = 0; i < MAX_RECENT; i++)
    if (recent[i] == command)
      return MAX_RECENT - i;
  return 0;
}

/* ---- Doing ---- */

static GtkWidget *
find_descendant (GtkWidget *widget, GType type)
{
  g_autoptr (GPtrArray) queue = g_ptr_array_new ();
  g_ptr_array_add (queue, widget);
  for (guint i = 0; i < queue->len; i++)
    {
      GtkWidget *child = gtk_widget_get_first_child (queue->pdata[i]);
      if (G_TYPE_CHECK_INSTANCE_TYPE (queue->pdata[i], type))
        return queue->pdata[i];
      for (; child != NULL; child = gtk_widget_get_next_sibling (child))
        g_ptr_array_add (queue, child);
    }
  return NULL;
}

/* The widget that has the action; a drawing: the one with the focus, or the first. */
static GtkWidget *
find_target (WeftWindow *window, const char *action)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (window));
  if (g_str_has_prefix (action, "canvas."))
    return GTK_WIDGET (window->canvas);
  if (g_str_has_prefix (action, "outline."))
    return GTK_WIDGET (window->outline);
  if (g_str_has_prefix (action, "optimise."))
    return GTK_WIDGET (window->optimise);
  if (!g_str_has_prefix (action, "graph."))
    return GTK_WIDGET (window);
  GtkWidget *pane = focus != NULL ? gtk_widget_get_ancestor (focus, WEFT_TYPE_GRAPH_PANE) : NULL;
  return pane != NULL ? pane
                      : find_descendant (GTK_WIDGET (window->optimise), WEFT_TYPE_GRAPH_PANE);
}

static gboolean
is_possible (WeftWindow *window, const WeftCommand *command)
{
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;
  if (!g_action_parse_detailed_name (command->action, &name, &target, NULL))
    return FALSE;
  if (g_str_has_prefix (name, "app."))
    return TRUE;
  if (g_str_has_prefix (name, "win."))
    return g_action_group_get_action_enabled (G_ACTION_GROUP (window), name + strlen ("win."));
  return weft_window_get_document (window) != NULL;
}

/* Where the command acts is shown first: one sees what it does. */
static void
show_place (WeftWindow *window, GtkWidget *target)
{
  if (target == GTK_WIDGET (window))
    return;
  gboolean    outline = target == GTK_WIDGET (window->outline);
  gboolean    build = outline || target == GTK_WIDGET (window->canvas);
  const char *view = build ? "build" : "optimise";
  GtkWidget  *focus = gtk_window_get_focus (GTK_WINDOW (window));
  gtk_stack_set_visible_child_name (window->views, view);
  if (outline)
    g_action_group_activate_action (G_ACTION_GROUP (window), "outline", NULL);
  if (focus == NULL || (focus != target && !gtk_widget_is_ancestor (focus, target)))
    gtk_widget_grab_focus (target);
}

static void
perform (WeftCommandPalette *palette, const WeftCommand *command)
{
  WeftWindow      *window = palette->window;
  g_autofree char *name = NULL;
  g_autoptr (GVariant) parameter = NULL;
  if (!is_possible (window, command))
    {
      gtk_widget_error_bell (GTK_WIDGET (palette));
      return;
    }
  remember (command);
  gtk_window_destroy (GTK_WINDOW (palette));
  g_action_parse_detailed_name (command->action, &name, &parameter, NULL);
  GtkWidget *target = find_target (window, name);
  show_place (window, target);
  gtk_widget_activate_action_variant (target, name, parameter);
}

/* ---- Rows ---- */

static const WeftCommand *
command_of (GtkListBoxRow *row)
{
  return g_object_get_data (G_OBJECT (row), "weft-command");
}

static GtkWidget *
new_row (WeftCommandPalette *palette, const WeftCommand *command, const char *section)
{
  GtkWidget       *row = weft_choice_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget       *title = gtk_label_new (_ (command->title)), *place = gtk_label_new (section);
  g_autofree char *key = weft_commands_dup_label (command);
  GtkWidget       *keys = gtk_label_new (key);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_label_set_width_chars (GTK_LABEL (title),
                             (int) MIN (g_utf8_strlen (_ (command->title), -1), LEAST_TITLE));
  gtk_label_set_ellipsize (GTK_LABEL (place), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_widget_set_hexpand (title, TRUE);
  gtk_widget_add_css_class (place, "dim-label");
  gtk_widget_add_css_class (place, "caption");
  gtk_widget_add_css_class (keys, "keys");
  gtk_widget_set_visible (keys, key != NULL);
  gtk_widget_set_valign (keys, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), place);
  gtk_box_append (GTK_BOX (box), keys);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gboolean possible = is_possible (palette->window, command);
  gtk_widget_set_sensitive (box, possible);
  g_object_set_data (G_OBJECT (row), "weft-command", (gpointer) command);
  g_autofree char *spoken = key != NULL
                              ? g_strdup_printf ("%s, %s, %s", _ (command->title), section, key)
                              : g_strdup_printf ("%s, %s", _ (command->title), section);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_DISABLED, !possible, -1);
  return row;
}

typedef struct
{
  const WeftCommand *command;
  const char        *section;
  guint              score, place;
} Found;

static int
compare_found (gconstpointer a, gconstpointer b)
{
  const Found *one = a, *other = b;
  if (one->score != other->score)
    return one->score > other->score ? -1 : 1;
  return one->place < other->place ? -1 : 1;
}

/* The title counts most; the section is there to be typed too: "canvas fit". */
static GArray *
find (const char *typed)
{
  GArray            *found = g_array_new (FALSE, TRUE, sizeof (Found));
  const char        *section = "";
  guint              n;
  const WeftCommand *commands = weft_commands_get (&n);
  for (guint i = 0; i < n; i++)
    {
      if (commands[i].kind == WEFT_COMMAND_SECTION)
        section = _ (commands[i].title);
      if (commands[i].kind != WEFT_COMMAND_ACTION ||
          g_str_equal (commands[i].action, "win.commands"))
        continue;
      g_autofree char *both = g_strdup_printf ("%s %s", _ (commands[i].title), section);
      guint            score = 2 * weft_fuzzy_score (typed, _ (commands[i].title));
      if (score == 0)
        score = weft_fuzzy_score (typed, both);
      if (score == 0)
        continue;
      Found row = { &commands[i], section, score * (MAX_RECENT + 1) + recency (&commands[i]), i };
      g_array_append_val (found, row);
    }
  g_array_sort (found, compare_found);
  return found;
}

static void
fill (WeftCommandPalette *palette)
{
  g_autoptr (GArray) found = find (gtk_editable_get_text (palette->entry));
  GtkListBoxRow *row;
  while ((row = gtk_list_box_get_row_at_index (palette->list, 0)) != NULL)
    gtk_list_box_remove (palette->list, GTK_WIDGET (row));
  for (guint i = 0; i < found->len; i++)
    {
      const Found *item = &g_array_index (found, Found, i);
      gtk_list_box_append (palette->list, new_row (palette, item->command, item->section));
    }
  gtk_stack_set_visible_child_name (palette->stack, found->len > 0 ? "found" : "empty");
  gtk_list_box_select_row (palette->list, gtk_list_box_get_row_at_index (palette->list, 0));
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (palette->scroller), 0);
}

/* ---- Keys ---- */

/* The focus stays in the entry; the list scrolls along. */
static void
step (WeftCommandPalette *palette, int by)
{
  GtkListBoxRow  *row = gtk_list_box_get_selected_row (palette->list);
  int             index = row != NULL ? gtk_list_box_row_get_index (row) + by : 0;
  GtkListBoxRow  *next = gtk_list_box_get_row_at_index (palette->list, MAX (index, 0));
  graphene_rect_t bounds;
  if (next == NULL)
    return;
  gtk_list_box_select_row (palette->list, next);
  if (gtk_widget_compute_bounds (GTK_WIDGET (next), GTK_WIDGET (palette->list), &bounds))
    gtk_adjustment_clamp_page (gtk_scrolled_window_get_vadjustment (palette->scroller),
                               bounds.origin.y, bounds.origin.y + bounds.size.height);
}

static gboolean
key_cb (GtkEventControllerKey *controller,
        guint                  key,
        guint                  code,
        GdkModifierType        modifiers,
        WeftCommandPalette    *palette)
{
  switch (key)
    {
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      step (palette, 1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      step (palette, -1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Escape:
      gtk_window_close (GTK_WINDOW (palette));
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

static void
activate_cb (WeftCommandPalette *palette)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (palette->list);
  if (row != NULL)
    perform (palette, command_of (row));
}

static void
row_activated_cb (GtkListBox *list, GtkListBoxRow *row, WeftCommandPalette *palette)
{
  perform (palette, command_of (row));
}

/* ---- The window ---- */

static void
add_list (WeftCommandPalette *palette)
{
  GtkWidget *list = gtk_list_box_new (), *scroller = gtk_scrolled_window_new (),
            *stack = gtk_stack_new (), *empty = adw_status_page_new ();
  gtk_widget_add_css_class (list, "commands");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Commands"), -1);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_BROWSE);
  g_signal_connect (list, "row-activated", G_CALLBACK (row_activated_cb), palette);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), list);
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (empty), "system-search-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (empty), _ ("No Such Command"));
  gtk_widget_add_css_class (empty, "compact");
  gtk_stack_add_named (GTK_STACK (stack), scroller, "found");
  gtk_stack_add_named (GTK_STACK (stack), empty, "empty");
  gtk_window_set_child (GTK_WINDOW (palette), stack);
  palette->list = GTK_LIST_BOX (list);
  palette->scroller = GTK_SCROLLED_WINDOW (scroller);
  palette->stack = GTK_STACK (stack);
}

static void
add_entry (WeftCommandPalette *palette)
{
  GtkWidget          *bar = gtk_header_bar_new (), *entry = gtk_search_entry_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Search the commands"), -1);
  g_object_set (entry, "placeholder-text", _ ("What should be done?"), "search-delay", 0, NULL);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (entry), ENTRY_CHARS);
  gtk_header_bar_set_title_widget (GTK_HEADER_BAR (bar), entry);
  gtk_window_set_titlebar (GTK_WINDOW (palette), bar);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (key_cb), palette);
  gtk_widget_add_controller (GTK_WIDGET (palette), keys);
  g_signal_connect_swapped (entry, "search-changed", G_CALLBACK (fill), palette);
  g_signal_connect_swapped (entry, "activate", G_CALLBACK (activate_cb), palette);
  palette->entry = GTK_EDITABLE (entry);
}

static void
weft_command_palette_class_init (WeftCommandPaletteClass *klass)
{
}

static void
weft_command_palette_init (WeftCommandPalette *palette)
{
  gtk_window_set_default_size (GTK_WINDOW (palette), WIDTH, HEIGHT);
  gtk_window_set_modal (GTK_WINDOW (palette), TRUE);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (palette), TRUE);
  gtk_window_set_title (GTK_WINDOW (palette), _ ("Commands"));
  add_entry (palette);
  add_list (palette);
}

/**
 * weft_command_palette_new:
 * @window: where the commands act
 *
 * Returns: (transfer none): the palette, over @window
 */
GtkWindow *
weft_command_palette_new (WeftWindow *window)
{
  WeftCommandPalette *palette =
    g_object_new (WEFT_TYPE_COMMAND_PALETTE, "transient-for", window, NULL);
  palette->window = window;
  fill (palette);
  gtk_widget_grab_focus (GTK_WIDGET (palette->entry));
  return GTK_WINDOW (palette);
}

/* The editor's window, from inside: what it opens, its actions, its forms, its runs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/document/catalogue.h"
#include "ui/build/canvas.h"
#include "ui/dock/chart.h"
#include "ui/inspector/inspector.h"
#include "ui/inspector/param-row.h"
#include "ui/optimise/graph-pane.h"
#include "ui/optimise/optimise-view.h"
#include "ui/outline/outline.h"
#include "ui/palette/palette.h"
#include "ui/shared/commands.h"
#include "ui/shared/fuzzy.h"
#include "ui/shared/settings.h"
#include "ui/start/start-page.h"
#include "ui/window/application.h"
#include "ui/window/command-palette.h"
#include "ui/window/graph-search.h"
#include "ui/window/key-page.h"
#include "ui/window/shortcuts.h"
#include "ui/shared/recents.h"
#include "tests/ui/window-tools.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* ---- Commands ---- */

static gboolean
has_class_action (GType type, const char *wanted)
{
  GtkWidgetClass     *klass = g_type_class_ref (type);
  const char         *name, *property;
  const GVariantType *parameter;
  GType               owner;
  gboolean            found = FALSE;
  for (guint i = 0;
       !found && gtk_widget_class_query_action (klass, i, &owner, &name, &parameter, &property);
       i++)
    found = g_str_equal (name, wanted);
  g_type_class_unref (klass);
  return found;
}

static gboolean
has_action (const char *detailed, WeftWindow *window)
{
  g_autofree char *name = NULL;
  g_autoptr (GVariant) target = NULL;
  g_assert_true (g_action_parse_detailed_name (detailed, &name, &target, NULL));
  if (g_str_has_prefix (name, "app."))
    return g_action_group_has_action (G_ACTION_GROUP (application), name + 4);
  if (g_str_has_prefix (name, "optimise."))
    return has_class_action (WEFT_TYPE_OPTIMISE_VIEW, name);
  if (g_str_has_prefix (name, "graph."))
    return has_class_action (WEFT_TYPE_GRAPH_PANE, name);
  if (g_str_has_prefix (name, "outline."))
    return has_class_action (WEFT_TYPE_OUTLINE, name);
  if (g_str_has_prefix (name, "canvas."))
    return has_class_action (WEFT_TYPE_CANVAS, name);
  return g_action_group_has_action (G_ACTION_GROUP (window), name + 4);
}

/* A key that was pressed becomes a command's, unless it is another's or a letter that texts need.
 */
static void
test_take_key (void)
{
  const WeftCommand *step = weft_commands_find ("win.step");
  g_autofree char *free_key = weft_key_page_take (step, GDK_KEY_K, GDK_CONTROL_MASK | GDK_ALT_MASK);
  g_autofree char   *taken = weft_key_page_take (step, GDK_KEY_s, GDK_CONTROL_MASK);
  g_autofree char   *letter = weft_key_page_take (step, GDK_KEY_k, 0);
  g_auto (GStrv) keys = weft_commands_dup_keys (step);
  GtkWidget *page = g_object_ref_sink (weft_key_page_new ());
  g_assert_null (free_key);
  g_assert_nonnull (strstr (taken, "Save"));
  g_assert_nonnull (letter);
  g_assert_cmpstr (keys[0], ==, "<Control><Alt>k");
  weft_commands_set_keys (step, NULL);
  g_assert_finalize_object (page);
}

static guint
n_found (WeftDocument *document, WeftTyping *typing, const char *text)
{
  g_autoptr (GArray) found = weft_graph_search_find (document, typing, text);
  return found->len;
}

/* By name, operation, parameter, shape and in groups; what is found is selected and gone to. */
static void
test_find (void)
{
  WeftWindow      *window = open_example ("mnist-mlp");
  WeftDocument    *document = weft_window_get_document (window);
  WeftCanvas      *canvas = find_type (window, WEFT_TYPE_CANVAS);
  WeftTyping      *typing = weft_canvas_get_typing (canvas);
  WeftGraphSearch *search = find_type (window, WEFT_TYPE_GRAPH_SEARCH);
  guint32          hidden = weft_document_node_by_id (document, "hidden")->uid, group;
  guint            n;
  g_autoptr (GArray) inside = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (n_found (document, typing, "hidden"), ==, 1);
  g_assert_cmpuint (n_found (document, typing, "DENSE relu"), ==, 1);
  g_assert_cmpuint (n_found (document, typing, "(batch, 10)"), ==, 2);
  g_assert_cmpuint (n_found (document, typing, "no-such-thing"), ==, 0);
  g_assert_cmpuint (n_found (document, typing, "  "), ==, 0);
  act (window, "find");
  g_assert_true (gtk_widget_get_mapped (GTK_WIDGET (search)));
  gtk_editable_set_text (find_type (search, GTK_TYPE_TEXT), "dense");
  g_signal_emit_by_name (find_type (search, GTK_TYPE_SEARCH_ENTRY), "search-changed");
  weft_canvas_get_selection (canvas, &n);
  g_assert_cmpuint (n, ==, 2);
  weft_graph_search_close (search);
  g_assert_false (gtk_widget_get_mapped (GTK_WIDGET (search)));

  group = weft_document_create_group (document, &hidden, 1, "inner", &error);
  g_assert_no_error (error);
  settle ();
  g_assert_cmpuint (group, !=, 0);
  inside = weft_graph_search_find (document, typing, "dense relu");
  g_assert_cmpuint (inside->len, ==, 1);
  hidden = g_array_index (inside, guint32, 0);
  g_assert_null (weft_document_node (document, hidden));
  g_signal_emit_by_name (search, "go", hidden);
  settle ();
  g_assert_nonnull (weft_document_node (weft_canvas_get_document (canvas), hidden));
  g_assert_cmpuint (weft_canvas_get_selection (canvas, &n)[0], ==, hidden);
  close_window (window);
}

/* Every command exists, and no key has two meanings where it is pressed. */
static void
test_commands (void)
{
  guint              n;
  const WeftCommand *commands = weft_commands_get (&n);
  WeftWindow        *window = weft_window_new (GTK_APPLICATION (application));
  for (guint i = 0; i < n; i++)
    {
      if (commands[i].kind != WEFT_COMMAND_ACTION)
        continue;
      g_test_message ("%s", commands[i].action);
      g_assert_true (has_action (commands[i].action, window));
      g_assert_true (weft_commands_find (commands[i].action) == &commands[i]);
      g_auto (GStrv) keys = weft_commands_dup_keys (&commands[i]);
      for (guint k = 0; keys[k] != NULL; k++)
        {
          guint           key;
          GdkModifierType modifiers;
          g_assert_true (gtk_accelerator_parse (keys[k], &key, &modifiers));
          g_assert_null (weft_commands_find_conflict (&commands[i], keys[k]));
        }
    }
  GtkWindow *shortcuts = weft_shortcuts_new ();
  gtk_window_present (shortcuts);
  wait_for (is_drawn, shortcuts);
  gtk_window_destroy (shortcuts);
  close_window (window);
}

/* Whoever looks for a command finds it: what the canvas and the Optimise view can do has a row. */
static void
test_no_hidden_actions (void)
{
  const GType types[] = { WEFT_TYPE_CANVAS, WEFT_TYPE_OUTLINE, WEFT_TYPE_OPTIMISE_VIEW,
                          WEFT_TYPE_GRAPH_PANE };
  for (guint t = 0; t < G_N_ELEMENTS (types); t++)
    {
      g_autoptr (GTypeClass) class = g_type_class_ref (types[t]);
      GType               owner;
      const char         *name, *property;
      const GVariantType *parameter;
      for (guint i = 0; gtk_widget_class_query_action (GTK_WIDGET_CLASS (class), i, &owner, &name,
                                                       &parameter, &property);
           i++)
        {
          g_test_message ("%s", name);
          if (owner == types[t])
            g_assert_nonnull (weft_commands_find (name));
        }
    }
}

/* Other keys act at once, are told where somebody else has them, and can be taken back. */
static void
test_rebinding (void)
{
  const WeftCommand *train = weft_commands_find ("win.train"),
                    *fit = weft_commands_find ("canvas.fit");
  const char *const  other[] = { "<Control><Alt>t", NULL };
  weft_commands_set_keys (train, other);
  g_auto (GStrv) keys = weft_commands_dup_keys (train);
  g_assert_cmpstr (keys[0], ==, other[0]);
  g_assert_true (weft_commands_is_rebound (train));
  g_auto (GStrv) accels =
    gtk_application_get_accels_for_action (GTK_APPLICATION (application), "win.train");
  g_assert_cmpstr (accels[0], ==, "<Control><Alt>t");
  g_assert_true (weft_commands_find_conflict (fit, "<Control><Alt>T") == train);
  g_assert_null (weft_commands_find_conflict (fit, "F5"));
  weft_commands_set_keys (train, NULL);
  g_assert_false (weft_commands_is_rebound (train));
  g_assert_true (weft_commands_find_conflict (fit, "F5") == train);
  g_assert_null (weft_commands_find_conflict (fit, "End"));
  g_assert_nonnull (weft_commands_find_conflict (fit, "Left"));
}

static void
test_fuzzy (void)
{
  g_assert_cmpuint (weft_fuzzy_score ("", "Select all"), ==, 1);
  g_assert_cmpuint (weft_fuzzy_score ("sa", "Select all"), >, 1);
  g_assert_cmpuint (weft_fuzzy_score ("as", "Select all"), ==, 0);
  g_assert_cmpuint (weft_fuzzy_score ("all sel", "Select all"), >, 1);
  g_assert_cmpuint (weft_fuzzy_score ("SEL", "Select all"), >,
                    weft_fuzzy_score ("sel", "Edit the selected node"));
  g_assert_cmpuint (weft_fuzzy_score ("train", "Train, or go on"), >,
                    weft_fuzzy_score ("train", "Straighten the line"));
  g_assert_cmpuint (weft_fuzzy_score ("å", "Ånger"), >, 1);
}

static gboolean
is_seen (gpointer data)
{
  return gtk_widget_get_mapped (data);
}

/* The palette of commands finds a command by some of its letters and does it where it acts. */
static void
test_command_palette (void)
{
  WeftWindow *window = open_example ("mnist-mlp");
  WeftCanvas *canvas = find_type (window, WEFT_TYPE_CANVAS);
  guint       n;
  GtkWindow  *palette = weft_command_palette_new (window);
  gtk_window_present (palette);
  wait_for (is_seen, palette);
  GtkSearchEntry *entry = find_type (palette, GTK_TYPE_SEARCH_ENTRY);
  GtkListBox     *list = find_type (palette, GTK_TYPE_LIST_BOX);
  gtk_editable_set_text (GTK_EDITABLE (entry), "no command has these letters");
  g_signal_emit_by_name (entry, "search-changed");
  g_assert_null (gtk_list_box_get_row_at_index (list, 0));
  g_signal_emit_by_name (entry, "activate");
  gtk_editable_set_text (GTK_EDITABLE (entry), "sel al");
  g_signal_emit_by_name (entry, "search-changed");
  weft_canvas_get_selection (canvas, &n);
  g_assert_cmpuint (n, ==, 0);
  g_signal_emit_by_name (entry, "activate");
  weft_canvas_get_selection (canvas, &n);
  g_assert_cmpuint (n, ==, 6);
  close_window (window);
}

/* ---- Files ---- */

static void
test_start (void)
{
  WeftWindow *window = weft_window_new (GTK_APPLICATION (application));
  gtk_window_present (GTK_WINDOW (window));
  wait_for (is_drawn, window);
  /* Lessons, a heading, examples. */
  GtkWidget  *lessons = find_type (find_type (window, WEFT_TYPE_START_PAGE), GTK_TYPE_FLOW_BOX);
  GtkFlowBox *examples =
    GTK_FLOW_BOX (gtk_widget_get_next_sibling (gtk_widget_get_next_sibling (lessons)));
  g_assert_nonnull (gtk_flow_box_get_child_at_index (GTK_FLOW_BOX (lessons), 1));
  g_assert_nonnull (gtk_flow_box_get_child_at_index (examples, 5));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "train"));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "save"));
  close_window (window);
}

/* Every example opens as a copy: without a path, unmodified, without a problem. */
static void
test_examples (void)
{
  g_autofree char *folder = g_build_filename (weft_data_dir (), "examples", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *file;
  while ((file = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *name = g_strndup (file, strlen (file) - strlen (".weft"));
      if (!g_str_has_suffix (file, ".weft"))
        continue;
      WeftWindow   *window = open_example (name);
      WeftDocument *document = weft_window_get_document (window);
      g_assert_null (weft_document_get_path (document));
      g_assert_false (weft_document_get_modified (document));
      WeftTyping *typing = weft_canvas_get_typing (find_type (window, WEFT_TYPE_CANVAS));
      weft_typing_update (typing);
      for (guint i = 0; i < weft_typing_n_problems (typing); i++)
        g_test_message ("%s: %s", file, weft_typing_problem (typing, i)->message);
      g_assert_cmpuint (weft_typing_n_problems (typing), ==, 0);
      close_window (window);
    }
}

/* A broken file is said, and the window keeps its start page. */
static void
test_broken (void)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "weft-broken.weft", NULL);
  g_assert_true (g_file_set_contents (
    path, "{\"format\": \"weft\", \"version\": 1, \"nodes\": [{\"id\": 7}]}", -1, NULL));
  WeftWindow *window = weft_window_new (GTK_APPLICATION (application));
  g_assert_false (weft_application_open_path (application, window, path, FALSE));
  g_assert_null (weft_window_get_document (window));
  GtkWindow *dialog = NULL;
  for (GList *item = gtk_application_get_windows (GTK_APPLICATION (application)); item != NULL;
       item = item->next)
    if (ADW_IS_MESSAGE_DIALOG (item->data))
      dialog = item->data;
  if (dialog == NULL)
    {
      g_autoptr (GList) all = gtk_window_list_toplevels ();
      for (GList *item = all; item != NULL; item = item->next)
        if (ADW_IS_MESSAGE_DIALOG (item->data))
          dialog = item->data;
    }
  g_assert_nonnull (dialog);
  g_assert_nonnull (
    strstr (adw_message_dialog_get_heading (ADW_MESSAGE_DIALOG (dialog)), "weft-broken.weft"));
  gtk_window_destroy (dialog);
  close_window (window);
  g_unlink (path);
}

static void
test_save (void)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "weft-test-save.weft", NULL);
  WeftWindow      *window = open_example ("digits-mlp");
  WeftDocument    *document = weft_window_get_document (window);
  g_autoptr (GError) error = NULL;
  weft_document_set_title (document, "Another title");
  g_assert_true (weft_document_get_modified (document));
  g_assert_true (weft_window_save_to (window, path, &error));
  g_assert_no_error (error);
  g_assert_false (weft_document_get_modified (document));
  g_autoptr (WeftDocument) again = weft_document_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (weft_document_get_title (again), ==, "Another title");
  g_assert_false (weft_window_save_to (window, "/proc/no/such/folder.weft", &error));
  g_assert_nonnull (error);
  g_assert_cmpstr (weft_document_get_path (document), ==, path);
  close_window (window);
  g_unlink (path);
}

/* Changes are asked about; without any, the window closes. */
static void
test_close (void)
{
  WeftWindow *window = open_example ("iris");
  g_object_add_weak_pointer (G_OBJECT (window), (gpointer *) &window);
  gtk_window_close (GTK_WINDOW (window));
  settle ();
  g_assert_null (window); /* nothing holds it any longer */
  WeftWindow *changed = open_example ("iris");
  weft_document_set_title (weft_window_get_document (changed), "Changed");
  gtk_window_close (GTK_WINDOW (changed));
  g_autoptr (GList) all = gtk_window_list_toplevels ();
  GtkWindow *dialog = NULL;
  for (GList *item = all; item != NULL; item = item->next)
    if (ADW_IS_MESSAGE_DIALOG (item->data))
      dialog = item->data;
  g_assert_nonnull (dialog);
  adw_message_dialog_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  settle ();
  g_assert_nonnull (weft_window_get_document (changed));
  close_window (changed);
}

/* ---- Forms ---- */

static void
test_parameter (void)
{
  WeftWindow     *window = open_example ("digits-mlp");
  WeftDocument   *document = weft_window_get_document (window);
  const WeftNode *node = weft_document_node_by_id (document, "hidden");
  guint32         uid = node->uid;
  select_node (window, "hidden");
  WeftParamRow *row = find_row (window, "units");
  GtkEntry     *entry = find_type (row, GTK_TYPE_ENTRY);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "128");

  gtk_editable_set_text (GTK_EDITABLE (entry), "200");
  weft_param_row_commit (row);
  g_assert_cmpint (weft_json_get_int (weft_document_node (document, uid)->params, "units", 0), ==,
                   200);
  act (window, "undo");
  settle ();
  g_assert_cmpint (weft_json_get_int (weft_document_node (document, uid)->params, "units", 0), ==,
                   128);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "128");

  /* What is wrong is said, is not applied, and stays to be mended. */
  static const char *const WRONG[] = { "many", "-3", "2.5" };
  for (guint i = 0; i < G_N_ELEMENTS (WRONG); i++)
    {
      gtk_editable_set_text (GTK_EDITABLE (entry), WRONG[i]);
      weft_param_row_commit (row);
      g_assert_true (weft_param_row_is_wrong (row));
      g_assert_cmpint (weft_json_get_int (weft_document_node (document, uid)->params, "units", 0),
                       ==, 128);
      g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, WRONG[i]);
    }
  gtk_editable_set_text (GTK_EDITABLE (entry), "128");
  weft_param_row_commit (row);
  g_assert_false (weft_param_row_is_wrong (row));
  close_window (window);
}

/* A row for every parameter of every entry can be made, shows the default and takes it back. */
static void
test_every_form (void)
{
  WeftWindow *window = open_example ("iris");
  WeftCanvas *canvas = find_type (window, WEFT_TYPE_CANVAS);
  for (guint i = 0; i < weft_catalogue_n (); i++)
    {
      const WeftEntry *entry = weft_catalogue_at (i);
      guint32          uid = weft_canvas_add (canvas, entry->op, NULL, 0, 400);
      g_test_message ("%s", entry->op);
      g_assert_cmpuint (uid, !=, 0);
      weft_canvas_set_selection (canvas, &uid, 1);
      settle ();
      act (window, "undo");
      settle ();
    }
  close_window (window);
}

static gboolean
is_button (GtkWidget *widget, gconstpointer label)
{
  return GTK_IS_BUTTON (widget) && GTK_IS_LABEL (gtk_button_get_child (GTK_BUTTON (widget))) &&
         gtk_widget_get_mapped (widget) &&
         g_str_equal (gtk_label_get_label (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (widget)))),
                      label);
}

static gint64
units_of (WeftDocument *document, const char *id)
{
  return weft_json_get_int (weft_document_node_by_id (document, id)->params, "units", 0);
}

/* Several nodes: what they have in common is changed in all of them, in one step; the rest is done
 * with buttons. */
static void
test_several (void)
{
  WeftWindow   *window = open_example ("digits-mlp");
  WeftDocument *document = weft_window_get_document (window);
  WeftCanvas   *canvas = find_type (window, WEFT_TYPE_CANVAS);
  const guint32 two[] = { weft_document_node_by_id (document, "hidden")->uid,
                          weft_document_node_by_id (document, "logits")->uid };
  weft_canvas_set_selection (canvas, two, 2);
  settle ();
  WeftParamRow *row = find_row (window, "units");
  GtkEntry     *entry = find_type (row, GTK_TYPE_ENTRY);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "");
  g_assert_cmpstr (gtk_entry_get_placeholder_text (entry), ==, "different");
  /* What differs stays as it is until something is typed. */
  weft_param_row_commit (row);
  g_assert_cmpint (units_of (document, "hidden"), ==, 128);
  gtk_editable_set_text (GTK_EDITABLE (entry), "32");
  weft_param_row_commit (row);
  settle ();
  g_assert_cmpint (units_of (document, "hidden"), ==, 32);
  g_assert_cmpint (units_of (document, "logits"), ==, 32);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "32");
  gtk_editable_set_text (GTK_EDITABLE (entry), "-1");
  weft_param_row_commit (row);
  g_assert_true (weft_param_row_is_wrong (row));
  g_assert_cmpint (units_of (document, "logits"), ==, 32);
  weft_param_row_revert (row);
  act (window, "undo");
  settle ();
  g_assert_cmpint (units_of (document, "hidden"), ==, 128);
  g_assert_cmpint (units_of (document, "logits"), ==, 10);
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (entry)), ==, "");

  g_signal_emit_by_name (find (GTK_WIDGET (window), is_button, "Collapse"), "clicked");
  g_assert_cmpuint (weft_document_node_by_id (document, "logits")->flags & WEFT_NODE_COLLAPSED, !=,
                    0);
  g_signal_emit_by_name (find (GTK_WIDGET (window), is_button, "Group"), "clicked");
  g_assert_cmpuint (weft_document_n_groups (document), ==, 1);
  close_window (window);
}

static void
test_rename (void)
{
  WeftWindow   *window = open_example ("digits-mlp");
  WeftDocument *document = weft_window_get_document (window);
  select_node (window, "hidden");
  WeftInspector *inspector = find_type (window, WEFT_TYPE_INSPECTOR);
  GtkEntry      *name = NULL;
  for (GtkWidget *page = find_type (inspector, GTK_TYPE_STACK); name == NULL; page = NULL)
    {
      GtkWidget *visible = gtk_stack_get_visible_child (GTK_STACK (page));
      name = find_type (visible, GTK_TYPE_ENTRY);
    }
  gtk_editable_set_text (GTK_EDITABLE (name), "first");
  g_signal_emit_by_name (name, "activate");
  g_assert_nonnull (weft_document_node_by_id (document, "first"));
  g_assert_null (weft_document_node_by_id (document, "hidden"));
  gtk_editable_set_text (GTK_EDITABLE (name), "logits");
  g_signal_emit_by_name (name, "activate");
  g_assert_nonnull (weft_document_node_by_id (document, "first"));
  close_window (window);
}

/* ---- Palette ---- */

static char *placed_op, *placed_text;

static void
placed_cb (WeftPalette *palette, const char *op, const char *text, gpointer data)
{
  g_free (placed_op);
  g_free (placed_text);
  placed_op = g_strdup (op);
  placed_text = g_strdup (text);
}

static void
test_palette (void)
{
  WeftWindow   *window = open_example ("iris");
  WeftDocument *document = weft_window_get_document (window);
  WeftPalette  *palette = find_type (window, WEFT_TYPE_PALETTE);
  GtkWidget    *search = find_type (palette, GTK_TYPE_SEARCH_ENTRY);
  guint         n = weft_document_n_nodes (document);
  g_signal_connect (palette, "place", G_CALLBACK (placed_cb), NULL);

  weft_palette_search (palette, "dense");
  g_signal_emit_by_name (search, "activate");
  g_assert_cmpstr (placed_op, ==, "dense");
  g_assert_null (placed_text);
  g_assert_cmpuint (weft_document_n_nodes (document), ==, n + 1);

  weft_palette_search (palette, "a * sum(b ** 2)");
  g_signal_emit_by_name (search, "activate");
  g_assert_cmpstr (placed_op, ==, "expression");
  g_assert_cmpstr (placed_text, ==, "a * sum(b ** 2)");
  g_assert_cmpuint (weft_document_n_nodes (document), ==, n + 2);

  weft_palette_search (palette, "no such thing whatever");
  g_clear_pointer (&placed_op, g_free);
  g_signal_emit_by_name (search, "activate");
  g_assert_null (placed_op);
  g_clear_pointer (&placed_text, g_free);
  close_window (window);
}

/* ---- What was added last ---- */

static gboolean
has_recent (gpointer data)
{
  GtkListBox    *list = find_type (data, GTK_TYPE_LIST_BOX);
  GtkListBoxRow *row = NULL;
  for (int i = 0; (row = gtk_list_box_get_row_at_index (list, i)) != NULL &&
                  !gtk_widget_get_child_visible (GTK_WIDGET (row));)
    i++;
  GtkWidget     *header = row != NULL ? gtk_list_box_row_get_header (row) : NULL;
  GtkWidget     *label = row != NULL ? gtk_list_box_row_get_child (row) : NULL;
  return header != NULL && g_str_equal (gtk_label_get_label (GTK_LABEL (header)), "Recent") &&
         g_str_equal (gtk_label_get_label (GTK_LABEL (label)),
                      weft_catalogue_find ("conv2d")->title);
}

/* The palette shows it on top, once, and while one searches only where it belongs. */
static void
test_recent (void)
{
  WeftWindow  *window = open_example ("iris");
  WeftPalette *palette = find_type (window, WEFT_TYPE_PALETTE);
  WeftCanvas  *canvas = find_type (window, WEFT_TYPE_CANVAS);
  for (guint i = 0; i < 2; i++)
    {
      weft_canvas_add_at_centre (canvas, "relu", NULL);
      weft_canvas_add_at_centre (canvas, "conv2d", NULL);
    }
  wait_for (has_recent, palette);
  g_assert_cmpuint (g_list_model_get_n_items (weft_recents_get ()), <=, WEFT_MAX_RECENTS);
  weft_palette_search (palette, "conv2d");
  g_assert_false (has_recent (palette));
  close_window (window);
}

/* ---- Runs ---- */

static gboolean
has_points (gpointer data)
{
  WeftRunModel *run = data;
  g_assert_cmpint (weft_run_model_get_state (run), !=, WEFT_RUN_FAILED);
  return weft_run_model_n_curves (run) > 0 &&
         weft_series_n (weft_run_model_get_curve (run, 0)->train) >= 50;
}

static guint more_than;

static gboolean
has_more (gpointer data)
{
  return weft_series_n (weft_run_model_get_curve (data, 0)->train) > more_than;
}

static gboolean
is_paused (gpointer data)
{
  return weft_run_model_get_state (data) == WEFT_RUN_PAUSED;
}

static gboolean
is_another_run (gpointer data)
{
  return weft_run_model_get_state (data) != WEFT_RUN_FAILED;
}

static gboolean
is_finished (gpointer data)
{
  return weft_run_model_get_state (data) == WEFT_RUN_FINISHED;
}

static gboolean
has_failed (gpointer data)
{
  return weft_run_model_get_state (data) == WEFT_RUN_FAILED;
}

static gboolean
has_flag (gpointer data)
{
  return weft_run_model_get_data (data)->flags->len > 0;
}

static void
test_train (void)
{
  WeftWindow   *window = open_example ("digits-mlp");
  WeftRunModel *run = weft_window_get_run (window);
  /* Long enough that no machine is through before it is paused. */
  weft_document_set_training (weft_window_get_document (window), "epochs",
                              weft_json_new_int (100000));
  act (window, "train");
  wait_for (has_points, run);
  g_assert_cmpuint (weft_run_model_n_curves (run), ==, 2);
  act (window, "pause");
  wait_for (is_paused, run);
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "train"));
  g_assert_false (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "pause"));
  settle ();

  /* One step more, exactly. */
  guint n = weft_series_n (weft_run_model_get_curve (run, 0)->train);
  act (window, "step");
  more_than = n;
  wait_for (has_more, run);
  wait_for (is_paused, run);
  g_assert_cmpuint (weft_series_n (weft_run_model_get_curve (run, 0)->train), ==, n + 1);

  /* A rate that the form changes acts on the run and leaves a flag. */
  weft_document_set_training (weft_window_get_document (window), "rate",
                              weft_json_new_number (0.0005));
  act (window, "train");
  wait_for (has_flag, run);
  act (window, "stop");
  wait_for (is_finished, run);
  g_autofree char *summary = weft_chart_dup_summary (find_type (window, WEFT_TYPE_CHART));
  g_assert_nonnull (strstr (summary, "points, last"));
  close_window (window);
}

/* What cannot be trained fails with a message, marks its node, and the window goes on. */
static void
test_fail (void)
{
  WeftWindow   *window = open_example ("digits-mlp");
  WeftDocument *document = weft_window_get_document (window);
  WeftRunModel *run = weft_window_get_run (window);
  weft_document_disconnect (document, weft_document_node_by_id (document, "logits")->uid, "x");
  act (window, "train");
  wait_for (has_failed, run);
  g_assert_nonnull (weft_run_model_get_message (run));
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (window), "train"));
  act (window, "undo");
  act (window, "train");
  wait_for (is_another_run, run); /* it may be through already */
  wait_for (has_points, run);
  close_window (window); /* stops the run */
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  start_application ();
  g_test_add_func ("/ui/window/commands", test_commands);
  g_test_add_func ("/ui/window/commands/no-hidden-actions", test_no_hidden_actions);
  g_test_add_func ("/ui/window/commands/rebinding", test_rebinding);
  g_test_add_func ("/ui/window/commands/take-key", test_take_key);
  g_test_add_func ("/ui/window/find", test_find);
  g_test_add_func ("/ui/window/commands/fuzzy", test_fuzzy);
  g_test_add_func ("/ui/window/commands/palette", test_command_palette);
  g_test_add_func ("/ui/window/start", test_start);
  g_test_add_func ("/ui/window/examples", test_examples);
  g_test_add_func ("/ui/window/broken", test_broken);
  g_test_add_func ("/ui/window/save", test_save);
  g_test_add_func ("/ui/window/close", test_close);
  g_test_add_func ("/ui/inspector/parameter", test_parameter);
  g_test_add_func ("/ui/inspector/every-form", test_every_form);
  g_test_add_func ("/ui/inspector/rename", test_rename);
  g_test_add_func ("/ui/inspector/several", test_several);
  g_test_add_func ("/ui/palette/place", test_palette);
  g_test_add_func ("/ui/palette/recent", test_recent);
  g_test_add_func ("/ui/run/train", test_train);
  g_test_add_func ("/ui/run/fail", test_fail);
  int result = g_test_run ();
  g_object_unref (application);
  return result;
}

/* Definitions that are open: the way down from the document, the bar that shows it, and the
 * commands that make, open and keep groups and layers.
 *
 * A level is a definition that was opened from a node of the level above. The canvas and the
 * inspector show the last one; a level goes when its node or its definition does.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "engine/document/catalogue.h"
#include "engine/document/layer.h"

#include <glib/gi18n.h>

typedef struct
{
  /* Owned */
  WeftDocument *document;
  WeftTyping   *typing;
  char         *title;

  /* Plain values */
  guint32  uid;  /* the node that it was opened from, in the level above */
  gboolean kept; /* a layer: it is looked at, not changed */
} Level;

static void
level_free (gpointer data)
{
  Level *level = data;
  weft_typing_free (level->typing);
  g_object_unref (level->document);
  g_free (level->title);
  g_free (level);
}

static Level *
level_at (WeftWindow *window, guint i)
{
  return g_ptr_array_index (window->levels, i);
}

static guint
n_levels (WeftWindow *window)
{
  return window->levels != NULL ? window->levels->len : 0;
}

/* For internal use: what the canvas shows. */
WeftDocument *
weft_window_get_shown (WeftWindow *window)
{
  return n_levels (window) > 0 ? level_at (window, n_levels (window) - 1)->document
                               : window->document;
}

WeftTyping *
weft_window_get_shown_typing (WeftWindow *window)
{
  return n_levels (window) > 0 ? level_at (window, n_levels (window) - 1)->typing : window->typing;
}

/* ---- The bar ---- */

static void
crumb_clicked_cb (GtkButton *button, WeftWindow *window)
{
  weft_window_leave_levels (
    window, GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "weft-level")));
}

static void
add_crumb (WeftWindow *window, const char *title, guint level, gboolean last)
{
  GtkWidget *crumb;
  if (level > 0)
    {
      GtkWidget *arrow = gtk_image_new_from_icon_name ("go-next-symbolic");
      gtk_widget_add_css_class (arrow, "dim-label");
      gtk_box_append (window->path_crumbs, arrow);
    }
  if (last)
    {
      crumb = gtk_label_new (title);
      gtk_label_set_ellipsize (GTK_LABEL (crumb), PANGO_ELLIPSIZE_END);
    }
  else
    {
      crumb = gtk_button_new_with_label (title);
      gtk_label_set_ellipsize (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (crumb))),
                               PANGO_ELLIPSIZE_MIDDLE);
      gtk_widget_add_css_class (crumb, "flat");
      g_object_set_data (G_OBJECT (crumb), "weft-level", GUINT_TO_POINTER (level));
      g_signal_connect (crumb, "clicked", G_CALLBACK (crumb_clicked_cb), window);
    }
  gtk_widget_add_css_class (crumb, "crumb");
  gtk_box_append (window->path_crumbs, crumb);
}

enum
{
  PATH_WIDE,
  PATH_ALONE, /* without what is said of it */
  PATH_ABOVE, /* its buttons */
};
/* So much of a name is seen, or the bar has two lines. */
#define CRUMB_CHARS 14
#define ABOUT_CHARS 16

static void
set_crumb_width (GtkWidget *crumb, guint level)
{
  GtkLabel *label =
    GTK_LABEL (GTK_IS_BUTTON (crumb) ? gtk_button_get_child (GTK_BUTTON (crumb)) : crumb);
  int length = (int) g_utf8_strlen (gtk_label_get_label (label), -1);
  gtk_label_set_width_chars (label, level < PATH_ABOVE ? MIN (length, CRUMB_CHARS) : -1);
}

/* For internal use: where the bar has no room for a line. */
void
weft_window_arrange_path (WeftWindow *window)
{
  guint level = weft_adaptive_bin_get_level (WEFT_ADAPTIVE_BIN (window->path_bar));
  gtk_orientable_set_orientation (GTK_ORIENTABLE (window->path_lines),
                                  level == PATH_ABOVE ? GTK_ORIENTATION_VERTICAL
                                                      : GTK_ORIENTATION_HORIZONTAL);
  gtk_widget_set_visible (GTK_WIDGET (window->path_about), level == PATH_WIDE);
  gtk_label_set_width_chars (window->path_about, ABOUT_CHARS);
  gtk_widget_set_hexpand (gtk_widget_get_first_child (window->path_lines), TRUE);
  for (GtkWidget *crumb = gtk_widget_get_first_child (GTK_WIDGET (window->path_crumbs));
       crumb != NULL; crumb = gtk_widget_get_next_sibling (crumb))
    if (!GTK_IS_IMAGE (crumb))
      set_crumb_width (crumb, level);
}

static void
update_bar (WeftWindow *window)
{
  guint      n = n_levels (window);
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (window->path_crumbs))) != NULL)
    gtk_box_remove (window->path_crumbs, child);
  gtk_widget_set_visible (window->path_bar, n > 0);
  if (n == 0)
    return;
  const char *title = weft_document_get_title (window->document);
  add_crumb (window, title != NULL && *title != '\0' ? title : _ ("Document"), 0, FALSE);
  for (guint i = 0; i < n; i++)
    add_crumb (window, level_at (window, i)->title, i + 1, i + 1 == n);
  const Level *last = level_at (window, n - 1);
  guint        uses =
    last->kept
             ? 0
             : weft_document_count_uses (window->document, weft_document_get_group_name (last->document));
  g_autofree char *about =
    last->kept ? g_strdup (_ ("a layer of the library, to look at"))
               : g_strdup_printf (g_dngettext (NULL, "used by %u node", "shared by %u nodes", uses),
                                  uses);
  gtk_label_set_label (window->path_about, about);
  gtk_widget_set_visible (window->path_own, last->kept);
  gtk_widget_set_visible (window->path_rename, !last->kept);
  gtk_widget_set_visible (window->path_save, !last->kept);
  weft_window_arrange_path (window);
  weft_adaptive_bin_retry (WEFT_ADAPTIVE_BIN (window->path_bar));
}

static void
show_last (WeftWindow *window)
{
  WeftDocument *document = weft_window_get_shown (window);
  WeftTyping   *typing = weft_window_get_shown_typing (window);
  weft_canvas_set_document (window->canvas, document, typing);
  weft_inspector_set_document (window->inspector, document, typing);
  weft_window_follow_outline (window);
  update_bar (window);
  weft_window_update_status (window);
  if (document != window->document)
    weft_canvas_fit (window->canvas);
}

/* For internal use: goes up until @n levels are left. */
void
weft_window_leave_levels (WeftWindow *window, guint n)
{
  guint32 uid;
  if (n_levels (window) <= n)
    return;
  uid = level_at (window, n)->uid;
  /* The canvas lets go of a level's typing before it goes. */
  weft_canvas_set_document (window->canvas, NULL, NULL);
  weft_inspector_set_document (window->inspector, NULL, NULL);
  while (window->levels->len > n)
    g_ptr_array_remove_index (window->levels, window->levels->len - 1);
  show_last (window);
  if (weft_document_node (weft_window_get_shown (window), uid) != NULL)
    weft_canvas_reveal (window->canvas, uid);
}

/* For internal use: nothing is open any more, and nothing is shown. */
void
weft_window_clear_levels (WeftWindow *window)
{
  g_clear_pointer (&window->levels, g_ptr_array_unref);
  gtk_widget_set_visible (window->path_bar, FALSE);
}

/* For internal use: types of what is open, outermost first; levels whose node or definition is gone
 * are left. */
void
weft_window_update_levels (WeftWindow *window)
{
  WeftDocument *outer = window->document;
  for (guint i = 0; i < n_levels (window); i++)
    {
      Level *level = level_at (window, i);
      if (weft_document_node (outer, level->uid) == NULL ||
          (!level->kept && weft_document_get_group_name (level->document) == NULL))
        {
          weft_window_leave_levels (window, i);
          return;
        }
      if (!level->kept)
        {
          g_free (level->title);
          level->title = g_strdup (weft_document_get_group_name (level->document));
        }
      weft_typing_update (level->typing);
      outer = level->document;
    }
  update_bar (window);
}

/* ---- Opening ---- */

/* The definition of @node of @document: a group, or (with @kept) a copy of a layer; NULL: it has
 * none. */
static WeftDocument *
dup_definition (WeftDocument *document, const WeftNode *node, char **title, gboolean *kept)
{
  WeftDocument    *group = weft_document_group_of (document, node->op);
  const char      *step = weft_json_get_string (node->params, "step", NULL);
  const WeftLayer *layer = weft_layer_find (node->op);
  if (group == NULL && step != NULL)
    group = weft_document_get_group (document, step);
  *kept = group == NULL;
  if (group != NULL)
    {
      *title = g_strdup (weft_document_get_group_name (group));
      return g_object_ref (group);
    }
  if (layer == NULL)
    return NULL;
  *title = g_strdup (_ (layer->title));
  return weft_document_snapshot_frozen (layer->document);
}

/* A loop whose step is written out: it becomes a group to be opened. */
static gboolean
has_lambda (const WeftNode *node)
{
  guint            n;
  const WeftParam *params = weft_catalogue_params (node->op, &n);
  for (guint i = 0; i < n; i++)
    if (g_str_equal (params[i].name, "step") && params[i].kind == WEFT_PARAM_TEXT)
      return TRUE;
  return FALSE;
}

/* For internal use: shows the inside of a node; FALSE: it has none. */
gboolean
weft_window_open_node (WeftWindow *window, guint32 uid)
{
  WeftDocument    *document = weft_window_get_shown (window);
  const WeftNode  *node = weft_document_node (document, uid);
  g_autofree char *title = NULL;
  gboolean         kept;
  WeftDocument    *definition =
    node != NULL ? dup_definition (document, node, &title, &kept) : NULL;
  Level *level;
  if (definition == NULL && node != NULL && has_lambda (node) &&
      weft_document_step_to_group (document, uid, "step", NULL))
    return weft_window_open_node (window, uid);
  if (definition == NULL)
    return FALSE;
  level = g_new0 (Level, 1);
  level->document = definition;
  level->typing = weft_typing_new (definition);
  level->title = g_steal_pointer (&title);
  level->uid = uid;
  level->kept = kept;
  weft_typing_set_use (level->typing, weft_window_get_shown_typing (window), uid);
  weft_typing_update (level->typing);
  if (window->levels == NULL)
    window->levels = g_ptr_array_new_with_free_func (level_free);
  g_ptr_array_add (window->levels, level);
  show_last (window);
  return TRUE;
}

/* ---- Commands ---- */

/* The node that a command about a group is for: the only one selected, else the one that the shown
 * level was opened from, in @document. 0: none, and a sentence is shown. */
static guint32
group_node (WeftWindow *window, WeftDocument **document)
{
  guint          n;
  const guint32 *uids = weft_canvas_get_selection (window->canvas, &n);
  *document = weft_window_get_shown (window);
  if (n == 1)
    return uids[0];
  if (n == 0 && n_levels (window) > 0)
    {
      guint last = n_levels (window) - 1;
      *document = last > 0 ? level_at (window, last - 1)->document : window->document;
      return level_at (window, last)->uid;
    }
  weft_window_toast (window, _ ("Select one group, layer or loop first."));
  return 0;
}

static gboolean
tell (WeftWindow *window, GError *error)
{
  if (error != NULL)
    weft_window_toast (window, error->message);
  return error == NULL;
}

static void
group_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  guint       n;
  g_autoptr (GError) error = NULL;
  const guint32 *uids = weft_canvas_get_selection (window->canvas, &n);
  if (n == 0)
    {
      weft_window_toast (window, _ ("Select the nodes that the group is to hold first."));
      return;
    }
  guint32 uid =
    weft_document_create_group (weft_window_get_shown (window), uids, n, NULL, &error);
  if (tell (window, error))
    weft_canvas_set_selection (window->canvas, &uid, 1);
}

static void
ungroup_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow   *window = data;
  WeftDocument *document;
  guint32       uid = group_node (window, &document);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) uids = uid != 0 ? weft_document_ungroup (document, uid, &error) : NULL;
  tell (window, error);
  if (uids != NULL && document == weft_window_get_shown (window))
    weft_canvas_set_selection (window->canvas, (const guint32 *) (gpointer) uids->data, uids->len);
}

static void
make_unique_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow   *window = data;
  WeftDocument *document;
  guint32       uid = group_node (window, &document);
  g_autoptr (GError) error = NULL;
  if (uid == 0)
    return;
  gboolean inside = document != weft_window_get_shown (window);
  weft_document_make_unique (document, uid, NULL, &error);
  if (!tell (window, error) || !inside)
    return;
  weft_window_leave_levels (window, n_levels (window) - 1);
  weft_window_open_node (window, uid);
}

static void
open_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow    *window = data;
  guint          n;
  const guint32 *uids = weft_canvas_get_selection (window->canvas, &n);
  if (n != 1 || !weft_window_open_node (window, uids[0]))
    weft_window_toast (window, _ ("Select a group, a layer or a loop: only these have an inside."));
}

static void
up_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  if (n_levels (window) > 0)
    weft_window_leave_levels (window, n_levels (window) - 1);
}

/* ---- Names ---- */

typedef void (*NameFunc) (WeftWindow   *window,
                          WeftDocument *definition,
                          const char   *name,
                          GError      **error);

static void
name_response_cb (AdwMessageDialog *dialog, const char *response, WeftWindow *window)
{
  NameFunc      use = (NameFunc) g_object_get_data (G_OBJECT (dialog), "weft-use");
  WeftDocument *definition = g_object_get_data (G_OBJECT (dialog), "weft-definition");
  GtkEditable  *entry = GTK_EDITABLE (adw_message_dialog_get_extra_child (dialog));
  g_autoptr (GError) error = NULL;
  if (!g_str_equal (response, "use"))
    return;
  use (window, definition, gtk_editable_get_text (entry), &error);
  if (error != NULL)
    weft_window_toast (window, error->message);
}

static void
ask_name (WeftWindow   *window,
          const char   *heading,
          const char   *body,
          const char   *verb,
          WeftDocument *definition,
          NameFunc      use)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (window), heading, body);
  GtkWidget *entry = gtk_entry_new ();
  gtk_editable_set_text (GTK_EDITABLE (entry), weft_document_get_group_name (definition));
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Name"),
                                  -1);
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), entry);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "use",
                                    verb, NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "use",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "use");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data (G_OBJECT (dialog), "weft-use", (gpointer) use);
  g_object_set_data_full (G_OBJECT (dialog), "weft-definition", g_object_ref (definition),
                          g_object_unref);
  g_signal_connect_object (dialog, "response", G_CALLBACK (name_response_cb), window, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* The group that is selected, or open; NULL, and a sentence is shown, if there is none. */
static WeftDocument *
chosen_group (WeftWindow *window)
{
  WeftDocument   *document, *group = NULL;
  guint32         uid = group_node (window, &document);
  const WeftNode *node = uid != 0 ? weft_document_node (document, uid) : NULL;
  const char     *step = node != NULL ? weft_json_get_string (node->params, "step", NULL) : NULL;
  if (node == NULL)
    return NULL;
  group = weft_document_group_of (document, node->op);
  if (group == NULL && step != NULL)
    group = weft_document_get_group (document, step);
  if (group == NULL)
    weft_window_toast (
      window, _ ("This is no group of the document; make one from a selection with Ctrl+G."));
  return group;
}

static void
rename_group (WeftWindow *window, WeftDocument *definition, const char *name, GError **error)
{
  weft_document_rename_group (window->document, weft_document_get_group_name (definition), name,
                              error);
}

static void
rename_group_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftDocument *group = chosen_group (data);
  if (group != NULL)
    ask_name (data, _ ("Rename the Group"), _ ("All nodes that use it follow."), _ ("_Rename"),
              group, rename_group);
}

static void
save_layer (WeftWindow *window, WeftDocument *definition, const char *name, GError **error)
{
  if (!weft_layer_save (definition, name, error))
    return;
  g_autofree char *text =
    g_strdup_printf (_ ("%s stands in the palette now, in every document."), name);
  weft_window_toast (window, text);
}

static void
save_layer_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftDocument *group = chosen_group (data);
  if (group != NULL)
    ask_name (data, _ ("Save as a Layer"),
              _ ("A copy of the group goes into your library of layers, under a name of letters, "
                 "digits and _."),
              _ ("_Save"), group, save_layer);
}

const GActionEntry weft_window_group_actions[] = {
  { .name = "group", .activate = group_action },
  { .name = "ungroup", .activate = ungroup_action },
  { .name = "make-unique", .activate = make_unique_action },
  { .name = "rename-group", .activate = rename_group_action },
  { .name = "save-layer", .activate = save_layer_action },
  { .name = "open-node", .activate = open_action },
  { .name = "up", .activate = up_action },
};
const guint weft_window_n_group_actions = G_N_ELEMENTS (weft_window_group_actions);

/* What the tests of windows share: waiting, finding widgets, opening examples.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/build/canvas.h"
#include "ui/inspector/param-row.h"
#include "ui/start/start-page.h"
#include "ui/window/application.h"

#include "engine/base/file.h"

#include <string.h>

#define LIMIT_US (60 * G_USEC_PER_SEC)

static WeftApplication *application;

/* ---- Waiting and finding ---- */

typedef gboolean (*Check) (gpointer data);

static inline gboolean
tick_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static inline void
wait_for (Check check, gpointer data)
{
  gint64 end = g_get_monotonic_time () + LIMIT_US;
  guint  tick = g_timeout_add (10, tick_cb, NULL);
  while (!check (data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (tick);
}

static inline void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

typedef gboolean (*Match) (GtkWidget *widget, gconstpointer data);

/* Depth first, without recursion: a widget's successor is its child, its sibling, or that of the
 * nearest ancestor. */
static inline GtkWidget *
find (GtkWidget *root, Match match, gconstpointer data)
{
  for (GtkWidget *widget = root; widget != NULL;)
    {
      if (match (widget, data))
        return widget;
      GtkWidget *next = gtk_widget_get_first_child (widget);
      while (next == NULL && widget != root)
        {
          next = gtk_widget_get_next_sibling (widget);
          widget = gtk_widget_get_parent (widget);
        }
      widget = next;
    }
  return NULL;
}

static inline gboolean
is_type (GtkWidget *widget, gconstpointer data)
{
  return g_type_is_a (G_OBJECT_TYPE (widget), *(const GType *) data);
}

static inline gpointer
find_type (gpointer root, GType type)
{
  GtkWidget *found = find (GTK_WIDGET (root), is_type, &type);
  g_assert_nonnull (found);
  return found;
}

static inline gboolean
is_row (GtkWidget *widget, gconstpointer data)
{
  return WEFT_IS_PARAM_ROW (widget) &&
         g_str_equal (weft_param_row_get_name (WEFT_PARAM_ROW (widget)), data) &&
         gtk_widget_get_mapped (widget);
}

static inline WeftParamRow *
find_row (WeftWindow *window, const char *name)
{
  GtkWidget *row = find (GTK_WIDGET (window), is_row, name);
  g_assert_nonnull (row);
  return WEFT_PARAM_ROW (row);
}

static inline gboolean
is_drawn (gpointer window)
{
  return gtk_widget_get_width (GTK_WIDGET (window)) > 100;
}

static inline char *
example_path (const char *name)
{
  g_autofree char *file = g_strconcat (name, ".weft", NULL);
  return g_build_filename (weft_data_dir (), "examples", file, NULL);
}

static inline WeftWindow *
open_example (const char *name)
{
  g_autofree char *path = example_path (name);
  WeftWindow      *window = weft_window_new (GTK_APPLICATION (application));
  g_assert_true (weft_application_open_path (application, window, path, TRUE));
  wait_for (is_drawn, window);
  return window;
}

static inline void
close_window (WeftWindow *window)
{
  gtk_window_destroy (GTK_WINDOW (window));
  settle ();
}

static inline void
act (WeftWindow *window, const char *action)
{
  g_assert_true (g_action_group_get_action_enabled (G_ACTION_GROUP (window), action));
  g_action_group_activate_action (G_ACTION_GROUP (window), action, NULL);
}

static inline void
select_node (WeftWindow *window, const char *id)
{
  guint32 uid = weft_document_node_by_id (weft_window_get_document (window), id)->uid;
  weft_canvas_set_selection (find_type (window, WEFT_TYPE_CANVAS), &uid, 1);
  settle ();
}

static inline void
start_application (void)
{
  g_autoptr (GError) error = NULL;
  application = weft_application_new ();
  g_application_set_flags (G_APPLICATION (application),
                           G_APPLICATION_NON_UNIQUE | G_APPLICATION_HANDLES_OPEN);
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, &error));
  g_assert_no_error (error);
}

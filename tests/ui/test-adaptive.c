/* The window where it is small or its text is large: nothing stands outside of it, and all that
 * folded can be reached.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "tests/ui/window-tools.h"
#include "ui/inspector/inspector.h"
#include "ui/palette/palette.h"
#include "ui/shared/adaptive-bin.h"
#include "ui/train/board.h"

/* Without a compositor GTK draws a frame of its own in the window. */
#define FRAME_PX 10
#define DPI(percent) ((percent) *96 * 1024 / 100)

typedef struct
{
  WeftWindow *window;
  int         width, height;
} Size;

/* A button that has no place in the window; NULL: all have. */
static gboolean
is_outside (GtkWidget *widget, gconstpointer data)
{
  const Size     *size = data;
  graphene_rect_t box;
  if (!GTK_IS_BUTTON (widget) || !gtk_widget_get_mapped (widget) ||
      gtk_widget_get_root (widget) != GTK_ROOT (size->window) ||
      gtk_widget_get_ancestor (widget, GTK_TYPE_SCROLLED_WINDOW) != NULL ||
      !gtk_widget_compute_bounds (widget, GTK_WIDGET (size->window), &box))
    return FALSE;
  float room = (float) gtk_widget_get_width (GTK_WIDGET (size->window)) + 1;
  return box.origin.x < -1 || box.origin.x + box.size.width > room;
}

static gboolean
fits (gpointer data)
{
  Size *size = data;
  int   width = gtk_widget_get_width (GTK_WIDGET (size->window));
  return width <= size->width && width >= size->width - FRAME_PX &&
         find (GTK_WIDGET (size->window), is_outside, size) == NULL;
}

static gboolean
is_wide_again (gpointer data)
{
  return weft_adaptive_bin_get_level (find_type (data, WEFT_TYPE_ADAPTIVE_BIN)) == 0;
}

static int
least_width (WeftWindow *window)
{
  int minimum;
  gtk_widget_measure (GTK_WIDGET (window), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL,
                      NULL);
  return minimum;
}

static void
set_text_size (int percent)
{
  if (percent != 100)
    g_object_set (gtk_settings_get_default (), "gtk-xft-dpi", DPI (percent), NULL);
  else
    gtk_settings_reset_property (gtk_settings_get_default (), "gtk-xft-dpi");
}

/* A window of this size at this size of text: wide as asked, with every button within. */
static WeftWindow *
open_small (int width, int height, int percent)
{
  set_text_size (percent);
  WeftWindow *window = open_example ("digits-mlp");
  Size        size = { window, width, height };
  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  gtk_window_present (GTK_WINDOW (window));
  wait_for (fits, &size);
  g_assert_cmpint (least_width (window), <=, width);
  return window;
}

static gboolean
is_shown (GtkWidget *pane, WeftWindow *window)
{
  settle ();
  return gtk_widget_get_mapped (pane) && gtk_widget_get_root (pane) == GTK_ROOT (window);
}

static void
change (WeftWindow *window, const char *action, gboolean to)
{
  g_action_group_change_action_state (G_ACTION_GROUP (window), action, g_variant_new_boolean (to));
}

/* The panes come one at a time, and go again. */
static void
check_folded_panes (WeftWindow *window)
{
  GtkWidget *inspector = find_type (window, WEFT_TYPE_INSPECTOR),
            *palette = find_type (window, WEFT_TYPE_PALETTE);
  g_assert_false (is_shown (inspector, window));
  g_assert_false (is_shown (palette, window));
  change (window, "inspector", TRUE);
  g_assert_true (is_shown (inspector, window));
  change (window, "palette", TRUE);
  g_assert_true (is_shown (palette, window));
  g_assert_false (is_shown (inspector, window));
  change (window, "palette", FALSE);
  g_assert_false (is_shown (palette, window));
}

static gboolean
is_as_wide (gpointer data)
{
  GtkWidget      *board = find_type (data, WEFT_TYPE_BOARD);
  graphene_rect_t box;
  return gtk_widget_get_mapped (board) &&
         gtk_widget_compute_bounds (board, GTK_WIDGET (data), &box) &&
         box.origin.x < FRAME_PX + 1 && box.size.width <= gtk_widget_get_width (data);
}

/* The charts of the Train page stand below its form, as wide as the window. */
static void
check_narrow_train (WeftWindow *window)
{
  g_action_group_activate_action (G_ACTION_GROUP (window), "view", g_variant_new_string ("train"));
  wait_for (is_as_wide, window);
}

static void
test_sizes (void)
{
  static const struct
  {
    int width, height, percent;
  } SIZES[] = { { 1024, 600, 100 }, { 1024, 600, 200 }, { 640, 480, 100 }, { 360, 640, 100 } };
  for (guint i = 0; i < G_N_ELEMENTS (SIZES); i++)
    {
      WeftWindow *window = open_small (SIZES[i].width, SIZES[i].height, SIZES[i].percent);
      if (SIZES[i].width == 360)
        {
          check_folded_panes (window);
          check_narrow_train (window);
        }
      close_window (window);
    }
  set_text_size (100);
}

/* What folded stands beside the canvas again where there is room; a pane that floated is no
 * setting. */
static void
test_unfold (void)
{
  WeftWindow *window = open_small (360, 640, 100);
  GtkWidget  *inspector = find_type (window, WEFT_TYPE_INSPECTOR),
            *palette = find_type (window, WEFT_TYPE_PALETTE);
  change (window, "palette", TRUE);
  change (window, "palette", FALSE);
  gtk_window_set_default_size (GTK_WINDOW (window), 1400, 880);
  wait_for (is_wide_again, window);
  Size size = { window, 1400, 880 };
  wait_for (fits, &size);
  g_assert_true (is_shown (inspector, window));
  g_assert_true (is_shown (palette, window));
  close_window (window);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  start_application ();
  g_test_add_func ("/ui/adaptive/sizes", test_sizes);
  g_test_add_func ("/ui/adaptive/unfold", test_unfold);
  int status = g_test_run ();
  g_object_unref (application);
  return status;
}

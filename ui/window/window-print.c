/* What is drawn on the canvas on paper: on one page, or at full size on as many as that takes, to
 * be glued together.
 *
 * The choice is a tab of the print dialog and stays in the print settings. Neighbouring pages of a
 * poster overlap by a margin to glue. All comes from the drawing code of ui/draw/render.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "ui/draw/render.h"

#include <glib/gi18n.h>
#include <math.h>

/* A unit of a drawing is a pixel at 96 an inch; printers count points, 72 an inch. */
#define POINTS_A_UNIT 0.75

/* About 6 mm of each page lie under the next one. */
#define OVERLAP_UNITS 24.0

/* More sheets than this are a mistake of somebody's; then the drawing is made to fit. */
#define MAX_PAGES 400

/* Key of the print settings. */
#define POSTER "weft-poster"

/* How a drawing lies on sheets, in units. */
typedef struct
{
  double page_width, page_height;
  double width, height; /* of the drawing */
  int    n_columns, n_rows;
} Sheets;

static int
count_sheets (double length, double page)
{
  double more = length - page;
  return more <= 0 ? 1 : 1 + (int) ceil (more / MAX (page - OVERLAP_UNITS, 1));
}

static Sheets
get_sheets (GtkPrintOperation *operation, GtkPrintContext *context, WeftWindow *window)
{
  GtkPrintSettings *settings = gtk_print_operation_get_print_settings (operation);
  Sheets            sheets = {
               .page_width = gtk_print_context_get_width (context) / POINTS_A_UNIT,
               .page_height = gtk_print_context_get_height (context) / POINTS_A_UNIT,
               .n_columns = 1,
               .n_rows = 1,
  };
  sheets.width = sheets.page_width;
  sheets.height = sheets.page_height;
  if (settings == NULL || !gtk_print_settings_get_bool (settings, POSTER))
    return sheets;
  double width, height;
  weft_render_get_size (weft_window_get_shown (window), NULL, &width, &height);
  int n_columns = count_sheets (width, sheets.page_width);
  int n_rows = count_sheets (height, sheets.page_height);
  if ((double) n_columns * n_rows > MAX_PAGES)
    return sheets;
  sheets.n_columns = n_columns;
  sheets.n_rows = n_rows;
  sheets.width = MAX (width, sheets.page_width);
  sheets.height = MAX (height, sheets.page_height);
  return sheets;
}

static void
begin_print_cb (GtkPrintOperation *operation, GtkPrintContext *context, WeftWindow *window)
{
  Sheets sheets = get_sheets (operation, context, window);
  gtk_print_operation_set_n_pages (operation, sheets.n_columns * sheets.n_rows);
}

static void
draw_page_cb (GtkPrintOperation *operation, GtkPrintContext *context, int page, WeftWindow *window)
{
  cairo_t          *cr = gtk_print_context_get_cairo_context (context);
  WeftRenderOptions options = { .theme = WEFT_THEME_LIGHT, .transparent = TRUE };
  Sheets            sheets = get_sheets (operation, context, window);
  if (window->document == NULL)
    return;
  cairo_save (cr);
  cairo_scale (cr, POINTS_A_UNIT, POINTS_A_UNIT);
  cairo_rectangle (cr, 0, 0, sheets.page_width, sheets.page_height);
  cairo_clip (cr);
  cairo_translate (cr, -(page % sheets.n_columns) * (sheets.page_width - OVERLAP_UNITS),
                   -(page / sheets.n_columns) * (sheets.page_height - OVERLAP_UNITS));
  weft_render_cairo (weft_window_get_shown (window), weft_window_get_shown_typing (window), cr,
                     sheets.width, sheets.height, &options);
  cairo_restore (cr);
}

/* ---- The tab of the dialog ---- */

static GObject *
create_tab_cb (GtkPrintOperation *operation, WeftWindow *window)
{
  GtkPrintSettings *settings = gtk_print_operation_get_print_settings (operation);
  GtkWidget        *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget        *one = gtk_check_button_new_with_mnemonic (_ ("Fit to _one page"));
  GtkWidget        *poster =
    gtk_check_button_new_with_mnemonic (_ ("_Full size, on as many pages as needed"));
  gtk_check_button_set_group (GTK_CHECK_BUTTON (poster), GTK_CHECK_BUTTON (one));
  gtk_check_button_set_active (
    GTK_CHECK_BUTTON (settings != NULL && gtk_print_settings_get_bool (settings, POSTER) ? poster
                                                                                         : one),
    TRUE);
  gtk_widget_set_margin_top (box, 18);
  gtk_widget_set_margin_start (box, 18);
  gtk_widget_set_margin_end (box, 18);
  gtk_box_append (GTK_BOX (box), one);
  gtk_box_append (GTK_BOX (box), poster);
  g_object_set_data (G_OBJECT (box), POSTER, poster);
  return G_OBJECT (box);
}

static void
apply_tab_cb (GtkPrintOperation *operation, GtkWidget *box, WeftWindow *window)
{
  g_autoptr (GtkPrintSettings) settings = NULL;
  if (gtk_print_operation_get_print_settings (operation) != NULL)
    settings = g_object_ref (gtk_print_operation_get_print_settings (operation));
  else
    settings = gtk_print_settings_new ();
  GtkCheckButton *poster = g_object_get_data (G_OBJECT (box), POSTER);
  gtk_print_settings_set_bool (settings, POSTER, gtk_check_button_get_active (poster));
  gtk_print_operation_set_print_settings (operation, settings);
}

/* ---- The operation ---- */

static void
printed_cb (GtkPrintOperation *operation, GtkPrintOperationResult result, WeftWindow *window)
{
  g_autoptr (GError) error = NULL;
  if (result == GTK_PRINT_OPERATION_RESULT_APPLY)
    {
      g_clear_object (&window->print_settings);
      window->print_settings = g_object_ref (gtk_print_operation_get_print_settings (operation));
      return;
    }
  if (result != GTK_PRINT_OPERATION_RESULT_ERROR)
    return;
  gtk_print_operation_get_error (operation, &error);
  weft_window_show_error (window, _ ("Could Not Print"), error->message);
}

/* The paper lies as the graph does. */
static GtkPageSetup *
new_page_setup (WeftWindow *window)
{
  GtkPageSetup *setup = gtk_page_setup_new ();
  double        width, height;
  weft_render_get_size (weft_window_get_shown (window), NULL, &width, &height);
  gtk_page_setup_set_orientation (setup, width > height ? GTK_PAGE_ORIENTATION_LANDSCAPE
                                                        : GTK_PAGE_ORIENTATION_PORTRAIT);
  return setup;
}

/* For internal use: prints what is shown; with a @path, to that PDF without a dialog. */
void
weft_window_print (WeftWindow *window, const char *path)
{
  g_autoptr (GtkPrintOperation) operation = gtk_print_operation_new ();
  g_autoptr (GtkPageSetup) setup = new_page_setup (window);
  g_autoptr (GError) error = NULL;
  gtk_print_operation_set_job_name (operation, gtk_label_get_label (window->title));
  gtk_print_operation_set_default_page_setup (operation, setup);
  gtk_print_operation_set_unit (operation, GTK_UNIT_POINTS);
  gtk_print_operation_set_embed_page_setup (operation, TRUE);
  gtk_print_operation_set_custom_tab_label (operation, _ ("Size"));
  if (window->print_settings != NULL)
    gtk_print_operation_set_print_settings (operation, window->print_settings);
  if (path != NULL)
    gtk_print_operation_set_export_filename (operation, path);
  g_signal_connect_object (operation, "create-custom-widget", G_CALLBACK (create_tab_cb), window,
                           0);
  g_signal_connect_object (operation, "custom-widget-apply", G_CALLBACK (apply_tab_cb), window, 0);
  g_signal_connect_object (operation, "begin-print", G_CALLBACK (begin_print_cb), window, 0);
  g_signal_connect_object (operation, "draw-page", G_CALLBACK (draw_page_cb), window, 0);
  g_signal_connect_object (operation, "done", G_CALLBACK (printed_cb), window, 0);
  gtk_print_operation_set_allow_async (operation, TRUE);
  gtk_print_operation_run (operation,
                           path != NULL ? GTK_PRINT_OPERATION_ACTION_EXPORT
                                        : GTK_PRINT_OPERATION_ACTION_PRINT_DIALOG,
                           GTK_WINDOW (window), &error);
}

static void
print_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  weft_window_print (data, NULL);
}

/* For scripts: no dialog. */
static void
print_to_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  weft_window_print (data, g_variant_get_string (parameter, NULL));
}

/* For scripts: at full size, on as many pages as needed. */
static void
print_poster_to_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  WeftWindow *window = data;
  if (window->print_settings == NULL)
    window->print_settings = gtk_print_settings_new ();
  gtk_print_settings_set_bool (window->print_settings, POSTER, TRUE);
  weft_window_print (window, g_variant_get_string (parameter, NULL));
}

const GActionEntry weft_window_print_actions[] = {
  { .name = "print", .activate = print_action },
  { .name = "print-to", .activate = print_to_action, .parameter_type = "s" },
  { .name = "print-poster-to", .activate = print_poster_to_action, .parameter_type = "s" },
};
const guint weft_window_n_print_actions = G_N_ELEMENTS (weft_window_print_actions);

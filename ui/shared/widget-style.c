/* Fonts, text scale and colours of a widget that draws with the pen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/widget-style.h"

#include "ui/shared/settings.h"

/**
 * weft_widget_style_new:
 * @widget: a widget
 *
 * Its context is one of its own: glyphs stand where the outline says, not on whole pixels, so that
 * words keep their shape at every zoom.
 *
 * Returns: (transfer full): the style
 */
WeftStyle *
weft_widget_style_new (GtkWidget *widget)
{
  PangoContext         *context = gtk_widget_create_pango_context (widget);
  cairo_font_options_t *options = cairo_font_options_create ();
  WeftStyle            *style;

  if (pango_cairo_context_get_font_options (context))
    cairo_font_options_merge (options, pango_cairo_context_get_font_options (context));
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_hint_style (options, CAIRO_HINT_STYLE_NONE);
  pango_cairo_context_set_font_options (context, options);
  cairo_font_options_destroy (options);
  pango_context_set_round_glyph_positions (context, FALSE);
  /* What has no letters, such as "(128,)", is code; words of other directions keep theirs. */
  pango_context_set_base_dir (context, PANGO_DIRECTION_LTR);
  style = weft_style_new (context, weft_settings_get_theme ());
  g_object_unref (context);
  return style;
}

/**
 * weft_widget_show_code:
 * @widget: a label or a text view
 *
 * What it shows is code: monospaced, and from left to right in every language.
 */
void
weft_widget_show_code (GtkWidget *widget)
{
  gtk_widget_add_css_class (widget, "monospace");
  gtk_widget_set_direction (widget, GTK_TEXT_DIR_LTR);
}

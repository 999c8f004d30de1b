/* A rule drawn as a small graph.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/rule-picture.h"

#include "ui/shared/settings.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

struct _WeftRulePicture
{
  GtkWidget parent_instance;

  /* Owned */
  WeftStyle   *style; /* NULL: nothing to draw */
  WeftRuleArt *art;

  /* Borrowed */
  const WeftRuleInfo *rule;
};

G_DEFINE_FINAL_TYPE (WeftRulePicture, weft_rule_picture, GTK_TYPE_WIDGET)

/* The art is laid out with the fonts and drawn in the colours that hold now. */
static void
remake (WeftRulePicture *picture)
{
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (picture));
  g_clear_pointer (&picture->art, weft_rule_art_free);
  g_clear_pointer (&picture->style, weft_style_free);
  if (picture->rule != NULL)
    {
      picture->style = weft_style_new (context, weft_settings_get_theme ());
      picture->art = weft_rule_art_new (picture->rule, picture->style);
    }
  gtk_widget_set_visible (GTK_WIDGET (picture), picture->art != NULL);
  gtk_widget_queue_resize (GTK_WIDGET (picture));
}

/**
 * weft_rule_picture_set_rule:
 * @picture: a picture
 * @rule: (nullable): what to draw
 */
void
weft_rule_picture_set_rule (WeftRulePicture *picture, const WeftRuleInfo *rule)
{
  if (picture->rule == rule)
    return;
  picture->rule = rule;
  remake (picture);
  if (picture->art == NULL)
    return;
  g_autofree char *text = weft_rule_art_describe (picture->art);
  gtk_accessible_update_property (GTK_ACCESSIBLE (picture), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                  -1);
}

/* As high as it is at this width: what is too wide is drawn smaller. */
static double
scale_for (WeftRulePicture *picture, double width, double *height)
{
  double art_width, art_height;
  weft_rule_art_get_size (picture->art, &art_width, &art_height);
  double scale = width > 0 && art_width > width ? width / art_width : 1;
  *height = ceil (scale * art_height);
  return scale;
}

static GtkSizeRequestMode
weft_rule_picture_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
weft_rule_picture_measure (GtkWidget     *widget,
                           GtkOrientation orientation,
                           int            for_size,
                           int           *minimum,
                           int           *natural,
                           int           *minimum_baseline,
                           int           *natural_baseline)
{
  WeftRulePicture *picture = WEFT_RULE_PICTURE (widget);
  double           width = 0, height = 0;
  *minimum = *natural = 0;
  if (picture->art == NULL)
    return;
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      scale_for (picture, for_size, &height);
      *minimum = *natural = (int) height;
      return;
    }
  weft_rule_art_get_size (picture->art, &width, &height);
  *natural = (int) ceil (width);
  *minimum = MIN (*natural, 120);
}

static void
weft_rule_picture_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftRulePicture *picture = WEFT_RULE_PICTURE (widget);
  int              width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  double           art_width, art_height, drawn_height;
  if (picture->art == NULL || width <= 0 || height <= 0)
    return;
  cairo_t *cr =
    gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  WeftPen pen = weft_pen_for_cairo (cr);
  double  scale = scale_for (picture, width, &drawn_height);
  weft_rule_art_get_size (picture->art, &art_width, &art_height);
  cairo_translate (cr, (width - scale * art_width) / 2, (height - scale * art_height) / 2);
  cairo_scale (cr, scale, scale);
  weft_rule_art_draw (picture->art, &pen, picture->style);
  cairo_destroy (cr);
}

static void
weft_rule_picture_dispose (GObject *object)
{
  WeftRulePicture *picture = WEFT_RULE_PICTURE (object);
  g_clear_pointer (&picture->art, weft_rule_art_free);
  g_clear_pointer (&picture->style, weft_style_free);
  G_OBJECT_CLASS (weft_rule_picture_parent_class)->dispose (object);
}

static void
weft_rule_picture_class_init (WeftRulePictureClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_rule_picture_dispose;
  widget_class->get_request_mode = weft_rule_picture_get_request_mode;
  widget_class->measure = weft_rule_picture_measure;
  widget_class->snapshot = weft_rule_picture_snapshot;
  gtk_widget_class_set_css_name (widget_class, "weft-rule-picture");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
weft_rule_picture_init (WeftRulePicture *picture)
{
  AdwStyleManager *style = adw_style_manager_get_default ();
  gtk_widget_set_visible (GTK_WIDGET (picture), FALSE);
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (remake), picture, G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (remake), picture,
                           G_CONNECT_SWAPPED);
}

/**
 * weft_rule_picture_new:
 *
 * Returns: (transfer floating): a picture of nothing
 */
WeftRulePicture *
weft_rule_picture_new (void)
{
  return g_object_new (WEFT_TYPE_RULE_PICTURE, NULL);
}

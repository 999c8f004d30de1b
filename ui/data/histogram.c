/* How the values of a field are spread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/histogram.h"

#include "ui/draw/format.h"

#include <glib/gi18n.h>

#define WIDTH 150
#define HEIGHT 40
#define GAP 1

struct _WeftHistogram
{
  GtkWidget parent_instance;

  /* Owned */
  gint64 *counts; /* [n] */
  char  **names;  /* [n]; NULL: numbers */

  /* Plain values */
  guint  n;
  gint64 most;
  double low, high;
};

G_DEFINE_FINAL_TYPE (WeftHistogram, weft_histogram, GTK_TYPE_WIDGET)

static void
snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftHistogram   *histogram = WEFT_HISTOGRAM (widget);
  float            width = (float) gtk_widget_get_width (widget);
  float            height = (float) gtk_widget_get_height (widget);
  gboolean         rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GtkStyleContext *context = gtk_widget_get_style_context (widget);
  GdkRGBA          colour, base;

  gtk_style_context_get_color (context, &colour);
  base = colour;
  base.alpha *= 0.25F;
  gtk_snapshot_append_color (snapshot, &base,
                             &GRAPHENE_RECT_INIT (0, height - 1, width, 1));
  for (guint i = 0; i < histogram->n; i++)
    {
      float bar = width / (float) histogram->n, gap = bar > 4 ? GAP : 0;
      float x = bar * (float) (rtl ? histogram->n - 1 - i : i);
      float part = (float) histogram->counts[i] / (float) MAX (histogram->most, 1);
      /* What is rare is still seen. */
      float tall = histogram->counts[i] > 0 ? MAX (1.5F, part * (height - 1)) : 0;

      gtk_snapshot_append_color (snapshot, &colour,
                                 &GRAPHENE_RECT_INIT (x, height - tall, bar - gap, tall));
    }
}

static char *
describe_bar (WeftHistogram *histogram, guint i)
{
  double           width = (histogram->high - histogram->low) / MAX (histogram->n, 1);
  g_autofree char *count = weft_format_count (histogram->counts[i]);

  if (histogram->names != NULL)
    return g_strdup_printf (_ ("%s: %s"),
                            *histogram->names[i] != '\0' ? histogram->names[i] : _ ("(nothing)"),
                            count);
  return g_strdup_printf (_ ("%.4g to %.4g: %s"), histogram->low + i * width,
                          histogram->low + (i + 1) * width, count);
}

static gboolean
query_tooltip (GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  WeftHistogram   *histogram = WEFT_HISTOGRAM (widget);
  int              width = MAX (gtk_widget_get_width (widget), 1);
  guint            i;
  g_autofree char *text = NULL;

  if (histogram->n == 0 || keyboard)
    return FALSE;
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    x = width - 1 - x;
  i = (guint) CLAMP (x * (int) histogram->n / width, 0, (int) histogram->n - 1);
  text = describe_bar (histogram, i);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static void
measure (GtkWidget     *widget,
         GtkOrientation orientation,
         int            for_size,
         int           *minimum,
         int           *natural,
         int           *minimum_baseline,
         int           *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
}

static void
clear (WeftHistogram *histogram)
{
  g_clear_pointer (&histogram->counts, g_free);
  g_clear_pointer (&histogram->names, g_strfreev);
  histogram->n = 0;
  histogram->most = 0;
}

static void
finalize (GObject *object)
{
  clear (WEFT_HISTOGRAM (object));
  G_OBJECT_CLASS (weft_histogram_parent_class)->finalize (object);
}

static void
weft_histogram_class_init (WeftHistogramClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = finalize;
  widget_class->snapshot = snapshot;
  widget_class->measure = measure;
  widget_class->query_tooltip = query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "histogram");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
weft_histogram_init (WeftHistogram *histogram)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (histogram), TRUE);
}

GtkWidget *
weft_histogram_new (void)
{
  return g_object_new (WEFT_TYPE_HISTOGRAM, NULL);
}

static void
describe (WeftHistogram *histogram, const WeftField *field)
{
  GString *text = g_string_new (NULL);

  if (histogram->names == NULL)
    g_string_append_printf (text, _ ("From %.4g to %.4g"), field->low, field->high);
  for (guint i = 0; histogram->names != NULL && i < histogram->n && i < 12; i++)
    {
      g_autofree char *bar = describe_bar (histogram, i);

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", bar);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (histogram), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  text->str, -1);
  g_string_free (text, TRUE);
}

/**
 * weft_histogram_set_field:
 * @field: (nullable): what was counted
 * @kind: numbers give a histogram, categories a bar each
 */
void
weft_histogram_set_field (WeftHistogram *histogram, const WeftField *field, WeftFieldKind kind)
{
  gboolean classes = field != NULL && kind == WEFT_FIELD_CATEGORY && field->texts != NULL;

  clear (histogram);
  if (classes)
    {
      histogram->names = g_strdupv (field->texts);
      histogram->n = g_strv_length (field->texts);
      histogram->counts = g_memdup2 (field->counts, histogram->n * sizeof (gint64));
    }
  else if (field != NULL && kind == WEFT_FIELD_NUMBER)
    {
      histogram->n = field->n_bins;
      histogram->counts = g_memdup2 (field->bins, field->n_bins * sizeof (gint64));
      histogram->low = field->bins_low;
      histogram->high = field->bins_high;
    }
  for (guint i = 0; i < histogram->n; i++)
    histogram->most = MAX (histogram->most, histogram->counts[i]);
  if (histogram->n > 0)
    describe (histogram, field);
  gtk_widget_queue_draw (GTK_WIDGET (histogram));
}

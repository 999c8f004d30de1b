/* A bin whose child can be made compact in steps: where it has no room, its owner is asked for the
 * next step.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/adaptive-bin.h"

#define MAX_LEVELS 8

struct _WeftAdaptiveBin
{
  GtkWidget parent_instance;

  /* Child */
  GtkWidget *child;

  /* Borrowed */
  GtkSettings *settings; /* whose text size is watched; NULL: not in a window */

  /* Plain values */
  guint level, n_levels;
  guint tick;              /* 0: nothing to decide */
  int   needs[MAX_LEVELS]; /* width of the child in each level when it was left for the next; 0: not
                              known */
};

enum
{
  PROP_0,
  PROP_CHILD,
  PROP_LEVEL,
  PROP_LEVELS,
  N_PROPS
};
static GParamSpec *properties[N_PROPS];

static void buildable_init (GtkBuildableIface *iface);
G_DEFINE_FINAL_TYPE_WITH_CODE (WeftAdaptiveBin,
                               weft_adaptive_bin,
                               GTK_TYPE_WIDGET,
                               G_IMPLEMENT_INTERFACE (GTK_TYPE_BUILDABLE, buildable_init))

static int
child_width (WeftAdaptiveBin *bin)
{
  int minimum = 0;
  if (bin->child != NULL)
    gtk_widget_measure (bin->child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  return minimum;
}

static void
set_level (WeftAdaptiveBin *bin, guint level)
{
  bin->level = level;
  g_object_notify_by_pspec (G_OBJECT (bin), properties[PROP_LEVEL]);
}

/* Between two frames, so that no step on the way is ever seen. */
static gboolean
decide_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  WeftAdaptiveBin *bin = WEFT_ADAPTIVE_BIN (widget);
  int              width = gtk_widget_get_width (widget), needs = child_width (bin);
  bin->tick = 0;
  while (bin->level > 0 && needs <= width && bin->needs[bin->level - 1] <= width)
    {
      set_level (bin, bin->level - 1);
      needs = child_width (bin);
    }
  while (bin->level < bin->n_levels && needs > width)
    {
      bin->needs[bin->level] = needs;
      set_level (bin, bin->level + 1);
      needs = child_width (bin);
    }
  return G_SOURCE_REMOVE;
}

static void
decide_soon (WeftAdaptiveBin *bin)
{
  if (bin->tick == 0)
    bin->tick = gtk_widget_add_tick_callback (GTK_WIDGET (bin), decide_cb, NULL, NULL);
}

/**
 * weft_adaptive_bin_retry:
 * @bin: a bin
 *
 * What its child shows has changed: perhaps a roomier level fits again.
 */
void
weft_adaptive_bin_retry (WeftAdaptiveBin *bin)
{
  memset (bin->needs, 0, sizeof bin->needs);
  gtk_widget_queue_resize (GTK_WIDGET (bin));
}

/**
 * weft_adaptive_bin_get_level:
 * @bin: a bin
 *
 * Returns: how compact its child is to be: 0, everything is shown
 */
guint
weft_adaptive_bin_get_level (WeftAdaptiveBin *bin)
{
  return bin->level;
}

static GtkSizeRequestMode
weft_adaptive_bin_get_request_mode (GtkWidget *widget)
{
  WeftAdaptiveBin *bin = WEFT_ADAPTIVE_BIN (widget);
  return bin->child != NULL ? gtk_widget_get_request_mode (bin->child)
                            : GTK_SIZE_REQUEST_CONSTANT_SIZE;
}

/* Only the last level binds: any other one gives way to the next. */
static void
weft_adaptive_bin_measure (GtkWidget     *widget,
                           GtkOrientation orientation,
                           int            for_size,
                           int           *minimum,
                           int           *natural,
                           int           *minimum_baseline,
                           int           *natural_baseline)
{
  WeftAdaptiveBin *bin = WEFT_ADAPTIVE_BIN (widget);
  if (bin->child == NULL)
    return;
  if (orientation == GTK_ORIENTATION_VERTICAL && for_size >= 0)
    for_size = MAX (for_size, child_width (bin));
  gtk_widget_measure (bin->child, orientation, for_size, minimum, natural, minimum_baseline,
                      natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL && bin->level < bin->n_levels)
    *minimum = 0;
}

static void
weft_adaptive_bin_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WeftAdaptiveBin *bin = WEFT_ADAPTIVE_BIN (widget);
  int              needs = child_width (bin);
  if ((needs > width && bin->level < bin->n_levels) ||
      (bin->level > 0 && bin->needs[bin->level - 1] <= width))
    decide_soon (bin);
  if (bin->child != NULL)
    gtk_widget_allocate (bin->child, MAX (width, needs), height, baseline, NULL);
}

static void
weft_adaptive_bin_root (GtkWidget *widget)
{
  WeftAdaptiveBin *bin = WEFT_ADAPTIVE_BIN (widget);
  GTK_WIDGET_CLASS (weft_adaptive_bin_parent_class)->root (widget);
  bin->settings = gtk_widget_get_settings (widget);
  g_signal_connect_swapped (bin->settings, "notify::gtk-xft-dpi",
                            G_CALLBACK (weft_adaptive_bin_retry), bin);
}

static void
weft_adaptive_bin_unroot (GtkWidget *widget)
{
  WeftAdaptiveBin *bin = WEFT_ADAPTIVE_BIN (widget);
  g_signal_handlers_disconnect_by_data (bin->settings, bin);
  bin->settings = NULL;
  GTK_WIDGET_CLASS (weft_adaptive_bin_parent_class)->unroot (widget);
}

static void
set_child (WeftAdaptiveBin *bin, GtkWidget *child)
{
  g_clear_pointer (&bin->child, gtk_widget_unparent);
  bin->child = child;
  if (child != NULL)
    gtk_widget_set_parent (child, GTK_WIDGET (bin));
}

static void
weft_adaptive_bin_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  WeftAdaptiveBin *bin = WEFT_ADAPTIVE_BIN (object);
  switch (id)
    {
    case PROP_CHILD:
      set_child (bin, g_value_get_object (value));
      break;
    case PROP_LEVELS:
      bin->n_levels = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
weft_adaptive_bin_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  WeftAdaptiveBin *bin = WEFT_ADAPTIVE_BIN (object);
  switch (id)
    {
    case PROP_CHILD:
      g_value_set_object (value, bin->child);
      break;
    case PROP_LEVEL:
      g_value_set_uint (value, bin->level);
      break;
    case PROP_LEVELS:
      g_value_set_uint (value, bin->n_levels);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
weft_adaptive_bin_dispose (GObject *object)
{
  set_child (WEFT_ADAPTIVE_BIN (object), NULL);
  G_OBJECT_CLASS (weft_adaptive_bin_parent_class)->dispose (object);
}

static void
weft_adaptive_bin_class_init (WeftAdaptiveBinClass *klass)
{
  GObjectClass   *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  object_class->set_property = weft_adaptive_bin_set_property;
  object_class->get_property = weft_adaptive_bin_get_property;
  object_class->dispose = weft_adaptive_bin_dispose;
  widget_class->get_request_mode = weft_adaptive_bin_get_request_mode;
  widget_class->measure = weft_adaptive_bin_measure;
  widget_class->size_allocate = weft_adaptive_bin_size_allocate;
  widget_class->root = weft_adaptive_bin_root;
  widget_class->unroot = weft_adaptive_bin_unroot;
  properties[PROP_CHILD] = g_param_spec_object ("child", NULL, NULL, GTK_TYPE_WIDGET,
                                                G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_LEVEL] = g_param_spec_uint ("level", NULL, NULL, 0, MAX_LEVELS, 0,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_LEVELS] = g_param_spec_uint ("levels", NULL, NULL, 0, MAX_LEVELS, 1,
                                               G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
weft_adaptive_bin_init (WeftAdaptiveBin *bin)
{
  bin->n_levels = 1;
  gtk_widget_set_overflow (GTK_WIDGET (bin), GTK_OVERFLOW_HIDDEN);
}

static void
add_child (GtkBuildable *buildable, GtkBuilder *builder, GObject *child, const char *type)
{
  set_child (WEFT_ADAPTIVE_BIN (buildable), GTK_WIDGET (child));
}

static void
buildable_init (GtkBuildableIface *iface)
{
  iface->add_child = add_child;
}

/* A small picture of a document's graph.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/start/graph-picture.h"

#include "ui/draw/render.h"
#include "ui/shared/settings.h"

#include <adwaita.h>

#define WIDTH 280
#define HEIGHT 150

struct _WeftGraphPicture
{
  GtkWidget parent_instance;

  /* Owned */
  WeftDocument *document;
};

G_DEFINE_FINAL_TYPE (WeftGraphPicture, weft_graph_picture, GTK_TYPE_WIDGET)

static void
weft_graph_picture_measure (GtkWidget     *widget,
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
weft_graph_picture_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  WeftGraphPicture *picture = WEFT_GRAPH_PICTURE (widget);
  int               width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; i < weft_document_n_nodes (picture->document); i++)
    g_array_append_val (nodes, weft_document_node_at (picture->document, i)->uid);
  /* Without the notes, which could not be read at this size. */
  WeftRenderOptions options = {
    .theme = weft_settings_get_theme (),
    .transparent = TRUE,
    .no_labels = TRUE,
    .nodes = (const guint32 *) (gpointer) nodes->data,
    .n_nodes = nodes->len,
  };
  cairo_t *cr =
    gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
  weft_render_cairo (picture->document, NULL, cr, width, height, &options);
  cairo_destroy (cr);
}

static void
weft_graph_picture_dispose (GObject *object)
{
  g_clear_object (&WEFT_GRAPH_PICTURE (object)->document);
  G_OBJECT_CLASS (weft_graph_picture_parent_class)->dispose (object);
}

static void
weft_graph_picture_class_init (WeftGraphPictureClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_graph_picture_dispose;
  widget_class->measure = weft_graph_picture_measure;
  widget_class->snapshot = weft_graph_picture_snapshot;
  gtk_widget_class_set_css_name (widget_class, "weft-graph-picture");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
weft_graph_picture_init (WeftGraphPicture *picture)
{
  AdwStyleManager *style = adw_style_manager_get_default ();
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (gtk_widget_queue_draw), picture,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (gtk_widget_queue_draw),
                           picture, G_CONNECT_SWAPPED);
}

/**
 * weft_graph_picture_new:
 * @document: what is drawn
 *
 * Returns: (transfer floating): its picture
 */
GtkWidget *
weft_graph_picture_new (WeftDocument *document)
{
  WeftGraphPicture *picture = g_object_new (WEFT_TYPE_GRAPH_PICTURE, NULL);
  picture->document = g_object_ref (document);
  return GTK_WIDGET (picture);
}

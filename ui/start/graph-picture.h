/* A small picture of a document's graph.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/document/document.h"

G_BEGIN_DECLS

#define WEFT_TYPE_GRAPH_PICTURE (weft_graph_picture_get_type ())
G_DECLARE_FINAL_TYPE (WeftGraphPicture, weft_graph_picture, WEFT, GRAPH_PICTURE, GtkWidget)

GtkWidget *weft_graph_picture_new (WeftDocument *document);

G_END_DECLS

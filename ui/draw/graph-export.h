/* Steps of a history as pictures for slides and papers: the graph before and after, rule, why and
 * cost under it. Needs no display.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/draw/graph-art.h"
#include "ui/draw/render.h"

G_BEGIN_DECLS

typedef struct
{
  const char   *title; /* of the document or the expression; NULL: none */
  guint         first, last; /* steps; 0 is the graph as drawn */
  WeftThemeKind theme;
  double        scale; /* PNG pixels a unit; 0: 2 */
} WeftGraphExport;

/* @path ends in .svg, .pdf or .png. Several steps are pages of one PDF, or files "NAME-007.svg".
 * @written (or NULL) gets the names of the files, NULL-terminated, owned by the caller. Any thread.
 * Errors: WEFT_RENDER_ERROR, G_FILE_ERROR. */
gboolean weft_graph_export (WeftGraphArt          *art,
                            const char            *path,
                            const WeftGraphExport *options,
                            char                ***written,
                            GError               **error);

G_END_DECLS

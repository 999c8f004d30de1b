/* A whole document, or some of its nodes, as SVG, PDF or PNG. Needs no display.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/draw/node-art.h"
#include "ui/draw/picture-file.h"

G_BEGIN_DECLS

typedef struct
{
  WeftThemeKind  theme;
  double         scale;       /* PNG pixels a unit; 0: 2 */
  gboolean       transparent; /* no ground behind the cards */
  gboolean       no_labels;   /* wires without types */
  const guint32 *nodes;       /* only these and the wires among them; NULL: everything */
  guint          n_nodes;
} WeftRenderOptions;

gboolean weft_render_file (WeftDocument            *document,
                           WeftTyping              *typing,
                           const char              *path,
                           const WeftRenderOptions *options,
                           GError                 **error);
/* In units, with the margin. */
void weft_render_get_size (WeftDocument            *document,
                           const WeftRenderOptions *options,
                           double                  *width,
                           double                  *height);
/* Into a @width by @height box at @cr's origin, as large as fits but at most at full size, in the
 * middle; @cr's clip is the caller's. */
void weft_render_cairo (WeftDocument            *document,
                        WeftTyping              *typing,
                        cairo_t                 *cr,
                        double                   width,
                        double                   height,
                        const WeftRenderOptions *options);

G_END_DECLS

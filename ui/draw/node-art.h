/* A node's card: what stands on it, how large it is, where its ports are, and its drawing.
 *
 * Made from the document (and the typing, for its problem); plain data afterwards, so it can be kept, compared and
 * drawn without either. The card's origin is its top left corner; its size depends on the text scale only.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/lower.h"
#include "ui/draw/pen.h"

G_BEGIN_DECLS

typedef struct
{
  char    *name;
  gboolean optional;
  gboolean wrong; /* the node's problem is at this port */
  gboolean minor; /* a layer's parameter: set small */
  double   x, y;  /* centre of the dot, from the card's origin */
} WeftPortArt;

typedef struct
{
  char *label, *value;
} WeftRowArt;

/* What a run adds to a card. */
typedef struct
{
  char   *badge;
  guint   n_bars;
  float  *bars; /* 0..1 */
  guint   n_thumbnails, thumbnail_width, thumbnail_height;
  guint8 *thumbnails; /* [n, height, width] grey */
} WeftNodeExtras;
void weft_node_extras_clear (WeftNodeExtras *extras);

typedef struct
{
  guint32               uid;
  char                 *title, *kind;
  const char           *family;     /* interned */
  char                 *problem;    /* NULL: none */
  gboolean              incomplete; /* the problem is only that something must still be wired in */
  guint                 n_inputs, n_outputs, n_rows;
  WeftPortArt          *inputs, *outputs;
  WeftRowArt           *rows;
  const WeftNodeExtras *extras; /* borrowed from the caller, may be NULL */
  double                width, height;
  double                header_height, row_height, rows_y, foot_y;
} WeftNodeArt;

/* How much of a card is drawn: below WEFT_ZOOM_PORTS no parameters, below WEFT_ZOOM_BLOCK a coloured block. */
typedef enum
{
  WEFT_DETAIL_FULL,
  WEFT_DETAIL_PORTS,
  WEFT_DETAIL_BLOCK,
} WeftDetail;
#define WEFT_ZOOM_PORTS 0.6
#define WEFT_ZOOM_BLOCK 0.35
WeftDetail weft_detail_for_zoom (double zoom);

/* A state of ports while a wire is dragged: those that would not fit are dimmed. */
typedef struct
{
  WeftDetail        detail;
  gboolean          selected, focused;
  gboolean          faded;      /* the whole card */
  guint64           dim_inputs; /* bit i: input i is dimmed */
  guint64           dim_outputs;
  gint              bright_input; /* the one under the pointer; -1: none */
  gint              bright_output;
  const WeftColour *port_colours; /* inputs then outputs, NULL: unknown */
} WeftNodeLook;
#define WEFT_NODE_LOOK_PLAIN ((WeftNodeLook){ .bright_input = -1, .bright_output = -1 })

/* NULL if the node is gone. @typing may be NULL: no problem shown. */
WeftNodeArt *weft_node_art_new (WeftDocument *document, WeftTyping *typing, guint32 uid, const WeftNodeExtras *extras, WeftStyle *style);
void         weft_node_art_free (WeftNodeArt *art);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftNodeArt, weft_node_art_free)
void weft_node_art_draw (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style, const WeftNodeLook *look);
/* The message and the badge reach out of the card: everything that is drawn lies in here. */
WeftRect weft_node_art_ink (const WeftNodeArt *art, WeftStyle *style);
/* Index or -1. */
gint weft_node_art_find_input (const WeftNodeArt *art, const char *name);
gint weft_node_art_find_output (const WeftNodeArt *art, const char *name);

/* ---- Notes ---- */
void weft_note_draw (const WeftNote *note, WeftPen *pen, WeftStyle *style, gboolean selected);

G_END_DECLS

/* A node's card: what stands on it, how large it is, where its ports are, and its drawing.
 *
 * Made from the document (and the typing, for its problem); plain data afterwards, so it can be
 * kept, compared and drawn without either. The card's origin is its top left corner; its size
 * depends on the text scale only.
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
  gboolean hidden; /* open, on a card that hides such */
  double   x, y;  /* centre of the dot, from the card's origin */
} WeftPortArt;

typedef struct
{
  char       *label, *value;
  const char *param; /* interned: which parameter the value is of; NULL: of none */
} WeftRowArt;

/* What a run adds to a card. */
typedef struct
{
  char   *badge;
  guint   n_bars;
  float  *bars; /* 0..1 */
  guint   n_thumbnails, thumbnail_width, thumbnail_height;
  guint8 *thumbnails; /* [n, height, width] grey */
  gboolean wide;      /* the first one fills the card's width: a heat map */
  char    *caption;   /* a line below bars or thumbnails; NULL: none */
  char    *stop;      /* a run pauses here; where, or "": always; NULL: no */
} WeftNodeExtras;
void weft_node_extras_clear (WeftNodeExtras *extras);

typedef struct
{
  guint32               uid;
  char                 *title, *kind;
  const char           *family;     /* interned */
  char                 *problem;    /* NULL: none */
  gboolean              incomplete; /* the problem is only that something must still be wired in */
  WeftNodeFlags         flags;
  char                 *type_text; /* of the first output, on a collapsed card; NULL: unknown */
  guint                 n_inputs, n_outputs, n_rows;
  WeftPortArt          *inputs, *outputs;
  WeftRowArt           *rows;
  const WeftNodeExtras *extras; /* borrowed from the caller, may be NULL */
  double                width, height;
  double                header_height, row_height, rows_y, foot_y;
} WeftNodeArt;

/* How much of a card is drawn: below WEFT_ZOOM_PORTS no parameters, below WEFT_ZOOM_BLOCK a
 * coloured block, and below WEFT_ZOOM_FRAME the titles of frames are what one reads. */
typedef enum
{
  WEFT_DETAIL_FULL,
  WEFT_DETAIL_PORTS,
  WEFT_DETAIL_BLOCK,
  WEFT_DETAIL_FRAME,
} WeftDetail;
#define WEFT_ZOOM_PORTS 0.6
#define WEFT_ZOOM_BLOCK 0.35
#define WEFT_ZOOM_FRAME 0.11
WeftDetail weft_detail_for_zoom (double zoom);

/* A state of ports while a wire is dragged: those that would not fit are dimmed. */
typedef struct
{
  WeftDetail        detail;
  gboolean          selected, focused;
  gboolean          faded;      /* the whole card */
  gboolean          alarm;      /* a run failed here */
  guint64           dim_inputs; /* bit i: input i is dimmed */
  guint64           dim_outputs;
  gint              bright_input; /* the one under the pointer; -1: none */
  gint              bright_output;
  const WeftColour *port_colours; /* inputs then outputs, NULL: unknown */
} WeftNodeLook;
#define WEFT_NODE_LOOK_PLAIN ((WeftNodeLook){ .bright_input = -1, .bright_output = -1 })

/* NULL if the node is gone. @typing may be NULL: no problem shown. */
WeftNodeArt *weft_node_art_new (WeftDocument         *document,
                                WeftTyping           *typing,
                                guint32               uid,
                                const WeftNodeExtras *extras,
                                WeftStyle            *style);
void         weft_node_art_free (WeftNodeArt *art);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftNodeArt, weft_node_art_free)
void weft_node_art_draw (const WeftNodeArt  *art,
                         WeftPen            *pen,
                         WeftStyle          *style,
                         const WeftNodeLook *look);
/* The message of its problem; over all cards. */
WeftRect weft_node_art_problem_box (const WeftNodeArt *art, WeftStyle *style);
void
weft_node_art_draw_problem (const WeftNodeArt *art, WeftPen *pen, WeftStyle *style, WeftRect box);
/* The message and the badge reach out of the card: everything that is drawn lies in here. */
WeftRect weft_node_art_ink (const WeftNodeArt *art, WeftStyle *style);
/* Index or -1. */
gint weft_node_art_find_input (const WeftNodeArt *art, const char *name);
gint weft_node_art_find_output (const WeftNodeArt *art, const char *name);
/* Where a row with a value stands, and the value as it is set there. */
WeftRect weft_node_art_row_box (const WeftNodeArt *art, WeftStyle *style, guint row);
char    *weft_node_art_value_text (WeftJson *value);

/* ---- Notes ---- */
/* Of a frame's title strip, at text scale 1; there a frame is taken hold of. */
#define WEFT_FRAME_HEAD 28
/* The corner that changes a note's size, in document units. */
#define WEFT_NOTE_CORNER 16
typedef enum
{
  WEFT_NOTE_TEXT,
  WEFT_NOTE_HEADING,
  WEFT_NOTE_SUBHEADING,
  WEFT_NOTE_ITEM,
} WeftNoteLine;
char  *weft_note_line_markup (const char *line, gboolean first, WeftNoteLine *kind);
guint *weft_notes_order (WeftDocument *document);
void   weft_note_draw (const WeftNote *note, WeftPen *pen, WeftStyle *style, gboolean selected);
/* From afar: a block with its title as large as fits, at most @size. */
void   weft_frame_draw_far (const WeftNote *note, WeftPen *pen, WeftStyle *style, double size);

G_END_DECLS

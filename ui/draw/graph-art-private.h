/* What making, asking and drawing of a history's picture share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/draw/graph-art.h"

G_BEGIN_DECLS

#define BOX_FONT_TITLE ((WeftFont){ 12.5, WEFT_FONT_BOLD | WEFT_FONT_MONO })
#define BOX_FONT_DETAIL ((WeftFont){ 10.5, WEFT_FONT_MONO })
#define BOX_FONT_PILL ((WeftFont){ 11.5, WEFT_FONT_BOLD | WEFT_FONT_MONO })
#define BOX_FONT_CHIP ((WeftFont){ 9.5, WEFT_FONT_MONO })
#define BOX_FONT_TAG ((WeftFont){ 10.5, WEFT_FONT_BOLD | WEFT_FONT_MONO })
#define BOX_HEIGHT 40
#define BOX_MIN_WIDTH 104
#define BOX_MAX_WIDTH 260
#define BOX_PAD 12
#define BOX_RADIUS 7
#define PILL_HEIGHT 24
#define PILL_MIN_WIDTH 60
#define PILL_PAD 13
#define CHIP_HEIGHT 15
#define CHIP_PAD 5
#define CHIP_GAP 4
#define TAG_HEIGHT 16
#define TAG_PAD 6
/* What marks, plus and minus, chips and tags reach out of a box. */
#define BOX_REACH 14

/* A single number at the port of the op that reads it. */
typedef struct
{
  guint    apply;       /* the constant's number */
  guint    to, to_port; /* box, input */
  char    *text;
  WeftRect rect; /* from the box's top left corner */
} Chip;

struct _WeftGraphArt
{
  gatomicrefcount ref_count;

  /* Owned */
  WeftHistory     *history;
  GArray          *boxes;    /* WeftGraphBox */
  GArray          *wires;    /* WeftGraphWire */
  GArray          *chips;    /* Chip */
  guint           *box_of;   /* by application number, or WEFT_NO_BOX */
  GHashTable      *links;    /* Link -> itself: what a port reads */
  WeftLayoutNode   *nodes;  /* by box */
  WeftLayoutEdge   *edges;  /* by wire */
  WeftLayoutSeries *series;

  /* Plain values */
  double scale;
};

/* What an input of a box reads: a wire or a chip. */
typedef struct
{
  guint    to, to_port, value;
  gboolean is_chip;
  guint    index;
} Link;

struct _WeftGraphScene
{
  /* Owned */
  WeftGraphArt *art;
  GArray       *boxes;   /* guint */
  GArray       *wires;   /* guint */
  GArray       *chips;   /* guint */
  guint8       *present; /* by box */
  guint8       *wired;   /* by wire */
  GHashTable   *outputs;  /* box -> char *: names of what it gives to the outside */
  WeftLayout   *compact;  /* NULL unless closed up */

  /* Plain values */
  guint    step;
  WeftRect bounds;
};

static inline WeftGraphBox *
art_box (const WeftGraphArt *art, guint box)
{
  return &g_array_index (art->boxes, WeftGraphBox, box);
}
static inline WeftGraphWire *
art_wire (const WeftGraphArt *art, guint wire)
{
  return &g_array_index (art->wires, WeftGraphWire, wire);
}
static inline Chip *
art_chip (const WeftGraphArt *art, guint chip)
{
  return &g_array_index (art->chips, Chip, chip);
}
const Link *weft_graph_art_link (const WeftGraphArt *art, guint to, guint to_port, guint value);

WeftLayoutOptions weft_graph_art_options (const WeftGraphArt *art);
const WeftLayout *weft_graph_scene_layout (const WeftGraphScene *scene);
gboolean          weft_graph_scene_has_wire (const WeftGraphScene *scene, guint wire);

G_END_DECLS

/* The picture of a history: a place for every application that ever lives, and what of it is there
 * after a step.
 *
 * An art is made once per history, by any thread, and is immutable; it holds boxes, wires and their
 * layout over all steps, so that nothing moves from step to step (in very long histories: within a
 * phase). A scene is what is there after one step, made from a cursor in time proportional to the
 * graph; scenes are drawn, asked what is at a point, and read aloud. Numbers of applications are
 * those of the history. Drawing needs no GTK: windows and files show the same.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/layout/layout.h"
#include "engine/rewrite/history.h"
#include "ui/draw/node-art.h"

G_BEGIN_DECLS

#define WEFT_NO_BOX G_MAXUINT

typedef enum
{
  WEFT_BOX_OP,
  WEFT_BOX_INPUT,     /* what is fed: a green pill */
  WEFT_BOX_LABELS,    /* whole numbers that are fed: an orange one */
  WEFT_BOX_PARAMETER, /* shared variables: an amber one */
  WEFT_BOX_CONSTANT,  /* a grey one; single numbers stand at the port of the op that reads them */
} WeftBoxKind;

typedef struct
{
  guint       apply; /* number in the history */
  WeftBoxKind kind;
  gboolean    has_body;   /* a loop, a choice: can be opened */
  char       *title;      /* "softmax", "hidden.W" */
  char       *detail;     /* "(64, 10)"; of pills NULL */
  char       *attributes; /* "axis=-1"; NULL: all as usual */
  guint       first, end; /* its life, as in weft_history_lifetime */
  guint
    overwrites; /* input, from 1, whose memory it takes from step @overwrites_from on; 0: none */
  guint       overwrites_from;
  double      width, height;
} WeftGraphBox;

typedef struct
{
  guint from, from_port; /* box, output */
  guint to, to_port;     /* box, input */
  guint value;           /* number in the history */
} WeftGraphWire;

typedef struct _WeftGraphArt   WeftGraphArt;
typedef struct _WeftGraphScene WeftGraphScene;

/* ---- The picture ---- */

/* @text_scale: 1 is the size of files. NULL only if @cancellable was cancelled. Any thread. */
WeftGraphArt *
weft_graph_art_new (WeftHistory *history, double text_scale, GCancellable *cancellable);
WeftGraphArt *weft_graph_art_ref (WeftGraphArt *art);
void          weft_graph_art_free (WeftGraphArt *art); /* drops a reference */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftGraphArt, weft_graph_art_free)
WeftHistory        *weft_graph_art_get_history (const WeftGraphArt *art); /* borrowed */
guint               weft_graph_art_n_boxes (const WeftGraphArt *art);
const WeftGraphBox *weft_graph_art_get_box (const WeftGraphArt *art, guint box);
guint               weft_graph_art_n_wires (const WeftGraphArt *art);
const WeftGraphWire *weft_graph_art_get_wire (const WeftGraphArt *art, guint wire);
/* WEFT_NO_BOX where @apply is a number that stands at its reader's port, or never lives. */
guint weft_graph_art_find (const WeftGraphArt *art, guint apply);

/* ---- What is there after a step ---- */

/* The caller owns it; it holds a reference to @art, and needs @cursor only for this call. */
WeftGraphScene *weft_graph_scene_new (WeftGraphArt *art, WeftCursor *cursor);
void            weft_graph_scene_free (WeftGraphScene *scene);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftGraphScene, weft_graph_scene_free)
guint        weft_graph_scene_get_step (const WeftGraphScene *scene);
const guint *weft_graph_scene_boxes (const WeftGraphScene *scene,
                                     guint                *n); /* in the order of the graph */
const guint *weft_graph_scene_wires (const WeftGraphScene *scene, guint *n);
gboolean     weft_graph_scene_has (const WeftGraphScene *scene, guint box);
WeftRect
weft_graph_scene_bounds (const WeftGraphScene *scene); /* without area if nothing is there */
WeftRect     weft_graph_scene_rect (const WeftGraphScene *scene, guint box);
/* Moved together, gaps closed; FALSE: cancelled, all is as before. */
gboolean     weft_graph_scene_compact (WeftGraphScene *scene, GCancellable *cancellable);

/* ---- Looks ---- */

typedef enum
{
  WEFT_MARK_MATCHED = 1 << 0,  /* the rule saw it: amber, thick */
  WEFT_MARK_REMOVED = 1 << 1,  /* red, dashed, with a minus */
  WEFT_MARK_ADDED = 1 << 2,    /* green, thick, with a plus */
  WEFT_MARK_SELECTED = 1 << 3, /* blue */
  WEFT_MARK_LINKED = 1 << 4,   /* belongs to what is selected elsewhere: blue dashes around it */
  WEFT_MARK_HOVERED = 1 << 5,
  WEFT_MARK_FOCUSED = 1 << 6,
  WEFT_MARK_DIMMED = 1 << 7,
} WeftGraphMark;

/* A name of the rule's pattern and what it stands for, shown at that value in the colour of the
 * name. */
typedef struct
{
  const char *name; /* borrowed */
  guint       value;
  guint       colour; /* for weft_theme_binding */
} WeftGraphTag;

typedef struct
{
  const guint8       *marks;  /* by application number, WeftGraphMark; NULL: none */
  const WeftRect     *area;   /* draw only what reaches in here; NULL: everything */
  WeftGraphScene     *before; /* of the same art: what fades out, and where it was; NULL: nothing */
  double              fade;   /* 0: all of @before .. 1: all of the scene */
  WeftDetail          detail;
  gboolean still_only, moving_only; /* only what is in both scenes, only what is in one */
  guint               n_tags;
  const WeftGraphTag *tags;
} WeftGraphLook;
#define WEFT_GRAPH_LOOK_PLAIN ((WeftGraphLook){ .fade = 1 })

/* Matched, removed and added of @step put into @marks, by application number, as far as @which has
 * them; where the scene shows an earlier graph, what the matched ones come from. @marks: as many as
 * the history has applications, edited. */
void weft_graph_scene_mark (const WeftGraphScene *scene, guint step, guint which, guint8 *marks);
/* Tags of what @step's pattern bound; WeftGraphTag, names interned. The caller owns the array. */
GArray *weft_graph_scene_tags (const WeftGraphScene *scene, guint step);

void weft_graph_scene_draw_wires (WeftGraphScene      *scene,
                                  WeftPen             *pen,
                                  WeftStyle           *style,
                                  const WeftGraphLook *look);
void weft_graph_scene_draw_boxes (WeftGraphScene      *scene,
                                  WeftPen             *pen,
                                  WeftStyle           *style,
                                  const WeftGraphLook *look);
/* Both. */
void weft_graph_scene_draw (WeftGraphScene      *scene,
                            WeftPen             *pen,
                            WeftStyle           *style,
                            const WeftGraphLook *look);
/* One box alone, say the one under the pointer, above the others, with @more marks. */
void weft_graph_scene_draw_box (WeftGraphScene      *scene,
                                guint                box,
                                guint                more,
                                WeftPen             *pen,
                                WeftStyle           *style,
                                const WeftGraphLook *look);
/* The whole type of what runs along @wire, in its middle. */
void weft_graph_scene_draw_wire_label (
  WeftGraphScene *scene, guint wire, WeftPen *pen, WeftStyle *style, const WeftGraphLook *look);

/* ---- Asking ---- */

/* WEFT_NO_BOX: none. */
guint weft_graph_scene_box_at (const WeftGraphScene *scene, double x, double y);
guint weft_graph_scene_wire_at (const WeftGraphScene *scene, double x, double y, double reach);
/* "softmax axis=-1, f32 (64, 10), reads h, read by log"; the caller owns it. */
char *weft_graph_scene_describe (const WeftGraphScene *scene, guint box);
/* "matched by log-softmax", "removed by log-softmax", "added by log-softmax", "selected"; NULL:
 * nothing to say. The caller owns it. */
char *
weft_graph_scene_describe_marks (const WeftGraphScene *scene, guint box, guint step, guint marks);
/* The box that a step along a wire leads to: up is what is read, down who reads, left and right
 * neighbours of one rank. WEFT_NO_BOX. */
typedef enum
{
  WEFT_WALK_UP,
  WEFT_WALK_DOWN,
  WEFT_WALK_LEFT,
  WEFT_WALK_RIGHT,
} WeftWalk;
guint weft_graph_scene_walk (const WeftGraphScene *scene, guint box, WeftWalk direction);

G_END_DECLS

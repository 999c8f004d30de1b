/* What the canvas's files share. See canvas.h for what the canvas is.
 *
 *   canvas.c         the widget: children, allocation, drawing, properties
 *   canvas-model.c   following the document and the typing
 *   canvas-view.c    pan, zoom, fit
 *   canvas-wires.c   the world widget: wires, labels, culling
 *   canvas-node.c    one card
 *   card-images.c    cards as pictures, where the processor draws
 *   canvas-pick.c    what is under a point
 *   canvas-detour.c  dots that lead wires around cards
 *   canvas-drag.c    press, motion, release: moving, box selection, panning
 *   canvas-kinetic.c a view that was thrown goes on
 *   canvas-letters.c letters that are commands or begin a name
 *   canvas-link.c    wires being dragged
 *   canvas-cut.c     the knife
 *   canvas-fix.c     nodes that mend a wire that does not fit; the path of a cycle
 *   canvas-near.c    connecting by putting a card near
 *   canvas-breakpoints.c where a run pauses, and the card where one failed
 *   canvas-numbers.c numbers on wires while a step is seen in phases
 *   canvas-rewire.c  how selected nodes hang together; canvas-rewire-actions.c
 *   canvas-routes.c  dots on wires, tags, right angles
 *   canvas-offer.c   a short list of choices at a point
 *   canvas-input.c   controllers: they only call the functions of -drag and -view
 *   canvas-edit.c    add, delete, copy, paste
 *   canvas-actions.c actions, keys, the context menu
 *   canvas-drop.c    drops from the palette and of files
 *   canvas-keys.c    walking and wiring from the keyboard
 *   canvas-notes.c   editing notes
 *   canvas-splice.c  dropping a card on a wire
 *   canvas-ports.c   the port with the focus
 *   canvas-thumbnails.c pictures on data sets' cards
 *   canvas-arrange.c align, distribute, straighten
 *   canvas-arrange-actions.c actions that arrange and select
 *   canvas-frames.c  frames and notes in the hand
 *   canvas-glide.c   cards on their way to new places
 *   canvas-guides.c  lines that dragged cards keep to
 *   canvas-problems.c what is wrong with a card, beside it
 *   canvas-highlight.c what stands out, and jumping along wires
 *   canvas-places.c  nine views that one can go back to
 *   canvas-select.c  selecting along wires, with box and lasso
 *   canvas-tips.c    tooltips, the page about a node (help-page.c)
 *   canvas-tidy.c    a layered drawing of all
 *   canvas-values.c  values on cards, dragged and typed
 *   minimap.c, search-popover.c
 *
 * View coordinates are pixels of the canvas widget: view = document * zoom + pan.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/build/canvas.h"
#include "ui/build/pen-snapshot.h"
#include "ui/draw/node-art.h"
#include "ui/draw/wire-art.h"

G_BEGIN_DECLS

#define WEFT_GRID 10
#define WEFT_ZOOM_MIN 0.05
#define WEFT_ZOOM_MAX 4.0
/* A port is hit within this many pixels at any zoom: 24 px targets. */
#define WEFT_PORT_REACH_PX 12.0
#define WEFT_WIRE_REACH_PX 7.0
#define WEFT_DRAG_THRESHOLD_PX 4.0

/* ---- One card ---- */
#define WEFT_TYPE_CANVAS_NODE (weft_canvas_node_get_type ())
G_DECLARE_FINAL_TYPE (WeftCanvasNode, weft_canvas_node, WEFT, CANVAS_NODE, GtkWidget)
struct _WeftCanvasNode
{
  GtkWidget parent_instance;

  /* Borrowed */
  WeftCanvas *canvas;

  /* Owned */
  WeftNodeArt   *art;
  WeftColour    *colours; /* inputs, then outputs */
  WeftNodeExtras extras;
  char          *thumbnails_of; /* the set whose pictures are shown or asked for */
  char          *spoken;        /* what the accessible description was last set to */
  cairo_surface_t *image;       /* card-images.c's; NULL: to be drawn */
  GskRenderNode *placed;        /* the image at its place */

  /* Plain values */
  guint32      uid;
  guint        n_wires;
  double       x, y; /* the document's, without the offset of a drag */
  gboolean     moving; /* a drag moves it */
  double       push;   /* how far it stands aside for a card in the hand */
  double       flow;   /* -1, or how thick the wires of its first output are */
  double       glide_x, glide_y; /* where it glides from, relative to where it is */
  WeftRect     ink;  /* around the card, from its origin */
  double       image_scale; /* pixels of the image a unit of the document */
  graphene_rect_t placed_at;
  WeftNodeLook look;
};
WeftCanvasNode *weft_canvas_node_new (WeftCanvas *canvas, guint32 uid);
void            weft_canvas_node_rebuild (WeftCanvasNode *node);      /* art from the document */
void weft_canvas_node_update_types (WeftCanvasNode *node); /* colours, problem, description */
void weft_canvas_node_speak (WeftCanvasNode *node);        /* the accessible description */
void            weft_canvas_node_set_look (WeftCanvasNode *node, const WeftNodeLook *look);

/* card-images.c */
gboolean weft_canvas_uses_images (WeftCanvas *canvas);
void     weft_canvas_snapshot_images (WeftCanvas *canvas, GtkSnapshot *snapshot);
void     weft_canvas_node_redraw (WeftCanvasNode *node);
void     weft_canvas_node_drop_image (WeftCanvasNode *node);

/* ---- The world: draws wires and culls cards ---- */
#define WEFT_TYPE_CANVAS_WORLD (weft_canvas_world_get_type ())
G_DECLARE_FINAL_TYPE (WeftCanvasWorld, weft_canvas_world, WEFT, CANVAS_WORLD, GtkWidget)
GtkWidget *weft_canvas_world_new (WeftCanvas *canvas);
void       weft_canvas_world_invalidate (GtkWidget *world); /* wires or their looks changed */
void       weft_canvas_world_snapshot_above (GtkWidget *world, GtkSnapshot *snapshot);

#define WEFT_TYPE_MINIMAP (weft_minimap_get_type ())
G_DECLARE_FINAL_TYPE (WeftMinimap, weft_minimap, WEFT, MINIMAP, GtkWidget)
GtkWidget *weft_minimap_new (WeftCanvas *canvas);
/* What the gestures of the overview call, with a point of it. */
void       weft_minimap_go_to (WeftMinimap *minimap, double x, double y);

/* The colour of a card in the overview: of its family, of a problem, or of what runs. */
WeftColour weft_minimap_card_colour (WeftCanvas *canvas, const WeftCanvasNode *node);

/* ---- What is under a point ---- */
typedef enum
{
  WEFT_HIT_NOTHING,
  WEFT_HIT_INPUT,
  WEFT_HIT_OUTPUT,
  WEFT_HIT_NODE,
  WEFT_HIT_WIRE,
  WEFT_HIT_NOTE,
} WeftHitKind;
typedef struct
{
  WeftHitKind     kind;
  WeftCanvasNode *node; /* borrowed */
  guint           port;
  WeftWireArt    *wire; /* borrowed */
  guint           dot;  /* 0, or one more than the number of the wire's dot */
  guint           note; /* index */
  gboolean        corner; /* that changes its size */
  guint           row;    /* 0, or one more than the number of the card's row */
} WeftHit;
WeftHit weft_canvas_pick (WeftCanvas *canvas, double view_x, double view_y);

/* ---- Gestures ---- */
typedef enum
{
  WEFT_DRAG_NONE,
  WEFT_DRAG_PRESSED, /* on a node, note or nothing, not moved enough yet */
  WEFT_DRAG_MOVE,
  WEFT_DRAG_MOVE_NOTE, /* and, with a frame, all that it holds */
  WEFT_DRAG_SIZE_NOTE,
  WEFT_DRAG_BOX,
  WEFT_DRAG_LASSO,
  WEFT_DRAG_PAN,
  WEFT_DRAG_LINK,
  WEFT_DRAG_KNIFE,
  WEFT_DRAG_DOT,
  WEFT_DRAG_VALUE, /* a number on a card */
} WeftDragKind;

/* Where a wire begins and ends. Ports are interned. */
typedef struct
{
  guint32     from, to;
  const char *from_port, *to_port;
} WeftEnds;

/* A node that would make a wire fit. */
typedef struct
{
  const char *op, *in_port, *out_port; /* interned */
  WeftJson   *params;                  /* owned; NULL: the defaults */
  char       *title;                   /* "Insert transpose" */
  WeftEnds    ends;
} WeftFix;
#define WEFT_MAX_FIXES 3

/* A wire end in the hand. The fixed end is an output where @from_output, else an input. */
typedef struct
{
  gboolean    from_output;
  guint32     uid;
  const char *port;        /* interned */
  guint32     detached_to; /* 0, or the node whose wire was taken off its input */
  const char *detached_port;
  GHashTable *refusals; /* "uid port" -> failing equation, or "" where it fits */
  guint32     target;   /* 0, or the node with the port that the wire would go to */
  const char *target_port;
  char       *refusal; /* why not here; NULL: it fits, or nothing is here */
  gboolean    on_body; /* of @target: the port is a guess */
  guint32     refused; /* 0, or the node whose port @refused_port will not have the wire */
  const char *refused_port;
  GPtrArray  *fixes; /* of WeftFix, for that port */
  GArray *bundle; /* of WeftEnds: all wires of the output that the hand took off; NULL: one wire */
  GArray *cycle;  /* of WeftEnds: the wires that the new one would close to a cycle; NULL: none */
} WeftLink;

/* Where the hand was when. */
typedef struct
{
  gint64 time_us;
  double x, y; /* view */
} WeftTrack;
#define WEFT_N_TRACK 16

typedef struct
{
  WeftDragKind    kind;
  WeftHit         hit;
  guint32         hit_uid;
  GdkModifierType modifiers;
  gboolean        was_selected;
  double          start_x, start_y; /* view */
  double          x, y;             /* view */
  double          from_x, from_y;   /* document: where it began */
  double          pan_x, pan_y;     /* when it began */
  double          dx, dy;           /* of what is moved, document */
  GArray         *lasso;            /* of WeftPoint, document */
  char           *note;             /* id */
  GPtrArray      *notes;            /* ids of those that go with it */
  guint32         splice_to;        /* 0, or the input of the wire that the card would go into */
  const char     *splice_port;
  guint32         asked_to; /* the last wire that was asked whether the card fits */
  const char     *asked_port;
  gboolean        asked_fits;
  WeftEnds        near; /* the wire that letting go here draws; from 0: none */
  GArray         *before; /* selection to restore or to add to */
  GArray         *cut;              /* of WeftEnds: what the knife crossed */
  GArray         *crossings;        /* of WeftPoint: where it crossed each of them */
  GArray         *swept; /* of guint32: the cards that it crossed, where it bypasses them */
  gboolean        take_out;         /* of its chain */
  guint32         dot_to;           /* the wire whose dot is in the hand, by its input */
  const char     *dot_port;
  GArray         *dots; /* of double[2], as they would be */
  guint           dot;
  const char     *param; /* interned: whose value is in the hand */
  WeftJson       *value; /* as it would be */
  WeftTrack       track[WEFT_N_TRACK]; /* a ring */
  guint           n_track;
  WeftLink        link;
} WeftDrag;

/* A wire that waits for the search popover to say what it goes to. */
typedef struct
{
  guint32     uid;  /* 0: none */
  const char *port; /* interned */
  gboolean    from_output;
  double      x, y;    /* document: where the popover is */
  gboolean    replace; /* the selection is replaced; no wire waits */
} WeftPendingLink;

struct _WeftCanvas
{
  GtkWidget parent_instance;

  /* Children */
  GtkWidget *world;
  GtkWidget *minimap;
  GtkWidget *search;
  GtkWidget *menu;
  GtkWidget *link_menu;
  GtkWidget *note_editor;
  GtkWidget *value_editor;

  /* Borrowed */
  WeftTyping *typing;

  /* Owned */
  WeftDocument *document;
  WeftStyle    *style;  /* of what is drawn in the document's units: without the user's text scale,
                           which acts as zoom */
  WeftStyle    *screen; /* of what is drawn in pixels of the view: with it */
  GHashTable   *nodes;     /* uid -> WeftCanvasNode */
  GPtrArray    *order;     /* of WeftCanvasNode, as in the document; borrowed from the world */
  GPtrArray    *wires;     /* of WeftWireArt */
  GArray       *selection; /* of guint32, as in the document */
  char         *hint;
  char         *selected_note;
  GHashTable   *running;   /* set of uids that a run computes; NULL: nothing runs */
  GHashTable   *dirty; /* uids whose art must be made anew */
  GArray       *guides; /* lines that a drag keeps to: canvas-guides.c */

  GskRenderNode *grid; /* for the place and size below */

  /* Plain values */
  graphene_rect_t grid_cell, grid_bounds;
  WeftPendingLink pending;
  double          pan_x, pan_y, zoom;
  WeftDetail      detail;
  WeftDrag        drag;
  double          pointer_x, pointer_y;
  gboolean        pointer_inside;
  gboolean        space_held, space_used;
  gboolean        fit_pending;
  gunichar        letter;        /* a command that waits for another letter; 0: none */
  const char     *letter_action; /* static */
  guint           letter_id;
  gboolean        connect_near; /* cards put near a port that fits: a preference */
  gboolean        angular; /* wires in right angles */
  guint           selected_dot; /* of the selected wire: 0, or one more than its number */
  gboolean
    moved; /* a card came, went, or has another place, size or ports: all wires must be placed */
  guint           refresh_id, view_id, thumbnails_id, pan_tick, speak_id;
  guint           speak_next; /* index into order */
  gulong          changed_handler;
  guint32 hover_to, selected_to; /* the wire under the pointer, the selected one: by its input */
  const char     *hover_port, *selected_port;
  guint           paste_count;
  guint32         port_of; /* the node whose port has the focus; 0: none has */
  guint           port;    /* which of its inputs, then outputs */
  double          zoom_start;
  guint           fling_tick;
  double          fling_x, fling_y; /* pixels a second */
  gint64          fling_us;
  double          image_zoom; /* for which cards were drawn last */
  gint64          zoomed_us;  /* when it changed */
  gsize           image_bytes;
  guint           sharpen_id;
  guint           glide_tick, go_tick;
  gint64          glide_from_us;
  double          glide_left; /* 1: all of the way, 0: arrived */
  guint32         lit_uid;    /* 0, or whose output's wires stand out: canvas-highlight.c */
  const char     *lit_port;
  GHashTable     *lit_nodes;            /* owned: set of uids */
  GHashTable     *upstream, *downstream; /* owned: the cone while it is shown, else NULL */
  guint           cone_id;
  guint32         alarm_uid; /* 0, or the card where a run failed */
  guint           alarm_id, alarm_turns;
  guint           jumped; /* index of the wire after the last one jumped along */
  gboolean        jumped_back;
};

/* canvas.c */
void     weft_canvas_set_hint (WeftCanvas *canvas, const char *text);
void     weft_canvas_fail (WeftCanvas *canvas, const char *message);
void     weft_canvas_restyle (WeftCanvas *canvas);
void     weft_canvas_place_world (WeftCanvas *canvas); /* pan or zoom changed */
void     weft_canvas_selection_changed (WeftCanvas *canvas); /* after the array was edited */
void     weft_canvas_update_looks (WeftCanvas *canvas);
gboolean weft_canvas_is_selected (WeftCanvas *canvas, guint32 uid);

/* canvas-model.c */
void weft_canvas_follow (WeftCanvas *canvas); /* connects to the document and builds everything */
void            weft_canvas_unfollow (WeftCanvas *canvas); /* forgets it */
void weft_canvas_flush (WeftCanvas *canvas); /* types up to date now, not at the next frame */
WeftCanvasNode *weft_canvas_find_node (WeftCanvas *canvas, guint32 uid);
WeftWireArt    *weft_canvas_find_wire (WeftCanvas *canvas, guint32 to, const char *port);
typedef enum
{
  WEFT_PLACE_ALL,
  WEFT_PLACE_MOVING, /* at nodes that a drag moves */
  WEFT_PLACE_ENDS,   /* all, without looking for places of labels: on the way */
  WEFT_PLACE_STALE,  /* whose label changed; their ends did not */
} WeftPlace;
void weft_canvas_place_wires (WeftCanvas *canvas, WeftPlace which);
void weft_canvas_place_wire (WeftCanvas *canvas, WeftWireArt *wire); /* its ends alone */
static inline gboolean
weft_canvas_moves (const WeftCanvas *canvas) /* a drag has cards in the hand */
{
  return canvas->drag.kind == WEFT_DRAG_MOVE || canvas->drag.kind == WEFT_DRAG_MOVE_NOTE;
}
WeftRect weft_canvas_node_box (WeftCanvas *canvas, const WeftCanvasNode *node);
void
weft_canvas_node_offset (WeftCanvas *canvas, const WeftCanvasNode *node, double *dx, double *dy);

/* canvas-splice.c */
WeftWireArt *weft_canvas_find_splice (WeftCanvas *canvas, guint32 uid, double x, double y);
void         weft_canvas_show_room (WeftCanvas *canvas, guint32 uid, double x, guint32 to);
void         weft_canvas_make_room (WeftCanvas *canvas, guint32 uid, double right, guint32 to);
void         weft_canvas_splice (WeftCanvas *canvas, guint32 uid, guint32 to, const char *to_port);

/* canvas-thumbnails.c */
void weft_canvas_update_thumbnails (WeftCanvas *canvas);

/* canvas-view.c */
void     weft_canvas_remember_view (WeftCanvas *canvas); /* in the document, soon */
void     weft_canvas_set_view (WeftCanvas *canvas, double pan_x, double pan_y, double zoom);
WeftRect weft_canvas_bounds (WeftCanvas *canvas,
                             gboolean    selection_only); /* document; empty without nodes */
WeftRect weft_canvas_viewport (WeftCanvas *canvas);                        /* document */
void     weft_canvas_restore_view (WeftCanvas *canvas);

/* canvas-drag.c: what the controllers call; tests too */
void weft_canvas_press (
  WeftCanvas *canvas, double view_x, double view_y, guint n_press, GdkModifierType modifiers);
void
weft_canvas_motion (WeftCanvas *canvas, double view_x, double view_y, GdkModifierType modifiers);
void
weft_canvas_release (WeftCanvas *canvas, double view_x, double view_y, GdkModifierType modifiers);
void weft_canvas_cancel (WeftCanvas *canvas); /* Esc: as it was before the press */
void weft_canvas_press_pan (WeftCanvas *canvas, double view_x, double view_y);
void weft_canvas_edit_note (WeftCanvas *canvas, const char *id);
void weft_canvas_hover (WeftCanvas *canvas, double view_x, double view_y);

/* canvas-link.c */
void     weft_canvas_link_begin (WeftCanvas    *canvas,
                                 const WeftHit *hit,
                                 gboolean       all); /* @all wires of the port */
void     weft_canvas_link_move (WeftCanvas *canvas);
void     weft_canvas_link_drop (WeftCanvas *canvas);
void     weft_canvas_link_clear (WeftCanvas *canvas);
void     weft_canvas_link_draw (WeftCanvas *canvas, GtkSnapshot *snapshot);
void     weft_canvas_link_draw_pending (WeftCanvas *canvas, GtkSnapshot *snapshot);
gboolean weft_canvas_connect_best (WeftCanvas            *canvas,
                                   const WeftPendingLink *link,
                                   guint32                other,
                                   gboolean               must_fit);

void     weft_canvas_note_habit (WeftCanvas *canvas, guint32 from, guint32 to); /* wired by hand */
gboolean weft_canvas_link_key (WeftCanvas *canvas,
                               guint       keyval); /* while dragging: 1 to 3 insert what mends */

/* canvas-fix.c */
void       weft_fix_free (WeftFix *fix);
GPtrArray *weft_canvas_find_fixes (WeftCanvas *canvas, const WeftEnds *ends);
void       weft_canvas_insert_fix (WeftCanvas    *canvas,
                                   const WeftFix *fix,
                                   guint32        detached_to,
                                   const char    *detached_port);
GArray    *weft_canvas_find_cycle (WeftCanvas *canvas, const WeftEnds *ends);
gboolean   weft_canvas_would_cycle (WeftCanvas *canvas, const WeftEnds *ends);

/* canvas-breakpoints.c */
void weft_canvas_install_breakpoint_actions (GtkWidgetClass *class);

/* canvas-rewire.c, canvas-rewire-actions.c: the selection */
void        weft_canvas_take_out (WeftCanvas *canvas, const GArray *uids);
void        weft_canvas_dissolve (WeftCanvas *canvas);
void        weft_canvas_swap_inputs (WeftCanvas *canvas);
void        weft_canvas_link_row (WeftCanvas *canvas);
void        weft_canvas_link_others (WeftCanvas *canvas, guint32 from, guint32 to);
void        weft_canvas_replace (WeftCanvas *canvas, const char *op, WeftJson *params);
void        weft_canvas_toggle_flag (WeftCanvas *canvas, WeftNodeFlags flag);
void        weft_canvas_select_unused (WeftCanvas *canvas);
void        weft_canvas_install_rewire_actions (GtkWidgetClass *class);
void weft_canvas_add_rewire_menu (GMenu *menu);

/* canvas-routes.c */
void weft_canvas_read_route (WeftCanvas *canvas, WeftWireArt *art, const WeftWire *wire);
void weft_canvas_take_dot (WeftCanvas *canvas, const WeftHit *hit, gboolean insert);
void weft_canvas_drag_dot (WeftCanvas *canvas, double x, double y, GdkModifierType modifiers);
void weft_canvas_drop_dot (WeftCanvas *canvas, gboolean keep);
void weft_canvas_add_dot (WeftCanvas *canvas);
void weft_canvas_insert_dot (WeftCanvas *canvas, guint32 to, const char *port, WeftPoint at);
void weft_canvas_remove_dot (WeftCanvas *canvas, guint32 to, const char *port, guint dot);
void weft_canvas_toggle_tags (WeftCanvas *canvas);
void weft_canvas_set_angular (WeftCanvas *canvas, gboolean angular);
void weft_canvas_toggle_angular (WeftCanvas *canvas);

/* canvas-cut.c */
void     weft_canvas_press_knife (WeftCanvas     *canvas,
                                  double          view_x,
                                  double          view_y,
                                  GdkModifierType modifiers);
void     weft_canvas_drag_knife (WeftCanvas *canvas, double x, double y);
void     weft_canvas_drop_knife (WeftCanvas *canvas);
void     weft_canvas_draw_knife (WeftCanvas *canvas, GtkSnapshot *snapshot);
gboolean weft_canvas_is_cut (WeftCanvas *canvas, const WeftWireArt *wire);
gboolean weft_canvas_is_swept (WeftCanvas *canvas, guint32 uid);

/* canvas-near.c */
void weft_canvas_find_near (WeftCanvas *canvas, const WeftCanvasNode *card, gboolean off);
void weft_canvas_draw_near (WeftCanvas *canvas, GtkSnapshot *snapshot);

/* canvas-letters.c */
void weft_canvas_type_letter (WeftCanvas *canvas, gunichar letter, const char *action);
void weft_canvas_forget_letter (WeftCanvas *canvas);

/* canvas-offer.c */
typedef void (*WeftOfferFunc) (WeftCanvas *canvas, gpointer data);
void weft_canvas_offer_begin (WeftCanvas *canvas, const char *label, const char *text);
void weft_canvas_offer_add (
  WeftCanvas *canvas, const char *label, WeftOfferFunc func, gpointer data, GDestroyNotify destroy);
void weft_canvas_offer_show (WeftCanvas *canvas, double view_x, double view_y);

/* canvas-edit.c */
guint32 weft_canvas_add_linked (WeftCanvas            *canvas,
                                const char            *op,
                                WeftJson              *params,
                                double                 x,
                                double                 y,
                                const WeftPendingLink *link);
void    weft_canvas_find_room (WeftCanvas *canvas, double *x, double *y);
void    weft_canvas_remember_pointer (WeftCanvas *canvas, double view_x, double view_y);

/* canvas-arrange.c, canvas-arrange-actions.c */
typedef enum
{
  WEFT_ARRANGE_LEFT,
  WEFT_ARRANGE_CENTRE,
  WEFT_ARRANGE_RIGHT,
  WEFT_ARRANGE_TOP,
  WEFT_ARRANGE_MIDDLE,
  WEFT_ARRANGE_BOTTOM,
  WEFT_ARRANGE_ACROSS, /* equal gaps from left to right */
  WEFT_ARRANGE_DOWN,
  WEFT_ARRANGE_STRAIGHT, /* level wires */
} WeftArrange;
void        weft_canvas_arrange (WeftCanvas *canvas, WeftArrange how);
void        weft_canvas_install_arrange_actions (GtkWidgetClass *class);
void weft_canvas_add_arrange_menus (GMenu *menu);

/* canvas-frames.c */
void     weft_canvas_take_note (WeftCanvas *canvas);
void     weft_canvas_drag_note (WeftCanvas *canvas, double x, double y, GdkModifierType modifiers);
void     weft_canvas_drop_note (WeftCanvas *canvas, void (*end) (WeftCanvas *canvas));
void     weft_canvas_dragged_note (WeftCanvas *canvas, WeftNote *note);
gboolean weft_canvas_note_moves (WeftCanvas *canvas, const char *id); /* with the drag */
void     weft_canvas_add_frame (WeftCanvas *canvas);
void     weft_canvas_remove_frame (WeftCanvas *canvas);
void     weft_canvas_fit_frame (WeftCanvas *canvas);

/* canvas-glide.c */
void weft_canvas_glide (WeftCanvas *canvas, const guint32 *uids, guint n, const double (*from)[2]);
void     weft_canvas_glide_stop (WeftCanvas *canvas);
gboolean weft_canvas_place_nodes (
  WeftCanvas *canvas, const char *label, const guint32 *uids, guint n, const double (*places)[2]);

/* canvas-kinetic.c */
void weft_canvas_fling (WeftCanvas *canvas, double x, double y);
void weft_canvas_stop_fling (WeftCanvas *canvas);
void weft_canvas_track_hand (WeftCanvas *canvas, double view_x, double view_y, gint64 now_us);
void weft_canvas_throw (WeftCanvas *canvas, gint64 now_us);

/* canvas-guides.c */
GArray *weft_canvas_new_guides (void);
void    weft_canvas_snap_to_guides (
     WeftCanvas *canvas, const WeftCanvasNode *node, const WeftRect *box, double *x, double *y);
void    weft_canvas_clear_guides (WeftCanvas *canvas);
void    weft_canvas_draw_guides (WeftCanvas *canvas, GtkSnapshot *snapshot);

/* canvas-problems.c */
void     weft_canvas_draw_problems (WeftCanvas *canvas, WeftPen *pen);
WeftRect weft_canvas_problem_box (WeftCanvas *canvas, WeftCanvasNode *node);

/* canvas-highlight.c */
gboolean weft_canvas_is_wire_faded (WeftCanvas *canvas, const WeftWireArt *wire);
gboolean weft_canvas_is_node_faded (WeftCanvas *canvas, guint32 uid);
void     weft_canvas_light_port (WeftCanvas *canvas, guint32 uid, const char *port);
void     weft_canvas_update_cone (WeftCanvas *canvas);
void     weft_canvas_hold_cone (WeftCanvas *canvas, gboolean held);
void     weft_canvas_other_end (WeftCanvas *canvas);

/* canvas-places.c */
WeftJson *weft_canvas_copy_places (WeftJson *view);
void      weft_canvas_keep_place (WeftCanvas *canvas, guint number);
void      weft_canvas_go_to_place (WeftCanvas *canvas, guint number);

/* canvas-tips.c */
void  weft_canvas_add_tips (WeftCanvas *canvas);
char *weft_canvas_dup_tip (WeftCanvas *canvas, double view_x, double view_y);
void  weft_canvas_show_help (WeftCanvas *canvas);

/* canvas-select.c */
typedef enum
{
  WEFT_SELECT_UPSTREAM,
  WEFT_SELECT_DOWNSTREAM,
  WEFT_SELECT_SAME, /* op */
  WEFT_SELECT_PATHS,
  WEFT_SELECT_OTHERS,
} WeftSelect;
void        weft_canvas_select (WeftCanvas *canvas, WeftSelect what);
GHashTable *weft_canvas_reached (WeftCanvas *canvas, const guint32 *uids, guint n, gboolean back);
void        weft_canvas_drag_area (WeftCanvas *canvas, double x, double y);
void        weft_canvas_draw_area (WeftCanvas *canvas, GtkSnapshot *snapshot);

/* canvas-detour.c */
typedef struct
{
  guint32  uid;
  WeftRect box;
} WeftCardBox;
gboolean weft_wire_is_hidden (const WeftWireArt *wire, const WeftCardBox *cards, guint n);
void     weft_wire_find_detour (
      WeftWireArt *wire, const WeftPoint ends[2], GArray *dots, const WeftCardBox *cards, guint n);

/* canvas-tidy.c */
void weft_canvas_tidy (WeftCanvas *canvas);

/* canvas-values.c */
gboolean weft_canvas_is_scrubbed (WeftCanvas *canvas, const WeftHit *hit, double view_x);
void     weft_canvas_take_value (WeftCanvas *canvas);
void     weft_canvas_drag_value (WeftCanvas *canvas, GdkModifierType modifiers);
void     weft_canvas_drop_value (WeftCanvas *canvas, gboolean keep);
void     weft_canvas_edit_value (WeftCanvas *canvas, guint32 uid, guint row);
gboolean weft_canvas_edit_first_value (WeftCanvas *canvas, guint32 uid);

/* canvas-actions.c, canvas-input.c, canvas-drop.c, canvas-keys.c */
void weft_canvas_install_actions (GtkWidgetClass *class);
void weft_canvas_node_install_actions (GtkWidgetClass *class);
void weft_canvas_popup_menu (WeftCanvas *canvas, double view_x, double view_y);
void weft_canvas_add_controllers (WeftCanvas *canvas);
void weft_canvas_add_drop_target (WeftCanvas *canvas);
void weft_canvas_connect_menu (WeftCanvas *canvas, WeftCanvasNode *node);
void weft_canvas_walk (WeftCanvas *canvas, GtkDirectionType direction);

/* canvas-ports.c */
const char *weft_canvas_get_port (WeftCanvas *canvas, guint32 *uid, gboolean *output);
void        weft_canvas_walk_ports (WeftCanvas *canvas, WeftCanvasNode *node, gint by);
gboolean    weft_canvas_leave_port (WeftCanvas *canvas);
gboolean    weft_canvas_disconnect_port (WeftCanvas *canvas);
void        weft_canvas_draw_port_focus (WeftCanvas *canvas, GtkSnapshot *snapshot);

/* search-popover.c: what is placed is wired to @link where there is one */
void weft_canvas_search_replacement (WeftCanvas *canvas);
void weft_canvas_search_at (
  WeftCanvas *canvas, const char *text, double view_x, double view_y, const WeftPendingLink *link);

G_END_DECLS

/* The canvas: the document's nodes and wires, and the gestures that change them.
 *
 * The canvas shows a document and asks it for changes; it follows the document's "changed" signal,
 * so undo, the inspector and the command line look the same to it. It brings the typing up to date
 * before each frame that needs it. Coordinates called x, y with no other word are the document's (a
 * node's "at"); "view" means pixels of the widget.
 *
 * Signals
 *   "selection-changed" ()             the set of selected nodes is another one
 *   "activate-node" (guint uid)        double click or Enter on a node
 *   "hint" (const char *text)          one sentence for the status line while a gesture goes on;
 * NULL or "" ends it "breakpoints-changed" ()           somebody set or removed one; they are in
 * the document's view "typed" ()                         types and problems were brought up to date
 * after an edit "file-dropped" (path, x, y)        a data file; where nobody answers TRUE it
 * becomes a node as guessed "failed" (const char *message)     an edit that the user asked for was
 * refused; the sentence says why Properties: "zoom" (double, notify), "minimap-visible" (boolean,
 * notify), "document" (read only, notify). Actions (also in the context menu and bound to keys):
 * canvas.delete .cut .copy .paste .duplicate .select-all .select-none .add .zoom-in .zoom-out
 * .zoom-reset .fit .fit-selection .nudge-left .nudge-right .nudge-up .nudge-down (and -far)
 *   .connect .disconnect .open. Each node widget has node.select .open .delete .move-left
 * .move-right .move-up .move-down .connect without parameters, so that assistive technology can
 * call them. Drops: a string (the op of a palette entry, "dense" or "op:dense"), or files (data
 * files become dataset nodes).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/document/lower.h"
#include "ui/draw/wire-art.h"

G_BEGIN_DECLS

#define WEFT_TYPE_CANVAS (weft_canvas_get_type ())
G_DECLARE_FINAL_TYPE (WeftCanvas, weft_canvas, WEFT, CANVAS, GtkWidget)

WeftCanvas *weft_canvas_new (void);
/* Both NULL: shows nothing. The document is referenced; @typing is borrowed until the next call or
 * the canvas's end. */
void          weft_canvas_set_document (WeftCanvas *canvas, WeftDocument *document, WeftTyping *typing);
WeftDocument *weft_canvas_get_document (WeftCanvas *canvas);
WeftTyping   *weft_canvas_get_typing (WeftCanvas *canvas);

/* ---- Selection, in document order ---- */
guint          weft_canvas_n_selected (WeftCanvas *canvas);
const guint32 *weft_canvas_get_selection (WeftCanvas *canvas,
                                          guint      *n); /* borrowed until the selection changes */
void           weft_canvas_set_selection (WeftCanvas *canvas, const guint32 *uids, guint n);
void           weft_canvas_select_all (WeftCanvas *canvas);

/* ---- View ---- */
double weft_canvas_get_zoom (WeftCanvas *canvas);
void   weft_canvas_set_zoom (WeftCanvas *canvas, double zoom); /* keeps the view's centre */
void   weft_canvas_zoom_at (WeftCanvas *canvas, double factor, double view_x, double view_y);
void   weft_canvas_zoom_in (WeftCanvas *canvas);
void   weft_canvas_zoom_out (WeftCanvas *canvas);
void   weft_canvas_fit (WeftCanvas *canvas);           /* everything, at most 100 % */
void   weft_canvas_fit_selection (WeftCanvas *canvas); /* everything, where nothing is selected */
void
     weft_canvas_reveal (WeftCanvas *canvas,
                         guint32     uid); /* selects the node, focuses it, scrolls so that it can be seen */
void weft_canvas_to_view (WeftCanvas *canvas, double x, double y, double *view_x, double *view_y);
void weft_canvas_from_view (WeftCanvas *canvas, double view_x, double view_y, double *x, double *y);

/* ---- Adding. 0 where the document refuses ("failed" says why). The new node is selected. @params
 * is taken, may be NULL. ---- */
guint32 weft_canvas_add (WeftCanvas *canvas, const char *op, WeftJson *params, double x, double y);
guint32 weft_canvas_add_at_centre (WeftCanvas *canvas,
                                   const char *op,
                                   WeftJson   *params); /* on free ground near the view's centre */
guint32 weft_canvas_add_at_pointer (WeftCanvas *canvas, const char *op, WeftJson *params);
/* Behind the selected node, wired to it where a port fits (the palette's double click); else at the
 * centre. */
guint32 weft_canvas_append (WeftCanvas *canvas, const char *op, WeftJson *params);
guint32 weft_canvas_add_file (WeftCanvas *canvas,
                              const char *path,
                              double      x,
                              double      y); /* a data file as dataset node */
/* The search popover at the pointer (or at the centre if that is elsewhere), with @text already
 * typed; NULL: empty. */
void weft_canvas_search (WeftCanvas *canvas, const char *text);

/* ---- What a run tells about nodes ---- */
/* A run computes these nodes, and so all that they depend on: the overview shows it. @n 0: nothing
 * runs. */
void weft_canvas_set_running (WeftCanvas *canvas, const guint32 *uids, guint n);
/* A short text in the red pill at the card's lower right edge ("0.083"); NULL removes it. */
void weft_canvas_set_badge (WeftCanvas *canvas, guint32 uid, const char *text);
void weft_canvas_clear_badges (WeftCanvas *canvas);
/* Small pictures at the foot of a card (rows of a dataset): @n in row-major greyscale 0..255,
 * copied. 0 removes them. */
void weft_canvas_set_thumbnails (
  WeftCanvas *canvas, guint32 uid, const guint8 *pixels, guint width, guint height, guint n);
/* The same for what is watched: @wide: the first picture fills the card's width. 0 puts back what
 * the card had. */
void weft_canvas_set_picture (WeftCanvas   *canvas,
                              guint32       uid,
                              const guint8 *pixels,
                              guint         width,
                              guint         height,
                              guint         n,
                              gboolean      wide);
/* How large the values of the node's first output are beside the others', 0..1: its wires'
 * thickness. Negative: as usual. */
void weft_canvas_set_flow (WeftCanvas *canvas, guint32 uid, double flow);
/* A line at the foot of a card; NULL removes it. */
void weft_canvas_set_caption (WeftCanvas *canvas, guint32 uid, const char *text);
/* Bars at the foot of a card (a histogram of its output): heights 0..1, copied. 0 removes them. */
void weft_canvas_set_bars (WeftCanvas *canvas, guint32 uid, const float *heights, guint n);

/* What stands on the wires of an output port in place of its type: numbers of one batch. */
typedef struct
{
  guint32      uid;
  const char  *port;
  const char  *text, *short_text;
  WeftWireTone tone;
  double       flow; /* 0..1: the wire's thickness; -1: as usual */
} WeftWireNumber;
void weft_canvas_set_wire_numbers (WeftCanvas *canvas, const WeftWireNumber *numbers, guint n);
void weft_canvas_clear_wire_numbers (WeftCanvas *canvas);
/* The card where a run failed; 0: none. */
void weft_canvas_set_alarm (WeftCanvas *canvas, guint32 uid);
/* The breakpoints of the document's view were changed by somebody else. */
void weft_canvas_show_breakpoints (WeftCanvas *canvas);

/* ---- Editing the selection, as the actions do ---- */
void weft_canvas_delete (WeftCanvas *canvas);
void weft_canvas_cut (WeftCanvas *canvas);
void weft_canvas_copy (WeftCanvas *canvas);
void weft_canvas_paste (WeftCanvas *canvas); /* asynchronous: reads the clipboard */
void weft_canvas_duplicate (WeftCanvas *canvas);
void weft_canvas_nudge (WeftCanvas *canvas, double dx, double dy);

G_END_DECLS

/* A view of what a model does while it is trained: a panel with title, note, choice and menu, and a
 * picture below them.
 *
 * What it shows is its kind's: a table of functions. The numbers are computed on a worker
 * (observer.h), the picture is drawn with Cairo and the pen on screen and into files. Things in the
 * picture that can be chosen are its items: the pointer finds them and says what they are, the
 * arrow keys go from one to the next, Enter does what a click does.
 *
 * Signals: "asked" (const char *): the menu's "full", "close", "earlier", "later".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>

#include "ui/draw/pen.h"
#include "ui/train/look.h"

G_BEGIN_DECLS

#define WEFT_TYPE_VIEW (weft_view_get_type ())
G_DECLARE_FINAL_TYPE (WeftView, weft_view, WEFT, VIEW, AdwBin)

#define WEFT_TYPE_OBSERVER (weft_observer_get_type ())
G_DECLARE_FINAL_TYPE (WeftObserver, weft_observer, WEFT, OBSERVER, GObject)

/* One drawing. */
typedef struct
{
  cairo_t      *cr;
  WeftPen       pen;
  WeftStyle    *style;
  double        width, height;
  gconstpointer result;  /* never NULL */
  gint          item;    /* that has the keyboard; -1: none */
  gpointer      scratch; /* the pad's */
} WeftDrawing;

typedef enum
{
  WEFT_DRAG_BEGIN,
  WEFT_DRAG_MOVE,
  WEFT_DRAG_END,
} WeftDragPhase;

typedef struct
{
  const char *name;      /* "confusion" */
  const char *title;     /* N_("Confusion") */
  const char *empty;     /* N_("..."): what to do where there is nothing to see yet */
  gboolean    untrained; /* there is something to see before anything was trained */
  gboolean    first;     /* one of those that stand there before anybody chose */

  gboolean (*fits) (const WeftFacts *facts, WeftDocument *document);
  /* What it can show, to choose from: NULL-terminated, caller owns; NULL: nothing to choose. */
  char **(*choices) (const WeftFacts *facts, WeftDocument *document);
  /* Worker. @previous: the last result for this choice, or NULL; it is seen by others and must not
   * change. */
  gpointer (*compute) (WeftLook *look, const char *choice, gconstpointer previous, GError **error);
  void (*free) (gpointer result);
  void (*draw) (WeftDrawing *drawing);
  char *(*note) (gconstpointer result);     /* at the right of the title; caller owns; may be NULL */
  char *(*describe) (gconstpointer result); /* for those who do not see it; caller owns */
  guint (*n_items) (gconstpointer result);  /* NULL: it has none */
  WeftRect (*item_rect) (WeftDrawing *drawing, guint item);
  char *(*item_text) (gconstpointer result, guint item); /* caller owns */
  guint (*item_columns) (WeftDrawing *drawing);          /* items are in rows of so many; NULL: one row */
  void (*activate) (WeftView *view, gconstpointer result, guint item);
  void (*drag) (WeftView *view, WeftDrawing *drawing, double x, double y, WeftDragPhase phase);
  const char *action; /* N_("Clear"): a button at the foot; NULL: none */
  void (*act) (WeftView *view);
  gboolean (*can_act) (gconstpointer result); /* NULL: always */
} WeftViewKind;

/* ---- The table of views ---- */
const WeftViewKind *weft_view_kinds (guint index); /* NULL after the last */
const WeftViewKind *weft_view_kind_find (const char *name);

/* ---- The widget ---- */
WeftView           *weft_view_new (const WeftViewKind *kind, WeftObserver *observer, const char *choice);
const WeftViewKind *weft_view_get_kind (WeftView *view);
const char         *weft_view_get_choice (WeftView *view); /* NULL: there is none */
void                weft_view_set_choice (WeftView *view, const char *choice);
WeftObserver       *weft_view_get_observer (WeftView *view);
void                weft_view_set_full (WeftView *view, gboolean full); /* how the menu says it */
/* The pad's picture, which the view owns. */
gpointer weft_view_get_scratch (WeftView *view);
void     weft_view_set_scratch (WeftView *view, gpointer scratch, GDestroyNotify free);
/* Draws it into a file whose end says the format: .svg, .pdf or .png. Errors: WEFT_RENDER_ERROR. */
gboolean weft_view_export (WeftView *view, const char *path, GError **error);

/* Of the observer, with what came of a round: takes @result, or @message; both NULL: nothing was
 * trained. */
gconstpointer weft_view_get_result (WeftView *view);
void          weft_view_take (WeftView *view, gpointer result, const char *message);

/* ---- Results: counted, so that a picture can be drawn while the next is computed ---- */
#define weft_result_new(Type) ((Type *) g_atomic_rc_box_alloc0 (sizeof (Type)))

/* ---- What the drawings share ---- */
WeftColour weft_drawing_colour (const WeftDrawing *drawing, WeftRole role);
gboolean   weft_drawing_is_dark (const WeftDrawing *drawing);
void       weft_drawing_set_colour (const WeftDrawing *drawing, WeftColour colour);
WeftColour weft_colour_mix (WeftColour a, WeftColour b, double share); /* 0: a */
/* Blue and orange for two classes, more for more. */
WeftColour weft_drawing_class_colour (const WeftDrawing *drawing, guint index);
void       weft_drawing_text (WeftDrawing *drawing,
                              const char  *text,
                              double       size,
                              guint        flags,
                              WeftRect     box,
                              WeftAlign    align,
                              WeftRole     role);
/* A paragraph in the middle. */
void weft_drawing_message (WeftDrawing *drawing, const char *text);
/* One row of a column that holds pictures, as large as fits into @box; @first: its first number in
 * @rows. */
void weft_drawing_picture (WeftDrawing  *drawing,
                           WeftRect      box,
                           const guint8 *pixels,
                           guint         width,
                           guint         height,
                           guint         channels);

G_END_DECLS

/* A wire that does not fit: the node that would mend it, and the path of a cycle.
 *
 * Candidates are tried one by one with the types as they are, so what is offered fits for certain.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/canvas-private.h"

#include <glib/gi18n.h>
#include <math.h>

/* A card's usual size, for placing one that is not there yet. */
#define USUAL_WIDTH 150
#define USUAL_HEIGHT 90
#define MAX_SIZES 6

typedef struct
{
  WeftCanvas *canvas;
  WeftEnds    ends;
  WeftType    type; /* what flows */
  GPtrArray  *fixes;
} Search;

void
weft_fix_free (WeftFix *fix)
{
  g_free (fix->title);
  weft_json_unref (fix->params);
  g_free (fix);
}

/* ---- Candidates ---- */

/* Takes @params and @title. */
static void
try_fix (Search *search, const char *op, WeftJson *params, char *title)
{
  WeftDocument *document = search->canvas->document;
  g_autoptr (WeftPorts) ports = weft_document_ports_of (document, op, params);
  g_autofree char *why = NULL;
  g_autofree char *refusal = NULL;
  WeftType         made;
  gboolean         known = FALSE;
  gboolean         fits =
    search->fixes->len < WEFT_MAX_FIXES && ports->n_inputs > 0 && ports->n_outputs > 0;

  if (fits)
    fits = weft_typing_try (search->canvas->typing, op, params, ports->inputs[0].name,
                            &search->type, ports->outputs[0].name, &made, &known, &why);
  if (fits && known)
    refusal = weft_typing_refusal_of_type (search->canvas->typing, &made, search->ends.to,
                                           search->ends.to_port);
  if (fits && known && !refusal)
    {
      WeftFix *fix = g_new (WeftFix, 1);

      *fix = (WeftFix){ .op = g_intern_string (op),
                        .in_port = g_intern_string (ports->inputs[0].name),
                        .out_port = g_intern_string (ports->outputs[0].name),
                        .params = params,
                        .title = title,
                        .ends = search->ends };
      g_ptr_array_add (search->fixes, fix);
      return;
    }
  g_free (title);
  weft_json_unref (params);
}

static void
try_casts (Search *search)
{
  static const WeftDType dtypes[] = { WEFT_F32, WEFT_F64, WEFT_I64, WEFT_I32, WEFT_BOOL };

  for (guint i = 0; i < G_N_ELEMENTS (dtypes) && search->fixes->len == 0; i++)
    {
      const char *name = weft_dtypes[dtypes[i]].name;
      WeftJson   *params;

      if (dtypes[i] == search->type.dtype)
        continue;
      params = weft_json_new_object ();
      weft_json_set_string (params, "dtype", name);
      /* Translators: %s is an element type such as "f32" */
      try_fix (search, "cast", params, g_strdup_printf (_ ("Insert cast to %s"), name));
    }
}

/* The last two axes change places; never that of the batch, which has a name. */
static void
try_transpose (Search *search)
{
  const WeftDim *dims = search->type.shape.dims;
  guint          rank = search->type.shape.rank;
  WeftJson      *params, *axes;

  if (rank < 2 || dims[rank - 1].terms || dims[rank - 2].terms)
    return;
  params = weft_json_new_object ();
  axes = weft_json_new_array ();

  for (guint i = 0; i + 2 < rank; i++)
    weft_json_append (axes, weft_json_new_int (i));
  weft_json_append (axes, weft_json_new_int ((gint64) rank - 1));
  weft_json_append (axes, weft_json_new_int ((gint64) rank - 2));
  weft_json_set (params, "axes", axes);
  try_fix (search, "transpose", params, g_strdup (_ ("Insert transpose")));
}

static void
try_reshape (Search *search, const char *shape)
{
  WeftJson *params = weft_json_new_object ();

  weft_json_set_string (params, "shape", shape);
  /* Translators: %s is a shape such as "(-1, 1, 28, 28)" */
  try_fix (search, "reshape", params, g_strdup_printf (_ ("Insert reshape to %s"), shape));
}

/* Rows of numbers as pictures, where the numbers are the square of something, once or in three
 * colours. */
static void
try_pictures (Search *search)
{
  const WeftShape *shape = &search->type.shape;

  for (guint channels = 1; channels <= 3 && shape->rank == 2 && !shape->dims[1].terms;
       channels += 2)
    {
      gint64           n = shape->dims[1].offset / channels;
      gint64           side = (gint64) (sqrt ((double) n) + 0.5);
      g_autofree char *first = NULL;
      g_autofree char *last = NULL;

      if (side < 2 || side * side * channels != shape->dims[1].offset)
        continue;
      first = g_strdup_printf ("(-1, %u, %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ")", channels,
                               side, side);
      last = g_strdup_printf ("(-1, %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ", %u)", side, side,
                              channels);
      try_reshape (search, first);
      if (search->fixes->len == 0)
        try_reshape (search, last);
    }
}

static void
try_fewer_axes (Search *search)
{
  const WeftShape *shape = &search->type.shape;

  if (shape->rank > 2)
    try_fix (search, "flatten", NULL, g_strdup (_ ("Insert Flatten")));
  for (guint i = 0; i < shape->rank; i++)
    if (!shape->dims[i].terms && shape->dims[i].offset == 1)
      {
        WeftJson *params = weft_json_new_object ();

        weft_json_set_int (params, "axis", i);
        try_fix (search, "squeeze", params, g_strdup (_ ("Insert squeeze")));
      }
}

static void
try_more_axes (Search *search)
{
  static const int places[] = { -1, 1, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (places) && search->fixes->len == 0; i++)
    {
      WeftJson *params = weft_json_new_object ();

      weft_json_set_int (params, "axis", places[i]);
      try_fix (search, "expand_dims", params, g_strdup (_ ("Insert expand_dims")));
    }
}

/* ---- Sizes that would do ---- */

static void
add_sizes (GArray *sizes, const WeftType *type)
{
  for (guint i = 0; type && i < type->shape.rank && sizes->len < MAX_SIZES; i++)
    {
      WeftDim  dim = type->shape.dims[i];
      gboolean seen = dim.terms || dim.offset < 2;

      for (guint k = 0; !seen && k < sizes->len; k++)
        seen = g_array_index (sizes, gint64, k) == dim.offset;
      if (!seen)
        g_array_append_val (sizes, dim.offset);
    }
}

/* A layer that makes as many numbers as the node's other inputs have. */
static void
try_layers (Search *search)
{
  WeftCanvas *canvas = search->canvas;
  g_autoptr (GArray) sizes = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (WeftPorts) ports = weft_document_ports (canvas->document, search->ends.to);

  for (guint i = 0; i < ports->n_inputs; i++)
    add_sizes (sizes, weft_typing_input (canvas->typing, search->ends.to, ports->inputs[i].name));
  for (guint i = 0; i < sizes->len; i++)
    {
      gint64           n = g_array_index (sizes, gint64, i);
      g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, n);
      WeftJson        *params = weft_json_new_object ();

      weft_json_set_int (params, "units", n);
      /* Translators: Dense is the layer; %s is a number */
      try_fix (search, "dense", params, g_strdup_printf (_ ("Insert Dense with %s units"), number));
    }
  if (weft_dtypes[search->type.dtype].kind == WEFT_KIND_INT)
    try_fix (search, "embedding", NULL, g_strdup (_ ("Insert Embedding")));
}

/**
 * weft_canvas_find_fixes:
 * @ends: a wire that does not fit
 *
 * Returns: (transfer full): of WeftFix, the likeliest first; empty where no single node helps
 */
GPtrArray *
weft_canvas_find_fixes (WeftCanvas *canvas, const WeftEnds *ends)
{
  const WeftType *type =
    canvas->typing ? weft_typing_output (canvas->typing, ends->from, ends->from_port) : NULL;
  Search search = {
    canvas, *ends, { 0 }, g_ptr_array_new_with_free_func ((GDestroyNotify) weft_fix_free)
  };

  if (!type || weft_canvas_would_cycle (canvas, ends))
    return search.fixes;
  search.type = *type;
  try_casts (&search);
  try_transpose (&search);
  try_fewer_axes (&search);
  try_layers (&search);
  /* Named sizes let these fit nearly everywhere. */
  if (search.fixes->len == 0)
    try_pictures (&search);
  try_more_axes (&search);
  return search.fixes;
}

/* ---- Inserting ---- */

static void
place_between (WeftCanvas *canvas, const WeftEnds *ends, double *x, double *y)
{
  const WeftCanvasNode *from = weft_canvas_find_node (canvas, ends->from);
  const WeftCanvasNode *to = weft_canvas_find_node (canvas, ends->to);

  *x = (from->x + from->art->width + to->x - USUAL_WIDTH) / 2;
  *y = (from->y + to->y) / 2;
  if (to->x > from->x + from->art->width)
    *x = MAX (*x, from->x + from->art->width + 4 * WEFT_GRID);
  else
    *y = MAX (from->y + from->art->height, to->y + to->art->height) + 2 * WEFT_GRID;
  *x = round (*x / WEFT_GRID) * WEFT_GRID;
  *y = round (*y / WEFT_GRID) * WEFT_GRID;
}

/**
 * weft_canvas_insert_fix:
 * @detached_to: 0, or the node whose wire the hand holds: that is taken off
 *
 * The node between the ends, wired on both sides, in one undo step; it becomes the selection.
 */
void
weft_canvas_insert_fix (WeftCanvas    *canvas,
                        const WeftFix *fix,
                        guint32        detached_to,
                        const char    *detached_port)
{
  WeftDocument *document = canvas->document;
  g_autoptr (GError) error = NULL;
  double  x, y;
  guint32 uid;

  if (!weft_canvas_find_node (canvas, fix->ends.from) ||
      !weft_canvas_find_node (canvas, fix->ends.to))
    return;
  place_between (canvas, &fix->ends, &x, &y);
  weft_document_begin (document, fix->title);
  if (detached_to)
    weft_document_disconnect (document, detached_to, detached_port);
  if (weft_canvas_find_node (canvas, fix->ends.to)->x > x)
    weft_canvas_make_room (canvas, 0, x + USUAL_WIDTH, fix->ends.to);
  uid =
    weft_document_add_node (document, fix->op, NULL, weft_json_copy (fix->params), x, y, &error);
  if (uid && weft_document_connect (document, fix->ends.from, fix->ends.from_port, uid,
                                    fix->in_port, &error))
    weft_document_connect (document, uid, fix->out_port, fix->ends.to, fix->ends.to_port, &error);
  weft_document_end (document);
  if (error)
    weft_canvas_fail (canvas, error->message);
  else
    weft_canvas_set_selection (canvas, &uid, 1);
}

/* ---- Cycles ---- */

/* Which wires leave each node: @first by its uid, then along @next; numbers are indices plus one.
 */
static GHashTable *
list_leaving (GPtrArray *wires, guint *next)
{
  GHashTable *first = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < wires->len; i++)
    {
      gpointer from = GUINT_TO_POINTER (((WeftWireArt *) wires->pdata[i])->from);

      next[i] = GPOINTER_TO_UINT (g_hash_table_lookup (first, from));
      g_hash_table_insert (first, from, GUINT_TO_POINTER (i + 1));
    }
  return first;
}

/* The wire by which the search came to each node that @from feeds, until it is at @to; owned. */
static GHashTable *
walk_down (WeftCanvas *canvas, guint32 from, guint32 to)
{
  GHashTable       *came = g_hash_table_new (NULL, NULL);
  g_autofree guint *next = g_new0 (guint, canvas->wires->len + 1);
  g_autoptr (GHashTable) first = list_leaving (canvas->wires, next);
  g_autoptr (GArray) todo = g_array_new (FALSE, FALSE, sizeof (guint32));

  g_array_append_val (todo, from);
  for (guint at = 0; at < todo->len && !g_hash_table_contains (came, GUINT_TO_POINTER (to)); at++)
    {
      gpointer uid = GUINT_TO_POINTER (g_array_index (todo, guint32, at));

      for (guint i = GPOINTER_TO_UINT (g_hash_table_lookup (first, uid)); i; i = next[i - 1])
        {
          WeftWireArt *wire = canvas->wires->pdata[i - 1];

          if (wire->to == from || g_hash_table_contains (came, GUINT_TO_POINTER (wire->to)))
            continue;
          g_hash_table_insert (came, GUINT_TO_POINTER (wire->to), wire);
          g_array_append_val (todo, wire->to);
        }
    }
  return came;
}

/* The wires from the input's node back to the output's, as WeftEnds; NULL if there is no such way.
 */
GArray *
weft_canvas_find_cycle (WeftCanvas *canvas, const WeftEnds *ends)
{
  GArray *path;
  guint32 at = ends->from;
  g_autoptr (GHashTable) came = NULL;

  if (ends->from == ends->to)
    return NULL;
  came = walk_down (canvas, ends->to, ends->from);
  if (!g_hash_table_contains (came, GUINT_TO_POINTER (ends->from)))
    return NULL;
  path = g_array_new (FALSE, FALSE, sizeof (WeftEnds));
  while (at != ends->to)
    {
      const WeftWireArt *wire = g_hash_table_lookup (came, GUINT_TO_POINTER (at));
      WeftEnds           step = { wire->from, wire->to, wire->from_port, wire->to_port };

      g_array_append_val (path, step);
      at = wire->from;
    }
  return path;
}

gboolean
weft_canvas_would_cycle (WeftCanvas *canvas, const WeftEnds *ends)
{
  g_autoptr (GArray) path = weft_canvas_find_cycle (canvas, ends);

  return path != NULL || ends->from == ends->to;
}

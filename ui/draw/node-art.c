/* Node cards: what is said on them and where everything stands. Drawing is in node-draw.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/node-art.h"
#include "ui/draw/node-art-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/dataset/dataset.h"
#include "engine/document/layer.h"

#define MAX_ROWS 4
#define MAX_WIDTH 300

/**
 * weft_detail_for_zoom:
 *
 * Any thread.
 */
WeftDetail
weft_detail_for_zoom (double zoom)
{
  if (zoom < WEFT_ZOOM_FRAME)
    return WEFT_DETAIL_FRAME;
  if (zoom < WEFT_ZOOM_BLOCK)
    return WEFT_DETAIL_BLOCK;
  return zoom < WEFT_ZOOM_PORTS ? WEFT_DETAIL_PORTS : WEFT_DETAIL_FULL;
}

/** weft_node_extras_clear: frees the contents and empties the struct. */
void
weft_node_extras_clear (WeftNodeExtras *extras)
{
  g_free (extras->badge);
  g_free (extras->bars);
  g_free (extras->thumbnails);
  g_free (extras->caption);
  g_free (extras->stop);
  memset (extras, 0, sizeof *extras);
}

/* ---- What the card says ---- */

static void
add_row (WeftNodeArt *art, const char *label, const char *param, char *value)
{
  if (art->n_rows == MAX_ROWS)
    {
      g_free (value);
      return;
    }
  art->rows = g_renew (WeftRowArt, art->rows, art->n_rows + 1);
  art->rows[art->n_rows++] = (WeftRowArt){ g_strdup (label), value, param };
}

/* 60000 -> "60 000", with the thin space that numbers of this kind are set with. */
static char *
group_digits (gint64 number)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GINT64_FORMAT, ABS (number));
  gsize            n = strlen (digits);
  GString         *out = g_string_new (number < 0 ? "-" : NULL);

  for (gsize i = 0; i < n; i++)
    {
      if (i > 0 && (n - i) % 3 == 0)
        g_string_append (out, "\u202f");
      g_string_append_c (out, digits[i]);
    }
  return g_string_free (out, FALSE);
}

/** weft_node_art_value_text: a value of a parameter as it stands on a card. Caller owns. */
char *
weft_node_art_value_text (WeftJson *value)
{
  const char *text = weft_json_string (value, NULL);
  char       *out;

  if (text)
    return g_strdelimit (g_strdup (text), "\n\t", ' ');
  if (weft_json_kind (value) == WEFT_JSON_INT)
    return group_digits (weft_json_int (value, 0));
  if (weft_json_kind (value) == WEFT_JSON_NULL)
    return g_strdup (_ ("none"));
  if (weft_json_kind (value) == WEFT_JSON_BOOL)
    return g_strdup (weft_json_bool (value, FALSE) ? _ ("yes") : _ ("no"));
  out = weft_json_to_string (value);
  if (weft_json_kind (value) == WEFT_JSON_ARRAY && out[0] == '[')
    {
      out[0] = '(';
      out[strlen (out) - 1] = ')';
    }
  return out;
}

static void
add_dataset_rows (WeftNodeArt *art, WeftDocument *document, const WeftNode *node)
{
  g_autofree char *folder = weft_document_dup_folder (document);
  g_autoptr (WeftDatasetSpec) spec = weft_dataset_spec_new (node->params, folder, NULL);
  gint64 rows = spec ? weft_dataset_spec_rows (spec) : -1;
  gint64 batch = weft_json_get_int (weft_document_get_training (document), "batch", 0);

  if (rows >= 0)
    add_row (art, _ ("rows"), NULL, group_digits (rows));
  if (batch > 0)
    add_row (art, _ ("batch"), NULL, group_digits (batch));
}

/* A layer shows its first two knobs always; everything else shows what was set to something of its
 * own. */
static void
add_param_rows (WeftNodeArt *art, const WeftNode *node, const WeftEntry *entry)
{
  guint            n = 0;
  const WeftParam *params = entry ? weft_catalogue_params (node->op, &n) : NULL;
  gboolean         layer = entry && entry->body;

  for (guint i = 0; i < n; i++)
    {
      WeftJson *given = weft_json_get (node->params, params[i].name);
      WeftJson *value = given ? given : params[i].otherwise;
      gboolean  own =
        given && !(params[i].otherwise && weft_json_equal (given, params[i].otherwise));

      if (params[i].kind == WEFT_PARAM_JSON || !value)
        continue;
      if (own || (layer && i < 2))
        add_row (art, params[i].name, g_intern_string (params[i].name),
                 weft_node_art_value_text (value));
    }
}

static void
describe (WeftNodeArt *art, WeftDocument *document, const WeftNode *node)
{
  const WeftEntry *entry = weft_catalogue_find (node->op);

  art->title = g_strdup (node->id);
  art->family = g_intern_string (entry && entry->family ? entry->family : "math");
  if (entry && entry->title)
    art->kind = g_strdelimit (g_strdup (entry->title), "_", ' ');
  else if (g_str_has_prefix (node->op, "group:"))
    art->kind = g_strdup (node->op + strlen ("group:"));
  else
    art->kind = g_strdup (node->op);
  if (g_str_has_prefix (node->op, "group:"))
    art->family = g_intern_static_string ("layer");

  if (g_str_equal (node->op, "expression"))
    add_row (art, "ƒ", g_intern_static_string ("text"),
             weft_node_art_value_text (weft_json_get (node->params, "text")));
  else if (g_str_equal (node->op, "dataset"))
    add_dataset_rows (art, document, node);
  else
    add_param_rows (art, node, entry);
}

static WeftPortArt *
copy_ports (const WeftPort *ports, guint n)
{
  WeftPortArt *copy = g_new0 (WeftPortArt, n);

  for (guint i = 0; i < n; i++)
    {
      copy[i].name = g_strdup (ports[i].name);
      copy[i].optional = ports[i].optional;
    }
  return copy;
}

/* A layer's parameters are outputs too, but seldom wired: they stand small below its results. */
static void
mark_minor (WeftNodeArt *art, const char *op)
{
  WeftDocument *layer = weft_layer_document (op);

  for (guint i = 0; layer && i < art->n_outputs; i++)
    {
      const WeftNode *inside = weft_document_node_by_id (layer, art->outputs[i].name);

      art->outputs[i].minor = inside && !g_str_equal (inside->op, "output");
    }
}

/* Open ports of a card that shows only what is wired. */
static void
hide_open (WeftNodeArt *art, WeftDocument *document)
{
  for (guint i = 0; i < art->n_inputs; i++)
    art->inputs[i].hidden =
      weft_document_wire_into (document, art->uid, art->inputs[i].name) == NULL;
  for (guint i = 0; i < art->n_outputs; i++)
    art->outputs[i].hidden = TRUE;
  for (guint i = 0; i < weft_document_n_wires (document); i++)
    {
      const WeftWire *wire = weft_document_wire_at (document, i);
      gint            port = wire->from == art->uid ? weft_node_art_find_output (art, wire->from_port) : -1;

      if (port >= 0)
        art->outputs[port].hidden = FALSE;
    }
}

/* What a collapsed card says of its result. */
static void
tell_type (WeftNodeArt *art, WeftTyping *typing)
{
  const WeftType *type = typing && art->n_outputs > 0
                           ? weft_typing_output (typing, art->uid, art->outputs[0].name)
                           : NULL;

  art->type_text = type ? weft_type_to_string (type) : NULL;
}

static void
note_problem (WeftNodeArt *art, WeftDocument *document, WeftTyping *typing)
{
  const WeftProblem *problem = typing ? weft_typing_node_problem (typing, art->uid) : NULL;
  gint               port;

  if (!problem)
    return;
  art->problem = g_strdup (problem->message);
  if (!problem->port)
    return;
  port = weft_node_art_find_input (art, problem->port);
  if (port >= 0)
    {
      art->inputs[port].wrong = TRUE;
      art->incomplete = weft_document_wire_into (document, art->uid, problem->port) == NULL;
    }
  port = weft_node_art_find_output (art, problem->port);
  if (port >= 0)
    art->outputs[port].wrong = TRUE;
}

/* ---- Where it stands ---- */

static double
widest_row (const WeftNodeArt *art, WeftStyle *style)
{
  double widest = 0;
  double inner = 2 * (PAD + PILL_PAD) * style->scale;

  if (art->flags & WEFT_NODE_COLLAPSED)
    return art->type_text ? inner + weft_text_width (style, art->type_text, FONT_TYPE) : 0;
  for (guint i = 0; i < art->n_rows; i++)
    widest =
      MAX (widest, inner + weft_text_width (style, art->rows[i].label, FONT_ROW) +
                     16 * style->scale + weft_text_width (style, art->rows[i].value, FONT_VALUE));
  for (guint i = 0; i < MAX (art->n_inputs, art->n_outputs); i++)
    {
      double width = 2 * PORT_TEXT * style->scale + 18 * style->scale;

      if (i < art->n_inputs)
        width += weft_text_width (style, art->inputs[i].name, FONT_PORT);
      if (i < art->n_outputs)
        width += weft_text_width (style, art->outputs[i].name, FONT_PORT);
      widest = MAX (widest, width);
    }
  return widest;
}

static double
foot_height (const WeftNodeArt *art, double scale)
{
  const WeftNodeExtras *extras = art->extras;
  gboolean              picture = extras && (extras->n_bars > 0 || extras->n_thumbnails > 0);

  if (!extras)
    return 0;
  return ((picture ? FOOT_HEIGHT : 0) + (extras->caption ? CAPTION_HEIGHT : 0)) * scale;
}

/* Puts ports down a side; returns where the next would start. */
static double
place_ports (WeftPortArt *ports, guint n, double x, double y, double scale)
{
  for (guint i = 0; i < n; i++)
    {
      double pitch = round ((ports[i].minor ? MINOR_PITCH : PORT_PITCH) * scale);

      if (ports[i].hidden)
        pitch = 0;
      ports[i].x = x;
      ports[i].y = y + pitch / 2;
      y += pitch;
    }
  return y;
}

/* The ports of a collapsed card share its side. */
static void
spread_ports (WeftPortArt *ports, guint n, double x, double height)
{
  guint shown = 0, k = 0;

  for (guint i = 0; i < n; i++)
    shown += !ports[i].hidden;
  for (guint i = 0; i < n; i++)
    {
      ports[i].x = x;
      ports[i].y = height * (k + 0.5) / MAX (shown, 1);
      k += !ports[i].hidden;
    }
}

/* Only the header, and the type below it. */
static void
lay_out_collapsed (WeftNodeArt *art, double s)
{
  art->rows_y = art->foot_y = art->header_height;
  art->height = art->header_height + round (TYPE_HEIGHT * s);
  spread_ports (art->inputs, art->n_inputs, 0, art->height);
  spread_ports (art->outputs, art->n_outputs, art->width, art->height);
}

static void
lay_out (WeftNodeArt *art, WeftStyle *style)
{
  double s = style->scale;
  double header = 2 * PAD * s + 14 * s + weft_text_width (style, art->title, FONT_TITLE) +
                  weft_text_width (style, art->kind, FONT_KIND);
  double width = MAX (header, widest_row (art, style));
  double top, left, right;

  /* Even numbers of 10 keep right-hand ports on the grid that nodes snap to. */
  art->width = ceil (CLAMP (width, MIN_WIDTH * s, MAX_WIDTH * s) / 10) * 10;
  art->header_height = round (HEADER_HEIGHT * s);
  art->row_height = round (ROW_PITCH * s);
  if (art->flags & WEFT_NODE_COLLAPSED)
    {
      lay_out_collapsed (art, s);
      return;
    }
  top = art->header_height + round (6 * s);
  left = place_ports (art->inputs, art->n_inputs, 0, top, s);
  right = place_ports (art->outputs, art->n_outputs, art->width, top, s);
  art->rows_y = MAX (left, right) + (MAX (left, right) > top && art->n_rows ? round (3 * s) : 0);
  art->foot_y = art->rows_y + art->row_height * art->n_rows;
  art->height = art->foot_y + foot_height (art, s) + round (8 * s);
}

/**
 * weft_node_art_new:
 * @typing: (nullable): for the node's problem
 * @extras: (nullable): borrowed for the art's life
 *
 * Returns: (nullable): owned; NULL if the document has no such node
 */
WeftNodeArt *
weft_node_art_new (WeftDocument         *document,
                   WeftTyping           *typing,
                   guint32               uid,
                   const WeftNodeExtras *extras,
                   WeftStyle            *style)
{
  const WeftNode *node = weft_document_node (document, uid);
  g_autoptr (WeftPorts) ports = NULL;
  WeftNodeArt *art;

  if (!node)
    return NULL;
  art = g_new0 (WeftNodeArt, 1);
  art->uid = uid;
  art->extras = extras;
  ports = weft_document_ports (document, uid);
  if (ports)
    {
      art->n_inputs = ports->n_inputs;
      art->n_outputs = ports->n_outputs;
      art->inputs = copy_ports (ports->inputs, ports->n_inputs);
      art->outputs = copy_ports (ports->outputs, ports->n_outputs);
    }
  describe (art, document, node);
  mark_minor (art, node->op);
  art->flags = node->flags;
  if (art->flags & WEFT_NODE_BARE)
    hide_open (art, document);
  if (art->flags & WEFT_NODE_COLLAPSED)
    tell_type (art, typing);
  note_problem (art, document, typing);
  lay_out (art, style);
  return art;
}

void
weft_node_art_free (WeftNodeArt *art)
{
  for (guint i = 0; i < art->n_inputs; i++)
    g_free (art->inputs[i].name);
  for (guint i = 0; i < art->n_outputs; i++)
    g_free (art->outputs[i].name);
  for (guint i = 0; i < art->n_rows; i++)
    {
      g_free (art->rows[i].label);
      g_free (art->rows[i].value);
    }
  g_free (art->inputs);
  g_free (art->outputs);
  g_free (art->rows);
  g_free (art->title);
  g_free (art->kind);
  g_free (art->problem);
  g_free (art->type_text);
  g_free (art);
}

static gint
find_port (const WeftPortArt *ports, guint n, const char *name)
{
  for (guint i = 0; i < n; i++)
    if (g_str_equal (ports[i].name, name))
      return (gint) i;
  return -1;
}

gint
weft_node_art_find_input (const WeftNodeArt *art, const char *name)
{
  return find_port (art->inputs, art->n_inputs, name);
}

gint
weft_node_art_find_output (const WeftNodeArt *art, const char *name)
{
  return find_port (art->outputs, art->n_outputs, name);
}

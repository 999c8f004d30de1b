/* Documents as pictures: cards and wires laid out as on the canvas, drawn with the Cairo pen.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/render.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/draw/wire-art.h"

#define MARGIN 24
/* Cairo's image surfaces end at 32767 pixels a side; this also bounds a PNG to 1 GiB. */
#define MAX_PIXELS 16384.0

typedef struct
{
  WeftDocument *document; /* borrowed */
  WeftStyle    *style;
  GPtrArray    *nodes;  /* of WeftNodeArt, owned */
  GPtrArray    *wires;  /* of WeftWireArt, owned */
  GHashTable   *by_uid; /* uid -> WeftNodeArt, borrowed */
  WeftRect      bounds;
  gboolean      notes;
} Picture;

static void
picture_clear (Picture *picture)
{
  if (!picture->style)
    return;
  g_hash_table_unref (picture->by_uid);
  g_ptr_array_unref (picture->nodes);
  g_ptr_array_unref (picture->wires);
  weft_style_free (picture->style);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Picture, picture_clear)

static gboolean
is_wanted (guint32 uid, const WeftRenderOptions *options)
{
  if (!options->nodes)
    return TRUE;
  for (guint i = 0; i < options->n_nodes; i++)
    if (options->nodes[i] == uid)
      return TRUE;
  return FALSE;
}

static void
collect_nodes (Picture *picture, WeftTyping *typing, const WeftRenderOptions *options)
{
  for (guint i = 0; i < weft_document_n_nodes (picture->document); i++)
    {
      const WeftNode *node = weft_document_node_at (picture->document, i);
      WeftNodeArt    *art;
      WeftRect        ink;

      if (!is_wanted (node->uid, options))
        continue;
      art = weft_node_art_new (picture->document, typing, node->uid, NULL, picture->style);
      g_ptr_array_add (picture->nodes, art);
      g_hash_table_insert (picture->by_uid, GUINT_TO_POINTER (node->uid), art);
      ink = weft_node_art_ink (art, picture->style);
      ink.x += node->x;
      ink.y += node->y;
      picture->bounds = weft_rect_union (&picture->bounds, &ink);
    }
}

/* A tag's name, and whether the document's wires run in right angles. */
static void
read_route (Picture *picture, WeftWireArt *art, const WeftWire *wire)
{
  WeftJson        *view = weft_document_get_view (picture->document);
  const WeftNode  *from = wire->tag ? weft_document_node (picture->document, wire->from) : NULL;
  g_autofree char *tag = from ? g_strdup_printf ("%s.%s", from->id, wire->from_port) : NULL;

  art->angular = view && g_str_equal (weft_json_get_string (view, "wires", ""), "angular");
  weft_wire_art_set_tag (art, picture->style, tag);
}

static void
collect_wires (Picture *picture, WeftTyping *typing)
{
  for (guint i = 0; i < weft_document_n_wires (picture->document); i++)
    {
      const WeftWire    *wire = weft_document_wire_at (picture->document, i);
      const WeftNode    *from_node = weft_document_node (picture->document, wire->from);
      const WeftNode    *to_node = weft_document_node (picture->document, wire->to);
      const WeftNodeArt *from =
        g_hash_table_lookup (picture->by_uid, GUINT_TO_POINTER (wire->from));
      const WeftNodeArt *to = g_hash_table_lookup (picture->by_uid, GUINT_TO_POINTER (wire->to));
      gint               output = from ? weft_node_art_find_output (from, wire->from_port) : -1;
      gint               input = to ? weft_node_art_find_input (to, wire->to_port) : -1;
      WeftWireArt       *art;
      WeftRect           box;

      if (output < 0 || input < 0)
        continue;
      art = weft_wire_art_new (wire);
      read_route (picture, art, wire);
      weft_wire_art_set_ends (art, from_node->x + from->outputs[output].x,
                              from_node->y + from->outputs[output].y,
                              to_node->x + to->inputs[input].x, to_node->y + to->inputs[input].y);
      weft_wire_art_set_type (art, typing ? weft_typing_output (typing, wire->from, wire->from_port)
                                          : NULL);
      g_ptr_array_add (picture->wires, art);
      box = weft_wire_art_bounds (art);
      picture->bounds = weft_rect_union (&picture->bounds, &box);
    }
}

static void
place_labels (Picture *picture)
{
  g_autofree WeftRect *cards = g_new (WeftRect, picture->nodes->len);

  for (guint i = 0; i < picture->nodes->len; i++)
    {
      const WeftNodeArt *art = picture->nodes->pdata[i];
      const WeftNode    *node = weft_document_node (picture->document, art->uid);

      cards[i] = (WeftRect){ node->x - 2, node->y - 2, art->width + 4, art->height + 4 };
    }
  weft_wire_art_place_labels (picture->wires, picture->style, cards, picture->nodes->len);
}

static void
picture_init (Picture                 *picture,
              WeftDocument            *document,
              WeftTyping              *typing,
              const WeftRenderOptions *options)
{
  picture->document = document;
  picture->style = weft_style_new (NULL, options->theme);
  picture->nodes = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_node_art_free);
  picture->wires = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_wire_art_free);
  picture->by_uid = g_hash_table_new (NULL, NULL);
  picture->notes = options->nodes == NULL;
  collect_nodes (picture, typing, options);
  collect_wires (picture, typing);
  if (!options->no_labels)
    place_labels (picture);
  for (guint i = 0; picture->notes && i < weft_document_n_notes (document); i++)
    {
      const WeftNote *note = weft_document_note_at (document, i);
      WeftRect        box = { note->x, note->y, note->width, note->height };

      picture->bounds = weft_rect_union (&picture->bounds, &box);
    }
  picture->bounds = weft_rect_grow (picture->bounds, MARGIN);
}

static void
draw_node (Picture *picture, WeftTyping *typing, WeftPen *pen, const WeftNodeArt *art)
{
  const WeftNode        *node = weft_document_node (picture->document, art->uid);
  WeftNodeLook           look = WEFT_NODE_LOOK_PLAIN;
  g_autofree WeftColour *colours = g_new (WeftColour, art->n_inputs + art->n_outputs + 1);

  for (guint i = 0; i < art->n_inputs; i++)
    colours[i] =
      weft_wire_colour (picture->style->theme,
                        typing ? weft_typing_input (typing, art->uid, art->inputs[i].name) : NULL);
  for (guint i = 0; i < art->n_outputs; i++)
    colours[art->n_inputs + i] = weft_wire_colour (
      picture->style->theme,
      typing ? weft_typing_output (typing, art->uid, art->outputs[i].name) : NULL);
  look.port_colours = colours;
  cairo_save (pen->target);
  cairo_translate (pen->target, node->x, node->y);
  weft_node_art_draw (art, pen, picture->style, &look);
  cairo_restore (pen->target);
}

static void
draw_problem (Picture *picture, WeftPen *pen, const WeftNodeArt *art)
{
  const WeftNode *node = weft_document_node (picture->document, art->uid);
  WeftRect        box = weft_node_art_problem_box (art, picture->style);

  box.x += node->x;
  box.y += node->y;
  weft_node_art_draw_problem (art, pen, picture->style, box);
}

static void
picture_draw (Picture *picture, WeftTyping *typing, cairo_t *cr, const WeftRenderOptions *options)
{
  g_autofree guint *order = weft_notes_order (picture->document);
  WeftPen           pen = weft_pen_for_cairo (cr);
  WeftWireLook      plain = { 0 };

  cairo_translate (cr, -picture->bounds.x, -picture->bounds.y);
  if (!options->transparent)
    weft_pen_fill (&pen, picture->bounds, 0,
                   weft_theme_colour (picture->style->theme, WEFT_ROLE_CANVAS));
  for (guint i = 0; picture->notes && i < weft_document_n_notes (picture->document); i++)
    weft_note_draw (weft_document_note_at (picture->document, order[i]), &pen, picture->style,
                    FALSE);
  for (guint i = 0; i < picture->wires->len; i++)
    weft_wire_art_draw (picture->wires->pdata[i], &pen, picture->style, &plain);
  for (guint i = 0; i < picture->nodes->len; i++)
    draw_node (picture, typing, &pen, picture->nodes->pdata[i]);
  for (guint i = 0; i < picture->wires->len; i++)
    weft_wire_art_draw_label (picture->wires->pdata[i], &pen, picture->style);
  for (guint i = 0; i < picture->nodes->len; i++)
    draw_problem (picture, &pen, picture->nodes->pdata[i]);
}

/**
 * weft_render_file:
 * @typing: (nullable): types for wires and ports, problems for cards; NULL makes its own
 * @path: ends in .svg, .pdf or .png; written atomically
 * @options: (nullable): NULL is everything, light, PNG at 2 pixels a unit
 *
 * Any thread that owns @document.
 *
 * Errors: WEFT_RENDER_ERROR, or G_FILE_ERROR where @path cannot be written; then nothing is left
 * behind.
 */
gboolean
weft_render_file (WeftDocument            *document,
                  WeftTyping              *typing,
                  const char              *path,
                  const WeftRenderOptions *options,
                  GError                 **error)
{
  static const WeftRenderOptions plain = { 0 };
  g_autoptr (WeftTyping) own = NULL;
  g_auto (Picture) picture = { 0 };
  WeftPictureFormat format;
  WeftPictureFile   file;
  double            scale;

  if (!weft_picture_format_of (path, &format, error))
    return FALSE;
  if (!options)
    options = &plain;
  if (!typing)
    typing = own = weft_typing_new (document);
  weft_typing_update (typing);
  picture_init (&picture, document, typing, options);
  scale = format == WEFT_PICTURE_PNG ? (options->scale > 0 ? options->scale : 2) : 1;
  if (MAX (picture.bounds.width, picture.bounds.height) * scale > MAX_PIXELS)
    {
      g_set_error (error, WEFT_RENDER_ERROR, WEFT_RENDER_ERROR_SIZE,
                   _ ("The picture would be %.0f by %.0f pixels, and %.0f is the most a side: "
                      "select fewer nodes or move them together."),
                   picture.bounds.width * scale, picture.bounds.height * scale, MAX_PIXELS);
      return FALSE;
    }
  weft_picture_begin (&file, format, picture.bounds.width, picture.bounds.height, scale, FALSE);
  weft_picture_set_title (&file, weft_document_get_title (document));
  picture_draw (&picture, typing, file.cr, options);
  return weft_picture_end_write (&file, path, error);
}

/**
 * weft_render_get_size:
 * @options: (nullable): scale and colours are not looked at
 *
 * How large the drawing is, in units, with its margin.
 */
void
weft_render_get_size (WeftDocument            *document,
                      const WeftRenderOptions *options,
                      double                  *width,
                      double                  *height)
{
  static const WeftRenderOptions plain = { 0 };
  g_auto (Picture) picture = { 0 };

  picture_init (&picture, document, NULL, options ? options : &plain);
  *width = picture.bounds.width;
  *height = picture.bounds.height;
}

/**
 * weft_render_cairo:
 * @typing: (nullable): as in weft_render_file
 * @cr: borrowed; its state is as before afterwards
 * @options: (nullable): scale is not looked at
 *
 * For thumbnails. An empty document draws its ground alone.
 */
void
weft_render_cairo (WeftDocument            *document,
                   WeftTyping              *typing,
                   cairo_t                 *cr,
                   double                   width,
                   double                   height,
                   const WeftRenderOptions *options)
{
  static const WeftRenderOptions plain = { 0 };
  g_autoptr (WeftTyping) own = NULL;
  g_auto (Picture) picture = { 0 };
  double scale;

  if (!options)
    options = &plain;
  if (!typing)
    typing = own = weft_typing_new (document);
  weft_typing_update (typing);
  picture_init (&picture, document, typing, options);
  scale = MIN (1, MIN (width / picture.bounds.width, height / picture.bounds.height));
  cairo_save (cr);
  cairo_translate (cr, (width - picture.bounds.width * scale) / 2,
                   (height - picture.bounds.height * scale) / 2);
  cairo_scale (cr, scale, scale);
  picture_draw (&picture, typing, cr, options);
  cairo_restore (cr);
}

/* Making the picture of a history: boxes, wires with their lives, and where they stand.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/graph-art-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Whether a larger constant is one number throughout is not looked up. */
#define MAX_COMPARED 65536
/* Steps between two looks at the cancellable. */
#define STEPS_A_LOOK 64
#define MAX_ATTRIBUTES 60

/* ---- Words ---- */

static char *
number_text (double number)
{
  char *text;

  if (isnan (number))
    return g_strdup ("NaN");
  if (isinf (number))
    return g_strdup (number > 0 ? "∞" : "−∞");
  text = g_malloc (G_ASCII_DTOSTR_BUF_SIZE);
  g_ascii_formatd (text, G_ASCII_DTOSTR_BUF_SIZE, "%.5g", number);
  return text;
}

static gboolean
is_constant (const WeftApply *apply)
{
  return apply->literal && (apply->op->traits & WEFT_TRAIT_LEAF);
}

/* One number: it stands at the port of who reads it. */
static gboolean
is_number (const WeftApply *apply)
{
  return is_constant (apply) && apply->literal->n_elements == 1;
}

static gboolean
is_filled (const WeftArray *array)
{
  if (array->n_elements < 1 || array->n_elements > MAX_COMPARED)
    return FALSE;
  for (gint64 i = 1; i < array->n_elements; i++)
    if (weft_array_get (array, i) != weft_array_get (array, 0))
      return FALSE;
  return TRUE;
}

static char *
constant_title (const WeftApply *apply)
{
  g_autofree char *shape = weft_shape_to_string (&apply->outputs[0].type.shape);
  g_autofree char *number =
    is_filled (apply->literal) ? number_text (weft_array_get (apply->literal, 0)) : NULL;

  if (number && apply->literal->n_elements == 1)
    return g_steal_pointer (&number);
  return number ? g_strdup_printf ("%s %s", number, shape)
                : g_strdup_printf (_ ("constant %s"), shape);
}

static char *
title_of (const WeftApply *apply)
{
  const char *name = apply->outputs[0].name;

  if (apply->shared)
    return g_strdup (apply->shared->name);
  if (is_constant (apply))
    return name ? g_strdup (name) : constant_title (apply);
  if ((apply->op->traits & WEFT_TRAIT_LEAF) && name)
    return g_strdup (name);
  return g_strdup (apply->op->name);
}

/* The shape, and the element type where it is not the usual one; a name goes before it. */
static char *
detail_of (const WeftApply *apply)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < MIN (apply->n_outputs, 2); i++)
    {
      const WeftValue *value = &apply->outputs[i];
      g_autofree char *shape = weft_shape_to_string (&value->type.shape);

      if (i > 0)
        g_string_append (text, ", ");
      if (value->name)
        g_string_append_printf (text, "%s ", value->name);
      if (value->type.dtype != WEFT_F32)
        g_string_append_printf (text, "%s ", weft_dtypes[value->type.dtype].name);
      g_string_append (text, shape);
    }
  if (apply->n_outputs > 2)
    g_string_append (text, ", …");
  return g_string_free (text, FALSE);
}

static char *
attributes_of (const WeftApply *apply)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < apply->op->n_attrs; i++)
    {
      const WeftAttrSpec *spec = &apply->op->attrs[i];
      const WeftAttr     *attr = &apply->attrs[i];

      if (attr->kind == WEFT_ATTR_BODY ||
          (spec->has_default && weft_attr_equal (attr, &spec->otherwise)))
        continue;
      if (text->len > 0)
        g_string_append (text, ", ");
      g_string_append_printf (text, "%s=", spec->name);
      weft_attr_append (attr, text);
    }
  if (g_utf8_strlen (text->str, -1) > MAX_ATTRIBUTES)
    {
      const char *end = g_utf8_offset_to_pointer (text->str, MAX_ATTRIBUTES);

      g_string_truncate (text, (gsize) (end - text->str));
      g_string_append (text, "…");
    }
  return text->len > 0 ? g_strdup (text->str) : NULL;
}

static WeftBoxKind
kind_of (const WeftApply *apply)
{
  if (apply->shared)
    return WEFT_BOX_PARAMETER;
  if (is_constant (apply))
    return WEFT_BOX_CONSTANT;
  if (!(apply->op->traits & WEFT_TRAIT_LEAF) || apply->op->n_attrs > 0)
    return WEFT_BOX_OP;
  return weft_dtypes[apply->outputs[0].type.dtype].kind == WEFT_KIND_FLOAT ? WEFT_BOX_INPUT
                                                                           : WEFT_BOX_LABELS;
}

/* ---- Boxes ---- */

/* How wide the number at @input is; 0: none stands there when the graph is first made. */
static double
number_width (const WeftApply *apply, guint input, WeftStyle *style)
{
  g_autofree char *text = NULL;

  if (!is_number (apply->inputs[input]->apply))
    return 0;
  text = number_text (weft_array_get (apply->inputs[input]->apply->literal, 0));
  return weft_text_width (style, text, BOX_FONT_CHIP) + 2 * CHIP_PAD * style->scale;
}

/* Ports are evenly spaced, and numbers stand side by side at them. */
static double
port_pitch (const WeftApply *apply, WeftStyle *style)
{
  double pitch = (CHIP_HEIGHT + CHIP_GAP) * style->scale;
  double last = 0;

  for (guint i = 0; i < apply->n_inputs; i++)
    {
      double width = number_width (apply, i, style);

      if (width > 0 || last > 0)
        pitch = MAX (pitch, (width + last) / 2 + CHIP_GAP * style->scale);
      last = width;
    }
  return pitch;
}

static void
measure_box (WeftGraphBox *box, const WeftApply *apply, WeftStyle *style)
{
  double s = style->scale;
  double width;

  if (box->kind != WEFT_BOX_OP)
    {
      width = weft_text_width (style, box->title, BOX_FONT_PILL) + 2 * PILL_PAD * s;
      box->width = ceil (CLAMP (width, PILL_MIN_WIDTH * s, BOX_MAX_WIDTH * s));
      box->height = round (PILL_HEIGHT * s);
      return;
    }
  width = MAX (weft_text_width (style, box->title, BOX_FONT_TITLE),
               weft_text_width (style, box->detail, BOX_FONT_DETAIL)) +
          2 * BOX_PAD * s;
  width = MAX (width, (apply->n_inputs + 1) * port_pitch (apply, style));
  box->width = ceil (CLAMP (width, BOX_MIN_WIDTH * s, BOX_MAX_WIDTH * s));
  box->height = round (BOX_HEIGHT * s);
}

static void
add_box (WeftGraphArt *art, guint apply_id, guint first, guint end, WeftStyle *style)
{
  const WeftApply *apply = weft_history_apply (art->history, apply_id);
  WeftGraphBox     box = { .apply = apply_id, .first = first, .end = end };

  box.kind = kind_of (apply);
  box.has_body = (apply->op->traits & WEFT_TRAIT_BODY) != 0;
  box.title = title_of (apply);
  box.detail = box.kind == WEFT_BOX_OP ? detail_of (apply) : NULL;
  box.attributes = box.kind == WEFT_BOX_OP ? attributes_of (apply) : NULL;
  measure_box (&box, apply, style);
  art->box_of[apply_id] = art->boxes->len;
  g_array_append_val (art->boxes, box);
}

/* Numbers that are handed out at some step: they need a box, whoever else reads them. */
static gboolean
find_given (WeftGraphArt *art, WeftCursor *cursor, gboolean *given, GCancellable *cancellable)
{
  for (guint step = 0; step <= weft_history_n_steps (art->history); step++)
    {
      if (step % STEPS_A_LOOK == 0 && g_cancellable_is_cancelled (cancellable))
        return FALSE;
      weft_cursor_go (cursor, step);
      for (guint i = 0; i < weft_cursor_n_outputs (cursor); i++)
        given[weft_history_value_apply (art->history, weft_cursor_output (cursor, i))] = TRUE;
    }
  return TRUE;
}

static gboolean
make_boxes (WeftGraphArt *art, WeftCursor *cursor, WeftStyle *style, GCancellable *cancellable)
{
  guint                n = weft_history_n_applies (art->history);
  g_autofree gboolean *given = g_new0 (gboolean, n + 1);

  if (!find_given (art, cursor, given, cancellable))
    return FALSE;
  for (guint id = 0; id < n; id++)
    {
      guint first, end;

      art->box_of[id] = WEFT_NO_BOX;
      if (weft_history_lifetime (art->history, id, &first, &end) && first < end &&
          (given[id] || !is_number (weft_history_apply (art->history, id))))
        add_box (art, id, first, end, style);
    }
  for (guint step = 1; step <= weft_history_n_steps (art->history); step++)
    {
      const WeftRewriteStep *made = weft_history_get_step (art->history, step);
      guint                  box = made->overwrites && made->n_matched > 0
                                     ? art->box_of[made->matched[0]]
                                     : WEFT_NO_BOX;

      if (box == WEFT_NO_BOX)
        continue;
      art_box (art, box)->overwrites = made->overwrites;
      art_box (art, box)->overwrites_from = step;
    }
  return TRUE;
}

/* ---- What reads what, over all steps ---- */

typedef struct
{
  guint apply, input;
} Reader;

typedef struct
{
  WeftGraphArt *art;
  WeftCursor   *cursor;
  WeftStyle    *style;
  GHashTable   *readers; /* value -> GArray of Reader, also of those that read it no more */
  Link       ***open;    /* by application: by input: what it reads now */
  GArray       *edges;   /* WeftLayoutEdge */
} Weaver;

static guint
link_hash (gconstpointer data)
{
  const Link *link = data;

  return (link->to * 31u + link->to_port) * 2654435761u + link->value;
}

static gboolean
link_equal (gconstpointer a, gconstpointer b)
{
  const Link *one = a, *other = b;

  return one->to == other->to && one->to_port == other->to_port && one->value == other->value;
}

/* What @to_port of the box @to reads when it reads @value; NULL: it never does. */
const Link *
weft_graph_art_link (const WeftGraphArt *art, guint to, guint to_port, guint value)
{
  Link key = { to, to_port, value };

  return g_hash_table_lookup (art->links, &key);
}

static void
add_chip (Weaver *weaver, Link *link, const WeftApply *constant, guint n_inputs)
{
  WeftGraphArt       *art = weaver->art;
  const WeftGraphBox *to = art_box (art, link->to);
  WeftLayoutNode      node = { .width = to->width, .height = to->height, .n_inputs = n_inputs };
  double              s = art->scale;
  Chip                chip = { .to = link->to };

  chip.apply = weft_history_value_apply (art->history, link->value);
  chip.to_port = link->to_port;
  chip.text = number_text (weft_array_get (constant->literal, 0));
  chip.rect.width =
    ceil (weft_text_width (weaver->style, chip.text, BOX_FONT_CHIP) + 2 * CHIP_PAD * s);
  chip.rect.width = MAX (chip.rect.width, CHIP_HEIGHT * s);
  chip.rect.height = CHIP_HEIGHT * s;
  chip.rect.x = weft_layout_port (&node, FALSE, link->to_port, FALSE).x - chip.rect.width / 2;
  chip.rect.y = -chip.rect.height + 4 * s;
  link->is_chip = TRUE;
  link->index = art->chips->len;
  g_array_append_val (art->chips, chip);
}

static void
add_wire (Weaver *weaver, Link *link, const WeftValue *value, guint step, guint n_inputs)
{
  WeftGraphArt  *art = weaver->art;
  WeftGraphWire  wire = { .to = link->to, .to_port = link->to_port, .value = link->value };
  WeftLayoutEdge edge = { .to = link->to, .to_port = link->to_port, .first = step };

  wire.from = edge.from = art->box_of[weft_history_value_apply (art->history, link->value)];
  wire.from_port = edge.from_port = value->index;
  edge.end = art_box (art, link->to)->end;
  link->index = art->wires->len;
  g_array_append_val (art->wires, wire);
  g_array_append_val (weaver->edges, edge);
}

static void
remember_reader (Weaver *weaver, guint apply, guint input, guint value)
{
  GArray *readers = g_hash_table_lookup (weaver->readers, GUINT_TO_POINTER (value));
  Reader  reader = { apply, input };

  if (!readers)
    {
      readers = g_array_new (FALSE, FALSE, sizeof (Reader));
      g_hash_table_insert (weaver->readers, GUINT_TO_POINTER (value), readers);
    }
  g_array_append_val (readers, reader);
}

/* The life of what @apply read at @input until now ends at @step. */
static void
close_link (Weaver *weaver, guint apply, guint input, guint step)
{
  Link *link = weaver->open[apply] ? weaver->open[apply][input] : NULL;

  if (link && !link->is_chip)
    g_array_index (weaver->edges, WeftLayoutEdge, link->index).end = step;
}

/* @apply reads what the cursor says at @input, from @step on. */
static void
note_link (Weaver *weaver, guint apply_id, guint input, guint step)
{
  WeftGraphArt    *art = weaver->art;
  const WeftApply *apply = weft_history_apply (art->history, apply_id);
  guint            value_id = weft_cursor_input (weaver->cursor, apply_id, input);
  const WeftValue *value = weft_history_value (art->history, value_id);
  Link             key = { art->box_of[apply_id], input, value_id };
  Link            *link = g_hash_table_lookup (art->links, &key);

  if (!weaver->open[apply_id])
    weaver->open[apply_id] = g_new0 (Link *, apply->n_inputs);
  if (weaver->open[apply_id][input] && weaver->open[apply_id][input] == link)
    return;
  close_link (weaver, apply_id, input, step);
  if (link && !link->is_chip)
    g_array_index (weaver->edges, WeftLayoutEdge, link->index).end = art_box (art, link->to)->end;
  if (!link)
    {
      link = g_memdup2 (&key, sizeof key);
      if (is_number (value->apply))
        add_chip (weaver, link, value->apply, apply->n_inputs);
      else
        add_wire (weaver, link, value, step, apply->n_inputs);
      g_hash_table_add (art->links, link);
      remember_reader (weaver, apply_id, input, value_id);
    }
  weaver->open[apply_id][input] = link;
}

static void
note_apply (Weaver *weaver, guint apply, guint step)
{
  if (weaver->art->box_of[apply] == WEFT_NO_BOX || !weft_cursor_has (weaver->cursor, apply))
    return;
  for (guint i = 0; i < weft_history_apply (weaver->art->history, apply)->n_inputs; i++)
    note_link (weaver, apply, i, step);
}

static void
note_readers (Weaver *weaver, guint value, guint step)
{
  GArray *readers = g_hash_table_lookup (weaver->readers, GUINT_TO_POINTER (value));

  for (guint i = 0; readers && i < readers->len; i++)
    {
      Reader reader = g_array_index (readers, Reader, i);

      if (weft_cursor_has (weaver->cursor, reader.apply))
        note_link (weaver, reader.apply, reader.input, step);
    }
}

/* By step: the boxes that are there from it on. */
static GPtrArray *
births (WeftGraphArt *art)
{
  guint      n = weft_history_n_steps (art->history) + 1;
  GPtrArray *born = g_ptr_array_new_full (n, (GDestroyNotify) g_array_unref);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (born, g_array_new (FALSE, FALSE, sizeof (guint)));
  for (guint i = 0; i < art->boxes->len; i++)
    g_array_append_val ((GArray *) born->pdata[art_box (art, i)->first], art_box (art, i)->apply);
  return born;
}

static gboolean
weave (Weaver *weaver, GPtrArray *born, GCancellable *cancellable)
{
  for (guint step = 0; step < born->len; step++)
    {
      const GArray *now = born->pdata[step];

      if (step % STEPS_A_LOOK == 0 && g_cancellable_is_cancelled (cancellable))
        return FALSE;
      weft_cursor_go (weaver->cursor, step);
      for (guint i = 0; i < now->len; i++)
        note_apply (weaver, g_array_index (now, guint, i), step);
      if (step > 0)
        {
          const WeftRewriteStep *made = weft_history_get_step (weaver->art->history, step);

          for (guint i = 0; i < made->n_added; i++)
            note_apply (weaver, made->added[i], step);
          for (guint i = 0; i < made->n_replaced; i++)
            note_readers (weaver, made->replaced[i].before, step);
        }
    }
  return TRUE;
}

static gboolean
make_wires (WeftGraphArt *art, WeftCursor *cursor, WeftStyle *style, GCancellable *cancellable)
{
  Weaver   weaver = { art, cursor, style };
  guint    n = weft_history_n_applies (art->history);
  gboolean done;
  g_autoptr (GPtrArray) born = births (art);

  weaver.readers = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_array_unref);
  weaver.open = g_new0 (Link **, n + 1);
  weaver.edges = g_array_new (FALSE, FALSE, sizeof (WeftLayoutEdge));
  done = weave (&weaver, born, cancellable);
  for (guint i = 0; i < n; i++)
    g_free (weaver.open[i]);
  g_free (weaver.open);
  g_hash_table_unref (weaver.readers);
  art->edges = (WeftLayoutEdge *) (gpointer) g_array_free (weaver.edges, FALSE);
  return done;
}

/* ---- Places ---- */

/* What is new at a step stands where what went away stood: the result where the result was, the
 * rest in turn. */
static void
hand_on_places (WeftGraphArt *art, guint step_number)
{
  const WeftRewriteStep *step = weft_history_get_step (art->history, step_number);
  guint                  free_place = 0;

  for (guint i = 0; i < step->n_replaced; i++)
    {
      guint before = art->box_of[weft_history_value_apply (art->history, step->replaced[i].before)];
      guint after = art->box_of[weft_history_value_apply (art->history, step->replaced[i].after)];

      if (before != WEFT_NO_BOX && after != WEFT_NO_BOX &&
          art_box (art, after)->first == step_number && art_box (art, before)->end == step_number &&
          art->nodes[after].place_of == WEFT_LAYOUT_NOBODY)
        art->nodes[after].place_of = before;
    }
  for (guint i = 0; i < step->n_added; i++)
    {
      guint box = art->box_of[step->added[i]];

      if (box == WEFT_NO_BOX || art_box (art, box)->first != step_number ||
          art->nodes[box].place_of != WEFT_LAYOUT_NOBODY)
        continue;
      for (free_place = MAX (free_place, 1); free_place < step->n_matched; free_place++)
        {
          guint gone = art->box_of[step->matched[free_place]];

          if (gone == WEFT_NO_BOX || art_box (art, gone)->end != step_number)
            continue;
          art->nodes[box].place_of = gone;
          free_place++;
          break;
        }
    }
}

static void
describe_nodes (WeftGraphArt *art)
{
  art->nodes = g_new0 (WeftLayoutNode, art->boxes->len + 1);
  for (guint i = 0; i < art->boxes->len; i++)
    {
      const WeftGraphBox *box = art_box (art, i);
      const WeftApply    *apply = weft_history_apply (art->history, box->apply);

      art->nodes[i] = (WeftLayoutNode){ .width = box->width,
                                        .height = box->height,
                                        .n_inputs = apply->n_inputs,
                                        .n_outputs = apply->n_outputs,
                                        .first = box->first,
                                        .end = box->end,
                                        .place_of = WEFT_LAYOUT_NOBODY };
    }
  for (guint step = 1; step <= weft_history_n_steps (art->history); step++)
    hand_on_places (art, step);
}

/* The gaps hold numbers at ports, names of outputs and tags. */
WeftLayoutOptions
weft_graph_art_options (const WeftGraphArt *art)
{
  return (WeftLayoutOptions){ .rank_gap = 42 * art->scale, .node_gap = 26 * art->scale };
}

static gboolean
lay_out (WeftGraphArt *art, GCancellable *cancellable)
{
  WeftLayoutOptions options = weft_graph_art_options (art);
  guint             cuts[WEFT_N_PHASES];
  guint             n_cuts = 0;

  describe_nodes (art);
  for (WeftPhase phase = 0; phase < WEFT_N_PHASES; phase++)
    {
      guint first, end;

      weft_history_phase (art->history, phase, &first, &end);
      if (first < end && first > 0 && (n_cuts == 0 || cuts[n_cuts - 1] < first))
        cuts[n_cuts++] = first;
    }
  art->series = weft_layout_series_new (art->boxes->len, art->nodes, art->wires->len, art->edges,
                                        &options, n_cuts, cuts, cancellable);
  return art->series != NULL;
}

/* ---- The art ---- */

static void
box_clear (gpointer data)
{
  WeftGraphBox *box = data;

  g_free (box->title);
  g_free (box->detail);
  g_free (box->attributes);
}

static void
chip_clear (gpointer data)
{
  g_free (((Chip *) data)->text);
}

/**
 * weft_graph_art_new:
 * @history: referenced
 * @text_scale: of the user's text; 1 for files
 * @cancellable: (nullable):
 *
 * Returns: (nullable): owned; NULL only if @cancellable was cancelled. Any thread: what it
 * measures text with is its own.
 */
WeftGraphArt *
weft_graph_art_new (WeftHistory *history, double text_scale, GCancellable *cancellable)
{
  g_autoptr (WeftGraphArt) art = g_new0 (WeftGraphArt, 1);
  g_autoptr (WeftStyle) style = weft_style_new (NULL, WEFT_THEME_LIGHT);
  g_autoptr (WeftCursor) cursor = weft_cursor_new (history);

  g_atomic_ref_count_init (&art->ref_count);
  style->scale = art->scale = text_scale;
  art->history = weft_history_ref (history);
  art->boxes = g_array_new (FALSE, FALSE, sizeof (WeftGraphBox));
  art->wires = g_array_new (FALSE, FALSE, sizeof (WeftGraphWire));
  art->chips = g_array_new (FALSE, FALSE, sizeof (Chip));
  g_array_set_clear_func (art->boxes, box_clear);
  g_array_set_clear_func (art->chips, chip_clear);
  art->box_of = g_new (guint, weft_history_n_applies (history) + 1);
  art->links = g_hash_table_new_full (link_hash, link_equal, g_free, NULL);
  if (!make_boxes (art, cursor, style, cancellable) ||
      !make_wires (art, cursor, style, cancellable) || !lay_out (art, cancellable))
    return NULL;
  return g_steal_pointer (&art);
}

WeftGraphArt *
weft_graph_art_ref (WeftGraphArt *art)
{
  g_atomic_ref_count_inc (&art->ref_count);
  return art;
}

/** weft_graph_art_free: drops a reference. Any thread. */
void
weft_graph_art_free (WeftGraphArt *art)
{
  if (!g_atomic_ref_count_dec (&art->ref_count))
    return;
  g_clear_pointer (&art->series, weft_layout_series_free);
  g_free (art->nodes);
  g_free (art->edges);
  g_hash_table_unref (art->links);
  g_free (art->box_of);
  g_array_unref (art->boxes);
  g_array_unref (art->wires);
  g_array_unref (art->chips);
  weft_history_unref (art->history);
  g_free (art);
}

WeftHistory *
weft_graph_art_get_history (const WeftGraphArt *art)
{
  return art->history;
}

guint
weft_graph_art_n_boxes (const WeftGraphArt *art)
{
  return art->boxes->len;
}

const WeftGraphBox *
weft_graph_art_get_box (const WeftGraphArt *art, guint box)
{
  return art_box (art, box);
}

guint
weft_graph_art_n_wires (const WeftGraphArt *art)
{
  return art->wires->len;
}

const WeftGraphWire *
weft_graph_art_get_wire (const WeftGraphArt *art, guint wire)
{
  return art_wire (art, wire);
}

/** weft_graph_art_find: the box of application @apply, or WEFT_NO_BOX. Any thread. */
guint
weft_graph_art_find (const WeftGraphArt *art, guint apply)
{
  return apply < weft_history_n_applies (art->history) ? art->box_of[apply] : WEFT_NO_BOX;
}

/* What is there after a step: which boxes and wires, what is at a point, and what is said about it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/graph-art-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "ui/draw/rule-art.h"
#include "ui/draw/wire-art.h"

/* More than this of what a box reads or is read by are counted, not named. */
#define MAX_NAMED 5

/* ---- Making ---- */

static void
add_inputs (WeftGraphScene *scene, WeftCursor *cursor, guint box)
{
  guint id = art_box (scene->art, box)->apply;
  guint n = weft_history_apply (scene->art->history, id)->n_inputs;

  for (guint i = 0; i < n; i++)
    {
      const Link *link =
        weft_graph_art_link (scene->art, box, i, weft_cursor_input (cursor, id, i));

      if (!link)
        continue;
      g_array_append_val (link->is_chip ? scene->chips : scene->wires, link->index);
      if (!link->is_chip)
        scene->wired[link->index] = TRUE;
    }
}

static void
add_outputs (WeftGraphScene *scene, WeftCursor *cursor)
{
  for (guint i = 0; i < weft_cursor_n_outputs (cursor); i++)
    {
      guint       value = weft_cursor_output (cursor, i);
      guint       box = scene->art->box_of[weft_history_value_apply (scene->art->history, value)];
      const char *name = weft_cursor_output_name (cursor, i);
      const char *known = g_hash_table_lookup (scene->outputs, GUINT_TO_POINTER (box));

      if (box == WEFT_NO_BOX)
        continue;
      if (!name)
        name = _ ("result");
      g_hash_table_insert (scene->outputs, GUINT_TO_POINTER (box),
                           known ? g_strdup_printf ("%s, %s", known, name) : g_strdup (name));
    }
}

/* What is drawn reaches out of the boxes: numbers above, names below. */
static void
find_bounds (WeftGraphScene *scene)
{
  scene->bounds = (WeftRect){ 0 };
  for (guint i = 0; i < scene->boxes->len; i++)
    {
      WeftRect rect = weft_graph_scene_rect (scene, g_array_index (scene->boxes, guint, i));

      scene->bounds = weft_rect_union (&scene->bounds, &rect);
    }
  if (scene->bounds.width > 0)
    scene->bounds = weft_rect_grow (scene->bounds, 2 * BOX_REACH * scene->art->scale);
}

/**
 * weft_graph_scene_new:
 * @art: referenced
 * @cursor: of its history; not looked at after the call
 *
 * Returns: owned; free with weft_graph_scene_free
 */
WeftGraphScene *
weft_graph_scene_new (WeftGraphArt *art, WeftCursor *cursor)
{
  WeftGraphScene *scene = g_new0 (WeftGraphScene, 1);
  g_autoptr (GArray) order = weft_cursor_order (cursor);

  scene->art = weft_graph_art_ref (art);
  scene->step = weft_cursor_get_step (cursor);
  scene->boxes = g_array_new (FALSE, FALSE, sizeof (guint));
  scene->wires = g_array_new (FALSE, FALSE, sizeof (guint));
  scene->chips = g_array_new (FALSE, FALSE, sizeof (guint));
  scene->present = g_new0 (guint8, art->boxes->len + 1);
  scene->wired = g_new0 (guint8, art->wires->len + 1);
  scene->outputs = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  add_outputs (scene, cursor);
  for (guint i = 0; i < order->len; i++)
    {
      guint            id = g_array_index (order, guint, i);
      guint            box = weft_graph_art_find (art, id);
      const WeftApply *apply = weft_history_apply (art->history, id);

      /* A single number has a box only where it is handed out. */
      if (box == WEFT_NO_BOX || (apply->literal && apply->literal->n_elements == 1 &&
                                 !g_hash_table_contains (scene->outputs, GUINT_TO_POINTER (box))))
        continue;
      scene->present[box] = TRUE;
      g_array_append_val (scene->boxes, box);
      add_inputs (scene, cursor, box);
    }
  find_bounds (scene);
  return scene;
}

void
weft_graph_scene_free (WeftGraphScene *scene)
{
  g_array_unref (scene->boxes);
  g_array_unref (scene->wires);
  g_array_unref (scene->chips);
  g_free (scene->present);
  g_free (scene->wired);
  g_hash_table_unref (scene->outputs);
  g_clear_pointer (&scene->compact, weft_layout_free);
  weft_graph_art_free (scene->art);
  g_free (scene);
}

guint
weft_graph_scene_get_step (const WeftGraphScene *scene)
{
  return scene->step;
}

/** weft_graph_scene_boxes: borrowed, in the order of the graph. */
const guint *
weft_graph_scene_boxes (const WeftGraphScene *scene, guint *n)
{
  *n = scene->boxes->len;
  return (const guint *) (gpointer) scene->boxes->data;
}

const guint *
weft_graph_scene_wires (const WeftGraphScene *scene, guint *n)
{
  *n = scene->wires->len;
  return (const guint *) (gpointer) scene->wires->data;
}

gboolean
weft_graph_scene_has (const WeftGraphScene *scene, guint box)
{
  return box < scene->art->boxes->len && scene->present[box];
}

gboolean
weft_graph_scene_has_wire (const WeftGraphScene *scene, guint wire)
{
  return scene->wired[wire];
}

WeftRect
weft_graph_scene_bounds (const WeftGraphScene *scene)
{
  return scene->bounds;
}

const WeftLayout *
weft_graph_scene_layout (const WeftGraphScene *scene)
{
  return scene->compact ? scene->compact
                        : weft_layout_series_at (scene->art->series, scene->step);
}

/** weft_graph_scene_rect: where @box stands, or would stand. */
WeftRect
weft_graph_scene_rect (const WeftGraphScene *scene, guint box)
{
  const WeftLayout *layout = weft_graph_scene_layout (scene);

  return (WeftRect){ layout->places[box].x, layout->places[box].y,
                     art_box (scene->art, box)->width, art_box (scene->art, box)->height };
}

/** weft_graph_scene_compact: gaps that other steps need are closed. */
gboolean
weft_graph_scene_compact (WeftGraphScene *scene, GCancellable *cancellable)
{
  WeftLayoutOptions options = weft_graph_art_options (scene->art);
  WeftLayout       *compact;

  if (scene->compact)
    return TRUE;
  compact = weft_layout_compact (weft_graph_scene_layout (scene), scene->art->nodes,
                                 scene->art->edges, &options, scene->step, cancellable);
  if (!compact)
    return FALSE;
  scene->compact = compact;
  find_bounds (scene);
  return TRUE;
}

/* ---- Marks and tags ---- */

static gboolean
is_there (const WeftGraphScene *scene, guint apply)
{
  guint box = weft_graph_art_find (scene->art, apply);

  if (box != WEFT_NO_BOX)
    return scene->present[box];
  for (guint i = 0; i < scene->chips->len; i++)
    if (art_chip (scene->art, g_array_index (scene->chips, guint, i))->apply == apply)
      return TRUE;
  return FALSE;
}

static void
mark_matched (const WeftGraphScene *scene, guint apply, guint8 *marks)
{
  g_autoptr (GArray) sources = NULL;

  if (is_there (scene, apply))
    {
      marks[apply] |= WEFT_MARK_MATCHED;
      return;
    }
  if (scene->step != 0)
    return;
  sources = weft_history_sources (scene->art->history, apply);
  for (guint i = 0; i < sources->len; i++)
    if (is_there (scene, g_array_index (sources, guint, i)))
      marks[g_array_index (sources, guint, i)] |= WEFT_MARK_MATCHED;
}

/**
 * weft_graph_scene_mark:
 * @step: whose change is shown; 0: nothing is
 * @which: WEFT_MARK_MATCHED, REMOVED, ADDED, or several
 * @marks: by application number; edited
 */
void
weft_graph_scene_mark (const WeftGraphScene *scene, guint step, guint which, guint8 *marks)
{
  WeftHistory           *history = scene->art->history;
  const WeftRewriteStep *made;

  if (step == 0 || step > weft_history_n_steps (history))
    return;
  made = weft_history_get_step (history, step);
  for (guint i = 0; (which & WEFT_MARK_MATCHED) && i < made->n_matched; i++)
    mark_matched (scene, made->matched[i], marks);
  /* Where nothing is new: what takes the place of what went. */
  if ((which & WEFT_MARK_MATCHED) && made->n_added == 0 && scene->step >= step)
    mark_matched (scene, weft_history_value_apply (history, made->root_after), marks);
  for (guint id = 0; id < weft_history_n_applies (history); id++)
    {
      guint first, end;

      if (!weft_history_lifetime (history, id, &first, &end))
        continue;
      if (first == step)
        marks[id] |= which & WEFT_MARK_ADDED;
      if (end == step)
        marks[id] |= which & WEFT_MARK_REMOVED;
    }
}

/** weft_graph_scene_tags: what the names of @step's pattern stand for, as far as it is there. */
GArray *
weft_graph_scene_tags (const WeftGraphScene *scene, guint step)
{
  GArray             *tags = g_array_new (FALSE, FALSE, sizeof (WeftGraphTag));
  const WeftRuleInfo *rule;
  g_autoptr (GPtrArray) bindings = NULL;

  if (step == 0 || step > weft_history_n_steps (scene->art->history))
    return tags;
  rule = weft_rule_find (weft_history_get_step (scene->art->history, step)->rule);
  bindings = weft_history_bindings (scene->art->history, step);
  for (guint i = 0; bindings && i < bindings->len; i++)
    {
      const WeftBindingText *binding = bindings->pdata[i];
      WeftGraphTag           tag = { g_intern_string (binding->name), binding->value };

      if (binding->value == G_MAXUINT ||
          !is_there (scene, weft_history_value_apply (scene->art->history, binding->value)))
        continue;
      tag.colour = rule ? weft_rule_colour (rule, binding->name) : 0;
      g_array_append_val (tags, tag);
    }
  return tags;
}

/* ---- What is at a point ---- */

/** weft_graph_scene_box_at: the box there, or WEFT_NO_BOX. */
guint
weft_graph_scene_box_at (const WeftGraphScene *scene, double x, double y)
{
  for (guint i = scene->boxes->len; i-- > 0;)
    {
      guint    box = g_array_index (scene->boxes, guint, i);
      WeftRect rect = weft_graph_scene_rect (scene, box);

      if (weft_rect_contains (&rect, x, y))
        return box;
    }
  return WEFT_NO_BOX;
}

/** weft_graph_scene_wire_at: the nearest wire within @reach, or WEFT_NO_BOX. */
guint
weft_graph_scene_wire_at (const WeftGraphScene *scene, double x, double y, double reach)
{
  const WeftLayout *layout = weft_graph_scene_layout (scene);
  guint             best = WEFT_NO_BOX;

  for (guint i = 0; i < scene->wires->len; i++)
    {
      guint wire = g_array_index (scene->wires, guint, i);

      for (guint k = 0; k + 3 < layout->n_points[wire]; k += 3)
        {
          WeftCurve curve;
          WeftRect  bounds;

          for (guint p = 0; p < 4; p++)
            curve.p[p] =
              (WeftPoint){ layout->points[wire][k + p].x, layout->points[wire][k + p].y };
          bounds = weft_rect_grow (weft_curve_bounds (&curve), reach);
          if (!weft_rect_contains (&bounds, x, y) || weft_curve_distance (&curve, x, y) > reach)
            continue;
          reach = weft_curve_distance (&curve, x, y);
          best = wire;
        }
    }
  return best;
}

/* ---- What is said ---- */

/* What people call the value that @box gives. */
static const char *
call (const WeftGraphScene *scene, guint box)
{
  const WeftGraphBox *art = art_box (scene->art, box);
  const WeftApply    *apply = weft_history_apply (scene->art->history, art->apply);

  return apply->outputs[0].name ? apply->outputs[0].name : art->title;
}

static void
append_names (GString *out, GPtrArray *names)
{
  for (guint i = 0; i < MIN (names->len, MAX_NAMED); i++)
    g_string_append_printf (out, "%s%s", i > 0 ? ", " : "", (const char *) names->pdata[i]);
  if (names->len > MAX_NAMED)
    /* Translators: after a list of names: how many more there are */
    g_string_append_printf (out, _ (" and %u more"), names->len - MAX_NAMED);
}

static GPtrArray *
read_names (const WeftGraphScene *scene, guint box)
{
  guint      id = art_box (scene->art, box)->apply;
  guint      n = weft_history_apply (scene->art->history, id)->n_inputs;
  GPtrArray *names = g_ptr_array_new ();

  g_ptr_array_set_size (names, (gint) n);
  for (guint i = 0; i < scene->wires->len; i++)
    {
      const WeftGraphWire *wire = art_wire (scene->art, g_array_index (scene->wires, guint, i));

      if (wire->to == box)
        names->pdata[wire->to_port] = (gpointer) call (scene, wire->from);
    }
  for (guint i = 0; i < scene->chips->len; i++)
    {
      const Chip *chip = art_chip (scene->art, g_array_index (scene->chips, guint, i));

      if (chip->to == box)
        names->pdata[chip->to_port] = chip->text;
    }
  for (guint i = n; i-- > 0;)
    if (!names->pdata[i])
      g_ptr_array_remove_index (names, i);
  return names;
}

static GPtrArray *
reader_names (const WeftGraphScene *scene, guint box)
{
  GPtrArray *names = g_ptr_array_new ();
  guint      last = WEFT_NO_BOX;

  for (guint i = 0; i < scene->wires->len; i++)
    {
      const WeftGraphWire *wire = art_wire (scene->art, g_array_index (scene->wires, guint, i));

      if (wire->from != box || wire->to == last)
        continue;
      last = wire->to;
      g_ptr_array_add (names, (gpointer) call (scene, last));
    }
  return names;
}

static void
append_kind (GString *out, WeftBoxKind kind)
{
  static const char *kinds[] = { NULL, N_ ("input"), N_ ("labels"), N_ ("parameter"),
                                 N_ ("constant") };

  if (kinds[kind])
    g_string_append_printf (out, ", %s", _ (kinds[kind]));
}

/** weft_graph_scene_describe: in words, for who does not see it. The caller owns the text. */
char *
weft_graph_scene_describe (const WeftGraphScene *scene, guint box)
{
  const WeftGraphBox *art = art_box (scene->art, box);
  const WeftApply    *apply = weft_history_apply (scene->art->history, art->apply);
  const char         *output = g_hash_table_lookup (scene->outputs, GUINT_TO_POINTER (box));
  GString            *out = g_string_new (art->title);
  g_autoptr (GPtrArray) reads = read_names (scene, box);
  g_autoptr (GPtrArray) readers = reader_names (scene, box);

  if (art->attributes)
    g_string_append_printf (out, " %s", art->attributes);
  append_kind (out, art->kind);
  for (guint i = 0; i < MIN (apply->n_outputs, 2); i++)
    {
      g_autofree char *type = weft_type_to_string (&apply->outputs[i].type);

      g_string_append_printf (out, ", %s", type);
    }
  if (reads->len > 0)
    {
      g_string_append (out, _ (", reads "));
      append_names (out, reads);
    }
  if (readers->len > 0)
    {
      g_string_append (out, _ (", read by "));
      append_names (out, readers);
    }
  if (output)
    g_string_append_printf (out, _ (", gives %s"), output);
  if (art->has_body)
    g_string_append (out, _ (", has a body that can be opened"));
  if (art->overwrites && scene->step >= art->overwrites_from && art->overwrites <= reads->len)
    g_string_append_printf (out, _ (", takes the memory of %s"),
                            (const char *) reads->pdata[art->overwrites - 1]);
  return g_string_free (out, FALSE);
}

/** weft_graph_scene_describe_marks: what its colours and dashes say. The caller owns the text. */
char *
weft_graph_scene_describe_marks (const WeftGraphScene *scene, guint box, guint step, guint marks)
{
  const char *rule = step > 0 && step <= weft_history_n_steps (scene->art->history)
                       ? weft_history_get_step (scene->art->history, step)->rule
                       : "";
  GString    *out = g_string_new (NULL);

  if (marks & WEFT_MARK_REMOVED)
    g_string_append_printf (out, _ ("removed by %s"), rule);
  else if (marks & WEFT_MARK_MATCHED)
    g_string_append_printf (out, _ ("matched by %s"), rule);
  else if (marks & WEFT_MARK_ADDED)
    g_string_append_printf (out, _ ("added by %s"), rule);
  if (marks & WEFT_MARK_SELECTED)
    g_string_append_printf (out, "%s%s", out->len > 0 ? ", " : "", _ ("selected"));
  else if (marks & WEFT_MARK_LINKED)
    g_string_append_printf (out, "%s%s", out->len > 0 ? ", " : "",
                            _ ("belongs to what is selected on the other side"));
  if (out->len > 0)
    return g_string_free (out, FALSE);
  g_string_free (out, TRUE);
  return NULL;
}

/* ---- Walking ---- */

/* Along the wire whose other end is straightest above or below. */
static guint
walk_wire (const WeftGraphScene *scene, guint box, gboolean up)
{
  WeftRect from = weft_graph_scene_rect (scene, box);
  guint    best = WEFT_NO_BOX;
  double   nearest = G_MAXDOUBLE;

  for (guint i = 0; i < scene->wires->len; i++)
    {
      const WeftGraphWire *wire = art_wire (scene->art, g_array_index (scene->wires, guint, i));
      guint                other = up ? wire->from : wire->to;
      WeftRect             to;
      double               distance;

      if ((up ? wire->to : wire->from) != box || !scene->present[other])
        continue;
      to = weft_graph_scene_rect (scene, other);
      distance = hypot (to.x + to.width / 2 - from.x - from.width / 2, to.y - from.y);
      if (distance >= nearest)
        continue;
      nearest = distance;
      best = other;
    }
  return best;
}

static guint
walk_sideways (const WeftGraphScene *scene, guint box, double sign)
{
  WeftRect from = weft_graph_scene_rect (scene, box);
  guint    best = WEFT_NO_BOX;
  double   nearest = G_MAXDOUBLE;

  for (guint i = 0; i < scene->boxes->len; i++)
    {
      guint    other = g_array_index (scene->boxes, guint, i);
      WeftRect to = weft_graph_scene_rect (scene, other);
      double   dx = sign * (to.x + to.width / 2 - from.x - from.width / 2);
      double   dy = fabs (to.y + to.height / 2 - from.y - from.height / 2);

      /* A box of another rank only where none of its own follows. */
      if (other == box || dx < 1 || dx + 6 * dy >= nearest)
        continue;
      nearest = dx + 6 * dy;
      best = other;
    }
  return best;
}

/** weft_graph_scene_walk: where one step from @box leads; WEFT_NO_BOX: nowhere. */
guint
weft_graph_scene_walk (const WeftGraphScene *scene, guint box, WeftWalk direction)
{
  if (!weft_graph_scene_has (scene, box))
    return scene->boxes->len > 0 ? g_array_index (scene->boxes, guint, 0) : WEFT_NO_BOX;
  if (direction == WEFT_WALK_UP || direction == WEFT_WALK_DOWN)
    return walk_wire (scene, box, direction == WEFT_WALK_UP);
  return walk_sideways (scene, box, direction == WEFT_WALK_LEFT ? -1 : 1);
}

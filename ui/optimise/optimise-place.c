/* Where in the history one is: steps and halves, playing, the selection and what belongs to it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/optimise-private.h"

#include <glib/gi18n.h>
#include <string.h>

/* Nodes that a place names; more are an ellipsis. */
#define MAX_NAMED 3

/* ---- Where one is ---- */

/**
 * weft_optimise_model_get_step:
 * @model: a model
 *
 * Returns: the step, from 1; 0: the graph as drawn
 */
guint
weft_optimise_model_get_step (WeftOptimiseModel *model)
{
  return weft_optimise_top (model) != NULL ? weft_optimise_top (model)->step : 0;
}

/**
 * weft_optimise_model_get_half:
 * @model: a model
 *
 * Returns: whether what the rule saw is shown, or what it made
 */
WeftHalf
weft_optimise_model_get_half (WeftOptimiseModel *model)
{
  return weft_optimise_top (model) != NULL ? weft_optimise_top (model)->half : WEFT_HALF_MADE;
}

/**
 * weft_optimise_model_get_shown_step:
 * @model: a model
 *
 * Returns: the step after which the graph is as it is shown
 */
guint
weft_optimise_model_get_shown_step (WeftOptimiseModel *model)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  if (level == NULL)
    return 0;
  return level->step - (level->half == WEFT_HALF_SAW ? 1 : 0);
}

/**
 * weft_optimise_model_get_cursor:
 * @model: a model
 *
 * Returns: (transfer none) (nullable): where the history is shown
 */
WeftCursor *
weft_optimise_model_get_cursor (WeftOptimiseModel *model)
{
  return weft_optimise_top (model) != NULL ? weft_optimise_top (model)->cursor : NULL;
}

/**
 * weft_optimise_model_get_drawn_cursor:
 * @model: a model
 *
 * Returns: (transfer none) (nullable): the graph as drawn
 */
WeftCursor *
weft_optimise_model_get_drawn_cursor (WeftOptimiseModel *model)
{
  return weft_optimise_top (model) != NULL ? weft_optimise_top (model)->drawn : NULL;
}

/* For internal use. */
void
weft_optimise_clear_selection (WeftOptimiseModel *model)
{
  model->selected = WEFT_OPTIMISE_NOTHING;
  g_array_set_size (model->linked[WEFT_SIDE_DRAWN], 0);
  g_array_set_size (model->linked[WEFT_SIDE_NOW], 0);
}

static void
take_linked (WeftOptimiseModel *model, WeftSide side, GArray *ids)
{
  g_array_unref (model->linked[side]);
  model->linked[side] = ids;
}

/* Whether two sorted sets of nodes share one. */
static gboolean
share_origin (const WeftOrigins *a, const WeftOrigins *b)
{
  for (guint i = 0, k = 0; i < a->n && k < b->n;)
    {
      if (a->nodes[i] == b->nodes[k])
        return TRUE;
      if (a->nodes[i] < b->nodes[k])
        i++;
      else
        k++;
    }
  return FALSE;
}

/* What of @to's graph comes from a node that @apply of @from comes from: two histories of one
 * document. */
static GArray *
same_nodes (WeftHistory *from, guint apply, WeftHistory *to, WeftCursor *cursor)
{
  const WeftOrigins *origins = weft_history_apply (from, apply)->origins;
  g_autoptr (GArray) order = weft_cursor_order (cursor);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < order->len; i++)
    {
      guint id = g_array_index (order, guint, i);
      if (share_origin (origins, weft_history_apply (to, id)->origins))
        g_array_append_val (ids, id);
    }
  g_array_sort (ids, weft_optimise_compare_ids);
  return ids;
}

/* The graph beside @level's, linked by nodes of the document. */
static void
link_beside (WeftOptimiseModel *model, const WeftOptimiseLevel *level)
{
  gboolean drawn = model->side == WEFT_SIDE_DRAWN;
  take_linked (model, drawn ? WEFT_SIDE_NOW : WEFT_SIDE_DRAWN,
               same_nodes (drawn ? level->drawn_history : level->history, model->selected,
                           drawn ? level->history : level->drawn_history,
                           drawn ? level->cursor : level->drawn));
}

static GArray *
alone (guint apply)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_val (ids, apply);
  return ids;
}

static void
update_links (WeftOptimiseModel *model)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  guint                    shown = weft_optimise_model_get_shown_step (model);
  if (level == NULL || model->selected == WEFT_OPTIMISE_NOTHING)
    return;
  if (level->history != level->drawn_history)
    {
      take_linked (model, model->side, alone (model->selected));
      link_beside (model, level);
      return;
    }
  if (model->side == WEFT_SIDE_DRAWN)
    {
      take_linked (model, WEFT_SIDE_DRAWN, alone (model->selected));
      take_linked (model, WEFT_SIDE_NOW,
                   weft_history_results (level->history, model->selected, shown));
    }
  else
    {
      take_linked (model, WEFT_SIDE_NOW, alone (model->selected));
      take_linked (model, WEFT_SIDE_DRAWN, weft_history_sources (level->history, model->selected));
    }
}

/**
 * weft_optimise_model_go:
 * @model: a model
 * @step: a step; what is beyond the last is the last
 * @half: which half of it
 */
void
weft_optimise_model_go (WeftOptimiseModel *model, guint step, WeftHalf half)
{
  WeftOptimiseLevel *level = weft_optimise_top (model);
  if (level == NULL)
    return;
  level->step = MIN (step, weft_history_n_steps (level->history));
  level->half = level->step == 0 ? WEFT_HALF_MADE : half;
  weft_cursor_go (level->cursor, weft_optimise_model_get_shown_step (model));
  if (model->selected != WEFT_OPTIMISE_NOTHING && model->side == WEFT_SIDE_NOW &&
      !weft_cursor_has (level->cursor, model->selected))
    {
      weft_optimise_clear_selection (model);
      weft_optimise_emit (model, WEFT_OPTIMISE_SIGNAL_SELECTION, 0);
    }
  update_links (model);
  weft_optimise_emit (model, WEFT_OPTIMISE_SIGNAL_MOVED, 0);
  weft_optimise_prove_next (model);
}

/**
 * weft_optimise_model_next_half:
 * @model: a model
 */
void
weft_optimise_model_next_half (WeftOptimiseModel *model)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  if (level == NULL)
    return;
  if (level->half == WEFT_HALF_SAW)
    weft_optimise_model_go (model, level->step, WEFT_HALF_MADE);
  else if (level->step < weft_history_n_steps (level->history))
    weft_optimise_model_go (model, level->step + 1, WEFT_HALF_SAW);
}

/**
 * weft_optimise_model_previous_half:
 * @model: a model
 */
void
weft_optimise_model_previous_half (WeftOptimiseModel *model)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  if (level == NULL || level->step == 0)
    return;
  if (level->half == WEFT_HALF_MADE)
    weft_optimise_model_go (model, level->step, WEFT_HALF_SAW);
  else
    weft_optimise_model_go (model, level->step - 1, WEFT_HALF_MADE);
}

/**
 * weft_optimise_model_next_phase:
 * @model: a model
 *
 * Goes to the first step of the next phase that has one, else to the end.
 */
void
weft_optimise_model_next_phase (WeftOptimiseModel *model)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  if (level == NULL)
    return;
  for (WeftPhase phase = 0; phase < WEFT_N_PHASES; phase++)
    {
      guint first, end;
      weft_history_phase (level->history, phase, &first, &end);
      if (first < end && first > level->step)
        {
          weft_optimise_model_go (model, first, WEFT_HALF_SAW);
          return;
        }
    }
  weft_optimise_model_go (model, weft_history_n_steps (level->history), WEFT_HALF_MADE);
}

/**
 * weft_optimise_model_previous_phase:
 * @model: a model
 *
 * Goes to the first step of this phase, or of the one before if one is there; else to the graph as
 * drawn.
 */
void
weft_optimise_model_previous_phase (WeftOptimiseModel *model)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  if (level == NULL)
    return;
  for (WeftPhase phase = WEFT_N_PHASES; phase-- > 0;)
    {
      guint first, end;
      weft_history_phase (level->history, phase, &first, &end);
      if (first < end && first < level->step)
        {
          weft_optimise_model_go (model, first, WEFT_HALF_SAW);
          return;
        }
    }
  weft_optimise_model_go (model, 0, WEFT_HALF_MADE);
}

/* ---- Playing ---- */

static gboolean
play_cb (gpointer data)
{
  WeftOptimiseModel       *model = data;
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  if (level != NULL &&
      (level->step < weft_history_n_steps (level->history) || level->half == WEFT_HALF_SAW))
    {
      weft_optimise_model_next_half (model);
      return G_SOURCE_CONTINUE;
    }
  model->player = 0;
  weft_optimise_emit (model, WEFT_OPTIMISE_SIGNAL_PLAYING, 0);
  return G_SOURCE_REMOVE;
}

/**
 * weft_optimise_model_get_playing:
 * @model: a model
 *
 * Returns: whether it goes on by itself
 */
gboolean
weft_optimise_model_get_playing (WeftOptimiseModel *model)
{
  return model->player != 0;
}

/**
 * weft_optimise_model_set_playing:
 * @model: a model
 * @playing: whether it shall go on by itself; at the end it begins again
 */
void
weft_optimise_model_set_playing (WeftOptimiseModel *model, gboolean playing)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  if (playing == (model->player != 0) || (playing && level == NULL))
    return;
  g_clear_handle_id (&model->player, g_source_remove);
  if (playing)
    {
      if (level->step == weft_history_n_steps (level->history) && level->half == WEFT_HALF_MADE)
        weft_optimise_model_go (model, 0, WEFT_HALF_MADE);
      model->player = g_timeout_add ((guint) (1000 / model->speed), play_cb, model);
    }
  weft_optimise_emit (model, WEFT_OPTIMISE_SIGNAL_PLAYING, 0);
}

/**
 * weft_optimise_model_get_speed:
 * @model: a model
 *
 * Returns: halves of steps a second
 */
double
weft_optimise_model_get_speed (WeftOptimiseModel *model)
{
  return model->speed;
}

/**
 * weft_optimise_model_set_speed:
 * @model: a model
 * @speed: halves of steps a second, 0.1 to 100
 */
void
weft_optimise_model_set_speed (WeftOptimiseModel *model, double speed)
{
  model->speed = CLAMP (speed, 0.1, 100);
  if (model->player != 0)
    {
      g_source_remove (model->player);
      model->player = g_timeout_add ((guint) (1000 / model->speed), play_cb, model);
    }
  weft_optimise_emit (model, WEFT_OPTIMISE_SIGNAL_PLAYING, 0);
}

/* ---- Selection ---- */

/**
 * weft_optimise_model_select:
 * @model: a model
 * @side: in which graph
 * @apply: what to select; G_MAXUINT: nothing
 */
void
weft_optimise_model_select (WeftOptimiseModel *model, WeftSide side, guint apply)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  weft_optimise_clear_selection (model);
  if (level != NULL && apply != WEFT_OPTIMISE_NOTHING &&
      weft_cursor_has (side == WEFT_SIDE_DRAWN ? level->drawn : level->cursor, apply))
    {
      model->selected = apply;
      model->side = side;
      update_links (model);
    }
  weft_optimise_emit (model, WEFT_OPTIMISE_SIGNAL_SELECTION, 0);
}

/**
 * weft_optimise_model_get_selected:
 * @model: a model
 * @side: (out) (optional): in which graph
 *
 * Returns: what is selected; G_MAXUINT: nothing
 */
guint
weft_optimise_model_get_selected (WeftOptimiseModel *model, WeftSide *side)
{
  if (side != NULL)
    *side = model->side;
  return model->selected;
}

/**
 * weft_optimise_model_get_linked:
 * @model: a model
 * @side: a graph
 *
 * Returns: (transfer none): what is selected there or belongs to what is, sorted; valid until
 * "selection" or "moved"
 */
const GArray *
weft_optimise_model_get_linked (WeftOptimiseModel *model, WeftSide side)
{
  return model->linked[side];
}

/**
 * weft_optimise_model_node_of:
 * @model: a model
 * @apply: an application of the history
 *
 * Returns: the document's node that it comes from, the first of several; 0: none
 */
guint32
weft_optimise_model_node_of (WeftOptimiseModel *model, guint apply)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  const WeftOrigins       *origins;
  if (level == NULL || apply >= weft_history_n_applies (level->history))
    return 0;
  origins = weft_history_apply (level->history, apply)->origins;
  for (guint i = 0; i < origins->n; i++)
    {
      guint32 outer = weft_document_outer_node (model->document, origins->nodes[i]);
      if (outer != 0)
        return outer;
    }
  return 0;
}

/**
 * weft_optimise_model_is_forward:
 * @model: a model
 * @apply: an application of the history
 *
 * Returns: whether it comes from the forward graph alone
 */
gboolean
weft_optimise_model_is_forward (WeftOptimiseModel *model, guint apply)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  g_autoptr (GArray) sources = NULL;
  if (level == NULL || model->forward == NULL || model->levels->len > 1)
    return TRUE;
  sources = weft_history_sources (level->history, apply);
  for (guint i = 0; i < sources->len; i++)
    if (!g_array_binary_search (model->forward, &g_array_index (sources, guint, i),
                                weft_optimise_compare_ids, NULL))
      return FALSE;
  return TRUE;
}

/* "cost", or "block / dense" for what lies in a group. */
static void
append_node (WeftOptimiseModel *model, guint32 origin, GString *text)
{
  guint32         outer = weft_document_outer_node (model->document, origin);
  const WeftNode *node = outer != 0 ? weft_document_node (model->document, outer) : NULL;
  if (node == NULL || strstr (text->str, node->id) != NULL)
    return;
  g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", node->id);
}

/**
 * weft_optimise_model_dup_place:
 * @model: a model
 * @apply: an application of the history
 *
 * Returns: (transfer full): which nodes of the document it comes from: "cost", "gradient of
 * hidden"; empty: none is known
 */
char *
weft_optimise_model_dup_place (WeftOptimiseModel *model, guint apply)
{
  const WeftOptimiseLevel *level = weft_optimise_top (model);
  g_autoptr (GString) text = g_string_new (NULL);
  const WeftOrigins *origins;
  if (level == NULL || apply >= weft_history_n_applies (level->history))
    return g_strdup ("");
  origins = weft_history_apply (level->history, apply)->origins;
  for (guint i = 0; i < MIN (origins->n, MAX_NAMED); i++)
    append_node (model, origins->nodes[i], text);
  if (origins->n > MAX_NAMED)
    g_string_append (text, " …");
  if (text->len > 0 && !weft_optimise_model_is_forward (model, apply))
    return g_strdup_printf (_ ("gradient of %s"), text->str);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

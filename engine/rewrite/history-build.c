/* Building a history: the journal is gone through once, and what it changes is noted by who it
 * changes.
 *
 * Who is part of the graph follows from counts of readers, so each step costs what it touches.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/rewrite/history-private.h"

#include <string.h>

#define NOBODY G_MAXUINT

/* ---- Lists ---- */

/* @items[i] in the list of @keys[i], in order. Free with weft_lists_clear. */
WeftLists
weft_lists_new (guint n_keys, guint n, const guint *keys, const guint *items)
{
  WeftLists lists = { n_keys, g_new0 (guint, n_keys + 2), g_new (guint, n + 1) };

  /* Shifted by one while they are filled. */
  for (guint i = 0; i < n; i++)
    lists.first[keys[i] + 2]++;
  for (guint i = 0; i < n_keys; i++)
    lists.first[i + 2] += lists.first[i + 1];
  for (guint i = 0; i < n; i++)
    lists.items[lists.first[keys[i] + 1]++] = items[i];
  return lists;
}

void
weft_lists_clear (WeftLists *lists)
{
  g_clear_pointer (&lists->first, g_free);
  g_clear_pointer (&lists->items, g_free);
}

/* ---- The builder ---- */

typedef struct
{
  WeftHistory *history;
  guint        step;
  guint       *now;                           /* by slot: the value that it reads */
  guint       *next, *previous;               /* by slot: readers of one value, or NOBODY */
  guint       *head;                          /* by value: the first of its readers */
  guint       *instead;                       /* by value: what is read in its place, or itself */
  guint       *uses;                          /* by application */
  guint8      *alive, *was;                   /* by application: now, and before this step */
  guint8      *touched;                       /* by application: in changed */
  GArray      *changed;                       /* guint: applications that came or went in this step */
  GArray      *pending;                       /* guint: applications */
  GArray      *edit_slots;                    /* guint */
  GArray      *edits;                         /* WeftEdit, as many */
  GArray      *toggle_applies, *toggle_steps; /* guint */
} Builder;

static guint
stands_for (Builder *builder, guint value)
{
  guint last = value;

  while (builder->instead[last] != last)
    last = builder->instead[last];
  while (value != last)
    {
      guint next = builder->instead[value];

      builder->instead[value] = last;
      value = next;
    }
  return last;
}

static void
link_slot (Builder *builder, guint slot)
{
  guint *head = &builder->head[builder->now[slot]];

  builder->previous[slot] = NOBODY;
  builder->next[slot] = *head;
  if (*head != NOBODY)
    builder->previous[*head] = slot;
  *head = slot;
}

static void
unlink_slot (Builder *builder, guint slot)
{
  guint next = builder->next[slot], previous = builder->previous[slot];

  if (next != NOBODY)
    builder->previous[next] = previous;
  if (previous != NOBODY)
    builder->next[previous] = next;
  else
    builder->head[builder->now[slot]] = next;
}

static void
set_slot (Builder *builder, guint slot, guint value)
{
  WeftEdit edit = { builder->step, value };

  if (builder->now[slot] == value)
    return;
  builder->now[slot] = value;
  if (builder->step == 0)
    {
      builder->history->slots.initial[slot] = value;
      return;
    }
  g_array_append_val (builder->edit_slots, slot);
  g_array_append_val (builder->edits, edit);
}

static void
touch (Builder *builder, guint apply, gboolean alive)
{
  builder->alive[apply] = alive;
  if (builder->touched[apply])
    return;
  builder->touched[apply] = 1;
  builder->was[apply] = !alive;
  g_array_append_val (builder->changed, apply);
}

static void
use (Builder *builder, guint apply)
{
  if (builder->uses[apply]++ > 0)
    return;
  touch (builder, apply, TRUE);
  g_array_append_val (builder->pending, apply);
}

static void
unuse (Builder *builder, guint apply)
{
  if (--builder->uses[apply] > 0)
    return;
  touch (builder, apply, FALSE);
  g_array_append_val (builder->pending, apply);
}

static guint
pop (GArray *array)
{
  guint last = g_array_index (array, guint, array->len - 1);

  g_array_set_size (array, array->len - 1);
  return last;
}

/* What is there now reads its operands. */
static void
spread_life (Builder *builder)
{
  const WeftHistory *history = builder->history;

  while (builder->pending->len > 0)
    {
      guint        apply = pop (builder->pending), n_hidden;
      const guint *hidden = weft_lists_get (&history->hidden, apply, &n_hidden);

      for (guint slot = history->slot[apply]; slot < history->slot[apply + 1]; slot++)
        {
          set_slot (builder, slot, stands_for (builder, builder->now[slot]));
          link_slot (builder, slot);
          use (builder, history->value_apply[builder->now[slot]]);
        }
      for (guint i = 0; i < n_hidden; i++)
        use (builder, hidden[i]);
    }
}

/* What is gone reads nothing. */
static void
spread_death (Builder *builder)
{
  const WeftHistory *history = builder->history;

  while (builder->pending->len > 0)
    {
      guint        apply = pop (builder->pending), n_hidden;
      const guint *hidden = weft_lists_get (&history->hidden, apply, &n_hidden);

      for (guint slot = history->slot[apply]; slot < history->slot[apply + 1]; slot++)
        {
          unlink_slot (builder, slot);
          unuse (builder, history->value_apply[builder->now[slot]]);
        }
      for (guint i = 0; i < n_hidden; i++)
        unuse (builder, hidden[i]);
    }
}

/* Every reader of @before reads @after. */
static void
replace (Builder *builder, guint before, guint after)
{
  const WeftHistory *history = builder->history;
  guint              slot = builder->head[before], n = 0;

  after = stands_for (builder, after);
  if (after == before)
    return;
  builder->instead[before] = after;
  builder->head[before] = NOBODY;
  while (slot != NOBODY)
    {
      guint next = builder->next[slot];

      set_slot (builder, slot, after);
      link_slot (builder, slot);
      use (builder, history->value_apply[after]);
      slot = next;
      n++;
    }
  spread_life (builder);
  for (guint i = 0; i < n; i++)
    unuse (builder, history->value_apply[before]);
  spread_death (builder);
}

/* Notes what came and went in this step. */
static void
end_step (Builder *builder)
{
  for (guint i = 0; i < builder->changed->len; i++)
    {
      guint apply = g_array_index (builder->changed, guint, i);

      builder->touched[apply] = 0;
      if (builder->alive[apply] == builder->was[apply])
        continue;
      g_array_append_val (builder->toggle_applies, apply);
      g_array_append_val (builder->toggle_steps, builder->step);
    }
  g_array_set_size (builder->changed, 0);
}

/* ---- What comes from what ---- */

static void
descend (WeftHistory *history, guint from, guint to, guint step)
{
  WeftDescent descent = { from, to, step };

  if (from != to)
    g_array_append_val (history->descents, descent);
}

static void
note_descents (WeftHistory *history, const WeftRewriteStep *step)
{
  for (guint i = 0; i < step->n_added; i++)
    for (guint k = 0; k < step->n_matched; k++)
      descend (history, step->matched[k], step->added[i], step->step);
  for (guint i = 0; i < step->n_replaced; i++)
    {
      guint from = history->value_apply[step->replaced[i].before];
      guint to = history->value_apply[step->replaced[i].after];

      if (step->n_added == 0 || to < step->added[0] || to > step->added[step->n_added - 1])
        descend (history, from, to, step->step);
    }
}

static void
index_descents (WeftHistory *history)
{
  guint             n = history->descents->len;
  g_autofree guint *from = g_new (guint, n + 1);
  g_autofree guint *to = g_new (guint, n + 1);
  g_autofree guint *numbers = g_new (guint, n + 1);

  for (guint i = 0; i < n; i++)
    {
      from[i] = g_array_index (history->descents, WeftDescent, i).from;
      to[i] = g_array_index (history->descents, WeftDescent, i).to;
      numbers[i] = i;
    }
  history->from = weft_lists_new (history->n_applies, n, from, numbers);
  history->to = weft_lists_new (history->n_applies, n, to, numbers);
}

/* ---- Biographies ---- */

static void
tell (GArray *applies, GArray *steps, guint *last, guint apply, guint step)
{
  if (last[apply] == step)
    return;
  last[apply] = step;
  g_array_append_val (applies, apply);
  g_array_append_val (steps, step);
}

static void
write_biographies (WeftHistory *history)
{
  g_autoptr (GArray) applies = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) steps = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree guint *last = g_new0 (guint, history->n_applies + 1);

  for (guint i = 1; i <= history->n_steps; i++)
    {
      const WeftRewriteStep *step = weft_history_get_step (history, i);

      for (guint k = 0; k < step->n_matched; k++)
        tell (applies, steps, last, step->matched[k], i);
      for (guint k = 0; k < step->n_added; k++)
        tell (applies, steps, last, step->added[k], i);
      for (guint k = 0; k < step->n_replaced; k++)
        {
          tell (applies, steps, last, history->value_apply[step->replaced[k].before], i);
          tell (applies, steps, last, history->value_apply[step->replaced[k].after], i);
        }
    }
  history->biography = weft_lists_new (history->n_applies, applies->len, (guint *) applies->data,
                                       (guint *) steps->data);
}

/* ---- Set up ---- */

typedef struct
{
  WeftHistory *history;
  GArray      *keys, *items;
  guint        apply;
} Hidden;

static void
add_hidden (const char *name, gpointer data)
{
  Hidden    *hidden = data;
  WeftValue *value = weft_graph_find_counted (hidden->history->graph, name);
  guint      number;

  if (value == NULL)
    return;
  number = weft_history_apply_number (hidden->history, value->apply);
  g_array_append_val (hidden->keys, hidden->apply);
  g_array_append_val (hidden->items, number);
}

static void
find_hidden (WeftHistory *history)
{
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) items = g_array_new (FALSE, FALSE, sizeof (guint));
  Hidden hidden = { history, keys, items, 0 };

  for (guint id = 0; id < history->n_applies && weft_graph_has_counted (history->graph); id++)
    {
      hidden.apply = id;
      weft_apply_foreach_name (weft_graph_get_apply (history->graph, id), add_hidden, &hidden);
    }
  history->hidden =
    weft_lists_new (history->n_applies, keys->len, (guint *) keys->data, (guint *) items->data);
}

/* Numbers of values, slots, and what each slot reads when its application is made. */
static void
number_slots (WeftHistory *history, WeftValue *const *outputs)
{
  guint n = 0;

  history->slot = g_new (guint, history->n_applies + 1);
  for (guint id = 0; id < history->n_applies; id++)
    {
      const WeftApply *apply = weft_graph_get_apply (history->graph, id);

      history->slot[id] = n;
      if (weft_history_apply_number (history, apply) == id)
        n += apply->n_inputs;
    }
  history->slot[history->n_applies] = n;
  history->slots.n = n + history->n_outputs;
  history->slots.initial = g_new (guint, history->slots.n + 1);
  for (guint id = 0; id < history->n_applies; id++)
    {
      const WeftApply *apply = weft_graph_get_apply (history->graph, id);

      for (guint slot = history->slot[id]; slot < history->slot[id + 1]; slot++)
        history->slots.initial[slot] =
          weft_history_value_number (history, apply->inputs[slot - history->slot[id]]);
    }
  for (guint i = 0; i < history->n_outputs; i++)
    history->slots.initial[n + i] = weft_history_value_number (history, outputs[i]);
}

static void
number_values (WeftHistory *history)
{
  const WeftApply *last;

  if (history->n_applies == 0)
    return;
  last = weft_graph_get_apply (history->graph, history->n_applies - 1);
  history->n_values = last->outputs[0].id + last->n_outputs;
  history->value_apply = g_new (guint, history->n_values);
  for (guint id = 0; id < history->n_applies; id++)
    {
      const WeftApply *apply = weft_graph_get_apply (history->graph, id);

      for (guint i = 0; i < apply->n_outputs; i++)
        history->value_apply[apply->outputs[i].id] = weft_history_apply_number (history, apply);
    }
}

static guint *
new_filled (guint n, guint with)
{
  guint *array = g_new (guint, n + 1);

  for (guint i = 0; i < n; i++)
    array[i] = with;
  return array;
}

static void
builder_init (Builder *builder, WeftHistory *history)
{
  builder->history = history;
  builder->now = g_memdup2 (history->slots.initial, (history->slots.n + 1) * sizeof (guint));
  builder->next = new_filled (history->slots.n, NOBODY);
  builder->previous = new_filled (history->slots.n, NOBODY);
  builder->head = new_filled (history->n_values, NOBODY);
  builder->instead = g_new (guint, history->n_values + 1);
  for (guint i = 0; i < history->n_values; i++)
    builder->instead[i] = i;
  builder->uses = g_new0 (guint, history->n_applies + 1);
  builder->alive = g_new0 (guint8, history->n_applies + 1);
  builder->was = g_new0 (guint8, history->n_applies + 1);
  builder->touched = g_new0 (guint8, history->n_applies + 1);
  builder->changed = g_array_new (FALSE, FALSE, sizeof (guint));
  builder->pending = g_array_new (FALSE, FALSE, sizeof (guint));
  builder->edit_slots = g_array_new (FALSE, FALSE, sizeof (guint));
  builder->edits = g_array_new (FALSE, FALSE, sizeof (WeftEdit));
  builder->toggle_applies = g_array_new (FALSE, FALSE, sizeof (guint));
  builder->toggle_steps = g_array_new (FALSE, FALSE, sizeof (guint));
}

static void
builder_clear (Builder *builder)
{
  g_free (builder->now);
  g_free (builder->next);
  g_free (builder->previous);
  g_free (builder->head);
  g_free (builder->instead);
  g_free (builder->uses);
  g_free (builder->alive);
  g_free (builder->was);
  g_free (builder->touched);
  g_array_unref (builder->changed);
  g_array_unref (builder->pending);
  g_array_unref (builder->edit_slots);
  g_array_unref (builder->edits);
  g_array_unref (builder->toggle_applies);
  g_array_unref (builder->toggle_steps);
}

/* The lists by slot and application of what was noted in order. */
static void
sort_notes (Builder *builder)
{
  WeftHistory      *history = builder->history;
  guint             n = builder->edits->len;
  g_autofree guint *numbers = g_new (guint, n + 1);
  WeftLists         order;

  for (guint i = 0; i < n; i++)
    numbers[i] = i;
  order = weft_lists_new (history->slots.n, n, (guint *) builder->edit_slots->data, numbers);
  history->slots.first = g_steal_pointer (&order.first);
  history->slots.edits = g_new (WeftEdit, n + 1);
  for (guint i = 0; i < n; i++)
    history->slots.edits[i] = g_array_index (builder->edits, WeftEdit, order.items[i]);
  weft_lists_clear (&order);
  history->toggles =
    weft_lists_new (history->n_applies, builder->toggle_applies->len,
                    (guint *) builder->toggle_applies->data, (guint *) builder->toggle_steps->data);
}

/* Goes through the journal of @history, whose first outputs are @outputs. */
void
weft_history_build (WeftHistory *history, WeftValue *const *outputs)
{
  const WeftRewrite *journal = history->journal;
  Builder            builder = { 0 };
  guint              n_slots;

  number_values (history);
  number_slots (history, outputs);
  find_hidden (history);
  builder_init (&builder, history);
  n_slots = history->slot[history->n_applies];
  for (guint i = 0; i < history->n_outputs; i++)
    {
      link_slot (&builder, n_slots + i);
      use (&builder, history->value_apply[builder.now[n_slots + i]]);
      spread_life (&builder);
    }
  for (guint i = 0; i < journal->n_first; i++)
    {
      const WeftReplaced *pair = &g_array_index (journal->replaced, WeftReplaced, i);

      replace (&builder, pair->before, pair->after);
      descend (history, history->value_apply[pair->before], history->value_apply[pair->after], 0);
    }
  end_step (&builder);
  for (builder.step = 1; builder.step <= history->n_steps; builder.step++)
    {
      const WeftRewriteStep *step = weft_history_get_step (history, builder.step);

      note_descents (history, step);
      for (guint i = 0; i < step->n_replaced; i++)
        replace (&builder, step->replaced[i].before, step->replaced[i].after);
      end_step (&builder);
    }
  sort_notes (&builder);
  index_descents (history);
  write_biographies (history);
  builder_clear (&builder);
}

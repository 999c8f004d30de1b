/* The steps of a model's history as rows of a list.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/step-rows.h"

#include "ui/optimise/phase.h"

#include <string.h>

/* Neighbours by one rule are one row from this many on. */
#define COLLAPSE_FROM 4
/* Formulas of longer histories are not searched: making them all would stop the window. */
#define MAX_SEARCHED 2000
#define FORMULA_OPS 24

typedef struct
{
  WeftRowKind kind;
  guint       first, last; /* steps */
  guint       begin, end;  /* in the array of steps that pass */
} Row;

struct _WeftStepRow
{
  GObject parent_instance;
  Row     row;
};

struct _WeftStepRows
{
  GObject parent_instance;

  /* Borrowed */
  WeftOptimiseModel *model; /* NULL once it has gone */

  /* Owned */
  WeftHistory *history;            /* NULL: none */
  GArray      *rows;               /* Row */
  GArray      *shown;              /* guint: steps that pass */
  GHashTable  *open;               /* first steps of rows that are open */
  char       **formulas, **places; /* by step, NULL: not asked for yet */
  char        *text, *rule;        /* of the filter */

  /* Plain values */
  WeftStepFilter filter;
};

static void list_model_init (GListModelInterface *interface);
G_DEFINE_FINAL_TYPE (WeftStepRow, weft_step_row, G_TYPE_OBJECT)
G_DEFINE_FINAL_TYPE_WITH_CODE (WeftStepRows,
                               weft_step_rows,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

/* ---- A row ---- */

static void
weft_step_row_class_init (WeftStepRowClass *klass)
{
}

static void
weft_step_row_init (WeftStepRow *row)
{
}

/** weft_step_row_get_kind: what @row is. */
WeftRowKind
weft_step_row_get_kind (WeftStepRow *row)
{
  return row->row.kind;
}

/** weft_step_row_first: the first step of @row. */
guint
weft_step_row_first (WeftStepRow *row)
{
  return row->row.first;
}

/** weft_step_row_last: the last step of @row. */
guint
weft_step_row_last (WeftStepRow *row)
{
  return row->row.last;
}

/** weft_step_row_n: how many steps @row stands for. */
guint
weft_step_row_n (WeftStepRow *row)
{
  return row->row.end - row->row.begin;
}

/* ---- What stands in a row ---- */

/**
 * weft_step_rows_formula:
 * @rows: the rows
 * @step: a step of the history
 *
 * Returns: (transfer none): what it replaced, and by what
 */
const char *
weft_step_rows_formula (WeftStepRows *rows, guint step)
{
  if (rows->formulas[step] == NULL)
    {
      g_autofree char *before = NULL, *after = NULL;
      weft_history_formulas (rows->history, step, FORMULA_OPS, &before, &after);
      rows->formulas[step] = g_strdup_printf ("%s → %s", before, after);
    }
  return rows->formulas[step];
}

static guint
root_apply (WeftStepRows *rows, guint step)
{
  const WeftRewriteStep *info = weft_history_get_step (rows->history, step);
  return info->n_matched > 0 ? info->matched[0]
                             : weft_history_value_apply (rows->history, info->root_before);
}

/**
 * weft_step_rows_place:
 * @rows: the rows
 * @step: a step of the history
 *
 * Returns: (transfer none): which nodes of the document it comes from; may be empty
 */
const char *
weft_step_rows_place (WeftStepRows *rows, guint step)
{
  if (rows->places[step] == NULL)
    rows->places[step] = weft_optimise_model_dup_place (rows->model, root_apply (rows, step));
  return rows->places[step];
}

/**
 * weft_step_rows_node:
 * @rows: the rows
 * @step: a step of the history
 *
 * Returns: the document node it comes from; 0: none
 */
guint32
weft_step_rows_node (WeftStepRows *rows, guint step)
{
  return weft_optimise_model_node_of (rows->model, root_apply (rows, step));
}

/* ---- The filter ---- */

static gboolean
has_words (WeftStepRows *rows, const WeftRewriteStep *step, char **words)
{
  const char      *formula = weft_history_n_steps (rows->history) <= MAX_SEARCHED
                               ? weft_step_rows_formula (rows, step->step)
                               : "";
  g_autofree char *whole =
    g_strdup_printf ("%s %s %s %s", step->rule, weft_phase_title (step->phase),
                     weft_step_rows_place (rows, step->step), formula);
  g_autofree char *folded = g_utf8_casefold (whole, -1);
  for (guint i = 0; words[i] != NULL; i++)
    if (strstr (folded, words[i]) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
passes (WeftStepRows *rows, const WeftRewriteStep *step, char **words)
{
  if (rows->filter.phase != WEFT_ANY_PHASE && step->phase != rows->filter.phase)
    return FALSE;
  if (rows->filter.rule != NULL && !g_str_equal (step->rule, rows->filter.rule))
    return FALSE;
  return words == NULL || has_words (rows, step, words);
}

static void
add_if_passes (WeftStepRows *rows, guint step, char **words)
{
  if (step <= rows->filter.until &&
      passes (rows, weft_history_get_step (rows->history, step), words))
    g_array_append_val (rows->shown, step);
}

static void
fill_shown (WeftStepRows *rows)
{
  g_autofree char *folded = rows->text != NULL ? g_utf8_casefold (rows->text, -1) : NULL;
  g_auto (GStrv) words =
    folded != NULL && *folded != '\0' ? g_strsplit_set (folded, " ", -1) : NULL;
  g_array_set_size (rows->shown, 0);
  if (rows->history == NULL)
    return;
  if (rows->filter.apply != G_MAXUINT)
    {
      g_autoptr (GArray) steps = weft_history_biography (rows->history, rows->filter.apply);
      for (guint i = 0; i < steps->len; i++)
        add_if_passes (rows, g_array_index (steps, guint, i), words);
      return;
    }
  guint n = weft_history_n_steps (rows->history);
  for (guint step = 1; step <= n; step++)
    add_if_passes (rows, step, words);
}

/* ---- The rows ---- */

static const WeftRewriteStep *
shown_step (WeftStepRows *rows, guint index)
{
  return weft_history_get_step (rows->history, g_array_index (rows->shown, guint, index));
}

static guint
end_of_run (WeftStepRows *rows, guint begin)
{
  const WeftRewriteStep *first = shown_step (rows, begin);
  guint                  end = begin + 1;
  while (end < rows->shown->len && shown_step (rows, end)->phase == first->phase &&
         g_str_equal (shown_step (rows, end)->rule, first->rule))
    end++;
  return end;
}

static void
add_row (WeftStepRows *rows, WeftRowKind kind, guint begin, guint end)
{
  Row row = { .kind = kind,
              .first = g_array_index (rows->shown, guint, begin),
              .last = g_array_index (rows->shown, guint, end - 1),
              .begin = begin,
              .end = end };
  g_array_append_val (rows->rows, row);
}

static void
fill_rows (WeftStepRows *rows)
{
  g_array_set_size (rows->rows, 0);
  for (guint begin = 0, end; begin < rows->shown->len; begin = end)
    {
      end = end_of_run (rows, begin);
      gboolean collapse = end - begin >= COLLAPSE_FROM;
      gboolean open = collapse && g_hash_table_contains (
                                    rows->open, GUINT_TO_POINTER (shown_step (rows, begin)->step));
      if (collapse)
        add_row (rows, open ? WEFT_ROW_OPEN : WEFT_ROW_CLOSED, begin, end);
      for (guint i = begin; i < end && (open || !collapse); i++)
        add_row (rows, open ? WEFT_ROW_INNER : WEFT_ROW_STEP, i, i + 1);
    }
}

static void
refill (WeftStepRows *rows)
{
  guint before = rows->rows->len;
  fill_shown (rows);
  fill_rows (rows);
  if (before > 0 || rows->rows->len > 0)
    g_list_model_items_changed (G_LIST_MODEL (rows), 0, before, rows->rows->len);
}

/**
 * weft_step_rows_toggle:
 * @rows: the rows
 * @position: one of them
 *
 * Opens a row of several steps, or closes it; does nothing to others.
 */
void
weft_step_rows_toggle (WeftStepRows *rows, guint position)
{
  if (position >= rows->rows->len)
    return;
  Row row = g_array_index (rows->rows, Row, position);
  if (row.kind == WEFT_ROW_CLOSED)
    g_hash_table_add (rows->open, GUINT_TO_POINTER (row.first));
  else if (row.kind == WEFT_ROW_OPEN)
    g_hash_table_remove (rows->open, GUINT_TO_POINTER (row.first));
  else
    return;
  guint n = row.end - row.begin;
  fill_rows (rows);
  if (row.kind == WEFT_ROW_CLOSED)
    g_list_model_items_changed (G_LIST_MODEL (rows), position, 1, n + 1);
  else
    g_list_model_items_changed (G_LIST_MODEL (rows), position, n + 1, 1);
}

/**
 * weft_step_rows_find:
 * @rows: the rows
 * @step: a step
 *
 * Returns: the position of the row that shows it: its own, else the closed one it is part of;
 * G_MAXUINT: none
 */
guint
weft_step_rows_find (WeftStepRows *rows, guint step)
{
  guint low = 0, high = rows->rows->len;
  while (low < high)
    {
      guint      middle = low + (high - low) / 2;
      const Row *row = &g_array_index (rows->rows, Row, middle);
      if (row->kind == WEFT_ROW_OPEN ? step < row->first : step <= row->last)
        high = middle;
      else
        low = middle + 1;
    }
  if (low == rows->rows->len)
    return G_MAXUINT;
  const Row *found = &g_array_index (rows->rows, Row, low);
  return found->kind != WEFT_ROW_OPEN && found->first <= step ? low : G_MAXUINT;
}

/**
 * weft_step_rows_n_shown:
 * @rows: the rows
 *
 * Returns: how many steps pass the filter
 */
guint
weft_step_rows_n_shown (WeftStepRows *rows)
{
  return rows->shown->len;
}

/**
 * weft_step_rows_set_filter:
 * @rows: the rows
 * @filter: which steps to show
 */
void
weft_step_rows_set_filter (WeftStepRows *rows, const WeftStepFilter *filter)
{
  g_autofree char *text = g_strdup (filter->text), *rule = g_strdup (filter->rule);
  g_free (rows->text);
  g_free (rows->rule);
  rows->text = g_steal_pointer (&text);
  rows->rule = g_steal_pointer (&rule);
  rows->filter = *filter;
  rows->filter.text = rows->text;
  rows->filter.rule = rows->rule;
  refill (rows);
}

/* ---- GListModel ---- */

static GType
get_item_type (GListModel *list)
{
  return WEFT_TYPE_STEP_ROW;
}

static guint
get_n_items (GListModel *list)
{
  return WEFT_STEP_ROWS (list)->rows->len;
}

static gpointer
get_item (GListModel *list, guint position)
{
  WeftStepRows *rows = WEFT_STEP_ROWS (list);
  if (position >= rows->rows->len)
    return NULL;
  WeftStepRow *row = g_object_new (WEFT_TYPE_STEP_ROW, NULL);
  row->row = g_array_index (rows->rows, Row, position);
  return row;
}

static void
list_model_init (GListModelInterface *interface)
{
  interface->get_item_type = get_item_type;
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
}

/* ---- Its life ---- */

static void
free_texts (char **texts, guint n)
{
  for (guint i = 0; texts != NULL && i < n; i++)
    g_free (texts[i]);
  g_free (texts);
}

static void
drop_history (WeftStepRows *rows)
{
  guint n = rows->history != NULL ? weft_history_n_steps (rows->history) + 1 : 0;
  free_texts (rows->formulas, n);
  free_texts (rows->places, n);
  rows->formulas = rows->places = NULL;
  g_clear_pointer (&rows->history, weft_history_unref);
}

static void
follow_model (WeftStepRows *rows)
{
  WeftHistory *history = weft_optimise_model_get_history (rows->model);
  if (history == rows->history)
    return;
  drop_history (rows);
  g_hash_table_remove_all (rows->open);
  rows->filter.apply = G_MAXUINT;
  if (history != NULL)
    {
      rows->history = weft_history_ref (history);
      rows->formulas = g_new0 (char *, weft_history_n_steps (history) + 1);
      rows->places = g_new0 (char *, weft_history_n_steps (history) + 1);
    }
  refill (rows);
}

static void
weft_step_rows_dispose (GObject *object)
{
  WeftStepRows *rows = WEFT_STEP_ROWS (object);
  drop_history (rows);
  g_clear_pointer (&rows->rows, g_array_unref);
  g_clear_pointer (&rows->shown, g_array_unref);
  g_clear_pointer (&rows->open, g_hash_table_unref);
  g_clear_pointer (&rows->text, g_free);
  g_clear_pointer (&rows->rule, g_free);
  g_clear_weak_pointer (&rows->model);
  G_OBJECT_CLASS (weft_step_rows_parent_class)->dispose (object);
}

static void
weft_step_rows_class_init (WeftStepRowsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_step_rows_dispose;
}

static void
weft_step_rows_init (WeftStepRows *rows)
{
  rows->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  rows->shown = g_array_new (FALSE, FALSE, sizeof (guint));
  rows->open = g_hash_table_new (NULL, NULL);
  rows->filter = WEFT_STEP_FILTER_NONE;
}

/**
 * weft_step_rows_new:
 * @model: whose history
 *
 * Returns: (transfer full): its steps as rows, which follow the model
 */
WeftStepRows *
weft_step_rows_new (WeftOptimiseModel *model)
{
  WeftStepRows *rows = g_object_new (WEFT_TYPE_STEP_ROWS, NULL);
  g_set_weak_pointer (&rows->model, model);
  g_signal_connect_object (model, "changed", G_CALLBACK (follow_model), rows, G_CONNECT_SWAPPED);
  follow_model (rows);
  return rows;
}

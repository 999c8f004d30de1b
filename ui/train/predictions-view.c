/* Rows that the model was not trained with, and what it takes them for, the least sure first; or
 * those of one cell of the confusion matrix. What is wrong is outlined and says so in words.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/measures.h"
#include "ui/train/pictures.h"
#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>

#define MOST 60
#define MARGIN 10.0
#define GAP 8.0
#define LEAST_TILE 84.0
#define TILE_HEIGHT 92.0
#define ROW_HEIGHT 44.0 /* of a tile without a picture */
#define TEXT_WIDTH 170.0
#define N_NUMBERS 6

typedef struct
{
  guint8  *picture; /* NULL: it is no picture */
  char    *text, *truth, *guess;
  double   sure;
  gboolean right;
  guint32  row;
} Tile;

typedef struct
{
  guint n, n_all, n_wrong;
  guint width, height, channels;
  char *cell; /* NULL: of all */
  Tile *tiles;
} Predictions;

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  return facts->task == WEFT_TASK_CLASSES && facts->input >= 0;
}

static void
fill_tiles (Predictions       *predictions,
            WeftLook          *look,
            const WeftGuesses *guesses,
            const guint32     *rows,
            const WeftArray   *input)
{
  for (guint i = 0; i < predictions->n; i++)
    {
      Tile *tile = &predictions->tiles[i];
      tile->row = rows[i];
      tile->right = guesses->truth[rows[i]] == guesses->guess[rows[i]];
      tile->sure = guesses->sure[rows[i]];
      tile->truth = weft_facts_class_name (look->facts, guesses->truth[rows[i]]);
      tile->guess = weft_facts_class_name (look->facts, guesses->guess[rows[i]]);
      tile->picture = predictions->width > 0 ? weft_row_picture (look->facts, input, i) : NULL;
      tile->text = weft_row_text (input, i, N_NUMBERS);
    }
}

static void
free_result (gpointer data)
{
  Predictions *predictions = data;
  for (guint i = 0; i < predictions->n; i++)
    {
      g_free (predictions->tiles[i].picture);
      g_free (predictions->tiles[i].text);
      g_free (predictions->tiles[i].truth);
      g_free (predictions->tiles[i].guess);
    }
  g_free (predictions->tiles);
  g_free (predictions->cell);
}

static gpointer
compute (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  const WeftFacts   *facts = look->facts;
  const WeftOutcome *outcome = weft_look_outcome (look, error);
  gsize              n;
  if (outcome == NULL || outcome->target == NULL)
    return NULL;
  g_autoptr (WeftGuesses) guesses = weft_guesses_new (facts, outcome);
  g_autofree guint32 *rows = weft_guesses_least_sure (guesses, look->truth, look->guess, &n);
  Predictions        *predictions = weft_result_new (Predictions);
  predictions->n_all = (guint) n;
  predictions->n = (guint) MIN (n, MOST);
  predictions->width = facts->width;
  predictions->height = facts->height;
  predictions->channels = facts->channels;
  predictions->tiles = g_new0 (Tile, predictions->n + 1);
  for (gsize i = 0; i < n; i++)
    predictions->n_wrong += guesses->truth[rows[i]] != guesses->guess[rows[i]];
  if (look->truth >= 0)
    {
      g_autofree char *truth = weft_facts_class_name (facts, (guint) look->truth);
      g_autofree char *guess = weft_facts_class_name (facts, (guint) look->guess);
      predictions->cell = g_strdup_printf (look->truth == look->guess ? _ ("%s, taken for %s")
                                                                      : _ ("%s, but taken for %s"),
                                           truth, guess);
    }
  g_autoptr (WeftArray) input =
    weft_dataset_gather (weft_look_dataset (look, NULL), outcome->split, (guint) facts->input, rows,
                         predictions->n, error);
  if (input == NULL)
    {
      g_atomic_rc_box_release_full (predictions, free_result);
      return NULL;
    }
  fill_tiles (predictions, look, guesses, rows, input);
  return predictions;
}

/* ---- Drawing ---- */

static guint
item_columns (WeftDrawing *drawing)
{
  const Predictions *predictions = drawing->result;
  double             least = predictions->width > 0 ? LEAST_TILE : TEXT_WIDTH;
  return (guint) MAX (1, (drawing->width - 2 * MARGIN + GAP) / (least + GAP));
}

static WeftRect
tile_rect (WeftDrawing *drawing, guint item)
{
  const Predictions *predictions = drawing->result;
  guint              columns = item_columns (drawing);
  double             room = drawing->height - MARGIN;
  double             least = predictions->width > 0 ? TILE_HEIGHT : ROW_HEIGHT;
  guint              rows = (guint) MAX (1, (room + GAP) / (least + GAP));
  double             width = (drawing->width - 2 * MARGIN + GAP) / columns;
  double             height = (room + GAP) / rows;
  return (WeftRect){ MARGIN + item % columns * width, item / columns * height, width - GAP,
                     height - GAP };
}

static guint
n_shown (WeftDrawing *drawing)
{
  const Predictions *predictions = drawing->result;
  guint              n = 0;
  while (n < predictions->n && tile_rect (drawing, n).y < drawing->height - MARGIN)
    n++;
  return n;
}

static void
draw_bar (WeftDrawing *drawing, const Tile *tile, WeftRect box)
{
  WeftRect full = { box.x + 8, box.y + box.height - 10, box.width - 16, 5 }, part = full;
  part.width = full.width * CLAMP (tile->sure, 0, 1);
  weft_pen_fill (&drawing->pen, full, 2.5, weft_drawing_colour (drawing, WEFT_ROLE_GRID));
  weft_pen_fill (&drawing->pen, part, MIN (2.5, part.width / 2),
                 weft_drawing_colour (drawing, tile->right ? WEFT_ROLE_ADDED : WEFT_ROLE_ERROR));
}

static void
draw_tile (WeftDrawing *drawing, const Predictions *predictions, const Tile *tile, WeftRect box)
{
  WeftRole         role = tile->right ? WEFT_ROLE_TEXT : WEFT_ROLE_ERROR;
  g_autofree char *text = tile->right ? g_strdup (tile->guess)
                                      : g_strdup_printf (_ ("%s not %s"), tile->guess, tile->truth);
  WeftRect         words = { box.x + 6, box.y + box.height - 29, box.width - 12, 17 };
  weft_pen_fill (&drawing->pen, box, 6, weft_drawing_colour (drawing, WEFT_ROLE_PILL));
  weft_pen_border (&drawing->pen, box, 6,
                   (WeftStroke){ weft_drawing_colour (drawing, tile->right ? WEFT_ROLE_CARD_BORDER
                                                                           : WEFT_ROLE_ERROR),
                                 tile->right ? 1 : 2, 0 });
  if (tile->picture != NULL)
    weft_drawing_picture (
      drawing, (WeftRect){ box.x + 8, box.y + 7, box.width - 16, box.height - 38 }, tile->picture,
      predictions->width, predictions->height, predictions->channels);
  else
    weft_drawing_text (drawing, tile->text, 10, WEFT_FONT_MONO,
                       (WeftRect){ box.x + 8, box.y + 2, box.width - 16, 15 }, WEFT_ALIGN_START,
                       WEFT_ROLE_TEXT_DIM);
  weft_drawing_text (drawing, text, 12, WEFT_FONT_BOLD, words,
                     tile->picture != NULL ? WEFT_ALIGN_CENTRE : WEFT_ALIGN_START, role);
  draw_bar (drawing, tile, box);
}

static void
draw (WeftDrawing *drawing)
{
  const Predictions *predictions = drawing->result;
  guint              n = n_shown (drawing);
  if (predictions->n == 0)
    weft_drawing_message (drawing, _ ("No row was taken so. Show All brings the others back."));
  for (guint i = 0; i < n; i++)
    draw_tile (drawing, predictions, &predictions->tiles[i], tile_rect (drawing, i));
}

/* ---- Words ---- */

static char *
note (gconstpointer result)
{
  const Predictions *predictions = result;
  if (predictions->cell != NULL)
    return g_strdup_printf ("%s: %u", predictions->cell, predictions->n_all);
  return g_strdup_printf (_ ("%u of %u wrong"), predictions->n_wrong, predictions->n_all);
}

static char *
item_text (gconstpointer result, guint item)
{
  const Tile *tile = &((const Predictions *) result)->tiles[item];
  if (tile->right)
    return g_strdup_printf (_ ("Row %u: %s, right, sure to %.1f%%\n%s"), tile->row + 1, tile->guess,
                            100 * tile->sure, tile->text);
  return g_strdup_printf (_ ("Row %u: taken for %s, sure to %.1f%%, but it is %s\n%s"),
                          tile->row + 1, tile->guess, 100 * tile->sure, tile->truth, tile->text);
}

static char *
describe (gconstpointer result)
{
  const Predictions *predictions = result;
  g_autofree char   *head = note (result);
  g_autoptr (GString) text = g_string_new (head);
  for (guint i = 0; i < MIN (predictions->n, 8); i++)
    {
      const Tile *tile = &predictions->tiles[i];
      g_string_append_printf (
        text, tile->right ? _ ("; %s, sure to %.0f%%") : _ ("; wrong: %s, sure to %.0f%%"),
        tile->guess, 100 * tile->sure);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static guint
n_items (gconstpointer result)
{
  return ((const Predictions *) result)->n;
}

static void
show_all (WeftView *view)
{
  weft_observer_set_cell (weft_view_get_observer (view), -1, -1);
}

static gboolean
is_of_a_cell (gconstpointer result)
{
  return ((const Predictions *) result)->cell != NULL;
}

const WeftViewKind weft_predictions_view = {
  .name = "predictions",
  .title = N_ ("Predictions, least sure first"),
  .empty = N_ ("Train the model to see what it is least sure of."),
  .first = TRUE,
  .fits = fits,
  .compute = compute,
  .free = free_result,
  .draw = draw,
  .note = note,
  .describe = describe,
  .n_items = n_items,
  .item_rect = tile_rect,
  .item_text = item_text,
  .item_columns = item_columns,
  .action = N_ ("Show All"),
  .act = show_all,
  .can_act = is_of_a_cell,
};

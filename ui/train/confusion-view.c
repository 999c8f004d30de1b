/* Which classes the model takes for which: a count for each pair, rows of the data by their class
 * downwards, what the model says to the right.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/measures.h"
#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>

#define MOST_CLASSES 40
#define MARGIN 10.0
#define LABEL_GAP 8.0
#define FOOT 20.0
#define GAP 2.0

typedef struct
{
  guint     n, right, total;
  guint32  *counts;
  char    **names;
  WeftSplit split;
} Confusion;

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  return facts->task == WEFT_TASK_CLASSES && facts->n_classes <= MOST_CLASSES;
}

static gpointer
compute (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  const WeftOutcome *outcome = weft_look_outcome (look, error);
  if (outcome == NULL || outcome->target == NULL)
    return NULL;
  g_autoptr (WeftGuesses) guesses = weft_guesses_new (look->facts, outcome);
  Confusion *confusion = weft_result_new (Confusion);
  guint      n = confusion->n = look->facts->n_classes;
  confusion->split = outcome->split;
  confusion->counts = g_new0 (guint32, n * n);
  confusion->names = g_new0 (char *, n + 1);
  weft_guesses_count (guesses, n, confusion->counts);
  for (guint i = 0; i < n; i++)
    {
      confusion->names[i] = weft_facts_class_name (look->facts, i);
      confusion->right += confusion->counts[i * n + i];
    }
  confusion->total = (guint) guesses->n;
  return confusion;
}

static void
free_result (gpointer data)
{
  Confusion *confusion = data;
  g_free (confusion->counts);
  g_strfreev (confusion->names);
}

/* ---- Places ---- */

static double
label_width (WeftDrawing *drawing)
{
  const Confusion *confusion = drawing->result;
  double           widest = 10;
  for (guint i = 0; i < confusion->n; i++)
    widest = MAX (widest, weft_text_width (drawing->style, confusion->names[i],
                                           (WeftFont){ 11, WEFT_FONT_MONO }));
  return MIN (widest, drawing->width / 4);
}

static WeftRect
cell (WeftDrawing *drawing, guint item)
{
  const Confusion *confusion = drawing->result;
  double           left = MARGIN + label_width (drawing) + LABEL_GAP;
  double           width = (drawing->width - left - MARGIN) / confusion->n;
  double           height = (drawing->height - FOOT - MARGIN) / confusion->n;
  return (WeftRect){ left + item % confusion->n * width + GAP / 2,
                     item / confusion->n * height + GAP / 2, width - GAP, height - GAP };
}

static void
draw_cell (WeftDrawing *drawing, guint item, double most)
{
  const Confusion *confusion = drawing->result;
  WeftRect         box = cell (drawing, item);
  guint            count = confusion->counts[item];
  gboolean         right = item / confusion->n == item % confusion->n;
  WeftColour       card = weft_drawing_colour (drawing, WEFT_ROLE_CARD);
  WeftColour       accent = weft_drawing_colour (drawing, right ? WEFT_ROLE_ACCENT : WEFT_ROLE_WIRE_INT);
  double           share = most > 0 ? sqrt (count / most) : 0;
  double           strength = count == 0 ? 0.035 : 0.15 + 0.75 * share;
  weft_pen_fill (&drawing->pen, box, 3, weft_colour_mix (card, accent, strength));
  if (count == 0 || box.width < 12 || box.height < 11)
    return;
  g_autofree char *text = g_strdup_printf ("%u", count);
  WeftColour       white = { 1, 1, 1, 1 };
  WeftColour       ink = strength > 0.6 && !weft_drawing_is_dark (drawing)
                           ? white
                           : weft_drawing_colour (drawing, WEFT_ROLE_TEXT);
  weft_pen_text (&drawing->pen, drawing->style, text,
                 (WeftFont){ MIN (11, box.height - 1), right ? WEFT_FONT_PLAIN : WEFT_FONT_BOLD },
                 box, WEFT_ALIGN_CENTRE, ink);
}

static void
draw (WeftDrawing *drawing)
{
  const Confusion *confusion = drawing->result;
  double           most = 0;
  guint            n = confusion->n;
  for (guint i = 0; i < n * n; i++)
    most = MAX (most, confusion->counts[i]);
  for (guint i = 0; i < n * n; i++)
    draw_cell (drawing, i, most);
  for (guint i = 0; i < n; i++)
    {
      WeftRect row = cell (drawing, i * n), column = cell (drawing, (n - 1) * n + i);
      WeftRect left = { MARGIN, row.y, label_width (drawing), row.height };
      WeftRect foot = { column.x, drawing->height - MARGIN - FOOT + 2, column.width, FOOT };
      if (row.height >= 9)
        weft_drawing_text (drawing, confusion->names[i], 11, WEFT_FONT_MONO, left, WEFT_ALIGN_END,
                           WEFT_ROLE_TEXT_DIM);
      weft_drawing_text (drawing, confusion->names[i], 11, WEFT_FONT_MONO, foot, WEFT_ALIGN_CENTRE,
                         WEFT_ROLE_TEXT_DIM);
    }
}

/* ---- Words ---- */

static char *
note (gconstpointer result)
{
  const Confusion *confusion = result;
  return g_strdup_printf (_ ("%s · %.1f%% right"), weft_split_name (confusion->split),
                          confusion->total > 0 ? 100.0 * confusion->right / confusion->total : 0);
}

static char *
describe (gconstpointer result)
{
  const Confusion *confusion = result;
  g_autoptr (GString) text = g_string_new (NULL);
  g_string_append_printf (text, _ ("%u of %u right"), confusion->right, confusion->total);
  for (guint i = 0; i < confusion->n * confusion->n; i++)
    if (i / confusion->n != i % confusion->n && confusion->counts[i] > 0 && text->len < 600)
      g_string_append_printf (text, _ ("; %s taken for %s: %u"), confusion->names[i / confusion->n],
                              confusion->names[i % confusion->n], confusion->counts[i]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static guint
n_items (gconstpointer result)
{
  const Confusion *confusion = result;
  return confusion->n * confusion->n;
}

static char *
item_text (gconstpointer result, guint item)
{
  const Confusion *confusion = result;
  guint            truth = item / confusion->n, guess = item % confusion->n;
  if (truth == guess)
    return g_strdup_printf (_ ("%s, and taken for it: %u"), confusion->names[truth],
                            confusion->counts[item]);
  return g_strdup_printf (_ ("%s, but taken for %s: %u"), confusion->names[truth],
                          confusion->names[guess], confusion->counts[item]);
}

static guint
item_columns (WeftDrawing *drawing)
{
  return ((const Confusion *) drawing->result)->n;
}

static void
activate (WeftView *view, gconstpointer result, guint item)
{
  const Confusion *confusion = result;
  weft_observer_set_cell (weft_view_get_observer (view), (int) (item / confusion->n),
                          (int) (item % confusion->n));
}

const WeftViewKind weft_confusion_view = {
  .name = "confusion",
  .title = N_ ("Confusion"),
  .empty = N_ ("Train the model to see which classes it takes for which."),
  .first = TRUE,
  .fits = fits,
  .compute = compute,
  .free = free_result,
  .draw = draw,
  .note = note,
  .describe = describe,
  .n_items = n_items,
  .item_rect = cell,
  .item_text = item_text,
  .item_columns = item_columns,
  .activate = activate,
};

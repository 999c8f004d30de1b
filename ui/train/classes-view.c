/* Precision, recall and F1 of each class, as bars with their numbers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/measures.h"
#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>

#define MARGIN 12.0
#define HEAD 20.0
#define MOST_CLASSES 200
#define SUPPORT 44.0

typedef struct
{
  guint           n;
  WeftClassScore *scores;
  char          **names;
  double          macro; /* mean of F1 */
} Classes;

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  return facts->task == WEFT_TASK_CLASSES && facts->n_classes <= MOST_CLASSES;
}

static gpointer
compute (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  const WeftOutcome *outcome = weft_look_outcome (look, error);
  guint              n = look->facts->n_classes, counted = 0;
  if (outcome == NULL || outcome->target == NULL)
    return NULL;
  g_autoptr (WeftGuesses) guesses = weft_guesses_new (look->facts, outcome);
  g_autofree guint32 *counts = g_new (guint32, n * n);
  Classes            *classes = weft_result_new (Classes);
  classes->n = n;
  classes->scores = g_new0 (WeftClassScore, n);
  classes->names = g_new0 (char *, n + 1);
  weft_guesses_count (guesses, n, counts);
  weft_class_scores (counts, n, classes->scores);
  for (guint i = 0; i < n; i++)
    {
      classes->names[i] = weft_facts_class_name (look->facts, i);
      if (isfinite (classes->scores[i].f1))
        {
          classes->macro += classes->scores[i].f1;
          counted++;
        }
    }
  classes->macro /= MAX (counted, 1);
  return classes;
}

static void
free_result (gpointer data)
{
  Classes *classes = data;
  g_free (classes->scores);
  g_strfreev (classes->names);
}

static WeftRect
row_rect (WeftDrawing *drawing, guint item)
{
  const Classes *classes = drawing->result;
  double         height = MIN ((drawing->height - HEAD - MARGIN) / classes->n, 34);
  return (WeftRect){ MARGIN, HEAD + item * height, drawing->width - 2 * MARGIN, height };
}

static void
draw_share (WeftDrawing *drawing, double share, WeftRect box, guint colour)
{
  g_autofree char *text = isfinite (share) ? g_strdup_printf ("%.2f", share) : g_strdup ("–");
  WeftRect         bar = { box.x, box.y + box.height / 2 - 4, box.width - 40, 8 }, part = bar;
  weft_pen_fill (&drawing->pen, bar, 3, weft_drawing_colour (drawing, WEFT_ROLE_PILL));
  part.width = isfinite (share) ? bar.width * share : 0;
  weft_pen_fill (&drawing->pen, part, MIN (3, part.width / 2),
                 weft_theme_binding (drawing->style->theme, colour));
  weft_drawing_text (drawing, text, 11, WEFT_FONT_MONO,
                     (WeftRect){ box.x + box.width - 38, box.y, 32, box.height }, WEFT_ALIGN_END,
                     WEFT_ROLE_TEXT);
}

static void
draw (WeftDrawing *drawing)
{
  const Classes *classes = drawing->result;
  const char    *heads[] = { _ ("precision"), _ ("recall"), _ ("F1") };
  double         names = MIN (drawing->width / 5, 90),
         width = (drawing->width - 2 * MARGIN - names - SUPPORT) / 3;
  for (guint k = 0; k < 3; k++)
    weft_drawing_text (drawing, heads[k], 11, WEFT_FONT_PLAIN,
                       (WeftRect){ MARGIN + names + k * width, 0, width - 6, HEAD },
                       WEFT_ALIGN_START, WEFT_ROLE_TEXT_DIM);
  weft_drawing_text (drawing, _ ("rows"), 11, WEFT_FONT_PLAIN,
                     (WeftRect){ drawing->width - MARGIN - SUPPORT, 0, SUPPORT, HEAD },
                     WEFT_ALIGN_END, WEFT_ROLE_TEXT_DIM);
  for (guint i = 0; i < classes->n; i++)
    {
      WeftRect         row = row_rect (drawing, i);
      double           shares[] = { classes->scores[i].precision, classes->scores[i].recall,
                                    classes->scores[i].f1 };
      g_autofree char *rows = g_strdup_printf ("%u", classes->scores[i].support);
      weft_drawing_text (drawing, classes->names[i], 11, WEFT_FONT_PLAIN,
                         (WeftRect){ row.x, row.y, names - 8, row.height }, WEFT_ALIGN_START,
                         WEFT_ROLE_TEXT);
      for (guint k = 0; k < 3; k++)
        draw_share (drawing, shares[k],
                    (WeftRect){ row.x + names + k * width, row.y, width - 6, row.height }, k);
      weft_drawing_text (drawing, rows, 11, WEFT_FONT_MONO,
                         (WeftRect){ row.x + row.width - SUPPORT, row.y, SUPPORT, row.height },
                         WEFT_ALIGN_END, WEFT_ROLE_TEXT);
    }
}

static char *
note (gconstpointer result)
{
  return g_strdup_printf (_ ("mean F1 %.3f"), ((const Classes *) result)->macro);
}

static guint
n_items (gconstpointer result)
{
  return ((const Classes *) result)->n;
}

static char *
item_text (gconstpointer result, guint item)
{
  const Classes        *classes = result;
  const WeftClassScore *score = &classes->scores[item];
  return g_strdup_printf (_ ("%s: precision %.3f, recall %.3f, F1 %.3f, %u rows"),
                          classes->names[item], score->precision, score->recall, score->f1,
                          score->support);
}

static guint
item_columns (WeftDrawing *drawing)
{
  return 1;
}

static char *
describe (gconstpointer result)
{
  const Classes   *classes = result;
  g_autofree char *head = note (result);
  return weft_describe_items (head, result, classes->n, item_text);
}

const WeftViewKind weft_classes_view = {
  .name = "classes",
  .title = N_ ("Per class"),
  .empty = N_ ("Train the model to see precision and recall of each class."),
  .fits = fits,
  .compute = compute,
  .free = free_result,
  .draw = draw,
  .note = note,
  .describe = describe,
  .n_items = n_items,
  .item_rect = row_rect,
  .item_text = item_text,
  .item_columns = item_columns,
};

/* What a language model writes while it learns: from the beginning of a row that it was not trained
 * with, always the likeliest character, and drawn at random from the same seed, so that what
 * changes is the model.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/tensor/philox.h"
#include "ui/draw/format.h"
#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define LENGTH 110
#define PROMPT 12
#define TEMPERATURE 0.8
#define SEED 1
#define MOST 8
#define MARGIN 14.0

typedef struct
{
  gint64 step;
  char  *likeliest, *drawn;
} Sample;

typedef struct
{
  char      *prompt;
  GPtrArray *samples; /* of Sample, counted, the newest last */
} Text;

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  return facts->task == WEFT_TASK_TEXT && facts->input_column != NULL &&
         facts->input_column->rank == 1 && facts->input_column->classes != NULL;
}

static void
sample_free (gpointer data)
{
  g_free (((Sample *) data)->likeliest);
  g_free (((Sample *) data)->drawn);
}

static void
sample_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, sample_free);
}

static void
free_result (gpointer data)
{
  g_free (((Text *) data)->prompt);
  g_ptr_array_unref (((Text *) data)->samples);
}

/* The next of @n characters whose numbers are at @first: the likeliest, or one drawn at @point. */
static guint
next_of (const WeftFacts *facts, const WeftArray *output, gint64 first, guint n, double point)
{
  g_autofree double *p = g_new (double, n);
  double             sum = 0;
  guint              best = 0;
  weft_facts_probabilities (facts, output, first, p);
  for (guint i = 1; i < n; i++)
    if (p[i] > p[best])
      best = i;
  if (point < 0)
    return best;
  for (guint i = 0; i < n; i++)
    sum += p[i] = pow (p[i] / p[best], 1 / TEMPERATURE);
  point *= sum;
  for (guint i = 0; i < n; i++)
    if ((point -= p[i]) < 0)
      return i;
  return best;
}

/* Two rows that go on together: one writes the likeliest, the other what is drawn. */
static gboolean
write_on (WeftLook *look, WeftPredictor *predictor, GArray *rows[2], GError **error)
{
  gint64 window = look->facts->input_column->shape[0];
  guint  n_classes = look->facts->n_classes;
  double points[LENGTH];
  weft_philox_uniform_f64 (SEED, 0, 0, LENGTH, points);
  for (guint i = 0; i < LENGTH; i++)
    {
      g_autoptr (WeftArray) x =
        weft_array_new (look->facts->input_column->dtype, 2, (gint64[]){ 2, window });
      g_autoptr (WeftArray) output = NULL;
      gint64 n = MIN ((gint64) rows[0]->len, window);
      for (guint r = 0; r < 2; r++)
        for (gint64 k = 0; k < n; k++)
          weft_array_set (x, r * window + k, g_array_index (rows[r], guint, rows[r]->len - n + k));
      if (!weft_predictor_array (predictor, (guint) look->facts->input, x, &output,
                                 look->cancellable, error))
        return FALSE;
      if (output->n_elements != 2 * window * n_classes)
        return FALSE;
      for (guint r = 0; r < 2; r++)
        {
          guint next = next_of (look->facts, output, (r * window + n - 1) * n_classes, n_classes,
                                r == 0 ? -1 : points[i]);
          g_array_append_val (rows[r], next);
        }
    }
  return TRUE;
}

static char *
to_text (const WeftFacts *facts, const GArray *row, guint from, guint to)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char **classes = facts->input_column->classes;
  guint  n = g_strv_length (classes);
  for (guint i = from; i < MIN (to, row->len); i++)
    if (g_array_index (row, guint, i) < n)
      g_string_append (text, classes[g_array_index (row, guint, i)]);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static Text *
text_after (const Text *previous, gint64 step)
{
  Text *text = weft_result_new (Text);
  text->samples = g_ptr_array_new_with_free_func (sample_unref);
  for (guint i = 0; previous != NULL && i < previous->samples->len; i++)
    {
      Sample *sample = g_ptr_array_index (previous->samples, i);
      if (sample->step < step)
        g_ptr_array_add (text->samples, g_atomic_rc_box_acquire (sample));
    }
  while (text->samples->len >= MOST)
    g_ptr_array_remove_index (text->samples, 0);
  return text;
}

static gpointer
compute (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  const Text    *before = previous;
  const char    *port = look->facts->output;
  WeftDataset   *dataset = weft_look_dataset (look, error);
  WeftPredictor *predictor;
  if (before != NULL &&
      ((Sample *) g_ptr_array_index (before->samples, before->samples->len - 1))->step ==
        look->step)
    return g_atomic_rc_box_acquire ((gpointer) before);
  if (dataset == NULL || (predictor = weft_look_predictor (look, 1, &port, FALSE, error)) == NULL)
    return NULL;
  WeftSplit split = weft_dataset_n_rows (dataset, WEFT_SPLIT_VALIDATION) > 0 ? WEFT_SPLIT_VALIDATION
                                                                             : WEFT_SPLIT_TRAIN;
  g_autoptr (WeftArray) first =
    weft_dataset_gather (dataset, split, (guint) look->facts->input, NULL, 1, error);
  if (first == NULL)
    return NULL;
  g_autoptr (GArray) likeliest = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) drawn = g_array_new (FALSE, FALSE, sizeof (guint));
  for (gint64 i = 0; i < MIN (PROMPT, first->n_elements); i++)
    {
      guint c = (guint) weft_array_get (first, i);
      g_array_append_val (likeliest, c);
      g_array_append_val (drawn, c);
    }
  guint n_prompt = likeliest->len;
  if (!write_on (look, predictor, (GArray *[]){ likeliest, drawn }, error))
    return NULL;
  Text   *text = text_after (before, look->step);
  Sample *sample = weft_result_new (Sample);
  sample->step = look->step;
  sample->likeliest = to_text (look->facts, likeliest, n_prompt, G_MAXUINT);
  sample->drawn = to_text (look->facts, drawn, n_prompt, G_MAXUINT);
  text->prompt = to_text (look->facts, drawn, 0, n_prompt);
  g_ptr_array_add (text->samples, sample);
  return text;
}

/* ---- Drawing ---- */

static double
paragraph (WeftDrawing *drawing,
           const char  *head,
           const char  *prompt,
           const char  *text,
           double       y,
           guint        most,
           WeftRole     role)
{
  double           width = drawing->width - 2 * MARGIN;
  g_autofree char *all = g_strconcat (prompt, text, NULL);
  g_strdelimit (all, "\n", ' ');
  if (y > drawing->height - 30)
    return y;
  weft_drawing_text (drawing, head, 11, WEFT_FONT_BOLD, (WeftRect){ MARGIN, y, width, 16 },
                     WEFT_ALIGN_START, WEFT_ROLE_TEXT_DIM);
  return y + 26 +
         weft_pen_paragraph (&drawing->pen, drawing->style, all, (WeftFont){ 12, WEFT_FONT_MONO },
                             (WeftRect){ MARGIN, y + 17, width, drawing->height - y - 17 }, most,
                             weft_drawing_colour (drawing, role));
}

static void
draw (WeftDrawing *drawing)
{
  const Text   *text = drawing->result;
  const Sample *newest = g_ptr_array_index (text->samples, text->samples->len - 1);
  double        y = paragraph (drawing, _ ("Always the likeliest"), text->prompt, newest->likeliest, 0, 4,
                               WEFT_ROLE_TEXT);
  y = paragraph (drawing, _ ("Drawn at random, temperature 0.8"), text->prompt, newest->drawn, y, 6,
                 WEFT_ROLE_TEXT);
  for (guint i = text->samples->len - 1; i-- > 0;)
    {
      const Sample    *sample = g_ptr_array_index (text->samples, i);
      g_autofree char *step = weft_format_count (sample->step);
      g_autofree char *head = g_strdup_printf (_ ("Drawn at step %s"), step);
      y = paragraph (drawing, head, text->prompt, sample->drawn, y, 2, WEFT_ROLE_TEXT_DIM);
    }
}

static char *
note (gconstpointer result)
{
  const Text *text = result;
  return weft_step_note (
    ((Sample *) g_ptr_array_index (text->samples, text->samples->len - 1))->step);
}

static char *
describe (gconstpointer result)
{
  const Text   *text = result;
  const Sample *newest = g_ptr_array_index (text->samples, text->samples->len - 1);
  return g_strdup_printf (_ ("After “%s”, the likeliest: “%s”; drawn at random: “%s”"),
                          text->prompt, newest->likeliest, newest->drawn);
}

const WeftViewKind weft_text_view = {
  .name = "text",
  .title = N_ ("What it writes"),
  .empty = N_ ("Train the model to see what it writes."),
  .first = TRUE,
  .fits = fits,
  .compute = compute,
  .free = free_result,
  .draw = draw,
  .note = note,
  .describe = describe,
};

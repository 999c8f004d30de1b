/* Counts over the values of one field.
 *
 * The range of the numbers is not known before the last one is read. So the first few hundred say
 * where the bins lie, and whenever a number falls beside them the bins double in width: two become
 * one, and nothing that was counted is lost.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/tally.h"

#include "engine/dataset/csv-private.h"

#include <math.h>
#include <string.h>

#define N WEFT_TALLY_BINS
/* Wider than this the ends of the range are no doubles any more. */
#define MAX_WIDTH 1e300
/* Of so many numbers, one may be something else: a slip, or a word for what is missing. */
#define MOST_BAD 50

WeftTally *
weft_tally_new (const char *name)
{
  WeftTally *tally = g_new0 (WeftTally, 1);

  tally->name = g_strdup (name);
  tally->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  tally->whole = tally->counting = TRUE;
  tally->low = G_MAXDOUBLE;
  tally->high = -G_MAXDOUBLE;
  return tally;
}

void
weft_tally_free (WeftTally *tally)
{
  g_free (tally->name);
  g_hash_table_unref (tally->texts);
  g_free (tally);
}

/* ---- Bins ---- */

static void
double_width (WeftTally *tally, gboolean downwards)
{
  gint64 merged[N] = { 0 };

  for (guint i = 0; i < N; i++)
    merged[(downwards ? N / 2 : 0) + i / 2] += tally->bins[i];
  memcpy (tally->bins, merged, sizeof merged);
  if (downwards)
    tally->origin -= N * tally->width;
  tally->width *= 2;
}

static void
count (WeftTally *tally, double number)
{
  double place;

  while (number < tally->origin && tally->width < MAX_WIDTH)
    double_width (tally, TRUE);
  while (number >= tally->origin + N * tally->width && tally->width < MAX_WIDTH)
    double_width (tally, FALSE);
  place = floor ((number - tally->origin) / tally->width);
  tally->bins[(guint) CLAMP (place, 0, N - 1)]++;
}

/* Places the bins around the numbers seen so far; whole numbers of a small range get one each. */
static void
place_bins (WeftTally *tally)
{
  double range = tally->high / N - tally->low / N;
  guint  n = (guint) MIN (tally->n_numbers, WEFT_TALLY_FIRST);

  if (tally->whole && range < 1e6)
    {
      tally->width = MAX (1, ceil (range + 1.0 / N));
      tally->origin = tally->low - 0.5;
    }
  else
    {
      tally->width = CLAMP (2 * range, 1e-300 + fabs (tally->high) * 1e-12, MAX_WIDTH);
      tally->origin = tally->low;
    }
  for (guint i = 0; i < n; i++)
    count (tally, tally->first[i]);
}

/**
 * weft_tally_add_number:
 * @number: finite
 */
void
weft_tally_add_number (WeftTally *tally, double number)
{
  double distance = number - tally->mean;

  tally->whole = tally->whole && number == floor (number);
  tally->counting = tally->counting && (tally->n_numbers == 0 || number == tally->last + 1);
  tally->last = number;
  tally->low = MIN (tally->low, number);
  tally->high = MAX (tally->high, number);
  if (tally->n_numbers < WEFT_TALLY_FIRST)
    tally->first[tally->n_numbers] = number;
  tally->n_numbers++;
  tally->mean += distance / (double) tally->n_numbers;
  tally->squares += distance * (number - tally->mean);
  if (tally->n_numbers == WEFT_TALLY_FIRST)
    place_bins (tally);
  else if (tally->n_numbers > WEFT_TALLY_FIRST)
    count (tally, number);
}

/** weft_tally_add_text: @n times; beyond the number of categories there are, nothing is counted. */
void
weft_tally_add_text (WeftTally *tally, const char *text, gint64 n)
{
  gint64 *known;

  if (g_hash_table_size (tally->texts) > WEFT_MAX_CATEGORIES)
    return;
  known = g_hash_table_lookup (tally->texts, text);
  if (known == NULL)
    {
      known = g_new0 (gint64, 1);
      g_hash_table_insert (tally->texts, g_strdup (text), known);
    }
  *known += n;
}

/* ---- The end ---- */

static void
finish_bins (WeftTally *tally, WeftField *field)
{
  guint begin = 0, end = N;

  if (tally->width == 0)
    place_bins (tally);
  while (begin < end && tally->bins[begin] == 0)
    begin++;
  while (end > begin && tally->bins[end - 1] == 0)
    end--;
  field->n_bins = end - begin;
  field->bins = g_memdup2 (tally->bins + begin, field->n_bins * sizeof *field->bins);
  field->bins_low = tally->origin + begin * tally->width;
  field->bins_high = tally->origin + end * tally->width;
}

static int
compare_numbers_then_texts (gconstpointer a, gconstpointer b)
{
  double x, y;

  if (weft_csv_number (a, &x) && weft_csv_number (b, &y) && x != y)
    return (x > y) - (x < y);
  return strcmp (a, b);
}

static void
finish_texts (WeftTally *tally, WeftField *field)
{
  g_autoptr (GList) texts =
    g_list_sort (g_hash_table_get_keys (tally->texts), compare_numbers_then_texts);
  guint n = g_hash_table_size (tally->texts), i = 0;

  if (n == 0 || n > WEFT_MAX_CATEGORIES)
    return;
  field->texts = g_new0 (char *, n + 1);
  field->counts = g_new0 (gint64, n);
  for (GList *l = texts; l != NULL; l = l->next, i++)
    {
      field->texts[i] = g_strdup (l->data);
      field->counts[i] = *(gint64 *) g_hash_table_lookup (tally->texts, l->data);
    }
}

void
weft_tally_finish (WeftTally *tally, WeftField *field)
{
  guint n_texts = g_hash_table_size (tally->texts);

  field->name = g_strdup (tally->name);
  field->n = tally->n;
  field->n_missing = tally->n_missing;
  field->n_numbers = tally->n_numbers;
  field->n_bad = tally->n - tally->n_numbers - tally->n_missing;
  field->can_be_number = tally->n_numbers > 0 && MOST_BAD * field->n_bad <= tally->n_numbers;
  field->is_date = tally->n_dates > 0 && tally->n_dates + tally->n_missing == tally->n;
  field->is_counting =
    tally->whole && tally->counting && tally->n_numbers == tally->n && tally->n > 1;
  field->can_be_category = n_texts >= 2 && n_texts <= WEFT_MAX_CATEGORIES;
  if (tally->n_numbers > 0)
    {
      field->low = tally->low;
      field->high = tally->high;
      field->mean = tally->mean;
      field->deviation = sqrt (tally->squares / (double) tally->n_numbers);
      finish_bins (tally, field);
    }
  finish_texts (tally, field);
}

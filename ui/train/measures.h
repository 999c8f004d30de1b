/* What views count and compute from a model's outputs. Any thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/train/look.h"

G_BEGIN_DECLS

/* The class of each row, what the model takes it for, and how sure it is: the probability of that
 * class. */
typedef struct
{
  gsize    n;
  guint32 *truth, *guess;
  double  *sure;
} WeftGuesses;

WeftGuesses *weft_guesses_new (const WeftFacts *facts, const WeftOutcome *outcome);
void         weft_guesses_free (WeftGuesses *guesses);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftGuesses, weft_guesses_free)

/* Rows of class t taken for g into counts[t * n_classes + g]. */
void weft_guesses_count (const WeftGuesses *guesses, guint n_classes, guint32 *counts);
/* The rows in the order of their certainty, the least first; of class @truth taken for @guess, -1:
 * of any. Caller owns. */
guint32 *weft_guesses_least_sure (const WeftGuesses *guesses, int truth, int guess, gsize *n);

/* NaN where nothing was taken for the class, or none is of it. */
typedef struct
{
  double precision, recall, f1;
  guint  support; /* rows of the class */
} WeftClassScore;
void weft_class_scores (const guint32 *counts, guint n_classes, WeftClassScore *scores);

/* The two directions in which @rows [n, m] differ most, and each row's place along them into @xy
 * [n, 2]; @shares gets their part of the variance. FALSE: there are fewer than two rows or numbers.
 * The larger half of a direction is positive. */
gboolean weft_principal_plane (const double *rows, gsize n, gsize m, double *xy, double shares[2]);

/* Numbers between @low and @high into @bins, counted. */
void weft_histogram (const WeftArray *array, double low, double high, guint n_bins, guint32 *bins);

G_END_DECLS

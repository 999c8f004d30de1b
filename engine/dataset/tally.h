/* Counts over the values of one field, gathered in one walk in constant memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/dataset/survey.h"

G_BEGIN_DECLS

/* More different texts are names, not categories. */
#define WEFT_MAX_CATEGORIES 100
#define WEFT_TALLY_BINS 64
#define WEFT_TALLY_FIRST 512

typedef struct
{
  /* Owned */
  char       *name;
  GHashTable *texts; /* text -> gint64 *count, up to WEFT_MAX_CATEGORIES + 1 of them */

  /* Plain values */
  gint64   n, n_missing, n_numbers, n_dates;
  gboolean whole;    /* all numbers are whole */
  gboolean counting; /* each is the one before and one */
  double   last;
  double   low, high, mean, squares;
  double   first[WEFT_TALLY_FIRST]; /* numbers from before the bins had a place */
  double   origin, width;           /* of the bins; width 0: they have no place yet */
  gint64   bins[WEFT_TALLY_BINS];
} WeftTally;

WeftTally *weft_tally_new (const char *name);
void       weft_tally_free (WeftTally *tally);
void       weft_tally_add_number (WeftTally *tally, double number);
void       weft_tally_add_text (WeftTally *tally, const char *text, gint64 n);
/* Fills in all of @field but its role and kind. */
void weft_tally_finish (WeftTally *tally, WeftField *field);

G_END_DECLS

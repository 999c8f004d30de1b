/* Single draws from distributions that need a number of random bits that is not known before.
 *
 * A source gives the random bits of one element of one draw: nobody else reads its part of the
 * stream, so elements may be drawn in any order and by any thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64  seed, stream, block;
  guint32  words[4];
  guint    n_left; /* of words */
  double   spare;  /* the second normal of a pair */
  gboolean has_spare;
} WeftSource;

void   weft_source_init (WeftSource *source, guint64 seed, guint64 stream, guint64 element);
double weft_source_uniform (WeftSource *source);
double weft_source_normal (WeftSource *source);

/* All: any thread. */
double weft_draw_gamma (WeftSource *source, double shape);
double weft_draw_poisson (WeftSource *source, double rate);
double weft_draw_binomial (WeftSource *source, double n, double p);
gint64 weft_draw_integer (WeftSource *source, gint64 low, gint64 high);
/* The standard normal number of (0, 1)'s @u within @low..@high. */
double weft_truncated_normal (double u, double low, double high);

#define WEFT_DRAW_MAX_RATE 1e15 /* of a Poisson draw */
#define WEFT_DRAW_MAX_TRIALS 0x1p53

G_END_DECLS

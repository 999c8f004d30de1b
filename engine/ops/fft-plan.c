/* See fft-plan.h.
 *
 * Source: Bluestein 1970, "A linear filtering approach to the computation of discrete Fourier
 * transform".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/cpu.h"
#include "engine/ops/fft-plan.h"

#include <math.h>
#include <string.h>

/* Stages by the definition cost radix operations a number; above this Bluestein's three transforms
 * of more than twice the length cost less. */
#define LARGEST_RADIX 31
#define MAX_STAGES 64

typedef struct
{
  guint  radix;
  gint64 m;      /* butterflies a line */
  gint64 offset; /* of the twiddles in the table, in elements */
} Stage;

struct _WeftFftPlan
{
  gint64               n;
  gboolean             is_double;
  const WeftFftPasses *passes;
  guint                n_stages;
  Stage                stages[MAX_STAGES];
  void                *table; /* twiddles of all stages; owned, as the following */

  WeftFftPlan *padded;   /* Bluestein: the transform of at least 2 n - 1 */
  void        *chirp;    /* n real parts of exp (-pi i k^2 / n), n imaginary ones */
  void        *spectrum; /* of the chirp's conjugate, over the padded length: likewise */
};

/* The best passes for this machine; @is_double chooses the type. Any thread. */
const WeftFftPasses *
weft_fft_passes (gboolean is_double)
{
#ifdef __x86_64__
  static const WeftFftPasses *const tables[] = { weft_fft_passes_0, weft_fft_passes_1,
                                                 weft_fft_passes_2 };

  return &tables[weft_cpu_level ()][is_double ? 1 : 0];
#else
  return &weft_fft_passes_0[is_double ? 1 : 0];
#endif
}

static void
store (gboolean is_double, void *to, gint64 i, double value)
{
  if (is_double)
    ((double *) to)[i] = value;
  else
    ((float *) to)[i] = value;
}

static double
load (gboolean is_double, const void *from, gint64 i)
{
  return is_double ? ((const double *) from)[i] : ((const float *) from)[i];
}

/* exp (-2 pi i k / n), 0 <= k < n, through the first octant, where sine and cosine are exact to the
 * last place. */
static void
root_of_one (gint64 n, gint64 k, double *re, double *im)
{
  /* Eighths of a turn: k / n = (octant + rest / n) / 8. */
  gint64 octant = 8 * k / n, rest = 8 * k % n;
  double angle, c, s;

  if (octant % 2 == 1)
    rest = n - rest;
  angle = G_PI_4 * ((double) rest / n);
  c = cos (angle);
  s = sin (angle);
  switch (octant)
    {
    case 0:
      *re = c, *im = -s;
      break;
    case 1:
      *re = s, *im = -c;
      break;
    case 2:
      *re = -s, *im = -c;
      break;
    case 3:
      *re = -c, *im = -s;
      break;
    case 4:
      *re = -c, *im = s;
      break;
    case 5:
      *re = -s, *im = c;
      break;
    case 6:
      *re = s, *im = c;
      break;
    default:
      *re = c, *im = s;
      break;
    }
}

void
weft_fft_roots (gint64 n, gint64 count, gboolean is_double, void *to)
{
  for (gint64 k = 0; k < count; k++)
    {
      double re, im;

      root_of_one (n, k % n, &re, &im);
      store (is_double, to, k, re);
      store (is_double, to, count + k, im);
    }
}

/* ---- Stages ---- */

/* Splits n into radices: 4 first, so that most stages have many lines. FALSE: a prime is too large.
 */
static gboolean
find_stages (WeftFftPlan *plan, gint64 *n_table)
{
  gint64 rest = plan->n;

  *n_table = 0;
  while (rest > 1)
    {
      Stage *stage = &plan->stages[plan->n_stages++];

      stage->radix = rest % 4 == 0 ? 4 : 2;
      while (rest % stage->radix != 0 && stage->radix <= LARGEST_RADIX)
        stage->radix++;
      if (stage->radix > LARGEST_RADIX)
        return FALSE;
      rest /= stage->radix;
      stage->m = rest;
      stage->offset = *n_table;
      *n_table += 2 * (stage->radix - 1) * stage->m + (stage->radix > 5 ? 2 * stage->radix : 0);
    }
  return TRUE;
}

static void
fill_stage (WeftFftPlan *plan, const Stage *stage)
{
  gsize  size = plan->is_double ? sizeof (double) : sizeof (float);
  gint64 r = stage->radix, n = r * stage->m;
  char  *w = (char *) plan->table + stage->offset * size;

  for (gint64 j = 1; j < r; j++)
    for (gint64 p = 0; p < stage->m; p++)
      {
        double re, im;

        root_of_one (n, j * p % n, &re, &im);
        store (plan->is_double, w, (j - 1) * stage->m + p, re);
        store (plan->is_double, w, (r - 1 + j - 1) * stage->m + p, im);
      }
  if (r > 5)
    weft_fft_roots (r, r, plan->is_double, w + 2 * (r - 1) * stage->m * size);
}

/* ---- Bluestein ---- */

/* The least length from @least on that is a power of 2, or 3 or 5 times one. */
static gint64
good_length (gint64 least)
{
  gint64 best = G_MAXINT64;

  for (gint64 factor = 1; factor <= 5; factor += 2)
    {
      gint64 n = factor;

      while (n < least)
        n *= 2;
      best = MIN (best, n);
    }
  return best;
}

/* A transform as a convolution with a chirp, done by transforms of a good length: with
 * jk = (j^2 + k^2 - (k - j)^2) / 2, X_k = c_k sum_j (x_j c_j) conj (c_(k-j)). */
static void
make_bluestein (WeftFftPlan *plan)
{
  gsize       size = plan->is_double ? sizeof (double) : sizeof (float);
  gint64      n = plan->n, padded = good_length (2 * n - 1), room;
  WeftFftData data;
  char       *memory;

  plan->n_stages = 0;
  plan->padded = weft_fft_plan_new (padded, plan->is_double);
  plan->chirp = g_malloc (2 * n * size);
  plan->spectrum = g_malloc (2 * padded * size);
  room = weft_fft_plan_room (plan->padded, 1);
  memory = g_malloc0 (4 * room * size);
  data = (WeftFftData){ memory, memory + room * size, memory + 2 * room * size,
                        memory + 3 * room * size };
  for (gint64 k = 0; k < n; k++)
    {
      double re, im;
      /* k^2 mod 2 n, without overflow. */
      gint64 square = (gint64) ((unsigned __int128) k * k % (2 * n));

      root_of_one (2 * n, square, &re, &im);
      store (plan->is_double, plan->chirp, k, re);
      store (plan->is_double, plan->chirp, n + k, im);
      for (guint mirrored = 0; mirrored < (k == 0 ? 1 : 2); mirrored++)
        {
          store (plan->is_double, data.re, mirrored ? padded - k : k, re);
          store (plan->is_double, data.im, mirrored ? padded - k : k, -im);
        }
    }
  weft_fft_plan_run (plan->padded, 1, &data);
  for (gint64 k = 0; k < padded; k++)
    {
      store (plan->is_double, plan->spectrum, k, load (plan->is_double, data.re, k) / padded);
      store (plan->is_double, plan->spectrum, padded + k,
             load (plan->is_double, data.im, k) / padded);
    }
  g_free (memory);
}

static void
run_bluestein (const WeftFftPlan *plan, gint64 lines, WeftFftData *data)
{
  gsize  size = plan->is_double ? sizeof (double) : sizeof (float);
  gint64 n = plan->n, padded = plan->padded->n;
  char  *chirp_im = (char *) plan->chirp + n * size;
  char  *spectrum_im = (char *) plan->spectrum + padded * size;
  gsize  bytes = n * lines * size, rest = (padded - n) * lines * size;
  void  *kept;

  plan->passes->multiply (n, lines, plan->chirp, chirp_im, data->re, data->im, data->re, data->im);
  memset ((char *) data->re + bytes, 0, rest);
  memset ((char *) data->im + bytes, 0, rest);
  weft_fft_plan_run (plan->padded, lines, data);
  plan->passes->multiply (padded, lines, plan->spectrum, spectrum_im, data->re, data->im, data->re,
                          data->im);
  for (guint i = 0; i < 2; i++)
    {
      kept = data->re;
      data->re = data->im;
      data->im = kept;
      kept = data->work_re;
      data->work_re = data->work_im;
      data->work_im = kept;
      if (i == 0)
        weft_fft_plan_run (plan->padded, lines, data);
    }
  plan->passes->multiply (n, lines, plan->chirp, chirp_im, data->re, data->im, data->re, data->im);
}

/* ---- Plans ---- */

WeftFftPlan *
weft_fft_plan_new (gint64 n, gboolean is_double)
{
  WeftFftPlan *plan = g_new0 (WeftFftPlan, 1);
  gint64       n_table;

  g_assert (n >= 1);
  plan->n = n;
  plan->is_double = is_double;
  plan->passes = weft_fft_passes (is_double);
  if (!find_stages (plan, &n_table))
    {
      make_bluestein (plan);
      return plan;
    }
  plan->table = g_malloc (MAX (n_table, 1) * (is_double ? sizeof (double) : sizeof (float)));
  for (guint i = 0; i < plan->n_stages; i++)
    fill_stage (plan, &plan->stages[i]);
  return plan;
}

void
weft_fft_plan_free (WeftFftPlan *plan)
{
  if (plan == NULL)
    return;
  weft_fft_plan_free (plan->padded);
  g_free (plan->table);
  g_free (plan->chirp);
  g_free (plan->spectrum);
  g_free (plan);
}

gint64
weft_fft_plan_room (const WeftFftPlan *plan, gint64 lines)
{
  return (plan->padded != NULL ? plan->padded->n : plan->n) * lines;
}

void
weft_fft_plan_run (const WeftFftPlan *plan, gint64 lines, WeftFftData *data)
{
  gsize size = plan->is_double ? sizeof (double) : sizeof (float);

  if (plan->padded != NULL)
    {
      run_bluestein (plan, lines, data);
      return;
    }
  for (guint i = 0; i < plan->n_stages; i++)
    {
      const Stage *stage = &plan->stages[i];
      WeftFftData  from = *data;

      plan->passes->stage (stage->radix, stage->m, lines,
                           (const char *) plan->table + stage->offset * size, from.re, from.im,
                           from.work_re, from.work_im);
      *data = (WeftFftData){ from.work_re, from.work_im, from.re, from.im };
      lines *= stage->radix;
    }
}

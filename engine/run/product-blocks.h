/* Matrix products of one element type; product-kernels.c includes this once a type.
 *
 * T is the type, V a vector of N_LANES of them, M what says how many of them are meant, NAME (x)
 * the function's name; the other macros are vector instructions, or say how large a block is.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A part of k, a there, and b there from the column that is worked on; and where the sums of those
 * columns lie between parts: in the result, if there is nothing else. */
typedef struct
{
  gint64   begin, n;
  gboolean first, last;
  const T *a, *b;
  gint64   a_column, b_row;
  T       *sums;
  gint64   sums_row;
} NAME (Part);
#define PART_OF_K NAME (Part)
#define ADDED(...) NAME (added) (__VA_ARGS__)
#define BLOCK(...) NAME (block) (__VA_ARGS__)
#define PANEL(...) NAME (panel) (__VA_ARGS__)
#define STRIP(...) NAME (strip) (__VA_ARGS__)
#define PACK(...) NAME (pack) (__VA_ARGS__)
#define COLUMNS(...) NAME (columns) (__VA_ARGS__)
#define PART_FROM(...) NAME (part_from) (__VA_ARGS__)
#define PRODUCT_IN_PLACE(...) NAME (product_in_place) (__VA_ARGS__)
#define TURN(...) NAME (turn) (__VA_ARGS__)

/* The first @n elements of c from row @i, column @j. */
static V
NAME (added) (const WeftOwnProduct *p, gint64 i, gint64 j, int n)
{
  const T *c = (const T *) p->c + i * p->c_row + j * p->c_column;
  T        few[N_LANES] = { 0 };
  if (p->c_column == 1)
    return LOAD (c, MASK (n));
  for (int l = 0; l < n; l++)
    few[l] = c[l * p->c_column];
  return LOAD (few, MASK (N_LANES));
}

/* @tall rows and @wide vectors of the result from row @i, column @j; the last vector has @rest
 * columns. @tall and @wide are constants where this is used. */
ALWAYS void
NAME (block) (const WeftOwnProduct *p,
              const PART_OF_K      *part,
              const int             tall,
              const int             wide,
              gint64                i,
              gint64                j,
              int                   rest)
{
  const T     *a = part->a + i * p->a_row, *b = part->b;
  const gint64 a_row = p->a_row, a_column = part->a_column, b_row = part->b_row, ld = p->ld;
  T           *to = (T *) p->result + i * ld + j, *kept = part->sums + i * part->sums_row;
  M            last = MASK (rest), all = MASK (N_LANES);
  V            sums[8][MAX_WIDE];
  /* What is added at the end comes nearer meanwhile. */
  if (part->last && p->c != NULL && p->c_column == 1)
    UNROLLED for (int r = 0; r < tall; r++)
      UNROLLED for (int v = 0; v < wide; v++)
        __builtin_prefetch ((const T *) p->c + (i + r) * p->c_row + j + v * N_LANES);
  UNROLLED for (int r = 0; r < tall; r++) UNROLLED for (int v = 0; v < wide; v++) sums[r][v] =
    part->first ? ZERO : LOAD (kept + r * part->sums_row + v * N_LANES, v + 1 < wide ? all : last);
  for (gint64 k = 0; k < part->n; k++, a += a_column, b += b_row)
    {
      V of_b[MAX_WIDE];
      UNROLLED for (int v = 0; v < wide; v++)
        of_b[v] = LOAD (b + v * N_LANES, v + 1 < wide ? all : last);
      UNROLLED for (int r = 0; r < tall; r++)
      {
        V of_a = SET (a[r * a_row]);
        UNROLLED for (int v = 0; v < wide; v++)
          sums[r][v] = MULTIPLY_ADD (of_a, of_b[v], sums[r][v]);
      }
    }
  UNROLLED for (int r = 0; r < tall; r++)
    UNROLLED for (int v = 0; v < wide; v++)
  {
    const int n = v + 1 < wide ? N_LANES : rest;
    V         sum = sums[r][v];
    if (!part->last)
      {
        STORE (kept + r * part->sums_row + v * N_LANES, (v + 1 < wide ? all : last), sum);
        continue;
      }
    if (p->scales)
      sum = MULTIPLY (SET ((T) p->alpha), sum);
    if (p->c != NULL)
      sum = ADD (MULTIPLY (SET ((T) p->beta), ADDED (p, i + r, j + v * N_LANES, n)), sum);
    STORE (to + r * ld + v * N_LANES, (v + 1 < wide ? all : last), sum);
  }
}

/* All rows of @wide vectors from column @j. */
ALWAYS void
NAME (panel) (const WeftOwnProduct *p, const PART_OF_K *part, const int wide, gint64 j, int rest)
{
  const int tall = wide > 2 ? TALL : TALL_NARROW;
  gint64    i = 0;
  for (; i + tall <= p->m; i += tall)
    BLOCK (p, part, tall, wide, i, j, rest);
  for (; i + 2 <= p->m; i += 2)
    BLOCK (p, part, 2, wide, i, j, rest);
  if (i < p->m)
    BLOCK (p, part, 1, wide, i, j, rest);
}

/* @n columns from column @j, at most MAX_WIDE vectors. */
static void
NAME (strip) (const WeftOwnProduct *p, const PART_OF_K *part, gint64 j, gint64 n)
{
#if MAX_WIDE == 4
  if (n > 3 * N_LANES)
    {
      PANEL (p, part, 4, j, n - 3 * N_LANES);
      return;
    }
  if (n > 2 * N_LANES)
    {
      PANEL (p, part, 3, j, n - 2 * N_LANES);
      return;
    }
#endif
  if (n > N_LANES)
    PANEL (p, part, 2, j, n - N_LANES);
  else
    PANEL (p, part, 1, j, n);
}

/* @n columns of b from row @begin of it, column @j, row after row into @to. */
static void
NAME (pack) (const WeftOwnProduct *p, gint64 begin, gint64 n_rows, gint64 j, gint64 n, T *to)
{
  const T *b = (const T *) p->b + begin * p->b_row + j * p->b_column;
  gint64   k = 0;
  if (p->b_column == 1)
    {
      for (; k < n_rows; k++)
        memcpy (to + k * MAX_WIDE * N_LANES, b + k * p->b_row, n * sizeof (T));
      return;
    }
  if (p->b_row == 1)
    k = TURN (b, p->b_column, n_rows, n, to, MAX_WIDE * N_LANES);
  for (; k < n_rows; k++)
    for (gint64 c = 0; c < n; c++)
      to[k * MAX_WIDE * N_LANES + c] = b[k * p->b_row + c * p->b_column];
}

/* The columns of one strip from column @j; b is laid out anew in @packed. */
static void
NAME (columns) (const WeftOwnProduct *p, PART_OF_K *part, gint64 j, T *packed)
{
  gint64 n = MIN (MAX_WIDE * N_LANES, p->n - j);
  part->b = (const T *) p->b + part->begin * p->b_row + j;
  part->b_row = p->b_row;
  if (p->packs)
    {
      PACK (p, part->begin, part->n, j, n, packed);
      part->b = packed;
      part->b_row = MAX_WIDE * N_LANES;
    }
  STRIP (p, part, j, n);
}

/* The part of k from @begin, with the sums in the result. */
static PART_OF_K
NAME (part_from) (const WeftOwnProduct *p, gint64 begin)
{
  const gint64 step = weft_own_product_part (p);
  return (PART_OF_K){ .begin = begin,
                      .n = MIN (step, p->k - begin),
                      .first = begin == 0,
                      .last = begin + step >= p->k,
                      .a = (const T *) p->a + begin * p->a_column,
                      .a_column = p->a_column,
                      .sums_row = p->ld };
}

/* One strip after the other, with its sums beside the result. */
static void
NAME (product_in_place) (const WeftOwnProduct *p, T *packed, T *sums)
{
  for (gint64 j = 0; j < p->n; j += MAX_WIDE * N_LANES)
    for (gint64 k = 0; k < p->k; k += weft_own_product_part (p))
      {
        PART_OF_K part = PART_FROM (p, k);
        part.sums = sums;
        part.sums_row = MAX_WIDE * N_LANES;
        COLUMNS (p, &part, j, packed);
      }
}

static void
NAME (product) (const WeftOwnProduct *p, gpointer scratch)
{
  const gint64 step = weft_own_product_part (p);
  T           *packed = scratch, *rest = packed + (p->packs ? step * MAX_WIDE * N_LANES : 0);
  if (weft_own_product_sums (p))
    {
      PRODUCT_IN_PLACE (p, packed, rest);
      return;
    }
  for (gint64 k = 0; k < p->k; k += step)
    {
      PART_OF_K part = PART_FROM (p, k);
      if (p->packs_a)
        {
          gint64 apart = weft_own_product_stride (p);
          for (gint64 l = 0; l < part.n; l++)
            memcpy (rest + l * apart, part.a + l * p->a_column, p->m * sizeof (T));
          part.a = rest;
          part.a_column = apart;
        }
      for (gint64 j = 0; j < p->n; j += MAX_WIDE * N_LANES)
        {
          part.sums = (T *) p->result + j;
          COLUMNS (p, &part, j, packed);
        }
    }
}

#undef PART_OF_K
#undef ADDED
#undef BLOCK
#undef PANEL
#undef STRIP
#undef PACK
#undef TURN
#undef COLUMNS
#undef PART_FROM
#undef PRODUCT_IN_PLACE

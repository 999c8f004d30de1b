/* Small matrix products of one element type; product-kernels.c includes this once a type.
 *
 * T is the type, V a vector of N_LANES of them, M what says how many of them are meant, NAME (x) the
 * function's name; the other macros are vector instructions.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The first @n elements of c from row @i, column @j. */
static V
NAME (added) (const WeftSmallProduct *p, gint64 i, gint64 j, int n)
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
NAME (block) (const WeftSmallProduct *p, const int tall, const int wide, gint64 i, gint64 j, int rest)
{
  const T *a = (const T *) p->a + i * p->a_row, *b = (const T *) p->b + j;
  T       *to = (T *) p->result + i * p->ld + j;
  M        last = MASK (rest), all = MASK (N_LANES);
  V        sums[8][MAX_WIDE];
#pragma GCC unroll 8
  for (int r = 0; r < tall; r++)
#pragma GCC unroll 4
    for (int v = 0; v < wide; v++)
      sums[r][v] = ZERO;
  for (gint64 k = 0; k < p->k; k++, a += p->a_column, b += p->b_row)
    {
      V of_b[MAX_WIDE];
#pragma GCC unroll 4
      for (int v = 0; v < wide; v++)
        of_b[v] = LOAD (b + v * N_LANES, v + 1 < wide ? all : last);
#pragma GCC unroll 8
      for (int r = 0; r < tall; r++)
        {
          V of_a = SET (a[r * p->a_row]);
#pragma GCC unroll 4
          for (int v = 0; v < wide; v++)
            sums[r][v] = MULTIPLY_ADD (of_a, of_b[v], sums[r][v]);
        }
    }
#pragma GCC unroll 8
  for (int r = 0; r < tall; r++)
#pragma GCC unroll 4
    for (int v = 0; v < wide; v++)
      {
        V sum = p->scales ? MULTIPLY (SET ((T) p->alpha), sums[r][v]) : sums[r][v];
        if (p->c != NULL)
          sum = ADD (MULTIPLY (SET ((T) p->beta), NAME (added) (p, i + r, j + v * N_LANES, v + 1 < wide ? N_LANES : rest)), sum);
        STORE (to + r * p->ld + v * N_LANES, (v + 1 < wide ? all : last), sum);
      }
}

/* All rows of @wide vectors from column @j; narrow ones several below each other. */
ALWAYS void
NAME (panel) (const WeftSmallProduct *p, const int wide, gint64 j, int rest)
{
  gint64 i = 0;
  if (wide <= 2 && MAX_WIDE == 4)
    for (; i + 8 <= p->m; i += 8)
      NAME (block)
      (p, 8, wide, i, j, rest);
  for (; i + 4 <= p->m; i += 4)
    NAME (block)
    (p, 4, wide, i, j, rest);
  for (; i < p->m; i++)
    NAME (block)
    (p, 1, wide, i, j, rest);
}

static void
NAME (small) (const WeftSmallProduct *p)
{
  gint64 j = 0, last;
  for (; j + MAX_WIDE * N_LANES <= p->n; j += MAX_WIDE * N_LANES)
    NAME (panel)
    (p, MAX_WIDE, j, N_LANES);
  last = p->n - j;
#if MAX_WIDE == 4
  if (last > 3 * N_LANES)
    NAME (panel)
    (p, 4, j, last - 3 * N_LANES);
  else if (last > 2 * N_LANES)
    NAME (panel)
    (p, 3, j, last - 2 * N_LANES);
  else
#endif
    if (last > N_LANES)
    NAME (panel)
    (p, 2, j, last - N_LANES);
  else if (last > 0)
    NAME (panel)
    (p, 1, j, last);
}

#undef T
#undef V
#undef NAME

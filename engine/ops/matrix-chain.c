/* The order of a chain of products.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/matrix-chain.h"

/**
 * weft_chain_cut:
 * @n: how many factors, at most WEFT_CHAIN_FACTORS
 * @sides: [n + 1]; factor i is [sides[i], sides[i + 1]]
 * @cuts: (out): for the fewest multiplications
 *
 * Source: the matrix chain recurrence, Cormen et al. 2009, "Introduction to Algorithms", section
 * 15.2. Any thread.
 */
void
weft_chain_cut (guint n, const double *sides, WeftChainCuts cuts)
{
  double costs[WEFT_CHAIN_FACTORS][WEFT_CHAIN_FACTORS];

  for (guint i = 0; i < n; i++)
    costs[i][i] = 0;
  for (guint length = 2; length <= n; length++)
    for (guint from = 0; from + length <= n; from++)
      {
        guint to = from + length - 1;

        costs[from][to] = G_MAXDOUBLE;
        for (guint cut = from; cut < to; cut++)
          {
            double cost =
              costs[from][cut] + costs[cut + 1][to] + sides[from] * sides[cut + 1] * sides[to + 1];

            if (cost < costs[from][to])
              {
                costs[from][to] = cost;
                cuts[from][to] = cut;
              }
          }
      }
}

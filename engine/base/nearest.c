/* The nearest known word by edit distance.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/nearest.h"

#include <string.h>

#define MAX_WORD 48

/* Insertions, deletions, replacements and swaps of neighbours that turn @a into @b (optimal string
 * alignment). */
static guint
edit_distance (const char *a, const char *b)
{
  gsize n = strlen (a), m = strlen (b);
  guint rows[3][MAX_WORD + 1];

  if (n > MAX_WORD || m > MAX_WORD)
    return G_MAXUINT;
  for (gsize k = 0; k <= m; k++)
    rows[0][k] = k;
  for (gsize i = 1; i <= n; i++)
    {
      guint *now = rows[i % 3], *before = rows[(i - 1) % 3], *earlier = rows[(i + 1) % 3];

      now[0] = i;
      for (gsize k = 1; k <= m; k++)
        {
          now[k] = MIN (MIN (before[k] + 1, now[k - 1] + 1),
                        before[k - 1] + (g_ascii_tolower (a[i - 1]) != g_ascii_tolower (b[k - 1])));
          if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
            now[k] = MIN (now[k], earlier[k - 2] + 1);
        }
    }
  return rows[n % 3][m];
}

/* Starts a search for the word nearest to @word (borrowed until the end). */
void
weft_nearest_begin (WeftNearest *nearest, const char *word)
{
  nearest->word = word;
  nearest->best = NULL;
  nearest->distance = MIN (1 + strlen (word) / 3, 3) + 1;
}

/* Considers @candidate (borrowed until the end). Within a third of the letters, at most three,
 * counts as near. */
void
weft_nearest_offer (WeftNearest *nearest, const char *candidate)
{
  guint distance = edit_distance (nearest->word, candidate);

  if (distance < nearest->distance)
    {
      nearest->distance = distance;
      nearest->best = candidate;
    }
}

/* "; did you mean softmax?", or "" where nothing is near. The caller owns it. */
char *
weft_nearest_hint (const WeftNearest *nearest)
{
  return nearest->best != NULL ? g_strdup_printf ("; did you mean %s?", nearest->best)
                               : g_strdup ("");
}

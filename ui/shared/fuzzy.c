/* How well a text fits what somebody types of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/fuzzy.h"

/* Of a letter that is found: anywhere, after the one before, at the beginning of a word. */
#define FOUND 1
#define NEXT 8
#define BEGINNING 6
#define VERY_BEGINNING 9

static char *
fold (const char *text)
{
  g_autofree char *normal = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);
  return g_utf8_casefold (normal != NULL ? normal : text, -1);
}

/* The letters of @word in their order, each at the best of the first two kinds of place where it
 * can be; 0: they are not all there. */
static guint
score_word (const char *word, const char *text)
{
  guint       score = 0;
  const char *at = text, *last = NULL;
  for (const char *letter = word; *letter != '\0'; letter = g_utf8_next_char (letter))
    {
      gunichar    wanted = g_utf8_get_char (letter);
      const char *found = NULL;
      gboolean    beginning = FALSE;
      for (const char *p = at; *p != '\0' && !beginning; p = g_utf8_next_char (p))
        {
          if (g_utf8_get_char (p) != wanted)
            continue;
          beginning = p == text || !g_unichar_isalnum (g_utf8_get_char (g_utf8_prev_char (p)));
          if (found == NULL || beginning)
            found = p;
          if (last != NULL && p == g_utf8_next_char (last))
            break;
        }
      if (found == NULL)
        return 0;
      score += FOUND;
      if (last != NULL && found == g_utf8_next_char (last))
        score += NEXT;
      else if (beginning)
        score += found == text ? VERY_BEGINNING : BEGINNING;
      last = found;
      at = g_utf8_next_char (found);
    }
  return score;
}

/**
 * weft_fuzzy_score:
 * @typed: words, or beginnings and letters of words, in any order of the words
 * @text: what may be meant
 *
 * Returns: 0 if a letter of a word is not in @text in its order; else more the more of them stand
 *   together and at beginnings of words. 1 where nothing is typed.
 */
guint
weft_fuzzy_score (const char *typed, const char *text)
{
  g_autofree char *folded = fold (text), *wanted = fold (typed);
  g_auto (GStrv) words = g_strsplit_set (wanted, " \t", -1);
  guint total = 1;
  for (guint i = 0; words[i] != NULL; i++)
    {
      if (*words[i] == '\0')
        continue;
      /* A word as it stands is what is meant, wherever its letters are too. */
      const char *whole = g_strstr_len (folded, -1, words[i]);
      guint       score = score_word (words[i], folded);
      if (score == 0)
        return 0;
      if (whole != NULL)
        score = MAX (score, FOUND + (glong) (NEXT + FOUND) * (g_utf8_strlen (words[i], -1) - 1));
      total += score;
    }
  return total;
}

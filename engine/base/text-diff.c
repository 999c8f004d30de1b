/* What changed from one short text to another; see text-diff.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/text-diff.h"

#include <string.h>

/* Larger texts (words times words) are compared at their ends only. */
#define MAX_CELLS 1000000

typedef struct
{
  const char *text;
  GArray     *starts; /* guint: where each word starts, and the end of the text */
} Words;

/* Letters, digits and the like stand together; anything else by itself. */
static gboolean
is_word (char c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '.' || (c & 0x80) != 0;
}

static Words
split (const char *text)
{
  Words words = { text, g_array_new (FALSE, FALSE, sizeof (guint)) };
  guint n = strlen (text);

  for (guint i = 0; i < n; i++)
    if (i == 0 || !is_word (text[i]) || !is_word (text[i - 1]))
      g_array_append_val (words.starts, i);
  g_array_append_val (words.starts, n);
  return words;
}

static guint
count (const Words *words)
{
  return words->starts->len - 1;
}

static guint
start_of (const Words *words, guint index)
{
  return g_array_index (words->starts, guint, index);
}

static gboolean
same (const Words *a, guint i, const Words *b, guint k)
{
  guint length = start_of (a, i + 1) - start_of (a, i);

  return start_of (b, k + 1) - start_of (b, k) == length &&
         memcmp (a->text + start_of (a, i), b->text + start_of (b, k), length) == 0;
}

/* Appends words @from .. @to - 1, or lets the last span go on. */
static void
add (GArray *spans, WeftDiffKind kind, const Words *words, guint from, guint to)
{
  WeftDiffSpan  span = { kind, start_of (words, from),
                         start_of (words, to) - start_of (words, from) };
  WeftDiffSpan *last = spans->len > 0 ? &g_array_index (spans, WeftDiffSpan, spans->len - 1) : NULL;

  if (span.length == 0)
    return;
  if (last != NULL && last->kind == kind && last->start + last->length == span.start)
    last->length += span.length;
  else
    g_array_append_val (spans, span);
}

/* The words between @first and the last @tail ones, by a longest common subsequence. */
static void
add_middle (GArray *spans, const Words *a, const Words *b, guint first, guint tail)
{
  guint               n = count (a) - tail - first, m = count (b) - tail - first, i = 0, k = 0;
  g_autofree guint16 *common = NULL;

  if ((guint64) (n + 1) * (m + 1) <= MAX_CELLS)
    {
      /* common[i, k]: how many words those from i and those from k have in common. */
      common = g_new0 (guint16, (gsize) (n + 1) * (m + 1));
      for (i = n; i-- > 0;)
        for (k = m; k-- > 0;)
          common[i * (m + 1) + k] =
            same (a, first + i, b, first + k)
              ? common[(i + 1) * (m + 1) + k + 1] + 1
              : MAX (common[(i + 1) * (m + 1) + k], common[i * (m + 1) + k + 1]);
      for (i = k = 0; i < n && k < m;)
        if (same (a, first + i, b, first + k))
          {
            add (spans, WEFT_DIFF_KEPT, a, first + i, first + i + 1);
            i++;
            k++;
          }
        else if (common[(i + 1) * (m + 1) + k] >= common[i * (m + 1) + k + 1])
          {
            add (spans, WEFT_DIFF_REMOVED, a, first + i, first + i + 1);
            i++;
          }
        else
          {
            add (spans, WEFT_DIFF_ADDED, b, first + k, first + k + 1);
            k++;
          }
    }
  add (spans, WEFT_DIFF_REMOVED, a, first + i, first + n);
  add (spans, WEFT_DIFF_ADDED, b, first + k, first + m);
}

/* Between two kept spans what is removed comes first. */
static void
sort_changes (GArray *spans)
{
  GArray *sorted = g_array_new (FALSE, FALSE, sizeof (WeftDiffSpan));

  for (guint i = 0; i < spans->len;)
    {
      guint end = i;

      while (end < spans->len && g_array_index (spans, WeftDiffSpan, end).kind != WEFT_DIFF_KEPT)
        end++;
      for (WeftDiffKind kind = WEFT_DIFF_REMOVED; kind <= WEFT_DIFF_ADDED; kind++)
        for (guint k = i; k < end; k++)
          if (g_array_index (spans, WeftDiffSpan, k).kind == kind)
            {
              WeftDiffSpan  span = g_array_index (spans, WeftDiffSpan, k);
              WeftDiffSpan *last =
                sorted->len > 0 ? &g_array_index (sorted, WeftDiffSpan, sorted->len - 1) : NULL;

              if (last != NULL && last->kind == kind && last->start + last->length == span.start)
                last->length += span.length;
              else
                g_array_append_val (sorted, span);
            }
      if (end < spans->len)
        g_array_append_val (sorted, g_array_index (spans, WeftDiffSpan, end));
      i = end + 1;
    }
  g_array_set_size (spans, 0);
  g_array_append_vals (spans, sorted->data, sorted->len);
  g_array_unref (sorted);
}

/* The spans of @before and @after, in reading order. The caller owns the array. Any thread. */
GArray *
weft_text_diff (const char *before, const char *after)
{
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (WeftDiffSpan));
  Words   a = split (before), b = split (after);
  guint   first = 0, tail = 0, least = MIN (count (&a), count (&b));

  while (first < least && same (&a, first, &b, first))
    first++;
  while (tail < least - first && same (&a, count (&a) - 1 - tail, &b, count (&b) - 1 - tail))
    tail++;
  add (spans, WEFT_DIFF_KEPT, &a, 0, first);
  add_middle (spans, &a, &b, first, tail);
  add (spans, WEFT_DIFF_KEPT, &a, count (&a) - tail, count (&a));
  sort_changes (spans);
  g_array_unref (a.starts);
  g_array_unref (b.starts);
  return spans;
}

/* @before with what is removed in [- -] and what is added in {+ +}. The caller owns the text. */
char *
weft_text_diff_to_string (const char *before, const char *after)
{
  g_autoptr (GArray) spans = weft_text_diff (before, after);
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < spans->len; i++)
    {
      const WeftDiffSpan *span = &g_array_index (spans, WeftDiffSpan, i);
      const char         *text = span->kind == WEFT_DIFF_ADDED ? after : before;

      g_string_append (out, span->kind == WEFT_DIFF_REMOVED ? "[-"
                            : span->kind == WEFT_DIFF_ADDED ? "{+"
                                                            : "");
      g_string_append_len (out, text + span->start, span->length);
      g_string_append (out, span->kind == WEFT_DIFF_REMOVED ? "-]"
                            : span->kind == WEFT_DIFF_ADDED ? "+}"
                                                            : "");
    }
  return g_string_free (out, FALSE);
}

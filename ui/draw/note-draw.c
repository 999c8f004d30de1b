/* Notes and frames: their text, in a small part of Markdown, and their drawing.
 *
 * The first line is the heading. "# " and "## " begin headings, "- " an item; **bold**, *italic*,
 * `code`; what stands between $ is a formula: x_i, x^2, x^{n+1}, \alpha, a * b. Everything else,
 * and every mark without its partner, is plain text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/node-art-private.h"

#include <stdlib.h>
#include <string.h>

#define ink(style, role) weft_theme_colour ((style)->theme, WEFT_ROLE_##role)

#define NOTE_PAD 12
#define PARAGRAPH_GAP 4
#define ITEM_INDENT 12

/* ---- Formulas ---- */

static const struct
{
  const char *name, *letter;
} letters[] = {
  { "alpha", "α" },
  { "beta", "β" },
  { "gamma", "γ" },
  { "delta", "δ" },
  { "epsilon", "ε" },
  { "eta", "η" },
  { "theta", "θ" },
  { "kappa", "κ" },
  { "lambda", "λ" },
  { "mu", "μ" },
  { "nu", "ν" },
  { "xi", "ξ" },
  { "pi", "π" },
  { "rho", "ρ" },
  { "sigma", "σ" },
  { "tau", "τ" },
  { "phi", "φ" },
  { "chi", "χ" },
  { "psi", "ψ" },
  { "omega", "ω" },
  { "Gamma", "Γ" },
  { "Delta", "Δ" },
  { "Theta", "Θ" },
  { "Lambda", "Λ" },
  { "Sigma", "Σ" },
  { "Phi", "Φ" },
  { "Psi", "Ψ" },
  { "Omega", "Ω" },
  { "sum", "∑" },
  { "prod", "∏" },
  { "int", "∫" },
  { "partial", "∂" },
  { "nabla", "∇" },
  { "infty", "∞" },
  { "cdot", "·" },
  { "times", "×" },
  { "le", "≤" },
  { "ge", "≥" },
  { "ne", "≠" },
  { "approx", "≈" },
  { "in", "∈" },
  { "to", "→" },
  { "sqrt", "√" },
  { "odot", "⊙" },
  { "otimes", "⊗" },
  { "ell", "ℓ" },
  { "top", "⊤" },
};

/* "\alpha" at @text: its letter, and where it ends. NULL: none of them. */
static const char *
named_letter (const char *text, const char **end)
{
  gsize n = 0;

  while (g_ascii_isalpha (text[1 + n]))
    n++;
  for (guint i = 0; n > 0 && i < G_N_ELEMENTS (letters); i++)
    if (strlen (letters[i].name) == n && strncmp (letters[i].name, text + 1, n) == 0)
      {
        *end = text + 1 + n;
        return letters[i].letter;
      }
  return NULL;
}

static void
append_escaped (GString *out, const char *text, gsize n)
{
  g_autofree char *escaped = g_markup_escape_text (text, (gssize) n);

  g_string_append (out, escaped);
}

/* What an index or exponent holds: one character, one \name, or what stands in braces. */
static const char *
script_end (const char *at, const char *end, const char **from, const char **to)
{
  const char *close;

  if (*at == '{' && (close = memchr (at, '}', (gsize) (end - at))))
    {
      *from = at + 1;
      *to = close;
      return close + 1;
    }
  *from = at;
  if (*at == '\\' && named_letter (at, to) && *to <= end)
    return *to;
  *to = g_utf8_next_char (at);
  return *to;
}

static void
append_symbols (GString *out, const char *at, const char *end)
{
  while (at < end)
    {
      const char *after;
      const char *letter = *at == '\\' ? named_letter (at, &after) : NULL;

      if (letter && after <= end)
        g_string_append (out, letter);
      else
        {
          after = g_utf8_next_char (at);
          if (*at == '*')
            g_string_append (out, "·");
          else if (*at == '-')
            g_string_append (out, "−");
          else if (*at != '{' && *at != '}')
            append_escaped (out, at, (gsize) (after - at));
        }
      at = after;
    }
}

/* A formula as markup: italic, with indices and exponents. */
static void
append_formula (GString *out, const char *at, const char *end)
{
  g_string_append (out, "<i>");
  while (at < end)
    {
      const char *stop = at;

      while (stop < end && *stop != '_' && *stop != '^')
        stop = g_utf8_next_char (stop);
      append_symbols (out, at, stop);
      at = stop;
      if (at + 1 < end)
        {
          const char *tag = *at == '_' ? "sub" : "sup";
          const char *from, *to;

          at = script_end (at + 1, end, &from, &to);
          g_string_append_printf (out, "<%s>", tag);
          append_symbols (out, from, to);
          g_string_append_printf (out, "</%s>", tag);
        }
      else if (at < end)
        append_escaped (out, at++, 1);
    }
  g_string_append (out, "</i>");
}

/* ---- Lines ---- */

/* The marks that come in pairs, the longer one first. */
static const struct
{
  const char *mark, *open, *close;
} marks[] = {
  { "**", "<b>", "</b>" },
  { "*", "<i>", "</i>" },
  { "`", "<tt>", "</tt>" },
  { "$", NULL, NULL },
};

/* The marked piece at @at: which mark, and where what it holds ends. FALSE: plain text. */
static gboolean
find_mark (const char *line, const char *at, const char *end, guint *which, const char **stop)
{
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    {
      gsize       n = strlen (marks[i].mark);
      const char *found;

      if (strncmp (at, marks[i].mark, n) != 0)
        continue;
      /* A star between spaces, or after a letter as in f*c, is a star. */
      if (at + n >= end || g_ascii_isspace (at[n]) ||
          (at > line && (g_ascii_isalnum (at[-1]) || at[-1] == '*')))
        return FALSE;
      found = g_strstr_len (at + n + 1, end - at - (gssize) n - 1, marks[i].mark);
      if (!found || g_ascii_isspace (found[-1]))
        continue;
      *which = i;
      *stop = found;
      return TRUE;
    }
  return FALSE;
}

static void
append_line (GString *out, const char *line, const char *end)
{
  const char *at = line;

  while (at < end)
    {
      const char *stop;
      guint       which;

      if (!find_mark (line, at, end, &which, &stop))
        {
          append_escaped (out, at, (gsize) (g_utf8_next_char (at) - at));
          at = g_utf8_next_char (at);
          continue;
        }
      at += strlen (marks[which].mark);
      if (!marks[which].open)
        append_formula (out, at, stop);
      else
        {
          g_string_append (out, marks[which].open);
          append_escaped (out, at, (gsize) (stop - at));
          g_string_append (out, marks[which].close);
        }
      at = stop + strlen (marks[which].mark);
    }
}

/**
 * weft_note_line_markup: one line of a note as Pango markup, without what says its kind.
 *
 * Returns: owned
 */
char *
weft_note_line_markup (const char *line, gboolean first, WeftNoteLine *kind)
{
  GString *out = g_string_new (NULL);

  *kind = first ? WEFT_NOTE_HEADING : WEFT_NOTE_TEXT;
  if (g_str_has_prefix (line, "# ") || g_str_has_prefix (line, "## "))
    {
      *kind = line[1] == '#' ? WEFT_NOTE_SUBHEADING : WEFT_NOTE_HEADING;
      line = strchr (line, ' ') + 1;
    }
  else if (g_str_has_prefix (line, "- ") || g_str_has_prefix (line, "* "))
    {
      *kind = WEFT_NOTE_ITEM;
      line += 2;
    }
  append_line (out, line, line + strlen (line));
  return g_string_free (out, FALSE);
}

/* ---- Drawing ---- */

static double
draw_line (const char *line, gboolean first, WeftPen *pen, WeftStyle *style, WeftRect box)
{
  WeftNoteLine     kind;
  g_autofree char *markup = weft_note_line_markup (line, first, &kind);
  WeftFont         font = kind == WEFT_NOTE_HEADING      ? FONT_TITLE
                          : kind == WEFT_NOTE_SUBHEADING ? FONT_SUBHEADING
                                                         : FONT_PORT;

  if (*markup == '\0')
    return 8 * style->scale;
  if (kind == WEFT_NOTE_ITEM)
    {
      weft_pen_disc (pen, box.x + 4 * style->scale, box.y + 8 * style->scale, 1.8 * style->scale,
                     ink (style, NOTE_TEXT));
      box.x += ITEM_INDENT * style->scale;
      box.width -= ITEM_INDENT * style->scale;
    }
  return weft_pen_markup (pen, style, markup, font, box, ink (style, NOTE_TEXT)) +
         (kind == WEFT_NOTE_HEADING ? PARAGRAPH_GAP : 1) * style->scale;
}

static void
draw_text (const char *text, gboolean title, WeftPen *pen, WeftStyle *style, WeftRect box)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] && box.height > 8 * style->scale; i++)
    {
      double height = draw_line (lines[i], title && i == 0, pen, style, box);

      box.y += height;
      box.height -= height;
    }
}

/* The corner that is dragged to another size. */
static void
draw_corner (const WeftRect *box, WeftPen *pen, WeftColour colour)
{
  for (guint i = 1; i <= 3; i++)
    {
      double    d = 3 + 4.0 * i;
      WeftPoint a = { box->x + box->width - d, box->y + box->height - 4 };
      WeftPoint b = { box->x + box->width - 4, box->y + box->height - d };

      weft_pen_curve (pen, &(WeftCurve){ { a, a, b, b } },
                      (WeftStroke){ colour, 1.2, WEFT_DASH_NONE });
    }
}

static void
draw_frame (const WeftNote *note, WeftPen *pen, WeftStyle *style, gboolean selected)
{
  double           s = style->scale;
  WeftRect         box = { note->x, note->y, note->width, note->height };
  WeftRect         head = { box.x, box.y, box.width, WEFT_FRAME_HEAD * s };
  WeftRect         below = { box.x + NOTE_PAD * s, box.y + head.height + 4 * s,
                             box.width - 2 * NOTE_PAD * s, box.height - head.height - 8 * s };
  const char      *rest = strchr (note->text, '\n');
  g_autofree char *title =
    rest ? g_strndup (note->text, (gsize) (rest - note->text)) : g_strdup (note->text);

  weft_pen_fill (pen, box, 8, weft_colour_fade (ink (style, TEXT_DIM), 0.08));
  weft_pen_fill_corners (pen, head, (WeftCorners){ { 8, 8, 0, 0 } },
                         weft_colour_fade (ink (style, TEXT_DIM), 0.14));
  weft_pen_border (
    pen, box, 8,
    (WeftStroke){ selected ? ink (style, ACCENT) : weft_colour_fade (ink (style, TEXT_DIM), 0.5),
                  selected ? 2 : 1.2, WEFT_DASH_NONE });
  weft_pen_text (
    pen, style, title, FONT_FRAME,
    (WeftRect){ head.x + NOTE_PAD * s, head.y, head.width - 2 * NOTE_PAD * s, head.height },
    WEFT_ALIGN_START, ink (style, TEXT));
  if (rest && rest[1])
    draw_text (rest + 1, FALSE, pen, style, below);
}

/* ---- Which lies on which ---- */

typedef struct
{
  guint  index;
  double area; /* -1: no frame, on top of them */
} Layer;

static gint
by_layer (gconstpointer a, gconstpointer b)
{
  const Layer *p = a, *q = b;

  if (p->area != q->area)
    return p->area < q->area ? 1 : -1;
  return (p->index > q->index) - (p->index < q->index);
}

/**
 * weft_notes_order: the indices of @document's notes as they are drawn: large frames before those
 * that they hold, frames before notes.
 *
 * Returns: [weft_document_n_notes], owned
 */
guint *
weft_notes_order (WeftDocument *document)
{
  guint             n = weft_document_n_notes (document);
  g_autofree Layer *layers = g_new (Layer, n + 1);
  guint            *order = g_new (guint, n + 1);

  for (guint i = 0; i < n; i++)
    {
      const WeftNote *note = weft_document_note_at (document, i);

      layers[i] = (Layer){ i, note->frame ? note->width * note->height : -1 };
    }
  qsort (layers, n, sizeof *layers, by_layer);
  for (guint i = 0; i < n; i++)
    order[i] = layers[i].index;
  return order;
}

/** weft_note_draw: in the document's coordinates. */
void
weft_note_draw (const WeftNote *note, WeftPen *pen, WeftStyle *style, gboolean selected)
{
  WeftRect box = { note->x, note->y, note->width, note->height };

  if (note->frame)
    draw_frame (note, pen, style, selected);
  else
    {
      weft_pen_fill (pen, box, 8, ink (style, NOTE));
      weft_pen_border (pen, box, 8,
                       (WeftStroke){ selected ? ink (style, ACCENT) : ink (style, NOTE_BORDER),
                                     selected ? 2 : 1.2,
                                     selected ? WEFT_DASH_NONE : WEFT_DASH_LONG });
      weft_pen_push_clip (pen, box, 8);
      draw_text (note->text, TRUE, pen, style, weft_rect_grow (box, -NOTE_PAD * style->scale));
      weft_pen_pop_clip (pen);
    }
  if (selected)
    draw_corner (&box, pen, note->frame ? ink (style, TEXT_DIM) : ink (style, NOTE_TEXT));
}

/** weft_frame_draw_far: @size: of the title, in document units. */
void
weft_frame_draw_far (const WeftNote *note, WeftPen *pen, WeftStyle *style, double size)
{
  WeftRect         box = { note->x, note->y, note->width, note->height };
  const char      *end = strchr (note->text, '\n');
  g_autofree char *title =
    end ? g_strndup (note->text, (gsize) (end - note->text)) : g_strdup (note->text);
  double width = MAX (1, weft_text_width (style, title, (WeftFont){ size, WEFT_FONT_BOLD }));

  size = MIN (size, size * 0.9 * note->width / width);
  weft_pen_fill (pen, box, 0, weft_colour_fade (ink (style, TEXT_DIM), 0.16));
  weft_pen_border (pen, box, 0, (WeftStroke){ ink (style, TEXT_DIM), size / 12, WEFT_DASH_NONE });
  weft_pen_text (pen, style, title, (WeftFont){ size, WEFT_FONT_BOLD }, box, WEFT_ALIGN_CENTRE,
                 ink (style, TEXT));
}

/* Steps of a history as SVG, PDF and PNG: page composition and files.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/graph-export.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "ui/draw/rule-art.h"

#define MARGIN 32
#define GAP 44 /* between the two graphs */
#define TEXT_WIDTH 560
#define HEADING 30
#define LINE 19
#define WHY_LINES 4
#define MAX_FORMULA_OPS 14
/* A graph larger than this on a side is shown as far as the change can be seen with its
 * surroundings. */
#define MAX_WHOLE 2600.0
#define CONTEXT 220
#define MAX_CROPPED 1300.0
/* As in render.c: what Cairo's image surfaces can hold. */
#define MAX_PIXELS 16384.0

#define FONT_HEADING ((WeftFont){ 16, WEFT_FONT_BOLD })
#define FONT_SMALL ((WeftFont){ 11, WEFT_FONT_PLAIN })
#define FONT_TEXT ((WeftFont){ 12.5, WEFT_FONT_PLAIN })
#define FONT_NAME ((WeftFont){ 13.5, WEFT_FONT_BOLD })
#define FONT_RULE ((WeftFont){ 12.5, WEFT_FONT_MONO })

#define ink(style, role) weft_theme_colour ((style)->theme, WEFT_ROLE_##role)

typedef struct
{
  WeftGraphArt          *art; /* borrowed */
  WeftHistory           *history;
  const WeftGraphExport *options;
  WeftCursor            *cursor;
  WeftStyle             *style;
  WeftRect               whole;    /* of every graph, so that pages can be leafed through */
  gboolean               cropped;  /* too large for that: a page shows where its change is */
  double                 most_why; /* height of the longest reason; all pages have one size */
  /* The page */
  WeftRect frame;
  double   width, height;
} Sequence;

static void
sequence_clear (Sequence *sequence)
{
  g_clear_pointer (&sequence->cursor, weft_cursor_free);
  g_clear_pointer (&sequence->style, weft_style_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Sequence, sequence_clear)

static gboolean
has_change (const Sequence *sequence)
{
  return sequence->options->last > 0;
}

/* What the reason of @step takes on a page of @width. */
static double
why_height (const Sequence *sequence, guint step, double width)
{
  const WeftRuleInfo *rule = NULL;

  if (step > 0)
    rule = weft_rule_find (weft_history_get_step (sequence->history, step)->rule);
  return rule && rule->why ? weft_paragraph_height (sequence->style, _ (rule->why), FONT_TEXT,
                                                    width - 2 * MARGIN, WHY_LINES)
                           : 0;
}

static void
sequence_init (Sequence *sequence, WeftGraphArt *art, const WeftGraphExport *options)
{
  sequence->art = art;
  sequence->history = weft_graph_art_get_history (art);
  sequence->options = options;
  sequence->cursor = weft_cursor_new (sequence->history);
  sequence->style = weft_style_new (NULL, options->theme);
  for (guint step = options->first > 0 ? options->first - 1 : 0; step <= options->last; step++)
    {
      g_autoptr (WeftGraphScene) scene = NULL;
      WeftRect bounds;

      weft_cursor_go (sequence->cursor, step);
      scene = weft_graph_scene_new (art, sequence->cursor);
      bounds = weft_graph_scene_bounds (scene);
      sequence->whole = weft_rect_union (&sequence->whole, &bounds);
    }
  sequence->cropped = sequence->whole.width > MAX_WHOLE || sequence->whole.height > MAX_WHOLE;
  for (guint step = options->first; !sequence->cropped && step <= options->last; step++)
    {
      double width = MAX (2 * sequence->whole.width, TEXT_WIDTH);

      sequence->most_why = MAX (sequence->most_why, why_height (sequence, step, width));
    }
}

/* Around what @step changes in the graph after @shown. */
static WeftRect
changed_area (Sequence *sequence, guint shown, guint step)
{
  g_autofree guint8 *marks = g_new0 (guint8, weft_history_n_applies (sequence->history) + 1);
  g_autoptr (WeftGraphScene) scene = NULL;
  WeftRect     area = { 0 };
  guint        n;
  const guint *boxes;

  weft_cursor_go (sequence->cursor, shown);
  scene = weft_graph_scene_new (sequence->art, sequence->cursor);
  weft_graph_scene_mark (scene, step, WEFT_MARK_MATCHED | WEFT_MARK_REMOVED | WEFT_MARK_ADDED,
                         marks);
  boxes = weft_graph_scene_boxes (scene, &n);
  for (guint i = 0; i < n; i++)
    {
      WeftRect rect = weft_graph_scene_rect (scene, boxes[i]);

      if (marks[weft_graph_art_get_box (sequence->art, boxes[i])->apply])
        area = weft_rect_union (&area, &rect);
    }
  return area;
}

/* Changes that lie far apart do not fit: the part around @root is shown. */
static void
cut (double *start, double *length, double root)
{
  if (*length <= MAX_CROPPED)
    return;
  *start = CLAMP (root - MAX_CROPPED / 2, *start, *start + *length - MAX_CROPPED);
  *length = MAX_CROPPED;
}

static WeftRect
cut_frame (Sequence *sequence, WeftRect frame, guint step)
{
  guint value = weft_history_get_step (sequence->history, step)->root_before;
  guint box = weft_graph_art_find (sequence->art,
                                   weft_history_value_apply (sequence->history, value));
  g_autoptr (WeftGraphScene) scene = NULL;
  WeftRect root = frame;

  if (box != WEFT_NO_BOX)
    {
      weft_cursor_go (sequence->cursor, step - 1);
      scene = weft_graph_scene_new (sequence->art, sequence->cursor);
      root = weft_graph_scene_rect (scene, box);
    }
  cut (&frame.x, &frame.width, root.x + root.width / 2);
  cut (&frame.y, &frame.height, root.y + root.height / 2);
  return frame;
}

/* What the page of @step shows, and how large it is. */
static void
turn_to (Sequence *sequence, guint step)
{
  double text = HEADING + 2 * LINE;

  sequence->frame = sequence->whole;
  if (sequence->cropped && step > 0)
    {
      WeftRect before = changed_area (sequence, step - 1, step);
      WeftRect after = changed_area (sequence, step, step);

      before = weft_rect_union (&before, &after);
      if (before.width > 0)
        sequence->frame = cut_frame (sequence, weft_rect_grow (before, CONTEXT), step);
    }
  sequence->width = step > 0 || (has_change (sequence) && !sequence->cropped)
                      ? 2 * sequence->frame.width + GAP
                      : sequence->frame.width;
  sequence->width = ceil (MAX (sequence->width, TEXT_WIDTH) + 2 * MARGIN);
  if (has_change (sequence))
    text += 3 * LINE + (sequence->cropped ? why_height (sequence, step, sequence->width)
                                          : sequence->most_why);
  sequence->height = ceil (sequence->frame.height + text + 2 * MARGIN);
}

/* ---- Text ---- */

static char *
amount (double number)
{
  static const char *const units[] = { "", " k", " M", " G", " T", " P" };
  guint                    unit = 0;

  while (fabs (number) >= 1000 && unit + 1 < G_N_ELEMENTS (units))
    {
      number /= 1000;
      unit++;
    }
  return g_strdup_printf (unit == 0 ? "%.0f%s" : "%.3g%s", number, units[unit]);
}

static char *
change (double before, double after)
{
  g_autofree char *from = amount (before);
  g_autofree char *to = amount (after);

  return g_str_equal (from, to) ? g_strdup (to) : g_strdup_printf ("%s → %s", from, to);
}

static char *
cost_text (Sequence *sequence, guint step)
{
  WeftCost before, after;

  weft_history_cost (sequence->history, step > 0 ? step - 1 : 0, &before);
  weft_history_cost (sequence->history, step, &after);
  {
    g_autofree char *ops = change (before.ops, after.ops);
    g_autofree char *flops = change (before.flops, after.flops);
    g_autofree char *bytes = change (before.bytes, after.bytes);
    g_autofree char *peak = change (before.peak_bytes, after.peak_bytes);

    /* Translators: costs of a graph, each maybe as "before → after" */
    return g_strdup_printf (_ ("ops %s  ·  flops %s  ·  bytes moved %s  ·  memory %s"), ops,
                            flops,
                            bytes, peak);
  }
}

/* @text in @colour, but names of @rule in their own colours; returns where it ends. */
static double
draw_formula (Sequence           *sequence,
              WeftPen            *pen,
              const WeftRuleInfo *rule,
              const char         *text,
              double              x,
              double              y,
              WeftColour          colour)
{
  WeftStyle *style = sequence->style;
  guint      at = 0;
  gsize      end = strlen (text);
  g_autoptr (GArray) runs = weft_rule_runs (rule, text);

  for (guint i = 0; at < end; i++)
    {
      const WeftRuleRun *run =
        i / 2 < runs->len ? &g_array_index (runs, WeftRuleRun, i / 2) : NULL;
      gboolean         name = run && i % 2 == 1;
      guint            stop = name ? run->start + run->length : run ? run->start
                                                                    : (guint) end;
      g_autofree char *piece = g_strndup (text + at, stop - at);
      double           width = weft_text_width (style, piece, FONT_RULE);

      weft_pen_text (pen, style, piece, FONT_RULE, (WeftRect){ x, y, width + 1, LINE },
                     WEFT_ALIGN_START,
                     name ? weft_rule_colour_of (style->theme, run->colour) : colour);
      x += width;
      at = stop;
    }
  return x;
}

static void
draw_rule (Sequence *sequence, WeftPen *pen, const WeftRuleInfo *rule, double x, double y)
{
  gboolean   code = !rule->replacement || *rule->replacement == '@' || !*rule->replacement;
  WeftStyle *style = sequence->style;

  x = draw_formula (sequence, pen, rule, rule->pattern, x, y, ink (style, REMOVED));
  x = draw_formula (sequence, pen, rule, "  →  ", x, y, ink (style, TEXT_DIM));
  draw_formula (sequence, pen, rule, code ? _ ("computed from it") : rule->replacement, x, y,
                ink (style, ADDED));
}

/* Rule, formulas, why. Returns how far down it went. */
static double
draw_change (Sequence *sequence, WeftPen *pen, guint step, double y)
{
  const WeftRewriteStep *made = weft_history_get_step (sequence->history, step);
  const WeftRuleInfo    *rule = weft_rule_find (made->rule);
  WeftStyle             *style = sequence->style;
  double                 width = sequence->width - 2 * MARGIN;
  double                 name = weft_text_width (style, made->rule, FONT_NAME) + 10;
  g_autofree char       *before = NULL;
  g_autofree char       *after = NULL;
  g_autofree char       *formula = NULL;

  weft_pen_text (pen, style, made->rule, FONT_NAME, (WeftRect){ MARGIN, y, width, LINE },
                 WEFT_ALIGN_START, ink (style, TEXT));
  weft_pen_text (pen, style, weft_phase_name (made->phase), FONT_SMALL,
                 (WeftRect){ MARGIN + name, y, width - name, LINE }, WEFT_ALIGN_START,
                 ink (style, TEXT_DIM));
  y += LINE + 2;
  if (rule && rule->pattern && *rule->pattern)
    {
      draw_rule (sequence, pen, rule, MARGIN, y);
      y += LINE;
    }
  weft_history_formulas (sequence->history, step, MAX_FORMULA_OPS, &before, &after);
  if (before && after)
    {
      formula = g_strdup_printf (_ ("here: %s  →  %s"), before, after);
      weft_pen_text (pen, style, formula, FONT_SMALL, (WeftRect){ MARGIN, y, width, LINE },
                     WEFT_ALIGN_START, ink (style, TEXT_DIM));
      y += LINE;
    }
  if (rule && rule->why)
    y += weft_pen_paragraph (pen, style, _ (rule->why), FONT_TEXT,
                             (WeftRect){ MARGIN, y + 3, width, WHY_LINES * LINE }, WHY_LINES,
                             ink (style, TEXT)) +
         6;
  return y;
}

/* ---- Pages ---- */

static void
draw_graph (Sequence *sequence,
            cairo_t  *cr,
            guint     shown,
            guint     step,
            guint     which,
            double    x,
            double    y)
{
  g_autofree guint8 *marks = g_new0 (guint8, weft_history_n_applies (sequence->history) + 1);
  g_autoptr (WeftGraphScene) scene = NULL;
  g_autoptr (GArray) tags = NULL;
  WeftGraphLook look = WEFT_GRAPH_LOOK_PLAIN;
  WeftPen       pen = weft_pen_for_cairo (cr);

  weft_cursor_go (sequence->cursor, shown);
  scene = weft_graph_scene_new (sequence->art, sequence->cursor);
  weft_graph_scene_mark (scene, step, which, marks);
  tags = weft_graph_scene_tags (scene, step);
  look.marks = marks;
  look.tags = (const WeftGraphTag *) (gpointer) tags->data;
  look.n_tags = tags->len;
  look.area = &sequence->frame;
  cairo_save (cr);
  cairo_translate (cr, x - sequence->frame.x, y - sequence->frame.y);
  if (sequence->cropped)
    weft_pen_push_clip (&pen, sequence->frame, 0);
  weft_graph_scene_draw (scene, &pen, sequence->style, &look);
  if (sequence->cropped)
    weft_pen_pop_clip (&pen);
  cairo_restore (cr);
}

static char *
heading (Sequence *sequence, guint step)
{
  guint n = weft_history_n_steps (sequence->history);

  return step == 0 ? g_strdup (_ ("As drawn"))
                   /* Translators: "Step 7 of 23" */
                   : g_strdup_printf (_ ("Step %u of %u"), step, n);
}

static void
draw_page (Sequence *sequence, cairo_t *cr, guint step)
{
  WeftPen          pen = weft_pen_for_cairo (cr);
  WeftStyle       *style = sequence->style;
  double           width = sequence->width - 2 * MARGIN;
  double           top = MARGIN + HEADING;
  double           y = top + sequence->frame.height + LINE / 2.0;
  g_autofree char *what = heading (sequence, step);
  g_autofree char *cost = cost_text (sequence, step);

  weft_pen_fill (&pen, (WeftRect){ 0, 0, sequence->width, sequence->height }, 0,
                 ink (style, CANVAS));
  weft_pen_text (&pen, style, what, FONT_HEADING, (WeftRect){ MARGIN, MARGIN - 8, width, HEADING },
                 WEFT_ALIGN_START, ink (style, TEXT));
  if (sequence->options->title)
    weft_pen_text (&pen, style, sequence->options->title, FONT_SMALL,
                   (WeftRect){ MARGIN + width / 2, MARGIN - 8, width / 2, HEADING }, WEFT_ALIGN_END,
                   ink (style, TEXT_DIM));
  if (step == 0)
    draw_graph (sequence, cr, 0, 0, 0,
                MARGIN + MAX (0, (width - sequence->frame.width) / 2), top);
  else
    {
      draw_graph (sequence, cr, step - 1, step, WEFT_MARK_MATCHED | WEFT_MARK_REMOVED, MARGIN, top);
      draw_graph (sequence, cr, step, step, WEFT_MARK_ADDED,
                  MARGIN + width - sequence->frame.width, top);
      weft_pen_fill (&pen,
                     (WeftRect){ MARGIN + width / 2, top, 1, sequence->frame.height }, 0,
                     ink (style, GRID));
      y = draw_change (sequence, &pen, step, y);
    }
  weft_pen_text (&pen, style, cost, FONT_SMALL, (WeftRect){ MARGIN, y, width, LINE },
                 WEFT_ALIGN_START, ink (style, TEXT_DIM));
}

/* ---- Files ---- */

static gboolean
check_size (const Sequence *sequence, double scale, GError **error)
{
  if (MAX (sequence->width, sequence->height) * scale <= MAX_PIXELS)
    return TRUE;
  g_set_error (error, WEFT_RENDER_ERROR, WEFT_RENDER_ERROR_SIZE,
               _ ("The picture would be %.0f by %.0f pixels, and %.0f is the most a side: "
                  "write it as .svg or .pdf."),
               sequence->width * scale, sequence->height * scale, MAX_PIXELS);
  return FALSE;
}

/* Steps @first .. @last as one file; several only as PDF. */
static gboolean
write_file (Sequence         *sequence,
            const char       *path,
            WeftPictureFormat format,
            guint             first,
            guint             last,
            GError          **error)
{
  double          scale = sequence->options->scale > 0 ? sequence->options->scale : 2;
  WeftPictureFile file;

  turn_to (sequence, first);
  if (format == WEFT_PICTURE_PNG && !check_size (sequence, scale, error))
    return FALSE;
  weft_picture_begin (&file, format, sequence->width, sequence->height, scale, TRUE);
  weft_picture_set_title (&file, sequence->options->title);
  for (guint step = first; step <= last; step++)
    {
      turn_to (sequence, step);
      weft_picture_begin_page (&file, sequence->width, sequence->height);
      draw_page (sequence, file.cr, step);
      weft_picture_end_page (&file);
    }
  return weft_picture_end_write (&file, path, error);
}

static char *
numbered (const char *path, guint step)
{
  gsize            stem = strlen (path) - strlen (".svg");
  g_autofree char *name = g_strndup (path, stem);

  return g_strdup_printf ("%s-%03u%s", name, step, path + stem);
}

/**
 * weft_graph_export:
 * @path: ends in .svg, .pdf or .png; written atomically
 * @options: which steps, in which colours
 * @written: (out) (optional): names of the files; free with g_strfreev
 *
 * Any thread.
 *
 * Errors: WEFT_RENDER_ERROR, G_FILE_ERROR; files before the one that failed are there.
 */
gboolean
weft_graph_export (WeftGraphArt          *art,
                   const char            *path,
                   const WeftGraphExport *options,
                   char                ***written,
                   GError               **error)
{
  WeftPictureFormat format;
  g_auto (Sequence) sequence = { 0 };
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  if (!weft_picture_format_of (path, &format, error))
    return FALSE;
  g_return_val_if_fail (options->first <= options->last &&
                          options->last <=
                            weft_history_n_steps (weft_graph_art_get_history (art)),
                        FALSE);
  sequence_init (&sequence, art, options);
  if (options->first == options->last || format == WEFT_PICTURE_PDF)
    {
      if (!write_file (&sequence, path, format, options->first, options->last, error))
        return FALSE;
      g_ptr_array_add (names, g_strdup (path));
    }
  else
    for (guint step = options->first; step <= options->last; step++)
      {
        g_autofree char *name = numbered (path, step);

        if (!write_file (&sequence, name, format, step, step, error))
          return FALSE;
        g_ptr_array_add (names, g_steal_pointer (&name));
      }
  if (written)
    {
      g_ptr_array_add (names, NULL);
      *written = (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
    }
  return TRUE;
}

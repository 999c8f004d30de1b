/* The picture of a rule: two small graphs and an arrow.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/rule-art.h"

#include <glib/gi18n.h>
#include <math.h>

#include "engine/layout/layout.h"
#include "ui/draw/rule-tree.h"

#define FONT_OP ((WeftFont){ 11.5, WEFT_FONT_BOLD | WEFT_FONT_MONO })
#define FONT_DETAIL ((WeftFont){ 9.5, WEFT_FONT_MONO })
#define FONT_CODE ((WeftFont){ 10.5, WEFT_FONT_PLAIN })
#define OP_HEIGHT 26
#define OP_HEIGHT_DETAIL 36
#define PILL_HEIGHT 21
#define PAD 10
#define RADIUS 6
#define RANK_GAP 20
#define NODE_GAP 12
#define ARROW 42
#define MARGIN 3
#define CODE_WIDTH 120

/* One side. */
typedef struct
{
  WeftRuleTree *tree; /* NULL: code makes it */
  WeftLayout   *layout;
  WeftRect     *rects;   /* by place in the order; from the side's corner */
  guint        *colours; /* by place in the order; of values */
  double        width, height;
} Side;

struct _WeftRuleArt
{
  const WeftRuleInfo *rule; /* static */
  Side                sides[2];
  double              width, height;
  double              scale;
};

/* ---- Making ---- */

static const WeftRuleNode *
node_of (const Side *side, guint place)
{
  return side->tree->nodes->pdata[g_array_index (side->tree->order, guint, place)];
}

static WeftRect
measure (const WeftRuleNode *node, WeftStyle *style)
{
  double s = style->scale;
  double width = weft_text_width (style, node->title, FONT_OP) + 2 * PAD * s;
  double height = PILL_HEIGHT * s;

  if (node->kind == WEFT_RULE_OP)
    height = (node->detail ? OP_HEIGHT_DETAIL : OP_HEIGHT) * s;
  if (node->detail)
    width = MAX (width, weft_text_width (style, node->detail, FONT_DETAIL) + 2 * PAD * s);
  return (WeftRect){ 0, 0, ceil (MAX (width, 30 * s)), height };
}

static void
lay_out (Side *side, WeftStyle *style)
{
  guint                      n = side->tree->order->len;
  WeftLayoutOptions          options = { .rank_gap = RANK_GAP * style->scale,
                                         .node_gap = NODE_GAP * style->scale };
  g_autofree WeftLayoutNode *nodes = g_new0 (WeftLayoutNode, n);
  g_autofree guint          *place = g_new0 (guint, side->tree->nodes->len);
  g_autoptr (GArray) edges = g_array_new (FALSE, TRUE, sizeof (WeftLayoutEdge));

  side->rects = g_new0 (WeftRect, n);
  for (guint i = 0; i < n; i++)
    {
      const WeftRuleNode *node = node_of (side, i);

      place[g_array_index (side->tree->order, guint, i)] = i;
      side->rects[i] = measure (node, style);
      nodes[i] = (WeftLayoutNode){ .width = side->rects[i].width,
                                   .height = side->rects[i].height,
                                   .n_inputs = node->operands->len,
                                   .n_outputs = 1,
                                   .end = G_MAXUINT,
                                   .place_of = WEFT_LAYOUT_NOBODY };
      for (guint k = 0; k < node->operands->len; k++)
        {
          WeftLayoutEdge edge = { .to = i, .to_port = k, .end = G_MAXUINT };

          edge.from = place[g_array_index (node->operands, guint, k)];
          g_array_append_val (edges, edge);
        }
    }
  side->layout = weft_layout_new (n, nodes, edges->len,
                                  (const WeftLayoutEdge *) (gpointer) edges->data, &options, NULL);
  side->width = side->layout->width;
  side->height = side->layout->height;
  for (guint i = 0; i < n; i++)
    {
      side->rects[i].x = side->layout->places[i].x;
      side->rects[i].y = side->layout->places[i].y;
    }
}

static void
make_side (Side *side, const WeftRuleInfo *rule, const char *text, WeftStyle *style)
{
  side->tree = weft_rule_tree_new (text);
  if (!side->tree)
    {
      side->width = CODE_WIDTH * style->scale;
      side->height = weft_paragraph_height (style, _ ("computed from what was matched"), FONT_CODE,
                                            side->width, 3);
      return;
    }
  lay_out (side, style);
  side->colours = g_new0 (guint, side->tree->order->len);
  for (guint i = 0; i < side->tree->order->len; i++)
    if (node_of (side, i)->kind == WEFT_RULE_VALUE)
      side->colours[i] = weft_rule_colour (rule, node_of (side, i)->title);
}

/**
 * weft_rule_art_new:
 * @style: fonts and text scale; the theme counts when it is drawn
 *
 * Returns: (nullable): owned; NULL for what is built in and has no pattern. Any thread, with a
 * style of its own.
 */
WeftRuleArt *
weft_rule_art_new (const WeftRuleInfo *rule, WeftStyle *style)
{
  g_autoptr (WeftRuleArt) art = NULL;

  if (!rule->pattern || !*rule->pattern)
    return NULL;
  art = g_new0 (WeftRuleArt, 1);
  art->rule = rule;
  art->scale = style->scale;
  make_side (&art->sides[0], rule, rule->pattern, style);
  make_side (&art->sides[1], rule, rule->replacement ? rule->replacement : "", style);
  art->width =
    art->sides[0].width + art->sides[1].width + (ARROW + 2 * MARGIN) * style->scale;
  art->height = MAX (art->sides[0].height, art->sides[1].height) + 2 * MARGIN * style->scale;
  return g_steal_pointer (&art);
}

void
weft_rule_art_free (WeftRuleArt *art)
{
  for (guint i = 0; i < 2; i++)
    {
      g_clear_pointer (&art->sides[i].tree, weft_rule_tree_free);
      g_clear_pointer (&art->sides[i].layout, weft_layout_free);
      g_free (art->sides[i].rects);
      g_free (art->sides[i].colours);
    }
  g_free (art);
}

void
weft_rule_art_get_size (const WeftRuleArt *art, double *width, double *height)
{
  *width = art->width;
  *height = art->height;
}

/* ---- Drawing ---- */

static void
draw_node (const Side *side,
           guint       place,
           double      x,
           double      y,
           gboolean    after,
           WeftPen    *pen,
           WeftStyle  *style)
{
  const WeftRuleNode *node = node_of (side, place);
  WeftThemeKind       theme = style->theme;
  double              s = style->scale;
  WeftRect            rect = side->rects[place];
  WeftRect            line;

  rect.x += x;
  rect.y += y;
  if (node->kind == WEFT_RULE_VALUE)
    {
      weft_pen_fill (pen, rect, rect.height / 2, weft_rule_colour_of (theme, side->colours[place]));
      weft_pen_text (pen, style, node->title, FONT_OP, rect, WEFT_ALIGN_CENTRE,
                     weft_theme_colour (theme, WEFT_ROLE_CARD));
      return;
    }
  if (node->kind == WEFT_RULE_NUMBER)
    {
      weft_pen_fill (pen, rect, rect.height / 2, weft_theme_colour (theme, WEFT_ROLE_PILL));
      weft_pen_border (pen, rect, rect.height / 2,
                       (WeftStroke){ weft_theme_colour (theme, WEFT_ROLE_LABEL_BORDER), 1 });
      weft_pen_text (pen, style, node->title, FONT_OP, rect, WEFT_ALIGN_CENTRE,
                     weft_theme_colour (theme, WEFT_ROLE_TEXT));
      return;
    }
  weft_pen_fill (
    pen, rect, RADIUS * s,
    weft_theme_colour (theme, after ? WEFT_ROLE_ADDED_FILL : WEFT_ROLE_REMOVED_FILL));
  weft_pen_border (
    pen, rect, RADIUS * s,
    (WeftStroke){ weft_theme_colour (theme, after ? WEFT_ROLE_ADDED : WEFT_ROLE_REMOVED), 1.5,
                  after ? WEFT_DASH_NONE : WEFT_DASH_LONG });
  line = rect;
  if (node->detail)
    {
      line = (WeftRect){ rect.x, rect.y + 3 * s, rect.width, 17 * s };
      weft_pen_text (pen, style, node->detail, FONT_DETAIL,
                     (WeftRect){ rect.x, rect.y + 19 * s, rect.width, 13 * s }, WEFT_ALIGN_CENTRE,
                     weft_theme_colour (theme, WEFT_ROLE_TEXT_DIM));
    }
  weft_pen_text (pen, style, node->title, FONT_OP, line, WEFT_ALIGN_CENTRE,
                 weft_theme_colour (theme, WEFT_ROLE_TEXT));
}

static void
draw_side (const Side *side, double x, double y, gboolean after, WeftPen *pen, WeftStyle *style)
{
  WeftStroke edge = { weft_theme_colour (style->theme, WEFT_ROLE_EDGE),
                      style->theme >= WEFT_THEME_CONTRAST_LIGHT ? 2 : 1.3 };

  if (!side->tree)
    {
      weft_pen_paragraph (pen, style, _ ("computed from what was matched"), FONT_CODE,
                          (WeftRect){ x, y, side->width, side->height }, 3,
                          weft_theme_colour (style->theme, WEFT_ROLE_TEXT_DIM));
      return;
    }
  for (guint i = 0; i < side->layout->n_edges; i++)
    for (guint k = 0; k + 3 < side->layout->n_points[i]; k += 3)
      {
        WeftCurve curve;

        for (guint p = 0; p < 4; p++)
          curve.p[p] = (WeftPoint){ side->layout->points[i][k + p].x + x,
                                    side->layout->points[i][k + p].y + y };
        weft_pen_curve (pen, &curve, edge);
      }
  for (guint i = 0; i < side->tree->order->len; i++)
    draw_node (side, i, x, y, after, pen, style);
}

static void
draw_arrow (double x, double y, WeftPen *pen, WeftStyle *style)
{
  double     s = style->scale;
  double     end = x + (ARROW - 10) * s;
  WeftStroke stroke = { weft_theme_colour (style->theme, WEFT_ROLE_TEXT_DIM), 1.8 };
  WeftPoint  tip = { end, y };
  WeftPoint  starts[] = { { x + 10 * s, y },
                          { end - 6 * s, y - 5 * s },
                          { end - 6 * s, y + 5 * s } };

  for (guint i = 0; i < G_N_ELEMENTS (starts); i++)
    {
      WeftCurve line = { { starts[i], starts[i], tip, tip } };

      weft_pen_curve (pen, &line, stroke);
    }
}

/** weft_rule_art_draw: what goes in red dashes, what comes in green, names in their colours. */
void
weft_rule_art_draw (const WeftRuleArt *art, WeftPen *pen, WeftStyle *style)
{
  double margin = MARGIN * art->scale;
  double middle = art->height / 2;
  double x = margin;

  draw_side (&art->sides[0], x, middle - art->sides[0].height / 2, FALSE, pen, style);
  x += art->sides[0].width;
  draw_arrow (x, middle, pen, style);
  x += ARROW * art->scale;
  draw_side (&art->sides[1], x, middle - art->sides[1].height / 2, TRUE, pen, style);
}

/** weft_rule_art_describe: "log(softmax(x, axis)) becomes log_softmax(x, axis)". The caller owns
 * the text. */
char *
weft_rule_art_describe (const WeftRuleArt *art)
{
  /* Translators: the two sides of a rule, as formulas */
  return g_strdup_printf (_ ("%s becomes %s"), art->rule->pattern,
                          art->sides[1].tree ? art->rule->replacement
                                             : _ ("what is computed from it"));
}

/* The table of views, and what several of them use.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/view-kinds.h"

#include "ui/draw/format.h"

#include <glib/gi18n.h>

/* In the order of the menu. */
static const WeftViewKind *const kinds[] = {
  &weft_boundary_view,
  &weft_numbers_view,
  &weft_text_view,
  &weft_confusion_view,
  &weft_predictions_view,
  &weft_classes_view,
  &weft_pad_view,
  &weft_weights_view,
  &weft_gradients_view,
  &weft_activations_view,
  &weft_health_view,
  &weft_filters_view,
  &weft_embedding_view,
  &weft_memory_view,
  &weft_sweep_view,
};

/**
 * weft_view_kinds:
 * @index: from 0 on
 *
 * Returns: (transfer none) (nullable): a row of the table of views
 */
const WeftViewKind *
weft_view_kinds (guint index)
{
  return index < G_N_ELEMENTS (kinds) ? kinds[index] : NULL;
}

/**
 * weft_view_kind_find:
 * @name: "confusion"
 *
 * Returns: (transfer none) (nullable): the row
 */
const WeftViewKind *
weft_view_kind_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (kinds[i]->name, name) == 0)
      return kinds[i];
  return NULL;
}

const char *
weft_split_name (WeftSplit split)
{
  return split == WEFT_SPLIT_VALIDATION ? _ ("validation")
         : split == WEFT_SPLIT_TEST     ? _ ("test rows")
                                        : _ ("training rows");
}

/* weft_step_note: */
char *
weft_step_note (gint64 step)
{
  g_autofree char *count = weft_format_count (step);
  return g_strdup_printf (_ ("step %s"), count);
}

char **
weft_parameter_names (WeftDocument *document, guint rank)
{
  WeftLowerOptions options = { .no_init = TRUE };
  g_autoptr (WeftLowered) lowered = weft_document_lower (document, &options);
  GPtrArray *names = g_ptr_array_new ();
  for (guint i = 0; i < lowered->shared->len; i++)
    {
      const WeftShared *shared = g_ptr_array_index (lowered->shared, i);
      if (shared->trainable && shared->value->rank >= rank)
        g_ptr_array_add (names, g_strdup (shared->name));
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

char **
weft_inner_ports (const WeftFacts *facts, WeftDocument *document)
{
  WeftLowerOptions options = { .no_init = TRUE };
  g_autoptr (WeftLowered) lowered = weft_document_lower (document, &options);
  WeftValue *output = facts->output != NULL ? weft_lowered_get (lowered, facts->output) : NULL;
  GPtrArray *names = g_ptr_array_new ();
  g_autoptr (GHashTable) reached = g_hash_table_new (NULL, NULL);
  if (output != NULL)
    {
      g_autoptr (GPtrArray) order = weft_graph_order (lowered->graph, 1, &output);
      for (guint i = 0; i < order->len; i++)
        g_hash_table_add (reached, g_ptr_array_index (order, i));
    }
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      const WeftNode  *node = weft_document_node_at (document, i);
      g_autofree char *name = g_strconcat (node->id, ".y", NULL);
      WeftValue       *value = weft_lowered_get (lowered, name);
      if (value != NULL && value->type.shape.rank >= 2 && weft_dtype_is_float (value->type.dtype) &&
          node->uid != facts->dataset && g_hash_table_contains (reached, value->apply))
        g_ptr_array_add (names, g_steal_pointer (&name));
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

/* As many items as one listens to. */
#define MOST_ITEMS 12

char *
weft_describe_items (const char   *head,
                     gconstpointer result,
                     guint         n,
                     char *(*text) (gconstpointer, guint))
{
  GString *all = g_string_new (head);
  for (guint i = 0; i < MIN (n, MOST_ITEMS); i++)
    {
      g_autofree char *one = text (result, i);
      g_string_append_printf (all, "%s%s", all->len > 0 ? "; " : "", one);
    }
  return g_string_free (all, FALSE);
}

/* ---- Axes ---- */

double
weft_frame_x (const WeftFrame *frame, double x)
{
  double span = frame->x_high - frame->x_low;
  return frame->plot.x + frame->plot.width * (span > 0 ? (x - frame->x_low) / span : 0.5);
}

double
weft_frame_y (const WeftFrame *frame, double y)
{
  double span = frame->y_high - frame->y_low;
  return frame->plot.y + frame->plot.height * (1 - (span > 0 ? (y - frame->y_low) / span : 0.5));
}

WeftRect
weft_frame_mark (const WeftFrame *frame, double x, double y, double radius)
{
  return (WeftRect){ weft_frame_x (frame, x) - radius, weft_frame_y (frame, y) - radius, 2 * radius,
                     2 * radius };
}

static void
draw_number (WeftDrawing *drawing, double number, WeftRect box, WeftAlign align)
{
  g_autofree char *text = g_strdup_printf ("%.3g", number);
  weft_drawing_text (drawing, text, 10, WEFT_FONT_MONO, box, align, WEFT_ROLE_TEXT_DIM);
}

void
weft_frame_draw (WeftDrawing     *drawing,
                 const WeftFrame *frame,
                 const char      *x_name,
                 const char      *y_name)
{
  const WeftRect *plot = &frame->plot;
  double          foot = plot->y + plot->height;
  weft_pen_border (&drawing->pen, *plot, 0,
                   (WeftStroke){ weft_drawing_colour (drawing, WEFT_ROLE_GRID), 1, 0 });
  draw_number (drawing, frame->x_low, (WeftRect){ plot->x, foot + 1, 60, 15 }, WEFT_ALIGN_START);
  draw_number (drawing, frame->x_high, (WeftRect){ plot->x + plot->width - 60, foot + 1, 60, 15 },
               WEFT_ALIGN_END);
  draw_number (drawing, frame->y_high, (WeftRect){ plot->x - 62, plot->y - 1, 58, 14 },
               WEFT_ALIGN_END);
  draw_number (drawing, frame->y_low, (WeftRect){ plot->x - 62, foot - 13, 58, 14 },
               WEFT_ALIGN_END);
  if (x_name != NULL)
    weft_drawing_text (drawing, x_name, 10, WEFT_FONT_PLAIN,
                       (WeftRect){ plot->x + 62, foot + 1, MAX (plot->width - 124, 0), 15 },
                       WEFT_ALIGN_CENTRE, WEFT_ROLE_TEXT_DIM);
  if (y_name != NULL)
    weft_drawing_text (drawing, y_name, 10, WEFT_FONT_PLAIN,
                       (WeftRect){ plot->x + 6, plot->y + 2, plot->width - 12, 14 },
                       WEFT_ALIGN_START, WEFT_ROLE_TEXT_DIM);
}

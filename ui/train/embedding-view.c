/* Where a layer puts the rows: its numbers in the two directions in which they differ most
 * (principal components); or the rows of an embedding's table.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/measures.h"
#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>

#define MOST_POINTS 500
#define MOST_NUMBERS 2048
#define MARGIN 14.0
#define RADIUS 3.2

typedef struct
{
  guint   n;
  double *xy, shares[2];
  guint8 *classes; /* NULL: none are known */
  char  **names;   /* of each point; NULL: of the class */
  char  **class_names;
} Plane;

/* Outputs of nodes, then tables of embeddings: parameters with two axes that stand in a node of
 * that op. */
static char **
choices (const WeftFacts *facts, WeftDocument *document)
{
  g_auto (GStrv) ports = weft_inner_ports (facts, document);
  GPtrArray *names = g_ptr_array_new ();
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    {
      const WeftNode *node = weft_document_node_at (document, i);
      if (g_str_equal (node->op, "embedding"))
        g_ptr_array_add (names, g_strconcat (node->id, ".W", NULL));
    }
  for (guint i = 0; facts->task != WEFT_TASK_TEXT && ports[i] != NULL; i++)
    if (g_strcmp0 (ports[i], facts->output) != 0)
      g_ptr_array_add (names, g_strdup (ports[i]));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  g_auto (GStrv) names = choices (facts, document);
  return names[0] != NULL;
}

static void
free_result (gpointer data)
{
  Plane *plane = data;
  g_free (plane->xy);
  g_free (plane->classes);
  g_strfreev (plane->names);
  g_strfreev (plane->class_names);
}

static Plane *
plane_of (const WeftArray *array)
{
  gsize              n = array->rank > 0 ? (gsize) MIN (array->shape[0], MOST_POINTS) : 0;
  gsize              m = n > 0 ? (gsize) (array->n_elements / array->shape[0]) : 0;
  gsize              used = MIN (m, MOST_NUMBERS);
  g_autofree double *rows = g_new (double, n *used + 1);
  Plane             *plane = weft_result_new (Plane);
  plane->n = (guint) n;
  plane->xy = g_new0 (double, 2 * n + 2);
  for (gsize i = 0; i < n; i++)
    for (gsize k = 0; k < used; k++)
      rows[i * used + k] = weft_array_get (array, (gint64) (i * m + k));
  if (weft_principal_plane (rows, n, used, plane->xy, plane->shares))
    return plane;
  g_atomic_rc_box_release_full (plane, free_result);
  return NULL;
}

static Plane *
compute_table (WeftLook *look, WeftArray *table)
{
  Plane *plane = plane_of (table);
  char **classes = look->facts->input_column != NULL ? look->facts->input_column->classes : NULL;
  if (plane == NULL)
    return NULL;
  plane->names = g_new0 (char *, plane->n + 1);
  for (guint i = 0; i < plane->n; i++)
    {
      const char *name = classes != NULL && i < g_strv_length (classes) ? classes[i] : NULL;
      plane->names[i] = name == NULL               ? g_strdup_printf ("%u", i)
                        : g_str_equal (name, "\n") ? g_strdup ("↵")
                        : g_str_equal (name, " ")  ? g_strdup ("␣")
                                                   : g_strdup (name);
    }
  return plane;
}

static gpointer
compute (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  const WeftFacts *facts = look->facts;
  WeftArray       *table =
    look->values != NULL && choice != NULL ? g_hash_table_lookup (look->values, choice) : NULL;
  g_autoptr (WeftArray) output = NULL;
  if (table != NULL)
    return compute_table (look, table);
  const WeftOutcome *outcome = weft_look_outcome (look, error);
  WeftPredictor     *predictor =
    outcome != NULL && choice != NULL ? weft_look_predictor (look, 1, &choice, FALSE, error) : NULL;
  if (predictor == NULL ||
      !weft_predictor_rows (predictor, weft_look_dataset (look, NULL), outcome->split, NULL,
                            MIN (outcome->n, MOST_POINTS), &output, look->cancellable, error))
    return NULL;
  Plane *plane = plane_of (output);
  if (plane == NULL || facts->task != WEFT_TASK_CLASSES || outcome->target == NULL)
    return plane;
  plane->classes = g_new0 (guint8, plane->n + 1);
  plane->class_names = g_new0 (char *, facts->n_classes + 1);
  for (guint i = 0; i < plane->n; i++)
    plane->classes[i] = (guint8) MIN (weft_array_get (outcome->target, i), facts->n_classes - 1);
  for (guint i = 0; i < facts->n_classes; i++)
    plane->class_names[i] = weft_facts_class_name (facts, i);
  return plane;
}

static WeftFrame
frame_of (WeftDrawing *drawing)
{
  const Plane *plane = drawing->result;
  WeftFrame    frame = { { MARGIN, MARGIN, drawing->width - 2 * MARGIN,
                           drawing->height - 2 * MARGIN - 4 },
                         INFINITY,
                         -INFINITY,
                         INFINITY,
                         -INFINITY };
  for (guint i = 0; i < plane->n; i++)
    {
      frame.x_low = MIN (frame.x_low, plane->xy[2 * i]);
      frame.x_high = MAX (frame.x_high, plane->xy[2 * i]);
      frame.y_low = MIN (frame.y_low, plane->xy[2 * i + 1]);
      frame.y_high = MAX (frame.y_high, plane->xy[2 * i + 1]);
    }
  return frame;
}

/* Few classes are told by their names' first letters too: colour alone is for those who see it. */
static void
draw (WeftDrawing *drawing)
{
  const Plane *plane = drawing->result;
  WeftFrame    frame = frame_of (drawing);
  for (guint i = 0; i < plane->n; i++)
    {
      double x = weft_frame_x (&frame, plane->xy[2 * i]),
             y = weft_frame_y (&frame, plane->xy[2 * i + 1]);
      guint class = plane->classes != NULL ? plane->classes[i] : 1;
      const char *text = plane->names != NULL         ? plane->names[i]
                         : plane->class_names != NULL ? plane->class_names[class]
                                                      : NULL;
      if (text != NULL && g_utf8_strlen (text, -1) <= 2)
        weft_pen_text (&drawing->pen, drawing->style, text, (WeftFont){ 11, WEFT_FONT_BOLD },
                       (WeftRect){ x - 10, y - 8, 20, 16 }, WEFT_ALIGN_CENTRE,
                       plane->names != NULL ? weft_drawing_colour (drawing, WEFT_ROLE_TEXT)
                                            : weft_drawing_class_colour (drawing, class));
      else
        weft_pen_disc (&drawing->pen, x, y, RADIUS,
                       weft_colour_fade (weft_drawing_class_colour (drawing, class), 0.85));
    }
}

static char *
note (gconstpointer result)
{
  const Plane *plane = result;
  return g_strdup_printf (_ ("%.0f%% and %.0f%% of the variance"), 100 * plane->shares[0],
                          100 * plane->shares[1]);
}

static char *
describe (gconstpointer result)
{
  g_autofree char *head = note (result);
  return g_strdup_printf (_ ("%u points; the two directions hold %s"), ((const Plane *) result)->n,
                          head);
}

static guint
n_items (gconstpointer result)
{
  return ((const Plane *) result)->n;
}

static WeftRect
item_rect (WeftDrawing *drawing, guint item)
{
  const Plane *plane = drawing->result;
  WeftFrame    frame = frame_of (drawing);
  return weft_frame_mark (&frame, plane->xy[2 * item], plane->xy[2 * item + 1], 6);
}

static char *
item_text (gconstpointer result, guint item)
{
  const Plane *plane = result;
  const char  *name = plane->names != NULL         ? plane->names[item]
                      : plane->class_names != NULL ? plane->class_names[plane->classes[item]]
                                                   : _ ("row");
  return g_strdup_printf (_ ("%s (%u): %.3g, %.3g"), name, item + 1, plane->xy[2 * item],
                          plane->xy[2 * item + 1]);
}

const WeftViewKind weft_embedding_view = {
  .name = "embedding",
  .title = N_ ("Two dimensions"),
  .empty = N_ ("Train the model to see where a layer puts the rows."),
  .fits = fits,
  .choices = choices,
  .compute = compute,
  .free = free_result,
  .draw = draw,
  .note = note,
  .describe = describe,
  .n_items = n_items,
  .item_rect = item_rect,
  .item_text = item_text,
};

/* What the first layers look for: each filter as a small picture, the least weight black and the
 * greatest white.
 *
 * Of a convolution a filter is a window of one channel; of a layer that reads pictures it is all
 * the weights of a unit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/pictures.h"
#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>

#define MOST 256
#define MARGIN 12.0
#define GAP 4.0

typedef struct
{
  guint   n, n_all, width, height;
  double  low, high;
  guint8 *pixels; /* [n, height, width] */
  double *norms;
} Filters;

/* Sides of a filter of a parameter of this shape; FALSE: it is no picture. */
static gboolean
sides_of (const WeftFacts *facts, guint rank, const gint64 *shape, guint *width, guint *height)
{
  if (rank == 4 && shape[0] > 1 && shape[1] > 1 && shape[0] <= 64 && shape[1] <= 64)
    {
      *height = (guint) shape[0];
      *width = (guint) shape[1];
      return TRUE;
    }
  *width = facts->width;
  *height = facts->height;
  return rank == 2 && facts->width > 0 && facts->channels == 1 &&
         shape[0] == (gint64) facts->width * facts->height;
}

static char **
choices (const WeftFacts *facts, WeftDocument *document)
{
  WeftLowerOptions options = { .no_init = TRUE };
  g_autoptr (WeftLowered) lowered = weft_document_lower (document, &options);
  GPtrArray *names = g_ptr_array_new ();
  guint      width, height;
  for (guint i = 0; i < lowered->shared->len; i++)
    {
      const WeftShared *shared = g_ptr_array_index (lowered->shared, i);
      if (shared->trainable &&
          sides_of (facts, shared->value->rank, shared->value->shape, &width, &height))
        g_ptr_array_add (names, g_strdup (shared->name));
    }
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  g_auto (GStrv) names = choices (facts, document);
  return names[0] != NULL;
}

static gpointer
compute (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  WeftArray *array =
    look->values != NULL && choice != NULL ? g_hash_table_lookup (look->values, choice) : NULL;
  guint width, height;
  if (array == NULL || !sides_of (look->facts, array->rank, array->shape, &width, &height))
    return NULL;
  /* The filter is the last axis: one number of each stands side by side. */
  gsize              size = (gsize) width * height, all = (gsize) array->n_elements / size;
  Filters           *filters = weft_result_new (Filters);
  g_autofree double *numbers = g_new (double, size);
  filters->n_all = (guint) all;
  filters->n = (guint) MIN (all, MOST);
  filters->width = width;
  filters->height = height;
  filters->pixels = g_malloc (size * filters->n);
  filters->norms = g_new0 (double, filters->n + 1);
  for (guint f = 0; f < filters->n; f++)
    {
      for (gsize i = 0; i < size; i++)
        {
          numbers[i] = weft_array_get (array, (gint64) (i * all + f));
          filters->norms[f] += numbers[i] * numbers[i];
        }
      filters->norms[f] = sqrt (filters->norms[f]);
      weft_grey_bytes (numbers, size, filters->pixels + f * size);
    }
  return filters;
}

static void
free_result (gpointer data)
{
  g_free (((Filters *) data)->pixels);
  g_free (((Filters *) data)->norms);
}

/* The side of a tile that lets all fit. */
static guint
item_columns (WeftDrawing *drawing)
{
  const Filters *filters = drawing->result;
  double         width = drawing->width - 2 * MARGIN, height = drawing->height - MARGIN;
  guint          columns = 1;
  while (columns < filters->n && ceil ((double) filters->n / columns) *
                                     (width / columns * filters->height / filters->width) >
                                   height)
    columns++;
  return columns;
}

static WeftRect
item_rect (WeftDrawing *drawing, guint item)
{
  const Filters *filters = drawing->result;
  guint          columns = item_columns (drawing);
  double         width = (drawing->width - 2 * MARGIN) / columns,
         height = width * filters->height / filters->width;
  return (WeftRect){ MARGIN + item % columns * width, item / columns * height, MAX (width - GAP, 2),
                     MAX (height - GAP, 2) };
}

static void
draw (WeftDrawing *drawing)
{
  const Filters *filters = drawing->result;
  gsize          size = (gsize) filters->width * filters->height;
  for (guint i = 0; i < filters->n; i++)
    weft_drawing_picture (drawing, item_rect (drawing, i), filters->pixels + i * size,
                          filters->width, filters->height, 1);
}

static char *
note (gconstpointer result)
{
  const Filters *filters = result;
  return g_strdup_printf (filters->n < filters->n_all ? _ ("%u of %u") : _ ("%u filters"),
                          filters->n, filters->n_all);
}

static char *
describe (gconstpointer result)
{
  const Filters *filters = result;
  double         most = 0, least = INFINITY;
  for (guint i = 0; i < filters->n; i++)
    {
      most = MAX (most, filters->norms[i]);
      least = MIN (least, filters->norms[i]);
    }
  return g_strdup_printf (_ ("%u filters of %u by %u, their sizes from %.3g to %.3g"), filters->n,
                          filters->height, filters->width, least, most);
}

static guint
n_items (gconstpointer result)
{
  return ((const Filters *) result)->n;
}

static char *
item_text (gconstpointer result, guint item)
{
  return g_strdup_printf (_ ("Filter %u: its size is %.3g"), item + 1,
                          ((const Filters *) result)->norms[item]);
}

const WeftViewKind weft_filters_view = {
  .name = "filters",
  .title = N_ ("Filters"),
  .empty = N_ ("Train the model to see what its first layers look for."),
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
  .item_columns = item_columns,
};

/* Rows of data as a list for a table.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/row-model.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

/* Wider columns take one cell. */
#define MAX_CELLS 32
/* Numbers of a wide column that its cell shows. */
#define SHOWN 6
/* Characters of a text that its cell shows. */
#define SHOWN_LETTERS 120
#define MIN_SIDE 7
/* Rows that are looked through for a class. */
#define MAX_SEARCHED 1000000

/* A picture is at least nearly so large. */
#define SHARP_PX 96

typedef struct
{
  char  *name;   /* owned */
  guint  column; /* of the data set */
  gint64 index;  /* of an element; -1: all of the column */
  guint  width, height, channels;
  gint64 step_x, step_y, step_channel; /* between elements of a picture */
} Cell;

struct _WeftRowModel
{
  GObject parent_instance;

  /* Owned */
  GPtrArray   *texts; /* of char **; NULL: a data set */
  WeftDataset *dataset;
  GArray      *cells;   /* of Cell */
  GArray      *numbers; /* of guint32: the rows; NULL: all */

  /* Plain values */
  WeftSplit split;
  guint     n_rows;
};

struct _WeftRow
{
  GObject parent_instance;

  /* Owned */
  WeftRowModel *model;
  WeftArray   **columns; /* gathered when asked for */

  /* Plain values */
  guint number;
};

G_DEFINE_FINAL_TYPE (WeftRow, weft_row, G_TYPE_OBJECT)

/* ---- The list ---- */

static GType
get_item_type (GListModel *list)
{
  return WEFT_TYPE_ROW;
}

static guint
get_n_items (GListModel *list)
{
  WeftRowModel *model = WEFT_ROW_MODEL (list);

  return model->numbers != NULL ? model->numbers->len : model->n_rows;
}

static gpointer
get_item (GListModel *list, guint position)
{
  WeftRowModel *model = WEFT_ROW_MODEL (list);
  WeftRow      *row;

  if (position >= get_n_items (list))
    return NULL;
  row = g_object_new (WEFT_TYPE_ROW, NULL);
  row->model = g_object_ref (model);
  row->number =
    model->numbers != NULL ? g_array_index (model->numbers, guint32, position) : position;
  return row;
}

static void
list_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (WeftRowModel,
                               weft_row_model,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_init))

static void
clear_cell (gpointer data)
{
  g_free (((Cell *) data)->name);
}

static void
model_finalize (GObject *object)
{
  WeftRowModel *model = WEFT_ROW_MODEL (object);

  g_clear_pointer (&model->texts, g_ptr_array_unref);
  g_clear_pointer (&model->dataset, weft_dataset_unref);
  g_clear_pointer (&model->numbers, g_array_unref);
  g_array_unref (model->cells);
  G_OBJECT_CLASS (weft_row_model_parent_class)->finalize (object);
}

static void
weft_row_model_class_init (WeftRowModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = model_finalize;
}

static void
weft_row_model_init (WeftRowModel *model)
{
  model->cells = g_array_new (FALSE, TRUE, sizeof (Cell));
  g_array_set_clear_func (model->cells, clear_cell);
}

/** weft_row_model_new_table: the rows that the survey of a table kept, as they are written. */
WeftRowModel *
weft_row_model_new_table (const WeftSurvey *survey)
{
  WeftRowModel *model = g_object_new (WEFT_TYPE_ROW_MODEL, NULL);

  model->texts = g_ptr_array_ref (survey->rows);
  model->n_rows = survey->rows->len;
  for (guint i = 0; i < survey->n_fields; i++)
    {
      Cell cell = { .name = g_strdup (survey->fields[i].name), .index = i };

      g_array_append_val (model->cells, cell);
    }
  return model;
}

/* ---- Cells of a data set ---- */

static gint64
count_elements (const WeftColumn *column)
{
  gint64 n = 1;

  for (guint i = 0; i < column->rank; i++)
    n *= column->shape[i];
  return n;
}

static gboolean
set_picture (Cell *cell, gint64 height, gint64 width, gint64 channels, gboolean last)
{
  if (height < MIN_SIDE || width < MIN_SIDE || height > 4096 || width > 4096)
    return FALSE;
  cell->height = (guint) height;
  cell->width = (guint) width;
  cell->channels = (guint) channels;
  cell->step_x = last ? channels : 1;
  cell->step_y = cell->step_x * width;
  cell->step_channel = last ? 1 : width * height;
  return TRUE;
}

/* [h, w], [c, h, w], [h, w, c], or a square that was made flat. */
static void
find_picture (Cell *cell, const WeftColumn *column)
{
  const gint64 *shape = column->shape;
  gint64        side;

  if (column->classes != NULL)
    return;
  if (column->rank == 2)
    set_picture (cell, shape[0], shape[1], 1, FALSE);
  else if (column->rank == 3 && (shape[0] == 1 || shape[0] == 3))
    set_picture (cell, shape[1], shape[2], shape[0], FALSE);
  else if (column->rank == 3 && (shape[2] == 1 || shape[2] == 3))
    set_picture (cell, shape[0], shape[1], shape[2], TRUE);
  else if (column->rank == 1)
    {
      side = (gint64) lround (sqrt ((double) shape[0]));
      if (side * side == shape[0])
        set_picture (cell, side, side, 1, FALSE);
    }
}

static void
add_cells (WeftRowModel *model, guint c, const WeftColumn *column, gchar **names)
{
  gint64 n = count_elements (column);

  if (column->classes == NULL && column->rank == 1 && n <= MAX_CELLS)
    for (gint64 i = 0; i < n; i++)
      {
        Cell cell = { .column = c, .index = i };

        cell.name = names != NULL && (gint64) g_strv_length (names) == n
                      ? g_strdup (names[i])
                      : g_strdup_printf ("%s[%d]", column->name, (int) i);
        g_array_append_val (model->cells, cell);
      }
  else
    {
      Cell cell = { .column = c, .index = -1, .name = g_strdup (column->name) };

      find_picture (&cell, column);
      g_array_append_val (model->cells, cell);
    }
}

static void
find_class (WeftRowModel *model, guint column, guint label)
{
  gint64  n = MIN (model->n_rows, MAX_SEARCHED);
  guint32 rows[4096];

  model->numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (gint64 first = 0; first < n; first += G_N_ELEMENTS (rows))
    {
      gsize  k = (gsize) MIN ((gint64) G_N_ELEMENTS (rows), n - first);
      gint64 width;
      g_autoptr (WeftArray) values = NULL;

      for (gsize i = 0; i < k; i++)
        rows[i] = (guint32) (first + (gint64) i);
      values = weft_dataset_gather (model->dataset, model->split, column, rows, k, NULL);
      if (values == NULL)
        return;
      width = values->n_elements / (gint64) k;
      for (gsize i = 0; i < k; i++)
        if (width == 1 ? weft_array_get (values, (gint64) i) == label
                       : weft_array_get (values, (gint64) i * width + label) == 1)
          g_array_append_val (model->numbers, rows[i]);
    }
}

WeftRowModel *
weft_row_model_new_dataset (WeftDataset *dataset, WeftSplit split, int column, guint label)
{
  WeftRowModel     *model = g_object_new (WEFT_TYPE_ROW_MODEL, NULL);
  WeftDatasetSpec  *spec = weft_dataset_get_spec (dataset);
  guint             n;
  const WeftColumn *columns = weft_dataset_spec_columns (spec, &n);

  model->dataset = weft_dataset_ref (dataset);
  model->split = split;
  model->n_rows = (guint) MIN (weft_dataset_n_rows (dataset, split), G_MAXINT32);
  for (guint c = 0; c < n; c++)
    add_cells (model, c, &columns[c], weft_dataset_spec_fields (spec, c));
  if (column >= 0 && column < (int) n)
    find_class (model, (guint) column, label);
  return model;
}

guint
weft_row_model_n_cells (WeftRowModel *model)
{
  return model->cells->len;
}

const char *
weft_row_model_cell_name (WeftRowModel *model, guint cell)
{
  return g_array_index (model->cells, Cell, cell).name;
}

gboolean
weft_row_model_is_picture (WeftRowModel *model, guint cell)
{
  return g_array_index (model->cells, Cell, cell).width > 0;
}

gboolean
weft_row_model_is_number (WeftRowModel *model, guint cell)
{
  return model->dataset != NULL && g_array_index (model->cells, Cell, cell).index >= 0;
}

/* ---- A row ---- */

static void
row_finalize (GObject *object)
{
  WeftRow *row = WEFT_ROW (object);
  guint    n = 0;

  if (row->columns != NULL)
    weft_dataset_spec_columns (weft_dataset_get_spec (row->model->dataset), &n);
  for (guint c = 0; c < n; c++)
    weft_array_unref (row->columns[c]);
  g_free (row->columns);
  g_clear_object (&row->model);
  G_OBJECT_CLASS (weft_row_parent_class)->finalize (object);
}

static void
weft_row_class_init (WeftRowClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = row_finalize;
}

static void
weft_row_init (WeftRow *row)
{
}

guint
weft_row_get_number (WeftRow *row)
{
  return row->number;
}

/* Returns: (nullable): %NULL where memory is short */
static const WeftArray *
get_column (WeftRow *row, guint c, const WeftColumn **column)
{
  guint             n;
  guint32           number = row->number;
  const WeftColumn *columns =
    weft_dataset_spec_columns (weft_dataset_get_spec (row->model->dataset), &n);

  *column = &columns[c];
  if (row->columns == NULL)
    row->columns = g_new0 (WeftArray *, n);
  if (row->columns[c] == NULL)
    row->columns[c] =
      weft_dataset_gather (row->model->dataset, row->model->split, c, &number, 1, NULL);
  return row->columns[c];
}

/* The classes' names, one after the other: a text where they are letters. */
static char *
dup_classes (const WeftArray *array, const WeftColumn *column)
{
  guint    n_classes = g_strv_length (column->classes);
  gboolean hot = weft_dtype_is_float (array->dtype);
  GString *text = g_string_new (NULL);

  for (gint64 i = 0; i < array->n_elements && text->len < SHOWN_LETTERS; i++)
    {
      double value = weft_array_get (array, i);
      gint64 class = hot ? i % n_classes : (gint64) value;

      if ((!hot || value == 1) && class >= 0 && class < n_classes)
        g_string_append (text, column->classes[class]);
    }
  for (char *c = text->str; *c != '\0'; c++)
    if (*c == '\n')
      *c = ' ';
  return g_string_free (text, FALSE);
}

static char *
dup_numbers (const WeftArray *array)
{
  GString *text = g_string_new (NULL);

  for (gint64 i = 0; i < array->n_elements && i < SHOWN; i++)
    g_string_append_printf (text, "%s%.5g", i > 0 ? ", " : "", weft_array_get (array, i));
  if (array->n_elements > SHOWN)
    g_string_append (text, ", …");
  return g_string_free (text, FALSE);
}

/* Returns: (transfer full): what a cell says */
char *
weft_row_dup_text (WeftRow *row, guint index)
{
  const Cell       *cell = &g_array_index (row->model->cells, Cell, index);
  const WeftColumn *column;
  const WeftArray  *array;

  if (row->model->texts != NULL)
    return g_strdup (((char **) row->model->texts->pdata[row->number])[cell->index]);
  array = get_column (row, cell->column, &column);
  if (array == NULL)
    return g_strdup ("…");
  if (column->classes != NULL)
    return dup_classes (array, column);
  return cell->index >= 0 ? g_strdup_printf ("%.5g", weft_array_get (array, cell->index))
                          : dup_numbers (array);
}

/* Returns: (transfer full) (nullable): the cell as a picture, from its least to its largest number
 */
GdkTexture *
weft_row_dup_picture (WeftRow *row, guint index)
{
  const Cell       *cell = &g_array_index (row->model->cells, Cell, index);
  const WeftColumn *column;
  const WeftArray  *array;
  double            low = G_MAXDOUBLE, high = -G_MAXDOUBLE;
  gsize             n;
  gint64            side, width;
  guint8           *pixels;
  g_autoptr (GBytes) bytes = NULL;

  if (cell->width == 0 || row->model->texts != NULL)
    return NULL;
  array = get_column (row, cell->column, &column);
  if (array == NULL)
    return NULL;
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      double value = weft_array_get (array, i);

      low = MIN (low, value);
      high = MAX (high, value);
    }
  /* Enlarged here, few pixels stay pixels; GTK would blur them. */
  side = MAX (1, SHARP_PX / MAX (cell->width, cell->height));
  width = side * cell->width;
  n = 3 * (gsize) (width * side * cell->height);
  pixels = g_malloc (n);
  for (gsize i = 0; i < n; i++)
    {
      gint64 x = (gint64) (i / 3) % width / side, y = (gint64) (i / 3) / width / side;
      gint64 channel = cell->channels == 3 ? (gint64) (i % 3) : 0;
      double value = weft_array_get (array, x * cell->step_x + y * cell->step_y +
                                              channel * cell->step_channel);

      pixels[i] = high > low ? (guint8) (255 * (value - low) / (high - low)) : 0;
    }
  bytes = g_bytes_new_take (pixels, n);
  return gdk_memory_texture_new ((int) width, (int) (side * cell->height), GDK_MEMORY_R8G8B8, bytes,
                                 3 * (gsize) width);
}

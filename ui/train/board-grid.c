/* A grid of panels that fills its place.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/board-grid.h"

#define GAP 10
/* A panel narrower or lower than this shows nothing well. */
#define LEAST_WIDTH 280
#define LEAST_HEIGHT 248
#define MOST_COLUMNS 4

struct _WeftBoardGrid
{
  GtkWidget parent_instance;

  /* Borrowed */
  GtkWidget *full; /* the only one that is seen; NULL: all are */
};

G_DEFINE_FINAL_TYPE (WeftBoardGrid, weft_board_grid, GTK_TYPE_WIDGET)

static gboolean
is_seen (WeftBoardGrid *grid, GtkWidget *panel)
{
  return gtk_widget_get_visible (panel) && (grid->full == NULL || panel == grid->full);
}

/* Large text needs large panels. */
static int
scaled (GtkWidget *widget, int length)
{
  int dpi = -1;
  g_object_get (gtk_widget_get_settings (widget), "gtk-xft-dpi", &dpi, NULL);
  return dpi > 0 ? (int) (length * MAX (dpi / (96.0 * PANGO_SCALE), 1)) : length;
}

static guint
n_columns (WeftBoardGrid *grid, int width)
{
  int least = scaled (GTK_WIDGET (grid), LEAST_WIDTH);
  return (guint) CLAMP ((width + GAP) / (least + GAP), 1, MOST_COLUMNS);
}

/* The first panel, the curves, is the widest where there is room. */
static guint
span_of (WeftBoardGrid *grid, GtkWidget *panel, guint columns)
{
  return panel == gtk_widget_get_first_child (GTK_WIDGET (grid)) && columns >= 3 ? 2 : 1;
}

/* The row that begins with @first: how many columns it fills; @next gets where the one after it
 * begins. */
static guint
take_row (WeftBoardGrid *grid, GtkWidget *first, guint columns, GtkWidget **next)
{
  guint filled = 0;
  *next = first;
  while (*next != NULL)
    {
      guint span = is_seen (grid, *next) ? span_of (grid, *next, columns) : 0;
      if (filled + span > columns)
        break;
      filled += span;
      *next = gtk_widget_get_next_sibling (*next);
    }
  return filled;
}

/* What a panel needs at least, once it is @width wide. */
static int
least_height (GtkWidget *panel, int width)
{
  int least_width, least;
  gtk_widget_measure (panel, GTK_ORIENTATION_HORIZONTAL, -1, &least_width, NULL, NULL, NULL);
  gtk_widget_measure (panel, GTK_ORIENTATION_VERTICAL, MAX (width, least_width), &least, NULL, NULL,
                      NULL);
  return MAX (least, scaled (panel, LEAST_HEIGHT));
}

typedef struct
{
  GtkWidget *first, *next; /* panels of the row, and the one behind it */
  guint      filled;       /* columns */
  int        height;       /* at least */
} Row;

/* Rows that show something, from the top. */
static GArray *
list_rows (WeftBoardGrid *grid, int width)
{
  GArray    *rows = g_array_new (FALSE, FALSE, sizeof (Row));
  guint      columns = n_columns (grid, width);
  GtkWidget *next;
  for (GtkWidget *first = gtk_widget_get_first_child (GTK_WIDGET (grid)); first != NULL;
       first = next)
    {
      Row row = { .first = first, .filled = take_row (grid, first, columns, &next), .height = 0 };
      row.next = next;
      for (GtkWidget *panel = first; panel != next; panel = gtk_widget_get_next_sibling (panel))
        if (is_seen (grid, panel))
          row.height = MAX (row.height, least_height (panel, width / MAX ((int) row.filled, 1)));
      if (row.filled > 0)
        g_array_append_val (rows, row);
    }
  return rows;
}

/* Rows are as high as one another where that is enough for each; else each gets as much more. */
static void
share_height (GArray *rows, int height)
{
  int n = (int) rows->len, sum = 0, most = 0;
  for (int i = 0; i < n; i++)
    {
      sum += g_array_index (rows, Row, i).height;
      most = MAX (most, g_array_index (rows, Row, i).height);
    }
  height -= (n - 1) * GAP;
  for (int i = 0; i < n; i++)
    {
      Row *row = &g_array_index (rows, Row, i);
      row->height = height / n >= most ? height / n : row->height + MAX (height - sum, 0) / n;
    }
}

static GtkSizeRequestMode
weft_board_grid_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
weft_board_grid_measure (GtkWidget     *widget,
                         GtkOrientation orientation,
                         int            for_size,
                         int           *minimum,
                         int           *natural,
                         int           *minimum_baseline,
                         int           *natural_baseline)
{
  g_autoptr (GArray) rows = list_rows (WEFT_BOARD_GRID (widget), MAX (for_size, LEAST_WIDTH));
  *minimum = LEAST_WIDTH;
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      *minimum = rows->len > 0 ? -GAP : 0;
      for (guint i = 0; i < rows->len; i++)
        *minimum += g_array_index (rows, Row, i).height + GAP;
    }
  *natural = *minimum;
}

static void
allocate (GtkWidget *panel, GtkAllocation box, int width)
{
  int least;
  if (gtk_widget_get_direction (panel) == GTK_TEXT_DIR_RTL)
    box.x = width - box.x - box.width;
  /* GTK complains where a widget is not asked before. */
  gtk_widget_measure (panel, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  box.width = MAX (box.width, least);
  gtk_widget_measure (panel, GTK_ORIENTATION_VERTICAL, box.width, &least, NULL, NULL, NULL);
  box.height = MAX (box.height, least);
  gtk_widget_size_allocate (panel, &box, -1);
}

static void
allocate_row (WeftBoardGrid *grid, const Row *row, int top, int width)
{
  guint columns = n_columns (grid, width), at = 0;
  int   n = (int) row->filled;
  for (GtkWidget *panel = row->first; panel != row->next;
       panel = gtk_widget_get_next_sibling (panel))
    {
      guint span = is_seen (grid, panel) ? span_of (grid, panel, columns) : 0;
      int   left = (int) at * (width + GAP) / n, right = (int) (at + span) * (width + GAP) / n - GAP;
      if (span > 0)
        allocate (panel, (GtkAllocation){ left, top, right - left, row->height }, width);
      at += span;
    }
}

static void
weft_board_grid_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WeftBoardGrid *grid = WEFT_BOARD_GRID (widget);
  g_autoptr (GArray) rows = list_rows (grid, width);
  int top = 0;
  for (GtkWidget *panel = gtk_widget_get_first_child (widget); panel != NULL;
       panel = gtk_widget_get_next_sibling (panel))
    gtk_widget_set_child_visible (panel, is_seen (grid, panel));
  if (rows->len > 0)
    share_height (rows, height);
  for (guint i = 0; i < rows->len; i++)
    {
      const Row *row = &g_array_index (rows, Row, i);
      allocate_row (grid, row, top, width);
      top += row->height + GAP;
    }
}

static void
weft_board_grid_dispose (GObject *object)
{
  GtkWidget *child;
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (weft_board_grid_parent_class)->dispose (object);
}

static void
weft_board_grid_class_init (WeftBoardGridClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_board_grid_dispose;
  widget_class->get_request_mode = weft_board_grid_get_request_mode;
  widget_class->measure = weft_board_grid_measure;
  widget_class->size_allocate = weft_board_grid_size_allocate;
}

static void
weft_board_grid_init (WeftBoardGrid *grid)
{
}

/**
 * weft_board_grid_new:
 *
 * Returns: (transfer floating): an empty grid
 */
GtkWidget *
weft_board_grid_new (void)
{
  return g_object_new (WEFT_TYPE_BOARD_GRID, NULL);
}

/**
 * weft_board_grid_insert:
 * @grid: a grid
 * @panel: a widget that is new, or in the grid already
 * @after: (nullable): the panel before it; NULL: it becomes the first
 */
void
weft_board_grid_insert (WeftBoardGrid *grid, GtkWidget *panel, GtkWidget *after)
{
  gtk_widget_insert_after (panel, GTK_WIDGET (grid), after);
}

/**
 * weft_board_grid_remove:
 * @grid: a grid
 * @panel: one of its panels
 */
void
weft_board_grid_remove (WeftBoardGrid *grid, GtkWidget *panel)
{
  if (grid->full == panel)
    grid->full = NULL;
  gtk_widget_unparent (panel);
}

/**
 * weft_board_grid_set_full:
 * @grid: a grid
 * @panel: (nullable): one of its panels
 */
void
weft_board_grid_set_full (WeftBoardGrid *grid, GtkWidget *panel)
{
  grid->full = panel;
  gtk_widget_queue_resize (GTK_WIDGET (grid));
}

/**
 * weft_board_grid_get_full:
 * @grid: a grid
 *
 * Returns: (transfer none) (nullable): the panel that is alone
 */
GtkWidget *
weft_board_grid_get_full (WeftBoardGrid *grid)
{
  return grid->full;
}

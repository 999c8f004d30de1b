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

static guint
n_columns (int width)
{
  return (guint) CLAMP ((width + GAP) / (LEAST_WIDTH + GAP), 1, MOST_COLUMNS);
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

static guint
n_rows (WeftBoardGrid *grid, guint columns)
{
  guint      rows = 0;
  GtkWidget *next;
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (grid)); row != NULL; row = next)
    rows += take_row (grid, row, columns, &next) > 0;
  return rows;
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
  guint rows = n_rows (WEFT_BOARD_GRID (widget), n_columns (for_size < 0 ? LEAST_WIDTH : for_size));
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = LEAST_WIDTH;
  else
    *minimum = (int) rows * (LEAST_HEIGHT + GAP) - (rows > 0 ? GAP : 0);
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
weft_board_grid_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WeftBoardGrid *grid = WEFT_BOARD_GRID (widget);
  guint          columns = n_columns (width), rows = MAX (n_rows (grid, columns), 1), row = 0;
  GtkWidget     *next;
  for (GtkWidget *first = gtk_widget_get_first_child (widget); first != NULL; first = next)
    {
      guint filled = take_row (grid, first, columns, &next), at = 0;
      int   top = (int) row * (height + GAP) / (int) rows;
      int   bottom = (int) (row + 1) * (height + GAP) / (int) rows - GAP;
      for (GtkWidget *panel = first; panel != next; panel = gtk_widget_get_next_sibling (panel))
        {
          gboolean seen = is_seen (grid, panel);
          guint    span = seen ? span_of (grid, panel, columns) : 0;
          int      left = filled > 0 ? (int) at * (width + GAP) / (int) filled : 0;
          int      right = filled > 0 ? (int) (at + span) * (width + GAP) / (int) filled - GAP : 0;
          gtk_widget_set_child_visible (panel, seen);
          if (seen)
            allocate (panel, (GtkAllocation){ left, top, right - left, bottom - top }, width);
          at += span;
        }
      row += filled > 0;
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

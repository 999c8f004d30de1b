/* One line of the list of steps.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/step-line.h"

#include "ui/optimise/panel-parts.h"
#include "ui/optimise/phase.h"
#include "ui/optimise/step-map.h"

#include <glib/gi18n.h>
#include <math.h>

typedef enum
{
  COLUMN_ARROW,
  COLUMN_NUMBER,
  COLUMN_PHASE,
  COLUMN_RULE,
  COLUMN_FORMULA, /* gets what the others leave */
  COLUMN_PLACE,
  COLUMN_OPS,
  COLUMN_REMARK,
  N_COLUMNS
} Column;

/* Widths in units of the text's size. */
static const double WIDE[N_COLUMNS] = { 18, 64, 112, 172, 0, 160, 78, 216 };
static const double MIDDLE[N_COLUMNS] = { 18, 66, 102, 160, 0, 130, 80, 0 };
static const double NARROW[N_COLUMNS] = { 18, 64, 20, 130, 0, 106, 78, 0 };
static const double LEAST[N_COLUMNS] = { 12, 36, 20, 120, 0, 92, 60, 0 };
#define LEAST_WIDTH 340.0
#define PHASE_FROM 60.0 /* less is for a dot */
#define NARROW_FROM 420.0
#define WIDE_FROM 1010.0
#define MIDDLE_FROM 760.0
#define ROW_HEIGHT 29.0
#define CELL_GAP 8.0
#define INNER_INDENT 12.0

struct _WeftStepLine
{
  GtkWidget parent_instance;

  /* Children, owned */
  GtkWidget *cells[N_COLUMNS]; /* arrow: button; place: button; the others: labels */
  GtkWidget *dot;              /* instead of the phase */

  /* Owned */
  WeftStepRow *row; /* NULL: none */

  /* Plain values */
  guint32 node;
};

enum
{
  SIGNAL_TOGGLED,
  SIGNAL_GO,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftStepLine, weft_step_line, GTK_TYPE_WIDGET)

/* ---- Texts ---- */

/**
 * weft_step_ops_text:
 * @costs: costs of a history
 * @first: a step
 * @last: a step, not before it
 *
 * Returns: (transfer full): how many ops the steps add or take away; "" while it is not known
 */
char *
weft_step_ops_text (WeftCosts *costs, guint first, guint last)
{
  double change =
    weft_costs_get (costs, WEFT_COST_OPS, last) - weft_costs_get (costs, WEFT_COST_OPS, first - 1);
  if (!isfinite (change))
    return g_strdup ("");
  if (change == 0)
    return g_strdup ("=");
  guint n = (guint) fabs (change);
  return change < 0 ? g_strdup_printf (g_dngettext (NULL, "−%u op", "−%u ops", n), n)
                    : g_strdup_printf (g_dngettext (NULL, "+%u op", "+%u ops", n), n);
}

/**
 * weft_step_remark:
 * @model: a model
 * @step: a step of its history
 * @bad: (out): whether it is bad news
 *
 * Returns: (transfer full) (nullable): what the step's proof, if it is known, has to say; NULL:
 * nothing
 */
char *
weft_step_remark (WeftOptimiseModel *model, guint step, gboolean *bad)
{
  const char      *message;
  const WeftProof *proof = weft_optimise_model_get_proof (model, step, &message);
  *bad = FALSE;
  if (proof == NULL)
    return NULL;
  *bad = !proof->agrees || proof->bad_after > proof->bad_before;
  if (!proof->agrees)
    return g_strdup (_ ("the two sides differ"));
  guint n = MAX (proof->bad_before, proof->bad_after) - MIN (proof->bad_before, proof->bad_after);
  if (n == 0)
    return NULL;
  if (*bad)
    return g_strdup_printf (
      g_dngettext (NULL, "%u row no longer finite", "%u rows no longer finite", n), n);
  return g_strdup_printf (g_dngettext (NULL, "%u row now finite", "%u rows now finite", n), n);
}

static void
set_text (WeftStepLine *line, Column column, const char *text)
{
  gtk_label_set_label (GTK_LABEL (line->cells[column]), text);
}

static void
show_number (WeftStepLine *line)
{
  guint            first = weft_step_row_first (line->row), last = weft_step_row_last (line->row);
  WeftRowKind      kind = weft_step_row_get_kind (line->row);
  gboolean         several = kind == WEFT_ROW_CLOSED || kind == WEFT_ROW_OPEN;
  g_autofree char *text =
    several ? g_strdup_printf ("%u–%u", first, last) : g_strdup_printf ("%u", first);
  set_text (line, COLUMN_NUMBER, text);
  gtk_widget_set_child_visible (line->cells[COLUMN_ARROW], several);
  if (!several)
    return;
  gtk_button_set_icon_name (GTK_BUTTON (line->cells[COLUMN_ARROW]),
                            kind == WEFT_ROW_OPEN ? "pan-down-symbolic" : "pan-end-symbolic");
  gtk_accessible_update_property (GTK_ACCESSIBLE (line->cells[COLUMN_ARROW]),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  kind == WEFT_ROW_OPEN ? _ ("Close") : _ ("Open"), -1);
}

static void
show_phase (WeftStepLine *line, WeftPhase phase)
{
  set_text (line, COLUMN_PHASE, weft_phase_title (phase));
  for (guint i = 0; i < WEFT_N_PHASES; i++)
    {
      g_autofree char *class = g_strdup_printf ("phase-%u", i);
      if (i == phase)
        gtk_widget_add_css_class (line->dot, class);
      else
        gtk_widget_remove_css_class (line->dot, class);
    }
}

static void
show_rule (WeftStepLine *line, const char *rule)
{
  WeftRowKind      kind = weft_step_row_get_kind (line->row);
  gboolean         several = kind == WEFT_ROW_CLOSED || kind == WEFT_ROW_OPEN;
  g_autofree char *text =
    several ? g_strdup_printf ("%s × %u", rule, weft_step_row_n (line->row)) : g_strdup (rule);
  set_text (line, COLUMN_RULE, text);
}

static void
show_place (WeftStepLine *line, const char *place)
{
  GtkWidget *label = gtk_button_get_child (GTK_BUTTON (line->cells[COLUMN_PLACE]));
  gtk_label_set_label (GTK_LABEL (label), place);
  gtk_widget_set_child_visible (line->cells[COLUMN_PLACE], *place != '\0');
  gtk_widget_set_sensitive (line->cells[COLUMN_PLACE], line->node != 0);
  if (line->node == 0)
    return;
  /* Translators: the name of a node; Build is the view. */
  g_autofree char *text = g_strdup_printf (_ ("Show %s in Build"), place);
  gtk_accessible_update_property (GTK_ACCESSIBLE (line->cells[COLUMN_PLACE]),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
show_remark (WeftStepLine *line, const char *remark, gboolean bad)
{
  set_text (line, COLUMN_REMARK, remark != NULL ? remark : "");
  gtk_widget_remove_css_class (line->cells[COLUMN_REMARK], bad ? "good-news" : "bad-news");
  gtk_widget_add_css_class (line->cells[COLUMN_REMARK], bad ? "bad-news" : "good-news");
}

/* The row that the list puts around the line is what assistive technology meets. */
static void
name_row (WeftStepLine *line, const WeftRewriteStep *step, const char *formula, const char *remark)
{
  GString    *text = g_string_new (NULL);
  const char *place =
    gtk_label_get_label (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (line->cells[COLUMN_PLACE]))));
  const char *ops = gtk_label_get_label (GTK_LABEL (line->cells[COLUMN_OPS]));
  GtkWidget  *parent = gtk_widget_get_parent (GTK_WIDGET (line));
  g_string_append_printf (text, "%s %s %s: %s",
                          gtk_label_get_label (GTK_LABEL (line->cells[COLUMN_NUMBER])),
                          weft_phase_title (step->phase),
                          gtk_label_get_label (GTK_LABEL (line->cells[COLUMN_RULE])), formula);
  if (*place != '\0')
    g_string_append_printf (text, "; %s", place);
  if (*ops != '\0')
    g_string_append_printf (text, "; %s", g_str_equal (ops, "=") ? _ ("as many ops") : ops);
  if (remark != NULL)
    g_string_append_printf (text, "; %s", remark);
  gtk_accessible_update_property (GTK_ACCESSIBLE (parent != NULL ? parent : GTK_WIDGET (line)),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, text->str, -1);
  g_string_free (text, TRUE);
}

/**
 * weft_step_line_show:
 * @line: a line
 * @model: the model
 * @costs: its costs
 * @rows: its rows
 * @row: (nullable): the row to show; NULL: none
 */
void
weft_step_line_show (WeftStepLine      *line,
                     WeftOptimiseModel *model,
                     WeftCosts         *costs,
                     WeftStepRows      *rows,
                     WeftStepRow       *row)
{
  gboolean bad = FALSE;
  g_set_object (&line->row, row);
  if (row == NULL)
    return;
  guint                  first = weft_step_row_first (row), last = weft_step_row_last (row);
  guint                  current = weft_optimise_model_get_step (model);
  guint                  shown = current >= first && current <= last ? current : first;
  const WeftRewriteStep *step =
    weft_history_get_step (weft_optimise_model_get_history (model), shown);
  const char      *formula = weft_step_rows_formula (rows, shown);
  g_autofree char *ops = weft_step_ops_text (costs, first, weft_step_row_last (row));
  g_autofree char *remark = weft_step_remark (model, shown, &bad);
  line->node = weft_step_rows_node (rows, shown);
  show_number (line);
  show_phase (line, step->phase);
  show_rule (line, step->rule);
  set_text (line, COLUMN_FORMULA, formula);
  show_place (line, weft_step_rows_place (rows, shown));
  set_text (line, COLUMN_OPS, ops);
  show_remark (line, remark, bad);
  name_row (line, step, formula, remark);
  gtk_widget_queue_allocate (GTK_WIDGET (line));
}

/**
 * weft_step_line_get_row:
 * @line: a line
 *
 * Returns: (transfer none) (nullable): what it shows
 */
WeftStepRow *
weft_step_line_get_row (WeftStepLine *line)
{
  return line->row;
}

/* ---- Columns ---- */

static const double *
columns_for (double width, double unit)
{
  if (width >= WIDE_FROM * unit)
    return WIDE;
  if (width >= MIDDLE_FROM * unit)
    return MIDDLE;
  return width >= NARROW_FROM * unit ? NARROW : LEAST;
}

static void
place_cell (WeftStepLine *line, GtkWidget *cell, double x, double width, int height)
{
  GtkAllocation place;
  int           minimum, natural, least;
  gboolean      mirrored = gtk_widget_get_direction (GTK_WIDGET (line)) == GTK_TEXT_DIR_RTL;
  gtk_widget_measure (cell, GTK_ORIENTATION_HORIZONTAL, -1, &least, NULL, NULL, NULL);
  place.width = MAX ((int) width, least);
  gtk_widget_measure (cell, GTK_ORIENTATION_VERTICAL, place.width, &minimum, &natural, NULL, NULL);
  place.height = MIN (height, MAX (minimum, natural));
  place.x = (int) (mirrored ? gtk_widget_get_width (GTK_WIDGET (line)) - x - place.width : x);
  place.y = (height - place.height) / 2;
  gtk_widget_size_allocate (cell, &place, -1);
}

static void
weft_step_line_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  WeftStepLine *line = WEFT_STEP_LINE (widget);
  double        unit = weft_step_map_unit (widget), fixed = 0, x = 0;
  const double *columns = columns_for (width, unit);
  gboolean      inner = line->row != NULL && weft_step_row_get_kind (line->row) == WEFT_ROW_INNER;
  for (guint i = 0; i < N_COLUMNS; i++)
    fixed += columns[i] * unit;
  gtk_widget_set_child_visible (line->cells[COLUMN_PHASE], columns[COLUMN_PHASE] >= PHASE_FROM);
  gtk_widget_set_child_visible (line->dot, columns[COLUMN_PHASE] < PHASE_FROM);
  gtk_widget_set_child_visible (line->cells[COLUMN_REMARK], columns[COLUMN_REMARK] > 0);
  for (guint i = 0; i < N_COLUMNS; i++)
    {
      double     whole = i == COLUMN_FORMULA ? MAX (width - fixed, 0) : columns[i] * unit;
      double     indent = inner && i == COLUMN_NUMBER ? INNER_INDENT * unit : 0;
      double     room = MAX (whole - (i == COLUMN_ARROW ? 0 : CELL_GAP * unit) - indent, 0);
      GtkWidget *cell = i == COLUMN_PHASE && columns[i] < PHASE_FROM ? line->dot : line->cells[i];
      if (gtk_widget_get_child_visible (cell))
        place_cell (line, cell, x + indent, room, height);
      x += whole;
    }
}

static void
weft_step_line_measure (GtkWidget     *widget,
                        GtkOrientation orientation,
                        int            for_size,
                        int           *minimum,
                        int           *natural,
                        int           *minimum_baseline,
                        int           *natural_baseline)
{
  double unit = weft_step_map_unit (widget);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = (int) (LEAST_WIDTH * unit);
      *natural = (int) (WIDE_FROM * unit);
    }
  else
    *minimum = *natural = (int) ceil (ROW_HEIGHT * unit);
}

/* ---- Tooltips ---- */

/* What is cut short, and what a press on the place does. Tooltips that are set on each cell would
 * cost a question to the display server each. */
static char *
cell_tooltip (WeftStepLine *line, Column column)
{
  GtkWidget *cell = line->cells[column];
  if (column == COLUMN_PLACE && line->node != 0)
    return g_strdup_printf (_ ("Show %s in Build"), gtk_label_get_label (GTK_LABEL (
                                                      gtk_button_get_child (GTK_BUTTON (cell)))));
  if (column == COLUMN_PLACE)
    cell = gtk_button_get_child (GTK_BUTTON (cell));
  if (!GTK_IS_LABEL (cell) || !pango_layout_is_ellipsized (gtk_label_get_layout (GTK_LABEL (cell))))
    return NULL;
  return g_strdup (gtk_label_get_label (GTK_LABEL (cell)));
}

static gboolean
weft_step_line_query_tooltip (
  GtkWidget *widget, int x, int y, gboolean keyboard, GtkTooltip *tooltip)
{
  WeftStepLine *line = WEFT_STEP_LINE (widget);
  for (guint i = 0; i < N_COLUMNS && line->row != NULL; i++)
    {
      graphene_rect_t  bounds;
      g_autofree char *text = NULL;
      if (!gtk_widget_get_child_visible (line->cells[i]) ||
          !gtk_widget_compute_bounds (line->cells[i], widget, &bounds) ||
          !graphene_rect_contains_point (&bounds, &GRAPHENE_POINT_INIT ((float) x, (float) y)))
        continue;
      text = cell_tooltip (line, i);
      gtk_tooltip_set_text (tooltip, text);
      return text != NULL;
    }
  return FALSE;
}

/* ---- The widget ---- */

static void
toggled_cb (WeftStepLine *line)
{
  g_signal_emit (line, signals[SIGNAL_TOGGLED], 0);
}

static void
go_cb (WeftStepLine *line)
{
  if (line->node != 0)
    g_signal_emit (line, signals[SIGNAL_GO], 0, line->node);
}

static GtkWidget *
new_label (const char *class)
{
  GtkWidget *label = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_width_chars (GTK_LABEL (label), 1);
  if (class != NULL)
    gtk_widget_add_css_class (label, class);
  return label;
}

static GtkWidget *
new_button (WeftStepLine *line, const char *class, GCallback callback)
{
  GtkWidget *button = gtk_button_new ();
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, class);
  g_signal_connect_swapped (button, "clicked", callback, line);
  return button;
}

static void
weft_step_line_dispose (GObject *object)
{
  WeftStepLine *line = WEFT_STEP_LINE (object);
  for (guint i = 0; i < N_COLUMNS; i++)
    g_clear_pointer (&line->cells[i], gtk_widget_unparent);
  g_clear_pointer (&line->dot, gtk_widget_unparent);
  g_clear_object (&line->row);
  G_OBJECT_CLASS (weft_step_line_parent_class)->dispose (object);
}

static void
weft_step_line_class_init (WeftStepLineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  G_OBJECT_CLASS (klass)->dispose = weft_step_line_dispose;
  widget_class->measure = weft_step_line_measure;
  widget_class->size_allocate = weft_step_line_size_allocate;
  widget_class->query_tooltip = weft_step_line_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "weft-step-line");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  signals[SIGNAL_TOGGLED] = g_signal_new ("toggled", WEFT_TYPE_STEP_LINE, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_GO] = g_signal_new ("go", WEFT_TYPE_STEP_LINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
weft_step_line_init (WeftStepLine *line)
{
  line->cells[COLUMN_ARROW] = new_button (line, "arrow", G_CALLBACK (toggled_cb));
  line->cells[COLUMN_NUMBER] = new_label ("step-number");
  line->cells[COLUMN_PHASE] = new_label ("step-phase");
  line->cells[COLUMN_RULE] = new_label ("strong");
  line->cells[COLUMN_FORMULA] = new_label (NULL);
  weft_panel_set_formula (GTK_LABEL (line->cells[COLUMN_FORMULA]));
  line->cells[COLUMN_PLACE] = new_button (line, "place", G_CALLBACK (go_cb));
  GtkWidget *place = new_label (NULL);
  gtk_button_set_child (GTK_BUTTON (line->cells[COLUMN_PLACE]), place);
  line->cells[COLUMN_OPS] = new_label ("monospace");
  line->cells[COLUMN_REMARK] = new_label ("good-news");
  line->dot = gtk_image_new_from_icon_name ("media-record-symbolic");
  gtk_widget_add_css_class (line->dot, "phase-mark");
  for (guint i = 0; i < N_COLUMNS; i++)
    gtk_widget_set_parent (line->cells[i], GTK_WIDGET (line));
  gtk_widget_set_parent (line->dot, GTK_WIDGET (line));
  gtk_widget_set_focusable (line->cells[COLUMN_ARROW], FALSE);
  gtk_widget_set_overflow (GTK_WIDGET (line), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_has_tooltip (GTK_WIDGET (line), TRUE);
}

/**
 * weft_step_line_new:
 *
 * Returns: (transfer floating): a line that shows nothing yet
 */
WeftStepLine *
weft_step_line_new (void)
{
  return g_object_new (WEFT_TYPE_STEP_LINE, NULL);
}

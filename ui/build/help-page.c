/* The page about a node; see help-page.h.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/build/help-page.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "engine/ops/ops.h"
#include "ui/draw/render.h"
#include "ui/shared/widget-style.h"

#define EXAMPLE_HEIGHT 220
#define EXAMPLE_GAP 130

/* ---- What is said ---- */

/* "softmax(x, axis=-1)" */
static char *
call_of (const WeftOp *op)
{
  GString *text = g_string_new (op->name);

  g_string_append_c (text, '(');
  for (guint i = 0; i < op->n_inputs; i++)
    g_string_append_printf (text, "%s%s%s", i > 0 ? ", " : "", op->input_names[i],
                            op->traits & WEFT_TRAIT_VARIADIC && i + 1 == op->n_inputs ? "..." : "");
  for (guint i = 0; i < op->n_attrs; i++)
    {
      g_string_append_printf (text, "%s%s", i + op->n_inputs > 0 ? ", " : "", op->attrs[i].name);
      if (op->attrs[i].has_default)
        {
          g_string_append_c (text, '=');
          weft_attr_append (&op->attrs[i].otherwise, text);
        }
    }
  g_string_append_c (text, ')');
  return g_string_free (text, FALSE);
}

/**
 * weft_help_formula:
 *
 * Returns: (nullable): owned
 */
char *
weft_help_formula (const WeftNode *node)
{
  const WeftEntry *entry = weft_catalogue_find (node->op);
  const WeftOp    *op = weft_op_find (node->op);

  if (g_str_equal (node->op, "expression"))
    return g_strdup (weft_json_get_string (node->params, "text", NULL));
  if (entry && entry->body)
    return g_strdup (entry->body);
  return op ? call_of (op) : NULL;
}

/**
 * weft_help_shape_rule:
 *
 * Returns: (nullable): borrowed
 */
const char *
weft_help_shape_rule (const char *op)
{
  const WeftOp *row = weft_op_find (op);

  if (!row)
    return NULL;
  if (row->traits & WEFT_TRAIT_ELEMENTWISE)
    return row->n_inputs > 1 ? _ ("Element by element; shapes are broadcast as in NumPy.")
                             : _ ("Element by element; the shape stays.");
  if (row->traits & WEFT_TRAIT_VIEW)
    return _ ("The same numbers in the same order, in another shape.");
  if (weft_op_attr_index (row, "keepdims") >= 0)
    return _ ("The axes that it goes over vanish, or become 1 with keepdims.");
  return NULL;
}

static void
append_types (
  GString *out, WeftTyping *typing, guint32 uid, const WeftPort *ports, guint n, gboolean output)
{
  const char *comma = "";

  for (guint i = 0; i < n; i++)
    {
      const WeftType  *type = output ? weft_typing_output (typing, uid, ports[i].name)
                                     : weft_typing_input (typing, uid, ports[i].name);
      g_autofree char *text = type ? weft_type_to_string (type) : NULL;

      if (!text)
        continue;
      g_string_append_printf (out, "%s%s %s", comma, ports[i].name, text);
      comma = ", ";
    }
}

/**
 * weft_help_shapes:
 * @typing: (nullable)
 *
 * Returns: (nullable): owned
 */
char *
weft_help_shapes (WeftDocument *document, WeftTyping *typing, guint32 uid)
{
  g_autoptr (WeftPorts) ports = typing ? weft_document_ports (document, uid) : NULL;
  g_autoptr (GString) out = g_string_new (NULL);
  gsize inputs;

  if (!ports)
    return NULL;
  append_types (out, typing, uid, ports->inputs, ports->n_inputs, FALSE);
  inputs = out->len;
  g_string_append (out, inputs > 0 ? " → " : "→ ");
  append_types (out, typing, uid, ports->outputs, ports->n_outputs, TRUE);
  if (out->len <= inputs + strlen (" → ") && inputs == 0)
    return NULL;
  return g_strdup (out->str);
}

/* ---- The example ---- */

/* The parameters of an input node that gives what flows into the port now, or a batch of rows. */
static WeftJson *
input_params (WeftTyping *typing, guint32 uid, const char *port)
{
  WeftJson       *params = weft_json_new_object ();
  const WeftType *type = typing ? weft_typing_input (typing, uid, port) : NULL;
  WeftJson       *shape = weft_json_new_array ();

  for (guint i = 0; type && i < type->shape.rank; i++)
    {
      GString *dim = g_string_new (NULL);

      weft_dim_append (type->shape.dims[i], dim);
      weft_json_append (shape, weft_dim_is_number (type->shape.dims[i])
                                 ? weft_json_new_int (type->shape.dims[i].offset)
                                 : weft_json_new_string (dim->str));
      g_string_free (dim, TRUE);
    }
  if (!type)
    {
      weft_json_append (shape, weft_json_new_string ("batch"));
      weft_json_append (shape, weft_json_new_int (8));
    }
  weft_json_set (params, "shape", shape);
  if (type)
    weft_json_set_string (params, "dtype", weft_dtypes[type->dtype].name);
  return params;
}

/**
 * weft_help_example:
 * @typing: (nullable): of @document
 *
 * Returns: (transfer full) (nullable): the node with its inputs
 */
WeftDocument *
weft_help_example (WeftDocument *document, WeftTyping *typing, guint32 uid)
{
  const WeftNode *node = weft_document_node (document, uid);
  g_autoptr (WeftDocument) example = weft_document_new ();
  g_autoptr (WeftPorts) ports = NULL;
  guint32 copy;
  double  y = 0;

  if (g_str_has_prefix (node->op, "group:"))
    return NULL;
  copy = weft_document_add_node (example, node->op, node->id, weft_json_copy (node->params), 280, 0,
                                 NULL);
  ports = copy ? weft_document_ports (example, copy) : NULL;
  if (!ports)
    return NULL;
  for (guint i = 0; i < ports->n_inputs; i++)
    {
      g_autoptr (WeftPorts) source = NULL;
      guint32 input;

      if (ports->inputs[i].optional &&
          !weft_document_wire_into (document, uid, ports->inputs[i].name))
        continue;
      input = weft_document_add_node (
        example, "input", NULL, input_params (typing, uid, ports->inputs[i].name), 0, y, NULL);
      source = weft_document_ports (example, input);
      if (source && source->n_outputs > 0)
        weft_document_connect (example, input, source->outputs[0].name, copy, ports->inputs[i].name,
                               NULL);
      y += EXAMPLE_GAP;
    }
  return g_steal_pointer (&example);
}

/* What the drawing area draws. */
typedef struct
{
  WeftDocument *document;
  WeftTyping   *typing;
} Example;

static void
example_free (gpointer data)
{
  Example *example = data;

  weft_typing_free (example->typing);
  g_object_unref (example->document);
  g_free (example);
}

static void
draw_cb (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  Example          *example = data;
  AdwStyleManager  *manager = adw_style_manager_get_default ();
  gboolean          dark = adw_style_manager_get_dark (manager);
  gboolean          contrast = adw_style_manager_get_high_contrast (manager);
  WeftRenderOptions options = {
    .theme = contrast ? (dark ? WEFT_THEME_CONTRAST_DARK : WEFT_THEME_CONTRAST_LIGHT)
             : dark   ? WEFT_THEME_DARK
                      : WEFT_THEME_LIGHT,
    .transparent = TRUE,
  };

  weft_render_cairo (example->document, example->typing, cr, width, height, &options);
}

/* ---- The page ---- */

static GtkWidget *
new_label (const char *text, const char *class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_set_can_focus (label, FALSE);
  if (g_strcmp0 (class, "monospace") == 0)
    weft_widget_show_code (label);
  else if (class)
    gtk_widget_add_css_class (label, class);
  return label;
}

static void
add_section (GtkBox *box, const char *title, const char *text, const char *class)
{
  if (!text || !*text)
    return;
  gtk_box_append (box, new_label (title, "heading"));
  gtk_box_append (box, new_label (text, class));
}

static void
add_parameters (GtkBox *box, WeftDocument *document, const WeftNode *node)
{
  guint            n = 0;
  const WeftParam *params = weft_document_params (document, node->op, &n);
  GtkWidget       *grid = gtk_grid_new ();

  if (n == 0)
    {
      g_object_ref_sink (grid);
      g_object_unref (grid);
      return;
    }
  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 4);
  for (guint i = 0; i < n; i++)
    {
      WeftJson        *value = weft_json_get (node->params, params[i].name);
      g_autofree char *text = value                 ? weft_json_to_string (value)
                              : params[i].otherwise ? weft_json_to_string (params[i].otherwise)
                                                    : g_strdup ("");

      gtk_grid_attach (GTK_GRID (grid), new_label (params[i].name, "monospace"), 0, (int) i, 1, 1);
      gtk_grid_attach (GTK_GRID (grid), new_label (text, "monospace"), 1, (int) i, 1, 1);
      gtk_grid_attach (GTK_GRID (grid),
                       new_label (params[i].summary ? _ (params[i].summary) : "", "dim-label"), 2,
                       (int) i, 1, 1);
    }
  gtk_box_append (box, new_label (_ ("Parameters"), "heading"));
  gtk_box_append (box, grid);
}

static void
add_example (GtkBox *box, WeftDocument *document, WeftTyping *typing, guint32 uid)
{
  g_autoptr (WeftDocument) drawn = weft_help_example (document, typing, uid);
  const WeftOp *op = weft_op_find (weft_document_node (document, uid)->op);
  GtkWidget    *area;
  Example      *example;

  if (!drawn && !(op && op->examples[0]))
    return;
  gtk_box_append (box, new_label (_ ("Example"), "heading"));
  if (op && op->examples[0])
    gtk_box_append (box, new_label (op->examples[0], "monospace"));
  if (!drawn)
    return;
  area = gtk_drawing_area_new ();
  example = g_new (Example, 1);
  example->document = g_steal_pointer (&drawn);
  example->typing = weft_typing_new (example->document);
  weft_typing_update (example->typing);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (area), EXAMPLE_HEIGHT);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), draw_cb, example, example_free);
  gtk_accessible_update_property (GTK_ACCESSIBLE (area), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("The node with its inputs"), -1);
  gtk_box_append (box, area);
}

static GtkWidget *
new_page (WeftDocument *document, WeftTyping *typing, guint32 uid)
{
  const WeftNode  *node = weft_document_node (document, uid);
  const WeftEntry *entry = weft_catalogue_find (node->op);
  const WeftOp    *op = weft_op_find (node->op);
  GtkWidget       *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  g_autofree char *formula = weft_help_formula (node);
  g_autofree char *shapes = weft_help_shapes (document, typing, uid);
  g_autofree char *gradient = typing ? weft_typing_gradient_text (typing, uid) : NULL;
  const char      *rule = weft_help_shape_rule (node->op);

  gtk_widget_add_css_class (box, "values");
  gtk_box_append (GTK_BOX (box),
                  new_label (weft_document_op_title (document, node->op), "title-2"));
  if (entry && entry->summary)
    gtk_box_append (GTK_BOX (box), new_label (_ (entry->summary), NULL));
  add_section (GTK_BOX (box), _ ("Formula"), formula, "monospace");
  add_section (GTK_BOX (box), _ ("Shapes"), rule ? rule : shapes, rule ? NULL : "monospace");
  if (rule && shapes)
    gtk_box_append (GTK_BOX (box), new_label (shapes, "monospace"));
  add_parameters (GTK_BOX (box), document, node);
  add_section (GTK_BOX (box), _ ("Gradient"),
               gradient && *gradient ? gradient
               : op && op->no_grad   ? _ (op->no_grad)
                                     : NULL,
               "monospace");
  add_example (GTK_BOX (box), document, typing, uid);
  return box;
}

/**
 * weft_help_window_new:
 * @typing: (nullable): of @document, up to date
 */
GtkWindow *
weft_help_window_new (WeftDocument *document, WeftTyping *typing, guint32 uid)
{
  const WeftNode  *node = weft_document_node (document, uid);
  GtkWidget       *window = adw_window_new ();
  GtkWidget       *whole = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget       *scroller = gtk_scrolled_window_new ();
  g_autofree char *title = g_strdup_printf (_ ("About %s"), node->id);

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), new_page (document, typing, uid));
  g_object_set (gtk_scrolled_window_get_child (GTK_SCROLLED_WINDOW (scroller)), "vscroll-policy",
                GTK_SCROLL_NATURAL, NULL);
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (whole), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (whole), scroller);
  adw_window_set_content (ADW_WINDOW (window), whole);
  gtk_window_set_title (GTK_WINDOW (window), title);
  gtk_window_set_destroy_with_parent (GTK_WINDOW (window), TRUE);
  gtk_window_set_default_size (GTK_WINDOW (window), 560, 640);
  return GTK_WINDOW (window);
}

/* The selected kernel's text.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspect/source-pane.h"

#include "ui/inspect/amounts.h"

#include <glib/gi18n.h>
#include <gtksourceview/gtksource.h>
#include <math.h>

struct _WeftSourcePane
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkLabel        *title, *facts, *how;
  GtkToggleButton *languages[2]; /* by WeftTextLanguage */
  GtkStack        *pages;        /* text, none */
  GtkLabel        *none;
  GtkSourceView   *view;
  GtkButton       *copy;

  /* Owned */
  WeftInspectModel *model;
};

G_DEFINE_FINAL_TYPE (WeftSourcePane, weft_source_pane, ADW_TYPE_BIN)

static WeftTextLanguage
get_language (WeftSourcePane *pane)
{
  return gtk_toggle_button_get_active (pane->languages[WEFT_TEXT_C]) ? WEFT_TEXT_C : WEFT_TEXT_CUDA;
}

static const WeftAnatomyKernel *
get_kernel (WeftSourcePane *pane)
{
  const WeftAnatomy *anatomy = weft_inspect_model_get_anatomy (pane->model);
  guint              selected = weft_inspect_model_get_selected (pane->model);
  return anatomy != NULL && selected < anatomy->n_kernels ? &anatomy->kernels[selected] : NULL;
}

/* ---- What stands around the text ---- */

static const char *
why_no_text (const WeftAnatomyKernel *kernel)
{
  switch (kernel->kind)
    {
    case WEFT_STEP_GEMM:
      return _ (
        "Matrix products of this size are computed by code that is built in, or by a library.");
    case WEFT_STEP_LOOP:
    case WEFT_STEP_BRANCH:
      return _ ("Its steps have texts of their own; choose one of those below it.");
    case WEFT_STEP_OP:
      return _ ("This operation has a kernel of its own, which comes with the program.");
    case WEFT_STEP_TILES:
    case WEFT_STEP_COPY:
      break;
    }
  return _ ("This loop uses a function that only the interpreter has.");
}

/* How it runs, of what was measured. */
static const char *
how_it_runs (WeftSourcePane *pane, const WeftAnatomyKernel *kernel)
{
  const WeftProfile *profile = weft_inspect_model_get_anatomy (pane->model)->profile;
  if (kernel->texts[WEFT_TEXT_C] == NULL || profile == NULL)
    return "";
  return profile->kernels[weft_inspect_model_get_selected (pane->model)].compiled
           ? _ ("compiled")
           : _ ("interpreted");
}

static char *
dup_facts (WeftSourcePane *pane, const WeftAnatomyKernel *kernel)
{
  g_autofree char *bytes = weft_amount_of_bytes (kernel->bytes);
  g_autofree char *flops = weft_amount_of_flops (kernel->flops);
  g_autofree char *place =
    weft_inspect_model_dup_place (pane->model, weft_inspect_model_get_selected (pane->model));
  return g_strdup_printf (_ ("%s · moves %s, calculates %s"), place, bytes, flops);
}

static void
show_kernel (WeftSourcePane *pane)
{
  const WeftAnatomyKernel *kernel = get_kernel (pane);
  const WeftKernelText    *text = kernel != NULL ? kernel->texts[get_language (pane)] : NULL;
  g_autofree char         *facts = kernel != NULL ? dup_facts (pane, kernel) : NULL;
  gtk_label_set_label (pane->title, kernel != NULL ? kernel->name : "");
  gtk_label_set_label (pane->facts, facts != NULL ? facts : "");
  gtk_label_set_label (pane->how, kernel != NULL ? how_it_runs (pane, kernel) : "");
  gtk_widget_set_sensitive (GTK_WIDGET (pane->copy), text != NULL);
  if (text != NULL)
    {
      gtk_text_buffer_set_text (gtk_text_view_get_buffer (GTK_TEXT_VIEW (pane->view)), text->text,
                                -1);
      gtk_stack_set_visible_child_name (pane->pages, "text");
      return;
    }
  gtk_label_set_label (pane->none, kernel != NULL ? why_no_text (kernel)
                                                  : _ ("Choose a kernel to see its text."));
  gtk_stack_set_visible_child_name (pane->pages, "none");
}

static void
copy_cb (WeftSourcePane *pane)
{
  const WeftAnatomyKernel *kernel = get_kernel (pane);
  const WeftKernelText    *text = kernel != NULL ? kernel->texts[get_language (pane)] : NULL;
  if (text != NULL)
    gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (pane)), text->text);
}

/* ---- The widget ---- */

static void
follow_theme (WeftSourcePane *pane)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  gtk_source_buffer_set_style_scheme (
    GTK_SOURCE_BUFFER (gtk_text_view_get_buffer (GTK_TEXT_VIEW (pane->view))),
    gtk_source_style_scheme_manager_get_scheme (gtk_source_style_scheme_manager_get_default (),
                                                dark ? "Adwaita-dark" : "Adwaita"));
}

static GtkWidget *
new_languages (WeftSourcePane *pane)
{
  static const char *const names[] = { "C", "CUDA" };
  GtkWidget               *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_widget_add_css_class (box, "tabs");
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      pane->languages[i] = GTK_TOGGLE_BUTTON (gtk_toggle_button_new_with_label (names[i]));
      if (i > 0)
        gtk_toggle_button_set_group (pane->languages[i], pane->languages[0]);
      gtk_box_append (GTK_BOX (box), GTK_WIDGET (pane->languages[i]));
    }
  gtk_toggle_button_set_active (pane->languages[0], TRUE);
  g_signal_connect_swapped (pane->languages[0], "toggled", G_CALLBACK (show_kernel), pane);
  return box;
}

static GtkWidget *
new_header (WeftSourcePane *pane)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *title = gtk_label_new (NULL), *how = gtk_label_new (NULL);
  GtkWidget *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (title), 0);
  gtk_widget_set_hexpand (title, TRUE);
  gtk_widget_add_css_class (title, "monospace");
  gtk_widget_add_css_class (title, "strong");
  gtk_widget_add_css_class (how, "dim-label");
  gtk_widget_add_css_class (copy, "flat");
  gtk_widget_set_tooltip_text (copy, _ ("Copy the text"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (copy), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Copy the text"), -1);
  g_signal_connect_swapped (copy, "clicked", G_CALLBACK (copy_cb), pane);
  pane->title = GTK_LABEL (title);
  pane->how = GTK_LABEL (how);
  pane->copy = GTK_BUTTON (copy);
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), new_languages (pane));
  gtk_box_append (GTK_BOX (box), how);
  gtk_box_append (GTK_BOX (box), copy);
  return box;
}

static GtkWidget *
new_text (WeftSourcePane *pane)
{
  GtkWidget       *scroller = gtk_scrolled_window_new ();
  GtkSourceBuffer *buffer = gtk_source_buffer_new (NULL);
  gtk_source_buffer_set_language (buffer, gtk_source_language_manager_get_language (
                                            gtk_source_language_manager_get_default (), "c"));
  gtk_source_buffer_set_highlight_matching_brackets (buffer, FALSE);
  pane->view = GTK_SOURCE_VIEW (gtk_source_view_new_with_buffer (buffer));
  g_object_unref (buffer);
  gtk_source_view_set_show_line_numbers (pane->view, TRUE);
  gtk_text_view_set_editable (GTK_TEXT_VIEW (pane->view), FALSE);
  gtk_text_view_set_monospace (GTK_TEXT_VIEW (pane->view), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (pane->view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Text of the kernel"), -1);
  gtk_widget_set_direction (GTK_WIDGET (pane->view), GTK_TEXT_DIR_LTR);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (pane->view));
  gtk_widget_set_vexpand (scroller, TRUE);
  return scroller;
}

static void
weft_source_pane_dispose (GObject *object)
{
  WeftSourcePane *pane = WEFT_SOURCE_PANE (object);
  adw_bin_set_child (ADW_BIN (pane), NULL);
  g_clear_object (&pane->model);
  G_OBJECT_CLASS (weft_source_pane_parent_class)->dispose (object);
}

static void
weft_source_pane_class_init (WeftSourcePaneClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_source_pane_dispose;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "weft-source-pane");
}

static void
weft_source_pane_init (WeftSourcePane *pane)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6), *none = gtk_label_new (NULL);
  GtkWidget *facts = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (none), TRUE);
  gtk_widget_add_css_class (none, "dim-label");
  gtk_label_set_xalign (GTK_LABEL (facts), 0);
  gtk_label_set_wrap (GTK_LABEL (facts), TRUE);
  gtk_widget_add_css_class (facts, "dim-label");
  pane->none = GTK_LABEL (none);
  pane->facts = GTK_LABEL (facts);
  pane->pages = GTK_STACK (gtk_stack_new ());
  gtk_stack_add_named (pane->pages, new_text (pane), "text");
  gtk_stack_add_named (pane->pages, none, "none");
  gtk_box_append (GTK_BOX (box), new_header (pane));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (pane->pages));
  gtk_box_append (GTK_BOX (box), facts);
  adw_bin_set_child (ADW_BIN (pane), box);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark",
                           G_CALLBACK (follow_theme), pane, G_CONNECT_SWAPPED);
  follow_theme (pane);
}

/**
 * weft_source_pane_new:
 * @model: what it shows
 *
 * Returns: (transfer floating): a pane
 */
WeftSourcePane *
weft_source_pane_new (WeftInspectModel *model)
{
  WeftSourcePane *pane = g_object_new (WEFT_TYPE_SOURCE_PANE, NULL);
  pane->model = g_object_ref (model);
  g_signal_connect_object (model, "changed", G_CALLBACK (show_kernel), pane, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "selection", G_CALLBACK (show_kernel), pane, G_CONNECT_SWAPPED);
  show_kernel (pane);
  return pane;
}

/* A part of the Inspect view that stands elsewhere.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspect/inspect-pane.h"

#include <glib/gi18n.h>

struct _WeftInspectPane
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkStack *pages; /* child, message */
  GtkLabel *message;

  /* Owned */
  WeftInspectModel *model;
};

G_DEFINE_FINAL_TYPE (WeftInspectPane, weft_inspect_pane, ADW_TYPE_BIN)

static const char *
message_of (WeftInspectModel *model)
{
  switch (weft_inspect_model_get_state (model))
    {
    case WEFT_INSPECTING_FAILED:
      return weft_inspect_model_get_message (model);
    case WEFT_INSPECTING_EMPTY:
      return _ ("Draw a model, and its kernels are shown here.");
    case WEFT_INSPECTING_WORKING:
    case WEFT_INSPECTING_READY:
      break;
    }
  return _ ("Compiling and measuring…");
}

static void
follow_model (WeftInspectPane *pane)
{
  gtk_label_set_label (pane->message, message_of (pane->model));
  gtk_stack_set_visible_child_name (
    pane->pages, weft_inspect_model_get_anatomy (pane->model) != NULL ? "child" : "message");
}

static void
weft_inspect_pane_dispose (GObject *object)
{
  WeftInspectPane *pane = WEFT_INSPECT_PANE (object);
  adw_bin_set_child (ADW_BIN (pane), NULL);
  g_clear_object (&pane->model);
  G_OBJECT_CLASS (weft_inspect_pane_parent_class)->dispose (object);
}

static void
weft_inspect_pane_class_init (WeftInspectPaneClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_inspect_pane_dispose;
}

static void
weft_inspect_pane_init (WeftInspectPane *pane)
{
  GtkWidget *message = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (message), TRUE);
  gtk_label_set_justify (GTK_LABEL (message), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (message, "dim-label");
  pane->message = GTK_LABEL (message);
  pane->pages = GTK_STACK (gtk_stack_new ());
  gtk_stack_add_named (pane->pages, message, "message");
  adw_bin_set_child (ADW_BIN (pane), GTK_WIDGET (pane->pages));
}

/**
 * weft_inspect_pane_new:
 * @model: what is measured
 * @child: (transfer floating): shows it
 *
 * Returns: (transfer floating): a pane
 */
WeftInspectPane *
weft_inspect_pane_new (WeftInspectModel *model, GtkWidget *child)
{
  WeftInspectPane *pane = g_object_new (WEFT_TYPE_INSPECT_PANE, NULL);
  pane->model = g_object_ref (model);
  gtk_stack_add_named (pane->pages, child, "child");
  g_signal_connect_object (model, "changed", G_CALLBACK (follow_model), pane, G_CONNECT_SWAPPED);
  follow_model (pane);
  return pane;
}

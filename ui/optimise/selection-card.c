/* About the selected operation.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/selection-card.h"

#include "ui/optimise/panel-parts.h"

#include <glib/gi18n.h>

/* Steps of a biography that have a button of their own; the list of steps shows all. */
#define MAX_BUTTONS 8

struct _WeftSelectionCard
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkWidget   *section;
  GtkLabel    *summary, *answer;
  GtkFlowBox  *steps;
  GtkWidget   *only;
  GtkDropDown *rule;

  /* Owned */
  WeftOptimiseModel *model;
};

G_DEFINE_FINAL_TYPE (WeftSelectionCard, weft_selection_card, ADW_TYPE_BIN)

/* ---- Its biography ---- */

/* The history that the selection's numbers are of; NULL: another one than that of the steps. */
static WeftHistory *
selected_history (WeftSelectionCard *card, guint *apply, WeftSide *side)
{
  WeftHistory *history = weft_optimise_model_get_history (card->model);
  *apply = weft_optimise_model_get_selected (card->model, side);
  if (*apply == G_MAXUINT || history == NULL)
    return NULL;
  return weft_optimise_model_get_side_history (card->model, *side) == history ? history : NULL;
}

static void
step_cb (GtkButton *button, WeftSelectionCard *card)
{
  guint step = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "weft-step"));
  weft_optimise_model_go (card->model, step, WEFT_HALF_MADE);
}

static void
add_button (WeftSelectionCard *card, WeftHistory *history, guint step)
{
  g_autofree char *text =
    g_strdup_printf ("%u %s", step, weft_history_get_step (history, step)->rule);
  GtkWidget *button = gtk_button_new_with_label (text);
  gtk_label_set_ellipsize (GTK_LABEL (gtk_button_get_child (GTK_BUTTON (button))),
                           PANGO_ELLIPSIZE_END);
  gtk_widget_set_tooltip_text (button, text);
  gtk_widget_add_css_class (button, "step");
  g_object_set_data (G_OBJECT (button), "weft-step", GUINT_TO_POINTER (step));
  g_signal_connect_object (button, "clicked", G_CALLBACK (step_cb), card, 0);
  gtk_flow_box_insert (card->steps, button, -1);
  gtk_widget_set_focusable (gtk_widget_get_parent (button), FALSE);
}

static void
follow_biography (WeftSelectionCard *card)
{
  WeftSide         side;
  guint            apply;
  WeftHistory     *history = selected_history (card, &apply, &side);
  GtkFlowBoxChild *child;
  g_autoptr (GArray) steps = NULL;
  while ((child = gtk_flow_box_get_child_at_index (card->steps, 0)) != NULL)
    gtk_flow_box_remove (card->steps, GTK_WIDGET (child));
  gtk_widget_set_visible (GTK_WIDGET (card->summary), history != NULL);
  gtk_widget_set_visible (card->only, FALSE);
  if (history == NULL)
    {
      weft_panel_section_set_title (card->section, _ ("Why not?"));
      return;
    }
  const WeftApply *selected = weft_history_apply (history, apply);
  guint            n = weft_history_n_steps (history);
  steps = weft_history_biography (history, apply);
  g_autofree char *text = g_strdup_printf (
    g_dngettext (NULL, "%s: %u of %u step touched this", "%s: %u of %u steps touched this", n),
    selected->op->name, steps->len, n);
  weft_panel_section_set_title (card->section, _ ("Selected"));
  gtk_label_set_label (card->summary, text);
  for (guint i = 0; i < MIN (steps->len, MAX_BUTTONS); i++)
    add_button (card, history, g_array_index (steps, guint, i));
  gtk_widget_set_visible (card->only, steps->len > 0);
}

/* ---- Why not ---- */

static void
follow_answer (WeftSelectionCard *card)
{
  WeftSide    side = WEFT_SIDE_NOW;
  guint       apply, index = gtk_drop_down_get_selected (card->rule);
  WeftCursor *cursor = NULL;
  if (selected_history (card, &apply, &side) != NULL)
    cursor = weft_optimise_model_get_side_cursor (card->model, side);
  else
    {
      apply = G_MAXUINT;
      cursor = weft_optimise_model_get_cursor (card->model);
    }
  gtk_widget_set_visible (GTK_WIDGET (card->answer), index > 0 && cursor != NULL);
  if (index == 0 || index == GTK_INVALID_LIST_POSITION || cursor == NULL)
    return;
  if (apply != G_MAXUINT && !weft_cursor_has (cursor, apply))
    {
      gtk_label_set_label (card->answer,
                           _ ("The selected operation is not in the graph at this step."));
      return;
    }
  g_autofree char *answer = weft_cursor_why_not (cursor, weft_rule_get (index - 1)->name, apply);
  gtk_label_set_label (card->answer, answer != NULL ? answer : "");
}

static void
selection_cb (WeftSelectionCard *card)
{
  follow_biography (card);
  follow_answer (card);
}

/* ---- The widget ---- */

static char *
string_of (GtkStringObject *object, gpointer data)
{
  return g_strdup (gtk_string_object_get_string (object));
}

static GtkWidget *
new_rule (WeftSelectionCard *card)
{
  GtkStringList *names = gtk_string_list_new (NULL);
  gtk_string_list_append (names, _ ("Choose a rule"));
  for (guint i = 0; i < weft_rule_count (); i++)
    gtk_string_list_append (names, weft_rule_get (i)->name);
  GtkExpression *expression =
    gtk_cclosure_expression_new (G_TYPE_STRING, NULL, 0, NULL, G_CALLBACK (string_of), NULL, NULL);
  GtkWidget *drop = gtk_drop_down_new (G_LIST_MODEL (names), expression);
  gtk_drop_down_set_enable_search (GTK_DROP_DOWN (drop), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (drop), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Why was this rule not applied?"), -1);
  gtk_widget_set_tooltip_text (drop, _ ("Why was this rule not applied?"));
  g_signal_connect_object (drop, "notify::selected", G_CALLBACK (follow_answer), card,
                           G_CONNECT_SWAPPED);
  return drop;
}

static void
add_children (WeftSelectionCard *card, GtkBox *box)
{
  GtkWidget *ask = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  GtkWidget *question = gtk_label_new (_ ("Why not"));
  card->summary = weft_panel_text (NULL);
  card->steps = GTK_FLOW_BOX (gtk_flow_box_new ());
  gtk_flow_box_set_selection_mode (card->steps, GTK_SELECTION_NONE);
  gtk_flow_box_set_max_children_per_line (card->steps, 2);
  gtk_flow_box_set_row_spacing (card->steps, 4);
  gtk_flow_box_set_column_spacing (card->steps, 4);
  gtk_accessible_update_property (GTK_ACCESSIBLE (card->steps), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Steps that touched the selection"), -1);
  card->only = gtk_button_new_with_mnemonic (_ ("Show _Only These Steps"));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (card->only), "optimise.biography");
  card->rule = GTK_DROP_DOWN (new_rule (card));
  gtk_widget_set_hexpand (GTK_WIDGET (card->rule), TRUE);
  card->answer = GTK_LABEL (g_object_new (
    GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, "wrap", TRUE, "wrap-mode",
    PANGO_WRAP_WORD_CHAR, "xalign", 0.0, "width-chars", 8, "selectable", TRUE, NULL));
  gtk_widget_add_css_class (GTK_WIDGET (card->answer), "text-card");
  gtk_box_append (GTK_BOX (ask), question);
  gtk_box_append (GTK_BOX (ask), GTK_WIDGET (card->rule));
  gtk_box_append (box, GTK_WIDGET (card->summary));
  gtk_box_append (box, GTK_WIDGET (card->steps));
  gtk_box_append (box, card->only);
  gtk_box_append (box, ask);
  gtk_box_append (box, GTK_WIDGET (card->answer));
}

static void
weft_selection_card_dispose (GObject *object)
{
  WeftSelectionCard *card = WEFT_SELECTION_CARD (object);
  g_clear_object (&card->model);
  G_OBJECT_CLASS (weft_selection_card_parent_class)->dispose (object);
}

static void
weft_selection_card_class_init (WeftSelectionCardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_selection_card_dispose;
}

static void
weft_selection_card_init (WeftSelectionCard *card)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  add_children (card, GTK_BOX (box));
  card->section = weft_panel_section (_ ("Why not?"), box);
  adw_bin_set_child (ADW_BIN (card), card->section);
}

/**
 * weft_selection_card_new:
 * @model: whose selection
 *
 * Returns: (transfer floating): a card
 */
WeftSelectionCard *
weft_selection_card_new (WeftOptimiseModel *model)
{
  WeftSelectionCard *card = g_object_new (WEFT_TYPE_SELECTION_CARD, NULL);
  card->model = g_object_ref (model);
  g_signal_connect_object (model, "changed", G_CALLBACK (selection_cb), card, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "selection", G_CALLBACK (selection_cb), card, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "moved", G_CALLBACK (follow_answer), card, G_CONNECT_SWAPPED);
  selection_cb (card);
  return card;
}

/* The panel beside the graphs: the rule of the current step, and which rules are on.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/rule-panel.h"

#include "ui/draw/rule-art.h"
#include "ui/optimise/panel-parts.h"
#include "ui/optimise/phase.h"
#include "ui/optimise/rule-picture.h"
#include "ui/optimise/rule-quiz.h"
#include "ui/optimise/rule-switches.h"
#include "ui/optimise/selection-card.h"
#include "ui/optimise/step-facts.h"
#include "ui/shared/settings.h"

#include <glib/gi18n.h>
#include <string.h>

#define FORMULA_OPS 40
#define LESSON_PX 190 /* the rule below it shall be seen too */

struct _WeftRulePanel
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkLabel        *title, *pill;
  GtkMenuButton   *menu;
  GtkWidget       *lesson; /* an expander */
  GtkLabel        *lesson_text, *oscillation;
  GtkWidget       *step; /* everything about the current step */
  WeftRuleQuiz    *quiz;
  GtkLabel        *before, *after, *keeps, *source, *start;
  GtkButton       *place;
  WeftRulePicture *picture;
  GtkLabel        *why;
  GtkWidget       *here_section, *here;         /* what the names stood for */
  GtkWidget       *guard_section, *guard_table; /* what had to hold */

  /* Owned */
  WeftOptimiseModel *model;

  /* Plain values */
  guint32  node;
  gboolean asking; /* a quiz */
};

enum
{
  SIGNAL_GO,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (WeftRulePanel, weft_rule_panel, ADW_TYPE_BIN)

/* ---- The rule as text ---- */

static PangoAttribute *
new_foreground (WeftColour colour)
{
  return pango_attr_foreground_new ((guint16) (colour.red * G_MAXUINT16),
                                    (guint16) (colour.green * G_MAXUINT16),
                                    (guint16) (colour.blue * G_MAXUINT16));
}

/* Names of the pattern in the colours that they have in its picture and on the graph. */
static void
show_text (GtkLabel *label, const WeftRuleInfo *rule, const char *text, const char *prefix)
{
  WeftThemeKind    theme = weft_settings_get_theme ();
  PangoAttrList   *attributes = pango_attr_list_new ();
  guint            offset = (guint) strlen (prefix);
  g_autofree char *whole = g_strconcat (prefix, text, NULL);
  g_autoptr (GArray) runs = weft_rule_runs (rule, text);
  for (guint i = 0; i < runs->len; i++)
    {
      const WeftRuleRun *run = &g_array_index (runs, WeftRuleRun, i);
      PangoAttribute    *attribute = new_foreground (weft_rule_colour_of (theme, run->colour));
      attribute->start_index = offset + run->start;
      attribute->end_index = offset + run->start + run->length;
      pango_attr_list_insert (attributes, attribute);
    }
  gtk_label_set_attributes (label, attributes);
  gtk_label_set_label (label, whole);
  pango_attr_list_unref (attributes);
}

/* What is built in has no text: the step's own two sides stand for it. */
static void
show_rule (WeftRulePanel *panel, const WeftRuleInfo *rule, guint step)
{
  g_autofree char *before = NULL, *after = NULL;
  weft_history_formulas (weft_optimise_model_get_history (panel->model), step, FORMULA_OPS, &before,
                         &after);
  gboolean has_text = rule->pattern != NULL && *rule->pattern != '\0';
  gboolean in_code = !has_text || rule->replacement[0] == '@';
  show_text (panel->before, rule, has_text ? rule->pattern : before, "");
  show_text (panel->after, rule, in_code ? after : rule->replacement, "→ ");
  gtk_label_set_label (panel->keeps,
                       rule->exact ? _ ("keeps every bit") : _ ("equal over the real numbers"));
  g_autofree char *source =
    rule->file != NULL ? g_strdup_printf ("%s:%u", rule->file, rule->line) : g_strdup ("");
  gtk_label_set_label (panel->source, source);
  gtk_label_set_label (panel->why, _ (rule->why));
  weft_rule_picture_set_rule (panel->picture, has_text && !in_code ? rule : NULL);
}

static void
show_place (WeftRulePanel *panel, const WeftRewriteStep *step)
{
  WeftHistory *history = weft_optimise_model_get_history (panel->model);
  guint        apply =
    step->n_matched > 0 ? step->matched[0] : weft_history_value_apply (history, step->root_before);
  g_autofree char *place = weft_optimise_model_dup_place (panel->model, apply);
  g_autofree char *text = g_strdup_printf (_ ("matched at %s"), place);
  panel->node = weft_optimise_model_node_of (panel->model, apply);
  gtk_button_set_label (panel->place, text);
  gtk_widget_set_visible (GTK_WIDGET (panel->place), *place != '\0');
  gtk_widget_set_sensitive (GTK_WIDGET (panel->place), panel->node != 0);
  gtk_widget_set_tooltip_text (GTK_WIDGET (panel->place),
                               panel->node != 0 ? _ ("Show it in Build") : NULL);
}

/* ---- What it met ---- */

static void
add_binding (WeftRulePanel         *panel,
             int                    row,
             const WeftRuleInfo    *rule,
             const WeftBindingText *binding)
{
  GtkLabel *name = weft_panel_add_name (GTK_GRID (panel->here), row, binding->name);
  GtkLabel *value = weft_panel_text (NULL);
  weft_panel_set_formula (value);
  show_text (name, rule, binding->name, "");
  weft_panel_set_formula (name);
  gtk_widget_set_hexpand (GTK_WIDGET (name), FALSE);
  gtk_widget_set_hexpand (GTK_WIDGET (value), TRUE);
  gtk_label_set_label (value, binding->text);
  gtk_grid_attach (GTK_GRID (panel->here), GTK_WIDGET (value), 1, row, 1, 1);
}

static void
show_bindings (WeftRulePanel *panel, const WeftRuleInfo *rule, guint step)
{
  WeftHistory *history = weft_optimise_model_get_history (panel->model);
  g_autoptr (GPtrArray) bindings = weft_history_bindings (history, step);
  weft_panel_clear (GTK_GRID (panel->here));
  for (guint i = 0; i < bindings->len; i++)
    add_binding (panel, (int) i, rule, g_ptr_array_index (bindings, i));
  gtk_widget_set_visible (panel->here_section, bindings->len > 0);
}

static void
show_guards (WeftRulePanel *panel, const WeftRuleInfo *rule, guint step)
{
  WeftHistory *history = weft_optimise_model_get_history (panel->model);
  g_autoptr (GPtrArray) guards = weft_history_guards (history, step);
  weft_panel_clear (GTK_GRID (panel->guard_table));
  for (guint i = 0; i < guards->len; i++)
    {
      const WeftGuardValue *guard = g_ptr_array_index (guards, i);
      GtkLabel             *name = weft_panel_add_name (GTK_GRID (panel->guard_table), (int) i, "");
      GtkLabel             *value = weft_panel_text (NULL);
      show_text (name, rule, guard->condition, "");
      weft_panel_set_formula (name);
      gtk_widget_set_hexpand (GTK_WIDGET (value), TRUE);
      gtk_label_set_label (value, guard->value);
      gtk_grid_attach (GTK_GRID (panel->guard_table), GTK_WIDGET (value), 1, (int) i, 1, 1);
    }
  gtk_widget_set_visible (panel->guard_section, guards->len > 0);
}

/* ---- Following the model ---- */

static void
show_step (WeftRulePanel *panel, guint number)
{
  WeftHistory           *history = weft_optimise_model_get_history (panel->model);
  const WeftRewriteStep *step = weft_history_get_step (history, number);
  const WeftRuleInfo    *rule = weft_rule_find (step->rule);
  gtk_label_set_label (panel->title, step->rule);
  weft_phase_set_pill (panel->pill, step->phase);
  if (rule == NULL)
    return;
  show_rule (panel, rule, number);
  show_place (panel, step);
  show_bindings (panel, rule, number);
  show_guards (panel, rule, number);
}

static void
follow_step (WeftRulePanel *panel)
{
  WeftHistory *history = weft_optimise_model_get_history (panel->model);
  guint        step = weft_optimise_model_get_step (panel->model);
  gboolean     shown = history != NULL && step > 0;
  gtk_widget_set_visible (GTK_WIDGET (panel->pill), shown);
  gtk_widget_set_visible (panel->step, shown);
  gtk_widget_set_visible (GTK_WIDGET (panel->start), !shown && !panel->asking);
  if (shown)
    show_step (panel, step);
  else
    gtk_label_set_label (panel->title, _ ("As drawn"));
}

static void
follow_history (WeftRulePanel *panel)
{
  WeftHistory *history = weft_optimise_model_get_history (panel->model);
  const char  *lesson = weft_optimise_model_get_lesson (panel->model);
  const char  *oscillation =
    history != NULL ? weft_rewrite_get_oscillation (weft_history_get_journal (history)) : NULL;
  guint            n = history != NULL ? weft_history_n_steps (history) : 0;
  g_autofree char *start =
    n > 0 ? g_strdup_printf (g_dngettext (NULL,
                                          "%u rewrite follows. Press Down for the next step; Left "
                                          "and Right show what a rule saw and what it made.",
                                          "%u rewrites follow. Press Down for the next step; Left "
                                          "and Right show what a rule saw and what it made.",
                                          n),
                             n)
          : g_strdup (_ ("No rule that is on has anything to do here."));
  gtk_label_set_label (panel->start, start);
  gtk_widget_set_visible (panel->lesson, lesson != NULL);
  if (lesson != NULL)
    gtk_label_set_label (panel->lesson_text, lesson);
  gtk_widget_set_visible (GTK_WIDGET (panel->oscillation), oscillation != NULL);
  gtk_label_set_label (panel->oscillation, oscillation != NULL ? oscillation : "");
  follow_step (panel);
}

/**
 * weft_rule_panel_set_quiz:
 * @panel: a panel
 * @quiz: whether the next rule is asked
 */
void
weft_rule_panel_set_quiz (WeftRulePanel *panel, gboolean quiz)
{
  panel->asking = quiz;
  weft_rule_quiz_set_active (panel->quiz, quiz);
  follow_step (panel);
}

static void
place_cb (GtkButton *button, WeftRulePanel *panel)
{
  if (panel->node != 0)
    g_signal_emit (panel, signals[SIGNAL_GO], 0, panel->node);
}

/* ---- The widget ---- */

static GtkWidget *
new_menu (void)
{
  static const struct
  {
    const char *label, *action;
    guint       section;
  } ITEMS[] = {
    { N_ ("_Copy the Formula"), "optimise.copy-formula", 0 },
    { N_ ("Export This _Step…"), "optimise.export-step", 1 },
    { N_ ("Export _All Steps…"), "optimise.export-all", 1 },
    { N_ ("_Quiz: Which Rule Comes Next?"), "optimise.quiz", 2 },
  };
  g_autoptr (GMenu) menu = g_menu_new ();
  g_autoptr (GMenu) section = NULL;
  for (guint i = 0; i < G_N_ELEMENTS (ITEMS); i++)
    {
      if (i == 0 || ITEMS[i].section != ITEMS[i - 1].section)
        {
          g_clear_object (&section);
          section = g_menu_new ();
          g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
        }
      g_menu_append (section, _ (ITEMS[i].label), ITEMS[i].action);
    }
  GtkWidget *button = gtk_menu_button_new ();
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (menu));
  gtk_widget_set_tooltip_text (button, _ ("Export, formula, quiz"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("More about this step"), -1);
  gtk_widget_add_css_class (button, "flat");
  return button;
}

static GtkWidget *
new_title (WeftRulePanel *panel)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  panel->title = weft_panel_text ("rule-title");
  gtk_label_set_selectable (panel->title, FALSE);
  gtk_widget_set_hexpand (GTK_WIDGET (panel->title), TRUE);
  panel->pill = GTK_LABEL (gtk_label_new (NULL));
  gtk_widget_set_valign (GTK_WIDGET (panel->pill), GTK_ALIGN_CENTER);
  panel->menu = GTK_MENU_BUTTON (new_menu ());
  gtk_widget_set_valign (GTK_WIDGET (panel->menu), GTK_ALIGN_START);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (panel->title));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (panel->pill));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (panel->menu));
  return box;
}

static GtkLabel *
new_caption (void)
{
  GtkLabel *label = weft_panel_text ("caption");
  gtk_widget_add_css_class (GTK_WIDGET (label), "dim-label");
  return label;
}

/* The rule: its text, what it promises, where it was matched, its picture. */
static GtkWidget *
new_rule_card (WeftRulePanel *panel)
{
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);
  GtkWidget *foot = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  panel->before = weft_panel_text ("removed");
  weft_panel_set_formula (panel->before);
  panel->after = weft_panel_text ("added");
  weft_panel_set_formula (panel->after);
  panel->place = GTK_BUTTON (gtk_button_new_with_label (""));
  gtk_label_set_wrap (GTK_LABEL (gtk_button_get_child (panel->place)), TRUE);
  gtk_label_set_xalign (GTK_LABEL (gtk_button_get_child (panel->place)), 0);
  gtk_widget_add_css_class (GTK_WIDGET (panel->place), "flat");
  gtk_widget_add_css_class (GTK_WIDGET (panel->place), "place");
  gtk_widget_set_halign (GTK_WIDGET (panel->place), GTK_ALIGN_START);
  g_signal_connect_object (panel->place, "clicked", G_CALLBACK (place_cb), panel, 0);
  panel->keeps = new_caption ();
  gtk_widget_set_hexpand (GTK_WIDGET (panel->keeps), TRUE);
  panel->source = new_caption ();
  gtk_label_set_selectable (panel->source, TRUE);
  gtk_label_set_wrap (panel->source, FALSE);
  gtk_widget_set_can_focus (GTK_WIDGET (panel->source), FALSE);
  gtk_widget_set_tooltip_text (GTK_WIDGET (panel->source),
                               _ ("The row of this rule in Weft's source"));
  panel->picture = weft_rule_picture_new ();
  gtk_box_append (GTK_BOX (foot), GTK_WIDGET (panel->keeps));
  gtk_box_append (GTK_BOX (foot), GTK_WIDGET (panel->source));
  gtk_box_append (GTK_BOX (card), GTK_WIDGET (panel->before));
  gtk_box_append (GTK_BOX (card), GTK_WIDGET (panel->after));
  gtk_box_append (GTK_BOX (card), GTK_WIDGET (panel->place));
  gtk_box_append (GTK_BOX (card), GTK_WIDGET (panel->picture));
  gtk_box_append (GTK_BOX (card), foot);
  gtk_widget_add_css_class (card, "text-card");
  return card;
}

static GtkWidget *
new_step (WeftRulePanel *panel, WeftCosts *costs)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  panel->why = weft_panel_text (NULL);
  panel->here = weft_panel_table ();
  panel->here_section = weft_panel_section (_ ("Here"), panel->here);
  panel->guard_table = weft_panel_table ();
  panel->guard_section = weft_panel_section (_ ("Had to hold"), panel->guard_table);
  gtk_box_append (GTK_BOX (box), new_rule_card (panel));
  gtk_box_append (GTK_BOX (box), weft_panel_section (_ ("Why"), GTK_WIDGET (panel->why)));
  gtk_box_append (GTK_BOX (box), panel->here_section);
  gtk_box_append (GTK_BOX (box), panel->guard_section);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (weft_step_facts_new (panel->model, costs)));
  return box;
}

static GtkWidget *
new_lesson (WeftRulePanel *panel)
{
  GtkWidget *expander = gtk_expander_new_with_mnemonic (_ ("_Lesson"));
  GtkWidget *scroller = gtk_scrolled_window_new ();
  panel->lesson_text = weft_panel_text ("lesson");
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_propagate_natural_height (GTK_SCROLLED_WINDOW (scroller), TRUE);
  gtk_scrolled_window_set_max_content_height (GTK_SCROLLED_WINDOW (scroller), LESSON_PX);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), GTK_WIDGET (panel->lesson_text));
  gtk_widget_add_css_class (scroller, "text-card");
  gtk_expander_set_child (GTK_EXPANDER (expander), scroller);
  g_settings_bind (weft_settings_get (), "optimise-lesson", expander, "expanded",
                   G_SETTINGS_BIND_DEFAULT);
  return expander;
}

static void
add_children (WeftRulePanel *panel, WeftCosts *costs)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6),
            *scroller = gtk_scrolled_window_new ();
  panel->lesson = new_lesson (panel);
  panel->oscillation = weft_panel_text ("problem");
  panel->quiz = weft_rule_quiz_new (panel->model);
  panel->start = weft_panel_text ("dim-label");
  gtk_box_append (GTK_BOX (box), panel->lesson);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (panel->oscillation));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (panel->quiz));
  gtk_box_append (GTK_BOX (box), new_title (panel));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (panel->start));
  panel->step = new_step (panel, costs);
  gtk_box_append (GTK_BOX (box), panel->step);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (weft_selection_card_new (panel->model)));
  gtk_box_append (
    GTK_BOX (box),
    weft_panel_section (_ ("Rules"), GTK_WIDGET (weft_rule_switches_new (panel->model))));
  gtk_widget_add_css_class (box, "rule-panel");
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scroller), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  /* The lesson has its natural height here, up to its limit. */
  GtkWidget *viewport = gtk_viewport_new (NULL, NULL);
  gtk_scrollable_set_vscroll_policy (GTK_SCROLLABLE (viewport), GTK_SCROLL_NATURAL);
  gtk_viewport_set_child (GTK_VIEWPORT (viewport), box);
  gtk_viewport_set_scroll_to_focus (GTK_VIEWPORT (viewport), TRUE);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), viewport);
  gtk_widget_add_css_class (scroller, "side");
  adw_bin_set_child (ADW_BIN (panel), scroller);
}

static void
weft_rule_panel_dispose (GObject *object)
{
  WeftRulePanel *panel = WEFT_RULE_PANEL (object);
  g_clear_object (&panel->model);
  G_OBJECT_CLASS (weft_rule_panel_parent_class)->dispose (object);
}

static void
weft_rule_panel_class_init (WeftRulePanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_rule_panel_dispose;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "weft-rule-panel");
  signals[SIGNAL_GO] = g_signal_new ("go", WEFT_TYPE_RULE_PANEL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
weft_rule_panel_init (WeftRulePanel *panel)
{
  gtk_widget_set_size_request (GTK_WIDGET (panel), 200, -1);
}

/**
 * weft_rule_panel_new:
 * @model: whose current step is shown
 * @costs: its costs
 *
 * Returns: (transfer floating): a panel
 */
WeftRulePanel *
weft_rule_panel_new (WeftOptimiseModel *model, WeftCosts *costs)
{
  WeftRulePanel   *panel = g_object_new (WEFT_TYPE_RULE_PANEL, NULL);
  AdwStyleManager *style = adw_style_manager_get_default ();
  panel->model = g_object_ref (model);
  add_children (panel, costs);
  g_signal_connect_object (model, "changed", G_CALLBACK (follow_history), panel, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "moved", G_CALLBACK (follow_step), panel, G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::dark", G_CALLBACK (follow_step), panel,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (style, "notify::high-contrast", G_CALLBACK (follow_step), panel,
                           G_CONNECT_SWAPPED);
  follow_history (panel);
  return panel;
}

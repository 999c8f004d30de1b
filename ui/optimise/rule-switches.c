/* The rules with how often each was applied and a switch each.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/rule-switches.h"

#include "ui/optimise/panel-parts.h"
#include "ui/optimise/phase.h"

#include <glib/gi18n.h>
#include <string.h>

struct _WeftRuleSwitches
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkSearchEntry *search;
  GtkListBox     *list;
  GtkWidget      *more, *reset;
  GtkLabel       *status;
  GPtrArray      *rows; /* by rule of the table: GtkListBoxRow*; NULL: it was not shown yet */

  /* Owned */
  WeftOptimiseModel *model;
  guint             *places; /* by rule: where it first came, from 1; 0: never */

  /* Plain values */
  guint    function; /* that the places are of */
  gboolean all;      /* the others are shown too */
  gboolean following;
};

G_DEFINE_FINAL_TYPE (WeftRuleSwitches, weft_rule_switches, ADW_TYPE_BIN)

/* ---- Rows ---- */

static guint
row_rule (GtkListBoxRow *row)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "weft-rule"));
}

static GtkSwitch *
row_switch (GtkListBoxRow *row)
{
  return GTK_SWITCH (gtk_widget_get_last_child (gtk_list_box_row_get_child (row)));
}

static GtkLabel *
row_count (GtkListBoxRow *row)
{
  return GTK_LABEL (gtk_widget_get_prev_sibling (GTK_WIDGET (row_switch (row))));
}

static void
switched_cb (GtkSwitch *button, GParamSpec *pspec, WeftRuleSwitches *switches)
{
  const char *rule = g_object_get_data (G_OBJECT (button), "weft-rule");
  if (!switches->following)
    weft_optimise_model_set_rule (switches->model, rule, gtk_switch_get_active (button));
}

static void
add_row (WeftRuleSwitches *switches, guint index)
{
  const WeftRuleInfo *rule = weft_rule_get (index);
  GtkWidget          *row = gtk_list_box_row_new ();
  GtkWidget          *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  GtkWidget          *name = gtk_label_new (rule->name), *count = gtk_label_new (NULL);
  GtkWidget          *button = gtk_switch_new ();
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_MIDDLE);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_widget_add_css_class (count, "dim-label");
  gtk_widget_add_css_class (count, "numeric");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_object_set_data (G_OBJECT (button), "weft-rule", (gpointer) rule->name);
  g_signal_connect_object (button, "notify::active", G_CALLBACK (switched_cb), switches, 0);
  gtk_box_append (GTK_BOX (box), name);
  gtk_box_append (GTK_BOX (box), count);
  gtk_box_append (GTK_BOX (box), button);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, FALSE);
  g_object_set_data (G_OBJECT (row), "weft-rule", GUINT_TO_POINTER (index));
  g_autofree char *tip =
    g_strdup_printf ("%s · %s\n%s", rule->name, weft_phase_title (rule->phase), _ (rule->why));
  gtk_widget_set_tooltip_text (row, tip);
  g_ptr_array_index (switches->rows, index) = row;
  gtk_list_box_append (switches->list, row);
}

static void
show_row (WeftRuleSwitches *switches, GtkListBoxRow *row)
{
  const WeftRuleInfo *rule = weft_rule_get (row_rule (row));
  guint               n = weft_optimise_model_rule_count (switches->model, rule->name);
  gboolean            on = weft_optimise_model_rule_is_on (switches->model, rule->name);
  g_autofree char    *text = n > 0 ? g_strdup_printf ("%u×", n) : g_strdup ("");
  /* Translators: a rule's name, and how often it was applied */
  g_autofree char *label = g_strdup_printf (
    g_dngettext (NULL, "%s, applied %u time", "%s, applied %u times", n), rule->name, n);
  gtk_label_set_label (row_count (row), text);
  gtk_switch_set_active (row_switch (row), on);
  weft_panel_mark (GTK_WIDGET (row), "off", !on);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row_switch (row)), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, -1);
}

/* ---- Which, and in which order ---- */

/* Whether @index is to be seen: what was searched for, else the rules of the run, those that are
 * off, and all others when asked for. */
static gboolean
is_wanted (WeftRuleSwitches *switches, guint index)
{
  const WeftRuleInfo *rule = weft_rule_get (index);
  const char         *text = gtk_editable_get_text (GTK_EDITABLE (switches->search));
  if (*text == '\0')
    return switches->all || switches->places[index] > 0 ||
           !weft_optimise_model_rule_is_on (switches->model, rule->name);
  g_autofree char *whole =
    g_strdup_printf ("%s %s %s", rule->name, weft_phase_title (rule->phase), _ (rule->why));
  return g_str_match_string (text, whole, TRUE);
}

/* There are hundreds of rules: each gets its row when it is first wanted. */
static void
add_rows (WeftRuleSwitches *switches)
{
  for (guint i = 0; i < switches->rows->len; i++)
    if (g_ptr_array_index (switches->rows, i) == NULL && is_wanted (switches, i))
      add_row (switches, i);
}

static gboolean
filter_cb (GtkListBoxRow *row, gpointer data)
{
  return is_wanted (data, row_rule (row));
}

static int
sort_cb (GtkListBoxRow *a, GtkListBoxRow *b, gpointer data)
{
  WeftRuleSwitches *switches = data;
  guint             one = switches->places[row_rule (a)], two = switches->places[row_rule (b)];
  if ((one == 0) != (two == 0))
    return one == 0 ? 1 : -1;
  if (one == two)
    return row_rule (a) < row_rule (b) ? -1 : 1;
  return one < two ? -1 : 1;
}

static void
find_places (WeftRuleSwitches *switches)
{
  WeftHistory *history = weft_optimise_model_get_history (switches->model);
  guint        function = weft_optimise_model_get_function (switches->model), next = 1;
  guint        n = history != NULL ? weft_history_n_steps (history) : 0;
  g_autoptr (GHashTable) rules = g_hash_table_new (g_str_hash, g_str_equal);
  if (function != switches->function)
    memset (switches->places, 0, weft_rule_count () * sizeof (guint));
  switches->function = function;
  for (guint i = 0; i < weft_rule_count (); i++)
    {
      g_hash_table_insert (rules, (gpointer) weft_rule_get (i)->name, GUINT_TO_POINTER (i + 1));
      next = MAX (next, switches->places[i] + 1);
    }
  for (guint step = 1; step <= n; step++)
    {
      const char *name = weft_history_get_step (history, step)->rule;
      guint       index = GPOINTER_TO_UINT (g_hash_table_lookup (rules, name));
      if (index > 0 && switches->places[index - 1] == 0)
        switches->places[index - 1] = next++;
    }
}

static void
follow_more (WeftRuleSwitches *switches)
{
  guint others = 0;
  for (guint i = 0; i < weft_rule_count (); i++)
    others += switches->places[i] == 0;
  g_autofree char *text =
    switches->all
      ? g_strdup (_ ("Only the _Rules of This Run"))
      : g_strdup_printf (g_dngettext (NULL, "%u _Other Rule", "%u _Other Rules", others), others);
  gtk_button_set_label (GTK_BUTTON (switches->more), text);
  gtk_widget_set_visible (switches->more, others > 0);
}

static void
follow_rules (WeftRuleSwitches *switches)
{
  guint n_off = weft_optimise_model_n_off (switches->model);
  switches->following = TRUE;
  add_rows (switches);
  for (guint i = 0; i < switches->rows->len; i++)
    if (g_ptr_array_index (switches->rows, i) != NULL)
      show_row (switches, g_ptr_array_index (switches->rows, i));
  switches->following = FALSE;
  gtk_widget_set_visible (switches->reset, n_off > 0);
  g_autofree char *text =
    n_off > 0
      ? g_strdup_printf (g_dngettext (NULL, "%u rule is off", "%u rules are off", n_off), n_off)
      : g_strdup ("");
  gtk_label_set_label (switches->status, text);
  gtk_widget_set_visible (GTK_WIDGET (switches->status), n_off > 0);
}

static void
changed_cb (WeftRuleSwitches *switches)
{
  find_places (switches);
  follow_rules (switches);
  follow_more (switches);
  gtk_list_box_invalidate_sort (switches->list);
  gtk_list_box_invalidate_filter (switches->list);
}

static void
search_cb (WeftRuleSwitches *switches)
{
  follow_rules (switches);
  gtk_list_box_invalidate_filter (switches->list);
}

static void
more_cb (WeftRuleSwitches *switches)
{
  switches->all = !switches->all;
  follow_more (switches);
  search_cb (switches);
}

static void
reset_cb (WeftRuleSwitches *switches)
{
  weft_optimise_model_reset_rules (switches->model);
}

/* ---- The widget ---- */

static GtkWidget *
new_button (WeftRuleSwitches *switches, const char *label, GCallback callback)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);
  g_signal_connect_swapped (button, "clicked", callback, switches);
  return button;
}

static void
add_children (WeftRuleSwitches *switches, GtkBox *box)
{
  GtkWidget *foot = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *nothing;
  switches->search = GTK_SEARCH_ENTRY (gtk_search_entry_new ());
  g_object_set (switches->search, "placeholder-text", _ ("Search the rules"), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (switches->search), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Search the rules"), -1);
  g_signal_connect_object (switches->search, "search-changed", G_CALLBACK (search_cb), switches,
                           G_CONNECT_SWAPPED);
  nothing = gtk_label_new (_ ("No rule was applied."));
  gtk_widget_add_css_class (nothing, "dim-label");
  gtk_list_box_set_placeholder (switches->list, nothing);
  gtk_list_box_set_selection_mode (switches->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (switches->list), "form");
  gtk_widget_add_css_class (GTK_WIDGET (switches->list), "rules");
  gtk_accessible_update_property (GTK_ACCESSIBLE (switches->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Rules"), -1);
  switches->more = new_button (switches, "", G_CALLBACK (more_cb));
  gtk_button_set_use_underline (GTK_BUTTON (switches->more), TRUE);
  switches->reset = new_button (switches, _ ("_Reset All"), G_CALLBACK (reset_cb));
  gtk_widget_set_tooltip_text (switches->reset, _ ("Switch every rule on"));
  switches->status =
    GTK_LABEL (g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS,
                             "hexpand", TRUE, "xalign", 0.0, "wrap", TRUE, NULL));
  gtk_widget_set_hexpand (switches->more, TRUE);
  gtk_box_append (GTK_BOX (foot), GTK_WIDGET (switches->status));
  gtk_box_append (GTK_BOX (foot), switches->reset);
  gtk_box_append (box, GTK_WIDGET (switches->search));
  gtk_box_append (box, foot);
  gtk_box_append (box, GTK_WIDGET (switches->list));
  gtk_box_append (box, switches->more);
}

static void
weft_rule_switches_dispose (GObject *object)
{
  WeftRuleSwitches *switches = WEFT_RULE_SWITCHES (object);
  g_clear_object (&switches->model);
  g_clear_pointer (&switches->rows, g_ptr_array_unref);
  g_clear_pointer (&switches->places, g_free);
  G_OBJECT_CLASS (weft_rule_switches_parent_class)->dispose (object);
}

static void
weft_rule_switches_class_init (WeftRuleSwitchesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_rule_switches_dispose;
}

static void
weft_rule_switches_init (WeftRuleSwitches *switches)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  switches->rows = g_ptr_array_new ();
  g_ptr_array_set_size (switches->rows, (gint) weft_rule_count ());
  switches->places = g_new0 (guint, weft_rule_count ());
  switches->list = GTK_LIST_BOX (gtk_list_box_new ());
  add_children (switches, GTK_BOX (box));
  adw_bin_set_child (ADW_BIN (switches), box);
}

/**
 * weft_rule_switches_new:
 * @model: whose rules
 *
 * Returns: (transfer floating): the switches
 */
WeftRuleSwitches *
weft_rule_switches_new (WeftOptimiseModel *model)
{
  WeftRuleSwitches *switches = g_object_new (WEFT_TYPE_RULE_SWITCHES, NULL);
  switches->model = g_object_ref (model);
  gtk_list_box_set_filter_func (switches->list, filter_cb, switches, NULL);
  gtk_list_box_set_sort_func (switches->list, sort_cb, switches, NULL);
  g_signal_connect_object (model, "changed", G_CALLBACK (changed_cb), switches, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "rules", G_CALLBACK (follow_rules), switches, G_CONNECT_SWAPPED);
  changed_cb (switches);
  return switches;
}

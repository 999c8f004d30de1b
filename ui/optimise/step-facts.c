/* What is known of the current step in numbers.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/step-facts.h"

#include "ui/optimise/panel-parts.h"

#include <glib/gi18n.h>

typedef enum
{
  FACT_SAMPLES,
  FACT_AGREE,
  FACT_DOUBLE,
  FACT_BAD_BEFORE,
  FACT_BAD_AFTER,
  N_FACTS
} Fact;

/* Columns of the table of costs. */
enum
{
  COST_DRAWN,
  COST_BEFORE,
  COST_AFTER,
  N_COST_COLUMNS
};

struct _WeftStepFacts
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkWidget *proof_section, *cost_section;
  GtkWidget *proof_table;
  GtkLabel  *facts[N_FACTS];
  GtkLabel  *message; /* of a proof that cannot be had, or is on its way */
  GtkLabel  *costs_shown[WEFT_N_COSTS][N_COST_COLUMNS];

  /* Owned */
  WeftOptimiseModel *model;
  WeftCosts         *costs;
};

G_DEFINE_FINAL_TYPE (WeftStepFacts, weft_step_facts, ADW_TYPE_BIN)

/* ---- The proof ---- */

static void
set_fact (WeftStepFacts *facts, Fact fact, char *text, const char *class, gboolean marked)
{
  gtk_label_set_label (facts->facts[fact], text);
  weft_panel_mark (GTK_WIDGET (facts->facts[fact]), class, marked);
  g_free (text);
}

static char *
rows_text (guint n)
{
  return g_strdup_printf (g_dngettext (NULL, "%u row", "%u rows", n), n);
}

static char *
difference_text (const WeftProof *proof, double difference)
{
  if (difference == 0)
    return g_strdup (proof->bit_equal ? _ ("every bit") : _ ("every digit"));
  /* Translators: relative difference */
  return g_strdup_printf (_ ("%.1e rel"), difference);
}

static void
show_proof (WeftStepFacts *facts, const WeftProof *proof)
{
  set_fact (facts, FACT_SAMPLES, rows_text (proof->n_rows), "bad-news", FALSE);
  set_fact (facts, FACT_AGREE, difference_text (proof, proof->typed_difference), "bad-news",
            !proof->agrees);
  set_fact (facts, FACT_DOUBLE, difference_text (proof, proof->difference), "bad-news",
            !proof->agrees);
  set_fact (facts, FACT_BAD_BEFORE, rows_text (proof->bad_before), "bad-news",
            proof->bad_before > 0);
  set_fact (facts, FACT_BAD_AFTER, rows_text (proof->bad_after), "bad-news", proof->bad_after > 0);
}

static void
follow_proof (WeftStepFacts *facts)
{
  guint            step = weft_optimise_model_get_step (facts->model);
  const char      *message = NULL;
  const WeftProof *proof =
    step > 0 ? weft_optimise_model_get_proof (facts->model, step, &message) : NULL;
  gtk_widget_set_visible (facts->proof_section, step > 0);
  gtk_widget_set_visible (facts->proof_table, proof != NULL);
  gtk_widget_set_visible (GTK_WIDGET (facts->message), proof == NULL || !proof->agrees);
  weft_panel_mark (GTK_WIDGET (facts->message), "problem", proof != NULL && !proof->agrees);
  weft_panel_mark (GTK_WIDGET (facts->message), "dim-label", proof == NULL);
  if (proof != NULL)
    show_proof (facts, proof);
  if (proof != NULL && !proof->agrees)
    gtk_label_set_label (facts->message, _ ("The two sides differ: this step changes results."));
  else
    gtk_label_set_label (facts->message, message != NULL ? message : _ ("Computing both sides…"));
}

static void
proved_cb (WeftStepFacts *facts, guint step)
{
  if (step == weft_optimise_model_get_step (facts->model))
    follow_proof (facts);
}

/* ---- The cost ---- */

static void
show_cost (WeftStepFacts *facts, WeftCostKind kind, guint step)
{
  GtkLabel       **labels = facts->costs_shown[kind];
  double           before = weft_costs_get (facts->costs, kind, step > 0 ? step - 1 : 0);
  double           after = weft_costs_get (facts->costs, kind, step);
  g_autofree char *drawn_text = weft_cost_text (kind, weft_costs_get (facts->costs, kind, 0));
  g_autofree char *before_text = weft_cost_text (kind, before);
  g_autofree char *after_text = weft_cost_text (kind, after);
  g_autofree char *arrow = g_strdup_printf ("→ %s", after_text);
  gtk_label_set_label (labels[COST_DRAWN], drawn_text);
  gtk_label_set_label (labels[COST_BEFORE], step > 0 ? before_text : "");
  gtk_label_set_label (labels[COST_AFTER], step > 0 ? arrow : "");
  weft_panel_mark (GTK_WIDGET (labels[COST_AFTER]), "good-news", step > 0 && after < before);
  weft_panel_mark (GTK_WIDGET (labels[COST_AFTER]), "bad-news", step > 0 && after > before);
}

static void
follow_cost (WeftStepFacts *facts)
{
  guint step = weft_optimise_model_get_step (facts->model);
  for (guint kind = 0; kind < WEFT_N_COSTS; kind++)
    show_cost (facts, kind, step);
}

static void
moved_cb (WeftStepFacts *facts)
{
  follow_proof (facts);
  follow_cost (facts);
}

/* ---- The widget ---- */

static GtkWidget *
new_proof (WeftStepFacts *facts)
{
  static const char *const NAMES[] = { N_ ("samples"), N_ ("agree to"), N_ ("in float64"),
                                       N_ ("before: ∞ or NaN"), N_ ("after: ∞ or NaN") };
  GtkWidget               *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  facts->proof_table = weft_panel_table ();
  for (guint i = 0; i < N_FACTS; i++)
    {
      weft_panel_add_name (GTK_GRID (facts->proof_table), (int) i, _ (NAMES[i]));
      facts->facts[i] = weft_panel_add_value (GTK_GRID (facts->proof_table), (int) i, 1);
      gtk_widget_add_css_class (GTK_WIDGET (facts->facts[i]), "strong");
    }
  facts->message = GTK_LABEL (
    g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, "wrap", TRUE,
                  "wrap-mode", PANGO_WRAP_WORD_CHAR, "xalign", 0.0, "width-chars", 8, NULL));
  gtk_box_append (GTK_BOX (box), facts->proof_table);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (facts->message));
  return weft_panel_section (_ ("Proof on samples"), box);
}

static GtkWidget *
new_cost (WeftStepFacts *facts)
{
  static const char *const HEADS[] = { N_ ("drawn"), N_ ("before"), N_ ("after") };
  GtkWidget               *table = weft_panel_table ();
  for (guint column = 0; column < N_COST_COLUMNS; column++)
    {
      GtkLabel *head = weft_panel_add_value (GTK_GRID (table), 0, (int) column + 1);
      gtk_label_set_label (head, _ (HEADS[column]));
      gtk_widget_remove_css_class (GTK_WIDGET (head), "monospace");
      gtk_widget_add_css_class (GTK_WIDGET (head), "caption");
      gtk_widget_add_css_class (GTK_WIDGET (head), "dim-label");
    }
  for (guint kind = 0; kind < WEFT_N_COSTS; kind++)
    {
      weft_panel_add_name (GTK_GRID (table), (int) kind + 1, weft_cost_title (kind));
      for (guint column = 0; column < N_COST_COLUMNS; column++)
        {
          GtkLabel *value =
            weft_panel_add_value (GTK_GRID (table), (int) kind + 1, (int) column + 1);
          gtk_widget_add_css_class (GTK_WIDGET (value),
                                    column == COST_AFTER ? "strong" : "dim-label");
          facts->costs_shown[kind][column] = value;
        }
    }
  return weft_panel_section (_ ("Cost"), table);
}

static void
weft_step_facts_dispose (GObject *object)
{
  WeftStepFacts *facts = WEFT_STEP_FACTS (object);
  g_clear_object (&facts->model);
  g_clear_object (&facts->costs);
  G_OBJECT_CLASS (weft_step_facts_parent_class)->dispose (object);
}

static void
weft_step_facts_class_init (WeftStepFactsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_step_facts_dispose;
}

static void
weft_step_facts_init (WeftStepFacts *facts)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  facts->proof_section = new_proof (facts);
  facts->cost_section = new_cost (facts);
  gtk_box_append (GTK_BOX (box), facts->proof_section);
  gtk_box_append (GTK_BOX (box), facts->cost_section);
  adw_bin_set_child (ADW_BIN (facts), box);
}

/**
 * weft_step_facts_new:
 * @model: whose current step
 * @costs: its costs
 *
 * Returns: (transfer floating): the facts
 */
WeftStepFacts *
weft_step_facts_new (WeftOptimiseModel *model, WeftCosts *costs)
{
  WeftStepFacts *facts = g_object_new (WEFT_TYPE_STEP_FACTS, NULL);
  facts->model = g_object_ref (model);
  facts->costs = g_object_ref (costs);
  g_signal_connect_object (model, "changed", G_CALLBACK (moved_cb), facts, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "moved", G_CALLBACK (moved_cb), facts, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "proved", G_CALLBACK (proved_cb), facts, G_CONNECT_SWAPPED);
  g_signal_connect_object (costs, "ready", G_CALLBACK (follow_cost), facts, G_CONNECT_SWAPPED);
  moved_cb (facts);
  return facts;
}

/* A document's training section as a form.
 *
 * The rows of knobs are made from the texts of the rule and the schedule, those of measures from
 * the document's scalar outputs, so both are made anew when these change.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspector/training-form.h"

#include "engine/train/training.h"
#include "ui/inspector/frozen.h"
#include "ui/inspector/param-row.h"
#include "ui/inspector/param-text.h"
#include "ui/inspector/sweep-menu.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define MAX_COUNT 1e12

/* The name of every rule that a document brings. */
#define OWN "own"

static const WeftParam LOSS = { .name = "loss",
                                .summary = N_ ("The number that training makes smaller"),
                                .kind = WEFT_PARAM_CHOICE };
static const WeftParam RULE = { .name = "rule",
                                .summary = N_ ("How a gradient becomes a step"),
                                .kind = WEFT_PARAM_CHOICE };
static const WeftParam RATE = {
  .name = "rate",
  .summary = N_ ("Size of a step; acts at once while training"),
  .kind = WEFT_PARAM_NUMBER,
  .minimum = -INFINITY,
  .maximum = INFINITY,
};
static const WeftParam SCHEDULE = { .name = "schedule",
                                    .summary = N_ ("How the rate changes along the run"),
                                    .kind = WEFT_PARAM_CHOICE };
static const WeftParam BATCH = { .name = "batch",
                                 .summary = N_ ("Rows in one step"),
                                 .kind = WEFT_PARAM_INT,
                                 .minimum = 1,
                                 .maximum = MAX_COUNT };
static const WeftParam EPOCHS = {
  .name = "epochs",
  .summary = N_ ("How often training goes through all rows"),
  .kind = WEFT_PARAM_INT,
  .minimum = 1,
  .maximum = MAX_COUNT,
};
static const WeftParam STEPS = {
  .name = "steps",
  .summary = N_ ("How many steps a run has"),
  .kind = WEFT_PARAM_INT,
  .minimum = 1,
  .maximum = MAX_COUNT,
};
static const WeftParam SEED = {
  .name = "seed",
  .summary = N_ ("The same seed gives the same run"),
  .kind = WEFT_PARAM_INT,
  .minimum = 0,
  .maximum = 9e15,
};

static const WeftParam OWN_TEXT = {
  .name = "text",
  .summary =
    N_ ("Sets p from p, the gradient g, the rate, the step's number t, and names of its own"),
  .kind = WEFT_PARAM_TEXT,
};
static const WeftParam OWN_KNOBS = {
  .name = "knobs",
  .summary = N_ ("rate: float (0, inf) = 0.01; momentum: float [0, 1) = 0.9"),
  .kind = WEFT_PARAM_TEXT,
};
static const WeftParam DROP = {
  .name = "drop_non_finite",
  .summary = N_ ("Steps whose loss or gradient is not finite have no effect, and are counted"),
  .kind = WEFT_PARAM_BOOL,
};

static const WeftParam FROZEN = {
  .name = "frozen",
  .summary = N_ ("Parameters that training leaves as they are, from the next step on: names, with "
                 "* for any letters"),
  .kind = WEFT_PARAM_TEXT,
  .optional = TRUE,
};

struct _WeftTrainingForm
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkListBox *list, *adjustments, *measures;
  GtkWidget  *measures_heading;
  GtkLabel   *frozen_counts;

  /* Borrowed */
  WeftTyping        *typing;
  const WeftRuleRow *rule, *schedule; /* that the knobs' rows are made for */

  /* Owned */
  WeftDocument *document;
  GPtrArray    *rows;    /* of WeftParamRow, borrowed from the lists */
  char        **scalars; /* "cost.loss": ports that can be minimised or measured */
  GPtrArray    *params;  /* of WeftParam: those of knobs and measures */

  /* Plain values */
  gboolean building;
  gboolean has_data, has_steps;
};

G_DEFINE_FINAL_TYPE (WeftTrainingForm, weft_training_form, ADW_TYPE_BIN)

static void
param_free (WeftParam *param)
{
  g_free ((char *) param->name);
  g_free ((char *) param->summary);
  g_free (param);
}

static char **
dup_scalars (WeftTrainingForm *form)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  for (guint i = 0; i < weft_document_n_nodes (form->document); i++)
    {
      const WeftNode *node = weft_document_node_at (form->document, i);
      g_autoptr (WeftPorts) ports = weft_document_ports (form->document, node->uid);
      for (guint j = 0; ports != NULL && j < ports->n_outputs; j++)
        {
          const WeftType *type =
            weft_typing_output (form->typing, node->uid, ports->outputs[j].name);
          if (type == NULL || type->shape.rank != 0 || !weft_dtype_is_float (type->dtype) ||
              g_str_equal (node->op, "parameter"))
            continue;
          g_autofree char *name = g_strdup_printf ("%s.%s", node->id, ports->outputs[j].name);
          g_strv_builder_add (names, name);
        }
    }
  return g_strv_builder_end (names);
}

static gboolean
has_data (WeftDocument *document)
{
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    if (g_str_equal (weft_document_node_at (document, i)->op, "dataset"))
      return TRUE;
  return FALSE;
}

/* ---- What a row asks for ---- */

static const WeftKnob *
find_knob (const WeftRuleRow *row, const char *name)
{
  guint           n = 0;
  const WeftKnob *knobs = row != NULL ? weft_rule_row_knobs (row, &n) : NULL;
  for (guint i = 0; i < n; i++)
    if (g_str_equal (knobs[i].name, name))
      return &knobs[i];
  return NULL;
}

static gboolean
check_knob (WeftTrainingForm *form, const char *name, WeftJson *value, GError **error)
{
  const WeftKnob *knob = find_knob (form->rule, name);
  if (knob == NULL)
    knob = find_knob (form->schedule, name);
  if (knob == NULL || value == NULL || weft_knob_accepts (knob, weft_json_number (value, NAN)))
    return TRUE;
  g_autofree char *range = weft_knob_range (knob);
  g_set_error (error, WEFT_PARAM_ERROR, WEFT_PARAM_ERROR_RANGE, _ ("Must lie in %s."), range);
  return FALSE;
}

/* Whether @value suits the adjustment @name, if it is one. */
static gboolean
check_adjustment (const char *name, WeftJson *value, GError **error)
{
  for (guint i = 0; i < weft_adjustment_count () && value != NULL; i++)
    {
      const WeftKnob *knob = find_knob (weft_adjustment_get (i), name);
      if (knob == NULL || weft_knob_accepts (knob, weft_json_number (value, NAN)))
        continue;
      g_autofree char *range = weft_knob_range (knob);
      g_set_error (error, WEFT_PARAM_ERROR, WEFT_PARAM_ERROR_RANGE, _ ("Must lie in %s."), range);
      return FALSE;
    }
  return TRUE;
}

static void
set_member (WeftTrainingForm *form, const char *object, const char *name, WeftJson *value)
{
  WeftJson *old = weft_json_get (weft_document_get_training (form->document), object);
  WeftJson *changed =
    weft_json_kind (old) == WEFT_JSON_OBJECT ? weft_json_copy (old) : weft_json_new_object ();
  if (value != NULL)
    weft_json_set (changed, name, value);
  else
    weft_json_remove (changed, name);
  weft_document_set_training (form->document, object, changed);
}

/* The rule that holds, as a text that can be changed. */
static gboolean
make_own (WeftTrainingForm *form)
{
  if (form->rule == NULL || form->rule->own_knobs != NULL)
    return TRUE;
  WeftJson *rule = weft_json_new_object ();
  weft_json_set_string (rule, "text", form->rule->text);
  weft_json_set_string (rule, "knobs", form->rule->knobs);
  weft_document_begin (form->document, _ ("Change Training"));
  weft_document_set_training (form->document, "rule", rule);
  weft_document_end (form->document);
  return TRUE;
}

/* A member of the document's own rule. */
static gboolean
own_cb (WeftParamRow *row, const char *name, WeftJson *value, gpointer data, GError **error)
{
  WeftTrainingForm *form = data;
  g_autoptr (WeftJson) owned = value;
  g_autoptr (WeftJson) rule =
    weft_json_copy (weft_json_get (weft_document_get_training (form->document), "rule"));
  if (form->building || weft_json_kind (rule) != WEFT_JSON_OBJECT)
    return TRUE;
  weft_json_set_string (rule, name, weft_json_string (value, ""));
  if (weft_own_rule (rule, error) == NULL)
    return FALSE;
  weft_document_begin (form->document, _ ("Change Training"));
  weft_document_set_training (form->document, "rule", g_steal_pointer (&rule));
  weft_document_end (form->document);
  return TRUE;
}

static gboolean
apply_cb (WeftParamRow *row, const char *name, WeftJson *value, gpointer data, GError **error)
{
  WeftTrainingForm *form = data;
  g_autoptr (WeftJson) owned = value;
  if (form->building)
    return TRUE;
  if (!check_knob (form, name, value, error) || !check_adjustment (name, value, error))
    return FALSE;
  if (g_str_equal (name, "rule") && g_str_equal (weft_json_string (value, ""), OWN))
    return make_own (form);
  weft_document_begin (form->document, _ ("Change Training"));
  if (g_object_get_data (G_OBJECT (row), "weft-knob") != NULL)
    set_member (form, "knobs", name, g_steal_pointer (&owned));
  else
    weft_document_set_training (form->document, name, g_steal_pointer (&owned));
  /* Rates of different rules are of different size: each begins with its own. */
  if (g_str_equal (name, "rule"))
    weft_document_set_training (form->document, "rate", NULL);
  weft_document_end (form->document);
  return TRUE;
}

static const char *
find_metric (WeftTrainingForm *form, const char *port)
{
  const char  *name;
  WeftJson    *value;
  WeftJsonIter iter = { weft_json_get (weft_document_get_training (form->document), "metrics") };
  if (weft_json_kind (iter.object) != WEFT_JSON_OBJECT)
    return NULL;
  while (weft_json_next (&iter, &name, &value))
    if (g_strcmp0 (weft_json_string (value, NULL), port) == 0)
      return name;
  return NULL;
}

static gboolean
measure_cb (WeftParamRow *row, const char *port, WeftJson *value, gpointer data, GError **error)
{
  WeftTrainingForm *form = data;
  g_autoptr (WeftJson) owned = value;
  const char *metric = find_metric (form, port);
  gboolean    wanted = weft_json_bool (value, FALSE);
  if (form->building || wanted == (metric != NULL))
    return TRUE;
  g_autofree char *node = g_strndup (port, (gsize) (strchr (port, '.') - port));
  weft_document_begin (form->document, wanted ? _ ("Measure") : _ ("Stop Measuring"));
  set_member (form, "metrics", metric != NULL ? metric : node,
              wanted ? weft_json_new_string (port) : NULL);
  weft_document_end (form->document);
  return TRUE;
}

static gboolean
frozen_cb (WeftParamRow *row, const char *name, WeftJson *value, gpointer data, GError **error)
{
  WeftTrainingForm *form = data;
  g_autoptr (WeftJson) owned = value;
  return form->building || weft_frozen_set (form->document, weft_json_string (value, ""), error);
}

static void
show_frozen (WeftTrainingForm *form)
{
  g_autofree char *counts = weft_frozen_dup_counts (form->document);
  gtk_label_set_label (form->frozen_counts, counts != NULL ? counts : "");
  gtk_widget_set_visible (GTK_WIDGET (form->frozen_counts), counts != NULL);
}

/* ---- Rows ---- */

static WeftParamRow *
add_row (WeftTrainingForm *form, GtkListBox *list, const WeftParamFace *face, WeftParamApply apply)
{
  WeftParamRow *row = weft_param_row_new (face, apply, form);
  weft_sweep_menu_attach (row, face->param, "training");
  gtk_list_box_append (list, GTK_WIDGET (row));
  g_ptr_array_add (form->rows, row);
  return row;
}

static void
add_plain (WeftTrainingForm *form, const WeftParam *param, const char *title)
{
  WeftParamFace face = { .param = param, .title = title };
  add_row (form, form->list, &face, apply_cb);
}

static void
add_loss (WeftTrainingForm *form)
{
  g_autoptr (GStrvBuilder) values = g_strv_builder_new (), titles = g_strv_builder_new ();
  g_strv_builder_add (values, "");
  g_strv_builder_add (titles, _ ("The open scalar"));
  g_strv_builder_addv (values, (const char **) form->scalars);
  g_strv_builder_addv (titles, (const char **) form->scalars);
  const char *chosen =
    weft_json_get_string (weft_document_get_training (form->document), "loss", NULL);
  if (chosen != NULL && !g_strv_contains ((const char *const *) form->scalars, chosen))
    {
      g_strv_builder_add (values, chosen);
      g_strv_builder_add (titles, chosen);
    }
  g_auto (GStrv) all_values = g_strv_builder_end (values);
  g_auto (GStrv) all_titles = g_strv_builder_end (titles);
  WeftParamFace face = {
    .param = &LOSS,
    .title = _ ("Loss"),
    .values = (const char *const *) all_values,
    .titles = (const char *const *) all_titles,
  };
  add_row (form, form->list, &face, apply_cb);
}

static void
add_table (WeftTrainingForm *form,
           const WeftParam  *param,
           const char       *title,
           guint             n,
           const WeftRuleRow *(*get) (guint))
{
  g_autofree const char **values = g_new0 (const char *, n + 1);
  g_autofree const char **titles = g_new0 (const char *, n + 1);
  for (guint i = 0; i < n; i++)
    {
      values[i] = get (i)->name;
      titles[i] = _ (get (i)->title);
    }
  WeftParamFace face = { .param = param, .title = title, .values = values, .titles = titles };
  add_row (form, form->list, &face, apply_cb);
}

/* The rules of the table, and the document's own. */
static void
add_rules (WeftTrainingForm *form)
{
  guint                   n = weft_update_rule_count ();
  g_autofree const char **values = g_new0 (const char *, n + 2);
  g_autofree const char **titles = g_new0 (const char *, n + 2);
  for (guint i = 0; i < n; i++)
    {
      values[i] = weft_update_rule_get (i)->name;
      titles[i] = _ (weft_update_rule_get (i)->title);
    }
  values[n] = OWN;
  titles[n] = _ ("Own rule");
  WeftParamFace face = { .param = &RULE, .title = _ ("Rule"), .values = values, .titles = titles };
  add_row (form, form->list, &face, apply_cb);
  if (form->rule == NULL || form->rule->own_knobs == NULL)
    return;
  face = (WeftParamFace){ .param = &OWN_TEXT, .title = _ ("Text") };
  add_row (form, form->list, &face, own_cb);
  face = (WeftParamFace){ .param = &OWN_KNOBS, .title = _ ("Knobs") };
  add_row (form, form->list, &face, own_cb);
}

static void
add_adjustments (WeftTrainingForm *form)
{
  for (guint i = 0; i < weft_adjustment_count (); i++)
    {
      const WeftRuleRow *adjustment = weft_adjustment_get (i);
      WeftParam         *param = g_new0 (WeftParam, 1);
      param->name = g_strdup (adjustment->name);
      param->summary = g_strdup (adjustment->summary);
      param->kind = WEFT_PARAM_NUMBER;
      param->optional = TRUE;
      param->minimum = -INFINITY; /* the row's knob checks */
      param->maximum = INFINITY;
      g_ptr_array_add (form->params, param);
      WeftParamFace face = { .param = param, .title = _ (adjustment->title) };
      WeftParamRow *made = add_row (form, form->adjustments, &face, apply_cb);
      g_object_set_data (G_OBJECT (made), "weft-adjustment", GUINT_TO_POINTER (i + 1));
    }
  WeftParamFace face = { .param = &DROP, .title = _ ("Drop bad steps") };
  add_row (form, form->adjustments, &face, apply_cb);
  face = (WeftParamFace){ .param = &FROZEN, .title = _ ("Frozen") };
  add_row (form, form->adjustments, &face, frozen_cb);
}

static void
add_knobs (WeftTrainingForm *form, const WeftRuleRow *row)
{
  guint           n = 0;
  const WeftKnob *knobs = row != NULL ? weft_rule_row_knobs (row, &n) : NULL;
  for (guint i = 0; i < n; i++)
    {
      if (g_str_equal (knobs[i].name, "rate"))
        continue;
      WeftParam *param = g_new0 (WeftParam, 1);
      param->name = g_strdup (knobs[i].name);
      param->kind = WEFT_PARAM_NUMBER;
      param->minimum = -INFINITY; /* the knob itself checks, ends of its range included */
      param->maximum = INFINITY;
      g_ptr_array_add (form->params, param);
      WeftParamFace face = { .param = param };
      WeftParamRow *made = add_row (form, form->list, &face, apply_cb);
      g_object_set_data (G_OBJECT (made), "weft-knob", (gpointer) &knobs[i]);
    }
}

static void
add_measures (WeftTrainingForm *form)
{
  guint       n = 0;
  const char *loss = weft_json_get_string (weft_document_get_training (form->document), "loss", "");
  for (guint i = 0; form->scalars[i] != NULL; i++)
    {
      if (g_str_equal (form->scalars[i], loss))
        continue;
      WeftParam *param = g_new0 (WeftParam, 1);
      param->name = g_strdup (form->scalars[i]);
      param->summary = g_strdup (N_ ("Its curve is drawn beside the loss"));
      param->kind = WEFT_PARAM_BOOL;
      g_ptr_array_add (form->params, param);
      WeftParamFace face = { .param = param, .title = param->name };
      WeftParamRow *row = add_row (form, form->measures, &face, measure_cb);
      g_object_set_data (G_OBJECT (row), "weft-measure", row);
      n++;
    }
  gtk_widget_set_visible (form->measures_heading, n > 0);
  gtk_widget_set_visible (GTK_WIDGET (form->measures), n > 0);
}

static void
clear_list (GtkListBox *list)
{
  GtkListBoxRow *row;
  while ((row = gtk_list_box_get_row_at_index (list, 0)) != NULL)
    gtk_list_box_remove (list, GTK_WIDGET (row));
}

static void
clear (WeftTrainingForm *form)
{
  g_ptr_array_set_size (form->rows, 0);
  clear_list (form->list);
  clear_list (form->adjustments);
  clear_list (form->measures);
  g_ptr_array_set_size (form->params, 0);
}

static void
build (WeftTrainingForm *form, const WeftTraining *training)
{
  clear (form);
  add_loss (form);
  add_rules (form);
  add_plain (form, &RATE, _ ("Rate"));
  add_knobs (form, form->rule);
  add_table (form, &SCHEDULE, _ ("Schedule"), weft_schedule_count (), weft_schedule_get);
  add_knobs (form, form->schedule);
  if (form->has_data)
    add_plain (form, &BATCH, _ ("Batch"));
  if (form->has_data && !form->has_steps)
    add_plain (form, &EPOCHS, _ ("Epochs"));
  else
    add_plain (form, &STEPS, _ ("Steps"));
  add_plain (form, &SEED, _ ("Seed"));
  add_adjustments (form);
  add_measures (form);
}

/* ---- Following the document ---- */

static double
knob_value (const WeftRuleRow *row, const double *values, const WeftKnob *knob)
{
  guint           n = 0;
  const WeftKnob *knobs = row != NULL ? weft_rule_row_knobs (row, &n) : NULL;
  for (guint i = 0; i < n; i++)
    if (&knobs[i] == knob)
      return values[i];
  return NAN;
}

/* What holds, stated or not. */
static WeftJson *
new_value (WeftTrainingForm *form, const WeftTraining *training, WeftParamRow *row)
{
  const char     *name = weft_param_row_get_name (row);
  const WeftKnob *knob = g_object_get_data (G_OBJECT (row), "weft-knob");
  if (g_object_get_data (G_OBJECT (row), "weft-measure") != NULL)
    return weft_json_new_bool (find_metric (form, name) != NULL);
  guint adjustment = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "weft-adjustment"));
  if (adjustment > 0)
    {
      double value = training->adjustments.all.values[adjustment - 1];
      return isnan (value) ? NULL : weft_json_new_number (value);
    }
  if (g_str_equal (name, "drop_non_finite"))
    return weft_json_new_bool (training->drop_non_finite);
  if (g_str_equal (name, "frozen"))
    {
      g_autofree char *text = weft_frozen_dup_text (form->document);
      return *text != '\0' ? weft_json_new_string (text) : NULL;
    }
  if (g_str_equal (name, "text"))
    return weft_json_new_string (training->rule->text);
  if (g_str_equal (name, "knobs"))
    return weft_json_new_string (training->rule->knobs);
  if (knob != NULL)
    {
      double value = knob_value (training->rule, training->rule_knobs, knob);
      if (isnan (value))
        value = knob_value (training->schedule, training->schedule_knobs, knob);
      return weft_json_new_number (value);
    }
  if (g_str_equal (name, "rule"))
    return weft_json_new_string (training->rule->name);
  if (g_str_equal (name, "schedule"))
    return weft_json_new_string (training->schedule->name);
  if (g_str_equal (name, "rate"))
    return weft_json_new_number (training->rate);
  if (g_str_equal (name, "batch"))
    return weft_json_new_int ((gint64) training->batch);
  if (g_str_equal (name, "epochs"))
    return training->epochs > 0 ? weft_json_new_int (training->epochs) : NULL;
  if (g_str_equal (name, "steps"))
    return training->steps > 0 ? weft_json_new_int (training->steps) : NULL;
  if (g_str_equal (name, "seed"))
    return weft_json_new_int (training->seed);
  return training->loss != NULL ? weft_json_new_string (training->loss) : NULL;
}

static gboolean
rows_are_stale (WeftTrainingForm *form, const WeftTraining *training, char **scalars)
{
  return form->rows->len == 0 || form->rule != training->rule ||
         form->schedule != training->schedule || form->has_data != has_data (form->document) ||
         form->has_steps != (training->steps > 0) || form->scalars == NULL ||
         !g_strv_equal ((const char *const *) form->scalars, (const char *const *) scalars);
}

/**
 * weft_training_form_update:
 * @form: the form
 *
 * Shows what the document says now. Its types must be up to date.
 */
void
weft_training_form_update (WeftTrainingForm *form)
{
  if (form->document == NULL || form->building)
    return;
  g_autoptr (WeftTraining) training = weft_training_new (form->document, NULL);
  if (training == NULL)
    {
      clear (form); /* the list of problems says why */
      return;
    }
  form->building = TRUE;
  g_auto (GStrv) scalars = dup_scalars (form);
  if (rows_are_stale (form, training, scalars))
    {
      form->rule = training->rule;
      form->schedule = training->schedule;
      form->has_data = has_data (form->document);
      form->has_steps = training->steps > 0;
      g_strfreev (form->scalars);
      form->scalars = g_steal_pointer (&scalars);
      build (form, training);
    }
  for (guint i = 0; i < form->rows->len; i++)
    {
      WeftParamRow *row = g_ptr_array_index (form->rows, i);
      g_autoptr (WeftJson) value = new_value (form, training, row);
      weft_param_row_set_value (row, value);
    }
  show_frozen (form);
  form->building = FALSE;
}

/**
 * weft_training_form_set_document:
 * @form: the form
 * @document: (nullable): whose training section
 * @typing: (nullable): its types, which outlive the form or its next document
 */
void
weft_training_form_set_document (WeftTrainingForm *form, WeftDocument *document, WeftTyping *typing)
{
  g_set_object (&form->document, document);
  form->typing = typing;
  form->building = TRUE;
  clear (form);
  form->building = FALSE;
  weft_training_form_update (form);
}

static void
weft_training_form_dispose (GObject *object)
{
  WeftTrainingForm *form = WEFT_TRAINING_FORM (object);
  form->building = TRUE;
  g_clear_object (&form->document);
  G_OBJECT_CLASS (weft_training_form_parent_class)->dispose (object);
}

static void
weft_training_form_finalize (GObject *object)
{
  WeftTrainingForm *form = WEFT_TRAINING_FORM (object);
  g_ptr_array_unref (form->rows);
  g_ptr_array_unref (form->params);
  g_strfreev (form->scalars);
  G_OBJECT_CLASS (weft_training_form_parent_class)->finalize (object);
}

static void
weft_training_form_class_init (WeftTrainingFormClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = weft_training_form_dispose;
  G_OBJECT_CLASS (klass)->finalize = weft_training_form_finalize;
  gtk_widget_class_set_css_name (GTK_WIDGET_CLASS (klass), "weft-training-form");
}

static GtkListBox *
add_list (GtkBox *box, const char *label)
{
  GtkWidget *list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "form");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_box_append (box, list);
  return GTK_LIST_BOX (list);
}

static void
weft_training_form_init (WeftTrainingForm *form)
{
  form->rows = g_ptr_array_new ();
  form->params = g_ptr_array_new_with_free_func ((GDestroyNotify) param_free);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  form->list = add_list (GTK_BOX (box), _ ("Training"));
  GtkWidget *around = gtk_label_new (_ ("Around the rule"));
  gtk_label_set_xalign (GTK_LABEL (around), 0);
  gtk_widget_add_css_class (around, "section");
  gtk_box_append (GTK_BOX (box), around);
  form->adjustments = add_list (GTK_BOX (box), _ ("Around the rule"));
  form->frozen_counts = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (form->frozen_counts, 0);
  gtk_label_set_wrap (form->frozen_counts, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (form->frozen_counts), "dim-label");
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (form->frozen_counts));
  form->measures_heading = gtk_label_new (_ ("Measure"));
  gtk_label_set_xalign (GTK_LABEL (form->measures_heading), 0);
  gtk_widget_add_css_class (form->measures_heading, "section");
  gtk_box_append (GTK_BOX (box), form->measures_heading);
  form->measures = add_list (GTK_BOX (box), _ ("Measure"));
  adw_bin_set_child (ADW_BIN (form), box);
}

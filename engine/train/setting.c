/* Settings by name.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/setting.h"

#include "engine/base/nearest.h"
#include "engine/train/training.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define TRAINING "training"

/* weft_setting_free:
 */
void
weft_setting_free (WeftSetting *setting)
{
  g_free (setting->name);
  g_strfreev (setting->choices);
  g_clear_pointer (&setting->value, weft_json_unref);
  g_free (setting);
}

/* ---- Texts ---- */

/* weft_setting_parse:
 */
WeftJson *
weft_setting_parse (const char *text)
{
  WeftJson *json = weft_json_parse (text, -1, NULL);

  return json != NULL ? json : weft_json_new_string (text);
}

/* weft_setting_text:
 */
char *
weft_setting_text (WeftJson *value)
{
  const char *word = weft_json_string (value, NULL);

  return word != NULL ? g_strdup (word) : weft_json_to_string (value);
}

/* ---- Setting ---- */

/* Member KEY, or KEY.MEMBER of an object. */
static void
set_training (WeftDocument *document, const char *key, WeftJson *value)
{
  const char      *dot = strchr (key, '.');
  g_autofree char *outer = NULL;
  WeftJson        *object, *whole;

  if (dot == NULL)
    {
      weft_document_set_training (document, key, value);
      return;
    }
  outer = g_strndup (key, dot - key);
  object = weft_json_get (weft_document_get_training (document), outer);
  whole =
    weft_json_kind (object) == WEFT_JSON_OBJECT ? weft_json_copy (object) : weft_json_new_object ();
  weft_json_set (whole, dot + 1, value);
  weft_document_set_training (document, outer, whole);
}

static gboolean
refuse_node (WeftDocument *document, const char *id, GError **error)
{
  g_autofree char *hint = NULL;
  WeftNearest      nearest;

  weft_nearest_begin (&nearest, id);
  weft_nearest_offer (&nearest, TRAINING);
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    weft_nearest_offer (&nearest, weft_document_node_at (document, i)->id);
  hint = weft_nearest_hint (&nearest);
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT, _ ("there is no node “%s”%s"),
               id, hint);
  return FALSE;
}

/* What stands in a training section, but the penalties and bounds, which have rows of their own. */
static const char *const members[] = { "loss", "metrics", "output", "rule", "rate",
                                       "knobs", "schedule", "sweep", "batch", "epochs",
                                       "steps", "seed", "early_stopping", "drop_non_finite",
                                       "parameters" };

static gboolean
check_member (const char *key, GError **error)
{
  g_autofree char *outer = g_strndup (key, strcspn (key, "."));
  g_autofree char *hint = NULL;
  WeftNearest      nearest;

  weft_nearest_begin (&nearest, outer);
  for (guint i = 0; i < G_N_ELEMENTS (members) + weft_adjustment_count (); i++)
    {
      guint       n;
      const char *name =
        i < G_N_ELEMENTS (members)
          ? members[i]
          : weft_rule_row_knobs (weft_adjustment_get (i - G_N_ELEMENTS (members)), &n)->name;

      if (g_str_equal (name, outer))
        return TRUE;
      weft_nearest_offer (&nearest, name);
    }
  hint = weft_nearest_hint (&nearest);
  g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT,
               _ ("training has no setting “%s”%s"), outer, hint);
  return FALSE;
}

/* weft_setting_set:
 */
gboolean
weft_setting_set (WeftDocument *document, const char *name, WeftJson *value, GError **error)
{
  g_autoptr (WeftJson) owned = value;
  const char      *dot = strchr (name, '.');
  g_autofree char *id = dot != NULL ? g_strndup (name, dot - name) : g_strdup (name);
  const WeftNode  *node = weft_document_node_by_id (document, id);

  if (dot == NULL || dot[1] == '\0')
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT,
                   _ ("a setting is called NODE.PARAM or training.MEMBER, not “%s”"), name);
      return FALSE;
    }
  if (node != NULL)
    return weft_document_set_param (document, node->uid, dot + 1, g_steal_pointer (&owned), error);
  if (!g_str_equal (id, TRAINING))
    return refuse_node (document, id, error);
  if (!check_member (dot + 1, error))
    return FALSE;
  set_training (document, dot + 1, g_steal_pointer (&owned));
  return TRUE;
}

/* ---- Listing ---- */

static WeftSetting *
add (GPtrArray    *settings,
     char         *take_name,
     WeftParamKind kind,
     WeftJson     *take_value,
     double        minimum,
     double        maximum)
{
  WeftSetting *setting = g_new0 (WeftSetting, 1);

  setting->name = take_name;
  setting->kind = kind;
  setting->value = take_value;
  setting->minimum = minimum;
  setting->maximum = maximum;
  g_ptr_array_add (settings, setting);
  return setting;
}

static void
add_rows (GPtrArray         *settings,
          const char        *name,
          const WeftRuleRow *now,
          guint              n,
          const WeftRuleRow *(*get) (guint index))
{
  WeftSetting *setting = add (settings, g_strconcat (TRAINING, ".", name, NULL), WEFT_PARAM_CHOICE,
                              weft_json_new_string (now->name), 0, 0);

  setting->choices = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    setting->choices[i] = g_strdup (get (i)->name);
}

static void
add_knobs (GPtrArray *settings, const WeftRuleRow *row, const double *values)
{
  guint           n;
  const WeftKnob *knobs = weft_rule_row_knobs (row, &n);

  for (guint i = 0; i < n; i++)
    if (!g_str_equal (knobs[i].name, "rate"))
      add (settings, g_strconcat (TRAINING ".knobs.", knobs[i].name, NULL), WEFT_PARAM_NUMBER,
           weft_json_new_number (values[i]), knobs[i].minimum, knobs[i].maximum);
}

static void
add_training (GPtrArray *settings, WeftDocument *document)
{
  g_autoptr (WeftTraining) training = weft_training_new (document, NULL);

  if (training == NULL)
    return;
  add (settings, g_strdup (TRAINING ".rate"), WEFT_PARAM_NUMBER,
       weft_json_new_number (training->rate), 0, INFINITY);
  add (settings, g_strdup (TRAINING ".batch"), WEFT_PARAM_INT,
       weft_json_new_int ((gint64) training->batch), 1, INFINITY);
  if (training->steps >= 0)
    add (settings, g_strdup (TRAINING ".steps"), WEFT_PARAM_INT,
         weft_json_new_int (training->steps), 1, INFINITY);
  else
    add (settings, g_strdup (TRAINING ".epochs"), WEFT_PARAM_INT,
         weft_json_new_int (training->epochs), 1, INFINITY);
  add (settings, g_strdup (TRAINING ".seed"), WEFT_PARAM_INT, weft_json_new_int (training->seed), 0,
       INFINITY);
  add_rows (settings, "rule", training->rule, weft_update_rule_count (), weft_update_rule_get);
  add_knobs (settings, training->rule, training->rule_knobs);
  add_rows (settings, "schedule", training->schedule, weft_schedule_count (), weft_schedule_get);
  add_knobs (settings, training->schedule, training->schedule_knobs);
  for (guint i = 0; i < weft_adjustment_count (); i++)
    {
      guint           n;
      const WeftKnob *knob = weft_rule_row_knobs (weft_adjustment_get (i), &n);
      double          value = training->adjustments.all.values[i];

      add (settings, g_strconcat (TRAINING ".", knob->name, NULL), WEFT_PARAM_NUMBER,
           isnan (value) ? NULL : weft_json_new_number (value), knob->minimum, knob->maximum);
    }
}

static void
add_node (GPtrArray *settings, WeftDocument *document, const WeftNode *node)
{
  guint            n;
  const WeftParam *params = weft_document_params (document, node->op, &n);

  for (guint i = 0; i < n; i++)
    {
      const WeftParam *param = &params[i];
      WeftJson        *value = weft_json_get (node->params, param->name);
      WeftSetting     *setting;

      if (param->kind != WEFT_PARAM_INT && param->kind != WEFT_PARAM_NUMBER &&
          param->kind != WEFT_PARAM_BOOL && param->kind != WEFT_PARAM_CHOICE)
        continue;
      if (value == NULL)
        value = param->otherwise;
      setting = add (settings, g_strconcat (node->id, ".", param->name, NULL), param->kind,
                     value != NULL ? weft_json_ref (value) : NULL, param->minimum, param->maximum);
      setting->choices = g_strdupv ((char **) param->choices);
    }
}

/* weft_settings_of:
 */
GPtrArray *
weft_settings_of (WeftDocument *document)
{
  GPtrArray *settings = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_setting_free);

  add_training (settings, document);
  for (guint i = 0; i < weft_document_n_nodes (document); i++)
    add_node (settings, document, weft_document_node_at (document, i));
  return settings;
}

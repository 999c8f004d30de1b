/* What an import does to the columns by itself.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/import-steps.h"

#include "ui/draw/format.h"

#include <glib/gi18n.h>
#include <string.h>

/* More columns than these are not named one by one. */
#define MAX_NAMES 3

/* The transforms that imports add. @title: stands before the columns, where they are not said with
 * their unit. */
static const struct
{
  const char *kind, *title, *tip;
  gboolean    has_unit;
} kinds[] = {
  { "standardise", N_ ("Standardised"),
    N_ ("The mean of the training rows becomes 0 and their deviation 1, so that all columns count "
        "alike") },
  { "one_hot", N_ ("One number per class"),
    N_ ("Each class becomes a number that is 1 in its rows and 0 in all others") },
  { "scale", NULL, N_ ("Numbers near 1 are learnt in fewer steps"), TRUE },
};

#define N_KINDS G_N_ELEMENTS (kinds)

struct _WeftImportSteps
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkCheckButton *ticks[N_KINDS];
};

G_DEFINE_FINAL_TYPE (WeftImportSteps, weft_import_steps, ADW_TYPE_BIN)

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static gboolean
is_kind (WeftJson *transform, guint kind)
{
  return strcmp (weft_json_get_string (transform, "do", ""), kinds[kind].kind) == 0;
}

/* The name of column @name of @spec, and of how many columns of the file it is made where they are
 * several. */
static void
append_column (GString *text, WeftJson *spec, const char *name)
{
  WeftJson *columns = weft_json_get (spec, "columns");
  guint     n = 0;

  for (guint i = 0; i < weft_json_length (columns); i++)
    if (g_str_equal (weft_json_get_string (weft_json_at (columns, i), "name", ""), name))
      n = weft_json_length (weft_json_get (weft_json_at (columns, i), "from"));
  g_string_append (text, name);
  if (n > 1)
    g_string_append_printf (text, g_dngettext (NULL, " (%u column)", " (%u columns)", n), n);
}

/* The columns that @spec does this to, "" for none; and by what the last of them is multiplied. */
static char *
dup_columns (WeftJson *spec, guint kind, double *by)
{
  WeftJson *transforms = spec != NULL ? weft_json_get (spec, "transforms") : NULL;
  GString  *text = g_string_new (NULL);
  guint     n = 0;

  for (guint i = 0; i < weft_json_length (transforms); i++)
    {
      WeftJson *transform = weft_json_at (transforms, i);

      if (!is_kind (transform, kind))
        continue;
      if (++n > 1 && n <= MAX_NAMES)
        g_string_append (text, ", ");
      if (n <= MAX_NAMES)
        append_column (text, spec, weft_json_get_string (transform, "column", ""));
      *by = weft_json_get_number (transform, "by", 1);
    }
  if (n > MAX_NAMES)
    g_string_append (text, ", …");
  return g_string_free (text, FALSE);
}

static void
show_kind (WeftImportSteps *steps, WeftJson *spec, guint kind)
{
  double           by = 1;
  g_autofree char *columns = dup_columns (spec, kind, &by);
  g_autofree char *unit = weft_format_number (1 / by);
  g_autofree char *text = NULL;

  gtk_widget_set_visible (GTK_WIDGET (steps->ticks[kind]), *columns != '\0');
  if (*columns == '\0')
    return;
  text = kinds[kind].has_unit ? g_strdup_printf (_ ("%s in units of %s"), columns, unit)
                              : g_strdup_printf ("%s: %s", _ (kinds[kind].title), columns);
  gtk_check_button_set_label (steps->ticks[kind], text);
}

/**
 * weft_import_steps_show:
 * @steps: the widget, which hides where there is nothing to say
 * @spec: (nullable): of a dataset, with all transforms that the import would add
 */
void
weft_import_steps_show (WeftImportSteps *steps, WeftJson *spec)
{
  gboolean any = FALSE;

  for (guint i = 0; i < N_KINDS; i++)
    {
      show_kind (steps, spec, i);
      any = any || gtk_widget_get_visible (GTK_WIDGET (steps->ticks[i]));
    }
  gtk_widget_set_visible (GTK_WIDGET (steps), any);
}

/**
 * weft_import_steps_apply:
 * @steps: the widget
 * @spec: of a dataset, which loses the transforms whose tick was taken
 */
void
weft_import_steps_apply (WeftImportSteps *steps, WeftJson *spec)
{
  WeftJson *transforms = weft_json_get (spec, "transforms"), *kept;

  if (transforms == NULL)
    return;
  kept = weft_json_new_array ();
  for (guint i = 0; i < weft_json_length (transforms); i++)
    {
      WeftJson *transform = weft_json_at (transforms, i);
      gboolean  keep = TRUE;

      for (guint kind = 0; kind < N_KINDS; kind++)
        keep =
          keep && (!is_kind (transform, kind) || gtk_check_button_get_active (steps->ticks[kind]));
      if (keep)
        weft_json_append (kept, weft_json_copy (transform));
    }
  weft_json_set (spec, "transforms", kept);
}

static void
toggled_cb (WeftImportSteps *steps)
{
  g_signal_emit (steps, signals[SIGNAL_CHANGED], 0);
}

static void
weft_import_steps_class_init (WeftImportStepsClass *klass)
{
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", WEFT_TYPE_IMPORT_STEPS, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
weft_import_steps_init (WeftImportSteps *steps)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *heading = gtk_label_new (_ ("Done to the columns, so that a model learns from them:"));

  gtk_label_set_xalign (GTK_LABEL (heading), 0);
  gtk_label_set_wrap (GTK_LABEL (heading), TRUE);
  gtk_widget_add_css_class (box, "data-bar");
  gtk_box_append (GTK_BOX (box), heading);
  for (guint i = 0; i < N_KINDS; i++)
    {
      steps->ticks[i] = GTK_CHECK_BUTTON (gtk_check_button_new ());
      gtk_check_button_set_active (steps->ticks[i], TRUE);
      gtk_widget_set_tooltip_text (GTK_WIDGET (steps->ticks[i]), _ (kinds[i].tip));
      gtk_box_append (GTK_BOX (box), GTK_WIDGET (steps->ticks[i]));
      g_signal_connect_object (steps->ticks[i], "toggled", G_CALLBACK (toggled_cb), steps,
                               G_CONNECT_SWAPPED);
    }
  adw_bin_set_child (ADW_BIN (steps), box);
}

WeftImportSteps *
weft_import_steps_new (void)
{
  return g_object_new (WEFT_TYPE_IMPORT_STEPS, NULL);
}

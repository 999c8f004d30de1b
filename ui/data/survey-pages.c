/* Data that are looked at.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/data/survey-pages.h"

#include "ui/data/survey-job.h"

struct _WeftSurveyPages
{
  AdwBin parent_instance;

  /* Children, borrowed */
  GtkStack       *stack; /* reading, problem, content */
  GtkProgressBar *progress, *rest;
  AdwStatusPage  *problem;

  /* Borrowed */
  WeftSurveyShow show;
  gpointer       data;

  /* Owned */
  GCancellable *cancellable;

  /* Plain values */
  gboolean shown; /* something */
};

G_DEFINE_FINAL_TYPE (WeftSurveyPages, weft_survey_pages, ADW_TYPE_BIN)

/* ---- What comes ---- */

static void
take_survey (WeftSurveyPages *pages, WeftSurvey *survey)
{
  pages->shown = TRUE;
  gtk_stack_set_visible_child_name (pages->stack, "content");
  pages->show (survey, NULL, pages->data);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  WeftSurveyPages *pages = WEFT_SURVEY_PAGES (source);
  g_autoptr (GError) error = NULL;
  WeftSurvey *survey = weft_survey_job_finish (result, &error);

  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    {
      weft_survey_free (survey);
      return;
    }
  gtk_widget_set_visible (GTK_WIDGET (pages->rest), FALSE);
  if (survey != NULL)
    take_survey (pages, survey);
  else if (pages->shown)
    pages->show (NULL, error, pages->data);
  else
    {
      adw_status_page_set_description (pages->problem, error->message);
      gtk_stack_set_visible_child_name (pages->stack, "problem");
    }
}

static void
head_cb (WeftSurvey *head, gpointer data)
{
  WeftSurveyPages *pages = data;

  gtk_widget_set_visible (GTK_WIDGET (pages->rest), TRUE);
  take_survey (pages, head);
}

static void
progress_cb (double fraction, gpointer data)
{
  WeftSurveyPages *pages = data;

  gtk_progress_bar_set_fraction (pages->progress, fraction);
  gtk_progress_bar_set_fraction (pages->rest, fraction);
}

static void
start (WeftSurveyPages *pages, const WeftSurveyOrder *order)
{
  g_cancellable_cancel (pages->cancellable);
  g_object_unref (pages->cancellable);
  pages->cancellable = g_cancellable_new ();
  progress_cb (0, pages);
  weft_survey_job_start (G_OBJECT (pages), order, pages->cancellable, progress_cb, head_cb, read_cb,
                         pages);
}

void
weft_survey_pages_read_file (WeftSurveyPages *pages, const char *path, const WeftDialect *dialect)
{
  start (pages, &(WeftSurveyOrder){ .path = path, .dialect = dialect });
}

void
weft_survey_pages_read_set (WeftSurveyPages *pages, WeftJson *params, const char *folder)
{
  start (pages, &(WeftSurveyOrder){ .params = params, .folder = folder });
}

/* ---- The widget ---- */

static GtkProgressBar *
new_progress (const char *what)
{
  GtkWidget *progress = gtk_progress_bar_new ();

  gtk_accessible_update_property (GTK_ACCESSIBLE (progress), GTK_ACCESSIBLE_PROPERTY_LABEL, what,
                                  -1);
  return GTK_PROGRESS_BAR (progress);
}

static GtkWidget *
make_reading (WeftSurveyPages *pages, const char *reading)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  gtk_widget_set_valign (box, GTK_ALIGN_CENTER);
  gtk_widget_set_halign (box, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), gtk_label_new (reading));
  pages->progress = new_progress (reading);
  gtk_widget_set_size_request (GTK_WIDGET (pages->progress), 280, -1);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (pages->progress));
  return box;
}

/* The rest of a file is read while its beginning is looked at. */
static GtkWidget *
make_content (WeftSurveyPages *pages, const char *reading, GtkWidget *content)
{
  GtkWidget *overlay = gtk_overlay_new ();

  pages->rest = new_progress (reading);
  gtk_widget_add_css_class (GTK_WIDGET (pages->rest), "osd");
  gtk_widget_set_valign (GTK_WIDGET (pages->rest), GTK_ALIGN_START);
  gtk_widget_set_visible (GTK_WIDGET (pages->rest), FALSE);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), content);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), GTK_WIDGET (pages->rest));
  return overlay;
}

static void
dispose (GObject *object)
{
  WeftSurveyPages *pages = WEFT_SURVEY_PAGES (object);

  g_cancellable_cancel (pages->cancellable);
  G_OBJECT_CLASS (weft_survey_pages_parent_class)->dispose (object);
}

static void
finalize (GObject *object)
{
  g_object_unref (WEFT_SURVEY_PAGES (object)->cancellable);
  G_OBJECT_CLASS (weft_survey_pages_parent_class)->finalize (object);
}

static void
weft_survey_pages_class_init (WeftSurveyPagesClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = dispose;
  G_OBJECT_CLASS (klass)->finalize = finalize;
}

static void
weft_survey_pages_init (WeftSurveyPages *pages)
{
  pages->cancellable = g_cancellable_new ();
  pages->stack = GTK_STACK (gtk_stack_new ());
  pages->problem = ADW_STATUS_PAGE (adw_status_page_new ());
  adw_status_page_set_icon_name (pages->problem, "dialog-warning-symbolic");
  gtk_widget_set_vexpand (GTK_WIDGET (pages->stack), TRUE);
  adw_bin_set_child (ADW_BIN (pages), GTK_WIDGET (pages->stack));
}

WeftSurveyPages *
weft_survey_pages_new (const char    *reading,
                       const char    *problem,
                       GtkWidget     *content,
                       WeftSurveyShow show,
                       gpointer       data)
{
  WeftSurveyPages *pages = g_object_new (WEFT_TYPE_SURVEY_PAGES, NULL);

  pages->show = show;
  pages->data = data;
  adw_status_page_set_title (pages->problem, problem);
  gtk_stack_add_named (pages->stack, make_reading (pages, reading), "reading");
  gtk_stack_add_named (pages->stack, GTK_WIDGET (pages->problem), "problem");
  gtk_stack_add_named (pages->stack, make_content (pages, reading, content), "content");
  return pages;
}

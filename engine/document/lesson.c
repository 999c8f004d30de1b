/* Lessons: what a document's member "lesson" says.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/lesson.h"

#include "engine/document/document-undo.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define MAX_COUNT 1e12

static const char *const VIEWS[] = { "build", "train", "optimise", "inspect", NULL };

/* Members of the training section that can be knobs. */
static const WeftParam TRAINING[] = {
  { .name = "rate", .kind = WEFT_PARAM_NUMBER, .minimum = 0, .maximum = INFINITY },
  { .name = "rule", .kind = WEFT_PARAM_CHOICE },
  { .name = "schedule", .kind = WEFT_PARAM_CHOICE },
  { .name = "batch", .kind = WEFT_PARAM_INT, .minimum = 1, .maximum = MAX_COUNT },
  { .name = "epochs", .kind = WEFT_PARAM_INT, .minimum = 1, .maximum = MAX_COUNT },
  { .name = "steps", .kind = WEFT_PARAM_INT, .minimum = 1, .maximum = MAX_COUNT },
  { .name = "seed", .kind = WEFT_PARAM_INT, .minimum = 0, .maximum = 9e15 },
  { .name = "l1", .kind = WEFT_PARAM_NUMBER, .optional = TRUE, .minimum = 0, .maximum = INFINITY },
  { .name = "l2", .kind = WEFT_PARAM_NUMBER, .optional = TRUE, .minimum = 0, .maximum = INFINITY },
};

/* ---- Reading ---- */

typedef struct
{
  WeftLesson   *lesson;
  WeftDocument *document; /* borrowed */
  const char   *list;     /* what is being read: list[index] */
  guint         index;
} Reader;

static gboolean fail (Reader *reader, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (Reader *reader, GError **error, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list          args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  if (reader->list != NULL)
    g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_FORMAT, "lesson: %s[%u]: %s",
                 reader->list, reader->index, what);
  else
    g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_FORMAT, "lesson: %s", what);
  return FALSE;
}

/* A member that is a text, or absent: *text is NULL then. */
static gboolean
read_text (Reader *reader, WeftJson *object, const char *key, const char **text, GError **error)
{
  *text = weft_json_get_string (object, key, NULL);
  if (*text == NULL && weft_json_has (object, key))
    return fail (reader, error, _ ("“%s” must be a text."), key);
  return TRUE;
}

/* A member that is a list of texts, or absent. */
static gboolean
read_texts (Reader *reader, WeftJson *object, const char *key, const char ***texts, GError **error)
{
  WeftJson    *list = weft_json_get (object, key);
  const char **found;

  *texts = NULL;
  if (!weft_json_has (object, key))
    return TRUE;
  found = g_new0 (const char *, weft_json_length (list) + 1);
  g_ptr_array_add (reader->lesson->arrays, (gpointer) found);
  for (guint i = 0; i < weft_json_length (list); i++)
    if ((found[i] = weft_json_string (weft_json_at (list, i), NULL)) == NULL)
      return fail (reader, error, _ ("“%s” must be a list of texts."), key);
  if (found[0] == NULL)
    return fail (reader, error, _ ("“%s” must be a list of texts."), key);
  *texts = found;
  return TRUE;
}

static const WeftParam *
find_node_param (Reader *reader, const WeftLessonKnob *knob, GError **error)
{
  const WeftNode  *node = weft_document_node_by_id (reader->document, knob->node);
  const WeftParam *params;
  guint            n = 0;

  if (node == NULL)
    {
      fail (reader, error, _ ("there is no node “%s”."), knob->node);
      return NULL;
    }
  params = weft_catalogue_params (node->op, &n);
  for (guint i = 0; i < n; i++)
    if (g_str_equal (params[i].name, knob->name))
      return &params[i];
  fail (reader, error, _ ("“%s” has no parameter “%s”."), knob->node, knob->name);
  return NULL;
}

static const WeftParam *
find_training_param (Reader *reader, const WeftLessonKnob *knob, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (TRAINING); i++)
    if (g_str_equal (TRAINING[i].name, knob->name))
      return &TRAINING[i];
  fail (reader, error, _ ("“%s” of the training cannot be a knob."), knob->name);
  return NULL;
}

static gboolean
read_knob (Reader *reader, WeftJson *json, WeftLessonKnob *knob, GError **error)
{
  const char      *name = NULL, *training = NULL;
  const WeftParam *param;
  const char     **choices;

  if (!read_text (reader, json, "node", &knob->node, error) ||
      !read_text (reader, json, "param", &name, error) ||
      !read_text (reader, json, "training", &training, error) ||
      !read_text (reader, json, "title", &knob->title, error) ||
      !read_text (reader, json, "summary", &knob->summary, error) ||
      !read_texts (reader, json, "choices", &choices, error))
    return FALSE;
  if ((knob->node != NULL) != (name != NULL) || (knob->node != NULL) == (training != NULL))
    return fail (reader, error,
                 _ ("a knob names “node” and “param”, or “training”: say which value it turns."));
  knob->name = name != NULL ? name : training;
  param = name != NULL ? find_node_param (reader, knob, error)
                       : find_training_param (reader, knob, error);
  if (param == NULL)
    return FALSE;
  knob->param = *param;
  if (knob->summary != NULL)
    knob->param.summary = knob->summary;
  if (choices != NULL)
    knob->param.choices = choices;
  if (knob->param.kind == WEFT_PARAM_CHOICE && knob->param.choices == NULL)
    return fail (reader, error, _ ("“choices” must list what can be chosen."));
  knob->param.minimum =
    MAX (param->minimum, weft_json_get_number (json, "minimum", param->minimum));
  knob->param.maximum =
    MIN (param->maximum, weft_json_get_number (json, "maximum", param->maximum));
  if (knob->param.minimum > knob->param.maximum)
    return fail (reader, error, _ ("“minimum” is above “maximum”."));
  return TRUE;
}

static gboolean
read_step (Reader *reader, WeftJson *json, WeftLessonStep *step, GError **error)
{
  if (!read_text (reader, json, "title", &step->title, error) ||
      !read_text (reader, json, "text", &step->text, error) ||
      !read_text (reader, json, "view", &step->view, error) ||
      !read_texts (reader, json, "show", &step->show, error))
    return FALSE;
  if (step->text == NULL)
    return fail (reader, error, _ ("a step has a “text”."));
  if (step->view != NULL && !g_strv_contains (VIEWS, step->view))
    return fail (reader, error, _ ("“view” is build, train, optimise or inspect."));
  for (guint i = 0; step->show != NULL && step->show[i] != NULL; i++)
    if (weft_document_node_by_id (reader->document, step->show[i]) == NULL)
      return fail (reader, error, _ ("there is no node “%s”."), step->show[i]);
  return TRUE;
}

static gboolean
read_lesson (Reader *reader, GError **error)
{
  WeftLesson *lesson = reader->lesson;
  WeftJson   *knobs = weft_json_get (lesson->json, "knobs");
  WeftJson   *steps = weft_json_get (lesson->json, "steps");

  if (weft_json_kind (lesson->json) != WEFT_JSON_OBJECT)
    return fail (reader, error, _ ("it must be an object with “knobs” and “steps”."));
  if (!read_text (reader, lesson->json, "title", &lesson->title, error))
    return FALSE;
  lesson->n_knobs = weft_json_length (knobs);
  lesson->n_steps = weft_json_length (steps);
  if (lesson->n_steps == 0)
    return fail (reader, error, _ ("“steps” must list at least one step."));
  lesson->knobs = g_new0 (WeftLessonKnob, lesson->n_knobs);
  lesson->steps = g_new0 (WeftLessonStep, lesson->n_steps);
  reader->list = "knobs";
  for (reader->index = 0; reader->index < lesson->n_knobs; reader->index++)
    if (!read_knob (reader, weft_json_at (knobs, reader->index), &lesson->knobs[reader->index],
                    error))
      return FALSE;
  reader->list = "steps";
  for (reader->index = 0; reader->index < lesson->n_steps; reader->index++)
    if (!read_step (reader, weft_json_at (steps, reader->index), &lesson->steps[reader->index],
                    error))
      return FALSE;
  return TRUE;
}

static WeftLesson *
lesson_of (WeftDocument *document, WeftJson *json, GError **error)
{
  g_autoptr (WeftLesson) lesson = g_new0 (WeftLesson, 1);

  lesson->json = weft_json_copy (json);
  lesson->arrays = g_ptr_array_new_with_free_func (g_free);
  return read_lesson (&(Reader){ .lesson = lesson, .document = document }, error)
           ? g_steal_pointer (&lesson)
           : NULL;
}

/**
 * weft_lesson_new:
 * @document: a document, not a definition
 * @error: return location
 *
 * Reads the member "lesson" as it is now; what becomes of the document later, it does not follow.
 *
 * Returns: (transfer full) (nullable): the lesson; NULL without an error: there is none
 * Errors: WEFT_DOCUMENT_ERROR_FORMAT, with the place in the lesson
 */
WeftLesson *
weft_lesson_new (WeftDocument *document, GError **error)
{
  WeftJson *json = weft_document_get_member (document, "lesson");

  return json != NULL ? lesson_of (document, json, error) : NULL;
}

/** weft_lesson_free: frees @lesson; NULL is allowed. */
void
weft_lesson_free (WeftLesson *lesson)
{
  if (lesson == NULL)
    return;
  g_free (lesson->knobs);
  g_free (lesson->steps);
  g_ptr_array_unref (lesson->arrays);
  weft_json_unref (lesson->json);
  g_free (lesson);
}

/* ---- Making ---- */

gboolean
weft_document_set_lesson (WeftDocument *document, WeftJson *lesson, GError **error)
{
  g_autoptr (WeftJson) owned = lesson;
  g_autoptr (WeftLesson) read = NULL;
  WeftJson *old = weft_document_get_member (document, "lesson");
  Edit      edit = { .kind = EDIT_LESSON };

  if (weft_document_is_frozen (document, error))
    return FALSE;
  if (lesson != NULL && (read = lesson_of (document, lesson, error)) == NULL)
    return FALSE;
  if ((lesson == NULL && old == NULL) ||
      (lesson != NULL && old != NULL && weft_json_equal (old, lesson)))
    return TRUE;
  edit.before = old != NULL ? weft_json_copy (old) : weft_json_new_null ();
  edit.after = lesson != NULL ? g_steal_pointer (&owned) : weft_json_new_null ();
  weft_document_begin_told (document, lesson == NULL ? _ ("Remove the Lesson")
                                      : old != NULL  ? _ ("Change the Lesson")
                                                     : _ ("Make a Lesson"));
  weft_document_do (document, &edit);
  weft_document_end_told (document);
  return TRUE;
}

/* ---- Turning knobs ---- */

/**
 * weft_lesson_knob_value:
 *
 * Returns: (transfer none) (nullable): what the knob stands at; NULL: the default
 */
WeftJson *
weft_lesson_knob_value (WeftDocument *document, const WeftLessonKnob *knob)
{
  const WeftNode *node;

  if (knob->node == NULL)
    return weft_json_get (weft_document_get_training (document), knob->name);
  node = weft_document_node_by_id (document, knob->node);
  return node != NULL ? weft_json_get (node->params, knob->name) : NULL;
}

/**
 * weft_lesson_turn:
 * @document: the document
 * @knob: of its lesson
 * @value: (transfer full) (nullable): NULL: the default
 * @error: return location
 *
 * Errors: WEFT_DOCUMENT_ERROR_EDIT where the value is out of the knob's bounds, or its node is
 * gone.
 */
gboolean
weft_lesson_turn (WeftDocument         *document,
                  const WeftLessonKnob *knob,
                  WeftJson             *value,
                  GError              **error)
{
  g_autoptr (WeftJson) owned = value;
  const WeftNode *node =
    knob->node != NULL ? weft_document_node_by_id (document, knob->node) : NULL;
  gboolean done = TRUE;

  if (knob->node != NULL && node == NULL)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT,
                   _ ("The node “%s” of this knob is gone."), knob->node);
      return FALSE;
    }
  if (value != NULL && !weft_param_check (&knob->param, value, error))
    return FALSE;
  document->turning = TRUE;
  if (node != NULL)
    done =
      weft_document_set_param (document, node->uid, knob->name, g_steal_pointer (&owned), error);
  else
    weft_document_set_training (document, knob->name, g_steal_pointer (&owned));
  document->turning = FALSE;
  return done;
}

/* ---- Taking ---- */

/**
 * weft_lesson_take:
 * @document: a document, not a definition
 *
 * Errors: WEFT_DOCUMENT_ERROR_FORMAT; nothing has changed then.
 */
gboolean
weft_lesson_take (WeftDocument *document, GError **error)
{
  g_autoptr (GError) wrong = NULL;
  g_autoptr (WeftLesson) lesson = weft_lesson_new (document, &wrong);

  if (wrong != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&wrong));
      return FALSE;
    }
  if (lesson == NULL)
    {
      g_set_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_FORMAT,
                   _ ("This document has no lesson."));
      return FALSE;
    }
  document->lesson = TRUE;
  return TRUE;
}

/** weft_lesson_leave: every edit is allowed again. */
void
weft_lesson_leave (WeftDocument *document)
{
  document->lesson = FALSE;
}

/** weft_lesson_is_taken: whether edits are refused because @document's lesson is taken. */
gboolean
weft_lesson_is_taken (WeftDocument *document)
{
  return weft_document_get_root (document)->lesson;
}

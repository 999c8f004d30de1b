/* Lessons: what a document's member "lesson" may say, and what can be changed while one is taken.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/base/file.h"
#include "engine/document/lesson.h"

#include <string.h>

#define NODES                                                                                \
  "\"nodes\": [{\"id\": \"x\", \"op\": \"input\", \"params\": {\"shape\": \"(4, 3)\"}},"     \
  " {\"id\": \"hidden\", \"op\": \"dense\", \"params\": {\"units\": 8}, \"at\": [10, 20]}]," \
  " \"wires\": [\"x.y -> hidden.x\"], \"training\": {\"rate\": 0.5}"

static WeftDocument *
parse (const char *lesson)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text =
    g_strdup_printf ("{\"format\": \"weft\", \"version\": 1, " NODES "%s%s}",
                     lesson != NULL ? ", \"lesson\": " : "", lesson != NULL ? lesson : "");
  WeftDocument *document = weft_document_parse (text, -1, "test", &error);

  g_assert_no_error (error);
  return document;
}

#define GOOD                                                                                       \
  "{\"title\": \"Width\", \"knobs\": ["                                                            \
  "{\"node\": \"hidden\", \"param\": \"units\", \"title\": \"Neurons\", \"maximum\": 32},"         \
  "{\"training\": \"rate\", \"minimum\": 0.1, \"maximum\": 1}],"                                   \
  " \"steps\": [{\"text\": \"one\"}, {\"title\": \"Two\", \"text\": \"two\", \"view\": \"train\"," \
  " \"show\": [\"hidden\", \"x\"]}]}"

static void
test_read (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = parse (GOOD);
  g_autoptr (WeftDocument) plain = parse (NULL);
  g_autoptr (WeftLesson) lesson = weft_lesson_new (document, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (lesson->title, ==, "Width");
  g_assert_cmpuint (lesson->n_knobs, ==, 2);
  g_assert_cmpstr (lesson->knobs[0].title, ==, "Neurons");
  g_assert_cmpfloat (lesson->knobs[0].param.minimum, ==, 1);
  g_assert_cmpfloat (lesson->knobs[0].param.maximum, ==, 32);
  g_assert_cmpint (weft_json_int (weft_lesson_knob_value (document, &lesson->knobs[0]), 0), ==, 8);
  g_assert_cmpfloat (weft_json_number (weft_lesson_knob_value (document, &lesson->knobs[1]), 0), ==,
                     0.5);
  g_assert_cmpuint (lesson->n_steps, ==, 2);
  g_assert_null (lesson->steps[0].show);
  g_assert_cmpstr (lesson->steps[1].view, ==, "train");
  g_assert_cmpuint (g_strv_length ((char **) lesson->steps[1].show), ==, 2);
  g_assert_null (weft_lesson_new (plain, &error));
  g_assert_no_error (error);
  g_assert_false (weft_lesson_take (plain, &error));
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_FORMAT);
}

/* What is wrong, and how the message begins. */
static const struct
{
  const char *lesson, *message;
} MISTAKES[] = {
  { "3", "lesson: it must be an object" },
  { "{}", "lesson: “steps” must list" },
  { "{\"steps\": [{}]}", "lesson: steps[0]: a step has a “text”" },
  { "{\"steps\": [{\"text\": 1}]}", "lesson: steps[0]: “text” must be a text" },
  { "{\"steps\": [{\"text\": \"a\"}, {\"text\": \"b\", \"view\": \"x\"}]}",
    "lesson: steps[1]: “view” is" },
  { "{\"steps\": [{\"text\": \"a\", \"show\": [\"nobody\"]}]}",
    "lesson: steps[0]: there is no node “nobody”" },
  { "{\"steps\": [{\"text\": \"a\", \"show\": []}]}",
    "lesson: steps[0]: “show” must be a list of texts" },
  { "{\"steps\": [{\"text\": \"a\"}], \"knobs\": [{}]}", "lesson: knobs[0]: a knob names" },
  { "{\"steps\": [{\"text\": \"a\"}], \"knobs\": [{\"node\": \"hidden\"}]}",
    "lesson: knobs[0]: a knob names" },
  { "{\"steps\": [{\"text\": \"a\"}], \"knobs\": [{\"node\": \"hidden\", \"param\": \"units\", "
    "\"training\": \"rate\"}]}",
    "lesson: knobs[0]: a knob names" },
  { "{\"steps\": [{\"text\": \"a\"}], \"knobs\": [{\"node\": \"h\", \"param\": \"units\"}]}",
    "lesson: knobs[0]: there is no node “h”" },
  { "{\"steps\": [{\"text\": \"a\"}], \"knobs\": [{\"node\": \"hidden\", \"param\": \"u\"}]}",
    "lesson: knobs[0]: “hidden” has no parameter “u”" },
  { "{\"steps\": [{\"text\": \"a\"}], \"knobs\": [{\"training\": \"loss\"}]}",
    "lesson: knobs[0]: “loss” of the training" },
  { "{\"steps\": [{\"text\": \"a\"}], \"knobs\": [{\"training\": \"rule\"}]}",
    "lesson: knobs[0]: “choices” must" },
  { "{\"steps\": [{\"text\": \"a\"}], \"knobs\": [{\"training\": \"rate\", \"minimum\": 2, "
    "\"maximum\": 1}]}",
    "lesson: knobs[0]: “minimum” is above" },
};

static void
test_mistakes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (MISTAKES); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (WeftDocument) document = parse (MISTAKES[i].lesson);

      g_assert_null (weft_lesson_new (document, &error));
      g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_FORMAT);
      if (!g_str_has_prefix (error->message, MISTAKES[i].message))
        g_error ("%s: %s", MISTAKES[i].lesson, error->message);
      g_assert_false (weft_lesson_take (document, NULL));
      g_assert_false (weft_lesson_is_taken (document));
    }
}

/* ---- The lock ---- */

static void
refused_cb (WeftDocument *document, const char *sentence, guint *n)
{
  g_assert_nonnull (strstr (sentence, "knobs"));
  ++*n;
}

/* Whatever edit is tried: the text of the document stays as it is, and each says why once. */
static void
test_lock (void)
{
  g_autoptr (WeftDocument) document = parse (GOOD);
  g_autofree char *before = weft_document_to_text (document);
  g_autofree char *after = NULL;
  const guint32    hidden = weft_document_node_by_id (document, "hidden")->uid;
  const guint32    x = weft_document_node_by_id (document, "x")->uid;
  guint            n = 0, n_errors = 0;
  GError          *error = NULL;

#define REFUSED(CALL)                                                      \
  G_STMT_START                                                             \
  {                                                                        \
    g_assert_false (CALL);                                                 \
    g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT); \
    g_clear_error (&error);                                                \
    n_errors++;                                                            \
  }                                                                        \
  G_STMT_END

  g_signal_connect (document, "refused", G_CALLBACK (refused_cb), &n);
  g_assert_true (weft_lesson_take (document, &error));
  REFUSED (weft_document_add_node (document, "relu", NULL, NULL, 0, 0, &error));
  REFUSED (weft_document_rename_node (document, hidden, "other", &error));
  REFUSED (weft_document_set_param (document, hidden, "units", weft_json_new_int (3), &error));
  REFUSED (weft_document_connect (document, x, "y", hidden, "x", &error));
  REFUSED (weft_document_create_group (document, &hidden, 1, NULL, &error));
  REFUSED (weft_document_add_group (document, "g", &error) != NULL);
  weft_document_remove_nodes (document, &hidden, 1);
  weft_document_move_nodes (document, &hidden, 1, 5, 5);
  weft_document_disconnect (document, hidden, "x");
  weft_document_set_training (document, "rate", weft_json_new_number (0.25));
  weft_document_set_title (document, "Another");
  g_assert_cmpuint (n, ==, 5);
  after = weft_document_to_text (document);
  g_assert_cmpstr (before, ==, after);
  g_assert_false (weft_document_get_modified (document));
  weft_lesson_leave (document);
  g_assert_true (
    weft_document_set_param (document, hidden, "units", weft_json_new_int (3), &error));
  weft_document_move_nodes (document, &hidden, 1, 5, 5);
  g_assert_cmpuint (n, ==, 5);
}

static void
test_knobs (void)
{
  g_autoptr (WeftDocument) document = parse (GOOD);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftLesson) lesson = weft_lesson_new (document, &error);
  const WeftLessonKnob *units = &lesson->knobs[0], *rate = &lesson->knobs[1];

  g_assert_true (weft_lesson_take (document, &error));
  g_assert_true (weft_lesson_turn (document, units, weft_json_new_int (32), &error));
  g_assert_true (weft_lesson_turn (document, rate, weft_json_new_number (0.25), &error));
  g_assert_cmpint (weft_json_int (weft_lesson_knob_value (document, units), 0), ==, 32);
  g_assert_cmpfloat (weft_json_number (weft_lesson_knob_value (document, rate), 0), ==, 0.25);
  g_assert_false (weft_lesson_turn (document, units, weft_json_new_int (33), &error));
  g_assert_error (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_EDIT);
  g_clear_error (&error);
  g_assert_false (weft_lesson_turn (document, rate, weft_json_new_number (2), &error));
  g_clear_error (&error);
  g_assert_true (weft_document_undo (document));
  g_assert_true (weft_document_undo (document));
  g_assert_cmpint (weft_json_int (weft_lesson_knob_value (document, units), 0), ==, 8);
  g_assert_true (weft_lesson_is_taken (document));
}

/* ---- Those that ship ---- */

static void
test_shipped (gconstpointer path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_load (path, &error);
  g_assert_no_error (error);
  g_autoptr (WeftLesson) lesson = weft_lesson_new (document, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (lesson->n_knobs, >, 0);
  for (guint i = 0; i < lesson->n_knobs; i++)
    {
      WeftJson *value = weft_lesson_knob_value (document, &lesson->knobs[i]);

      g_assert_nonnull (lesson->knobs[i].title);
      g_assert_true (value == NULL || weft_param_check (&lesson->knobs[i].param, value, &error));
      g_assert_no_error (error);
    }
}

static void
add_shipped (void)
{
  g_autofree char *folder = g_build_filename (weft_data_dir (), "lessons", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *test = g_strdup_printf ("/engine/lesson/shipped/%s", name);

      g_test_add_data_func_full (test, g_build_filename (folder, name, NULL), test_shipped, g_free);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/lesson/read", test_read);
  g_test_add_func ("/engine/lesson/mistakes", test_mistakes);
  g_test_add_func ("/engine/lesson/lock", test_lock);
  g_test_add_func ("/engine/lesson/knobs", test_knobs);
  add_shipped ();
  return g_test_run ();
}

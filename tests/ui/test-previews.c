/* Watches: what cards show of the values that flow out of them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <adwaita.h>
#include <string.h>

#include "engine/ops/ops.h"
#include "ui/build/canvas-private.h"
#include "ui/shared/settings.h"
#include "ui/window/previews.h"

#define LIMIT_US (60 * G_TIME_SPAN_SECOND)

typedef struct
{
  GtkWidget    *window;
  WeftCanvas   *canvas;
  WeftDocument *document;
  WeftTyping   *typing;
  WeftRunModel *run;
  WeftPreviews *watch;
  guint32       digits, hidden, picture, broken;
} Fixture;

static guint32
add (Fixture *fixture, const char *op, const char *id, const char *params)
{
  g_autoptr (GError) error = NULL;
  guint32 uid = weft_document_add_node (
    fixture->document, op, id, params ? weft_json_parse (params, -1, NULL) : NULL, 0, 0, &error);

  g_assert_no_error (error);
  return uid;
}

static void
connect (Fixture *fixture, guint32 from, const char *out, guint32 to, const char *in)
{
  g_autoptr (GError) error = NULL;

  weft_document_connect (fixture->document, from, out, to, in, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->document = weft_document_new ();
  fixture->digits = add (fixture, "dataset", "digits", "{\"data\": \"digits\"}");
  fixture->hidden = add (fixture, "dense", "hidden", "{\"units\": 7}");
  fixture->picture =
    add (fixture, "expression", "picture", "{\"text\": \"reshape(x, (-1, 1, 8, 8))\"}");
  fixture->broken = add (fixture, "expression", "broken", "{\"text\": \"x @ ones((3, 3))\"}");
  connect (fixture, fixture->digits, "pixels", fixture->hidden, "x");
  connect (fixture, fixture->digits, "pixels", fixture->picture, "x");
  connect (fixture, fixture->digits, "pixels", fixture->broken, "x");
  fixture->typing = weft_typing_new (fixture->document);
  fixture->run = weft_run_model_new (fixture->document);
  fixture->canvas = weft_canvas_new ();
  fixture->window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), 800, 600);
  gtk_window_set_child (GTK_WINDOW (fixture->window), GTK_WIDGET (fixture->canvas));
  weft_canvas_set_document (fixture->canvas, fixture->document, fixture->typing);
  gtk_window_present (GTK_WINDOW (fixture->window));
  fixture->watch = weft_previews_new (fixture->canvas, fixture->document, fixture->run);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  weft_previews_free (fixture->watch);
  weft_canvas_set_document (fixture->canvas, NULL, NULL);
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_object_unref (fixture->run);
  weft_typing_free (fixture->typing);
  g_object_unref (fixture->document);
}

static const WeftNodeExtras *
extras (Fixture *fixture, guint32 uid)
{
  return &weft_canvas_find_node (fixture->canvas, uid)->extras;
}

static void
wait_for_caption (Fixture *fixture, guint32 uid, const char *other_than)
{
  gint64 end = g_get_monotonic_time () + LIMIT_US;

  while (g_strcmp0 (extras (fixture, uid)->caption, other_than) == 0)
    {
      g_main_context_iteration (NULL, TRUE);
      g_assert_cmpint (g_get_monotonic_time (), <, end);
    }
}

static void
test_forms (Fixture *fixture, gconstpointer data)
{
  double height = weft_canvas_find_node (fixture->canvas, fixture->hidden)->art->height;

  g_assert_true (weft_previews_toggle (fixture->watch, fixture->hidden));
  wait_for_caption (fixture, fixture->hidden, NULL);
  g_assert_cmpuint (extras (fixture, fixture->hidden)->n_bars, >, 0);
  g_assert_cmpfloat (weft_canvas_find_node (fixture->canvas, fixture->hidden)->art->height, >,
                     height);
  g_assert_null (extras (fixture, fixture->picture)->caption);
  /* A batch by 7 units. */
  weft_previews_next_form (fixture->watch, fixture->hidden);
  while (extras (fixture, fixture->hidden)->n_thumbnails == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (extras (fixture, fixture->hidden)->wide);
  g_assert_cmpuint (extras (fixture, fixture->hidden)->thumbnail_width, ==, 7);
  g_assert_cmpuint (extras (fixture, fixture->hidden)->n_bars, ==, 0);
  g_assert_false (weft_previews_toggle (fixture->watch, fixture->hidden));
  g_assert_null (extras (fixture, fixture->hidden)->caption);
  g_assert_cmpfloat (weft_canvas_find_node (fixture->canvas, fixture->hidden)->art->height, ==,
                     height);
}

static void
test_pictures (Fixture *fixture, gconstpointer data)
{
  weft_previews_toggle (fixture->watch, fixture->picture);
  wait_for_caption (fixture, fixture->picture, NULL);
  g_assert_cmpuint (extras (fixture, fixture->picture)->n_thumbnails, >, 1);
  g_assert_cmpuint (extras (fixture, fixture->picture)->thumbnail_width, ==, 8);
  g_assert_false (extras (fixture, fixture->picture)->wide);
}

/* What an edit changes is seen; a node that does not fit keeps the others from nothing. */
static void
test_all (Fixture *fixture, gconstpointer data)
{
  g_autofree char *before = NULL;

  weft_previews_set_all (fixture->watch, TRUE);
  wait_for_caption (fixture, fixture->hidden, NULL);
  wait_for_caption (fixture, fixture->picture, NULL);
  g_assert_null (extras (fixture, fixture->broken)->caption);
  g_assert_cmpfloat (weft_canvas_find_wire (fixture->canvas, fixture->hidden, "x")->flow, >, 0.9);
  before = g_strdup (extras (fixture, fixture->hidden)->caption);
  weft_document_set_param (fixture->document, fixture->hidden, "units", weft_json_new_int (50),
                           NULL);
  wait_for_caption (fixture, fixture->hidden, before);
  weft_previews_set_all (fixture->watch, FALSE);
  g_assert_null (extras (fixture, fixture->hidden)->caption);
  g_assert_cmpfloat (weft_canvas_find_wire (fixture->canvas, fixture->hidden, "x")->flow, ==, -1);
}

#define CASE(PATH, TEST) g_test_add ("/ui/previews/" PATH, Fixture, NULL, set_up, TEST, tear_down)

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;

  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  weft_ops_init ();
  if (!weft_settings_init (&error))
    g_error ("%s", error->message);
  CASE ("forms", test_forms);
  CASE ("pictures", test_pictures);
  CASE ("all", test_all);
  return g_test_run ();
}

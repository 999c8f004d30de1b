/* What tests of the canvas share: a window with four nodes, and hands that press, drag and let go.
 *
 *   x (batch, 64) -> hidden (dense)    logits (dense)    label (batch) i32
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <adwaita.h>
#include <string.h>

#include "engine/ops/ops.h"
#include "ui/build/canvas-private.h"
#include "ui/build/search-popover.h"

typedef struct
{
  GtkWidget    *window;
  WeftCanvas   *canvas;
  WeftDocument *document;
  WeftTyping   *typing;
  guint32       x, hidden, logits, label;     /* of set_up */
  guint32       a, b, sum, last, alone;       /* of the program's own nodes */
  const char   *out; /* the output port of an input node */
  char         *failure, *hint;
  guint         activated;
} Fixture;

/* ---- Set up ---- */

G_GNUC_UNUSED static WeftJson *
shape_params (const char *shape, const char *dtype)
{
  WeftJson *params = weft_json_new_object ();

  weft_json_set (params, "shape", weft_json_parse (shape, -1, NULL));
  if (dtype)
    weft_json_set_string (params, "dtype", dtype);
  return params;
}

G_GNUC_UNUSED static guint32
add (Fixture *fixture, const char *op, const char *id, WeftJson *params, double x, double y)
{
  g_autoptr (GError) error = NULL;
  guint32 uid = weft_document_add_node (fixture->document, op, id, params, x, y, &error);

  g_assert_no_error (error);
  return uid;
}

G_GNUC_UNUSED static void
failed_cb (Fixture *fixture, const char *message)
{
  g_free (fixture->failure);
  fixture->failure = g_strdup (message);
}

G_GNUC_UNUSED static void
hint_cb (Fixture *fixture, const char *text)
{
  g_free (fixture->hint);
  fixture->hint = g_strdup (text);
}

G_GNUC_UNUSED static void
activate_cb (Fixture *fixture, guint uid)
{
  fixture->activated = uid;
}

G_GNUC_UNUSED static void
settle (void)
{
  gint64 end = g_get_monotonic_time () + 60 * G_TIME_SPAN_MILLISECOND;

  while (g_get_monotonic_time () < end)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (2000);
}

/* A window of @width by @height with the document. */
G_GNUC_UNUSED static void
show (Fixture *fixture, int width, int height)
{
  fixture->typing = weft_typing_new (fixture->document);
  fixture->canvas = weft_canvas_new ();
  fixture->window = gtk_window_new ();
  gtk_window_set_default_size (GTK_WINDOW (fixture->window), width, height);
  gtk_window_set_child (GTK_WINDOW (fixture->window), GTK_WIDGET (fixture->canvas));
  g_signal_connect_swapped (fixture->canvas, "failed", G_CALLBACK (failed_cb), fixture);
  g_signal_connect_swapped (fixture->canvas, "hint", G_CALLBACK (hint_cb), fixture);
  g_signal_connect_swapped (fixture->canvas, "activate-node", G_CALLBACK (activate_cb), fixture);
  weft_canvas_set_document (fixture->canvas, fixture->document, fixture->typing);
  gtk_window_present (GTK_WINDOW (fixture->window));
  gtk_test_widget_wait_for_draw (fixture->window);
  weft_canvas_set_view (fixture->canvas, 50, 50, 1);
  settle ();
}

G_GNUC_UNUSED static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (WeftPorts) ports = NULL;
  g_autoptr (GError) error = NULL;

  fixture->document = weft_document_new ();
  fixture->x = add (fixture, "input", "x", shape_params ("[\"batch\", 64]", NULL), 0, 0);
  fixture->hidden = add (fixture, "dense", "hidden", NULL, 300, 0);
  fixture->logits = add (fixture, "dense", "logits", NULL, 600, 0);
  fixture->label = add (fixture, "input", "label", shape_params ("[\"batch\"]", "i32"), 0, 300);
  ports = weft_document_ports (fixture->document, fixture->x);
  fixture->out = g_intern_string (ports->outputs[0].name);
  weft_document_connect (fixture->document, fixture->x, fixture->out, fixture->hidden, "x", &error);
  g_assert_no_error (error);
  show (fixture, 1000, 600);
}

G_GNUC_UNUSED static void
tear_down (Fixture *fixture, gconstpointer data)
{
  WeftCanvas *canvas = g_object_ref (fixture->canvas);

  weft_canvas_set_document (canvas, NULL, NULL);
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  settle ();
  g_assert_finalize_object (canvas);
  weft_typing_free (fixture->typing);
  g_assert_finalize_object (fixture->document);
  g_free (fixture->failure);
  g_free (fixture->hint);
}

/* ---- Hands ---- */

G_GNUC_UNUSED static void
port_at (Fixture *fixture, guint32 uid, const char *port, gboolean output, double *x, double *y)
{
  WeftCanvasNode *node = weft_canvas_find_node (fixture->canvas, uid);
  gint            index = output ? weft_node_art_find_output (node->art, port)
                                 : weft_node_art_find_input (node->art, port);

  g_assert_cmpint (index, >=, 0);
  weft_canvas_to_view (fixture->canvas,
                       node->x + (output ? node->art->outputs : node->art->inputs)[index].x,
                       node->y + (output ? node->art->outputs : node->art->inputs)[index].y, x, y);
}

G_GNUC_UNUSED static void
card_at (Fixture *fixture, guint32 uid, double *x, double *y)
{
  WeftCanvasNode *node = weft_canvas_find_node (fixture->canvas, uid);

  weft_canvas_to_view (fixture->canvas, node->x + node->art->width / 2, node->y + 10, x, y);
}

G_GNUC_UNUSED static void
drag (Fixture *fixture, double x0, double y0, double x1, double y1, GdkModifierType modifiers)
{
  weft_canvas_press (fixture->canvas, x0, y0, 1, modifiers);
  weft_canvas_motion (fixture->canvas, (x0 + x1) / 2, (y0 + y1) / 2, modifiers);
  weft_canvas_motion (fixture->canvas, x1, y1, modifiers);
  settle ();
  weft_canvas_release (fixture->canvas, x1, y1, modifiers);
}

G_GNUC_UNUSED static void
click (Fixture *fixture, double x, double y, GdkModifierType modifiers)
{
  weft_canvas_press (fixture->canvas, x, y, 1, modifiers);
  weft_canvas_release (fixture->canvas, x, y, modifiers);
}

G_GNUC_UNUSED static gboolean
is_wired (Fixture *fixture, guint32 from, guint32 to, const char *port)
{
  const WeftWire *wire = weft_document_wire_into (fixture->document, to, port);

  return wire && wire->from == from;
}

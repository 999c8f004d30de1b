/* Drawing without a display: colours, wires, cards, pictures of documents.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <cairo.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "engine/base/file.h"
#include "ui/draw/render.h"
#include "ui/draw/wire-art.h"

static const char *model =
  "{\"format\": \"weft\", \"version\": 1, \"title\": \"Small\", \"nodes\": ["
  "{\"id\": \"x\", \"op\": \"input\", \"params\": {\"shape\": [\"batch\", 64]}, \"at\": [0, 0]},"
  "{\"id\": \"hidden\", \"op\": \"dense\", \"params\": {\"units\": 128, \"activation\": \"relu\"}, "
  "\"at\": [300, 0]},"
  "{\"id\": \"penalty\", \"op\": \"expression\", \"params\": {\"text\": \"1e-4 * sum(W**2)\"}, "
  "\"at\": [600, 200]}],"
  "\"wires\": [\"x.y -> hidden.x\", \"hidden.W -> penalty.W\"],"
  "\"notes\": [{\"id\": \"n1\", \"text\": \"Why?\\nSo.\", \"at\": [0, 300], \"size\": [200, 80]}]}";

static WeftDocument *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  WeftDocument *document = weft_document_parse (text, -1, "test", &error);

  g_assert_no_error (error);
  return document;
}

/* The name of an input node's only output, whatever it is called. */
static WeftDocument *
make_model (void)
{
  g_autoptr (GError) error = NULL;
  WeftDocument *document = weft_document_new ();
  WeftJson     *params = weft_json_new_object ();
  guint32       x, hidden;
  g_autoptr (WeftPorts) ports = NULL;

  weft_json_set (params, "shape", weft_json_parse ("[\"batch\", 64]", -1, NULL));
  x = weft_document_add_node (document, "input", "x", params, 0, 0, &error);
  g_assert_no_error (error);
  params = weft_json_new_object ();
  weft_json_set_int (params, "units", 128);
  hidden = weft_document_add_node (document, "dense", "hidden", params, 300, 0, &error);
  g_assert_no_error (error);
  params = weft_json_new_object ();
  weft_json_set_string (params, "text", "1e-4 * sum(W**2)");
  weft_document_add_node (document, "expression", "penalty", params, 600, 200, &error);
  g_assert_no_error (error);
  ports = weft_document_ports (document, x);
  weft_document_connect (document, x, ports->outputs[0].name, hidden, "x", &error);
  g_assert_no_error (error);
  weft_document_add_note (document, "Why?\nSo.", 0, 300, 200, 80);
  return document;
}

/* ---- Colours ---- */

static double
luminance (WeftColour colour)
{
  double part[3] = { colour.red, colour.green, colour.blue };

  for (guint i = 0; i < 3; i++)
    part[i] = part[i] <= 0.04045 ? part[i] / 12.92 : pow ((part[i] + 0.055) / 1.055, 2.4);
  return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
}

/* WCAG 2.1's contrast ratio. */
static double
contrast (WeftColour a, WeftColour b)
{
  double la = luminance (a), lb = luminance (b);

  return (MAX (la, lb) + 0.05) / (MIN (la, lb) + 0.05);
}

static void
test_contrast (void)
{
  static const char *families[] = { "data", "parameter", "layer", "neural", "loss", "math" };

  for (WeftThemeKind theme = 0; theme < WEFT_N_THEMES; theme++)
    {
      WeftColour card = weft_theme_colour (theme, WEFT_ROLE_CARD);
      WeftColour white = weft_theme_colour (theme, WEFT_ROLE_HEADER_TEXT);

      g_assert_cmpfloat (contrast (card, weft_theme_colour (theme, WEFT_ROLE_TEXT)), >=, 7);
      g_assert_cmpfloat (contrast (card, weft_theme_colour (theme, WEFT_ROLE_TEXT_DIM)), >=,
                         theme >= WEFT_THEME_CONTRAST_LIGHT ? 7 : 4.4);
      g_assert_cmpfloat (contrast (weft_theme_colour (theme, WEFT_ROLE_ERROR_FILL),
                                   weft_theme_colour (theme, WEFT_ROLE_ERROR)),
                         >=, 4.5);
      for (guint i = 0; i < G_N_ELEMENTS (families); i++)
        g_assert_cmpfloat (contrast (white, weft_theme_family (theme, families[i])), >=,
                           theme >= WEFT_THEME_CONTRAST_LIGHT ? 7 : 3);
      for (WeftRole role = WEFT_ROLE_WIRE_FLOAT; role <= WEFT_ROLE_WIRE_SCALAR; role++)
        g_assert_cmpfloat (
          contrast (weft_theme_colour (theme, WEFT_ROLE_CANVAS), weft_theme_colour (theme, role)),
          >=, 3);
    }
}

static void
test_families (void)
{
  WeftColour math = weft_theme_family (WEFT_THEME_LIGHT, "math");
  WeftColour unknown = weft_theme_family (WEFT_THEME_LIGHT, "no such family");
  WeftColour none = weft_theme_family (WEFT_THEME_LIGHT, NULL);
  WeftColour loss = weft_theme_family (WEFT_THEME_LIGHT, "loss");

  g_assert_true (memcmp (&math, &unknown, sizeof math) == 0 &&
                 memcmp (&math, &none, sizeof math) == 0);
  g_assert_true (memcmp (&math, &loss, sizeof math) != 0);
}

/* ---- Wires ---- */

static void
test_curve (void)
{
  WeftCurve curve = weft_wire_curve (0, 0, 200, 100);
  WeftCurve back = weft_wire_curve (200, 0, 0, 0);
  WeftPoint middle = weft_curve_at (&curve, 0.5);
  WeftRect  bounds = weft_curve_bounds (&back);

  g_assert_cmpfloat_with_epsilon (middle.x, 100, 1e-9);
  g_assert_cmpfloat_with_epsilon (middle.y, 50, 1e-9);
  g_assert_cmpfloat (weft_curve_distance (&curve, 100, 50), <, 0.5);
  g_assert_cmpfloat (weft_curve_distance (&curve, 0, 0), <, 1e-9);
  g_assert_cmpfloat_with_epsilon (weft_curve_distance (&curve, -10, 0), 10, 1e-6);
  g_assert_cmpfloat (weft_curve_distance (&curve, 100, 0), >, 30);
  /* A wire that goes back leaves to the right all the same. */
  g_assert_cmpfloat (back.p[1].x, >, 220);
  g_assert_cmpfloat (back.p[2].x, <, -20);
  for (guint i = 0; i <= 100; i++)
    {
      WeftPoint at = weft_curve_at (&back, i / 100.0);

      g_assert_cmpfloat (at.x, >=, bounds.x);
      g_assert_cmpfloat (at.x, <=, bounds.x + bounds.width);
    }
}

static WeftType
make_type (WeftDType dtype, guint rank)
{
  WeftType type = { .dtype = dtype, .shape = weft_shape (0) };

  type.shape.rank = rank;
  for (guint i = 0; i < rank; i++)
    type.shape.dims[i] = weft_dim (64);
  return type;
}

static void
test_stroke (void)
{
  WeftType f32 = make_type (WEFT_F32, 2), i32 = make_type (WEFT_I32, 1),
           bits = make_type (WEFT_BOOL, 1), scalar = make_type (WEFT_F32, 0);
  WeftStroke real = weft_wire_stroke (WEFT_THEME_LIGHT, &f32);
  WeftStroke count = weft_wire_stroke (WEFT_THEME_LIGHT, &i32);
  WeftStroke logic = weft_wire_stroke (WEFT_THEME_LIGHT, &bits);
  WeftStroke thin = weft_wire_stroke (WEFT_THEME_LIGHT, &scalar);
  WeftStroke unknown = weft_wire_stroke (WEFT_THEME_LIGHT, NULL);

  g_assert_cmpint (real.dash, ==, WEFT_DASH_NONE);
  g_assert_cmpint (count.dash, ==, WEFT_DASH_LONG);
  g_assert_cmpint (logic.dash, ==, WEFT_DASH_DOTS);
  g_assert_cmpfloat (real.width, >, thin.width);
  g_assert_true (memcmp (&real.colour, &count.colour, sizeof real.colour) != 0);
  g_assert_true (memcmp (&unknown.colour, &thin.colour, sizeof real.colour) != 0);
  g_assert_cmpfloat (weft_wire_stroke (WEFT_THEME_CONTRAST_LIGHT, &scalar).width, >=, 2);
}

static void
test_label (void)
{
  g_autoptr (WeftStyle) style = weft_style_new (NULL, WEFT_THEME_LIGHT);
  WeftWire wire = { 1, 2, "y", "x" };
  g_autoptr (WeftWireArt) art = weft_wire_art_new (&wire);
  WeftType type = make_type (WEFT_F32, 2);
  WeftType scalar = make_type (WEFT_F32, 0);
  WeftRect cards[2] = { { 0, 0, 100, 100 }, { 230, 0, 100, 100 } };
  WeftRect wall = { -1000, -1000, 3000, 3000 };

  g_assert_true (weft_wire_art_set_type (art, &type));
  g_assert_false (weft_wire_art_set_type (art, &type));
  g_assert_cmpstr (art->label, ==, "f32 (64, 64)");
  g_assert_cmpstr (art->short_label, ==, "(64, 64)");
  /* Wide enough for all, for the shape alone, for nothing. */
  weft_wire_art_set_ends (art, 100, 50, 230, 50);
  weft_wire_art_place_label (art, style, cards, 2);
  g_assert_true (art->shown == art->label);
  g_assert_false (weft_rect_overlaps (&art->label_rect, &cards[0]) ||
                  weft_rect_overlaps (&art->label_rect, &cards[1]));
  cards[1].x = 182;
  weft_wire_art_set_ends (art, 100, 50, 182, 50);
  weft_wire_art_place_label (art, style, cards, 2);
  g_assert_true (art->shown == art->short_label);
  weft_wire_art_place_label (art, style, &wall, 1);
  g_assert_null (art->shown);
  weft_wire_art_force_label (art, style);
  g_assert_true (art->shown == art->label);
  g_assert_true (weft_wire_art_set_type (art, &scalar));
  g_assert_cmpstr (art->label, ==, "f32");
  g_assert_null (art->short_label);
  g_assert_true (weft_wire_art_set_type (art, NULL));
  g_assert_null (art->label);
}

/* ---- Cards ---- */

static WeftNodeArt *
make_art (WeftDocument *document, const char *id, WeftStyle *style)
{
  const WeftNode *node = weft_document_node_by_id (document, id);
  WeftNodeArt    *art;

  g_assert_nonnull (node);
  art = weft_node_art_new (document, NULL, node->uid, NULL, style);
  g_assert_nonnull (art);
  return art;
}

static void
test_card (void)
{
  g_autoptr (WeftDocument) document = make_model ();
  g_autoptr (WeftStyle) style = weft_style_new (NULL, WEFT_THEME_LIGHT);
  g_autoptr (WeftNodeArt) hidden = make_art (document, "hidden", style);
  g_autoptr (WeftNodeArt) penalty = make_art (document, "penalty", style);
  gint x = weft_node_art_find_input (hidden, "x");
  gint y = weft_node_art_find_output (hidden, "y");

  g_assert_cmpstr (hidden->title, ==, "hidden");
  g_assert_cmpstr (hidden->kind, ==, "Dense");
  g_assert_cmpstr (hidden->family, ==, "layer");
  g_assert_cmpint (x, >=, 0);
  g_assert_cmpint (y, >=, 0);
  g_assert_cmpint (weft_node_art_find_input (hidden, "no such port"), ==, -1);
  g_assert_cmpfloat (hidden->inputs[x].x, ==, 0);
  g_assert_cmpfloat (hidden->outputs[y].x, ==, hidden->width);
  g_assert_cmpfloat (hidden->inputs[x].y, >, hidden->header_height);
  g_assert_cmpfloat (hidden->outputs[hidden->n_outputs - 1].y, <, hidden->height);
  g_assert_cmpfloat (fmod (hidden->width, 10), ==, 0);
  g_assert_cmpuint (hidden->n_rows, >=, 1);
  g_assert_cmpstr (hidden->rows[0].label, ==, "units");
  g_assert_cmpstr (hidden->rows[0].value, ==, "128");
  g_assert_cmpuint (penalty->n_rows, ==, 1);
  g_assert_cmpstr (penalty->rows[0].value, ==, "1e-4 * sum(W**2)");
  g_assert_cmpfloat (penalty->rows_y + penalty->row_height * penalty->n_rows, <=, penalty->height);
  g_assert_null (weft_node_art_new (document, NULL, G_MAXUINT32, NULL, style));
}

static void
test_card_size (void)
{
  g_autoptr (WeftDocument) document = make_model ();
  g_autoptr (WeftStyle) style = weft_style_new (NULL, WEFT_THEME_LIGHT);
  g_autoptr (WeftNodeArt) narrow = make_art (document, "hidden", style);
  g_autoptr (WeftNodeArt) wide = NULL;
  g_autoptr (WeftNodeArt) large = NULL;
  g_autoptr (WeftNodeArt) tall = NULL;
  WeftNodeExtras extras = { .badge = (char *) "0.083", .n_bars = 1, .bars = (float[1]){ 1 } };
  g_autoptr (GError) error = NULL;
  guint32  uid = weft_document_node_by_id (document, "hidden")->uid;
  WeftRect ink;

  tall = weft_node_art_new (document, NULL, uid, &extras, style);
  g_assert_cmpfloat (tall->height, >, narrow->height + 20);
  ink = weft_node_art_ink (tall, style);
  g_assert_cmpfloat (ink.x + ink.width, >, tall->width);
  weft_document_rename_node (document, uid, "a_long_name_for_a_hidden_layer", &error);
  g_assert_no_error (error);
  wide = make_art (document, "a_long_name_for_a_hidden_layer", style);
  g_assert_cmpfloat (wide->width, >, narrow->width);
  g_assert_cmpfloat (wide->width, <=, 300);
  style->scale = 2;
  large = make_art (document, "a_long_name_for_a_hidden_layer", style);
  g_assert_cmpfloat (large->height, >, 1.8 * wide->height);
}

static void
test_detail (void)
{
  g_assert_cmpint (weft_detail_for_zoom (1), ==, WEFT_DETAIL_FULL);
  g_assert_cmpint (weft_detail_for_zoom (0.5), ==, WEFT_DETAIL_PORTS);
  g_assert_cmpint (weft_detail_for_zoom (0.34), ==, WEFT_DETAIL_BLOCK);
}

/* ---- Pictures ---- */

static char *
temporary (const char *name)
{
  g_autofree char *folder = g_dir_make_tmp ("weft-render-XXXXXX", NULL);

  g_assert_nonnull (folder);
  return g_build_filename (folder, name, NULL);
}

static void
remove_temporary (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);

  g_unlink (path);
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static GBytes *
render (WeftDocument *document, const char *name, const WeftRenderOptions *options)
{
  g_autofree char *path = temporary (name);
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  g_assert_true (weft_render_file (document, NULL, path, options, &error));
  g_assert_no_error (error);
  bytes = weft_file_read (path, 64 << 20, &error);
  g_assert_no_error (error);
  remove_temporary (path);
  return bytes;
}

static gboolean
starts_with (GBytes *bytes, const char *text)
{
  gsize       size;
  const void *data = g_bytes_get_data (bytes, &size);

  return size > strlen (text) && memcmp (data, text, strlen (text)) == 0;
}

static guint32
big_endian (GBytes *bytes, gsize at)
{
  const guint8 *data = g_bytes_get_data (bytes, NULL);

  return (guint32) data[at] << 24 | (guint32) data[at + 1] << 16 | (guint32) data[at + 2] << 8 |
         data[at + 3];
}

static void
test_formats (void)
{
  g_autoptr (WeftDocument) document = make_model ();
  g_autoptr (GBytes) svg = render (document, "a.svg", NULL);
  g_autoptr (GBytes) pdf = render (document, "a.PDF", NULL);
  g_autoptr (GBytes) png = render (document, "a.png", NULL);
  g_autoptr (GBytes) small = render (document, "a.png", &(WeftRenderOptions){ .scale = 1 });
  guint32 two = big_endian (png, 16), one = big_endian (small, 16);

  g_assert_true (starts_with (svg, "<?xml"));
  g_assert_true (starts_with (pdf, "%PDF"));
  g_assert_true (starts_with (png, "\x89PNG"));
  g_assert_cmpuint (one, >, 700);
  g_assert_cmpuint (ABS ((int) two - 2 * (int) one), <=, 1);
}

/* What is drawn where: the header's colour, the ground, nothing where the ground is left out. */
static guint32
pixel (cairo_surface_t *surface, int x, int y)
{
  const guint8 *row = cairo_image_surface_get_data (surface) +
                      (gsize) y * (gsize) cairo_image_surface_get_stride (surface);

  return ((const guint32 *) (gconstpointer) row)[x];
}

static guint32
to_pixel (WeftColour colour)
{
  return 0xff000000u | (guint32) lroundf (colour.red * 255) << 16 |
         (guint32) lroundf (colour.green * 255) << 8 | (guint32) lroundf (colour.blue * 255);
}

static cairo_surface_t *
draw (WeftDocument *document, const WeftRenderOptions *options, int width, int height)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_t         *cr = cairo_create (surface);

  weft_render_cairo (document, NULL, cr, width, height, options);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  return surface;
}

static void
test_pixels (void)
{
  g_autoptr (WeftDocument) document = weft_document_new ();
  g_autoptr (GError) error = NULL;
  cairo_surface_t *surface;
  guint32          uid = weft_document_add_node (document, "tanh", "t", NULL, 0, 0, &error);
  int              x = 200, y = 100;
  guint32          header = to_pixel (weft_theme_family (WEFT_THEME_DARK, "math"));
  gboolean         found = FALSE;

  g_assert_no_error (error);
  surface =
    draw (document, &(WeftRenderOptions){ .theme = WEFT_THEME_DARK, .nodes = &uid, .n_nodes = 1 },
          400, 200);
  for (y = 0; y < 200 && !found; y++)
    found = pixel (surface, x, y) == header;
  g_assert_true (found);
  g_assert_cmphex (pixel (surface, 200, y - 20), ==,
                   to_pixel (weft_theme_colour (WEFT_THEME_DARK, WEFT_ROLE_CANVAS)));
  cairo_surface_destroy (surface);
  surface = draw (document, &(WeftRenderOptions){ .transparent = TRUE }, 400, 200);
  g_assert_cmphex (pixel (surface, 2, 2), ==, 0);
  cairo_surface_destroy (surface);
}

static void
test_selection (void)
{
  g_autoptr (WeftDocument) document = make_model ();
  guint32 uid = weft_document_node_by_id (document, "hidden")->uid;
  g_autoptr (GBytes) all = render (document, "a.png", NULL);
  g_autoptr (GBytes) part =
    render (document, "a.png", &(WeftRenderOptions){ .nodes = &uid, .n_nodes = 1 });
  g_autoptr (WeftDocument) empty = weft_document_new ();
  g_autoptr (GBytes) nothing = render (empty, "a.svg", NULL);

  g_assert_cmpuint (big_endian (part, 16), <, big_endian (all, 16) / 2);
  g_assert_true (starts_with (nothing, "<?xml"));
}

static void
test_refusals (void)
{
  g_autoptr (WeftDocument) document = make_model ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = temporary ("a.gif");

  g_assert_false (weft_render_file (document, NULL, path, NULL, &error));
  g_assert_error (error, WEFT_RENDER_ERROR, WEFT_RENDER_ERROR_FORMAT);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_clear_error (&error);
  remove_temporary (path);
  g_assert_false (weft_render_file (document, NULL, "/no/such/folder/a.svg", NULL, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);
  weft_document_move_nodes (document, &weft_document_node_at (document, 0)->uid, 1, 1e6, 0);
  g_assert_false (weft_render_file (document, NULL, "/tmp/weft-never-written.png", NULL, &error));
  g_assert_error (error, WEFT_RENDER_ERROR, WEFT_RENDER_ERROR_SIZE);
}

static void
test_example (gconstpointer data)
{
  g_autofree char *path = g_build_filename (weft_data_dir (), "examples", data, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_load (path, &error);
  g_autoptr (GBytes) svg = NULL;
  g_autoptr (GBytes) pdf = NULL;
  g_autoptr (GBytes) png = NULL;

  g_assert_no_error (error);
  svg = render (document, "a.svg", NULL);
  pdf = render (document, "a.pdf", NULL);
  png = render (document, "a.png", &(WeftRenderOptions){ .theme = WEFT_THEME_DARK });
  g_assert_true (starts_with (svg, "<?xml") && starts_with (pdf, "%PDF") &&
                 starts_with (png, "\x89PNG"));
  /* Every card has a header and text: an empty picture would be much smaller. */
  g_assert_cmpuint (g_bytes_get_size (svg), >, 3000 * weft_document_n_nodes (document));
}

static void
add_examples (void)
{
  g_autofree char *folder = g_build_filename (weft_data_dir (), "examples", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (g_str_has_suffix (name, ".weft"))
      {
        g_autofree char *test = g_strdup_printf ("/draw/render/examples/%s", name);

        g_test_add_data_func_full (test, g_strdup (name), test_example, g_free);
      }
}

static void
test_parsed (void)
{
  g_autoptr (WeftDocument) document = parse (model);
  g_autoptr (GBytes) svg = render (document, "a.svg", NULL);

  g_assert_true (starts_with (svg, "<?xml"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/draw/theme/contrast", test_contrast);
  g_test_add_func ("/draw/theme/families", test_families);
  g_test_add_func ("/draw/wire/curve", test_curve);
  g_test_add_func ("/draw/wire/stroke", test_stroke);
  g_test_add_func ("/draw/wire/label", test_label);
  g_test_add_func ("/draw/card/contents", test_card);
  g_test_add_func ("/draw/card/size", test_card_size);
  g_test_add_func ("/draw/card/detail", test_detail);
  g_test_add_func ("/draw/render/formats", test_formats);
  g_test_add_func ("/draw/render/pixels", test_pixels);
  g_test_add_func ("/draw/render/selection", test_selection);
  g_test_add_func ("/draw/render/refusals", test_refusals);
  g_test_add_func ("/draw/render/parsed", test_parsed);
  add_examples ();
  return g_test_run ();
}

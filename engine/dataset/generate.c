/* Generated points: moons, spirals, circles, blobs and xor in the plane with a class each; a sine
 * and a rolled-up sheet in space with a number each.
 *
 * Point i has class i mod n, so the classes are as even as can be; its numbers depend on (seed, i)
 * alone. A new shape is a function and a row of the table below.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/readers-private.h"
#include "engine/tensor/philox.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

/* Streams of random numbers, apart from those of splits and batches. */
#define STREAM_PLACE 1
#define STREAM_NOISE 2

typedef struct
{
  guint class;
  guint  n_classes;
  double along;  /* uniform in [0, 1) */
  double across; /* uniform in [0, 1) */
  double target; /* out: what is to be predicted, where that is no class */
} Draw;

#define MAX_WIDTH 3
#define MAX_GENERATED_ROWS 10000000

/* The shapes of scikit-learn's make_moons and make_circles, and of CS231n's spirals. */
static void
place_moons (Draw *draw, double *point)
{
  double angle = G_PI * draw->along;

  point[0] = draw->class == 0 ? cos (angle) : 1 - cos (angle);
  point[1] = draw->class == 0 ? sin (angle) : 0.5 - sin (angle);
}

static void
place_spirals (Draw *draw, double *point)
{
  double angle = 4 * draw->along + 2 * G_PI * draw->class / draw->n_classes;

  point[0] = draw->along * sin (angle);
  point[1] = draw->along * cos (angle);
}

/* Rings around each other; the outer one has radius 1. */
static void
place_circles (Draw *draw, double *point)
{
  double radius = (double) (draw->n_classes - draw->class) / draw->n_classes;
  double angle = 2 * G_PI * draw->along;

  point[0] = radius * cos (angle);
  point[1] = radius * sin (angle);
}

/* Centres on the unit circle; only the noise spreads the points. */
static void
place_blobs (Draw *draw, double *point)
{
  double angle = 2 * G_PI * draw->class / draw->n_classes;

  point[0] = cos (angle);
  point[1] = sin (angle);
}

/* Four squares; the class is whether the signs of the coordinates differ. */
static void
place_xor (Draw *draw, double *point)
{
  point[0] = 2 * draw->along - 1;
  point[1] = draw->across;
  if ((point[0] < 0) != (draw->class == 1))
    point[1] = -point[1];
}

/* x over four half waves; the noise is on y alone. */
static void
place_sine (Draw *draw, double *point)
{
  point[0] = 4 * G_PI * (draw->along - 0.5);
  draw->target = sin (point[0]);
}

/* scikit-learn's make_swiss_roll; the target is the place along the sheet. */
static void
place_swiss_roll (Draw *draw, double *point)
{
  double angle = 1.5 * G_PI * (1 + 2 * draw->along);

  point[0] = angle * cos (angle);
  point[1] = 21 * draw->across;
  point[2] = angle * sin (angle);
  draw->target = angle;
}

typedef struct
{
  const char *name;
  guint       width;                        /* numbers of a point */
  guint       max_classes, default_classes; /* 0: a number is to be predicted */
  gboolean    noise_on_target;
  const char *features, *target; /* names of the columns */
  void (*place) (Draw *draw, double *point);
} Generator;

static const Generator generators[] = {
  { "moons", 2, 2, 2, FALSE, "features", "label", place_moons },
  { "spirals", 2, 100, 3, FALSE, "features", "label", place_spirals },
  { "circles", 2, 100, 2, FALSE, "features", "label", place_circles },
  { "blobs", 2, 100, 2, FALSE, "features", "label", place_blobs },
  { "xor", 2, 2, 2, FALSE, "features", "label", place_xor },
  { "sine", 1, 0, 0, TRUE, "x", "y", place_sine },
  { "swiss_roll", 3, 0, 0, FALSE, "features", "position", place_swiss_roll },
};

static const Generator *
find_generator (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (generators); i++)
    if (strcmp (generators[i].name, name) == 0)
      return &generators[i];
  return NULL;
}

static gboolean
fail_unknown (const char *name, GError **error)
{
  GString *all = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (generators); i++)
    g_string_append_printf (all, "%s%s", i > 0 ? ", " : "", generators[i].name);
  weft_spec_fail (error, _ ("data set: “generate” is “%s”; it must be one of %s"), name, all->str);
  g_string_free (all, TRUE);
  return FALSE;
}

gboolean
weft_generator_options (WeftDatasetSpec *spec, WeftJson *json, GError **error)
{
  const char      *name = weft_json_get_string (json, "generate", "");
  const Generator *generator = find_generator (name);
  gint64           classes = 0, seed;

  if (generator == NULL)
    return fail_unknown (name, error);
  spec->generator = g_strdup (name);
  spec->noise = weft_json_get_number (json, "noise", 0.1);
  if (!(spec->noise >= 0 && spec->noise <= 1e6))
    return weft_spec_fail (error, _ ("data set: “noise” must be from 0 to 1000000"));
  if (!weft_spec_in_range (json, "rows", 1, MAX_GENERATED_ROWS, 1000, &spec->n_rows, error) ||
      !weft_spec_in_range (json, "seed", G_MININT64, G_MAXINT64, 0, &seed, error))
    return FALSE;
  if (generator->max_classes == 0 && weft_json_get (json, "classes") != NULL)
    return weft_spec_fail (error, _ ("data set: “%s” has numbers to predict and no “classes”"),
                           name);
  if (generator->max_classes > 0 &&
      !weft_spec_in_range (json, "classes", 2, generator->max_classes, generator->default_classes,
                           &classes, error))
    return FALSE;
  spec->n_classes = (guint) classes;
  spec->seed = (guint64) seed;
  return TRUE;
}

void
weft_generator_columns (WeftDatasetSpec *spec)
{
  const Generator *generator = find_generator (spec->generator);

  weft_spec_add_column (spec, generator->features, WEFT_F32, generator->width, NULL);
  if (spec->n_classes > 0)
    weft_spec_add_column (spec, generator->target, WEFT_I32, 0,
                          weft_number_classes (spec->n_classes));
  else
    weft_spec_add_column (spec, generator->target, WEFT_F32, 1, NULL);
}

static void
make_point (
  const WeftDatasetSpec *spec, const Generator *generator, gint64 i, Draw *draw, float *out)
{
  double place[2], noise[MAX_WIDTH + 1], point[MAX_WIDTH];
  guint  n_noise =
    (generator->width + 1) & ~1U; /* two a block: the plane's draws stay as they are */

  weft_philox_uniform_f64 (spec->seed, STREAM_PLACE, 2 * (guint64) i, 2, place);
  weft_philox_normal_f64 (spec->seed, STREAM_NOISE, n_noise * (guint64) i, n_noise, noise);
  draw->along = place[0];
  draw->across = place[1];
  generator->place (draw, point);
  for (guint k = 0; k < generator->width; k++)
    out[k] = (float) (point[k] + (generator->noise_on_target ? 0 : spec->noise * noise[k]));
  if (generator->noise_on_target)
    draw->target += spec->noise * noise[0];
}

/* Errors: #WEFT_TENSOR_ERROR_TOO_LARGE. */
WeftTable *
weft_generate (WeftDatasetSpec       *spec,
               const WeftSourceFiles *files,
               GCancellable          *cancellable,
               GError               **error)
{
  g_autoptr (WeftTable) table = weft_table_new (2);
  const Generator *generator = find_generator (spec->generator);
  gboolean         classes = spec->n_classes > 0;
  gint64           shape[] = { spec->n_rows, generator->width }, one[] = { spec->n_rows, 1 };
  float           *points;

  table->n_rows = spec->n_rows;
  table->arrays[0] = weft_array_try_new (WEFT_F32, 2, shape, error);
  if (table->arrays[0] == NULL)
    return NULL;
  table->arrays[1] =
    weft_array_try_new (classes ? WEFT_I32 : WEFT_F32, classes ? 1 : 2, one, error);
  if (table->arrays[1] == NULL)
    return NULL;
  table->strides[0] = generator->width;
  table->strides[1] = 1;
  points = table->arrays[0]->data;
  for (gint64 i = 0; i < spec->n_rows; i++)
    {
      Draw draw = { .class = classes ? (guint) (i % spec->n_classes) : 0,
                    .n_classes = spec->n_classes };

      make_point (spec, generator, i, &draw, points + generator->width * i);
      if (classes)
        ((gint32 *) table->arrays[1]->data)[i] = (gint32) draw.class;
      else
        ((float *) table->arrays[1]->data)[i] = (float) draw.target;
    }
  return g_steal_pointer (&table);
}

/* Generated points of the plane with a class each: moons, spirals, circles, blobs, xor.
 *
 * Point i has class i mod n, so the classes are as even as can be; its numbers depend on (seed, i)
 * alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/dataset-private.h"
#include "engine/tensor/philox.h"

#include <math.h>
#include <string.h>

/* Streams of random numbers, apart from those of splits and batches. */
#define STREAM_PLACE 1
#define STREAM_NOISE 2

typedef struct
{
  guint class;
  guint  n_classes;
  double along;  /* uniform in [0, 1) */
  double across; /* uniform in [0, 1) */
} Draw;

/* The shapes of scikit-learn's make_moons and make_circles, and of CS231n's spirals. */
static void
place_moons (const Draw *draw, double point[2])
{
  double angle = G_PI * draw->along;

  point[0] = draw->class == 0 ? cos (angle) : 1 - cos (angle);
  point[1] = draw->class == 0 ? sin (angle) : 0.5 - sin (angle);
}

static void
place_spirals (const Draw *draw, double point[2])
{
  double angle = 4 * draw->along + 2 * G_PI * draw->class / draw->n_classes;

  point[0] = draw->along * sin (angle);
  point[1] = draw->along * cos (angle);
}

/* Rings around each other; the outer one has radius 1. */
static void
place_circles (const Draw *draw, double point[2])
{
  double radius = (double) (draw->n_classes - draw->class) / draw->n_classes;
  double angle = 2 * G_PI * draw->along;

  point[0] = radius * cos (angle);
  point[1] = radius * sin (angle);
}

/* Centres on the unit circle; only the noise spreads the points. */
static void
place_blobs (const Draw *draw, double point[2])
{
  double angle = 2 * G_PI * draw->class / draw->n_classes;

  point[0] = cos (angle);
  point[1] = sin (angle);
}

/* Four squares; the class is whether the signs of the coordinates differ. */
static void
place_xor (const Draw *draw, double point[2])
{
  point[0] = 2 * draw->along - 1;
  point[1] = draw->across;
  if ((point[0] < 0) != (draw->class == 1))
    point[1] = -point[1];
}

typedef void (*Place) (const Draw *draw, double point[2]);

const char *const  weft_generators[] = { "moons", "spirals", "circles", "blobs", "xor", NULL };
static const Place places[] = { place_moons, place_spirals, place_circles, place_blobs, place_xor };

static Place
find_place (const char *name)
{
  guint i = 0;

  while (strcmp (weft_generators[i], name) != 0)
    i++; /* the specification was checked */
  return places[i];
}

/* Errors: #WEFT_TENSOR_ERROR_TOO_LARGE. */
WeftTable *
weft_generate (WeftDatasetSpec *spec, GError **error)
{
  g_autoptr (WeftTable) table = weft_table_new (2);
  Place   place = find_place (spec->generator);
  gint64  shape[] = { spec->n_rows, 2 };
  float  *points;
  gint32 *labels;

  table->n_rows = spec->n_rows;
  table->arrays[0] = weft_array_try_new (WEFT_F32, 2, shape, error);
  if (table->arrays[0] == NULL)
    return NULL;
  table->arrays[1] = weft_array_try_new (WEFT_I32, 1, shape, error);
  if (table->arrays[1] == NULL)
    return NULL;
  table->strides[0] = 2;
  table->strides[1] = 1;
  points = table->arrays[0]->data;
  labels = table->arrays[1]->data;
  for (gint64 i = 0; i < spec->n_rows; i++)
    {
      Draw   draw = { .class = (guint) (i % spec->n_classes), .n_classes = spec->n_classes };
      double place_bits[2], noise[2], point[2];

      weft_philox_uniform_f64 (spec->seed, STREAM_PLACE, 2 * (guint64) i, 2, place_bits);
      weft_philox_normal_f64 (spec->seed, STREAM_NOISE, 2 * (guint64) i, 2, noise);
      draw.along = place_bits[0];
      draw.across = place_bits[1];
      place (&draw, point);
      points[2 * i] = (float) (point[0] + spec->noise * noise[0]);
      points[2 * i + 1] = (float) (point[1] + spec->noise * noise[1]);
      labels[i] = (gint32) draw.class;
    }
  return g_steal_pointer (&table);
}

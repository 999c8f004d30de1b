/* Transforms of each row when it is given out: crop, flip, rotate, noise, n-grams, padding.
 *
 * What they draw depends on (seed, epoch, row, transform) alone, so a run that is resumed draws the
 * same. Without an epoch nothing is random: the crop is the middle, the rest leaves the row alone.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/dataset/source-private.h"
#include "engine/dataset/transform-private.h"
#include "engine/tensor/philox.h"

#include <math.h>
#include <string.h>
#include <glib/gi18n-lib.h>

/* Epoch e of transform t is stream STREAM_DRAWS + e * DRAWERS + t, apart from all others. */
#define STREAM_DRAWS ((guint64) 0x64726177 << 32)
#define DRAWERS 256
/* Numbers that a row may take from its stream; noise takes more and counts in whole rows. */
#define NUMBERS_A_ROW 4

static guint64
stream_of (const WeftDraw *draw)
{
  return STREAM_DRAWS + draw->epoch->epoch * DRAWERS + draw->step % DRAWERS;
}

void
weft_draw_uniform (const WeftDraw *draw, gsize n, double *out)
{
  weft_philox_uniform_f64 (draw->epoch->seed, stream_of (draw), draw->row * NUMBERS_A_ROW, n, out);
}

void
weft_draw_normal (const WeftDraw *draw, gsize n, float *out)
{
  guint64 room = (n + 3) / 4 * 4;

  weft_philox_normal_f32 (draw->epoch->seed, stream_of (draw), draw->row * room, n, out);
}

static gint64
count (const WeftTransform *step)
{
  gint64 n = 1;

  for (guint i = 0; i < step->rank; i++)
    n *= step->shape[i];
  return n;
}

/* ---- Types ---- */

/* Pictures are [height, width] or [height, width, colours]. */
static gboolean
check_picture (WeftDatasetSpec *spec, const WeftTransform *step, GError **error)
{
  if (step->rank == 2 || step->rank == 3)
    return TRUE;
  return weft_spec_fail (error,
                         _ ("data set: “%s” is for pictures of shape [height, width] or [height, "
                            "width, colours], which column “%s” does not have"),
                         step->kind->name, spec->columns[step->column].name);
}

/* A number member from @low to @high. */
static gboolean
read_number (WeftJson   *json,
             const char *where,
             const char *key,
             double      low,
             double      high,
             double      otherwise,
             double     *value,
             GError    **error)
{
  *value = weft_json_get_number (json, key, weft_json_get (json, key) == NULL ? otherwise : NAN);
  return (*value >= low && *value <= high) ||
         weft_spec_fail (error, _ ("data set: “%s%s” must be a number from %g to %g"), where, key,
                         low, high);
}

/* Numbers between those of a row come up: they are floats from here on. */
static gboolean
make_float (WeftDatasetSpec *spec, const WeftTransform *step, GError **error)
{
  WeftColumn *column = &spec->columns[step->column];

  if (column->classes != NULL)
    return weft_spec_fail (error, _ ("data set: column “%s” holds classes; “%s” is for numbers"),
                           column->name, step->kind->name);
  column->dtype = WEFT_F32;
  return TRUE;
}

gboolean
weft_crop_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  WeftColumn *column = &spec->columns[step->column];
  WeftJson   *size = weft_json_get (json, "size");

  if (!check_picture (spec, step, error) ||
      !weft_spec_in_range (json, "pad", 0, 4096, 0, &step->n[2], error))
    return FALSE;
  step->flag = weft_json_get_bool (json, "random", TRUE);
  for (guint i = 0; i < 2; i++)
    {
      step->n[i] = weft_json_int (weft_json_at (size, i), -1);
      if (weft_json_length (size) != 2 || step->n[i] < 1 ||
          step->n[i] > step->shape[i] + 2 * step->n[2])
        return weft_spec_fail (error,
                               _ ("data set: “%ssize” must be [height, width], no larger than the "
                                  "picture with its “pad”"),
                               where);
      column->shape[i] = step->n[i];
    }
  return TRUE;
}

gboolean
weft_flip_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  const char *axis = weft_json_get_string (json, "axis", "horizontal");

  step->flag = strcmp (axis, "horizontal") == 0;
  if (!step->flag && strcmp (axis, "vertical") != 0)
    return weft_spec_fail (error, _ ("data set: “%saxis” must be horizontal or vertical"), where);
  return check_picture (spec, step, error) &&
         read_number (json, where, "chance", 0, 1, 0.5, &step->by, error);
}

gboolean
weft_rotate_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  return check_picture (spec, step, error) && make_float (spec, step, error) &&
         read_number (json, where, "degrees", 0, 180, 15, &step->by, error);
}

gboolean
weft_noise_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  return make_float (spec, step, error) &&
         read_number (json, where, "deviation", 0, 1e6, 0.1, &step->by, error);
}

gboolean
weft_ngrams_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  WeftColumn *column = &spec->columns[step->column];

  if (step->rank < 1 || step->rank + 1 >= WEFT_MAX_RANK)
    return weft_spec_fail (error, _ ("data set: “ngrams” needs rows of several items, which column "
                                     "“%s” does not have"),
                           column->name);
  if (!weft_spec_in_range (json, "n", 1, step->shape[0], 2, &step->n[0], error))
    return FALSE;
  memmove (column->shape + 2, column->shape + 1, (column->rank - 1) * sizeof column->shape[0]);
  column->shape[0] = step->shape[0] - step->n[0] + 1;
  column->shape[1] = step->n[0];
  column->rank++;
  return TRUE;
}

gboolean
weft_pad_type (
  WeftDatasetSpec *spec, WeftTransform *step, WeftJson *json, const char *where, GError **error)
{
  WeftColumn *column = &spec->columns[step->column];

  if (step->rank < 1)
    return weft_spec_fail (error, _ ("data set: “pad” needs rows of several items, which column "
                                     "“%s” does not have"),
                           column->name);
  if (!weft_spec_in_range (json, "length", step->shape[0], 65536, -1, &step->n[0], error) ||
      !read_number (json, where, "value", -1e9, 1e9, 0, &step->by, error))
    return FALSE;
  if (column->classes != NULL &&
      !(step->by >= 0 && step->by < (double) g_strv_length (column->classes) &&
        step->by == floor (step->by)))
    return weft_spec_fail (error, _ ("data set: “%svalue” must be one of the classes' numbers"),
                           where);
  column->shape[0] = step->n[0];
  return TRUE;
}

/* ---- Drawing ---- */

void
weft_draw_crop (const WeftTransform *step, const WeftDraw *draw, const void *in, void *out)
{
  gint64 pad = step->n[2], colours = step->rank == 3 ? step->shape[2] : 1;
  gint64 free_y = step->shape[0] + 2 * pad - step->n[0];
  gint64 free_x = step->shape[1] + 2 * pad - step->n[1];
  gint64 top = free_y / 2 - pad, left = free_x / 2 - pad;
  gsize  size = weft_dtype_size (draw->dtype) * (gsize) colours;

  if (draw->epoch != NULL && step->flag)
    {
      double place[2];

      weft_draw_uniform (draw, 2, place);
      top = (gint64) (place[0] * (double) (free_y + 1)) - pad;
      left = (gint64) (place[1] * (double) (free_x + 1)) - pad;
    }
  memset (out, 0, (gsize) (step->n[0] * step->n[1]) * size);
  for (gint64 y = 0; y < step->n[0]; y++)
    {
      gint64 from = MAX (0, -left), to = MIN (step->n[1], step->shape[1] - left);

      if (top + y >= 0 && top + y < step->shape[0] && from < to)
        memcpy ((char *) out + (gsize) (y * step->n[1] + from) * size,
                (const char *) in + (gsize) ((top + y) * step->shape[1] + left + from) * size,
                (gsize) (to - from) * size);
    }
}

void
weft_draw_flip (const WeftTransform *step, const WeftDraw *draw, const void *in, void *out)
{
  gint64 height = step->shape[0], width = step->shape[1];
  gsize  size = weft_dtype_size (draw->dtype) * (gsize) (step->rank == 3 ? step->shape[2] : 1);
  double chance = 1;

  if (draw->epoch != NULL)
    weft_draw_uniform (draw, 1, &chance);
  if (chance >= step->by)
    {
      memcpy (out, in, (gsize) (height * width) * size);
      return;
    }
  for (gint64 y = 0; y < height; y++)
    for (gint64 x = 0; x < width; x++)
      {
        gint64 from = step->flag ? y * width + (width - 1 - x) : (height - 1 - y) * width + x;

        memcpy ((char *) out + (gsize) (y * width + x) * size,
                (const char *) in + (gsize) from * size, size);
      }
}

/* The picture's number at a place between pixels; nothing outside. */
static float
sample (const WeftTransform *step, const float *in, double y, double x, gint64 colour)
{
  gint64 colours = step->rank == 3 ? step->shape[2] : 1;
  gint64 top = (gint64) floor (y), left = (gint64) floor (x);
  double sum = 0;

  for (gint64 i = top; i <= top + 1; i++)
    for (gint64 k = left; k <= left + 1; k++)
      if (i >= 0 && i < step->shape[0] && k >= 0 && k < step->shape[1])
        sum += (1 - fabs (y - (double) i)) * (1 - fabs (x - (double) k)) *
               (double) in[(i * step->shape[1] + k) * colours + colour];
  return (float) sum;
}

void
weft_draw_rotate (const WeftTransform *step, const WeftDraw *draw, const void *in, void *out)
{
  gint64 height = step->shape[0], width = step->shape[1];
  gint64 colours = step->rank == 3 ? step->shape[2] : 1;
  double middle_y = (double) (height - 1) / 2, middle_x = (double) (width - 1) / 2;
  double turn = 0.5, angle;

  if (draw->epoch != NULL)
    weft_draw_uniform (draw, 1, &turn);
  angle = (2 * turn - 1) * step->by * G_PI / 180;
  for (gint64 y = 0; y < height; y++)
    for (gint64 x = 0; x < width; x++)
      {
        double dy = (double) y - middle_y, dx = (double) x - middle_x;
        double from_y = middle_y + cos (angle) * dy + sin (angle) * dx;
        double from_x = middle_x - sin (angle) * dy + cos (angle) * dx;

        for (gint64 k = 0; k < colours; k++)
          ((float *) out)[(y * width + x) * colours + k] = sample (step, in, from_y, from_x, k);
      }
}

void
weft_draw_noise (const WeftTransform *step, const WeftDraw *draw, const void *in, void *out)
{
  gint64 n = count (step);
  float *to = out;

  memcpy (out, in, (gsize) n * sizeof *to);
  if (draw->epoch == NULL)
    return;
  {
    g_autofree float *noise = g_new (float, n);

    weft_draw_normal (draw, (gsize) n, noise);
    for (gint64 i = 0; i < n; i++)
      to[i] += (float) step->by * noise[i];
  }
}

void
weft_draw_ngrams (const WeftTransform *step, const WeftDraw *draw, const void *in, void *out)
{
  gsize item = weft_dtype_size (draw->dtype) * (gsize) (count (step) / step->shape[0]);
  gsize bytes = (gsize) step->n[0] * item;

  for (gint64 i = 0; i + step->n[0] <= step->shape[0]; i++)
    memcpy ((char *) out + (gsize) i * bytes, (const char *) in + (gsize) i * item, bytes);
}

void
weft_draw_pad (const WeftTransform *step, const WeftDraw *draw, const void *in, void *out)
{
  gint64 given = count (step), all = given / step->shape[0] * step->n[0];
  gsize  size = weft_dtype_size (draw->dtype);

  memcpy (out, in, (gsize) given * size);
  for (gint64 i = given; i < all; i++)
    weft_convert (draw->dtype, (char *) out + (gsize) i * size, WEFT_F64, &step->by, 1);
}

/* Events as TensorBoard reads them: a file of TFRecords, each an Event message.
 *
 * Source: the record format of tensorflow.org/tutorials/load_data/tfrecord (length, masked CRC-32C
 * of the length, data, masked CRC-32C of the data; little endian); event.proto and summary.proto
 * for the few fields that a scalar needs, in the wire format of Protocol Buffers. CRC-32C: RFC
 * 3720, appendix B.4.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/curves/curve-export.h"

#include "engine/base/file.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

/* The Castagnoli polynomial, bits reversed. */
#define POLYNOMIAL 0x82f63b78u

/* Wire types of Protocol Buffers, and field numbers of Event, Summary and Summary.Value. */
enum
{
  WIRE_VARINT = 0,
  WIRE_64 = 1,
  WIRE_BYTES = 2,
  WIRE_32 = 5,
};
enum
{
  EVENT_WALL_TIME = 1,
  EVENT_STEP = 2,
  EVENT_FILE_VERSION = 3,
  EVENT_SUMMARY = 5,
  SUMMARY_VALUE = 1,
  VALUE_TAG = 1,
  VALUE_SIMPLE = 2,
};

static guint32 *
new_table (void)
{
  guint32 *table = g_new (guint32, 256);
  for (guint32 i = 0; i < 256; i++)
    {
      guint32 crc = i;
      for (guint bit = 0; bit < 8; bit++)
        crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
      table[i] = crc;
    }
  return table;
}

/**
 * weft_crc32c:
 * @bytes: (array length=n): data
 * @n: how many
 *
 * Any thread.
 *
 * Returns: the checksum
 */
guint32
weft_crc32c (const guint8 *bytes, gsize n)
{
  static guint32 *table;
  guint32         crc = ~0u;
  if (g_once_init_enter (&table))
    g_once_init_leave (&table, new_table ());
  for (gsize i = 0; i < n; i++)
    crc = table[(crc ^ bytes[i]) & 0xff] ^ crc >> 8;
  return ~crc;
}

static guint32
mask (guint32 crc)
{
  return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

/* ---- Messages ---- */

static void
append_varint (GByteArray *message, guint64 value)
{
  do
    {
      guint8 byte = (guint8) ((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
      g_byte_array_append (message, &byte, 1);
      value >>= 7;
    }
  while (value > 0);
}

static void
append_key (GByteArray *message, guint field, guint wire)
{
  append_varint (message, (guint64) field << 3 | wire);
}

static void
append_double (GByteArray *message, guint field, double value)
{
  guint64 bits;
  memcpy (&bits, &value, sizeof bits);
  bits = GUINT64_TO_LE (bits);
  append_key (message, field, WIRE_64);
  g_byte_array_append (message, (const guint8 *) &bits, sizeof bits);
}

static void
append_float (GByteArray *message, guint field, float value)
{
  guint32 bits;
  memcpy (&bits, &value, sizeof bits);
  bits = GUINT32_TO_LE (bits);
  append_key (message, field, WIRE_32);
  g_byte_array_append (message, (const guint8 *) &bits, sizeof bits);
}

static void
append_bytes (GByteArray *message, guint field, const void *bytes, gsize n)
{
  append_key (message, field, WIRE_BYTES);
  append_varint (message, n);
  g_byte_array_append (message, bytes, (guint) n);
}

static void
append_record (GByteArray *file, const GByteArray *message)
{
  guint64 length = GUINT64_TO_LE ((guint64) message->len);
  guint32 of_length = GUINT32_TO_LE (mask (weft_crc32c ((const guint8 *) &length, sizeof length)));
  guint32 of_data = GUINT32_TO_LE (mask (weft_crc32c (message->data, message->len)));
  g_byte_array_append (file, (const guint8 *) &length, sizeof length);
  g_byte_array_append (file, (const guint8 *) &of_length, sizeof of_length);
  g_byte_array_append (file, message->data, message->len);
  g_byte_array_append (file, (const guint8 *) &of_data, sizeof of_data);
}

static void
append_scalar (GByteArray *file, const char *tag, double wall_time, gint64 step, double scalar)
{
  g_autoptr (GByteArray) value = g_byte_array_new ();
  g_autoptr (GByteArray) summary = g_byte_array_new ();
  g_autoptr (GByteArray) event = g_byte_array_new ();
  append_bytes (value, VALUE_TAG, tag, strlen (tag));
  append_float (value, VALUE_SIMPLE, (float) scalar);
  append_bytes (summary, SUMMARY_VALUE, value->data, value->len);
  append_double (event, EVENT_WALL_TIME, wall_time);
  append_key (event, EVENT_STEP, WIRE_VARINT);
  append_varint (event, (guint64) step);
  append_bytes (event, EVENT_SUMMARY, summary->data, summary->len);
  append_record (file, event);
}

static void
append_series (GByteArray           *file,
               const WeftChartTrack *track,
               const char           *name,
               const char           *part,
               const WeftSeries     *series,
               double                wall_time)
{
  g_autofree char *tag = g_strdup_printf ("%s/%s", name, part);
  for (guint i = 0; i < weft_series_n (series); i++)
    {
      double step = weft_series_x (series, i);
      append_scalar (file, tag,
                     wall_time + weft_clock_value (track->data->clock, WEFT_CLOCK_TIME, step),
                     (gint64) step, weft_series_y (series, i));
    }
}

/* The folder of track number @n in @folder: called by its title, and a number where tracks before
 * it are called so too. Owned. */
static char *
folder_of (const GArray *tracks, guint n, const char *folder)
{
  const char      *title = g_array_index (tracks, WeftChartTrack, n).title;
  g_autofree char *name = NULL;
  guint            before = 0;
  for (guint i = 0; i < n; i++)
    before += g_str_equal (g_array_index (tracks, WeftChartTrack, i).title, title);
  name = before > 0 ? g_strdup_printf ("%s (%u)", title, before + 1) : g_strdup (title);
  return g_build_filename (folder, g_strdelimit (name, "/\\", '-'), NULL);
}

static gboolean
write_track (const WeftChartTrack *track, const char *own, double wall_time, GError **error)
{
  static const char VERSION[] = "brain.Event:2";
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_autoptr (GByteArray) first = g_byte_array_new ();
  g_autofree char *name = g_strdup_printf ("events.out.tfevents.%010.0f.weft", floor (wall_time));
  g_autofree char *path = g_build_filename (own, name, NULL);
  append_double (first, EVENT_WALL_TIME, wall_time);
  append_bytes (first, EVENT_FILE_VERSION, VERSION, strlen (VERSION));
  append_record (file, first);
  for (guint i = 0; i < track->data->curves->len; i++)
    {
      const WeftRunCurve *curve = g_ptr_array_index (track->data->curves, i);
      append_series (file, track, curve->name, "train", curve->train, wall_time);
      append_series (file, track, curve->name, "validation", curve->validation, wall_time);
    }
  if (g_mkdir_with_parents (own, 0777) != 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno),
                   _ ("%s: cannot be made: %s"), own, g_strerror (errno));
      return FALSE;
    }
  return weft_file_write_atomic (path, file->data, file->len, error);
}

/**
 * weft_curves_write_tensorboard:
 * @tracks: (element-type WeftChartTrack): runs
 * @folder: made where it is not there
 * @wall_time: when they began, in seconds since 1970; 0: now
 *
 * Errors: G_FILE_ERROR
 */
gboolean
weft_curves_write_tensorboard (const GArray *tracks,
                               const char   *folder,
                               double        wall_time,
                               GError      **error)
{
  if (wall_time <= 0)
    wall_time = (double) g_get_real_time () / G_USEC_PER_SEC;
  for (guint i = 0; i < tracks->len; i++)
    {
      g_autofree char *own = folder_of (tracks, i, folder);
      if (!write_track (&g_array_index (tracks, WeftChartTrack, i), own, wall_time, error))
        return FALSE;
    }
  return TRUE;
}

/* Amounts of work for people.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/inspect/amounts.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

/* With two digits or more: "0.42", "6.1", "61", "610". */
static char *
dup_number (double number)
{
  int decimals = number == 0 ? 0 : number < 0.995 ? 2
                                 : number < 9.95  ? 1
                                                  : 0;
  return g_strdup_printf ("%.*f", decimals, number);
}

/* @units: by thousands, NULL after the last. */
static char *
dup_scaled (double number, const char *const *units)
{
  g_autofree char *text = NULL;
  guint            i = 0;
  while (number >= 999.5 && units[i + 1] != NULL)
    {
      number /= 1000;
      i++;
    }
  text = dup_number (number);
  return g_strdup_printf ("%s %s", text, units[i]);
}

/**
 * weft_amount_of_time:
 * @ns: nanoseconds
 *
 * Returns: (transfer full): the time for people
 */
char *
weft_amount_of_time (double ns)
{
  static const char *const units[] = { "µs", "ms", "s", NULL };
  return dup_scaled (ns / 1000, units);
}

/**
 * weft_amount_of_bytes:
 * @bytes: a number of bytes
 *
 * Returns: (transfer full): the same for people
 */
char *
weft_amount_of_bytes (double bytes)
{
  return g_format_size_full ((guint64) bytes, G_FORMAT_SIZE_IEC_UNITS);
}

/**
 * weft_amount_of_flops:
 * @flops: a number of operations
 *
 * Returns: (transfer full): the same for people
 */
char *
weft_amount_of_flops (double flops)
{
  static const char *const units[] = { "flop", "kflop", "Mflop", "Gflop", "Tflop", NULL };
  return dup_scaled (flops, units);
}

/**
 * weft_rate_of_flops:
 * @per_second: operations a second
 *
 * Returns: (transfer full): the same for people
 */
char *
weft_rate_of_flops (double per_second)
{
  static const char *const units[] = { "FLOP/s", "kFLOP/s", "MFLOP/s", "GFLOP/s", "TFLOP/s", NULL };
  return dup_scaled (per_second, units);
}

/**
 * weft_rate_of_bytes:
 * @per_second: bytes a second
 *
 * Returns: (transfer full): the same for people
 */
char *
weft_rate_of_bytes (double per_second)
{
  static const char *const units[] = { "B/s", "kB/s", "MB/s", "GB/s", "TB/s", NULL };
  return dup_scaled (per_second, units);
}

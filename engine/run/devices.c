/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/run/devices.h"

#include "engine/run/function.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_KINDS 4

static const WeftDeviceKind *kinds[MAX_KINDS];
static guint                 n_kinds;

void
weft_device_info_free (WeftDeviceInfo *info)
{
  g_free (info->word);
  g_free (info->name);
  g_free (info->problem);
  g_free (info);
}

void
weft_devices_add (const WeftDeviceKind *kind)
{
  for (guint i = 0; i < n_kinds; i++)
    if (kinds[i] == kind)
      return;
  g_return_if_fail (n_kinds < MAX_KINDS);
  kinds[n_kinds++] = kind;
}

GPtrArray *
weft_devices_list (char **why)
{
  GPtrArray       *all = g_ptr_array_new_with_free_func ((GDestroyNotify) weft_device_info_free);
  g_autofree char *reason = NULL;

  for (guint i = 0; i < n_kinds; i++)
    {
      g_autofree char *local = NULL;

      g_ptr_array_extend_and_steal (all, kinds[i]->list (&local));
      if (reason == NULL)
        reason = g_steal_pointer (&local);
    }
  if (all->len == 0 && why != NULL)
    *why = reason != NULL ? g_steal_pointer (&reason)
                          : g_strdup (_ ("this program knows no device but the CPU"));
  return all;
}

/* The kind that @word begins with, and the number that follows it; NULL: none. */
static const WeftDeviceKind *
find_kind (const char *word, guint *number)
{
  for (guint i = 0; i < n_kinds; i++)
    {
      gsize   length = strlen (kinds[i]->word);
      guint64 value = 0;

      if (!g_str_has_prefix (word, kinds[i]->word) ||
          (word[length] != '\0' &&
           (word[length] != ':' ||
            !g_ascii_string_to_unsigned (word + length + 1, 10, 0, G_MAXINT, &value, NULL))))
        continue;
      *number = (guint) value;
      return kinds[i];
    }
  return NULL;
}

gboolean
weft_devices_knows (const char *word)
{
  guint number;

  return g_str_equal (word, "cpu") || g_str_equal (word, "auto") ||
         find_kind (word, &number) != NULL;
}

WeftDevice *
weft_devices_open (const char *word, GError **error)
{
  guint                 number;
  const WeftDeviceKind *kind = find_kind (word, &number);

  if (kind != NULL)
    return kind->open (number, error);
  if (!weft_devices_knows (word))
    g_set_error (error, WEFT_RUN_ERROR, WEFT_RUN_ERROR_DEVICE,
                 _ ("there is no device “%s”; there are cpu, auto and cuda:NUMBER"), word);
  return NULL;
}

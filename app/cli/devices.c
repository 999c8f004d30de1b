/* weft-cli devices: what programs can run on.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "app/cli/cli.h"

#include "gpu/cuda-device.h"

#include <glib/gi18n.h>
#include <stdio.h>

static gboolean as_json;

static const GOptionEntry entries[] = {
  { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, N_ ("answer in JSON"), NULL }, { NULL }
};

static WeftJson *
to_json (guint number, const WeftCudaInfo *info)
{
  WeftJson        *json = weft_json_new_object ();
  g_autofree char *name = g_strdup_printf ("cuda:%u", number);
  g_autofree char *capability = g_strdup_printf ("%u.%u", info->major, info->minor);

  weft_json_set_string (json, "device", name);
  weft_json_set_string (json, "name", info->name);
  weft_json_set_int (json, "bytes", info->bytes);
  weft_json_set_string (json, "capability", capability);
  weft_json_set_int (json, "processors", info->processors);
  return json;
}

static int
answer_json (const GPtrArray *list, const char *why)
{
  WeftJson *json = weft_json_new_object (), *devices = weft_json_new_array (),
           *cpu = weft_json_new_object ();

  weft_json_set_string (cpu, "device", "cpu");
  weft_json_set_int (cpu, "threads", weft_pool_get_threads ());
  weft_json_append (devices, cpu);
  for (guint i = 0; i < list->len; i++)
    weft_json_append (devices, to_json (i, list->pdata[i]));
  weft_json_set (json, "devices", devices);
  if (weft_cuda_get_driver_version () != NULL)
    weft_json_set_string (json, "driver", weft_cuda_get_driver_version ());
  if (why != NULL)
    weft_json_set_string (json, "no_cuda", why);
  cli_answer (json);
  return CLI_DONE;
}

int
cli_devices (int argc, char **argv)
{
  g_autofree char *why = NULL;
  g_autoptr (GPtrArray) list = NULL;
  int code = cli_parse (&argc, &argv, entries);

  if (code >= 0)
    return code;
  if (argc > 1)
    return cli_say (CLI_CALL, _ ("%s is one word too many; weft-cli devices takes no names"),
                    argv[1]);
  list = weft_cuda_list (&why);
  if (as_json)
    return answer_json (list, why);
  printf (ngettext ("%-8s %u thread\n", "%-8s %u threads\n", weft_pool_get_threads ()), "cpu",
          weft_pool_get_threads ());
  for (guint i = 0; i < list->len; i++)
    {
      const WeftCudaInfo *info = list->pdata[i];
      g_autofree char    *name = g_strdup_printf ("cuda:%u", i);
      g_autofree char    *memory = g_format_size (info->bytes);

      printf (_ ("%-8s %s, %s, compute capability %u.%u, driver for CUDA %s\n"), name, info->name,
              memory, info->major, info->minor, weft_cuda_get_driver_version ());
    }
  if (list->len == 0)
    printf (_ ("%-8s none: %s\n"), "cuda", why);
  return CLI_DONE;
}

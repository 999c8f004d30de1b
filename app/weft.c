/* weft [FILE...]: the editor.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "gpu/cuda-device.h"
#include "ui/shared/free-later.h"
#include "ui/window/application.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <malloc.h>

/* A frame drawn by the processor takes and gives back buffers as large as the window: kept, their
 * pages are not cleared anew sixty times a second. */
static void
keep_frame_buffers (void)
{
  mallopt (M_MMAP_THRESHOLD, 32 << 20);
  mallopt (M_TRIM_THRESHOLD, 64 << 20);
}

int
main (int argc, char **argv)
{
  keep_frame_buffers ();
  setlocale (LC_ALL, "");
  const char *locales = g_getenv ("WEFT_LOCALE_DIR");
  bindtextdomain (GETTEXT_PACKAGE, locales != NULL ? locales : WEFT_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_application_name ("Weft");
  weft_cuda_add_kind ();
  g_autoptr (WeftApplication) application = weft_application_new ();
  int status = g_application_run (G_APPLICATION (application), argc, argv);
  /* What was trained writes its checkpoints after its window is gone. */
  weft_free_later_finish ();
  return status;
}

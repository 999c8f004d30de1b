/* What is selected on the canvas as source text on the clipboard: for NumPy, PyTorch and TeX.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/window/window-private.h"

#include "engine/document/source.h"

#include <glib/gi18n.h>

static const struct
{
  const char        *name;
  WeftSourceLanguage language;
  const char        *copied;
} LANGUAGES[] = {
  { "numpy", WEFT_SOURCE_NUMPY, N_ ("Copied as NumPy") },
  { "pytorch", WEFT_SOURCE_PYTORCH, N_ ("Copied as PyTorch") },
  { "tex", WEFT_SOURCE_TEX, N_ ("Copied as TeX") },
};

static void
copy_as (WeftWindow *window, guint which)
{
  g_autoptr (GError) error = NULL;
  guint            n = 0;
  guint32          node = 0;
  const guint32   *uids = weft_canvas_get_selection (window->canvas, &n);
  g_autofree char *text = weft_document_to_source (weft_window_get_shown (window), uids, n,
                                                   LANGUAGES[which].language, &node, &error);
  if (text == NULL)
    {
      weft_window_toast (window, error->message);
      return;
    }
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (window)), text);
  weft_window_toast (window, _ (LANGUAGES[which].copied));
}

static void
copy_as_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (LANGUAGES); i++)
    if (g_str_equal (LANGUAGES[i].name, g_variant_get_string (parameter, NULL)))
      copy_as (data, i);
}

const GActionEntry weft_window_source_actions[] = {
  { .name = "copy-as", .activate = copy_as_action, .parameter_type = "s" },
};
const guint weft_window_n_source_actions = G_N_ELEMENTS (weft_window_source_actions);

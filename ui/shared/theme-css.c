/* Stylesheets that follow the theme.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/shared/theme-css.h"

#include <adwaita.h>

#include "ui/shared/settings.h"

typedef struct
{
  GtkCssProvider *provider;
  WeftThemeCss    write;
} Sheet;

static void
write_sheet (Sheet *sheet)
{
  g_autoptr (GString) css = g_string_new (NULL);
  sheet->write (css, weft_settings_get_theme ());
  gtk_css_provider_load_from_data (sheet->provider, css->str, (gssize) css->len);
}

/**
 * weft_theme_css_follow:
 * @write: writes the stylesheet of a theme
 *
 * The display has the stylesheet from now on, to the end of the program. Once for each @write.
 */
void
weft_theme_css_follow (WeftThemeCss write)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();
  Sheet           *sheet = g_new (Sheet, 1);
  *sheet = (Sheet){ gtk_css_provider_new (), write };
  g_signal_connect_swapped (manager, "notify::dark", G_CALLBACK (write_sheet), sheet);
  g_signal_connect_swapped (manager, "notify::high-contrast", G_CALLBACK (write_sheet), sheet);
  write_sheet (sheet);
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (sheet->provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

/* The families' colours as CSS.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <adwaita.h>

#include "ui/palette/family-colours.h"

#include "engine/ops/ops.h"
#include "ui/shared/theme-css.h"

/* On black the colours of headers, which white text stands on, would not be seen. */
#define LIGHTER 0.45f

static WeftColour
edge_colour (WeftThemeKind theme, const char *family)
{
  WeftColour colour = weft_theme_family (theme, family);
  if (theme != WEFT_THEME_CONTRAST_DARK)
    return colour;
  colour.red += (1 - colour.red) * LIGHTER;
  colour.green += (1 - colour.green) * LIGHTER;
  colour.blue += (1 - colour.blue) * LIGHTER;
  return colour;
}

static void
write_css (GString *css, WeftThemeKind theme)
{
  for (guint i = 0; i < weft_n_op_families; i++)
    {
      WeftColour colour = edge_colour (theme, weft_op_families[i].key);
      for (guint k = 0; k < 2; k++) /* the side where a row begins */
        g_string_append_printf (
          css, ".palette .family-%s:dir(%s) { border-%s-color: rgb(%d,%d,%d); }\n",
          weft_op_families[i].key, k == 0 ? "ltr" : "rtl", k == 0 ? "left" : "right",
          (int) (255 * colour.red), (int) (255 * colour.green), (int) (255 * colour.blue));
    }
}

/**
 * weft_family_colours_init:
 *
 * Gives the display the colours of the families. Once; later calls do nothing.
 */
void
weft_family_colours_init (void)
{
  static gboolean done;
  if (!done)
    weft_theme_css_follow (write_css);
  done = TRUE;
}

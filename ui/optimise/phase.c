/* The phases of rewriting as people see them.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/optimise/phase.h"

#include "ui/shared/theme-css.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* Bars carry white text in the light theme, black text in the dark ones: each colour keeps a
 * contrast of at least 4.5 with it, which the yellow of the drawings would not. */
/* clang-format off */
static const struct
{
  const char *title;
  guint32     light, dark, contrast_light, contrast_dark;
} PHASES[WEFT_N_PHASES] = {
  /* phase                       title                 light     dark      contrast  contrast dark */
  [WEFT_PHASE_MERGE]        = { N_ ("merge"),        0x6f6e73, 0xa9a8ae, 0x3d3846, 0xdeddda },
  [WEFT_PHASE_CANONICALISE] = { N_ ("canonicalise"), 0x1b7d8f, 0x4fc0d0, 0x0b4c58, 0x8ae2ee },
  [WEFT_PHASE_STABILISE]    = { N_ ("stabilise"),    0x1e8553, 0x57d795, 0x0f5c38, 0x8ff0b9 },
  [WEFT_PHASE_SPECIALISE]   = { N_ ("specialise"),   0xa06c00, 0xf0bd3a, 0x6a4700, 0xffd976 },
  [WEFT_PHASE_BLAS]         = { N_ ("blas"),         0x1c71d8, 0x7ab4f5, 0x0b3f80, 0xb3d6ff },
  [WEFT_PHASE_FUSE]         = { N_ ("fuse"),         0x9141ac, 0xd49ae6, 0x5a2270, 0xe6c0f2 },
  [WEFT_PHASE_IN_PLACE]     = { N_ ("in place"),     0xc25200, 0xff9a52, 0x803600, 0xffc79b },
};
/* clang-format on */

/**
 * weft_phase_title:
 * @phase: a phase
 *
 * Returns: (transfer none): its name in the user's language
 */
const char *
weft_phase_title (WeftPhase phase)
{
  return _ (PHASES[phase].title);
}

static guint32
hex_of (WeftThemeKind theme, WeftPhase phase)
{
  switch (theme)
    {
    case WEFT_THEME_DARK:
      return PHASES[phase].dark;
    case WEFT_THEME_CONTRAST_LIGHT:
      return PHASES[phase].contrast_light;
    case WEFT_THEME_CONTRAST_DARK:
      return PHASES[phase].contrast_dark;
    case WEFT_THEME_LIGHT:
      break;
    }
  return PHASES[phase].light;
}

/**
 * weft_phase_colour:
 * @theme: which of the four
 * @phase: a phase
 *
 * Returns: the colour of its bar and its ticks
 */
WeftColour
weft_phase_colour (WeftThemeKind theme, WeftPhase phase)
{
  guint32 hex = hex_of (theme, phase);
  return (WeftColour){ (hex >> 16 & 0xff) / 255.0f, (hex >> 8 & 0xff) / 255.0f,
                       (hex & 0xff) / 255.0f, 1 };
}

/**
 * weft_phase_text:
 * @theme: which of the four
 *
 * Returns: the colour of text on a phase's colour
 */
WeftColour
weft_phase_text (WeftThemeKind theme)
{
  gboolean dark = theme == WEFT_THEME_DARK || theme == WEFT_THEME_CONTRAST_DARK;
  return dark ? (WeftColour){ 0, 0, 0, 1 } : (WeftColour){ 1, 1, 1, 1 };
}

static void
write_css (GString *css, WeftThemeKind theme)
{
  gboolean contrast = theme == WEFT_THEME_CONTRAST_LIGHT || theme == WEFT_THEME_CONTRAST_DARK;
  for (guint i = 0; i < WEFT_N_PHASES; i++)
    {
      guint32 hex = hex_of (theme, i);
      g_string_append_printf (css,
                              ".phase-pill.phase-%u { background-color: alpha(#%06x, %s);"
                              " color: mix(#%06x, @window_fg_color, .35);%s }\n"
                              ".phase-mark.phase-%u { color: #%06x; }\n",
                              i, hex, contrast ? "0" : ".2", hex,
                              contrast ? " border: 1px solid currentColor;" : "", i, hex);
    }
}

/**
 * weft_phase_init:
 *
 * Gives the display the style classes of the phases. Once; later calls do nothing.
 */
void
weft_phase_init (void)
{
  static gboolean done;
  if (!done)
    weft_theme_css_follow (write_css);
  done = TRUE;
}

/**
 * weft_phase_set_pill:
 * @label: a label
 * @phase: a phase
 */
void
weft_phase_set_pill (GtkLabel *label, WeftPhase phase)
{
  for (guint i = 0; i < WEFT_N_PHASES; i++)
    {
      g_autofree char *class = g_strdup_printf ("phase-%u", i);
      if (i == phase)
        gtk_widget_add_css_class (GTK_WIDGET (label), class);
      else
        gtk_widget_remove_css_class (GTK_WIDGET (label), class);
    }
  gtk_widget_add_css_class (GTK_WIDGET (label), "phase-pill");
  gtk_label_set_label (label, weft_phase_title (phase));
}

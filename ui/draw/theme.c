/* The colour tables. The light theme is the one of the drawings that the window was designed by.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/draw/theme.h"

/* 0xRRGGBBAA. High contrast: pure text on pure ground, borders one can see, nothing said by alpha.
 */
/* clang-format off */
static const guint32 colours[WEFT_N_ROLES][WEFT_N_THEMES] = {
  /* role                          light       dark        contrast    contrast dark */
  [WEFT_ROLE_CANVAS]         = { 0xfafafbff, 0x1e1e20ff, 0xffffffff, 0x000000ff },
  [WEFT_ROLE_GRID]           = { 0xdcdce0ff, 0x37373bff, 0xb0b0b0ff, 0x5a5a5aff },
  [WEFT_ROLE_CARD]           = { 0xffffffff, 0x303033ff, 0xffffffff, 0x000000ff },
  [WEFT_ROLE_CARD_BORDER]    = { 0xd3d1ceff, 0x48484dff, 0x000000ff, 0xffffffff },
  [WEFT_ROLE_SHADOW]         = { 0x0000001c, 0x00000050, 0x00000000, 0x00000000 },
  [WEFT_ROLE_TEXT]           = { 0x2e3436ff, 0xeeeef0ff, 0x000000ff, 0xffffffff },
  [WEFT_ROLE_TEXT_DIM]       = { 0x77767bff, 0xa5a5abff, 0x202020ff, 0xe8e8e8ff },
  [WEFT_ROLE_PILL]           = { 0xf3f3f2ff, 0x3c3c40ff, 0xffffffff, 0x1c1c1cff },
  [WEFT_ROLE_HEADER_TEXT]    = { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
  [WEFT_ROLE_HEADER_DIM]     = { 0xffffffd0, 0xffffffc8, 0xffffffff, 0xffffffff },
  [WEFT_ROLE_ACCENT]         = { 0x3584e4ff, 0x62a0eaff, 0x1a5fb4ff, 0x99c1f1ff },
  [WEFT_ROLE_ACCENT_FILL]    = { 0x3584e426, 0x62a0ea33, 0x1a5fb433, 0x99c1f144 },
  [WEFT_ROLE_ERROR]          = { 0xc01c28ff, 0xff7b72ff, 0xa00010ff, 0xffa0a0ff },
  [WEFT_ROLE_ERROR_FILL]     = { 0xfbe9e9ff, 0x4a2326ff, 0xffffffff, 0x000000ff },
  [WEFT_ROLE_WIRE_FLOAT]     = { 0x3584e4ff, 0x62a0eaff, 0x1a5fb4ff, 0x99c1f1ff },
  [WEFT_ROLE_WIRE_DOUBLE]    = { 0x1a5fb4ff, 0x99c1f1ff, 0x0b2f70ff, 0xc8e0ffff },
  [WEFT_ROLE_WIRE_INT]       = { 0xe66100ff, 0xff9f4aff, 0xa04000ff, 0xffbe6fff },
  [WEFT_ROLE_WIRE_BOOL]      = { 0x9141acff, 0xc58ad8ff, 0x613583ff, 0xdcb8e8ff },
  [WEFT_ROLE_WIRE_SCALAR]    = { 0x77767bff, 0xb0b0b6ff, 0x303030ff, 0xe0e0e0ff },
  [WEFT_ROLE_WIRE_UNKNOWN]   = { 0xb8b6bcff, 0x66666cff, 0x606060ff, 0xa0a0a0ff },
  [WEFT_ROLE_LABEL]          = { 0xffffffff, 0x2a2a2dff, 0xffffffff, 0x000000ff },
  [WEFT_ROLE_LABEL_BORDER]   = { 0xdad8d5ff, 0x4c4c51ff, 0x000000ff, 0xffffffff },
  [WEFT_ROLE_LABEL_TEXT]     = { 0x5e5c64ff, 0xc4c4caff, 0x000000ff, 0xffffffff },
  [WEFT_ROLE_NOTE]           = { 0xf9f06b40, 0xe5a50a24, 0xffffffff, 0x000000ff },
  [WEFT_ROLE_NOTE_BORDER]    = { 0xe5c34aff, 0x9c7a1aff, 0x000000ff, 0xffffffff },
  [WEFT_ROLE_NOTE_TEXT]      = { 0x7a5a2aff, 0xe8cf98ff, 0x000000ff, 0xffffffff },
  [WEFT_ROLE_MATCHED]        = { 0xd98c00ff, 0xf8c446ff, 0x8a5a00ff, 0xffd75eff },
  [WEFT_ROLE_MATCHED_FILL]   = { 0xfdf1cfff, 0x453815ff, 0xffffffff, 0x000000ff },
  [WEFT_ROLE_REMOVED]        = { 0xc01c28ff, 0xff7b72ff, 0xa00010ff, 0xffa0a0ff },
  [WEFT_ROLE_REMOVED_FILL]   = { 0xfbd9dcff, 0x4a2326ff, 0xffffffff, 0x000000ff },
  [WEFT_ROLE_ADDED]          = { 0x26a269ff, 0x57d99aff, 0x0f5c38ff, 0x8ff0a4ff },
  [WEFT_ROLE_ADDED_FILL]     = { 0xd2f4e0ff, 0x1d4431ff, 0xffffffff, 0x000000ff },
  [WEFT_ROLE_SELECTED_FILL]  = { 0xdce9fbff, 0x22395aff, 0xffffffff, 0x000000ff },
  [WEFT_ROLE_EDGE]           = { 0x8f8d93ff, 0x8b8b92ff, 0x303030ff, 0xe0e0e0ff },
  [WEFT_ROLE_LANE]           = { 0xe6610055, 0xff9f4a55, 0xa04000ff, 0xffbe6fff },
  [WEFT_ROLE_LABELS]         = { 0xdd5e00ff, 0xc45200ff, 0x8a3a00ff, 0x8a3a00ff }, /* under white text */
  [WEFT_ROLE_PARAMETERS]     = { 0xc58700ff, 0xa67200ff, 0x7a5000ff, 0x7a5000ff }, /* likewise */
};

/* Headers carry white text in every theme, so all of them keep a contrast of at least 3 with white. */
static const struct
{
  const char *family;
  guint32     light, dark, contrast;
} families[] = {
  /* family        light       dark        contrast */
  { "math",       0x5e5c64ff, 0x5e5c64ff, 0x3d3846ff },
  { "data",       0x26a269ff, 0x1f8556ff, 0x0f5c38ff },
  { "parameter",  0xb97d00ff, 0xa06c00ff, 0x7a5000ff },
  { "layer",      0x613583ff, 0x7a4a9eff, 0x3f1d5cff },
  { "neural",     0x1c71d8ff, 0x2a6fc4ff, 0x0f4a94ff },
  { "loss",       0xc01c28ff, 0xb3303aff, 0x850c16ff },
  { "create",     0x26a269ff, 0x1f8556ff, 0x0f5c38ff },
  { "random",     0x26a269ff, 0x1f8556ff, 0x0f5c38ff },
};
/* clang-format on */

/* Names of a pattern: told apart by people who see no red or green, and none of them red or green,
 * which mean gone and new. */
/* clang-format off */
static const guint32 bindings[WEFT_N_BINDING_COLOURS][WEFT_N_THEMES] = {
  /* light       dark        contrast    contrast dark */
  { 0x1c71d8ff, 0x78aeedff, 0x0b3f8cff, 0x99c1f1ff }, /* blue */
  { 0x813d9cff, 0xd09be3ff, 0x4f1f66ff, 0xe0b8f0ff }, /* purple */
  { 0xa85400ff, 0xffa348ff, 0x6b3500ff, 0xffbe6fff }, /* orange */
  { 0x0f7285ff, 0x5fd0e0ff, 0x00444fff, 0x93e6f2ff }, /* teal */
  { 0xa0245cff, 0xf48fbcff, 0x6b0f38ff, 0xffb3d4ff }, /* pink */
  { 0x63452cff, 0xcdab8fff, 0x3d2a1aff, 0xe6cdb8ff }, /* brown */
};
/* clang-format on */

static WeftColour
from_hex (guint32 hex)
{
  return (WeftColour){ (hex >> 24) / 255.0f, (hex >> 16 & 0xff) / 255.0f,
                       (hex >> 8 & 0xff) / 255.0f, (hex & 0xff) / 255.0f };
}

/**
 * weft_theme_colour:
 * @theme: which of the four
 * @role: what the colour is for
 *
 * Any thread.
 */
WeftColour
weft_theme_colour (WeftThemeKind theme, WeftRole role)
{
  return from_hex (colours[role][theme]);
}

/**
 * weft_theme_family:
 * @family: (nullable): key of an op family
 *
 * Any thread.
 */
WeftColour
weft_theme_family (WeftThemeKind theme, const char *family)
{
  guint row = 0;

  for (guint i = 1; family && i < G_N_ELEMENTS (families); i++)
    if (g_str_equal (families[i].family, family))
      row = i;
  if (theme == WEFT_THEME_LIGHT)
    return from_hex (families[row].light);
  return from_hex (theme == WEFT_THEME_DARK ? families[row].dark : families[row].contrast);
}

/** weft_theme_binding: of a name of a rule, wherever it stands. Any thread. */
WeftColour
weft_theme_binding (WeftThemeKind theme, guint index)
{
  return from_hex (bindings[index % WEFT_N_BINDING_COLOURS][theme]);
}

/** weft_colour_fade: the same colour, @alpha times as opaque. Any thread. */
WeftColour
weft_colour_fade (WeftColour colour, double alpha)
{
  colour.alpha *= (float) alpha;
  return colour;
}

/* Colours by what they are for, in four themes. Files are drawn with the light one.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  float red, green, blue, alpha;
} WeftColour;

typedef enum
{
  WEFT_THEME_LIGHT,
  WEFT_THEME_DARK,
  WEFT_THEME_CONTRAST_LIGHT,
  WEFT_THEME_CONTRAST_DARK,
} WeftThemeKind;
#define WEFT_N_THEMES 4

typedef enum
{
  WEFT_ROLE_CANVAS,
  WEFT_ROLE_GRID,
  WEFT_ROLE_CARD,
  WEFT_ROLE_CARD_BORDER,
  WEFT_ROLE_SHADOW,
  WEFT_ROLE_TEXT,
  WEFT_ROLE_TEXT_DIM,
  WEFT_ROLE_PILL,
  WEFT_ROLE_HEADER_TEXT,
  WEFT_ROLE_HEADER_DIM,
  WEFT_ROLE_ACCENT,
  WEFT_ROLE_ACCENT_FILL,
  WEFT_ROLE_ERROR,
  WEFT_ROLE_ERROR_FILL,
  WEFT_ROLE_WIRE_FLOAT,
  WEFT_ROLE_WIRE_DOUBLE,
  WEFT_ROLE_WIRE_INT,
  WEFT_ROLE_WIRE_BOOL,
  WEFT_ROLE_WIRE_SCALAR,
  WEFT_ROLE_WIRE_UNKNOWN,
  WEFT_ROLE_LABEL,
  WEFT_ROLE_LABEL_BORDER,
  WEFT_ROLE_LABEL_TEXT,
  WEFT_ROLE_NOTE,
  WEFT_ROLE_NOTE_BORDER,
  WEFT_ROLE_NOTE_TEXT,
  WEFT_ROLE_MATCHED,
  WEFT_ROLE_MATCHED_FILL,
  WEFT_ROLE_REMOVED,
  WEFT_ROLE_REMOVED_FILL,
  WEFT_ROLE_ADDED,
  WEFT_ROLE_ADDED_FILL,
  WEFT_ROLE_SELECTED_FILL,
  WEFT_ROLE_EDGE,
  WEFT_ROLE_LANE,
  WEFT_ROLE_LABELS,
  WEFT_ROLE_PARAMETERS,
} WeftRole;
#define WEFT_N_ROLES (WEFT_ROLE_PARAMETERS + 1)

WeftColour weft_theme_colour (WeftThemeKind theme, WeftRole role);
/* Of a card's header; @family is a key of weft_op_families, NULL or unknown: as "math". */
WeftColour weft_theme_family (WeftThemeKind theme, const char *family);
/* Of the @index-th name of a rule's pattern; after WEFT_N_BINDING_COLOURS they come again. */
#define WEFT_N_BINDING_COLOURS 6
WeftColour weft_theme_binding (WeftThemeKind theme, guint index);
WeftColour weft_colour_fade (WeftColour colour, double alpha); /* its alpha times @alpha */

G_END_DECLS

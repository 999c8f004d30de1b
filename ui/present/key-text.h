/* Keys and gestures in words, for those who watch: "Ctrl+G", "Shift+Click", "Scroll".
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum
{
  WEFT_GESTURE_CLICK,
  WEFT_GESTURE_DOUBLE_CLICK,
  WEFT_GESTURE_DRAG,
  WEFT_GESTURE_SCROLL,
  WEFT_GESTURE_PINCH,
} WeftGestureKind;

/* NULL: nothing worth showing (a modifier alone, a letter that goes into a text). The caller owns
 * it. */
char *weft_key_text (guint keyval, GdkModifierType modifiers, gboolean writing);
char *weft_gesture_text (WeftGestureKind kind, guint button, GdkModifierType modifiers);

G_END_DECLS

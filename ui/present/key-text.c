/* Keys and gestures in words.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/present/key-text.h"

#include <glib/gi18n.h>
#include <string.h>

#define MODIFIERS (GDK_CONTROL_MASK | GDK_SHIFT_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)

static gboolean
is_modifier (guint keyval)
{
  return (keyval >= GDK_KEY_Shift_L && keyval <= GDK_KEY_Hyper_R) ||
         keyval == GDK_KEY_ISO_Level3_Shift || keyval == GDK_KEY_Mode_switch ||
         keyval == GDK_KEY_Num_Lock;
}

/**
 * weft_key_text:
 * @keyval: the key
 * @modifiers: those that were held
 * @writing: the key goes into a text, where letters need no showing
 *
 * Returns: (transfer full) (nullable): "Ctrl+G"; NULL: nothing worth showing
 */
char *
weft_key_text (guint keyval, GdkModifierType modifiers, gboolean writing)
{
  gunichar letter = gdk_keyval_to_unicode (keyval);
  modifiers &= MODIFIERS;
  if (is_modifier (keyval))
    return NULL;
  if (writing && letter >= 0x20 &&
      (modifiers & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) == 0)
    return NULL;
  /* What Shift makes of a sign is the sign itself; of a letter it is named. */
  if (letter > 0x20 && !g_unichar_isalpha (letter))
    modifiers &= ~(guint) GDK_SHIFT_MASK;
  return gtk_accelerator_get_label (gdk_keyval_to_lower (keyval), modifiers);
}

static const char *
gesture_name (WeftGestureKind kind, guint button)
{
  static const char *const NAMES[][3] = {
    [WEFT_GESTURE_CLICK] = { N_ ("Click"), N_ ("Middle Click"), N_ ("Right Click") },
    [WEFT_GESTURE_DOUBLE_CLICK] = { N_ ("Double Click"), N_ ("Middle Double Click"),
                                    N_ ("Right Double Click") },
    [WEFT_GESTURE_DRAG] = { N_ ("Drag"), N_ ("Middle Drag"), N_ ("Right Drag") },
    [WEFT_GESTURE_SCROLL] = { N_ ("Scroll"), N_ ("Scroll"), N_ ("Scroll") },
    [WEFT_GESTURE_PINCH] = { N_ ("Pinch"), N_ ("Pinch"), N_ ("Pinch") },
  };
  return _ (NAMES[kind][button >= 1 && button <= 3 ? button - 1 : 0]);
}

/**
 * weft_gesture_text:
 * @kind: what was done
 * @button: with which button of the pointer, from 1; 0: none
 * @modifiers: those that were held
 *
 * Returns: (transfer full): "Ctrl+Right Drag"
 */
char *
weft_gesture_text (WeftGestureKind kind, guint button, GdkModifierType modifiers)
{
  GString                     *text = g_string_new (NULL);
  static const GdkModifierType HELD[] = { GDK_SHIFT_MASK, GDK_CONTROL_MASK, GDK_ALT_MASK,
                                          GDK_SUPER_MASK };
  for (guint i = 0; i < G_N_ELEMENTS (HELD); i++)
    if ((modifiers & HELD[i]) != 0)
      {
        /* GTK writes the modifiers of an accelerator in the user's language, "Strg+Umschalt+A". */
        g_autofree char *whole = gtk_accelerator_get_label (GDK_KEY_a, HELD[i]);
        g_string_append_len (text, whole, (gssize) strlen (whole) - 1);
      }
  g_string_append (text, gesture_name (kind, button));
  return g_string_free (text, FALSE);
}

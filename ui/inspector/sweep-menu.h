/* The menu of a setting's row: "Sweep This…" (win.sweep-setting), by the second button of the
 * pointer, the Menu key or Shift+F10.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "ui/inspector/param-row.h"

G_BEGIN_DECLS

/* @owner: whose setting it is, "training" or the id of a node. Rows whose values no sweep can vary
 * get none. */
void weft_sweep_menu_attach (WeftParamRow *row, const WeftParam *param, const char *owner);

G_END_DECLS

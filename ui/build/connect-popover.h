/* A popover with the wires that could be drawn at a node or at one port of it: type to filter,
 * Return draws the first, a click any.
 *
 * Signals: "failed" (const char *message): the wire was refused; the sentence says why.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

#include "engine/document/lower.h"

G_BEGIN_DECLS

#define WEFT_TYPE_CONNECT_POPOVER (weft_connect_popover_get_type ())
G_DECLARE_FINAL_TYPE (WeftConnectPopover, weft_connect_popover, WEFT, CONNECT_POPOVER, GtkPopover)

typedef enum
{
  WEFT_CONNECT_NODE,   /* any port of the node */
  WEFT_CONNECT_INPUT,  /* what may feed the port */
  WEFT_CONNECT_OUTPUT, /* what the port may feed */
} WeftConnectFrom;

GtkWidget *weft_connect_popover_new (
  WeftDocument *document, WeftTyping *typing, guint32 uid, WeftConnectFrom from, const char *port);

G_END_DECLS

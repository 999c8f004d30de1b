/* What the Outline lists: the document's nodes in the order in which they compute, their ports, and
 * the wires at these.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gio/gio.h>

#include "engine/document/lower.h"

G_BEGIN_DECLS

typedef enum
{
  WEFT_OUTLINE_NODE,
  WEFT_OUTLINE_PORT,
  WEFT_OUTLINE_WIRE,
} WeftOutlineKind;

#define WEFT_TYPE_OUTLINE_ITEM (weft_outline_item_get_type ())
G_DECLARE_FINAL_TYPE (WeftOutlineItem, weft_outline_item, WEFT, OUTLINE_ITEM, GObject)
/* Signal "changed" (): title, text about it or problem are others. */
struct _WeftOutlineItem
{
  GObject parent_instance;

  /* Owned */
  char       *key; /* tells it from its siblings */
  char       *title, *about;
  GListStore *children; /* NULL: nobody has looked */

  /* Plain values */
  WeftOutlineKind kind;
  gboolean        wrong; /* has a problem */
  gboolean        output;
  guint32         uid;  /* of the node; of a wire: that it goes to */
  const char     *port; /* interned; of a wire: that it goes to */
  guint32         far;  /* of a wire: the node at its other end, seen from the port above */
};

void weft_outline_update (GListStore *nodes, WeftDocument *document, WeftTyping *typing);
GListModel *
weft_outline_item_dup_children (WeftOutlineItem *item, WeftDocument *document, WeftTyping *typing);

G_END_DECLS

/* A strip that says something about the document and stays until it is settled; see notice.c.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct
{
  const char *key;    /* one strip a key */
  const char *text;   /* what happened and what can be done; translated */
  const char *label;  /* of the button; NULL: none */
  const char *action; /* what it does */
  const char *other_label, *other_action;
  gboolean    error;
} WeftNotice;

void     weft_notice_show (GtkBox *box, const WeftNotice *notice);
void     weft_notice_hide (GtkBox *box, const char *key);
gboolean weft_notice_is_shown (GtkBox *box, const char *key);

G_END_DECLS

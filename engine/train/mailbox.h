/* Events from the engine thread to one consumer: a queue for what must not be lost, a lock-free
 * ring for steps.
 *
 * One thread posts, one thread takes. Both kinds come out in the order in which they were posted. A
 * full ring drops its oldest point, or, if the mailbox is lossless, makes the poster wait.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/session.h"

G_BEGIN_DECLS

typedef struct _WeftMailbox WeftMailbox;

WeftMailbox *weft_mailbox_new (void (*notify) (gpointer data), gpointer data);
void         weft_mailbox_free (WeftMailbox *mailbox);
void         weft_mailbox_set_lossless (WeftMailbox *mailbox, gboolean lossless); /* poster's thread */
void         weft_mailbox_post (WeftMailbox *mailbox, const WeftEvent *event);    /* takes its strings */
WeftEvent   *weft_mailbox_take (WeftMailbox *mailbox);
/* Nobody takes any more: wakes a waiting poster for good. Any thread. */
void weft_mailbox_close (WeftMailbox *mailbox);

G_END_DECLS

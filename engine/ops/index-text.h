/* Reading and writing parts of arrays on a device: the texts of getitem, index_add, index_write.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/ops/thread-text.h"

G_BEGIN_DECLS

/* out0 = in0 at @index, whose arrays are the inputs from number 1 on. */
gboolean weft_index_text_read (const WeftKernelCall *call,
                               const WeftAttr       *index,
                               WeftThreadText       *text);

/* What becomes of a place of out0. */
typedef struct
{
  const WeftAttr *index;
  guint           first; /* input that is its first array */
  guint           value; /* input that holds what is written, broadcast to the part */
  const char     *start; /* what was there: an expression over at */
  const char     *with;  /* what it becomes, over x, what is there, and v, what is written */
} WeftIndexWriting;

/* Places that are written several times take what is written in its order, as on the CPU. */
gboolean weft_index_text_write (const WeftKernelCall   *call,
                                const WeftIndexWriting *writing,
                                WeftThreadText         *text);

G_END_DECLS

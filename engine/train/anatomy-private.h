/* What the files of an anatomy share: anatomy.c reads the kernels, anatomy-memory.c the memory.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/train/anatomy.h"
#include "engine/train/batch.h"

G_BEGIN_DECLS

/* Blocks, peak, shares and sums. @shared: of WeftShared; @document: whose nodes the shares are of.
 */
void weft_anatomy_read_memory (WeftAnatomy       *anatomy,
                               const WeftProgram *program,
                               GPtrArray         *shared,
                               const WeftBatch   *batch,
                               WeftDocument      *document);

G_END_DECLS

/* Offsets of buffers in an arena.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  gsize bytes, offset;
  guint born, dies; /* kernels; its bytes are its own from the one to the other, both included */
} WeftBuffer;

gsize weft_compile_pack (WeftBuffer *buffers, guint n, guint n_kernels, gsize *bound);

G_END_DECLS

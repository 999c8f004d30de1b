/* The text of kernels: C and CUDA C from one description, a WeftStep.
 *
 * A text is one function that includes nothing, calls no library and starts no thread; shapes,
 * strides and constants stand in it as numbers, so equal work has equal text. No word that a user
 * wrote is in it: comments name nodes by number and op. The prelude (the math of
 * engine/ops/prelude.h, as text) stands before the first kernel of a file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/program.h"

G_BEGIN_DECLS

/* A compiled kernel. @at: where the operands start, in[0], in[1], ..., then out[0], ... (partials
 * already at the piece's own); @begin to @end: units (weft_step_units); @scratch: the text's
 * scratch_bytes, 64-aligned. Returns 0, or 1 + the number of the instruction that met a number out
 * of range. */
typedef int (*WeftKernelCode) (char *const *at, gint64 begin, gint64 end, char *scratch);

typedef enum
{
  WEFT_TEXT_C,
  WEFT_TEXT_CUDA,
} WeftTextLanguage;

typedef struct
{
  guint   line;  /* from 1 */
  guint32 apply; /* id of the application that the line computes */
} WeftTextLine;

#define WEFT_TEXT_NAME "weft_kernel"

typedef struct
{
  char   *key;           /* of the content: hexadecimal SHA-256 of text and language */
  char   *text;          /* one function called WEFT_TEXT_NAME, with the comments that people read */
  char   *code;          /* the same without comments; its function is called WEFT_TEXT_NAME "_" and the key */
  GArray *lines;         /* WeftTextLine, ascending, of text */
  gsize   scratch_bytes; /* CUDA C: of each worker */
  gint64  threads;       /* CUDA C: how many find work; a grid of any size does it all */
  /* CUDA C: operands and results among the parameters, which come first; and where it draws one
   * more, of two guint64: the seed of the run (of the row, in a loop) and the step. */
  guint    n_pointers;
  gboolean draws;
  gboolean fails; /* CUDA C: it may set bad */
} WeftKernelText;

/* NULL: a call of a library or of an op's own kernel has no text. Steps with bodies have one if all
 * steps of the bodies do and sharing them out would not pay. */
WeftKernelText *weft_emit_step (const WeftProgram *program, guint step, WeftTextLanguage language);
/* In CUDA C, with the parameters of the step's own text: what is launched after it, @launch 1, 2,
 * ...: that puts the pieces of what goes across rows together, say. NULL: there are no more. */
WeftKernelText *weft_emit_then (const WeftProgram *program, guint step, guint launch);
/* In CUDA C, with the operands of a product and its result as parameters: what it adds to goes
 * where it is added. NULL: the step is no product that adds, or it is there already. */
WeftKernelText *weft_emit_addend (const WeftProgram *program, guint step);
void            weft_kernel_text_free (WeftKernelText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftKernelText, weft_kernel_text_free)
/* A file of CUDA C with @n kernels, equal ones once; owned. */
char *weft_emit_cuda_file (guint n, WeftKernelText *const *texts);
/* What stands before kernels in a file. */
const char *weft_emit_prelude (WeftTextLanguage language);

G_END_DECLS

/* What the parts of the text emitter share.
 *
 *     emit.c          what has a text; text, code and key of it
 *     emit-writer.c   lines, with the application that each computes
 *     emit-row.c      one instruction as an expression; numbers and types
 *     emit-tiles.c    loop nests without rows, in C
 *     emit-rows.c     loop nests with rows, in C
 *     emit-nest.h     what rows have in C and CUDA C alike
 *     emit-cuda.c     loop nests in CUDA C
 *     emit-op.c       ops' own kernels in CUDA C
 *     emit-copy.c     what only moves numbers, in C
 *     emit-product.c  small products, in C
 *     emit-loop.c     whole loops whose body is small, in C
 *     prelude-text.py the math prelude as a string
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/emit.h"
#include "engine/ops/thread-text.h"

G_BEGIN_DECLS

#define WEFT_NO_APPLY G_MAXUINT32

typedef struct
{
  char   *text; /* without indentation and end of line */
  char   *comment;
  guint   indent;
  guint32 apply;
} WeftWriterLine;

/* Collects lines. */
typedef struct
{
  GArray            *lines; /* WeftWriterLine */
  guint              indent;
  WeftTextLanguage   language;
  const WeftProgram *program;
} WeftWriter;

/* emit-writer.c */
void weft_writer_init (WeftWriter *writer, const WeftProgram *program, WeftTextLanguage language);
void weft_writer_clear (WeftWriter *writer);
void weft_writer_line (WeftWriter *writer, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* A line with the comment that @op computes it. */
void weft_writer_op (WeftWriter *writer, const WeftTileOp *op, const char *format, ...)
  G_GNUC_PRINTF (3, 4);
/* A line and the brace that opens its block. */
void weft_writer_open (WeftWriter *writer, const char *format, ...) G_GNUC_PRINTF (2, 3);
void weft_writer_close (WeftWriter *writer);
/* Text, code and key of what was written. */
WeftKernelText *weft_writer_finish (WeftWriter *writer);

/* emit-row.c */
const char *weft_text_type (WeftDType dtype);
WeftDType   weft_tile_result_dtype (const WeftTileOp *op);
/* "add", "load": what a comment calls the instruction. */
const char *weft_tile_name (const WeftTileOp *op);
/* @number as a constant of type @dtype. */
char *weft_text_number (double number, WeftDType dtype);
/* What a reduction by @combine starts with. */
char *weft_text_neutral (guint combine, WeftDType dtype);
/* Whether the elementwise row @op has a text for operands of @dtype. */
gboolean weft_text_has_row (guint op, WeftDType dtype, WeftTextLanguage language);
/* The row @op, or a cast, over the texts @src, which are names. */
char *weft_text_expression (const WeftTileOp *op, const char *const *src);
/* @combine of two names. */
char *weft_text_combine (guint combine, WeftDType dtype, const char *a, const char *b);

/* emit.c: the lines of one step, also inside those of another */
gboolean weft_emit_has_work (const WeftStep *step);
gboolean weft_emit_has_nest (const WeftStep *step, WeftTextLanguage language);
gsize    weft_emit_work (WeftWriter *writer, const WeftStep *step);

/* emit-tiles.c, emit-rows.c */
void weft_emit_operands (WeftWriter *writer, const WeftStep *step);
/* Results that go past the caches, in blocks of n elements at t0, t1, ... */
gboolean weft_emit_is_streamed (const WeftProgram *program, const WeftStep *step, guint out);
gboolean weft_emit_stream_places (WeftWriter *writer, const WeftStep *step, guint first, guint end);
void     weft_emit_stream (WeftWriter     *writer,
                           const WeftStep *step,
                           guint           first,
                           guint           end,
                           const char     *to,
                           const char     *from);
#define WEFT_STREAM_BLOCK 512
void  weft_emit_tiles (WeftWriter *writer, const WeftStep *step);
gsize weft_emit_rows (WeftWriter *writer, const WeftStep *step); /* bytes of scratch */

/* A thread an element of a step without rows, or four, in CUDA C; how many threads find work. */
void   weft_emit_grid (WeftWriter *writer, const WeftStep *step);
gint64 weft_emit_grid_threads (const WeftProgram *program, const WeftStep *step);
/* What counts its elements: "int" or "long". */
const char *weft_emit_grid_counter (const WeftStep *step);
/* Where number i of the fours that operand @in lies in is, or NULL: they are no neighbours. Owned.
 */
char *weft_emit_four_place (const WeftProgram *program, const WeftStep *step, guint in);
/* emit-cuda.c: the whole text */
WeftKernelText *weft_emit_cuda (const WeftProgram *program, const WeftStep *step);
gboolean        weft_emit_is_aligned (const WeftProgram *program, const WeftOperand *operand);
/* The head of the kernel; how many pointers are among its parameters. Then its end. */
guint           weft_emit_parameters (WeftWriter *writer, const WeftStep *step);
WeftKernelText *weft_emit_finish (WeftWriter *writer, guint n_pointers, gint64 threads);
/* emit-op.c */
WeftKernelText *weft_emit_op (const WeftProgram *program, const WeftStep *step, guint launch);
/* emit-copy.c, emit-product.c, emit-loop.c: small ones. */
void     weft_emit_copy (WeftWriter *writer, const WeftStep *step);
gboolean weft_emit_has_concat (const WeftStep *step);
void     weft_emit_concat (WeftWriter *writer, const WeftStep *step);
gboolean weft_emit_has_product (const WeftStep *step);
void     weft_emit_product (WeftWriter *writer, const WeftStep *step);
gboolean weft_emit_has_loop (const WeftStep *step);
gsize    weft_emit_loop (WeftWriter *writer, const WeftStep *step); /* bytes of scratch */

/* prelude-text.c, made by prelude-text.py */
extern const char weft_prelude_text[];
extern const char weft_prelude_cuda[]; /* definitions of what CUDA C calls otherwise */
extern const char weft_prelude_philox[];
extern const char
  *const weft_prelude_library[]; /* functions that need a library, ascending, then NULL */
extern const char *const weft_prelude_library_cuda[];

G_END_DECLS

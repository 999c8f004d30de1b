/* The texts of a program's steps.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/emit-private.h"

/* ---- The prelude ---- */

/* What stands before the math prelude in each language. */
static const char *const heads[] = {
  [WEFT_TEXT_C] =
    "#define WEFT_PRELUDE_FUNC static inline __attribute__ ((always_inline, unused))\n"
    "/* No element of the loop that follows depends on another. */\n"
    "#if defined(__clang__)\n"
    "#define WEFT_INDEPENDENT _Pragma (\"clang loop vectorize(assume_safety)\")\n"
    "#elif defined(WEFT_SIMD)\n"
    "#define WEFT_INDEPENDENT _Pragma (\"omp simd\")\n"
    "#else\n"
    "#define WEFT_INDEPENDENT _Pragma (\"GCC ivdep\")\n"
    "#endif\n"
    "/* Results that are larger than the caches go past them, a line at a time. */\n"
    "#if defined(__AVX512F__) || defined(__clang__)\n"
    "typedef long long weft_line __attribute__ ((vector_size (64), may_alias));\n"
    "#if defined(__clang__)\n"
    "#define WEFT_STREAM(to, from) __builtin_nontemporal_store (from, to)\n"
    "#else\n"
    "#define WEFT_STREAM(to, from) __builtin_ia32_movntdq512 (to, from)\n"
    "#endif\n"
    "#endif\n"
    "static inline __attribute__ ((unused)) void\n"
    "weft_stream (void *to, const void *from, long n) {\n"
    "  char *t = (char *) to;\n"
    "  const char *f = (const char *) from;\n"
    "  long i = 0;\n"
    "#ifdef WEFT_STREAM\n"
    "  for (; i < n && ((unsigned long) (t + i) & 63) != 0; i++)\n"
    "    t[i] = f[i];\n"
    "  for (; i + 64 <= n; i += 64) {\n"
    "    weft_line line;\n"
    "    __builtin_memcpy (&line, f + i, 64);\n"
    "    WEFT_STREAM ((weft_line *) (t + i), line);\n"
    "  }\n"
    "#endif\n"
    "  for (; i < n; i++)\n"
    "    t[i] = f[i];\n"
    "}\n"
    "/* Other threads see all that went past. */\n"
    "static inline __attribute__ ((unused)) void\n"
    "weft_stream_end (void) {\n"
    "#if defined(__x86_64__)\n"
    "  __builtin_ia32_sfence ();\n"
    "#endif\n"
    "}\n",
  [WEFT_TEXT_CUDA] =
    "#define WEFT_PRELUDE_FUNC static __device__ __forceinline__\n"
    "#define __FMA__ 1\n"
    "/* Four neighbours, moved at once. */\n"
    "template <class T> struct __align__ (4 * sizeof (T) < 16 ? 4 * sizeof (T) : 16) weft_four {\n"
    "  T x[4];\n"
    "};\n"
    "#define __builtin_fmaf __fmaf_rn\n"
    "#define __builtin_fma __fma_rn\n"
    "#define __builtin_sqrtf __fsqrt_rn\n"
    "#define __builtin_sqrt __dsqrt_rn\n"
    "#define __builtin_inf() __longlong_as_double (0x7ff0000000000000LL)\n"
    "#define __builtin_nan(text) __longlong_as_double (0x7ff8000000000000LL)\n",
};

/* weft_emit_prelude: Any thread. */
const char *
weft_emit_prelude (WeftTextLanguage language)
{
  static char *texts[G_N_ELEMENTS (heads)];

  if (g_once_init_enter (&texts[language]))
    g_once_init_leave (&texts[language],
                       g_strconcat (heads[language],
                                    language == WEFT_TEXT_CUDA ? weft_prelude_cuda : "",
                                    weft_prelude_text,
                                    language == WEFT_TEXT_CUDA ? weft_prelude_philox : "", NULL));
  return texts[language];
}

/* ---- Steps ---- */

static gboolean
op_has_text (const WeftStep *step, const WeftTileOp *op, WeftTextLanguage language)
{
  switch (op->op)
    {
    case WEFT_TILE_LOAD:
    case WEFT_TILE_STORE:
    case WEFT_TILE_CAST:
    case WEFT_TILE_NUMBER:
      return TRUE;
    case WEFT_TILE_INDEX:
    case WEFT_TILE_PICK:
      return step->row > 0;
    case WEFT_TILE_REDUCE:
    case WEFT_TILE_ACROSS:
      return step->row > 0 && weft_text_has_row (op->combine, op->dtype, language);
    default:
      return weft_text_has_row (op->op, op->dtype, language);
    }
}

/* weft_emit_has_nest:
 *
 * Returns: whether @step, TILES, can be written.
 */
gboolean
weft_emit_has_nest (const WeftStep *step, WeftTextLanguage language)
{
  /* Places in a row are counted by an int. */
  if (step->row > G_MAXINT32 / 2)
    return FALSE;
  for (guint i = 0; i < step->n_ops; i++)
    if (!op_has_text (step, &step->ops[i], language))
      return FALSE;
  return TRUE;
}

/* weft_emit_has_work:
 *
 * Returns: whether weft_emit_work can write @step.
 */
gboolean
weft_emit_has_work (const WeftStep *step)
{
  return step->kind == WEFT_STEP_TILES ? weft_emit_has_nest (step, WEFT_TEXT_C)
                                       : weft_emit_has_product (step) ||
                                           weft_emit_has_concat (step) || weft_emit_has_loop (step);
}

/* weft_emit_work:
 *
 * The lines between the braces of @step's function, over at, begin, end and scratch, but the last
 * return; they may return the number of an instruction.
 *
 * Returns: how many bytes of scratch they need.
 */
gsize
weft_emit_work (WeftWriter *writer, const WeftStep *step)
{
  if (step->kind == WEFT_STEP_LOOP)
    return weft_emit_loop (writer, step);
  if (step->kind == WEFT_STEP_TILES && step->row > 0)
    return weft_emit_rows (writer, step);
  if (step->kind == WEFT_STEP_TILES)
    weft_emit_tiles (writer, step);
  else if (step->kind == WEFT_STEP_OP)
    weft_emit_concat (writer, step);
  else
    weft_emit_product (writer, step);
  return 0;
}

static WeftKernelText *
emit_c (WeftWriter *writer, const WeftStep *step)
{
  WeftKernelText *text;
  gsize           scratch;

  weft_writer_line (writer, "int");
  weft_writer_open (writer,
                    WEFT_TEXT_NAME " (char *const *at, long begin, long end, char *scratch)");
  scratch = weft_emit_work (writer, step);
  weft_writer_line (writer, "return 0;");
  weft_writer_close (writer);
  text = weft_writer_finish (writer);
  text->scratch_bytes = scratch;
  return text;
}

/* weft_emit_step:
 * @step: number of the step.
 *
 * Any thread.
 *
 * Returns: the step's text, or NULL if it has none.
 */
WeftKernelText *
weft_emit_step (const WeftProgram *program, guint step, WeftTextLanguage language)
{
  const WeftStep *it = &program->steps[step];
  WeftWriter      writer;
  WeftKernelText *text;

  if (language == WEFT_TEXT_CUDA)
    return weft_emit_cuda (program, it);
  if (!weft_emit_has_work (it))
    return NULL;
  weft_writer_init (&writer, program, language);
  text = emit_c (&writer, it);
  weft_writer_clear (&writer);
  return text;
}

/* weft_emit_cuda_file:
 *
 * Any thread.
 *
 * Returns: what stands before kernels, and the code of each of @texts once; owned by the caller.
 */
char *
weft_emit_cuda_file (guint n, WeftKernelText *const *texts)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  GString *all = g_string_new (weft_emit_prelude (WEFT_TEXT_CUDA));

  for (guint i = 0; i < n; i++)
    if (g_hash_table_add (known, texts[i]->key))
      g_string_append (all, texts[i]->code);
  return g_string_free (all, FALSE);
}

void
weft_kernel_text_free (WeftKernelText *text)
{
  if (text == NULL)
    return;
  g_free (text->key);
  g_free (text->text);
  g_free (text->code);
  g_array_unref (text->lines);
  g_free (text);
}

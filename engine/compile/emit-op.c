/* An op's own kernel in CUDA C: what a thread does is the op's to say (WeftThreadText); the loop of
 * however many threads there are stands here.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <string.h>

#include "engine/compile/emit-private.h"
#include "engine/tensor/philox.h"

/* Up to here the number of a thread is an int, and stays one when a grid is added. */
#define MAX_INT (1 << 30)

static gboolean
is_random (const WeftStep *step)
{
  return (step->apply->op->traits & WEFT_TRAIT_RANDOM) != 0;
}

static gboolean
same_place (const WeftOperand *a, const WeftOperand *b)
{
  return a->slot == b->slot && a->offset == b->offset;
}

static gboolean
is_aligned (const WeftProgram *program, const WeftStep *step)
{
  for (guint i = 0; i < step->n_in; i++)
    if (!weft_emit_is_aligned (program, &step->in[i]))
      return FALSE;
  return weft_emit_is_aligned (program, &step->out[0]);
}

/* Whether a number up to that of the elements of any operand is an int. */
static gboolean
counts_by_int (const WeftProgram *program, const WeftStep *step, gint64 n)
{
  for (guint i = 0; i < step->n_in + step->n_out; i++)
    {
      const WeftOperand *operand = i < step->n_in ? &step->in[i] : &step->out[i - step->n_in];

      n = MAX (n, (gint64) program->slots[operand->slot].bytes);
    }
  return n < MAX_INT;
}

/* The op's lines inside the loop of its threads. */
static void
write_threads (WeftWriter *writer, const WeftStep *step, const WeftThreadText *text)
{
  const char      *type = weft_text_type (step->apply->outputs[0].type.dtype);
  const char      *number = counts_by_int (writer->program, step, text->n) ? "int" : "long long";
  g_autofree char *thread =
    g_strdup_printf ("(%s) (blockIdx.x * (long long) blockDim.x + threadIdx.x)", number);
  g_auto (GStrv) lines = g_strsplit (g_strchomp (text->code->str), "\n", -1);

  if (text->width > 1)
    weft_writer_line (writer, "typedef weft_four<%s> R;", type);
  else
    weft_writer_line (writer, "typedef %s R;", type);
  if (is_random (step))
    {
      weft_writer_line (writer,
                        "const unsigned long long seed = draw[0] ^ 0x%" G_GINT64_MODIFIER "xULL;",
                        weft_random_seed (0, step->apply->stream));
      weft_writer_line (writer, "const unsigned long long step = draw[1];");
    }
  if (text->by_warps)
    weft_writer_line (writer, "const int l = threadIdx.x %% %u;", WEFT_LANES);
  weft_writer_line (writer, "const %s threads = (%s) (gridDim.x * (long long) blockDim.x)%s;",
                    number, number, text->by_warps ? " / 32" : "");
  weft_writer_open (writer, "for (%s i = %s%s; i < %" G_GINT64_FORMAT "; i += threads)", number,
                    thread, text->by_warps ? " / 32" : "", text->n);
  for (guint i = 0; lines[i] != NULL; i++)
    weft_writer_line (writer, "%s", lines[i]);
  weft_writer_close (writer);
}

/* weft_emit_op:
 * @launch: which of the launches, from 0.
 *
 * Returns: the text of @step, an op's own kernel, or NULL if it has none, or no more.
 */
WeftKernelText *
weft_emit_op (const WeftProgram *program, const WeftStep *step, guint launch)
{
  const WeftKernel *kernel = step->apply->op->kernel;
  WeftThreadText    thread = { .width = 1 };
  WeftPreparedCall  prepared = { 0 };
  WeftKernelText   *text = NULL;
  WeftWriter        writer;
  guint             n_pointers;

  if (kernel->text == NULL)
    return NULL;
  weft_prepared_call_init (&prepared, step->apply);
  thread.code = g_string_new (NULL);
  thread.in_place = step->n_in > 0 && same_place (&step->in[0], &step->out[0]);
  thread.aligned = is_aligned (program, step);
  if (kernel->text (&prepared.call, launch, &thread))
    {
      weft_writer_init (&writer, program, WEFT_TEXT_CUDA);
      n_pointers = weft_emit_parameters (&writer, step);
      write_threads (&writer, step, &thread);
      text = weft_emit_finish (&writer, n_pointers, thread.n * (thread.by_warps ? WEFT_LANES : 1));
      text->fails = strstr (thread.code->str, "*bad") != NULL;
      text->draws = is_random (step);
      weft_writer_clear (&writer);
    }
  g_string_free (thread.code, TRUE);
  weft_prepared_call_clear (&prepared);
  return text;
}

/* What only moves numbers, where it is small: values joined, strided copies inside loops.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/emit-private.h"

/* More than this is worth sharing out among threads. */
#define MAX_BYTES (256 * 1024)

/* weft_emit_has_concat:
 *
 * Returns: whether @step joins values, and weft_emit_concat should write it.
 */
gboolean
weft_emit_has_concat (const WeftStep *step)
{
  return step->kind == WEFT_STEP_OP && step->apply->op->id == WEFT_OP_CONCAT &&
         step->bytes <= MAX_BYTES;
}

/* weft_emit_copy:
 *
 * The lines of @step, a COPY, all of it; see weft_emit_work.
 */
void
weft_emit_copy (WeftWriter *writer, const WeftStep *step)
{
  const char      *type = weft_text_type (writer->program->slots[step->out[0].slot].dtype);
  g_autofree char *place = weft_text_place (step->rank, step->dims, step->in[0].strides, "i");

  weft_writer_line (writer, "const %s *const from = (const %s *) at[0];", type, type);
  weft_writer_line (writer, "%s *const to = (%s *) at[1];", type, type);
  weft_writer_line (writer, "for (int i = 0; i < %" G_GINT64_FORMAT "; i++)",
                    weft_step_units (step));
  weft_writer_line (writer, "  to[i] = *(from%s);", place);
}

static gint64
product_of (const WeftShape *shape, guint first, guint end)
{
  gint64 n = 1;

  for (guint i = first; i < end; i++)
    n *= shape->dims[i].offset;
  return n;
}

/* weft_emit_concat:
 *
 * The lines of @step, for which there is one unit; see weft_emit_work.
 */
void
weft_emit_concat (WeftWriter *writer, const WeftStep *step)
{
  const WeftShape *whole = &step->apply->outputs[0].type.shape;
  gint64           axis = weft_apply_attr (step->apply, "axis")->i, outer, bytes, begin = 0;
  gsize            size = weft_dtype_size (step->apply->outputs[0].type.dtype);

  axis += axis < 0 ? whole->rank : 0;
  outer = product_of (whole, 0, axis);
  bytes = product_of (whole, axis, whole->rank) * size;
  for (guint i = 0; i < step->n_in; i++)
    {
      gint64 part = product_of (&step->apply->inputs[i]->type.shape, axis, whole->rank) * size;

      weft_writer_line (writer, "for (int i = 0; i < %" G_GINT64_FORMAT "; i++)", outer);
      weft_writer_line (writer,
                        "  __builtin_memcpy (at[%u] + i * %" G_GINT64_FORMAT " + %" G_GINT64_FORMAT
                        ", at[%u] + i * %" G_GINT64_FORMAT ", %" G_GINT64_FORMAT ");",
                        step->n_in, bytes, begin, i, part, part);
      begin += part;
    }
}

/* Strided copies: transposes and broadcasts made real.
 *
 * The last two axes are walked in blocks of 32 by 32, so that a transpose uses every line it reads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/executor.h"
#include "engine/run/pool.h"

#define BLOCK 32
/* Rows of one chunk hold about this many elements. */
#define CHUNK_ELEMENTS 16384
#define NS_PER_ELEMENT 0.5

typedef struct
{
  WeftExecutor   *executor;
  const WeftStep *step;
  const char     *from;
  char           *to;
  gsize           size;
  gint64          rows, columns; /* of the last two axes; rows is 1 where there is one axis */
  gint64          row_stride, column_stride;
  guint           n_outer;
  gint64          bands; /* of BLOCK rows, in one matrix */
} Job;

#define COPY_BLOCK(type)                    \
  for (gint64 r = 0; r < rows; r++)         \
    for (gint64 c = 0; c < columns; c++)    \
      ((type *) to)[r * job->columns + c] = \
        ((const type *) from)[r * job->row_stride + c * job->column_stride];

static void
copy_block (const Job *job, char *to, const char *from, gint64 rows, gint64 columns)
{
  if (job->size == 4)
    COPY_BLOCK (guint32)
  else if (job->size == 8)
    COPY_BLOCK (guint64)
  else
    COPY_BLOCK (guint8)
}

static void
copy_band (const Job *job, char *to, const char *from, gint64 rows)
{
  if (job->column_stride == 1)
    {
      for (gint64 r = 0; r < rows; r++)
        memcpy (to + r * job->columns * job->size, from + r * job->row_stride * (gssize) job->size,
                job->columns * job->size);
      return;
    }
  for (gint64 c = 0; c < job->columns; c += BLOCK)
    copy_block (job, to + c * job->size, from + c * job->column_stride * (gssize) job->size, rows,
                MIN (BLOCK, job->columns - c));
}

/* A unit is a band of BLOCK rows of one matrix. */
static void
copy_bands (gpointer data, gint64 begin, gint64 end)
{
  const Job *job = data;
  if (weft_executor_is_cancelled (job->executor))
    return;
  for (gint64 unit = begin; unit < end; unit++)
    {
      gint64 matrix = unit / job->bands, row = unit % job->bands * BLOCK, rest = matrix,
             at = row * job->row_stride;
      for (guint i = job->n_outer; i-- > 0; rest /= job->step->dims[i])
        at += rest % job->step->dims[i] * job->step->in[0].strides[i];
      copy_band (job, job->to + (matrix * job->rows + row) * job->columns * (gssize) job->size,
                 job->from + at * (gssize) job->size, MIN (BLOCK, job->rows - row));
    }
}

void
weft_copy_run (WeftExecutor *executor, const WeftStep *step)
{
  Job    job = { .executor = executor, .step = step, .rows = 1, .columns = 1 };
  gint64 matrices = 1, n;
  job.from = weft_executor_operand (executor, &step->in[0]);
  job.to = weft_executor_operand (executor, &step->out[0]);
  job.size = weft_dtype_size (executor->program->slots[step->out[0].slot].dtype);
  if (step->rank > 0)
    {
      job.columns = step->dims[step->rank - 1];
      job.column_stride = step->in[0].strides[step->rank - 1];
    }
  if (step->rank > 1)
    {
      job.rows = step->dims[step->rank - 2];
      job.row_stride = step->in[0].strides[step->rank - 2];
      job.n_outer = step->rank - 2;
    }
  for (guint i = 0; i < job.n_outer; i++)
    matrices *= step->dims[i];
  job.bands = (job.rows + BLOCK - 1) / BLOCK;
  n = matrices * job.rows * job.columns;
  if (n > 0)
    weft_pool_run_estimated (copy_bands, &job, matrices * job.bands,
                             MAX (1, CHUNK_ELEMENTS / MAX (1, MIN (job.rows, BLOCK) * job.columns)),
                             n * NS_PER_ELEMENT / 1000);
}

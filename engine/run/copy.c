/* Strided copies: transposes and broadcasts made real.
 *
 * The last two axes are walked in blocks of 32 by 32, so that a transpose uses every line it reads.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/executor.h"

#define BLOCK 32
#define NS_PER_ELEMENT 0.5

typedef struct
{
  const WeftStep *step;
  const char     *from;
  char           *to;
  gsize           size;
  gint64          rows, columns; /* of the last two axes; rows is 1 where there is one axis */
  gint64          row_stride, column_stride;
  guint           n_outer;
  gint64          matrices;
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

static Job
job_of (const WeftStep *step)
{
  Job job = { .step = step, .rows = 1, .columns = 1, .matrices = 1 };
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
    job.matrices *= step->dims[i];
  job.bands = (job.rows + BLOCK - 1) / BLOCK;
  return job;
}

/* A unit is a band of BLOCK rows of one matrix. */
WeftShare
weft_copy_share (const WeftStep *step)
{
  Job    job = job_of (step);
  gint64 n = job.matrices * job.rows * job.columns;
  if (n == 0)
    return (WeftShare){ .n = 1 };
  return weft_share_cut (job.matrices * job.bands, 1, n * NS_PER_ELEMENT / 1000);
}

void
weft_copy_run (WeftExecutor *executor, guint i, gint64 begin, gint64 end)
{
  const WeftStep *step = &executor->program->steps[i];
  Job             job = job_of (step);
  char          **at = weft_executor_at (executor, i);
  job.from = at[0];
  job.to = at[1];
  job.size = weft_dtype_size (executor->program->slots[step->out[0].slot].dtype);
  end = MIN (end, job.matrices * job.bands);
  for (gint64 unit = begin; unit < end; unit++)
    {
      gint64 matrix = unit / job.bands, row = unit % job.bands * BLOCK, rest = matrix,
             from = row * job.row_stride;
      for (guint k = job.n_outer; k-- > 0; rest /= step->dims[k])
        from += rest % step->dims[k] * step->in[0].strides[k];
      copy_band (&job, job.to + (matrix * job.rows + row) * job.columns * (gssize) job.size,
                 job.from + from * (gssize) job.size, MIN (BLOCK, job.rows - row));
    }
}

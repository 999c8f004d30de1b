/* Calls of ops' own kernels: what a kernel is told about types and shapes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

/* Fills @prepared from the types of @apply, whose dimensions are numbers. Cleared with
 * weft_prepared_call_clear; must not move. */
void
weft_prepared_call_init (WeftPreparedCall *prepared, const WeftApply *apply)
{
  WeftKernelCall *call = &prepared->call;
  guint           n = MAX (apply->n_inputs, 1);
  prepared->in_dtypes = g_new0 (WeftDType, n);
  prepared->in_ranks = g_new0 (guint, n);
  prepared->in_shapes = g_malloc0_n (n, sizeof *prepared->in_shapes);
  prepared->in = g_new0 (const void *, n);
  for (guint i = 0; i < apply->n_inputs; i++)
    {
      prepared->in_dtypes[i] = apply->inputs[i]->type.dtype;
      prepared->in_ranks[i] = weft_type_dims (&apply->inputs[i]->type, prepared->in_shapes[i]);
    }
  call->op = apply->op;
  call->apply = apply;
  call->attrs = apply->attrs;
  call->n_inputs = apply->n_inputs;
  call->n_outputs = apply->n_outputs;
  call->in_dtypes = prepared->in_dtypes;
  call->in_ranks = prepared->in_ranks;
  call->in_shapes = (const gint64 (*)[WEFT_MAX_RANK]) prepared->in_shapes;
  call->in = prepared->in;
  for (guint i = 0; i < apply->n_outputs; i++)
    {
      call->out_dtype[i] = apply->outputs[i].type.dtype;
      call->out_rank[i] = weft_type_dims (&apply->outputs[i].type, call->out_shape[i]);
    }
  call->stream = apply->stream;
}

void
weft_prepared_call_clear (WeftPreparedCall *prepared)
{
  g_free (prepared->in_dtypes);
  g_free (prepared->in_ranks);
  g_free (prepared->in_shapes);
  g_free (prepared->in);
}

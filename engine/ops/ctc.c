/* Connectionist temporal classification: the negative log of the probability that a sequence of
 * scores spells a shorter sequence of labels, over all ways of stretching the labels with repeats
 * and blanks; its gradient, and the product of its second derivatives with a direction.
 *
 * Per sequence, with p = softmax (logits): forward and backward sums over paths in logarithms and
 * in double. ctc_hvp carries the derivatives along v through the same sums. A sequence that cannot
 * be spelt costs infinity and has no gradient (zero).
 *
 * Source: Graves, Fernandez, Gomez, Schmidhuber 2006, "Connectionist Temporal Classification",
 * equations 5 to 16; the second derivatives are those of the recursions, by the chain rule.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/expand.h"

#include <math.h>
#include <string.h>

/* ---- Type rules ---- */

/* logits (batch, time, classes), labels (batch, n) and lengths (batch,); blank is a class. */
static gboolean
check_inputs (const WeftOp *op, const WeftAttr *attrs, const WeftType *inputs, GError **error)
{
  static const guint       ranks[] = { 3, 2, 1 };
  static const char *const shapes[] = { "(batch, time, classes)", "(batch, length)", "(batch,)" };

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *shape = weft_shape_to_string (&inputs[i].shape);
      WeftDim          batch = inputs[0].shape.dims[0];

      if (inputs[i].shape.rank != ranks[i])
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %s must be %s, not %s",
                       op->name, op->input_names[i], shapes[i], shape);
          return FALSE;
        }
      if (i > 0 && weft_dtype_is_float (inputs[i].dtype))
        {
          g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_DTYPE,
                       "%s: %s must be whole numbers, not %s", op->name, op->input_names[i],
                       weft_dtypes[inputs[i].dtype].name);
          return FALSE;
        }
      if (!weft_infer_same_dim (op, &batch, inputs[i].shape.dims[0], "sequences", error))
        return FALSE;
    }
  if (weft_dim_is_number (inputs[0].shape.dims[2]) && attrs[0].i >= inputs[0].shape.dims[2].offset)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_ATTRIBUTE,
                   "%s: blank is class %" G_GINT64_FORMAT ", there are %" G_GINT64_FORMAT, op->name,
                   attrs[0].i, inputs[0].shape.dims[2].offset);
      return FALSE;
    }
  return TRUE;
}

static INFER (infer_losses)
{
  types[0].dtype = inputs[0].dtype;
  types[0].shape.rank = 1;
  types[0].shape.dims[0] = inputs[0].shape.dims[0];
  return check_inputs (op, attrs, inputs, error);
}

static INFER (infer_grad)
{
  types[0].dtype = inputs[0].dtype;
  types[0].shape = inputs[0].shape;
  return check_inputs (op, attrs, inputs, error);
}

static INFER (infer_hvp)
{
  g_autofree char *shapes = weft_two_shapes (&inputs[0].shape, &inputs[3].shape);

  if (!infer_grad (op, attrs, n_inputs, inputs, types, error))
    return FALSE;
  if (inputs[3].shape.rank != 3)
    {
      g_set_error (error, WEFT_TYPE_ERROR, WEFT_TYPE_ERROR_SHAPE, "%s: %s differ in axes", op->name,
                   shapes);
      return FALSE;
    }
  for (guint i = 0; i < 3; i++)
    if (!weft_infer_same_dim (op, &types[0].shape.dims[i], inputs[3].shape.dims[i], shapes, error))
      return FALSE;
  return TRUE;
}

/* ---- One sequence ---- */

typedef struct
{
  gint64  time, classes, n_labels; /* of the arrays */
  gint64  steps, states;           /* of this sequence: steps, and labels with blanks between */
  gint64  blank;
  double *y, *dy;         /* [time, classes] log softmax, and its derivative along v */
  double *alpha, *dalpha; /* [time, states] log of the paths up to a state, with its emission */
  double *beta, *dbeta;   /* [time, states] log of the paths on from a state, without it */
  double *post, *dpost;   /* [classes] share of the paths at one step */
  gint64 *z;              /* [states] the label of each state */
  gint64  most_states;
} Sequence;

static gsize
sequence_bytes (gint64 time, gint64 classes, gint64 n_labels)
{
  gint64 states = 2 * n_labels + 1;

  return (2 * time * classes + 4 * time * states + 2 * classes) * sizeof (double) +
         states * sizeof (gint64);
}

static void
sequence_init (
  Sequence *s, gpointer memory, gint64 time, gint64 classes, gint64 n_labels, gint64 blank)
{
  gint64  states = 2 * n_labels + 1;
  double *next = memory;

  *s = (Sequence){ .time = time,
                   .classes = classes,
                   .n_labels = n_labels,
                   .blank = blank,
                   .most_states = states };
  s->y = next;
  s->dy = s->y + time * classes;
  s->alpha = s->dy + time * classes;
  s->dalpha = s->alpha + time * states;
  s->beta = s->dalpha + time * states;
  s->dbeta = s->beta + time * states;
  s->post = s->dbeta + time * states;
  s->dpost = s->post + classes;
  s->z = (gint64 *) (s->dpost + classes);
}

/* y = log softmax, and from v in dy the derivative v - sum (p v). */
static void
find_scores (Sequence *s)
{
  for (gint64 t = 0; t < s->steps; t++)
    {
      double *y = s->y + t * s->classes, *dy = s->dy + t * s->classes;
      double  largest = -INFINITY, sum = 0, mean = 0;

      for (gint64 k = 0; k < s->classes; k++)
        largest = fmax (largest, y[k]);
      for (gint64 k = 0; k < s->classes; k++)
        sum += exp (y[k] - largest);
      for (gint64 k = 0; k < s->classes; k++)
        {
          y[k] -= largest + log (sum);
          mean += exp (y[k]) * dy[k];
        }
      for (gint64 k = 0; k < s->classes; k++)
        dy[k] -= mean;
    }
}

/* log of a sum of exponentials, one at a time, with the derivative. */
static void
add_log (double *a, double *da, double b, double db)
{
  double larger = fmax (*a, b), x, y;

  if (larger == -INFINITY)
    return;
  x = exp (*a - larger);
  y = exp (b - larger);
  *da = ((x > 0 ? x * *da : 0) + (y > 0 ? y * db : 0)) / (x + y);
  *a = larger + log (x + y);
}

/* A path may skip the blank between two labels that differ. */
static gboolean
may_skip (const Sequence *s, gint64 state)
{
  return state >= 2 && s->z[state] != s->blank && s->z[state] != s->z[state - 2];
}

static void
go_forward (Sequence *s)
{
  for (gint64 t = 0; t < s->steps; t++)
    for (gint64 i = 0; i < s->states; i++)
      {
        double *a = s->alpha + t * s->most_states + i, *da = s->dalpha + t * s->most_states + i;
        gint64  reach = may_skip (s, i) ? 2 : MIN (i, 1);

        *a = t == 0 && i < 2 ? 0 : -INFINITY;
        *da = 0;
        for (gint64 k = 0; t > 0 && k <= reach; k++)
          add_log (a, da, *(a - s->most_states - k), *(da - s->most_states - k));
        *a += s->y[t * s->classes + s->z[i]];
        *da += s->dy[t * s->classes + s->z[i]];
      }
}

static void
go_back (Sequence *s)
{
  for (gint64 t = s->steps - 1; t >= 0; t--)
    for (gint64 i = 0; i < s->states; i++)
      {
        double  *b = s->beta + t * s->most_states + i, *db = s->dbeta + t * s->most_states + i;
        gboolean is_last = t == s->steps - 1;

        *b = is_last && i + 2 >= s->states ? 0 : -INFINITY;
        *db = 0;
        for (gint64 k = 0; !is_last && k <= 2 && i + k < s->states; k++)
          if (k < 2 || may_skip (s, i + 2))
            add_log (b, db,
                     *(b + s->most_states + k) + s->y[(t + 1) * s->classes + s->z[i + k]],
                     *(db + s->most_states + k) + s->dy[(t + 1) * s->classes + s->z[i + k]]);
      }
}

/* Log of the probability of all paths, and its derivative. An empty sequence spells no labels. */
static double
total (const Sequence *s, double *derivative)
{
  double sum = -INFINITY;

  *derivative = 0;
  if (s->steps == 0)
    return s->states == 1 ? 0 : -INFINITY;
  for (gint64 i = MAX (s->states - 2, 0); i < s->states; i++)
    add_log (&sum, derivative, s->alpha[(s->steps - 1) * s->most_states + i],
             s->dalpha[(s->steps - 1) * s->most_states + i]);
  return sum;
}

/* The share of the paths that are at each class at step @t, and its derivative. */
static void
find_shares (Sequence *s, gint64 t, double sum, double dsum)
{
  memset (s->post, 0, s->classes * sizeof (double));
  memset (s->dpost, 0, s->classes * sizeof (double));
  for (gint64 i = 0; i < s->states; i++)
    {
      gint64 at = t * s->most_states + i;
      double share = exp (s->alpha[at] + s->beta[at] - sum);

      if (!(share > 0))
        continue;
      s->post[s->z[i]] += share;
      s->dpost[s->z[i]] += share * (s->dalpha[at] + s->dbeta[at] - dsum);
    }
}

/* ---- Calls ---- */

typedef struct
{
  WeftOpId    id;
  WeftDType   dtypes[4];
  const void *in[4];
  WeftDType   out_dtype;
  void       *out;
  gint64      batch, time, classes, n_labels, blank;
  gint       *bad;
} Call;

static void
store (const Call *call, gint64 i, double value)
{
  if (call->out_dtype == WEFT_F64)
    ((double *) call->out)[i] = value;
  else
    ((float *) call->out)[i] = value;
}

static void
report (const Call *call, guint input)
{
  if (call->bad != NULL)
    g_atomic_int_set (call->bad, 1 + input);
}

/* Labels of sequence @b with blanks around them, up to the first negative one; how many steps
 * count. */
static void
read_labels (const Call *call, Sequence *s, gint64 b)
{
  s->states = 1;
  s->z[0] = s->blank;
  for (gint64 i = 0; i < s->n_labels; i++)
    {
      gint64 label = weft_load_number (call->dtypes[1], call->in[1], b * s->n_labels + i);

      if (label < 0)
        break;
      if (label >= s->classes || label == s->blank)
        {
          report (call, 1);
          label = 0;
        }
      s->z[s->states++] = label;
      s->z[s->states++] = s->blank;
    }
  s->steps = weft_load_number (call->dtypes[2], call->in[2], b);
  if (s->steps < 0 || s->steps > s->time)
    {
      report (call, 2);
      s->steps = 0;
    }
}

static void
run_sequence (const Call *call, Sequence *s, gint64 b)
{
  gint64 n = s->time * s->classes;
  double sum, dsum;

  read_labels (call, s, b);
  for (gint64 i = 0; i < n; i++)
    {
      s->y[i] = weft_load_number (call->dtypes[0], call->in[0], b * n + i);
      s->dy[i] = 0;
      if (call->id == WEFT_OP_CTC_HVP)
        s->dy[i] = weft_load_number (call->dtypes[3], call->in[3], b * n + i);
    }
  find_scores (s);
  go_forward (s);
  sum = total (s, &dsum);
  if (call->id == WEFT_OP_CTC_LOSSES)
    {
      store (call, b, -sum);
      return;
    }
  go_back (s);
  for (gint64 t = 0; t < s->time; t++)
    {
      gboolean counts = t < s->steps && sum > -INFINITY;

      if (counts)
        find_shares (s, t, sum, dsum);
      for (gint64 k = 0; k < s->classes; k++)
        {
          gint64 at = t * s->classes + k;
          double p = exp (s->y[at]), value = call->id == WEFT_OP_CTC_GRAD
                                               ? p - s->post[k]
                                               : p * s->dy[at] - s->dpost[k];

          store (call, b * n + at, counts ? value : 0);
        }
    }
}

static void
run_call (const Call *call, gpointer memory, gint64 begin, gint64 end)
{
  Sequence s;

  sequence_init (&s, memory, call->time, call->classes, call->n_labels, call->blank);
  for (gint64 b = begin; b < end; b++)
    run_sequence (call, &s, b);
}

static void
set_sizes (Call *call, const WeftOp *op, const WeftAttr *attrs, const gint64 *logits, gint64 labels)
{
  call->id = op->id;
  call->batch = logits[0];
  call->time = logits[1];
  call->classes = logits[2];
  call->n_labels = labels;
  call->blank = attrs[0].i;
}

static REFERENCE (ctc_reference)
{
  Call                call = { .out_dtype = WEFT_F64, .out = outputs[0]->data };
  g_autofree gpointer memory = NULL;

  for (guint i = 0; i < apply->n_inputs; i++)
    {
      call.dtypes[i] = WEFT_F64;
      call.in[i] = inputs[i]->data;
    }
  set_sizes (&call, apply->op, apply->attrs, inputs[0]->shape, inputs[1]->shape[1]);
  memory = g_malloc (sequence_bytes (call.time, call.classes, call.n_labels));
  if (call.classes > 0)
    run_call (&call, memory, 0, call.batch);
}

static gint64
ctc_units (const WeftKernelCall *call)
{
  return call->in_shapes[0][2] > 0 ? call->in_shapes[0][0] : 0;
}

static gsize
ctc_scratch (const WeftKernelCall *call)
{
  return sequence_bytes (call->in_shapes[0][1], call->in_shapes[0][2], call->in_shapes[1][1]);
}

static void
ctc_run (const WeftKernelCall *kernel_call, gint64 begin, gint64 end)
{
  Call call = { .out_dtype = kernel_call->out_dtype[0],
                .out = kernel_call->out[0],
                .bad = kernel_call->bad };

  for (guint i = 0; i < kernel_call->n_inputs; i++)
    {
      call.dtypes[i] = kernel_call->in_dtypes[i];
      call.in[i] = kernel_call->in[i];
    }
  set_sizes (&call, kernel_call->op, kernel_call->attrs, kernel_call->in_shapes[0],
             kernel_call->in_shapes[1][1]);
  run_call (&call, kernel_call->scratch, begin, end);
}

/* An exponential of some 20 operations a score; a logarithm and three exponentials a state. */
static double
ctc_flops (const WeftKernelCall *call)
{
  const gint64 *logits = call->in_shapes[0];
  gint64        states = 2 * call->in_shapes[1][1] + 1;

  return (double) logits[0] * logits[1] * (20.0 * logits[2] + 200.0 * states);
}

static const WeftKernel kernel = { ctc_units, ctc_run, ctc_scratch, ctc_flops };

/* ---- What the rows name ---- */

const WeftOpCode weft_code_ctc_losses = { infer_losses, ctc_reference, &kernel };
const WeftOpCode weft_code_ctc_grad = { infer_grad, ctc_reference, &kernel };
const WeftOpCode weft_code_ctc_hvp = { infer_hvp, ctc_reference, &kernel };

/* ---- Function ---- */

/* The mean over the sequences; without lengths every step counts. */
EXPAND (ctc)
{
  WeftScope *scope = weft_scope_new ();
  WeftValue *value;

  for (guint i = 0; i < 4; i++)
    {
      static const char *const names[] = { "logits", "labels", "lengths", "blank" };

      weft_scope_set (scope, names[i], &args[i]);
    }
  value = weft_expand_value (
    graph, scope,
    weft_expand_is_none (&args[2])
      ? "n = full((logits.shape[0],), logits.shape[1], dtype=i64)\n"
        "mean(ctc_losses(logits, labels, n, blank=blank))"
      : "mean(ctc_losses(logits, labels, lengths, blank=blank))",
    error);
  weft_scope_free (scope);
  return weft_expand_give (value, result);
}

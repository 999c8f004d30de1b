/* Looking while it runs: print, watch, assert, breakpoint. Each gives back its first input.
 *
 * The engine shows nothing itself: who runs a function may listen (weft_function_set_event).
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

static INFER (infer_look)
{
  types[0] = inputs[0];
  types[0].weak = FALSE;
  return TRUE;
}

static gint64
one_unit (const WeftKernelCall *call)
{
  return 1;
}

static void
copy_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  if (call->in[0] != call->out[0])
    memcpy (call->out[0], call->in[0],
            weft_product (call->in_shapes[0], call->in_ranks[0]) *
              weft_dtype_size (call->in_dtypes[0]));
}

static void
tell (const WeftKernelCall *call)
{
  if (call->event != NULL)
    call->event (call->event_data, call);
}

static REFERENCE (look_reference)
{
  memcpy (outputs[0]->data, inputs[0]->data, inputs[0]->n_bytes);
}

static const WeftKernel look_kernel = {
  .units = one_unit, .run = copy_run, .finish = tell, .in_place = 1
};

const WeftOpCode weft_code_look = { .infer = infer_look,
                                    .reference = look_reference,
                                    .kernel = &look_kernel };

/* ---- assert ---- */

/* TRUE if one of the conditions is @wanted. */
static gboolean
has_condition (const WeftKernelCall *call, gboolean wanted)
{
  gint64 n = weft_product (call->in_shapes[1], call->in_ranks[1]);

  for (gint64 i = 0; i < n; i++)
    if ((weft_load_number (call->in_dtypes[1], call->in[1], i) != 0) == wanted)
      return TRUE;
  return FALSE;
}

static void
assert_run (const WeftKernelCall *call, gint64 begin, gint64 end)
{
  copy_run (call, begin, end);
  if (has_condition (call, FALSE))
    g_atomic_int_set (call->bad, 2);
}

static char *
assert_complaint (const WeftKernelCall *call)
{
  const char *message = call->attrs[0].s;

  return message != NULL && *message != '\0' ? g_strdup (message)
                                             : g_strdup (_ ("a condition does not hold"));
}

static const WeftKernel assert_kernel = {
  .units = one_unit, .run = assert_run, .in_place = 1, .complain = assert_complaint
};

const WeftOpCode weft_code_assert = { .infer = infer_look,
                                      .reference = look_reference,
                                      .kernel = &assert_kernel };

/* ---- breakpoint ---- */

static void
break_where_true (const WeftKernelCall *call)
{
  if (has_condition (call, TRUE))
    tell (call);
}

static const WeftKernel breakpoint_kernel = {
  .units = one_unit, .run = copy_run, .finish = break_where_true, .in_place = 1
};

const WeftOpCode weft_code_breakpoint = { .infer = infer_look,
                                          .reference = look_reference,
                                          .kernel = &breakpoint_kernel };

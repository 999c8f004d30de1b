/* Compiled code beside the interpreter: each does the same step from the same bytes, and every bit
 * of the results must agree.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "engine/run/compiled.h"
#include "engine/base/number-text.h"
#include "engine/run/function-private.h"

/* The bytes that a step may write for one result. */
typedef struct
{
  char *at;
  gsize bytes;
  char *before, *compiled; /* owned */
} Region;

static void
clear_region (gpointer data)
{
  Region *region = data;
  g_free (region->before);
  g_free (region->compiled);
}

static GArray *
make_regions (WeftExecutor *executor, const WeftStep *step)
{
  GArray *regions = g_array_new (FALSE, FALSE, sizeof (Region));
  g_array_set_clear_func (regions, clear_region);
  for (guint i = 0; i < step->n_out; i++)
    {
      const WeftSlot *slot = &executor->program->slots[step->out[i].slot];
      gsize           skipped = step->out[i].offset * weft_dtype_size (slot->dtype);
      Region          region = { .at = weft_executor_operand (executor, &step->out[i]),
                                 .bytes = slot->bytes - MIN (skipped, slot->bytes) };
      region.before = g_memdup2 (region.at, region.bytes);
      g_array_append_val (regions, region);
    }
  return regions;
}

/* The application whose value result @out is, or NULL. */
static const WeftApply *
find_apply (WeftExecutor *executor, const WeftStep *step, guint out)
{
  for (guint i = 0; i < step->n_ops; i++)
    if ((step->ops[i].op == WEFT_TILE_STORE || step->ops[i].op == WEFT_TILE_ACROSS) &&
        step->ops[i].dst == out)
      return weft_graph_get_apply (executor->program->graph, step->ops[i].apply);
  return step->apply;
}

static gboolean
fail (WeftExecutor *executor, const WeftStep *step, guint out, gsize byte, GError **error)
{
  const WeftApply *apply = find_apply (executor, step, out);
  const WeftSlot  *slot = &executor->program->slots[step->out[out].slot];
  return weft_run_fail (error, WEFT_RUN_ERROR_COMPARE, apply, NULL,
                        _ ("%s: the compiled kernel and the interpreter differ in element "
                           "%s of the result of %s"),
                        step->name, WEFT_SIZE_TEXT (byte / weft_dtype_size (slot->dtype)),
                        apply != NULL ? apply->op->name : step->name);
}

/* NaN may have any sign and payload: which one an operation hands on is not fixed by IEEE 754. */
static gboolean
both_nan (WeftDType dtype, const char *a, const char *b)
{
  if (dtype == WEFT_F32)
    return *(const float *) a != *(const float *) a && *(const float *) b != *(const float *) b;
  if (dtype == WEFT_F64)
    return *(const double *) a != *(const double *) a && *(const double *) b != *(const double *) b;
  return FALSE;
}

static gboolean
check_region (
  WeftExecutor *executor, const WeftStep *step, guint out, const Region *region, GError **error)
{
  WeftDType dtype = executor->program->slots[step->out[out].slot].dtype;
  gsize     size = weft_dtype_size (dtype);
  if ((step->kind == WEFT_STEP_TILES && out == step->partials) ||
      (step->bodies != NULL && out == step->bodies->workspace) ||
      memcmp (region->compiled, region->at, region->bytes) == 0)
    return TRUE;
  for (gsize i = 0; i + size <= region->bytes; i += size)
    if (memcmp (region->compiled + i, region->at + i, size) != 0 &&
        !both_nan (dtype, region->compiled + i, region->at + i))
      return fail (executor, step, out, i, error);
  return TRUE;
}

static gboolean
run_interpreted (WeftExecutor *executor, guint i, GError **error)
{
  if (executor->loops[i] != NULL)
    return weft_loop_plan_run (executor->loops[i], executor, error);
  weft_share_run (executor, i, 1);
  return TRUE;
}

gboolean
weft_compare_step (WeftExecutor *executor, guint i, GError **error)
{
  const WeftStep    *step = &executor->program->steps[i];
  const WeftStepCode code = executor->codes[i];
  g_autoptr (GArray) regions = make_regions (executor, step);
  gboolean same = TRUE;
  weft_share_run (executor, i, 1);
  for (guint k = 0; k < regions->len; k++)
    {
      Region *region = &g_array_index (regions, Region, k);
      region->compiled = g_memdup2 (region->at, region->bytes);
      if (region->bytes > 0)
        memcpy (region->at, region->before, region->bytes);
    }
  weft_executor_set_code (executor, i, NULL, 0);
  same = run_interpreted (executor, i, error);
  weft_executor_set_code (executor, i, code.func, code.scratch_bytes);
  for (guint k = 0; same && k < regions->len; k++)
    same = check_region (executor, step, k, &g_array_index (regions, Region, k), error);
  return same;
}

/* ---- Results ---- */

/* What float32 may lose through several layers, of a result's size (root mean square); a wrong
 * kernel or rewrite loses more. A single number may be off by more, of the largest: where a
 * fraction decides (the sign of a relu, the place of a maximum) or is divided by its own size
 * (Adam). */
#define TOLERANCE_F32 1e-3
#define TOLERANCE_F64 1e-9
#define TOLERANCE_ONE 0.1

typedef struct
{
  double largest, squares; /* of the reference */
  double off, off_squares; /* the largest difference, and all */
  gint64 worst;            /* where it is */
} Difference;

/* Numbers that the reference cannot represent (rewrites are there to save them) are left out. */
static Difference
measure (const WeftArray *got, const WeftArray *reference)
{
  Difference d = { 0 };
  for (gint64 i = 0; i < reference->n_elements; i++)
    {
      double y = weft_array_get (reference, i);
      double off = fabs (weft_array_get (got, i) - y);
      if (!isfinite (y))
        continue;
      d.largest = MAX (d.largest, fabs (y));
      d.squares += y * y;
      d.off_squares += off * off;
      if (!isnan (d.off) && !(off <= d.off))
        {
          d.off = off;
          d.worst = i;
        }
    }
  return d;
}

/* Whole numbers are not compared: a rounding may turn a comparison. */
gboolean
weft_compare_result (const WeftValue *value,
                     const WeftArray *got,
                     const WeftArray *reference,
                     GError         **error)
{
  double     tolerance = got->dtype == WEFT_F64 ? TOLERANCE_F64 : TOLERANCE_F32;
  double     smallest = got->dtype == WEFT_F64 ? 1e-12 : 1e-6;
  Difference d;
  if (!weft_dtype_is_float (got->dtype))
    return TRUE;
  d = measure (got, reference);
  if (d.off <= smallest ||
      (sqrt (d.off_squares) <= tolerance * sqrt (d.squares) && d.off <= TOLERANCE_ONE * d.largest))
    return TRUE;
  return weft_run_fail (error, WEFT_RUN_ERROR_COMPARE, value->apply, NULL,
                        _ ("%s: element %s is %g, the reference says %g"),
                        value->name != NULL ? value->name : value->apply->op->name,
                        WEFT_INT_TEXT (d.worst), weft_array_get (got, d.worst),
                        weft_array_get (reference, d.worst));
}

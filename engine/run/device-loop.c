/* Loops on a device. Pointers move as on the CPU (loop.c); they are the device's.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/device-loop.h"

#include "engine/tensor/philox.h"

/* What row draws by: seed and step. */
#define DRAW_BYTES (2 * sizeof (guint64))

struct _WeftDeviceLoop
{
  WeftDevice     *device;
  const WeftStep *step;
  WeftLoopPlan   *plan;
  guint          *kernels;   /* by step of the body: number of its first text */
  guint          *n_kernels; /* how many follow each other; of a product: of what it adds to */
  gboolean       *products;
  char          **constants; /* by constant of the body */
  char           *draw;      /* by row, or NULL: none draws */
  char          **at;        /* room for the operands of one step of the body */
  WeftDeviceCode *code;      /* of the running call */
  char           *bad;       /* likewise */
};

/* ---- Making ---- */

/* Adds the texts of the body's step number @i. Returns whether the device does it. */
static gboolean
add_texts (WeftDeviceLoop *loop, guint i, GPtrArray *texts, gboolean *draws)
{
  const WeftProgram *program = loop->step->bodies->programs[0];
  const WeftStep    *step = &program->steps[i];
  gboolean           is_product = step->kind == WEFT_STEP_GEMM, fails = FALSE;
  WeftKernelText    *text =
    is_product ? weft_emit_addend (program, i) : weft_emit_step (program, i, WEFT_TEXT_CUDA);

  loop->kernels[i] = texts->len;
  loop->products[i] = (is_product || step->kind == WEFT_STEP_OP) &&
                      loop->device->class->has_product (loop->device, step);
  for (guint launch = 1; text != NULL; launch++)
    {
      g_ptr_array_add (texts, text);
      fails |= text->fails;
      *draws |= text->draws;
      text = is_product ? NULL : weft_emit_then (program, i, launch);
    }
  loop->n_kernels[i] = texts->len - loop->kernels[i];
  /* Nobody could tell which row met a number out of range. */
  return !fails && (loop->products[i] || (!is_product && loop->n_kernels[i] > 0));
}

/* Whether loop.c may run the body without looking at its numbers. */
static gboolean
is_counted (const WeftStep *step)
{
  return step->kind == WEFT_STEP_LOOP && step->bodies->until == WEFT_NOBODY &&
         step->bodies->count == WEFT_NOBODY;
}

static gboolean
add_all_texts (WeftDeviceLoop *loop, GPtrArray *texts, gboolean *draws)
{
  const WeftProgram *program = loop->step->bodies->programs[0];
  guint              n_operands = 0;

  for (guint i = 0; i < program->n_steps; i++)
    {
      if (!add_texts (loop, i, texts, draws))
        return FALSE;
      n_operands = MAX (n_operands, program->steps[i].n_in + program->steps[i].n_out + 1);
    }
  loop->at = g_new0 (char *, MAX (n_operands, 1));
  return TRUE;
}

static gboolean
place_constants (WeftDeviceLoop *loop, gboolean draws, GError **error)
{
  const WeftProgram *program = loop->step->bodies->programs[0];
  const WeftDeviceClass *class = loop->device->class;
  WeftExecutor *body = weft_loop_plan_get_executor (loop->plan, 0);

  if (draws)
    loop->draw =
      class->allocate (loop->device, MAX (loop->step->bodies->n_rows, 1) * DRAW_BYTES, error);
  if (draws && loop->draw == NULL)
    return FALSE;
  for (guint i = 0; i < program->n_constants; i++)
    {
      const WeftArray *constant = program->constants[i];

      loop->constants[i] = class->allocate (loop->device, MAX (constant->n_bytes, 1), error);
      if (loop->constants[i] == NULL)
        return FALSE;
      class->upload (loop->device, loop->constants[i], constant->data, constant->n_bytes);
    }
  for (guint i = 0; i < program->n_slots; i++)
    if (program->slots[i].kind == WEFT_SLOT_CONSTANT)
      body->slots[i] = loop->constants[program->slots[i].index];
  return TRUE;
}

WeftDeviceLoop *
weft_device_loop_new (
  WeftDevice *device, const WeftStep *step, char *workspace, GPtrArray *texts, GError **error)
{
  const WeftProgram *body = step->bodies->programs[0];
  guint              n = MAX (body->n_steps, 1), n_texts = texts->len;
  gboolean           draws = FALSE;
  WeftDeviceLoop    *loop;

  if (!is_counted (step))
    return NULL;
  loop = g_new0 (WeftDeviceLoop, 1);
  loop->device = device;
  loop->step = step;
  loop->kernels = g_new0 (guint, n);
  loop->n_kernels = g_new0 (guint, n);
  loop->products = g_new0 (gboolean, n);
  loop->constants = g_new0 (char *, MAX (body->n_constants, 1));
  if (add_all_texts (loop, texts, &draws))
    {
      loop->plan = weft_loop_plan_new (step, workspace);
      if (place_constants (loop, draws, error))
        return loop;
    }
  g_ptr_array_set_size (texts, n_texts);
  weft_device_loop_free (loop);
  return NULL;
}

void
weft_device_loop_free (WeftDeviceLoop *loop)
{
  const WeftDeviceClass *class = loop->device->class;

  for (guint i = 0; i < loop->step->bodies->programs[0]->n_constants; i++)
    if (loop->constants[i] != NULL)
      class->release (loop->device, loop->constants[i]);
  if (loop->draw != NULL)
    class->release (loop->device, loop->draw);
  g_clear_pointer (&loop->plan, weft_loop_plan_free);
  g_free (loop->kernels);
  g_free (loop->n_kernels);
  g_free (loop->products);
  g_free (loop->constants);
  g_free (loop->at);
  g_free (loop);
}

/* ---- Running ---- */

void
weft_device_loop_begin (WeftDeviceLoop *loop, const WeftExecutor *executor)
{
  gint64              n = loop->step->bodies->n_rows;
  g_autofree guint64 *draw = NULL;

  if (loop->draw == NULL || n == 0)
    return;
  draw = g_new (guint64, 2 * n);
  for (gint64 row = 0; row < n; row++)
    {
      draw[2 * row] = weft_random_row_seed (executor->seed, row);
      draw[2 * row + 1] = executor->step;
    }
  loop->device->class->upload (loop->device, loop->draw, draw, n * DRAW_BYTES);
}

static void
run_step (WeftDeviceLoop *loop, WeftExecutor *body, guint i, gint64 row)
{
  const WeftDeviceClass *class = loop->device->class;
  const WeftStep  *step = &body->program->steps[i];
  gboolean         parts = step->kind == WEFT_STEP_TILES && step->partials != WEFT_NOBODY;
  WeftDeviceLaunch launch = { .pointers = loop->at, .bad = loop->bad };

  for (guint k = 0; k < step->n_in; k++)
    loop->at[launch.n_pointers++] = weft_executor_operand (body, &step->in[k]);
  for (guint k = 0; k < step->n_out; k++)
    if (parts && k == step->partials)
      launch.partials = weft_executor_operand (body, &step->out[k]);
    else
      loop->at[launch.n_pointers++] = weft_executor_operand (body, &step->out[k]);
  loop->at[launch.n_pointers] = loop->draw != NULL ? loop->draw + row * DRAW_BYTES : NULL;
  for (guint k = 0; k < loop->n_kernels[i]; k++)
    {
      launch.kernel = loop->kernels[i] + k;
      class->launch (loop->device, loop->code, &launch);
    }
  if (loop->products[i])
    class->product (loop->device, step, loop->at);
}

static void
run_row (gpointer data, WeftExecutor *body, gint64 row)
{
  for (guint i = 0; i < body->program->n_steps; i++)
    run_step (data, body, i, row);
}

static void
copy (gpointer data, char *to, const char *from, gsize bytes)
{
  WeftDevice *device = ((WeftDeviceLoop *) data)->device;

  device->class->copy (device, to, from, bytes);
}

static void
clear (gpointer data, char *at, gsize bytes)
{
  WeftDevice *device = ((WeftDeviceLoop *) data)->device;

  device->class->clear (device, at, bytes);
}

void
weft_device_loop_run (WeftDeviceLoop *loop,
                      WeftExecutor   *executor,
                      WeftDeviceCode *code,
                      char *const    *at,
                      char           *bad)
{
  const WeftLoopPlace place = { at, run_row, copy, clear, loop };

  loop->code = code;
  loop->bad = bad;
  weft_loop_plan_run_at (loop->plan, executor, &place);
}

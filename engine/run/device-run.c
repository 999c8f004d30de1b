/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "engine/run/device-loop.h"
#include "engine/run/device-run.h"
#include "engine/run/function.h"

/* Where the bytes of a slot, or of a variable, are as they should be. */
enum
{
  ON_CPU = 1,
  ON_DEVICE = 2,
};

/* ---- Variables ---- */

/* A variable in the memory of a device, for all the runs that use it. */
typedef struct
{
  WeftShared *shared; /* borrowed from the programs of the runs */
  char       *at;
  gsize       bytes;
  guint64     version; /* of the array that was sent there */
  guint       users;
} Place;

typedef struct _WeftPlaces
{
  WeftSharedHolder holder;
  WeftDevice      *device;
  GHashTable      *by_shared; /* WeftShared -> Place */
} Places;

static gboolean
fetch (WeftSharedHolder *holder, WeftShared *shared)
{
  Places *places = (Places *) holder;
  Place  *place = g_hash_table_lookup (places->by_shared, shared);

  if (!places->device->class->settle (places->device, NULL))
    return FALSE;
  if (place->bytes > 0)
    places->device->class->download (places->device, shared->value->data, place->at, place->bytes);
  if (!places->device->class->settle (places->device, NULL))
    return FALSE;
  shared->version++;
  place->version = shared->version;
  return TRUE;
}

void
weft_device_free (WeftDevice *device)
{
  if (device->places != NULL)
    {
      g_assert (g_hash_table_size (device->places->by_shared) == 0);
      g_hash_table_unref (device->places->by_shared);
      g_free (device->places);
    }
  g_free (device->name);
  device->class->free (device);
}

/* The place of @shared, one user more; NULL: the device has no room. */
static Place *
place_use (WeftDevice *device, WeftShared *shared, gsize bytes, GError **error)
{
  Places *places = device->places;
  Place  *place;

  if (places == NULL)
    {
      places = device->places = g_new0 (Places, 1);
      places->holder.fetch = fetch;
      places->device = device;
      places->by_shared = g_hash_table_new (NULL, NULL);
    }
  place = g_hash_table_lookup (places->by_shared, shared);
  if (place == NULL)
    {
      char *at = device->class->allocate (device, MAX (bytes, 1), error);

      if (at == NULL)
        return NULL;
      place = g_new0 (Place, 1);
      place->shared = shared;
      place->at = at;
      place->bytes = bytes;
      place->version = shared->version - 1;
      g_hash_table_insert (places->by_shared, shared, place);
    }
  place->users++;
  return place;
}

static void
place_leave (WeftDevice *device, Place *place)
{
  if (--place->users > 0)
    return;
  if (place->shared->holder == &device->places->holder && !weft_shared_settle (place->shared))
    weft_shared_hold (place->shared, NULL);
  device->class->release (device, place->at);
  g_hash_table_remove (device->places->by_shared, place->shared);
  g_free (place);
}

/* Where the newest value is. */
static guint8
where_is (WeftDevice *device, const Place *place)
{
  WeftShared *shared = place->shared;

  if (shared->holder == &device->places->holder)
    return ON_DEVICE;
  weft_shared_settle (shared);
  return place->version == shared->version ? ON_CPU | ON_DEVICE : ON_CPU;
}

/* ---- Making ---- */

/* Steps of the device that follow each other. The first time they are launched one by one, so that
 * the libraries get the memory that they need; the second time they are kept, then replayed. */
typedef struct
{
  guint        n; /* 0: none begins here; a span of one is launched as it is */
  guint        n_calls;
  guint64      rooms; /* of the device, when it was captured */
  WeftCapture *capture;
} Span;

struct _WeftDeviceRun
{
  WeftDevice      *device;
  WeftExecutor    *executor;
  Place          **places; /* by variable of the program */
  char            *arena;
  char            *bad;       /* of an int a step */
  char            *draw;      /* two guint64: seed and step */
  gboolean         picks;     /* some kernel may meet a number out of range */
  gboolean         draws;     /* some kernel reads @draw */
  char           **slots;     /* where each lies on the device */
  gboolean        *owned;     /* by slot: memory of its own */
  guint8          *where;     /* by slot */
  guint           *kernels;   /* by step: number in @code of the first */
  guint           *n_kernels; /* how many follow each other; of a product: of what it adds to */
  gboolean        *products;
  WeftDeviceLoop **loops; /* likewise, or NULL */
  char           **at;    /* room for the operands of one step */
  Span            *spans; /* by step, where one begins */
  guint            done;  /* steps before this one were replayed */
  WeftDeviceCode  *code;
  guint            n_on_device;
};

/* The texts of step number @i, in the order of their launches. */
static void
add_texts (WeftDeviceRun *run, guint i, GPtrArray *texts)
{
  const WeftProgram *program = run->executor->program;
  guint              first = texts->len;
  gboolean           is_product = program->steps[i].kind == WEFT_STEP_GEMM;
  WeftKernelText    *text =
    is_product ? weft_emit_addend (program, i) : weft_emit_step (program, i, WEFT_TEXT_CUDA);

  for (guint launch = 1; text != NULL; launch++)
    {
      g_ptr_array_add (texts, text);
      run->picks |= text->fails;
      run->draws |= text->draws;
      text = is_product ? NULL : weft_emit_then (program, i, launch);
    }
  run->n_kernels[i] = texts->len - first;
  run->kernels[i] = first;
}

/* Whether the device does step number @i. */
static gboolean
is_here (const WeftDeviceRun *run, guint i)
{
  return run->products[i] || run->loops[i] != NULL ||
         (run->executor->program->steps[i].kind != WEFT_STEP_GEMM && run->n_kernels[i] > 0);
}

static char *
operand_at (WeftDeviceRun *run, const WeftOperand *operand)
{
  const WeftSlot *slot = &run->executor->program->slots[operand->slot];

  return run->slots[operand->slot] + operand->offset * (gssize) weft_dtype_size (slot->dtype);
}

/* FALSE: there is no room for it; a body that is the CPU's is no error. */
static gboolean
add_loop (WeftDeviceRun *run, guint i, GPtrArray *texts, GError **error)
{
  const WeftStep *step = &run->executor->program->steps[i];
  GError         *failure = NULL;

  run->loops[i] = weft_device_loop_new (
    run->device, step, operand_at (run, &step->out[step->bodies->workspace]), texts, &failure);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}

/* None goes across the step before which the CPU looks for errors. A loop, which sends what its
 * rows draw from, is in none. */
static void
find_spans (WeftDeviceRun *run)
{
  const WeftProgram *program = run->executor->program;
  guint              end;

  for (guint i = 0; i < program->n_steps; i = MAX (end, i + 1))
    {
      for (end = i; end < program->n_steps && is_here (run, end) && run->loops[end] == NULL; end++)
        if (end > i && end == program->first_in_place)
          break;
      run->spans[i].n = end - i;
    }
}

static void
drop_capture (WeftDeviceRun *run, Span *span)
{
  if (span->capture != NULL)
    run->device->class->free_capture (run->device, span->capture);
  span->capture = NULL;
}

static gboolean
build_code (WeftDeviceRun *run, GError **error)
{
  const WeftProgram *program = run->executor->program;
  g_autoptr (GPtrArray) texts =
    g_ptr_array_new_with_free_func ((GDestroyNotify) weft_kernel_text_free);
  guint n_operands = 1;

  for (guint i = 0; i < program->n_steps; i++)
    {
      const WeftStep *step = &program->steps[i];

      add_texts (run, i, texts);
      if (step->kind == WEFT_STEP_LOOP && !add_loop (run, i, texts, error))
        return FALSE;
      run->products[i] =
        (step->kind == WEFT_STEP_GEMM || step->kind == WEFT_STEP_OP) &&
        run->device->class->has_product (run->device, step);
      run->n_on_device += is_here (run, i);
      n_operands = MAX (n_operands, step->n_in + step->n_out + 1);
    }
  run->at = g_new0 (char *, n_operands);
  find_spans (run);
  run->code = run->device->class->build (run->device, texts->len,
                                         (WeftKernelText *const *) texts->pdata, error);
  return run->code != NULL;
}

static gboolean
place_shared (WeftDeviceRun *run, guint i, GError **error)
{
  const WeftProgram *program = run->executor->program;
  const WeftSlot    *slot = &program->slots[i];
  Place            **place = &run->places[slot->index];

  if (*place == NULL)
    *place = place_use (run->device, program->shared[slot->index], slot->bytes, error);
  if (*place != NULL)
    run->slots[i] = (*place)->at;
  return *place != NULL;
}

/* Memory of what does not change with the call, and for inputs and outputs. */
static gboolean
place_slots (WeftDeviceRun *run, GError **error)
{
  const WeftProgram *program = run->executor->program;
  const WeftDeviceClass *class = run->device->class;

  run->arena = class->allocate (run->device, MAX (program->arena_bytes, 1), error);
  run->bad = run->arena != NULL
               ? class->allocate (run->device, MAX (program->n_steps, 1) * sizeof (gint), error)
               : NULL;
  run->draw = run->bad != NULL ? class->allocate (run->device, 2 * sizeof (guint64), error) : NULL;
  if (run->draw == NULL)
    return FALSE;
  for (guint i = 0; i < program->n_slots; i++)
    {
      const WeftSlot *slot = &program->slots[i];

      if (slot->kind == WEFT_SLOT_ARENA)
        run->slots[i] = run->arena + slot->offset;
      else if (slot->kind == WEFT_SLOT_SHARED && !place_shared (run, i, error))
        return FALSE;
      if (slot->kind == WEFT_SLOT_ARENA || slot->kind == WEFT_SLOT_SHARED)
        continue;
      run->slots[i] = class->allocate (run->device, MAX (slot->bytes, 1), error);
      if (run->slots[i] == NULL)
        return FALSE;
      run->owned[i] = TRUE;
      if (slot->kind == WEFT_SLOT_CONSTANT)
        class->upload (run->device, run->slots[i], run->executor->slots[i], slot->bytes);
    }
  return TRUE;
}

WeftDeviceRun *
weft_device_run_new (WeftDevice *device, WeftExecutor *executor, GError **error)
{
  WeftDeviceRun *run = g_new0 (WeftDeviceRun, 1);
  guint          n_slots = MAX (executor->program->n_slots, 1);
  guint          n_steps = MAX (executor->program->n_steps, 1);

  run->device = device;
  run->executor = executor;
  run->places = g_new0 (Place *, MAX (executor->program->n_shared, 1));
  run->slots = g_new0 (char *, n_slots);
  run->owned = g_new0 (gboolean, n_slots);
  run->where = g_new0 (guint8, n_slots);
  run->kernels = g_new0 (guint, n_steps);
  run->n_kernels = g_new0 (guint, n_steps);
  run->products = g_new0 (gboolean, n_steps);
  run->loops = g_new0 (WeftDeviceLoop *, n_steps);
  run->spans = g_new0 (Span, n_steps);
  if (place_slots (run, error) && build_code (run, error))
    return run;
  weft_device_run_free (run);
  return NULL;
}

void
weft_device_run_free (WeftDeviceRun *run)
{
  const WeftDeviceClass *class = run->device->class;

  for (guint i = 0; i < run->executor->program->n_steps; i++)
    drop_capture (run, &run->spans[i]);
  for (guint i = 0; i < run->executor->program->n_slots; i++)
    if (run->owned[i])
      class->release (run->device, run->slots[i]);
  for (guint i = 0; i < run->executor->program->n_steps; i++)
    g_clear_pointer (&run->loops[i], weft_device_loop_free);
  for (guint i = 0; i < run->executor->program->n_shared; i++)
    if (run->places[i] != NULL)
      place_leave (run->device, run->places[i]);
  if (run->arena != NULL)
    class->release (run->device, run->arena);
  if (run->bad != NULL)
    class->release (run->device, run->bad);
  if (run->draw != NULL)
    class->release (run->device, run->draw);
  if (run->code != NULL)
    class->free_code (run->device, run->code);
  g_free (run->places);
  g_free (run->slots);
  g_free (run->owned);
  g_free (run->where);
  g_free (run->kernels);
  g_free (run->n_kernels);
  g_free (run->products);
  g_free (run->loops);
  g_free (run->spans);
  g_free (run->at);
  g_free (run);
}

guint
weft_device_run_count (const WeftDeviceRun *run)
{
  return run->n_on_device;
}

/* ---- What lies where ---- */

/* The bytes of @slot are there. */
static void
bring (WeftDeviceRun *run, guint i, guint8 there)
{
  const WeftDeviceClass *class = run->device->class;
  const WeftSlot *slot = &run->executor->program->slots[i];

  if (run->where[i] == 0 || (run->where[i] & there) != 0)
    return;
  if (slot->bytes > 0 && there == ON_DEVICE)
    class->upload (run->device, run->slots[i], run->executor->slots[i], slot->bytes);
  else if (slot->bytes > 0)
    class->download (run->device, run->executor->slots[i], run->slots[i], slot->bytes);
  run->where[i] |= there;
  if (slot->kind == WEFT_SLOT_SHARED && there == ON_DEVICE)
    run->places[slot->index]->version = run->places[slot->index]->shared->version;
}

/* A step reads its operands and writes its results there. What is written in part, or in place, is
 * brought first; nobody else reads the workspace of a step with bodies. */
static void
bring_operands (WeftDeviceRun *run, const WeftStep *step, guint8 there)
{
  for (guint i = 0; i < step->n_in; i++)
    bring (run, step->in[i].slot, there);
  for (guint i = 0; i < step->n_out; i++)
    {
      if (step->bodies != NULL && i == step->bodies->workspace)
        continue;
      bring (run, step->out[i].slot, there);
      run->where[step->out[i].slot] = there;
    }
}

/* ---- Running ---- */

static guint8
where_at_first (WeftDeviceRun *run, const WeftSlot *slot)
{
  switch (slot->kind)
    {
    case WEFT_SLOT_INPUT:
      return ON_CPU;
    case WEFT_SLOT_CONSTANT:
      return ON_CPU | ON_DEVICE;
    case WEFT_SLOT_SHARED:
      return where_is (run->device, run->places[slot->index]);
    case WEFT_SLOT_ARENA:
    case WEFT_SLOT_OUTPUT:
      break;
    }
  return 0;
}

void
weft_device_run_begin (WeftDeviceRun *run)
{
  const WeftProgram *program = run->executor->program;

  run->done = 0;
  for (guint i = 0; i < program->n_slots; i++)
    run->where[i] = where_at_first (run, &program->slots[i]);
  if (run->picks)
    run->device->class->clear (run->device, run->bad, program->n_steps * sizeof (gint));
  if (run->draws)
    run->device->class->upload (run->device, run->draw,
                                (guint64[]){ run->executor->seed, run->executor->step },
                                2 * sizeof (guint64));
  for (guint i = 0; i < program->n_steps; i++)
    if (run->loops[i] != NULL)
      weft_device_loop_begin (run->loops[i], run->executor);
}

/* The operands and results of step number @i are in run->at, but for the partials. */
static WeftDeviceLaunch
gather_operands (WeftDeviceRun *run, guint i)
{
  const WeftStep  *step = &run->executor->program->steps[i];
  gboolean         parts = step->kind == WEFT_STEP_TILES && step->partials != WEFT_NOBODY;
  WeftDeviceLaunch launch = { .kernel = run->kernels[i],
                              .pointers = run->at,
                              .bad = run->bad + i * sizeof (gint) };

  for (guint k = 0; k < step->n_in; k++)
    run->at[launch.n_pointers++] = operand_at (run, &step->in[k]);
  for (guint k = 0; k < step->n_out; k++)
    if (parts && k == step->partials)
      launch.partials = operand_at (run, &step->out[k]);
    else
      run->at[launch.n_pointers++] = operand_at (run, &step->out[k]);
  /* Only kernels that draw have a parameter for it. */
  run->at[launch.n_pointers] = run->draw;
  return launch;
}

/* The kernels of step number @i, one after the other. */
static void
launch_kernels (WeftDeviceRun *run, guint i, WeftDeviceLaunch *launch)
{
  for (guint k = 0; k < run->n_kernels[i]; k++)
    {
      launch->kernel = run->kernels[i] + k;
      run->device->class->launch (run->device, run->code, launch);
    }
}

static void
launch_step (WeftDeviceRun *run, guint i)
{
  WeftDeviceLaunch launch = gather_operands (run, i);

  if (run->loops[i] != NULL)
    weft_device_loop_run (run->loops[i], run->executor, run->code, run->at, launch.bad);
  launch_kernels (run, i, &launch);
  if (run->products[i])
    run->device->class->product (run->device, &run->executor->program->steps[i], run->at);
}

/* All steps of the span that begins at @first, at once. FALSE: it is to be done one by one, this
 * time or always. */
static gboolean
replay_span (WeftDeviceRun *run, guint first)
{
  const WeftDeviceClass *class = run->device->class;
  Span *span = &run->spans[first];

  if (span->n < 2 || run->device->choices.one_by_one || class->capture == NULL ||
      run->executor->after != NULL || run->executor->clock != NULL || span->n_calls++ == 0)
    return FALSE;
  if (span->rooms != run->device->rooms)
    drop_capture (run, span);
  /* What an earlier step leaves on the CPU lives until it is read: sending it now harms nobody. */
  for (guint i = first; i < first + span->n; i++)
    bring_operands (run, &run->executor->program->steps[i], ON_DEVICE);
  if (span->capture == NULL && class->capture (run->device))
    {
      for (guint i = first; i < first + span->n; i++)
        launch_step (run, i);
      span->capture = class->captured (run->device);
      span->rooms = run->device->rooms;
    }
  if (span->capture == NULL)
    {
      run->device->choices.one_by_one = TRUE;
      return FALSE;
    }
  class->replay (run->device, span->capture);
  run->done = first + span->n;
  return TRUE;
}

gboolean
weft_device_run_step (WeftDeviceRun *run, guint i)
{
  gboolean here = is_here (run, i);

  if (i < run->done || replay_span (run, i))
    return TRUE;
  bring_operands (run, &run->executor->program->steps[i], here ? ON_DEVICE : ON_CPU);
  if (here)
    launch_step (run, i);
  return here;
}

void
weft_device_run_need (WeftDeviceRun *run, guint i)
{
  const WeftStep *step = &run->executor->program->steps[i];

  for (guint k = 0; k < step->n_in; k++)
    bring (run, step->in[k].slot, ON_CPU);
}

void
weft_device_run_show (WeftDeviceRun *run, guint i)
{
  const WeftStep *step = &run->executor->program->steps[i];

  for (guint k = 0; k < step->n_out; k++)
    bring (run, step->out[k].slot, ON_CPU);
}

gboolean
weft_device_run_check (WeftDeviceRun *run, GError **error)
{
  guint            n = run->executor->program->n_steps;
  g_autofree gint *bad = NULL;

  if (!run->picks)
    return TRUE;
  bad = g_new0 (gint, n);
  run->device->class->download (run->device, bad, run->bad, n * sizeof (gint));
  if (!run->device->class->settle (run->device, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (bad[i] != 0)
      run->executor->bad[i] = bad[i];
  return TRUE;
}

/* The device then holds the new value of the variable. */
static void
update (WeftDeviceRun *run, const WeftUpdate *update)
{
  Place *place = run->places[update->shared];

  bring (run, update->value.slot, ON_DEVICE);
  if (!update->in_place && place->bytes > 0)
    run->device->class->copy (run->device, place->at, operand_at (run, &update->value),
                              place->bytes);
  weft_shared_hold (place->shared, &run->device->places->holder);
}

gboolean
weft_device_run_wait (WeftDeviceRun *run, GError **error)
{
  return run->device->class->settle (run->device, error);
}

gboolean
weft_device_run_end (WeftDeviceRun *run, GError **error)
{
  const WeftProgram *program = run->executor->program;

  for (guint i = 0; i < program->n_outputs; i++)
    bring (run, program->outputs[i].slot, ON_CPU);
  for (guint i = 0; i < program->n_updates; i++)
    update (run, &program->updates[i]);
  return run->device->class->settle (run->device, error);
}

/* Convolutions by oneDNN: the batch is cut into units, each done by single-threaded primitives on
 * channels-last arrays.
 *
 * How the batch is cut depends on the shapes alone, so the numbers do not depend on the threads.
 * The kernel's array is repacked into the order that oneDNN asks for, once a run; for its gradient
 * each unit fills an array of its own, which are added in their order. All memory is allocated when
 * the program is made.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/conv-private.h"

#if WEFT_HAVE_DNNL

#include <string.h>

#include <oneapi/dnnl/dnnl.h>

#include "engine/ops/net-kernels.h"

/* A unit is worth handing out from some 50 us on, at 100 operations a nanosecond. */
#define UNIT_FLOPS 5e6
#define MAX_UNITS 16
#define ALIGNMENT 64

/* A unit's memory objects; their pointers are set at each run. */
typedef struct
{
  dnnl_memory_t x, w, y, scratch;
  dnnl_stream_t stream;
} Unit;

struct _WeftConvDnnl
{
  WeftConv         conv;
  gint64           n_units, images; /* of a unit; the last one may have fewer */
  dnnl_primitive_t whole, last;     /* last: NULL where all are whole */
  gsize            scratch;
  dnnl_primitive_t repack; /* NULL: oneDNN takes the array as it is */
  dnnl_memory_t    plain_memory, packed_memory;
  char            *packed;       /* the kernel, or n_units gradients of it */
  gsize            packed_bytes; /* of one */
  gsize            packed_step;  /* bytes from one to the next */
  Unit            *units;
};

typedef struct
{
  dnnl_memory_desc_t x, w, y;
} Arrays;

static dnnl_engine_t
get_engine (void)
{
  static dnnl_engine_t engine;
  static gsize         once;

  if (g_once_init_enter (&once))
    {
      if (dnnl_engine_create (&engine, dnnl_cpu, 0) != dnnl_success)
        engine = NULL;
      g_once_init_leave (&once, 1);
    }
  return engine;
}

/* ---- Descriptions ---- */

/* How many axes oneDNN is told of: it is best at two. */
static int
n_axes (const WeftConv *conv)
{
  const WeftWindows *windows = &conv->windows;

  return windows->in[0] == 1 && windows->size[0] == 1 && windows->out[0] == 1 ? 2 : 3;
}

/* (batch, channels, axes) in oneDNN's order of naming, channels last in memory. */
static void
describe_data (dnnl_memory_desc_t *desc,
               int                 axes,
               gint64              batch,
               const gint64       *sizes,
               gint64              channels)
{
  dnnl_dims_t dims = { batch, channels }, strides = { 0, 1 };
  gint64      step = channels;

  for (int i = axes - 1; i >= 0; i--)
    {
      dims[2 + i] = sizes[WEFT_WINDOW_AXES - axes + i];
      strides[2 + i] = step;
      step *= dims[2 + i];
    }
  strides[0] = step;
  dnnl_memory_desc_init_by_strides (desc, 2 + axes, dims, dnnl_f32, strides);
}

/* ([groups,] out, in, window), as it lies in memory (window, in, out) or @any way. */
static void
describe_kernel (dnnl_memory_desc_t *desc, const WeftConv *conv, int axes, gboolean any)
{
  int         first = conv->groups > 1 ? 1 : 0;
  dnnl_dims_t dims = { conv->groups }, strides = { conv->out_each };
  gint64      step = conv->in_each * conv->n_out;

  dims[first] = conv->out_each;
  strides[first] = 1;
  dims[first + 1] = conv->in_each;
  strides[first + 1] = conv->n_out;
  for (int i = axes - 1; i >= 0; i--)
    {
      dims[first + 2 + i] = conv->windows.size[WEFT_WINDOW_AXES - axes + i];
      strides[first + 2 + i] = step;
      step *= dims[first + 2 + i];
    }
  if (any)
    dnnl_memory_desc_init_by_tag (desc, first + 2 + axes, dims, dnnl_f32, dnnl_format_tag_any);
  else
    dnnl_memory_desc_init_by_strides (desc, first + 2 + axes, dims, dnnl_f32, strides);
}

static dnnl_status_t
describe_conv (dnnl_convolution_desc_t *desc,
               const WeftConv          *conv,
               const Arrays            *arrays,
               WeftConvResult           result)
{
  int         axes = n_axes (conv);
  dnnl_dims_t strides, dilates, before, after;

  for (int k = 0; k < axes; k++)
    {
      const WeftWindows *windows = &conv->windows;
      guint              i = WEFT_WINDOW_AXES - axes + k;
      gint64             seen = (windows->out[i] - 1) * windows->stride[i] +
                    (windows->size[i] - 1) * windows->dilation[i] + 1;

      strides[k] = windows->stride[i];
      dilates[k] = windows->dilation[i] - 1;
      before[k] = windows->before[i];
      after[k] = MAX (seen - windows->in[i] - windows->before[i], 0);
    }
  if (result == WEFT_CONV_Y)
    return dnnl_dilated_convolution_forward_desc_init (
      desc, dnnl_forward_training, dnnl_convolution_direct, &arrays->x, &arrays->w, NULL,
      &arrays->y, strides, dilates, before, after);
  if (result == WEFT_CONV_X)
    return dnnl_dilated_convolution_backward_data_desc_init (
      desc, dnnl_convolution_direct, &arrays->x, &arrays->w, &arrays->y, strides, dilates, before,
      after);
  return dnnl_dilated_convolution_backward_weights_desc_init (
    desc, dnnl_convolution_direct, &arrays->x, &arrays->w, NULL, &arrays->y, strides, dilates,
    before, after);
}

/* ---- Primitives ---- */

static gboolean
is_slow (dnnl_primitive_desc_t desc)
{
  const char *name = NULL;

  return dnnl_primitive_desc_query (desc, dnnl_query_impl_info_str, 0, &name) != dnnl_success ||
         name == NULL || g_str_has_prefix (name, "ref");
}

static dnnl_primitive_desc_t
create_desc (const WeftConv             *conv,
             const Arrays               *arrays,
             WeftConvResult              result,
             const_dnnl_primitive_desc_t hint)
{
  dnnl_convolution_desc_t desc;
  dnnl_primitive_attr_t   attr = NULL;
  dnnl_primitive_desc_t   primitive = NULL;

  if (describe_conv (&desc, conv, arrays, result) != dnnl_success ||
      dnnl_primitive_attr_create (&attr) != dnnl_success)
    return NULL;
  dnnl_primitive_attr_set_scratchpad_mode (attr, dnnl_scratchpad_mode_user);
  if (dnnl_primitive_desc_create (&primitive, &desc, attr, get_engine (), hint) != dnnl_success)
    primitive = NULL;
  dnnl_primitive_attr_destroy (attr);
  return primitive;
}

/* A primitive for @images; arrays->w says how the kernel lies, or that any way will do and then
 * becomes the best. NULL if there is no fast one. */
static dnnl_primitive_t
create_primitive (WeftConvDnnl *dnnl, gint64 images, Arrays *arrays)
{
  const WeftConv       *conv = &dnnl->conv;
  const WeftWindows    *windows = &conv->windows;
  dnnl_primitive_desc_t hint = NULL, desc;
  dnnl_primitive_t      primitive = NULL;
  Arrays                any;
  int                   axes = n_axes (conv);

  describe_data (&arrays->x, axes, images, windows->in, conv->n_in);
  describe_data (&arrays->y, axes, images, windows->out, conv->n_out);
  any = *arrays;
  describe_kernel (&any.w, conv, axes, TRUE);
  if (conv->result != WEFT_CONV_Y)
    hint = create_desc (conv, &any, WEFT_CONV_Y, NULL);
  desc = create_desc (conv, arrays, conv->result, hint);
  if (desc != NULL && !is_slow (desc) &&
      dnnl_primitive_create (&primitive, desc) == dnnl_success)
    {
      arrays->w = *dnnl_primitive_desc_query_md (
        desc, conv->result == WEFT_CONV_W ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
      dnnl->scratch =
        MAX (dnnl->scratch, dnnl_memory_desc_get_size (dnnl_primitive_desc_query_md (
                              desc, dnnl_query_scratchpad_md, 0)));
    }
  if (desc != NULL)
    dnnl_primitive_desc_destroy (desc);
  if (hint != NULL)
    dnnl_primitive_desc_destroy (hint);
  return primitive;
}

/* The kernel's array between its own order and @packed's. */
static gboolean
create_repack (WeftConvDnnl *dnnl, const dnnl_memory_desc_t *packed)
{
  gboolean              back = dnnl->conv.result == WEFT_CONV_W;
  dnnl_memory_desc_t    plain;
  dnnl_primitive_desc_t desc = NULL;
  gsize                 copies = back ? dnnl->n_units : 1;

  describe_kernel (&plain, &dnnl->conv, n_axes (&dnnl->conv), FALSE);
  dnnl->packed_bytes = dnnl_memory_desc_get_size (packed);
  dnnl->packed_step = (dnnl->packed_bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  dnnl->packed = g_aligned_alloc0 (copies, dnnl->packed_step, ALIGNMENT);
  if (dnnl_memory_desc_equal (packed, &plain))
    return TRUE;
  if (dnnl_memory_create (&dnnl->plain_memory, &plain, get_engine (), DNNL_MEMORY_NONE) !=
        dnnl_success ||
      dnnl_memory_create (&dnnl->packed_memory, packed, get_engine (), dnnl->packed) !=
        dnnl_success ||
      dnnl_reorder_primitive_desc_create (&desc, back ? packed : &plain, get_engine (),
                                          back ? &plain : packed, get_engine (),
                                          NULL) != dnnl_success)
    return FALSE;
  if (dnnl_primitive_create (&dnnl->repack, desc) != dnnl_success)
    dnnl->repack = NULL;
  dnnl_primitive_desc_destroy (desc);
  return dnnl->repack != NULL;
}

static gboolean
create_unit (WeftConvDnnl *dnnl, Unit *unit, gint64 images, const Arrays *arrays)
{
  dnnl_memory_desc_t x, y, scratch;
  dnnl_dims_t        bytes = { MAX (dnnl->scratch, 1) };
  int                axes = n_axes (&dnnl->conv);

  describe_data (&x, axes, images, dnnl->conv.windows.in, dnnl->conv.n_in);
  describe_data (&y, axes, images, dnnl->conv.windows.out, dnnl->conv.n_out);
  dnnl_memory_desc_init_by_tag (&scratch, 1, bytes, dnnl_u8, dnnl_a);
  return dnnl_memory_create (&unit->x, &x, get_engine (), DNNL_MEMORY_NONE) == dnnl_success &&
         dnnl_memory_create (&unit->y, &y, get_engine (), DNNL_MEMORY_NONE) == dnnl_success &&
         dnnl_memory_create (&unit->w, &arrays->w, get_engine (), DNNL_MEMORY_NONE) ==
           dnnl_success &&
         dnnl_memory_create (&unit->scratch, &scratch, get_engine (), DNNL_MEMORY_NONE) ==
           dnnl_success &&
         dnnl_stream_create (&unit->stream, get_engine (), dnnl_stream_default_flags) ==
           dnnl_success;
}

/* Gradients of the kernel cost memory and additions a unit: a quarter of what is read. */
static void
cut (WeftConvDnnl *dnnl)
{
  const WeftConv *conv = &dnnl->conv;
  gint64          batch = conv->windows.batch, most = MIN (batch, MAX_UNITS);
  gint64          read = batch * (weft_windows_n_in (&conv->windows) * conv->n_in +
                         weft_windows_n_out (&conv->windows) * conv->n_out);
  gint64          kernel = weft_windows_n_taps (&conv->windows) * conv->in_each * conv->n_out;

  if (conv->result == WEFT_CONV_W)
    most = CLAMP (read / 4 / kernel, MIN (2, most), most);
  dnnl->n_units = CLAMP ((gint64) (weft_conv_flops (conv) / UNIT_FLOPS), 1, most);
  dnnl->images = (batch + dnnl->n_units - 1) / dnnl->n_units;
  dnnl->n_units = (batch + dnnl->images - 1) / dnnl->images;
}

static gboolean
create (WeftConvDnnl *dnnl)
{
  gint64 rest = dnnl->conv.windows.batch % dnnl->images;
  Arrays arrays, last;

  describe_kernel (&arrays.w, &dnnl->conv, n_axes (&dnnl->conv), TRUE);
  dnnl->whole = create_primitive (dnnl, dnnl->images, &arrays);
  if (dnnl->whole == NULL)
    return FALSE;
  last = arrays;
  if (rest > 0)
    {
      dnnl->last = create_primitive (dnnl, rest, &last);
      if (dnnl->last == NULL)
        return FALSE;
    }
  dnnl->units = g_new0 (Unit, dnnl->n_units);
  for (gint64 i = 0; i < dnnl->n_units; i++)
    if (!create_unit (dnnl, &dnnl->units[i],
                      rest > 0 && i + 1 == dnnl->n_units ? rest : dnnl->images, &arrays))
      return FALSE;
  return create_repack (dnnl, &arrays.w);
}

/* Primitives and memory for @conv; NULL where oneDNN has no fast way (doubles, nothing to do, odd
 * shapes). The calling thread must have told OpenMP to use one thread. Caller owns. */
WeftConvDnnl *
weft_conv_dnnl_new (const WeftConv *conv)
{
  WeftConvDnnl *dnnl;

  if (conv->dtype != WEFT_F32 || weft_conv_flops (conv) == 0 ||
      weft_windows_n_in (&conv->windows) == 0 || get_engine () == NULL)
    return NULL;
  dnnl = g_new0 (WeftConvDnnl, 1);
  dnnl->conv = *conv;
  cut (dnnl);
  if (!create (dnnl))
    g_clear_pointer (&dnnl, weft_conv_dnnl_free);
  return dnnl;
}

static void
unit_clear (Unit *unit)
{
  g_clear_pointer (&unit->x, dnnl_memory_destroy);
  g_clear_pointer (&unit->y, dnnl_memory_destroy);
  g_clear_pointer (&unit->w, dnnl_memory_destroy);
  g_clear_pointer (&unit->scratch, dnnl_memory_destroy);
  g_clear_pointer (&unit->stream, dnnl_stream_destroy);
}

void
weft_conv_dnnl_free (WeftConvDnnl *dnnl)
{
  for (gint64 i = 0; dnnl->units != NULL && i < dnnl->n_units; i++)
    unit_clear (&dnnl->units[i]);
  g_clear_pointer (&dnnl->whole, dnnl_primitive_destroy);
  g_clear_pointer (&dnnl->last, dnnl_primitive_destroy);
  g_clear_pointer (&dnnl->repack, dnnl_primitive_destroy);
  g_clear_pointer (&dnnl->plain_memory, dnnl_memory_destroy);
  g_clear_pointer (&dnnl->packed_memory, dnnl_memory_destroy);
  g_aligned_free (dnnl->packed);
  g_free (dnnl->units);
  g_free (dnnl);
}

gint64
weft_conv_dnnl_units (const WeftConvDnnl *dnnl)
{
  return dnnl->n_units;
}

gsize
weft_conv_dnnl_scratch (const WeftConvDnnl *dnnl)
{
  return dnnl->scratch;
}

/* ---- Running ---- */

static void
repack (WeftConvDnnl *dnnl, char *plain)
{
  gboolean        back = dnnl->conv.result == WEFT_CONV_W;
  dnnl_exec_arg_t args[] = {
    { DNNL_ARG_FROM, back ? dnnl->packed_memory : dnnl->plain_memory },
    { DNNL_ARG_TO, back ? dnnl->plain_memory : dnnl->packed_memory },
  };

  dnnl_memory_set_data_handle (dnnl->plain_memory, plain);
  dnnl_primitive_execute (dnnl->repack, dnnl->units[0].stream, G_N_ELEMENTS (args), args);
}

/* Before the units of a run, by one thread. */
void
weft_conv_dnnl_begin (WeftConvDnnl *dnnl, const WeftConvArrays *arrays)
{
  if (dnnl->repack != NULL && dnnl->conv.result != WEFT_CONV_W)
    repack (dnnl, arrays->w);
}

/* Where unit @i reads the kernel or writes its gradient. */
static char *
kernel_of (const WeftConvDnnl *dnnl, const WeftConvArrays *arrays, gint64 i)
{
  gboolean is_gradient = dnnl->conv.result == WEFT_CONV_W;

  if (dnnl->repack == NULL && (!is_gradient || i == 0))
    return arrays->w;
  return dnnl->packed + (is_gradient ? i * dnnl->packed_step : 0);
}

static void
run_unit (WeftConvDnnl *dnnl, const WeftConvArrays *arrays, gpointer scratch, gint64 i)
{
  const WeftConv *conv = &dnnl->conv;
  Unit           *unit = &dnnl->units[i];
  gsize           each = sizeof (float) * dnnl->images;
  gsize           x_bytes = weft_windows_n_in (&conv->windows) * conv->n_in * each;
  gsize           y_bytes = weft_windows_n_out (&conv->windows) * conv->n_out * each;
  dnnl_exec_arg_t args[] = {
    { conv->result == WEFT_CONV_X ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC, unit->x },
    { conv->result == WEFT_CONV_W ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, unit->w },
    { conv->result == WEFT_CONV_Y ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST, unit->y },
    { DNNL_ARG_SCRATCHPAD, unit->scratch },
  };

  dnnl_memory_set_data_handle (unit->x, arrays->x + i * x_bytes);
  dnnl_memory_set_data_handle (unit->y, arrays->y + i * y_bytes);
  dnnl_memory_set_data_handle (unit->w, kernel_of (dnnl, arrays, i));
  dnnl_memory_set_data_handle (unit->scratch, scratch);
  dnnl_primitive_execute (dnnl->last != NULL && i + 1 == dnnl->n_units ? dnnl->last : dnnl->whole,
                          unit->stream, G_N_ELEMENTS (args), args);
}

/* Units @begin to @end; @scratch: of this thread. */
void
weft_conv_dnnl_run (WeftConvDnnl         *dnnl,
                    const WeftConvArrays *arrays,
                    gpointer              scratch,
                    gint64                begin,
                    gint64                end)
{
  for (gint64 i = begin; i < end; i++)
    run_unit (dnnl, arrays, scratch, i);
}

/* After the units of a run, by one thread: adds the gradients of the kernel. */
void
weft_conv_dnnl_finish (WeftConvDnnl *dnnl, const WeftConvArrays *arrays)
{
  if (dnnl->conv.result != WEFT_CONV_W)
    return;
  for (gint64 i = 1; i < dnnl->n_units; i++)
    weft_net_kernels (FALSE)->add_scaled (kernel_of (dnnl, arrays, 0), kernel_of (dnnl, arrays, i),
                                          1, dnnl->packed_bytes / sizeof (float));
  if (dnnl->repack != NULL)
    repack (dnnl, arrays->w);
}

#else

WeftConvDnnl *
weft_conv_dnnl_new (const WeftConv *conv)
{
  return NULL;
}

void
weft_conv_dnnl_free (WeftConvDnnl *dnnl)
{
}

gint64
weft_conv_dnnl_units (const WeftConvDnnl *dnnl)
{
  return 0;
}

gsize
weft_conv_dnnl_scratch (const WeftConvDnnl *dnnl)
{
  return 0;
}

void
weft_conv_dnnl_begin (WeftConvDnnl *dnnl, const WeftConvArrays *arrays)
{
}

void
weft_conv_dnnl_run (
  WeftConvDnnl *dnnl, const WeftConvArrays *arrays, gpointer scratch, gint64 begin, gint64 end)
{
}

void
weft_conv_dnnl_finish (WeftConvDnnl *dnnl, const WeftConvArrays *arrays)
{
}

#endif

/* Reading and writing parts of arrays on a device.
 *
 * A part is read by a thread an element. It is written from the other side: each place of the
 * result looks for what is written there, so that no two threads meet and sums have an order. Where
 * the index has arrays, a warp has some neighbours among the places that one choice of the arrays'
 * axes reaches; it goes through the arrays, 32 entries at a time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/index-text.h"

#include "engine/ops/index-walk.h"

#define WARP 32
/* Numbers of a warp's lane, where there are warps enough. */
#define MOST_NUMBERS 8
#define MANY_WARPS 4096

static guint
walk_of (const WeftKernelCall *call,
         const WeftAttr       *index,
         guint                 source_rank,
         const gint64         *source,
         guint                 first,
         WeftIndexWalk        *walk)
{
  guint n = call->n_inputs - first;

  weft_index_walk_init (walk, call->op, index, source_rank, source, n, call->in_dtypes + first,
                        call->in_ranks + first, call->in_shapes + first);
  return n;
}

static void
write_nowhere (WeftThreadText *text, guint first)
{
  text->n = 1;
  weft_thread_line (text, "*bad = %u;", first + 1);
}

/* The entry of index array @k, checked, as number k of its axis in name v@k. @place: "" or " + m". */
static void
write_entry (WeftThreadText *text, guint first, guint k, gint64 size, const char *place)
{
  weft_thread_line (text, "long long v%u = in%u[%s];", k, first + k,
                    weft_text_index (place));
  weft_thread_line (text, "v%u += v%u < 0 ? %" G_GINT64_FORMAT " : 0;", k, k, size);
  weft_thread_line (text, "if (v%u < 0 || v%u >= %" G_GINT64_FORMAT ")", k, k, size);
  weft_thread_line (text, "  *bad = %u, v%u = 0;", first + k + 1, k);
}

/* ---- Reading ---- */

/* Whether runs of four neighbours are read at once: then walk counts in fours. */
static gboolean
widen (WeftIndexWalk *walk)
{
  gboolean whole = walk->inner % 4 == 0 && walk->base % 4 == 0 && walk->rank > walk->outer_rank;

  whole = whole && walk->shape[walk->rank - 1] % 4 == 0;
  for (guint i = 0; i < walk->rank; i++)
    whole = whole && (i + 1 == walk->rank || walk->step[i] % 4 == 0);
  for (guint k = 0; k < walk->n_arrays; k++)
    whole = whole && walk->arrays[k].stride % 4 == 0 && walk->arrays[k].step[walk->rank - 1] == 0;
  if (!whole)
    return FALSE;
  walk->base /= 4;
  walk->shape[walk->rank - 1] /= 4;
  for (guint i = 0; i + 1 < walk->rank; i++)
    walk->step[i] /= 4;
  for (guint k = 0; k < walk->n_arrays; k++)
    walk->arrays[k].stride /= 4;
  return TRUE;
}

gboolean
weft_index_text_read (const WeftKernelCall *call, const WeftAttr *index, WeftThreadText *text)
{
  WeftIndexWalk    walk;
  g_autofree char *place = NULL;

  walk_of (call, index, call->in_ranks[0], call->in_shapes[0], 1, &walk);
  if (weft_index_walk_is_nowhere (&walk, call->in_ranks[0], call->in_shapes[0]))
    {
      write_nowhere (text, 1);
      return TRUE;
    }
  text->width = text->aligned && widen (&walk) ? 4 : 1;
  text->n = weft_product (walk.shape, walk.rank);
  place = weft_text_place (walk.rank, walk.shape, walk.step, "i");
  for (guint k = 0; k < walk.n_arrays; k++)
    {
      g_autofree char *entry =
        weft_text_place (walk.rank, walk.shape, walk.arrays[k].step, "i");

      write_entry (text, 1, k, walk.arrays[k].size, entry);
    }
  weft_thread_line (text, "const long long at = %" G_GINT64_FORMAT "%s;", walk.base, place);
  g_string_append (text->code, "((R *) out0)[i] = ((const R *) in0)[at");
  for (guint k = 0; k < walk.n_arrays; k++)
    g_string_append_printf (text->code, " + v%u * %" G_GINT64_FORMAT, k, walk.arrays[k].stride);
  g_string_append (text->code, "];\n");
  return TRUE;
}

/* ---- Writing ---- */

typedef struct
{
  const WeftKernelCall   *call;
  const WeftIndexWriting *writing;
  WeftThreadText         *text;
  WeftIndexPlan           plan;
  WeftIndexWalk           walk;
  gint64                  v_step[WEFT_MAX_RANK];  /* in what is written, by axis of the part */
  gint64                  strides[WEFT_MAX_RANK]; /* of out0 */
  gint64                  n_chosen, n_others;     /* places of the arrays' axes, and of all others */
  gint64                  entries;                /* of the index arrays */
} Writer;

static void
plan_again (Writer *writer)
{
  const WeftKernelCall *call = writer->call;
  guint                 n = call->n_inputs - writer->writing->first;
  WeftShape             source = weft_shape_new (call->out_rank[0], call->out_shape[0]);
  WeftType              types[WEFT_MAX_RANK] = { { 0 } };

  for (guint k = 0; k < n; k++)
    {
      guint input = writer->writing->first + k;

      types[k].dtype = WEFT_I64;
      types[k].shape = weft_shape_new (call->in_ranks[input], call->in_shapes[input]);
    }
  if (!weft_index_plan (call->op, writer->writing->index, &source, n, types, &writer->plan, NULL))
    g_assert_not_reached ();
}

static void
find_steps (Writer *writer)
{
  const WeftKernelCall *call = writer->call;
  guint                 rank = call->in_ranks[writer->writing->value];
  const gint64         *shape = call->in_shapes[writer->writing->value];
  gint64                stride = 1;

  for (guint i = writer->walk.rank; i-- > 0;)
    {
      guint  from_end = writer->walk.rank - i;
      gint64 size = from_end <= rank ? shape[rank - from_end] : 1;

      writer->v_step[i] = size == 1 ? 0 : stride;
      stride *= size;
    }
  stride = 1;
  for (guint a = call->out_rank[0]; a-- > 0; stride *= call->out_shape[0][a])
    writer->strides[a] = stride;
  writer->n_chosen = writer->n_others = writer->entries = 1;
  for (guint a = 0; a < call->out_rank[0]; a++)
    if (writer->plan.axes[a].kind == WEFT_INDEX_ARRAY)
      writer->n_chosen *= call->out_shape[0][a];
    else
      writer->n_others *= call->out_shape[0][a];
  for (guint j = 0; j < writer->plan.arrays.rank; j++)
    writer->entries *= writer->plan.arrays.dims[j].offset;
}

static gint
part_axis_of (const Writer *writer, guint source_axis)
{
  for (guint i = 0; i < writer->walk.rank; i++)
    if (writer->plan.from[i] == (int) source_axis)
      return i;
  return -1;
}

/* Where number @name of the axes that @chosen picks lies: adds to the declared name at, and, of the
 * others, to the name from; inside says whether the part has it. Axes are taken from the last on. */
static void
write_axes (Writer *writer, gboolean chosen, const char *name, const char *ending)
{
  const WeftKernelCall *call = writer->call;
  gint64                below = 1;

  for (guint a = call->out_rank[0]; a-- > 0;)
    {
      const WeftAxisIndex *axis = &writer->plan.axes[a];
      gint64               size = call->out_shape[0][a];
      gint                 part;

      if ((axis->kind == WEFT_INDEX_ARRAY) != chosen)
        continue;
      weft_thread_line (writer->text,
                        "const long long c%u%s = %s / %" G_GINT64_FORMAT " %% %" G_GINT64_FORMAT
                        ";",
                        a, ending, name, below, size);
      below *= size;
      weft_thread_line (writer->text, "at%s += c%u%s * %" G_GINT64_FORMAT ";", ending, a, ending,
                        writer->strides[a]);
      part = part_axis_of (writer, a);
      if (axis->kind == WEFT_INDEX_AT)
        weft_thread_line (writer->text, "inside%s &= c%u%s == %" G_GINT64_FORMAT ";", ending, a,
                          ending, axis->start.offset);
      if (axis->kind != WEFT_INDEX_SLICE)
        continue;
      weft_thread_line (writer->text,
                        "const long long q%u%s = (c%u%s - %" G_GINT64_FORMAT
                        ") / %" G_GINT64_FORMAT ";",
                        a, ending, a, ending, axis->start.offset, axis->step);
      weft_thread_line (writer->text,
                        "inside%s &= q%u%s >= 0 && q%u%s < %" G_GINT64_FORMAT
                        " && q%u%s * %" G_GINT64_FORMAT " == c%u%s - %" G_GINT64_FORMAT ";",
                        ending, a, ending, a, ending, axis->count.offset, a, ending, axis->step, a,
                        ending, axis->start.offset);
      weft_thread_line (writer->text, "from%s += q%u%s * %" G_GINT64_FORMAT ";", ending, a, ending,
                        part >= 0 ? writer->v_step[part] : 0);
    }
}

/* Each place by itself: what is written there is known. */
static void
write_slices (Writer *writer)
{
  WeftThreadText *text = writer->text;

  text->n = writer->n_others;
  weft_thread_line (text, "long long at = 0, from = 0;");
  weft_thread_line (text, "bool inside = true;");
  write_axes (writer, FALSE, "i", "");
  weft_thread_line (text, "R x = %s;", writer->writing->start);
  weft_thread_line (text, "if (inside)");
  weft_thread_line (text, "  {");
  weft_thread_line (text, "    const R v = in%u[from];", writer->writing->value);
  weft_thread_line (text, "    x = %s;", writer->writing->with);
  weft_thread_line (text, "  }");
  weft_thread_line (text, "out0[at] = x;");
}

/* The part alone, where all else is there already. */
static void
write_part (Writer *writer)
{
  WeftThreadText  *text = writer->text;
  g_autofree char *to =
    weft_text_place (writer->walk.rank, writer->walk.shape, writer->walk.step, "i");
  g_autofree char *from =
    weft_text_place (writer->walk.rank, writer->walk.shape, writer->v_step, "i");

  text->n = weft_product (writer->walk.shape, writer->walk.rank);
  weft_thread_line (text, "const long long at = %" G_GINT64_FORMAT "%s;", writer->walk.base, to);
  weft_thread_line (text, "const R x = %s, v = in%u[%s];", writer->writing->start,
                    writer->writing->value, weft_text_index (from));
  weft_thread_line (text, "out0[at] = %s;", writer->writing->with);
}

/* Steps of the arrays' dims, from the part's. */
static void
entry_steps (const Writer *writer, const gint64 *of_part, gint64 *steps)
{
  for (guint j = 0; j < writer->plan.arrays.rank; j++)
    steps[j] = 0;
  for (guint i = 0; i < writer->walk.rank; i++)
    if (writer->plan.from[i] <= WEFT_FROM_ARRAYS (0))
      steps[-2 - writer->plan.from[i]] = of_part[i];
}

static char *
entry_place (const Writer *writer, const gint64 *of_part, const char *name)
{
  gint64 steps[WEFT_MAX_RANK], dims[WEFT_MAX_RANK];

  for (guint j = 0; j < writer->plan.arrays.rank; j++)
    dims[j] = writer->plan.arrays.dims[j].offset;
  entry_steps (writer, of_part, steps);
  return weft_text_place (writer->plan.arrays.rank, dims, steps, name);
}

/* 32 entries of the arrays, a lane one: which of them choose what this warp has. */
static void
write_search (Writer *writer)
{
  WeftThreadText *text = writer->text;
  guint           first = writer->writing->first;

  weft_thread_line (text, "const int e = block + l;");
  weft_thread_line (text, "bool chosen = e < %" G_GINT64_FORMAT ";", writer->entries);
  weft_thread_line (text, "if (chosen)");
  weft_thread_line (text, "  {");
  for (guint k = 0; k < writer->walk.n_arrays; k++)
    {
      g_autofree char *place = entry_place (writer, writer->walk.arrays[k].step, "e");

      write_entry (text, first, k, writer->walk.arrays[k].size, place);
    }
  for (guint a = 0; a < writer->call->out_rank[0]; a++)
    if (writer->plan.axes[a].kind == WEFT_INDEX_ARRAY)
      weft_thread_line (text, "chosen &= v%u == c%u;", writer->plan.axes[a].array, a);
  weft_thread_line (text, "  }");
  weft_thread_line (text, "unsigned left = __ballot_sync (0xffffffffu, chosen);");
}

/* Places of the result: those that one choice of the arrays' axes reaches lie beside each other. */
static void
write_chosen (Writer *writer)
{
  WeftThreadText  *text = writer->text;
  g_autofree char *of_entry = entry_place (writer, writer->v_step, "(block + b)");
  gint64           lines = (writer->n_others + WARP - 1) / WARP, groups;
  gint64           numbers = writer->n_chosen * lines > MANY_WARPS ? CLAMP (lines, 1, MOST_NUMBERS) : 1;

  groups = (lines + numbers - 1) / numbers;
  text->by_warps = TRUE;
  text->n = writer->n_chosen * groups;
  weft_thread_line (text, "long long at = 0;");
  {
    g_autofree char *choice = g_strdup_printf ("(i / %" G_GINT64_FORMAT ")", groups);

    write_axes (writer, TRUE, choice, "");
  }
  weft_thread_line (text, "long long to[%" G_GINT64_FORMAT "], of[%" G_GINT64_FORMAT "];", numbers,
                    numbers);
  weft_thread_line (text, "bool has[%" G_GINT64_FORMAT "], in[%" G_GINT64_FORMAT "];", numbers,
                    numbers);
  weft_thread_line (text, "R sum[%" G_GINT64_FORMAT "];", numbers);
  weft_thread_line (text, "#pragma unroll");
  weft_thread_line (text, "for (int k = 0; k < %" G_GINT64_FORMAT "; k++)", numbers);
  weft_thread_line (text, "  {");
  weft_thread_line (text,
                    "const long long other = (i %% %" G_GINT64_FORMAT " * %" G_GINT64_FORMAT
                    " + k) * %d + l;",
                    groups, numbers, WARP);
  weft_thread_line (text, "long long at_k = at, from_k = 0;");
  weft_thread_line (text, "bool inside_k = other < %" G_GINT64_FORMAT ";", writer->n_others);
  weft_thread_line (text, "has[k] = inside_k;");
  write_axes (writer, FALSE, "other", "_k");
  weft_thread_line (text, "to[k] = at_k;");
  weft_thread_line (text, "of[k] = from_k;");
  weft_thread_line (text, "in[k] = inside_k;");
  weft_thread_line (text, "if (has[k])");
  weft_thread_line (text, "  {");
  weft_thread_line (text, "    const long long at = to[k];");
  weft_thread_line (text, "    sum[k] = %s;", writer->writing->start);
  weft_thread_line (text, "  }");
  weft_thread_line (text, "  }");
  weft_thread_line (text, "for (int block = 0; block < %" G_GINT64_FORMAT "; block += %d)",
                    writer->entries, WARP);
  weft_thread_line (text, "  {");
  write_search (writer);
  weft_thread_line (text, "while (left != 0)");
  weft_thread_line (text, "  {");
  weft_thread_line (text, "const int b = __ffs (left) - 1;");
  weft_thread_line (text, "left &= left - 1;");
  weft_thread_line (text, "#pragma unroll");
  weft_thread_line (text, "for (int k = 0; k < %" G_GINT64_FORMAT "; k++)", numbers);
  weft_thread_line (text, "  if (in[k])");
  weft_thread_line (text, "    {");
  weft_thread_line (text, "      const R x = sum[k], v = in%u[of[k]%s];", writer->writing->value,
                    of_entry);
  weft_thread_line (text, "      sum[k] = %s;", writer->writing->with);
  weft_thread_line (text, "    }");
  weft_thread_line (text, "  }");
  weft_thread_line (text, "  }");
  weft_thread_line (text, "#pragma unroll");
  weft_thread_line (text, "for (int k = 0; k < %" G_GINT64_FORMAT "; k++)", numbers);
  weft_thread_line (text, "  if (has[k])");
  weft_thread_line (text, "    out0[to[k]] = sum[k];");
}

gboolean
weft_index_text_write (const WeftKernelCall   *call,
                       const WeftIndexWriting *writing,
                       WeftThreadText         *text)
{
  Writer writer = { .call = call, .writing = writing, .text = text };
  gint64 n_places = weft_product (call->out_shape[0], call->out_rank[0]);

  walk_of (call, writing->index, call->out_rank[0], call->out_shape[0], writing->first,
           &writer.walk);
  if (weft_index_walk_is_nowhere (&writer.walk, call->out_rank[0], call->out_shape[0]))
    {
      write_nowhere (text, writing->first);
      return TRUE;
    }
  plan_again (&writer);
  find_steps (&writer);
  if (n_places == 0)
    text->n = 0;
  else if (writer.walk.n_arrays > 0)
    write_chosen (&writer);
  else if (text->in_place)
    write_part (&writer);
  else
    write_slices (&writer);
  return TRUE;
}

/* Whether a program fits into memory, before it runs, and what takes the most of it.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/run/function-private.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

#define N_NAMED 3

gsize
weft_memory_bytes (void)
{
  return (gsize) sysconf (_SC_PHYS_PAGES) * (gsize) sysconf (_SC_PAGESIZE);
}

/* The step during which most bytes of the arena are in use. */
static guint
worst_step (const WeftProgram *program)
{
  g_autofree gint64 *change = g_new0 (gint64, program->n_steps + 2);
  gint64             live = 0, most = -1;
  guint              worst = 0;

  for (guint i = 0; i < program->n_slots; i++)
    {
      const WeftSlot *slot = &program->slots[i];

      if (slot->kind != WEFT_SLOT_ARENA)
        continue;
      change[MIN (slot->born, program->n_steps)] += slot->bytes;
      change[MIN (slot->dies, program->n_steps) + 1] -= slot->bytes;
    }
  for (guint i = 0; i < program->n_steps; i++)
    {
      live += change[i];
      if (live > most)
        {
          most = live;
          worst = i;
        }
    }
  return worst;
}

/* The largest slots in use during @at; returns how many. */
static guint
largest_slots (const WeftProgram *program, guint at, const WeftSlot **largest)
{
  guint n = 0;

  for (guint i = 0; i < program->n_slots; i++)
    {
      const WeftSlot *slot = &program->slots[i];
      guint           place = n;

      if (slot->kind != WEFT_SLOT_ARENA || slot->born > at || slot->dies < at)
        continue;
      while (place > 0 && largest[place - 1]->bytes < slot->bytes)
        place--;
      if (place == N_NAMED)
        continue;
      n = MIN (n + 1, N_NAMED);
      for (guint k = n - 1; k > place; k--)
        largest[k] = largest[k - 1];
      largest[place] = slot;
    }
  return n;
}

/* The application that gives a slot's value; NULL: it is a step's own room. */
static const WeftApply *
maker_of (const WeftSlot *slot, GPtrArray *order)
{
  for (guint i = 0; i < order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (order, i);

      for (guint k = 0; k < apply->n_outputs; k++)
        if (apply->outputs[k].id == slot->value)
          return apply;
    }
  return NULL;
}

static void
append_slot (GString *text, const WeftSlot *slot, const WeftApply *maker)
{
  g_autofree char *bytes = g_format_size (slot->bytes);

  g_string_append_printf (text, "%s %s (", maker != NULL ? maker->op->name : _ ("room for"),
                          weft_dtypes[slot->dtype].name);
  for (guint i = 0; i < slot->rank; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "", slot->shape[i]);
  g_string_append_printf (text, slot->rank == 1 ? ",): %s" : "): %s", bytes);
}

/* weft_program_describe_peak:
 * @results: of the graph that @program was made from
 * @largest: (out) (nullable): what makes the largest of them
 *
 * Returns: the largest values of the moment that needs most memory, "matmul f32 (60, 500): 120 kB,
 * ..."; caller owns.
 */
char *
weft_program_describe_peak (const WeftProgram *program,
                            guint              n_results,
                            WeftValue *const  *results,
                            const WeftApply  **largest)
{
  g_autoptr (GPtrArray) order = weft_graph_order (program->graph, n_results, results);
  const WeftSlot *slots[N_NAMED];
  guint           n = largest_slots (program, worst_step (program), slots);
  GString        *text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    {
      const WeftApply *maker = maker_of (slots[i], order);

      if (i == 0 && largest != NULL)
        *largest = maker;
      if (i > 0)
        g_string_append (text, ", ");
      append_slot (text, slots[i], maker);
    }
  return g_string_free (text, FALSE);
}

/* weft_check_fits:
 * @limit: bytes that there are
 *
 * Whether the arena of @program and its results fit. Errors: WEFT_RUN_ERROR_MEMORY; names the
 * largest values and is about the node of the first.
 */
gboolean
weft_check_fits (const WeftProgram *program,
                 guint              n_results,
                 WeftValue *const  *results,
                 gsize              limit,
                 GError           **error)
{
  gsize            bytes = program->arena_bytes;
  const WeftApply *largest = NULL;
  g_autofree char *needs = NULL, *has = NULL, *what = NULL;

  for (guint i = 0; i < program->n_slots; i++)
    if (program->slots[i].kind == WEFT_SLOT_OUTPUT)
      bytes += program->slots[i].bytes;
  if (bytes <= limit)
    return TRUE;
  needs = g_format_size (bytes);
  has = g_format_size (limit);
  what = weft_program_describe_peak (program, n_results, results, &largest);
  return weft_run_fail (error, WEFT_RUN_ERROR_MEMORY, largest, NULL,
                        _ ("this needs %s at once, and this machine can give %s; most of it goes "
                           "to %s; make a dimension smaller"),
                        needs, has, what);
}

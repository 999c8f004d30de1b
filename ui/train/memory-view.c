/* Memory of a training step: the plan, band by band in the colours of the nodes, with its peak;
 * what each node takes; and what the process really has, over time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "ui/train/memory.h"

#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

/* Between two looks at the size of the process, until there are too many of them. */
#define LEAST_GAP_US 100000

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  return facts->loss != NULL;
}

static void
plan_free (gpointer data)
{
  WeftMemoryPlan *plan = data;
  g_clear_pointer (&plan->anatomy, weft_anatomy_free);
  g_strfreev (plan->names);
  g_strfreev (plan->share_names);
  g_free (plan->nodes);
  g_free (plan->signature);
}

static void
free_result (gpointer data)
{
  WeftMemory *memory = data;
  if (memory->plan != NULL)
    g_atomic_rc_box_release_full (memory->plan, plan_free);
}

static double
process_size (void)
{
  g_autofree char *text = NULL;
  long             all = 0, resident = 0;
  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL) ||
      sscanf (text, "%ld %ld", &all, &resident) != 2)
    return 0;
  return (double) resident * (double) sysconf (_SC_PAGESIZE);
}

/* ---- The plan ---- */

static void
name_blocks (WeftMemoryPlan *plan, WeftDocument *document)
{
  const WeftAnatomy *anatomy = plan->anatomy;
  plan->names = g_new0 (char *, anatomy->n_blocks + 1);
  plan->nodes = g_new0 (guint32, anatomy->n_blocks + 1);
  for (guint i = 0; i < anatomy->n_blocks; i++)
    {
      const WeftAnatomyBlock *block = &anatomy->blocks[i];
      char                   *name =
        block->node != 0 ? weft_anatomy_dup_nodes (1, &block->node, document) : NULL;
      plan->names[i] = name != NULL ? name : g_strdup (block->name);
      plan->nodes[i] = block->node != 0 ? weft_document_outer_node (document, block->node) : 0;
    }
}

static void
name_shares (WeftMemoryPlan *plan, WeftDocument *document)
{
  const WeftAnatomy *anatomy = plan->anatomy;
  plan->share_names = g_new0 (char *, anatomy->n_shares + 1);
  for (guint i = 0; i < anatomy->n_shares; i++)
    {
      const WeftNode *node = anatomy->shares[i].node != 0
                               ? weft_document_node (document, anatomy->shares[i].node)
                               : NULL;
      plan->share_names[i] = g_strdup (node != NULL ? node->id : _ ("of no node"));
    }
}

static WeftMemoryPlan *
plan_new (WeftLook *look, GError **error)
{
  guint32      node;
  WeftAnatomy *anatomy =
    weft_anatomy_new (look->document, WEFT_MODEL_STEP, 0, look->cancellable, &node, error);
  if (anatomy == NULL)
    return NULL;
  WeftMemoryPlan *plan = weft_result_new (WeftMemoryPlan);
  plan->anatomy = anatomy;
  plan->signature = g_strdup (look->cache->signature);
  name_blocks (plan, look->document);
  name_shares (plan, look->document);
  return plan;
}

/* ---- The process ---- */

/* One look more. Looks that come too soon after the last that stays make it as large as they are;
 * where there are too many, every second goes, so that the whole time stays in sight. */
static void
append_size (WeftMemory *memory, WeftMemorySize size)
{
  WeftMemorySize *last = memory->n_sizes > 1 ? &memory->sizes[memory->n_sizes - 2] : NULL;
  if (last != NULL && size.time_us - last->time_us < memory->gap_us)
    {
      size.bytes = MAX (size.bytes, memory->sizes[memory->n_sizes - 1].bytes);
      memory->sizes[memory->n_sizes - 1] = size;
      return;
    }
  if (memory->n_sizes == WEFT_MEMORY_SIZES)
    {
      guint n = 0;
      for (guint i = 0; i < memory->n_sizes; i += 2, n++)
        {
          memory->sizes[n] = memory->sizes[i];
          if (i + 1 < memory->n_sizes)
            memory->sizes[n].bytes = MAX (memory->sizes[i].bytes, memory->sizes[i + 1].bytes);
        }
      memory->n_sizes = n;
      memory->gap_us *= 2;
    }
  memory->sizes[memory->n_sizes++] = size;
}

static gpointer
compute (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  const WeftMemory *before = previous;
  gboolean          same =
    before != NULL && g_strcmp0 (before->plan->signature, look->cache->signature) == 0;
  WeftMemoryPlan *plan = same ? g_atomic_rc_box_acquire (before->plan) : plan_new (look, error);
  if (plan == NULL)
    return NULL;
  WeftMemory *memory = weft_result_new (WeftMemory);
  memory->gap_us = LEAST_GAP_US;
  if (before != NULL)
    *memory = *before;
  memory->plan = plan;
  memory->actual = look->peak_bytes;
  append_size (memory, (WeftMemorySize){ g_get_monotonic_time (), process_size () });
  return memory;
}

/* ---- Words ---- */

gsize
weft_memory_planned (const WeftMemory *memory)
{
  const WeftAnatomy *anatomy = memory->plan->anatomy;
  return anatomy->arena_bytes + anatomy->parameter_bytes + anatomy->state_bytes +
         anatomy->batch_bytes;
}

char *
weft_memory_dup_sums (const WeftMemory *memory)
{
  const WeftAnatomy *anatomy = memory->plan->anatomy;
  g_autofree char   *arena = g_format_size (anatomy->arena_bytes),
                  *parameters = g_format_size (anatomy->parameter_bytes),
                  *state = g_format_size (anatomy->state_bytes),
                  *batch = g_format_size (anatomy->batch_bytes);
  return g_strdup_printf (_ ("values %s · parameters %s · rule %s · batch %s"), arena, parameters,
                          state, batch);
}

char *
weft_memory_dup_peak (const WeftMemory *memory)
{
  const WeftAnatomy *anatomy = memory->plan->anatomy;
  g_autofree char   *peak = g_format_size (anatomy->peak_bytes),
                  *arena = g_format_size (anatomy->arena_bytes);
  return g_strdup_printf (_ ("Peak %s of %s at kernel %u"), peak, arena, anatomy->peak_step);
}

char *
weft_memory_dup_process (const WeftMemory *memory)
{
  g_autofree char *size = g_format_size ((guint64) memory->sizes[memory->n_sizes - 1].bytes);
  return g_strdup_printf (_ ("The whole process: %s"), size);
}

static char *
note (gconstpointer result)
{
  const WeftMemory *memory = result;
  g_autofree char  *bytes = g_format_size (weft_memory_planned (memory));
  g_autofree char  *actual = memory->actual > 0 ? g_format_size (memory->actual) : NULL;
  return actual != NULL ? g_strdup_printf (_ ("planned %s · took %s"), bytes, actual)
                        : g_strdup_printf (_ ("planned %s"), bytes);
}

static char *
share_text (const WeftMemory *memory, guint index)
{
  const WeftAnatomyShare *share = &memory->plan->anatomy->shares[index];
  g_autofree char        *peak = g_format_size (share->peak_bytes),
                  *parameters = g_format_size (share->parameter_bytes),
                  *state = g_format_size (share->state_bytes);
  return g_strdup_printf (_ ("%s · %s of the peak · parameters %s · rule %s"),
                          memory->plan->share_names[index], peak, parameters, state);
}

static char *
describe (gconstpointer result)
{
  const WeftMemory *memory = result;
  g_autofree char  *head = note (result), *sums = weft_memory_dup_sums (memory);
  g_autofree char  *peak = weft_memory_dup_peak (memory);
  g_autofree char  *process = weft_memory_dup_process (memory);
  g_autofree char  *most =
    memory->plan->anatomy->n_shares > 0 ? share_text (memory, 0) : g_strdup ("");
  return g_strdup_printf ("%s: %s. %s: %s. %s", head, sums, peak, most, process);
}

/* ---- Items: the shares, in rows, and then the blocks ---- */

static guint
n_items (gconstpointer result)
{
  const WeftAnatomy *anatomy = ((const WeftMemory *) result)->plan->anatomy;
  return anatomy->n_shares + anatomy->n_blocks;
}

static char *
item_text (gconstpointer result, guint item)
{
  const WeftMemory     *memory = result;
  const WeftMemoryPlan *plan = memory->plan;
  if (item < plan->anatomy->n_shares)
    return share_text (memory, item);
  item -= plan->anatomy->n_shares;
  const WeftAnatomyBlock *block = &plan->anatomy->blocks[item];
  g_autofree char        *bytes = g_format_size (block->bytes);
  return g_strdup_printf (_ ("%s · %s · %s · kernel %u to %u"), plan->names[item], block->name,
                          bytes, block->born, block->dies);
}

/* Goes to the node on the canvas. */
static void
activate (WeftView *view, gconstpointer result, guint item)
{
  const WeftMemoryPlan *plan = ((const WeftMemory *) result)->plan;
  guint32               node = item < plan->anatomy->n_shares
                                 ? plan->anatomy->shares[item].node
                                 : plan->nodes[item - plan->anatomy->n_shares];
  if (node != 0)
    gtk_widget_activate_action (GTK_WIDGET (view), "win.show-node", "u", node);
}

const WeftViewKind weft_memory_view = {
  .name = "memory",
  .title = N_ ("Memory"),
  .empty = N_ ("Complete the model to see what memory a step takes."),
  .untrained = TRUE,
  .fits = fits,
  .compute = compute,
  .free = free_result,
  .draw = weft_memory_draw,
  .note = note,
  .describe = describe,
  .n_items = n_items,
  .item_rect = weft_memory_item_rect,
  .item_text = item_text,
  .activate = activate,
};

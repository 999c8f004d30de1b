/* Memory of a training step: the plan, band by band in the colours of the nodes, with its peak and
 * what makes it; and what the process really has, over time.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/train/anatomy.h"
#include "ui/train/view-kinds.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#define MARGIN 12.0
#define MOST_SIZES 200
#define N_LARGEST 3
#define TEXT_WIDTH 44.0
#define TEXT_HEIGHT 12.0

typedef struct
{
  WeftAnatomy *anatomy; /* counted: the next result has the same */
  char       **names;   /* of each block's node */
  char        *signature;
} Plan;

typedef struct
{
  Plan  *plan; /* counted */
  guint  peak_step;
  gsize  peak, actual; /* at the step; of the run: 0 not known yet */
  guint  n_sizes;
  double sizes[MOST_SIZES]; /* bytes of the process, at each look */
  char  *largest;
} Memory;

static gboolean
fits (const WeftFacts *facts, WeftDocument *document)
{
  return facts->loss != NULL;
}

static void
plan_free (gpointer data)
{
  Plan *plan = data;
  g_clear_pointer (&plan->anatomy, weft_anatomy_free);
  g_strfreev (plan->names);
  g_free (plan->signature);
}

static void
free_result (gpointer data)
{
  Memory *memory = data;
  if (memory->plan != NULL)
    g_atomic_rc_box_release_full (memory->plan, plan_free);
  g_free (memory->largest);
}

static double
process_size (void)
{
  g_autofree char *text = NULL;
  long             all = 0, resident = 0;
  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL) ||
      sscanf (text, "%ld %ld", &all, &resident) != 2)
    return NAN;
  return (double) resident * (double) sysconf (_SC_PAGESIZE);
}

static Plan *
plan_new (WeftLook *look, GError **error)
{
  guint32      node;
  WeftAnatomy *anatomy =
    weft_anatomy_new (look->document, WEFT_MODEL_STEP, 0, look->cancellable, &node, error);
  if (anatomy == NULL)
    return NULL;
  Plan *plan = weft_result_new (Plan);
  plan->anatomy = anatomy;
  plan->signature = g_strdup (look->cache->signature);
  plan->names = g_new0 (char *, anatomy->n_blocks + 1);
  for (guint i = 0; i < anatomy->n_blocks; i++)
    {
      const WeftAnatomyBlock *block = &anatomy->blocks[i];
      char                   *name =
        block->node != 0 ? weft_anatomy_dup_nodes (1, &block->node, look->document) : NULL;
      plan->names[i] = name != NULL ? name : g_strdup (block->name);
    }
  return plan;
}

static gint
compare_bytes (gconstpointer a, gconstpointer b, gpointer data)
{
  const WeftAnatomy *anatomy = data;
  gsize              x = anatomy->blocks[*(const guint *) a].bytes,
        y = anatomy->blocks[*(const guint *) b].bytes;
  return x > y ? -1 : x < y;
}

static gboolean
lives (const WeftAnatomyBlock *block, guint step)
{
  return block->born <= step && step <= block->dies;
}

static void
find_peak (Memory *memory)
{
  const WeftAnatomy *anatomy = memory->plan->anatomy;
  g_autofree guint  *there = g_new (guint, anatomy->n_blocks + 1);
  guint              n = 0;
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint step = 0; step < anatomy->n_steps; step++)
    {
      gsize bytes = 0;
      for (guint i = 0; i < anatomy->n_blocks; i++)
        bytes += lives (&anatomy->blocks[i], step) ? anatomy->blocks[i].bytes : 0;
      if (bytes > memory->peak)
        {
          memory->peak = bytes;
          memory->peak_step = step;
        }
    }
  for (guint i = 0; i < anatomy->n_blocks; i++)
    if (lives (&anatomy->blocks[i], memory->peak_step))
      there[n++] = i;
  g_qsort_with_data (there, (gint) n, sizeof *there, compare_bytes, (gpointer) anatomy);
  for (guint i = 0; i < MIN (n, N_LARGEST); i++)
    {
      g_autofree char *bytes = g_format_size (anatomy->blocks[there[i]].bytes);
      g_string_append_printf (text, "%s%s %s", i > 0 ? ", " : "", memory->plan->names[there[i]],
                              bytes);
    }
  memory->largest = g_string_free (g_steal_pointer (&text), FALSE);
}

static gpointer
compute (WeftLook *look, const char *choice, gconstpointer previous, GError **error)
{
  const Memory *before = previous;
  gboolean      same =
    before != NULL && g_strcmp0 (before->plan->signature, look->cache->signature) == 0;
  Plan *plan = same ? g_atomic_rc_box_acquire (before->plan) : plan_new (look, error);
  if (plan == NULL)
    return NULL;
  Memory *memory = weft_result_new (Memory);
  memory->plan = plan;
  memory->actual = look->peak_bytes;
  find_peak (memory);
  guint skip = before != NULL && before->n_sizes == MOST_SIZES ? 1 : 0;
  for (guint i = skip; before != NULL && i < before->n_sizes; i++)
    memory->sizes[memory->n_sizes++] = before->sizes[i];
  memory->sizes[memory->n_sizes++] = process_size ();
  return memory;
}

/* ---- Drawing ---- */

static double
plan_height (WeftDrawing *drawing)
{
  return (drawing->height - MARGIN) * 0.56;
}

static WeftRect
item_rect (WeftDrawing *drawing, guint item)
{
  const WeftAnatomy      *anatomy = ((const Memory *) drawing->result)->plan->anatomy;
  const WeftAnatomyBlock *block = &anatomy->blocks[item];
  double                  column = (drawing->width - 2 * MARGIN) / MAX (anatomy->n_steps, 1);
  double                  byte = plan_height (drawing) / MAX ((double) anatomy->arena_bytes, 1);
  return (WeftRect){ MARGIN + block->born * column, (double) block->offset * byte,
                     MAX ((block->dies + 1 - block->born) * column - 1, 1),
                     MAX ((double) block->bytes * byte - 1, 1) };
}

static void
draw_plan (WeftDrawing *drawing, const Memory *memory)
{
  const WeftAnatomy *anatomy = memory->plan->anatomy;
  double             column = (drawing->width - 2 * MARGIN) / MAX (anatomy->n_steps, 1),
         height = plan_height (drawing);
  WeftColour white = { 1, 1, 1, 1 }, dark = { 0, 0, 0, 1 };
  for (guint i = 0; i < anatomy->n_blocks; i++)
    {
      WeftRect   box = item_rect (drawing, i);
      WeftColour colour =
        weft_theme_binding (drawing->style->theme, g_str_hash (memory->plan->names[i]));
      weft_pen_fill (&drawing->pen, box, 2, colour);
      if (box.width >= TEXT_WIDTH && box.height >= TEXT_HEIGHT)
        weft_pen_text (&drawing->pen, drawing->style, memory->plan->names[i], (WeftFont){ 10, 0 },
                       (WeftRect){ box.x + 4, box.y, box.width - 6, box.height }, WEFT_ALIGN_START,
                       weft_drawing_is_dark (drawing) ? dark : white);
    }
  weft_pen_fill (&drawing->pen,
                 (WeftRect){ MARGIN + (memory->peak_step + 0.5) * column - 1, 0, 2, height }, 0,
                 weft_drawing_colour (drawing, WEFT_ROLE_TEXT));
}

static void
draw_sizes (WeftDrawing *drawing, const Memory *memory, WeftRect box)
{
  double           most = 1;
  g_autofree char *size = NULL, *text = NULL;
  for (guint i = 0; i < memory->n_sizes; i++)
    most = MAX (most, isfinite (memory->sizes[i]) ? memory->sizes[i] : 0);
  for (guint i = 0; i < memory->n_sizes; i++)
    {
      double x = box.x + box.width * i / (MOST_SIZES - 1),
             y = box.y + box.height * (1 - memory->sizes[i] / most / 1.15);
      if (i == 0)
        cairo_move_to (drawing->cr, x, y);
      cairo_line_to (drawing->cr, x + 0.5, y);
    }
  weft_drawing_set_colour (drawing, weft_drawing_colour (drawing, WEFT_ROLE_WIRE_INT));
  cairo_set_line_width (drawing->cr, 2);
  cairo_stroke (drawing->cr);
  size = g_format_size ((guint64) memory->sizes[memory->n_sizes - 1]);
  text = g_strdup_printf (_ ("The whole process: %s"), size);
  weft_drawing_text (drawing, text, 11, WEFT_FONT_PLAIN,
                     (WeftRect){ box.x, box.y + box.height - 15, box.width, 15 }, WEFT_ALIGN_START,
                     WEFT_ROLE_TEXT_DIM);
}

static gsize
planned (const Memory *memory)
{
  const WeftAnatomy *anatomy = memory->plan->anatomy;
  return anatomy->arena_bytes + anatomy->parameter_bytes + anatomy->state_bytes +
         anatomy->batch_bytes;
}

static char *
dup_sums (const Memory *memory)
{
  const WeftAnatomy *anatomy = memory->plan->anatomy;
  g_autofree char   *arena = g_format_size (anatomy->arena_bytes),
                  *parameters = g_format_size (anatomy->parameter_bytes);
  g_autofree char *state = g_format_size (anatomy->state_bytes),
                  *batch = g_format_size (anatomy->batch_bytes);
  g_autofree char *actual = memory->actual > 0 ? g_format_size (memory->actual) : NULL;
  return g_strdup_printf (_ ("values %s, parameters %s, rule %s, batch %s%s%s"), arena, parameters,
                          state, batch, actual != NULL ? _ ("; the run took ") : "",
                          actual != NULL ? actual : "");
}

static char *
dup_peak (const Memory *memory)
{
  g_autofree char *peak = g_format_size (memory->peak);
  return g_strdup_printf (_ ("Peak %s at kernel %u: %s"), peak, memory->peak_step, memory->largest);
}

static void
draw (WeftDrawing *drawing)
{
  const Memory    *memory = drawing->result;
  double           y = plan_height (drawing) + 6, width = drawing->width - 2 * MARGIN;
  g_autofree char *sums = dup_sums (memory), *peak = dup_peak (memory);
  draw_plan (drawing, memory);
  weft_drawing_text (drawing, peak, 11, WEFT_FONT_PLAIN, (WeftRect){ MARGIN, y, width, 16 },
                     WEFT_ALIGN_START, WEFT_ROLE_TEXT);
  weft_drawing_text (drawing, sums, 11, WEFT_FONT_PLAIN, (WeftRect){ MARGIN, y + 17, width, 16 },
                     WEFT_ALIGN_START, WEFT_ROLE_TEXT_DIM);
  draw_sizes (drawing, memory,
              (WeftRect){ MARGIN, y + 38, width, MAX (drawing->height - MARGIN - y - 38, 18) });
}

/* ---- Words ---- */

static char *
note (gconstpointer result)
{
  g_autofree char *bytes = g_format_size (planned (result));
  return g_strdup_printf (_ ("planned %s"), bytes);
}

static char *
describe (gconstpointer result)
{
  const Memory    *memory = result;
  g_autofree char *sums = dup_sums (memory), *peak = dup_peak (memory), *head = note (result);
  g_autofree char *size = g_format_size ((guint64) memory->sizes[memory->n_sizes - 1]);
  return g_strdup_printf (_ ("%s: %s. %s. The whole process: %s"), head, sums, peak, size);
}

static guint
n_items (gconstpointer result)
{
  return ((const Memory *) result)->plan->anatomy->n_blocks;
}

static char *
item_text (gconstpointer result, guint item)
{
  const Plan             *plan = ((const Memory *) result)->plan;
  const WeftAnatomyBlock *block = &plan->anatomy->blocks[item];
  g_autofree char        *bytes = g_format_size (block->bytes);
  return g_strdup_printf (_ ("%s · %s · %s · kernel %u to %u"), plan->names[item], block->name,
                          bytes, block->born, block->dies);
}

const WeftViewKind weft_memory_view = {
  .name = "memory",
  .title = N_ ("Memory"),
  .empty = N_ ("Complete the model to see what memory a step takes."),
  .untrained = TRUE,
  .fits = fits,
  .compute = compute,
  .free = free_result,
  .draw = draw,
  .note = note,
  .describe = describe,
  .n_items = n_items,
  .item_rect = item_rect,
  .item_text = item_text,
};

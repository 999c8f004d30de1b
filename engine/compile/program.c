/* Programs: the passes in order, and the result for people.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/compile-private.h"

static void
builder_init (WeftBuilder *builder, WeftProgram *program)
{
  builder->program = program;
  builder->views = g_array_new (FALSE, TRUE, sizeof (WeftView));
  builder->roots = g_array_new (FALSE, TRUE, sizeof (WeftRoot));
  builder->nodes = g_array_new (FALSE, TRUE, sizeof (WeftNode));
  builder->spaces = g_array_new (FALSE, TRUE, sizeof (WeftSpace));
  g_array_set_size (builder->spaces, 1);
  builder->space_numbers = g_hash_table_new (weft_space_hash, weft_space_equal);
  builder->kernels = g_array_new (FALSE, TRUE, sizeof (WeftKernelDraft));
  builder->kernel_nodes = g_array_new (FALSE, TRUE, sizeof (guint));
  builder->copies = g_hash_table_new (NULL, NULL);
  builder->constants = g_ptr_array_new ();
  builder->shared = g_ptr_array_new ();
  builder->blocks = g_ptr_array_new_with_free_func (g_free);
}

static void
builder_clear (WeftBuilder *builder)
{
  g_array_unref (builder->views);
  g_array_unref (builder->roots);
  g_array_unref (builder->nodes);
  g_array_unref (builder->spaces);
  g_hash_table_unref (builder->space_numbers);
  g_array_unref (builder->kernels);
  g_array_unref (builder->kernel_nodes);
  g_hash_table_unref (builder->copies);
  g_ptr_array_unref (builder->constants);
  g_ptr_array_unref (builder->shared);
  g_ptr_array_unref (builder->blocks);
  g_ptr_array_unref (builder->order);
  g_free (builder->views_of);
  g_free (builder->sequence);
  g_free (builder->outputs);
  g_free (builder->updates);
}

/* The applications to run, and the table from value ids to views. */
static void
collect (WeftBuilder      *builder,
         guint             n_inputs,
         WeftValue *const *inputs,
         guint             n_outputs,
         WeftValue *const *outputs,
         guint             n_updates,
         WeftValue *const *new_values)
{
  g_autofree WeftValue **wanted = g_new (WeftValue *, n_outputs + n_updates + 1);
  guint                  largest = 0;
  for (guint i = 0; i < n_outputs; i++)
    wanted[i] = outputs[i];
  for (guint i = 0; i < n_updates; i++)
    wanted[n_outputs + i] = new_values[i];
  builder->order = weft_graph_order (builder->program->graph, n_outputs + n_updates, wanted);
  for (guint i = 0; i < n_inputs; i++)
    largest = MAX (largest, inputs[i]->id);
  for (guint i = 0; i < builder->order->len; i++)
    {
      const WeftApply *apply = g_ptr_array_index (builder->order, i);
      for (guint k = 0; k < apply->n_outputs; k++)
        largest = MAX (largest, apply->outputs[k].id);
    }
  builder->views_of = g_new0 (guint, largest + 1);
}

/* As the op's kernel counts them, else one an element. */
static double
count_flops (const WeftApply *apply, double elements)
{
  WeftPreparedCall prepared = { 0 };
  double           flops;
  if (apply->op->kernel->flops == NULL)
    return elements;
  weft_prepared_call_init (&prepared, apply);
  flops = apply->op->kernel->flops (&prepared.call);
  weft_prepared_call_clear (&prepared);
  return flops;
}

static void
fill_op (WeftBuilder *builder, const WeftNode *node, WeftStep *step)
{
  step->kind = WEFT_STEP_OP;
  step->name = g_strdup (node->apply->op->name);
  step->origins = node->apply->origins;
  step->apply = node->apply;
  step->n_in = node->n_operands;
  step->in = g_new0 (WeftOperand, MAX (step->n_in, 1));
  step->n_out = node->n_results;
  step->out = g_new0 (WeftOperand, MAX (step->n_out, 1));
  for (guint i = 0; i < node->n_operands; i++)
    {
      const WeftRoot *root = weft_builder_root (builder, node->operands[i].root);
      step->in[i].slot = node->operands[i].root;
      step->in[i].offset = node->operands[i].offset;
      step->bytes += (double) root->n * weft_dtype_size (root->value->type.dtype);
    }
  for (guint i = 0; i < node->n_results; i++)
    {
      const WeftRoot *root = weft_builder_root (builder, node->first_result + i);
      step->out[i].slot = node->first_result + i;
      step->bytes += (double) root->n * weft_dtype_size (root->value->type.dtype);
      step->flops += root->n;
    }
  step->flops = count_flops (node->apply, step->flops);
}

static void
fill_steps (WeftBuilder *builder)
{
  for (guint i = 0; i < builder->kernels->len; i++)
    {
      WeftKernelDraft *kernel = weft_builder_kernel (builder, i);
      WeftNode        *node = weft_builder_node (
               builder, g_array_index (builder->kernel_nodes, guint, kernel->first_node));
      switch (node->kind)
        {
        case WEFT_NODE_ELEMENTWISE:
        case WEFT_NODE_REDUCTION:
          weft_compile_tiles (builder, kernel);
          break;
        case WEFT_NODE_COPY:
          weft_compile_copy (builder, node, &kernel->step);
          break;
        case WEFT_NODE_GEMM:
          weft_compile_gemm (builder, node, &kernel->step);
          break;
        case WEFT_NODE_OP:
          fill_op (builder, node, &kernel->step);
          break;
        case WEFT_NODE_LOOP:
        case WEFT_NODE_BRANCH:
          weft_compile_bodies (builder, node, &kernel->step);
          break;
        }
      builder->program->flops += kernel->step.flops;
      builder->program->bytes += kernel->step.bytes;
    }
}

/* ---- Putting the program together ---- */

static WeftOperand
operand_of_view (WeftBuilder *builder, const WeftView *view)
{
  WeftOperand operand = { .slot = weft_builder_root (builder, view->root)->slot,
                          .offset = view->offset };
  return operand;
}

static void
number_slots (WeftBuilder *builder, guint n, WeftOperand *operands)
{
  for (guint i = 0; i < n; i++)
    operands[i].slot = weft_builder_root (builder, operands[i].slot)->slot;
}

static void
finish (WeftBuilder *builder)
{
  WeftProgram *program = builder->program;
  program->n_steps = builder->kernels->len;
  program->steps = g_new0 (WeftStep, MAX (program->n_steps, 1));
  for (guint i = 0; i < program->n_steps; i++)
    {
      WeftStep *step = &program->steps[i];
      *step = weft_builder_kernel (builder, builder->sequence[i])->step;
      number_slots (builder, step->n_in, step->in);
      number_slots (builder, step->n_out, step->out);
    }
  program->n_outputs = builder->n_outputs;
  program->outputs = g_new0 (WeftOperand, MAX (builder->n_outputs, 1));
  for (guint i = 0; i < builder->n_outputs; i++)
    program->outputs[i] = operand_of_view (builder, &builder->outputs[i]);
  for (guint i = 0; i < builder->n_updates; i++)
    program->updates[i].value = operand_of_view (builder, &builder->updates[i]);
  program->n_constants = builder->constants->len;
  program->constants = g_memdup2 (builder->constants->pdata,
                                  builder->constants->len * sizeof (gpointer));
  program->n_shared = builder->shared->len;
  program->shared = g_memdup2 (builder->shared->pdata, builder->shared->len * sizeof (gpointer));
}

static WeftProgram *
compile (WeftBuilder       *builder,
         WeftValue *const  *inputs,
         WeftValue *const  *outputs,
         WeftShared *const *targets,
         WeftValue *const  *new_values)
{
  WeftProgram *program = builder->program;
  guint        n_inputs = builder->n_inputs, n_outputs = builder->n_outputs,
        n_updates = builder->n_updates;
  program->n_updates = n_updates;
  program->updates = g_new0 (WeftUpdate, MAX (n_updates, 1));
  program->written_over = g_new0 (gboolean, MAX (n_outputs, 1));
  builder_init (builder, program);
  builder->outputs = g_new0 (WeftView, MAX (n_outputs, 1));
  builder->updates = g_new0 (WeftView, MAX (n_updates, 1));
  collect (builder, n_inputs, inputs, n_outputs, outputs, n_updates, new_values);
  weft_compile_nodes (builder, n_inputs, inputs, n_outputs, outputs, n_updates, targets,
                      new_values);
  weft_compile_place (builder);
  weft_compile_spaces (builder);
  weft_compile_levels (builder);
  weft_compile_kernels (builder);
  weft_compile_schedule (builder);
  fill_steps (builder);
  weft_compile_memory (builder);
  finish (builder);
  weft_compile_groups (program);
  builder_clear (builder);
  return program;
}

/* Makes the program that computes @outputs and the new values of @targets.
 * @graph: taken; every dimension that the values reach is a number
 * @inputs: [n_inputs] input values of @graph in call order; all that is reached is among them
 * @new_values: [n_updates] of the types of @targets
 *
 * Linear in the graph. Returns the program, owned by the caller. */
WeftProgram *
weft_program_new (WeftGraph         *graph,
                  guint              n_inputs,
                  WeftValue *const  *inputs,
                  guint              n_outputs,
                  WeftValue *const  *outputs,
                  guint              n_updates,
                  WeftShared *const *targets,
                  WeftValue *const  *new_values)
{
  WeftProgram *program = g_new0 (WeftProgram, 1);
  WeftBuilder  builder = {
     .program = program, .n_inputs = n_inputs, .n_outputs = n_outputs, .n_updates = n_updates
  };
  program->graph = graph;
  return compile (&builder, inputs, outputs, targets, new_values);
}

WeftProgram *
weft_program_new_body (WeftGraph        *graph,
                       guint             n_inputs,
                       WeftValue *const *inputs,
                       guint             n_outputs,
                       WeftValue *const *outputs,
                       const guint      *donors)
{
  WeftProgram *program = g_new0 (WeftProgram, 1);
  WeftBuilder  builder = {
     .program = program, .n_inputs = n_inputs, .n_outputs = n_outputs, .donors = donors
  };
  program->is_body = TRUE;
  program->graph = graph;
  return compile (&builder, inputs, outputs, NULL, NULL);
}

void
weft_program_free (WeftProgram *program)
{
  for (guint i = 0; i < program->n_steps; i++)
    {
      g_free (program->steps[i].name);
      g_free (program->steps[i].in);
      g_free (program->steps[i].out);
      g_free (program->steps[i].ops);
      g_clear_pointer (&program->steps[i].bodies, weft_bodies_free);
    }
  for (guint i = 0; i < program->n_constants; i++)
    weft_array_unref (program->constants[i]);
  for (guint i = 0; i < program->n_shared; i++)
    weft_shared_unref (program->shared[i]);
  g_free (program->steps);
  g_free (program->slots);
  g_free (program->constants);
  g_free (program->shared);
  g_free (program->outputs);
  g_free (program->written_over);
  g_free (program->updates);
  weft_graph_free (program->graph);
  g_free (program);
}

/* ---- Text ---- */

static void
append_operand (WeftProgram *program, const WeftOperand *operand, GString *out)
{
  static const char *const kinds[] = { "input", "shared", "constant", "arena", "output" };
  const WeftSlot          *slot = &program->slots[operand->slot];
  g_string_append_printf (out, " %s", kinds[slot->kind]);
  if (slot->kind == WEFT_SLOT_ARENA)
    g_string_append_printf (out, "@%" G_GSIZE_FORMAT, slot->offset);
  else
    g_string_append_printf (out, "%u", slot->index);
  if (operand->offset != 0)
    g_string_append_printf (out, "+%" G_GINT64_FORMAT, operand->offset);
}

static void
append_program (WeftProgram *program, const char *indent, GString *out);

/* Recursion as deep as loops stand in loops. */
static void
append_bodies (const WeftBodies *bodies, const char *indent, GString *out)
{
  g_autofree char *deeper = g_strconcat (indent, "  ", NULL);
  for (guint i = 0; i < bodies->n_programs; i++)
    {
      if (bodies->n_programs > 1)
        g_string_append_printf (out, "%s%s\n", indent, i == 0 ? "then" : "otherwise");
      append_program (bodies->programs[i], deeper, out);
    }
}

static void
append_step (WeftProgram *program, guint i, GString *out)
{
  const WeftStep *step = &program->steps[i];
  g_string_append_printf (out, "%u: %s", i, step->name);
  if (step->kind == WEFT_STEP_TILES || step->kind == WEFT_STEP_COPY)
    {
      g_string_append (out, " [");
      for (guint k = 0; k < step->rank; k++)
        g_string_append_printf (out, "%s%" G_GINT64_FORMAT,
                                k == 0                                 ? ""
                                : step->row > 0 && k + 1 == step->rank ? " | "
                                                                       : ", ",
                                step->dims[k]);
      g_string_append_c (out, ']');
    }
  for (guint k = 0; k < step->n_in; k++)
    append_operand (program, &step->in[k], out);
  g_string_append (out, " ->");
  for (guint k = 0; k < step->n_out; k++)
    append_operand (program, &step->out[k], out);
  g_string_append_c (out, '\n');
}

static void
append_program (WeftProgram *program, const char *indent, GString *out)
{
  for (guint i = 0; i < program->n_steps; i++)
    {
      g_string_append (out, indent);
      append_step (program, i, out);
      if (program->steps[i].bodies != NULL)
        append_bodies (program->steps[i].bodies, indent, out);
    }
  g_string_append_printf (out, "%sarena %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " bytes\n", indent,
                          program->arena_bytes, program->intermediate_bytes);
}

/* One line a kernel: number, name, collapsed dims, operands -> results; the programs of a loop or a
 * choice stand below it, indented. For people and tests. */
char *
weft_program_to_string (WeftProgram *program)
{
  GString *out = g_string_new (NULL);
  append_program (program, "", out);
  return g_string_free (out, FALSE);
}

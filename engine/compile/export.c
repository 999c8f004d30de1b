/* A program as one C file and one header.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/compile/emit-private.h"
#include "engine/compile/export-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#define NUMBERS_A_LINE 8
#define ALIGNMENT 64

G_DEFINE_QUARK (weft - export - error - quark, weft_export_error)

/* ---- Names and numbers ---- */

char *
weft_export_identifier (const char *text)
{
  GString *name = g_string_new (g_ascii_isdigit (*text) ? "_" : "");
  for (const char *c = text; *c != '\0'; c++)
    g_string_append_c (name, g_ascii_isalnum (*c) ? *c : '_');
  return g_string_free (name, FALSE);
}

const char *
weft_export_suffix (WeftDType dtype)
{
  switch ((int) dtype)
    {
    case WEFT_F32:
      return "f32";
    case WEFT_F64:
      return "f64";
    case WEFT_I32:
      return "i32";
    case WEFT_I64:
      return "i64";
    default:
      return "b8";
    }
}

char *
weft_export_numbers (guint n, const gint64 *numbers)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s%" G_GINT64_FORMAT, i > 0 ? ", " : "", numbers[i]);
  return g_string_free (text, FALSE);
}

gboolean
weft_export_refuse (WeftExport *export, const WeftStep *step, const char *what, GError **error)
{
  export->node = step->origins != NULL && step->origins->n > 0 ? step->origins->nodes[0] : 0;
  g_set_error (error, WEFT_EXPORT_ERROR, WEFT_EXPORT_ERROR_OP,
               _ ("%s has no text in C; leave it out of what is exported"), what);
  return FALSE;
}

/* ---- Data ---- */

/* As an initialiser: what is not finite has names in <math.h>. */
static char *
element_text (const WeftArray *array, gint64 i)
{
  double number;
  if (array->dtype == WEFT_I64)
    return g_strdup_printf ("%" G_GINT64_FORMAT "LL", ((const gint64 *) array->data)[i]);
  number = weft_array_get (array, i);
  if (isnan (number))
    return g_strdup ("NAN");
  if (isinf (number))
    return g_strdup (number > 0 ? "INFINITY" : "-INFINITY");
  return weft_text_number (number, array->dtype);
}

static void
append_elements (GString *out, const WeftArray *array)
{
  for (gint64 i = 0; i < array->n_elements; i++)
    {
      g_autofree char *number = element_text (array, i);
      g_string_append_printf (out, "%s%s,", i % NUMBERS_A_LINE == 0 ? "\n  " : " ", number);
    }
  if (array->n_elements == 0)
    g_string_append (out, " 0");
}

static void
append_array (WeftExport *export, const char *qualifiers, const char *name, const WeftArray *array)
{
  g_string_append_printf (
    export->data, "%s%s %s[%" G_GINT64_FORMAT "] __attribute__ ((aligned (%d))) = {", qualifiers,
    weft_text_type (array->dtype), name, MAX (array->n_elements, 1), ALIGNMENT);
  append_elements (export->data, array);
  g_string_append (export->data, "\n};\n\n");
}

/* The identifier of a variable, which is written when first asked for. */
static const char *
variable_name (WeftExport *export, WeftShared *shared)
{
  const char      *known = g_hash_table_lookup (export->variables, shared);
  g_autofree char *plain = NULL;
  char            *name;
  if (known != NULL)
    return known;
  plain = weft_export_identifier (shared->name);
  name = g_strdup_printf ("%s_%s", export->name, plain);
  append_array (export, "", name, shared->value);
  g_hash_table_insert (export->variables, shared, name);
  return name;
}

/* ---- Operands ---- */

/* The name of a constant, which is written when first asked for. Caller owns. */
static char *
constant_name (WeftExport *export, const WeftProgram *program, guint i)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (export->numbers, program)) - 1;
  char *name = g_strdup_printf ("constant_%u_%u", number, i);
  if (g_hash_table_add (export->known, g_strdup (name)))
    append_array (export, "static const ", name, program->constants[i]);
  return name;
}

static char *
slot_text (WeftExport *export, const WeftProgram *program, const WeftSlot *slot)
{
  g_autofree char *name = NULL;
  switch (slot->kind)
    {
    case WEFT_SLOT_INPUT:
      return g_strdup_printf ("in[%u]", slot->index);
    case WEFT_SLOT_OUTPUT:
      return g_strdup_printf ("out[%u]", slot->index);
    case WEFT_SLOT_SHARED:
      return g_strdup_printf ("(char *) %s", variable_name (export, program->shared[slot->index]));
    case WEFT_SLOT_CONSTANT:
      name = constant_name (export, program, slot->index);
      return g_strconcat ("(char *) ", name, NULL);
    case WEFT_SLOT_ARENA:
      break;
    }
  return g_strdup_printf ("workspace + %" G_GSIZE_FORMAT, slot->offset);
}

char *
weft_export_operand (WeftExport *export, const WeftProgram *program, const WeftOperand *operand)
{
  const WeftSlot  *slot = &program->slots[operand->slot];
  g_autofree char *base = slot_text (export, program, slot);
  return g_strdup_printf ("(%s + %" G_GINT64_FORMAT ")", base,
                          operand->offset * (gint64) weft_dtype_size (slot->dtype));
}

char *
weft_export_typed (WeftExport *export, const WeftProgram *program, const WeftOperand *operand)
{
  g_autofree char *place = weft_export_operand (export, program, operand);
  return g_strdup_printf ("(%s *) %s", weft_text_type (program->slots[operand->slot].dtype), place);
}

/* ---- Programs ---- */

/* Bodies stand before the programs that run them. Recursion as deep as loops stand in loops. */
static gboolean
export_bodies (WeftExport *export, const WeftProgram *program, GError **error)
{
  for (guint i = 0; i < program->n_steps; i++)
    {
      const WeftBodies *bodies = program->steps[i].bodies;
      for (guint k = 0; bodies != NULL && k < bodies->n_programs; k++)
        if (weft_export_program (export, bodies->programs[k], error) == G_MAXUINT)
          return FALSE;
    }
  return TRUE;
}

guint
weft_export_program (WeftExport *export, const WeftProgram *program, GError **error)
{
  guint number;
  if (!export_bodies (export, program, error))
    return G_MAXUINT;
  number = export->n_programs++;
  g_hash_table_insert (export->numbers, (gpointer) program, GUINT_TO_POINTER (number + 1));
  g_string_append_printf (
    export->programs,
    "static int\nprogram_%u (char **in, char **out, char *workspace, char **made)\n"
    "{\n  (void) in;\n  (void) out;\n  (void) workspace;\n",
    number);
  for (guint i = 0; i < program->n_steps; i++)
    if (!weft_export_step (export, program, i, error))
      return G_MAXUINT;
  for (guint i = 0; i < program->n_outputs; i++)
    {
      g_autofree char *place = weft_export_operand (export, program, &program->outputs[i]);
      g_string_append_printf (export->programs, "  made[%u] = %s;\n", i, place);
    }
  g_string_append (export->programs, "  return 0;\n}\n\n");
  return number;
}

/* ---- The files ---- */

static const WeftSlot *
find_slot (const WeftProgram *program, WeftSlotKind kind, guint index)
{
  for (guint i = 0; i < program->n_slots; i++)
    if (program->slots[i].kind == kind && program->slots[i].index == index)
      return &program->slots[i];
  return NULL;
}

/* "const float x[64 * 784]": an input or an output as a parameter of the function. */
static char *
parameter_text (const WeftProgram *program, guint i, gboolean input, const char *name)
{
  const WeftSlot *slot =
    input ? find_slot (program, WEFT_SLOT_INPUT, i) : &program->slots[program->outputs[i].slot];
  g_autofree char *plain = weft_export_identifier (name);
  /* What nobody reads may have any type. */
  return g_strdup_printf ("%s%s *%s", input ? "const " : "",
                          slot != NULL ? weft_text_type (slot->dtype) : "void", plain);
}

static void
append_shape (GString *out, const WeftProgram *program, guint i, gboolean input, const char *name)
{
  const WeftSlot *slot =
    input ? find_slot (program, WEFT_SLOT_INPUT, i) : &program->slots[program->outputs[i].slot];
  g_autofree char *plain = weft_export_identifier (name);
  g_autofree char *dims = slot != NULL ? weft_export_numbers (slot->rank, slot->shape) : NULL;
  g_string_append_printf (out, " * %s: %s %s (%s)\n", plain, input ? "input" : "output",
                          slot != NULL ? weft_text_type (slot->dtype) : "not used",
                          dims != NULL ? dims : "");
}

static char *
signature (const WeftProgram *program, const WeftExportNames *names)
{
  GString *text = g_string_new ("int\n");
  guint    n_inputs = g_strv_length ((char **) names->inputs), n = 0;
  g_string_append_printf (text, "%s_call (", names->name);
  for (guint i = 0; i < n_inputs + program->n_outputs; i++, n++)
    {
      gboolean         input = i < n_inputs;
      guint            k = input ? i : i - n_inputs;
      g_autofree char *one =
        parameter_text (program, k, input, input ? names->inputs[k] : names->outputs[k]);
      g_string_append_printf (text, "%s%s", n > 0 ? ", " : "", one);
    }
  g_string_append (text, n > 0 ? ")" : "void)");
  return g_string_free (text, FALSE);
}

static int
compare_names (gconstpointer a, gconstpointer b, gpointer data)
{
  GHashTable *names = data;
  return strcmp (g_hash_table_lookup (names, *(const gpointer *) a),
                 g_hash_table_lookup (names, *(const gpointer *) b));
}

/* What others may read and write, by name. */
static void
append_variables (WeftExport *export, GString *out)
{
  guint                n;
  g_autofree gpointer *shared = g_hash_table_get_keys_as_array (export->variables, &n);
  g_qsort_with_data (shared, (int) n, sizeof (gpointer), compare_names, export->variables);
  for (guint i = 0; i < n; i++)
    {
      const WeftArray *array = ((WeftShared *) shared[i])->value;
      g_string_append_printf (out, "extern %s %s[%" G_GINT64_FORMAT "];\n",
                              weft_text_type (array->dtype),
                              (const char *) g_hash_table_lookup (export->variables, shared[i]),
                              MAX (array->n_elements, 1));
    }
}

static char *
write_header (WeftExport *export, const WeftProgram *program, const WeftExportNames *names)
{
  GString         *out = g_string_new (NULL);
  g_autofree char *call = signature (program, names);
  g_string_append_printf (out, "/* %s\n *\n", names->about);
  for (guint i = 0; names->inputs[i] != NULL; i++)
    append_shape (out, program, i, TRUE, names->inputs[i]);
  for (guint i = 0; i < program->n_outputs; i++)
    append_shape (out, program, i, FALSE, names->outputs[i]);
  g_string_append (out, " *\n * Arrays are in C order. Returns 0, or 1 where a number that stands "
                        "for a place is outside its range.\n"
                        " * One thread at a time.\n */\n#pragma once\n\n#ifdef __cplusplus\nextern "
                        "\"C\" {\n#endif\n\n");
  g_string_append_printf (out, "%s;\n\n", call);
  append_variables (export, out);
  g_string_append (out, "\n#ifdef __cplusplus\n}\n#endif\n");
  return g_string_free (out, FALSE);
}

/* Results that are not written where they belong, then updates that are not made in place. */
static void
append_copies (WeftExport *export, const WeftProgram *program, GString *out)
{
  for (guint i = 0; i < program->n_outputs; i++)
    {
      const WeftSlot *slot = &program->slots[program->outputs[i].slot];
      gint64          n = weft_dtype_size (slot->dtype);
      for (guint k = 0; k < slot->rank; k++)
        n *= slot->shape[k];
      g_string_append_printf (
        out, "  if (made[%u] != out[%u])\n    memcpy (out[%u], made[%u], %" G_GINT64_FORMAT ");\n",
        i, i, i, i, n);
    }
  for (guint i = 0; i < program->n_updates; i++)
    {
      const WeftUpdate *update = &program->updates[i];
      WeftShared       *shared = program->shared[update->shared];
      g_autofree char  *from = NULL;
      if (update->in_place)
        continue;
      from = weft_export_operand (export, program, &update->value);
      g_string_append_printf (out, "  memcpy (%s, %s, %" G_GSIZE_FORMAT ");\n",
                              variable_name (export, shared), from, shared->value->n_bytes);
    }
}

static void
append_call (WeftExport *export,
             const WeftProgram     *program,
             const WeftExportNames *names,
             guint                  number,
             GString               *out)
{
  g_autofree char *call = signature (program, names);
  guint            n_inputs = g_strv_length ((char **) names->inputs);
  g_string_append_printf (
    out, "%s\n{\n  char *in[%u], *out[%u], *made[%u];\n  char *workspace = arena;\n", call,
    n_inputs + 1, program->n_outputs + 1, program->n_outputs + 1);
  for (guint i = 0; i < n_inputs; i++)
    {
      g_autofree char *plain = weft_export_identifier (names->inputs[i]);
      g_string_append_printf (out, "  in[%u] = (char *) %s;\n", i, plain);
    }
  for (guint i = 0; i < program->n_outputs; i++)
    {
      g_autofree char *plain = weft_export_identifier (names->outputs[i]);
      g_string_append_printf (out, "  out[%u] = (char *) %s;\n", i, plain);
    }
  g_string_append_printf (out, "  if (program_%u (in, out, workspace, made))\n    return 1;\n",
                          number);
  append_copies (export, program, out);
  g_string_append (out, "  return 0;\n}\n");
}

static char *
write_source (WeftExport *export,
              const WeftProgram     *program,
              const WeftExportNames *names,
              guint                  number)
{
  GString *call = g_string_new (NULL), *out = g_string_new (NULL);
  append_call (export, program, names, number, call); /* may still name variables */
  g_string_append_printf (out, "/* %s */\n#include \"%s.h\"\n", names->about, names->name);
  g_string_append (out, weft_export_runtime);
  g_string_append (out, "\n/* ---- Mathematics ---- */\n\n");
  g_string_append (out, weft_emit_prelude (WEFT_TEXT_C));
  g_string_append (out, "\n/* ---- Numbers ---- */\n\n");
  g_string_append_len (out, export->data->str, export->data->len);
  g_string_append_printf (
    out,
    "static char arena[%" G_GSIZE_FORMAT "] __attribute__ ((aligned (%d)));\n"
    "static char scratch[%" G_GSIZE_FORMAT "] __attribute__ ((aligned (%d), unused));\n",
    MAX (program->arena_bytes, 1), ALIGNMENT, MAX (export->scratch_bytes, 1), ALIGNMENT);
  g_string_append (out, "\n/* ---- Kernels ---- */\n\n"
                        "#pragma GCC diagnostic ignored \"-Wunused-variable\"\n\n");
  g_string_append_len (out, export->kernels->str, export->kernels->len);
  g_string_append (out, "\n/* ---- Programs ---- */\n\n");
  g_string_append_len (out, export->programs->str, export->programs->len);
  g_string_append_len (out, call->str, call->len);
  g_string_free (call, TRUE);
  return g_string_free (out, FALSE);
}

gboolean
weft_export_c (const WeftProgram     *program,
               const WeftExportNames *names,
               char                 **header,
               char                 **source,
               guint32               *node,
               GError               **error)
{
  WeftExport export = { .name = names->name };
  guint number;
  export.data = g_string_new (NULL);
  export.kernels = g_string_new (NULL);
  export.programs = g_string_new (NULL);
  export.known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  export.variables = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  export.numbers = g_hash_table_new (NULL, NULL);
  number = weft_export_program (&export, program, error);
  if (number != G_MAXUINT)
    {
      *source = write_source (&export, program, names, number);
      *header = write_header (&export, program, names);
    }
  *node = export.node;
  g_string_free (export.data, TRUE);
  g_string_free (export.kernels, TRUE);
  g_string_free (export.programs, TRUE);
  g_hash_table_unref (export.known);
  g_hash_table_unref (export.variables);
  g_hash_table_unref (export.numbers);
  return number != G_MAXUINT;
}

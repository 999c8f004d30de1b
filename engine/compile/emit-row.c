/* One instruction of a loop nest as an expression: the tokens of elementwise.def with names in
 * place of the operands.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <math.h>
#include <string.h>

#include "engine/compile/emit-private.h"

/* ---- Types and numbers ---- */

const char *
weft_text_type (WeftDType dtype)
{
  switch ((int) dtype)
    {
    case WEFT_BOOL:
      return "unsigned char";
    case WEFT_I32:
      return "int";
    case WEFT_I64:
      return "long long";
    case WEFT_F32:
      return "float";
    default:
      g_assert (dtype == WEFT_F64);
      return "double";
    }
}

/* The ending of the prelude's functions. */
static const char *
suffix (WeftDType dtype)
{
  switch ((int) dtype)
    {
    case WEFT_BOOL:
      return "b8";
    case WEFT_I32:
      return "i32";
    case WEFT_I64:
      return "i64";
    case WEFT_F32:
      return "f32";
    default:
      g_assert (dtype == WEFT_F64);
      return "f64";
    }
}

WeftDType
weft_tile_result_dtype (const WeftTileOp *op)
{
  guint id = op->op == WEFT_TILE_REDUCE || op->op == WEFT_TILE_ACROSS ? op->combine : op->op;

  return id < WEFT_N_ELEMENTWISE && weft_op (id)->traits & WEFT_TRAIT_BOOL_RESULT ? WEFT_BOOL
                                                                                  : op->dtype;
}

const char *
weft_tile_name (const WeftTileOp *op)
{
  static const char *const names[] = { "load", "store", "cast", "number",
                                       "index", "reduce", "across", "pick" };

  return op->op < WEFT_TILE_LOAD ? weft_op (op->op)->name : names[op->op - WEFT_TILE_LOAD];
}

static char *
whole_number (gint64 number, WeftDType dtype)
{
  if (dtype == WEFT_I32 && number == G_MININT32)
    return g_strdup ("(-2147483647 - 1)");
  if (dtype == WEFT_I64 && number == G_MININT64)
    return g_strdup ("(-9223372036854775807LL - 1)");
  return g_strdup_printf ("%" G_GINT64_FORMAT "%s", number, dtype == WEFT_I64 ? "LL" : "");
}

char *
weft_text_number (double number, WeftDType dtype)
{
  char buffer[64];

  if (dtype == WEFT_F32 && !isfinite ((float) number))
    return g_strdup (isnan (number) ? "weft_float_f32 (0x7fc00000)"
                     : number > 0   ? "weft_float_f32 (0x7f800000)"
                                    : "weft_float_f32 ((int) 0xff800000)");
  if (dtype == WEFT_F64 && !isfinite (number))
    return g_strdup (isnan (number) ? "weft_float_f64 (0x7ff8000000000000LL)"
                     : number > 0   ? "weft_float_f64 (0x7ff0000000000000LL)"
                                    : "weft_float_f64 ((long long) 0xfff0000000000000ULL)");
  if (!weft_dtype_is_float (dtype))
    return whole_number (dtype == WEFT_BOOL ? number != 0 : (gint64) number, dtype);
  if (dtype == WEFT_F32)
    number = (float) number;
  /* What reads well and is exact; else as many digits as tell numbers apart. */
  g_ascii_formatd (buffer, sizeof buffer, "%.6g", number);
  if (g_ascii_strtod (buffer, NULL) != number)
    g_ascii_formatd (buffer, sizeof buffer, dtype == WEFT_F32 ? "%.9g" : "%.17g", number);
  if (strpbrk (buffer, ".e") == NULL)
    g_strlcat (buffer, ".0", sizeof buffer);
  return g_strconcat (buffer, dtype == WEFT_F32 ? "f" : "", NULL);
}

char *
weft_text_neutral (guint combine, WeftDType dtype)
{
  if (dtype == WEFT_I64 && (combine == WEFT_OP_MAXIMUM || combine == WEFT_OP_MINIMUM))
    return whole_number (combine == WEFT_OP_MAXIMUM ? G_MININT64 : G_MAXINT64, dtype);
  return weft_text_number (weft_tile_neutral (combine, dtype), dtype);
}

/* ---- Rows ---- */

static gboolean
is_name (char c)
{
  return g_ascii_isalnum (c) || c == '_' || c == '.';
}

/* The length of the number or name at @text; 0: it is neither. */
static gsize
token_length (const char *text)
{
  gsize n = 0;

  while (is_name (text[n]))
    n++;
  return n;
}

/* NAME of "W (NAME)" at @text, and where it ends. */
static char *
function_name (const char *text, const char **end)
{
  const char *name = strchr (text, '(') + 1;

  *end = strchr (name, ')') + 1;
  return g_strndup (name, *end - 1 - name);
}

static gboolean
calls_library (const char *function, WeftDType dtype, WeftTextLanguage language)
{
  const char *const *names =
    language == WEFT_TEXT_CUDA ? weft_prelude_library_cuda : weft_prelude_library;
  g_autofree char *name = g_strconcat (function, "_", suffix (dtype), NULL);

  for (guint i = 0; names[i] != NULL; i++)
    if (strcmp (names[i], name) == 0)
      return TRUE;
  return FALSE;
}

gboolean
weft_text_has_row (guint op, WeftDType dtype, WeftTextLanguage language)
{
  const char *c = weft_op (op)->c;

  while (*c != '\0')
    {
      gsize n = token_length (c);

      if (n == 1 && *c == 'W')
        {
          g_autofree char *name = function_name (c, &c);

          if (calls_library (name, dtype, language))
            return FALSE;
          continue;
        }
      c += MAX (n, 1);
    }
  return TRUE;
}

static void
append_token (
  GString *out, const char *token, gsize n, const WeftTileOp *op, const char *const *src)
{
  g_autofree char *number = NULL;

  if (n == 1 && *token >= 'a' && *token <= 'c')
    g_string_append (out, src[*token - 'a']);
  else if (n == 1 && (*token == 'p' || *token == 'q'))
    {
      number = weft_text_number (*token == 'p' ? op->p : op->q, op->dtype);
      g_string_append (out, number);
    }
  else if (n == 1 && (*token == 'K' || *token == 'T'))
    g_string_append_printf (out, "(%s)", weft_text_type (op->dtype));
  else
    g_string_append_len (out, token, n);
}

/* The row's tokens over @src. */
static char *
row_text (const WeftTileOp *op, const char *const *src)
{
  GString    *out = g_string_new (NULL);
  const char *c = weft_op (op->op)->c;

  while (*c != '\0')
    {
      gsize n = token_length (c);

      if (n == 1 && *c == 'W')
        {
          g_autofree char *name = function_name (c, &c);

          g_string_append_printf (out, "weft_%s_%s", name, suffix (op->dtype));
          continue;
        }
      if (n == 0)
        g_string_append_c (out, *c);
      else
        append_token (out, c, n, op, src);
      c += MAX (n, 1);
    }
  return g_string_free (out, FALSE);
}

/* weft_text_expression:
 * @src: names of the operands, as many as the row reads.
 *
 * Returns: what the instruction's register is set to.
 */
char *
weft_text_expression (const WeftTileOp *op, const char *const *src)
{
  g_autofree char *text = NULL;

  if (op->op == WEFT_TILE_CAST)
    return g_strdup_printf ("weft_%s_of_%s (%s)", suffix (op->dtype), suffix (op->from), src[0]);
  text = row_text (op, src);
  if (weft_tile_result_dtype (op) == WEFT_BOOL)
    return g_strdup_printf ("(%s) != 0", text);
  return g_steal_pointer (&text);
}

char *
weft_text_combine (guint combine, WeftDType dtype, const char *a, const char *b)
{
  WeftTileOp        op = { .op = combine, .dtype = dtype };
  const char *const src[] = { a, b, b };

  return weft_text_expression (&op, src);
}

/* Reading expressions: text to tokens.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/expr-lex.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Longer names are mistakes, and would fill every message. */
#define MAX_NAME_BYTES 100

typedef struct
{
  const char *at;
  const char *line_start;
  guint       line;
  guint       depth;   /* of brackets: newlines inside do not count */
  const char *counted; /* where @column is known */
  guint       column;
  GArray     *tokens;
} Lexer;

void
weft_expr_fail (GError **error, guint line, guint column, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list          args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, WEFT_EXPR_ERROR, WEFT_EXPR_ERROR_SYNTAX, "%u:%u: %s", line, column, message);
}

/* The column of @at in characters, from 1. Counted on from the last one asked for, so that long
 * lines stay linear. */
static guint
column_of (Lexer *lexer, const char *at)
{
  if (lexer->counted < lexer->line_start || lexer->counted > at)
    {
      lexer->counted = lexer->line_start;
      lexer->column = 1;
    }
  lexer->column += g_utf8_strlen (lexer->counted, at - lexer->counted);
  lexer->counted = at;
  return lexer->column;
}

static void
add_token (Lexer *lexer, TokenKind kind, const char *start, gsize length)
{
  g_autofree char *text = g_strndup (start, length);
  Token            token = { .kind = kind,
                             .text = g_intern_string (text),
                             .line = lexer->line,
                             .column = column_of (lexer, start) };

  g_array_append_val (lexer->tokens, token);
}

static gboolean
lex_number (Lexer *lexer, GError **error)
{
  const char *start = lexer->at;
  char       *end;
  Token       token = {
          .kind = TOKEN_NUMBER, .text = "number", .line = lexer->line, .column = column_of (lexer, start)
  };
  gsize digits = strspn (start, "0123456789");

  errno = 0;
  token.is_int = start[digits] == '\0' || strchr (".eE", start[digits]) == NULL;
  if (token.is_int)
    {
      token.integer = g_ascii_strtoll (start, &end, 10);
      token.number = (double) token.integer;
    }
  else
    token.number = g_ascii_strtod (start, &end);
  if ((errno == ERANGE && (token.is_int || isinf (token.number))) || end == start)
    {
      weft_expr_fail (error, token.line, token.column, "this number is too large");
      return FALSE;
    }
  if (g_ascii_isalpha (*end) || *end == '_')
    {
      weft_expr_fail (error, lexer->line, column_of (lexer, end),
                      "expected an operator after the number");
      return FALSE;
    }
  lexer->at = end;
  g_array_append_val (lexer->tokens, token);
  return TRUE;
}

static gboolean
lex_string (Lexer *lexer, GError **error)
{
  const char *start = lexer->at;
  gsize       length = strcspn (start + 1, start[0] == '"' ? "\"\n" : "'\n");

  if (start[1 + length] != start[0])
    {
      weft_expr_fail (error, lexer->line, column_of (lexer, start),
                      "expected a closing %c on this line", start[0]);
      return FALSE;
    }
  add_token (lexer, TOKEN_STRING, start + 1, length);
  g_array_index (lexer->tokens, Token, lexer->tokens->len - 1).column--;
  lexer->at = start + length + 2;
  return TRUE;
}

static gboolean
lex_symbol (Lexer *lexer, GError **error)
{
  static const char *const symbols[] = { "...", "**", "//", "<<", ">>", "==", "!=", "<=", ">=", "+",
                                         "-", "*", "/", "%", "@", "<", ">", "&", "|", "^",
                                         "~", "(", ")", "[", "]", ",", ":", ".", "=" };
  char                     bad[8] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (symbols); i++)
    if (g_str_has_prefix (lexer->at, symbols[i]))
      {
        add_token (lexer, TOKEN_SYMBOL, lexer->at, strlen (symbols[i]));
        lexer->at += strlen (symbols[i]);
        if (strchr ("([", *symbols[i]) != NULL)
          lexer->depth++;
        else if (strchr (")]", *symbols[i]) != NULL && lexer->depth > 0)
          lexer->depth--;
        return TRUE;
      }
  g_utf8_strncpy (bad, lexer->at, 1);
  weft_expr_fail (error, lexer->line, column_of (lexer, lexer->at), "unexpected character \"%s\"",
                  bad);
  return FALSE;
}

/* A letter of a name: ASCII or any alphabetic character, so that Greek works. */
static gboolean
is_name_char (const char *at, gboolean first)
{
  gunichar c = g_utf8_get_char (at);

  return c == '_' || g_unichar_isalpha (c) || (!first && g_unichar_isdigit (c));
}

static gboolean
lex_name (Lexer *lexer, GError **error)
{
  const char *start = lexer->at;

  while (is_name_char (lexer->at, lexer->at == start))
    lexer->at = g_utf8_next_char (lexer->at);
  if (lexer->at - start > MAX_NAME_BYTES)
    {
      weft_expr_fail (error, lexer->line, column_of (lexer, start), "this name is too long");
      return FALSE;
    }
  add_token (lexer, TOKEN_NAME, start, lexer->at - start);
  return TRUE;
}

static void
lex_newline (Lexer *lexer)
{
  if (lexer->depth == 0 || *lexer->at == ';')
    add_token (lexer, TOKEN_NEWLINE, lexer->at, 1);
  if (*lexer->at == '\n')
    {
      lexer->line++;
      lexer->line_start = lexer->at + 1;
    }
  lexer->at++;
}

GArray *
weft_expr_lex (const char *text, GError **error)
{
  Lexer lexer = {
    .at = text, .line_start = text, .line = 1, .tokens = g_array_new (FALSE, FALSE, sizeof (Token))
  };

  while (*lexer.at != '\0')
    {
      gboolean ok = TRUE;

      if (*lexer.at == '#')
        lexer.at += strcspn (lexer.at, "\n");
      else if (*lexer.at == '\n' || *lexer.at == ';')
        lex_newline (&lexer);
      else if (g_ascii_isspace (*lexer.at))
        lexer.at++;
      else if (g_ascii_isdigit (*lexer.at) || (*lexer.at == '.' && g_ascii_isdigit (lexer.at[1])))
        ok = lex_number (&lexer, error);
      else if (is_name_char (lexer.at, TRUE))
        ok = lex_name (&lexer, error);
      else if (*lexer.at == '\'' || *lexer.at == '"')
        ok = lex_string (&lexer, error);
      else
        ok = lex_symbol (&lexer, error);
      if (!ok)
        {
          g_array_unref (lexer.tokens);
          return NULL;
        }
    }
  add_token (&lexer, TOKEN_END, lexer.at, 0);
  return lexer.tokens;
}

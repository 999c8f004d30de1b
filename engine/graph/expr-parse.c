/* Reading expressions: text to tokens to one flat postfix array.
 *
 * Operator precedence with explicit stacks: no depth of nesting can overflow anything. Two states:
 * an operand is due, or an operator is. Open brackets, calls and unfinished operators wait on one
 * stack.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/graph/expr-lex.h"

#include <string.h>

/* Functions in functions are built by recursion. */
#define MAX_LAMBDAS 16

G_DEFINE_QUARK (weft_expr_error, weft_expr_error)

/* ---- Operators: Python's, loosest first ---- */

static const WeftOperator binary[] = {
  { "or", "logical_or", 2 },
  { "and", "logical_and", 3 },
  { "==", "eq", 5 },
  { "!=", "ne", 5 },
  { "<=", "le", 5 },
  { ">=", "ge", 5 },
  { "<", "lt", 5 },
  { ">", "gt", 5 },
  { "|", "bit_or", 6 },
  { "^", "bit_xor", 7 },
  { "&", "bit_and", 8 },
  { "<<", "shift_left", 9 },
  { ">>", "shift_right", 9 },
  { "+", "add", 10 },
  { "-", "sub", 10 },
  { "*", "mul", 11 },
  { "/", "div", 11 },
  { "//", "floor_div", 11 },
  { "%", "mod", 11 },
  { "@", "matmul", 11 },
  { "**", "pow", WEFT_PRECEDENCE_POWER },
};

static const WeftOperator unary[] = {
  { "not ", "logical_not", WEFT_PRECEDENCE_NOT },
  { "-", "neg", WEFT_PRECEDENCE_UNARY },
  { "+", "pos", WEFT_PRECEDENCE_UNARY },
  { "~", "bit_not", WEFT_PRECEDENCE_UNARY },
};

const WeftOperator *
weft_operator_binary (const char *symbol)
{
  for (guint i = 0; i < G_N_ELEMENTS (binary); i++)
    if (g_str_equal (binary[i].symbol, symbol))
      return &binary[i];
  return NULL;
}

const WeftOperator *
weft_operator_of_op (const char *op, gboolean is_unary)
{
  const WeftOperator *table = is_unary ? unary : binary;

  for (guint i = 0; i < (is_unary ? G_N_ELEMENTS (unary) : G_N_ELEMENTS (binary)); i++)
    if (g_str_equal (table[i].op, op))
      return &table[i];
  return NULL;
}

/* ---- The parser ---- */

typedef enum
{
  FRAME_STATEMENT,
  FRAME_PAREN,
  FRAME_LIST,
  FRAME_CALL,
  FRAME_METHOD,
  FRAME_INDEX,
  FRAME_BLOCK,  /* the statements of a function */
  FRAME_IF,     /* after "x if" */
  FRAME_ELSE,   /* after "x if c else": an operator */
  FRAME_UNARY,  /* an operator */
  FRAME_BINARY, /* an operator */
  FRAME_LAMBDA, /* after "lambda x:": binds loosest of all */
} FrameKind;

typedef struct
{
  FrameKind    kind;
  const char  *name; /* of the op, function or method */
  guint        precedence;
  guint        n;        /* finished arguments or elements */
  gboolean     comma;    /* PAREN: a tuple */
  const char  *keyword;  /* CALL: of the argument being read */
  gboolean     keywords; /* CALL: one was read, so no positional one may follow */
  guint        colons;   /* INDEX: of the entry being read */
  guint        line, column;
  const Token *targets; /* BLOCK: names that the statement assigns */
  guint        n_targets;
  guint        item; /* LAMBDA: where it begins */
} Frame;

typedef struct
{
  const Token *token; /* the next one */
  GArray      *frames;
  GArray      *items;
  gboolean     operand_due;
  guint        n_lambdas; /* around the next token */
} Parser;

static Frame *
top (Parser *parser)
{
  return &g_array_index (parser->frames, Frame, parser->frames->len - 1);
}

static void
push (Parser *parser, FrameKind kind, const char *name, guint precedence)
{
  Frame frame = { .kind = kind,
                  .name = name,
                  .precedence = precedence,
                  .line = parser->token->line,
                  .column = parser->token->column };

  g_array_append_val (parser->frames, frame);
}

static WeftExprItem *
emit (Parser *parser, WeftExprKind kind, const char *name, guint n_args, guint line, guint column)
{
  WeftExprItem item = {
    .kind = kind, .name = name, .n_args = n_args, .line = line, .column = column
  };

  g_array_append_val (parser->items, item);
  return &g_array_index (parser->items, WeftExprItem, parser->items->len - 1);
}

static gboolean
is_symbol (const Token *token, const char *text)
{
  return token->kind == TOKEN_SYMBOL && g_str_equal (token->text, text);
}

static gboolean
is_word (const Token *token, const char *text)
{
  return token->kind == TOKEN_NAME && g_str_equal (token->text, text);
}

static gboolean
expected (Parser *parser, const char *what, GError **error)
{
  const Token *token = parser->token;

  if (token->kind == TOKEN_END)
    weft_expr_fail (error, token->line, token->column, "expected %s before the end of the text",
                    what);
  else if (token->kind == TOKEN_NEWLINE)
    weft_expr_fail (error, token->line, token->column, "expected %s before the end of the line",
                    what);
  else
    weft_expr_fail (error, token->line, token->column, "expected %s before \"%s\"", what,
                    token->text);
  return FALSE;
}

/* The two ends of a function learn where the other one is. */
static void
finish_lambda (Parser *parser, const Frame *frame)
{
  guint         length = parser->items->len - frame->item;
  WeftExprItem *end =
    emit (parser, WEFT_EXPR_LAMBDA_END, NULL, frame->n + 1, frame->line, frame->column);

  end->integer = length;
  g_array_index (parser->items, WeftExprItem, frame->item).integer = length;
  parser->n_lambdas--;
}

/* Finishes operators on the stack that bind at least as tightly as @precedence. */
static void
reduce (Parser *parser, guint precedence, gboolean right)
{
  while (top (parser)->kind >= FRAME_ELSE && (top (parser)->precedence > precedence ||
                                              (top (parser)->precedence == precedence && !right)))
    {
      Frame frame = *top (parser);

      g_array_set_size (parser->frames, parser->frames->len - 1);
      if (frame.kind == FRAME_LAMBDA)
        {
          finish_lambda (parser, &frame);
          continue;
        }
      emit (parser,
            frame.kind == FRAME_BINARY  ? WEFT_EXPR_BINARY
            : frame.kind == FRAME_UNARY ? WEFT_EXPR_UNARY
                                        : WEFT_EXPR_IF_ELSE,
            frame.name, 0, frame.line, frame.column);
    }
}

/* ---- Statements' targets ---- */

/* How many names stand before "=" at @token: 0 if this is no assignment. */
static guint
count_targets (const Token *token)
{
  guint n = 1;

  if (token->kind != TOKEN_NAME)
    return 0;
  while (is_symbol (token + 1, ",") && token[2].kind == TOKEN_NAME)
    {
      token += 2;
      n++;
    }
  return is_symbol (token + 1, "=") ? n : 0;
}

static gboolean
is_reserved (const char *name)
{
  static const char *const words[] = { "True", "False", "None", "not", "and",
                                       "or", "if", "else", "lambda", NULL };

  return g_strv_contains (words, name);
}

static gboolean
check_target (const Token *token, GError **error)
{
  if (!is_reserved (token->text))
    return TRUE;
  weft_expr_fail (error, token->line, token->column, "%s cannot be assigned to", token->text);
  return FALSE;
}

/* The tokens between an assignment's start and its value give the target names. */
static gboolean
parse_targets (Parser *parser, guint n, GError **error)
{
  for (guint i = 0; i < n; i++)
    if (!check_target (&parser->token[2 * i], error))
      return FALSE;
  parser->token += 2 * n;
  return TRUE;
}

static void
emit_targets (Parser *parser, const Token *target, guint n)
{
  if (n == 1)
    {
      emit (parser, WEFT_EXPR_ASSIGN, target->text, 1, target->line, target->column);
      return;
    }
  emit (parser, WEFT_EXPR_UNPACK, NULL, n, target->line, target->column);
  for (guint i = 0; i < n; i++)
    emit (parser, WEFT_EXPR_NAME, target[2 * i].text, 0, target[2 * i].line, target[2 * i].column);
}

/* ---- Functions ---- */

/* At the start of a statement of a block. */
static gboolean
begin_block_statement (Parser *parser, GError **error)
{
  Frame *frame = top (parser);

  frame->targets = parser->token;
  frame->n_targets = count_targets (parser->token);
  parser->operand_due = TRUE;
  return frame->n_targets == 0 || parse_targets (parser, frame->n_targets, error);
}

/* At ; in a block. */
static gboolean
finish_block_statement (Parser *parser, GError **error)
{
  Frame *frame = top (parser);

  if (frame->n_targets > 0)
    emit_targets (parser, frame->targets, frame->n_targets);
  else
    emit (parser, WEFT_EXPR_DROP, NULL, 0, parser->token->line, parser->token->column);
  g_array_index (parser->frames, Frame, parser->frames->len - 2).n++;
  parser->token++;
  return begin_block_statement (parser, error);
}

/* At "lambda": the parameters up to the colon, and the bracket of a block. */
static gboolean
parse_lambda (Parser *parser, GError **error)
{
  const Token *start = parser->token;
  guint        item = parser->items->len;

  if (++parser->n_lambdas > MAX_LAMBDAS)
    {
      weft_expr_fail (error, start->line, start->column, "functions are nested more than %d deep",
                      MAX_LAMBDAS);
      return FALSE;
    }
  push (parser, FRAME_LAMBDA, NULL, 0);
  top (parser)->item = item;
  emit (parser, WEFT_EXPR_LAMBDA, NULL, 0, start->line, start->column);
  parser->token++;
  while (!is_symbol (parser->token, ":"))
    {
      const Token *name = parser->token;

      if (name->kind != TOKEN_NAME)
        return expected (parser, "the name of a parameter or a colon", error);
      if (!check_target (name, error))
        return FALSE;
      emit (parser, WEFT_EXPR_NAME, name->text, 0, name->line, name->column);
      g_array_index (parser->items, WeftExprItem, item).n_args++;
      parser->token++;
      if (is_symbol (parser->token, ",") && parser->token[1].kind == TOKEN_NAME)
        parser->token++;
      else if (!is_symbol (parser->token, ":"))
        return expected (parser, "a comma or a colon", error);
    }
  parser->token++;
  if (!is_symbol (parser->token, "(") || count_targets (parser->token + 1) == 0)
    return TRUE;
  push (parser, FRAME_BLOCK, NULL, 0);
  parser->token++;
  return begin_block_statement (parser, error);
}

/* ---- An operand is due ---- */

static void
parse_number (Parser *parser)
{
  WeftExprItem *item =
    emit (parser, WEFT_EXPR_NUMBER, NULL, 0, parser->token->line, parser->token->column);

  item->is_int = parser->token->is_int;
  item->number = parser->token->number;
  item->integer = parser->token->integer;
  parser->token++;
  parser->operand_due = FALSE;
}

static gboolean
parse_name (Parser *parser, GError **error)
{
  const Token *name;

  /* np.sum is sum. */
  if ((is_word (parser->token, "np") || is_word (parser->token, "numpy")) &&
      is_symbol (parser->token + 1, ".") && parser->token[2].kind == TOKEN_NAME)
    parser->token += 2;
  name = parser->token;
  if (is_word (name, "not"))
    {
      push (parser, FRAME_UNARY, "logical_not", WEFT_PRECEDENCE_NOT);
      parser->token++;
      return TRUE;
    }
  if (is_word (name, "lambda"))
    return parse_lambda (parser, error);
  if (is_word (name, "if") || is_word (name, "else") || is_word (name, "and") ||
      is_word (name, "or"))
    return expected (parser, "a value", error);
  if (is_symbol (name + 1, "("))
    {
      push (parser, FRAME_CALL, name->text, 0);
      parser->token += 2;
      return TRUE;
    }
  emit (parser,
        is_word (name, "True") || is_word (name, "False") || is_word (name, "None")
          ? WEFT_EXPR_CONST
          : WEFT_EXPR_NAME,
        name->text, 0, name->line, name->column);
  parser->token++;
  parser->operand_due = FALSE;
  return TRUE;
}

static gboolean finish_bracket (Parser *parser, GError **error);

static gboolean
parse_prefix (Parser *parser, GError **error)
{
  const Token *token = parser->token;

  if (is_symbol (token, "-") || is_symbol (token, "+") || is_symbol (token, "~"))
    {
      push (parser, FRAME_UNARY,
            token->text[0] == '-'   ? "neg"
            : token->text[0] == '+' ? "pos"
                                    : "bit_not",
            WEFT_PRECEDENCE_UNARY);
      parser->token++;
      return TRUE;
    }
  if (is_symbol (token, "(") || is_symbol (token, "["))
    {
      push (parser, token->text[0] == '(' ? FRAME_PAREN : FRAME_LIST, NULL, 0);
      parser->token++;
      return TRUE;
    }
  if (is_symbol (token, ")") || is_symbol (token, "]"))
    return finish_bracket (parser, error);
  if (is_symbol (token, "..."))
    {
      emit (parser, WEFT_EXPR_CONST, "Ellipsis", 0, token->line, token->column);
      parser->token++;
      parser->operand_due = FALSE;
      return TRUE;
    }
  if (is_symbol (token, ":") && top (parser)->kind == FRAME_INDEX && top (parser)->colons < 2)
    {
      emit (parser, WEFT_EXPR_CONST, "None", 0, token->line, token->column);
      top (parser)->colons++;
      parser->token++;
      return TRUE;
    }
  if (is_symbol (token, ",") && top (parser)->kind == FRAME_INDEX && top (parser)->colons > 0)
    {
      parser->operand_due = FALSE;
      emit (parser, WEFT_EXPR_CONST, "None", 0, token->line, token->column);
      return TRUE;
    }
  return expected (parser, "a value", error);
}

static gboolean
parse_operand (Parser *parser, GError **error)
{
  const Token *token = parser->token;

  switch (token->kind)
    {
    case TOKEN_NUMBER:
      parse_number (parser);
      return TRUE;
    case TOKEN_STRING:
      emit (parser, WEFT_EXPR_STRING, token->text, 0, token->line, token->column);
      parser->token++;
      parser->operand_due = FALSE;
      return TRUE;
    case TOKEN_NAME:
      if (is_symbol (token + 1, "=") &&
          (top (parser)->kind == FRAME_CALL || top (parser)->kind == FRAME_METHOD) &&
          top (parser)->keyword == NULL)
        {
          top (parser)->keyword = token->text;
          top (parser)->keywords = TRUE;
          parser->token += 2;
          return TRUE;
        }
      return parse_name (parser, error);
    case TOKEN_SYMBOL:
      return parse_prefix (parser, error);
    case TOKEN_NEWLINE:
    case TOKEN_END:
      break;
    }
  return expected (parser, "a value", error);
}

/* ---- An operator is due ---- */

/* Ends the argument, element or index entry before a comma or a closing bracket. */
static gboolean
finish_entry (Parser *parser, GError **error)
{
  Frame *frame;

  reduce (parser, 0, FALSE);
  frame = top (parser);
  if (frame->kind == FRAME_IF)
    return expected (parser, "else", error);
  if (frame->kind == FRAME_INDEX && frame->colons > 0)
    {
      for (; frame->colons < 2; frame->colons++)
        emit (parser, WEFT_EXPR_CONST, "None", 0, parser->token->line, parser->token->column);
      emit (parser, WEFT_EXPR_SLICE, NULL, 0, frame->line, frame->column);
      frame->colons = 0;
    }
  if (frame->keyword != NULL)
    emit (parser, WEFT_EXPR_KEYWORD, frame->keyword, 0, frame->line, frame->column);
  else if (frame->keywords)
    {
      weft_expr_fail (error, parser->token->line, parser->token->column,
                      "a positional argument cannot follow a keyword argument");
      return FALSE;
    }
  frame->keyword = NULL;
  frame->n++;
  return TRUE;
}

static gboolean
closes (const Frame *frame, const Token *token)
{
  if (token->text[0] == ')')
    return frame->kind == FRAME_PAREN || frame->kind == FRAME_CALL ||
           frame->kind == FRAME_METHOD || frame->kind == FRAME_BLOCK;
  return frame->kind == FRAME_LIST || frame->kind == FRAME_INDEX;
}

/* At ) or ]: ends the innermost bracket. */
static gboolean
finish_bracket (Parser *parser, GError **error)
{
  Frame frame;

  if (!parser->operand_due)
    {
      if (!finish_entry (parser, error))
        return FALSE;
    }
  else if (top (parser)->kind == FRAME_INDEX && top (parser)->colons > 0)
    {
      emit (parser, WEFT_EXPR_CONST, "None", 0, parser->token->line, parser->token->column);
      if (!finish_entry (parser, error))
        return FALSE;
    }
  else if (top (parser)->kind >= FRAME_BLOCK || top (parser)->keyword != NULL ||
           (top (parser)->kind == FRAME_INDEX && top (parser)->n == 0))
    return expected (parser, "a value", error);
  frame = *top (parser);
  if (!closes (&frame, parser->token))
    {
      if (frame.kind == FRAME_STATEMENT)
        weft_expr_fail (error, parser->token->line, parser->token->column, "this %s closes nothing",
                        parser->token->text);
      else
        weft_expr_fail (error, parser->token->line, parser->token->column,
                        "expected %s to close the bracket at %u:%u",
                        frame.kind == FRAME_INDEX || frame.kind == FRAME_LIST ? "]" : ")",
                        frame.line, frame.column);
      return FALSE;
    }
  if (frame.kind == FRAME_BLOCK && frame.n_targets > 0)
    {
      weft_expr_fail (error, parser->token->line, parser->token->column,
                      "the last statement of a function must be a value, not an assignment");
      return FALSE;
    }
  g_array_set_size (parser->frames, parser->frames->len - 1);
  if (frame.kind == FRAME_LIST || (frame.kind == FRAME_PAREN && (frame.comma || frame.n == 0)))
    emit (parser, WEFT_EXPR_TUPLE, NULL, frame.n, frame.line, frame.column);
  else if (frame.kind != FRAME_PAREN && frame.kind != FRAME_BLOCK)
    emit (parser,
          frame.kind == FRAME_CALL     ? WEFT_EXPR_CALL
          : frame.kind == FRAME_METHOD ? WEFT_EXPR_METHOD
                                       : WEFT_EXPR_INDEX,
          frame.name, frame.n, frame.line, frame.column);
  parser->token++;
  parser->operand_due = FALSE;
  return TRUE;
}

static gboolean
parse_binary (Parser *parser, const WeftOperator *op, GError **error)
{
  gboolean right = op->precedence == WEFT_PRECEDENCE_POWER;

  if (op->precedence == WEFT_PRECEDENCE_COMPARE)
    {
      reduce (parser, op->precedence + 1, FALSE);
      if (top (parser)->kind == FRAME_BINARY && top (parser)->precedence == WEFT_PRECEDENCE_COMPARE)
        {
          weft_expr_fail (error, parser->token->line, parser->token->column,
                          "comparisons do not chain; write (a < b) and (b < c)");
          return FALSE;
        }
    }
  reduce (parser, op->precedence, right);
  push (parser, FRAME_BINARY, op->op, op->precedence);
  parser->token++;
  parser->operand_due = TRUE;
  return TRUE;
}

static gboolean
parse_comma (Parser *parser, GError **error)
{
  if (!finish_entry (parser, error))
    return FALSE;
  if (top (parser)->kind == FRAME_STATEMENT || top (parser)->kind == FRAME_BLOCK)
    return expected (parser, "the end of the statement", error);
  top (parser)->comma = TRUE;
  parser->token++;
  parser->operand_due = TRUE;
  return TRUE;
}

static gboolean
parse_dot (Parser *parser, GError **error)
{
  const Token *name = parser->token + 1;

  if (name->kind != TOKEN_NAME)
    {
      parser->token++;
      return expected (parser, "a name after the dot", error);
    }
  if (is_symbol (name + 1, "("))
    {
      parser->token++;
      push (parser, FRAME_METHOD, name->text, 0);
      parser->token += 2;
      parser->operand_due = TRUE;
      return TRUE;
    }
  emit (parser, WEFT_EXPR_ATTR, name->text, 0, name->line, name->column);
  parser->token += 2;
  return TRUE;
}

static gboolean
parse_if_else (Parser *parser, GError **error)
{
  gboolean is_if = is_word (parser->token, "if");

  reduce (parser, WEFT_PRECEDENCE_IF_ELSE, TRUE);
  if (is_if)
    push (parser, FRAME_IF, NULL, 0);
  else if (top (parser)->kind == FRAME_IF)
    {
      top (parser)->kind = FRAME_ELSE;
      top (parser)->precedence = WEFT_PRECEDENCE_IF_ELSE;
    }
  else
    return expected (parser, "an if", error);
  parser->token++;
  parser->operand_due = TRUE;
  return TRUE;
}

static gboolean
parse_operator (Parser *parser, GError **error)
{
  const Token        *token = parser->token;
  const WeftOperator *op = token->kind == TOKEN_SYMBOL || token->kind == TOKEN_NAME
                             ? weft_operator_binary (token->text)
                             : NULL;

  if (op != NULL)
    return parse_binary (parser, op, error);
  if (is_word (token, "if") || is_word (token, "else"))
    return parse_if_else (parser, error);
  if (is_symbol (token, "."))
    return parse_dot (parser, error);
  if (is_symbol (token, ","))
    return parse_comma (parser, error);
  if (is_symbol (token, ")") || is_symbol (token, "]"))
    return finish_bracket (parser, error);
  if (is_symbol (token, "["))
    {
      push (parser, FRAME_INDEX, NULL, 0);
      parser->token++;
      parser->operand_due = TRUE;
      return TRUE;
    }
  if (is_symbol (token, ":"))
    {
      reduce (parser, 0, FALSE);
      if (top (parser)->kind == FRAME_INDEX && top (parser)->colons < 2)
        {
          top (parser)->colons++;
          parser->token++;
          parser->operand_due = TRUE;
          return TRUE;
        }
    }
  if (is_symbol (token, "("))
    {
      weft_expr_fail (error, token->line, token->column, "only a name can be called");
      return FALSE;
    }
  if (token->kind == TOKEN_NEWLINE)
    {
      reduce (parser, 0, FALSE);
      if (top (parser)->kind == FRAME_BLOCK)
        return finish_block_statement (parser, error);
    }
  return expected (parser, "an operator", error);
}

/* ---- Statements ---- */

/* At the end of the text or at a separator that is not inside a function. */
static gboolean
at_end_of_statement (const Parser *parser)
{
  guint i = parser->frames->len - 1;

  while (g_array_index (parser->frames, Frame, i).kind >= FRAME_IF)
    i--;
  return parser->token->kind == TOKEN_END ||
         (parser->token->kind == TOKEN_NEWLINE &&
          g_array_index (parser->frames, Frame, i).kind != FRAME_BLOCK);
}

static gboolean
parse_statement (Parser *parser, gboolean *is_bare, GError **error)
{
  const Token *start = parser->token;
  guint        n_targets = count_targets (start);

  if (n_targets > 0 && !parse_targets (parser, n_targets, error))
    return FALSE;
  parser->operand_due = TRUE;
  push (parser, FRAME_STATEMENT, NULL, 0);
  while (parser->operand_due || !at_end_of_statement (parser))
    if (!(parser->operand_due ? parse_operand (parser, error) : parse_operator (parser, error)))
      return FALSE;
  reduce (parser, 0, FALSE);
  if (top (parser)->kind == FRAME_IF)
    return expected (parser, "else", error);
  if (top (parser)->kind != FRAME_STATEMENT)
    return expected (
      parser, top (parser)->kind == FRAME_LIST || top (parser)->kind == FRAME_INDEX ? "]" : ")",
      error);
  g_array_set_size (parser->frames, parser->frames->len - 1);
  if (n_targets > 0)
    emit_targets (parser, start, n_targets);
  *is_bare = n_targets == 0;
  return TRUE;
}

static gboolean
parse_all (Parser *parser, GError **error)
{
  gboolean pending = FALSE; /* a bare value is on the stack */

  for (;;)
    {
      gboolean is_bare;

      while (parser->token->kind == TOKEN_NEWLINE)
        parser->token++;
      if (parser->token->kind == TOKEN_END)
        break;
      if (pending)
        emit (parser, WEFT_EXPR_DROP, NULL, 0, parser->token->line, parser->token->column);
      if (!parse_statement (parser, &is_bare, error))
        return FALSE;
      pending = is_bare;
    }
  if (parser->items->len == 0)
    return expected (parser, "an expression", error);
  return TRUE;
}

/* Reads @text: expressions and assignments, one a line. The caller owns the result. Any thread.
 * Errors: WEFT_EXPR_ERROR_SYNTAX, "line:column: what was expected". */
WeftExpr *
weft_expr_parse (const char *text, GError **error)
{
  g_autoptr (GArray) tokens = NULL;
  g_autoptr (GArray) frames = NULL;
  Parser   parser;
  gboolean ok;

  if (!g_utf8_validate (text, -1, NULL))
    {
      weft_expr_fail (error, 1, 1, "the text is not valid UTF-8");
      return NULL;
    }
  tokens = weft_expr_lex (text, error);
  if (tokens == NULL)
    return NULL;
  frames = g_array_new (FALSE, FALSE, sizeof (Frame));
  parser = (Parser){ &g_array_index (tokens, Token, 0), frames,
                     g_array_new (FALSE, FALSE, sizeof (WeftExprItem)), TRUE };
  ok = parse_all (&parser, error);
  if (!ok)
    {
      g_array_unref (parser.items);
      return NULL;
    }
  return weft_expr_take (parser.items);
}

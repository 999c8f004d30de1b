/* Lines of a text, each with the application that it computes.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <string.h>

#include "engine/compile/emit-private.h"

/* Comments begin here at the latest, but where a line is longer. */
#define COMMENT_COLUMN 56

static void
clear_line (gpointer data)
{
  WeftWriterLine *line = data;

  g_free (line->text);
  g_free (line->comment);
}

/* weft_writer_init:
 * @program: borrowed; the steps of what is written are its.
 */
void
weft_writer_init (WeftWriter *writer, const WeftProgram *program, WeftTextLanguage language)
{
  *writer = (WeftWriter){ .program = program, .language = language };
  writer->lines = g_array_new (FALSE, TRUE, sizeof (WeftWriterLine));
  g_array_set_clear_func (writer->lines, clear_line);
}

void
weft_writer_clear (WeftWriter *writer)
{
  g_clear_pointer (&writer->lines, g_array_unref);
}

static WeftWriterLine *
add_line (WeftWriter *writer, char *text)
{
  WeftWriterLine line = { .text = text, .indent = writer->indent, .apply = WEFT_NO_APPLY };

  g_array_append_val (writer->lines, line);
  return &g_array_index (writer->lines, WeftWriterLine, writer->lines->len - 1);
}

void
weft_writer_line (WeftWriter *writer, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  add_line (writer, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

void
weft_writer_op (WeftWriter *writer, const WeftTileOp *op, const char *format, ...)
{
  WeftWriterLine *line;
  va_list         arguments;

  va_start (arguments, format);
  line = add_line (writer, g_strdup_vprintf (format, arguments));
  va_end (arguments);
  line->apply = op->apply;
  line->comment = g_strdup_printf ("%u %s", op->apply, weft_tile_name (op));
}

void
weft_writer_open (WeftWriter *writer, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list          arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  add_line (writer, g_strconcat (text, " {", NULL));
  writer->indent++;
}

void
weft_writer_close (WeftWriter *writer)
{
  writer->indent--;
  add_line (writer, g_strdup ("}"));
}

/* Two places after the longest line that has one. */
static gsize
comment_column (WeftWriter *writer)
{
  gsize longest = 0;

  for (guint i = 0; i < writer->lines->len; i++)
    {
      const WeftWriterLine *line = &g_array_index (writer->lines, WeftWriterLine, i);

      if (line->comment != NULL)
        longest = MAX (longest, 2 * line->indent + strlen (line->text));
    }
  return MIN (longest + 2, COMMENT_COLUMN);
}

static void
append_spaces (GString *out, gssize n)
{
  for (; n > 0; n--)
    g_string_append_c (out, ' ');
}

static char *
join_lines (WeftWriter *writer, gboolean with_comments)
{
  GString *out = g_string_sized_new (4096);
  gssize   column = comment_column (writer);

  for (guint i = 0; i < writer->lines->len; i++)
    {
      const WeftWriterLine *line = &g_array_index (writer->lines, WeftWriterLine, i);
      gsize                 start = out->len;

      append_spaces (out, 2 * line->indent);
      g_string_append (out, line->text);
      if (with_comments && line->comment != NULL)
        {
          append_spaces (out, MAX (column - (gssize) (out->len - start), 1));
          g_string_append (out, "/* ");
          g_string_append (out, line->comment);
          g_string_append (out, " */");
        }
      g_string_append_c (out, '\n');
    }
  return g_string_free (out, FALSE);
}

/* The key is that of the code under its common name, so equal work has equal keys. */
WeftKernelText *
weft_writer_finish (WeftWriter *writer)
{
  WeftKernelText  *text = g_new0 (WeftKernelText, 1);
  g_autofree char *code = join_lines (writer, FALSE);
  g_autofree char *name = NULL;
  g_auto (GStrv) parts = g_strsplit (code, WEFT_TEXT_NAME, -1);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  g_checksum_update (checksum, (const guchar *) (writer->language == WEFT_TEXT_C ? "C" : "CUDA"),
                     -1);
  g_checksum_update (checksum, (const guchar *) code, -1);
  text->key = g_strdup (g_checksum_get_string (checksum));
  text->text = join_lines (writer, TRUE);
  name = g_strconcat (WEFT_TEXT_NAME "_", text->key, NULL);
  text->code = g_strjoinv (name, parts);
  text->lines = g_array_new (FALSE, FALSE, sizeof (WeftTextLine));
  for (guint i = 0; i < writer->lines->len; i++)
    {
      const WeftWriterLine *line = &g_array_index (writer->lines, WeftWriterLine, i);
      WeftTextLine          place = { .line = i + 1, .apply = line->apply };

      if (line->apply != WEFT_NO_APPLY)
        g_array_append_val (text->lines, place);
    }
  return text;
}

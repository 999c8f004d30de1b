/* The lines of a journal, and doing again what they say.
 *
 * A line is 16 hexadecimal digits, a space, and a JSON array that starts with a word:
 *
 *   ["weft-journal", 1, {"text": "...", "numbers": [[...], ...], "path": "...", "digest": "...",
 * "saved": true}]
 *   ["do", "Move", {"edit": "move", ...}, ...]   a step with its edits
 *   ["undo"]  ["redo"]                           of one step
 *   ["saved", {"path": "...", "digest": "..."}]
 *   ["kept", {"path": "...", "digest": "..."}]   another program's file was seen; what is here is
 * another thing
 *   ["view", {...}]
 *
 * Arrays, so that parameters lie no deeper in a line than in a document's file.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/document-undo.h"
#include "engine/document/journal-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#define JOURNAL_VERSION 1
#define HEAD "weft-journal"

/* Digits of the checksum, and the space. */
#define PREFIX 17

/* FNV-1a (Fowler, Noll, Vo): finds what a disk or an editor did to a line; it is no protection
 * against people, who own the file. */
static guint64
checksum (const char *text, gsize length)
{
  guint64 hash = G_GUINT64_CONSTANT (0xcbf29ce484222325);

  for (gsize i = 0; i < length; i++)
    hash = (hash ^ (guint8) text[i]) * G_GUINT64_CONSTANT (0x100000001b3);
  return hash;
}

/* ---- Writing ---- */

char *
weft_journal_line (WeftJson *line)
{
  g_autofree char *text = weft_json_to_string (line);

  return g_strdup_printf ("%016" G_GINT64_MODIFIER "x %s\n", checksum (text, strlen (text)), text);
}

static WeftJson *
new_line (const char *word)
{
  WeftJson *line = weft_json_new_array ();

  weft_json_append (line, weft_json_new_string (word));
  return line;
}

static void
set_file (WeftJson *json, WeftDocument *document)
{
  if (document->path != NULL)
    weft_json_set_string (json, "path", document->path);
  if (document->digest != NULL)
    weft_json_set_string (json, "digest", document->digest);
}

WeftJson *
weft_journal_write_state (JournalNumbers *numbers, WeftDocument *document)
{
  WeftJson        *line = new_line (HEAD), *state = weft_json_new_object ();
  WeftJson        *lists = weft_json_new_array ();
  g_autofree char *text = weft_document_to_text (document);

  weft_json_append (lists, weft_journal_write_numbers (numbers, document));
  for (guint i = 0; i < document->groups->len; i++)
    weft_json_append (lists, weft_journal_write_numbers (
                               numbers, g_ptr_array_index (document->groups, i)));
  weft_json_set_string (state, "text", text);
  weft_json_set (state, "numbers", lists);
  set_file (state, document);
  weft_json_set_bool (state, "saved", !weft_document_get_modified (document));
  weft_json_append (line, weft_json_new_int (JOURNAL_VERSION));
  weft_json_append (line, state);
  return line;
}

WeftJson *
weft_journal_write_file (WeftDocument *document, const char *word)
{
  WeftJson *line = new_line (word), *file = weft_json_new_object ();

  set_file (file, document);
  weft_json_append (line, file);
  return line;
}

/* ---- Reading ---- */

static void
take_file (WeftDocument *document, WeftJson *json)
{
  g_free (document->digest);
  document->digest = g_strdup (weft_json_get_string (json, "digest", NULL));
}

/* The document as it was when the journal, or this part of it, began. */
static gboolean
begin_again (JournalReplay *replay, WeftJson *line, GError **error)
{
  WeftJson   *state = weft_json_at (line, 2), *lists = weft_json_get (state, "numbers");
  const char *text = weft_json_get_string (state, "text", NULL);
  const char *path = weft_json_get_string (state, "path", NULL);
  g_autoptr (WeftDocument) document = NULL;

  if (weft_json_int (weft_json_at (line, 1), 0) != JOURNAL_VERSION || text == NULL)
    {
      g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_VERSION,
                           _ ("it was written by another version of Weft."));
      return FALSE;
    }
  document = weft_document_parse (text, -1, _ ("journal"), error);
  if (document == NULL)
    return FALSE;
  weft_journal_numbers_clear (&replay->numbers);
  weft_journal_numbers_init (&replay->numbers);
  for (guint i = 0; i <= document->groups->len; i++)
    if (!weft_journal_read_numbers (
          &replay->numbers,
          i == 0 ? document : (WeftDocument *) g_ptr_array_index (document->groups, i - 1),
          weft_json_at (lists, i)))
      {
        g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_FORMAT,
                             _ ("its first line does not fit together."));
        return FALSE;
      }
  take_file (document, state);
  if (path != NULL)
    weft_document_mark_saved (document, path);
  if (!weft_json_get_bool (state, "saved", TRUE))
    document->saved_serial = G_MAXUINT64;
  weft_document_hold (document);
  g_set_object (&replay->document, document);
  return TRUE;
}

/* One step, all of it or nothing of it. */
static gboolean
do_step (JournalReplay *replay, WeftJson *line)
{
  WeftDocument *root = replay->document;
  guint         n = weft_json_length (line);
  gboolean      fits = n > 2;

  weft_document_begin (root, weft_json_string (weft_json_at (line, 1), ""));
  for (guint i = 2; i < n && fits; i++)
    {
      Edit          edit = { 0 };
      WeftDocument *target;

      fits =
        weft_journal_read_edit (&replay->numbers, root, weft_json_at (line, i), &edit, &target);
      if (fits)
        weft_document_do (target, &edit);
      else
        weft_document_clear_edit (&edit);
    }
  if (!fits)
    weft_document_roll_back (root);
  weft_document_end (root);
  return fits;
}

static gboolean
note_saved (WeftDocument *document, WeftJson *file)
{
  const char *path = weft_json_get_string (file, "path", NULL);

  if (path == NULL)
    return FALSE;
  take_file (document, file);
  weft_document_mark_saved (document, path);
  return TRUE;
}

static gboolean
note_kept (WeftDocument *document, WeftJson *file)
{
  if (weft_json_get_string (file, "path", NULL) == NULL)
    return FALSE;
  take_file (document, file);
  document->saved_serial = G_MAXUINT64;
  return TRUE;
}

static gboolean
set_view (WeftDocument *document, WeftJson *view)
{
  if (weft_json_kind (view) != WEFT_JSON_OBJECT)
    return FALSE;
  weft_document_set_view (document, weft_json_ref (view));
  return TRUE;
}

static gboolean
read_line (JournalReplay *replay, WeftJson *line, GError **error)
{
  const char *word = weft_json_string (weft_json_at (line, 0), "");

  if (g_str_equal (word, HEAD))
    return begin_again (replay, line, error);
  if (replay->document == NULL)
    return FALSE;
  if (g_str_equal (word, "do"))
    return do_step (replay, line);
  if (g_str_equal (word, "undo"))
    return weft_document_undo (replay->document);
  if (g_str_equal (word, "redo"))
    return weft_document_redo (replay->document);
  if (g_str_equal (word, "saved"))
    return note_saved (replay->document, weft_json_at (line, 1));
  if (g_str_equal (word, "kept"))
    return note_kept (replay->document, weft_json_at (line, 1));
  return g_str_equal (word, "view") && set_view (replay->document, weft_json_at (line, 1));
}

/* The JSON of the line of @length bytes at @text; NULL where it is not as it was written. */
static WeftJson *
parse_line (const char *text, gsize length)
{
  g_autofree char *digits = NULL;

  if (length <= PREFIX || text[PREFIX - 1] != ' ')
    return NULL;
  digits = g_strdup_printf ("%016" G_GINT64_MODIFIER "x",
                            checksum (text + PREFIX, length - PREFIX));
  if (memcmp (digits, text, PREFIX - 1) != 0)
    return NULL;
  return weft_json_parse (text + PREFIX, (gssize) (length - PREFIX), NULL);
}

/* All of it is news to whoever looks at the document from now on. */
static void
settle (WeftDocument *document)
{
  for (guint i = 0; i < document->groups->len; i++)
    {
      WeftDocument *group = g_ptr_array_index (document->groups, i);

      group->flags = 0;
      g_array_set_size (group->touched, 0);
    }
  g_array_set_size (document->touched, 0);
  document->flags = WEFT_CHANGE_EVERYTHING;
}

gboolean
weft_journal_replay (JournalReplay *replay, const char *text, gsize length, GError **error)
{
  const char *at = text, *end;

  *replay = (JournalReplay){ 0 };
  weft_journal_numbers_init (&replay->numbers);
  while ((end = memchr (at, '\n', (gsize) (text + length - at))) != NULL)
    {
      g_autoptr (WeftJson) line = parse_line (at, (gsize) (end - at));

      if (line == NULL || !read_line (replay, line, replay->document == NULL ? error : NULL))
        break;
      at = end + 1;
    }
  replay->whole = (gsize) (at - text);
  replay->damaged = end != NULL;
  if (replay->document != NULL)
    {
      settle (replay->document);
      weft_document_release (replay->document);
      return TRUE;
    }
  if (error != NULL && *error == NULL)
    g_set_error_literal (error, WEFT_DOCUMENT_ERROR, WEFT_DOCUMENT_ERROR_FORMAT,
                         _ ("its first line is damaged."));
  weft_journal_numbers_clear (&replay->numbers);
  return FALSE;
}

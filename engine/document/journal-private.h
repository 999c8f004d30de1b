/* What the files of the journal share.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document-private.h"
#include "engine/document/journal.h"

/* Nodes have other numbers in each program; in a journal they are counted. */
typedef struct
{
  GHashTable *by_uid; /* uid -> number */
  GHashTable *uids;   /* number -> uid */
  guint       last;
} JournalNumbers;

void    weft_journal_numbers_init (JournalNumbers *numbers);
void    weft_journal_numbers_clear (JournalNumbers *numbers);
guint   weft_journal_number_of (JournalNumbers *numbers,
                                guint32         uid); /* a new one where it has none */
guint32 weft_journal_uid_of (const JournalNumbers *numbers, gint64 number); /* 0: there is none */
void    weft_journal_numbers_set (JournalNumbers *numbers, gint64 number, guint32 uid);

/* The numbers of the nodes of @document, in their order; and the other way round. */
WeftJson *weft_journal_write_numbers (JournalNumbers *numbers, WeftDocument *document);
gboolean
weft_journal_read_numbers (JournalNumbers *numbers, WeftDocument *document, WeftJson *json);

/* The number of the definition that @edit, which was just done, happened in; -1: in @root itself.
 */
gint      weft_journal_place_of (WeftDocument *root, const Edit *edit);
/* @edit as JSON; and the other way round, ready for weft_document_do in *@target. FALSE: it does
 * not fit the document. */
WeftJson *weft_journal_write_edit (JournalNumbers *numbers,
                                   WeftDocument   *root,
                                   const Edit     *edit,
                                   gint            inside);
gboolean  weft_journal_read_edit (
   JournalNumbers *numbers, WeftDocument *root, WeftJson *json, Edit *edit, WeftDocument **target);

/* A line as it stands in the file, with its checksum and its end. The caller owns it. */
char     *weft_journal_line (WeftJson *line);
/* The line that starts a journal, or starts it anew: @document as it is, without its steps. */
WeftJson *weft_journal_write_state (JournalNumbers *numbers, WeftDocument *document);
/* @word: "saved" or "kept". */
WeftJson *weft_journal_write_file (WeftDocument *document, const char *word);

typedef struct
{
  WeftDocument  *document; /* NULL: not even the first line could be read */
  JournalNumbers numbers;
  gsize          whole;   /* bytes that were read */
  gboolean       damaged; /* a line that was written in full does not fit */
} JournalReplay;

/* Does what the lines of @text say. Errors: WEFT_DOCUMENT_ERROR; there is no document then. */
gboolean
weft_journal_replay (JournalReplay *replay, const char *text, gsize length, GError **error);

void weft_journal_free (struct WeftJournal *journal); /* the file stays */

/* From document-undo.c and document.c; without a journal nothing happens. */
typedef enum
{
  JOURNAL_DO,
  JOURNAL_UNDO,
  JOURNAL_REDO,
} JournalMove;
void     weft_journal_note_edit (WeftDocument *document,
                                 const Edit   *edit); /* was done in the open step */
void weft_journal_note_step (WeftDocument *document, JournalMove move, const Step *step);
void weft_journal_note_empty (WeftDocument *document); /* the open step was none */
void weft_journal_begin_again (WeftDocument *document); /* it changed in a way that is no step */
void     weft_journal_note_saved (WeftDocument *document);
void     weft_journal_note_kept (WeftDocument *document);

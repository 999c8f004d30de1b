/* The journal: a document with all of its steps on disk, as they are made, so that neither a crash
 * nor a power cut loses more than the edit under way.
 *
 * A journal is a file of lines. The first holds the document as it was; each further one a step as
 * it was done, or that one was undone, done again, or that the document was saved. Reading it does
 * the same again through the ordinary undo machinery, so the document comes back with its undo and
 * redo steps. A line is a checksum and a JSON array; what a crash cut off is dropped, and all
 * before it counts. The program that writes a journal holds a lock on it, which the kernel takes
 * back when the program ends, however it ends: a journal without a lock waits to be restored.
 *
 * What cannot be written (the disk is full) waits in memory and is tried again: nothing here fails
 * an edit.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/document.h"

G_BEGIN_DECLS

/* Where the editor keeps its journals: "journals" in the state directory. Borrowed. */
const char *weft_journal_folder (void);

/* Keeps @document, none of whose definitions this is, in a new journal in @folder until stop. */
void weft_journal_start (WeftDocument *document, const char *folder);
/* Ends that. @keep: the file stays, to be restored; else it is removed. Without a journal nothing
 * happens. */
void weft_journal_stop (WeftDocument *document, gboolean keep);
/* The journal's file; NULL: none is kept. Borrowed. */
const char *weft_journal_get_path (WeftDocument *document);
/* Tries to write what waits. NULL: everything is on disk; else a sentence that says why not.
 * Borrowed. */
const char *weft_journal_get_problem (WeftDocument *document);
/* What was written reaches the disk itself: now, or soon (another thread) where @wait is FALSE. */
void weft_journal_sync (WeftDocument *document, gboolean wait);
/* Notes how the user looks at the document, which is no step. */
void weft_journal_keep_view (WeftDocument *document);

/* Paths of the journals in @folder that no program holds, oldest first. The caller owns the array.
 */
GPtrArray *weft_journal_list (const char *folder);
/* The document that journal @path holds, which goes on in it. @damaged (may be NULL): whether
 * something that was written in full had to be left out; a copy of the file with the end ".damaged"
 * is beside it then. The caller owns the document. Errors: G_FILE_ERROR (held by another program:
 * G_FILE_ERROR_AGAIN), WEFT_DOCUMENT_ERROR; the file stays as it is. */
WeftDocument *weft_journal_restore (const char *path, gboolean *damaged, GError **error);
/* Removes what nobody restored in @days: journals and copies of damaged ones. */
void weft_journal_sweep (const char *folder, guint days);

G_END_DECLS

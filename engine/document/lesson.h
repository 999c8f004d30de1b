/* Lessons: what a document's member "lesson" says. A lesson shows a few knobs and a text in steps;
 * while it is taken, the document changes by its knobs alone.
 *
 *   "lesson": {
 *     "title": "How wide must a layer be?",
 *     "knobs": [
 *       {"node": "hidden", "param": "units", "title": "Neurons", "minimum": 1, "maximum": 64},
 *       {"training": "rate", "title": "Learning rate", "summary": "Too large a step does not
 * arrive."}
 *     ],
 *     "steps": [
 *       {"title": "Two neurons", "text": "Train with two neurons ...", "view": "build", "show":
 * ["hidden"]}
 *     ]
 *   }
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/document/catalogue.h"
#include "engine/document/document.h"

G_BEGIN_DECLS

/* Strings are borrowed from the lesson. */
typedef struct
{
  const char *node, *name; /* parameter @name of the node with this id; node NULL: member @name of
                              the training section */
  const char *title, *summary; /* may be NULL */
  WeftParam   param;           /* with the lesson's bounds */
} WeftLessonKnob;

typedef struct
{
  const char  *title, *text, *view; /* view: build, train, optimise, inspect; NULL: it stays */
  const char **show;                /* ids of nodes, NULL-terminated; NULL: none */
} WeftLessonStep;

typedef struct
{
  const char     *title; /* NULL: the document's */
  guint           n_knobs, n_steps;
  WeftLessonKnob *knobs;
  WeftLessonStep *steps;
  WeftJson       *json;   /* owned: what the strings are in */
  GPtrArray      *arrays; /* owned: string arrays */
} WeftLesson;

/* NULL without an error: the document has none. Errors: WEFT_DOCUMENT_ERROR_FORMAT, "lesson:
 * knobs[1]: ...". */
WeftLesson *weft_lesson_new (WeftDocument *document, GError **error);
void        weft_lesson_free (WeftLesson *lesson);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (WeftLesson, weft_lesson_free)
/* The lesson of the document becomes @lesson (taken; NULL: it has none any more), in one undoable
 * step. Errors: as weft_lesson_new would say them, and while a lesson is taken; nothing has changed
 * then. */
gboolean weft_document_set_lesson (WeftDocument *document, WeftJson *lesson, GError **error);
/* The knob's value as it is; NULL: the default. Borrowed. */
WeftJson *weft_lesson_knob_value (WeftDocument *document, const WeftLessonKnob *knob);
/* One undoable edit; @value is taken, NULL is the default. Errors: out of bounds, or as
 * weft_document_set_param. */
gboolean weft_lesson_turn (WeftDocument         *document,
                           const WeftLessonKnob *knob,
                           WeftJson             *value,
                           GError              **error);

/* From now on the document's lesson is taken: every edit but weft_lesson_turn is refused with a
 * sentence, in an error or by the document's signal "refused" (const char *). FALSE and an error:
 * it has no lesson, or a wrong one. Not undoable, not a modification. */
gboolean weft_lesson_take (WeftDocument *document, GError **error);
void     weft_lesson_leave (WeftDocument *document);
gboolean weft_lesson_is_taken (WeftDocument *document);

G_END_DECLS

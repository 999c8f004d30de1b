/* Loop nests by the letter of engine/compile/program.h, one instruction after the other over whole
 * rows: what other ways to run them are compared with, bit for bit. And the code of texts.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/emit.h"

G_BEGIN_DECLS

/* As WeftKernelCode. */
int nest_check_run (
  const WeftProgram *program, const WeftStep *step, char *const *at, gint64 begin, gint64 end);

/* Points results that go across rows into the places of piece number @piece among the partials. */
void nest_check_place (const WeftStep *step, char **at, gint64 piece);
/* Puts the pieces together. */
void nest_check_join (const WeftStep *step, char *const *at);

/* Texts, built together by the system's compiler. */
typedef struct _TextBuild TextBuild;

TextBuild *text_build_new (void);
/* Takes @text. Returns its number. */
guint text_build_add (TextBuild *build, WeftKernelText *text);
/* Compiles what was added, or finds it in the cache; a text that does not compile ends the test. */
void           text_build_load (TextBuild *build);
WeftKernelCode text_build_get (TextBuild *build, guint i);
gsize          text_build_scratch (TextBuild *build, guint i);
void           text_build_free (TextBuild *build);

/* Whether @n elements are the same bits; all NaN are one. Prints the first difference. */
gboolean
nest_check_equal (const char *what, WeftDType dtype, gint64 n, const void *a, const void *b);

G_END_DECLS

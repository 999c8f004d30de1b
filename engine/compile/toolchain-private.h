/* What the toolchain is made of: a compiler, and a cache of what it made.
 *
 *     toolchain.c   which kernels are wanted, which are there, files to compile, threads
 *     compiler.c    finding the compiler, running it with a time limit
 *     cache.c       files in a private directory: checked, bounded
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#pragma once

#include "engine/compile/toolchain.h"

G_BEGIN_DECLS

/* A hexadecimal SHA-256. */
#define WEFT_HASH_CHARS 64

/* ---- compiler.c ---- */

typedef struct
{
  char *path;     /* absolute */
  char *identity; /* hexadecimal SHA-256 of all that code depends on but the kernels' own text */
} WeftCompiler;

/* The first of $WEFT_CC, or of the usual names, that is there and not yet known to be unusable. Any
 * thread; NULL: there is none, *@message says so. Owned by the caller. */
WeftCompiler *weft_compiler_find (char **message);
void          weft_compiler_free (WeftCompiler *compiler);
/* It has made something: what it refuses is the text's fault. */
void     weft_compiler_set_proven (const WeftCompiler *compiler);
gboolean weft_compiler_is_proven (const WeftCompiler *compiler);
/* From now on weft_compiler_find passes over it, because of @why. */
void weft_compiler_give_up (const WeftCompiler *compiler, const char *why);

typedef enum
{
  WEFT_COMPILED,
  WEFT_COMPILE_FAILED,   /* it said no, or could not be run */
  WEFT_COMPILE_TOO_LONG, /* killed */
  WEFT_COMPILE_NO_SPACE, /* the disk is full */
} WeftCompileResult;

/* Compiles file @source to the shared object @object; both lie in @folder, which is for this alone.
 * Blocks.
 * @said: its first complaint, or NULL. */
WeftCompileResult weft_compiler_run (const WeftCompiler *compiler,
                                     const char         *folder,
                                     const char         *source,
                                     const char         *object,
                                     guint               limit_ms,
                                     char              **said);
/* Ends all compilers that run; none starts from now on. */
void weft_compiler_quit (void);

/* ---- cache.c ---- */

typedef struct _WeftModule WeftModule; /* a loaded shared object */

/* Opens the directory, made if need be, after looking at owner and mode: a file descriptor of the
 * caller, -1: it cannot be used. Errors: G_FILE_ERROR. */
int weft_cache_open (GError **error);
/* The checked code called @symbol that was kept under @name, a hash, or NULL. */
WeftKernelCode weft_cache_load (int          directory,
                                const char  *name,
                                const char  *symbol,
                                WeftModule **module);
/* A folder inside for one compilation. Errors: G_FILE_ERROR. */
char *weft_cache_make_folder (GError **error);
void  weft_cache_remove_folder (const char *folder);
/* Takes the shared object @object in, under @n names. Errors: G_FILE_ERROR. */
gboolean weft_cache_keep (
  int directory, const char *object, guint n, const char *const *names, GError **error);
/* Drops what was used longest ago until at most @max_bytes are left, and what crashed programs
 * left. */
void weft_cache_trim (int directory, guint64 max_bytes);
void weft_module_unref (WeftModule *module);

/* ---- For tests ---- */

/* NULL: the usual one. */
void weft_cache_set_directory (const char *path);
void weft_toolchain_set_limit_ms (guint limit_ms); /* 0: the usual one */
/* How often a compiler was started in this process. */
guint weft_toolchain_get_runs (void);

G_END_DECLS

/* From text to code: see toolchain.h.
 *
 * A unit is one kernel's code, wanted by any number of builds of this process; it is made once.
 * Units that the cache does not have are shared out over source files, as many as there are
 * processors unless they would be short (starting a compiler takes as long as a few kernels), and
 * threads of our own run a compiler for each file. They end when nothing is left to do.
 *
 * A file that the compiler refuses is halved until the kernel at fault is alone. A compiler that
 * cannot even make a function that does nothing is given up, and the next one is tried.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/compile/toolchain-private.h"

/* In one file. More would keep what is ready waiting for the rest. */
#define MAX_KERNELS 16
/* Text that takes as long to compile as the prelude and starting the compiler (40 ms): less is
 * worth no file of its own. */
#define MIN_BYTES 2500
#define LIMIT_MS 60000
#define PROBE_LIMIT_MS 10000
#define PROBE_TEXT "int weft_probe (void) { return 0; }\n"
#define MAX_CACHE_BYTES ((guint64) 256 << 20)
/* The cache is looked over once in so many files. */
#define TRIM_FILES 32
/* How long the end of the program waits for threads of ours. */
#define QUIT_US 500000

typedef struct
{
  char          *key;    /* SHA-256 of code, in units */
  char          *symbol; /* of its function */
  char          *code;   /* NULL once it is made */
  WeftModule    *module;
  WeftKernelCode function; /* atomic; NULL: not there */
  gboolean       done;     /* it is there, or will not come */
  char          *message;  /* why not */
  guint          n_refs;   /* builds, and the job */
} Unit;

struct _WeftBuild
{
  guint  n;
  Unit **units;
};

/* What is shared; all but Unit.function under the lock. */
static struct
{
  GMutex      lock;
  GCond       changed; /* a unit is done, or a thread has ended */
  GHashTable *units;   /* key -> Unit */
  GQueue      jobs;    /* GPtrArray of Unit */
  GQueue      halves;  /* the same, of files that were refused: they stay apart */
  guint       n_threads, n_busy, n_files;
  gint        n_runs, limit_ms, quit; /* atomic */
} state;

/* ---- Units ---- */

static char *
make_key (const WeftKernelText *text)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text->code, -1);
}

/* What the cache calls it: the same text by another compiler is another kernel. */
static char *
make_name (const Unit *unit, const WeftCompiler *compiler)
{
  g_autofree char *both = g_strconcat (compiler->identity, unit->key, NULL);
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, both, -1);
}

/* With the lock held. */
static void
unref_unit (Unit *unit)
{
  if (--unit->n_refs > 0)
    return;
  g_hash_table_remove (state.units, unit->key);
  g_clear_pointer (&unit->module, weft_module_unref);
  g_free (unit->key);
  g_free (unit->symbol);
  g_free (unit->code);
  g_free (unit->message);
  g_free (unit);
}

/* With the lock held. */
static void
finish_unit (Unit *unit, const char *message)
{
  unit->done = TRUE;
  unit->message = unit->function == NULL ? g_strdup (message) : NULL;
  g_clear_pointer (&unit->code, g_free);
  g_cond_broadcast (&state.changed);
}

static gboolean
load_unit (Unit *unit, const WeftCompiler *compiler, int directory)
{
  g_autofree char *name = make_name (unit, compiler);
  WeftModule      *module = NULL;
  WeftKernelCode   function = weft_cache_load (directory, name, unit->symbol, &module);
  if (function == NULL)
    return FALSE;
  unit->module = module;
  g_atomic_pointer_set (&unit->function, function);
  return TRUE;
}

/* Lets go of the units; @message: what is wrong with those that are not there. */
static void
finish_job (GPtrArray *job, const char *message)
{
  g_mutex_lock (&state.lock);
  for (guint i = 0; i < job->len; i++)
    {
      finish_unit (g_ptr_array_index (job, i), message);
      unref_unit (g_ptr_array_index (job, i));
    }
  g_ptr_array_set_size (job, 0);
  g_mutex_unlock (&state.lock);
}

/* ---- One file ---- */

static char *
write_source (const char *folder, GPtrArray *job)
{
  g_autofree char *path = g_build_filename (folder, "kernels.c", NULL);
  g_autoptr (GString) text = g_string_new (weft_emit_prelude (WEFT_TEXT_C));
  for (guint i = 0; i < job->len; i++)
    {
      const Unit *unit = g_ptr_array_index (job, i);
      g_string_append_c (text, '\n');
      g_string_append (text, unit->code);
    }
  /* Not the writer that survives a power cut: the file is gone in a moment. */
  if (!g_file_set_contents_full (path, text->str, text->len, G_FILE_SET_CONTENTS_NONE, 0600, NULL))
    return NULL;
  return g_steal_pointer (&path);
}

/* Kernels that are there are taken in the moment they are; the folder is the caller's to remove. */
static gboolean
keep_job (
  GPtrArray *job, const WeftCompiler *compiler, int directory, const char *object, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < job->len; i++)
    g_ptr_array_add (names, make_name (g_ptr_array_index (job, i), compiler));
  return weft_cache_keep (directory, object, job->len, (const char *const *) names->pdata, error);
}

static guint
limit_ms (guint usual)
{
  guint set = (guint) g_atomic_int_get (&state.limit_ms);
  return set > 0 ? set : usual;
}

static WeftCompileResult
run_compiler (const WeftCompiler *compiler,
              const char         *folder,
              const char         *source,
              const char         *object,
              guint               limit,
              char              **said)
{
  g_atomic_int_inc (&state.n_runs);
  return weft_compiler_run (compiler, folder, source, object, limit_ms (limit), said);
}

/* Whether the compiler can compile at all. */
static gboolean
probe (const WeftCompiler *compiler, const char *folder, char **said)
{
  g_autofree char *source = g_build_filename (folder, "probe.c", NULL);
  g_autofree char *object = g_build_filename (folder, "probe.so", NULL);
  if (weft_compiler_is_proven (compiler))
    return TRUE;
  return g_file_set_contents (source, PROBE_TEXT, -1, NULL) &&
         run_compiler (compiler, folder, source, object, PROBE_LIMIT_MS, said) == WEFT_COMPILED;
}

static char *
explain (const WeftCompiler *compiler, WeftCompileResult result, const char *said)
{
  if (result == WEFT_COMPILE_NO_SPACE)
    return g_strdup (_ ("the disk of the kernel cache is full, so kernels are interpreted; make "
                        "room in ~/.cache to run faster"));
  if (result == WEFT_COMPILE_TOO_LONG)
    return g_strdup_printf (_ ("the compiler %s took too long over a kernel and was stopped; it is "
                               "interpreted"),
                            compiler->path);
  return g_strdup_printf (_ ("the compiler %s refused a kernel, which is interpreted: %s"),
                          compiler->path, said != NULL ? said : _ ("it did not say why"));
}

static void push_job (GQueue *queue, GPtrArray *job);

/* Its halves go to the queue; @job is empty then. */
static void
split_job (GPtrArray *job)
{
  GPtrArray *halves[] = { g_ptr_array_new (), g_ptr_array_new () };
  for (guint i = 0; i < job->len; i++)
    g_ptr_array_add (halves[i % 2], g_ptr_array_index (job, i));
  g_ptr_array_set_size (job, 0);
  g_mutex_lock (&state.lock);
  push_job (&state.halves, halves[0]);
  push_job (&state.halves, halves[1]);
  g_mutex_unlock (&state.lock);
}

/* Takes the code of @job from the cache, which has just got it. */
static void
load_job (GPtrArray *job, const WeftCompiler *compiler, int directory)
{
  gboolean trim;
  for (guint i = 0; i < job->len; i++)
    load_unit (g_ptr_array_index (job, i), compiler, directory);
  finish_job (job, _ ("a compiled kernel cannot be loaded, so it is interpreted; is ~/.cache on a "
                      "disk from which programs may not run?"));
  g_mutex_lock (&state.lock);
  trim = state.n_files++ % TRIM_FILES == 0;
  g_mutex_unlock (&state.lock);
  if (trim)
    weft_cache_trim (directory, MAX_CACHE_BYTES);
}

/* FALSE: the compiler was given up, and another may be tried. */
static gboolean
compile_in (GPtrArray *job, const WeftCompiler *compiler, int directory, const char *folder)
{
  g_autofree char *source = write_source (folder, job), *said = NULL, *message = NULL,
                  *probe_said = NULL;
  g_autofree char *object = g_build_filename (folder, "kernels.so", NULL);
  g_autoptr (GError) error = NULL;
  WeftCompileResult result = source == NULL
                               ? WEFT_COMPILE_NO_SPACE
                               : run_compiler (compiler, folder, source, object, LIMIT_MS, &said);
  if (result == WEFT_COMPILED && keep_job (job, compiler, directory, object, &error))
    {
      weft_compiler_set_proven (compiler);
      load_job (job, compiler, directory);
      return TRUE;
    }
  if (result == WEFT_COMPILED)
    message = g_strdup_printf (_ ("compiled kernels cannot be kept, so they are interpreted: %s"),
                               error->message);
  else
    message = explain (compiler, result, said);
  if ((result == WEFT_COMPILE_FAILED || result == WEFT_COMPILE_TOO_LONG) &&
      !g_atomic_int_get (&state.quit) && !probe (compiler, folder, &probe_said))
    {
      g_autofree char *why = g_strdup_printf (
        _ ("the C compiler %s does not work, so kernels are interpreted: %s"), compiler->path,
        probe_said != NULL ? probe_said : _ ("it did not say why"));
      weft_compiler_give_up (compiler, why);
      return FALSE;
    }
  if (result == WEFT_COMPILE_FAILED && job->len > 1 && !g_atomic_int_get (&state.quit))
    split_job (job);
  else
    finish_job (job, message);
  return TRUE;
}

static gboolean
compile_with (GPtrArray *job, const WeftCompiler *compiler)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = NULL;
  int              directory = weft_cache_open (&error);
  gboolean         done = TRUE;
  if (directory >= 0)
    folder = weft_cache_make_folder (&error);
  if (folder == NULL)
    {
      g_autofree char *message = g_strdup_printf (
        _ ("the kernel cache cannot be used, so kernels are interpreted: %s"), error->message);
      finish_job (job, message);
    }
  else
    {
      done = compile_in (job, compiler, directory, folder);
      weft_cache_remove_folder (folder);
    }
  if (directory >= 0)
    close (directory);
  return done;
}

/* ---- Threads ---- */

/* Takes out what nobody waits for any more. With the lock held. */
static void
drop_unwanted (GPtrArray *job)
{
  for (guint i = job->len; i-- > 0;)
    {
      Unit *unit = g_ptr_array_index (job, i);
      if (unit->n_refs > 1 && !g_atomic_int_get (&state.quit))
        continue;
      g_ptr_array_remove_index (job, i);
      finish_unit (unit, NULL);
      unref_unit (unit);
    }
}

static void
do_job (GPtrArray *job)
{
  gboolean done = FALSE;
  while (!done)
    {
      g_autofree char *message = NULL;
      WeftCompiler    *compiler = weft_compiler_find (&message);
      if (compiler == NULL)
        {
          finish_job (job, message);
          break;
        }
      done = compile_with (job, compiler);
      weft_compiler_free (compiler);
    }
}

/* Takes in what else waits, as long as it fits one file: starting a compiler is dear. With the lock
 * held. */
static void
join_jobs (GPtrArray *job)
{
  guint      idle = state.n_threads - state.n_busy;
  GPtrArray *next;
  while ((next = g_queue_peek_head (&state.jobs)) != NULL &&
         g_queue_get_length (&state.jobs) > idle && job->len + next->len <= MAX_KERNELS)
    {
      g_queue_pop_head (&state.jobs);
      drop_unwanted (next);
      g_ptr_array_extend (job, next, NULL, NULL);
      g_ptr_array_unref (next);
    }
}

static gpointer
work_thread (gpointer data)
{
  g_mutex_lock (&state.lock);
  for (;;)
    {
      GPtrArray *job = g_queue_pop_head (&state.halves);
      gboolean   half = job != NULL;
      if (!half)
        job = g_queue_pop_head (&state.jobs);
      if (job == NULL)
        break;
      state.n_busy++;
      drop_unwanted (job);
      if (!half)
        join_jobs (job);
      if (job->len > 0)
        {
          g_mutex_unlock (&state.lock);
          do_job (job);
          g_mutex_lock (&state.lock);
        }
      g_ptr_array_unref (job);
      state.n_busy--;
    }
  state.n_threads--;
  g_cond_broadcast (&state.changed);
  g_mutex_unlock (&state.lock);
  return NULL;
}

/* The program ends: compilers are killed, and what they leave is removed by their threads. */
static void
quit (void)
{
  gint64 until = g_get_monotonic_time () + QUIT_US;
  g_atomic_int_set (&state.quit, TRUE);
  weft_compiler_quit ();
  g_mutex_lock (&state.lock);
  while (state.n_threads > 0 && g_cond_wait_until (&state.changed, &state.lock, until))
    ;
  g_mutex_unlock (&state.lock);
}

/* With the lock held. */
static void
push_job (GQueue *queue, GPtrArray *job)
{
  static gboolean registered;
  g_autoptr (GError) error = NULL;
  GThread *thread;
  if (!registered)
    registered = atexit (quit) == 0;
  g_queue_push_tail (queue, job);
  if (state.n_threads >= g_get_num_processors ())
    return;
  thread = g_thread_try_new ("weft-compile", work_thread, NULL, &error);
  if (thread != NULL)
    {
      state.n_threads++;
      g_thread_unref (thread);
    }
  else if (state.n_threads == 0)
    {
      g_queue_remove (queue, job);
      for (guint i = 0; i < job->len; i++)
        {
          finish_unit (g_ptr_array_index (job, i), error->message);
          unref_unit (g_ptr_array_index (job, i));
        }
      g_ptr_array_unref (job);
    }
}

/* ---- Builds ---- */

static int
compare_length (gconstpointer a, gconstpointer b)
{
  gsize x = strlen ((*(Unit *const *) a)->code), y = strlen ((*(Unit *const *) b)->code);
  return x > y ? -1 : x < y;
}

static gsize
total_length (GPtrArray *units)
{
  gsize total = 0;
  for (guint i = 0; i < units->len; i++)
    total += strlen (((Unit *) g_ptr_array_index (units, i))->code);
  return total;
}

/* Shares @missing out over files of about equal length and queues them. With the lock held. */
static void
queue_units (GPtrArray *missing)
{
  guint                  n_files = (guint) MIN (total_length (missing) / MIN_BYTES, missing->len);
  g_autofree GPtrArray **files = NULL;
  g_autofree gsize      *lengths = NULL;
  n_files = CLAMP (n_files, 1, g_get_num_processors ());
  n_files = MAX (n_files, (missing->len + MAX_KERNELS - 1) / MAX_KERNELS);
  files = g_new (GPtrArray *, n_files);
  lengths = g_new0 (gsize, n_files);
  for (guint i = 0; i < n_files; i++)
    files[i] = g_ptr_array_new ();
  g_ptr_array_sort (missing, compare_length);
  for (guint i = 0; i < missing->len; i++)
    {
      Unit *unit = g_ptr_array_index (missing, i);
      guint shortest = 0;
      for (guint k = 1; k < n_files; k++)
        if (lengths[k] < lengths[shortest])
          shortest = k;
      lengths[shortest] += strlen (unit->code);
      unit->n_refs++;
      g_ptr_array_add (files[shortest], unit);
    }
  for (guint i = 0; i < n_files; i++)
    push_job (&state.jobs, files[i]);
}

static Unit *
new_unit (const WeftKernelText *text, char *key)
{
  Unit *unit = g_new0 (Unit, 1);
  unit->key = key;
  unit->symbol = g_strconcat (WEFT_TEXT_NAME "_", text->key, NULL);
  unit->code = g_strdup (text->code);
  return unit;
}

/* Looks @units up in the cache: those that it does not have stay undone. With the lock held. */
static void
load_units (GPtrArray *units)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *message = NULL;
  WeftCompiler    *compiler = weft_compiler_find (&message);
  int              directory = compiler != NULL ? weft_cache_open (&error) : -1;
  if (error != NULL)
    message = g_strdup_printf (
      _ ("the kernel cache cannot be used, so kernels are interpreted: %s"), error->message);
  for (guint i = units->len; i-- > 0;)
    {
      Unit *unit = g_ptr_array_index (units, i);
      if (directory >= 0 && !load_unit (unit, compiler, directory))
        continue;
      finish_unit (unit, message);
      g_ptr_array_remove_index (units, i);
    }
  if (directory >= 0)
    close (directory);
  g_clear_pointer (&compiler, weft_compiler_free);
}

/* Starts looking for, or making, the code of @texts: [n], read before it returns. What the cache
 * has is there at once. Any thread. */
WeftBuild *
weft_build_new (guint n, WeftKernelText *const *texts)
{
  WeftBuild *build = g_new0 (WeftBuild, 1);
  g_autoptr (GPtrArray) fresh = g_ptr_array_new ();
  build->n = n;
  build->units = g_new0 (Unit *, MAX (n, 1));
  g_mutex_lock (&state.lock);
  if (state.units == NULL)
    state.units = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *key = make_key (texts[i]);
      Unit            *unit = g_hash_table_lookup (state.units, key);
      if (unit == NULL)
        {
          unit = new_unit (texts[i], g_steal_pointer (&key));
          g_hash_table_insert (state.units, unit->key, unit);
          g_ptr_array_add (fresh, unit);
        }
      unit->n_refs++;
      build->units[i] = unit;
    }
  if (fresh->len > 0)
    load_units (fresh);
  if (fresh->len > 0)
    queue_units (fresh);
  g_mutex_unlock (&state.lock);
  return build;
}

/* Frees @build and its code. Does not wait: a compiler that works on it goes on, for the cache. Any
 * thread. */
void
weft_build_free (WeftBuild *build)
{
  g_mutex_lock (&state.lock);
  for (guint i = 0; i < build->n; i++)
    unref_unit (build->units[i]);
  g_mutex_unlock (&state.lock);
  g_free (build->units);
  g_free (build);
}

/* With the lock held. */
static gboolean
is_done (const WeftBuild *build)
{
  for (guint i = 0; i < build->n; i++)
    if (!build->units[i]->done)
      return FALSE;
  return TRUE;
}

/* Whether nothing more will come. Any thread. */
gboolean
weft_build_is_done (WeftBuild *build)
{
  gboolean done;
  g_mutex_lock (&state.lock);
  done = is_done (build);
  g_mutex_unlock (&state.lock);
  return done;
}

/* Waits until all code is there or will not come. Any thread. */
void
weft_build_wait (WeftBuild *build)
{
  g_mutex_lock (&state.lock);
  while (!is_done (build))
    g_cond_wait (&state.changed, &state.lock);
  g_mutex_unlock (&state.lock);
}

/* The code of text @i, good as long as @build; NULL: not there (yet). Cheap. Any thread. */
WeftKernelCode
weft_build_get (WeftBuild *build, guint i)
{
  g_return_val_if_fail (i < build->n, NULL);
  return g_atomic_pointer_get (&build->units[i]->function);
}

/* Why not all code came: one sentence for people, borrowed; NULL: nothing is wrong, or it is not
 * done. */
const char *
weft_build_get_message (WeftBuild *build)
{
  const char *message = NULL;
  g_mutex_lock (&state.lock);
  for (guint i = 0; i < build->n && message == NULL; i++)
    message = build->units[i]->done ? build->units[i]->message : NULL;
  g_mutex_unlock (&state.lock);
  return message;
}

/* ---- For tests ---- */

void
weft_toolchain_set_limit_ms (guint limit)
{
  g_atomic_int_set (&state.limit_ms, (gint) limit);
}

guint
weft_toolchain_get_runs (void)
{
  return (guint) g_atomic_int_get (&state.n_runs);
}

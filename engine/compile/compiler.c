/* The system's C compiler: which, and one run of it.
 *
 * $WEFT_CC names the compiler (a path or a name, no arguments), and then no other is tried; else
 * the first of cc, gcc, clang and gcc-12 in the system's own folders. It is started without a
 * shell, in a process group of its own that is killed as a whole, with the locale C and its
 * temporary files where ours are. Any thread.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/compile/emit-flags.h"
#include "engine/compile/toolchain-private.h"
#include "engine/ops/cpu.h"

/* Changes where the same text must be compiled anew although nothing below changes. */
#define FORMAT "weft kernels 1"
/* What is kept of a compiler's complaints. */
#define MAX_SAID 2000
/* What the locale C says about a full disk. */
#define NO_SPACE "No space left on device"
/* Between two looks at whether a process that has closed its output has ended. */
#define LOOK_MS 2

static const char *const names[] = { "cc", "gcc", "clang", "gcc-12" };
static const char *const folders[] = { "/usr/bin", "/usr/local/bin", "/bin" };

/* Without start files and the C library, which need not be installed. The vector instructions are
 * those of the interpreter's primitives, so that both give the same bits, and the same on a machine
 * that is only newer. */
static const char *const flags[] = { WEFT_TEXT_C_FLAGS, "-fno-strict-aliasing", "-nostdlib" };
static const char *const avx2_flags[] = { WEFT_TEXT_AVX2_FLAGS };
static const char *const avx512_flags[] = { WEFT_TEXT_AVX512_FLAGS };

static struct
{
  GMutex      lock;
  GHashTable *unusable;               /* path -> why */
  GHashTable *proven;                 /* paths */
  char       *known, *known_identity; /* of the last compiler */
  GArray     *running;                /* pid_t, leaders of their groups */
  gboolean    quit;
} state;

/* ---- Finding ---- */

static void
add_flags (GPtrArray *to)
{
  WeftCpuLevel level = weft_cpu_level ();
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    g_ptr_array_add (to, (char *) flags[i]);
  for (guint i = 0; level == WEFT_CPU_AVX2 && i < G_N_ELEMENTS (avx2_flags); i++)
    g_ptr_array_add (to, (char *) avx2_flags[i]);
  for (guint i = 0; level == WEFT_CPU_AVX512 && i < G_N_ELEMENTS (avx512_flags); i++)
    g_ptr_array_add (to, (char *) avx512_flags[i]);
}

/* The file and the machine. */
static char *
describe (const char *path)
{
  char          *real = realpath (path, NULL);
  struct stat    info = { 0 };
  struct utsname machine = { 0 };
  char          *text;
  stat (path, &info);
  uname (&machine);
  text =
    g_strdup_printf (FORMAT "\n%s\n%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %ld\n%s\n",
                     real != NULL ? real : path, (gint64) info.st_size,
                     (gint64) info.st_mtim.tv_sec, (long) info.st_mtim.tv_nsec, machine.machine);
  free (real);
  return text;
}

static char *
make_identity (const char *file)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  g_checksum_update (sum, (const guchar *) file, -1);
  add_flags (all);
  for (guint i = 0; i < all->len; i++)
    g_checksum_update (sum, g_ptr_array_index (all, i), strlen (g_ptr_array_index (all, i)) + 1);
  g_checksum_update (sum, (const guchar *) weft_emit_prelude (WEFT_TEXT_C), -1);
  return g_strdup (g_checksum_get_string (sum));
}

static WeftCompiler *
make_compiler (const char *path)
{
  WeftCompiler    *compiler = g_new0 (WeftCompiler, 1);
  g_autofree char *file = describe (path);
  /* It is started by its own name, which may mean something to it. */
  compiler->path = g_strdup (path);
  g_mutex_lock (&state.lock);
  if (g_strcmp0 (state.known, file) != 0)
    {
      g_free (state.known);
      g_free (state.known_identity);
      state.known_identity = make_identity (file);
      state.known = g_steal_pointer (&file);
    }
  compiler->identity = g_strdup (state.known_identity);
  g_mutex_unlock (&state.lock);
  return compiler;
}

void
weft_compiler_free (WeftCompiler *compiler)
{
  g_free (compiler->path);
  g_free (compiler->identity);
  g_free (compiler);
}

/* With the lock held. */
static const char *
why_unusable (const char *path)
{
  return state.unusable != NULL ? g_hash_table_lookup (state.unusable, path) : NULL;
}

static WeftCompiler *
find_wished (const char *wish, char **message)
{
  g_autofree char *path = g_find_program_in_path (wish);
  const char      *why;
  if (path == NULL)
    {
      *message = g_strdup_printf (
        _ ("the compiler %s of $WEFT_CC is not there; kernels are interpreted"), wish);
      return NULL;
    }
  g_mutex_lock (&state.lock);
  why = why_unusable (path);
  *message = g_strdup (why);
  g_mutex_unlock (&state.lock);
  return why == NULL ? make_compiler (path) : NULL;
}

/* The first that can be used; *@message: why one that is there cannot. */
static char *
find_path (char **message)
{
  char *found = NULL;
  g_mutex_lock (&state.lock);
  for (guint i = 0; i < G_N_ELEMENTS (names) && found == NULL; i++)
    for (guint k = 0; k < G_N_ELEMENTS (folders) && found == NULL; k++)
      {
        g_autofree char *path = g_build_filename (folders[k], names[i], NULL);
        const char      *why = why_unusable (path);
        if (why != NULL && *message == NULL)
          *message = g_strdup (why);
        if (why == NULL && access (path, X_OK) == 0)
          found = g_steal_pointer (&path);
      }
  g_mutex_unlock (&state.lock);
  return found;
}

WeftCompiler *
weft_compiler_find (char **message)
{
  const char      *wish = g_getenv ("WEFT_CC");
  g_autofree char *path = NULL;
  *message = NULL;
  if (wish != NULL && *wish != '\0')
    return find_wished (wish, message);
  path = find_path (message);
  if (path != NULL)
    {
      g_clear_pointer (message, g_free);
      return make_compiler (path);
    }
  if (*message == NULL)
    *message = g_strdup (_ ("there is no C compiler on this machine, so kernels are interpreted; "
                            "install gcc or clang to run faster"));
  return NULL;
}

void
weft_compiler_give_up (const WeftCompiler *compiler, const char *why)
{
  g_mutex_lock (&state.lock);
  if (state.unusable == NULL)
    state.unusable = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (state.unusable, g_strdup (compiler->path), g_strdup (why));
  g_mutex_unlock (&state.lock);
}

void
weft_compiler_set_proven (const WeftCompiler *compiler)
{
  g_mutex_lock (&state.lock);
  if (state.proven == NULL)
    state.proven = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_add (state.proven, g_strdup (compiler->path));
  g_mutex_unlock (&state.lock);
}

gboolean
weft_compiler_is_proven (const WeftCompiler *compiler)
{
  gboolean proven;
  g_mutex_lock (&state.lock);
  proven = state.proven != NULL && g_hash_table_contains (state.proven, compiler->path);
  g_mutex_unlock (&state.lock);
  return proven;
}

/* ---- Running ---- */

static char **
make_environment (const char *folder)
{
  char **environment = g_get_environ ();
  environment = g_environ_setenv (environment, "LC_ALL", "C", TRUE);
  return g_environ_setenv (environment, "TMPDIR", folder, TRUE);
}

/* Starts it, with its complaints going to @complaints: 0, or an error number. */
static int
spawn (char **argv, char **environment, int complaints, pid_t *pid)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t          attributes;
  sigset_t                   none, all;
  int                        failed;
  sigemptyset (&none);
  sigfillset (&all);
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_addopen (&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen (&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2 (&actions, complaints, 2);
#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 34)
  posix_spawn_file_actions_addclosefrom_np (&actions, 3);
#endif
#endif
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setflags (&attributes,
                            POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup (&attributes, 0);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setsigdefault (&attributes, &all);
  g_mutex_lock (&state.lock);
  failed =
    state.quit ? ECANCELED : posix_spawn (pid, argv[0], &actions, &attributes, argv, environment);
  if (failed == 0)
    {
      if (state.running == NULL)
        state.running = g_array_new (FALSE, FALSE, sizeof (pid_t));
      g_array_append_val (state.running, *pid);
    }
  g_mutex_unlock (&state.lock);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  return failed;
}

/* Reads until the other end is closed, or the time is over: FALSE. Keeps the beginning. */
static gboolean
listen_to (int complaints, gint64 deadline_us, GString *said)
{
  for (;;)
    {
      struct pollfd wait_for = { .fd = complaints, .events = POLLIN };
      gint64        left_ms = (deadline_us - g_get_monotonic_time ()) / 1000;
      char          block[1024];
      gssize        got;
      if (left_ms <= 0)
        return FALSE;
      if (poll (&wait_for, 1, (int) MIN (left_ms + 1, G_MAXINT)) <= 0)
        continue;
      got = read (complaints, block, sizeof block);
      if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
        return TRUE;
      if (got > 0 && said->len < MAX_SAID)
        g_string_append_len (said, block, got);
    }
}

/* Waits for the end; a group that is not done by @deadline_us is killed. Whether it ended by
 * itself, and well. */
static WeftCompileResult
wait_for_end (pid_t pid, gboolean late, gint64 deadline_us)
{
  int      status = 0;
  gboolean killed = FALSE;
  pid_t    ended;
  for (;;)
    {
      if (!killed && (late || g_get_monotonic_time () > deadline_us))
        killed = kill (-pid, SIGKILL) == 0;
      /* The lock keeps weft_compiler_quit from killing a number that is not ours any more. */
      g_mutex_lock (&state.lock);
      ended = waitpid (pid, &status, WNOHANG);
      for (guint i = 0; ended != 0 && i < state.running->len; i++)
        if (g_array_index (state.running, pid_t, i) == pid)
          {
            g_array_remove_index_fast (state.running, i);
            break;
          }
      g_mutex_unlock (&state.lock);
      if (ended > 0 || (ended < 0 && errno != EINTR))
        break;
      g_usleep (LOOK_MS * 1000);
    }
  if (killed)
    return WEFT_COMPILE_TOO_LONG;
  return ended == pid && WIFEXITED (status) && WEXITSTATUS (status) == 0 ? WEFT_COMPILED
                                                                         : WEFT_COMPILE_FAILED;
}

/* What is wrong, in one line, without the place in a file that nobody will find. */
static char *
first_complaint (const char *said)
{
  g_auto (GStrv) lines = g_strsplit (said, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (strstr (lines[i], "error: ") != NULL)
      return g_utf8_make_valid (strstr (lines[i], "error: "), -1);
  return lines[0] != NULL && *lines[0] != '\0' ? g_utf8_make_valid (lines[0], -1) : NULL;
}

static GPtrArray *
make_arguments (const WeftCompiler *compiler, const char *source, const char *object)
{
  GPtrArray *argv = g_ptr_array_new ();
  g_ptr_array_add (argv, compiler->path);
  add_flags (argv);
  g_ptr_array_add (argv, (char *) "-o");
  g_ptr_array_add (argv, (char *) object);
  g_ptr_array_add (argv, (char *) source);
  g_ptr_array_add (argv, NULL);
  return argv;
}

WeftCompileResult
weft_compiler_run (const WeftCompiler *compiler,
                   const char         *folder,
                   const char         *source,
                   const char         *object,
                   guint               limit_ms,
                   char              **said)
{
  g_autoptr (GPtrArray) argv = make_arguments (compiler, source, object);
  g_auto (GStrv) environment = make_environment (folder);
  g_autoptr (GString) heard = g_string_new (NULL);
  gint64            deadline_us = g_get_monotonic_time () + limit_ms * (gint64) 1000;
  int               pipe_ends[2], failed;
  pid_t             pid = 0;
  WeftCompileResult result;
  *said = NULL;
  if (pipe2 (pipe_ends, O_CLOEXEC) != 0)
    {
      *said = g_strdup (g_strerror (errno));
      return WEFT_COMPILE_FAILED;
    }
  failed = spawn ((char **) argv->pdata, environment, pipe_ends[1], &pid);
  close (pipe_ends[1]);
  if (failed != 0)
    {
      close (pipe_ends[0]);
      *said = g_strdup (g_strerror (failed));
      return WEFT_COMPILE_FAILED;
    }
  result = wait_for_end (pid, !listen_to (pipe_ends[0], deadline_us, heard), deadline_us);
  close (pipe_ends[0]);
  *said = first_complaint (heard->str);
  if (result == WEFT_COMPILE_FAILED && strstr (heard->str, NO_SPACE) != NULL)
    return WEFT_COMPILE_NO_SPACE;
  return result;
}

void
weft_compiler_quit (void)
{
  g_mutex_lock (&state.lock);
  state.quit = TRUE;
  for (guint i = 0; state.running != NULL && i < state.running->len; i++)
    kill (-g_array_index (state.running, pid_t, i), SIGKILL);
  g_mutex_unlock (&state.lock);
}

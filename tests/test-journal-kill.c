/* kill -9 at random moments of a random edit script: what is restored is the state after the last
 * edit that was done, or after the one under way, with all undo and redo steps; never something
 * older, never half of an edit.
 *
 * The program starts itself as the one that is killed. WEFT_KILLS=200 sets how often.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/document/journal.h"
#include "engine/ops/ops.h"
#include "tests/random-edits.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_EDITS 250
#define N_SCRIPTS 8

/* Microseconds after an edit at which the end comes, at most: a few edits' time. */
#define MOST_DELAY_US 800

static const char *program;

/* ---- The program that is killed ---- */

static int
edit_until_killed (const char *folder, guint seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (WeftDocument) document = weft_random_edit_begin (rand);

  weft_journal_start (document, folder);
  for (guint i = 0; i < N_EDITS; i++)
    {
      if (i > 0)
        weft_random_edit (document, rand);
      /* A byte says: one edit more is done. */
      if (write (STDOUT_FILENO, ".", 1) != 1)
        return 1;
    }
  pause ();
  return 0;
}

/* ---- The test ---- */

/* The script's state after @n edits, in this process. */
static char *
expected (guint seed, guint n)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (WeftDocument) document = weft_random_edit_begin (rand);

  for (guint i = 0; i < n; i++)
    weft_random_edit (document, rand);
  return weft_random_states (document);
}

/* Starts the script, kills it around edit @at, and gives how many edits it said to have done. */
static guint
run_and_kill (const char *folder, guint seed, guint at, guint delay_us)
{
  g_autofree char *number = g_strdup_printf ("%u", seed);
  const char      *call[] = { program, "--edit", folder, number, NULL };
  g_autoptr (GError) error = NULL;
  GPid   child;
  int    out;
  char   byte;
  guint  n = 0;
  gssize got;

  g_spawn_async_with_pipes (NULL, (char **) call, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                            &child, NULL, &out, NULL, &error);
  g_assert_no_error (error);
  while (n <= at && read (out, &byte, 1) == 1)
    n++;
  g_usleep (delay_us);
  g_assert_cmpint (kill (child, SIGKILL), ==, 0);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  while ((got = read (out, &byte, 1)) == 1)
    n++;
  close (out);
  g_assert_cmpuint (n, >, 0);
  return n - 1; /* the first byte: the journal is there */
}

static void
test_kill (gconstpointer data)
{
  guint            which = GPOINTER_TO_UINT (data);
  guint            seed = which % N_SCRIPTS + 1;
  g_autofree char *folder = g_dir_make_tmp ("weft-kill-XXXXXX", NULL);
  guint            n = run_and_kill (folder, seed, (guint) g_test_rand_int_range (0, N_EDITS - 1),
                                     (guint) g_test_rand_int_range (0, MOST_DELAY_US));
  g_autoptr (GPtrArray) list = weft_journal_list (folder);
  g_autoptr (WeftDocument) document = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *state = NULL, *sooner = NULL;
  gboolean         damaged;

  g_assert_cmpuint (list->len, ==, 1);
  document = weft_journal_restore (g_ptr_array_index (list, 0), &damaged, &error);
  g_assert_no_error (error);
  g_assert_false (damaged);
  weft_journal_stop (document, FALSE);
  state = weft_random_states (document);
  sooner = expected (seed, n);
  if (!g_str_equal (state, sooner))
    {
      g_autofree char *later = expected (seed, n + 1);

      if (!g_str_equal (state, later))
        g_test_message ("script %u, %u edits done:\n%s\nis restored as\n%s", seed, n, sooner,
                        state);
      g_assert_true (g_str_equal (state, later));
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

int
main (int argc, char **argv)
{
  const char *kills = g_getenv ("WEFT_KILLS");

  weft_ops_init ();
  if (argc == 4 && g_str_equal (argv[1], "--edit"))
    return edit_until_killed (argv[2], (guint) atoi (argv[3]));
  program = argv[0];
  g_test_init (&argc, &argv, NULL);
  for (int i = 0; i < (kills != NULL ? atoi (kills) : 200); i++)
    {
      g_autofree char *path = g_strdup_printf ("/engine/journal/kill/%d", i + 1);

      g_test_add_data_func (path, GINT_TO_POINTER (i), test_kill);
    }
  return g_test_run ();
}

/* A step allocates nothing: counts what is taken from the heap while a program runs.
 *
 * The allocator, weft_executor_run and the pool's jobs are wrapped, so that what happens inside of
 * a run counts, on whichever thread, and only that.
 * The first runs may make what later ones use. What the libraries of products and convolutions take
 * within a call is theirs.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include "engine/ops/ops.h"
#include "engine/run/executor.h"
#include "engine/run/pool.h"
#include "engine/train/batch.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define WARM_UP 4
#define RUNS 3
#define ROWS 6
#define MAX_FRAMES 24

/* ---- The allocator ---- */

/* AddressSanitizer has its own. */
#ifndef __SANITIZE_ADDRESS__
#define COUNTS TRUE

void *__libc_malloc (size_t bytes);
void *__libc_calloc (size_t n, size_t bytes);
void *__libc_realloc (void *old, size_t bytes);
void *__libc_memalign (size_t alignment, size_t bytes);

/* Of this thread: what compiles in the background may allocate. */
static __thread int armed;
static gint         n_allocations;
static gpointer     frames[MAX_FRAMES];
static int          n_frames;

static gboolean
is_library (gpointer caller)
{
  Dl_info info;

  return dladdr (caller, &info) != 0 && info.dli_fname != NULL &&
         (strstr (info.dli_fname, "dnnl") != NULL || strstr (info.dli_fname, "blas") != NULL);
}

static void
count (gpointer caller)
{
  if (!armed || is_library (caller))
    return;
  /* Where the first one came from; asking may allocate itself. */
  if (g_atomic_int_add (&n_allocations, 1) == 0 && g_test_verbose ())
    {
      armed = FALSE;
      n_frames = backtrace (frames, MAX_FRAMES);
      armed = TRUE;
    }
}

void *
malloc (size_t bytes)
{
  count (__builtin_return_address (0));
  return __libc_malloc (bytes);
}

void *
calloc (size_t n, size_t bytes)
{
  count (__builtin_return_address (0));
  return __libc_calloc (n, bytes);
}

void *
realloc (void *old, size_t bytes)
{
  count (__builtin_return_address (0));
  return __libc_realloc (old, bytes);
}

void *
memalign (size_t alignment, size_t bytes)
{
  count (__builtin_return_address (0));
  return __libc_memalign (alignment, bytes);
}

void *
aligned_alloc (size_t alignment, size_t bytes)
{
  count (__builtin_return_address (0));
  return __libc_memalign (alignment, bytes);
}

int
posix_memalign (void **result, size_t alignment, size_t bytes)
{
  count (__builtin_return_address (0));
  *result = __libc_memalign (alignment, bytes);
  return *result != NULL ? 0 : ENOMEM;
}
#else
#define COUNTS FALSE
static int      armed, n_allocations;
static gpointer frames[1];
static int      n_frames;
#endif

gboolean
__real_weft_executor_run (WeftExecutor *executor, GCancellable *cancellable, GError **error);
gboolean
__wrap_weft_executor_run (WeftExecutor *executor, GCancellable *cancellable, GError **error);

gboolean
__wrap_weft_executor_run (WeftExecutor *executor, GCancellable *cancellable, GError **error)
{
  gboolean done;

  armed = TRUE;
  done = __real_weft_executor_run (executor, cancellable, error);
  armed = FALSE;
  return done;
}

void __real_weft_pool_run_estimated (
  WeftPoolFunc func, gpointer data, gint64 n, gint64 grain, double us);
void __wrap_weft_pool_run_estimated (
  WeftPoolFunc func, gpointer data, gint64 n, gint64 grain, double us);

typedef struct
{
  WeftPoolFunc func;
  gpointer     data;
} Chunks;

static void
run_armed (gpointer data, gint64 begin, gint64 end)
{
  const Chunks *chunks = data;
  int           before = armed;

  armed = TRUE;
  chunks->func (chunks->data, begin, end);
  armed = before;
}

void
__wrap_weft_pool_run_estimated (
  WeftPoolFunc func, gpointer data, gint64 n, gint64 grain, double us)
{
  Chunks chunks = { func, data };

  __real_weft_pool_run_estimated (run_armed, &chunks, n, grain, us);
}

/* ---- Training steps ---- */

typedef struct
{
  const char *document; /* below the source folder */
  WeftMode    mode;
  guint       n_threads;
} Case;

static void
do_nothing (gpointer data, gint64 begin, gint64 end)
{
}

static void
test_step (gconstpointer data)
{
  const Case      *one = data;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", one->document, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WeftDocument) document = weft_document_load (path, &error);
  g_autoptr (WeftModel) model = NULL;
  WeftModelOptions options = { .seed = 1, .mode = one->mode };
  WeftBatch        batch;
  guint32          node;

  if (!COUNTS)
    {
      g_test_skip ("the sanitiser has an allocator of its own");
      return;
    }
  g_assert_no_error (error);
  weft_pool_set_threads (one->n_threads);
  weft_pool_run (do_nothing, NULL, one->n_threads, 1); /* so that all threads are there */
  model = weft_model_new (document, &options, &node, &error);
  g_assert_no_error (error);
  weft_batch_init (&batch, document, model, ROWS, FALSE, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < WARM_UP + RUNS; i++)
    {
      WeftStepInfo info = { i, 100, 1e-3 };
      double       metrics[WEFT_MAX_METRICS];

      if (i == WARM_UP)
        weft_function_wait_compiled (weft_model_function (model, WEFT_MODEL_STEP, NULL));
      if (i <= WARM_UP)
        n_frames = n_allocations = 0;
      weft_model_step (model, batch.columns, &info, metrics, NULL, NULL, &error);
      g_assert_no_error (error);
    }
  if (n_frames > 0)
    backtrace_symbols_fd (frames, n_frames, 2);
  g_assert_cmpint (n_allocations, ==, 0);
  weft_batch_clear (&batch);
}

int
main (int argc, char **argv)
{
  static const char *const documents[] = {
    "data/examples/mnist-softmax.weft",
    "data/examples/mnist-mlp.weft",
    "data/examples/mnist-lenet.weft",
    "data/examples/char-rnn.weft",
    "data/examples/char-lstm.weft",
    "data/examples/char-gru.weft",
    "data/examples/char-transformer.weft",
    "data/examples/autoencoder.weft",
    "tests/bench/workloads/lenet.weft",
    "tests/bench/workloads/gru.weft",
    "tests/bench/workloads/gpt.weft",
  };
  static Case cases[4 * G_N_ELEMENTS (documents)];

  g_test_init (&argc, &argv, NULL);
  weft_ops_init ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char      *document = documents[i / 4];
      g_autofree char *name = g_path_get_basename (document), *path = NULL;

      cases[i] = (Case){ document, i % 2 == 0 ? WEFT_MODE_INTERPRET : WEFT_MODE_COMPILE,
                         1 + i / 2 % 2 };
      *strrchr (name, '.') = '\0';
      path = g_strdup_printf ("/engine/run/no-allocation/%s%s/%s-%u", name,
                              g_str_has_prefix (document, "tests") ? "-bench" : "",
                              i % 2 == 0 ? "interpreted" : "compiled", cases[i].n_threads);
      g_test_add_data_func (path, &cases[i], test_step);
    }
  return g_test_run ();
}

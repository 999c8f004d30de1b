/* One thread pool for the process: chunks are claimed, the caller works too.
 *
 * The caller publishes a job and claims chunks itself, from the first one on; workers claim from
 * the last one on, so a thread finds in its cache what it did in the job before. The caller waits
 * only for chunks that others have claimed, never for a thread that sleeps. Workers spin for some
 * 50 us after a job and then sleep; a job too short to be worth a wake-up is left to who is awake,
 * but many of them soon after each other are worth one. One job runs at a time: a second caller, or
 * a chunk that starts a job, works alone.
 *
 * Each worker stays on a core of its own, since a woken thread otherwise tends to land on the
 * caller's core, and makes way when the caller moves (WEFT_PIN=0 turns that off). It runs at nice
 * +10, so that a window keeps its frames.
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/run/function.h"
#include "engine/run/pool.h"

/* As long as a wake-up takes, so that spinning never costs more than twice what is best. */
#define SPIN_US 50
#define NICE 10
#define MAX_THREADS 256
/* A caller that waits for a claimed chunk gives up its core after this many looks. */
#define WAIT_LOOKS 50000

/* Small jobs further apart than this are not counted together. */
#define APART_US 1000

/* The job. @word is generation << 40 | chunks taken from the end << 20 | chunks taken from the
 * beginning; a claim is one compare-and-swap, so that a late worker, who still holds an old
 * generation, cannot touch a newer job. */
#define COUNT_BITS 20
#define MAX_CHUNKS ((G_GINT64_CONSTANT (1) << COUNT_BITS) - 1)
#define GENERATION (G_GUINT64_CONSTANT (1) << (2 * COUNT_BITS))
static struct
{
  _Atomic guint64        word;
  _Atomic (WeftPoolFunc) func;
  _Atomic (gpointer)     data;
  _Atomic gint64         n, grain;
  _Atomic guint32        n_chunks; /* 0: no job */
  _Atomic guint32        done;
} job;

static struct
{
  GMutex           lock;      /* held while a job runs, and by who changes the threads */
  guint            n_threads; /* wanted, with the caller; 0: not decided yet */
  guint            n_workers; /* running */
  pthread_t        workers[MAX_THREADS];
  int              cores[MAX_THREADS]; /* where each worker is kept */
  int              caller_core;        /* where the last caller was */
  gboolean         pinned;             /* there is a core for each */
  double           missed_us;          /* what sleepers would have saved in the last small jobs */
  gint64           missed_at;          /* when, in us */
  _Atomic gboolean quit;
  _Atomic guint32  bell; /* rung for every job: what sleepers wait on */
  _Atomic guint32  n_asleep;
} pool;

static _Thread_local gboolean inside; /* this thread runs a chunk */
static _Thread_local gboolean prepared;

/* ---- The machine ---- */

static inline void
relax (void)
{
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause ();
#endif
}

static void
sleep_on (_Atomic guint32 *address, guint32 value)
{
  syscall (SYS_futex, address, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void
wake (_Atomic guint32 *address, int n)
{
  syscall (SYS_futex, address, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
}

static guint
allowed_cores (cpu_set_t *cores)
{
  CPU_ZERO (cores);
  if (sched_getaffinity (0, sizeof *cores, cores) != 0)
    return 1;
  return CLAMP (CPU_COUNT (cores), 1, MAX_THREADS);
}

/* The number-th allowed core, -1 if there are fewer. */
static int
core_number (guint number)
{
  cpu_set_t cores;
  guint     seen = 0;
  if (number >= allowed_cores (&cores))
    return -1;
  for (int core = 0; core < CPU_SETSIZE; core++)
    if (CPU_ISSET (core, &cores) && seen++ == number)
      return core;
  return -1;
}

/* Keeps a worker on one core. */
static void
pin (guint worker, int core)
{
  cpu_set_t one;
  CPU_ZERO (&one);
  CPU_SET (core, &one);
  pool.cores[worker] = core;
  pthread_setaffinity_np (pool.workers[worker], sizeof one, &one);
}

/* With the lock held. The caller is not pinned; a worker whose core it has come to takes the one
 * that it left. */
static void
make_way (void)
{
  int core = sched_getcpu ();
  if (!pool.pinned || core == pool.caller_core)
    return;
  for (guint i = 0; i < pool.n_workers; i++)
    if (pool.cores[i] == core)
      {
        pin (i, pool.caller_core);
        break;
      }
  pool.caller_core = core;
}

/* Both libraries are only asked if they are there: OpenBLAS comes in variants with and without
 * OpenMP. */
void
weft_pool_prepare_thread (void)
{
  void (*set_threads) (int);
  if (prepared)
    return;
  prepared = TRUE;
  set_threads = (void (*) (int)) dlsym (RTLD_DEFAULT, "openblas_set_num_threads");
  if (set_threads != NULL)
    set_threads (1);
  set_threads = (void (*) (int)) dlsym (RTLD_DEFAULT, "omp_set_num_threads");
  if (set_threads != NULL)
    set_threads (1);
}

/* ---- Scratch ---- */

typedef struct
{
  gsize    bytes;
  gpointer memory;
} Scratch;

static struct
{
  _Atomic gsize reserved; /* for each worker */
  Scratch       workers[MAX_THREADS];
} scratch;

/* A worker's; NULL: other threads have theirs by GPrivate. */
static _Thread_local Scratch *of_worker;

static void
grow (Scratch *one, gsize bytes)
{
  if (one->bytes >= bytes)
    return;
  g_aligned_free (one->memory);
  one->bytes = bytes;
  one->memory = g_aligned_alloc (1, (bytes + 63) & ~(gsize) 63, 64);
}

static void
scratch_free (gpointer data)
{
  Scratch *one = data;
  g_aligned_free (one->memory);
  g_free (one);
}

gpointer
weft_pool_scratch (gsize bytes)
{
  static GPrivate key = G_PRIVATE_INIT (scratch_free);
  Scratch        *one = of_worker;
  if (one == NULL)
    one = g_private_get (&key);
  if (one == NULL)
    {
      one = g_new0 (Scratch, 1);
      g_private_set (&key, one);
    }
  if (one->bytes < bytes)
    grow (one, MAX (bytes, 2 * one->bytes));
  return one->memory;
}

/* With the lock held, so that no worker is at work. */
static void
grow_workers (guint n)
{
  for (guint i = 0; i < n; i++)
    grow (&scratch.workers[i], atomic_load (&scratch.reserved));
}

void
weft_pool_reserve (gsize bytes)
{
  if (bytes <= atomic_load (&scratch.reserved) || inside)
    return;
  g_mutex_lock (&pool.lock);
  if (bytes > atomic_load (&scratch.reserved))
    atomic_store (&scratch.reserved, bytes);
  grow_workers (pool.n_workers);
  g_mutex_unlock (&pool.lock);
}

/* ---- Working ---- */

/* How many chunks are claimed. */
static inline guint32
taken (guint64 word)
{
  return (guint32) (word & MAX_CHUNKS) + (guint32) (word >> COUNT_BITS & MAX_CHUNKS);
}

/* Claims one chunk and does it. FALSE: there is none left. */
static gboolean
work (gboolean from_end)
{
  guint64      word = atomic_load (&job.word);
  gint64       n_chunks = atomic_load (&job.n_chunks), chunk;
  WeftPoolFunc func;
  gpointer     data;
  gint64       n, grain;
  if (taken (word) >= n_chunks)
    return FALSE;
  func = atomic_load (&job.func);
  data = atomic_load (&job.data);
  n = atomic_load (&job.n);
  grain = atomic_load (&job.grain);
  chunk = from_end ? n_chunks - 1 - (gint64) (word >> COUNT_BITS & MAX_CHUNKS)
                   : (gint64) (word & MAX_CHUNKS);
  if (!atomic_compare_exchange_strong (
        &job.word, &word, word + (from_end ? G_GUINT64_CONSTANT (1) << COUNT_BITS : 1)))
    return TRUE;
  inside = TRUE;
  func (data, chunk * grain, MIN (n, (chunk + 1) * grain));
  inside = FALSE;
  atomic_fetch_add (&job.done, 1);
  return TRUE;
}

static gboolean
is_work (void)
{
  return taken (atomic_load_explicit (&job.word, memory_order_acquire)) <
         atomic_load_explicit (&job.n_chunks, memory_order_relaxed);
}

static void *
worker_thread (void *data)
{
  of_worker = data;
  setpriority (PRIO_PROCESS, syscall (SYS_gettid), NICE);
  weft_pool_prepare_thread ();
  while (!atomic_load (&pool.quit))
    {
      guint32  bell = atomic_load (&pool.bell);
      gint64   until = g_get_monotonic_time () + SPIN_US;
      gboolean worked = FALSE;
      for (guint i = 1; !worked && !(i % 64 == 0 && g_get_monotonic_time () > until); i++)
        {
          while (is_work () && work (TRUE))
            worked = TRUE;
          relax ();
        }
      if (worked)
        continue;
      atomic_fetch_add (&pool.n_asleep, 1);
      if (!atomic_load (&pool.quit) && !is_work ())
        sleep_on (&pool.bell, bell);
      atomic_fetch_sub (&pool.n_asleep, 1);
    }
  return NULL;
}

/* ---- Threads ---- */

static void
stop_workers (void)
{
  atomic_store (&pool.quit, TRUE);
  atomic_fetch_add (&pool.bell, 1);
  wake (&pool.bell, G_MAXINT);
  for (guint i = 0; i < pool.n_workers; i++)
    {
      pthread_join (pool.workers[i], NULL);
      g_clear_pointer (&scratch.workers[i].memory, g_aligned_free);
      scratch.workers[i].bytes = 0;
    }
  pool.n_workers = 0;
  pool.missed_us = 0;
  atomic_store (&pool.quit, FALSE);
}

/* With the lock held. Workers are made when the first job comes. */
static void
start_workers (void)
{
  cpu_set_t   cores;
  const char *wish = g_getenv ("WEFT_PIN");
  if (pool.n_threads == 0)
    pool.n_threads = allowed_cores (&cores);
  pool.pinned = pool.n_threads <= allowed_cores (&cores) &&
                (wish == NULL || !g_str_equal (wish, "0"));
  pool.caller_core = core_number (0);
  grow_workers (pool.n_threads - 1);
  while (pool.n_workers + 1 < pool.n_threads)
    {
      if (pthread_create (&pool.workers[pool.n_workers], NULL, worker_thread,
                          &scratch.workers[pool.n_workers]) != 0)
        {
          pool.n_threads = pool.n_workers + 1;
          return;
        }
      if (pool.pinned)
        pin (pool.n_workers, core_number (pool.n_workers + 1));
      pool.n_workers++;
    }
}

/* Sets how many threads work on a job, the caller included.
 * @n: 0: one per core that this process may use
 *
 * Any thread; waits for the running job. */
void
weft_pool_set_threads (guint n)
{
  cpu_set_t cores;
  g_mutex_lock (&pool.lock);
  if (n == 0)
    n = allowed_cores (&cores);
  n = MIN (n, MAX_THREADS);
  if (n != pool.n_threads)
    {
      stop_workers ();
      pool.n_threads = n;
    }
  g_mutex_unlock (&pool.lock);
}

/* How many threads work on a job, the caller included. Any thread. */
guint
weft_pool_get_threads (void)
{
  cpu_set_t cores;
  guint     n;
  if (inside)
    return 1;
  g_mutex_lock (&pool.lock);
  if (pool.n_threads == 0)
    pool.n_threads = allowed_cores (&cores);
  n = pool.n_threads;
  g_mutex_unlock (&pool.lock);
  return n;
}

guint
weft_pool_count (void)
{
  guint n = (guint) g_atomic_int_get ((const gint *) &pool.n_threads);
  return n > 0 ? n : weft_pool_get_threads ();
}

/* ---- Jobs ---- */

static void
run_alone (WeftPoolFunc func, gpointer data, gint64 n, gint64 grain)
{
  for (gint64 begin = 0; begin < n; begin += grain)
    func (data, begin, MIN (n, begin + grain));
}

/* With the lock held. The job is made invisible before it changes. */
static void
publish (WeftPoolFunc func, gpointer data, gint64 n, gint64 grain, guint32 n_chunks)
{
  guint64 word = atomic_load (&job.word);
  atomic_store (&job.n_chunks, 0);
  atomic_store (&job.func, func);
  atomic_store (&job.data, data);
  atomic_store (&job.n, n);
  atomic_store (&job.grain, grain);
  atomic_store (&job.done, 0);
  atomic_store (&job.word, (word | (GENERATION - 1)) + 1);
  atomic_store (&job.n_chunks, n_chunks);
  atomic_fetch_add (&pool.bell, 1);
}

/* With the lock held. Whether a job of @us is worth a wake-up, or was with those shortly before it
 * that nobody was woken for. */
static gboolean
is_worth_waking (double us)
{
  gint64 now;
  if (us >= WEFT_POOL_WAKE_US)
    return TRUE;
  if (pool.n_workers + 1 == pool.n_threads && atomic_load (&pool.n_asleep) == 0)
    return FALSE;
  now = g_get_monotonic_time ();
  if (now - pool.missed_at > APART_US)
    pool.missed_us = 0;
  pool.missed_at = now;
  pool.missed_us += us * (pool.n_threads - 1) / pool.n_threads;
  return pool.missed_us >= WEFT_POOL_WAKE_US;
}

void
weft_pool_run_estimated (WeftPoolFunc func, gpointer data, gint64 n, gint64 grain, double us)
{
  gint64   n_chunks;
  guint    looks = 0;
  gboolean wakes;
  if (n <= 0)
    return;
  grain = MAX (grain, 1);
  grain = MAX (grain, n / MAX_CHUNKS + 1);
  n_chunks = (n + grain - 1) / grain;
  if (n_chunks == 1 || inside || pool.n_threads == 1 || !g_mutex_trylock (&pool.lock))
    {
      run_alone (func, data, n, grain);
      return;
    }
  wakes = is_worth_waking (us);
  if (pool.n_workers + 1 != pool.n_threads && wakes)
    start_workers ();
  make_way ();
  publish (func, data, n, grain, n_chunks);
  if (wakes && atomic_load (&pool.n_asleep) > 0)
    {
      pool.missed_us = 0;
      wake (&pool.bell, (int) MIN (n_chunks - 1, MAX_THREADS));
    }
  while (work (FALSE))
    ;
  while (atomic_load (&job.done) < (guint32) n_chunks)
    {
      relax ();
      if (++looks % WAIT_LOOKS == 0)
        sched_yield ();
    }
  g_mutex_unlock (&pool.lock);
}

/* Calls @func (@data, begin, end) for 0 to @n in chunks of @grain, each by one thread; returns when
 * all are done. The chunks do not depend on the number of threads.
 *
 * Any thread; from inside a chunk, or while another thread's job runs, the caller works alone. */
void
weft_pool_run (void (*func) (gpointer data, gint64 begin, gint64 end),
               gpointer data,
               gint64   n,
               gint64   grain)
{
  weft_pool_run_estimated (func, data, n, grain, G_MAXDOUBLE);
}

// The pool: workers spin for a moment after a job, because the next step usually follows at once,
// then sleep on a condition variable and cost nothing. Every wait spins a bounded time and then
// yields, so that a core taken by another process does not stall the others.
#include "numeric.h"
#include "threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SPINS_BEFORE_SLEEP = 20000, SPINS_BEFORE_YIELD = 2000 };

struct pk_pool {
  int threads;
  int running;  // workers that started
  pthread_t *handles;
  pthread_mutex_t mutex;
  pthread_cond_t wake;
  _Atomic uint32_t generation;  // rises by one with every job
  _Atomic int32_t sleeping;
  _Atomic int32_t unfinished;
  _Atomic int32_t arrived;
  _Atomic uint32_t barrier_generation;
  _Atomic int32_t stop;
  pk_job job;
  const void *argument;
};

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// Waits until *value differs from `seen`, spinning, then yielding; gives up after `limit` spins
// when that is positive. Returns whether it changed.
static int wait_for_change(_Atomic uint32_t *value, uint32_t seen, int limit) {
  for (int spins = 0;; spins++) {
    if (atomic_load_explicit(value, memory_order_acquire) != seen) return 1;
    if (limit > 0 && spins >= limit) return 0;
    if (spins % SPINS_BEFORE_YIELD == SPINS_BEFORE_YIELD - 1) sched_yield();
    pause_briefly();
  }
}

typedef struct {
  pk_pool *pool;
  int thread;
} worker_start;

static void *worker(void *start_pointer) {
  worker_start *start = start_pointer;
  pk_pool *pool = start->pool;
  int thread = start->thread;
  free(start);
  uint32_t seen = 0;
  for (;;) {
    if (!wait_for_change(&pool->generation, seen, SPINS_BEFORE_SLEEP)) {
      pthread_mutex_lock(&pool->mutex);
      atomic_fetch_add(&pool->sleeping, 1);
      while (atomic_load(&pool->generation) == seen) {
        pthread_cond_wait(&pool->wake, &pool->mutex);
      }
      atomic_fetch_sub(&pool->sleeping, 1);
      pthread_mutex_unlock(&pool->mutex);
    }
    seen = atomic_load_explicit(&pool->generation, memory_order_acquire);
    if (atomic_load(&pool->stop)) return NULL;
    pool->job(pool->argument, thread, pool->threads, pool);
    atomic_fetch_sub_explicit(&pool->unfinished, 1, memory_order_acq_rel);
  }
}

// Starts a new generation and wakes whoever sleeps. The lock makes sure that a worker that is about
// to sleep sees the new generation or hears the signal.
static void advance(pk_pool *pool) {
  atomic_fetch_add_explicit(&pool->generation, 1, memory_order_seq_cst);
  if (atomic_load_explicit(&pool->sleeping, memory_order_seq_cst) > 0) {
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
  }
}

pk_pool *pk_pool_create(int threads) {
  pk_pool *pool = calloc(1, sizeof *pool);
  if (!pool) return NULL;
  pool->threads = threads;
  pool->handles = calloc((size_t)threads, sizeof *pool->handles);
  if (!pool->handles || pthread_mutex_init(&pool->mutex, NULL) != 0) {
    free(pool->handles);
    free(pool);
    return NULL;
  }
  pthread_cond_init(&pool->wake, NULL);
  for (int thread = 1; thread < threads; thread++) {
    worker_start *start = malloc(sizeof *start);
    if (start) *start = (worker_start){pool, thread};
    if (!start || pthread_create(&pool->handles[thread], NULL, worker, start) != 0) {
      free(start);
      pk_pool_destroy(pool);
      return NULL;
    }
    pool->running++;
  }
  return pool;
}

void pk_pool_destroy(pk_pool *pool) {
  if (!pool) return;
  atomic_store(&pool->stop, 1);
  advance(pool);
  for (int thread = 1; thread <= pool->running; thread++) pthread_join(pool->handles[thread], NULL);
  pthread_cond_destroy(&pool->wake);
  pthread_mutex_destroy(&pool->mutex);
  free(pool->handles);
  free(pool);
}

void pk_pool_run(pk_pool *pool, pk_job job, const void *argument) {
  pool->job = job;
  pool->argument = argument;
  atomic_store_explicit(&pool->unfinished, pool->threads - 1, memory_order_release);
  advance(pool);
  job(argument, 0, pool->threads, pool);
  for (int spins = 1; atomic_load_explicit(&pool->unfinished, memory_order_acquire) > 0; spins++) {
    if (spins % SPINS_BEFORE_YIELD == 0) sched_yield();
    pause_briefly();
  }
}

void pk_pool_barrier(pk_pool *pool) {
  uint32_t seen = atomic_load_explicit(&pool->barrier_generation, memory_order_acquire);
  if (atomic_fetch_add_explicit(&pool->arrived, 1, memory_order_acq_rel) == pool->threads - 1) {
    atomic_store_explicit(&pool->arrived, 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&pool->barrier_generation, 1, memory_order_release);
  } else {
    wait_for_change(&pool->barrier_generation, seen, 0);
  }
}

int pk_pool_threads(const pk_pool *pool) { return pool->threads; }

int pk_pool_is_asleep(pk_pool *pool) {
  return atomic_load_explicit(&pool->sleeping, memory_order_relaxed) > 0;
}

typedef struct {
  int64_t count;
  void (*function)(void *, int64_t, int64_t);
  void *argument;
} share;

static void run_share(const void *argument, int thread, int threads, pk_pool *pool) {
  (void)pool;
  const share *s = argument;
  s->function(s->argument, s->count * thread / threads, s->count * (thread + 1) / threads);
}

void pk_share(pk_pool *pool, int64_t count, void (*function)(void *, int64_t, int64_t),
              void *argument) {
  share s = {count, function, argument};
  pk_pool_run(pool, run_share, &s);
}

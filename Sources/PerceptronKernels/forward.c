// Prediction's entry: chooses the number type and instruction set, and how threads share the work.
#include "numeric.h"
#include "threads.h"

#include <time.h>

#define PK_DECLARE(isa)                                                                          \
  void pk_forward_f32_##isa(const pk_network *, const void *, void *, int64_t, int, int, int,    \
                            pk_pool *);                                                          \
  void pk_forward_f64_##isa(const pk_network *, const void *, void *, int64_t, int, int, int,    \
                            pk_pool *);
PK_DECLARE(portable)
#if defined(__x86_64__)
PK_DECLARE(avx2)
PK_DECLARE(avx512)
#endif
#undef PK_DECLARE
void pk_pack_layer_f32_portable(const pk_layer *, const void *, const void *, void *);
void pk_pack_layer_f64_portable(const pk_layer *, const void *, const void *, void *);

int64_t pk_padded(int64_t units, int is_double) {
  const int64_t grain = is_double ? 8 : 16;
  return (units + grain - 1) / grain * grain;
}

void pk_pack_layer(const pk_layer *layer, int is_double, const void *weights, const void *bias,
                   void *packed) {
  (is_double ? pk_pack_layer_f64_portable : pk_pack_layer_f32_portable)(layer, weights, bias,
                                                                        packed);
}

typedef struct {
  const pk_network *network;
  const void *inputs;
  void *outputs;
  int64_t rows;
  int by_columns;
} forward_arguments;

static void run_forward(const void *argument, int thread, int threads, pk_pool *pool) {
  const forward_arguments *f = argument;
  const pk_network *n = f->network;
#if defined(__x86_64__)
  if (n->instruction_set == PK_AVX512) {
    (n->is_double ? pk_forward_f64_avx512 : pk_forward_f32_avx512)(
        n, f->inputs, f->outputs, f->rows, f->by_columns, thread, threads, pool);
    return;
  }
  if (n->instruction_set == PK_AVX2) {
    (n->is_double ? pk_forward_f64_avx2 : pk_forward_f32_avx2)(
        n, f->inputs, f->outputs, f->rows, f->by_columns, thread, threads, pool);
    return;
  }
#endif
  (n->is_double ? pk_forward_f64_portable : pk_forward_f32_portable)(
      n, f->inputs, f->outputs, f->rows, f->by_columns, thread, threads, pool);
}

static double nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

// --- Whether a call runs on the pool's threads
//
// Work is counted in multiply-adds; reading every weight once costs about as much as one more row.

// Each thread gets this much at least, about 2 µs: what two threads' waiting for each other costs.
static const double work_per_thread = 80e3;
// Waking a thread that sleeps takes about as long as this.
static const double wake = 60e3;
// Work that is worth it at once, two wakings long.
static const double work_worth_waking = 5e6;
// A call that follows the one before within this time belongs to the same burst.
static const double pause_in_burst = 100e3;
// After a call that threads made slower the next ones run alone for so long, each time twice that.
static const double shortest_rest = 1e6, longest_rest = 200e6;

typedef enum { ALONE, TOGETHER } pace;

// Threads that sleep are woken once the calls of a burst have taken as long alone as that costs: so
// no burst takes more than twice what it might, and a call now and then never pays for it. Threads
// that turn out slower than one, because other work has the cores, are left alone for a while.
static pace chosen(pk_pace *p, double work, int few, int sleeping, double now) {
  if (now - p->last > pause_in_burst) p->burst = 0;
  if (now < p->rest_until || p->measured[few] < 3) return ALONE;
  if (sleeping && work < work_worth_waking && p->burst < wake) return ALONE;
  return TOGETHER;
}

static void note(pk_pace *p, pace pace, double work, int few, int was_asleep, double start,
                 double end) {
  const double rate = (end - start) / work;
  if (pace == ALONE) {
    p->burst += end - start;
    const int is_best = p->measured[few] == 0 || rate < p->alone[few];
    p->alone[few] = is_best ? rate : (p->alone[few] + rate) / 2;
    if (p->measured[few] < 3) p->measured[few]++;
  } else if (!was_asleep) {
    if (rate > 1.2 * p->alone[few]) {
      p->rest = p->rest * 2 < shortest_rest ? shortest_rest
                : p->rest * 2 > longest_rest ? longest_rest : p->rest * 2;
      p->rest_until = end + p->rest;
    } else {
      // A slow call now and then is no reason to rest for long.
      p->rest *= 0.9;
    }
  }
  p->last = end;
}

void pk_predict(const pk_network *network, const void *inputs, void *outputs, int64_t rows,
                pk_pool *pool, pk_pace *p) {
  forward_arguments f = {network, inputs, outputs, rows, 0};
  if (!pool) {
    run_forward(&f, 0, 1, NULL);
    return;
  }
  const int threads = pk_pool_threads(pool);
  const int few = rows < 8 * threads;
  f.by_columns = few;
  const double work = (double)network->multiply_adds * (double)(rows + 1);
  // Many rows, which threads compute without waiting for one another, are shared at once.
  if (!p || (!few && work >= work_worth_waking)) {
    pk_pool_run(pool, run_forward, &f);
    return;
  }
  if (work < work_per_thread * threads) {
    f.by_columns = 0;
    run_forward(&f, 0, 1, NULL);
    return;
  }
  const int sleeping = pk_pool_is_asleep(pool);
  const double start = nanoseconds();
  const pace pace = chosen(p, work, few, sleeping, start);
  if (pace == TOGETHER) {
    pk_pool_run(pool, run_forward, &f);
  } else {
    f.by_columns = 0;
    run_forward(&f, 0, 1, NULL);
  }
  note(p, pace, work, few, sleeping, start, nanoseconds());
}

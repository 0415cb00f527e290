// Sums and multiples of whole gradients. Every entry is computed by itself: neither threads nor
// registers can change a bit. Memory is what it takes, so that one form is enough for all processors.
#pragma STDC FP_CONTRACT OFF

#include "numeric.h"
#include "pace.h"

typedef struct {
  void *result;
  const void *numbers;
  double factor;
  int64_t count;
  int is_double, is_multiple;
} entries;

#define PK_ENTRIES(T)                                                                      \
  static void add_##T(T *restrict sum, const T *restrict part, long first, long last) {    \
    for (long i = first; i < last; i++) sum[i] += part[i];                                 \
  }                                                                                        \
  static void multiply_##T(T *product, const T *numbers, T factor, long first, long last) { \
    for (long i = first; i < last; i++) product[i] = numbers[i] * factor;                  \
  }
PK_ENTRIES(float)
PK_ENTRIES(double)
#undef PK_ENTRIES

static void run(const void *argument, int thread, int threads, pk_pool *pool) {
  (void)pool;
  const entries *e = argument;
  long first, last;
  pk_part_of(e->count, 64, thread, threads, &first, &last);
  if (e->is_multiple) {
    if (e->is_double) {
      multiply_double(e->result, e->numbers, e->factor, first, last);
    } else {
      multiply_float(e->result, e->numbers, (float)e->factor, first, last);
    }
  } else if (e->is_double) {
    add_double(e->result, e->numbers, first, last);
  } else {
    add_float(e->result, e->numbers, first, last);
  }
}

static void share_out(const entries *e, pk_pool *pool, pk_pace *pace) {
  pk_call call;
  if (!pool) {
    run(e, 0, 1, NULL);
  } else if (!pace) {
    pk_pool_run(pool, run, e);
  } else {
    const int together = pk_pace_begin(pace, &call, pool, (double)e->count, e->is_multiple);
    if (together) {
      pk_pool_run(pool, run, e);
    } else {
      run(e, 0, 1, NULL);
    }
    pk_pace_end(pace, &call);
  }
}

void pk_add(void *sum, const void *part, int64_t count, int is_double, pk_pool *pool,
            pk_pace *pace) {
  const entries e = {sum, part, 0, count, is_double, 0};
  share_out(&e, pool, pace);
}

void pk_multiply(void *product, const void *numbers, double factor, int64_t count, int is_double,
                 pk_pool *pool, pk_pace *pace) {
  const entries e = {product, numbers, factor, count, is_double, 1};
  share_out(&e, pool, pace);
}

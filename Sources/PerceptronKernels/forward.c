// Prediction's entry: chooses the number type and instruction set, and how threads share the work.
#include "numeric.h"
#include "pace.h"
#include "threads.h"

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

void pk_predict(const pk_network *network, const void *inputs, void *outputs, int64_t rows,
                pk_pool *pool, pk_pace *pace) {
  forward_arguments f = {network, inputs, outputs, rows, 0};
  if (!pool) {
    run_forward(&f, 0, 1, NULL);
    return;
  }
  const int threads = pk_pool_threads(pool);
  const int few = rows < 8 * threads;
  f.by_columns = few;
  if (!pace) {
    pk_pool_run(pool, run_forward, &f);
    return;
  }
  const double work = (double)network->multiply_adds * (double)(rows + 1);
  pk_call call;
  if (pk_pace_begin(pace, &call, pool, work, few)) {
    pk_pool_run(pool, run_forward, &f);
  } else {
    f.by_columns = 0;
    run_forward(&f, 0, 1, NULL);
  }
  pk_pace_end(pace, &call);
}

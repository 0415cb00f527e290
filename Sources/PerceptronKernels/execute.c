// The entry: chooses the number type and instruction set, and the threads.
#include "lanes.h"
#include "numeric.h"
#include "pace.h"
#include "threads.h"

#define FAMILY "execute.inc"
#include "instantiate.h"

int pk_best_instruction_set(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return PK_AVX512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return PK_AVX2;
#endif
  return PK_PORTABLE;
}

// A panel of 1024 rows of three AVX-512 registers, a tile and a row, rounded up to a page.
int64_t pk_scratch_bytes(void) {
  return (1024 * 3 * 64 + 8 * 3 * 64 + 3 * 64 + 4096) / 4096 * 4096;
}

typedef struct {
  const pk_program *program;
  const pk_frame *frame;
} run_arguments;

static void run_share(const void *argument, int thread, int threads, pk_pool *pool) {
  const run_arguments *run = argument;
  const pk_program *program = run->program;
  if (program->lanes) {
    program->lanes->execute(program->lanes, run->frame, thread, threads, pool);
    return;
  }
#if defined(__x86_64__)
  if (program->instruction_set == PK_AVX512) {
    (program->is_double ? pk_execute_f64_avx512 : pk_execute_f32_avx512)(program, run->frame,
                                                                         thread, threads, pool);
    return;
  }
  if (program->instruction_set == PK_AVX2) {
    (program->is_double ? pk_execute_f64_avx2 : pk_execute_f32_avx2)(program, run->frame, thread,
                                                                     threads, pool);
    return;
  }
#endif
  (program->is_double ? pk_execute_f64_portable : pk_execute_f32_portable)(program, run->frame,
                                                                           thread, threads, pool);
}

void pk_run(const pk_program *program, const pk_frame *frame, pk_pool *pool, pk_pace *pace) {
  run_arguments run = {program, frame};
  if (!pool) {
    run_share(&run, 0, 1, NULL);
    return;
  }
  if (!pace) {
    pk_pool_run(pool, run_share, &run);
    return;
  }
  pk_call call;
  if (pk_pace_begin(pace, &call, pool, (double)program->multiply_adds * (double)frame->rows, 0)) {
    pk_pool_run(pool, run_share, &run);
  } else {
    run_share(&run, 0, 1, NULL);
  }
  pk_pace_end(pace, &call);
}

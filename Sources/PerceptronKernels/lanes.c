// Programs with samples in lanes; lanes.inc has what they do.
//
// Blocks of sixteen examples for every batch, and of four for the smallest, whose registers then
// hold four as well: half-empty ones would take as long as full ones.
#include "lanes.h"
#include "numeric.h"

#include <stdlib.h>

#define FAMILY "lanes.inc"
#define PK_BLOCK 16
#include "instantiate.h"
#undef PK_BLOCK
#define PK_BLOCK 4
#define PK_NARROW 1
#include "instantiate.h"

#if defined(__x86_64__)
#define ON_ISA(name, isa, suffix, ...)                     \
  (isa == PK_AVX512 ? name##_avx512##suffix(__VA_ARGS__)   \
   : isa == PK_AVX2 ? name##_avx2##suffix(__VA_ARGS__) : name##_portable##suffix(__VA_ARGS__))
#else
#define ON_ISA(name, isa, suffix, ...) ((void)isa, name##_portable##suffix(__VA_ARGS__))
#endif

pk_lanes *pk_lanes_create(const pk_program *program, void *const *regions, int block) {
  pk_lanes *lanes = calloc(1, sizeof *lanes);
  if (!lanes) return NULL;
  // Pieces of eight columns and an epilogue; sums of four columns at least.
  int64_t steps = 0, sums = 0;
  for (int32_t k = 0; k < program->count; k++) {
    const pk_operation *o = &program->operations[k];
    steps += o->c.columns / 8 + 2;
    sums += (o->a.columns > o->b.columns ? o->a.columns : o->b.columns) / 4 + 1;
  }
  lanes->steps = calloc((size_t)steps, sizeof *lanes->steps);
  lanes->sums = calloc((size_t)sums, sizeof *lanes->sums);
  if (lanes->steps && lanes->sums) {
    const int isa = program->instruction_set;
    if (program->is_double) {
      if (block == 4) {
        ON_ISA(pk_lanes_bind_f64, isa, _narrow, lanes, program, regions);
      } else {
        ON_ISA(pk_lanes_bind_f64, isa, , lanes, program, regions);
      }
    } else if (block == 4) {
      ON_ISA(pk_lanes_bind_f32, isa, _narrow, lanes, program, regions);
    } else {
      ON_ISA(pk_lanes_bind_f32, isa, , lanes, program, regions);
    }
    return lanes;
  }
  pk_lanes_destroy(lanes);
  return NULL;
}

void pk_lanes_destroy(pk_lanes *lanes) {
  if (!lanes) return;
  free(lanes->steps);
  free(lanes->sums);
  free(lanes);
}

// Trains small networks with the kernels alone and prints a hash of every number.
#include "PerceptronKernels.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 13, IN = 37, HIDDEN = 51, OUT = 5, STEPS = 20 };
enum { COUNT = IN * HIDDEN + HIDDEN + HIDDEN * OUT + OUT };

static uint64_t state = 1;
static double draw(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (double)(int32_t)(state >> 32) / 2147483648.0;
}

static pk_operand at(int region, long offset, int batch, long rows, long columns) {
  pk_operand o = {region, batch, offset, rows, columns, columns};
  return o;
}

static uint64_t train(int is_double, int isa, int activation, pk_pool *pool) {
  size_t size = is_double ? 8 : 4;
  state = 7;
  char *regions[PK_REGION_COUNT];
  long counts[PK_REGION_COUNT] = {COUNT, COUNT, COUNT, COUNT, BATCH * IN, BATCH * OUT, 40000};
  for (int r = 0; r < PK_REGION_COUNT; r++) {
    regions[r] = aligned_alloc(4096, (size * (size_t)counts[r] + 8191) / 4096 * 4096);
    memset(regions[r], 0, (size * (size_t)counts[r] + 8191) / 4096 * 4096);
    for (long i = 0; i < counts[r] && (r == PK_PARAMETERS || r == PK_INPUTS); i++) {
      double x = draw() * (r == PK_INPUTS ? 2 : 0.4);
      if (is_double) ((double *)regions[r])[i] = x; else ((float *)regions[r])[i] = (float)x;
    }
  }
  for (int i = 0; i < BATCH; i++) {
    long k = i * OUT + i % OUT;
    if (is_double) ((double *)regions[PK_TARGETS])[k] = 1; else ((float *)regions[PK_TARGETS])[k] = 1;
  }
  long w1 = 0, b1 = IN * HIDDEN, w2 = b1 + HIDDEN, b2 = w2 + HIDDEN * OUT;
  pk_operand x = at(PK_WORKSPACE, 0, 1, 0, IN), t = at(PK_WORKSPACE, 1000, 1, 0, OUT);
  pk_operand a1 = at(PK_WORKSPACE, 2000, 1, 0, HIDDEN), z2 = at(PK_WORKSPACE, 4000, 1, 0, OUT);
  pk_operand g2 = at(PK_WORKSPACE, 5000, 1, 0, OUT), g1 = at(PK_WORKSPACE, 6000, 1, 0, HIDDEN);
  pk_operand losses = at(PK_WORKSPACE, 8000, 1, 0, 1), total = at(PK_WORKSPACE, 9000, 0, 1, 1);
  pk_operation o[12] = {0};
  int n = 0;
  o[n] = (pk_operation){.kind = PK_GATHER, .a = at(PK_INPUTS, 0, 1, 0, IN), .c = x}; n++;
  o[n] = (pk_operation){.kind = PK_GATHER, .a = at(PK_TARGETS, 0, 1, 0, OUT), .c = t}; n++;
  o[n] = (pk_operation){.kind = PK_PRODUCT, .form = PK_PLAIN, .function = activation, .epilogue = PK_EPILOGUE_ACTIVATE, .has_bias = 1, .a = x, .b = at(PK_PARAMETERS, w1, 0, IN, HIDDEN), .bias = at(PK_PARAMETERS, b1, 0, 1, HIDDEN), .c = a1}; n++;
  o[n] = (pk_operation){.kind = PK_PRODUCT, .form = PK_PLAIN, .has_bias = 1, .a = a1, .b = at(PK_PARAMETERS, w2, 0, HIDDEN, OUT), .bias = at(PK_PARAMETERS, b2, 0, 1, OUT), .c = z2}; n++;
  o[n] = (pk_operation){.kind = PK_LOSS, .function = PK_CROSS_ENTROPY_LOGITS, .reduction = PK_BY_ROWS, .a = z2, .b = t, .e = losses, .c = g2}; n++;
  o[n] = (pk_operation){.kind = PK_PRODUCT, .form = PK_RIGHT_TRANSPOSED, .function = activation, .epilogue = PK_EPILOGUE_DIFFERENTIATE, .a = g2, .b = at(PK_PARAMETERS, w2, 0, HIDDEN, OUT), .c = g1, .e = a1}; n++;
  o[n] = (pk_operation){.kind = PK_PRODUCT, .form = PK_LEFT_TRANSPOSED, .barrier = 1, .a = x, .b = g1, .c = at(PK_GRADIENT, w1, 0, IN, HIDDEN)}; n++;
  o[n] = (pk_operation){.kind = PK_SUM_ROWS, .a = g1, .c = at(PK_GRADIENT, b1, 0, 1, HIDDEN)}; n++;
  o[n] = (pk_operation){.kind = PK_PRODUCT, .form = PK_LEFT_TRANSPOSED, .a = a1, .b = g2, .c = at(PK_GRADIENT, w2, 0, HIDDEN, OUT)}; n++;
  o[n] = (pk_operation){.kind = PK_SUM_ROWS, .a = g2, .c = at(PK_GRADIENT, b2, 0, 1, OUT)}; n++;
  o[n] = (pk_operation){.kind = PK_TOTAL, .reduction = PK_BY_ROWS, .columns = OUT, .a = losses, .c = total}; n++;
  o[n] = (pk_operation){.kind = PK_UPDATE, .function = PK_ADAM, .barrier = 1, .count = COUNT, .constants = {0.9, 0.999, 1e-8}}; n++;
  pk_program program = {o, n, is_double, isa, 9000};
  double p1 = 1, p2 = 1;
  uint64_t hash = 1469598103934665603u;
  for (int s = 0; s < STEPS; s++) {
    p1 *= 0.9; p2 *= 0.999;
    pk_frame frame = {(void *const *)regions, NULL, 0, BATCH, {0.01 / (1 - p1), 1 / (1 - p2)}, NULL};
    frame.scratch = aligned_alloc(4096, (size_t)pk_scratch_bytes() * 4);
    pk_run(&program, &frame, pool);
    free(frame.scratch);
  }
  for (size_t i = 0; i < size * COUNT; i++) hash = (hash ^ (unsigned char)regions[PK_PARAMETERS][i]) * 1099511628211u;
  for (int r = 0; r < PK_REGION_COUNT; r++) free(regions[r]);
  return hash;
}

int main(void) {
  for (int d = 0; d < 2; d++) {
    for (int a = PK_RELU; a <= PK_SOFTMAX; a++) {
      pk_pool *pool = pk_pool_create(3);
      printf("%s activation %d: %016llx %016llx\n", d ? "double" : "float", a,
             (unsigned long long)train(d, pk_best_instruction_set(), a, NULL),
             (unsigned long long)train(d, pk_best_instruction_set(), a, pool));
      pk_pool_destroy(pool);
    }
  }
  return 0;
}

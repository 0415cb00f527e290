// Trains a small network with the kernels alone, for every activation, in Float and Double, with
// units and with samples in lanes, on one and on three threads, and prints a hash of the trained
// parameters; then predicts, and prints a hash of the outputs. Compiled for x86-64 and for
// arm64 it must print the same: see `Scripts/prove neon`.
#include "PerceptronKernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 13, INPUTS = 37, HIDDEN = 51, OUTPUTS = 5, STEPS = 20 };
enum { W1 = 0, B1 = INPUTS * HIDDEN, W2 = B1 + HIDDEN, B2 = W2 + HIDDEN * OUTPUTS };
enum { COUNT = B2 + OUTPUTS, LOSS = 9000, WORKSPACE = 40000 };
#define SLOPE 0.3  // of leaky ReLU; the alpha of ELU

static uint64_t state;

// The next number in [-1, 1).
static double draw(void) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (double)(int32_t)(state >> 32) / 2147483648.0;
}

// The caller's matrix.
static pk_operand source(int region, long columns) {
  return (pk_operand){.region = region, .is_batch = 1, .columns = columns, .stride = columns};
}

static pk_operand batch(long offset, long columns) {
  return (pk_operand){.region = PK_WORKSPACE, .is_batch = 1, .offset = offset, .columns = columns,
                      .stride = columns};
}

static pk_operand fixed(int region, long offset, long rows, long columns) {
  return (pk_operand){.region = region, .offset = offset, .rows = rows, .columns = columns,
                      .stride = columns};
}

static pk_operation product(int form, pk_operand a, pk_operand b, pk_operand c) {
  return (pk_operation){.kind = PK_PRODUCT, .form = form, .a = a, .b = b, .c = c};
}

// Whether the activation's derivative is written in the pre-activation, as in Activation.swift.
static int reads_input(int activation) {
  return (activation >= PK_ELU && activation <= PK_MISH) || activation == PK_SOFTSIGN ||
         activation == PK_HARD_SIGMOID || activation == PK_HARD_SWISH;
}

// Forward, cross-entropy, backward and Adam of a network with one hidden layer.
static int32_t plan(pk_operation *list, int activation) {
  pk_operand x = batch(0, INPUTS), t = batch(1000, OUTPUTS);
  pk_operand a1 = batch(2000, HIDDEN), z2 = batch(4000, OUTPUTS), z1 = batch(10000, HIDDEN);
  pk_operand g2 = batch(5000, OUTPUTS), g1 = batch(6000, HIDDEN);
  pk_operand losses = batch(8000, 1), total = fixed(PK_WORKSPACE, LOSS, 1, 1);
  pk_operand w1 = fixed(PK_PARAMETERS, W1, INPUTS, HIDDEN);
  pk_operand w2 = fixed(PK_PARAMETERS, W2, HIDDEN, OUTPUTS);
  pk_operation *o = list;
  *o++ = (pk_operation){.kind = PK_GATHER, .a = source(PK_INPUTS, INPUTS), .c = x};
  *o++ = (pk_operation){.kind = PK_GATHER, .a = source(PK_TARGETS, OUTPUTS), .c = t};
  *o = product(PK_PLAIN, x, w1, reads_input(activation) ? z1 : a1);
  if (!reads_input(activation)) o->epilogue = PK_EPILOGUE_ACTIVATE;
  o->function = activation;
  o->constants[0] = SLOPE;
  o->has_bias = 1;
  o++->bias = fixed(PK_PARAMETERS, B1, 1, HIDDEN);
  if (reads_input(activation)) {
    *o++ = (pk_operation){.kind = PK_ACTIVATE, .function = activation, .constants = {SLOPE},
                          .a = z1, .c = a1};
  }
  *o = product(PK_PLAIN, a1, w2, z2);
  o->has_bias = 1;
  o++->bias = fixed(PK_PARAMETERS, B2, 1, OUTPUTS);
  *o++ = (pk_operation){.kind = PK_LOSS, .function = PK_CROSS_ENTROPY_LOGITS,
                        .reduction = PK_BY_ROWS, .a = z2, .b = t, .e = losses, .c = g2};
  *o = product(PK_RIGHT_TRANSPOSED, g2, w2, g1);
  o->epilogue = PK_EPILOGUE_DIFFERENTIATE;
  o->function = activation;
  o->constants[0] = SLOPE;
  o++->e = reads_input(activation) ? z1 : a1;
  *o = product(PK_LEFT_TRANSPOSED, x, g1, fixed(PK_GRADIENT, W1, INPUTS, HIDDEN));
  o->barrier = 1;
  o->has_bias = 1;
  o++->bias = fixed(PK_GRADIENT, B1, 1, HIDDEN);
  *o = product(PK_LEFT_TRANSPOSED, a1, g2, fixed(PK_GRADIENT, W2, HIDDEN, OUTPUTS));
  o->has_bias = 1;
  o++->bias = fixed(PK_GRADIENT, B2, 1, OUTPUTS);
  *o++ = (pk_operation){.kind = PK_TOTAL, .reduction = PK_BY_ROWS, .columns = OUTPUTS,
                        .a = losses, .c = total};
  *o++ = (pk_operation){.kind = PK_UPDATE, .function = PK_ADAM, .barrier = 1, .count = COUNT,
                        .constants = {0.999, 1e-8}};
  return (int32_t)(o - list);
}

static void set(char *numbers, int is_double, long index, double value) {
  if (is_double) ((double *)numbers)[index] = value;
  else ((float *)numbers)[index] = (float)value;
}

static char *zeros(size_t bytes) {
  bytes = (bytes + 8191) / 4096 * 4096;
  return memset(aligned_alloc(4096, bytes), 0, bytes);
}

// `block` is 0, or how many examples lie side by side.
static uint64_t train(int is_double, int activation, int block, pk_pool *pool) {
  const size_t size = is_double ? sizeof(double) : sizeof(float);
  const long counts[PK_REGION_COUNT] = {
      [PK_PARAMETERS] = COUNT,   [PK_GRADIENT] = COUNT,     [PK_FIRST_STATE] = COUNT,
      [PK_SECOND_STATE] = COUNT, [PK_INPUTS] = BATCH * INPUTS, [PK_TARGETS] = BATCH * OUTPUTS,
      [PK_WORKSPACE] = WORKSPACE};
  char *regions[PK_REGION_COUNT];
  for (int r = 0; r < PK_REGION_COUNT; r++) regions[r] = zeros(size * (size_t)counts[r]);
  state = 7;
  for (long i = 0; i < COUNT; i++) set(regions[PK_PARAMETERS], is_double, i, 0.4 * draw());
  for (long i = 0; i < BATCH * INPUTS; i++) set(regions[PK_INPUTS], is_double, i, 2 * draw());
  for (long i = 0; i < BATCH; i++) {
    set(regions[PK_TARGETS], is_double, i * OUTPUTS + i % OUTPUTS, 1);
  }
  pk_operation list[16];
  pk_program program = {.operations = list,
                        .count = plan(list, activation),
                        .is_double = is_double,
                        .instruction_set = pk_best_instruction_set(),
                        .loss_region_index = LOSS};
  pk_lanes *lanes = NULL;
  if (block) lanes = pk_lanes_create(&program, (void *const *)regions, block);
  program.lanes = lanes;
  pk_frame frame = {.regions = (void *const *)regions, .rows = BATCH};
  frame.scratch = zeros((size_t)pk_scratch_bytes() * 3);
  frame.scratch_bytes = pk_scratch_bytes();
  double power1 = 1, power2 = 1;
  for (int step = 0; step < STEPS; step++) {
    power1 *= 0.9;
    power2 *= 0.999;
    frame.coefficients[0] = 0.01 / (1 - power1);
    frame.coefficients[1] = 1 / (1 - power2);
    frame.coefficients[2] = 0.9;
    pk_run(&program, &frame, pool, NULL);
  }
  uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a
  for (size_t i = 0; i < size * COUNT; i++) {
    hash = (hash ^ (unsigned char)regions[PK_PARAMETERS][i]) * 0x100000001b3u;
  }
  pk_lanes_destroy(lanes);
  free(frame.scratch);
  for (int r = 0; r < PK_REGION_COUNT; r++) free(regions[r]);
  return hash;
}

// A prediction of a network whose widths end inside registers, tiles and panels.
static uint64_t predict(int is_double, int64_t rows, pk_pool *pool) {
  enum { LAYERS = 4, WIDTH = 144, MOST = 40 };
  static const int64_t units[LAYERS + 1] = {29, 70, 129, 16, 3};
  const size_t size = is_double ? sizeof(double) : sizeof(float);
  pk_layer layers[LAYERS];
  int64_t end = 0;
  for (int l = 0; l < LAYERS; l++) {
    const int64_t weights = pk_padded(units[l + 1], is_double) * units[l];
    layers[l] = (pk_layer){.inputs = units[l], .units = units[l + 1], .weights = end,
                           .bias = end + weights, .activation = l ? PK_TANH_ACTIVATION : PK_RELU};
    end += weights + pk_padded(units[l + 1], is_double);
  }
  char *packed = zeros(size * (size_t)(end + 64)), *numbers = zeros(size * 70 * 129);
  char *x = zeros(size * MOST * 29), *y = zeros(size * MOST * 3);
  state = 11;
  for (int l = 0; l < LAYERS; l++) {
    for (long i = 0; i < units[l] * units[l + 1]; i++) set(numbers, is_double, i, 0.4 * draw());
    pk_pack_layer(&layers[l], is_double, numbers, numbers, packed);
  }
  for (long i = 0; i < rows * 29; i++) set(x, is_double, i, 2 * draw());
  const pk_network network = {.layers = layers, .packed = packed,
                              .buffers = zeros(size * 2 * 16 * WIDTH * 3), .width = WIDTH,
                              .block = 16, .count = LAYERS, .is_double = is_double,
                              .instruction_set = pk_best_instruction_set()};
  pk_predict(&network, x, y, rows, pool, NULL);
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < size * (size_t)rows * 3; i++) {
    hash = (hash ^ (unsigned char)y[i]) * 0x100000001b3u;
  }
  free(packed);
  free(numbers);
  free(x);
  free(y);
  free(network.buffers);
  return hash;
}

int main(void) {
  for (int is_double = 0; is_double < 2; is_double++) {
    for (int64_t rows = 1; rows <= 40; rows += 13) {
      pk_pool *pool = pk_pool_create(3);
      printf("%s, prediction of %d rows: %016llx on one thread, %016llx on three\n",
             is_double ? "double" : "float", (int)rows,
             (unsigned long long)predict(is_double, rows, NULL),
             (unsigned long long)predict(is_double, rows, pool));
      pk_pool_destroy(pool);
    }
  }
  for (int kind = 0; kind < 6; kind++) {
    static const int blocks[] = {0, 4, 16};
    const int is_double = kind % 2, block = blocks[kind / 2];
    for (int activation = PK_IDENTITY; activation <= PK_EXPONENTIAL; activation++) {
      pk_pool *pool = pk_pool_create(3);
      printf("%s, blocks of %d, activation %d: %016llx on one thread, %016llx on three\n",
             is_double ? "double" : "float", block, activation,
             (unsigned long long)train(is_double, activation, block, NULL),
             (unsigned long long)train(is_double, activation, block, pool));
      pk_pool_destroy(pool);
    }
  }
  return 0;
}

// The kernels behind a plan: the whole list of operations of a training step runs in one call.
//
// Everything here is a value or a pointer the caller owns. Nothing allocates after pk_pool_create.
#ifndef PERCEPTRON_KERNELS_H
#define PERCEPTRON_KERNELS_H

#include "PerceptronElementary.h"
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Instruction sets, in rising order. PK_PORTABLE is what the compiler's target has by itself; on
// arm64 that is NEON with fused multiply-add.
enum { PK_PORTABLE = 0, PK_AVX2 = 1, PK_AVX512 = 2 };

// The best instruction set this processor has.
int pk_best_instruction_set(void);

// The cores this process may use, at least 1: on Linux those of its affinity mask, but no more than
// its control groups leave it time for; elsewhere all of them. It reads files: call it once.
int pk_processor_count(void);

// How many cores' time the control groups of this process leave it, rounded up: the least of
// quota / period of its group and those around it, INT_MAX without a limit. The files are those
// below the folder `root`, "" for the system's.
int pk_processors_of_groups(const char *root);

// The memory regions of a frame; the order of `Region` in Swift.
enum {
  PK_PARAMETERS,
  PK_GRADIENT,
  PK_FIRST_STATE,
  PK_SECOND_STATE,
  PK_THIRD_STATE,
  PK_INPUTS,
  PK_TARGETS,
  PK_SAMPLE_WEIGHTS,  // a number for each of the caller's rows
  PK_WORKSPACE,
  PK_INPUT_BATCH,  // the batch's rows: what PK_GATHER makes, or where they are already
  PK_TARGET_BATCH,
  PK_REGION_COUNT
};

// Operations. The comments name the operands.
enum {
  PK_GATHER,         // a: rows of the caller's matrix -> c
  PK_PRODUCT,        // a, b, bias -> c; epilogue reads e; aᵀ b -> c, sum of b's rows -> bias
  PK_SUM_ROWS,       // a -> c
  PK_ACTIVATE,       // a -> c
  PK_DIFFERENTIATE,  // a: output gradient, e: output, or pre-activation -> c
  PK_LOSS,           // a: output, b: targets (bias: for 1 - targets) -> e: element losses, c: gradient
  PK_TOTAL,          // a: element losses (bias: the factor) -> c: one number
  PK_TRANSFORM_TARGETS,  // a: targets, b, e: weights -> c, and bias for 1 - targets; see weights.inc
  PK_WEIGH_ROWS,  // a: losses, c: gradient, b: the caller's targets, e: class weights -> bias: factor
  // Between the gradient and the update; constants[0] is the number of each.
  PK_PENALIZE,     // c: a stretch of the gradient; constants[0]: L1, constants[1]: L2
  PK_SUM_SQUARES,  // the gradient -> c: the sum of squares of every PK_NORM_BLOCK entries
  PK_CLIP_NORM,    // a: those sums; the gradient's norm becomes constants[0] at most
  PK_CLIP_VALUE,   // the gradient's entries become constants[0] at most
  PK_SHRINK,       // c: a stretch of the parameters; constants[0]: the decay
  PK_UPDATE,       // all parameters, gradient and state; or those of the gradient c
  PK_CALL          // calls back for a share of a's rows: the batch's, or so many
};

// What a mean over weighted rows is divided by.
enum { PK_DIVIDED_BY_WEIGHTS, PK_DIVIDED_BY_ROWS };

// What PK_GATHER does with an entry; a byte becomes the number byte / constants[0].
enum { PK_COPY_NUMBERS, PK_BYTES_TO_NUMBERS };

enum { PK_PLAIN, PK_LEFT_TRANSPOSED, PK_RIGHT_TRANSPOSED };

enum { PK_NO_EPILOGUE, PK_EPILOGUE_ACTIVATE, PK_EPILOGUE_DIFFERENTIATE };

enum {
  PK_IDENTITY,
  PK_RELU,
  PK_SIGMOID_ACTIVATION,
  PK_TANH_ACTIVATION,
  PK_SOFTMAX,
  PK_SIGN,
  PK_HEAVISIDE,
  PK_LEAKY_RELU,
  PK_ELU,
  PK_SELU,
  PK_GELU,
  PK_GELU_TANH,
  PK_SILU,
  PK_MISH,
  PK_SOFTPLUS_ACTIVATION,
  PK_SOFTSIGN,
  PK_HARD_SIGMOID,
  PK_HARD_TANH,
  PK_HARD_SWISH,
  PK_RELU6,
  PK_EXPONENTIAL
};

enum {
  PK_HALF_SQUARED_ERROR,
  PK_SQUARED_ERROR,
  PK_BINARY_CROSS_ENTROPY,
  PK_BINARY_CROSS_ENTROPY_LOGITS,
  PK_ABSOLUTE_ERROR,
  PK_QUANTILE,
  PK_HUBER,
  PK_LOG_COSH,
  PK_POISSON,
  PK_HINGE,
  PK_SQUARED_HINGE,
  PK_BINARY_FOCAL_LOGITS,
  PK_FIRST_ROW_LOSS,  // from here on a loss is of a row
  PK_CROSS_ENTROPY = PK_FIRST_ROW_LOSS,
  PK_CROSS_ENTROPY_LOGITS,
  PK_CROSS_ENTROPY_LOGITS_UNNORMALISED,
  PK_KL_DIVERGENCE,
  PK_KL_DIVERGENCE_LOGITS,
  PK_FOCAL_LOGITS
};

enum { PK_BY_ROWS, PK_BY_ELEMENTS, PK_BY_NOTHING };

enum {
  PK_SGD,
  PK_MOMENTUM,
  PK_NESTEROV,
  PK_ADAM,
  PK_DAMPED_MOMENTUM,
  PK_AMSGRAD,
  PK_ADAMAX,
  PK_NADAM,
  PK_RADAM,
  PK_RMSPROP,
  PK_RMSPROP_MOMENTUM,
  PK_RMSPROP_CENTERED,
  PK_RMSPROP_CENTERED_MOMENTUM,
  PK_ADAGRAD,
  PK_ADADELTA,
  PK_LION
};

enum { PK_NORM_BLOCK = 4096 };

// A matrix inside a region, row-major.
typedef struct {
  int32_t region;
  int32_t is_batch;  // the rows are those of the batch, `rows` does not count
  int64_t offset;    // entries from the region's base
  int64_t rows;
  int64_t columns;
  int64_t stride;  // entries from row to row
} pk_operand;

typedef struct {
  int32_t kind;
  int32_t form;       // of a product; what PK_WEIGH_ROWS divides by
  int32_t function;   // activation, loss or optimizer, or what PK_GATHER does; have classes weights?
  int32_t epilogue;   // of a product
  int32_t reduction;  // of a loss
  int32_t barrier;    // threads wait for one another before this operation
  int32_t has_bias;
  int32_t has_weights;  // of PK_WEIGH_ROWS: the caller's
  int32_t columns;  // of the loss's output, for PK_TOTAL
  // Of a product or an update: threads own columns, not rows. The columns that a thread owns of a
  // parameter lie together then: all rows of the first thread's, all rows of the second's, …
  int32_t by_columns;
  int32_t repeated;    // of a gather or a total: every thread does all of it for itself
  int64_t count;    // of parameters, for PK_UPDATE
  int32_t guarded;  // of PK_CALL: left out when the loss is not a finite number
  pk_operand a, b, c, e, bias;
  // Of PK_UPDATE: decay of the second moment, epsilon, start of PK_ADAGRAD; of an activation or a loss:
  // its parameter.
  double constants[3];
  void (*call)(void *context, int64_t count, int64_t first, int64_t last);
  void *context;
} pk_operation;

// A program whose batch matrices lie in blocks of examples, see lanes.inc; it runs on one memory.
typedef struct pk_lanes pk_lanes;

typedef struct {
  const pk_operation *operations;
  int32_t count;
  int32_t is_double;
  int32_t instruction_set;
  int32_t loss_region_index;  // entry of the workspace that holds the loss, -1 without one
  int32_t column_parts;       // for how many threads parameters lie by columns; 0 for all there are
  int64_t multiply_adds;      // a row
  const pk_lanes *lanes;      // or NULL
} pk_program;

// What differs from call to call.
typedef struct {
  void *const *regions;  // PK_REGION_COUNT base addresses
  const int32_t *order;  // row numbers of the batch, or NULL: first_row and those that follow
  int64_t first_row;
  int64_t rows;
  double coefficients[5];  // of the optimizer in this step, see UpdateCoefficients in Swift
  // Of each thread scratch_bytes: pk_scratch_bytes(), and room for the inputs where each gathers them
  // for itself.
  void *scratch;
  int64_t scratch_bytes;
} pk_frame;

// Bytes of scratch each thread needs.
int64_t pk_scratch_bytes(void);

// Memory of this size and more is worth large pages.
enum { PK_LARGE_PAGES_FROM = 4 << 20, PK_LARGE_PAGE = 2 << 20 };

// Asks the system to back fresh memory by large pages, on Linux and when it is large: touching it
// then costs one page fault in 2 MB, not one in 4 kB.
void pk_use_large_pages(void *memory, int64_t bytes);

typedef struct pk_mapping pk_mapping;

// Maps the first `count` bytes of an open file, at least one, to be read; NULL where that cannot be
// had. Bytes that are cut off the file later read as zeros: the first mapping of a process installs a
// handler of SIGBUS for that, which passes on what is not its own.
pk_mapping *pk_map_file(int descriptor, int64_t count);
void pk_unmap_file(pk_mapping *mapping);
const uint8_t *pk_mapping_bytes(const pk_mapping *mapping);

// Whether bytes were read that were not there any more.
int pk_mapping_is_cut(const pk_mapping *mapping);

// The part [first, last) of `count` that belongs to a thread, in multiples of `grain`.
static inline void pk_part_of(long count, long grain, int thread, int threads, long *first,
                              long *last) {
  *first = 0;
  *last = count;
  if (threads == 1) return;
  const long grains = (count + grain - 1) / grain;
  const long from = grains * thread / threads * grain;
  const long to = grains * (thread + 1) / threads * grain;
  *first = from < count ? from : count;
  *last = to < count ? to : count;
}

typedef struct pk_pool pk_pool;

// A pool for `threads` threads, the caller among them; NULL when they cannot be had.
pk_pool *pk_pool_create(int threads);
void pk_pool_destroy(pk_pool *pool);

// The program for blocks of `block` examples, 4 or 16; NULL without memory for it. `regions` are
// those of the frames it will run with, but for inputs and targets.
pk_lanes *pk_lanes_create(const pk_program *program, void *const *regions, int block);
void pk_lanes_destroy(pk_lanes *lanes);

// What has been learnt about a pool, in nanoseconds; zero to begin with. See pace.c.
typedef struct {
  double last;         // when the last call ended
  double burst;        // how long the burst's calls have taken alone
  double rest, rest_until;
  double loss;         // what threads have cost of late
  double alone[2];     // a multiply-add, for calls of two kinds
  int32_t measured[2];
} pk_pace;

// Runs the program once: on the caller's thread when pool is NULL, on all threads of the pool when pace
// is NULL, and on either as pays when neither is.
void pk_run(const pk_program *program, const pk_frame *frame, pk_pool *pool, pk_pace *pace);

// Calls the function for [0, count) on the pool's threads, each with its share.
void pk_share(pk_pool *pool, int64_t count, void (*function)(void *, int64_t first, int64_t last),
              void *argument);

// sum += part, and product = numbers * factor in the precision of both, entry by entry: on the
// caller's thread when pool is NULL, on all threads of the pool when pace is NULL, and on either as pays
// when neither is. A sum and its part do not overlap; a product may be its own numbers.
void pk_add(void *sum, const void *part, int64_t count, int is_double, pk_pool *pool, pk_pace *pace);
void pk_multiply(void *product, const void *numbers, double factor, int64_t count, int is_double,
                 pk_pool *pool, pk_pace *pace);

// --- Prediction: the forward pass alone, with weights that were brought into panels once.

// A dense layer: where it lies in the packed memory, in entries, see forward.inc.
typedef struct {
  int64_t inputs, units;
  int64_t weights, bias;
  double parameter;  // of the activation
  int32_t activation;
} pk_layer;

typedef struct {
  const pk_layer *layers;
  const void *packed;
  void *buffers;   // 2 * block * width entries for each thread, on a cache line
  int64_t width;   // entries from row to row of the buffers: those of the widest layer, or the inputs
  int64_t block;   // rows a thread takes through all layers at a time, a multiple of 16
  int64_t multiply_adds;  // a row
  int32_t count;
  int32_t is_double;
  int32_t instruction_set;
  int32_t is_narrow;  // 16 inputs and units to a layer at most: many rows run with samples in lanes
} pk_network;

// Columns of a layer with so many units, rounded up to whole cache lines.
int64_t pk_padded(int64_t units, int is_double);

// Copies weights [inputs x units] and a bias, NULL for none, to the layer's place.
void pk_pack_layer(const pk_layer *layer, int is_double, const void *weights, const void *bias,
                   void *packed);

// The outputs [rows x units of the last layer] for inputs [rows x inputs]: on the caller's thread when
// pool is NULL, on all threads of the pool when pace is NULL, and on either as pays when neither is.
void pk_predict(const pk_network *network, const void *inputs, void *outputs, int64_t rows,
                pk_pool *pool, pk_pace *pace);

#ifdef __cplusplus
}
#endif

#endif

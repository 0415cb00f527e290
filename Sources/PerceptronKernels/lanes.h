// A program with samples in lanes, its addresses looked up once: what a step of a small network
// would otherwise spend most of its time on.
#ifndef PERCEPTRON_LANES_H
#define PERCEPTRON_LANES_H

#include "threads.h"

// What is summed without a factor beside the products.
enum { PK_NO_SUMS, PK_WIDE_SUMS, PK_NARROW_SUMS };

typedef struct {
  const pk_frame *frame;
  double factor;  // of the loss
} pk_lanes_call;

// An operation on the batch's rows, for blocks [first, last) of them.
typedef struct pk_lanes_step {
  void (*run)(const struct pk_lanes_step *, const pk_lanes_call *, long first, long last);
  const void *a, *b, *bias, *e;
  void *c, *losses;
  int64_t a_columns, c_columns;  // of the matrices, from one block to the next
  int64_t columns;               // of what the step computes or reads
  int64_t stride;                // of b, or of the caller's matrix
  int64_t offset;                // of the caller's matrix
  double parameter;              // of the activation or the loss
  int32_t region;
  int32_t function;
  int32_t relu;   // of a product: z <= 0 becomes 0
  int32_t masks;  // of a product: becomes 0 where e <= 0
} pk_lanes_step;

// Sums over examples: result[n][w] = sum of narrow[n] * wide[w], and of wide[w] or narrow[0] alone.
// The wide matrix's columns are what lies in lanes.
typedef struct {
  const void *wide, *narrow;
  int64_t wide_columns, narrow_columns;  // of the matrices, from one block to the next
  int64_t wide_count, narrow_count;
  int64_t stride;  // of the result, from one narrow column to the next
  void *result, *sums;
  int32_t width;  // lanes: 4, 8 or 16
  int32_t sums_narrow;
  void (*pair)(void);  // this sum and the next one together, or NULL
} pk_lanes_sum;

struct pk_lanes {
  void (*execute)(const pk_lanes *, const pk_frame *, int thread, int threads, pk_pool *pool);
  pk_lanes_step *steps;
  pk_lanes_sum *sums;
  int64_t step_count, sum_count;
  const pk_operation *total, *rules, *update;  // rules: what comes before the update, or NULL
  const void *losses;
  void *loss;
  int64_t loss_columns;  // of the element losses
};

#endif

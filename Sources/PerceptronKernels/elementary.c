// The elementary functions for Swift and for the tests: one number, or an array of them; with them
// what else is done entry by entry.
//
// This file is also the family it instantiates: the second part is compiled once per pass.
#ifndef ELEMENTARY_PASS
#define ELEMENTARY_PASS

#include "numeric.h"
#include "include/PerceptronElementary.h"

#define FAMILY "elementary.c"
#include "instantiate.h"

#if defined(__x86_64__)
#define ON_ISA(name, isa, ...) \
  (isa == 2 ? name##_avx512(__VA_ARGS__) \
   : isa == 1 ? name##_avx2(__VA_ARGS__) : name##_portable(__VA_ARGS__))
#else
#define ON_ISA(name, isa, ...) ((void)isa, name##_portable(__VA_ARGS__))
#endif

void pk_map_f32(int function, int isa, const float *x, float *y, long n) {
  ON_ISA(pk_map_f32, isa, function, x, y, n);
}

void pk_map_f64(int function, int isa, const double *x, double *y, long n) {
  ON_ISA(pk_map_f64, isa, function, x, y, n);
}

void pk_combine(int function, int is_double, int isa, const void *a, const void *b, long b_step,
                void *c, long n) {
  if (is_double) {
    ON_ISA(pk_combine_f64, isa, function, a, b, b_step, c, n);
  } else {
    ON_ISA(pk_combine_f32, isa, function, a, b, b_step, c, n);
  }
}

// One number: every lane holds it, lane 0 is the result.
#define SCALAR(name) \
  float pk_##name##_f32(float x) { \
    return pk_##name##_f32_portable(pk_splat_f32_portable(x))[0]; \
  } \
  double pk_##name##_f64(double x) { \
    return pk_##name##_f64_portable(pk_splat_f64_portable(x))[0]; \
  }
SCALAR(exp)
SCALAR(expm1)
SCALAR(log)
SCALAR(log1p)
SCALAR(tanh)
SCALAR(sigmoid)
SCALAR(softplus)
SCALAR(normal)
SCALAR(normal_density)

#else

#include "elementary.inc"
#include "entries.inc"

// Whole registers from x to y; the last, shorter one by way of a temporary.
#define MAP_ONE(name) \
  PK_NOINLINE void PK(map_##name)(const T *x, T *y, long n) { \
    long i = 0; \
    for (; i + LANES <= n; i += LANES) store_v(y + i, PK(name)(load_v(x + i))); \
    if (i == n) return; \
    T rest[LANES] = {0}; \
    for (long j = i; j < n; j++) rest[j - i] = x[j]; \
    store_v(rest, PK(name)(load_v(rest))); \
    for (long j = i; j < n; j++) y[j] = rest[j - i]; \
  }
MAP_ONE(exp)
MAP_ONE(expm1)
MAP_ONE(log)
MAP_ONE(log1p)
MAP_ONE(tanh)
MAP_ONE(sigmoid)
MAP_ONE(softplus)
MAP_ONE(normal)
MAP_ONE(normal_density)
#undef MAP_ONE

PK_NOINLINE void PK(map)(int function, const T *x, T *y, long n) {
  switch (function) {
  case PK_EXP: PK(map_exp)(x, y, n); break;
  case PK_EXPM1: PK(map_expm1)(x, y, n); break;
  case PK_LOG: PK(map_log)(x, y, n); break;
  case PK_LOG1P: PK(map_log1p)(x, y, n); break;
  case PK_TANH: PK(map_tanh)(x, y, n); break;
  case PK_SIGMOID: PK(map_sigmoid)(x, y, n); break;
  case PK_SOFTPLUS: PK(map_softplus)(x, y, n); break;
  case PK_NORMAL: PK(map_normal)(x, y, n); break;
  case PK_NORMAL_DENSITY: PK(map_normal_density)(x, y, n); break;
  case PK_ENTRY_RELU: PK(map_relu)(x, y, n); break;
  case PK_ENTRY_SQUARE_ROOT: PK(map_square_root)(x, y, n); break;
  case PK_ENTRY_SQUARE: PK(map_square)(x, y, n); break;
  case PK_ENTRY_ABSOLUTE: PK(map_absolute)(x, y, n); break;
  case PK_ENTRY_RECIPROCAL: PK(map_reciprocal)(x, y, n); break;
  case PK_ENTRY_RECIPROCAL_OR_ZERO: PK(map_reciprocal_or_zero)(x, y, n); break;
  case PK_ENTRY_STEP: PK(map_step)(x, y, n); break;
  case PK_ENTRY_SIGN: PK(map_sign)(x, y, n); break;
  case PK_ENTRY_SIGNUM: PK(map_signum)(x, y, n); break;
  }
}

#endif

// What the machine can do at most: fused multiply-adds a second, bytes a second. floor.inc is compiled
// once for each vector width of the processor family.
#include "MachineFloor.h"

#define FUSED_ONE(a, b, c) __builtin_elementwise_fma(a, b, c)

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx512f"))), apply_to = function)
#define KIND(name) avx512_##name
#define VECTOR 16
#define CHAINS 16
#define FUSED FUSED_ONE
#include "floor.inc"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define KIND(name) avx2_##name
#define VECTOR 8
#define CHAINS 12
#define FUSED FUSED_ONE
#include "floor.inc"
#pragma clang attribute pop

#define KIND(name) sse2_##name
#define VECTOR 4
#define CHAINS 12
#define FUSED(a, b, c) ((a) * (b) + (c))
#include "floor.inc"

int mf_kinds(void) { return 3; }

int mf_has(int kind) {
  switch (kind) {
  case 0: return __builtin_cpu_supports("avx512f");
  case 1: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  default: return kind == 2;
  }
}

const char *mf_name(int kind) { return kind == 0 ? "avx512" : kind == 1 ? "avx2" : "sse2"; }

double mf_multiply_add(int kind, long rounds) {
  switch (kind) {
  case 0: return avx512_multiply_add(rounds);
  case 1: return avx2_multiply_add(rounds);
  default: return sse2_multiply_add(rounds);
  }
}

float mf_read(int kind, const float *values, size_t count, int times) {
  switch (kind) {
  case 0: return avx512_read(values, count, times);
  case 1: return avx2_read(values, count, times);
  default: return sse2_read(values, count, times);
  }
}

#else

#define KIND(name) neon_##name
#define VECTOR 4
#define CHAINS 24
#define FUSED FUSED_ONE
#include "floor.inc"

int mf_kinds(void) { return 1; }

int mf_has(int kind) { return kind == 0; }

const char *mf_name(int kind) {
  (void)kind;
  return "neon";
}

double mf_multiply_add(int kind, long rounds) {
  (void)kind;
  return neon_multiply_add(rounds);
}

float mf_read(int kind, const float *values, size_t count, int times) {
  (void)kind;
  return neon_read(values, count, times);
}

#endif

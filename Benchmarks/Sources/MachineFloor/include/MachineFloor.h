#ifndef MACHINE_FLOOR_H
#define MACHINE_FLOOR_H

#include <stddef.h>

/// The vector widths the loops are compiled for. A machine can have several; the fastest counts.
int mf_kinds(void);

/// Whether this processor has kind 0 … mf_kinds() - 1.
int mf_has(int kind);

/// `avx512`, `avx2`, `neon`, `sse2`.
const char *mf_name(int kind);

/// Runs independent chains of fused multiply-adds in Float, `rounds` long.
///
/// Returns the number of floating-point operations; a multiply-add counts two.
double mf_multiply_add(int kind, long rounds);

/// Reads `count` floats, a multiple of 256, from an address divisible by 64, `times` times.
///
/// Returns a number that depends on all of them.
float mf_read(int kind, const float *values, size_t count, int times);

#endif

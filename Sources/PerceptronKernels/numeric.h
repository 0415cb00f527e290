// First include of every C file: what "the same bits" rests on.
//
// A product and a sum are never fused unless the source says `fma`; nothing is reassociated.
#ifndef PERCEPTRON_NUMERIC_H
#define PERCEPTRON_NUMERIC_H

#pragma STDC FP_CONTRACT OFF

#if defined(__FAST_MATH__)
#error "the kernels must not be compiled with -ffast-math: results would depend on the machine"
#endif

#include <stdint.h>
#include <stddef.h>

#define PK_INLINE static inline __attribute__((always_inline, unused))
#define PK_NOINLINE static __attribute__((noinline, unused))

// A function with many uses. Without optimisation, inlining it would cost time and gain none.
#ifdef __OPTIMIZE__
#define PK_SHARED PK_INLINE
#else
#define PK_SHARED PK_NOINLINE
#endif

#define PK_UNROLL _Pragma("clang loop unroll(full)")
#define PK_UNROLLED_BY_4 _Pragma("clang loop unroll_count(4)")

// A loop of few turns, which vectors would only make longer.
#define PK_PLAIN_LOOP _Pragma("clang loop vectorize(disable) interleave(disable) unroll(disable)")

#define PK_JOIN_(a, b) a##b
#define PK_JOIN(a, b) PK_JOIN_(a, b)

#endif

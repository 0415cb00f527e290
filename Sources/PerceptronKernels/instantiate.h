// Compiles one family (the file named by FAMILY) for both number types and every instruction set.
//
//   #define FAMILY "elementwise.inc"
//   #include "instantiate.h"
//
// Each pass starts with "vector.h", which gives the family its types and names: T, LANES, V, I and
// PK(name), which appends the number type and instruction set: `pk_exp_f32_avx512`. With PK_NARROW
// the registers have 16 bytes everywhere, and the names end in `_narrow`.
#include "numeric.h"

#define PK_BYTES 16
#ifdef PK_NARROW
#define PK_ISA portable_narrow
#else
#define PK_ISA portable
#endif
#define PK_F32 1
#include "vector.h"
#include FAMILY
#include "vector_end.h"
#define PK_F32 0
#include "vector.h"
#include FAMILY
#include "vector_end.h"
#undef PK_ISA
#undef PK_BYTES

#if defined(__x86_64__)

#ifdef PK_NARROW
#define PK_ISA avx2_narrow
#define PK_BYTES 16
#else
#define PK_ISA avx2
#define PK_BYTES 32
#endif
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define PK_F32 1
#include "vector.h"
#include FAMILY
#include "vector_end.h"
#define PK_F32 0
#include "vector.h"
#include FAMILY
#include "vector_end.h"
#pragma clang attribute pop
#undef PK_ISA
#undef PK_BYTES

#ifdef PK_NARROW
#define PK_ISA avx512_narrow
#define PK_BYTES 16
#else
#define PK_ISA avx512
#define PK_BYTES 64
#endif
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma"))), apply_to = function)
#define PK_F32 1
#include "vector.h"
#include FAMILY
#include "vector_end.h"
#define PK_F32 0
#include "vector.h"
#include FAMILY
#include "vector_end.h"
#pragma clang attribute pop
#undef PK_ISA
#undef PK_BYTES

#endif

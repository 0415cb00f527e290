// The vocabulary of a family, for one number type and one instruction set. See instantiate.h.
//
//   T            float or double              TI        int32_t or int64_t
//   V, VI        a register of LANES T or TI, unaligned loads and stores allowed
//   PK(name)     pk_name_f32_avx512
//   splat(x)     V with every lane x          fma_v(a, b, c)   a*b + c, one rounding, lane by lane
//   select_v(m, a, b)   a where the mask m is all ones, b where it is zero
#if PK_F32
#define T float
#define TI int32_t
#define PK_TYPE f32
#define fma_t(a, b, c) __builtin_fmaf((a), (b), (c))
#define sqrt_t(a) __builtin_sqrtf(a)
#define LANES (PK_BYTES / 4)
#else
#define T double
#define TI int64_t
#define PK_TYPE f64
#define fma_t(a, b, c) __builtin_fma((a), (b), (c))
#define sqrt_t(a) __builtin_sqrt(a)
#define LANES (PK_BYTES / 8)
#endif

// Sums over a row use this many partial sums on every instruction set (DESIGN: fixed tree).
#define TREE_LANES (PK_F32 ? 16 : 8)

#define PK_NAME_(name, type, isa) pk_##name##_##type##_##isa
#define PK_NAME(name, type, isa) PK_NAME_(name, type, isa)
#define PK(name) PK_NAME(name, PK_TYPE, PK_ISA)

#define V PK(vector)
#define VI PK(integers)
typedef T V __attribute__((vector_size(PK_BYTES), aligned(sizeof(T)), may_alias));
typedef TI VI __attribute__((vector_size(PK_BYTES), aligned(sizeof(T)), may_alias));

#define splat PK(splat)
#define load_v PK(load)
#define store_v PK(store)
#define fma_v PK(fma)
#define select_v PK(select)
// Less 0, which leaves every number what it is, -0 too.
PK_INLINE V splat(T x) { return x - (V){0}; }
PK_INLINE V load_v(const T *p) { return *(const V *)p; }
PK_INLINE void store_v(T *p, V v) { *(V *)p = v; }
PK_INLINE V fma_v(V a, V b, V c) { return __builtin_elementwise_fma(a, b, c); }
PK_INLINE V select_v(VI mask, V a, V b) { return (V)(((VI)a & mask) | ((VI)b & ~mask)); }

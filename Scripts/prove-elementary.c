// Measures the elementary functions (Sources/PerceptronKernels/elementary.c): the error against the
// C library in a wider type, equal bits on every instruction set, and the speed. Exits 1 if a bound
// is broken. See prove-elementary, which builds and runs it.
//
// The references: double for Float; long double for Double. Where long double is no wider than
// double (Apple, Windows) the errors of Double are not measured, only its bits compared.
#include "PerceptronElementary.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CHUNK 4093  // odd, so that every chunk has a tail shorter than a register
#define ISAS 3

typedef struct {
  const char *name;
  int precision, lowest_exponent;  // significant bits; exponent of the smallest normal number
  bool is_double;
} Type;

static const Type types[] = {{"Float", 24, -126, false}, {"Double", 53, -1022, true}};

#define REFERENCES(name, real, suffix) \
  static real name##_sigmoid(real x) { \
    real e = exp##suffix(-fabs##suffix(x)); \
    return (x < 0 ? e : 1) / (1 + e); \
  } \
  static real name##_softplus(real x) { \
    return (x > 0 ? x : 0) + log1p##suffix(exp##suffix(-fabs##suffix(x))); \
  } \
  /* x^2/2 in two parts; y is x / sqrt(2) rounded, and gap what that did to its square. */ \
  static real name##_normal_density(real x) { \
    real square = x * x, rest = isinf(x) ? 0 : fma##suffix(x, x, -square); \
    return exp##suffix(-square / 2) * (1 - rest / 2) * 0.398942280401432677939946059934L; \
  } \
  static real name##_normal(real x) { \
    real y = fabs##suffix(x) * 0.707106781186547524400844362105L; \
    real complement = erfc##suffix(y); \
    if (y > 0 && y < 100) { \
      real square = x * x, rest = fma##suffix(x, x, -square); \
      real gap = fma##suffix(-y, y, square / 2) + rest / 2; \
      complement -= 1.12837916709551257389615890312L * exp##suffix(-y * y) * gap / (2 * y); \
    } \
    return x > 0 ? 1 - complement / 2 : isnan(x) ? x : complement / 2; \
  }
REFERENCES(wide, double, )
REFERENCES(widest, long double, l)

typedef struct {
  const char *name;
  int id;
  bool odd;
  double bound_float, bound_double;
  double (*wide)(double);
  long double (*widest)(long double);
  float (*one_float)(float);
  double (*one_double)(double);
  double low, high;  // where Float has most to say
} Function;

static const Function functions[] = {
  {"exp", PK_EXP, false, 1, 1, exp, expl, pk_exp_f32, pk_exp_f64, -105, 90},
  {"expm1", PK_EXPM1, true, 2, 2, expm1, expm1l, pk_expm1_f32, pk_expm1_f64, -20, 90},
  {"log", PK_LOG, false, 1, 1, log, logl, pk_log_f32, pk_log_f64, 0, 10},
  {"log1p", PK_LOG1P, true, 2, 2, log1p, log1pl, pk_log1p_f32, pk_log1p_f64, -1, 10},
  {"tanh", PK_TANH, true, 2, 2, tanh, tanhl, pk_tanh_f32, pk_tanh_f64, -10, 10},
  {"sigmoid", PK_SIGMOID, false, 2, 2, wide_sigmoid, widest_sigmoid, pk_sigmoid_f32,
   pk_sigmoid_f64, -105, 20},
  {"softplus", PK_SOFTPLUS, false, 2, 2, wide_softplus, widest_softplus, pk_softplus_f32,
   pk_softplus_f64, -105, 20},
  {"normal", PK_NORMAL, false, 2.5, 3, wide_normal, widest_normal, pk_normal_f32, pk_normal_f64, -14.5,
   6},
  {"density", PK_NORMAL_DENSITY, false, 1.5, 1.5, wide_normal_density, widest_normal_density,
   pk_normal_density_f32, pk_normal_density_f64, -14.5, 14.5},
};
#define FUNCTIONS (int)(sizeof functions / sizeof functions[0])

static uint64_t random_state;

static uint64_t random_bits(void) {  // splitmix64
  uint64_t z = random_state += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

static double uniform(double low, double high) {
  return low + (high - low) * (double)(random_bits() >> 11) * 0x1p-53;
}

static double of_bits(bool is_double, uint64_t bits) {
  if (is_double) {
    double x;
    memcpy(&x, &bits, 8);
    return x;
  }
  uint32_t half = (uint32_t)bits;
  float x;
  memcpy(&x, &half, 4);
  return x;
}

static uint64_t to_bits(bool is_double, double x) {
  uint64_t bits = 0;
  if (is_double) {
    memcpy(&bits, &x, 8);
  } else {
    float narrow = (float)x;
    memcpy(&bits, &narrow, 4);
  }
  return bits;
}

// Points around which something changes: exactly these first, then their neighbours.
static const double turning_points[] = {
  0.0, -0.0, INFINITY, -INFINITY, NAN, 1, -1, 2, 0.5, FLT_MIN, 0x1p-149, FLT_MAX, -FLT_MAX, DBL_MIN,
  0x1p-1074, DBL_MAX, -DBL_MAX, 0x1p-24, -0x1p-24, 0x1p-25, -0x1p-25, 0x1p-53, -0x1p-53, 0x1p-54,
  -0x1p-54, 0x1.6a09e667f3bcdp-1, 0x1.6a09e667f3bcdp+0, -0x1.2bec333018866p-2, 0x1.a827999fcef32p-2,
  0x1.62e42fefa39efp-2, -0x1.62e42fefa39efp-2, 0x1.0a2b23f3bab73p+0, -0x1.0a2b23f3bab73p+0,
  0x1.62e42fefa39efp-3, 88.3762626647949, 88.72283905206835, -87.33654475055310, -88.02969193111305,
  -103.2789299019278, -103.9720770839918, -17.32867951399863, 9.010913347279288, 10, -20,
  709.4361393031039, 709.7827128933840, -708.3964185322641, -744.4400719213812, -745.1332191019412,
  -37.42994775023705, 19.06154746539849, 20, -40, 710, -746, 89, -105,
  -14.17, -13.2, -12.6, 5.4, -38.5, -37.52, -37.6, 8.3, -4, 4, 14.48, -14.48, 38.62, -38.62,
};
#define TURNING_POINTS (uint64_t)(sizeof turning_points / sizeof turning_points[0])

static double point(const Function *f, const Type *type, uint64_t index) {
  bool wide = type->is_double;
  if (index < TURNING_POINTS) return turning_points[index];
  double reach = wide ? 7.2 : 1;  // the exponent range of Double against that of Float
  switch (random_bits() >> 61) {
  case 0: case 1: return of_bits(wide, random_bits());
  case 2: return uniform(f->low, f->high);
  case 3: return uniform(f->low * reach, f->high * reach);
  case 4: return uniform(-2, 2);
  case 5: return ldexp(uniform(-1, 1), -(int)(random_bits() % 40));
  case 6: return ldexp(uniform(0.7, 1.42), (int)(random_bits() % 9) - 4);
  default: {
    uint64_t near = to_bits(wide, turning_points[random_bits() % TURNING_POINTS]);
    return of_bits(wide, near + random_bits() % 4096 - 2048);
  }
  }
}

static bool same_bits(double a, double b) {
  return isnan(a) ? isnan(b) : to_bits(true, a) == to_bits(true, b);
}

// The distance of y from the true value, in units in the last place of the type there.
static double ulp_error(const Type *type, long double truth, double y) {
  if (isnan(truth) || isnan(y)) return isnan(truth) && isnan(y) ? 0 : INFINITY;
  int highest = 1 - type->lowest_exponent;
  bool overflows = fabsl(truth) >= ldexpl(2 - ldexpl(1, -type->precision), highest);
  if (overflows || isinf(y)) return overflows && isinf(y) && (truth > 0) == (y > 0) ? 0 : INFINITY;
  if (truth == 0) return y == 0 ? 0 : INFINITY;
  int exponent = ilogbl(truth);
  if (exponent < type->lowest_exponent) exponent = type->lowest_exponent;
  return (double)ldexpl(fabsl(y - truth), type->precision - 1 - exponent);
}

static void map(const Type *type, int function, int isa, const double *x, double *y, long n) {
  if (type->is_double) {
    pk_map_f64(function, isa, x, y, n);
    return;
  }
  float narrow[CHUNK];
  for (long i = 0; i < n; i++) narrow[i] = (float)x[i];
  pk_map_f32(function, isa, narrow, narrow, n);
  for (long i = 0; i < n; i++) y[i] = narrow[i];
}

static bool has_isa(int isa) {
#if defined(__x86_64__)
  if (isa == 1) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == 2) return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                       __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
#endif
  return isa == 0;
}

// The best of some runs over numbers where the function has work to do, in ns an element.
static double speed(const Function *f, const Type *type, int isa) {
  static float narrow[4096], narrow_result[4096];
  static double wide[4096], wide_result[4096];
  for (int i = 0; i < 4096; i++) narrow[i] = (float)(wide[i] = uniform(f->low / 12, 8));
  double best = INFINITY;
  for (int run = 0; run < (isa ? 400 : 40); run++) {
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    if (type->is_double) pk_map_f64(f->id, isa, wide, wide_result, 4096);
    else pk_map_f32(f->id, isa, narrow, narrow_result, 4096);
    clock_gettime(CLOCK_MONOTONIC, &end);
    best = fmin(best, (end.tv_sec - start.tv_sec) * 1e9 + (end.tv_nsec - start.tv_nsec));
  }
  return best / 4096;
}

// One line of the table; false if a bound is broken.
static bool prove(const Function *f, const Type *type, uint64_t points, bool every) {
  static double x[CHUNK], y[CHUNK], other[CHUNK];
  bool measured = !type->is_double || LDBL_MANT_DIG > 53;
  double worst = 0, worst_at = 0, sum = 0;
  uint64_t differing = 0, wrong_signs = 0;
  random_state = 1;
  for (uint64_t start = 0; start < points; start += CHUNK) {
    long n = points - start < CHUNK ? (long)(points - start) : CHUNK;
    for (long i = 0; i < n; i++) {
      x[i] = every ? of_bits(false, start + i) : point(f, type, start + i);
      if (!type->is_double) x[i] = (float)x[i];
    }
    map(type, f->id, 0, x, y, n);
    for (int isa = 1; isa < ISAS; isa++) {
      if (!has_isa(isa)) continue;
      map(type, f->id, isa, x, other, n);
      for (long i = 0; i < n; i++) differing += !same_bits(y[i], other[i]);
    }
    for (long i = 0; i < n; i++) {
      double one = type->is_double ? f->one_double(x[i]) : f->one_float((float)x[i]);
      differing += !same_bits(y[i], one);
      if (f->odd && !isnan(y[i])) wrong_signs += !signbit(x[i]) != !signbit(y[i]);
      if (!measured) continue;
      long double truth = type->is_double ? f->widest(x[i]) : f->wide(x[i]);
      double error = ulp_error(type, truth, y[i]);
      sum += error;
      if (error > worst) {
        worst = error;
        worst_at = x[i];
      }
    }
  }
  double bound = type->is_double ? f->bound_double : f->bound_float;
  bool good = worst <= bound && differing == 0 && wrong_signs == 0;
  printf("%-9s %-6s %11llu  %6.3f  %-24a %5.3f  %5.1f  %9llu ", f->name, type->name,
         (unsigned long long)points, worst, worst_at, sum / points, bound,
         (unsigned long long)(differing + wrong_signs));
  for (int isa = 0; isa < ISAS; isa++)
    if (has_isa(isa)) printf(" %6.2f", speed(f, type, isa));
  printf("%s\n", good ? "" : "  BROKEN");
  fflush(stdout);
  return good;
}

int main(int count, char **arguments) {
  uint64_t points = count > 1 ? strtoull(arguments[1], NULL, 10) : 1000000;
  const char *only = count > 2 ? arguments[2] : NULL;
  bool good = true;
  printf("                               error in ulp                          different"
         "  ns an element\n");
  printf("function  type        points     max  at                        mean  bound      bits "
         "%s\n", has_isa(1) ? "  portable, avx2, avx512" : "  portable");
  for (int t = 0; t < 2; t++)
    for (int i = 0; i < FUNCTIONS; i++) {
      if (only && strcmp(only, functions[i].name) != 0) continue;
      bool every = points == 0 && !types[t].is_double;
      uint64_t n = every ? (uint64_t)1 << 32 : points ? points : 1000000;
      good &= prove(&functions[i], &types[t], n, every);
    }
  if (LDBL_MANT_DIG <= 53) printf("no long double here: the errors of Double are not measured\n");
  puts(good ? "every bound holds" : "a bound is broken");
  return good ? 0 : 1;
}

// Elementary functions with the same bits on every instruction set and machine.
//
// Largest error in units in the last place, Float and Double: exp, log 1; normal 2.5 and 3; the
// others 2.
// NaN in, NaN out; infinities, zeros (with their sign) and subnormal numbers are treated as in the
// C library. log(±0) = -∞, log(negative) = NaN.
#ifndef PERCEPTRON_ELEMENTARY_H
#define PERCEPTRON_ELEMENTARY_H

float pk_exp_f32(float x);
float pk_expm1_f32(float x);
float pk_log_f32(float x);
float pk_log1p_f32(float x);
float pk_tanh_f32(float x);
float pk_sigmoid_f32(float x);   // 1 / (1 + e^-x), both tails accurate
float pk_softplus_f32(float x);  // log(1 + e^x)
float pk_normal_f32(float x);    // the standard normal distribution, both tails accurate
float pk_normal_density_f32(float x);

double pk_exp_f64(double x);
double pk_expm1_f64(double x);
double pk_log_f64(double x);
double pk_log1p_f64(double x);
double pk_tanh_f64(double x);
double pk_sigmoid_f64(double x);
double pk_softplus_f64(double x);
double pk_normal_f64(double x);
double pk_normal_density_f64(double x);

enum {
  PK_EXP,
  PK_EXPM1,
  PK_LOG,
  PK_LOG1P,
  PK_TANH,
  PK_SIGMOID,
  PK_SOFTPLUS,
  PK_NORMAL,
  PK_NORMAL_DENSITY,
  // Not elementary, but mapped in the same way; see entries.inc.
  PK_ENTRY_RELU,
  PK_ENTRY_SQUARE_ROOT,
  PK_ENTRY_SQUARE,
  PK_ENTRY_ABSOLUTE,
  PK_ENTRY_RECIPROCAL,
  PK_ENTRY_RECIPROCAL_OR_ZERO,
  PK_ENTRY_STEP,
  PK_ENTRY_SIGN,
  PK_ENTRY_SIGNUM
};

// y[i] = function(x[i]) for i < n. `isa`: 0 portable, 1 AVX2 with FMA, 2 AVX-512.
// The caller has checked that the processor has it; other processors than x86-64 run portable code
// whatever `isa` says. y may be x.
void pk_map_f32(int function, int isa, const float *x, float *y, long n);
void pk_map_f64(int function, int isa, const double *x, double *y, long n);

enum { PK_ADD, PK_SUBTRACT, PK_MULTIPLY, PK_DIVIDE, PK_MAXIMUM };

// c[i] = function(a[i], b[i]) for i < n, or function(a[i], b[0]) when b_step is 0, not 1: arrays of
// double, or of float.
void pk_combine(int function, int is_double, int isa, const void *a, const void *b, long b_step,
                void *c, long n);

#endif

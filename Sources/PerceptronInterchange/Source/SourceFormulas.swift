import Perceptron

/// The formulas of the elementary functions, line by line those of elementary.inc and curves.inc, where
/// their errors are derived.
enum SourceFormulas {
  static func all(_ precision: Precision) -> [SourceFunction] {
    common + [precision == .float ? logRestFloat : logRestDouble]
  }

  private static let common: [SourceFunction] = [
    SourceFunction("magnitude", "x", body: "return @real_of(@bits_of(x) & {OTHER_BITS});"),
    SourceFunction("negative_magnitude", "x", body: "return @real_of(@bits_of(x) | {SIGN_BIT});"),
    SourceFunction("at_least", "x", "low", body: "return x < low ? low : x;"),
    SourceFunction("at_most", "x", "high", body: "return x > high ? high : x;"),
    SourceFunction("exp_shifted", "x", body: "return @fma(x, {LOG2_E}, {ROUNDING});"),
    SourceFunction(
      "exp_number", "x", givesWord: true,
      body: "return @bits_of(@exp_shifted(x)) [-] @bits_of({ROUNDING});"),
    SourceFunction(
      "exp_high", "x",
      body: """
        R n = @exp_shifted(x) - {ROUNDING};
        return @fma(n, {MINUS_LN2_HIGH}, x);
        """),
    SourceFunction(
      "exp_reduced", "x",
      body: """
        R n = @exp_shifted(x) - {ROUNDING};
        return @fma(n, {MINUS_LN2_LOW}, @exp_high(x));
        """),
    SourceFunction(
      "exp_low", "x",
      body: """
        R n = @exp_shifted(x) - {ROUNDING};
        return @fma(n, {MINUS_LN2_LOW}, @exp_high(x) - @exp_reduced(x));
        """),
    SourceFunction("exp_rest", "r", "low", body: "return @fma(r * r, @poly_exp(r), low);"),
    SourceFunction(
      "exp_in_range", "x",
      body: """
        R r = @exp_reduced(x);
        R growth = r + @exp_rest(r, @exp_low(x));
        W both = @exp_number(x) [+] {TWO_BIASES};
        W first = both [>] 1;
        R scale = @real_of(first [<] {MANTISSA_BITS});
        return @fma(growth, scale, scale) * @real_of((both [-] first) [<] {MANTISSA_BITS});
        """),
    SourceFunction(
      "exp", "x",
      body: "return @exp_in_range(@at_most(@at_least(x, {EXP_LOWEST}), {EXP_HIGHEST}));"),
    SourceFunction(
      "half_scale", "x",
      body: "return @real_of((@exp_number(x) [+] {BIAS_LESS_ONE}) [<] {MANTISSA_BITS});"),
    SourceFunction(
      "half_high", "x",
      body: """
        R scale = @half_scale(x);
        return @fma(scale, @exp_reduced(x), scale - {HALF});
        """),
    SourceFunction(
      "half_small", "x",
      body: """
        R scale = @half_scale(x);
        R r = @exp_reduced(x);
        R offset = scale - {HALF};
        R high = @fma(scale, r, offset);
        return @fma(scale, @exp_rest(r, @exp_low(x)), @fma(scale, r, offset - high));
        """),
    SourceFunction(
      "expm1", "x",
      body: """
        R held = @at_most(@at_least(x, {EXPM1_LOWEST}), {EXP_HIGHEST});
        R half = @half_high(held) + @half_small(held);
        return @magnitude(x) < {LINEAR} ? x : half + half;
        """),
    SourceFunction(
      "tanh", "x",
      body: """
        R size = @at_most(@magnitude(x), {TANH_HIGHEST});
        R high = @half_high(size + size);
        R small = @half_small(size + size);
        R half = high + small;
        R inverse = 1 / (half + 1);
        R guess = half * inverse;
        R remainder = @fma(small, 1 - guess, @fma(-guess, high, high - guess));
        R result = @fma(inverse, remainder, guess);
        return @real_of(@bits_of(result) | (@bits_of(x) & {SIGN_BIT}));
        """),
    SourceFunction(
      "sigmoid", "x",
      body: """
        R e = @exp_in_range(@at_least(@negative_magnitude(x), {EXP_LOWEST}));
        R term = (x < 0 ? -(e * e) : 1) / (1 + e);
        return (x < 0 ? e : 0) + term;
        """),
    SourceFunction(
      "log_sum", "k", "f", "low",
      body: """
        R high = @fma(k, {LN2_HIGH}, f);
        R dropped = @fma(k, {LN2_HIGH}, -high) + f;
        return high + ((@log_rest(f) + low) + dropped);
        """),
    SourceFunction(
      "log1p_in_range", "x",
      body: """
        R u = x + 1;
        R larger = @at_least(x, 1);
        R smaller = @at_most(x, 1);
        R lost = smaller - (u - larger);
        W biased = (@bits_of(u) [-] {SQRT_HALF_BITS} [+] {ONE_BITS}) [>] {MANTISSA_BITS};
        R f = @real_of(@bits_of(u) [-] (biased [<] {MANTISSA_BITS}) [+] {ONE_BITS}) - 1;
        R scale = @real_of(({TWO_BIASES_AND_TWO} [-] biased) [<] {MANTISSA_BITS});
        R correction = (lost * {QUARTER}) * scale;
        R sum = f + correction;
        R low = correction - (sum - f);
        R k = @real_of(biased | @bits_of({WHOLE})) - {WHOLE_BIAS};
        return @log_sum(k, sum, @fma(k, {LN2_LOW}, low));
        """),
    SourceFunction(
      "softplus", "x",
      body: """
        R e = @exp_in_range(@at_least(@negative_magnitude(x), {EXP_LOWEST}));
        R logarithm = e < {LINEAR} ? e : @log1p_in_range(e);
        return x == x ? (x > 0 ? x : 0) + logarithm : x;
        """),
    SourceFunction(
      "normal_power", "x", "factor", "rest",
      body: """
        R square = x * x;
        R half = square * {MINUS_HALF};
        R dropped = @fma(x, x, -square) * {MINUS_HALF};
        R shifted = @exp_shifted(half);
        R n = shifted - {ROUNDING};
        R high = @fma(n, {MINUS_LN2_HIGH}, half);
        R r = @fma(n, {MINUS_LN2_LOW}, high) + dropped;
        R low = @fma(n, {MINUS_LN2_LOW}, high - r) + dropped;
        R growth = r + @exp_rest(r, low);
        W both = @bits_of(shifted) [-] @bits_of({ROUNDING}) [+] {TWO_BIASES};
        W first = both [>] 1;
        R scale = @real_of(first [<] {MANTISSA_BITS});
        R part = (factor + @fma(growth, factor, rest)) * scale;
        return part * @real_of((both [-] first) [<] {MANTISSA_BITS});
        """),
    SourceFunction(
      "normal", "x",
      body: """
        R size = @at_most(@magnitude(x), {NORMAL_HIGHEST});
        R q = (size - 4) / (size + 4);
        R p = @poly_normal(q);
        R sum = size + {FIVE_QUARTERS};
        R inverse = 1 / sum;
        R ratio = p * inverse;
        R larger = @at_least(size, {FIVE_QUARTERS});
        R smaller = @at_most(size, {FIVE_QUARTERS});
        R lost = smaller - (sum - larger);
        R rest = (@fma(-ratio, sum, p) - ratio * lost) * inverse;
        R tail = @normal_power(size, ratio, rest);
        return x > 0 ? 1 - tail : tail;
        """),
    SourceFunction("far", "z", body: "return @at_least(z, {MINUS_FAR});"),
    SourceFunction(
      "gelu_argument", "z",
      body: """
        R held = @at_most(@at_least(z, {MINUS_FAR}), {FAR});
        return held * @fma(held * held, {GELU_CUBIC}, {GELU_LINEAR});
        """),
    SourceFunction(
      "mish_factor", "z",
      body: """
        R e = @exp(@negative_magnitude(z));
        R twice = e + e;
        R n = z < 0 ? @fma(e, e, twice) : 1 + twice;
        R d = z < 0 ? n + 2 : @fma(twice, e, n);
        return n / d;
        """),
    SourceFunction(
      "softsign", "z",
      body: """
        R size = @at_most(@at_least(z, {MINUS_LARGEST}), {LARGEST});
        return size / (1 + @magnitude(size));
        """),
    SourceFunction(
      "hard_sigmoid", "z", body: "return @at_most(@at_least(z + 3, 0), 6) / 6;"),
  ]

  private static let logRestFloat = SourceFunction(
    "log_rest", "f",
    body: """
      R minus_half = f * {MINUS_HALF};
      R square = f * f;
      R rest = square * f * @poly_log(f);
      return @fma(minus_half, f, rest);
      """)

  private static let logRestDouble = SourceFunction(
    "log_rest", "f",
    body: """
      R minus_half = f * {MINUS_HALF};
      R s = f / (f + 2);
      R z = s * s;
      R rest = s * @fma(z, @poly_log(z), -(minus_half * f));
      return @fma(minus_half, f, rest);
      """)
}

extension Activation {
  /// g(z) in the notation of `SourceFunction`; nil for `identity` and for `softmax`, which is of rows.
  func sourceExpression(_ language: SourceLanguage, _ precision: Precision) -> String? {
    func number(_ value: Double) -> String {
      language.literal(SourceElementary.rounded(value, precision), precision)
    }
    switch self {
    case .identity, .softmax: return nil
    case .relu: return "z <= 0 ? 0 : z"
    case .sigmoid: return "@sigmoid(z)"
    case .tanh: return "@tanh(z)"
    case .sign: return "z > 0 ? 1 : -1"
    case .heaviside: return "z > 0 ? 1 : 0"
    case .leakyReLU(let slope): return "z > 0 ? z : \(number(slope)) * z"
    case .elu(let alpha): return "z > 0 ? z : \(number(alpha)) * @expm1(z)"
    case .selu:
      return "z > 0 ? \(number(Self.seluScale)) * z : \(number(Self.seluScaleAlpha)) * @expm1(z)"
    case .gelu: return "@far(z) * @normal(z)"
    case .geluTanh: return "@far(z) * @sigmoid(@gelu_argument(z))"
    case .silu: return "@far(z) * @sigmoid(z)"
    case .mish: return "@far(z) * @mish_factor(z)"
    case .softplus: return "@softplus(z)"
    case .softsign: return "@softsign(z)"
    case .hardSigmoid: return "@hard_sigmoid(z)"
    case .hardTanh: return "@at_most(@at_least(z, -1), 1)"
    case .hardSwish: return "@at_least(z, -3) * @hard_sigmoid(z)"
    case .relu6: return "@at_most(z <= 0 ? 0 : z, 6)"
    case .exponential: return "@exp(z)"
    }
  }
}

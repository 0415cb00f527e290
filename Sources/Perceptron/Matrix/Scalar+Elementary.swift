import PerceptronKernels

// What they are stands in `Scalar`.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Float: Scalar {
  public static var precision: Precision { .float }
  public static func exp(_ x: Float) -> Float { pk_exp_f32(x) }
  public static func log(_ x: Float) -> Float { pk_log_f32(x) }
  public static func log1p(_ x: Float) -> Float { pk_log1p_f32(x) }
  public static func tanh(_ x: Float) -> Float { pk_tanh_f32(x) }
  public static func sigmoid(_ x: Float) -> Float { pk_sigmoid_f32(x) }
  public static func expm1(_ x: Float) -> Float { pk_expm1_f32(x) }
  public static func softplus(_ x: Float) -> Float { pk_softplus_f32(x) }
  public static func normalDistribution(_ x: Float) -> Float { pk_normal_f32(x) }
  public static func normalDensity(_ x: Float) -> Float { pk_normal_density_f32(x) }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Double: Scalar {
  public static var precision: Precision { .double }
  public static func exp(_ x: Double) -> Double { pk_exp_f64(x) }
  public static func log(_ x: Double) -> Double { pk_log_f64(x) }
  public static func log1p(_ x: Double) -> Double { pk_log1p_f64(x) }
  public static func tanh(_ x: Double) -> Double { pk_tanh_f64(x) }
  public static func sigmoid(_ x: Double) -> Double { pk_sigmoid_f64(x) }
  public static func expm1(_ x: Double) -> Double { pk_expm1_f64(x) }
  public static func softplus(_ x: Double) -> Double { pk_softplus_f64(x) }
  public static func normalDistribution(_ x: Double) -> Double { pk_normal_f64(x) }
  public static func normalDensity(_ x: Double) -> Double { pk_normal_density_f64(x) }
}

/// The cosine from its start again and again: after N, then after GN, then after G²N …
///
/// Source: Loshchilov and Hutter 2017.
enum CosineWarmRestarts {
  static func rate(
    _ rate: Double, t: Double, length: Double, growth: Int, minimum: Double
  ) -> Double {
    var (since, length) = (t, length)
    if growth == 1 {
      since -= length * Double(Int(t / length))
    } else {
      while since >= length {
        since -= length
        length *= Double(growth)
      }
    }
    return Cosine.rate(rate, t: since, length: length, minimum: minimum)
  }
}

/// η(1 − min(t, N)/N)ᵖ: with p = 1 a straight line to 0.
enum Polynomial {
  static func rate(_ rate: Double, t: Double, length: Double, power: Double) -> Double {
    rate * Powers.real(1 - min(t, length) / length, power)
  }
}

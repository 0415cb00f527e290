import Testing

@testable import Perceptron

@Suite("Sums of gradients")
struct GradientSumsTests {
  @Test("threads add and multiply every entry once, and nothing behind the last", arguments: 1...3)
  func entries(_ threads: Int) {
    check(Float.self)
    check(Double.self)

    func check<Element: Scalar>(_: Element.Type) {
      let pool = threads > 1 ? ThreadPool(threads: threads) : nil
      let sums = GradientSums<Element>(pool: pool, threads: .exactly(threads))
      for count in [1, 63, 64, 65, 1000] {
        let first = (0...count).map { Element($0) / 3 }
        let second = (0...count).map { Element(7 - $0) / 11 }
        var sum = first
        sum.withUnsafeMutableBufferPointer { sum in
          second.withUnsafeBufferPointer { second in
            sums.add(second.baseAddress!, to: sum.baseAddress!, count: count)
          }
        }
        #expect(sum.prefix(count).elementsEqual(zip(first, second).prefix(count).map { $0 + $1 }))
        #expect(sum[count] == first[count])
        var product = sum
        product.withUnsafeMutableBufferPointer { product in
          sums.multiply(
            product.baseAddress!, by: 1 / 7, into: product.baseAddress!, count: count)
        }
        let factor = Element(1.0 / 7)
        #expect(product.prefix(count).elementsEqual(sum.prefix(count).map { $0 * factor }))
        #expect(product[count] == sum[count])
      }
    }
  }
}

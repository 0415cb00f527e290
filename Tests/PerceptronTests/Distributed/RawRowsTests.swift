import Testing

@testable import Perceptron
@testable import PerceptronInterchange

/// Arrays and images that are learned from where they lie, against the same in memory.
@Suite("Arrays and images on a disk")
struct RawRowsTests {
  private static let rows = 300

  /// Inputs with a missing number here and there.
  private static let inputs: Matrix<Double> = {
    let values = (0..<3 * rows).map { (place: Int) -> Double in
      place % 71 == 9 ? .nan : Double(place * 37 % 101) / 8 - 3
    }
    return Matrix(rows: rows, columns: 3, values: values)
  }()

  /// Writes both arrays and opens them.
  private func open(
    _ folder: TemporaryFolder, targets: [Double], columns: Int = 1,
    options: DatasetOptions = DatasetOptions(scaling: .minmax), heldOut: Double = 0
  ) throws -> RawRows {
    try NumPyArray.write(Self.inputs, to: folder("x.npy"))
    try FileSystem.writeAtomically(
      NumPyArray.encode(
        targets, shape: columns == 1 ? [Self.rows] : [Self.rows, columns]), to: folder("y.npy"))
    return try NumPyRows.rows(
      inputs: folder("x.npy"), targets: folder("y.npy"), options: options, heldOut: heldOut,
      seed: 5)
  }

  private func memory(
    _ folder: TemporaryFolder, options: DatasetOptions = DatasetOptions(scaling: .minmax)
  ) throws -> Dataset<Float> {
    let table = try NumPyTable.table(inputs: folder("x.npy"), targets: folder("y.npy"))
    return try Dataset(
      table, targets: table.columns.map(\.name).filter { $0.hasPrefix("y") }, options: options)
  }

  private func number(_ row: Int) -> Double { Double(row * 29 % 97) / 4 }

  @Test("the rows and their encoding are those of the arrays in memory: numbers, classes, several")
  func encoding() throws {
    func values(_ count: Int, _ value: (Int) -> Int) -> [Double] {
      (0..<count * Self.rows).map { Double(value($0)) }
    }
    let targets: [(values: [Double], columns: Int)] = [
      ((0..<Self.rows).map(number), 1), (values(1) { $0 % 3 - 1 }, 1),
      (values(1) { $0 % 2 }, 1), ((0..<2 * Self.rows).map(number), 2),
      (values(3) { $0 / 3 * ($0 % 3 + 1) % 7 % 2 }, 3),
    ]
    for (place, target) in targets.enumerated() {
      let folder = try TemporaryFolder()
      let rows = try open(folder, targets: target.values, columns: target.columns)
      let data = try memory(folder)
      #expect(rows.preprocessing == data.preprocessing, "\(place)")
      #expect(rows.preprocessing.isMultiLabel == (place == 4))
      #expect(rows.outputs == [1, 3, 1, 2, 3][place] && rows.trainingRows == Self.rows)
      let found: Examples<Float> = try rows.examples(0..<Self.rows)
      let expected = try data.examples(outputs: rows.outputs)
      #expect(found.inputs == expected.inputs && found.targets == expected.targets, "\(place)")
      // Standardised in one pass, the numbers are those of two passes up to rounding.
      let standard = DatasetOptions()
      let scaled: Examples<Double> = try open(
        folder, targets: target.values, columns: target.columns, options: standard
      ).examples(0..<Self.rows)
      let reference = try memory(folder, options: standard).examples(outputs: rows.outputs)
      for (a, b) in zip(scaled.inputs.values, reference.inputs.values) {
        #expect(abs(a - Double(b)) < 1e-6)
      }
    }
  }

  @Test("with an encoding that is known nothing is learned of arrays, nor of a table")
  func known() throws {
    let folder = try TemporaryFolder()
    _ = try open(folder, targets: (0..<Self.rows).map(number))
    func columns(_ factor: Double) -> [Preprocessing.InputColumn] {
      (0..<3).map {
        .init(name: "x\($0)", encoding: .numeric(imputed: 1, shift: Double($0), scale: factor))
      }
    }
    let known = Preprocessing(
      inputs: columns(4), target: .init(name: "y", kind: .number(shift: 2, scale: 8)))
    func rows(like known: Preprocessing) throws -> RawRows {
      try NumPyRows.rows(
        inputs: folder("x.npy"), targets: folder("y.npy"), options: DatasetOptions(), heldOut: 0.2,
        seed: 1, like: RowEncoding(known, outputs: 1))
    }
    let raw = try rows(like: known)
    #expect(raw.preprocessing == known && raw.trainingRows < Self.rows)
    // The same rows as text.
    var text = "y,x2,x1,x0\n"
    for row in 0..<Self.rows {
      let x = Self.inputs.row(row).map { $0.isNaN ? "" : "\($0)" }
      text += ([row == 7 ? "" : "\(number(row))"] + x.reversed()).joined(separator: ",") + "\n"
    }
    try FileSystem.writeAtomically(Array(text.utf8), to: folder("t.csv"))
    let summary = try TableConversion(
      folder("t.csv"), targets: [], options: DatasetOptions(), separator: .automatic, heldOut: 0.2,
      seed: 1, like: RowEncoding(known, outputs: 1), chunkSize: 500
    ).write(to: folder("rows"))
    #expect(summary.unlabelledRows == 1 && summary.stored.preprocessing == known)
    #expect(try StoredRows(contentsOf: folder("rows")).preprocessing == known)
    for source in [raw as any RowSource, summary.stored] {
      let found: Examples<Float> = try source.examples(0..<source.rows)
      // (number − shift) / scale of row 0 of the file, which is among those found.
      let first = (0..<3).map { (Float(Self.inputs[0, $0]) - Float($0)) / 4 }
      #expect((0..<source.rows).contains { Array(found.inputs.row($0)) == first })
      #expect(found.targets.values.contains((Float(number(0)) - 2) / 8))
    }
    // 1 and 1.0 are one number; whoever is no number is never meant.
    let names = Preprocessing.Target(name: "y", kind: .classes(["0", "1", "1.0", "a"]))
    let classes = Preprocessing(inputs: columns(4), target: names)
    func openClasses(_ last: Double) throws -> RawRows {
      let values = (0..<Self.rows).map { $0 == Self.rows - 1 ? last : Double($0 % 2) }
      try FileSystem.writeAtomically(
        NumPyArray.encode(values, shape: [Self.rows]), to: folder("y.npy"))
      return try NumPyRows.rows(
        inputs: folder("x.npy"), targets: folder("y.npy"), options: DatasetOptions(), heldOut: 0,
        seed: 1, like: RowEncoding(classes, outputs: 4))
    }
    let coded: Examples<Float> = try openClasses(1).examples(0..<Self.rows)
    #expect(
      Array(coded.targets.row(0)) == [1, 0, 0, 0] && Array(coded.targets.row(1)) == [0, 1, 0, 0])
    #expect {
      try openClasses(7)
    } throws: { error in
      "\(error)".contains(
        "row \(Self.rows) has the target 7, a class the model does not know; it knows")
    }
    let narrow = Preprocessing(inputs: Array(columns(4).dropLast()), target: known.target)
    #expect(throws: PerceptronError.self) { try rows(like: narrow) }
    let weighed = Preprocessing(inputs: columns(4), target: known.target, weightColumn: "w")
    #expect(throws: PerceptronError.self) { try rows(like: weighed) }
    #expect(throws: PerceptronError.self) {
      try TableConversion(
        folder("t.csv"), targets: [], options: DatasetOptions(), separator: .automatic,
        heldOut: 0, seed: 1, like: RowEncoding(weighed, outputs: 1))
    }
  }

  @Test("rows held out come last, and nothing is learned from them")
  func heldOut() throws {
    let folder = try TemporaryFolder()
    let rows = try open(folder, targets: (0..<Self.rows).map(number), heldOut: 0.3)
    let split = RowSplit(share: 0.3, seed: 5)
    let learns = (0..<Self.rows).filter { !split.isHeldOut($0) }
    let held = (0..<Self.rows).filter { split.isHeldOut($0) }
    #expect(rows.trainingRows == learns.count && (60...120).contains(held.count))
    let data = try memory(folder)
    #expect(rows.preprocessing == (try data.preprocessing(fittedOn: data.selecting(rows: learns))))
    let all = try data.examples(outputs: 1, encodedBy: rows.preprocessing)
    let found: Examples<Float> = try rows.examples([100..<Self.rows, 3..<7])
    let order = (learns + held)[100...] + (learns + held)[3..<7]
    #expect(found.inputs == all.inputs.selecting(rows: Array(order)))
    #expect(found.targets == all.targets.selecting(rows: Array(order)))
    #expect(
      try rows.targets(100..<Self.rows)
        == all.targets.selecting(rows: Array((learns + held)[100...])))
  }

  @Test("the k-th row of either sort is where it is", arguments: [0.0, 0.05, 0.5, 0.97])
  func index(_ share: Double) {
    let rule = RowSplit(share: share, seed: 3)
    for count in [1, 63, 64, 65, 500] {
      var index = SplitIndex()
      for row in 0..<count { index.append(isHeldOut: rule.isHeldOut(row)) }
      let order =
        (0..<count).filter { !rule.isHeldOut($0) } + (0..<count).filter { rule.isHeldOut($0) }
      for first in stride(from: 0, to: count, by: 7) {
        for last in [first, first + 1, (first + count) / 2, count] where first <= last {
          #expect(index.fileRows(first..<last).flatMap { $0 } == Array(order[first..<last]))
        }
      }
    }
  }

  @Test("numbers of every type and either order of bytes are those of the array in memory")
  func types() throws {
    var types: Set<NumberType> = []
    for row in NumPyTests.Row.all(".npy") where row.outcome != "reject" {
      let path = Fixtures.path("interop/" + row.file)
      let array = try NumPyArray(contentsOf: path)
      guard let type = array.type, array.count > 0, (1...2).contains(array.shape.count),
        !array.header.isFortranOrdered || array.shape.count == 1
      else { continue }
      types.insert(type)
      let file = try NumPyRows.file(path, isMatrix: false)
      var values: [Double] = []
      var numbers = [Double](repeating: 0, count: file.columns)
      try file.forEachPiece(of: 0..<file.rows) { piece, bytes in
        for place in 0..<piece.count {
          file.decode(bytes, row: place, into: &numbers)
          values += numbers
        }
      }
      #expect(values.bits == (try array.values(as: Double.self)).bits, "\(row.file)")
    }
    #expect(types.count >= 7)
  }

  @Test("integers of every size keep their sign and the order of their bytes")
  func integers() {
    func check<Word: FixedWidthInteger>(_ type: NumberType, _: Word.Type) {
      let words: [Word] = [.min, .max, 0, 1, 77]
      for isBigEndian in [false, true] {
        let stored = words.map { isBigEndian ? $0.bigEndian : $0.littleEndian }
        var numbers = [Double](repeating: .nan, count: words.count)
        stored.withUnsafeBytes { bytes in
          numbers.withUnsafeMutableBufferPointer {
            type.decode(bytes, isBigEndian: isBigEndian, into: $0)
          }
        }
        #expect(numbers == words.map { Double($0) } && type.size == MemoryLayout<Word>.size)
      }
    }
    check(.int8, Int8.self)
    check(.int16, Int16.self)
    check(.int32, Int32.self)
    check(.int64, Int64.self)
    check(.uint8, UInt8.self)
    check(.uint16, UInt16.self)
    check(.uint32, UInt32.self)
    check(.uint64, UInt64.self)
  }

  @Test("trained where one window holds all, the bits are those of the arrays in memory")
  func training() throws {
    let folder = try TemporaryFolder()
    let rows = try open(folder, targets: (0..<Self.rows).map(number))
    let options = Problem.options(.adam(learningRate: 0.01), epochs: 2, batchSize: 7)
    func fresh() throws -> MLP<Float> {
      try MLP(inputs: 3, [(5, .tanh), (1, .identity)], seed: 1)
    }
    var streamed = try fresh()
    let plan = try MLP<Float>.StreamPlan(rows, options, memory: 1 << 20)
    _ = try streamed.train(on: plan, options: options) { _ in .proceed }
    var whole = try fresh()
    _ = try whole.train(on: memory(folder), validation: .none, options: options) { _ in .proceed }
    #expect(streamed.parameters == whole.parameters)
    #expect(streamed.preprocessing == whole.preprocessing)
    // In windows: every row once an epoch, in another order.
    let windows = try MLP<Float>.StreamPlan(rows, options, memory: 2000)
    #expect(windows.windows > 3)
    var other = try fresh()
    let history = try other.train(on: windows, options: options) { _ in .proceed }
    #expect(history.epochs.count == 2 && other.parameters != whole.parameters)
  }

  @Test("images stay bytes, and train the model that they train in memory")
  func images() throws {
    let folder = try TemporaryFolder()
    func idx(_ sizes: [Int], _ bytes: [UInt8]) -> [UInt8] {
      [0, 0, 8, UInt8(sizes.count)] + sizes.flatMap { [0, 0, UInt8($0 >> 8), UInt8($0 & 255)] }
        + bytes
    }
    let images = idx([90, 2, 3], (0..<540).map { UInt8($0 * 53 % 256) })
    let labels = idx([90], (0..<90).map { UInt8($0 * 7 % 10) })
    try FileSystem.writeAtomically(images, to: folder("images"))
    try FileSystem.writeAtomically(labels, to: folder("labels"))
    func rows() throws -> RawRows {
      try RawRows(images: folder("images"), labels: folder("labels"), heldOut: 0, seed: 1)
    }
    let data = try Dataset<Float>(images: folder("images"), labels: folder("labels"))
    let found: Examples<Float> = try rows().examples(0..<90)
    let expected = try data.examples(outputs: 10)
    #expect(try rows().preprocessing == data.preprocessing)
    #expect(found.form == expected.form && found.inputs == expected.inputs)
    #expect(found.targets == expected.targets)
    #expect(try rows().memory(ofRowIn: .float) == 6 + 40)
    let options = Problem.options(.adam(learningRate: 0.01), epochs: 2, batchSize: 8)
    var streamed = try MLP<Float>(inputs: 6, [(4, .relu), (10, .softmax)], seed: 1)
    var whole = streamed
    var entropy = options
    entropy.loss = .crossEntropy
    _ = try streamed.train(
      on: .init(rows(), entropy, memory: 1 << 20), options: entropy
    ) { _ in .proceed }
    _ = try whole.train(on: data, validation: .none, options: entropy) { _ in .proceed }
    #expect(streamed.parameters == whole.parameters)
    // As a model of more classes, and of pixels up to 1, not 255, encodes them.
    func known(_ classes: Int, width: Int = 6) -> RowEncoding {
      let inputs = (0..<width).map {
        Preprocessing.InputColumn(
          name: "p\($0)", encoding: .numeric(imputed: 0, shift: 0, scale: 1))
      }
      return RowEncoding(
        Preprocessing(
          inputs: inputs,
          target: .init(name: "label", kind: .classes((0..<classes).map { "\($0)" }))),
        outputs: classes)
    }
    func rows(like known: RowEncoding) throws -> RawRows {
      try RawRows(
        images: folder("images"), labels: folder("labels"), heldOut: 0, seed: 1, like: known)
    }
    let wide: Examples<Float> = try rows(like: known(12)).examples(0..<90)
    let model = known(12).preprocessing
    let wanted = try data.examples(outputs: 12, encodedBy: model)
    #expect(wide.targets == wanted.targets && wide.inputs == wanted.inputs)
    #expect(wide.inputs.values.contains(53) && wide.form == wanted.form)
    expectRefusal(.dataset, "images of 6 pixels do not fit 5 inputs") {
      _ = try rows(like: known(12, width: 5))
    }
    expectRefusal(.dataset, "has the target 7, a class the model does not know") {
      _ = try rows(like: known(6))
    }

    try FileSystem.writeAtomically(Array(labels.dropLast()), to: folder("labels"))
    expectRefusal(.dataset, "labels", "need 90 bytes") { _ = try rows() }
    try FileSystem.writeAtomically([0x1F, 0x8B] + labels, to: folder("labels"))
    expectRefusal(.dataset, "gunzip", "labels") { _ = try rows() }
    try FileSystem.writeAtomically(idx([89], Array(labels[8..<97])), to: folder("labels"))
    expectRefusal(.dataset, "89 labels for the 90 images") { _ = try rows() }
  }

  @Test("an archive that is not compressed is read like two files; others are refused by name")
  func archives() throws {
    let folder = try TemporaryFolder()
    let y = (0..<Self.rows).map(number)
    let rows = try open(folder, targets: y)
    let x = NumPyArray.encode(Self.inputs.values, shape: [Self.rows, 3])
    try FileSystem.writeAtomically(
      NumPyArchive.encode([("X", x), ("y", NumPyArray.encode(y, shape: [Self.rows]))]),
      to: folder("rows.npz"))
    func archive(_ path: String) throws -> RawRows {
      try NumPyRows.rows(
        archive: path, options: DatasetOptions(scaling: .minmax), heldOut: 0, seed: 5)
    }
    let found = try archive(folder("rows.npz"))
    #expect(found.preprocessing == rows.preprocessing && found.fingerprint == rows.fingerprint)
    let a: Examples<Float> = try found.examples(0..<Self.rows)
    #expect(a == (try rows.examples(0..<Self.rows)))
    try FileSystem.writeAtomically(NumPyArchive.encode([("X", x)]), to: folder("x.npz"))
    expectRefusal(.file, "no array \"y\"") { _ = try archive(folder("x.npz")) }
    for row in NumPyTests.Row.all(".npz") where row.file.contains("compressed") {
      expectRefusal(.file, "numpy.savez") {
        let path = Fixtures.path("interop/" + row.file)
        for name in try NumPyArchive(contentsOf: path).names {
          _ = try ZipDirectory.storedArray(name, in: path)
        }
      }
    }
  }

  @Test("what cannot be learned from piece by piece is refused with the file and the row")
  func refusals() throws {
    let folder = try TemporaryFolder()
    var y = (0..<Self.rows).map(number)
    y[41] = .nan
    expectRefusal(.dataset, "y.npy", "row 42") { _ = try open(folder, targets: y) }
    y[41] = 0
    expectRefusal(.option, "share") { _ = try open(folder, targets: y, heldOut: 1) }
    expectRefusal(.dataset, "too few") { _ = try open(folder, targets: y, heldOut: 0.999) }
    func rows(_ inputs: [UInt8], _ targets: [UInt8]) throws {
      try FileSystem.writeAtomically(inputs, to: folder("a.npy"))
      try FileSystem.writeAtomically(targets, to: folder("b.npy"))
      _ = try NumPyRows.rows(
        inputs: folder("a.npy"), targets: folder("b.npy"), options: DatasetOptions(), heldOut: 0,
        seed: 0)
    }
    let x = NumPyArray.encode([1.0, 2, 3, 4, 5, 6], shape: [3, 2])
    expectRefusal(.dataset, "a.npy", "3 rows", "targets for 2") {
      try rows(x, NumPyArray.encode([1.0, 2], shape: [2]))
    }
    let t = NumPyArray.encode([1.0, 2, 3], shape: [3])
    expectRefusal(.file, "a.npy", "rows and columns") {
      try rows(NumPyArray.encode([1.0, 2, 3], shape: [3]), t)
    }
    expectRefusal(.file, "a.npy", "needs 48 bytes") { try rows(Array(x.dropLast()), t) }
    expectRefusal(.dataset, "inf", "row 2") {
      try rows(NumPyArray.encode([1.0, 2, .infinity, 4, 5, 6], shape: [3, 2]), t)
    }
    let fortran = String(decoding: x[10..<128], as: UTF8.self)
      .replacing("'fortran_order': False", with: "'fortran_order': True ")
    expectRefusal(.file, "ascontiguousarray") {
      try rows(Array(x[..<10]) + Array(fortran.utf8) + Array(x[128...]), t)
    }
    let opened = try open(folder, targets: y)
    try NumPyArray.write(Self.inputs, to: folder("x.npy"))
    expectRefusal(.file, "x.npy", "written to") {
      _ = try opened.examples(0..<5) as Examples<Float>
    }
  }
}

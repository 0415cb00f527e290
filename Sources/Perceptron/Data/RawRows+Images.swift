extension RawRows {
  /// Images and labels from IDX files that are not compressed.
  ///
  /// - Throws: `PerceptronError` when the files are no images and labels, or compressed.
  package init(
    images: String, labels: String, heldOut share: Double, seed: UInt64,
    like known: RowEncoding? = nil
  ) throws {
    let (imagesHeader, labelsHeader) = (try Self.header(of: images), try Self.header(of: labels))
    let count = try LabelledImages.count(imagesHeader, labelsHeader)
    func file(_ header: IDX.Header) throws -> NumberFile {
      try NumberFile(
        header.name, type: .uint8, isBigEndian: true, offset: header.count, rows: count,
        columns: (header.total - header.count) / count)
    }
    try self.init(
      images: file(imagesHeader), labels: file(labelsHeader),
      pixelNames: LabelledImages.pixelNames(imagesHeader.dimensions), heldOut: share, seed: seed,
      like: known)
  }

  private static func header(of path: String) throws -> IDX.Header {
    let reader = try FileReader(path)
    let bytes = try reader.bytes(at: 0, atMost: IDX.Header.longest)
    guard !Gzip.isCompressed(bytes) else {
      throw PerceptronError(
        .dataset,
        "it is compressed, and can then only be read from the beginning to the end: decompress it "
          + "with gunzip -k, or leave out --memory", file: path)
    }
    let header = try IDX.Header(bytes, name: path)
    guard reader.size == header.total else {
      throw header.wrongSize(found: grouped(reader.size - header.count))
    }
    return header
  }
}

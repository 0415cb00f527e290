/// The error for a name that is not in a closed set, with the nearest one that is.
func unknownName(_ name: String, what: String, among names: [String]) -> PerceptronError {
  let hint =
    suggestion(for: name, among: names).map { "; did you mean \($0)?" }
    ?? "; there are: " + names.joined(separator: ", ")
  return PerceptronError(.option, "unknown \(what) \(quoted(name))\(hint)")
}

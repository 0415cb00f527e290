func suggestion(for name: String, among names: [String]) -> String? { nil }
public struct Preprocessing: Sendable, Hashable {}

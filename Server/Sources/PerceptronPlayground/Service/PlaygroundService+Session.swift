import Foundation
import HTTPTypes
import Hummingbird
import Perceptron

extension PlaygroundService {
  /// What can be done with a session.
  func addSession(to routes: RouterGroup<BasicRequestContext>) {
    routes.post("/events") { request, context in
      let name = try context.parameters.require("id")
      let session = try await session(context)
      return Response(
        status: .ok,
        headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
        body: .init { writer in
          try await stream(session, name, request.body, &writer)
        })
    }
    routes.post("/settings") { request, context in
      let session = try await session(context)
      let query = try await Self.text(request)
      return try await Self.answering {
        try jsonResponse(await session.change(query: query))
      }
    }
    routes.post("/table") { request, context in
      let session = try await session(context)
      let buffer = try await request.body.collect(upTo: Self.mostUpload)
      let name = Self.fileName(request.uri.queryParameters["name"].map(String.init))
      let query = request.uri.queryParameters["q"].map(String.init) ?? ""
      return try await Self.answering {
        let table = try Table(bytes: Array(buffer.readableBytesView), name: name)
        return try jsonResponse(await session.change(query: query, table: table))
      }
    }
    let actions: [(String, @Sendable (PlaygroundSession) async throws -> Void)] = [
      ("play", { await $0.play() }), ("pause", { await $0.pause() }),
      ("step", { try await $0.step(updates: 1) }), ("epoch", { try await $0.stepEpoch() }),
      ("back", { try await $0.back() }), ("reset", { try await $0.restart() }),
    ]
    for (name, action) in actions {
      routes.post(RouterPath("/" + name)) { _, context in
        let session = try await session(context)
        return try await Self.answering {
          try await action(session)
          return Response(status: .noContent)
        }
      }
    }
    routes.get("/backward") { _, context in
      let session = try await session(context)
      return try await Self.answering { try jsonResponse(await session.backwardView()) }
    }
    routes.get("/explain") { _, context in
      let session = try await session(context)
      return try await explanation(of: session)
    }
    routes.get("/export/:kind") { _, context in
      let session = try await session(context)
      guard let kind = PlaygroundExport(rawValue: try context.parameters.require("kind")) else {
        throw HTTPError(.notFound, message: "there is no such format")
      }
      return try await Self.answering {
        let bytes = try await session.export(kind)
        return Response(
          status: .ok,
          headers: [
            .contentType: "application/octet-stream",
            .contentDisposition: "attachment; filename=\"\(kind.fileName)\"",
          ], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
      }
    }
  }

  private func session(_ context: BasicRequestContext) async throws -> PlaygroundSession {
    guard let session = await store.session(try context.parameters.require("id")) else {
      throw HTTPError(
        .notFound, message: "this session has ended; load the page again to go on where it was")
    }
    return session
  }

  /// What a visitor's settings or data cause is the visitor's to know.
  private static func answering(_ body: () async throws -> Response) async throws -> Response {
    do {
      return try await body()
    } catch let error as PerceptronError {
      return try ErrorAnswer(message: error.description).response(status: .unprocessableContent)
    }
  }

  /// The last part of a path, short, for messages.
  static func fileName(_ name: String?) -> String {
    let last = name?.split { $0 == "/" || $0 == "\\" }.last.map(String.init) ?? ""
    return last.isEmpty ? "table.csv" : String(last.prefix(80))
  }

  /// The derivation, as the page that `perceptron explain --format html` writes. It has its own style
  /// and script inside, and so a policy of its own, in an origin of its own.
  private func explanation(of session: PlaygroundSession) async throws -> Response {
    guard await derivations.enter() else {
      var response = try ErrorAnswer(
        message: "others are having theirs derived; try again in a moment"
      ).response(status: .serviceUnavailable)
      response.headers[.retryAfter] = "2"
      return response
    }
    let page: String
    do {
      let request = try await session.derivationRequest()
      page = try await Task.detached { try request.page() }.value
      await derivations.leave()
    } catch let error as PerceptronError {
      await derivations.leave()
      return try ErrorAnswer(message: error.description).response(status: .unprocessableContent)
    }
    return Response(
      status: .ok,
      headers: [
        .contentType: "text/html; charset=utf-8",
        .contentSecurityPolicy:
          "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; "
          + "script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'",
      ], body: .init(byteBuffer: ByteBuffer(string: page)))
  }

  /// Pictures, about 30 a second while something changes. A line without meaning now and then finds
  /// out whether anybody is still there.
  private func stream(
    _ session: PlaygroundSession, _ name: String, _ body: RequestBody,
    _ writer: inout any ResponseBodyWriter
  ) async throws {
    await store.watch(name)
    let number = await session.attach()
    do {
      var quiet = 0
      while true {
        let start = ContinuousClock.now
        switch try await session.next(for: number) {
        case .frame(let frame):
          var buffer = ByteBuffer()
          buffer.writeString("data: ")
          buffer.writeBytes(frame)
          buffer.writeString("\n\n")
          try await writer.write(buffer)
          quiet = 0
        case .nothing:
          quiet += 1
          if quiet % 30 == 0 { try await writer.write(ByteBuffer(string: ":\n\n")) }
        case .ended:
          try await writer.write(ByteBuffer(string: "event: ended\ndata: {}\n\n"))
          await store.leave(name)
          try await writer.finish(nil)
          return
        }
        try await Task.sleep(until: start + Self.beat)
      }
    } catch {
      await store.leave(name)
      throw error
    }
  }
}

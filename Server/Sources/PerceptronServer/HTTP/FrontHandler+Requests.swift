import Logging
import NIOCore
import NIOHTTP1

extension FrontHandler {
  /// Whether the connection is closed after the answer under way.
  var closesNow: Bool {
    closesAfterAnswer || drainingSince != nil || request?.keepsAlive == false
  }

  /// Takes the next part of a request.
  func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
    switch part {
    case .head(let head): begin(head, context)
    case .body(let body): gather(body, context)
    case .end: end(part, context)
    }
  }

  private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    let headers = RequestHeaders(head.headers)
    let isLetIn = server.load.enter()
    var destination: RequestUnderWay.Destination
    do {
      destination = try self.destination(of: head, headers, isLetIn: isLetIn)
    } catch {
      destination = .refused(error)
    }
    request = RequestUnderWay(
      destination: destination, line: (head.method, head.uri), began: context.eventLoop.now,
      isLetIn: isLetIn,
      // A client of HTTP/1.0 that wants to stay would have to be told so.
      keepsAlive: head.version.minor > 0 && head.isKeepAlive,
      allowedOrigin: headers.origin == server.allowedOrigin ? server.allowedOrigin : nil)
    if case .refused(let refusal) = destination {
      // Too large to be let go by, or the client waits for leave to send: answered at once.
      if refusal.status == 413 || headers.wantsContinue { refuse(refusal, context) }
      return
    }
    if headers.wantsContinue {
      context.writeAndFlush(
        wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))),
        promise: nil)
    }
    if case .router = destination { context.fireChannelRead(wrapInboundOut(.head(head))) }
  }

  /// Who answers a request.
  private func destination(
    of head: HTTPRequestHead, _ headers: RequestHeaders, isLetIn: Bool
  ) throws(Refusal) -> RequestUnderWay.Destination {
    guard isLetIn else {
      throw Refusal(503, "\(server.limits.requests) requests are under way already; try again")
    }
    let length = headers.contentLength ?? 0
    guard length <= server.limits.body else { throw tooLarge }
    guard head.method == .POST, length > 0, length <= Limits.quickBody,
      let path = InferencePath(head.uri)
    else { return .router }
    try server.admission.check(
      host: headers.host, authorization: headers.authorization, isOpen: false)
    try Refusal.checkEncoding(headers.contentEncoding)
    let model = try server.registry.model(path.name, version: path.version)
    let jsonLength = try Refusal.readJSONLength(headers.jsonLength)
    return model.snapshot.parameterCount <= Limits.quickParameters
      ? .inference(model, jsonLength: jsonLength) : .router
  }

  private var tooLarge: Refusal {
    Refusal(413, "the body is larger than the \(server.limits.body) bytes that are taken")
  }

  private func gather(_ body: ByteBuffer, _ context: ChannelHandlerContext) {
    guard var request else { return }
    request.bodyBytes += body.readableBytes
    guard request.bodyBytes <= server.limits.body else { return refuse(tooLarge, context) }
    switch request.destination {
    case .inference:
      if request.body == nil {
        request.body = body
      } else {
        // Not shared while it grows.
        self.request?.body = nil
        request.body?.writeImmutableBuffer(body)
      }
    case .router: context.fireChannelRead(wrapInboundOut(.body(body)))
    case .refused: break
    }
    self.request?.body = request.body
    self.request?.bodyBytes = request.bodyBytes
  }

  private func end(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
    guard let request else { return }
    self.request?.hasEnded = true
    switch request.destination {
    case .inference(let model, let jsonLength):
      var out = context.channel.allocator.buffer(capacity: 512)
      let answer = server.infer(
        model, request.body ?? ByteBuffer(), jsonLength: jsonLength, into: &out)
      write(out, status: answer.status, jsonLength: answer.jsonLength, context)
    case .refused(let refusal): write(refusal, context)
    case .router:
      context.fireChannelRead(wrapInboundOut(part))
      finishIfDone(context)
    }
  }

  // MARK: Answers

  private func write(_ refusal: Refusal, _ context: ChannelHandlerContext) {
    var out = context.channel.allocator.buffer(capacity: 128)
    out.writeError(refusal.message)
    write(out, status: refusal.status, jsonLength: nil, context)
  }

  /// Writes a whole answer to the request under way.
  private func write(
    _ body: ByteBuffer, status: Int, jsonLength: Int?, _ context: ChannelHandlerContext
  ) {
    var headers = HTTPHeaders()
    headers.reserveCapacity(4)
    headers.add(
      name: "content-type",
      value: jsonLength == nil ? "application/json" : "application/octet-stream")
    headers.add(name: "content-length", value: "\(body.readableBytes)")
    if let jsonLength {
      headers.add(name: "inference-header-content-length", value: "\(jsonLength)")
    }
    if status == 503 { headers.add(name: "retry-after", value: "1") }
    if status == 401 { headers.add(name: "www-authenticate", value: "Bearer") }
    if let origin = request?.allowedOrigin {
      headers.add(name: "access-control-allow-origin", value: origin)
      headers.add(name: "vary", value: "origin")
    }
    if closesNow { headers.add(name: "connection", value: "close") }
    let head = HTTPResponseHead(
      version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: headers)
    request?.status = status
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    context.write(wrapOutboundOut(.end(nil)), promise: nil)
    hasUnflushed = true
    request?.isAnswered = true
    finishIfDone(context)
  }

  /// Answers what is no good at once, and ends the connection: the rest of the request is not read.
  func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
    closesAfterAnswer = true
    if request == nil {
      request = RequestUnderWay(
        destination: .refused(refusal), line: nil, began: context.eventLoop.now, isLetIn: false,
        keepsAlive: false,
        allowedOrigin: nil)
    }
    let isForwarded = request?.isForwarded == true
    request?.hasEnded = true
    if request?.hasAnswered == true {
      // Half an answer is out: all that is left is to break off.
      context.close(promise: nil)
      return
    }
    write(refusal, context)
    flush(context)
    // Hummingbird waits for a rest that does not come.
    if isForwarded { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
  }

  /// Goes on to the next request once this one is read and answered.
  func finishIfDone(_ context: ChannelHandlerContext) {
    guard let request, request.hasEnded, request.isAnswered else { return }
    let isLast = closesNow
    if request.isLetIn { server.load.leave() }
    server.load.countAnswer(status: request.status)
    server.logger.debug(
      "answered",
      metadata: [
        "method": "\(request.line?.method.rawValue ?? "-")",
        "path": "\(request.line?.path ?? "-")", "status": "\(request.status)",
        "bytes": "\(request.bodyBytes)",
        "microseconds": "\((context.eventLoop.now - request.began).nanoseconds / 1000)",
      ])
    self.request = nil
    idleSince = context.eventLoop.now
    if isLast {
      flush(context)
      linger(context)
      return
    }
    // An answer given at once comes back here: the loop under way goes on with what follows.
    guard !isTakingWaiting else { return }
    isTakingWaiting = true
    while self.request?.hasEnded != true, closingSince == nil, let part = waiting.popFirst() {
      take(part, context)
    }
    isTakingWaiting = false
    // Nobody else may come by to send what was answered, and to say that what was handed on is all.
    if !isReading {
      flush(context)
      context.fireChannelReadComplete()
    }
    readHeld(context)
  }

  func flush(_ context: ChannelHandlerContext) {
    if hasUnflushed {
      hasUnflushed = false
      context.flush()
    }
  }

  /// Closes our side. The client may be sending still: were all of it closed now, it would learn of
  /// that before it has read the answer.
  func linger(_ context: ChannelHandlerContext) {
    guard closingSince == nil else { return }
    flush(context)
    closingSince = context.eventLoop.now
    waiting.removeAll()
    context.close(mode: .output, promise: nil)
    context.read()
  }

  /// Ends what takes too long.
  func checkTime(_ context: ChannelHandlerContext) {
    let now = context.eventLoop.now
    func isOver(_ start: NIODeadline?, _ seconds: Double) -> Bool {
      start.map { now - $0 >= .fractional(seconds: seconds) } ?? false
    }
    let limits = server.limits
    if isOver(closingSince, 2 * Limits.lingerSeconds)
      || isOver(blockedSince, limits.requestSeconds) || isOver(drainingSince, limits.drainSeconds)
    {
      context.close(promise: nil)
    } else if let request {
      if !request.hasEnded, closingSince == nil, isOver(request.began, limits.requestSeconds) {
        refuse(Refusal(408, "the request took longer than \(limits.requestSeconds) s"), context)
      }
    } else if closingSince == nil {
      // What is under way to us is answered, then nothing more comes.
      if isOver(drainingSince, Limits.lingerSeconds) { linger(context) }
      if isOver(idleSince, limits.idleSeconds) { context.close(promise: nil) }
    }
  }
}

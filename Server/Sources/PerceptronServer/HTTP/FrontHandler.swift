import NIOCore
import NIOHTTP1

/// Stands between the wire and Hummingbird on every connection: it answers small inference requests
/// itself, at once and on the event loop, hands everything else on, and keeps the connection in order.
///
/// - One request at a time: parts of the next wait until the answer to this one is written, so that
///   answers have the order of their requests whoever gives them.
/// - Limits: requests under way, the size of bodies, the time a request, an answer and an idle
///   connection may take.
/// - Shutdown: a request that has come in is answered; after the answer the connection is closed.
final class FrontHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  let server: ModelServer
  /// The request under way; nil between requests.
  var request: RequestUnderWay?
  /// Parts of the requests behind it.
  var waiting = CircularBuffer<HTTPServerRequestPart>()
  var isTakingWaiting = false
  /// Whether a read is under way, at whose end answers are flushed.
  var isReading = false
  /// Whether someone wanted to read while nothing may be read.
  var hasHeldRead = false
  var hasUnflushed = false
  /// Since when nothing is under way.
  var idleSince = NIODeadline.distantPast
  /// Since when the client takes no more of an answer.
  var blockedSince: NIODeadline?
  /// Since when the server is to stop.
  var drainingSince: NIODeadline?
  /// Since when our side of the connection is closed: what still comes in is thrown away.
  var closingSince: NIODeadline?
  /// The connection is closed after the answer under way.
  var closesAfterAnswer = false
  private var watch: RepeatedTask?

  init(_ server: ModelServer) { self.server = server }

  func handlerAdded(context: ChannelHandlerContext) {
    server.load.connectionOpened()
    idleSince = context.eventLoop.now
    if !server.load.isReady { drainingSince = context.eventLoop.now }
    let shortest = min(server.limits.requestSeconds, server.limits.idleSeconds)
    let tick = TimeAmount.fractional(seconds: min(max(shortest / 4, 0.02), 1))
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    watch = context.eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in
      let (handler, context) = bound.value
      handler.checkTime(context)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    watch?.cancel()
    watch = nil
    if request?.isLetIn == true { server.load.leave() }
    request = nil
    server.load.connectionClosed()
  }

  func channelInactive(context: ChannelHandlerContext) {
    watch?.cancel()
    watch = nil
    context.fireChannelInactive()
  }

  // MARK: Requests

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = true
    if closingSince != nil { return }
    let part = unwrapInboundIn(data)
    if request?.hasEnded == true || !waiting.isEmpty {
      waiting.append(part)
    } else {
      take(part, context)
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    flush(context)
    context.fireChannelReadComplete()
  }

  func read(context: ChannelHandlerContext) {
    // A client that sends ahead of its answers, or does not take them, is read no further.
    if request?.hasEnded == true || !context.channel.isWritable {
      hasHeldRead = true
    } else {
      context.read()
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable {
      blockedSince = nil
      readHeld(context)
    } else {
      blockedSince = context.eventLoop.now
    }
    context.fireChannelWritabilityChanged()
  }

  func readHeld(_ context: ChannelHandlerContext) {
    if hasHeldRead, request?.hasEnded != true, context.channel.isWritable {
      hasHeldRead = false
      context.read()
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case is ChannelShouldQuiesceEvent:
      // Not handed on: others would close a connection with a request on its way to us.
      if drainingSince == nil { drainingSince = context.eventLoop.now }
    case ChannelEvent.inputClosed:
      if closingSince != nil || (request == nil && waiting.isEmpty) {
        context.close(promise: nil)
      } else {
        closesAfterAnswer = waiting.isEmpty
        context.fireUserInboundEventTriggered(event)
      }
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard closingSince == nil else { return }
    if error is HTTPParserError, request == nil || request?.isForwarded == false {
      refuse(.invalid("not a request of HTTP/1.1: \(error)"), context)
      return
    }
    context.fireErrorCaught(error)
    context.close(promise: nil)
  }

  // MARK: Answers of Hummingbird

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard request != nil, closingSince == nil else {
      promise?.fail(ChannelError.ioOnClosedChannel)
      return
    }
    switch unwrapOutboundIn(data) {
    case .head(var head):
      request?.status = Int(head.status.code)
      if closesNow { head.headers.replaceOrAdd(name: "connection", value: "close") }
      request?.hasAnswered = true
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .body(let body): context.write(wrapOutboundOut(.body(body)), promise: promise)
    case .end(let trailers):
      context.write(wrapOutboundOut(.end(trailers)), promise: promise)
      hasUnflushed = true
      request?.isAnswered = true
      finishIfDone(context)
    }
  }

  func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
    // Hummingbird ends a connection after the last answer; what is to be closed when, is said here.
    if mode == .output, closingSince == nil {
      if request == nil { linger(context) }
      promise?.succeed()
    } else {
      context.close(mode: mode, promise: promise)
    }
  }
}

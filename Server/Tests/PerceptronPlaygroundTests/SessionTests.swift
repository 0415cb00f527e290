import Foundation
import Perceptron
import Testing

@testable import PerceptronPlayground

@Suite struct SessionTests {
  private func parameters(_ session: PlaygroundSession) async throws -> [Double] {
    try await session.derivationRequest().model.parameters
  }

  @Test func sessionsDoNotTouchEachOther() async throws {
    let one = try PlaygroundSession(query: "data=xor&rows=40", table: nil)
    let other = try PlaygroundSession(query: "data=xor&rows=40", table: nil)
    let start = try await parameters(other)
    try await one.step(updates: 20)
    #expect(try await parameters(other) == start)
    #expect(try await parameters(one) != start)
    #expect(await other.updates == 0)
  }

  @Test func backIsWhereItWas() async throws {
    let session = try PlaygroundSession(query: "data=xor&rows=40", table: nil)
    try await session.step(updates: 6)
    let before = try await parameters(session)
    try await session.step(updates: 1)
    try await session.back()
    let stream = await session.attach()
    while await session.updates < 6 { _ = try await session.next(for: stream) }
    #expect(try await parameters(session) == before)
  }

  @Test func aLinkComesBackToTheSamePicture() async throws {
    let trained = try PlaygroundSession(query: "data=circle&rows=60&seed=5", table: nil)
    try await trained.step(updates: 33)
    let opened = try PlaygroundSession(query: "data=circle&rows=60&seed=5&updates=33", table: nil)
    let stream = await opened.attach()
    while await opened.updates < 33 { _ = try await opened.next(for: stream) }
    let (one, other) = (try await parameters(opened), try await parameters(trained))
    #expect(one == other)
  }

  @Test func whatOnlyShowsDoesNotStartAgain() async throws {
    let session = try PlaygroundSession(query: "rows=40", table: nil)
    try await session.step(updates: 3)
    _ = try await session.change(query: "rows=40&test=1&discrete=1&pace=batch")
    #expect(await session.updates == 3)
    _ = try await session.change(query: "rows=40&rate=0.1")
    #expect(await session.updates == 0)
  }

  @Test func anImpossibleChangeChangesNothing() async throws {
    let session = try PlaygroundSession(query: "rows=40", table: nil)
    try await session.step(updates: 3)
    for query in ["rows=40&rate=-1", "rows=40&data=plane&loss=hinge", "data=table"] {
      await #expect(throws: (any Error).self) { try await session.change(query: query) }
    }
    #expect(await session.updates == 3)
  }

  @Test func anImpossibleAddressOpensTheUsualPictureAndSaysSo() async throws {
    let session = try PlaygroundSession(query: "data=plane&loss=hinge&rate=99", table: nil)
    let scene = await session.scene
    #expect(scene.query == "")
    #expect(scene.problems.count == 2)
  }

  @Test func aPictureIsSentOnceAndAnOlderStreamEnds() async throws {
    let session = try PlaygroundSession(query: "rows=40", table: nil)
    let first = await session.attach()
    guard case .frame(let data) = try await session.next(for: first) else {
      Issue.record("the first picture is missing")
      return
    }
    let frame = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(frame["updates"] as? Int == 0)
    guard case .nothing = try await session.next(for: first) else {
      Issue.record("nothing had changed")
      return
    }
    let second = await session.attach()
    guard case .ended = try await session.next(for: first) else {
      Issue.record("the first stream goes on")
      return
    }
    guard case .frame = try await session.next(for: second) else {
      Issue.record("a new stream begins with a picture")
      return
    }
  }

  @Test func theStoreIsBoundedAndTheOldestIdleSessionEnds() async throws {
    let store = SessionStore(capacity: 2, patience: .seconds(60), table: nil)
    let one = try await store.open(query: "rows=40")
    let two = try await store.open(query: "rows=40")
    await store.watch(one.name)
    // Nobody watches the second.
    let three = try await store.open(query: "rows=40")
    #expect(await store.count == 2)
    #expect(await two.session.hasEnded)
    #expect(await store.session(two.name) == nil)
    #expect(await store.session(one.name) === one.session)
    #expect(await store.session(three.name) === three.session)
    #expect(one.name.count == 32 && one.name != three.name)
  }

  @Test func aSessionEndsWhenItsVisitorHasLeft() async throws {
    let store = SessionStore(capacity: 4, patience: .milliseconds(20), table: nil)
    let (name, session) = try await store.open(query: "rows=40")
    await store.watch(name)
    try await Task.sleep(for: .milliseconds(60))
    #expect(await store.session(name) === session)
    await store.leave(name)
    for _ in 0..<200 where await !session.hasEnded { try await Task.sleep(for: .milliseconds(5)) }
    #expect(await session.hasEnded)
    #expect(await store.session(name) == nil)
  }
}

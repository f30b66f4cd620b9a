import Apus
import Foundation
import Testing

@testable import Autograd

@Suite("The profiler")
struct ProfilerTests {
  private func row(_ profile: Profile, _ name: String) -> KeyAverages.Row? {
    profile.keyAverages().rows.first { $0.name == name }
  }

  @Test("Counts calls, forward and backward")
  func counts() throws {
    let x = try leaf([1, 2, 3, 4], [2, 2])
    let profile = try Profiler.profile {
      let y = try recordFunction("block") { try x.matmul(x).relu() }
      try y.sum().backward()
    }
    #expect(!Profiler.isRunning)
    #expect(row(profile, "block")?.calls == 1)
    #expect(row(profile, "aten::matmul")?.calls == 1)
    #expect(row(profile, "aten::relu")?.calls == 1)
    #expect(row(profile, "ReluBackward0")?.backwardCalls == 1)
    #expect(row(profile, "autograd::engine::evaluate_function: MmBackward0")?.calls == 1)
    #expect(row(profile, "MmBackward0")?.calls == 1)
    #expect(row(profile, "aten::relu")?.backwardCalls == 0)
    #expect(profile.events.first { $0.name == "aten::relu" }?.parent == 0)
    let backward = try #require(profile.events.first { $0.name == "MmBackward0" }?.parent)
    #expect(profile.events[backward].name == "autograd::engine::evaluate_function: MmBackward0")
  }

  @Test("Times add up")
  func times() throws {
    let x = try leaf([1, 2, 3])
    let profile = try Profiler.profile { try x.exp().mul(x).sum().backward() }
    let roots = profile.events.filter { $0.parent == nil }
    #expect(roots.reduce(0) { $0 + $1.duration } == profile.keyAverages().total)
    for event in profile.events {
      guard let parent = event.parent else { continue }
      #expect(event.start >= profile.events[parent].start)
      let end = profile.events[parent].start + profile.events[parent].duration
      #expect(event.start + event.duration <= end)
    }
    let averages = profile.keyAverages()
    #expect(averages.totalBackward > 0 && averages.totalBackward < averages.total)
  }

  @Test("Counts bytes that were taken and given back")
  func memory() throws {
    let x = try Tensor.zeros([1000])
    var kept: Tensor?
    let profile = try Profiler.profile(.init(profilesMemory: true)) {
      kept = try x.exp()
      try recordFunction("lost") { _ = try x.exp() }
    }
    #expect(kept != nil)
    #expect(row(profile, "aten::exp")?.bytes == 8000)
    #expect(row(profile, "lost")?.bytes == 0)
    #expect(row(profile, "lost")?.ownBytes == -4000)
    #expect(try profile.keyAverages().table().contains("7.81 KB"))
  }

  @Test("An error closes what it leaves")
  func errors() throws {
    let x = try leaf([1, 2])
    try Profiler.start()
    _ = try? recordFunction("outer") { _ = try x.view([3]) }
    _ = try x.exp()
    let profile = try Profiler.stop()
    #expect(profile.events.map(\.name) == ["outer", "aten::view", "aten::exp"])
    #expect(profile.events[2].parent == nil)
    #expect(
      words { _ = try Profiler.stop() } == "Can't disable the profiler when it's not running.")
  }

  @Test("Another thread's calls are its own")
  func threads() throws {
    let profile = try Profiler.profile {
      let thread = Thread { _ = try? Tensor.zeros([2]).exp() }
      thread.start()
      while !thread.isFinished { Thread.sleep(forTimeInterval: 0.001) }
    }
    #expect(profile.events.isEmpty)
    #expect(try profile.keyAverages().table() == "")
  }

  @Test("The trace is JSON that says what happened")
  func trace() throws {
    let x = try leaf([1, 2, 3, 4, 5, 6], [2, 3])
    let profile = try Profiler.profile(.init(recordsShapes: true)) {
      try recordFunction("a \"name\"\n\\") { _ = try x.mul(x) }
    }
    let data = Data(profile.chromeTrace.utf8)
    let root = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let events = try #require(root["traceEvents"] as? [[String: Any]])
    #expect(events.map { $0["name"] as? String } == ["a \"name\"\n\\", "aten::mul"])
    #expect(events.allSatisfy { $0["ph"] as? String == "X" })
    let arguments = try #require(events[1]["args"] as? [String: Any])
    #expect(arguments["Input Dims"] as? [[Int]] == [[2, 3], [2, 3]])
    let (outer, inner) = (events[0]["dur"] as? Double, events[1]["dur"] as? Double)
    #expect(try #require(outer) >= #require(inner))
  }

  @Test("The table is laid out as PyTorch's")
  func table() throws {
    func event(_ label: String, _ parent: Int?, _ duration: UInt64, parts: UInt64) -> Profile.Event
    {
      var event = Profile.Event(
        kind: .operation, label: label, shapes: [[3, 4], [4, 5]], isBackward: false, parent: parent,
        start: 0)
      event.duration = duration
      event.durationOfParts = parts
      return event
    }
    let profile = Profile(
      events: [
        event("matmul", nil, 60_199, parts: 56_254), event("mm", 0, 56_254, parts: 0),
        event("relu", nil, 1_234_567, parts: 0),
      ], options: .init(recordsShapes: true), process: 1, thread: 1)
    // Widths, rules and numbers as PyTorch prints them; lines end in two blanks.
    let rule =
      String(repeating: "-", count: 16) + "  "
      + String(repeating: String(repeating: "-", count: 12) + "  ", count: 6)
    let lines = [
      rule,
      "            Name    Self CPU %      Self CPU   CPU total %     CPU total  CPU time avg    # of Calls  ",
      rule,
      "      aten::relu        95.35%       1.235ms        95.35%       1.235ms       1.235ms             1  ",
      "    aten::matmul         0.30%       3.945us         4.65%      60.199us      60.199us             1  ",
      rule, "Self CPU time total: 1.295ms", "",
    ]
    let table = try profile.keyAverages().table(sortBy: "cpu_time_total", rowLimit: 2)
    #expect(table == lines.joined(separator: "\n"))
    #expect(
      try profile.keyAverages(byShape: true).table().contains("[[3, 4], [4, 5]]"))
    #expect(
      words { _ = try profile.keyAverages().table(sortBy: "foo") }
        == "'FunctionEventAvg' object has no attribute 'foo'")
  }
}

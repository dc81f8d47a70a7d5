import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Prng } from "../../sim/prng.ts";
import { Arrivals } from "./arrivals.ts";
import { HeartbeatDetector, SwimDetector } from "./index.ts";
import { DETECTOR_HEARTBEAT, decodeDetectorMessage, encodeDetectorMessage } from "./messages.ts";
import type { Detector, DetectorOutput } from "./types.ts";

interface Verdict {
  readonly atMs: number;
  readonly by: string;
  readonly of: string;
  readonly kind: "suspect" | "trust";
}

/** Detectors of some processes in a time of their own, and the network between them. */
class Scene {
  nowMs = 0;
  readonly names: readonly string[];
  readonly verdicts: Verdict[] = [];
  readonly random: Prng;
  sent = 0;
  /** How long a message takes; undefined when it is lost. */
  delayMs: (from: string, to: string) => number | undefined = () => 1;
  readonly #detectors = new Map<string, Detector>();
  /** Processes that do nothing until then. */
  readonly #stalled = new Map<string, number>();
  #underWay: {
    readonly dueMs: number;
    readonly from: string;
    readonly to: string;
    readonly bytes: Uint8Array;
  }[] = [];

  constructor(count: number, make: (output: DetectorOutput, random: Prng) => Detector, seed = 1) {
    this.random = new Prng(String(seed), "detectors");
    this.names = Array.from({ length: count }, (_, i) => `n${i}`);
    for (const name of this.names) {
      const detector = make(this.#output(name), this.random);
      this.#detectors.set(name, detector);
    }
    for (const name of this.names) this.detector(name).watch(this.others(name), 0);
  }

  detector(name: string): Detector {
    return this.#detectors.get(name) as Detector;
  }

  others(name: string): string[] {
    return this.names.filter((other) => other !== name);
  }

  stall(name: string, untilMs = Number.POSITIVE_INFINITY): void {
    this.#stalled.set(name, untilMs);
  }

  /** Goes on for so long, a millisecond at a time. */
  run(forMs: number): void {
    for (const endMs = this.nowMs + forMs; this.nowMs < endMs; this.nowMs++) {
      for (const name of this.names)
        if (this.#runs(name) && this.detector(name).nextMs <= this.nowMs)
          this.detector(name).tick(this.nowMs);
      const due = this.#underWay.filter(({ dueMs, to }) => dueMs <= this.nowMs && this.#runs(to));
      this.#underWay = this.#underWay.filter((message) => !due.includes(message));
      for (const { from, to, bytes } of due) this.detector(to).receive(from, bytes, this.nowMs);
    }
  }

  suspicions(): Verdict[] {
    return this.verdicts.filter(({ kind }) => kind === "suspect");
  }

  #runs(name: string): boolean {
    return (this.#stalled.get(name) ?? 0) <= this.nowMs;
  }

  #output(by: string): DetectorOutput {
    return {
      send: (to, bytes) => {
        this.sent++;
        const delayMs = this.delayMs(by, to);
        if (delayMs !== undefined) this.#underWay.push({ dueMs: this.nowMs + delayMs, from: by, to, bytes });
      },
      suspect: (of) => this.verdicts.push({ atMs: this.nowMs, by, of, kind: "suspect" }),
      trust: (of) => this.verdicts.push({ atMs: this.nowMs, by, of, kind: "trust" }),
    };
  }
}

describe("the intervals between signs of life", () => {
  it("make phi what the normal distribution says: 1 at 1.2816 deviations, 2 at 2.3263, 3 at 3.0902", () => {
    const arrivals = new Arrivals(100, 100, 10);
    for (const [y, phi] of [
      [1.2816, 1],
      [2.3263, 2],
      [3.0902, 3],
    ] as const)
      expect(arrivals.phi(100 + 10 * y, 0)).toBeCloseTo(phi, 1);
    expect(arrivals.phi(0, 0)).toBeLessThan(0.001);
    expect(arrivals.phi(1e9, 0)).toBe(300);
  });

  it("say at which silence phi reaches a threshold", () => {
    const some = fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 300 });
    fc.assert(
      fc.property(some, fc.double({ min: 0.1, max: 50, noNaN: true }), (intervals, threshold) => {
        const arrivals = new Arrivals(100, 100, 10);
        for (const interval of intervals) arrivals.add(interval);
        expect(arrivals.phi(arrivals.silenceMs(threshold, 30), 30)).toBeCloseTo(threshold, 6);
      }),
      { seed: 3 },
    );
  });

  it("are forgotten, the oldest first", () => {
    const arrivals = new Arrivals(3, 1000, 1);
    for (const interval of [10, 20, 30]) arrivals.add(interval);
    expect([arrivals.meanMs, arrivals.deviationMs]).toEqual([20, Math.sqrt(200 / 3)]);
  });
});

describe("messages", () => {
  it("that are none are ignored", () => {
    const scene = new Scene(2, (output) => new HeartbeatDetector(output));
    const swim = new Scene(2, (output, random) => new SwimDetector(output, random));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        if (decodeDetectorMessage(bytes) !== undefined) return;
        for (const each of [scene, swim]) each.detector("n0").receive("n1", bytes, 1);
        for (const each of [scene, swim]) each.detector("n0").receive("stranger", bytes, 1);
      }),
      { seed: 4 },
    );
    expect(decodeDetectorMessage(encodeDetectorMessage({ type: DETECTOR_HEARTBEAT }))).toEqual({ type: 0 });
    expect(decodeDetectorMessage(Uint8Array.of(0, 0, 0, 0, 0))).toBeUndefined();
  });
});

describe("heartbeats", () => {
  const scene = (count = 3, pauseMs = 600) =>
    new Scene(count, (output) => new HeartbeatDetector(output, { pauseMs }));

  it("bear two seconds of silence, unless something else is asked for", () => {
    const processes = new Scene(3, (output) => new HeartbeatDetector(output));
    processes.run(5000);
    processes.stall("n2", processes.nowMs + 2000);
    processes.run(10_000);
    expect(processes.verdicts).toEqual([]);
    processes.run(3_000_000);
    processes.stall("n2");
    const startMs = processes.nowMs;
    processes.run(3000);
    expect(processes.suspicions().map(({ by, of }) => `${by} ${of}`)).toEqual(["n0 n2", "n1 n2"]);
    for (const { atMs } of processes.suspicions()) expect(atMs - startMs).toBeLessThan(2250);
  });

  it("show a process that stopped, to all, within the time that its silence is unusual", () => {
    const processes = scene();
    processes.run(5000);
    expect(processes.verdicts).toEqual([]);
    processes.stall("n2");
    processes.run(2000);
    expect(processes.suspicions().map(({ by, of }) => `${by} ${of}`)).toEqual(["n0 n2", "n1 n2"]);
    for (const { atMs } of processes.suspicions()) expect(atMs - 5000).toBeLessThan(850);
  });

  it("show one that was killed sooner, as its links went down, unless they come up again", () => {
    const processes = scene();
    processes.run(1000);
    processes.stall("n2");
    for (const by of ["n0", "n1"]) processes.detector(by).linkDown("n2", processes.nowMs);
    processes.run(100);
    processes.detector("n1").linkUp("n2", processes.nowMs);
    processes.run(250);
    expect(processes.suspicions()).toEqual([{ atMs: 1250, by: "n0", of: "n2", kind: "suspect" }]);
  });

  it("make a process trusted again that is heard again", () => {
    const processes = scene(2);
    processes.run(1000);
    processes.stall("n1", 3000);
    processes.run(5000);
    expect(processes.verdicts.map(({ by, of, kind }) => `${by} ${kind} ${of}`)).toEqual([
      "n0 suspect n1",
      "n0 trust n1",
    ]);
  });

  it("suspect nobody for a silence of their own process", () => {
    const processes = scene();
    processes.run(1000);
    processes.stall("n0", 11_000);
    processes.run(20_000);
    expect(processes.suspicions().filter(({ by }) => by === "n0")).toEqual([]);
    expect(processes.suspicions()).toHaveLength(2);
  });

  it("learn what is usual: a process that is often late is given more time", () => {
    const silences = [0, 300].map((lateMs) => {
      const processes = scene(2);
      processes.delayMs = () => 1 + (processes.random.uint32() % (lateMs + 1));
      processes.run(60_000);
      expect(processes.suspicions()).toEqual([]);
      processes.stall("n1");
      const startMs = processes.nowMs;
      processes.run(6000);
      return (processes.suspicions()[0]?.atMs ?? Number.NaN) - startMs;
    });
    expect(silences[0]).toBeLessThan(850);
    expect(silences[1]).toBeGreaterThan((silences[0] as number) + 200);
    expect(silences[1]).toBeLessThan(5000);
  });

  it("give a link as long to come up again as their process was held up of late", () => {
    const suspicions = [false, true].map((isBusy) => {
      const processes = scene(2);
      processes.run(1000);
      if (isBusy) processes.stall("n0", processes.nowMs + 400);
      processes.run(2000);
      processes.detector("n0").linkDown("n1", processes.nowMs);
      processes.run(500);
      return processes.suspicions().length > 0;
    });
    expect(suspicions).toEqual([true, false]);
  });

  it("learn from a pause, of the peer or of their own process, for a while", () => {
    const pause = (processes: Scene, name: string, forMs: number) => {
      processes.stall(name, processes.nowMs + forMs);
      processes.run(forMs + 2000);
    };
    const processes = scene();
    processes.run(1000);
    pause(processes, "n1", 900);
    expect(processes.suspicions().map(({ by, of }) => `${by} ${of}`)).toEqual(["n0 n1", "n2 n1"]);
    // The one that was too long is nothing unusual any more, also for those who do not watch it in between.
    processes.detector("n0").watch(["n2"], processes.nowMs);
    processes.run(1000);
    processes.detector("n0").watch(["n1", "n2"], processes.nowMs);
    pause(processes, "n1", 1200);
    expect(processes.suspicions()).toHaveLength(2);
    // A process that was held up is patient with all others, and only it.
    pause(processes, "n0", 900);
    expect(processes.suspicions()).toHaveLength(3);
    pause(processes, "n2", 1200);
    expect(processes.suspicions()).toHaveLength(3);
    processes.run(1_500_000);
    // One that stood still for long was stopped: that teaches nothing.
    pause(processes, "n2", 4000);
    expect(processes.suspicions()).toHaveLength(5);
    processes.stall("n1");
    const startMs = processes.nowMs;
    processes.run(900);
    expect(processes.suspicions().map(({ by, of }) => `${by} ${of}`)).toEqual([
      "n0 n1",
      "n2 n1",
      "n2 n0",
      "n0 n2",
      "n1 n2",
      "n0 n1",
      "n2 n1",
    ]);
    expect(processes.suspicions().at(-1)?.atMs).toBeGreaterThan(startMs + 500);
  });

  it("need not be heartbeats: any message is a sign of life", () => {
    const processes = scene(2);
    processes.run(1000);
    processes.delayMs = () => undefined;
    for (let i = 0; i < 100; i++) {
      processes.run(50);
      processes.detector("n0").heard("n1", processes.nowMs);
    }
    expect(processes.suspicions().map(({ by }) => by)).toEqual(["n1"]);
  });

  it("are sent to and awaited of those who are watched, and nobody else", () => {
    const processes = scene();
    processes.run(1000);
    processes.stall("n2");
    processes.detector("n0").watch(["n1"], processes.nowMs);
    processes.detector("n1").watch([], processes.nowMs);
    processes.run(5000);
    expect(processes.suspicions()).toEqual([
      { atMs: expect.any(Number), by: "n0", of: "n1", kind: "suspect" },
    ]);
    expect(processes.detector("n1").nextMs).toBe(Number.POSITIVE_INFINITY);
    const before = processes.sent;
    processes.detector("n0").watch([], processes.nowMs);
    processes.run(1000);
    expect(processes.sent).toBe(before);
    processes.detector("n0").heard("n1", processes.nowMs);
    expect(processes.verdicts).toHaveLength(1);
  });

  it("refuse options that cannot be", () => {
    const output = { send() {}, suspect() {}, trust() {} };
    expect(() => new HeartbeatDetector(output, { intervalMs: 0 })).toThrow(RangeError);
    expect(() => new HeartbeatDetector(output, { pauseMs: Number.NaN })).toThrow(RangeError);
    expect(() => new SwimDetector(output, new Prng("1", "detectors"), { periods: 0 })).toThrow(RangeError);
    expect(
      () => new SwimDetector(output, new Prng("1", "detectors"), { periodMs: 10, answerMs: 10 }),
    ).toThrow(RangeError);
  });
});

describe("probes", () => {
  const scene = (count: number, seed = 1) =>
    new Scene(count, (output, random) => new SwimDetector(output, random), seed);

  it("find a process that stopped, somebody within a few periods and everybody within a round", () => {
    const processes = scene(50);
    processes.run(5000);
    expect(processes.verdicts).toEqual([]);
    processes.stall("n7");
    processes.run(30_000);
    expect(new Set(processes.suspicions().map(({ of }) => of))).toEqual(new Set(["n7"]));
    expect((processes.suspicions()[0]?.atMs ?? 0) - 5000).toBeLessThan(2000);
    expect(new Set(processes.suspicions().map(({ by }) => by)).size).toBe(49);
  });

  it("cost each process the same, however many there are", () => {
    const costs = [5, 50].map((count) => {
      const processes = scene(count);
      processes.run(20_000);
      return processes.sent / count / 20;
    });
    // A question and an answer in each period of 200 ms.
    for (const perSecond of costs) expect(perSecond).toBeCloseTo(10, 0);
  });

  it("suspect nobody whom others can reach", () => {
    const processes = scene(5);
    processes.delayMs = (from, to) => ([from, to].sort().join() === "n0,n1" ? undefined : 1);
    processes.run(60_000);
    expect(processes.suspicions()).toEqual([]);
  });

  it("suspect whom nobody can reach, and trust who comes back", () => {
    const processes = scene(4);
    processes.delayMs = (from, to) => (from === "n3" || to === "n3" ? undefined : 1);
    processes.run(5000);
    const about = (of: string) => processes.suspicions().filter((verdict) => verdict.of === of);
    expect(new Set(about("n3").map(({ by }) => by))).toEqual(new Set(["n0", "n1", "n2"]));
    expect(
      new Set(
        processes
          .suspicions()
          .filter(({ by }) => by !== "n3")
          .map(({ of }) => of),
      ),
    ).toEqual(new Set(["n3"]));
    processes.delayMs = () => 1;
    processes.run(5000);
    const last = (by: string) =>
      processes.verdicts.findLast((verdict) => verdict.by === by && verdict.of === "n3");
    expect(["n0", "n1", "n2"].map((by) => last(by)?.kind)).toEqual(["trust", "trust", "trust"]);
  });

  it("suspect nobody for lost messages, one in twenty", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const processes = scene(8, seed);
      processes.delayMs = () => (processes.random.uint32() % 20 === 0 ? undefined : 1);
      processes.run(20_000);
      expect(processes.suspicions(), `seed ${seed}`).toEqual([]);
    }
  });

  it("suspect nobody for a silence of their own process", () => {
    const processes = scene(3);
    processes.run(1000);
    processes.stall("n0", 11_000);
    processes.run(20_000);
    expect(processes.suspicions().filter(({ by }) => by === "n0")).toEqual([]);
    expect(processes.suspicions().filter(({ of }) => of === "n0")).toHaveLength(2);
  });

  it("go to others at once when a link is down", () => {
    const processes = scene(3);
    processes.run(1);
    const [detector, { sent, nowMs }] = [processes.detector("n0"), processes];
    for (const peer of ["n1", "n2"]) detector.linkDown(peer, nowMs);
    expect(detector.nextMs).toBe(nowMs);
    detector.tick(nowMs);
    expect(processes.sent).toBe(sent + 1);
  });
});

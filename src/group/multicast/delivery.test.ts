/** Receipt is not delivery: the rules of each order and guarantee, message by message. */
import { describe, expect, it } from "vitest";
import type { Order } from "../types.ts";
import { Delivery } from "./delivery.ts";
import { modeOf } from "./mode.ts";
import { Outgoing } from "./outgoing.ts";
import { Sequencer } from "./sequencer.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Streams of some members, and one receiver of all of them. */
class Scene {
  readonly outgoing: Outgoing[];
  readonly delivery: Delivery;
  readonly delivered: string[] = [];
  readonly held: string[] = [];
  marks = 0;
  readonly #sequences: number[];

  constructor(members: number) {
    this.outgoing = Array.from({ length: members }, (_, rank) => new Outgoing(1, rank, members));
    this.#sequences = this.outgoing.map(() => 0);
    this.delivery = new Delivery(members, {
      deliver: (_rank, _sequence, _mode, payload) => this.delivered.push(new TextDecoder().decode(payload)),
      held: (rank, sequence) => this.held.push(`${rank}/${sequence}`),
      mark: () => this.marks++,
      offered: () => {},
      marked: () => {},
    });
  }

  /** A bundle with one message. @param seen its precedence vector; @param items what its sender had received, for a sync. */
  send(
    rank: number,
    order: Order,
    text: string,
    seen: number[] = [],
    isAtomic = false,
    items: number[] = [],
  ): Uint8Array {
    const past = { ordered: Float64Array.from(seen), items: Float64Array.from(items) };
    const sequence = (this.#sequences[rank] as number) + 1;
    this.#sequences[rank] = sequence;
    const mode = modeOf(order, isAtomic ? "atomic" : "reliable");
    return this.#bundle(rank, (outgoing) => outgoing.message(mode, sequence, past, bytes(text), false));
  }

  runs(...runs: number[]): Uint8Array {
    return this.#bundle(0, (outgoing) => outgoing.runs(runs, false));
  }
  begin(rank: number): Uint8Array {
    return this.#bundle(0, (outgoing) => outgoing.begin(rank));
  }
  marker(rank: number): Uint8Array {
    return this.#bundle(rank, (outgoing) => outgoing.marker());
  }

  #bundle(rank: number, put: (outgoing: Outgoing) => void): Uint8Array {
    const outgoing = this.outgoing[rank] as Outgoing;
    put(outgoing);
    outgoing.close();
    return outgoing.take()?.bytes.slice() as Uint8Array;
  }

  receive(rank: number, ...bundles: Uint8Array[]): void {
    const lane = this.delivery.lane(rank);
    for (const bundle of bundles) {
      expect(lane.receive(bundle, 1)).toBe("new");
      this.delivery.take(lane, Number.POSITIVE_INFINITY);
    }
  }

  /** The sender says that everybody has its stream up to here. */
  confirm(rank: number, stable: number): void {
    this.delivery.lane(rank).confirm(stable);
    this.delivery.settle();
  }
}

describe("FIFO order", () => {
  it("keeps the messages of each source in order; those of several may be interleaved in any order at each receiver", () => {
    const [c, d] = [new Scene(2), new Scene(2)];
    const [m, n] = [0, 1].map((rank) =>
      [1, 2, 3].map((i) => c.send(rank, "fifo", `${rank === 0 ? "m" : "n"}${i}`)),
    ) as [Uint8Array[], Uint8Array[]];
    c.receive(0, ...m);
    c.receive(1, ...n);
    expect(c.delivered).toEqual(["m1", "m2", "m3", "n1", "n2", "n3"]);
    for (const [rank, i] of [
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
      [1, 2],
      [0, 2],
    ] as const)
      d.receive(rank, (rank === 0 ? m : n)[i] as Uint8Array);
    expect(d.delivered).toEqual(["m1", "n1", "n2", "m2", "n3", "m3"]);
  });

  it("does not hold unordered messages behind those that wait", () => {
    const scene = new Scene(2);
    scene.receive(
      1,
      scene.send(1, "total", "waits"),
      scene.send(1, "unordered", "overtakes"),
      scene.send(1, "fifo", "next"),
    );
    expect(scene.delivered).toEqual(["overtakes"]);
    scene.receive(0, scene.runs(1, 1));
    expect(scene.delivered).toEqual(["overtakes", "waits", "next"]);
  });
});

describe("causal order", () => {
  it("needs the very next message of the sender: a number more than one greater is held", () => {
    const scene = new Scene(3);
    scene.receive(1, scene.send(1, "causal", "second of two", [0, 2, 0]));
    expect(scene.delivered).toEqual([]);
    expect(scene.held).toEqual(["1/1"]);
  });

  it("needs every message that the sender had seen: one that depends on another is held until that is delivered", () => {
    const scene = new Scene(3);
    const question = scene.send(0, "causal", "question", [1, 0, 0]);
    const answer = scene.send(1, "causal", "answer", [1, 1, 0]);
    scene.receive(1, answer);
    expect(scene.delivered).toEqual([]);
    scene.receive(2, scene.send(2, "causal", "concurrent", [0, 0, 1]));
    expect(scene.delivered).toEqual(["concurrent"]);
    scene.receive(0, question);
    expect(scene.delivered).toEqual(["concurrent", "question", "answer"]);
  });
});

describe("total order", () => {
  it("is that of the sequencer's runs, whatever comes first", () => {
    const scene = new Scene(3);
    scene.receive(2, scene.send(2, "total", "c1"), scene.send(2, "total", "c2"));
    scene.receive(1, scene.send(1, "total", "b1"));
    scene.receive(0, scene.runs(2, 1, 1, 1, 2, 1));
    expect(scene.delivered).toEqual(["c1", "b1", "c2"]);
  });

  it("of atomic messages waits until everybody has the message, and its place", () => {
    const scene = new Scene(2);
    scene.receive(1, scene.send(1, "total", "x", [], true));
    scene.receive(0, scene.runs(1, 1));
    scene.confirm(1, 1);
    expect(scene.delivered).toEqual([]);
    scene.confirm(0, 1);
    expect(scene.delivered).toEqual(["x"]);
  });
});

describe("atomic messages", () => {
  it("are delivered when the sender has confirmed that everybody has them, and hold back what is behind them", () => {
    const scene = new Scene(2);
    scene.receive(
      1,
      scene.send(1, "fifo", "a", [], true),
      scene.send(1, "fifo", "b"),
      scene.send(1, "unordered", "u", [], true),
    );
    expect(scene.delivered).toEqual([]);
    scene.confirm(1, 1);
    expect(scene.delivered).toEqual(["a", "b"]);
    scene.confirm(1, 3);
    expect(scene.delivered).toEqual(["a", "b", "u"]);
  });
});

describe("a sync", () => {
  it("comes after what was sent before it by anybody, when everybody has that, and before all that is sent after", () => {
    const scene = new Scene(2);
    const [before, marker, after] = [
      scene.send(1, "unordered", "before", [], true),
      scene.marker(1),
      scene.send(1, "unordered", "after"),
    ];
    scene.receive(
      0,
      scene.send(0, "sync", "sync", [1, 0], false, [0, 0]),
      scene.begin(0),
      scene.marker(0),
      scene.runs(0, 1),
    );
    expect(scene.marks).toBe(1);
    scene.receive(1, before, marker, after);
    expect(scene.delivered).toEqual([]);
    scene.confirm(1, 2);
    expect(scene.delivered).toEqual(["before"]);
    scene.confirm(0, 1);
    expect(scene.delivered).toEqual(["before", "sync", "after"]);
  });
});

describe("the sequencer", () => {
  const vector = (...seen: number[]) => {
    const out = new Uint8Array(4 * seen.length);
    for (const [i, count] of seen.entries()) new DataView(out.buffer).setUint32(4 * i, count);
    return out;
  };

  it("places a message when everything that its sender had seen is placed, and not before", () => {
    const sequencer = new Sequencer(3);
    const mode = modeOf("causal-total", "reliable");
    sequencer.offer(1, mode, vector(0, 1, 1), 0);
    expect(sequencer.hasRuns).toBe(false);
    sequencer.offer(2, mode, vector(0, 0, 1), 0);
    expect(sequencer.takeRuns()).toEqual([2, 1, 1, 1]);
  });

  it("joins what comes from one stream, and places a sync when all streams stand at its barrier", () => {
    const sequencer = new Sequencer(2);
    const total = modeOf("total", "reliable");
    for (let i = 0; i < 3; i++) sequencer.offer(1, total, vector(), 0);
    sequencer.offer(0, modeOf("sync", "reliable"), vector(1, 0), 0);
    expect([sequencer.takeRuns(), sequencer.takeBegins()]).toEqual([[1, 3], [0]]);
    sequencer.offer(1, total, vector(), 0);
    sequencer.mark(1);
    sequencer.offer(1, total, vector(), 0);
    expect(sequencer.takeRuns()).toEqual([1, 1, 0, 1, 1, 1]);
  });
});

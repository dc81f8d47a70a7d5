import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PIECE_OVERHEAD_BYTES, type WriteRequest } from "./pieces.ts";
import { Stable, WriteBack } from "./write-back.ts";

const SPACE = 96;

/** A server that keeps UNSTABLE writes in memory: a crash keeps any subset of them and changes the verifier. */
class ModelServer {
  disk = new Uint8Array(SPACE);
  verifier = 1;
  /** Several nodes, which bring what they took together in any order. */
  readonly #isUnordered: boolean;
  #pending: WriteRequest[] = [];
  #draws = 1;

  constructor(isUnordered: boolean) {
    this.#isUnordered = isUnordered;
  }

  apply(request: WriteRequest, count: number, stable: number): void {
    const taken = { offset: request.offset, data: request.data.slice(0, count) };
    if (stable === Stable.fileSync) {
      this.disk.set(taken.data, taken.offset);
      if (!this.#isUnordered) this.#supersede(taken);
    } else {
      this.#pending.push(taken);
    }
  }

  /** What an earlier unstable write holds of the range is older than what is on the disk now. */
  #supersede({ offset, data }: WriteRequest): void {
    for (const older of this.#pending) {
      for (let i = 0; i < data.length; i++) {
        const at = offset + i - older.offset;
        if (at >= 0 && at < older.data.length) older.data[at] = data[i] as number;
      }
    }
  }

  commit(): void {
    if (this.#isUnordered) this.#shuffle();
    for (const { offset, data } of this.#pending) this.disk.set(data, offset);
    this.#pending = [];
  }

  #shuffle(): void {
    for (let at = this.#pending.length - 1; at > 0; at--) {
      this.#draws = (Math.imul(this.#draws, 1_103_515_245) + 12_345) >>> 0;
      const other = (this.#draws >>> 16) % (at + 1);
      const [one, two] = [this.#pending[at], this.#pending[other]] as [WriteRequest, WriteRequest];
      this.#pending[at] = two;
      this.#pending[other] = one;
    }
  }

  crash(kept: number): void {
    this.#pending = this.#pending.filter((_, index) => ((kept >>> (index % 31)) & 1) === 1);
    this.commit();
    this.verifier++;
  }
}

type Step =
  | { kind: "write"; offset: number; length: number; fill: number }
  | { kind: "send"; flush: boolean; stable: boolean }
  | { kind: "reach"; which: number; short: number }
  | { kind: "reply"; which: number }
  | { kind: "fileCommit" }
  | { kind: "commitReply" }
  | { kind: "crash"; kept: number }
  | { kind: "truncate"; size: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("write" as const),
    offset: fc.nat(SPACE - 1),
    length: fc.integer({ min: 1, max: 40 }),
    fill: fc.integer({ min: 1, max: 255 }),
  }),
  fc.record({
    kind: fc.constant("send" as const),
    flush: fc.boolean(),
    stable: fc.nat(5).map((n) => n === 0),
  }),
  fc.record({ kind: fc.constant("reach" as const), which: fc.nat(7), short: fc.nat(12) }),
  fc.record({ kind: fc.constant("reply" as const), which: fc.nat(7) }),
  fc.constant({ kind: "fileCommit" as const }),
  fc.constant({ kind: "commitReply" as const }),
  fc.record({ kind: fc.constant("crash" as const), kept: fc.nat() }),
  fc.record({ kind: fc.constant("truncate" as const), size: fc.nat(SPACE) }),
);

/** A client and a server whose messages are under way for as long as the steps say. */
class Run {
  readonly cache: WriteBack;
  readonly server: ModelServer;
  readonly #isUnordered: boolean;
  readonly expected = new Uint8Array(SPACE);
  /** Sent WRITEs; `answer` once the server has run them, the last time they reached it. */
  flying: {
    request: WriteRequest;
    stable: number;
    answer?: { count: number; verifier: number } | undefined;
  }[] = [];
  commit: { number: number; answer?: number | undefined } | undefined;
  rewritten = 0;

  constructor(isUnordered: boolean) {
    this.#isUnordered = isUnordered;
    this.cache = new WriteBack({ requestBytes: 16, maxInFlight: 4, isUnordered });
    this.server = new ModelServer(isUnordered);
  }

  take(step: Step): void {
    if (step.kind === "write") this.#write(step.offset, step.length, step.fill);
    else if (step.kind === "send") this.#send(step.flush, step.stable ? Stable.fileSync : Stable.unstable);
    else if (step.kind === "reach") this.#reach(step.which, step.short);
    else if (step.kind === "reply") this.#reply(step.which);
    else if (step.kind === "fileCommit") this.commit ??= this.cache.beginCommit();
    else if (step.kind === "commitReply") this.#commitReply();
    else if (step.kind === "crash") this.#crash(step.kept);
    else this.#truncate(step.size);
    this.#check();
  }

  #write(offset: number, length: number, fill: number): void {
    const data = new Uint8Array(Math.min(length, SPACE - offset)).fill(fill);
    this.cache.write(offset, data);
    this.expected.set(data, offset);
    data.fill(0); // The caller's buffer is its own again.
  }

  #send(flush: boolean, stable: number): void {
    const request = this.cache.next(flush);
    if (request === undefined) return;
    expect(request.data.length).toBeLessThanOrEqual(16);
    for (const other of this.flying) {
      const apart =
        other.request.offset + other.request.data.length <= request.offset ||
        request.offset + request.data.length <= other.request.offset;
      expect(apart, "WRITEs in flight do not overlap").toBe(true);
    }
    this.flying.push({ request, stable });
  }

  #reach(which: number, short: number): void {
    const flight = this.flying[which % Math.max(1, this.flying.length)];
    if (flight === undefined) return;
    const count = Math.max(1, flight.request.data.length - (short > 8 ? short : 0));
    this.server.apply(flight.request, count, flight.stable);
    flight.answer = { count, verifier: this.server.verifier };
  }

  #reply(which: number): void {
    const flight = this.flying[which % Math.max(1, this.flying.length)];
    if (flight?.answer === undefined) return;
    this.flying.splice(this.flying.indexOf(flight), 1);
    this.cache.answered(flight.request, flight.answer.count, flight.stable, `${flight.answer.verifier}`);
  }

  #commitReply(): void {
    if (this.commit === undefined) return;
    if (this.commit.answer === undefined) {
      this.server.commit();
      this.commit.answer = this.server.verifier;
      return;
    }
    this.rewritten += this.cache.committed(this.commit, `${this.commit.answer}`);
    this.commit = undefined;
  }

  /** What was under way is sent again: what has reached the server may reach it once more. */
  #crash(kept: number): void {
    this.server.crash(kept);
    if ((kept & 1) === 0) for (const flight of this.flying) flight.answer = undefined;
    if (this.commit !== undefined && (kept & 2) === 0) this.commit.answer = undefined;
  }

  /** As the driver does it: everything is sent and answered first. */
  #truncate(size: number): void {
    if (this.#isUnordered) this.sync();
    else this.#settleWrites();
    this.cache.truncate(size);
    this.expected.fill(0, size);
    this.server.commit();
    this.server.disk.fill(0, size);
  }

  #settleWrites(): void {
    while (this.cache.unsent) {
      this.#send(true, Stable.unstable);
      while (this.flying.length > 0) {
        if (this.flying[0]?.answer === undefined) this.#reach(0, 0);
        this.#reply(0);
      }
      if (this.cache.needsCommit) this.#commitNow();
    }
  }

  #commitNow(): void {
    this.commit ??= this.cache.beginCommit();
    if (this.commit?.answer === undefined) this.#commitReply();
    this.#commitReply();
  }

  #check(): void {
    expect(this.cache.bytes).toBeGreaterThanOrEqual(0);
    expect(this.cache.keptBytes).toBeLessThanOrEqual(this.cache.bytes);
    expect(this.cache.end).toBeLessThanOrEqual(SPACE);
  }

  sync(): void {
    for (let round = 0; !this.cache.clean; round++) {
      expect(round, "sync comes to an end").toBeLessThan(10);
      this.#settleWrites();
      this.#commitNow();
    }
  }
}

describe("what was written and is not yet durable", () => {
  test.each([
    ["one server", false],
    ["a server of several nodes", true],
  ])("is durable after sync, whatever crashes, is repeated, cut short or overtaken: %s", (_, isUnordered) => {
    let rewritten = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 60, maxLength: 120 }), fc.nat(), (steps, kept) => {
        const run = new Run(isUnordered);
        for (const each of steps) run.take(each);
        run.sync();
        run.server.crash(kept);
        expect([...run.server.disk]).toEqual([...run.expected]);
        expect(run.cache.bytes).toBe(0);
        rewritten += run.rewritten;
      }),
      { numRuns: Number(process.env.COTERIE_SOAK ? 50_000 : 1000), seed: 20_261_121 },
    );
    // The property would be empty if no run had lost a verifier.
    expect(rewritten).toBeGreaterThan(1000);
  });

  test("is gathered: small writes in a row become one request, cut at multiples of its size", () => {
    const cache = new WriteBack({ requestBytes: 16, maxInFlight: 8 });
    for (let at = 4; at < 40; at += 2) cache.write(at, Uint8Array.of(at, at + 1));
    const sent: [number, number][] = [];
    for (let request = cache.next(true); request; request = cache.next(true)) {
      sent.push([request.offset, request.data.length]);
      expect([...request.data]).toEqual([...request.data].map((_, index) => request.offset + index));
    }
    expect(sent).toEqual([
      [4, 12],
      [16, 16],
      [32, 8],
    ]);
  });

  test("waits while a further write may lengthen it, unless a flush is asked for", () => {
    const cache = new WriteBack({ requestBytes: 16, maxInFlight: 8 });
    cache.write(0, new Uint8Array(10));
    expect(cache.next(false)).toBeUndefined();
    cache.write(32, new Uint8Array(1));
    expect(cache.next(false)).toMatchObject({ offset: 0 });
    expect(cache.next(false)).toBeUndefined();
    expect(cache.next(true)).toMatchObject({ offset: 32 });
  });

  test("stays bounded by the window", () => {
    const cache = new WriteBack({ requestBytes: 16, maxInFlight: 2 });
    cache.write(0, new Uint8Array(64));
    expect([cache.next(true), cache.next(true), cache.next(true)].map(Boolean)).toEqual([true, true, false]);
  });

  test("counts its memory: content and a share for each piece", () => {
    const cache = new WriteBack({ requestBytes: 1024, maxInFlight: 2 });
    cache.write(0, new Uint8Array(100));
    cache.write(500, new Uint8Array(10));
    expect(cache.bytes).toBe(110 + 2 * PIECE_OVERHEAD_BYTES);
    cache.write(50, new Uint8Array(500));
    expect(cache.bytes).toBe(550 + 2 * PIECE_OVERHEAD_BYTES);
    cache.discard();
    expect(cache.bytes).toBe(0);
  });

  test("where writes may take effect in any order, what goes over an answered one waits for a COMMIT", () => {
    const cache = new WriteBack({ requestBytes: 16, maxInFlight: 4, isUnordered: true });
    cache.write(0, new Uint8Array(16));
    const first = cache.next(true) as WriteRequest;
    cache.write(4, new Uint8Array(4));
    cache.answered(first, 16, Stable.unstable, "a");
    expect([cache.needsCommit, cache.next(true)]).toEqual([true, undefined]);
    const mark = cache.beginCommit();
    if (mark === undefined) throw new Error("nothing to commit");
    cache.committed(mark, "a");
    expect(cache.next(true)).toMatchObject({ offset: 4 });
  });

  test("a failed WRITE gives its content up, and nothing else", () => {
    const cache = new WriteBack({ requestBytes: 16, maxInFlight: 2 });
    cache.write(0, new Uint8Array(32));
    const first = cache.next(true) as WriteRequest;
    cache.failed(first);
    expect(cache.next(true)).toMatchObject({ offset: 16 });
    expect(cache.bytes).toBe(16 + PIECE_OVERHEAD_BYTES);
  });

  test("a COMMIT covers what was answered before it began, not what was answered during it", () => {
    const cache = new WriteBack({ requestBytes: 16, maxInFlight: 2 });
    cache.write(0, new Uint8Array(16));
    cache.write(16, new Uint8Array(16));
    const [first, second] = [cache.next(true) as WriteRequest, cache.next(true) as WriteRequest];
    cache.answered(first, 16, Stable.unstable, "a");
    const mark = cache.beginCommit();
    cache.answered(second, 16, Stable.unstable, "a");
    if (mark === undefined) throw new Error("nothing to commit");
    expect(cache.committed(mark, "a")).toBe(0);
    expect(cache.keptBytes).toBe(16);
  });
});

test("overwriting one place for ever takes no more memory than writing it once", () => {
  const cache = new WriteBack({ requestBytes: 1024, maxInFlight: 2 });
  // A header that a program updates beside the records that it appends: none of it fills a request.
  for (let i = 0; i < 10_000; i++) {
    cache.write(0, Uint8Array.of(i & 0xff));
    cache.write(512, Uint8Array.of(i & 0xff));
    cache.next(false);
  }
  expect(cache.bytes).toBeLessThan(4 * (1 + PIECE_OVERHEAD_BYTES));
  expect(cache.queued).toBeLessThan(200);
  expect(cache.overlapping(512, 1)).toEqual([{ offset: 512, data: Uint8Array.of(9_999 & 0xff) }]);
});

import { describe, expect, it } from "vitest";
import { frameBytes } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";
import { MAX_EARLY_BYTES, SendQueue, SLAB_BYTES, SlabPool, SMALL_SLAB_BYTES } from "./send-queue.ts";

/** A pipe that takes what it is told to, and checks that what it keeps is not changed. */
class FakePipe {
  readonly writes: number[] = [];
  readonly messages: number[] = [];
  readonly received: Uint8Array[] = [];
  isFull = false;
  pendingBytes = 0;
  #kept: { readonly data: Uint8Array; readonly copy: Uint8Array }[] = [];
  readonly #reader = new FrameReader(1 << 20);

  write(data: Uint8Array): boolean {
    this.writes.push(data.length);
    this.#reader.feed(data.slice());
    while (this.#reader.next() === "frame") {
      const { port, bytes, start, end } = this.#reader;
      this.messages.push(port);
      this.received.push(bytes.slice(start, end));
    }
    if (!this.isFull) return true;
    this.pendingBytes += data.length;
    this.#kept.push({ data, copy: data.slice() });
    return false;
  }

  drain(): void {
    for (const { data, copy } of this.#kept) expect(data).toEqual(copy);
    this.#kept = [];
    this.isFull = false;
    this.pendingBytes = 0;
  }
}

function make(): { pipe: FakePipe; queue: SendQueue } {
  const pipe = new FakePipe();
  return { pipe, queue: new SendQueue(pipe, new SlabPool()) };
}

/** The slabs that are taken of a pool from now on. */
function watched(pool: SlabPool): Set<ArrayBufferLike> {
  const slabs = new Set<ArrayBufferLike>();
  const take = pool.take.bind(pool);
  pool.take = (bytes) => {
    const slab = take(bytes);
    slabs.add(slab.buffer);
    return slab;
  };
  return slabs;
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe("a queue of frames", () => {
  it("leaves in one write at the end of a turn", () => {
    const { pipe, queue } = make();
    for (const port of numbers(1, 101)) queue.add(port, new Uint8Array(10));
    expect([pipe.writes, queue.pendingBytes]).toEqual([[], 100 * frameBytes(10)]);
    queue.flush();
    expect([pipe.writes, pipe.messages]).toEqual([[100 * frameBytes(10)], numbers(1, 101)]);
    expect([queue.pendingBytes, queue.leftBytes]).toEqual([0, 100 * frameBytes(10)]);
    queue.flush();
    expect(pipe.writes.length).toBe(1);
  });

  it("waits while the pipe is full, changes nothing that the pipe keeps, and goes on in order", () => {
    const { pipe, queue } = make();
    pipe.isFull = true;
    queue.add(1, new Uint8Array(10).fill(1));
    queue.flush();
    for (const port of numbers(2, 40)) {
      queue.add(port, new Uint8Array(50_000).fill(port));
      queue.flush();
    }
    expect([pipe.messages, queue.leftBytes]).toEqual([[1], 0]);
    expect(queue.pendingBytes).toBe(frameBytes(10) + 38 * frameBytes(50_000));
    pipe.drain();
    queue.drained();
    expect([pipe.messages, queue.pendingBytes]).toEqual([numbers(1, 40), 0]);
  });

  it("leaves early where a turn sends much, but not without end", () => {
    const { pipe, queue } = make();
    for (const port of numbers(1, 1001)) queue.add(port, new Uint8Array(10_000));
    const early = pipe.writes.reduce((sum, each) => sum + each, 0);
    expect(early).toBeGreaterThanOrEqual(MAX_EARLY_BYTES - SLAB_BYTES);
    expect(early).toBeLessThanOrEqual(MAX_EARLY_BYTES + SLAB_BYTES);
    queue.flush();
    expect(pipe.messages).toEqual(numbers(1, 1001));
  });

  it("has room for one message larger than its slabs", () => {
    const { pipe, queue } = make();
    queue.add(1, new Uint8Array(5));
    queue.add(2, new Uint8Array(1 << 20));
    queue.add(3, new Uint8Array(5));
    queue.flush();
    expect([pipe.messages, pipe.writes]).toEqual([
      [1, 2, 3],
      [frameBytes(5), frameBytes(1 << 20) + frameBytes(5)],
    ]);
  });

  it("writes everything at the end, and forgets everything when the pipe is gone", () => {
    const { pipe, queue } = make();
    pipe.isFull = true;
    for (const port of numbers(1, 20)) {
      queue.add(port, new Uint8Array(100_000));
      queue.flush();
    }
    queue.flushAll();
    expect(pipe.messages).toEqual(numbers(1, 20));
    queue.add(20, new Uint8Array(5));
    queue.drop();
    expect(queue.pendingBytes).toBe(0);
  });

  it("cuts writes where slabs of full size are full, whatever it began with", () => {
    const { pipe, queue } = make();
    const each = frameBytes(1000);
    for (const port of numbers(1, 301)) queue.add(port, new Uint8Array(1000).fill(port));
    queue.flush();
    const inSlab = Math.floor(SLAB_BYTES / each);
    expect(pipe.writes).toEqual([inSlab * each, (300 - inSlab) * each]);
    expect(pipe.messages).toEqual(numbers(1, 301));
  });

  it("moves what outgrows a small slab, to the byte, while the pipe is full and when it is not", () => {
    for (const isFull of [false, true]) {
      const { pipe, queue } = make();
      queue.add(1, new Uint8Array(1));
      pipe.isFull = isFull;
      queue.flush();
      pipe.received.length = 0;
      const messages = [100, 10_000, 9_000, 7, 100_000].map((bytes, at) =>
        new Uint8Array(bytes).fill(at + 1),
      );
      for (const message of messages) queue.add(1, message);
      if (isFull) {
        pipe.drain();
        queue.drained();
      } else queue.flush();
      // Two arrays of 100,000 bytes take `toEqual` a second.
      expect(pipe.received.map((each, at) => Buffer.compare(each, messages[at] as Uint8Array))).toEqual(
        messages.map(() => 0),
      );
    }
  });

  it("takes a small slab for a few bytes to each of many, and keeps as many as it may", () => {
    const pool = new SlabPool();
    const queues = numbers(0, 300).map(() => new SendQueue(new FakePipe(), pool));
    const slabs = watched(pool);
    for (let turn = 0; turn < 10; turn++) {
      for (const queue of queues) queue.add(1, new Uint8Array(64));
      for (const queue of queues) queue.flush();
    }
    expect(new Set(Array.from(slabs, (slab) => slab.byteLength))).toEqual(new Set([SMALL_SLAB_BYTES]));
    // 256 of them are kept, 4 MiB; each further turn makes the other 44 anew.
    expect(slabs.size).toBe(300 + 9 * 44);
  });

  it("shares slabs with other queues of its pool, and keeps none while it is empty", () => {
    const pool = new SlabPool();
    const [one, other] = [new FakePipe(), new FakePipe()];
    const queues = [new SendQueue(one, pool), new SendQueue(other, pool)];
    const slabs = watched(pool);
    for (let n = 0; n < 10; n++) {
      for (const queue of queues) {
        queue.add(1, new Uint8Array(5));
        queue.flush();
      }
    }
    expect(slabs.size).toBe(1);
    for (let n = 0; n < 10; n++) {
      for (const queue of queues) {
        queue.add(1, new Uint8Array(50_000));
        queue.flush();
      }
    }
    expect(slabs.size).toBe(2);
  });
});

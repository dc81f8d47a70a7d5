import { describe, expect, it } from "vitest";
import { frameBytes } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";
import { MAX_EARLY_BYTES, SendQueue, SLAB_BYTES, SlabPool } from "./send-queue.ts";

/** A pipe that takes what it is told to, and checks that what it keeps is not changed. */
class FakePipe {
  readonly writes: number[] = [];
  readonly messages: number[] = [];
  isFull = false;
  pendingBytes = 0;
  #kept: { readonly data: Uint8Array; readonly copy: Uint8Array }[] = [];
  readonly #reader = new FrameReader(1 << 20);

  write(data: Uint8Array): boolean {
    this.writes.push(data.length);
    this.#reader.feed(data.slice());
    while (this.#reader.next() === "frame") this.messages.push(this.#reader.port);
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
      [frameBytes(5), frameBytes(1 << 20), frameBytes(5)],
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

  it("shares slabs with other queues of its pool, and keeps none while it is empty", () => {
    const pool = new SlabPool();
    const [one, other] = [new FakePipe(), new FakePipe()];
    const queues = [new SendQueue(one, pool), new SendQueue(other, pool)];
    const slabs = new Set<ArrayBufferLike>();
    const take = pool.take.bind(pool);
    pool.take = (bytes) => {
      const slab = take(bytes);
      slabs.add(slab.buffer);
      return slab;
    };
    for (let n = 0; n < 10; n++) {
      for (const queue of queues) {
        queue.add(1, new Uint8Array(5));
        queue.flush();
      }
    }
    expect(slabs.size).toBe(1);
  });
});

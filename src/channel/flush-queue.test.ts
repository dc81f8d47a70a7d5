import { describe, expect, it } from "vitest";
import { type Flushable, FlushQueue, TURN_PACKETS } from "./flush-queue.ts";

/** A queue whose turns are run by hand. */
function byHand() {
  const turns: (() => void)[] = [];
  const counts = { packetsSent: 0 };
  const clock = { monotonicMs: () => 7, wall: () => ({ seconds: 0, nanoseconds: 0 }) };
  const timers = { after: () => ({ cancel() {} }), soon: (run: () => void) => void turns.push(run) };
  const queue = new FlushQueue(clock, timers, counts);
  const turn = () => turns.shift()?.();
  return { queue, counts, turns, turn };
}

/** Sends `packets` in bursts. */
class Talker implements Flushable {
  isQueued = false;
  left: number;
  flushes = 0;
  readonly #counts: { packetsSent: number };
  readonly #burst: number;

  constructor(counts: { packetsSent: number }, left: number, burst = TURN_PACKETS / 4) {
    this.#counts = counts;
    this.left = left;
    this.#burst = burst;
  }

  flush(nowMs: number): boolean {
    expect(nowMs).toBe(7);
    this.flushes++;
    const sent = Math.min(this.left, this.#burst);
    this.left -= sent;
    this.#counts.packetsSent += sent;
    return this.left > 0;
  }
}

describe("the queue of who has something to send", () => {
  it("flushes each once at the end of the turn, however often it was added", () => {
    const { queue, counts, turns, turn } = byHand();
    const [one, two] = [new Talker(counts, 1), new Talker(counts, 1)];
    for (const each of [one, two, one, two, one]) queue.add(each);
    expect([turns.length, one.flushes]).toEqual([1, 0]);
    turn();
    expect([one.flushes, two.flushes, turns.length]).toEqual([1, 1, 0]);
  });

  it("takes turns between those who have much, and lets input come between", () => {
    const { queue, counts, turn } = byHand();
    const talkers = Array.from({ length: 10 }, () => new Talker(counts, TURN_PACKETS));
    for (const each of talkers) queue.add(each);
    turn();
    expect(counts.packetsSent).toBe(TURN_PACKETS);
    for (let at = 0; at < 2; at++) turn();
    // Three turns are twelve bursts: those who came first do not come first again.
    expect(talkers.map(({ flushes }) => flushes)).toEqual(talkers.map((_, at) => (at < 2 ? 2 : 1)));
    for (let at = 0; at < 7; at++) turn();
    expect(talkers.map(({ left }) => left)).toEqual(talkers.map(() => 0));
    expect(counts.packetsSent).toBe(10 * TURN_PACKETS);
  });

  it("keeps the order of those whose turn it was not", () => {
    const { queue, counts, turns, turn } = byHand();
    const order: number[] = [];
    const talkers = Array.from(
      { length: 12 },
      (_, at): Flushable => ({
        isQueued: false,
        flush() {
          order.push(at);
          counts.packetsSent += TURN_PACKETS / 4;
          return false;
        },
      }),
    );
    for (const each of talkers) queue.add(each);
    for (let at = 0; at < 3; at++) turn();
    expect(order).toEqual(talkers.map((_, at) => at));
    expect([turns.length, talkers.filter(({ isQueued }) => isQueued).length]).toEqual([0, 0]);
  });

  it("goes on with the others in the next turn when one throws", () => {
    const { queue, counts, turn } = byHand();
    const [one, two] = [new Talker(counts, 1), new Talker(counts, 1)];
    const broken: Flushable = {
      isQueued: false,
      flush() {
        throw new Error("a handler's own");
      },
    };
    for (const each of [one, broken, two]) queue.add(each);
    expect(turn).toThrow("a handler's own");
    expect([one.flushes, two.flushes]).toEqual([1, 0]);
    turn();
    expect([one.flushes, two.flushes]).toEqual([1, 1]);
  });

  it("is emptied at once by draining", () => {
    const { queue, counts } = byHand();
    const talkers = Array.from({ length: 30 }, () => new Talker(counts, 100));
    for (const each of talkers) queue.add(each);
    queue.drain();
    expect(counts.packetsSent).toBe(30 * 100);
  });
});

import { describe, expect, it } from "vitest";
import { XdrReader } from "../../marshal/index.ts";
import { Prng } from "../../sim/prng.ts";
import { type channel_ack, decode_channel_frame } from "../gen/channel-frames.gen.ts";
import { Acknowledger, MAX_RANGES, PACKETS_PER_ACK } from "./acknowledger.ts";

const DELAY_MS = 20;
const NEVER = Number.POSITIVE_INFINITY;

function written(acknowledger: Acknowledger, nowMs = 0, room = 1000): channel_ack {
  const out = new Uint8Array(1000);
  const to = acknowledger.write(out, 0, room, nowMs, 3, 4096);
  const frame = decode_channel_frame(new XdrReader(out.subarray(0, to)));
  if (frame.type !== 2) throw new Error(`a frame of type ${frame.type}`);
  return frame.ack;
}

/** The packet numbers that an acknowledgment names. */
function named({ largest, received, gaps }: channel_ack): number[] {
  const numbers: number[] = [];
  let at = Number(largest);
  for (let i = 0; i < received; i++) numbers.push(at--);
  for (const gap of gaps) {
    at -= gap.missing;
    for (let i = 0; i < gap.received; i++) numbers.push(at--);
  }
  return numbers.reverse();
}

function receive(acknowledger: Acknowledger, ...numbers: number[]): void {
  for (const number of numbers) acknowledger.received(number, true, 0, DELAY_MS);
}

describe("acknowledgments", () => {
  it("name exactly the packets that came, in any order", () => {
    for (let seed = 0; seed < 60; seed++) {
      const random = new Prng(`${seed}`, "order");
      const acknowledger = new Acknowledger();
      const came = new Set<number>();
      for (let i = 0; i < 80; i++) {
        const number = 1 + random.below(60);
        expect(acknowledger.has(number)).toBe(came.has(number));
        if (!came.has(number)) receive(acknowledger, number);
        came.add(number);
        expect(named(written(acknowledger))).toEqual([...came].sort((a, b) => a - b));
      }
    }
  });

  it("wait for a few packets, but not longer than the delay", () => {
    const acknowledger = new Acknowledger();
    acknowledger.received(1, true, 100, DELAY_MS);
    expect([acknowledger.dueAtMs, acknowledger.isOwing]).toEqual([120, true]);
    for (let number = 2; number < PACKETS_PER_ACK; number++) {
      acknowledger.received(number, true, 105, DELAY_MS);
      expect(acknowledger.dueAtMs).toBe(120);
    }
    acknowledger.received(PACKETS_PER_ACK, true, 105, DELAY_MS);
    expect(acknowledger.dueAtMs).toBe(105);
    written(acknowledger);
    expect([acknowledger.dueAtMs, acknowledger.isOwing]).toEqual([NEVER, false]);
  });

  it("go at once when packets come out of order, or when the sender hurries", () => {
    const acknowledger = new Acknowledger();
    receive(acknowledger, 1);
    written(acknowledger);
    acknowledger.received(3, true, 7, DELAY_MS);
    expect(acknowledger.dueAtMs).toBe(7);
    written(acknowledger);
    acknowledger.received(2, true, 8, DELAY_MS);
    expect(acknowledger.dueAtMs).toBe(8);
    written(acknowledger);
    acknowledger.hurry();
    acknowledger.received(4, true, 9, DELAY_MS);
    expect(acknowledger.dueAtMs).toBe(9);
  });

  it("are not owed for packets that hold only acknowledgments", () => {
    const acknowledger = new Acknowledger();
    for (let number = 1; number < 10; number++) acknowledger.received(number, false, 0, DELAY_MS);
    expect([acknowledger.dueAtMs, acknowledger.isOwing]).toEqual([NEVER, false]);
    expect(named(written(acknowledger))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("tell how long the newest packet has been here", () => {
    const acknowledger = new Acknowledger();
    acknowledger.received(5, true, 100, DELAY_MS);
    acknowledger.received(4, true, 108, DELAY_MS);
    expect(written(acknowledger, 110.5).delay_us).toBe(10_500);
  });

  it("forget what the sender no longer waits for, but never the newest", () => {
    const acknowledger = new Acknowledger();
    receive(acknowledger, 1, 2, 4, 6, 7, 9);
    acknowledger.forget(7);
    expect(named(written(acknowledger))).toEqual([7, 9]);
    acknowledger.forget(100);
    expect(named(written(acknowledger))).toEqual([9]);
  });

  it("remember a bounded number of ranges, the newest, and write what fits", () => {
    const acknowledger = new Acknowledger();
    for (let number = 2; number <= 1000; number += 2) receive(acknowledger, number);
    const all = named(written(acknowledger));
    expect(all.length).toBe(MAX_RANGES);
    expect(all.at(-1)).toBe(1000);
    expect(named(written(acknowledger, 0, 56))).toEqual([996, 998, 1000]);
    expect(named(written(acknowledger, 0, 40))).toEqual([1000]);
  });
});

import { describe, expect, it } from "vitest";
import { CONSERVATIVE_DIVISOR, CONSERVATIVE_ROUNDS, HyStart, SAMPLES } from "./hystart.ts";

/** Rounds of `SAMPLES` + 2 packets with the same round-trip time. */
function rounds(hystart: HyStart, from: number, ...rttsMs: number[]): number {
  let number = from;
  for (const rttMs of rttsMs) {
    const next = number + SAMPLES + 2;
    for (; number < next; number++) hystart.sample(rttMs, number, next);
  }
  return number;
}

describe("RFC 9406", () => {
  it("goes on while round-trip times stay", () => {
    const hystart = new HyStart();
    rounds(hystart, 1, ...Array.from({ length: 50 }, (_, i) => 40 + (i % 2)));
    expect([hystart.divisor, hystart.isOver]).toEqual([1, false]);
  });

  it("slows down when the least of a round is an eighth above the round's before", () => {
    const hystart = new HyStart();
    const at = rounds(hystart, 1, 40, 40, 44);
    expect(hystart.divisor).toBe(1);
    rounds(hystart, at, 49.5);
    expect([hystart.divisor, hystart.isOver]).toEqual([CONSERVATIVE_DIVISOR, false]);
  });

  it("does not take less than 4 ms for a rise, and needs no more than 16 ms", () => {
    const short = new HyStart();
    rounds(short, 1, 1, 1, 4.9);
    expect(short.divisor).toBe(1);
    const long = new HyStart();
    rounds(long, 1, 400, 400, 417);
    expect(long.divisor).toBe(CONSERVATIVE_DIVISOR);
  });

  it("resumes when the rise was noise", () => {
    const hystart = new HyStart();
    const at = rounds(hystart, 1, 40, 40, 60);
    expect(hystart.divisor).toBe(CONSERVATIVE_DIVISOR);
    rounds(hystart, at, 41);
    expect(hystart.divisor).toBe(1);
  });

  it("ends slow start after five conservative rounds", () => {
    const hystart = new HyStart();
    let at = rounds(hystart, 1, 40, 40, 60);
    for (let round = 0; round < CONSERVATIVE_ROUNDS; round++) {
      expect(hystart.isOver).toBe(false);
      at = rounds(hystart, at, 61);
    }
    rounds(hystart, at, 61);
    expect(hystart.isOver).toBe(true);
  });

  it("judges no round by fewer than eight samples", () => {
    const hystart = new HyStart();
    const at = rounds(hystart, 1, 40, 40);
    for (let sample = 0; sample < SAMPLES - 1; sample++) hystart.sample(90, at + sample, at + 100);
    expect(hystart.divisor).toBe(1);
    hystart.sample(90, at + SAMPLES, at + 100);
    expect(hystart.divisor).toBe(CONSERVATIVE_DIVISOR);
  });
});

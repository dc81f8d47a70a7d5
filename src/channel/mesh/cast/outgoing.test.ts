import { describe, expect, it } from "vitest";
import { type Kept, Outgoing, SUSPENDED_MS } from "./outgoing.ts";

function make() {
  const released: number[] = [];
  const outgoing = new Outgoing(({ number }) => released.push(number));
  const cast = (number: number): void => {
    const kept: Kept = { number, message: new Uint8Array(100), waiting: 1 };
    outgoing.sent(kept);
  };
  return { outgoing, released, cast };
}

describe("what a peer was cast", () => {
  it("is kept until it is taken, and counts as arrived unless it was asked for", () => {
    const { outgoing, released, cast } = make();
    for (const number of [3, 5, 9, 12]) cast(number);
    expect(outgoing.lacks(5, 0)?.number).toBe(5);
    expect([outgoing.taken(9), released]).toEqual([200, [3, 5, 9]]);
    expect([...outgoing.unasked()].map(({ number }) => number)).toEqual([12]);
    expect([outgoing.taken(9), outgoing.taken(1000), released]).toEqual([0, 100, [3, 5, 9, 12]]);
  });

  it("can be asked for once, and only if it was cast to this peer", () => {
    const { outgoing, cast } = make();
    cast(3);
    expect(outgoing.lacks(2, 0)).toBeUndefined();
    expect(outgoing.lacks(3, 0)?.number).toBe(3);
    expect(outgoing.lacks(3, 0)).toBeUndefined();
    cast(4);
    outgoing.taken(4);
    expect(outgoing.lacks(4, 0)).toBeUndefined();
  });

  it("is nothing any more when the link is gone", () => {
    const { outgoing, released, cast } = make();
    outgoing.heard(0);
    cast(1);
    cast(2);
    outgoing.close();
    expect([released, outgoing.isHeard, outgoing.taken(2)]).toEqual([[1, 2], false, 0]);
  });

  it("is not cast any more for a while to a peer that misses much of it", () => {
    const { outgoing, cast } = make();
    expect(outgoing.isHeard).toBe(false);
    outgoing.heard(0);
    // Now and then one is missed.
    for (let number = 1; number <= 640; number++) {
      cast(number);
      if (number % 8 === 0) outgoing.lacks(number, 1000);
      expect(outgoing.isHeard).toBe(true);
    }
    for (let number = 641; number <= 656; number++) {
      cast(number);
      outgoing.lacks(number, 2000);
    }
    expect(outgoing.isHeard).toBe(false);
    outgoing.heard(2000 + SUSPENDED_MS - 1);
    expect(outgoing.isHeard).toBe(false);
    outgoing.heard(2000 + SUSPENDED_MS);
    expect(outgoing.isHeard).toBe(true);
  });
});

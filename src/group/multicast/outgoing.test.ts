/** A member's own stream: numbers, bundles, and what is kept until everybody has it. */
import { describe, expect, it } from "vitest";
import {
  BUNDLE_HEAD_BYTES,
  countOfBundle,
  firstOfBundle,
  ItemCursor,
  isBundle,
  isUrgentBundle,
  LAST,
  sequenceOfBundle,
  stableOfBundle,
} from "./bundle.ts";
import { modeOf } from "./mode.ts";
import { BUNDLE_BYTES, type Bundle, Outgoing, PART_BYTES } from "./outgoing.ts";

const FIFO = modeOf("fifo", "reliable");
const SYNC = modeOf("sync", "atomic");
const none = (members: number) => ({
  ordered: new Float64Array(members),
  items: new Float64Array(members),
});

function put(outgoing: Outgoing, sequence: number, bytes: number, isUrgent = false): number {
  return outgoing.message(FIFO, sequence, none(3), new Uint8Array(bytes).fill(sequence), isUrgent);
}

function taken(outgoing: Outgoing): Bundle[] {
  outgoing.close();
  const bundles: Bundle[] = [];
  for (let each = outgoing.take(); each !== undefined; each = outgoing.take()) bundles.push(each);
  return bundles;
}

describe("bundles", () => {
  it("hold what was put in a turn, numbered through, and are what receivers take for whole", () => {
    const outgoing = new Outgoing(7, 1, 3);
    expect([put(outgoing, 1, 5), put(outgoing, 2, 0), put(outgoing, 3, 9)]).toEqual([1, 2, 3]);
    const [bundle, ...more] = taken(outgoing);
    expect(more).toEqual([]);
    const { bytes, first, count } = bundle as Bundle;
    expect([first, count, firstOfBundle(bytes), countOfBundle(bytes), sequenceOfBundle(bytes)]).toEqual([
      1, 3, 1, 3, 1,
    ]);
    expect(isBundle(bytes, 3, PART_BYTES)).toBe(true);
    const cursor = new ItemCursor();
    cursor.open(bytes);
    const payloads: Uint8Array[] = [];
    while (cursor.next()) payloads.push(cursor.payload().slice());
    expect(payloads).toEqual([new Uint8Array(5).fill(1), new Uint8Array(0), new Uint8Array(9).fill(3)]);
  });

  it("carry sequences that follow each other: one that was given to something else begins another", () => {
    const outgoing = new Outgoing(1, 0, 3);
    put(outgoing, 1, 1);
    put(outgoing, 2, 1);
    put(outgoing, 4, 1);
    outgoing.marker();
    put(outgoing, 5, 1);
    expect(taken(outgoing).map(({ bytes, count }) => [sequenceOfBundle(bytes), count])).toEqual([
      [1, 2],
      [4, 3],
    ]);
  });

  it("are no longer than their bound, and have no items of nobody between them", () => {
    const outgoing = new Outgoing(1, 0, 3);
    for (let sequence = 1; sequence <= 40; sequence++) put(outgoing, sequence, 10_000);
    const bundles = taken(outgoing);
    expect(bundles.length).toBeGreaterThan(1);
    expect(Math.max(...bundles.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(BUNDLE_BYTES);
    let next = 1;
    for (const { bytes, first, count } of bundles) {
      expect(first).toBe(next);
      expect(isBundle(bytes, 3, PART_BYTES)).toBe(true);
      next += count;
    }
    expect(next).toBe(41);
  });

  it("take the longest message that is not cut, in one piece, in the largest view", () => {
    const members = 256;
    const outgoing = new Outgoing(1, 0, members);
    const payload = new Uint8Array(PART_BYTES).fill(9);
    outgoing.message(SYNC, 1, none(members), payload, true);
    const [bundle, ...more] = taken(outgoing);
    expect(more).toEqual([]);
    expect(bundle?.bytes.length).toBeLessThanOrEqual(BUNDLE_BYTES);
    expect(isBundle((bundle as Bundle).bytes, members, PART_BYTES)).toBe(true);
  });

  it("are left as they are by what is written later, also beyond the memory in which they lie", () => {
    const outgoing = new Outgoing(1, 0, 3);
    const seen: { readonly bundle: Bundle; readonly copy: Uint8Array }[] = [];
    for (let sequence = 1; sequence <= 60; sequence++) {
      put(outgoing, sequence, 7000);
      for (const bundle of taken(outgoing)) seen.push({ bundle, copy: bundle.bytes.slice() });
    }
    expect(seen.length).toBe(60);
    for (const { bundle, copy } of seen) expect(Buffer.compare(bundle.bytes, copy)).toBe(0);
  });

  it("have zeros where a payload is filled up to whole words", () => {
    const outgoing = new Outgoing(1, 0, 3);
    const at = BUNDLE_HEAD_BYTES + 12;
    put(outgoing, 1, 5);
    const [bundle] = taken(outgoing);
    expect([...(bundle as Bundle).bytes.subarray(at)]).toEqual([1, 1, 1, 1, 1, 0, 0, 0]);
  });

  it("end a message that was cut with its last part, which has its sequence", () => {
    const outgoing = new Outgoing(1, 0, 3);
    outgoing.firstPart(FIFO, PART_BYTES + 3, new Uint8Array(PART_BYTES));
    expect(outgoing.lastPart(FIFO, 12, none(3), new Uint8Array(3), false)).toBe(2);
    const bundles = taken(outgoing);
    const cursor = new ItemCursor();
    cursor.open((bundles.at(-1) as Bundle).bytes);
    while (cursor.next()) if (cursor.kind === LAST) expect(cursor.payloadBytes).toBe(3);
    expect(sequenceOfBundle((bundles.at(-1) as Bundle).bytes)).toBe(12);
    expect(bundles.reduce((items, { count }) => items + count, 0)).toBe(2);
  });

  it("are urgent when one of their items is, and the next is not for that", () => {
    const outgoing = new Outgoing(1, 0, 3);
    put(outgoing, 1, 1);
    put(outgoing, 2, 1, true);
    const [urgent] = taken(outgoing);
    put(outgoing, 3, 1);
    const [calm] = taken(outgoing);
    expect([urgent, calm].map((each) => isUrgentBundle((each as Bundle).bytes))).toEqual([true, false]);
  });
});

describe("what is kept", () => {
  it("goes when the least of all counts says so, and not before", () => {
    const outgoing = new Outgoing(1, 0, 3);
    put(outgoing, 1, 100);
    const [first] = taken(outgoing);
    put(outgoing, 2, 100);
    taken(outgoing);
    const all = outgoing.unstableBytes;
    expect(outgoing.acknowledge(1, 2)).toBe(false);
    expect([outgoing.stable, outgoing.unstableBytes]).toEqual([0, all]);
    expect(outgoing.acknowledge(2, 1)).toBe(true);
    expect([outgoing.stable, outgoing.unstableBytes]).toEqual([1, all - (first as Bundle).bytes.length]);
    expect(outgoing.acknowledge(2, 2)).toBe(true);
    expect([outgoing.stable, outgoing.unstableBytes]).toEqual([2, 0]);
  });

  it("stays for counts that go back, stand still, or are of more than was ever sent", () => {
    const outgoing = new Outgoing(1, 0, 2);
    put(outgoing, 1, 1);
    put(outgoing, 2, 1);
    taken(outgoing);
    expect(outgoing.acknowledge(1, 3)).toBe(false);
    expect(outgoing.acknowledge(1, Number.MAX_SAFE_INTEGER)).toBe(false);
    expect(outgoing.stable).toBe(0);
    expect(outgoing.acknowledge(1, 2)).toBe(true);
    expect(outgoing.acknowledge(1, 1)).toBe(false);
    expect(outgoing.acknowledge(1, 2)).toBe(false);
    expect([outgoing.stable, outgoing.acknowledgedBy(1)]).toEqual([2, 2]);
  });

  it("is not stable while the bundle is open: nobody can have it", () => {
    const outgoing = new Outgoing(1, 0, 1);
    put(outgoing, 1, 1);
    expect(outgoing.settleAlone()).toBe(false);
    taken(outgoing);
    expect(outgoing.settleAlone()).toBe(true);
    expect(new Outgoing(1, 0, 2).settleAlone()).toBe(false);
  });

  it("is confirmed by the next bundle as it is when that leaves, and then not told again", () => {
    const outgoing = new Outgoing(1, 0, 2);
    put(outgoing, 1, 1, true);
    taken(outgoing);
    put(outgoing, 2, 1);
    outgoing.close();
    outgoing.acknowledge(1, 1);
    expect([outgoing.isTellingStable, outgoing.isTellingUrgent]).toEqual([true, true]);
    expect(stableOfBundle((outgoing.take() as Bundle).bytes)).toBe(1);
    expect([outgoing.isTellingStable, outgoing.isTellingUrgent]).toEqual([false, false]);
    outgoing.acknowledge(1, 2);
    expect([outgoing.isTellingStable, outgoing.isTellingUrgent]).toEqual([true, false]);
    expect(outgoing.tellStable()).toBe(2);
    expect(outgoing.isTellingStable).toBe(false);
  });
});

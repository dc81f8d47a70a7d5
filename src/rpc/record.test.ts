import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_FRAGMENTS, RecordReader, type RecordState } from "./record.ts";

/** A record as fragments of the given sizes; what is left goes into the last. */
function marked(record: Uint8Array, sizes: readonly number[]): Uint8Array {
  const parts: number[] = [];
  let at = 0;
  const fragment = (length: number, last: boolean) => {
    parts.push(
      (last ? 0x80 : 0) | (length >>> 24),
      (length >>> 16) & 255,
      (length >>> 8) & 255,
      length & 255,
    );
    parts.push(...record.subarray(at, at + length));
    at += length;
  };
  for (const size of sizes) fragment(Math.min(size, record.length - at), false);
  fragment(record.length - at, true);
  return Uint8Array.from(parts);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Feeds the stream cut at the given places; returns the records, and how it ended. */
function read(
  reader: RecordReader,
  stream: Uint8Array,
  cuts: readonly number[],
  recycles = false,
): [number[][], RecordState] {
  const edges = [
    0,
    ...[...cuts].map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b),
    stream.length,
  ];
  const records: number[][] = [];
  for (let i = 1; i < edges.length; i++) {
    if (edges[i - 1] === edges[i]) continue;
    reader.feed(stream.slice(edges[i - 1], edges[i]));
    for (;;) {
      const state = reader.next();
      if (state === "more") break;
      if (state !== "record") return [records, state];
      records.push([...reader.bytes.subarray(reader.start, reader.end)]);
      if (recycles) reader.recycle();
    }
  }
  return [records, "more"];
}

describe("RecordReader", () => {
  test("gathers the next record in the buffer of one that nobody needs any more, and only then", () => {
    const first = Uint8Array.from({ length: 100 }, (_, i) => i);
    const second = first.map((byte) => byte + 100);
    const stream = concat([marked(first, [50]), marked(second, [30])]);
    const cuts = [20, 120, 150];
    const kept = new RecordReader(1000);
    const reused = new RecordReader(1000);
    for (const [reader, recycles] of [
      [kept, false],
      [reused, true],
    ] as const) {
      expect(read(reader, stream, cuts, recycles)).toEqual([[[...first], [...second]], "more"]);
    }
    const before = [kept.bytes, reused.bytes];
    for (const [reader, recycles] of [
      [kept, false],
      [reused, true],
    ] as const)
      read(reader, stream, cuts, recycles);
    expect(kept.bytes).not.toBe(before[0]);
    expect(reused.bytes).toBe(before[1]);
    reused.trim();
    read(reused, stream, cuts);
    expect(reused.bytes).not.toBe(before[1]);
  });

  test("puts together any records, in any fragments, cut anywhere", () => {
    const record = fc.record({
      bytes: fc.uint8Array({ maxLength: 200 }),
      sizes: fc.array(fc.nat(60), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 6 }), fc.array(fc.nat(2000)), (records, cuts) => {
        const stream = concat(records.map(({ bytes, sizes }) => marked(bytes, sizes)));
        const [found, state] = read(new RecordReader(4096), stream, cuts);
        expect(state).toBe("more");
        expect(found).toEqual(records.map(({ bytes }) => [...bytes]));
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test("cut after every byte", () => {
    const bytes = Uint8Array.from({ length: 50 }, (_, i) => i);
    const stream = concat([marked(bytes, [7, 0, 13]), marked(bytes, [])]);
    const [found] = read(
      new RecordReader(64),
      stream,
      Array.from(stream, (_, i) => i),
    );
    expect(found).toEqual([[...bytes], [...bytes]]);
  });

  test("hands out a whole fragment in place, without a copy", () => {
    const stream = marked(Uint8Array.of(1, 2, 3, 4), []);
    const reader = new RecordReader(64);
    reader.feed(stream);
    expect(reader.next()).toBe("record");
    expect(reader.bytes).toBe(stream);
    expect([reader.start, reader.end]).toEqual([4, 8]);
  });

  test("says which chunks it copied and needs no more: never one that a record lies in", () => {
    const reader = new RecordReader(4096);
    const stream = marked(new Uint8Array(300).fill(7), []);
    const spent: number[] = [];
    const feed = (chunk: Uint8Array) => {
      reader.feed(chunk);
      while (reader.next() === "record") expect(reader.end).toBeLessThanOrEqual(reader.bytes.length);
      spent.push(reader.spent.length);
    };
    feed(stream.subarray(0, 100));
    feed(stream.subarray(100));
    feed(stream);
    // The end of one record, then a whole one that is handed out in place.
    feed(stream.subarray(0, 100));
    feed(concat([stream.subarray(100), stream]));
    expect(spent).toEqual([100, 204, 0, 100, 0]);
  });

  test("a record of exactly the bound passes, one byte more does not, and its first bytes are shown", () => {
    const bytes = Uint8Array.from({ length: 65 }, (_, i) => i);
    expect(read(new RecordReader(64), marked(bytes.subarray(0, 64), []), [])[1]).toBe("more");
    for (const sizes of [[], [60], [3, 3, 3], [64]]) {
      const reader = new RecordReader(64);
      const [found, state] = read(reader, marked(bytes, sizes), [1, 2, 5, 9, 11]);
      expect([found, state]).toEqual([[], "oversize"]);
      expect([...reader.bytes.subarray(reader.start, reader.start + 8)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      reader.feed(bytes);
      expect(reader.next()).toBe("oversize");
    }
  });

  test("an announced length costs no memory before its bytes come", () => {
    const reader = new RecordReader(0x4000_0000);
    reader.feed(Uint8Array.of(0xbf, 0xff, 0xff, 0xff, 1, 2, 3));
    expect(reader.next()).toBe("more");
    const held = (reader as unknown as { partial: Uint8Array }).partial;
    expect(held.length).toBeLessThanOrEqual(64 * 1024);
  });

  test("empty fragments are bounded", () => {
    const empty = new Uint8Array(4 * (MAX_FRAGMENTS + 1));
    const reader = new RecordReader(64);
    reader.feed(empty.subarray(0, 4 * MAX_FRAGMENTS));
    expect(reader.next()).toBe("more");
    reader.feed(empty.subarray(4 * MAX_FRAGMENTS));
    expect(reader.next()).toBe("fragments");
  });

  test("an empty record is a record", () => {
    expect(read(new RecordReader(64), Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 0), [])).toEqual([
      [[], []],
      "more",
    ]);
  });

  test("a bound that could not hold a header is misuse", () => {
    expect(() => new RecordReader(4)).toThrow(RangeError);
    expect(() => new RecordReader(2 ** 31)).toThrow(RangeError);
  });
});

import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beneathSpans, type Change } from "../world/index.ts";
import {
  changeLength,
  encodeRecord,
  FIRST_CHANGE_AT,
  hasRecordAfter,
  isPatch,
  joinPatches,
  type LoggedChange,
  type Patch,
  patched,
  RECORD_OVERHEAD_BYTES,
  readRecords,
} from "./store-log-format.ts";

const SALT = 7;
const bytes = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength });
const whole: fc.Arbitrary<Change> = fc.record({
  key: bytes(40, 1),
  value: fc.option(bytes(300), { nil: undefined }),
});
/** With spans of eight bytes, of those that lie in the value. */
const patch: fc.Arbitrary<Change> = fc
  .tuple(bytes(40, 1), bytes(300), fc.uniqueArray(fc.nat({ max: 30 }), { maxLength: 5 }))
  .map(([key, value, places]) => ({
    key,
    value,
    spans: places
      .sort((a, b) => a - b)
      .map((place) => ({ from: 9 * place, to: 9 * place + 8 }))
      .filter(({ to }) => to <= value.length),
  }));
const change = fc.oneof(whole, patch);
const groups = fc.array(fc.array(change, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 });

function encode(list: readonly (readonly Change[])[], first: number, salt = SALT): Buffer {
  const bound = list
    .flat()
    .reduce((sum, each) => sum + changeLength(each), list.length * RECORD_OVERHEAD_BYTES);
  const target = Buffer.alloc(bound, 0xee);
  let at = 0;
  list.forEach((changes, index) => {
    at = encodeRecord(target, at, first + index, changes, crc32, salt);
  });
  return target.subarray(0, at);
}

function plain(changes: readonly (LoggedChange & Partial<Change>)[]): unknown {
  return changes.map((change) => {
    if (isPatch(change)) {
      const pieces = change.pieces.map(({ at, bytes }) => [at, Buffer.from(bytes)]);
      return [Buffer.from(change.key), change.valueBytes, pieces];
    }
    const { key, value, spans } = change;
    if (spans === undefined || value === undefined) return [Buffer.from(key), value && Buffer.from(value)];
    const pieces = spans.map(({ from, to }) => [from, Buffer.from(value.subarray(from, to))]);
    return [Buffer.from(key), value.length, pieces];
  });
}

describe("records of the log", () => {
  it("come back as they were written, numbers beyond 32 bits too", () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 1, max: 2 ** 52 }), (list, first) => {
        const records = readRecords(encode(list, first), crc32, SALT);
        expect(records.map(({ sequence }) => sequence)).toEqual(list.map((_, index) => first + index));
        expect(records.map(({ changes }) => plain(changes))).toEqual(list.map(plain));
      }),
    );
  });

  it("cut anywhere, or changed anywhere, leave those before the place and nothing else", () => {
    fc.assert(
      fc.property(groups, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, where, flip) => {
        const whole = encode(list, 1);
        const at = where % whole.length;
        const ends = list.map((changes, index) => {
          const start = encode(list.slice(0, index), 1).length;
          return changes.reduce((end, each) => end + changeLength(each), start + FIRST_CHANGE_AT);
        });
        const before = ends.filter((end) => end <= at).length;
        expect(readRecords(whole.subarray(0, at), crc32, SALT).length).toBe(before);
        const changed = Buffer.from(whole);
        changed.writeUInt8(changed.readUInt8(at) ^ flip, at);
        // The zeros that fill a record up to 8 bytes are nobody's.
        const start = encode(list.slice(0, before), 1).length;
        expect(readRecords(changed, crc32, SALT).length).toBe(at < start ? list.length : before);
      }),
    );
  });

  it("have patches that make over the old value what the changes made, and however many were made already", () => {
    const edit = fc.record({
      length: fc.integer({ min: 0, max: 60 }),
      from: fc.nat({ max: 59 }),
      bytes: bytes(20, 1),
    });
    fc.assert(
      fc.property(bytes(60), fc.array(edit, { minLength: 1, maxLength: 6 }), (before, edits) => {
        const states: Uint8Array[] = [before];
        const changes = edits.map(({ length, from, bytes }) => {
          const last = states.at(-1) as Uint8Array;
          const value = beneathSpans(last, length);
          const span = { from: Math.min(from, last.length), to: Math.min(from + bytes.length, length) };
          if (length > last.length) span.to = length;
          const spans = span.from < span.to ? [span] : [];
          if (spans.length > 0) value.fill(bytes[0] as number, span.from, span.to);
          states.push(value);
          return { key: Uint8Array.of(1), value, spans };
        });
        const [record] = readRecords(encode([changes], 1), crc32, SALT);
        const patches = (record?.changes ?? []).filter(isPatch);
        for (const state of states) expect(patched(state, patches)).toEqual(states.at(-1));
      }),
    );
  });

  it("with a patch that reaches out of its value, or of the record, are none", () => {
    const value = new Uint8Array(20);
    const change = { key: Uint8Array.of(1), value, spans: [{ from: 4, to: 12 }] };
    const file = encode([[change]], 1);
    const head = FIRST_CHANGE_AT + 6 + 1 + 2;
    for (const [at, number] of [
      [head, 13],
      [head + 4, 17],
      [head + 4, 9],
      [head, 0xffff_ffff],
      [FIRST_CHANGE_AT + 2, 0],
      [FIRST_CHANGE_AT + 2, 0xffff_ffff],
    ] as const) {
      const bad = Buffer.from(file);
      bad.writeUInt32BE(number, at);
      const end = FIRST_CHANGE_AT + changeLength(change);
      bad.writeUInt32BE(crc32(bad.subarray(8, end), SALT), 4);
      expect(readRecords(bad, crc32, SALT)).toEqual([]);
    }
    expect(readRecords(file, crc32, SALT).length).toBe(1);
  });

  it("survive any bytes", () => {
    fc.assert(
      fc.property(bytes(400), groups, fc.nat(), (rubbish, list, where) => {
        const mixed = encode(list, 1);
        mixed.set(rubbish.subarray(0, mixed.length - (where % mixed.length)), where % mixed.length);
        expect(readRecords(Buffer.from(rubbish), crc32, SALT)).toEqual([]);
        expect(readRecords(mixed, crc32, SALT).length).toBeLessThanOrEqual(list.length);
        expect(hasRecordAfter(mixed, Number.MAX_SAFE_INTEGER, crc32, SALT)).toBe(false);
      }),
    );
  });

  it("end where a former use of the file begins, and where another opening's do", () => {
    const key = Uint8Array.of(1);
    const old = encode([[{ key, value: undefined }], [{ key, value: undefined }]], 10);
    const file = Buffer.from(old);
    file.set(encode([[{ key, value: undefined }]], 12), 0);
    expect(readRecords(file, crc32, SALT).map(({ sequence }) => sequence)).toEqual([12]);
    expect(readRecords(old, crc32, SALT + 1)).toEqual([]);
  });

  it("are missed when one before them is damaged, but not records that are older or of another opening", () => {
    const key = Uint8Array.of(1);
    const group: Change[] = [{ key, value: new Uint8Array(50) }];
    const file = encode([group, group, group], 5);
    const length = file.length / 3;
    file[length + 30] = 1;
    expect(readRecords(file, crc32, SALT).length).toBe(1);
    expect(hasRecordAfter(file, 5, crc32, SALT)).toBe(true);
    expect(hasRecordAfter(file, 7, crc32, SALT)).toBe(false);
    expect(hasRecordAfter(file, 5, crc32, SALT + 1)).toBe(false);
  });
});

it("a search for records takes no checksum of what a user wrote who does not know the salt, however much like a head it looks", () => {
  const file = Buffer.alloc(256 * 1024);
  const head = encode([[{ key: Uint8Array.of(1), value: undefined }]], 1000, SALT + 1);
  for (let at = 0; at + 24 <= file.length; at += 24) {
    head.copy(file, at, 0, 20);
    file.writeUInt32BE(file.length - at - 20, at + 8);
  }
  let sums = 0;
  const counted = (data: Uint8Array, seed?: number): number => {
    sums++;
    return crc32(data, seed);
  };
  expect(hasRecordAfter(file, 5, counted, SALT)).toBe(false);
  expect(readRecords(file, counted, SALT)).toEqual([]);
  expect(sums).toBe(0);
});

describe("patches of one key", () => {
  const key = Uint8Array.of(1);
  const take = (bytes: number) => new Uint8Array(bytes).fill(0xdd);
  const piece = fc.tuple(fc.nat({ max: 90 }), bytes(10, 1)).map(([at, bytes]) => ({ at, bytes }));
  /** Of a value of 100 bytes, each with one place or two. */
  const patches = fc.array(
    fc
      .tuple(piece, piece)
      .map(([a, b]) => (a.at + a.bytes.length < b.at ? [a, b] : [a]))
      .map((pieces) => ({ key, valueBytes: 100, pieces })),
    { minLength: 1, maxLength: 12 },
  );

  it("come to one that makes of any value what they make", () => {
    fc.assert(
      fc.property(patches, bytes(100, 100), (list, before) => {
        const joined = joinPatches(list, take) as Patch;
        expect(patched(before, [joined])).toEqual(patched(before, list));
        // It lies in order, apart, and covers nothing that they do not.
        let end = -1;
        for (const { at, bytes } of joined.pieces) {
          expect(at).toBeGreaterThan(end);
          end = at + bytes.length;
        }
        const covered = list.flatMap(({ pieces }) =>
          pieces.flatMap(({ at, bytes }) => Array.from(bytes, (_, i) => at + i)),
        );
        const bytesOfJoined = joined.pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
        if (joined !== list[0]) expect(bytesOfJoined).toBe(new Set(covered).size);
      }),
    );
  });

  it("come to none when they change the length on the way, or lie in too many places", () => {
    const at = (place: number, valueBytes = 100): Patch => ({
      key,
      valueBytes,
      pieces: [{ at: place, bytes: Uint8Array.of(place) }],
    });
    expect(joinPatches([at(1), at(2, 101)], take)).toBeUndefined();
    const places = (count: number) => Array.from({ length: count }, (_, n) => at(2 * n));
    expect(joinPatches(places(32), take)?.pieces.length).toBe(32);
    expect(joinPatches(places(33), take)).toBeUndefined();
  });
});

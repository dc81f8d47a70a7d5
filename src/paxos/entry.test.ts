import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decoded, encoded } from "./codec.ts";
import {
  ballotOf,
  bornOf,
  entryIn,
  hasEntryShape,
  isEntry,
  kindOf,
  lifeOf,
  makeEntry,
  numberEntry,
  originOf,
  PAXOS_COMMAND,
  PAXOS_SWITCH,
  payloadOf,
  proposeEntry,
  sequenceOf,
} from "./entry.ts";
import { decode_paxos_entry, encode_paxos_entry } from "./gen/paxos.gen.ts";

const number = fc.maxSafeNat();
const parts = fc.record({
  slot: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  ballot: number,
  life: number,
  sequence: number,
  origin: fc.nat(65_535),
  payload: fc.uint8Array({ maxLength: 40 }),
});

function made({
  slot,
  ballot,
  life,
  sequence,
  origin,
  payload,
}: typeof parts extends fc.Arbitrary<infer T> ? T : never) {
  const entry = makeEntry(PAXOS_COMMAND, origin, life, payload);
  numberEntry(entry, sequence);
  proposeEntry(entry, slot, ballot, crc32);
  return entry;
}

describe("an entry", () => {
  test("is what the generated codec reads and writes", () => {
    fc.assert(
      fc.property(parts, (drawn) => {
        const entry = made(drawn);
        const value = decoded(decode_paxos_entry, entry);
        expect(value).toEqual({
          checksum: crc32(entry.subarray(4), drawn.slot % 2 ** 32),
          ballot: BigInt(drawn.ballot),
          born: BigInt(drawn.ballot),
          life: BigInt(drawn.life),
          sequence: BigInt(drawn.sequence),
          origin: drawn.origin,
          kind: PAXOS_COMMAND,
          payload: drawn.payload,
        });
        if (value !== undefined) expect(encoded(encode_paxos_entry, value)).toEqual(entry);
        expect([ballotOf(entry), bornOf(entry), lifeOf(entry), sequenceOf(entry)]).toEqual([
          drawn.ballot,
          drawn.ballot,
          drawn.life,
          drawn.sequence,
        ]);
        expect([originOf(entry), kindOf(entry), payloadOf(entry)]).toEqual([
          drawn.origin,
          PAXOS_COMMAND,
          drawn.payload,
        ]);
      }),
    );
  });

  test("is none of another slot, nor with any bit turned, nor cut short", () => {
    fc.assert(
      fc.property(parts, fc.nat(), (drawn, at) => {
        const entry = made(drawn);
        expect(isEntry(entry, drawn.slot, crc32)).toBe(true);
        expect(isEntry(entry, drawn.slot - 1, crc32)).toBe(false);
        const turned = entry.slice();
        const bit = at % (8 * entry.length);
        turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(isEntry(turned, drawn.slot, crc32)).toBe(false);
        expect(isEntry(entry.subarray(0, at % entry.length), drawn.slot, crc32)).toBe(false);
      }),
    );
  });

  test("keeps its value in another ballot, and the first stays as it was", () => {
    const first = made({
      slot: 7,
      ballot: 65_537,
      life: 3,
      sequence: 9,
      origin: 1,
      payload: Uint8Array.of(1, 2),
    });
    const before = first.slice();
    const second = entryIn(131_073, first, 7, crc32);
    expect(first).toEqual(before);
    expect(isEntry(second, 7, crc32)).toBe(true);
    expect([ballotOf(second), bornOf(second)]).toEqual([131_073, 65_537]);
    expect(second.subarray(12)).toEqual(first.subarray(12));
  });

  test("has the shape of one before it has a slot, whatever the bytes", () => {
    expect(hasEntryShape(makeEntry(PAXOS_SWITCH, 1, 1, new Uint8Array(3)))).toBe(true);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const isShaped = hasEntryShape(bytes);
        if (isShaped) expect(decoded(decode_paxos_entry, bytes)).toBeDefined();
      }),
    );
  });
});

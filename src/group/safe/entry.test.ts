/** Entries as bytes: what is written by hand is what the generated codec reads, and the other way round. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { XdrWriter } from "../../marshal/index.ts";
import { decodeEntry, ENTRY_OVERHEAD_BYTES, EntryWriter, type SafeEntry } from "./entry.ts";
import { encode_safe_entry, SAFE_MAX_NODE } from "./gen/group-safe.gen.ts";

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const entries: fc.Arbitrary<SafeEntry> = fc.record({
  sender: fc.record({
    node: fc.oneof(fc.string({ maxLength: 9, unit: "grapheme" }), fc.constant("n".repeat(SAFE_MAX_NODE))),
    incarnation: fc.nat(),
  }),
  number: count,
  base: count,
  items: fc.array(fc.record({ sequence: count, payload: fc.uint8Array({ maxLength: 30 }) }), {
    maxLength: 6,
  }),
});

function generated({ sender, number, base, items }: SafeEntry): Uint8Array {
  const writer = new XdrWriter();
  encode_safe_entry(writer, {
    ...sender,
    number: BigInt(number),
    base: BigInt(base),
    items: items.map(({ sequence, payload }) => ({ sequence: BigInt(sequence), payload })),
  });
  return writer.encoded();
}

describe("an entry", () => {
  it("is written as the generated codec would, one after the other, and is what it was", () => {
    fc.assert(
      fc.property(fc.array(entries, { minLength: 1, maxLength: 3 }), (all) => {
        const { sender } = all[0] as SafeEntry;
        const writer = new EntryWriter(sender);
        for (const each of all) {
          const entry = { ...each, sender };
          for (const { sequence, payload } of entry.items) writer.add(sequence, payload);
          expect([writer.count, writer.bytes]).toEqual([entry.items.length, generated(entry).length]);
          const bytes = writer.take(entry.number);
          writer.setBase(bytes, entry.base);
          expect(bytes).toEqual(generated(entry));
          expect(decodeEntry(bytes)).toEqual(entry);
        }
      }),
      { seed: 4, numRuns: 300 },
    );
  });

  it("is none when it is cut, or a byte too long, and never more than it says", () => {
    fc.assert(
      fc.property(entries, fc.nat(), fc.nat({ max: 255 }), (entry, at, byte) => {
        const bytes = generated(entry).slice();
        expect(decodeEntry(bytes.subarray(0, at % bytes.length))).toBeUndefined();
        expect(decodeEntry(Uint8Array.of(...bytes, 0))).toBeUndefined();
        bytes[at % bytes.length] = byte;
        const items = decodeEntry(bytes)?.items ?? [];
        expect(items.reduce((sum, { payload }) => sum + payload.length, 0)).toBeLessThan(bytes.length);
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  it("of one message has no more beside its payload than it is said to", () => {
    const writer = new EntryWriter({ node: "n".repeat(SAFE_MAX_NODE), incarnation: 1 });
    writer.add(1, new Uint8Array(1001));
    expect(writer.take(1).length).toBeLessThanOrEqual(1001 + ENTRY_OVERHEAD_BYTES);
  });

  it("leaves no large buffer behind, and nothing of what was cleared", () => {
    const writer = new EntryWriter({ node: "a", incarnation: 1 });
    writer.add(1, new Uint8Array(1_000_000).fill(1));
    expect(writer.take(1).length).toBeGreaterThan(1_000_000);
    writer.add(2, new Uint8Array(5).fill(1));
    writer.clear();
    writer.add(3, new Uint8Array(2));
    expect(decodeEntry(writer.take(2))).toMatchObject({ number: 2, items: [{ sequence: 3 }] });
  });
});

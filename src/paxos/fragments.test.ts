import fc from "fast-check";
import { expect, test } from "vitest";
import { FRAGMENT_HEAD_BYTES, FragmentReader, FragmentWriter } from "./fragments.ts";

const MAX_BYTES = 20;

function pieces(message: Uint8Array): Uint8Array[] {
  const sent: Uint8Array[] = [];
  const encode = (writer: { opaqueFixed(value: Uint8Array, length: number): void }) =>
    writer.opaqueFixed(message, message.length);
  const writer = new FragmentWriter(MAX_BYTES);
  expect(writer.write(encode, (piece) => sent.push(piece.slice()) > 0)).toBe(true);
  return sent;
}

const words = fc
  .uint8Array({ maxLength: 30 })
  .map((bytes) => Uint8Array.from([...bytes, ...bytes, ...bytes, ...bytes]));

test("messages go in pieces of a bounded size and come out whole, one after the other", () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 5 }), (messages) => {
      const reader = new FragmentReader(1000);
      for (const message of messages) {
        const sent = pieces(message);
        for (const piece of sent) expect(piece.length).toBeLessThanOrEqual(MAX_BYTES);
        const out = sent.map((piece) => reader.add(piece));
        expect(out.slice(0, -1).every((each) => each === undefined)).toBe(true);
        expect(out.at(-1)?.subarray(FRAGMENT_HEAD_BYTES)).toEqual(message);
      }
    }),
  );
});

test("what lost a piece, and what is too large, is left out, and what follows is whole", () => {
  const reader = new FragmentReader(60);
  const message = new Uint8Array(40).fill(7);
  for (const piece of pieces(message).slice(0, -1)) expect(reader.add(piece)).toBeUndefined();
  for (const piece of pieces(new Uint8Array(64))) expect(reader.add(piece)).toBeUndefined();
  const out = pieces(message).map((piece) => reader.add(piece));
  expect(out.at(-1)?.subarray(FRAGMENT_HEAD_BYTES)).toEqual(message);
});

test("any bytes are borne", () => {
  const reader = new FragmentReader(100);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (piece) => {
      const out = reader.add(piece);
      expect((out?.length ?? 0) <= 100 + FRAGMENT_HEAD_BYTES).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

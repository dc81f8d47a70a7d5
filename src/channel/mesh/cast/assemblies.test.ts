import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Assemblies } from "./assemblies.ts";
import { PIECE_BYTES, type Piece } from "./datagram.ts";

function message(number: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (number * 31 + at) & 0xff);
}

function cut(number: number, bytes: Uint8Array): Piece[] {
  const all: Piece[] = [];
  for (let offset = 0; offset < bytes.length; offset += PIECE_BYTES) {
    const piece = bytes.slice(offset, offset + PIECE_BYTES);
    all.push({ number, port: 1, totalBytes: bytes.length, offset, bytes: piece });
  }
  return all;
}

describe("messages in pieces", () => {
  it("are whole when all of them came, in any order and however often, and not before", () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 6000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(lengths, fc.infiniteStream(fc.nat()), (sizes, draws) => {
        const all = new Assemblies(1 << 20, 0);
        const messages = sizes.map((length, at) => message(at + 1, length));
        const pieces = messages.flatMap((bytes, at) => cut(at + 1, bytes));
        const left = messages.map((bytes) => new Set(cut(0, bytes).map(({ offset }) => offset)));
        const draw = () => draws.next().value as number;
        for (let turns = 0; pieces.length > 0 && turns < 500; turns++) {
          const at = draw() % pieces.length;
          // Every third comes again later.
          const piece = (draw() % 3 === 0 ? pieces[at] : pieces.splice(at, 1)[0]) as Piece;
          const missing = left[piece.number - 1] as Set<number>;
          const wasMissing = missing.delete(piece.offset);
          expect(all.add({ ...piece, bytes: piece.bytes.slice() })).toBe(wasMissing && missing.size === 0);
          expect(all.get(piece.number) !== undefined).toBe(missing.size === 0);
        }
        messages.forEach((bytes, at) => {
          if ((left[at] as Set<number>).size === 0) expect(all.get(at + 1)).toEqual(bytes);
        });
      }),
      { numRuns: 40 },
    );
  });

  it("take no more memory than they may: what came first makes room", () => {
    const all = new Assemblies(10_000, 0);
    for (let number = 1; number <= 50; number++) {
      for (const piece of cut(number, message(number, 3000))) all.add(piece);
      expect(all.bytes).toBeLessThanOrEqual(10_000);
    }
    expect([47, 48, 49, 50].map((number) => all.get(number)?.length)).toEqual([undefined, 3000, 3000, 3000]);
  });

  it("are forgotten up to a number, and not begun again", () => {
    const all = new Assemblies(1 << 20, 2);
    const [one, four, five] = [1, 4, 5].map((number) => cut(number, message(number, 10))[0] as Piece);
    expect([one, five, four].map((piece) => all.add(piece as Piece))).toEqual([false, true, true]);
    all.forget(4);
    expect([all.get(4), all.get(5)?.length, all.bytes]).toEqual([undefined, 10, 10]);
    expect(all.add(four as Piece)).toBe(false);
    all.forget(5);
    expect(all.bytes).toBe(0);
  });

  it("heed no piece that contradicts the ones before", () => {
    const all = new Assemblies(1 << 20, 0);
    const [first, second] = cut(1, message(1, 2000)) as [Piece, Piece];
    all.add(first);
    expect(all.add({ ...second, totalBytes: 5000, bytes: new Uint8Array(PIECE_BYTES) })).toBe(false);
    expect(all.add(second)).toBe(true);
    expect(all.get(1)).toEqual(message(1, 2000));
  });
});

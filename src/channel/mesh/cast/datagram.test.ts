import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { XdrReader, XdrWriter } from "../../../marshal/index.ts";
import { createNodeWorld } from "../../../node/index.ts";
import { AEAD_TAG_BYTES } from "../../../world/index.ts";
import {
  decode_mesh_datagram_head,
  encode_mesh_datagram_head,
  encode_mesh_piece_head,
  mesh_control_kind,
} from "../gen/mesh.gen.ts";
import {
  castKey,
  counterOf,
  MAX_CAST_BYTES,
  MAX_DATAGRAM_BYTES,
  openPiece,
  PIECE_BYTES,
  type Piece,
  Sealer,
  sessionOf,
} from "./datagram.ts";

const { crypto } = createNodeWorld();
const SESSION = 2 ** 51 + 5;
const key = castKey(crypto, undefined, new Uint8Array(32).fill(3));

/** A piece of a message, as a correct sender cuts it. */
const pieces = fc
  .record({
    number: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    port: fc.nat(0xffff_ffff),
    totalBytes: fc.integer({ min: 1, max: MAX_CAST_BYTES }),
    at: fc.nat(1000),
    fill: fc.nat(255),
  })
  .map(({ number, port, totalBytes, at, fill }): Piece => {
    const offset = PIECE_BYTES * (at % Math.ceil(totalBytes / PIECE_BYTES));
    const bytes = new Uint8Array(Math.min(PIECE_BYTES, totalBytes - offset)).fill(fill);
    return { number, port, totalBytes, offset, bytes };
  });

function encoded<T>(encode: (writer: XdrWriter, value: T) => void, value: T): Uint8Array {
  const writer = new XdrWriter(64);
  encode(writer, value);
  return writer.detach(0);
}

describe("a cast's datagram", () => {
  it("says what was sealed, and is never over its size", () => {
    const sealer = new Sealer(key, SESSION);
    fc.assert(
      fc.property(pieces, (piece) => {
        const datagram = sealer.seal(piece);
        expect(datagram.length).toBeLessThanOrEqual(MAX_DATAGRAM_BYTES);
        expect(sessionOf(datagram)).toBe(SESSION);
        expect(openPiece(key, datagram)).toEqual(piece);
      }),
    );
    const whole = {
      number: 1,
      port: 1,
      totalBytes: PIECE_BYTES,
      offset: 0,
      bytes: new Uint8Array(PIECE_BYTES),
    };
    expect(sealer.seal(whole).length).toBe(MAX_DATAGRAM_BYTES);
  });

  it("has the heads that its description has", () => {
    const sealer = new Sealer(key, SESSION);
    fc.assert(
      fc.property(pieces, (piece) => {
        const datagram = sealer.seal(piece).slice();
        const head = decode_mesh_datagram_head(new XdrReader(datagram));
        const { MESH_PIECE } = mesh_control_kind;
        expect(head).toEqual({
          kind: MESH_PIECE,
          session: BigInt(SESSION),
          counter: BigInt(counterOf(datagram)),
        });
        const { number, port, totalBytes, offset, bytes } = piece;
        const associated = encoded(encode_mesh_datagram_head, head);
        const inner = encoded(encode_mesh_piece_head, {
          number: BigInt(number),
          port,
          bytes: totalBytes,
          offset,
        });
        const plain = Uint8Array.from([...inner, ...bytes]);
        const nonce = new Uint8Array(12);
        new DataView(nonce.buffer).setBigUint64(4, head.counter);
        const expected = new Uint8Array(associated.length + plain.length + AEAD_TAG_BYTES);
        expected.set(associated);
        key.seal(nonce, associated, plain, expected, associated.length);
        expect(datagram).toEqual(expected);
      }),
      { numRuns: 20 },
    );
  });

  it("never has the nonce of another", () => {
    const sealer = new Sealer(key, SESSION);
    const beacon: Piece = { number: 0, port: 0, totalBytes: 0, offset: 0, bytes: new Uint8Array(0) };
    const counters = Array.from({ length: 100 }, () => counterOf(sealer.seal(beacon)));
    expect(new Set(counters).size).toBe(100);
  });

  it("is none when a bit of it was changed, it was cut, or another key made it", () => {
    const other = castKey(crypto, new Uint8Array(16), new Uint8Array(32).fill(3));
    const sealer = new Sealer(key, SESSION);
    fc.assert(
      fc.property(pieces, fc.nat(), fc.nat(7), (piece, at, bit) => {
        const datagram = sealer.seal(piece).slice();
        expect(openPiece(other, datagram)).toBeUndefined();
        const cut = datagram.subarray(0, at % datagram.length);
        expect(sessionOf(cut) === undefined || openPiece(key, cut) === undefined).toBe(true);
        const place = at % datagram.length;
        datagram[place] = (datagram[place] as number) ^ (1 << bit);
        const isNone = sessionOf(datagram) !== SESSION || openPiece(key, datagram) === undefined;
        expect(isNone).toBe(true);
      }),
    );
  });

  it("is none when what was sealed is no piece", () => {
    const sealer = new Sealer(key, SESSION);
    const good: Piece = {
      number: 1,
      port: 1,
      totalBytes: 5000,
      offset: 0,
      bytes: new Uint8Array(PIECE_BYTES),
    };
    const bad: readonly Partial<Piece>[] = [
      { totalBytes: MAX_CAST_BYTES + 1 },
      { offset: 4 },
      { offset: 8 * PIECE_BYTES },
      { bytes: new Uint8Array(7) },
      { totalBytes: 0, bytes: new Uint8Array(0) },
      { number: 0 },
    ];
    expect(openPiece(key, sealer.seal(good))).toEqual(good);
    for (const change of bad) expect(openPiece(key, sealer.seal({ ...good, ...change }))).toBeUndefined();
  });

  it("may be any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), (bytes) => {
        if (sessionOf(bytes) !== undefined) expect(openPiece(key, bytes)).toBeUndefined();
      }),
    );
    const kind = encoded(encode_mesh_datagram_head, {
      kind: mesh_control_kind.MESH_PIECE,
      session: 2n ** 60n,
      counter: 1n,
    });
    const strange = new Uint8Array(100);
    strange.set(kind);
    expect(sessionOf(strange)).toBe(Number.POSITIVE_INFINITY);
    expect(openPiece(key, strange)).toBeUndefined();
  });
});

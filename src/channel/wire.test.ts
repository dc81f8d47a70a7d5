import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readUint32, XdrReader, XdrWriter } from "../marshal/index.ts";
import { decode_packet, encode_packet, type packet, packet_kind } from "./gen/channel.gen.ts";
import {
  DATA_HEAD_BYTES,
  decodeAnswer,
  decodeInitiator,
  decodePacket,
  encodeAnswer,
  encodeInitiator,
  encodePacket,
  idHighOf,
  idLowOf,
  idOf,
  numberOf,
  PACKET_DATA,
  PACKET_RESET,
  RESET_BYTES,
  writeDataHead,
} from "./wire.ts";

const number = fc.oneof(fc.maxSafeNat(), fc.nat(1000), fc.constant(2 ** 53 - 1));
const half = fc.nat(0xffff_ffff);

describe("packets as bytes", () => {
  it("have heads of data, written by hand, as the generated codec writes them", () => {
    fc.assert(
      fc.property(half, half, number, (high, low, value) => {
        const byHand = new Uint8Array(DATA_HEAD_BYTES);
        writeDataHead(byHand, high, low, value);
        const writer = new XdrWriter();
        const to = byHand.slice(4, 12);
        encode_packet(writer, { kind: PACKET_DATA, data: { to, number: BigInt(value) } });
        expect(byHand).toEqual(writer.encoded());
        expect([idHighOf(byHand), idLowOf(byHand), numberOf(byHand)]).toEqual([high, low, value]);
        expect(idOf(byHand)).toEqual(to);
        expect(decode_packet(new XdrReader(byHand))).toMatchObject({ data: { number: BigInt(value) } });
      }),
    );
  });

  it("name this protocol, its version and their kind in four bytes", () => {
    const packets = Object.values(packet_kind);
    expect(new Set(packets.map((kind) => kind >>> 8))).toEqual(new Set([0x434801]));
    const reset = encodePacket({ kind: PACKET_RESET, reset: { token: new Uint8Array(16) } });
    expect([readUint32(reset, 0), reset.length]).toEqual([PACKET_RESET, RESET_BYTES]);
  });

  it("are read as they were written, and with bytes missing or over not at all", () => {
    const id = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
    const noise = new Uint8Array(99).fill(3);
    const all: packet[] = [
      { kind: packet_kind.PACKET_INITIATION, initiation: { from: id, cookie: new Uint8Array(16), noise } },
      { kind: packet_kind.PACKET_RESPONSE, response: { to: id, noise } },
      { kind: packet_kind.PACKET_RETRY, retry: { to: id, cookie: new Uint8Array(16) } },
      { kind: packet_kind.PACKET_RESET, reset: { token: new Uint8Array(16).fill(5) } },
    ];
    for (const each of all) {
      const bytes = encodePacket(each);
      expect(decodePacket(bytes)).toEqual(each);
      for (let length = 0; length < bytes.length; length++) {
        expect(decodePacket(bytes.subarray(0, length))).toBeUndefined();
      }
      expect(decodePacket(Uint8Array.from([...bytes, 0, 0, 0, 0]))).toBeUndefined();
    }
  });

  it("carry payloads that are read as they were written", () => {
    const party = { incarnation: 2n ** 64n - 1n, id: new Uint8Array(8), reset_token: new Uint8Array(16) };
    expect(decodeInitiator(encodeInitiator(party))).toEqual(party);
    for (const answer of [
      { accepted: true, responder: party } as const,
      { accepted: false, refusal: 2 } as const,
    ]) {
      expect(decodeAnswer(encodeAnswer(answer))).toEqual(answer);
    }
    expect(decodeAnswer(Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 9]))).toBeUndefined();
    expect(decodeInitiator(new Uint8Array(31))).toBeUndefined();
  });

  it("are read or not, whatever bytes they are, and never in two ways", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(...Object.values(packet_kind)),
        (rest, kind) => {
          const bytes = new Uint8Array(rest.length + 4);
          new DataView(bytes.buffer).setUint32(0, kind);
          bytes.set(rest, 4);
          const read = decodePacket(bytes);
          if (read !== undefined) expect(encodePacket(read)).toEqual(bytes);
        },
      ),
    );
  });
});

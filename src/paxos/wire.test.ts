import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { XdrReader, XdrWriter } from "../marshal/index.ts";
import { makeEntry, PAXOS_COMMAND } from "./entry.ts";
import { decode_paxos_message, encode_paxos_message } from "./gen/paxos.gen.ts";
import type { Message } from "./message.ts";
import { decodeMessage, encodeMessage, type Hello } from "./wire.ts";

const number = fc.maxSafeNat();
const word = fc.nat(65_535);
const entries = fc.array(
  fc.uint8Array({ maxLength: 30 }).map((payload) => makeEntry(PAXOS_COMMAND, 1, 2, payload)),
  { maxLength: 5 },
);
const token = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString("hex"));
const name = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });
const configuration = fc.record({
  nextId: word,
  change: number,
  members: fc.array(fc.record({ id: word, name, token, isVoter: fc.boolean(), isWanted: fc.boolean() }), {
    maxLength: 4,
  }),
});
const prefix = fc.record({ slot: number, fence: number, isSealed: fc.boolean(), configuration });
const snapshot = fc.record({
  prefix,
  bytes: number,
  chunks: word,
  checksum: fc.nat(2 ** 32 - 1),
});
const kind = <Kind extends string>(of: Kind) => fc.constant(of);

const message: fc.Arbitrary<Message | Hello> = fc.oneof(
  fc.record({
    kind: kind("hello"),
    format: word,
    token,
    id: word,
    yourId: word,
    founders: fc.array(name, { maxLength: 3 }),
    founding: fc.option(configuration, { nil: undefined }),
  }),
  fc.record({ kind: kind("prevote"), ballot: number, committed: number, last: number }),
  fc.record({ kind: kind("prevoted"), ballot: number, promised: number, isGranted: fc.boolean() }),
  fc.record({ kind: kind("prepare"), ballot: number, from: number, last: number, handover: number }),
  fc.record({
    kind: kind("promise"),
    ballot: number,
    from: number,
    committed: number,
    next: number,
    entries,
  }),
  fc.record({ kind: kind("reject"), ballot: number, promised: number }),
  fc.record({
    kind: kind("accept"),
    ballot: number,
    from: number,
    committed: number,
    round: number,
    entries,
  }),
  fc.record({ kind: kind("accepted"), ballot: number, durable: number, wanted: number, round: number }),
  fc.record({ kind: kind("forward"), ballot: number, life: number, sequence: number, entries }),
  fc.record({ kind: kind("forwarded"), ballot: number, life: number, next: number }),
  fc.record({ kind: kind("read"), ballot: number, life: number, number }),
  fc.record({ kind: kind("readable"), ballot: number, life: number, number, slot: number }),
  fc.record({ kind: kind("handover"), ballot: number }),
  fc.record({ kind: kind("removed"), id: word }),
  fc.record({ kind: kind("offer"), ballot: number, snapshot }),
  fc.record({
    kind: kind("chunk"),
    slot: number,
    checksum: word,
    number: word,
    bytes: fc.uint8Array({ maxLength: 50 }),
  }),
  fc.record({ kind: kind("want"), slot: number, checksum: word, next: word, until: word }),
  fc.record({ kind: kind("state"), ballot: number, stream: number, prefix }),
  fc.record({
    kind: kind("part"),
    stream: number,
    number: word,
    checksum: word,
    isEnd: fc.boolean(),
    bytes: fc.uint8Array({ maxLength: 50 }),
  }),
  fc.record({ kind: kind("more"), stream: number, next: word, until: word }),
);

function bytesOf(value: Message | Hello): Uint8Array {
  const writer = new XdrWriter(64);
  encodeMessage(writer, value);
  return writer.encoded().slice();
}

describe("a message", () => {
  test("comes out as it went in, and its bytes are those of the generated codec", () => {
    fc.assert(
      fc.property(message, (value) => {
        const bytes = bytesOf(value);
        expect(decodeMessage(bytes)).toEqual(value);
        const reader = new XdrReader(bytes);
        const generated = decode_paxos_message(reader);
        reader.finish();
        const writer = new XdrWriter(64);
        encode_paxos_message(writer, generated);
        expect(writer.encoded()).toEqual(bytes);
      }),
      { numRuns: 500 },
    );
  });

  test("that is cut short, made longer or altered is another one or none, and nothing throws", () => {
    fc.assert(
      fc.property(message, fc.nat(), fc.nat(255), (value, at, byte) => {
        const bytes = bytesOf(value);
        expect(decodeMessage(bytes.subarray(0, at % bytes.length))).toBeUndefined();
        expect(decodeMessage(Uint8Array.of(...bytes, 0, 0, 0, 0))).toBeUndefined();
        const altered = bytes.slice();
        altered[at % bytes.length] = byte;
        const other = decodeMessage(altered);
        if (other !== undefined && !("entries" in other)) expect(bytesOf(other)).toEqual(altered);
      }),
      { numRuns: 1000 },
    );
  });

  test("of any bytes is one or none", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.uint8Array({ maxLength: 200 }), (type, rest) => {
        decodeMessage(Uint8Array.of(0, 0, 0, type, ...rest));
        decodeMessage(rest);
      }),
      { numRuns: 5000 },
    );
  });

  test("counts no more entries than its bytes hold", () => {
    const bytes = bytesOf({ kind: "accept", ballot: 1, from: 1, committed: 0, round: 1, entries: [] });
    for (const count of [1, 65_536, 65_537, 2 ** 32 - 1]) {
      new DataView(bytes.buffer).setUint32(36, count);
      expect(decodeMessage(bytes)).toBeUndefined();
    }
  });
});

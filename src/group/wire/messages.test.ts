/** What is written and read by hand is what the generated codec writes and reads, and any bytes are survived. */
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { randomBelow } from "../../world/index.ts";
import type { GroupView, Seat, Value } from "../membership/seat.ts";
import { isBundle } from "../multicast/bundle.ts";
import { defaultMulticastLimits } from "../multicast/limits.ts";
import { modeOf } from "../multicast/mode.ts";
import { Multicast } from "../multicast/multicast.ts";
import { Outgoing } from "../multicast/outgoing.ts";
import { isAck, isConfirm, isLoose, writeAck, writeConfirm, writeLoose } from "../multicast/small.ts";
import { decode_group_message, encode_group_message, type group_message } from "./gen/group.gen.ts";
import { type Control, decodeControl, encodeControl, Kind } from "./messages.ts";
import { decodeRecord, encodeRecord } from "./record.ts";

function decoded(bytes: Uint8Array): group_message {
  const reader = new XdrReader(bytes);
  const message = decode_group_message(reader);
  reader.finish();
  return message;
}

function encoded(message: group_message): Uint8Array {
  const writer = new XdrWriter();
  encode_group_message(writer, message);
  return writer.detach();
}

const past = { ordered: Float64Array.of(1, 2 ** 32 + 5, 3), items: Float64Array.of(4, 5, 6) };

/** A bundle with every kind of item. */
function everyItem(): Uint8Array {
  const outgoing = new Outgoing(7, 1, 3);
  outgoing.message(modeOf("fifo", "reliable"), 11, past, Uint8Array.of(1, 2, 3, 4, 5), true);
  outgoing.message(modeOf("causal", "atomic"), 12, past, Uint8Array.of(), false);
  outgoing.message(modeOf("sync", "reliable"), 13, past, Uint8Array.of(9), false);
  outgoing.firstPart(modeOf("total", "reliable"), 9, Uint8Array.of(1, 2, 3));
  outgoing.nextPart(Uint8Array.of(4, 5, 6));
  outgoing.lastPart(modeOf("total", "reliable"), 14, past, Uint8Array.of(7, 8, 9), false);
  outgoing.runs([1, 5, 2, 1], false);
  outgoing.begin(2);
  outgoing.marker();
  outgoing.close();
  return outgoing.take()?.bytes.slice() as Uint8Array;
}

const seat = (node: string): Seat => ({ node, incarnation: 3, host: "::1", port: 9 });
const view: GroupView = { id: 5, members: [seat("a"), seat("b")] };
const value: Value = { members: [seat("a")], survivors: 1, donors: [0], cut: [2 ** 40, 7] };
const CONTROLS: readonly Control[] = [
  { kind: "hello", hello: { incarnation: 1, view: 2, received: 2 ** 50, isAsking: true } },
  { kind: "news", isLive: true, view },
  { kind: "suspicions", view: 3, ranks: [0, 2] },
  { kind: "join", seat: seat("c"), base: 1, isBase: false },
  { kind: "leave", node: "a", incarnation: 2 },
  { kind: "prepare", view, ballot: 513 },
  {
    kind: "promise",
    promise: {
      instance: 5,
      ballot: 513,
      seat: seat("b"),
      accepted: { ballot: 1, isFresh: false, value },
      report: {
        received: [1, 2 ** 45],
        hasState: false,
        donor: { node: "a", incarnation: 3 },
        isLeaving: true,
        suspected: [1],
        joining: [seat("d")],
      },
    },
  },
  {
    kind: "promise",
    promise: { instance: 5, ballot: 513, seat: seat("b"), accepted: undefined, report: undefined },
  },
  { kind: "propose", proposal: { instance: 5, ballot: 513, isFresh: true, value, holders: [0, 1] } },
  { kind: "accepted", instance: 5, ballot: 513 },
  { kind: "refused", instance: 5, ballot: 514 },
  { kind: "decide", instance: 5, value },
  { kind: "fetch", fetch: { view: 5, rank: 1, received: 8 } },
  { kind: "lack", fetch: { view: 5, rank: 1, received: 8 } },
  { kind: "probe", view: 5, token: 2 },
  { kind: "alive", view: 5, token: 2 },
  { kind: "pull", view: 5, next: 3, credit: 16 },
  {
    kind: "chunk",
    view: 5,
    index: 3,
    isLast: true,
    offset: 2 ** 33,
    crc: 0xffff_ffff,
    bytes: Uint8Array.of(1),
  },
  { kind: "detector", bytes: Uint8Array.of(1, 2) },
];

describe("bytes", () => {
  it("of a bundle with every kind of item are those of the generated codec", () => {
    const bytes = everyItem();
    const message = decoded(bytes);
    expect(message.kind === Kind.GROUP_BUNDLE && message.bundle.items.map(({ kind }) => kind)).toEqual([
      0, 1, 1, 2, 3, 4, 5, 6, 7,
    ]);
    expect(encoded(message)).toEqual(bytes);
    expect(message).toMatchObject({
      bundle: { view: 7, rank: 1, isUrgent: true, first: 1n, sequence: 11n, stable: 0n },
    });
    expect(isBundle(bytes, 3, 100)).toBe(true);
    expect(isBundle(bytes, 2, 100)).toBe(false);
    expect(isBundle(bytes, 3, 8)).toBe(false);
  });

  it("of acknowledgments, confirmations and unreliable messages too", () => {
    const payload = Uint8Array.of(1, 2, 3);
    for (const bytes of [writeAck(3, true, 2 ** 40), writeConfirm(3, 5), writeLoose(3, 1, 9, 8, payload)])
      expect(encoded(decoded(bytes))).toEqual(bytes);
    expect(decoded(writeLoose(3, 1, 9, 8, payload))).toMatchObject({
      loose: { mode: 1, sequence: 9n, after: 8n, payload },
    });
  });

  it("of every control message come back as what they were", () => {
    for (const control of CONTROLS)
      expect(decodeControl(encodeControl(control).slice()), control.kind).toEqual(control);
  });

  it("of a node's record too", () => {
    const record = {
      incarnation: 4,
      view,
      promised: 9,
      accepted: { ballot: 9, isFresh: true, value },
      decision: { instance: 4, value },
    };
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
    expect(decodeRecord(encodeRecord(record).subarray(4))).toBeUndefined();
  });
});

describe("any bytes", () => {
  it("are read as a message or refused: each message, changed at random, 20,000 times", () => {
    const random = seededRandom(11);
    const seeds = [
      ...CONTROLS.map((each) => encodeControl(each).slice()),
      everyItem(),
      writeAck(1, false, 1),
      writeLoose(7, 0, 1, 0, Uint8Array.of(1)),
    ];
    const machine = new Multicast(7, 0, 3, defaultMulticastLimits, {
      send: () => {},
      broadcast: () => {},
      deliver: () => {},
      held: () => {},
      discarded: () => {},
      sent: () => {},
      stable: () => {},
      room: () => {},
      slow: () => {},
      ready: () => {},
    });
    let taken = 0;
    for (let round = 0; round < 20_000; round++) {
      const bytes = (seeds[randomBelow(random, seeds.length)] as Uint8Array).slice();
      for (let n = randomBelow(random, 4); n >= 0; n--)
        bytes[randomBelow(random, bytes.length)] = randomBelow(random, 256);
      const cut = randomBelow(random, 4) === 0 ? bytes.subarray(0, randomBelow(random, bytes.length)) : bytes;
      decodeControl(cut);
      if (isAck(cut)) machine.receiveAck(1, cut, round);
      if (isConfirm(cut)) machine.receiveConfirm(1, cut);
      if (isLoose(cut)) machine.receiveLoose(1, cut);
      if (isBundle(cut, 3, 1000)) {
        taken++;
        machine.receive(1, cut, round);
      }
    }
    expect(taken).toBeGreaterThan(50);
  });
});

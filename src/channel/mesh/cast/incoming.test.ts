import { describe, expect, it } from "vitest";
import { createNodeWorld } from "../../../node/index.ts";
import { castKey, PIECE_BYTES, Sealer } from "./datagram.ts";
import { Incoming } from "./incoming.ts";

const { crypto } = createNodeWorld();
const NONE = new Uint8Array(0);
const SESSION = 7;

function make({ mustProve = false, number = 10 } = {}) {
  const key = castKey(crypto, undefined, new Uint8Array(32));
  const sealer = new Sealer(key, SESSION);
  const incoming = new Incoming(crypto, key, { session: SESSION, number, mustProve });
  const datagrams = (number: number, message: Uint8Array): Uint8Array[] => {
    const all: Uint8Array[] = [];
    for (let offset = 0; offset < message.length; offset += PIECE_BYTES) {
      const bytes = message.subarray(offset, offset + PIECE_BYTES);
      all.push(sealer.seal({ number, port: 1, totalBytes: message.length, offset, bytes }).slice());
    }
    return all;
  };
  const come = (number: number, message: Uint8Array) =>
    datagrams(number, message)
      .map((each) => incoming.datagram(each, () => true))
      .at(-1);
  const drain = (): string[] => {
    const all: string[] = [];
    for (let next = incoming.next(); next !== undefined; next = incoming.next()) {
      const { number, port, bytes, start, end } = next;
      all.push(
        `${number === 0 ? "frame" : `cast ${number}`} to ${port}: ${bytes.subarray(start, end)[0]} × ${end - start}`,
      );
    }
    return all;
  };
  return { incoming, sealer, datagrams, come, drain };
}

const bytes = (fill: number, length = 300) => new Uint8Array(length).fill(fill);

describe("casts of a peer", () => {
  it("come out where the link tells of them, whenever their bytes come", () => {
    const { incoming, come, drain } = make();
    expect(come(12, bytes(12, 3000))).toBe("ready");
    expect(drain()).toEqual([]);
    expect([incoming.cast(11, 1, NONE), incoming.isWaiting]).toEqual([undefined, true]);
    incoming.frame(5, bytes(50), 10, 20);
    expect(incoming.cast(12, 2, NONE)).toBeUndefined();
    incoming.frame(6, bytes(60), 0, 1);
    expect(drain()).toEqual([]);
    expect(come(11, bytes(11))).toBe("ready");
    expect(drain()).toEqual([
      "cast 11 to 1: 11 × 300",
      "frame to 5: 50 × 10",
      "cast 12 to 2: 12 × 3000",
      "frame to 6: 60 × 1",
    ]);
    expect([incoming.isWaiting, incoming.waitingBytes]).toEqual([false, 0]);
  });

  it("are asked for once, when they are missing, and taken from a copy as well", () => {
    const { incoming, come, drain } = make();
    for (const number of [11, 12, 13]) incoming.cast(number, 1, NONE);
    come(12, bytes(12));
    expect([incoming.lacking(12), incoming.lacking(12), incoming.lacking(13)]).toEqual([[11], [], [13]]);
    expect(incoming.copy(13, bytes(13))).toBeUndefined();
    expect(drain()).toEqual([]);
    incoming.copy(11, bytes(11));
    // Twice, and late.
    incoming.copy(11, bytes(99));
    expect(drain().length).toBe(3);
    expect([come(11, bytes(11)), incoming.copy(12, bytes(0)), incoming.waitingBytes]).toEqual([
      undefined,
      undefined,
      0,
    ]);
  });

  it("have growing numbers, and only what was told of is copied", () => {
    const { incoming } = make();
    expect(incoming.cast(10, 1, NONE)).toContain("does not grow");
    expect(incoming.cast(12, 1, NONE)).toBeUndefined();
    expect(incoming.cast(12, 1, NONE)).toContain("does not grow");
    expect(incoming.cast(Number(2n ** 60n), 1, NONE)).toContain("does not grow");
    expect(incoming.copy(13, bytes(1))).toContain("did not tell");
  });

  it("are compared with their digests, where others know the key", () => {
    const { incoming, come, drain } = make({ mustProve: true });
    expect(incoming.cast(11, 1, NONE)).toContain("digest");
    const honest = bytes(11);
    incoming.cast(11, 1, crypto.sha256(honest));
    expect(come(11, bytes(66))).toBe("ready");
    expect([drain(), incoming.lacking(11)]).toEqual([[], [11]]);
    incoming.copy(11, honest);
    expect(drain()).toEqual(["cast 11 to 1: 11 × 300"]);
    incoming.cast(12, 1, crypto.sha256(honest));
    come(12, honest);
    expect(drain()).toEqual(["cast 12 to 1: 11 × 300"]);
  });

  it("are not kept for ports that are none, and not believed without the key", () => {
    const { incoming, datagrams, drain } = make();
    const [datagram] = datagrams(11, bytes(11)) as [Uint8Array];
    expect(incoming.datagram(datagram, () => false)).toBeUndefined();
    const forged = new Sealer(castKey(crypto, bytes(1), bytes(1, 32)), SESSION);
    const piece = { number: 11, port: 1, totalBytes: 300, offset: 0, bytes: bytes(66) };
    expect(incoming.datagram(forged.seal(piece), () => true)).toBeUndefined();
    incoming.cast(11, 1, NONE);
    expect(drain()).toEqual([]);
    expect(incoming.datagram(datagram, () => true)).toBe("ready");
    expect(drain()).toEqual(["cast 11 to 1: 11 × 300"]);
  });

  it("answers whoever asks who hears, but not what is played back", () => {
    const { incoming, sealer } = make();
    const beacon = { number: 0, port: 0, totalBytes: 0, offset: 0, bytes: NONE };
    const [one, two] = [sealer.seal(beacon).slice(), sealer.seal(beacon).slice()];
    const heard = [one, one, two, one].map((each) => incoming.datagram(each, () => false));
    expect(heard).toEqual(["heard", undefined, "heard", undefined]);
  });

  it("are told to be taken once for many", () => {
    const { incoming, come, drain } = make({ number: 0 });
    const told: number[] = [];
    for (let number = 1; number <= 100; number++) {
      incoming.cast(number, 1, NONE);
      come(number, bytes(1));
      drain();
      const taken = incoming.takeTaken();
      if (taken !== undefined) told.push(taken);
    }
    expect(told).toEqual([32, 64, 96]);
    for (const number of [101, 102]) {
      incoming.cast(number, 1, NONE);
      come(number, bytes(1, 40_000));
    }
    drain();
    expect(incoming.takeTaken()).toBe(102);
  });
});

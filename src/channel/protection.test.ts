import { describe, expect, it } from "vitest";
import { Simulation } from "../sim/index.ts";
import { AeadProtection, ChecksumProtection, EPOCH_PACKETS, type Protection } from "./protection.ts";
import { DATA_HEAD_BYTES, writeDataHead } from "./wire.ts";

const { crypto } = new Simulation({ seed: 1 }).node("a").world;
const [here, there] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

function aeadPair(): [Protection, Protection] {
  return [
    new AeadProtection(crypto, { send: here, receive: there }),
    new AeadProtection(crypto, { send: there, receive: here }),
  ];
}

function checksumPair(): [Protection, Protection] {
  return [new ChecksumProtection(99), new ChecksumProtection(99)];
}

const FRAMES = Uint8Array.from({ length: 300 }, (_, at) => at * 3);

function seal(protection: Protection, number: number, frames = FRAMES): Uint8Array {
  const out = new Uint8Array(2000);
  writeDataHead(out, 1, 2, number);
  out.set(frames, DATA_HEAD_BYTES);
  return out.slice(0, protection.seal(out, DATA_HEAD_BYTES + frames.length, number));
}

describe.each([
  ["keys", aeadPair],
  ["a checksum", checksumPair],
] as const)("packets protected by %s", (_, pair) => {
  it("open to their frames, and are longer by the tag", () => {
    const [sender, receiver] = pair();
    for (const frames of [FRAMES, new Uint8Array(0), FRAMES.subarray(0, 1)]) {
      const packet = seal(sender, 5, frames);
      expect(packet.length).toBe(DATA_HEAD_BYTES + frames.length + sender.tagBytes);
      expect(receiver.open(packet, 5, 4)).toEqual(expect.objectContaining({ length: frames.length }));
      expect(Uint8Array.from(receiver.open(packet, 5, 4) as Uint8Array)).toEqual(frames);
    }
  });

  it("do not open when any bit was altered, the head's too, or when they are cut or lengthened", () => {
    const [sender, receiver] = pair();
    const packet = seal(sender, 5);
    for (let bit = 0; bit < packet.length * 8; bit++) {
      packet[bit >> 3] = (packet[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(receiver.open(packet, 5, 4)).toBeUndefined();
      packet[bit >> 3] = (packet[bit >> 3] as number) ^ (1 << (bit & 7));
    }
    for (let length = 0; length < packet.length; length++) {
      expect(receiver.open(packet.subarray(0, length), 5, 4)).toBeUndefined();
    }
    expect(receiver.open(Uint8Array.from([...packet, 0]), 5, 4)).toBeUndefined();
    expect(receiver.open(packet, 5, 4)).toBeDefined();
  });
});

describe("a checksum's salt", () => {
  it("keeps packets of one session from another", () => {
    expect(new ChecksumProtection(98).open(seal(new ChecksumProtection(99), 1))).toBeUndefined();
  });
});

describe("keys", () => {
  it("are of one direction: a packet does not open at its own sender", () => {
    const [sender] = aeadPair();
    expect(sender.open(seal(sender, 5), 5, 4)).toBeUndefined();
  });

  it("hide frames, and differently for each number", () => {
    const [sender] = aeadPair();
    const packets = [1, 2].map((number) => seal(sender, number).subarray(DATA_HEAD_BYTES).join());
    expect(packets[0]).not.toBe(packets[1]);
    expect(packets[0]?.startsWith(FRAMES.subarray(0, 8).join())).toBe(false);
  });

  it("change with the epochs of numbers, without a word between the sides", () => {
    const [sender, receiver] = aeadPair();
    let highest = 0;
    for (let epoch = 0; epoch < 5; epoch++) {
      for (const number of [epoch * EPOCH_PACKETS + 1, (epoch + 1) * EPOCH_PACKETS - 1]) {
        expect(receiver.open(seal(sender, number), number, highest)).toBeDefined();
        highest = number;
      }
    }
  });

  it("give the same text another look in the next epoch, under the same nonce's low bits", () => {
    const [sender] = aeadPair();
    const first = seal(sender, 1).subarray(DATA_HEAD_BYTES).join();
    expect(
      seal(sender, EPOCH_PACKETS + 1)
        .subarray(DATA_HEAD_BYTES)
        .join(),
    ).not.toBe(first);
  });

  it("of the last epoch open late packets, and those before it none", () => {
    const [sender, receiver] = aeadPair();
    const numbers = [EPOCH_PACKETS - 1, EPOCH_PACKETS, 2 * EPOCH_PACKETS, 2 * EPOCH_PACKETS + 1];
    const [late, first, next, after] = numbers.map((number) => seal(sender, number)) as [
      Uint8Array,
      Uint8Array,
      Uint8Array,
      Uint8Array,
    ];
    expect(receiver.open(first, EPOCH_PACKETS, 1)).toBeDefined();
    expect(receiver.open(late, EPOCH_PACKETS - 1, EPOCH_PACKETS)).toBeDefined();
    expect(receiver.open(next, 2 * EPOCH_PACKETS, EPOCH_PACKETS)).toBeDefined();
    expect(receiver.open(late, EPOCH_PACKETS - 1, 2 * EPOCH_PACKETS)).toBeUndefined();
    expect(receiver.open(after, 2 * EPOCH_PACKETS + 1, 2 * EPOCH_PACKETS)).toBeDefined();
  });

  it("are made for one epoch ahead at most, however far a forger claims to be", () => {
    let made = 0;
    const aead = (key: Uint8Array) => {
      made++;
      return crypto.aead(key);
    };
    const counting = { ...crypto, aead };
    const receiver = new AeadProtection(counting, { send: here, receive: there });
    const packet = new Uint8Array(500);
    for (const epoch of [1, 2, 3, 1000, 2 ** 32]) {
      const number = epoch * EPOCH_PACKETS;
      writeDataHead(packet, 1, 2, number);
      expect(receiver.open(packet, number, 7)).toBeUndefined();
    }
    expect(made).toBe(3);
  });

  it("open what came before a forged packet of the next epoch, and after it", () => {
    const [sender, receiver] = aeadPair();
    const forged = seal(sender, 3);
    writeDataHead(forged, 1, 2, EPOCH_PACKETS + 3);
    expect(receiver.open(forged, EPOCH_PACKETS + 3, 2)).toBeUndefined();
    expect(receiver.open(seal(sender, 3), 3, 2)).toBeDefined();
  });
});

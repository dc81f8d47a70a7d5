import { describe, expect, it } from "vitest";
import { Simulation } from "../sim/index.ts";
import { NoiseHandshake, type NoiseOptions, noiseNonce } from "./noise.ts";

const { crypto } = new Simulation({ seed: 1 }).node("a").world;

function hex(data: Uint8Array | undefined): string | undefined {
  return data && Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function unhex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Keys that the Noise community's test vectors share. */
const prologue = unhex("4a6f686e2047616c74");
const initiatorStatic = crypto.x25519(
  unhex("e61ef9919cde45dd5f82166404bd08e38bceb5dfdfded0a34c8df7ed542214d1"),
);
const initiatorEphemeral = crypto.x25519(
  unhex("893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a"),
);
const responderStatic = crypto.x25519(
  unhex("4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893"),
);
const responderEphemeral = crypto.x25519(
  unhex("bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b"),
);
const sharedKey = unhex("54686973206973206d7920417573747269616e20706572737065637469766521");

/** Payloads and messages: two of the handshake, then transport messages in turns, the initiator's first. */
type Vector = readonly (readonly [payload: string, message: string])[];

/** cacophony's vector for Noise_IK_25519_AESGCM_SHA256. */
const IK: Vector = [
  [
    "4c756477696720766f6e204d69736573",
    "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79444e417bc55c7a8166c993356c1be41ef67818a292426f301556c7f26b21d25ddb097153891a9a956cff47b83e63ad8d701c1342c209cff1ca5ecd43402762ac249e3bd3a4c0a145fe07cb5dae28ea13a3",
  ],
  [
    "4d757272617920526f746862617264",
    "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f144808843af2ccf9972e22afc67aeafcd25162f7f98c363b7762e3e4cb7d272e39f27a5",
  ],
  ["462e20412e20486179656b", "66acfc92e3197de166809e6d4d5d003dcc819a84bc3522ca53c9d9"],
  ["4361726c204d656e676572", "71f89aa6533a6de70b0826864dd75f60806ee40170c16290189eb3"],
  [
    "4a65616e2d426170746973746520536179",
    "4795a3423550c8bf00386bd496a3e2c76c10669d2a75ab8f79b5094c5412a25705",
  ],
  [
    "457567656e2042f6686d20766f6e2042617765726b",
    "aa0bb39097555c918e40be82abc2b909eb79d9eb87adb07e268fc37323a6cf904fd01fb391",
  ],
];

/** cacophony's vector for Noise_NNpsk0_25519_AESGCM_SHA256. */
const NNPSK0: Vector = [
  [
    "4c756477696720766f6e204d69736573",
    "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c79447c37a89fc17813788d30df2d59501d6066f5f8aecc3406bbd9829f2d24a531b1",
  ],
  [
    "4d757272617920526f746862617264",
    "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088432f29d79368ef9de4e1ae7a362fb05bf0ad668e026bf5714554497b3a720461",
  ],
  ["462e20412e20486179656b", "7c01e898a6201f36aecee532e29cd0b7f8ffa29d3366ad0dce39a6"],
  ["4361726c204d656e676572", "a9ff535aace3db6a1da1a7fb00fe2de2622bb373abad9fb42c00e0"],
  [
    "4a65616e2d426170746973746520536179",
    "6cfc49a3e65472edc2d0152abe5ce950170a8a47c959f30bd48b5f0aacf29adbfd",
  ],
  [
    "457567656e2042f6686d20766f6e2042617765726b",
    "9bc86e6d974ed21ba04604a94aa68de21677eb409ead070c0cd569b069ee19ba142aa4c1a9",
  ],
];

type Pair = readonly [initiator: NoiseHandshake, responder: NoiseHandshake];

function ikPair(changes: Partial<NoiseOptions> = {}): Pair {
  const common = { pattern: "IK", prologue } as const;
  const peerIdentity = responderStatic.publicKey;
  return [
    new NoiseHandshake(crypto, {
      ...common,
      isInitiator: true,
      makeEphemeral: () => initiatorEphemeral,
      identity: initiatorStatic,
      peerIdentity,
      ...changes,
    }),
    new NoiseHandshake(crypto, {
      ...common,
      isInitiator: false,
      makeEphemeral: () => responderEphemeral,
      identity: responderStatic,
    }),
  ];
}

function pskPair(changes: Partial<NoiseOptions> = {}): Pair {
  const common = { pattern: "NNpsk0", prologue, sharedKey } as const;
  return [
    new NoiseHandshake(crypto, {
      ...common,
      isInitiator: true,
      makeEphemeral: () => initiatorEphemeral,
      ...changes,
    }),
    new NoiseHandshake(crypto, { ...common, isInitiator: false, makeEphemeral: () => responderEphemeral }),
  ];
}

const EMPTY = new Uint8Array(0);

function sealed(key: Uint8Array, number: number, plain: Uint8Array): Uint8Array {
  const out = new Uint8Array(plain.length + 16);
  crypto.aead(key).seal(noiseNonce(number), EMPTY, plain, out, 0);
  return out;
}

/** Both handshake messages over, and the keys. */
function shakeHands([initiator, responder]: Pair) {
  responder.read(initiator.write(EMPTY) as Uint8Array);
  initiator.read(responder.write(EMPTY) as Uint8Array);
  return [initiator.split(), responder.split()] as const;
}

describe.each([
  ["IK", ikPair, IK],
  ["NNpsk0", pskPair, NNPSK0],
] as const)("Noise %s", (_, pair, vector) => {
  it("gives its published messages and reads them, the transport's as well", () => {
    const [initiator, responder] = pair();
    for (const [at, [payload, message]] of vector.slice(0, 2).entries()) {
      const [writer, reader] = at === 0 ? [initiator, responder] : [responder, initiator];
      expect(hex(writer.write(unhex(payload)))).toBe(message);
      expect(hex(reader.read(unhex(message)))).toBe(payload);
    }
    const [initiators, responders] = [initiator.split(), responder.split()];
    expect(responders).toEqual({ send: initiators.receive, receive: initiators.send });
    for (const [at, [payload, message]] of vector.slice(2).entries()) {
      const { send } = at % 2 === 0 ? initiators : responders;
      expect(hex(sealed(send, at >> 1, unhex(payload)))).toBe(message);
    }
  });

  it("reads the true message after any number of altered ones, which change nothing", () => {
    const [initiator, responder] = pair();
    for (const [writer, reader] of [
      [initiator, responder],
      [responder, initiator],
    ] as const) {
      const message = writer.write(unhex("0102")) as Uint8Array;
      for (let bit = 0; bit < message.length * 8; bit += 13) {
        const altered = message.slice();
        altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
        // The highest bit of a public key is no part of it (RFC 7748 section 5), but of the digest.
        expect(reader.read(altered)).toBeUndefined();
      }
      for (let length = 0; length < message.length; length += 7) {
        expect(reader.read(message.subarray(0, length))).toBeUndefined();
      }
      expect(hex(reader.read(message))).toBe("0102");
    }
    expect(initiator.split().send).toEqual(responder.split().receive);
  });

  it("comes to nothing where the two mean different things", () => {
    const [initiator, responder] = pair({ prologue: unhex("00") });
    expect(responder.read(initiator.write(EMPTY) as Uint8Array)).toBeUndefined();
  });

  it("gives other keys to another ephemeral key", () => {
    const usual = shakeHands(pair());
    const other = shakeHands(pair({ makeEphemeral: () => crypto.x25519(new Uint8Array(32).fill(9)) }));
    expect(usual[0].send).not.toEqual(other[0].send);
    expect(other[0].send).toEqual(other[1].receive);
  });

  it("does not go on with a key on which everybody agrees", () => {
    const [, responder] = pair();
    const zeros = new Uint8Array(200);
    expect(responder.read(zeros)).toBeUndefined();
    expect(responder.read(unhex(`01${"00".repeat(150)}`))).toBeUndefined();
  });
});

describe("Noise IK", () => {
  it("shows each side the other's proven key, and the responder's to nobody who did not know it", () => {
    const [initiator, responder] = ikPair();
    responder.read(initiator.write(EMPTY) as Uint8Array);
    expect(responder.peerIdentity).toEqual(initiatorStatic.publicKey);
    expect(initiator.peerIdentity).toEqual(responderStatic.publicKey);
    const [stranger, same] = ikPair({ peerIdentity: initiatorStatic.publicKey });
    expect(same.read(stranger.write(EMPTY) as Uint8Array)).toBeUndefined();
    expect(same.peerIdentity).toBeUndefined();
  });

  it("does not write to a peer of a key that is none, and refuses one of another size", () => {
    const [initiator] = ikPair({ peerIdentity: new Uint8Array(32) });
    expect(initiator.write(EMPTY)).toBeUndefined();
    expect(() => ikPair({ peerIdentity: new Uint8Array(31) })).toThrow(RangeError);
  });
});

describe("Noise NNpsk0", () => {
  it("comes to nothing with another secret", () => {
    const [initiator, responder] = pskPair({ sharedKey: new Uint8Array(32) });
    expect(responder.read(initiator.write(EMPTY) as Uint8Array)).toBeUndefined();
  });
});

/** Cryptography: published vectors, and what callers rely on beyond them. */
import { describe, expect, it } from "vitest";
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, type Crypto } from "../index.ts";
import { bytes, pattern, type Subject } from "./contract.ts";

export function hex(data: Uint8Array | undefined): string | undefined {
  return data && Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function unhex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

interface HkdfVector {
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
  readonly length: number;
  readonly okm: string;
}

const range = (from: number, to: number) => Uint8Array.from({ length: to - from + 1 }, (_, at) => from + at);

/** RFC 5869, appendices A.1 to A.3. */
const HKDF: readonly HkdfVector[] = [
  {
    secret: new Uint8Array(22).fill(0x0b),
    salt: range(0x00, 0x0c),
    info: range(0xf0, 0xf9),
    length: 42,
    okm: "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  },
  {
    secret: range(0x00, 0x4f),
    salt: range(0x60, 0xaf),
    info: range(0xb0, 0xff),
    length: 82,
    okm: "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
  },
  {
    secret: new Uint8Array(22).fill(0x0b),
    salt: new Uint8Array(0),
    info: new Uint8Array(0),
    length: 42,
    okm: "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
  },
];

/** RFC 7748: the parties of section 6.1, and the first vector of section 5.2. */
const X25519 = {
  alice: unhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"),
  alicePublic: "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
  bob: unhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"),
  bobPublic: "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
  shared: "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
  scalar: unhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
  coordinate: unhex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"),
  product: "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
};

/** Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B. */
const GCM = {
  key: unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
  nonce: unhex("cafebabefacedbaddecaf888"),
  plain: unhex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
  ),
  associated: unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
  sealed:
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
};

/** RFC 8032 section 7.1, tests 1 to 3: private key, public key, message, signature. */
const ED25519: readonly (readonly [string, string, string, string])[] = [
  [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
  [
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    "af82",
    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  ],
];

function flip(data: Uint8Array, bit: number): void {
  data[bit >> 3] = (data[bit >> 3] as number) ^ (1 << (bit & 7));
}

export function describeCrypto(subject: Subject): void {
  const withCrypto = (test: (crypto: Crypto) => void) => () =>
    subject.run(async ({ world }) => test(world.crypto));

  describe(`${subject.name}: cryptography`, () => {
    it(
      "computes SHA-256 (FIPS 180-4), also in parts",
      withCrypto((crypto) => {
        const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        expect(hex(crypto.sha256(bytes("abc")))).toBe(abc);
        expect(hex(crypto.sha256(bytes("a"), bytes(""), bytes("bc")))).toBe(abc);
        expect(hex(crypto.sha256())).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
      }),
    );

    it(
      "computes HMAC-SHA-256 (RFC 4231), also in parts",
      withCrypto((crypto) => {
        const key = bytes("Jefe");
        const digest = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        expect(hex(crypto.hmacSha256(key, bytes("what do ya want for nothing?")))).toBe(digest);
        expect(hex(crypto.hmacSha256(key, bytes("what do ya want "), bytes("for nothing?")))).toBe(digest);
        const long = crypto.hmacSha256(
          new Uint8Array(131).fill(0xaa),
          bytes("Test Using Larger Than Block-Size Key - Hash Key First"),
        );
        expect(hex(long)).toBe("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
      }),
    );

    it(
      "derives keys by HKDF (RFC 5869)",
      withCrypto((crypto) => {
        for (const { secret, salt, info, length, okm } of HKDF) {
          expect(hex(crypto.hkdfSha256(secret, salt, info, length))).toBe(okm);
        }
        expect(() => crypto.hkdfSha256(bytes("x"), bytes(""), bytes(""), 255 * 32 + 1)).toThrow(RangeError);
      }),
    );

    it(
      "agrees on keys by X25519 (RFC 7748, sections 5.2 and 6.1)",
      withCrypto((crypto) => {
        const alice = crypto.x25519(X25519.alice);
        const bob = crypto.x25519(X25519.bob);
        expect(hex(alice.publicKey)).toBe(X25519.alicePublic);
        expect(hex(bob.publicKey)).toBe(X25519.bobPublic);
        expect(hex(alice.agree(bob.publicKey))).toBe(X25519.shared);
        expect(hex(bob.agree(alice.publicKey))).toBe(X25519.shared);
        const { scalar, coordinate, product } = X25519;
        expect(hex(crypto.x25519(scalar).agree(coordinate))).toBe(product);
      }),
    );

    it(
      "agrees on nothing with a key of low order (RFC 7748, section 6.1)",
      withCrypto((crypto) => {
        const own = crypto.x25519(X25519.alice);
        const lowOrder = ["00".repeat(32), `01${"00".repeat(31)}`, `ec${"ff".repeat(30)}7f`];
        for (const key of lowOrder) expect(own.agree(unhex(key))).toBeUndefined();
        expect(own.agree(own.publicKey)).toBeDefined();
      }),
    );

    it(
      "signs and verifies by Ed25519 (RFC 8032, section 7.1)",
      withCrypto((crypto) => {
        for (const [privateKey, publicKey, message, signature] of ED25519) {
          const key = crypto.ed25519(unhex(privateKey));
          expect(hex(key.publicKey)).toBe(publicKey);
          expect(hex(key.sign(unhex(message)))).toBe(signature);
          expect(crypto.verifyEd25519(key.publicKey, unhex(message), unhex(signature))).toBe(true);
        }
        const [[, publicKey, , signature] = []] = ED25519;
        const signed = unhex(signature as string);
        for (let bit = 0; bit < signed.length * 8; bit++) {
          flip(signed, bit);
          expect(crypto.verifyEd25519(unhex(publicKey as string), bytes(""), signed)).toBe(false);
          flip(signed, bit);
        }
        const key = unhex(publicKey as string);
        expect(crypto.verifyEd25519(key, bytes("x"), signed)).toBe(false);
        expect(crypto.verifyEd25519(key, bytes(""), signed.subarray(1))).toBe(false);
        expect(crypto.verifyEd25519(new Uint8Array(32).fill(0xff), bytes(""), signed)).toBe(false);
        expect(() => crypto.verifyEd25519(key.subarray(1), bytes(""), signed)).toThrow(RangeError);
        expect(() => crypto.ed25519(key.subarray(1))).toThrow(RangeError);
      }),
    );

    it(
      "seals and opens by AES-256-GCM (its authors' test case 16)",
      withCrypto((crypto) => {
        const aead = crypto.aead(GCM.key);
        const out = new Uint8Array(GCM.plain.length + AEAD_TAG_BYTES + 2);
        aead.seal(GCM.nonce, GCM.associated, GCM.plain, out, 1);
        expect(hex(out.subarray(1, -1))).toBe(GCM.sealed);
        expect([out[0], out.at(-1)]).toEqual([0, 0]);
        expect(hex(aead.open(GCM.nonce, GCM.associated, unhex(GCM.sealed)))).toBe(hex(GCM.plain));
      }),
    );

    it(
      "opens nothing of which a bit was altered, or that is too short",
      withCrypto((crypto) => {
        const aead = crypto.aead(GCM.key);
        const sealed = unhex(GCM.sealed);
        const nonce = GCM.nonce.slice();
        const associated = GCM.associated.slice();
        for (const target of [nonce, associated, sealed]) {
          for (let bit = 0; bit < target.length * 8; bit++) {
            flip(target, bit);
            expect(aead.open(nonce, associated, sealed)).toBeUndefined();
            flip(target, bit);
          }
        }
        expect(aead.open(nonce, associated, sealed)).toBeDefined();
        for (let length = 0; length < sealed.length; length++) {
          expect(aead.open(GCM.nonce, GCM.associated, sealed.subarray(0, length))).toBeUndefined();
        }
        expect(crypto.aead(pattern(32)).open(GCM.nonce, GCM.associated, sealed)).toBeUndefined();
      }),
    );

    it(
      "seals the empty text and large ones",
      withCrypto((crypto) => {
        const aead = crypto.aead(pattern(32));
        const nonce = new Uint8Array(AEAD_NONCE_BYTES);
        for (const length of [0, 1, 1200, 65_507, 1_000_000]) {
          const plain = pattern(length);
          const sealed = new Uint8Array(length + AEAD_TAG_BYTES);
          aead.seal(nonce, new Uint8Array(0), plain, sealed, 0);
          const opened = aead.open(nonce, new Uint8Array(0), sealed);
          expect(opened !== undefined && crypto.equal(opened, plain)).toBe(true);
        }
      }),
    );

    it(
      "keeps no hold of a key that its caller changes later, and refuses ones of another size",
      withCrypto((crypto) => {
        // As a platform's own array, whose `slice` does not copy, where there is one.
        const key = crypto.sha256(GCM.key);
        key.set(GCM.key);
        const aead = crypto.aead(key);
        key.fill(0);
        expect(aead.open(GCM.nonce, GCM.associated, unhex(GCM.sealed))).toBeDefined();
        expect(() => crypto.aead(new Uint8Array(16))).toThrow(RangeError);
        expect(() => aead.open(new Uint8Array(8), GCM.associated, unhex(GCM.sealed))).toThrow(RangeError);
        expect(() => aead.seal(new Uint8Array(8), key, key, new Uint8Array(64), 0)).toThrow(RangeError);
        expect(() => crypto.x25519(new Uint8Array(31))).toThrow(RangeError);
        expect(() => crypto.x25519(pattern(32)).agree(new Uint8Array(33))).toThrow(RangeError);
      }),
    );

    it(
      "gives plain arrays, whose slices are copies",
      withCrypto((crypto) => {
        const aead = crypto.aead(GCM.key);
        const given = [
          crypto.sha256(),
          crypto.hmacSha256(GCM.key),
          crypto.hkdfSha256(GCM.key, GCM.key, GCM.key, 40),
          crypto.ed25519(X25519.alice).publicKey,
          crypto.ed25519(X25519.alice).sign(bytes("x")),
          crypto.x25519(X25519.alice).publicKey,
          crypto.x25519(X25519.alice).agree(unhex(X25519.bobPublic)),
          aead.open(GCM.nonce, GCM.associated, unhex(GCM.sealed)),
        ];
        expect(given.map((each) => each?.constructor === Uint8Array)).toEqual(given.map(() => true));
      }),
    );

    it(
      "compares",
      withCrypto((crypto) => {
        expect(crypto.equal(bytes("same"), bytes("same"))).toBe(true);
        expect(crypto.equal(bytes("same"), bytes("sane"))).toBe(false);
        expect(crypto.equal(bytes("same"), bytes("same!"))).toBe(false);
        expect(crypto.equal(bytes(""), bytes(""))).toBe(true);
      }),
    );
  });
}

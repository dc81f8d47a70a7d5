import * as nodeCrypto from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCrypto } from "../platform-crypto.ts";
import {
  type Claims,
  decodeCertificate,
  isMemberName,
  issueCertificate,
  keyId,
  serialOf,
} from "./certificate.ts";
import { decodeAuthority, issuerOf, type Trust, verifyMember } from "./verify.ts";

const crypto = createCrypto<nodeCrypto.KeyObject>(nodeCrypto);
const seed = (byte: number) => new Uint8Array(32).fill(byte);
const authorityKey = crypto.ed25519(seed(1));
const memberKey = crypto.ed25519(seed(2));
const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 6, 1, 12, 30, 59);

const ofAuthority: Claims = {
  cell: "c0ffee",
  role: "authority",
  name: "",
  serial: serialOf(seed(0)),
  publicKey: authorityKey.publicKey,
  notBeforeMs: NOW_MS,
  notAfterMs: Date.UTC(2055, 1, 28, 23, 59, 59),
};
const authority = issueCertificate(crypto, authorityKey, ofAuthority);
const ofMember: Claims = {
  cell: "c0ffee",
  role: "node",
  name: "node-1",
  serial: serialOf(seed(0xff)),
  publicKey: memberKey.publicKey,
  notBeforeMs: NOW_MS,
  notAfterMs: NOW_MS + 90 * DAY_MS,
};
const member = (change: Partial<Claims> = {}, key = authorityKey) =>
  issueCertificate(crypto, key, { ...ofMember, ...change });
const trust: Trust = { cell: "c0ffee", authorities: [authority.der], isRevoked: () => false };

const claims = fc.record({
  cell: fc.stringMatching(/^[0-9a-z-]{1,64}$/),
  role: fc.constantFrom("authority", "node", "operator"),
  name: fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }).filter(isMemberName),
  serial: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(serialOf),
  publicKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  notBeforeMs: fc.integer({ min: 0, max: 250_000_000 }).map((s) => s * 1000),
  validSeconds: fc.integer({ min: 0, max: 4_000_000_000 }),
});

describe("a certificate", () => {
  it("comes back as what it was made of, whatever it says", () => {
    fc.assert(
      fc.property(claims, ({ validSeconds, ...made }) => {
        const asked = {
          ...made,
          name: made.role === "authority" ? "" : made.name,
          notAfterMs: made.notBeforeMs + validSeconds * 1000,
        } as Claims;
        const { der, signature, signed, issuerKeyId, ...said } = issueCertificate(
          crypto,
          authorityKey,
          asked,
        );
        expect(said).toEqual(asked);
        expect(decodeCertificate(crypto, der)).toEqual({ ...asked, der, signature, signed, issuerKeyId });
      }),
    );
  });

  it("is read by OpenSSL as it is meant", () => {
    const ours = new nodeCrypto.X509Certificate(member({ name: "nöde 1/α" }).der);
    const issuer = new nodeCrypto.X509Certificate(authority.der);
    expect(ours.subject).toBe("O=c0ffee\nOU=node");
    expect(ours.issuer).toBe("O=c0ffee\nOU=authority");
    expect(ours.subjectAltName).toContain("coterie://c0ffee/node/n%C3%B6de%201%2F%CE%B1");
    expect(ours.serialNumber).toBe(`7F${"FF".repeat(15)}`);
    expect([ours.ca, issuer.ca]).toEqual([false, true]);
    expect(Date.parse(ours.validFrom)).toBe(NOW_MS);
    expect(Date.parse(ours.validTo)).toBe(NOW_MS + 90 * DAY_MS);
    expect(Date.parse(issuer.validTo)).toBe(ofAuthority.notAfterMs);
    expect(ours.checkIssued(issuer)).toBe(true);
    expect([ours.verify(issuer.publicKey), issuer.verify(issuer.publicKey)]).toEqual([true, true]);
    expect(ours.verify(ours.publicKey)).toBe(false);
    expect(ours.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
  });

  it("is none when any bit of it is altered, or it is cut, or goes on", () => {
    const { der } = member();
    for (let bit = 0; bit < der.length * 8; bit++) {
      const altered = der.slice();
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(typeof verifyMember(crypto, trust, altered, NOW_MS), `bit ${bit}`).toBe("string");
    }
    for (let length = 0; length < der.length; length++) {
      expect(decodeCertificate(crypto, der.subarray(0, length))).toBeUndefined();
    }
    expect(decodeCertificate(crypto, Uint8Array.from([...der, 0]))).toBeUndefined();
  });

  it("is none where it is garbage", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(decodeCertificate(crypto, bytes)).toBeUndefined();
      }),
    );
    const { der } = member();
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }), (at, bytes) => {
        const altered = der.slice();
        altered.set(bytes.subarray(0, der.length - at), at);
        const same = altered.every((byte, n) => byte === der[n]);
        expect(typeof verifyMember(crypto, trust, altered, NOW_MS) === "string").toBe(!same);
      }),
    );
  });

  it("is not made of claims out of their bounds", () => {
    const wrong: Partial<Claims>[] = [
      { cell: "" },
      { cell: "UPPER" },
      { cell: "x".repeat(65) },
      { name: "" },
      { name: "ü".repeat(128) },
      { name: "\ud800" },
      { name: "a\nb" },
      { role: "authority" },
      { serial: "00".repeat(16) },
      { serial: "40" },
      { publicKey: new Uint8Array(31) },
      { notAfterMs: NOW_MS - 1000 },
      { notBeforeMs: -1000 },
      { notAfterMs: Date.UTC(10_000, 0, 1) },
    ];
    for (const change of wrong) expect(() => member(change), JSON.stringify(change)).toThrow(RangeError);
  });
});

describe("a member's certificate", () => {
  const judged = (change: Partial<Claims>, by: Partial<Trust> = {}, nowMs = NOW_MS, key = authorityKey) => {
    const found = verifyMember(crypto, { ...trust, ...by }, member(change, key).der, nowMs);
    return typeof found === "string" ? found : "believed";
  };

  it("is believed where all is well, and for what is wrong otherwise", () => {
    expect(judged({})).toBe("believed");
    expect(judged({ role: "operator" })).toBe("believed");
    expect(judged({ cell: "other" })).toBe("TLS_WRONG_CELL");
    expect(judged({}, { cell: "other" })).toBe("TLS_WRONG_CELL");
    expect(judged({}, { authorities: [] })).toBe("TLS_UNTRUSTED");
    expect(judged({}, {}, NOW_MS, memberKey)).toBe("TLS_UNTRUSTED");
    expect(judged({}, {}, NOW_MS - 1)).toBe("TLS_EARLY");
    expect(judged({}, {}, NOW_MS + 90 * DAY_MS + 999)).toBe("believed");
    expect(judged({}, {}, NOW_MS + 90 * DAY_MS + 1000)).toBe("TLS_EXPIRED");
    expect(judged({}, { isRevoked: (serial) => serial === ofMember.serial })).toBe("TLS_REVOKED");
  });

  it("ends with the authority's own time", () => {
    const brief = issueCertificate(crypto, authorityKey, { ...ofAuthority, notAfterMs: NOW_MS + DAY_MS });
    expect(judged({}, { authorities: [brief.der] }, NOW_MS + 2 * DAY_MS)).toBe("TLS_EXPIRED");
  });

  it("is not believed where it is an authority's, or where another member signed it", () => {
    expect(verifyMember(crypto, trust, authority.der, NOW_MS)).toBe("TLS_CERTIFICATE");
    // A member that plays authority: its certificate is no authority's, though somebody lists it as one.
    const forged = member({ name: "node-9" }, memberKey);
    const authorities = [authority.der, member().der];
    expect(verifyMember(crypto, { ...trust, authorities }, forged.der, NOW_MS)).toBe("TLS_UNTRUSTED");
  });

  it("is believed under two authorities of the same cell, each by its own key", () => {
    const otherKey = crypto.ed25519(seed(3));
    const other = issueCertificate(crypto, otherKey, { ...ofAuthority, publicKey: otherKey.publicKey });
    const both = { authorities: [authority.der, other.der] };
    expect([judged({}, both), judged({}, both, NOW_MS, otherKey)]).toEqual(["believed", "believed"]);
    expect(issuerOf(crypto, member({}, otherKey), both.authorities)?.der).toEqual(other.der);
    expect(judged({}, { authorities: [other.der] })).toBe("TLS_UNTRUSTED");
  });
});

describe("an authority's certificate", () => {
  it("is one that its own key has signed", () => {
    expect(decodeAuthority(crypto, authority.der)?.publicKey).toEqual(authorityKey.publicKey);
    expect(decodeAuthority(crypto, member().der)).toBeUndefined();
    expect(decodeAuthority(crypto, issueCertificate(crypto, memberKey, ofAuthority).der)).toBeUndefined();
    const forged = authority.der.slice();
    forged.set([1, 2, 3], forged.length - 3);
    expect(decodeAuthority(crypto, forged)).toBeUndefined();
    expect(keyId(crypto, authorityKey.publicKey)).toBe(authority.issuerKeyId);
  });
});

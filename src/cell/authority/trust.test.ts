import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Simulation } from "../../sim/index.ts";
import { CellFixture } from "../../world/contract/cell-fixture.ts";
import { base64url, fromBase64, hex } from "../../world/index.ts";
import {
  asTrust,
  type CellTrust,
  certifyBy,
  firstTrust,
  formatTrust,
  parseTrust,
  retireOthers,
  revoke,
  trustNext,
} from "./index.ts";

const { world } = new Simulation({ seed: 1 }).node("any");
const { crypto } = world;
const authorities = ["one", "two", "three", "four", "five"].map(
  (name) => new CellFixture(world, "cell-1", name).authority.der,
) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
const [one, two] = authorities;
const serial = (n: number) => hex(new Uint8Array(16).fill(64 + n));

describe("what a cell believes", () => {
  it("goes from one authority to the next in three steps", () => {
    const first = firstTrust(one);
    const both = trustNext(first, two);
    expect(both.authorities).toEqual([one, two]);
    expect(trustNext(both, two)).toBe(both);
    const next = certifyBy(both, two);
    expect(next.authorities).toEqual([two, one]);
    expect(certifyBy(next, two)).toEqual(next);
    expect(retireOthers(next).authorities).toEqual([two]);
    expect(() => certifyBy(first, two)).toThrow(RangeError);
  });

  it("has no more authorities than fit", () => {
    const four = authorities.slice(0, 4).reduce<CellTrust>(trustNext, firstTrust(one));
    expect(four.authorities.length).toBe(4);
    expect(() => trustNext(four, authorities[4])).toThrow(
      expect.objectContaining({ code: "AUTHORITY_LIMIT" }),
    );
  });

  it("forgets what was revoked when it would have ended, and a minute", () => {
    const first = revoke(firstTrust(one), [{ serial: serial(1), endsMs: 100_000 }], 0);
    const later = revoke(first, [{ serial: serial(2), endsMs: 500_000 }], 159_999);
    expect([...later.revoked.keys()]).toEqual([serial(1), serial(2)]);
    expect([...revoke(later, [], 160_000).revoked.keys()]).toEqual([serial(2)]);
    const trust = asTrust("cell-1", later);
    expect([1, 2, 3].map((n) => trust.isRevoked(serial(n)))).toEqual([true, true, false]);
    const many = Array.from({ length: 1025 }, (_, n) => ({ serial: `${n}`, endsMs: 1e15 }));
    expect(() => revoke(first, many, 0)).toThrow(expect.objectContaining({ code: "AUTHORITY_LIMIT" }));
  });

  it("comes back from its text, and is none in any other", () => {
    const trust = revoke(trustNext(firstTrust(one), two), [{ serial: serial(1), endsMs: 9e12 }], 0);
    const text = formatTrust(trust);
    expect(parseTrust(crypto, "cell-1", text)).toEqual(trust);
    expect(parseTrust(crypto, "cell-2", text)).toBeUndefined();
    expect(parseTrust(crypto, "cell-1", text.slice(0, -8))).toBeUndefined();
    expect(parseTrust(crypto, "cell-1", "")).toBeUndefined();
    expect(parseTrust(crypto, "cell-1", formatTrust({ ...trust, authorities: [] }))).toBeUndefined();
    const member = new CellFixture(world, "cell-1", "one").identity("a").certificate;
    expect(parseTrust(crypto, "cell-1", formatTrust(firstTrust(member)))).toBeUndefined();
    const bytes = fromBase64(text) as Uint8Array;
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const altered = bytes.slice();
        altered[at] = (altered[at] as number) ^ by;
        const parsed = parseTrust(crypto, "cell-1", base64url(altered));
        // Whatever it says, its authorities are the ones that were signed.
        for (const der of parsed?.authorities ?? []) expect([hex(one), hex(two)]).toContain(hex(der));
      }),
      { numRuns: 200 },
    );
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Simulation } from "../../sim/index.ts";
import { formatToken, makeToken, markOf, parseToken } from "./index.ts";

const { world } = new Simulation({ seed: 1 }).node("any");
const pin = { cell: "ab".repeat(16), fingerprint: new Uint8Array(32).fill(7) };

describe("a token", () => {
  it("comes back from its line, with white space around it", () => {
    const token = makeToken(world, pin);
    const line = formatToken(world, token);
    expect(line).toMatch(/^coterie1\.[\w.-]+$/);
    expect(parseToken(world, ` ${line}\r\n`)).toEqual(token);
    expect(makeToken(world, pin).privateKey).not.toEqual(token.privateKey);
  });

  it("is none when anything of its line is missing, altered or added, and the error does not show it", () => {
    const line = formatToken(world, makeToken(world, pin));
    const refusal = (text: string) => {
      try {
        parseToken(world, text);
      } catch (error) {
        return error as { code: string; message: string };
      }
      return undefined;
    };
    for (let length = 0; length < line.length; length++) {
      expect(refusal(line.slice(0, length))?.code).toBe("JOIN_TOKEN");
      expect(refusal(line.slice(length + 1))?.code).toBe("JOIN_TOKEN");
      const other = line[length] === "A" ? "B" : "A";
      const altered = refusal(line.slice(0, length) + other + line.slice(length + 1));
      // The last character of 32 bytes has two bits that say nothing; the checksum sees them all the same.
      if (length < line.length - 1) expect(altered?.code, `at ${length}`).toBe("JOIN_TOKEN");
      expect(altered?.message ?? "").not.toContain(line.slice(60, 90));
    }
    expect(refusal(`${line}.x`)?.code).toBe("JOIN_TOKEN");
    for (const text of fc.sample(fc.string(), { numRuns: 100, seed: 1 })) {
      expect(refusal(text)?.code, text).toBe("JOIN_TOKEN");
    }
  });

  it("is marked by a digest from which nobody gets it back", () => {
    const { privateKey } = makeToken(world, pin);
    const { publicKey } = world.crypto.ed25519(privateKey);
    const { id, digest } = markOf(world.crypto, publicKey);
    expect(digest).toEqual(world.crypto.sha256(publicKey));
    expect([id.length, id]).toEqual([8, digest.slice(0, 8)]);
  });
});

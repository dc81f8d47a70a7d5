import { createPrivateKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  base64url,
  fromBase64,
  fromHex,
  hex,
  type PemBlock,
  pem,
  pemBlocks,
  privateKeyOfPem,
  privateKeyPem,
} from "./key-formats.ts";

describe("key formats", () => {
  it("take bytes to text and back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(fromHex(hex(bytes))).toEqual(bytes);
        expect(fromBase64(base64url(bytes))).toEqual(bytes);
        expect(pemBlocks(pem("A THING", bytes) + pem("B", bytes))).toEqual([
          { label: "A THING", der: bytes },
          { label: "B", der: bytes },
        ]);
      }),
    );
  });

  it("refuse other text", () => {
    expect([fromHex("0"), fromHex("AB"), fromHex("zz"), fromBase64("*")]).toEqual(Array(4).fill(undefined));
    const block = pem("CERTIFICATE", Uint8Array.of(1, 2, 3));
    for (const wrong of [
      "",
      `${block}and more`,
      block.replace("END CERT", "END"),
      block.replace("AQID", "AQ!D"),
    ]) {
      expect(pemBlocks(wrong), wrong).toBeUndefined();
    }
    expect(pemBlocks(block.replaceAll("\n", "\r\n"))).toEqual([
      { label: "CERTIFICATE", der: Uint8Array.of(1, 2, 3) },
    ]);
  });

  it("write private keys that the platform reads, and read their own kind alone", () => {
    const key = Uint8Array.from({ length: 32 }, (_, at) => at);
    const text = privateKeyPem("Ed25519", key);
    expect(createPrivateKey(text).asymmetricKeyType).toBe("ed25519");
    const [block] = pemBlocks(text) as [PemBlock];
    expect(privateKeyOfPem("Ed25519", block)).toEqual(key);
    expect(privateKeyOfPem("X25519", block)).toBeUndefined();
    expect(privateKeyOfPem("Ed25519", { ...block, label: "CERTIFICATE" })).toBeUndefined();
    expect(privateKeyOfPem("Ed25519", { ...block, der: key })).toBeUndefined();
  });
});

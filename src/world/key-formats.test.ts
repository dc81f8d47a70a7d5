import { createPrivateKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  base64url,
  derOfPem,
  fromBase64,
  fromHex,
  hex,
  pem,
  privateKeyOfPem,
  privateKeyPem,
} from "./key-formats.ts";

describe("key formats", () => {
  it("take bytes to text and back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(fromHex(hex(bytes))).toEqual(bytes);
        expect(fromBase64(base64url(bytes))).toEqual(bytes);
        expect(derOfPem("THING", pem("THING", bytes) + pem("THING", bytes))).toEqual([bytes, bytes]);
      }),
    );
  });

  it("refuse other text", () => {
    expect([fromHex("0"), fromHex("AB"), fromHex("zz"), fromBase64("*")]).toEqual(Array(4).fill(undefined));
    const block = pem("CERTIFICATE", Uint8Array.of(1, 2, 3));
    expect(derOfPem("PRIVATE KEY", block)).toBeUndefined();
    expect(derOfPem("CERTIFICATE", `${block}and more`)).toBeUndefined();
    expect(derOfPem("CERTIFICATE", block.replace("END CERT", "END"))).toBeUndefined();
    expect(derOfPem("CERTIFICATE", "")).toBeUndefined();
    expect(derOfPem("CERTIFICATE", block.replaceAll("\n", "\r\n"))).toEqual([Uint8Array.of(1, 2, 3)]);
  });

  it("write private keys that the platform reads, and read their own kind alone", () => {
    const key = Uint8Array.from({ length: 32 }, (_, at) => at);
    const text = privateKeyPem("Ed25519", key);
    expect(createPrivateKey(text).asymmetricKeyType).toBe("ed25519");
    expect(privateKeyOfPem("Ed25519", text)).toEqual(key);
    expect(privateKeyOfPem("X25519", text)).toBeUndefined();
    expect(privateKeyOfPem("Ed25519", pem("PRIVATE KEY", key))).toBeUndefined();
    expect(privateKeyOfPem("Ed25519", text + text.slice(0, 9))).toBeUndefined();
  });
});

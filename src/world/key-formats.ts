/**
 * The text and byte forms in which platforms take keys and certificates: PKCS #8 (RFC 8410 section 7), PEM (RFC 7468), JWK (RFC 8037).
 */

/** What tells the two curves apart: the last byte of the OID 1.3.101.n, and the name in a JWK. */
export const curves = { X25519: 0x6e, Ed25519: 0x70 } as const;
export type Curve = keyof typeof curves;

export interface Jwk {
  [member: string]: string;
  kty: "OKP";
  crv: Curve;
  x: string;
}

/** Private keys of both curves, and public keys of both, in bytes. */
const KEY_BYTES = 32;
const PRIVATE_KEY = "PRIVATE KEY";
/** A private key of 32 bytes in PKCS #8: version, algorithm, an octet string in another. */
const pkcs8Prefix = (curve: Curve) =>
  Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, curves[curve], 4, 0x22, 4, 0x20);

/** A private key as PEM. */
export function privateKeyPem(curve: Curve, key: Uint8Array): string {
  const prefix = pkcs8Prefix(curve);
  const der = new Uint8Array(prefix.length + key.length);
  der.set(prefix);
  der.set(key, prefix.length);
  return pem(PRIVATE_KEY, der);
}

/** The private key in such a block; undefined for any other. */
export function privateKeyOfPem(curve: Curve, { label, der }: PemBlock): Uint8Array | undefined {
  const prefix = pkcs8Prefix(curve);
  if (label !== PRIVATE_KEY || der.length !== prefix.length + KEY_BYTES) return undefined;
  return prefix.every((byte, at) => der[at] === byte) ? der.slice(prefix.length) : undefined;
}

/** A public key as a JWK. */
export function jwk(curve: Curve, x: Uint8Array): Jwk {
  return { kty: "OKP", crv: curve, x: base64url(x) };
}

/** A block of PEM, its lines of 64 characters. */
export function pem(label: string, der: Uint8Array): string {
  const lines = base64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/** What stands between BEGIN and END of PEM (RFC 7468): the label, and the decoded bytes. */
export interface PemBlock {
  readonly label: string;
  readonly der: Uint8Array;
}

/** All blocks of a text, in their order; undefined for a text that has none, or anything else than blocks. */
export function pemBlocks(text: string): PemBlock[] | undefined {
  const found: PemBlock[] = [];
  const rest = text.replace(
    /-----BEGIN ([A-Z0-9 ]+)-----\r?\n([A-Za-z0-9+/=\r\n]*)-----END \1-----\r?\n?/g,
    (block, label: string, body: string) => {
      const der = fromBase64(body.replace(/[\r\n]/g, ""));
      if (der === undefined) return block;
      found.push({ label, der });
      return "";
    },
  );
  return rest.trim() === "" && found.length > 0 ? found : undefined;
}

/** RFC 4648 section 4. */
export function base64(bytes: Iterable<number>): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** RFC 4648 section 5, without padding. */
export function base64url(bytes: Iterable<number>): string {
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The bytes of either form; undefined for a text of neither. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
      char.charCodeAt(0),
    );
  } catch {
    return undefined;
  }
}

/** Two lower-case digits a byte. */
export function hex(bytes: Iterable<number>): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The bytes of such a text; undefined for any other. */
export function fromHex(text: string): Uint8Array | undefined {
  if (!/^([0-9a-f]{2})*$/.test(text)) return undefined;
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

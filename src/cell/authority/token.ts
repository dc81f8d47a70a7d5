/**
 * Tokens: what somebody gives a machine so that it can join. A token is the cell's id, the fingerprint of its authority, by which the machine knows
 * the cell, and a private key. The machine signs with it; nobody is ever told it, and the cell keeps a digest of the public key only, so
 * that neither who listens on the wire nor who reads the cell's state can join.
 */
import { base64url, CoterieError, type Crypto, fromBase64, type Pin, type World } from "../../world/index.ts";

const FORM = "coterie1";
const KEY_BYTES = 32;
/** Of a digest, these name the token. */
const ID_BYTES = 8;

/** What a machine joins with: a key that the cell knows the digest of, and how the cell is known. */
export interface Token {
  /** How the cell is known. */
  readonly pin: Pin;
  /** Ed25519. */
  readonly privateKey: Uint8Array;
}

/** What the cell keeps of a token, beside when it ends and how often it may be used. */
export interface TokenMark {
  /** 8 bytes. */
  readonly id: Uint8Array;
  /** SHA-256 of the public key. */
  readonly digest: Uint8Array;
}

/** Draws a token for the cell that `pin` names. */
export function makeToken(world: Pick<World, "random">, pin: Pin): Token {
  return { pin, privateKey: world.random.bytes(KEY_BYTES) };
}

/** What the cell keeps of a token: an id, and the SHA-256 of its public key. */
export function markOf(crypto: Crypto, publicKey: Uint8Array): TokenMark {
  const digest = crypto.sha256(publicKey);
  return { id: digest.slice(0, ID_BYTES), digest };
}

/** One line: four parts and a checksum, so that one that was cut is told from one of another cell. */
export function formatToken(world: Pick<World, "crypto">, { pin, privateKey }: Token): string {
  const text = [FORM, pin.cell, base64url(pin.fingerprint), base64url(privateKey)].join(".");
  return `${text}.${checksum(world.crypto, text)}`;
}

/** White space around it does not matter. @throws CoterieError JOIN_TOKEN, which does not show the text. */
export function parseToken(world: Pick<World, "crypto">, line: string): Token {
  const text = line.trim();
  const [form, cell = "", print = "", key = "", sum, ...rest] = text.split(".");
  const [fingerprint, privateKey] = [fromBase64(print), fromBase64(key)];
  const isWhole = sum === checksum(world.crypto, text.slice(0, text.lastIndexOf("."))) && rest.length === 0;
  if (form !== FORM || !isWhole || fingerprint?.length !== KEY_BYTES || privateKey?.length !== KEY_BYTES) {
    throw new CoterieError(
      "JOIN_TOKEN",
      `this is no whole token to join a cell with (${text.length} characters)`,
    );
  }
  return { pin: { cell, fingerprint }, privateKey };
}

/** Against slips, and no secret. */
function checksum(crypto: Crypto, text: string): string {
  return base64url(crypto.sha256(new TextEncoder().encode(text)).subarray(0, 4));
}

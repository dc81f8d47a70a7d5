/**
 * The datagrams of casts as bytes (`mesh_datagram_head` and `mesh_piece_head` in `x/mesh.x`): a message in pieces that pass
 * everywhere uncut, each sealed by itself, so that nothing of what a stranger sends is ever kept. By hand: there are many.
 */
import { readHyper, readUint32, writeHyper, writeUint32 } from "../../../marshal/index.ts";
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, type Aead, type Crypto } from "../../../world/index.ts";
import { MESH_MAX_CAST, mesh_control_kind } from "../gen/mesh.gen.ts";

/** What passes an Ethernet with room for a tunnel's heads. */
export const MAX_DATAGRAM_BYTES = 1400;
/** Bytes of the largest message that is cast. */
export const MAX_CAST_BYTES = MESH_MAX_CAST;

const HEAD_BYTES = 20;
const PIECE_HEAD_BYTES = 20;
const COUNTER_AT = 12;
/** Bytes of a message in one datagram. */
export const PIECE_BYTES = MAX_DATAGRAM_BYTES - HEAD_BYTES - PIECE_HEAD_BYTES - AEAD_TAG_BYTES;

export interface Piece {
  /** Of the cast; 0: there is none, and whoever hears it says so. */
  readonly number: number;
  /** The sender's number of its port. */
  readonly port: number;
  /** Bytes of the whole message. */
  readonly totalBytes: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const utf8 = new TextEncoder();
const LABEL = utf8.encode("coterie mesh 1, casts");
const NOTHING = new Uint8Array(0);

/** The key of one sender's casts in one life. Where a secret is known to both sides, the seed may be known to all. */
export function castKey(crypto: Crypto, secret: Uint8Array | undefined, seed: Uint8Array): Aead {
  return crypto.aead(crypto.hkdfSha256(secret ?? NOTHING, seed, LABEL, 32));
}

function setNonce(nonce: Uint8Array, datagram: Uint8Array): void {
  nonce.set(datagram.subarray(COUNTER_AT, HEAD_BYTES), AEAD_NONCE_BYTES - 8);
}

/** Makes the datagrams of one session. */
export class Sealer {
  readonly #aead: Aead;
  readonly #out = new Uint8Array(MAX_DATAGRAM_BYTES);
  readonly #plain = new Uint8Array(PIECE_HEAD_BYTES + PIECE_BYTES);
  readonly #nonce = new Uint8Array(AEAD_NONCE_BYTES);
  /** No two datagrams have the same, so no nonce is used twice. */
  #counter = 0;

  constructor(aead: Aead, session: number) {
    this.#aead = aead;
    writeUint32(this.#out, 0, mesh_control_kind.MESH_PIECE);
    writeHyper(this.#out, 4, session);
  }

  /** The datagram, until the next call. */
  seal({ number, port, totalBytes, offset, bytes }: Piece): Uint8Array {
    const out = this.#out;
    const plain = this.#plain;
    writeHyper(out, COUNTER_AT, ++this.#counter);
    writeHyper(plain, 0, number);
    writeUint32(plain, 8, port);
    writeUint32(plain, 12, totalBytes);
    writeUint32(plain, 16, offset);
    plain.set(bytes, PIECE_HEAD_BYTES);
    setNonce(this.#nonce, out);
    const plainBytes = PIECE_HEAD_BYTES + bytes.length;
    this.#aead.seal(this.#nonce, out.subarray(0, HEAD_BYTES), plain.subarray(0, plainBytes), out, HEAD_BYTES);
    return out.subarray(0, HEAD_BYTES + plainBytes + AEAD_TAG_BYTES);
  }
}

/** Whose datagram it says to be; undefined for bytes that are none. */
export function sessionOf(datagram: Uint8Array): number | undefined {
  const isOne =
    datagram.length >= HEAD_BYTES + PIECE_HEAD_BYTES + AEAD_TAG_BYTES &&
    datagram.length <= MAX_DATAGRAM_BYTES &&
    readUint32(datagram, 0) === mesh_control_kind.MESH_PIECE;
  return isOne ? readHyper(datagram, 4) : undefined;
}

/** The sender's count of its datagrams. */
export function counterOf(datagram: Uint8Array): number {
  return readHyper(datagram, COUNTER_AT);
}

/** The piece in a datagram of which `sessionOf` is known; undefined unless who has the key made it, as a correct sender does. */
export function openPiece(aead: Aead, datagram: Uint8Array): Piece | undefined {
  const nonce = new Uint8Array(AEAD_NONCE_BYTES);
  setNonce(nonce, datagram);
  const plain = aead.open(nonce, datagram.subarray(0, HEAD_BYTES), datagram.subarray(HEAD_BYTES));
  if (plain === undefined) return undefined;
  const piece: Piece = {
    number: readHyper(plain, 0),
    port: readUint32(plain, 8),
    totalBytes: readUint32(plain, 12),
    offset: readUint32(plain, 16),
    bytes: plain.subarray(PIECE_HEAD_BYTES),
  };
  return isPiece(piece) ? piece : undefined;
}

function isPiece({ number, totalBytes, offset, bytes }: Piece): boolean {
  if (!Number.isSafeInteger(number)) return false;
  if (number === 0) return totalBytes === 0 && offset === 0 && bytes.length === 0;
  const isInPlace = totalBytes <= MAX_CAST_BYTES && offset < totalBytes && offset % PIECE_BYTES === 0;
  return isInPlace && bytes.length === Math.min(PIECE_BYTES, totalBytes - offset);
}

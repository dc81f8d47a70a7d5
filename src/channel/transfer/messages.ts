/** Messages of `x/transfer.x` as bytes and back. */
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { CoterieError, type Crypto } from "../../world/index.ts";
import { transferErrors } from "./errors.ts";
import type { TransferOffer } from "./files.ts";
import {
  decode_transfer_message,
  encode_transfer_message,
  encode_transfer_offer,
  TRANSFER_MAX_BLOCK,
  TRANSFER_MAX_TEXT,
  TRANSFER_VERSION,
  transfer_kind,
  type transfer_message,
  type transfer_offer,
} from "./gen/transfer.gen.ts";
import { MAX_BLOCKS } from "./limits.ts";
import { checkName } from "./names.ts";

export type Message = transfer_message;
export const Kind = transfer_kind;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeMessage(message: Message): Uint8Array {
  const writer = new XdrWriter(256);
  encode_transfer_message(writer, message);
  return writer.detach();
}

/** @throws CoterieError TRANSFER_PROTOCOL for bytes that are no message. */
export function decodeMessage(bytes: Uint8Array): Message {
  try {
    const reader = new XdrReader(bytes);
    const message = decode_transfer_message(reader);
    reader.finish();
    return message;
  } catch (error) {
    if (!(error instanceof XdrError)) throw error;
    throw protocolError(`a message cannot be read: ${error.message}`, error);
  }
}

export function protocolError(says: string, cause?: unknown): CoterieError {
  return new CoterieError("TRANSFER_PROTOCOL", says, { cause });
}

/** Bytes before a block's content in its message: kind, index, length. */
const BLOCK_HEADER_BYTES = 12;

/** The message of a block, with room for its content, so that a file is read straight into what is sent. */
export function blockMessage(index: number, length: number): { whole: Uint8Array; data: Uint8Array } {
  const whole = new Uint8Array(BLOCK_HEADER_BYTES + Math.ceil(length / 4) * 4);
  const view = new DataView(whole.buffer);
  view.setUint32(0, Kind.TRANSFER_BLOCK);
  view.setUint32(4, index);
  view.setUint32(8, length);
  return { whole, data: whole.subarray(BLOCK_HEADER_BYTES, BLOCK_HEADER_BYTES + length) };
}

export function offerMessage(offer: TransferOffer): Message {
  return { kind: Kind.TRANSFER_OFFER, offer: toWire(offer) };
}

function toWire({ name, size, blockBytes, mode, modified }: TransferOffer): transfer_offer {
  return {
    protocol: TRANSFER_VERSION,
    name,
    size: BigInt(size),
    block_bytes: blockBytes,
    mode,
    modified: { seconds: BigInt(modified.seconds), nanoseconds: modified.nanoseconds },
  };
}

/** @throws CoterieError for an offer that is not one, or is not taken. */
export function offerOf(wire: transfer_offer): TransferOffer {
  if (wire.protocol !== TRANSFER_VERSION) {
    const versions = `the sender speaks version ${wire.protocol}, the receiver ${TRANSFER_VERSION}`;
    throw new CoterieError("TRANSFER_VERSION", versions);
  }
  checkName(wire.name);
  const size = Number(wire.size);
  const blockBytes = wire.block_bytes;
  if (blockBytes < 1 || blockBytes > TRANSFER_MAX_BLOCK) throw protocolError(`blocks of ${blockBytes} bytes`);
  if (!Number.isSafeInteger(size) || size > blockBytes * MAX_BLOCKS) {
    throw new CoterieError("TRANSFER_TOO_LARGE", `${wire.size} bytes are more than ${MAX_BLOCKS} blocks`);
  }
  const seconds = Number(wire.modified.seconds);
  const { nanoseconds } = wire.modified;
  if (!Number.isSafeInteger(seconds) || nanoseconds > 999_999_999) throw protocolError("a time that is none");
  if (wire.mode > 0o777) throw protocolError("a mode that is none");
  return { name: wire.name, size, blockBytes, mode: wire.mode, modified: { seconds, nanoseconds } };
}

const CODE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/;

export function stopMessage(error: CoterieError): Message {
  const message = encoder.encode(error.message).subarray(0, TRANSFER_MAX_TEXT);
  return { kind: Kind.TRANSFER_STOP, stop: { code: encoder.encode(error.code), message } };
}

/** What the other side's stop means here: its own code where that is a transfer's that is known here, else that it failed. */
export function stopError(wire: { readonly code: Uint8Array; readonly message: Uint8Array }): CoterieError {
  const code = decoder.decode(wire.code);
  const message = decoder.decode(wire.message);
  if (!CODE.test(code)) return protocolError("the other side stopped with a code that is none");
  if (Object.hasOwn(transferErrors, code)) return new CoterieError(code, `the other side says: ${message}`);
  const details = { peerCode: code };
  return new CoterieError("TRANSFER_PEER_FAILED", `the other side failed: ${code}: ${message}`, { details });
}

/**
 * What a side has seen in a pass, as one digest: the offer, and each block's digest in its order. The sender's is made
 * of its second reading, the receiver's of what it read back, so that they agree only if everything does.
 */
export class Transcript {
  readonly #crypto: Pick<Crypto, "sha256">;
  #state: Uint8Array;

  constructor(crypto: Pick<Crypto, "sha256">, offer: TransferOffer) {
    this.#crypto = crypto;
    const writer = new XdrWriter(512);
    encode_transfer_offer(writer, toWire(offer));
    this.#state = crypto.sha256(writer.encoded());
  }

  add(digests: readonly Uint8Array[]): void {
    this.#state = this.#crypto.sha256(this.#state, ...digests);
  }

  get digest(): Uint8Array {
    return this.#state;
  }
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at]);
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Replies of LOOKUP and of listings, taken apart as far as it needs to put what is in another volume into them. They come from procedures of our own, encoded; what is not
 * changed goes on as it came.
 *
 *     LOOKUP of v3: status | length, handle | attributes? | attributes of the directory?      of v2: status | handle | attributes
 *     READDIR of v3: status | attributes of the directory? | verifier | entries               of v2: status | entries
 *
 * Source: RFC 1813 sections 3.3.3, 3.3.16 and 3.3.17; RFC 1094 sections 2.2.5 and 2.2.17.
 */
import { readUint32 } from "../../marshal/index.ts";
import { HANDLE_BYTES } from "../nfs/handles.ts";
import { FATTR3_BYTES } from "../nfs/v3/wire.ts";

/** Where the file's number is in its attributes. */
const FILEID3_AT = 52;
const FILEID2_AT = 40;
const TRUE = Uint8Array.of(0, 0, 0, 1);
const NOTHING = new Uint8Array(0);

/** A handle as an argument. */
export function handleBytes(version: 2 | 3, handle: Uint8Array): Uint8Array {
  if (version === 2) return handle;
  return joined([Uint8Array.of(0, 0, 0, HANDLE_BYTES), handle]);
}

/** What a LOOKUP found. */
export interface LookedUp {
  readonly handle: Uint8Array;
  /** Empty where the reply goes without. */
  readonly attributes: Uint8Array;
}

export class LookupReply {
  readonly #version: 2 | 3;
  readonly #bytes: Uint8Array;

  constructor(version: 2 | 3, bytes: Uint8Array) {
    this.#version = version;
    this.#bytes = bytes;
  }

  get isOk(): boolean {
    return readUint32(this.#bytes, 0) === 0;
  }

  get handle(): Uint8Array {
    const at = this.#version === 3 ? 8 : 4;
    return this.#bytes.subarray(at, at + HANDLE_BYTES);
  }

  get found(): LookedUp | undefined {
    if (!this.isOk) return undefined;
    if (this.#version === 2)
      return { handle: this.handle, attributes: this.#bytes.subarray(4 + HANDLE_BYTES) };
    const at = 12 + HANDLE_BYTES;
    const isThere = readUint32(this.#bytes, at - 4) === 1;
    return {
      handle: this.handle,
      attributes: isThere ? this.#bytes.subarray(at, at + FATTR3_BYTES) : NOTHING,
    };
  }

  /** With another object, of which GETATTR told this. Undefined: version 2 does not go without attributes. */
  replaced(handle: Uint8Array, told: Uint8Array | undefined): Uint8Array | undefined {
    const isTold = told !== undefined && readUint32(told, 0) === 0;
    if (!isTold && this.#version === 2) return told;
    return this.moved({ handle, attributes: isTold ? told.subarray(4) : NOTHING });
  }

  moved({ handle, attributes }: LookedUp): Uint8Array {
    if (this.#version === 2) return joined([this.#bytes.subarray(0, 4), handle, attributes]);
    const flag = attributes.length > 0 ? TRUE : Uint8Array.of(0, 0, 0, 0);
    return joined([this.#bytes.subarray(0, 8), handle, flag, attributes, this.#directory]);
  }

  /** Attributes of the directory, as a reply of v3 ends. */
  get #directory(): Uint8Array {
    const at = 8 + HANDLE_BYTES;
    const isThere = readUint32(this.#bytes, at) === 1;
    return this.#bytes.subarray(at + 4 + (isThere ? FATTR3_BYTES : 0));
  }
}

/** Puts another directory in the place of `..`, if that is among the first two entries. */
export function patchDotdot(version: 2 | 3, isPlus: boolean, reply: Uint8Array, parent: LookedUp): void {
  if (readUint32(reply, 0) !== 0) return;
  const numberBytes = version === 3 ? 8 : 4;
  const cookieBytes = numberBytes;
  let at = version === 3 ? afterAttributes(reply, 4) + 8 : 4;
  for (let seen = 0; seen < 2 && at < reply.length && readUint32(reply, at) === 1; seen++) {
    const number = at + 4;
    const length = readUint32(reply, number + numberBytes);
    const name = number + numberBytes + 4;
    const end = name + ((length + 3) & ~3) + cookieBytes;
    if (length === 2 && reply[name] === 0x2e && reply[name + 1] === 0x2e) {
      patchNumber(version, reply, number, parent.attributes);
      if (isPlus) patchObject(reply, end, parent);
      return;
    }
    at = isPlus ? afterHandle(reply, afterAttributes(reply, end)) : end;
  }
}

function patchNumber(version: 2 | 3, reply: Uint8Array, at: number, attributes: Uint8Array): void {
  const from = version === 3 ? FILEID3_AT : FILEID2_AT;
  if (attributes.length > 0) reply.set(attributes.subarray(from, from + (version === 3 ? 8 : 4)), at);
}

/** What is there is replaced; what the caller may not see stays away. */
function patchObject(reply: Uint8Array, at: number, { handle, attributes }: LookedUp): void {
  const handleAt = afterAttributes(reply, at);
  if (handleAt === at + 4 || attributes.length === 0) return;
  reply.set(attributes, at + 4);
  if (readUint32(reply, handleAt) === 1) reply.set(handle, handleAt + 8);
}

function afterAttributes(reply: Uint8Array, at: number): number {
  return at + 4 + (readUint32(reply, at) === 1 ? FATTR3_BYTES : 0);
}

function afterHandle(reply: Uint8Array, at: number): number {
  return at + 4 + (readUint32(reply, at) === 1 ? 4 + HANDLE_BYTES : 0);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Encodes XDR (RFC 4506) into one growing buffer. A server keeps one writer for a connection and encodes every
 * reply of a turn into it, so that one write carries them all and no message has a buffer of its own.
 */
import { XdrError } from "./errors.ts";
import { DEFAULT_MAX_DEPTH } from "./xdr-reader.ts";

const utf8 = new TextEncoder();

/** How large one writer's buffer may grow unless it is told otherwise: more is a runaway value. */
export const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

/** Up to this many characters, a loop over ASCII beats the encoder's call. */
const SHORT_STRING = 96;

/**
 * Writes XDR values, one after the other, into a buffer that grows up to `maxBytes`. Methods throw `XdrError`
 * with an XDR_… code for values that the type does not have.
 */
export class XdrWriter {
  /** The encoded bytes are those before `position`. */
  bytes: Uint8Array;
  position = 0;
  private view: DataView;
  private readonly maxDepth: number;
  private readonly maxBytes: number;
  private depthLeft: number;

  constructor(initialBytes = 1024, maxDepth = DEFAULT_MAX_DEPTH, maxBytes = DEFAULT_MAX_BYTES) {
    this.maxDepth = maxDepth;
    this.maxBytes = maxBytes;
    this.depthLeft = maxDepth;
    this.bytes = new Uint8Array(initialBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** What was encoded, as a view that the next write may change. */
  encoded(): Uint8Array {
    return this.bytes.subarray(0, this.position);
  }

  /** Starts over in the same buffer. */
  reset(): void {
    this.position = 0;
  }

  /** Gives the encoded bytes away for good and starts over in a new buffer of `nextBytes`. */
  detach(nextBytes = 1024): Uint8Array {
    return this.exchange(new Uint8Array(nextBytes));
  }

  /** Gives the encoded bytes away and starts over in `next`, whose bytes are the writer's from now on. */
  exchange(next: Uint8Array): Uint8Array {
    const taken = this.bytes.subarray(0, this.position);
    this.bytes = next;
    this.view = new DataView(next.buffer, next.byteOffset, next.byteLength);
    this.position = 0;
    return taken;
  }

  /** Steps into a value of a recursive type; `leave` steps out, also when encoding fails. */
  enter(): void {
    if (this.depthLeft === 0) throw new XdrError("XDR_DEPTH", `nested over ${this.maxDepth} deep`);
    this.depthLeft--;
  }

  leave(): void {
    this.depthLeft++;
  }

  /** Makes room for `count` more bytes and returns where they begin; the caller fills them all. */
  reserve(count: number): number {
    const start = this.position;
    const end = start + count;
    if (end > this.bytes.length) this.grow(end);
    this.position = end;
    return start;
  }

  private grow(needed: number): void {
    if (needed > this.maxBytes) throw new XdrError("XDR_SIZE", `over ${this.maxBytes} bytes in one writer`);
    const grown = new Uint8Array(Math.max(needed, Math.min(this.bytes.length * 2, this.maxBytes)));
    grown.set(this.bytes.subarray(0, this.position));
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }

  int(value: number): void {
    if (value !== (value | 0)) throw new XdrError("XDR_RANGE", `int: ${value} is not a 32-bit whole number`);
    const at = this.reserve(4);
    this.view.setInt32(at, value);
  }

  uint(value: number): void {
    if (value !== value >>> 0) {
      throw new XdrError("XDR_RANGE", `unsigned int: ${value} is not a whole number of 0 to 2^32 - 1`);
    }
    const at = this.reserve(4);
    this.view.setUint32(at, value);
  }

  /** Overwrites four bytes that were reserved before. */
  patchUint(at: number, value: number): void {
    this.view.setUint32(at, value);
  }

  /** rpcgen's `short`: an int on the wire. */
  short(value: number): void {
    if (value !== (value << 16) >> 16) throw outside("short", value, "-32768 to 32767");
    const at = this.reserve(4);
    this.view.setInt32(at, value);
  }

  /** rpcgen's `unsigned short`: an unsigned int on the wire. */
  ushort(value: number): void {
    if (value !== (value & 0xffff)) throw outside("unsigned short", value, "0 to 65535");
    const at = this.reserve(4);
    this.view.setUint32(at, value);
  }

  /** rpcgen's `char`: an int on the wire. */
  char(value: number): void {
    if (value !== (value << 24) >> 24) throw outside("char", value, "-128 to 127");
    const at = this.reserve(4);
    this.view.setInt32(at, value);
  }

  /** rpcgen's `unsigned char`: an unsigned int on the wire. */
  uchar(value: number): void {
    if (value !== (value & 0xff)) throw outside("unsigned char", value, "0 to 255");
    const at = this.reserve(4);
    this.view.setUint32(at, value);
  }

  bool(value: boolean): void {
    if (value !== true && value !== false) throw new XdrError("XDR_RANGE", `bool: ${value} is none`);
    const at = this.reserve(4);
    this.view.setUint32(at, value ? 1 : 0);
  }

  hyper(value: bigint): void {
    if (BigInt.asIntN(64, value) !== value)
      throw new XdrError("XDR_RANGE", `hyper: ${value} is over 64 bits`);
    const at = this.reserve(8);
    this.view.setBigInt64(at, value);
  }

  uhyper(value: bigint): void {
    if (BigInt.asUintN(64, value) !== value) {
      throw new XdrError("XDR_RANGE", `unsigned hyper: ${value} is not of 0 to 2^64 - 1`);
    }
    const at = this.reserve(8);
    this.view.setBigUint64(at, value);
  }

  float(value: number): void {
    if (typeof value !== "number") throw new XdrError("XDR_RANGE", `float: ${value} is no number`);
    const at = this.reserve(4);
    this.view.setFloat32(at, value);
  }

  double(value: number): void {
    if (typeof value !== "number") throw new XdrError("XDR_RANGE", `double: ${value} is no number`);
    const at = this.reserve(8);
    this.view.setFloat64(at, value);
  }

  /** Exactly `length` bytes, filled up with zeros to a multiple of four. */
  opaqueFixed(value: Uint8Array, length: number): void {
    if (value.length !== length) {
      throw new XdrError("XDR_RANGE", `opaque[${length}]: given ${value.length} bytes`);
    }
    this.fill(this.reserve(paddedLength(length)), value);
  }

  /** A length and the bytes, at most `max`. */
  opaque(value: Uint8Array, max = 0xffff_ffff): void {
    const length = value.length;
    if (length > max) throw new XdrError("XDR_RANGE", `opaque<${max}>: given ${length} bytes`);
    const at = this.reserve(4 + paddedLength(length));
    this.view.setUint32(at, length);
    this.fill(at + 4, value);
  }

  /** UTF-8 of the string, at most `max` bytes. */
  string(value: string, max = 0xffff_ffff): void {
    if (value.length <= SHORT_STRING && value.length <= max && this.ascii(value)) return;
    const encoded = utf8.encode(value);
    if (encoded.length > max)
      throw new XdrError("XDR_RANGE", `string<${max}>: given ${encoded.length} bytes`);
    // The encoder puts U+FFFD for half a surrogate pair; the peer would read another string than was given.
    if (encoded.length > value.length && /\p{Surrogate}/u.test(value)) {
      throw new XdrError("XDR_TEXT", "string: holds half a surrogate pair, which UTF-8 cannot say");
    }
    this.opaque(encoded);
  }

  /** Writes a string of ASCII; false, with nothing written, if it holds anything else. */
  private ascii(value: string): boolean {
    const length = value.length;
    const start = this.reserve(4 + paddedLength(length));
    const bytes = this.bytes;
    let at = start + 4;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) {
        this.position = start;
        return false;
      }
      bytes[at++] = code;
    }
    this.view.setUint32(start, length);
    while ((at & 3) !== (start & 3)) bytes[at++] = 0;
    return true;
  }

  /** The count of a variable array. */
  count(length: number, max = 0xffff_ffff): void {
    if (length > max) throw new XdrError("XDR_RANGE", `array<${max}>: given ${length} elements`);
    const at = this.reserve(4);
    this.view.setUint32(at, length);
  }

  /** Checks the length of a fixed array, which is not on the wire. */
  vector(length: number, expected: number): void {
    if (length !== expected) throw new XdrError("XDR_RANGE", `array[${expected}]: given ${length} elements`);
  }

  /** Bytes as they are, which must be a multiple of four long: a value that is encoded already. */
  raw(value: Uint8Array): void {
    const at = this.reserve(value.length);
    this.bytes.set(value, at);
  }

  /** Puts the bytes, filled up with zeros, into room that was reserved. */
  private fill(at: number, value: Uint8Array): void {
    const { bytes } = this;
    const length = value.length;
    bytes.set(value, at);
    const end = at + paddedLength(length);
    for (let i = at + length; i < end; i++) bytes[i] = 0;
  }
}

/** The length filled up to a multiple of four. */
function paddedLength(length: number): number {
  return length + ((4 - (length & 3)) & 3);
}

function outside(type: string, value: number, range: string): XdrError {
  return new XdrError("XDR_RANGE", `${type}: ${value} is not a whole number of ${range}`);
}

/**
 * Decodes XDR (RFC 4506) from bytes that may be anything: every length is checked against what is left before
 * anything is allocated for it, and nesting is bounded.
 */
import { XdrError } from "./errors.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** How deep recursive types may nest unless the reader is told otherwise. */
export const DEFAULT_MAX_DEPTH = 512;

/**
 * Reads XDR values, one after the other, from `bytes` at `position`. What it gives of opaque data are views
 * of `bytes`. Methods throw `XdrError` with an XDR_… code for bytes that are no such value.
 */
export class XdrReader {
  readonly bytes: Uint8Array;
  /** Index in `bytes` of the next byte to decode. */
  position: number;
  /** Index after the last byte of the message. */
  end: number;
  private readonly view: DataView;
  private readonly maxDepth: number;
  private depthLeft: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length, maxDepth = DEFAULT_MAX_DEPTH) {
    if (start > end || end > bytes.length) throw new RangeError(`no message at ${start} to ${end}`);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = start;
    this.end = end;
    this.maxDepth = maxDepth;
    this.depthLeft = maxDepth;
  }

  /** Starts over at another message in the same bytes, so that one reader serves all the messages of a chunk. */
  retarget(start: number, end: number): void {
    this.position = start;
    this.end = end;
    this.depthLeft = this.maxDepth;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  private take(count: number): number {
    const at = this.position;
    if (count > this.end - at) {
      throw new XdrError("XDR_SHORT", `needs ${count} bytes at offset ${at}, ${this.end - at} are left`);
    }
    this.position = at + count;
    return at;
  }

  /** Passes over `count` bytes whatever they are. */
  skip(count: number): void {
    this.take(count);
  }

  /** Fails unless the message is used up. */
  finish(): void {
    if (this.position !== this.end) {
      throw new XdrError("XDR_TRAILING", `${this.end - this.position} bytes follow offset ${this.position}`);
    }
  }

  /** Steps into a value of a recursive type; `leave` steps out. */
  enter(): void {
    if (--this.depthLeft < 0) {
      throw new XdrError("XDR_DEPTH", `nested over ${this.maxDepth} deep at offset ${this.position}`);
    }
  }

  leave(): void {
    this.depthLeft++;
  }

  int(): number {
    return this.view.getInt32(this.take(4));
  }

  uint(): number {
    return this.view.getUint32(this.take(4));
  }

  /** rpcgen's `short`: an int on the wire. */
  short(): number {
    const value = this.view.getInt32(this.take(4));
    if (value !== (value << 16) >> 16) throw outside("short", value, this.position);
    return value;
  }

  /** rpcgen's `unsigned short`: an unsigned int on the wire. */
  ushort(): number {
    const value = this.view.getUint32(this.take(4));
    if (value > 0xffff) throw outside("unsigned short", value, this.position);
    return value;
  }

  /** rpcgen's `char`: an int on the wire. */
  char(): number {
    const value = this.view.getInt32(this.take(4));
    if (value !== (value << 24) >> 24) throw outside("char", value, this.position);
    return value;
  }

  /** rpcgen's `unsigned char`: an unsigned int on the wire. */
  uchar(): number {
    const value = this.view.getUint32(this.take(4));
    if (value > 0xff) throw outside("unsigned char", value, this.position);
    return value;
  }

  bool(): boolean {
    const value = this.view.getUint32(this.take(4));
    if (value > 1) throw new XdrError("XDR_RANGE", `bool: ${value} is neither 0 nor 1`);
    return value === 1;
  }

  hyper(): bigint {
    return this.view.getBigInt64(this.take(8));
  }

  uhyper(): bigint {
    return this.view.getBigUint64(this.take(8));
  }

  float(): number {
    return this.view.getFloat32(this.take(4));
  }

  double(): number {
    return this.view.getFloat64(this.take(8));
  }

  /** A view of the message's own bytes: copy it to keep it longer than the message. */
  opaqueFixed(length: number): Uint8Array {
    const filled = length + ((4 - (length & 3)) & 3);
    const at = this.take(filled);
    for (let i = at + length; i < at + filled; i++) {
      if (this.bytes[i] !== 0) throw new XdrError("XDR_PADDING", `fill byte at offset ${i} is not zero`);
    }
    return this.bytes.subarray(at, at + length);
  }

  /** A view of the message's own bytes: copy it to keep it longer than the message. */
  opaque(max = 0xffff_ffff): Uint8Array {
    const length = this.uint();
    if (length > max) throw new XdrError("XDR_RANGE", `opaque<${max}>: message holds ${length} bytes`);
    return this.opaqueFixed(length);
  }

  string(max = 0xffff_ffff): string {
    const at = this.position;
    const value = this.opaque(max);
    try {
      return utf8.decode(value);
    } catch {
      throw new XdrError("XDR_TEXT", `string at offset ${at} is not UTF-8`);
    }
  }

  /** The count of a variable array whose elements take at least `minElementBytes` each, which is never 0. */
  count(max = 0xffff_ffff, minElementBytes = 4): number {
    const length = this.uint();
    if (length > max) throw new XdrError("XDR_RANGE", `array<${max}>: message holds ${length} elements`);
    if (length * minElementBytes > this.end - this.position) {
      throw new XdrError("XDR_SHORT", `array of ${length} elements does not fit in ${this.remaining} bytes`);
    }
    return length;
  }
}

function outside(type: string, value: number, end: number): XdrError {
  return new XdrError("XDR_RANGE", `${type}: message holds ${value} at offset ${end - 4}`);
}

/**
 * Big-endian words at a place in bytes, for what is read and written by hand where every packet or record passes: without
 * an object for it, or a view. The caller sees to it that they lie within.
 */

const TWO_32 = 0x1_0000_0000;

/** The unsigned 32-bit integer at `at`, big-endian. The caller has checked that four bytes are there. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/**
 * Writes an unsigned 32-bit integer at `at`, big-endian. The caller has checked that there is room for four
 * bytes.
 */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** An unsigned hyper; what is 2^53 and more comes out as `Infinity`. */
export function readHyper(bytes: Uint8Array, at: number): number {
  const high = readUint32(bytes, at);
  return high < 0x20_0000 ? high * TWO_32 + readUint32(bytes, at + 4) : Number.POSITIVE_INFINITY;
}

/** A whole number below 2^53. */
export function writeHyper(bytes: Uint8Array, at: number, value: number): void {
  writeUint32(bytes, at, Math.floor(value / TWO_32));
  writeUint32(bytes, at + 4, value % TWO_32);
}

/**
 * CRC32C by tables, in plain TypeScript: for short data, where there is no WebAssembly, and as what that is held against.
 *
 * Slicing by 16 (Kounavis and Berry, "A Systematic Approach to Building High Performance Software-based CRC
 * Generators", 2005): one table for each of 16 bytes, which are looked up independently of each other.
 */

/** Castagnoli's polynomial with its bits in reverse: the highest bit is the coefficient of x^0. */
export const CRC32C_POLYNOMIAL = 0x82f63b78;
export const SLICES = 16;

/** Table `t`, entry `b`: what a byte `b` adds that is followed by `t` more bytes. One array, as it is looked up faster. */
export const TABLES: Readonly<Int32Array> = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ CRC32C_POLYNOMIAL : value >>> 1;
    tables[byte] = value;
  }
  for (let at = 256; at < tables.length; at++) {
    const value = tables[at - 256] as number;
    tables[at] = (value >>> 8) ^ (tables[value & 0xff] as number);
  }
  return tables;
}

/** As `crc32c`. */
export function crc32cByTables(data: Uint8Array, seed: number, start: number, end: number): number {
  const t = TABLES;
  let crc = ~seed;
  let at = start;
  // Indices are within the arrays: `as number` only tells the compiler so.
  for (const last = end - SLICES; at <= last; at += SLICES) {
    const first =
      crc ^
      ((data[at] as number) |
        ((data[at + 1] as number) << 8) |
        ((data[at + 2] as number) << 16) |
        ((data[at + 3] as number) << 24));
    crc =
      (t[3840 + (first & 0xff)] as number) ^
      (t[3584 + ((first >>> 8) & 0xff)] as number) ^
      (t[3328 + ((first >>> 16) & 0xff)] as number) ^
      (t[3072 + (first >>> 24)] as number) ^
      (t[2816 + (data[at + 4] as number)] as number) ^
      (t[2560 + (data[at + 5] as number)] as number) ^
      (t[2304 + (data[at + 6] as number)] as number) ^
      (t[2048 + (data[at + 7] as number)] as number) ^
      (t[1792 + (data[at + 8] as number)] as number) ^
      (t[1536 + (data[at + 9] as number)] as number) ^
      (t[1280 + (data[at + 10] as number)] as number) ^
      (t[1024 + (data[at + 11] as number)] as number) ^
      (t[768 + (data[at + 12] as number)] as number) ^
      (t[512 + (data[at + 13] as number)] as number) ^
      (t[256 + (data[at + 14] as number)] as number) ^
      (t[data[at + 15] as number] as number);
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ (t[(crc ^ (data[at] as number)) & 0xff] as number);
  return ~crc >>> 0;
}

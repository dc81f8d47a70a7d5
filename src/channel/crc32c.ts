/**
 * CRC32C: the cyclic redundancy check with Castagnoli's polynomial (RFC 3720 appendix B.4), which finds every error of up to five
 * bits in a packet of 1,200 bytes, where that of Ethernet, through which most packets have passed already, finds three.
 *
 * Long data is copied into a WebAssembly module's memory and summed there; the rest, and where there is no such thing, by
 * tables. Both give the same.
 */
import { crc32cModule, MAX_MODULE_BYTES } from "./crc32c-module.ts";
import { crc32cByTables } from "./crc32c-tables.ts";

/** From here on, copying costs less than it saves. */
const MODULE_FROM_BYTES = 256;

const module = crc32cModule();

/** CRC32C of `data` from `start` to `end` (excluded), continuing from `seed`: unsigned, 32 bits. */
export function crc32c(data: Uint8Array, seed = 0, start = 0, end = data.length): number {
  if (module === undefined || end - start < MODULE_FROM_BYTES) return crc32cByTables(data, seed, start, end);
  let register = ~seed;
  for (let at = start; at < end; at += MAX_MODULE_BYTES) {
    const length = Math.min(end - at, MAX_MODULE_BYTES);
    module.data.set(data.subarray(at, at + length));
    register = module.run(register, length);
  }
  return ~register >>> 0;
}

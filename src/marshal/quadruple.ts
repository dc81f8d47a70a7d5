/**
 * XDR's quadruple (RFC 4506 section 4.8: the 128-bit format of IEEE 754, sign, 15 bits of exponent, 112 of fraction)
 * and JavaScript's numbers. Generated code keeps quadruples as their 16 bytes, because numbers cannot hold them all;
 * these two functions convert when a number is enough.
 */

export const QUADRUPLE_BYTES = 16;

const BIAS = 16_383;
const FRACTION_BITS = 112n;
const DOUBLE_BIAS = 1023;
const DOUBLE_FRACTION_BITS = 52n;
/** Exponent field of infinities and NaN. */
const SPECIAL = 0x7fff;
const DOUBLE_SPECIAL = 0x7ff;

/** Exact: every number is a quadruple. */
export function quadrupleFromNumber(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(QUADRUPLE_BYTES));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const sign = bits >> 63n;
  let exponent = Number((bits >> DOUBLE_FRACTION_BITS) & 0x7ffn);
  let fraction = bits & ((1n << DOUBLE_FRACTION_BITS) - 1n);
  if (exponent === DOUBLE_SPECIAL) exponent = SPECIAL;
  else if (exponent !== 0) exponent += BIAS - DOUBLE_BIAS;
  else if (fraction !== 0n) {
    // A subnormal double is a normal quadruple: shift its highest bit up to where it is implied.
    const shift = Number(DOUBLE_FRACTION_BITS) + 1 - fraction.toString(2).length;
    fraction = (fraction << BigInt(shift)) & ((1n << DOUBLE_FRACTION_BITS) - 1n);
    exponent = BIAS - DOUBLE_BIAS + 1 - shift;
  }
  const widened = fraction << (FRACTION_BITS - DOUBLE_FRACTION_BITS);
  view.setBigUint64(0, (sign << 63n) | (BigInt(exponent) << 48n) | (widened >> 64n));
  view.setBigUint64(8, widened & 0xffff_ffff_ffff_ffffn);
  return new Uint8Array(view.buffer);
}

/** The nearest number, ties to even; beyond the largest, an infinity. */
export function numberFromQuadruple(bytes: Uint8Array): number {
  if (bytes.length !== QUADRUPLE_BYTES) throw new RangeError(`a quadruple has 16 bytes, not ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, QUADRUPLE_BYTES);
  const high = view.getBigUint64(0);
  const sign = high >> 63n === 0n ? 1 : -1;
  const exponent = Number((high >> 48n) & 0x7fffn);
  const fraction = ((high & 0xffff_ffff_ffffn) << 64n) | view.getBigUint64(8);
  if (exponent === SPECIAL) return fraction === 0n ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  // Subnormal quadruples are far below the smallest number.
  if (exponent === 0) return sign * 0;
  return sign * scaled((1n << FRACTION_BITS) | fraction, exponent - BIAS - Number(FRACTION_BITS));
}

/** `significand` (113 bits) times 2 to the `power`, rounded once. */
function scaled(significand: bigint, power: number): number {
  const smallest = -1074;
  // Bits to drop, so that what is left fits a double's 53, or fewer where the result is subnormal.
  const drop = Math.max(60, smallest - power);
  if (drop > 120) return 0;
  const kept = significand >> BigInt(drop);
  const rest = significand & ((1n << BigInt(drop)) - 1n);
  const half = 1n << BigInt(drop - 1);
  const roundsUp = rest > half || (rest === half && (kept & 1n) === 1n);
  const rounded = Number(kept + (roundsUp ? 1n : 0n));
  const exponent = power + drop;
  // Two exact steps: 2 ** exponent alone may be out of a double's range.
  return exponent > 900
    ? rounded * 2 ** 900 * 2 ** (exponent - 900)
    : rounded * 2 ** Math.max(exponent, smallest);
}

/** Round numbers: what people read in a plan, and what shrinking works towards. */

/** The largest whole number of one significant digit that is not above `value`; 0 for less than 1. */
export function floorToDigit(value: number): number {
  if (value < 1) return 0;
  const power = 10 ** Math.floor(Math.log10(value));
  return Math.floor(value / power) * power;
}

/** The nearest number of one significant digit. */
export function roundToDigit(value: number): number {
  return Number(value.toPrecision(1));
}

/** Digits that are not zeros at the end: 1200 has two. */
export function significantDigits(value: number): number {
  const digits = Math.abs(value).toPrecision(15).replace(".", "").replace(/e.*/, "");
  return digits.replace(/^0+/, "").replace(/0+$/, "").length;
}

/** What options of detectors may be. */

export function positive(name: string, value: number): number {
  if (!(value > 0 && Number.isFinite(value))) throw new RangeError(`${name} must be more than 0: ${value}`);
  return value;
}

export function atLeast(name: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least)
    throw new RangeError(`${name} must be a whole number, ${least} or more: ${value}`);
  return value;
}

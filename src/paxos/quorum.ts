/** Majorities: any two have a replica in common. */

/** How many of so many are a majority. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** The highest value that a majority of these reach; -Infinity of none. The values are put in order in place. */
export function reachedByMajority(values: number[]): number {
  values.sort((a, b) => b - a);
  return values[majorityOf(values.length) - 1] ?? Number.NEGATIVE_INFINITY;
}

/**
 * What a replica concludes from what all have read as of one entry. Only a majority of the voters without itself, all of it whole and equal, makes a
 * replica give way: then nothing is lost with what it holds, and nobody has to know which of two is right.
 */

/** What a replica found. */
export interface Found {
  readonly index: number;
  readonly records: number;
  readonly damaged: number;
  readonly digest: readonly number[];
}

/**
 * "equal": it holds what a majority holds, itself among them. "unsound": it does not, and a majority of the others holds the same. "open": nobody can say yet; with `damaged`
 * records of its own it may stay so, where too few others are whole.
 */
export type Verdict = "equal" | "unsound" | "open";

export function verdictOf(
  own: Found,
  self: string,
  voters: readonly string[],
  told: ReadonlyMap<string, Found>,
): Verdict {
  const majority = Math.floor(voters.length / 2) + 1;
  const others = voters.flatMap((name) => {
    const found = name === self ? undefined : told.get(name);
    return found !== undefined && found.index === own.index && found.damaged === 0 ? [found] : [];
  });
  if (own.damaged === 0) {
    const alike = others.filter((each) => isSame(each, own)).length;
    if (alike + Number(voters.includes(self)) >= majority) return "equal";
  }
  const isOutvoted = others.some((one) => others.filter((each) => isSame(each, one)).length >= majority);
  return isOutvoted ? "unsound" : "open";
}

function isSame(a: Found, b: Found): boolean {
  return a.records === b.records && a.digest[0] === b.digest[0] && a.digest[1] === b.digest[1];
}

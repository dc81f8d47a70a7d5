/**
 * Rounds that alternate between what is compared. Machines are shared and noisy, and noise lasts: what runs in turn shares it, so
 * that the ratio of the medians travels where the figures do not.
 */
import { medians } from "./statistics.ts";

export type Label = Readonly<Record<string, string | number>>;

/** One row of a table: what it is called, and one measurement of it. */
export interface Row<Sample> {
  readonly label: Label;
  measure(): Promise<Sample>;
}

/** Every row's sample of every round, told on standard error as it comes. */
export async function samplesOf<Sample>(
  name: string,
  rows: readonly Row<Sample>[],
  rounds: number,
): Promise<Sample[][]> {
  const seen = rows.map((): Sample[] => []);
  for (let round = 1; round <= rounds; round++) {
    for (const [at, { label, measure }] of rows.entries()) {
      const sample = await measure();
      seen[at]?.push(sample);
      console.error(`${name}, round ${round} of ${rounds}:`, JSON.stringify({ ...label, ...sample }));
    }
  }
  return seen;
}

/** Every row's label, and the median of each figure. */
export async function compared<Sample extends Record<keyof Sample, number>>(
  name: string,
  rows: readonly Row<Sample>[],
  rounds: number,
): Promise<(Label & Sample)[]> {
  const seen = await samplesOf(name, rows, rounds);
  return rows.map(({ label }, at) => ({ ...label, ...medians(seen[at] as Sample[]) }));
}

/** What is told of many samples. On a machine that others use a mean is mostly their work; a median is not. */

/** The middle of the sorted samples, the upper of two. NaN of none. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** What that share of the samples stays below: 0.5 is the median, 0.99 what one in a hundred reaches. NaN of none. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** The median of each field. */
export function medians<Sample extends Record<keyof Sample, number>>(samples: readonly Sample[]): Sample {
  const fields = Object.keys(samples[0] ?? {}) as (keyof Sample)[];
  return Object.fromEntries(
    fields.map((field) => [field, rounded(median(samples.map((sample) => sample[field])))]),
  ) as Sample;
}

/** Three digits that count, or all before the point. */
export function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}

/**
 * From moments to pixels. Time runs at one rate where much happens; a long silence is cut short, and one moment has as much
 * room as its notes need.
 */

/** Between two moments that differ, at least and at most. */
const LEAST_PX = 7;
const MOST_PX = 70;
/** The usual gap between two moments. */
const USUAL_PX = 18;

/** A silence that was cut short. */
export interface Break {
  /** In pixels. */
  readonly at: number;
  readonly gapNs: number;
}

export class TimeScale {
  readonly #moments: readonly number[];
  readonly #places: readonly number[];
  readonly breaks: readonly Break[];
  readonly end: number;

  /** `top`: the first moment's place. `room(moment)`: the pixels that it needs for itself. */
  constructor(moments: readonly number[], top: number, room: (moment: number) => number) {
    this.#moments = [...new Set(moments)].sort((a, b) => a - b);
    const gaps = this.#moments.slice(1).map((moment, at) => moment - (this.#moments[at] as number));
    const perNs = USUAL_PX / median(gaps);
    const places = [top];
    const breaks: Break[] = [];
    gaps.forEach((gapNs, at) => {
      const start = places[at] as number;
      const needed = Math.max(LEAST_PX, room(this.#moments[at] as number));
      const wanted = gapNs * perNs;
      const height = Math.max(needed, Math.min(wanted, MOST_PX));
      if (wanted > 2 * height) breaks.push({ at: start + height / 2, gapNs });
      places.push(start + height);
    });
    this.#places = places;
    this.breaks = breaks;
    const last = this.#moments.at(-1);
    this.end = (places.at(-1) as number) + Math.max(LEAST_PX, last === undefined ? 0 : room(last));
  }

  /** The place of a moment; one outside the window has that of its edge. */
  at(moment: number): number {
    let low = 0;
    let high = this.#moments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#moments[middle] as number) <= moment) low = middle;
      else high = middle - 1;
    }
    const [first] = this.#moments;
    if (first === undefined || moment < first) return this.#places[0] as number;
    return moment > (this.#moments.at(-1) as number) ? this.end : (this.#places[low] as number);
  }

  /** Whether a moment is before the first one. */
  isBefore(moment: number): boolean {
    return moment < (this.#moments[0] ?? Number.NEGATIVE_INFINITY);
  }

  /** Moments with a label each, at least `apart` pixels from one another. */
  labels(apart: number): { readonly moment: number; readonly at: number }[] {
    const labels: { moment: number; at: number }[] = [];
    this.#moments.forEach((moment, index) => {
      const at = this.#places[index] as number;
      const last = labels.at(-1);
      if (last === undefined || at - last.at >= apart) labels.push({ moment, at });
    });
    return labels;
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >>> 1] ?? 1;
}

/** Milliseconds, with a fraction as long as it says something. */
export function showMs(ns: number): string {
  const [whole, fraction = ""] = (ns / 1e6).toFixed(3).split(".");
  const grouped = (whole as string).replace(/\B(?=(\d{3})+$)/g, ",");
  const rest = fraction.replace(/0+$/, "");
  return rest === "" ? grouped : `${grouped}.${rest}`;
}

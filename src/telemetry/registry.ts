/**
 * What a process can tell of itself in numbers: families of metrics, each with a name, a meaning, and one series for each combination of its
 * labels' values. Where something is counted, the series is held: `of` is for the start, or for what happens seldom. What other
 * parts know anyway is read when somebody asks (`read`), and costs nothing until then.
 *
 * Series are bounded: beyond, what is new is counted together, under the value `other` for each label.
 */
import { type Sample, textOf } from "./exposition.ts";
import { Counter, Gauge, Histogram, LATENCY_BOUNDS } from "./metric.ts";

/** The types of metrics that are here, in Prometheus's words. */
export type MetricType = "counter" | "gauge" | "histogram";

/** Series of one family. */
export const MAX_SERIES = 1000;

/** Families of a registry; a further one is a `RangeError`. */
export const MAX_FAMILIES = 500;

/** The label value of series for which there was no room any more. */
export const OTHER = "other";

/** What a family of metrics is called, says, and is told apart by. */
export interface FamilyAbout {
  /** `[a-z][a-z0-9_]*`, with the unit at its end; those of counters end with `_total`. */
  readonly name: string;
  /** One sentence: what it says. */
  readonly help: string;
  readonly labels: readonly string[];
}

/** A family with its type, as it is shown. */
export interface FamilyInfo extends FamilyAbout {
  readonly type: MetricType;
}

/** Tells one value; `labels` in the order of the family's. */
export type Tell = (value: number, ...labels: readonly string[]) => void;

interface Shown extends FamilyInfo {
  samples(): Sample[];
}

/** The series of one name. */
export class Family<Metric> {
  readonly #labels: number;
  readonly #make: () => Metric;
  readonly #series = new Map<string, { readonly labels: readonly string[]; readonly metric: Metric }>();

  constructor(labels: number, make: () => Metric) {
    this.#labels = labels;
    this.#make = make;
  }

  /** The series with these values, the same each time. @throws RangeError when they are not as many as the labels. */
  of(...labels: readonly string[]): Metric {
    if (labels.length !== this.#labels) {
      throw new RangeError(`${labels.length} values for ${this.#labels} labels`);
    }
    const key = labels.join("\0");
    const found = this.#series.get(key);
    if (found !== undefined) return found.metric;
    if (this.#series.size >= MAX_SERIES) return this.#other();
    const metric = this.#make();
    this.#series.set(key, { labels, metric });
    return metric;
  }

  /** One more than the bound, which everything new shares. */
  #other(): Metric {
    const labels = Array.from({ length: this.#labels }, () => OTHER);
    const key = labels.join("\0");
    const found = this.#series.get(key)?.metric ?? this.#make();
    this.#series.set(key, { labels, metric: found });
    return found;
  }

  *entries(): Iterable<readonly [labels: readonly string[], metric: Metric]> {
    for (const { labels, metric } of this.#series.values()) yield [labels, metric];
  }
}

/**
 * The metrics of a process. Families are declared once, at the start; where something is counted, the series
 * is held.
 */
export class Registry {
  readonly #families = new Map<string, Shown>();

  /** @throws RangeError for a name that is taken or cannot be; so do the others. */
  counter(about: FamilyAbout): Family<Counter> {
    if (!about.name.endsWith("_total"))
      throw new RangeError(`${about.name}: a counter's name ends with _total`);
    const family = new Family(about.labels.length, () => new Counter());
    this.#add({ ...about, type: "counter", samples: () => plainSamples(about, family) });
    return family;
  }

  gauge(about: FamilyAbout): Family<Gauge> {
    const family = new Family(about.labels.length, () => new Gauge());
    this.#add({ ...about, type: "gauge", samples: () => plainSamples(about, family) });
    return family;
  }

  /** `bounds`: upper bounds of the buckets, rising. */
  histogram(about: FamilyAbout, bounds: readonly number[] = LATENCY_BOUNDS): Family<Histogram> {
    const family = new Family(about.labels.length, () => new Histogram(bounds));
    this.#add({ ...about, type: "histogram", samples: () => histogramSamples(about, family) });
    return family;
  }

  /** A family that is asked for its values whenever somebody looks. */
  read(type: "counter" | "gauge", about: FamilyAbout, values: (tell: Tell) => void): void {
    this.#add({ ...about, type, samples: () => readSamples(about, values) });
  }

  /** What there is, in the order in which it was declared. */
  families(): FamilyInfo[] {
    return [...this.#families.values()].map(({ name, help, labels, type }) => ({ name, help, labels, type }));
  }

  /** All values, in Prometheus's text format 0.0.4. */
  text(): string {
    return [...this.#families.values()].map((family) => textOf(family, family.samples())).join("");
  }

  #add(shown: Shown): void {
    const { name, labels } = shown;
    if (![name, ...labels].every((word) => /^[a-z][a-z0-9_]*$/.test(word))) {
      throw new RangeError(`"${name}" with labels [${labels.join(", ")}] is no name of a metric`);
    }
    if (this.#families.has(name)) throw new RangeError(`there is a metric ${name} already`);
    if (this.#families.size >= MAX_FAMILIES) throw new RangeError(`more than ${MAX_FAMILIES} families`);
    this.#families.set(name, shown);
  }
}

function plainSamples({ labels }: FamilyAbout, family: Family<Counter | Gauge>): Sample[] {
  return [...family.entries()].map(([values, { value }]) => ({
    suffix: "",
    labels: paired(labels, values),
    value,
  }));
}

function histogramSamples({ labels }: FamilyAbout, family: Family<Histogram>): Sample[] {
  return [...family.entries()].flatMap(([values, histogram]) => {
    const own = paired(labels, values);
    const totals = histogram.cumulative();
    const bounds = [...histogram.bounds.map(String), "+Inf"];
    return [
      ...bounds.map((bound, at) => ({
        suffix: "_bucket",
        labels: [...own, ["le", bound] as const],
        value: totals[at] as number,
      })),
      { suffix: "_sum", labels: own, value: histogram.sum },
      { suffix: "_count", labels: own, value: totals.at(-1) as number },
    ];
  });
}

function readSamples({ name, labels }: FamilyAbout, values: (tell: Tell) => void): Sample[] {
  const samples: Sample[] = [];
  values((value, ...own) => {
    if (own.length !== labels.length)
      throw new RangeError(`${name}: ${own.length} values for ${labels.length} labels`);
    if (samples.length < MAX_SERIES) samples.push({ suffix: "", labels: paired(labels, own), value });
  });
  return samples;
}

function paired(names: readonly string[], values: readonly string[]): (readonly [string, string])[] {
  return names.map((name, at) => [name, values[at] as string]);
}

/**
 * The store against a naive oracle: an array of batches, of which a prefix is durable. Commands drawn at random
 * run on both; every read must agree, and after a crash the store must equal the oracle after some number of
 * whole batches that is not below what `sync` had confirmed.
 */
import {
  beneathSpans,
  type Change,
  compareKeys,
  type Entry,
  type Random,
  type Range,
  randomBelow,
  type Span,
  type Store,
} from "../index.ts";

export interface ModelOptions {
  readonly commands: number;
  /** Opens the store anew; after `crash` with what survived. */
  open(): Promise<Store>;
  /** Ends the store's life without warning; absent where only closing is possible. */
  crash?(): Promise<void>;
  readonly random: Random;
}

/** How many of each kind ran, so that a test can see that something happened. */
export interface ModelCounts {
  applied: number;
  synced: number;
  reads: number;
  crashes: number;
  reopened: number;
  lostBatches: number;
}

class Oracle {
  readonly #batches: (readonly Change[])[] = [];
  durable = 0;

  get length(): number {
    return this.#batches.length;
  }

  apply(batch: readonly Change[]): void {
    this.#batches.push(batch);
  }

  cut(length: number): void {
    this.#batches.length = length;
    this.durable = length;
  }

  /** The content after the first `count` batches, in key order. */
  content(count = this.#batches.length): Entry[] {
    const entries = new Map<string, Entry>();
    for (const batch of this.#batches.slice(0, count)) {
      for (const { key, value } of batch) {
        if (value === undefined) entries.delete(key.join());
        else entries.set(key.join(), { key, value });
      }
    }
    return [...entries.values()].sort((a, b) => compareKeys(a.key, b.key));
  }

  range({ from, to, reverse, limit }: Range): Entry[] {
    const inside = this.content().filter(
      ({ key }) =>
        (from === undefined || compareKeys(key, from) >= 0) && (to === undefined || compareKeys(key, to) < 0),
    );
    return (reverse ? inside.reverse() : inside).slice(0, limit);
  }
}

export async function runStoreModel(options: ModelOptions): Promise<ModelCounts> {
  const counts: ModelCounts = { applied: 0, synced: 0, reads: 0, crashes: 0, reopened: 0, lostBatches: 0 };
  const oracle = new Oracle();
  const { random } = options;
  let store = await options.open();
  const pending: Promise<void>[] = [];
  for (let step = 0; step < options.commands; step++) {
    const dice = randomBelow(random, 100);
    if (dice < 35) {
      const batch = randomBatch(random, oracle.content());
      store.apply(batch);
      if (batch.length > 0) oracle.apply(batch);
      counts.applied++;
    } else if (dice < 45) {
      const reached = oracle.length;
      await store.sync();
      oracle.durable = Math.max(oracle.durable, reached);
      counts.synced++;
    } else if (dice < 55) {
      const reached = oracle.length;
      const confirmed = store.sync().then(() => {
        oracle.durable = Math.max(oracle.durable, reached);
      });
      pending.push(confirmed);
    } else if (dice < 75) {
      const key = randomKey(random);
      const expected = oracle.content().find((entry) => compareKeys(entry.key, key) === 0)?.value;
      agree(step, "get", [store.get(key)], [expected]);
      if (store.size(key) !== expected?.length) throw new Error(`step ${step}: size ${store.size(key)}`);
      counts.reads++;
    } else if (dice < 97) {
      const range = randomRange(random);
      const got = [...store.range(range)];
      const expected = oracle.range(range);
      agree(
        step,
        `keys of ${JSON.stringify(range)}`,
        got.map((e) => e.key),
        expected.map((e) => e.key),
      );
      agree(
        step,
        "values",
        got.map((e) => e.value),
        expected.map((e) => e.value),
      );
      counts.reads++;
    } else if (dice < 98 && options.crash !== undefined) {
      await options.crash();
      pending.length = 0;
      store = await options.open();
      counts.lostBatches += surviving(step, oracle, [...store.range({})]);
      counts.crashes++;
    } else if (dice >= 98) {
      await Promise.all(pending);
      await store.close();
      oracle.durable = oracle.length;
      store = await options.open();
      counts.reopened++;
    }
  }
  await Promise.all(pending);
  await store.close();
  return counts;
}

/** Cuts the oracle to what the store kept, and returns how many batches that lost. */
function surviving(step: number, oracle: Oracle, got: Entry[]): number {
  const before = oracle.length;
  const found = flat(got);
  for (let count = before; count >= oracle.durable; count--) {
    if (flat(oracle.content(count)) === found) {
      oracle.cut(count);
      return before - count;
    }
  }
  throw new Error(`step ${step}: what survived is no prefix of ${before} batches from ${oracle.durable} on`);
}

function flat(entries: readonly Entry[]): string {
  return entries.map(({ key, value }) => `${key.join()}=${value.join()}`).join(";");
}

function agree(
  step: number,
  what: string,
  got: readonly (Uint8Array | undefined)[],
  expected: readonly (Uint8Array | undefined)[],
): void {
  const show = (list: readonly (Uint8Array | undefined)[]) =>
    list.map((bytes) => bytes?.join() ?? "-").join(" | ");
  if (show(got) !== show(expected))
    throw new Error(`step ${step}, ${what}: ${show(got)} but expected ${show(expected)}`);
}

/** Keys from a small set, so that batches collide; with bytes at the ends of their range. */
function randomKey(random: Random): Uint8Array {
  const bytes = [0, 1, 0x7f, 0x80, 0xff];
  const length = 1 + randomBelow(random, 3);
  return Uint8Array.from({ length }, () => bytes[randomBelow(random, bytes.length)] as number);
}

/** Values, removals, and changes in spans of what a key holds by then. */
function randomBatch(random: Random, content: readonly Entry[]): Change[] {
  const held = new Map(content.map(({ key, value }) => [key.join(), value]));
  return Array.from({ length: randomBelow(random, 6) }, () => {
    const key = randomKey(random);
    const before = held.get(key.join());
    const change =
      before !== undefined && randomBelow(random, 2) === 0
        ? { key, ...randomPatch(random, before) }
        : { key, value: randomBelow(random, 3) === 0 ? undefined : random.bytes(randomBelow(random, 40)) };
    if (change.value === undefined) held.delete(key.join());
    else held.set(key.join(), change.value);
    return change;
  });
}

/** A value that differs in up to four spans from `before`, and may be longer or shorter. */
function randomPatch(random: Random, before: Uint8Array): { value: Uint8Array; spans: Span[] } {
  const length = Math.max(0, before.length + ([0, 0, 0, 5, -5][randomBelow(random, 5)] as number));
  const value = beneathSpans(before, length);
  const spans: Span[] = [];
  let at = 0;
  for (let left = randomBelow(random, 4); left > 0 && at < before.length - 1; left--) {
    const from = at + randomBelow(random, before.length - at);
    const to = from + 1 + randomBelow(random, 6);
    if (to > Math.min(before.length, length)) break;
    spans.push({ from, to });
    at = to + 1;
  }
  if (length > before.length) {
    const last = spans.at(-1);
    if (last?.to === before.length) spans[spans.length - 1] = { from: last.from, to: length };
    else spans.push({ from: before.length, to: length });
  }
  for (const { from, to } of spans) value.set(random.bytes(to - from), from);
  return { value, spans };
}

function randomRange(random: Random): Range {
  return {
    ...(randomBelow(random, 3) === 0 ? {} : { from: randomKey(random) }),
    ...(randomBelow(random, 3) === 0 ? {} : { to: randomKey(random) }),
    ...(randomBelow(random, 2) === 0 ? {} : { reverse: true }),
    ...(randomBelow(random, 2) === 0 ? {} : { limit: randomBelow(random, 8) }),
  };
}

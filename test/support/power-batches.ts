/** Random batches of a store, the same for a seed in every process: of small and large values, spans, and removals. */
import { Prng } from "../../src/sim/index.ts";
import { beneathSpans, type Change } from "../../src/world/index.ts";

const KEYS = 40;
const SIZES = [0, 1, 30, 200, 4000, 8191, 8192, 9000, 16_404, 16_404, 16_404, 40_000, 300_000];
/** A log has few so large that they go past it. */
const LOG_SIZES = [...SIZES, ...Array.from({ length: 7 }, () => SIZES.slice(3, -1)).flat()];

export class PowerBatches {
  /** What the store holds after the batches so far. */
  readonly state = new Map<number, Uint8Array>();
  readonly #random: Prng;
  readonly #sizes: readonly number[];

  constructor(seed: string, isLog = false) {
    this.#sizes = isLog ? LOG_SIZES : SIZES;
    this.#random = new Prng(seed, "power");
  }

  next(): Change[] {
    const random = this.#random;
    const batch: Change[] = [];
    for (let i = 1 + random.below(4); i > 0; i--) {
      const name = random.below(KEYS);
      const before = this.state.get(name);
      const key = Uint8Array.of(7, name);
      if (before !== undefined && random.chance(0.15)) {
        this.state.delete(name);
        batch.push({ key, value: undefined });
      } else if (before !== undefined && before.length > 100 && random.chance(0.6)) {
        const length = random.chance(0.3) ? 1 + random.below(before.length + 6000) : before.length;
        const value = beneathSpans(before, length);
        const from = random.below(Math.min(length, before.length));
        const to = length > before.length ? length : from + 1 + random.below(Math.min(5000, length - from));
        value.set(random.bytes(to - from), from);
        this.state.set(name, value);
        batch.push({ key, value, spans: [{ from, to }] });
      } else {
        const value = random.bytes(this.#sizes[random.below(this.#sizes.length)] as number);
        if (random.chance(0.3) && value.length > 0) value[0] = 0xff;
        this.state.set(name, value);
        batch.push({ key, value });
      }
    }
    return batch;
  }
}

/**
 * A bounded map that forgets what was not used for longest, in halves: hits cost one look-up and no bookkeeping.
 * Entries begin young; when the young half is full it becomes the old one, and the old one is forgotten, save
 * what was looked up meanwhile, which is young again.
 */
export class HalvingCache<V> {
  private readonly maxHalf: number;
  private young = new Map<number, V>();
  private old = new Map<number, V>();

  /** Holds at most `max` entries, and at least half as many of those used last. */
  constructor(max: number) {
    this.maxHalf = Math.max(1, Math.floor(max / 2));
  }

  get size(): number {
    return this.young.size + this.old.size;
  }

  get(key: number): V | undefined {
    const value = this.young.get(key);
    if (value !== undefined || this.old.size === 0) return value;
    const kept = this.old.get(key);
    if (kept === undefined) return undefined;
    this.old.delete(key);
    this.set(key, kept);
    return kept;
  }

  set(key: number, value: V): void {
    if (this.young.size >= this.maxHalf) {
      this.old = this.young;
      this.young = new Map();
    }
    this.old.delete(key);
    this.young.set(key, value);
  }

  delete(key: number): void {
    this.young.delete(key);
    this.old.delete(key);
  }

  clear(): void {
    this.young.clear();
    this.old.clear();
  }
}

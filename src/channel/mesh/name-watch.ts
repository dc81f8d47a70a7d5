/**
 * Whether two processes go by one name. Each life of a process draws an incarnation, which ends with it. One that comes back
 * after another had taken its place never ended: there are two, and each takes the other's links away as soon as it has lost its own.
 */

/** A single return may be a hello that was slow. */
const RETURNS = 2;
/** Not told more often of one name. */
export const TELL_AGAIN_MS = 60_000;
/** Incarnations that are remembered of a name. */
const MAX_BEFORE = 4;

interface Name {
  incarnation: bigint;
  /** Those whose place was taken, the latest last. */
  readonly before: bigint[];
  returns: number;
  toldMs: number;
}

export class NameWatch {
  readonly #maxNames: number;
  readonly #names = new Map<string, Name>();

  constructor(maxNames: number) {
    this.#maxNames = maxNames;
  }

  /** There is a link to this incarnation. @returns whether it is time to say that the name is taken twice. */
  linked(name: string, incarnation: bigint, nowMs: number): boolean {
    const known = this.#names.get(name);
    if (known === undefined) {
      this.#add(name, incarnation);
      return false;
    }
    if (known.incarnation === incarnation) return false;
    if (known.before.includes(incarnation)) known.returns++;
    known.before.push(known.incarnation);
    if (known.before.length > MAX_BEFORE) known.before.shift();
    known.incarnation = incarnation;
    if (known.returns < RETURNS || nowMs - known.toldMs < TELL_AGAIN_MS) return false;
    known.toldMs = nowMs;
    return true;
  }

  #add(name: string, incarnation: bigint): void {
    this.#names.set(name, { incarnation, before: [], returns: 0, toldMs: Number.NEGATIVE_INFINITY });
    for (const first of this.#names.keys()) {
      if (this.#names.size <= this.#maxNames) break;
      this.#names.delete(first);
    }
  }
}

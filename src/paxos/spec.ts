/**
 * What a replicated log promises, as an oracle that runs are held against: it is told what every replica learns and what
 * every caller hears, and says which property was broken.
 *
 * - agreement: no two replicas learn different values for a slot, whatever the configurations were in between;
 * - validity: what is learned was appended by somebody, or is the leader's own filling;
 * - order: each replica applies the slots in their order, none twice, and each after the same one as all others do;
 * - integrity: an append is applied in one slot at most;
 * - durability: an append that was acknowledged for a slot is what is in the slot, in every later life of every replica;
 * - one leader: a ballot has at most one replica that leads;
 * - fresh reads: a read sees all that was acknowledged, and all that any read had seen, before it began.
 */

export type Property =
  | "agreement"
  | "validity"
  | "order"
  | "integrity"
  | "durability"
  | "one leader"
  | "fresh reads";

export type Violated = (property: Property, what: string) => void;

/** A value that was learned: its bytes as text without what may differ, and the append that it carries, if any. */
export interface Learned {
  /** The slot that was learned before it. */
  readonly after: number;
  readonly value: string;
  /** Name of the append; undefined for what a leader puts there itself, and for what is void. */
  readonly append: string | undefined;
}

/**
 * What a log promises, as an oracle: it is told what replicas learn and callers hear, and calls `violated`
 * with the property that was broken.
 */
export class LogSpec {
  readonly #violated: Violated;
  readonly #slots = new Map<number, Learned>();
  readonly #appended = new Set<string>();
  readonly #slotOf = new Map<string, number>();
  readonly #acknowledged = new Map<number, string>();
  readonly #applied = new Map<string, number>();
  readonly #leaders = new Map<number, string>();
  #seenSlot = 0;

  constructor(violated: Violated) {
    this.#violated = violated;
  }

  /** The highest slot that anybody learned. */
  get length(): number {
    return Math.max(0, ...this.#slots.keys());
  }

  /** Somebody asks for an append, which has a name of its own. */
  appending(append: string): void {
    this.#appended.add(append);
  }

  leads(ballot: number, replica: string): void {
    const other = this.#leaders.get(ballot);
    this.#leaders.set(ballot, replica);
    if (other !== undefined && other !== replica) {
      this.#violated("one leader", `${other} and ${replica} lead in ballot ${ballot}`);
    }
  }

  /** A replica begins a life with the state as of a slot. */
  starts(replica: string, slot: number): void {
    this.#applied.set(replica, slot);
  }

  applies(replica: string, slot: number, learned: Learned): void {
    const before = this.#applied.get(replica) ?? 0;
    if (slot <= before) this.#violated("order", `${replica} applies ${slot} after ${before}`);
    this.#applied.set(replica, slot);
    const other = this.#slots.get(slot);
    if (other !== undefined) {
      if (other.value !== learned.value || other.append !== learned.append || other.after !== learned.after) {
        this.#violated("agreement", `${replica} has ${show(learned)} in ${slot}, others ${show(other)}`);
      }
      return;
    }
    this.#slots.set(slot, learned);
    this.#learn(slot, learned.append);
  }

  #learn(slot: number, append: string | undefined): void {
    if (append !== undefined) {
      if (!this.#appended.has(append))
        this.#violated("validity", `nobody appended ${append} of slot ${slot}`);
      const twin = this.#slotOf.get(append);
      if (twin !== undefined) this.#violated("integrity", `${append} is in ${twin} and in ${slot}`);
      this.#slotOf.set(append, slot);
    }
    const acknowledged = this.#acknowledged.get(slot);
    if (acknowledged !== undefined && acknowledged !== append) {
      this.#violated("durability", `${acknowledged} was acknowledged for ${slot}, which has ${append}`);
    }
  }

  /** The caller of an append was told its slot. */
  acknowledges(append: string, slot: number): void {
    this.#acknowledged.set(slot, append);
    this.#seenSlot = Math.max(this.#seenSlot, slot);
    const learned = this.#slots.get(slot);
    if (learned !== undefined && learned.append !== append) {
      this.#violated("durability", `${append} is acknowledged for ${slot}, which has ${learned.append}`);
    }
  }

  /** The caller of an append was told that it did not happen. Say so for all that were, at the end. */
  refused(append: string): void {
    const slot = this.#slotOf.get(append);
    if (slot !== undefined) this.#violated("integrity", `${append} was refused, and is in ${slot}`);
  }

  /** A read begins; give what is returned to `reads`. */
  reading(): number {
    return this.#seenSlot;
  }

  /** A read that began at `least` saw the state as of a slot. */
  reads(least: number, slot: number): void {
    if (slot < least)
      this.#violated("fresh reads", `a read saw ${slot}, and ${least} was known before it began`);
    this.#seenSlot = Math.max(this.#seenSlot, slot);
  }
}

function show({ value, append, after }: Learned): string {
  return `${append ?? value} after ${after}`;
}

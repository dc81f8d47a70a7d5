/**
 * Precedence vectors: vector timestamps that count only the messages sent to one group (the causal multicast of Birman,
 * Schiper and Stephenson, 1991). A sender counts its message in its own entry; a receiver takes the entry over when
 * it delivers the message, and counts nothing itself.
 */
import type { Vector } from "./vector.ts";

/**
 * Whether a message may be delivered by a process that has delivered what `delivered` counts: it is the next of its
 * sender's, and whatever its sender had delivered before is delivered here too.
 */
export function isDeliverable(vector: Vector, sender: number, delivered: Vector): boolean {
  for (let i = 0; i < delivered.length; i++) {
    const count = vector[i] as number;
    const here = delivered[i] as number;
    if (i === sender ? count !== here + 1 : count > here) return false;
  }
  return true;
}

/** One process's causal multicast, sending and delivering: what waits is held back. */
export class PrecedenceQueue<Message> {
  readonly #self: number;
  readonly #delivered: number[];
  readonly #heldBack: { readonly sender: number; readonly vector: Vector; readonly message: Message }[] = [];

  constructor(self: number, size: number) {
    if (!Number.isInteger(self) || self < 0 || self >= size)
      throw new RangeError(`no place ${self} among ${size} processes`);
    this.#self = self;
    this.#delivered = new Array<number>(size).fill(0);
  }

  /** How many messages of each process were delivered here. */
  get delivered(): Vector {
    return [...this.#delivered];
  }

  get heldBack(): number {
    return this.#heldBack.length;
  }

  /** The vector of a message that is sent, and so delivered, here. */
  send(): Vector {
    this.#delivered[this.#self] = (this.#delivered[this.#self] as number) + 1;
    return [...this.#delivered];
  }

  /** A message that was received: what may be delivered now, in order. One that was delivered already is discarded. */
  receive(sender: number, vector: Vector, message: Message): Message[] {
    if (vector.length !== this.#delivered.length || !(sender in this.#delivered))
      throw new RangeError(`a vector of ${vector.length} processes from process ${sender}`);
    if ((vector[sender] as number) <= (this.#delivered[sender] as number)) return [];
    this.#heldBack.push({ sender, vector, message });
    const delivered: Message[] = [];
    for (;;) {
      const next = this.#heldBack.findIndex((each) =>
        isDeliverable(each.vector, each.sender, this.#delivered),
      );
      const [found] = next < 0 ? [] : this.#heldBack.splice(next, 1);
      if (found === undefined) return delivered;
      this.#delivered[found.sender] = found.vector[found.sender] as number;
      delivered.push(found.message);
    }
  }
}

/**
 * What safe messages promise, held against what processes show: one order, of which every process has a beginning at any time, whichever
 * of its lives it is in; each message in it once, those of one member as it sent them; what was called safe is in it from then on,
 * and what was refused never is.
 */
import { type Member, memberName } from "../../src/group/index.ts";

export class SafeLedger {
  readonly #fail: (property: string, what: string) => void;
  /** By id: what was sent. */
  readonly #sent = new Map<string, string>();
  readonly order: string[] = [];
  readonly #places = new Map<string, number>();
  /** By member: the sequence that it has in the order last. */
  readonly #last = new Map<string, number>();
  readonly #refused: string[] = [];
  settled = 0;
  unknown = 0;

  constructor(fail: (property: string, what: string) => void) {
    this.#fail = fail;
  }

  sends(id: string, content: string): void {
    this.#sent.set(id, content);
  }

  /** A process that has so many messages is given one more. */
  delivers(process: string, count: number, sender: Member, sequence: number, content: string): string {
    const id = `${memberName(sender)}/${sequence}`;
    if (this.#sent.get(id) !== content)
      this.#fail("delivery integrity", `${process}: ${id} with ${content.slice(0, 20)}`);
    if (count === this.order.length) this.#append(process, id, memberName(sender), sequence);
    else if (this.order[count] !== id)
      this.#fail(
        "strong total order",
        `${process}: ${id} at ${count}, where others have ${this.order[count]}`,
      );
    return id;
  }

  #append(process: string, id: string, member: string, sequence: number): void {
    if (this.#places.has(id)) this.#fail("no duplication", `${process}: ${id} again`);
    if ((this.#last.get(member) ?? 0) >= sequence) this.#fail("fifo", `${process}: ${id} after a later one`);
    this.#last.set(member, sequence);
    this.#places.set(id, this.order.push(id) - 1);
  }

  /** A process begins, or goes on, with this state. */
  begins(process: string, state: readonly string[]): void {
    const at = state.findIndex((id, place) => this.order[place] !== id);
    if (at >= 0) this.#fail("strong total order", `${process} begins with ${state[at]} at ${at}`);
  }

  settles(id: string): void {
    this.settled++;
    if (!this.#places.has(id)) this.#fail("safe", `${id} was called safe, and nobody has it`);
  }

  fails(id: string, code: string): void {
    if (code === "GROUP_FATE_UNKNOWN") this.unknown++;
    else if (code === "GROUP_SAFE_REFUSED") this.#refused.push(id);
    else this.#fail("errors", `${id}: ${code}`);
  }

  /** Faults are over, and these processes live. */
  finish(states: readonly (readonly string[])[]): void {
    for (const [at, state] of states.entries())
      if (state.length !== this.order.length)
        this.#fail("durable delivery", `process ${at} has ${state.length} of ${this.order.length}`);
    for (const id of this.#refused)
      if (this.#places.has(id)) this.#fail("refused", `${id} was refused, and is there`);
  }
}

/**
 * What a member has to tell its application, in its order. Before the state is here, everything waits: it is told after the state,
 * in which nothing of it is contained. When the state is captured anew, at a later view, what came before that view is dropped.
 */
import { Fifo } from "../world/index.ts";

type Telling = () => void;

export class Gate {
  readonly #waiting = new Fifo<Telling>();
  #bytes = 0;
  isOpen = true;

  /** Of payloads that wait. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  /** What is told waits from now on; what waited is dropped. */
  shut(): void {
    this.isOpen = false;
    this.#waiting.clear();
    this.#bytes = 0;
  }

  /** What waited is dropped, and nothing waits any more. */
  reset(): void {
    this.shut();
    this.isOpen = true;
  }

  /** Does so when the gate is open, which it is not now. */
  wait(bytes: number, tell: Telling): void {
    this.#bytes += bytes;
    this.#waiting.push(tell);
  }

  /** Tells what waited, in its order. */
  open(): void {
    for (let tell = this.#waiting.shift(); tell !== undefined; tell = this.#waiting.shift()) tell();
    this.#bytes = 0;
    this.isOpen = true;
  }
}

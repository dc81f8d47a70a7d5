/**
 * How a log begins: each founder waits until it has heard of the stores of all, and writes down which they are before it
 * promises anything. So a founder whose store was lost is known for one by every other, and cannot vote in the place of
 * what it forgot. A log that was founded is told to whoever asks for it, once and for all.
 */
import { type Configuration, foundingConfiguration, memberOf, type Newcomer } from "./configuration.ts";
import type { Hello } from "./wire.ts";

export type Founded =
  | { readonly kind: "waiting" }
  | { readonly kind: "founded"; readonly founding: Configuration; readonly id: number }
  /** The log exists, and this store is none of its own. */
  | { readonly kind: "stranger" };

const WAITING: Founded = { kind: "waiting" };

export class Founding {
  readonly founders: readonly string[];
  readonly #self: Newcomer;
  readonly #tokens = new Map<string, string>();

  /** Without founders this replica waits to join. */
  constructor(self: Newcomer, founders: readonly string[]) {
    this.#self = self;
    this.founders = founders.toSorted();
    this.#tokens.set(self.name, self.token);
  }

  /** What a log is founded with as soon as all are known; for one founder that is at once. */
  get result(): Founded {
    if (this.founders.length === 0) return WAITING;
    const stores: Newcomer[] = [];
    for (const name of this.founders) {
      const token = this.#tokens.get(name);
      if (token === undefined) return WAITING;
      stores.push({ name, token });
    }
    return this.#as(foundingConfiguration(stores), 0);
  }

  #as(founding: Configuration, toldId: number): Founded {
    const id = memberOf(founding, this.#self)?.id ?? toldId;
    return id > 0 ? { kind: "founded", founding, id } : { kind: "stranger" };
  }

  heard(peer: string, hello: Hello): Founded {
    if (hello.founding !== undefined) return this.#told(hello.founding, hello.yourId);
    const isSame = this.founders.length > 0 && hello.founders.join("\0") === this.founders.join("\0");
    if (isSame) this.#tokens.set(peer, hello.token);
    return this.result;
  }

  #told(founding: Configuration, yourId: number): Founded {
    const told = this.#as(founding, yourId);
    // Who did not claim to be a founder is no stranger, but waits until it is made a member.
    return told.kind === "stranger" && this.founders.length === 0 ? WAITING : told;
  }
}

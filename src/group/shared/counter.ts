/** A whole number that the members of a group add to. */
import type { XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { RequestOptions } from "../machine/client.ts";
import type { Declaration, ObjectHost } from "../machine/declaration.ts";
import { type ActiveObject, type Context, Refusal } from "../machine/object.ts";
import type { Member } from "../types.ts";
import {
  decode_counter_add,
  decode_counter_state,
  encode_counter_add,
  encode_counter_state,
} from "./gen/group-shared.gen.ts";
import { type ListenOptions, type Unsubscribe, Watchers } from "./watchers.ts";
import { checkCount, decoded, encoded } from "./wire.ts";

/** What became of a counter. */
export type CounterEvent =
  | { readonly kind: "changed"; readonly before: number; readonly after: number; readonly by: Member }
  /** This process was out, and has the group's state again. How often it changed meanwhile nobody knows. */
  | { readonly kind: "missed"; readonly before: number; readonly after: number; readonly count: "unknown" };

type Told = (event: CounterEvent) => void;

class CounterObject implements ActiveObject {
  readonly mode = "active";
  readonly kind = "counter";
  readonly #told: Told;
  value = 0;

  constructor(told: Told) {
    this.#told = told;
  }

  apply(command: Uint8Array, { sender }: Context): Uint8Array {
    const amount = Number(decoded(decode_counter_add, command).amount);
    const [before, after] = [this.value, this.value + amount];
    if (!Number.isSafeInteger(after))
      throw new Refusal(`the counter would be ${after}: over 2^53`, "GROUP_FULL");
    this.value = after;
    if (amount !== 0) this.#told({ kind: "changed", before, after, by: sender });
    return encoded(encode_counter_state, { value: BigInt(after) });
  }

  viewChanged(): void {}

  save(writer: XdrWriter): void {
    encode_counter_state(writer, { value: BigInt(this.value) });
  }

  restore(reader: XdrReader | undefined): void {
    const before = this.value;
    this.value = reader === undefined ? 0 : Number(decode_counter_state(reader).value);
    this.#told({ kind: "missed", before, after: this.value, count: "unknown" });
  }
}

/** A whole number that all members change. */
export class SharedCounter {
  /** @internal */
  readonly object: CounterObject;
  readonly #host: ObjectHost;
  readonly #watchers: Watchers<CounterEvent>;

  /** @internal Declare it with `sharedCounter`. */
  constructor(host: ObjectHost) {
    this.#host = host;
    this.#watchers = new Watchers(host.log);
    this.object = new CounterObject((event) => this.#watchers.tell(event));
  }

  /**
   * Adds a whole number, below 0 too; resolves with the sum after it. Rejects with GROUP_FULL for a sum beyond ±(2^53 - 1).
   * @throws RangeError for an amount beyond that.
   */
  async add(amount: number, options?: RequestOptions): Promise<number> {
    checkCount("amount", amount, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
    const reply = await this.#host.ask(encoded(encode_counter_add, { amount: BigInt(amount) }), options);
    return Number(decoded(decode_counter_state, reply).value);
  }

  /** The sum as it is now, everywhere. */
  get(options?: RequestOptions): Promise<number> {
    return this.#host.read(() => this.object.value, options);
  }

  /** The sum as it is here: others may have seen a later one. */
  peek(): number {
    return this.object.value;
  }

  /** Tells of every change from now on. */
  watch(handler: (event: CounterEvent) => unknown, options?: ListenOptions): Unsubscribe {
    return this.#watchers.add(handler, options);
  }
}

/** Declares a counter, which begins at 0. */
export function sharedCounter(): Declaration<SharedCounter> {
  return {
    open: (host) => {
      const handle = new SharedCounter(host);
      return { handle, object: handle.object };
    },
  };
}

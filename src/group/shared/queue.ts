/** A queue that the members of a group share: each item goes to one taker, until that acknowledges it. */
import { type Codec, Typed } from "../api/codec.ts";
import type { StandardSchema } from "../api/schema.ts";
import type { RequestOptions } from "../machine/client.ts";
import type { Declaration, ObjectHost } from "../machine/declaration.ts";
import { Claims, isOwn } from "./claims.ts";
import {
  decode_queue_reply,
  encode_queue_command,
  queue_action,
  type queue_command,
} from "./gen/group-shared.gen.ts";
import { defaultQueueLimits, type Item, type QueueLimits, QueueObject } from "./queue-object.ts";
import { type ListenOptions, type Unsubscribe, Watchers } from "./watchers.ts";
import { decoded, encoded } from "./wire.ts";

/** An item that was taken: nobody else has it until it is returned, or this process is taken out of the group. */
export interface Taken<Value> {
  readonly value: Value;
  /** From 1 up, in the order of putting. */
  readonly number: number;
  /** How often it has been given to somebody: over 1, whoever had it before may have worked on it. */
  readonly takings: number;
  /** It is done with, for good. Resolves with false if it was not this process's any more: somebody else has got it, or will. */
  ack(options?: RequestOptions): Promise<boolean>;
  /** Puts it back in its place. False as of `ack`. */
  putBack(options?: RequestOptions): Promise<boolean>;
}

/** What became of an item, by its number. */
export type QueueEvent =
  | { readonly kind: "put" | "taken" | "done" | "returned"; readonly number: number }
  /** This process was out: what was put, taken and done meanwhile is not known. */
  | { readonly kind: "missed"; readonly count: "unknown" };

/** How a queue's items are checked and encoded, and how much it may hold. The same at all members. */
export interface QueueOptions<Value> {
  readonly schema?: StandardSchema<unknown, Value> | undefined;
  readonly codec?: Codec<unknown> | undefined;
  readonly limits?: Partial<QueueLimits> | undefined;
}

/**
 * Items, each of which one member takes; those of a member that goes before it says `done` are free again.
 */
export class SharedQueue<Value> {
  /** @internal */
  readonly object: QueueObject;
  readonly #host: ObjectHost;
  readonly #values: Typed<Value>;
  readonly #watchers: Watchers<QueueEvent>;
  readonly #claims: Claims<Item>;
  /** Tickets of takings that do not wait. */
  #tickets = 0;

  /** @internal Declare it with `sharedQueue`. */
  constructor(host: ObjectHost, values: Typed<Value>, limits: QueueLimits) {
    this.#host = host;
    this.#values = values;
    this.#watchers = new Watchers(host.log);
    const tell = (kind: "put" | "done" | "returned") => (item: Item) =>
      this.#watchers.tell({ kind, number: item.number });
    this.object = new QueueObject(limits, {
      put: tell("put"),
      done: tell("done"),
      returned: tell("returned"),
      given: (item, { member, number }) => {
        this.#watchers.tell({ kind: "taken", number: item.number });
        this.#claims.settle(member, number, () => item);
      },
      replaced: () => this.#watchers.tell({ kind: "missed", count: "unknown" }),
    });
    this.#claims = new Claims(host, {
      claim: (ticket) =>
        encodedCommand({
          action: queue_action.QUEUE_TAKE,
          take: { ticket: BigInt(ticket), is_waiting: true },
        }),
      cancel: (ticket) => encodedCommand({ action: queue_action.QUEUE_CANCEL, ticket: BigInt(ticket) }),
      look: (number) => this.#look(number),
    });
  }

  #look(number: number): { readonly result: Item } | "waiting" | "gone" {
    const ticket = { member: this.#host.self, number };
    if (this.object.isWaiting(ticket)) return "waiting";
    const result = this.object.heldBy(ticket);
    return result === undefined ? "gone" : { result };
  }

  /** Puts an item at the end. Resolves with its number when all members have it. Rejects with GROUP_FULL. */
  put(value: Value, options?: RequestOptions): Promise<number> {
    return this.#ask({ action: queue_action.QUEUE_PUT, value: this.#values.encode(value) }, options);
  }

  /** Takes the oldest free item, and waits for one as long as it takes. Those who wait are served in their order. */
  async take(options?: RequestOptions): Promise<Taken<Value>> {
    return this.#taken(await this.#claims.claim(options));
  }

  /** Takes the oldest free item, or undefined if there is none. */
  async tryTake(options?: RequestOptions): Promise<Taken<Value> | undefined> {
    for (;;) {
      // Apart from the tickets of those who wait.
      const number = Number.MAX_SAFE_INTEGER - ++this.#tickets;
      const ticket = BigInt(number);
      const found = await this.#ask(
        { action: queue_action.QUEUE_TAKE, take: { ticket, is_waiting: false } },
        options,
      );
      if (found === 0) return undefined;
      const item = this.object.heldBy({ member: this.#host.self, number });
      // It was taken in an earlier life, and is not ours any more.
      if (item !== undefined) return this.#taken(item);
    }
  }

  #taken({ number, value, takings }: Item): Taken<Value> {
    const holder = this.#host.self;
    const end = async (
      action: typeof queue_action.QUEUE_DONE | typeof queue_action.QUEUE_RETURN,
      options?: RequestOptions,
    ) => isOwn(this.#host.self, holder) && (await this.#ask({ action, item: BigInt(number) }, options)) === 1;
    return {
      value: this.#values.decode(value),
      number,
      takings,
      ack: (options) => end(queue_action.QUEUE_DONE, options),
      putBack: (options) => end(queue_action.QUEUE_RETURN, options),
    };
  }

  async #ask(command: queue_command, options?: RequestOptions): Promise<number> {
    return Number(decoded(decode_queue_reply, await this.#host.ask(encodedCommand(command), options)).number);
  }

  /** How many items there are now, free and held. */
  length(options?: RequestOptions): Promise<{ readonly free: number; readonly held: number }> {
    return this.#host.read(() => this.peekLength(), options);
  }

  /** How many there are as it is seen here. */
  peekLength(): { readonly free: number; readonly held: number } {
    const { free, size } = this.object;
    return { free, held: size - free };
  }

  watch(handler: (event: QueueEvent) => unknown, options?: ListenOptions): Unsubscribe {
    return this.#watchers.add(handler, options);
  }
}

function encodedCommand(command: queue_command): Uint8Array {
  return encoded(encode_queue_command, command);
}

/** Declares a queue. Its limits are the same at all members. */
export function sharedQueue<Value = unknown>(
  options: QueueOptions<Value> = {},
): Declaration<SharedQueue<Value>> {
  const limits = { ...defaultQueueLimits, ...options.limits };
  return {
    open: (host) => {
      const handle = new SharedQueue(host, new Typed(options.schema, options.codec), limits);
      return { handle, object: handle.object };
    },
  };
}

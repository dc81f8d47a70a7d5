/**
 * A queue as the group's state. An item is free, or held by the ticket of one member; who takes when nothing is free may wait in line. An item
 * that is returned, or whose holder has left the view, is free again in its old place.
 */
import type { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { toCount } from "../api/frames.ts";
import { type ActiveObject, type Context, Refusal, type ViewChange } from "../machine/object.ts";
import { type Member, memberName } from "../types.ts";
import { FreeItems } from "./free-items.ts";
import {
  decode_queue_command,
  decode_queue_state,
  encode_queue_reply,
  encode_queue_state,
  queue_action,
} from "./gen/group-shared.gen.ts";
import {
  decoded,
  encoded,
  isAmong,
  isSameTicket,
  type Ticket,
  ticketFromWire,
  ticketToWire,
} from "./wire.ts";

/** What a shared queue may hold; beyond it a request is refused with GROUP_FULL. */
export interface QueueLimits {
  /** Default 100,000. */
  readonly maxItems: number;
  /** Default 64 MiB. */
  readonly maxBytes: number;
  /** Takers in line. Default 10,000. */
  readonly maxWaiting: number;
}

export const defaultQueueLimits: QueueLimits = {
  maxItems: 100_000,
  maxBytes: 64 * 1024 * 1024,
  maxWaiting: 10_000,
};

export interface Item {
  readonly number: number;
  readonly value: Uint8Array;
  /** How often it was given to somebody. */
  takings: number;
  holder: Ticket | undefined;
}

export interface QueueWatch {
  put(item: Item, by: Member): void;
  given(item: Item, ticket: Ticket): void;
  done(item: Item, by: Member): void;
  /** Free again: its holder returned it, or is gone. */
  returned(item: Item): void;
  /** The state is another one, and what lies between was not told. */
  replaced(): void;
}

const NONE = 0;

export class QueueObject implements ActiveObject {
  readonly mode = "active";
  readonly kind: string;
  readonly #limits: QueueLimits;
  readonly #watch: QueueWatch;
  /** By number, ascending. */
  #items = new Map<number, Item>();
  #free = new FreeItems();
  #waiting: Ticket[] = [];
  #next = 1;
  #bytes = 0;

  constructor(limits: QueueLimits, watch: QueueWatch) {
    this.#limits = limits;
    this.kind = `queue/${limits.maxItems}/${limits.maxBytes}/${limits.maxWaiting}`;
    this.#watch = watch;
  }

  get size(): number {
    return this.#items.size;
  }

  get free(): number {
    return this.#free.size;
  }

  /** The item that the ticket holds. */
  heldBy(ticket: Ticket): Item | undefined {
    for (const item of this.#items.values())
      if (item.holder !== undefined && isSameTicket(item.holder, ticket)) return item;
    return undefined;
  }

  isWaiting(ticket: Ticket): boolean {
    return this.#waiting.some((each) => isSameTicket(each, ticket));
  }

  apply(bytes: Uint8Array, { sender }: Context): Uint8Array {
    const command = decoded(decode_queue_command, bytes);
    switch (command.action) {
      case queue_action.QUEUE_PUT:
        return reply(this.#put(command.value.slice(), sender));
      case queue_action.QUEUE_TAKE: {
        const { ticket, is_waiting: isWaiting } = command.take;
        return reply(this.#take({ member: sender, number: toCount(ticket) }, isWaiting));
      }
      case queue_action.QUEUE_DONE:
        return reply(this.#done(toCount(command.item), sender));
      case queue_action.QUEUE_RETURN:
        return reply(this.#giveBack(toCount(command.item), sender));
      case queue_action.QUEUE_CANCEL:
        return reply(this.#cancel({ member: sender, number: toCount(command.ticket) }));
    }
  }

  #put(value: Uint8Array, by: Member): number {
    const { maxItems, maxBytes } = this.#limits;
    if (this.#items.size >= maxItems)
      throw new Refusal(`the queue has ${maxItems} items, the most that it may`, "GROUP_FULL");
    if (this.#bytes + value.length > maxBytes)
      throw new Refusal(`the queue would have over ${maxBytes} bytes`, "GROUP_FULL");
    const item = { number: this.#next++, value, takings: 0, holder: undefined };
    this.#items.set(item.number, item);
    this.#bytes += value.length;
    this.#free.add(item.number);
    this.#watch.put(item, by);
    this.#serve();
    return item.number;
  }

  #take(ticket: Ticket, isWaiting: boolean): number {
    const number = this.#free.shift();
    if (number !== undefined) {
      this.#give(this.#items.get(number) as Item, ticket);
      return number;
    }
    if (!isWaiting) return NONE;
    const { maxWaiting } = this.#limits;
    if (this.#waiting.length >= maxWaiting)
      throw new Refusal(`${maxWaiting} wait for an item already`, "GROUP_FULL");
    this.#waiting.push(ticket);
    return NONE;
  }

  #give(item: Item, ticket: Ticket): void {
    item.holder = ticket;
    item.takings++;
    this.#watch.given(item, ticket);
  }

  /** Gives what is free to those who wait. */
  #serve(): void {
    while (this.#waiting.length > 0) {
      const number = this.#free.shift();
      if (number === undefined) return;
      this.#give(this.#items.get(number) as Item, this.#waiting.shift() as Ticket);
    }
  }

  /** The item, if the member holds it. */
  #held(number: number, by: Member): Item | undefined {
    const item = this.#items.get(number);
    return item?.holder !== undefined && memberName(item.holder.member) === memberName(by) ? item : undefined;
  }

  #done(number: number, by: Member): number {
    const item = this.#held(number, by);
    if (item === undefined) return NONE;
    this.#items.delete(number);
    this.#bytes -= item.value.length;
    this.#watch.done(item, by);
    return 1;
  }

  #giveBack(number: number, by: Member): number {
    const item = this.#held(number, by);
    if (item === undefined) return NONE;
    this.#setFree(item);
    this.#serve();
    return 1;
  }

  #setFree(item: Item): void {
    item.holder = undefined;
    this.#free.add(item.number);
    this.#watch.returned(item);
  }

  #cancel(ticket: Ticket): number {
    const item = this.heldBy(ticket);
    if (item !== undefined) return this.#giveBack(item.number, ticket.member);
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter((each) => !isSameTicket(each, ticket));
    return before - this.#waiting.length;
  }

  viewChanged({ left }: ViewChange): void {
    if (left.length === 0) return;
    this.#waiting = this.#waiting.filter(({ member }) => !isAmong(left, member));
    for (const item of this.#items.values())
      if (item.holder !== undefined && isAmong(left, item.holder.member)) this.#setFree(item);
    this.#serve();
  }

  save(writer: XdrWriter): void {
    encode_queue_state(writer, {
      next: BigInt(this.#next),
      items: [...this.#items.values()].map(({ number, value, takings, holder }) => ({
        number: BigInt(number),
        takings,
        holder: holder === undefined ? null : ticketToWire(holder),
        value,
      })),
      waiting: this.#waiting.map(ticketToWire),
    });
  }

  restore(reader: XdrReader | undefined): void {
    const { next, items, waiting } =
      reader === undefined ? { next: 1n, items: [], waiting: [] } : decode_queue_state(reader);
    this.#next = toCount(next);
    this.#items = new Map();
    this.#free = new FreeItems();
    this.#bytes = 0;
    this.#waiting = waiting.map(ticketFromWire);
    for (const { number, takings, holder, value } of items) {
      const item = {
        number: toCount(number),
        value: value.slice(),
        takings,
        holder: holder === null ? undefined : ticketFromWire(holder),
      };
      this.#items.set(item.number, item);
      this.#bytes += item.value.length;
      if (item.holder === undefined) this.#free.add(item.number);
    }
    this.#watch.replaced();
  }
}

function reply(number: number): Uint8Array {
  return encoded(encode_queue_reply, { number: BigInt(number) });
}

/** A barrier: it opens when so many parties have arrived, and closes behind them. Who leaves the view before has not arrived. */
import type { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { toCount } from "../api/frames.ts";
import { groupError } from "../errors.ts";
import type { RequestOptions } from "../machine/client.ts";
import type { Declaration, ObjectHost } from "../machine/declaration.ts";
import type { ActiveObject, Context, ViewChange } from "../machine/object.ts";
import { Claims } from "./claims.ts";
import {
  barrier_action,
  decode_barrier_command,
  decode_barrier_reply,
  decode_barrier_state,
  encode_barrier_command,
  encode_barrier_reply,
  encode_barrier_state,
} from "./gen/group-shared.gen.ts";
import {
  checkCount,
  decoded,
  encoded,
  isAmong,
  isSameTicket,
  type Ticket,
  ticketFromWire,
  ticketToWire,
} from "./wire.ts";

/** Parties that a barrier may wait for. */
export const MAX_PARTIES = 10_000;

class BarrierObject implements ActiveObject {
  readonly mode = "active";
  readonly kind: string;
  readonly #parties: number;
  readonly #opened: (ticket: Ticket, generation: number) => void;
  #generation = 0;
  #arrived: Ticket[] = [];
  #last: Ticket[] = [];

  constructor(parties: number, opened: (ticket: Ticket, generation: number) => void) {
    this.#parties = parties;
    this.#opened = opened;
    this.kind = `barrier/${parties}`;
  }

  get generation(): number {
    return this.#generation;
  }

  get arrived(): readonly Ticket[] {
    return this.#arrived;
  }

  /** With whom it opened last. */
  get last(): readonly Ticket[] {
    return this.#last;
  }

  apply(bytes: Uint8Array, { sender }: Context): Uint8Array {
    const { action, ticket: number } = decoded(decode_barrier_command, bytes);
    const ticket = { member: sender, number: toCount(number) };
    const reply = encoded(encode_barrier_reply, { generation: BigInt(this.#generation) });
    if (action === barrier_action.BARRIER_ARRIVE) this.#arrive(ticket);
    else this.#arrived = this.#arrived.filter((each) => !isSameTicket(each, ticket));
    return reply;
  }

  #arrive(ticket: Ticket): void {
    this.#arrived.push(ticket);
    if (this.#arrived.length < this.#parties) return;
    this.#last = this.#arrived;
    this.#arrived = [];
    this.#generation++;
    for (const each of this.#last) this.#opened(each, this.#generation);
  }

  viewChanged({ left }: ViewChange): void {
    this.#arrived = this.#arrived.filter(({ member }) => !isAmong(left, member));
  }

  save(writer: XdrWriter): void {
    encode_barrier_state(writer, {
      parties: this.#parties,
      generation: BigInt(this.#generation),
      arrived: this.#arrived.map(ticketToWire),
      last: this.#last.map(ticketToWire),
    });
  }

  restore(reader: XdrReader | undefined): void {
    const { generation, arrived, last } =
      reader === undefined ? { generation: 0n, arrived: [], last: [] } : decode_barrier_state(reader);
    this.#generation = toCount(generation);
    this.#arrived = arrived.map(ticketFromWire);
    this.#last = last.map(ticketFromWire);
  }
}

/** A point at which members wait for each other. */
export class SharedBarrier {
  /** @internal */
  readonly object: BarrierObject;
  readonly #host: ObjectHost;
  readonly #claims: Claims<number>;
  /** The incarnation of this process's first life in the group. */
  #first: number | undefined;

  /** @internal Declare it with `sharedBarrier`. */
  constructor(host: ObjectHost, parties: number) {
    this.#host = host;
    this.object = new BarrierObject(parties, ({ member, number }, generation) =>
      this.#claims.settle(member, number, () => generation),
    );
    this.#claims = new Claims(host, {
      claim: (ticket) => encodedCommand(barrier_action.BARRIER_ARRIVE, ticket),
      cancel: (ticket) => encodedCommand(barrier_action.BARRIER_WITHDRAW, ticket),
      look: (number, reply) => this.#look(number, Number(decoded(decode_barrier_reply, reply).generation)),
    });
    host.onStanding(() => {
      this.#first ??= host.self.incarnation;
    });
  }

  /**
   * Arrives, and resolves when the barrier opens, with the number of times that it has. Who gives up before it opens has not arrived. Rejects with
   * GROUP_FATE_UNKNOWN when this process was out while the barrier opened more than once.
   */
  arrive(options?: RequestOptions): Promise<number> {
    return this.#claims.claim(options);
  }

  /** How many have arrived, and how often it has opened, as it is seen here. */
  peek(): { readonly arrived: number; readonly generation: number } {
    return { arrived: this.object.arrived.length, generation: this.object.generation };
  }

  #look(number: number, before: number): { readonly result: number } | "waiting" | "gone" {
    const { generation, arrived, last } = this.object;
    if (arrived.some((each) => isSameTicket(each, { member: this.#host.self, number }))) return "waiting";
    if (last.some((each) => this.#isOurs(each, number))) return { result: generation };
    if (generation <= before + 1) return "gone";
    throw groupError(
      "GROUP_FATE_UNKNOWN",
      `${this.#host.name} opened more than once while this process was out`,
      "unknown",
    );
  }

  /** A ticket of any life of this process. */
  #isOurs({ member, number: other }: Ticket, number: number): boolean {
    const isOurLife = this.#first !== undefined && member.incarnation >= this.#first;
    return isOurLife && member.node === this.#host.self.node && other === number;
  }
}

function encodedCommand(action: barrier_action, ticket: number): Uint8Array {
  return encoded(encode_barrier_command, { action, ticket: BigInt(ticket) });
}

/** Declares a barrier for so many parties: 1 to 10,000. One process may be several. */
export function sharedBarrier(options: { readonly parties: number }): Declaration<SharedBarrier> {
  const parties = checkCount("parties", options.parties, 1, MAX_PARTIES);
  return {
    open: (host) => {
      const handle = new SharedBarrier(host, parties);
      return { handle, object: handle.object };
    },
  };
}

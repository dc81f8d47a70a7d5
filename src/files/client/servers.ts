/**
 * Which node of a cell a client calls: pure. All nodes answer alike, so one is as good as another as long as it answers. The one that
 * does is stayed with; when it is in trouble the next is the one whose own trouble is longest ago, so that a node that has been left is
 * come back to last, and all are tried before any is tried twice.
 */
import type { Route } from "../../rpc/index.ts";
import { type Address, formatAddress, type Random, randomUnit } from "../../world/index.ts";

/** Servers that a client may be given. */
export const MAX_SERVERS = 64;
/** When all of them are in trouble: the delay before the next round, doubled up to the second, each shortened at random by up to half. */
export const ROUND_FIRST_MS = 50;
export const ROUND_LAST_MS = 1000;

/** Why a client left a server for another. */
export type MoveReason = "lost" | "silent" | "later";

/** A client's way from one server to another. */
export interface ServerMove {
  readonly from: Address;
  readonly to: Address;
  /** `lost`: its connection broke or was refused; `silent`: it did not answer; `later`: it said that it cannot serve now. */
  readonly reason: MoveReason;
}

interface Server {
  readonly address: Address;
  /** Counts troubles of all servers: that of its last, 0 for none. */
  trouble: number;
}

export class Servers implements Route {
  /** Called for each way that calls went on after, once the new server has answered. */
  onMove: (move: ServerMove) => void = () => {};
  readonly #servers: readonly Server[];
  readonly #random: Random;
  #at: number;
  #troubles = 0;
  /** Troubles since the last answer. */
  #inARow = 0;
  #roundMs = ROUND_FIRST_MS;
  /** The server that answered last, and why it was left. */
  #left: { readonly from: Address; readonly reason: MoveReason } | undefined;

  /** @throws RangeError for none, or too many, or one that is no address. */
  constructor(addresses: readonly Address[], random: Random, first = 0) {
    const distinct = new Map(addresses.map((address) => [formatAddress(address), address]));
    if (distinct.size === 0 || distinct.size > MAX_SERVERS) {
      throw new RangeError(`servers: ${distinct.size} are not 1 to ${MAX_SERVERS}`);
    }
    for (const { host, port } of distinct.values()) {
      const isPort = Number.isInteger(port) && port > 0 && port <= 65_535;
      if (host === "" || !isPort) throw new RangeError(`servers: ${host}:${port} is no address`);
    }
    this.#servers = [...distinct.values()].map((address) => ({ address, trouble: 0 }));
    this.#random = random;
    this.#at = first;
  }

  get all(): readonly Address[] {
    return this.#servers.map(({ address }) => address);
  }

  get current(): Address {
    return this.#now.address;
  }

  get #now(): Server {
    return this.#servers[this.#at] as Server;
  }

  answered(): void {
    this.#inARow = 0;
    if (this.#left === undefined) return;
    const { from, reason } = this.#left;
    this.#left = undefined;
    this.#roundMs = ROUND_FIRST_MS;
    const to = this.current;
    if (to !== from) this.onMove({ from, to, reason });
  }

  lost(): number {
    this.leave("lost");
    if (this.#inARow % this.#servers.length !== 0) return 0;
    const delayMs = this.#roundMs * (1 - randomUnit(this.#random) / 2);
    this.#roundMs = Math.min(ROUND_LAST_MS, this.#roundMs * 2);
    return delayMs;
  }

  /** `current` is in trouble. Another is current now, `to` if it is named; the same if there is no other. */
  leave(reason: MoveReason, to?: Address): void {
    this.#left ??= { from: this.current, reason };
    this.#now.trouble = ++this.#troubles;
    this.#inARow++;
    const named = to === undefined ? -1 : this.#servers.findIndex(({ address }) => address === to);
    this.#at = named >= 0 ? named : this.#best();
  }

  /** The server whose trouble is longest ago; of several without any, the first after the present one. */
  #best(): number {
    const { length } = this.#servers;
    let best = this.#at;
    for (let step = 1; step < length; step++) {
      const at = (this.#at + step) % length;
      if ((this.#servers[at] as Server).trouble < (this.#servers[best] as Server).trouble) best = at;
    }
    return best;
  }
}

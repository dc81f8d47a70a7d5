/** Who listens on which port of a simulated host. */
import { type Address, CoterieError, formatAddress } from "../world/index.ts";
import { isWildcard } from "./addresses.ts";
import type { Prng } from "./prng.ts";

const FIRST_EPHEMERAL_PORT = 32_768;
const EPHEMERAL_PORTS = 28_232;

export interface Bound {
  readonly local: Address;
  readonly reuse: boolean;
}

/** What is bound to the ports of one protocol on one host. */
export class PortTable<Socket extends Bound> {
  readonly #sockets = new Map<number, Socket[]>();
  #next: number;

  constructor(random: Prng) {
    this.#next = random.below(EPHEMERAL_PORTS);
  }

  /** A free port for `bind`, or its own when that is not 0. */
  choose(bind: Address, reuse: boolean): number {
    if (bind.port !== 0) {
      if (this.#taken(bind, reuse)) {
        throw new CoterieError(
          "NET_ADDRESS_IN_USE",
          `cannot listen on ${formatAddress(bind)}: address already in use`,
          {
            details: { ...bind },
          },
        );
      }
      return bind.port;
    }
    for (let tries = 0; tries < EPHEMERAL_PORTS; tries++) {
      const port = this.ephemeral();
      if (!this.#sockets.has(port)) return port;
    }
    throw new CoterieError("NET_ADDRESS_IN_USE", "no free port is left", { details: { ...bind } });
  }

  ephemeral(): number {
    this.#next = (this.#next + 1) % EPHEMERAL_PORTS;
    return FIRST_EPHEMERAL_PORT + this.#next;
  }

  add(socket: Socket): void {
    const { port } = socket.local;
    const there = this.#sockets.get(port);
    if (there === undefined) this.#sockets.set(port, [socket]);
    else there.push(socket);
  }

  remove(socket: Socket): void {
    const { port } = socket.local;
    const left = (this.#sockets.get(port) ?? []).filter((other) => other !== socket);
    if (left.length === 0) this.#sockets.delete(port);
    else this.#sockets.set(port, left);
  }

  /** All on a port, oldest first. */
  on(port: number): readonly Socket[] {
    return this.#sockets.get(port) ?? [];
  }

  /** Who gets what is sent to an address: the last bound to it, else to all addresses. */
  find(to: Address): Socket | undefined {
    const there = this.#sockets.get(to.port);
    if (there === undefined) return undefined;
    let found: Socket | undefined;
    for (const socket of there) {
      const { host } = socket.local;
      if (host === to.host || (isWildcard(host) && found?.local.host !== to.host)) found = socket;
    }
    return found;
  }

  #taken(bind: Address, reuse: boolean): boolean {
    return this.on(bind.port).some(
      (other) =>
        !(reuse && other.reuse) &&
        (other.local.host === bind.host || isWildcard(bind.host) || isWildcard(other.local.host)),
    );
  }
}

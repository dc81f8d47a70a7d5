/**
 * How a node's programs are found through port 111 (RFC 1833). Registering with this machine's rpcbind is a courtesy
 * to clients that ask it; the mount line names the port and needs none of it, so a failure here is told, and stops
 * nothing.
 */
import type { Contract } from "../marshal/index.ts";
import { netidOf, Registration, RpcbindServer } from "../naming/index.ts";
import { type Address, formatAddress, isCoterieError, type World } from "../world/index.ts";
import { cellErrors } from "./errors.ts";
import type { Portmap } from "./settings.ts";
import type { PortmapState } from "./status.ts";

export interface PortmapWish {
  readonly portmap: Portmap;
  readonly contracts: readonly Contract[];
  /** Where they are served. */
  readonly address: Address;
}

export class PortmapRegistration {
  readonly state: PortmapState;
  /** Why it failed, when it was asked for and did. */
  readonly failure: string | undefined;
  readonly #close: () => Promise<void>;

  constructor(state: PortmapState, failure?: string, close: () => Promise<void> = async () => {}) {
    this.state = state;
    this.failure = failure;
    this.#close = close;
  }

  /** Never fails: what went wrong is in `failure`, and in the log. */
  static async make(world: World, wish: PortmapWish): Promise<PortmapRegistration> {
    if (wish.portmap === "off") return new PortmapRegistration("off");
    try {
      const registration = await register(world, wish);
      return new PortmapRegistration("system", undefined, () => registration.close());
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      if (error.code !== "NAMING_NO_RPCBIND") return failed(world, error.message);
    }
    return wish.portmap === "system" ? new PortmapRegistration("off") : embed(world, wish);
  }

  close(): Promise<void> {
    return this.#close();
  }
}

function programsOf({ contracts }: PortmapWish): { program: number; version: number }[] {
  return contracts.map(({ program, version }) => ({ program, version }));
}

function register(world: World, wish: PortmapWish): Promise<Registration> {
  return Registration.register(world, { programs: programsOf(wish), address: wish.address });
}

/** Answers on port 111 of the address that the node serves, so whoever reaches one reaches the other. */
async function embed(world: World, wish: PortmapWish): Promise<PortmapRegistration> {
  const server = new RpcbindServer(world);
  try {
    const { host } = wish.address;
    const at = await server.listen({ host });
    for (const { program, version } of programsOf(wish)) {
      for (const transport of ["tcp", "udp"] as const) {
        server.register({ program, version, netid: netidOf(transport, host), address: wish.address });
      }
    }
    world.log.info("rpcbind embedded", { at: formatAddress(at) });
    return new PortmapRegistration("embedded", undefined, () => server.close());
  } catch (error) {
    await server.close();
    if (!isCoterieError(error)) throw error;
    return failed(world, error.message);
  }
}

function failed(world: World, message: string): PortmapRegistration {
  world.log.warn("rpcbind registration failed", { message, remedy: cellErrors.CELL_PORTMAP.remedy });
  return new PortmapRegistration("failed", message);
}

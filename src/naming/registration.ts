/**
 * Keeps programs registered with this machine's rpcbind while they are served. rpcbind forgets what it knew when it
 * restarts, so the registration is repeated from time to time. Debian's rpcbind takes registrations over loopback
 * from any port, so no privilege is needed.
 *
 * A registration of another address may be one that a killed server left behind, or a server that is alive: the
 * address is called, and only a dead one is replaced.
 */
import type { Contract, Procedure } from "../marshal/index.ts";
import { xdrVoid } from "../marshal/index.ts";
import { RpcClient, type Transport } from "../rpc/index.ts";
import { type Address, formatAddress, isCoterieError, type Timer, type World } from "../world/index.ts";
import { NamingError } from "./errors.ts";
import { type Mapping, noRpcbind, RPCBIND_PORT, RpcbindClient } from "./rpcbind-client.ts";
import { isAnyHost, netidOf } from "./universal-address.ts";

/** How often a registration is repeated. */
export const REFRESH_MS = 60_000;
/** How long a server that holds our registration may take to show that it is alive. */
export const PROBE_MS = 1000;

/** What is registered, where it is served, and which rpcbind is told. */
export interface RegistrationOptions {
  readonly programs: readonly { readonly program: number; readonly version: number }[];
  /** Where they are served. */
  readonly address: Address;
  /** Default: both. */
  readonly transports?: readonly Transport[];
  /** Default: 127.0.0.1, port 111. */
  readonly rpcbind?: Address;
  /** Default: `REFRESH_MS`. */
  readonly refreshMs?: number;
}

/**
 * Keeps programs registered with this machine's rpcbind until it is closed, and repeats the registration,
 * because an rpcbind that restarts has forgotten it.
 */
export class Registration {
  private readonly world: World;
  private readonly mappings: readonly Mapping[];
  private readonly rpcbind: Address;
  private readonly refreshMs: number;
  private readonly held: Mapping[] = [];
  /** Addresses that did not answer in this round of registering. */
  private readonly silent = new Set<string>();
  private timer: Timer | undefined = undefined;
  /** What kept the last round from registering everything; empty when nothing did. */
  private failures = "";
  private closed = false;
  private work: Promise<unknown> = Promise.resolve();

  private constructor(world: World, options: RegistrationOptions) {
    const { address, programs, transports = ["tcp", "udp"] } = options;
    this.world = world;
    this.rpcbind = options.rpcbind ?? { host: "127.0.0.1", port: RPCBIND_PORT };
    this.refreshMs = options.refreshMs ?? REFRESH_MS;
    this.mappings = programs.flatMap(({ program, version }) =>
      transports.map((transport) => ({
        program,
        version,
        netid: netidOf(transport, address.host),
        address,
      })),
    );
  }

  /**
   * Registers the programs, all or none, and keeps them registered until `close`.
   * @throws NamingError NAMING_NO_RPCBIND, NAMING_TAKEN, NAMING_REFUSED.
   */
  static async register(world: World, options: RegistrationOptions): Promise<Registration> {
    const registration = new Registration(world, options);
    try {
      await registration.registerAll((error) => {
        throw error;
      });
    } catch (error) {
      await registration.close();
      throw error;
    }
    registration.arm();
    return registration;
  }

  /**
   * Takes the registrations away, as far as rpcbind can be reached. One that is another server's by now, which may
   * have come first after rpcbind restarted, stays.
   */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.timer?.cancel();
    await this.work;
    await this.withRpcbind(async (rpcbind) => {
      for (const mapping of this.held.splice(0)) {
        const found = await rpcbind.find(mapping.program, mapping.version, mapping.netid);
        if (found !== undefined && isSame(found, mapping.address)) await rpcbind.unset(mapping);
      }
    }).catch((error) => this.world.log.warn("naming.unregister-failed", { error: String(error) }));
  }

  private arm(): void {
    this.timer = this.world.timers.after(this.refreshMs, () => {
      this.work = this.refresh();
    });
  }

  /** A registration that fails leaves the others as they should be; each kind of failure is told once. */
  private async refresh(): Promise<void> {
    const errors: unknown[] = [];
    try {
      await this.registerAll((error) => errors.push(error));
    } catch (error) {
      errors.push(error);
    }
    const failures = errors.map(String).join("; ");
    if (failures !== this.failures) {
      if (failures === "") this.world.log.info("naming.registered-again", { rpcbind: this.rpcbind });
      else this.world.log.warn("naming.refresh-failed", { error: failures });
    }
    this.failures = failures;
    if (!this.closed) this.arm();
  }

  /**
   * One round. `onFailure` is told of each registration that fails; when it returns, the round goes on with the next.
   * Rejects when rpcbind itself does not answer, which would keep the others waiting in vain.
   */
  private registerAll(onFailure: (error: unknown) => void): Promise<void> {
    this.silent.clear();
    return this.withRpcbind(async (rpcbind) => {
      for (const mapping of this.mappings) {
        try {
          await this.registerOne(rpcbind, mapping);
          if (!this.held.includes(mapping)) this.held.push(mapping);
        } catch (error) {
          if (isSilence(error)) throw error;
          onFailure(error);
        }
      }
    });
  }

  private async registerOne(rpcbind: RpcbindClient, mapping: Mapping): Promise<void> {
    if (await rpcbind.set(mapping)) return;
    const found = await rpcbind.find(mapping.program, mapping.version, mapping.netid);
    if (found !== undefined && isSame(found, mapping.address)) return;
    if (found !== undefined && (await this.isAlive(mapping, found))) throw taken(mapping, found);
    await rpcbind.unset(mapping);
    if (!(await rpcbind.set(mapping))) throw refused(mapping);
  }

  private async isAlive({ program, version, netid }: Mapping, address: Address): Promise<boolean> {
    const transport: Transport = netid.startsWith("tcp") ? "tcp" : "udp";
    const host = isAnyHost(address.host) ? this.rpcbind.host : address.host;
    const where = `${transport} ${formatAddress({ host, port: address.port })}`;
    if (this.silent.has(where)) return false;
    const client = new RpcClient(this.world, {
      host,
      port: address.port,
      transport,
      timeoutMs: PROBE_MS,
      reconnect: false,
    });
    try {
      await ping(client, program, version);
      return true;
    } catch (error) {
      if (isSilence(error)) this.silent.add(where);
      return false;
    } finally {
      await client.close();
    }
  }

  private async withRpcbind(work: (rpcbind: RpcbindClient) => Promise<void>): Promise<void> {
    const rpcbind = new RpcbindClient(this.world, this.rpcbind);
    try {
      await work(rpcbind);
    } catch (error) {
      throw isCoterieError(error, "RPC_UNREACHABLE") ? noRpcbind(this.rpcbind, error) : error;
    } finally {
      await rpcbind.close();
    }
  }
}

const nullProcedure: Procedure<void, void> = {
  name: "NULL",
  number: 0,
  idempotent: true,
  args: xdrVoid,
  result: xdrVoid,
};

/** Calls procedure 0, which does nothing: it tells whether a program is served. */
export function ping(client: RpcClient, program: number, version: number, timeoutMs?: number): Promise<void> {
  const contract: Contract = { name: `program ${program}`, program, version, procedures: [] };
  return client.call(contract, nullProcedure, undefined, timeoutMs === undefined ? {} : { timeoutMs });
}

/** Whoever was called did not answer at all, not even with a refusal. */
function isSilence(error: unknown): boolean {
  return isCoterieError(error, "RPC_TIMEOUT") || isCoterieError(error, "RPC_UNREACHABLE");
}

/** rpcbind may answer an any-address with one that the caller can reach. */
function isSame(found: Address, ours: Address): boolean {
  return found.port === ours.port && (found.host === ours.host || isAnyHost(ours.host));
}

function taken({ program, version, netid }: Mapping, found: Address): NamingError {
  const message = `program ${program} version ${version} (${netid}) is registered at ${formatAddress(found)}, and a server answers there`;
  return new NamingError("NAMING_TAKEN", message, { details: { program, version, netid, ...found } });
}

function refused({ program, version, netid }: Mapping): NamingError {
  const message = `rpcbind does not register program ${program} version ${version} (${netid})`;
  return new NamingError("NAMING_REFUSED", message, { details: { program, version, netid } });
}

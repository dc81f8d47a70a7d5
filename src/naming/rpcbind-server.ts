/**
 * An rpcbind to embed, versions 2, 3 and 4 (RFC 1833), for machines that run none.
 *
 * Anyone may ask. Only this machine may register and unregister, and only what it registered itself. Calls on behalf
 * of others (CALLIT, BCAST, INDIRECT) are refused: they make a small datagram with a forged sender into a large one
 * to a victim, and lend the caller this machine's own address, which servers here may trust.
 */
import type { Contract, Service } from "../marshal/index.ts";
import { NO_REPLY, type RpcCall, RpcServer } from "../rpc/index.ts";
import { type Address, isCoterieError, type World } from "../world/index.ts";
import {
  type mapping,
  PMAP_TCP,
  PMAP_UDP,
  PMAP_VERS_contract,
  type pmaplist,
  serve_PMAP_VERS,
} from "./gen/portmap.gen.ts";
import {
  NC_TPI_CLTS,
  NC_TPI_COTS_ORD,
  RPCBVERS_contract,
  RPCBVERS4_contract,
  type rp__list,
  type rpcb,
  type rpcb_entry_list,
  serve_RPCBVERS,
  serve_RPCBVERS4,
} from "./gen/rpcbind.gen.ts";
import { type Mapping, RPCBIND_PORT } from "./rpcbind-client.ts";
import { RpcbindCounters } from "./rpcbind-counters.ts";
import { RpcbindTable, type TableEntry, toRegistered } from "./rpcbind-table.ts";
import { fromSocketAddress, toSocketAddress } from "./socket-address.ts";
import {
  formatUniversalAddress,
  isAnyHost,
  isLoopback,
  isNetid,
  type Netid,
  netidOf,
  parseUniversalAddress,
} from "./universal-address.ts";

/** The owner of what this process registered itself: nobody else takes that away. */
const OWN = "coterie";
/** What rpcbind calls callers from a port that only root can open, and others. */
const SUPERUSER = "superuser";
const UNKNOWN = "unknown";
const PRIVILEGED_PORTS = 1024;
const RPCBIND_PROGRAM = 100_000;
const INDIRECT = 10;

/** Where an `RpcbindServer` listens. */
export interface RpcbindServerOptions {
  /** The local IP address; default 127.0.0.1. */
  readonly host?: string;
  /** Default 111, which needs privilege. */
  readonly port?: number;
}

/**
 * An rpcbind of versions 2, 3 and 4 over TCP and UDP. Only callers on the same machine may change its table.
 */
export class RpcbindServer {
  private readonly world: World;
  private readonly server: RpcServer;
  private readonly table = new RpcbindTable();
  private readonly counters = new RpcbindCounters();

  constructor(world: World) {
    this.world = world;
    this.server = new RpcServer(world);
    for (const service of this.services()) this.server.add(service);
  }

  /** Opens the port over TCP and UDP. Errors: as of `RpcServer.listen`. */
  async listen(options: RpcbindServerOptions = {}): Promise<Address> {
    const { host = "127.0.0.1", port = RPCBIND_PORT } = options;
    const address = await this.server.listen({ host, port });
    for (const version of [4, 3, 2]) {
      for (const transport of ["tcp", "udp"] as const) {
        const netid = netidOf(transport, host);
        if (version > 2 || !netid.endsWith("6")) {
          this.register({ program: RPCBIND_PROGRAM, version, netid, address });
        }
      }
    }
    return address;
  }

  close(): Promise<void> {
    return this.server.close();
  }

  /** Registers something of this process. False when another address is registered. */
  register(mapping: Mapping): boolean {
    return this.table.set({ ...mapping, owner: OWN });
  }

  unregister(mapping: Mapping): boolean {
    return this.table.unset(mapping.program, mapping.version, mapping.netid, OWN);
  }

  private services(): Service<RpcCall>[] {
    const v3 = this.common(3);
    const v4 = this.common(4);
    return [
      this.counted(serve_PMAP_VERS(this.portMapper())),
      this.counted(serve_RPCBVERS({ ...v3, RPCBPROC_CALLIT: noReply })),
      this.counted(
        withoutIndirect(
          serve_RPCBVERS4({
            ...v4,
            RPCBPROC_BCAST: noReply,
            RPCBPROC_GETVERSADDR: (wanted, call) => {
              const found = this.table.findExactly(wanted.r_prog, wanted.r_vers, callersNetid(call));
              return this.found(4, wanted, call, found);
            },
            RPCBPROC_INDIRECT: noReply,
            RPCBPROC_GETADDRLIST: (wanted, call) => this.addressList(wanted, call),
            RPCBPROC_GETSTAT: () => this.counters.toWire(),
          }),
        ),
      ),
    ];
  }

  /** What versions 3 and 4 have in common. */
  private common(version: 3 | 4) {
    return {
      RPCBPROC_NULL: () => {},
      RPCBPROC_SET: (map: rpcb, call: RpcCall) => this.set(version, map.r_netid, map, call),
      RPCBPROC_UNSET: (map: rpcb, call: RpcCall) =>
        this.unset(version, map.r_prog, map.r_vers, map.r_netid, call),
      RPCBPROC_GETADDR: (wanted: rpcb, call: RpcCall) => {
        const found = this.table.find(wanted.r_prog, wanted.r_vers, callersNetid(call));
        return this.found(version, wanted, call, found);
      },
      RPCBPROC_DUMP: () => this.dump(),
      RPCBPROC_GETTIME: () => this.world.clock.wall().seconds >>> 0,
      RPCBPROC_UADDR2TADDR: toSocketAddress,
      RPCBPROC_TADDR2UADDR: fromSocketAddress,
    };
  }

  private portMapper() {
    return {
      PMAPPROC_NULL: () => {},
      PMAPPROC_SET: (map: mapping, call: RpcCall) => {
        if (map.port > 0xffff) return false;
        const r_addr = formatUniversalAddress({ host: "0.0.0.0", port: map.port });
        const entry = { r_prog: map.prog, r_vers: map.vers, r_addr };
        return this.set(2, protocolNetid(map.prot) ?? "", entry, call);
      },
      /** Version 2 takes all transports away at once, whatever protocol is named (RFC 1833 section 3.2). */
      PMAPPROC_UNSET: (map: mapping, call: RpcCall) => {
        const tcp = this.unset(2, map.prog, map.vers, "tcp", call);
        return this.unset(2, map.prog, map.vers, "udp", call) || tcp;
      },
      PMAPPROC_GETPORT: (map: mapping) => {
        const netid = protocolNetid(map.prot) ?? "";
        const found = this.table.find(map.prog, map.vers, netid);
        this.counters.lookedUp(2, map.prog, map.vers, netid, found !== undefined);
        return found?.address.port ?? 0;
      },
      PMAPPROC_DUMP: () => {
        let list: pmaplist | null = null;
        for (const { program, version, netid, address } of [...this.table.all()].reverse()) {
          if (netid !== "tcp" && netid !== "udp") continue;
          const prot = netid === "tcp" ? PMAP_TCP : PMAP_UDP;
          list = { map: { prog: program, vers: version, prot, port: address.port }, next: list };
        }
        return list;
      },
      PMAPPROC_CALLIT: noReply,
    };
  }

  private set(
    version: number,
    netid: string,
    map: Pick<rpcb, "r_prog" | "r_vers" | "r_addr">,
    call: RpcCall,
  ): boolean {
    if (!isLoopback(call.remote.host) || !isNetid(netid) || map.r_prog === RPCBIND_PROGRAM) return false;
    const address = tryParse(map.r_addr);
    if (address === undefined) return false;
    const entry = { program: map.r_prog, version: map.r_vers, netid, address, owner: ownerOf(call) };
    const done = this.table.set(entry);
    if (done) this.counters.set(version);
    return done;
  }

  private unset(version: number, program: number, vers: number, netid: string, call: RpcCall): boolean {
    if (!isLoopback(call.remote.host)) return false;
    const done = this.table.unset(program, vers, netid, ownerOf(call));
    if (done) this.counters.unset(version);
    return done;
  }

  private found(version: number, wanted: rpcb, call: RpcCall, found: TableEntry | undefined): string {
    const netid = callersNetid(call);
    this.counters.lookedUp(version, wanted.r_prog, wanted.r_vers, netid, found !== undefined);
    return found === undefined ? "" : formatUniversalAddress(reachable(found.address, call));
  }

  private dump(): rp__list | null {
    let list: rp__list | null = null;
    for (const entry of [...this.table.all()].reverse()) {
      const { program, version, netid, address, owner } = toRegistered(entry);
      const rpcb_map = { r_prog: program, r_vers: version, r_netid: netid, r_addr: address, r_owner: owner };
      list = { rpcb_map, rpcb_next: list };
    }
    return list;
  }

  private addressList(wanted: rpcb, call: RpcCall): rpcb_entry_list | null {
    let list: rpcb_entry_list | null = null;
    for (const entry of [...this.table.all()].reverse()) {
      if (entry.program !== wanted.r_prog || entry.version !== wanted.r_vers) continue;
      const isTcp = entry.netid.startsWith("tcp");
      const rpcb_entry_map = {
        r_maddr: formatUniversalAddress(reachable(entry.address, call)),
        r_nc_netid: entry.netid,
        r_nc_semantics: isTcp ? NC_TPI_COTS_ORD : NC_TPI_CLTS,
        r_nc_protofmly: entry.netid.endsWith("6") ? "inet6" : "inet",
        r_nc_proto: isTcp ? "tcp" : "udp",
      };
      list = { rpcb_entry_map, rpcb_entry_next: list };
    }
    return list;
  }

  /** The same service, every call of it counted. */
  private counted(service: Service<RpcCall>): Service<RpcCall> {
    const { version } = service.contract;
    const handlers = service.handlers.map((handler, procedure) => {
      if (handler === undefined) return undefined;
      return (args: never, call: RpcCall) => {
        this.counters.called(version, procedure);
        return handler(args, call);
      };
    });
    return { contract: service.contract, handlers };
  }
}

/** The contracts that an rpcbind serves, for those who list what a machine offers. */
export const rpcbindContracts: readonly Contract[] = [
  PMAP_VERS_contract,
  RPCBVERS_contract,
  RPCBVERS4_contract,
];

/** A call for another that failed is not answered (RFC 1833): nobody can be reached through us. */
function noReply(): never {
  return NO_REPLY as never;
}

/** INDIRECT, unlike BCAST, tells that it failed: a procedure that is not served. */
function withoutIndirect(service: Service<RpcCall>): Service<RpcCall> {
  const handlers = [...service.handlers];
  handlers[INDIRECT] = undefined;
  return { contract: service.contract, handlers };
}

function protocolNetid(protocol: number): Netid | undefined {
  return protocol === PMAP_TCP ? "tcp" : protocol === PMAP_UDP ? "udp" : undefined;
}

/** A look-up means the transport that it came by, whatever netid it names (RFC 1833 section 2.2.1). */
function callersNetid(call: RpcCall): Netid {
  return netidOf(call.transport, call.remote.host);
}

function ownerOf(call: RpcCall): string {
  return call.remote.port < PRIVILEGED_PORTS ? SUPERUSER : UNKNOWN;
}

function tryParse(text: string): Address | undefined {
  try {
    return parseUniversalAddress(text);
  } catch (error) {
    if (isCoterieError(error, "NAMING_ADDRESS")) return undefined;
    throw error;
  }
}

/** An any-address as the caller can reach it: by the address at which it reached us. */
function reachable(address: Address, call: RpcCall): Address {
  if (!isAnyHost(address.host) || isAnyHost(call.local.host)) return address;
  return { host: call.local.host, port: address.port };
}

/**
 * Asks and tells an rpcbind (RFC 1833): version 4 first, and what an older one serves when it does not know that.
 */
import { RpcClient, type RpcClientOptions, type Transport } from "../rpc/index.ts";
import { type Address, formatAddress, isCoterieError, type World } from "../world/index.ts";
import { NamingError } from "./errors.ts";
import { PMAP_PORT, PMAP_TCP, PMAP_UDP, PMAP_VERS_Client } from "./gen/portmap.gen.ts";
import { RPCBVERS_Client, RPCBVERS4_Client, type rpcb } from "./gen/rpcbind.gen.ts";
import { formatUniversalAddress, type Netid, netidOf, parseUniversalAddress } from "./universal-address.ts";

/** The port of rpcbind on every machine: 111 (RFC 1833). */
export const RPCBIND_PORT = PMAP_PORT;
/** How long an rpcbind may take to answer. */
export const RPCBIND_TIMEOUT_MS = 5000;

/** A program as an rpcbind lists it. */
export interface Registered {
  readonly program: number;
  readonly version: number;
  /** `tcp`, `udp`, `tcp6`, `udp6`; rpcbind also knows `local`, whose address is a path. */
  readonly netid: string;
  /** The universal address, or the path. */
  readonly address: string;
  /** The port, unless `netid` is `local`. */
  readonly port: number | undefined;
  /** Who registered it, as far as rpcbind knows; empty when it is too old to tell. */
  readonly owner: string;
}

/** What is to be found at an address. */
export interface Mapping {
  readonly program: number;
  readonly version: number;
  readonly netid: Netid;
  readonly address: Address;
}

/**
 * Asks one rpcbind where programs are, and tells it of them (RFC 1833). Methods reject with `NamingError`, or
 * with `RpcError` where it does not answer.
 */
export class RpcbindClient {
  private readonly rpc: RpcClient;
  private readonly host: string;
  private readonly v2: PMAP_VERS_Client;
  private readonly v3: RPCBVERS_Client;
  private readonly v4: RPCBVERS4_Client;

  /** @param options `host` is required; `port` defaults to 111, the transport to TCP, the timeout to 5 s. */
  constructor(
    world: World,
    options: Pick<RpcClientOptions, "host"> &
      Partial<Pick<RpcClientOptions, "port" | "transport" | "timeoutMs" | "from">>,
  ) {
    this.host = options.host;
    this.rpc = new RpcClient(world, {
      port: RPCBIND_PORT,
      timeoutMs: RPCBIND_TIMEOUT_MS,
      ...options,
      reconnect: false,
    });
    this.v2 = new PMAP_VERS_Client(this.rpc);
    this.v3 = new RPCBVERS_Client(this.rpc);
    this.v4 = new RPCBVERS4_Client(this.rpc);
  }

  close(): Promise<void> {
    return this.rpc.close();
  }

  /** Everything that is registered. */
  async list(): Promise<Registered[]> {
    for (const version of [this.v4, this.v3]) {
      try {
        const found: Registered[] = [];
        for (let item = await version.RPCBPROC_DUMP(); item !== null; item = item.rpcb_next) {
          found.push(fromRpcb(item.rpcb_map));
        }
        return found;
      } catch (error) {
        if (!isUnserved(error)) throw error;
      }
    }
    return this.listOld();
  }

  /**
   * The port of a program; undefined when it is not registered for the transport in that version, or in any when
   * none is named.
   */
  async findPort(
    program: number,
    version: number | undefined,
    transport: Transport,
  ): Promise<number | undefined> {
    const netid = netidOf(transport, this.host);
    if (version === undefined) {
      const all = await this.list();
      return all.find((found) => found.program === program && found.netid === netid)?.port;
    }
    try {
      return (await this.find(program, version, netid))?.port;
    } catch (error) {
      if (!isUnserved(error)) throw error;
    }
    const prot = transport === "tcp" ? PMAP_TCP : PMAP_UDP;
    const port = await this.v2.PMAPPROC_GETPORT({ prog: program, vers: version, prot, port: 0 });
    return port === 0 ? undefined : port;
  }

  /**
   * Where that version is registered for the netid, as this client can reach it. GETADDR would not do: it answers for
   * the transport that it is asked over, whatever netid is named.
   */
  async find(program: number, version: number, netid: Netid): Promise<Address | undefined> {
    const wanted = { r_prog: program, r_vers: version, r_netid: netid, r_addr: "", r_owner: "" };
    let item = await this.v4.RPCBPROC_GETADDRLIST(wanted);
    while (item !== null && item.rpcb_entry_map.r_nc_netid !== netid) item = item.rpcb_entry_next;
    return item === null ? undefined : parseUniversalAddress(item.rpcb_entry_map.r_maddr);
  }

  /** Registers; false when rpcbind does not take it, mostly because another address is registered. */
  set(mapping: Mapping): Promise<boolean> {
    return this.v4.RPCBPROC_SET(toRpcb(mapping));
  }

  /** Takes a registration away; false when there was none, or it is not the caller's. */
  unset(mapping: Mapping): Promise<boolean> {
    return this.v4.RPCBPROC_UNSET(toRpcb(mapping));
  }

  /** The machine's wall clock in whole seconds since 1970. */
  time(): Promise<number> {
    return this.v4.RPCBPROC_GETTIME();
  }

  private async listOld(): Promise<Registered[]> {
    const found: Registered[] = [];
    for (let item = await this.v2.PMAPPROC_DUMP(); item !== null; item = item.next) {
      const { prog, vers, prot, port } = item.map;
      const netid = prot === PMAP_TCP ? "tcp" : prot === PMAP_UDP ? "udp" : String(prot);
      const address = formatUniversalAddress({ host: "0.0.0.0", port });
      found.push({ program: prog, version: vers, netid, address, port, owner: "" });
    }
    return found;
  }
}

/** The port of a program on a host, by asking the host's rpcbind; any version's when none is named. */
export async function locate(
  world: World,
  host: string,
  program: number,
  version: number | undefined,
  transport: Transport,
  rpcbindPort = RPCBIND_PORT,
): Promise<number> {
  const rpcbind = new RpcbindClient(world, { host, port: rpcbindPort });
  try {
    const port = await rpcbind.findPort(program, version, transport);
    if (port !== undefined) return port;
    const what = version === undefined ? `program ${program}` : `program ${program} version ${version}`;
    const message = `${what} over ${transport} is not registered at ${host}`;
    throw new NamingError("NAMING_NOT_REGISTERED", message, {
      details: { host, program, version, transport },
    });
  } catch (error) {
    throw isCoterieError(error, "RPC_UNREACHABLE") ? noRpcbind({ host, port: rpcbindPort }, error) : error;
  } finally {
    await rpcbind.close();
  }
}

/** What a client without an rpcbind to talk to fails with. */
export function noRpcbind(address: Address, cause: unknown): NamingError {
  return new NamingError("NAMING_NO_RPCBIND", `no rpcbind answers at ${formatAddress(address)}`, {
    cause,
    details: { ...address },
  });
}

function isUnserved(error: unknown): boolean {
  return (
    isCoterieError(error, "RPC_PROG_MISMATCH") ||
    isCoterieError(error, "RPC_PROG_UNAVAIL") ||
    isCoterieError(error, "RPC_PROC_UNAVAIL")
  );
}

function toRpcb({ program, version, netid, address }: Mapping): rpcb {
  const r_addr = formatUniversalAddress(address);
  return { r_prog: program, r_vers: version, r_netid: netid, r_addr, r_owner: "" };
}

function fromRpcb(map: rpcb): Registered {
  const { r_prog: program, r_vers: version, r_netid: netid, r_addr: address, r_owner: owner } = map;
  let port: number | undefined;
  try {
    port = parseUniversalAddress(address).port;
  } catch (error) {
    if (!isCoterieError(error, "NAMING_ADDRESS")) throw error;
  }
  return { program, version, netid, address, port, owner };
}

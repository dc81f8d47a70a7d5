/**
 * What an rpcbind knows: which program, version and transport is at which address (RFC 1833 section 2.1). Pure and
 * bounded.
 */
import type { Mapping, Registered } from "./rpcbind-client.ts";
import { formatUniversalAddress } from "./universal-address.ts";

/** Registrations that a table holds; more are refused. */
export const MAX_REGISTRATIONS = 1024;

export interface TableEntry extends Mapping {
  /** Who registered it: only the same owner takes it away again. */
  readonly owner: string;
}

export class RpcbindTable {
  private readonly entries: TableEntry[] = [];

  /** True when it is registered now; false when another address is, or the table is full. */
  set(entry: TableEntry): boolean {
    const found = this.findExactly(entry.program, entry.version, entry.netid);
    if (found !== undefined) {
      return found.address.host === entry.address.host && found.address.port === entry.address.port;
    }
    if (this.entries.length >= MAX_REGISTRATIONS) return false;
    this.entries.push(entry);
    return true;
  }

  /**
   * Takes away what is registered for the netid, or for all when it is empty. False when there was nothing, or
   * something of another owner.
   */
  unset(program: number, version: number, netid: string, owner: string): boolean {
    const matches = this.entries.filter(
      (entry) =>
        entry.program === program && entry.version === version && (netid === "" || entry.netid === netid),
    );
    if (matches.length === 0 || matches.some((entry) => entry.owner !== owner)) return false;
    for (const entry of matches) this.entries.splice(this.entries.indexOf(entry), 1);
    return true;
  }

  findExactly(program: number, version: number, netid: string): TableEntry | undefined {
    return this.entries.find(
      (entry) => entry.program === program && entry.version === version && entry.netid === netid,
    );
  }

  /** That version, or else any: the caller then learns the right ones from the server's PROG_MISMATCH. */
  find(program: number, version: number, netid: string): TableEntry | undefined {
    return (
      this.findExactly(program, version, netid) ??
      this.entries.find((entry) => entry.program === program && entry.netid === netid)
    );
  }

  all(): readonly TableEntry[] {
    return this.entries;
  }
}

/** As a client would list it. */
export function toRegistered({ program, version, netid, address, owner }: TableEntry): Registered {
  return {
    program,
    version,
    netid,
    address: formatUniversalAddress(address),
    port: address.port,
    owner,
  };
}

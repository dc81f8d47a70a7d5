/**
 * Whose call it is: the caller's address chooses the export rule, and the rule turns the credential into the user
 * for whom the volume is asked. Root becomes nobody, with one exception: a call from this machine itself whose port
 * is below 1024, which only its own root can open.
 */
import { AuthStat, type Credential, type RpcCall, RpcReject } from "../../rpc/index.ts";
import type { Credentials } from "../volume/types.ts";
import { isLoopback, parseAddress } from "./addresses.ts";
import type { ChangingExports, Export, Exports } from "./exports.ts";

/** Ports below this one are opened by root only. */
const PRIVILEGED_PORTS = 1024;
/** Addresses whose rule is remembered; at the bound all are forgotten and looked up again. */
export const MAX_KNOWN_HOSTS = 4096;

export interface Client {
  readonly credentials: Credentials;
  readonly readOnly: boolean;
  /** By how much what the caller reads of a replicated volume may be behind. */
  readonly staleMs: number;
}

/** Who calls, as the procedures ask it. */
export interface Callers {
  /** The rule for the caller's address, or undefined: no access. */
  rule(call: RpcCall): Export | undefined;
  /** @throws RpcReject when no rule holds the caller's address. */
  admit(call: RpcCall): void;
  /** @throws RpcReject as `admit`. */
  of(call: RpcCall): Client;
}

interface KnownHost {
  readonly host: string;
  readonly rule: Export | undefined;
  readonly isLoopback: boolean;
}

const NOBODY_YET: KnownHost = { host: "", rule: undefined, isLoopback: false };

export class Clients implements Callers {
  private readonly exports: ChangingExports;
  private seen: Exports;
  private readonly known = new Map<string, KnownHost>();
  private last: KnownHost = NOBODY_YET;

  constructor(exports: Exports | ChangingExports) {
    this.exports = "current" in exports ? exports : { current: exports, settle: () => true };
    this.seen = this.exports.current;
  }

  /** True: a rule holds the caller, or it is certain that none does. False: to be put off. */
  isDecided(call: RpcCall): boolean | Promise<boolean> {
    return this.rule(call) !== undefined || this.exports.settle();
  }

  rule(call: RpcCall): Export | undefined {
    return this.host(call.remote.host).rule;
  }

  admit(call: RpcCall): Export {
    const rule = this.rule(call);
    if (rule === undefined) throw RpcReject.auth(AuthStat.AUTH_TOOWEAK);
    return rule;
  }

  of(call: RpcCall): Client {
    const rule = this.admit(call);
    const isTrusted = this.last.isLoopback && call.remote.port < PRIVILEGED_PORTS;
    const { readOnly, staleMs } = rule;
    return { credentials: credentialsFor(call.credential, rule, isTrusted), readOnly, staleMs };
  }

  private host(host: string): KnownHost {
    const exports = this.exports.current;
    if (exports !== this.seen) this.forget(exports);
    if (host === this.last.host) return this.last;
    let known = this.known.get(host);
    if (known === undefined) {
      if (this.known.size >= MAX_KNOWN_HOSTS) this.known.clear();
      const address = parseAddress(host);
      known = {
        host,
        rule: address && exports.find(address),
        isLoopback: address !== undefined && isLoopback(address),
      };
      this.known.set(host, known);
    }
    this.last = known;
    return known;
  }

  private forget(exports: Exports): void {
    this.seen = exports;
    this.known.clear();
    this.last = NOBODY_YET;
  }
}

function credentialsFor(credential: Credential, rule: Export, isTrusted: boolean): Credentials {
  const { squash, anonymousUid, anonymousGid } = rule;
  if (credential.flavor !== "sys" || squash === "all") {
    return { uid: anonymousUid, gid: anonymousGid, groups: [] };
  }
  const { uid, gid, gids } = credential;
  if (squash === "none" || isTrusted) return { uid, gid, groups: gids };
  return {
    uid: uid === 0 ? anonymousUid : uid,
    gid: gid === 0 ? anonymousGid : gid,
    groups: gids.includes(0) ? gids.map((group) => (group === 0 ? anonymousGid : group)) : gids,
  };
}

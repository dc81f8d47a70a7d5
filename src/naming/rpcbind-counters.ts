/** What an rpcbind counts for GETSTAT (RFC 1833 section 2.1), for versions 2, 3 and 4. Bounded. */
import type { rpcb_stat, rpcb_stat_byvers, rpcbs_addrlist } from "./gen/rpcbind.gen.ts";
import { RPCBSTAT_HIGHPROC } from "./gen/rpcbind.gen.ts";

/** Programs for which look-ups are counted apart; those of more are not. */
const MAX_COUNTED = 256;

interface LookUps {
  readonly prog: number;
  readonly vers: number;
  readonly netid: string;
  success: number;
  failure: number;
}

class VersionCounters {
  readonly info: number[] = new Array<number>(RPCBSTAT_HIGHPROC).fill(0);
  setinfo = 0;
  unsetinfo = 0;
  readonly lookUps = new Map<string, LookUps>();

  toWire(): rpcb_stat {
    let addrinfo: rpcbs_addrlist | null = null;
    for (const counted of [...this.lookUps.values()].reverse()) addrinfo = { ...counted, next: addrinfo };
    return {
      info: [...this.info],
      setinfo: this.setinfo,
      unsetinfo: this.unsetinfo,
      addrinfo,
      rmtinfo: null,
    };
  }
}

export class RpcbindCounters {
  private readonly versions = [new VersionCounters(), new VersionCounters(), new VersionCounters()];

  /** A call of a procedure of rpcbind's own `version` (2 to 4). */
  called(version: number, procedure: number): void {
    const { info } = this.of(version);
    info[procedure] = ((info[procedure] ?? 0) + 1) | 0;
  }

  set(version: number): void {
    this.of(version).setinfo++;
  }

  unset(version: number): void {
    this.of(version).unsetinfo++;
  }

  lookedUp(version: number, prog: number, vers: number, netid: string, success: boolean): void {
    const { lookUps } = this.of(version);
    const key = `${prog}.${vers}.${netid}`;
    let counted = lookUps.get(key);
    if (counted === undefined) {
      if (lookUps.size >= MAX_COUNTED) return;
      counted = { prog, vers, netid, success: 0, failure: 0 };
      lookUps.set(key, counted);
    }
    if (success) counted.success++;
    else counted.failure++;
  }

  toWire(): rpcb_stat_byvers {
    return this.versions.map((version) => version.toWire());
  }

  private of(version: number): VersionCounters {
    return this.versions[version - 2] as VersionCounters;
  }
}

/**
 * The mount protocol (RFC 1094 appendix A, RFC 1813 appendix I, and PATHCONF of version 2): any directory of the
 * volume may be mounted, by its path from the root, from every address that an export rule holds.
 */
import type { Service } from "../../../marshal/index.ts";
import { NO_REPLY, type RpcCall } from "../../../rpc/index.ts";
import { Fault, type FaultReason, isFault, type Outcome } from "../../volume/types.ts";
import { CallContext, type Core, type Reply, settle } from "../core.ts";
import type { Export } from "../exports.ts";
import {
  type exportnode,
  type fhstatus,
  type groupnode,
  type MOUNT_V1_Server,
  type MOUNT_V2_Server,
  type MOUNT_V3_Server,
  type mountbody,
  type mountres3,
  mountstat3,
  type ppathcnf,
  serve_MOUNT_V1,
  serve_MOUNT_V2,
  serve_MOUNT_V3,
} from "../gen/mount.gen.ts";
import { statusOf2 } from "../status.ts";
import { pathconf } from "./pathconf.ts";
import { MountTable } from "./table.ts";
import { walk } from "./walk.ts";

const AUTH_NONE = 0;
const AUTH_SYS = 1;
/** Paths and groups beside the root that EXPORT tells: its reply is one message. */
export const MAX_EXPORT_NODES = 4096;
const utf8 = new TextEncoder();
/** Root looks a path up, as mount(8) is root's. */
export const MOUNTER = { uid: 0, gid: 0, groups: [] };
const rootPath = Uint8Array.of(0x2f);

/** The reasons why a path is not mounted, as version 3 says them. */
const mountStatus: Partial<Record<FaultReason, Exclude<mountstat3, typeof mountstat3.MNT3_OK>>> = {
  PERM: mountstat3.MNT3ERR_PERM,
  NOENT: mountstat3.MNT3ERR_NOENT,
  ACCES: mountstat3.MNT3ERR_ACCES,
  NOTDIR: mountstat3.MNT3ERR_NOTDIR,
  INVAL: mountstat3.MNT3ERR_INVAL,
  NAMETOOLONG: mountstat3.MNT3ERR_NAMETOOLONG,
};

/** The handle of the directory that a path names, for a caller who may have it. */
export type FindDirectory = (path: Uint8Array, call: RpcCall) => Reply<Outcome<Uint8Array>>;

/** The directories of one volume. */
export function directoriesOf(core: Core): FindDirectory {
  return (path, call) => {
    if (core.clients.rule(call) === undefined) return new Fault("ACCES");
    const found = walk(core.volume, new CallContext(MOUNTER, core.clock), path);
    const handle = isFault(found) ? found : core.handles.toBytes(found.directory.handle);
    return settle<Outcome<Uint8Array>>(core, handle, (reason) => new Fault(reason));
  };
}

/** `rules`: whom EXPORT tells of, as a function where they change. `others`: paths beside the root that it tells. */
export function createMountServices(
  find: FindDirectory,
  rules: readonly Export[] | (() => readonly Export[]),
  others: () => readonly string[] = () => [],
): Service<RpcCall>[] {
  const server = new MountServer(find, typeof rules === "function" ? rules : () => rules, others);
  return [
    serve_MOUNT_V1<RpcCall>(serveVersion1(server)),
    serve_MOUNT_V2<RpcCall>(serveVersion2(server)),
    serve_MOUNT_V3<RpcCall>(serveVersion3(server)),
  ];
}

/** What the versions have in common. */
class MountServer {
  private readonly find: FindDirectory;
  private readonly table = new MountTable();
  private readonly rules: () => readonly Export[];
  private readonly others: () => readonly string[];

  constructor(find: FindDirectory, rules: () => readonly Export[], others: () => readonly string[]) {
    this.find = find;
    this.rules = rules;
    this.others = others;
  }

  mount<T>(
    path: Uint8Array,
    call: RpcCall,
    mounted: (handle: Uint8Array) => T,
    failed: (reason: FaultReason) => T,
  ) {
    return this.found(path, call, (handle) => {
      if (isFault(handle)) return failed(handle.reason);
      this.table.add(call.remote.host, path);
      return mounted(handle);
    });
  }

  pathconf(path: Uint8Array, call: RpcCall): ppathcnf | Promise<ppathcnf> {
    return this.found(path, call, pathconf);
  }

  /** The RPC server takes NO_REPLY, which the compiled interface does not know, from every handler. */
  private found<T>(
    path: Uint8Array,
    call: RpcCall,
    tell: (handle: Outcome<Uint8Array>) => T,
  ): T | Promise<T> {
    const handle = this.find(path, call);
    if (!(handle instanceof Promise)) return tell(handle);
    return handle.then((later) => (later === NO_REPLY ? (later as T) : tell(later)));
  }

  dump(): mountbody | null {
    let list: mountbody | null = null;
    for (const { host, path } of this.table.list()) {
      list = { ml_hostname: utf8.encode(host), ml_directory: path, ml_next: list };
    }
    return list;
  }

  unmount(path: Uint8Array, call: RpcCall): void {
    this.table.remove(call.remote.host, path);
  }

  unmountAll(call: RpcCall): void {
    this.table.removeAll(call.remote.host);
  }

  /** The root first. The groups are told again for each path. */
  exports(): exportnode {
    const rules = this.rules();
    const ex_groups = toGroups(rules);
    const mostOthers = Math.floor(MAX_EXPORT_NODES / (1 + rules.length));
    let ex_next: exportnode | null = null;
    for (const path of this.others().slice(0, mostOthers).toReversed()) {
      ex_next = { ex_dir: utf8.encode(path), ex_groups, ex_next };
    }
    return { ex_dir: rootPath, ex_groups, ex_next };
  }
}

/** The ranges of the rules, in their order; none, which means everyone, when a rule is for everyone. */
function toGroups(rules: readonly Export[]): groupnode | null {
  if (rules.some((rule) => rule.from === "*")) return null;
  let groups: groupnode | null = null;
  for (const rule of rules.toReversed()) groups = { gr_name: utf8.encode(rule.from), gr_next: groups };
  return groups;
}

function mounted1(handle: Uint8Array): fhstatus {
  return { fhs_status: 0, fhs_fhandle: handle };
}

function failed1(reason: FaultReason): fhstatus {
  return { fhs_status: statusOf2(reason) };
}

function mounted3(fhandle: Uint8Array): mountres3 {
  return { fhs_status: mountstat3.MNT3_OK, mountinfo: { fhandle, auth_flavors: [AUTH_SYS, AUTH_NONE] } };
}

function failed3(reason: FaultReason): mountres3 {
  return { fhs_status: mountStatus[reason] ?? mountstat3.MNT3ERR_IO };
}

function serveVersion1(server: MountServer): MOUNT_V1_Server<RpcCall> {
  return {
    MOUNTPROC_NULL() {},
    MOUNTPROC_MNT: (path, call) => server.mount(path, call, mounted1, failed1),
    MOUNTPROC_DUMP: () => server.dump(),
    MOUNTPROC_UMNT: (path, call) => server.unmount(path, call),
    MOUNTPROC_UMNTALL: (call) => server.unmountAll(call),
    MOUNTPROC_EXPORT: () => server.exports(),
    MOUNTPROC_EXPORTALL: () => server.exports(),
  };
}

function serveVersion2(server: MountServer): MOUNT_V2_Server<RpcCall> {
  return {
    MOUNTPROC2_NULL() {},
    MOUNTPROC2_MNT: (path, call) => server.mount(path, call, mounted1, failed1),
    MOUNTPROC2_DUMP: () => server.dump(),
    MOUNTPROC2_UMNT: (path, call) => server.unmount(path, call),
    MOUNTPROC2_UMNTALL: (call) => server.unmountAll(call),
    MOUNTPROC2_EXPORT: () => server.exports(),
    MOUNTPROC2_EXPORTALL: () => server.exports(),
    MOUNTPROC2_PATHCONF: (path, call) => server.pathconf(path, call),
  };
}

function serveVersion3(server: MountServer): MOUNT_V3_Server<RpcCall> {
  return {
    MOUNTPROC3_NULL() {},
    MOUNTPROC3_MNT: (path, call) => server.mount(path, call, mounted3, failed3),
    MOUNTPROC3_DUMP: () => server.dump(),
    MOUNTPROC3_UMNT: (path, call) => server.unmount(path, call),
    MOUNTPROC3_UMNTALL: (call) => server.unmountAll(call),
    MOUNTPROC3_EXPORT: () => server.exports(),
  };
}

/**
 * A connection to one exported directory: MOUNT gives its file handle, FSINFO the sizes of reads and writes, and
 * then every NFS procedure is asked through here. A status that is no success becomes a `FilesError`.
 *
 * NFS3ERR_JUKEBOX ("ask again later", RFC 1813 section 2.6) is asked again, more slowly each time, for as long as a
 * call may take; a node of a cell that says so is left for another. Connections that break are the RPC client's business: it
 * connects again and repeats what was not answered. Which node of a cell it connects to is told in `cell-link.ts`.
 */
import type { CallOptions } from "../../marshal/index.ts";
import { locate } from "../../naming/index.ts";
import { type Credential, RpcClient, type RpcClientOptions } from "../../rpc/index.ts";
import { type Address, sleep, type World } from "../../world/index.ts";
import { MOUNT_V3_Client, MOUNT_V3_contract, mountstat3 } from "../nfs/gen/mount.gen.ts";
import {
  type fattr3,
  NFS_V3_Client,
  NFS_V3_contract,
  nfsstat3,
  type post_op_attr,
} from "../nfs/gen/nfs3.gen.ts";
import { CellLink } from "./cell-link.ts";
import { errorOfStatus, FilesError } from "./errors.ts";
import { copyBytes, type FilePath, pathBytes, pathText } from "./names.ts";
import { askPatiently } from "./patience.ts";
import type { ServerMove } from "./servers.ts";

/** The port that NFS servers listen on by default. */
export const NFS_PORT = 2049;
/** Reads and writes are not made larger than this, whatever the server takes. */
export const MAX_TRANSFER_BYTES = 1024 * 1024;
/** A page of a directory with attributes is not asked to be larger than this. */
export const MAX_PAGE_BYTES = 256 * 1024;
/** Between two requests for a file that the server is still fetching; doubles up to the second. */
export const JUKEBOX_FIRST_MS = 100;
export const JUKEBOX_LAST_MS = 10_000;
/** The same in a cell, where it means that there is no quorum just now. */
export const CELL_JUKEBOX_LAST_MS = 1000;

export interface SessionOptions {
  /** Host name or IP address of a server; or else `servers`. */
  readonly host?: string;
  /**
   * Nodes of one cell, at most 64: the one that answers first is called, and another when it does not answer any more. They know a call again
   * that one of them has carried out already. Servers that are no nodes of one cell must not be given together.
   */
  readonly servers?: readonly Address[];
  /** Call the first of `servers` as long as it answers, rather than whichever answers soonest. Default false. */
  readonly prefersFirst?: boolean;
  /** Called when calls have gone on with another node, and it has answered. */
  readonly onMove?: (move: ServerMove) => void;
  /** Of NFS. Default 2049. */
  readonly port?: number;
  /** Of MOUNT. Default: the same as `port`, as Coterie's own server has it. */
  readonly mountPort?: number;
  /** Ask the host's rpcbind for the ports that are not given. Default false. */
  readonly useRpcbind?: boolean;
  /** The exported directory. Default `/`. */
  readonly export?: FilePath;
  /** Whose operations these are. Default: AUTH_SYS with uid and gid 65534 (nobody). */
  readonly credential?: Credential;
  /** How long a call may take, reconnections included. Default 60,000. */
  readonly timeoutMs?: number;
  /** How long connecting may take, before anything was asked of the server. Default: `timeoutMs`. */
  readonly connectTimeoutMs?: number;
  /** The local address to connect from. */
  readonly from?: Partial<Address>;
  /** Connect from a port below 1024, which shows servers that this machine's superuser calls. Default false. */
  readonly privilegedPort?: boolean;
}

/** What the server says of its sizes, cut to this client's own bounds. */
export interface SessionLimits {
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly pageBytes: number;
  readonly maxFileBytes: number;
}

const nobody: Credential = { flavor: "sys", stamp: 0, machine: "coterie", uid: 65534, gid: 65534, gids: [] };
const DEFAULT_TIMEOUT_MS = 60_000;

type Answer = { readonly status: nfsstat3 };
type Success<R extends Answer> = Extract<R, { status: typeof nfsstat3.NFS3_OK }>;

export class Session {
  readonly world: World;
  readonly nfs: NFS_V3_Client;
  /** File handle of the exported directory. */
  readonly root: Uint8Array;
  readonly limits: SessionLimits;
  readonly #link: Link;
  readonly #timeoutMs: number;

  private constructor(world: World, link: Link, root: Uint8Array, limits: SessionLimits, timeoutMs: number) {
    this.world = world;
    this.#link = link;
    this.nfs = new NFS_V3_Client(link.rpc);
    this.root = root;
    this.limits = limits;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws TypeError, RangeError for impossible servers; FilesError FILES_MOUNT when the server does not export the directory to us; RPC_… when it cannot be asked, NAMING_… when its rpcbind cannot. */
  static async open(world: World, options: SessionOptions): Promise<Session> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const link = await openLink(world, options, timeoutMs);
    const patience = patienceOf(world, link, options.connectTimeoutMs ?? timeoutMs);
    try {
      const root = await exportedRoot(new MOUNT_V3_Client(link.mount), options.export ?? "/", patience);
      const limits = await serverLimits(new NFS_V3_Client(link.rpc), root, patience);
      return new Session(world, link, root, limits, timeoutMs);
    } catch (error) {
      await closeLink(link);
      throw error;
    } finally {
      // Nothing more is said on it; how long the server takes to notice is its own business.
      if (link.mount !== link.rpc) link.mount.close().catch(() => {});
    }
  }

  /** The server is a cell of several nodes. They remember what was done, and do not do it twice, for anybody. */
  get isCell(): boolean {
    return this.#link.cell !== undefined;
  }

  /** The node of a cell that is called now. */
  get server(): Address | undefined {
    return this.#link.cell?.current;
  }

  /** Calls that went out more than once so far: when it grew during a call, that call may have run twice. */
  get repeats(): number {
    return this.isCell ? 0 : this.#link.rpc.stats().retransmissions;
  }

  /**
   * Makes `call` and gives its result if the status is success.
   * @throws FilesError with the status's code, naming `operation` and `path`.
   */
  async ask<R extends Answer>(
    call: () => Promise<R>,
    operation: string,
    path?: FilePath,
  ): Promise<Success<R>> {
    const result = await this.answer(call);
    if (result.status === nfsstat3.NFS3_OK) return result as Success<R>;
    throw errorOfStatus(result.status, operation, path === undefined ? undefined : pathText(path));
  }

  /** Makes `call` and gives its result, whatever the status, once the server has the file at hand. */
  async answer<R extends Answer>(call: () => Promise<R>): Promise<R> {
    const result = await this.#once(call);
    return result.status === nfsstat3.NFS3ERR_JUKEBOX ? this.#askAgain(call, result) : result;
  }

  async #once<R extends Answer>(call: () => Promise<R>): Promise<R> {
    const { cell } = this.#link;
    if (cell === undefined) return call();
    cell.watch();
    const { current } = cell;
    const result = await call();
    if (result.status === nfsstat3.NFS3ERR_JUKEBOX) cell.leave(current, "later");
    return result;
  }

  async #askAgain<R extends Answer>(call: () => Promise<R>, first: R): Promise<R> {
    const { clock, timers } = this.world;
    const deadlineMs = clock.monotonicMs() + this.#timeoutMs;
    const lastMs = this.isCell ? CELL_JUKEBOX_LAST_MS : JUKEBOX_LAST_MS;
    let result = first;
    for (let waitMs = JUKEBOX_FIRST_MS; ; waitMs = Math.min(waitMs * 2, lastMs)) {
      if (clock.monotonicMs() + waitMs > deadlineMs) return result;
      await sleep(timers, waitMs);
      result = await this.#once(call);
      if (result.status !== nfsstat3.NFS3ERR_JUKEBOX) return result;
    }
  }

  async attributes(handle: Uint8Array, operation: string, path?: FilePath): Promise<fattr3> {
    const answer = await this.ask(() => this.nfs.NFSPROC3_GETATTR({ object: handle }), operation, path);
    return answer.resok.obj_attributes;
  }

  /** The attributes that came with an answer, or else asked for. */
  async attributesOf(
    given: post_op_attr,
    handle: Uint8Array,
    operation: string,
    path?: FilePath,
  ): Promise<fattr3> {
    return given.attributes_follow ? given.attributes : this.attributes(handle, operation, path);
  }

  close(): Promise<void> {
    return closeLink(this.#link);
  }
}

/** How calls leave. */
interface Link {
  readonly rpc: RpcClient;
  readonly mount: RpcClient;
  readonly cell?: CellLink;
}

function closeLink({ rpc, cell }: Link): Promise<void> {
  return cell?.close() ?? rpc.close();
}

async function openLink(world: World, options: SessionOptions, timeoutMs: number): Promise<Link> {
  const { host, servers, prefersFirst, onMove } = options;
  if (servers !== undefined) {
    const others = (["host", "port", "mountPort", "useRpcbind"] as const).filter((name) => options[name]);
    if (others.length > 0) throw new TypeError(`servers: not together with ${others.join(", ")}`);
    const credential = stamped(world, options.credential ?? nobody);
    const cell = await CellLink.open(world, {
      ...common(options, timeoutMs),
      credential,
      servers,
      prefersFirst,
      onMove,
    });
    return { rpc: cell.rpc, mount: cell.rpc, cell };
  }
  if (host === undefined) throw new TypeError("neither host nor servers is given");
  const { port, mountPort } = await ports(world, host, options);
  const rpc = new RpcClient(world, { ...common(options, timeoutMs), host, port });
  if (mountPort === port) return { rpc, mount: rpc };
  return { rpc, mount: new RpcClient(world, { ...common(options, timeoutMs), host, port: mountPort }) };
}

/**
 * The stamp tells this client's calls from those of others, also where it has another address on the way to one node than to another: a cell
 * leaves the address of a caller with a stamp out of what it knows calls by.
 */
function stamped(world: World, credential: Credential): Credential {
  if (credential.flavor !== "sys" || credential.stamp !== 0) return credential;
  return { ...credential, stamp: Math.max(1, world.random.uint32()) };
}

function common(options: SessionOptions, timeoutMs: number): Omit<RpcClientOptions, "host" | "port"> {
  return {
    credential: options.credential ?? nobody,
    timeoutMs,
    ...(options.from !== undefined && { from: options.from }),
    privilegedPort: options.privilegedPort ?? false,
  };
}

async function ports(
  world: World,
  host: string,
  options: SessionOptions,
): Promise<{ port: number; mountPort: number }> {
  const { useRpcbind = false } = options;
  const ask = (contract: typeof NFS_V3_contract | typeof MOUNT_V3_contract) =>
    locate(world, host, contract.program, contract.version, "tcp");
  const port = options.port ?? (useRpcbind ? await ask(NFS_V3_contract) : NFS_PORT);
  return { port, mountPort: options.mountPort ?? (useRpcbind ? await ask(MOUNT_V3_contract) : port) };
}

/** `askPatiently`, for as long as connecting may take. */
type Patience = <Answer>(
  ask: (options: CallOptions) => Promise<Answer>,
  isPutOff?: (answer: Answer) => boolean,
) => Promise<Answer>;

function patienceOf(world: World, { cell }: Link, patienceMs: number): Patience {
  return (ask, isPutOff = () => false) =>
    askPatiently(
      world,
      patienceMs,
      (options) => {
        cell?.watch();
        return ask(options);
      },
      (answer) => {
        if (!isPutOff(answer)) return false;
        cell?.leave(cell.current, "later");
        return true;
      },
    );
}

async function exportedRoot(mount: MOUNT_V3_Client, path: FilePath, patience: Patience): Promise<Uint8Array> {
  const answer = await patience((options) => mount.MOUNTPROC3_MNT(pathBytes(path), options));
  if (answer.fhs_status === mountstat3.MNT3_OK) return copyBytes(answer.mountinfo.fhandle);
  const name = Object.entries(mountstat3).find(([, value]) => value === answer.fhs_status)?.[0];
  throw new FilesError("FILES_MOUNT", "mount", pathText(path), name ?? `${answer.fhs_status}`);
}

async function serverLimits(
  nfs: NFS_V3_Client,
  root: Uint8Array,
  patience: Patience,
): Promise<SessionLimits> {
  const answer = await patience(
    (options) => nfs.NFSPROC3_FSINFO({ fsroot: root }, options),
    ({ status }) => status === nfsstat3.NFS3ERR_JUKEBOX,
  );
  if (answer.status !== nfsstat3.NFS3_OK) throw errorOfStatus(answer.status, "mount");
  const info = answer.resok;
  const size = (max: number, least: number, most: number) => Math.max(least, Math.min(max, most));
  return {
    readBytes: size(info.rtmax, 512, MAX_TRANSFER_BYTES),
    writeBytes: size(info.wtmax, 512, MAX_TRANSFER_BYTES),
    pageBytes: size(info.rtmax, 4096, MAX_PAGE_BYTES),
    maxFileBytes: Number(info.maxfilesize),
  };
}

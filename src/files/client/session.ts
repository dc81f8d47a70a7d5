/**
 * A connection to one exported directory: MOUNT gives its file handle, FSINFO the sizes of reads and writes, and
 * then every NFS procedure is asked through here. A status that is no success becomes a `FilesError`.
 *
 * NFS3ERR_JUKEBOX ("ask again later", RFC 1813 section 2.6) is asked again, more slowly each time, for as long as a
 * call may take. Connections that break are the RPC client's business: it connects again and repeats what was not
 * answered.
 */
import type { CallOptions } from "../../marshal/index.ts";
import { locate } from "../../naming/index.ts";
import { type Credential, RpcClient } from "../../rpc/index.ts";
import { type Address, sleep, type World } from "../../world/index.ts";
import { MOUNT_V3_Client, MOUNT_V3_contract, mountstat3 } from "../nfs/gen/mount.gen.ts";
import {
  type fattr3,
  NFS_V3_Client,
  NFS_V3_contract,
  nfsstat3,
  type post_op_attr,
} from "../nfs/gen/nfs3.gen.ts";
import { errorOfStatus, FilesError } from "./errors.ts";
import { copyBytes, type FilePath, pathBytes, pathText } from "./names.ts";

/** The port that NFS servers listen on by default. */
export const NFS_PORT = 2049;
/** Reads and writes are not made larger than this, whatever the server takes. */
export const MAX_TRANSFER_BYTES = 1024 * 1024;
/** A page of a directory with attributes is not asked to be larger than this. */
export const MAX_PAGE_BYTES = 256 * 1024;
/** Between two requests for a file that the server is still fetching; doubles up to the second. */
export const JUKEBOX_FIRST_MS = 100;
export const JUKEBOX_LAST_MS = 10_000;

export interface SessionOptions {
  /** Host name or IP address. */
  readonly host: string;
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
  readonly #rpc: RpcClient;
  readonly #timeoutMs: number;

  private constructor(
    world: World,
    rpc: RpcClient,
    root: Uint8Array,
    limits: SessionLimits,
    timeoutMs: number,
  ) {
    this.world = world;
    this.#rpc = rpc;
    this.nfs = new NFS_V3_Client(rpc);
    this.root = root;
    this.limits = limits;
    this.#timeoutMs = timeoutMs;
  }

  /** @throws FilesError FILES_MOUNT when the server does not export the directory to us; RPC_… when it cannot be asked, NAMING_… when its rpcbind cannot. */
  static async open(world: World, options: SessionOptions): Promise<Session> {
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const patience = { timeoutMs: options.connectTimeoutMs ?? timeoutMs };
    const { port, mountPort } = await ports(world, options);
    const rpc = connect(world, options, port, timeoutMs);
    const mount = mountPort === port ? rpc : connect(world, options, mountPort, timeoutMs);
    try {
      const root = await exportedRoot(new MOUNT_V3_Client(mount), options.export ?? "/", patience);
      const limits = await serverLimits(new NFS_V3_Client(rpc), root, patience);
      return new Session(world, rpc, root, limits, timeoutMs);
    } catch (error) {
      await rpc.close();
      throw error;
    } finally {
      // Nothing more is said on it; how long the server takes to notice is its own business.
      if (mount !== rpc) mount.close().catch(() => {});
    }
  }

  /** Calls that went out more than once so far: when it grew during a call, that call may have run twice. */
  get repeats(): number {
    return this.#rpc.stats().retransmissions;
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
    const result = await call();
    return result.status === nfsstat3.NFS3ERR_JUKEBOX ? this.#askAgain(call, result) : result;
  }

  async #askAgain<R extends Answer>(call: () => Promise<R>, first: R): Promise<R> {
    const { clock, timers } = this.world;
    const deadlineMs = clock.monotonicMs() + this.#timeoutMs;
    let result = first;
    for (let waitMs = JUKEBOX_FIRST_MS; ; waitMs = Math.min(waitMs * 2, JUKEBOX_LAST_MS)) {
      if (clock.monotonicMs() + waitMs > deadlineMs) return result;
      await sleep(timers, waitMs);
      result = await call();
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
    return this.#rpc.close();
  }
}

async function ports(world: World, options: SessionOptions): Promise<{ port: number; mountPort: number }> {
  const { host, useRpcbind = false } = options;
  const ask = (contract: typeof NFS_V3_contract | typeof MOUNT_V3_contract) =>
    locate(world, host, contract.program, contract.version, "tcp");
  const port = options.port ?? (useRpcbind ? await ask(NFS_V3_contract) : NFS_PORT);
  return { port, mountPort: options.mountPort ?? (useRpcbind ? await ask(MOUNT_V3_contract) : port) };
}

function connect(world: World, options: SessionOptions, port: number, timeoutMs: number): RpcClient {
  return new RpcClient(world, {
    host: options.host,
    port,
    credential: options.credential ?? nobody,
    timeoutMs,
    ...(options.from !== undefined && { from: options.from }),
    privilegedPort: options.privilegedPort ?? false,
  });
}

async function exportedRoot(
  mount: MOUNT_V3_Client,
  path: FilePath,
  patience: CallOptions,
): Promise<Uint8Array> {
  const answer = await mount.MOUNTPROC3_MNT(pathBytes(path), patience);
  if (answer.fhs_status === mountstat3.MNT3_OK) return copyBytes(answer.mountinfo.fhandle);
  const name = Object.entries(mountstat3).find(([, value]) => value === answer.fhs_status)?.[0];
  throw new FilesError("FILES_MOUNT", "mount", pathText(path), name ?? `${answer.fhs_status}`);
}

async function serverLimits(
  nfs: NFS_V3_Client,
  root: Uint8Array,
  patience: CallOptions,
): Promise<SessionLimits> {
  const answer = await nfs.NFSPROC3_FSINFO({ fsroot: root }, patience);
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

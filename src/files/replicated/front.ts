/**
 * The NFS and MOUNT services of a node, for all volumes: each call is brought to the volume that its file handle names. What is in another volume is
 * found by `VolumeTree`. Arguments are
 * looked at and go on as they came; the caller's address becomes credentials by the export rules here, where it is known.
 *
 * A call that only reads is answered JUKEBOX for want of a quorum, which has a client ask again a little later; version 2 has no such
 * word. One that changes something is rather not answered: for JUKEBOX the client would make a new call of it, while a copy
 * of the old one may still be on its way through another node. It sends the same again, and only the same is known again. Before a call is left
 * without an answer it is tried again for a while, and so is MOUNT, which has no such word either.
 */
import { type Contract, type Procedure, type Service, type Xdr, XdrReader } from "../../marshal/index.ts";
import { NO_REPLY, type RpcCall } from "../../rpc/index.ts";
import type { World } from "../../world/index.ts";
import { Clients } from "../nfs/clients.ts";
import { digest } from "../nfs/digest.ts";
import { type ChangingExports, defaultExports, type ExportRule, unchanging } from "../nfs/exports.ts";
import { NFS_V2_contract } from "../nfs/gen/nfs2.gen.ts";
import { NFS_V3_contract, nfsstat3 } from "../nfs/gen/nfs3.gen.ts";
import { HANDLE_BYTES } from "../nfs/handles.ts";
import { MAX_TCP_TRANSFER_BYTES } from "../nfs/limits.ts";
import { createMountServices, type FindDirectory } from "../nfs/mount/server.ts";
import { VOLUME_ID_BYTES } from "../nfs/mount-points.ts";
import { Fault, type Outcome } from "../volume/types.ts";
import type { Identity } from "./done-calls.ts";
import { exportOf, namedVolumeIn } from "./named-volume.ts";
import { Patience } from "./patience.ts";
import { refusal } from "./refusal.ts";
import { type Answer, changes, type Desk, type VolumeCall } from "./volume-call.ts";
import { VolumeTree, type VolumeTreeOptions } from "./volume-tree.ts";

/** How the NFS and MOUNT services of a node find volumes, and who may use them. */
export interface VolumeServicesOptions extends VolumeTreeOptions {
  /** The volume of a name, which is mounted as `/@NAME`; undefined for one that there is not. Default: there is none with a name. */
  named?(name: string): Desk | undefined | Promise<Desk | undefined>;
  /** The names of volumes that are told to who asks what can be mounted. */
  names?(): readonly string[];
  /** Who may use the volumes. Default: this machine. */
  readonly exports?: readonly ExportRule[] | ChangingExports;
  /** By whose time a call is tried again that nobody could answer, for 30 seconds. Default: it is tried once. */
  readonly world?: Pick<World, "clock" | "timers">;
}

/** The largest WRITE that FSINFO offers, and what goes with it. */
const MAX_ARGUMENT_BYTES = MAX_TCP_TRANSFER_BYTES + 64 * 1024;
const NO_HOST = new Uint8Array(0);

/** Arguments that were found to be what they should be, as they came. */
interface Checked {
  readonly bytes: Uint8Array;
}

/** @throws NfsError NFS_EXPORT_RULE for a rule that cannot be read. */
export function createVolumeServices(options: VolumeServicesOptions): Service<RpcCall>[] {
  const { exports: rules = defaultExports } = options;
  const exports = "current" in rules ? rules : unchanging(rules);
  const clients = new Clients(exports);
  const front = new Front(options, clients);
  return [
    front.service(3, NFS_V3_contract),
    front.service(2, NFS_V2_contract),
    ...createMountServices(
      front.findDirectory,
      () => exports.current.rules,
      () => (options.names?.() ?? []).map(exportOf),
    ),
  ];
}

class Front {
  readonly #options: VolumeServicesOptions;
  readonly #tree: VolumeTree;
  readonly #clients: Clients;
  readonly #patience: Patience | undefined;

  constructor(options: VolumeServicesOptions, clients: Clients) {
    this.#options = options;
    this.#patience = options.world && new Patience(options.world);
    this.#tree = new VolumeTree(options);
    this.#clients = clients;
  }

  service(version: 2 | 3, contract: Contract): Service<RpcCall> {
    const isLocal = (name: string) => /_(NULL|ROOT|WRITECACHE)$/.test(name);
    const procedures = contract.procedures.map((procedure) =>
      isLocal(procedure.name) ? procedure : { ...procedure, args: checked(procedure), result: encodedBytes },
    );
    const handlers = contract.procedures.map(({ name, number }) =>
      isLocal(name)
        ? () => undefined
        : (args: Checked, call: RpcCall) => this.#serve(version, number, args.bytes, call),
    );
    return { contract: { ...contract, procedures }, handlers };
  }

  async #serve(version: 2 | 3, procedure: number, args: Uint8Array, call: RpcCall): Promise<unknown> {
    const isDecided = this.#clients.isDecided(call);
    if (isDecided !== true && !(await isDecided)) return NO_REPLY;
    const { credentials, readOnly: isReadOnly, staleMs } = this.#clients.of(call);
    const id = volumeOf(version, args);
    if (id === undefined) return refusal(version, procedure, nfsstat3.NFS3ERR_BADHANDLE);
    if (args.length > MAX_ARGUMENT_BYTES) return refusal(version, procedure, nfsstat3.NFS3ERR_INVAL);
    const found = this.#options.find(id);
    const desk = found instanceof Promise ? await found : found;
    if (desk === undefined) return refusal(version, procedure, nfsstat3.NFS3ERR_STALE);
    const other = secondVolume(version, procedure, args);
    if (other !== undefined && !sameBytes(other, id)) {
      const status = await this.#isKnown(other);
      return refusal(version, procedure, status ? nfsstat3.NFS3ERR_XDEV : nfsstat3.NFS3ERR_STALE);
    }
    const { transport, connection } = call;
    const identity = identityOf(call);
    const volumeCall: VolumeCall = {
      version,
      procedure,
      args,
      credentials,
      isReadOnly,
      transport,
      identity,
      staleMs,
      connection,
    };
    const endMs = this.#patience?.endMs() ?? 0;
    const answer = await this.#answer(volumeCall, id, desk);
    if (isFinal(answer, volumeCall)) return replyOf(answer, volumeCall);
    return replyOf(await this.#answerAgain(volumeCall, id, answer, endMs), volumeCall);
  }

  async #answer(call: VolumeCall, id: Uint8Array, desk: Desk): Promise<Answer> {
    const answer = await desk.submit(call);
    return this.#tree.crossed(call, id, answer);
  }

  /** The volume is looked for each time: it may be at this node by now, or at others, or deleted. */
  async #answerAgain(call: VolumeCall, id: Uint8Array, first: Answer, endMs: number): Promise<Answer> {
    const attempt = async (): Promise<Answer> => {
      const desk = await this.#options.find(id);
      if (desk !== undefined) return this.#answer(call, id, desk);
      return refusal(call.version as 2 | 3, call.procedure, nfsstat3.NFS3ERR_STALE);
    };
    const isOver = (answer: Answer) => isFinal(answer, call);
    return this.#patience?.again(first, call.args.length, endMs, attempt, isOver) ?? first;
  }

  async #isKnown(id: Uint8Array): Promise<boolean> {
    return (await this.#options.find(id)) !== undefined;
  }

  /** Of MOUNT: the root volume looks the path up, or the one that it names. */
  readonly findDirectory: FindDirectory = async (path, call) => {
    if (!(await this.#clients.isDecided(call))) return NO_REPLY;
    if (this.#clients.rule(call) === undefined) return new Fault("ACCES");
    const endMs = this.#patience?.endMs() ?? 0;
    const attempt = () => this.#directory(path, call);
    const first = await attempt();
    const found = await (this.#patience?.again(first, path.length, endMs, attempt, isFound) ?? first);
    return isFound(found) ? found : NO_REPLY;
  };

  async #directory(path: Uint8Array, call: RpcCall): Promise<Found> {
    const { desk, path: rest } = await this.#beginning(path);
    return this.#tree.findDirectory(rest, desk, call.transport);
  }

  /** Where a path begins. A directory of the root whose name looks like that of a volume is one, as long as there is no such volume. */
  async #beginning(
    path: Uint8Array,
  ): Promise<{ readonly desk: Desk | undefined; readonly path: Uint8Array }> {
    const named = namedVolumeIn(path);
    const desk = named && (await this.#options.named?.(named.name));
    return named === undefined || desk === undefined
      ? { desk: this.#options.root(), path }
      : { desk, path: named.path };
  }
}

/** Checks arguments by reading them, and gives their bytes. */
function checked({ args }: Procedure): Xdr<unknown> {
  return {
    decode(r): Checked {
      const start = r.position;
      args.decode(r);
      return { bytes: r.bytes.subarray(start, r.position) };
    },
    encode: oneWay,
  };
}

/** Results come encoded. */
const encodedBytes: Xdr<unknown> = {
  encode: (w, bytes) => w.raw(bytes as Uint8Array),
  decode: oneWay,
};

function oneWay(): never {
  throw new TypeError("a server reads arguments and writes results");
}

/** The id of the volume that the first file handle names; undefined for one that no server of this kind made. */
function volumeOf(version: 2 | 3, args: Uint8Array): Uint8Array | undefined {
  if (version === 2) return args.subarray(0, VOLUME_ID_BYTES);
  const r = new XdrReader(args);
  const handle = r.opaque();
  return handle.length === HANDLE_BYTES ? handle.subarray(0, VOLUME_ID_BYTES) : undefined;
}

/** The volume of the second handle, of RENAME and LINK; undefined for other procedures, and for a handle that is none. */
function secondVolume(version: 2 | 3, procedure: number, args: Uint8Array): Uint8Array | undefined {
  const isRename = procedure === (version === 3 ? 14 : 11);
  if (!isRename && procedure !== (version === 3 ? 15 : 12)) return undefined;
  const r = new XdrReader(args);
  const handle = () => (version === 3 ? r.opaque() : r.opaqueFixed(HANDLE_BYTES));
  handle();
  if (isRename) r.opaque();
  const second = handle();
  return second.length === HANDLE_BYTES ? second.subarray(0, VOLUME_ID_BYTES) : undefined;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, at) => byte === b[at]);
}

/**
 * A digest of the whole message, and of the caller's address where the message itself does not tell callers apart: a client that has a stamp of its own is
 * known by it, and may come to one node from another address than to the next.
 */
function identityOf({ message, remote, credential }: RpcCall): Identity {
  const isStamped = credential.flavor === "sys" && credential.stamp !== 0;
  const host = isStamped ? NO_HOST : hostBytes(remote.host);
  return digest(host, digest(message));
}

function hostBytes(host: string): Uint8Array {
  const bytes = new Uint8Array(host.length);
  for (let at = 0; at < host.length; at++) bytes[at] = host.charCodeAt(at);
  return bytes;
}

/** What a search for a directory comes to. */
type Found = Awaited<ReturnType<VolumeTree["findDirectory"]>>;

function isFound(found: Found): found is Outcome<Uint8Array> {
  return typeof found !== "string";
}

/**
 * What a replica has tried for as long as it does is not tried again: it knows since when the call waits, and whether the log may have
 * forgotten a copy of it. A read is put off, whatever became of it.
 */
function isFinal(answer: Answer, call: VolumeCall): boolean {
  if (answer instanceof Uint8Array) return true;
  return changes(call) ? answer === "unknown" : call.version === 3;
}

function replyOf(answer: Answer, call: VolumeCall): Uint8Array | typeof NO_REPLY {
  if (answer instanceof Uint8Array) return answer;
  if (call.version !== 3 || changes(call)) return NO_REPLY;
  return refusal(3, call.procedure, nfsstat3.NFS3ERR_JUKEBOX);
}

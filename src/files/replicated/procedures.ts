/**
 * Runs procedures of NFS over a replica's volume, as the server without a log does and with the same code: from the bytes of the arguments to
 * the bytes of the result. What the procedures ask of their caller is answered with the facts of the call.
 */
import { type Service, XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { RpcCall } from "../../rpc/index.ts";
import type { Clock, Log, WallTime } from "../../world/index.ts";
import type { Callers, Client } from "../nfs/clients.ts";
import { attributesOf, type Core } from "../nfs/core.ts";
import { decode_createargs, decode_writeargs } from "../nfs/gen/nfs2.gen.ts";
import { nfsstat3, stable_how } from "../nfs/gen/nfs3.gen.ts";
import type { Handles } from "../nfs/handles.ts";
import { MOUNTER } from "../nfs/mount/server.ts";
import { type Walked, walk } from "../nfs/mount/walk.ts";
import { type MountPoints, rootMark } from "../nfs/mount-points.ts";
import type { ReplyMemory, Request } from "../nfs/replies.ts";
import { createNfs2Service } from "../nfs/v2/server.ts";
import { ArgsReader, type WriteArgs } from "../nfs/v3/args.ts";
import type { WriteResult } from "../nfs/v3/results.ts";
import { createNfs3Service } from "../nfs/v3/service.ts";
import { type Handle, isFault, type Outcome, type Volume } from "../volume/types.ts";
import { replicaError } from "./errors.ts";
import { encode_found_directory, type found_directory } from "./gen/volume-covers.gen.ts";
import { FIND_DIRECTORY, type VolumeCall, WRITE_V3 } from "./volume-call.ts";

const NOBODY: Client = { credentials: { uid: 65534, gid: 65534, groups: [] }, readOnly: true, staleMs: 0 };
const SLAB_BYTES = 8192;
const NOWHERE = { host: "", port: 0 };
/** What version 2 says of an attribute that it leaves as it is. */
const UNCHANGED = 0xffff_ffff;
const NO_MESSAGE = new Uint8Array(0);
const NO_REQUEST: Request = { host: "", xid: 0, length: 0, low: 0, high: 0 };

/** The log remembers calls itself, whole. */
const noMemory: ReplyMemory = {
  request: () => NO_REQUEST,
  find: () => undefined,
  changes: () => [],
  keep() {},
};

/** A call as a procedure sees it. */
class RunCall implements RpcCall {
  readonly xid = 0;
  readonly program = 0;
  readonly version = 0;
  readonly procedure = 0;
  readonly credential = { flavor: "none" } as const;
  readonly remote = NOWHERE;
  readonly local = NOWHERE;
  readonly message = NO_MESSAGE;
  transport: RpcCall["transport"] = "tcp";
}

export interface ProceduresOf {
  /** What the procedures are of. */
  readonly volume: Volume;
  /** What lies beneath, and is told whether somebody only looks. */
  readonly looking: { isLooking: boolean };
  readonly handles: Handles;
  /** Where other volumes are seen; absent in snapshots and clones. */
  readonly mounts?: MountPoints;
  /** Procedures of version 0 but for the search of a path, if there are any. */
  readonly others?: (procedure: number, args: Uint8Array, now: WallTime | undefined) => Uint8Array;
}

export class Procedures {
  readonly #volume: Volume;
  readonly #of: ProceduresOf;
  readonly #core: Core;
  readonly #services: Readonly<Record<2 | 3, Service<RpcCall>>>;
  readonly #args: ArgsReader;
  readonly #writer = new XdrWriter(4096);
  readonly #call = new RunCall();
  #slab = new Uint8Array(SLAB_BYTES);
  #slabAt = 0;
  #client = NOBODY;
  #now: WallTime = { seconds: 0, nanoseconds: 0 };

  constructor(of: ProceduresOf, clock: Clock, log: Log) {
    const { volume, handles } = of;
    this.#of = of;
    this.#volume = volume;
    const callers: Callers = { rule: () => undefined, admit() {}, of: () => this.#client };
    this.#core = {
      volume,
      clock: { wall: () => this.#now, monotonicMs: () => clock.monotonicMs() },
      log,
      handles,
      clients: callers,
      replies: noMemory,
      ...(of.mounts !== undefined && { mounts: of.mounts }),
    };
    this.#services = { 2: createNfs2Service(this.#core), 3: createNfs3Service(this.#core) };
    this.#args = new ArgsReader(handles);
  }

  /**
   * The result, encoded, in bytes that nothing else is written to. `now`: the time of a call that may change something; without, it only looks.
   * @throws XdrError for arguments that are none of the procedure's; CoterieError REPLICA_FORMAT for one that there is not.
   */
  run(call: VolumeCall, now: WallTime | undefined): Uint8Array {
    const { looking } = this.#of;
    looking.isLooking = now === undefined;
    if (now !== undefined) this.#now = now;
    try {
      return call.version === 0 ? this.#other(call, now) : this.#run(call.version, call);
    } finally {
      looking.isLooking = true;
    }
  }

  #other({ procedure, args }: VolumeCall, now: WallTime | undefined): Uint8Array {
    if (procedure === FIND_DIRECTORY) return this.#find(args);
    const { others } = this.#of;
    if (others === undefined) throw replicaError("REPLICA_FORMAT", `procedure ${procedure} of version 0`);
    return others(procedure, args, now);
  }

  #run(version: 2 | 3, { procedure, args, credentials, isReadOnly, transport }: VolumeCall): Uint8Array {
    const { contract, handlers } = this.#services[version];
    const { args: decoder, result: encoder } = contract.procedures[
      procedure
    ] as (typeof contract.procedures)[0];
    this.#client = { credentials, readOnly: isReadOnly, staleMs: 0 };
    this.#call.transport = transport;
    const handler = handlers[procedure] as (args: unknown, call: RpcCall) => unknown;
    const result = handler(decoder.decode(new XdrReader(args)), this.#call);
    return this.#encoded((w) => encoder.encode(w, result));
  }

  #encoded(encode: (w: XdrWriter) => void): Uint8Array {
    const w = this.#writer;
    w.reset();
    encode(w);
    return this.#kept(w.encoded());
  }

  /** Short ones are cut from slabs: memory of their own would cost more than they do. */
  #kept(bytes: Uint8Array): Uint8Array {
    if (bytes.length > SLAB_BYTES / 8) return bytes.slice();
    if (this.#slabAt + bytes.length > SLAB_BYTES) {
      this.#slab = new Uint8Array(SLAB_BYTES);
      this.#slabAt = 0;
    }
    const kept = this.#slab.subarray(this.#slabAt, this.#slabAt + bytes.length);
    kept.set(bytes);
    this.#slabAt += bytes.length;
    return kept;
  }

  /** A directory's handle, or why there is none. */
  #find(path: Uint8Array): Uint8Array {
    const found = walk(this.#volume, { credentials: MOUNTER, now: this.#now }, path, this.#of.mounts);
    return this.#encoded((w) => encode_found_directory(w, this.#found(found)));
  }

  #found(found: Outcome<Walked>): found_directory {
    if (isFault(found)) return { handle: NO_MESSAGE, reason: found.reason, rest: NO_MESSAGE };
    const { directory, rest } = found;
    const mounted = this.#of.mounts?.volumeAt(directory.handle);
    if (mounted !== undefined) return { handle: rootMark(mounted), reason: "", rest };
    return { handle: this.#core.handles.toBytes(directory.handle), reason: "", rest: NO_MESSAGE };
  }

  /** The arguments of a WRITE of v3. @throws XdrError. */
  writeArgs(args: Uint8Array): WriteArgs {
    return this.#args.write(new XdrReader(args));
  }

  /** What the arguments of a WRITE of v2 say of its place. @throws XdrError. */
  write2Args(args: Uint8Array): Pick<WriteArgs, "file" | "offset" | "data"> {
    const { file, offset, data } = decode_writeargs(new XdrReader(args));
    return { file: this.#of.handles.read(new XdrReader(file)), offset, data };
  }

  /** The inode that the arguments of a procedure begin with; undefined when it is none of this volume. @throws XdrError. */
  inodeOf(args: Uint8Array, version: 2 | 3 = 3): number | undefined {
    return this.#handle(new XdrReader(args), version)?.inode;
  }

  /** The inode of a file that a CREATE made or found and gave a size; undefined where it gave none, or failed. @throws XdrError. */
  sizedInode(args: Uint8Array, reply: Uint8Array, version: 2 | 3): number | undefined {
    const r = new XdrReader(reply);
    if (r.uint() !== nfsstat3.NFS3_OK || !this.#isSizing(args, version)) return undefined;
    if (version === 3 && !r.bool()) return undefined;
    return this.#handle(r, version)?.inode;
  }

  #isSizing(args: Uint8Array, version: 2 | 3): boolean {
    if (version === 2) return decode_createargs(new XdrReader(args)).attributes.size !== UNCHANGED;
    const { object } = this.#args.create(new XdrReader(args));
    return typeof object === "object" && "initial" in object && object.initial.size !== undefined;
  }

  #handle(r: XdrReader, version: 2 | 3): Handle | null {
    return version === 2 ? this.#of.handles.read(r) : this.#args.object(r);
  }

  /** The reply to a WRITE of v3 that waits to be put into the log: what the file is then, nobody knows yet. */
  unstableReply(count: number): Uint8Array {
    return this.#written({
      status: nfsstat3.NFS3_OK,
      before: null,
      after: null,
      count,
      committed: stable_how.UNSTABLE,
      verifier: this.#volume.verifier,
    });
  }

  /** The reply to a WRITE of v3 that was done already, together with others. */
  writtenReply({ file, data }: WriteArgs): Uint8Array {
    const after = file && attributesOf(this.#volume, file);
    return this.#written({
      status: nfsstat3.NFS3_OK,
      before: null,
      after,
      count: data.length,
      committed: stable_how.UNSTABLE,
      verifier: this.#volume.verifier,
    });
  }

  #written(result: WriteResult): Uint8Array {
    const { result: encoder } = this.#services[3].contract.procedures[WRITE_V3] as { result: unknown } as {
      result: { encode(w: XdrWriter, result: WriteResult): void };
    };
    return this.#encoded((w) => encoder.encode(w, result));
  }
}

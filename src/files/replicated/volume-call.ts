/**
 * A call of a volume as it travels: to a replica, to another node, or into the log. It holds all that the procedure may know:
 * the arguments as they came, and the facts that the node found which the client asked.
 */
import { readUint32 } from "../../marshal/index.ts";
import type { CallConnection, Transport } from "../../rpc/index.ts";
import type { Credentials } from "../volume/types.ts";
import type { Identity } from "./done-calls.ts";
import { cover_procedure } from "./gen/volume-covers.gen.ts";
import { layer_procedure } from "./gen/volume-layers.gen.ts";
import { volume_answer_kind, type volume_asked } from "./gen/volume-port.gen.ts";

/** NFS; or 0, of which are the search for the directory at a path that MOUNT asks for, and what is about snapshots and clones. */
export type NfsVersion = 0 | 2 | 3;

/**
 * One call of NFS for a volume, with all that it depends on. A change by the same `identity` is done once.
 */
export interface VolumeCall {
  readonly version: NfsVersion;
  readonly procedure: number;
  readonly args: Uint8Array;
  readonly credentials: Credentials;
  /** The export is read-only for the caller. */
  readonly isReadOnly: boolean;
  readonly transport: Transport;
  readonly identity: Identity;
  /** Of a call that reads: by how much the answer may be behind what was acknowledged. Default 0: not at all. */
  readonly staleMs?: number;
  /** On which the client's call came to this node; undefined over UDP, and of a call that another node has brought here. */
  readonly connection?: CallConnection | undefined;
}

/** The search for a path, of version 0. */
export const FIND_DIRECTORY = layer_procedure.LAYER_FIND_DIRECTORY;
/** Procedures of version 0 that the log has to know. */
export const CHANGING_LAYERS: ReadonlySet<number> = new Set([
  layer_procedure.LAYER_TAKE_SNAPSHOT,
  layer_procedure.LAYER_DROP_SNAPSHOT,
  layer_procedure.LAYER_MAKE_CLONE,
  layer_procedure.LAYER_DROP_CLONE,
]);

/** Procedures of v3 that the log has to know: SETATTR, WRITE, CREATE, MKDIR, SYMLINK, MKNOD, REMOVE, RMDIR, RENAME, LINK. */
const CHANGING_V3: ReadonlySet<number> = new Set([2, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
/** The same of v2, without MKNOD. */
const CHANGING_V2: ReadonlySet<number> = new Set([2, 8, 9, 10, 11, 12, 13, 14, 15]);
/** Those that may need more of the disks: what they make or write, not what they name. */
const GROWING_V3: ReadonlySet<number> = new Set([7, 8, 9, 10, 11, 15]);
const GROWING_V2: ReadonlySet<number> = new Set([8, 9, 12, 13, 14]);
export const SETATTR_V3 = 2;
export const WRITE_V3 = 7;
export const COMMIT_V3 = 21;

/** Whether it changes something, and so is for the log. */
export function changes({ version, procedure, isReadOnly }: VolumeCall): boolean {
  if (isReadOnly) return false;
  if (version === 0) return CHANGING_LAYERS.has(procedure) || isCovering(procedure);
  return (version === 3 ? CHANGING_V3 : CHANGING_V2).has(procedure);
}

/** The procedures of version 0 that say where other volumes are seen. */
export function isCovering(procedure: number): boolean {
  return procedure === cover_procedure.COVER_PLACE || procedure === cover_procedure.COVER_REMOVE;
}

export function grows({ version, procedure }: VolumeCall): boolean {
  if (version === 0) return false;
  return (version === 3 ? GROWING_V3 : GROWING_V2).has(procedure);
}

/** Where the layer stands in a handle, and so in arguments of version 2; those of version 3 have the handle's length before it. */
const LAYER_AT = 28;

/** The layer that the first handle of a call is in: 0, or the number of a snapshot or clone. */
export function layerOf({ version, args }: Pick<VolumeCall, "version" | "args">): number {
  const at = version === 3 ? LAYER_AT + 4 : LAYER_AT;
  return version === 0 || args.length < at + 4 ? 0 : readUint32(args, at);
}

/**
 * The result, encoded; or why there is none. `later`: the call did not happen and never will, for want of a quorum. `elsewhere`: the same,
 * because there is no replica here that serves. `unknown`: nobody knows whether it did, and only the same call, sent again, is told.
 */
export type Answer = Uint8Array | "later" | "elsewhere" | "unknown";

/** Where calls of a volume are answered: at a replica of this node, or by another node. */
export interface Desk {
  submit(call: VolumeCall): Promise<Answer>;
}

const NOTHING = new Uint8Array(0);

/** An answer as the nodes tell it to each other. */
export function answerTo(answer: Answer): { kind: volume_answer_kind; reply: Uint8Array } {
  switch (answer) {
    case "unknown":
      return { kind: volume_answer_kind.VOLUME_UNANSWERED, reply: NOTHING };
    case "later":
      return { kind: volume_answer_kind.VOLUME_LATER, reply: NOTHING };
    case "elsewhere":
      return { kind: volume_answer_kind.VOLUME_NOT_HERE, reply: NOTHING };
    default:
      return { kind: volume_answer_kind.VOLUME_ANSWERED, reply: answer };
  }
}

export function answerFrom({ kind, reply }: { kind: volume_answer_kind; reply: Uint8Array }): Answer {
  switch (kind) {
    case volume_answer_kind.VOLUME_ANSWERED:
      return reply;
    case volume_answer_kind.VOLUME_LATER:
      return "later";
    case volume_answer_kind.VOLUME_NOT_HERE:
      return "elsewhere";
    default:
      return "unknown";
  }
}

/** A call as the nodes tell it to each other. */
export function askedOf(volume: Uint8Array, call: VolumeCall): volume_asked {
  const { version, procedure, args, credentials, isReadOnly, transport, identity, staleMs = 0 } = call;
  return {
    volume,
    nfs_version: version,
    procedure,
    identity_high: identity.high,
    identity_low: identity.low,
    uid: credentials.uid,
    gid: credentials.gid,
    groups: credentials.groups as number[],
    is_read_only: isReadOnly,
    is_datagram: transport === "udp",
    stale_ms: staleMs,
    args,
  };
}

/** The call that was asked, or undefined when it is of no version that there is. */
export function callOf(asked: volume_asked): VolumeCall | undefined {
  const { nfs_version: version, procedure, uid, gid, groups } = asked;
  if (version !== 0 && version !== 2 && version !== 3) return undefined;
  return {
    version,
    procedure,
    args: asked.args,
    credentials: { uid, gid, groups },
    isReadOnly: asked.is_read_only,
    transport: asked.is_datagram ? "udp" : "tcp",
    identity: { high: asked.identity_high, low: asked.identity_low },
    staleMs: asked.stale_ms,
  };
}

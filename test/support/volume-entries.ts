/** Entries for a replicated volume's state machine, and calls as a client would have encoded them. */
import { NFS_V2_contract } from "../../src/files/nfs/gen/nfs2.gen.ts";
import { NFS_V3_contract, type sattr3 } from "../../src/files/nfs/gen/nfs3.gen.ts";
import { Commands, NO_EPOCH } from "../../src/files/replicated/commands.ts";
import type { CallReply, EntryReplies } from "../../src/files/replicated/entries.ts";
import { encode_layer_wish } from "../../src/files/replicated/gen/volume-layers.gen.ts";
import { VOLUME_MACHINE_FORMAT, type volume_format } from "../../src/files/replicated/gen/volume-log.gen.ts";
import type { VolumeCall } from "../../src/files/replicated/volume-call.ts";
import { XdrReader, XdrWriter } from "../../src/marshal/index.ts";

export const ROOT_CREDENTIALS = { uid: 0, gid: 0, groups: [] };
const ID = Uint8Array.from({ length: 16 }, (_, at) => at + 1);
const commands = new Commands();

export const noChange: sattr3 = {
  mode: { set_it: false },
  uid: { set_it: false },
  gid: { set_it: false },
  size: { set_it: false },
  atime: { set_it: 0 },
  mtime: { set_it: 0 },
};

export function formatEntry(more: Partial<volume_format> = {}): Uint8Array {
  const format = {
    format: VOLUME_MACHINE_FORMAT,
    now: { seconds: 1000, nanoseconds: 0 },
    id: ID,
    root_generation: 7,
    seed: 9,
    chunk_bytes: 4096,
    root_mode: 0o1777,
    root_uid: 0,
    root_gid: 0,
    inline_chunks: 4,
    reaped_chunks: 4,
    window: 64,
    ...more,
  };
  return commands.format(format).slice();
}

/** The handle of an inode of that volume, or of a snapshot or clone of it. */
export function handleOf(inode: number, generation: number, layer = 0): Uint8Array {
  const w = new XdrWriter(32);
  w.raw(ID);
  for (const word of [0, inode, generation, layer]) w.uint(word);
  return w.detach(0);
}

export const ROOT_HANDLE = handleOf(1, 7);

let drawn = 0;

export function callOf3(procedure: number, args: unknown, more: Partial<VolumeCall> = {}): VolumeCall {
  return callOf(NFS_V3_contract, procedure, args, { version: 3, ...more });
}

export function callOf2(procedure: number, args: unknown): VolumeCall {
  return callOf(NFS_V2_contract, procedure, args, { version: 2 });
}

function callOf(
  { procedures }: typeof NFS_V2_contract | typeof NFS_V3_contract,
  procedure: number,
  args: unknown,
  more: Partial<VolumeCall> & Pick<VolumeCall, "version">,
): VolumeCall {
  const w = new XdrWriter(256);
  (procedures[procedure] as unknown as { args: { encode(w: XdrWriter, v: unknown): void } }).args.encode(
    w,
    args,
  );
  return {
    procedure,
    args: w.detach(0),
    credentials: ROOT_CREDENTIALS,
    isReadOnly: false,
    transport: "tcp",
    identity: { high: 5000, low: ++drawn },
    ...more,
  };
}

/** A call about snapshots and clones: 1 and 2 take and drop the one, 3 and 4 the other. */
export function layerCall(procedure: number, name: string, of = ""): VolumeCall {
  const w = new XdrWriter(64);
  const utf8 = new TextEncoder();
  encode_layer_wish(w, { name: utf8.encode(name), of: utf8.encode(of) });
  return {
    version: 0,
    procedure,
    args: w.detach(0),
    credentials: ROOT_CREDENTIALS,
    isReadOnly: false,
    transport: "tcp",
    identity: { high: 6000, low: ++drawn },
  };
}

export function callEntry(call: VolumeCall, seen: number, seconds: number, isRefused = false): Uint8Array {
  return callsEntry([call], seen, seconds, { isRefused });
}

/** One command of all of them. */
export function callsEntry(
  calls: readonly VolumeCall[],
  seen: number,
  seconds: number,
  { isRefused = false, epoch = NO_EPOCH } = {},
): Uint8Array {
  const now = { seconds, nanoseconds: 0 };
  return commands.calls(calls.map((call) => ({ call, seen, now, isRefused, epoch }))).slice();
}

/** The reply of an entry of one call. */
export function onlyReply(replies: EntryReplies): Uint8Array {
  const [reply] = replies;
  if (reply === undefined || replies.length > 1) throw new Error("there is no reply of one call");
  return reply;
}

/** A result as the client decodes it. */
export function resultOf<Result>(procedure: number, reply: CallReply): Result {
  if (reply === undefined) throw new Error("there is no reply");
  const r = new XdrReader(reply);
  const result = (
    NFS_V3_contract.procedures[procedure] as unknown as { result: { decode(r: XdrReader): Result } }
  ).result.decode(r);
  r.finish();
  return result;
}

export function where(name: string, dir: Uint8Array = ROOT_HANDLE): { dir: Uint8Array; name: Uint8Array } {
  return { dir, name: new TextEncoder().encode(name) };
}

export { commands };

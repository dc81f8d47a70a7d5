/**
 * The durable duplicate request cache: what lets a client's retry of CREATE, REMOVE, RENAME and their like get the
 * answer of its first run even when the server crashed between the two. RPC's own cache forgets at a crash; so a call
 * that succeeds leaves a record in the same atomic batch as what it did, and it is there exactly when the deed is.
 *
 * The records form a ring of keys in the volume. Memory holds only where each is; a hit is always checked against the
 * store, so that a record which a disk failure has undone is not believed, and so that the answer waits until the
 * record is durable. Failures are not kept: a retry of a call that did nothing may run again.
 *
 * A retry is told by its caller's address and by xid, length and 64 bits of digest of the whole message.
 */
import { XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { RpcCall } from "../../rpc/index.ts";
import type { Change } from "../../world/index.ts";
import { type Handle, RESERVED_PREFIX, type Volume } from "../volume/types.ts";
import { digest } from "./digest.ts";
import {
  decode_remembered_reply,
  encode_remembered_reply,
  type remembered_reply,
} from "./gen/replies.gen.ts";

/** Calls remembered; at the bound the oldest is forgotten. */
export const MAX_KEPT_REPLIES = 16_384;

/** Tells this ring from what others may attach to a volume's operations. */
const RING = 1;

/** How a call is known again. */
export interface Request {
  readonly host: string;
  readonly xid: number;
  readonly length: number;
  readonly low: number;
  readonly high: number;
}

/** What a call's first run did: the object that it made, if it made one. */
export interface Kept {
  readonly made: Handle | undefined;
}

/** A memory of calls that must not run twice, as the procedures use it. */
export interface ReplyMemory {
  request(call: RpcCall): Request;
  /** What the first run of the call did, or undefined when this is the first. */
  find(request: Request): Kept | undefined;
  /** What to write together with the deed, for `Context.attach`. */
  changes(request: Request, made: Handle | undefined): readonly Change[];
  /** The deed is done, and the change applied with it. */
  keep(request: Request): void;
}

export class Replies implements ReplyMemory {
  private readonly volume: Volume;
  private readonly capacity: number;
  /** Where the record of a digest is. */
  private readonly slots = new Map<number, number>();
  /** The digest in each slot. */
  private readonly digests: (number | undefined)[];
  private sequence = 0;

  /** Reads the ring that the volume holds. */
  constructor(volume: Volume, capacity = MAX_KEPT_REPLIES) {
    this.volume = volume;
    this.capacity = capacity;
    this.digests = new Array(capacity).fill(undefined);
    this.load();
  }

  /** How many calls are remembered. */
  get size(): number {
    return this.slots.size;
  }

  private load(): void {
    for (const { key, value } of this.volume.attachedAll()) {
      const slot = slotOf(key);
      if (slot === undefined || slot >= this.capacity) continue;
      const record = decodeRecord(value);
      this.place(slot, combine(record.digest[0] as number, record.digest[1] as number));
      this.sequence = Math.max(this.sequence, Number(record.sequence) + 1);
    }
  }

  request(call: RpcCall): Request {
    const message = call.message;
    return {
      host: call.remote.host,
      xid: call.xid,
      length: message.length,
      ...digest(message),
    };
  }

  find(request: Request): Kept | undefined {
    const slot = this.slots.get(combine(request.low, request.high));
    if (slot === undefined) return undefined;
    const value = this.volume.attached(slotKey(slot));
    if (value === undefined) return undefined;
    const record = decodeRecord(value);
    if (!isSame(record, request)) return undefined;
    const inode = Number(record.inode);
    return { made: inode === 0 ? undefined : { inode, generation: record.generation } };
  }

  changes(request: Request, made: Handle | undefined): readonly Change[] {
    const w = new XdrWriter(128);
    encode_remembered_reply(w, {
      sequence: BigInt(this.sequence),
      host: encodeHost(request.host),
      xid: request.xid,
      length: request.length,
      digest: [request.low, request.high],
      inode: BigInt(made?.inode ?? 0),
      generation: made?.generation ?? 0,
    });
    return [{ key: slotKey(this.sequence % this.capacity), value: w.detach(0) }];
  }

  keep(request: Request): void {
    this.place(this.sequence % this.capacity, combine(request.low, request.high));
    this.sequence++;
  }

  private place(slot: number, key: number): void {
    const former = this.digests[slot];
    if (former !== undefined && this.slots.get(former) === slot) this.slots.delete(former);
    this.digests[slot] = key;
    this.slots.set(key, slot);
  }
}

/** 53 of the 64 bits: a whole number that a map takes without a box of its own. */
function combine(low: number, high: number): number {
  return (high >>> 11) * 0x1_0000_0000 + low;
}

function slotKey(slot: number): Uint8Array {
  return Uint8Array.of(RESERVED_PREFIX, RING, slot >>> 24, slot >>> 16, slot >>> 8, slot);
}

function slotOf(key: Uint8Array): number | undefined {
  if (key.length !== 6 || key[0] !== RESERVED_PREFIX || key[1] !== RING) return undefined;
  return new DataView(key.buffer, key.byteOffset, 6).getUint32(2);
}

function decodeRecord(value: Uint8Array): remembered_reply {
  const r = new XdrReader(value);
  const record = decode_remembered_reply(r);
  r.finish();
  return record;
}

function isSame(record: remembered_reply, request: Request): boolean {
  return (
    record.xid === request.xid &&
    record.length === request.length &&
    record.digest[0] === request.low &&
    record.digest[1] === request.high &&
    decodeHost(record.host) === request.host
  );
}

/** Addresses are ASCII; one with an overlong zone is cut, which still tells two calls of one digest apart. */
function encodeHost(host: string): Uint8Array {
  return Uint8Array.from({ length: Math.min(host.length, 64) }, (_, i) => host.charCodeAt(i));
}

function decodeHost(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

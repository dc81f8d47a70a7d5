/** Commands of x/volume-log.x as bytes for the log, in one buffer: the log copies what it takes. */
import { XdrWriter } from "../../marshal/index.ts";
import type { WallTime } from "../../world/index.ts";
import type { ReapStep } from "../volume/reaper.ts";
import {
  encode_volume_command,
  type volume_call,
  type volume_format,
  type volume_writes,
} from "./gen/volume-log.gen.ts";
import { bytesOf } from "./sessions.ts";
import type { VolumeCall } from "./volume-call.ts";

/** Of a call that no loss of unstable writes concerns. */
export const NO_EPOCH = -1;

/** A call with what its node knows of it. */
export interface CallCommand {
  readonly call: VolumeCall;
  /** The last entry that the node had applied when the call came, and the time. */
  readonly seen: number;
  readonly now: WallTime;
  /** There is no room for what it would do. */
  readonly isRefused: boolean;
  /** Of an unstable write, as the node knew it when the call came. */
  readonly epoch: number;
}

const utf8 = new TextEncoder();

export class Commands {
  readonly #writer = new XdrWriter(64 * 1024);

  #encoded(command: Parameters<typeof encode_volume_command>[1]): Uint8Array {
    const w = this.#writer;
    w.reset();
    encode_volume_command(w, command);
    return w.encoded();
  }

  format(format: volume_format): Uint8Array {
    return this.#encoded({ kind: 1, format });
  }

  /** One call, or several. */
  calls(calls: readonly CallCommand[]): Uint8Array {
    const [first, ...others] = calls.map(callOf);
    if (first === undefined) throw new RangeError("a command of no calls");
    if (others.length === 0) return this.#encoded({ kind: 2, call: first });
    return this.#encoded({ kind: 10, calls: { calls: [first, ...others] } });
  }

  writes(writes: volume_writes): Uint8Array {
    return this.#encoded({ kind: 3, writes });
  }

  beginSession(id: string, node: string): Uint8Array {
    return this.#encoded({ kind: 4, begin: { session: bytesOf(id), node: utf8.encode(node) } });
  }

  endSession(id: string, isLost: boolean): Uint8Array {
    return this.#encoded({ kind: 5, end: { session: bytesOf(id), is_lost: isLost } });
  }

  scrub(now: WallTime): Uint8Array {
    return this.#encoded({ kind: 8, scrub: now });
  }

  /** `layer`: 0, or the clone in which it is. */
  reap(layer: number, { inode, reason, epoch, from }: ReapStep): Uint8Array {
    const is_truncated = reason === "truncated";
    return this.#encoded({ kind: 6, reap: { layer, inode, is_truncated, epoch, from } });
  }

  limit(quotaBytes: number): Uint8Array {
    return this.#encoded({ kind: 9, limit: { quota_bytes: quotaBytes } });
  }

  reclaim(): Uint8Array {
    return this.#encoded({ kind: 7 });
  }
}

function callOf({ call, seen, now, isRefused, epoch }: CallCommand): volume_call {
  const { version, procedure, args, credentials, transport, identity } = call;
  return {
    seen,
    epoch,
    now,
    identity,
    credentials: credentials as { uid: number; gid: number; groups: number[] },
    is_datagram: transport === "udp",
    is_refused: isRefused,
    nfs_version: version,
    procedure,
    args,
  };
}

/** Commands as a replica finds them in its log. */
import { XdrError, XdrReader } from "../../marshal/index.ts";
import type { WallTime } from "../../world/index.ts";
import { replicaError } from "./errors.ts";
import {
  decode_volume_command,
  VOLUME_MACHINE_FORMAT,
  type volume_call,
  type volume_command,
  type volume_piece,
  type volume_time,
} from "./gen/volume-log.gen.ts";
import type { NfsVersion, VolumeCall } from "./volume-call.ts";

const THOUSAND_MILLION = 1_000_000_000;

/** @throws CoterieError REPLICA_FORMAT for what is no command that this release knows. */
export function commandOf(entry: Uint8Array): volume_command {
  const r = new XdrReader(entry);
  try {
    const command = decode_volume_command(r);
    r.finish();
    return command;
  } catch (cause) {
    throw replicaError("REPLICA_FORMAT", "an entry of the log is no command that this release knows", cause);
  }
}

/** Arguments that are none were refused by the node that the client asked: what is in the log all the same does nothing. */
export function runOrNothing<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof XdrError) return undefined;
    throw error;
  }
}

export function checkFormat(format: number): void {
  if (format === VOLUME_MACHINE_FORMAT) return;
  throw replicaError("REPLICA_FORMAT", `the volume has format ${format} of replicas`);
}

const fromUtf8 = new TextDecoder();

export function nameOf(bytes: Uint8Array): string {
  return fromUtf8.decode(bytes);
}

/** `now`, or a nanosecond after `before` if that is later. */
export function laterOf(now: volume_time, before: WallTime): WallTime {
  if (now.seconds > before.seconds) return now;
  if (now.seconds === before.seconds && now.nanoseconds > before.nanoseconds) return now;
  const nanoseconds = before.nanoseconds + 1;
  if (nanoseconds < THOUSAND_MILLION) return { seconds: before.seconds, nanoseconds };
  return { seconds: before.seconds + 1, nanoseconds: 0 };
}

export function callOfCommand(call: volume_call): VolumeCall {
  const { nfs_version, procedure, args, credentials, is_datagram, identity } = call;
  const version = nfs_version as NfsVersion;
  const transport = is_datagram ? "udp" : "tcp";
  return { version, procedure, args, credentials, isReadOnly: false, transport, identity };
}

/** Pieces without those whose call stands before them: a client may send one twice to the same node. */
export function firstOnes(pieces: readonly volume_piece[]): volume_piece[] {
  const found = new Set<string>();
  return pieces.filter(({ identity }) => {
    const name = `${identity.high} ${identity.low}`;
    if (found.has(name)) return false;
    found.add(name);
    return true;
  });
}

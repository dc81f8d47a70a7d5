/** Whose calls an entry of a volume's log carries out, for whoever follows them through the replicas. */
import { XdrError, XdrReader } from "../../marshal/index.ts";
import type { Identity } from "./done-calls.ts";
import { decode_volume_command, volume_command_kind } from "./gen/volume-log.gen.ts";

const NOBODYS: readonly Identity[] = [];

/** The calls, or the unstable writes, of an entry; none of other entries, and of what this version does not understand. */
export function identitiesIn(entry: Uint8Array): readonly Identity[] {
  try {
    const command = decode_volume_command(new XdrReader(entry));
    if (command.kind === volume_command_kind.VOLUME_CALL) return [command.call.identity];
    if (command.kind === volume_command_kind.VOLUME_CALLS) {
      return command.calls.calls.map(({ identity }) => identity);
    }
    if (command.kind === volume_command_kind.VOLUME_WRITES) {
      return command.writes.pieces.map(({ identity }) => identity);
    }
    return NOBODYS;
  } catch (error) {
    if (error instanceof XdrError) return NOBODYS;
    throw error;
  }
}

/** Opens the replicas that a member should have: the volumes of `coterie/files`. */
import type { Mesh } from "../../channel/index.ts";
import {
  type Desk,
  type OpenReplicaOptions,
  openReplica,
  placeCover,
  type Replica,
  removeCover,
} from "../../files/index.ts";
import type { ReplicatedLog } from "../../paxos/index.ts";
import type { World } from "../../world/index.ts";
import type { CellVolume } from "../state/records.ts";
import type { HostedReplica, ReplicaHost, VolumeStores } from "./hosted.ts";

export type VolumeTuning = Pick<
  OpenReplicaOptions,
  "isLeased" | "timeoutMs" | "timing" | "logLimits" | "limits"
>;

/** A replica as its node sees it, and the desk that answers calls of the volume. */
export interface HostedVolume extends HostedReplica {
  readonly desk: Replica;
  /** The same, with what looks on around it. */
  readonly watched: Desk;
}

/** Puts something around the parts of a replica that looks on. */
export interface ReplicaMeasure {
  desk(replica: Desk): Desk;
  /** `volume`: its name. */
  log<Reply>(volume: string, log: ReplicatedLog<Reply>): ReplicatedLog<Reply>;
  /** A call that the desk is given in this turn goes into its log. */
  appended(outcome: Promise<unknown>): void;
  /** An entry of a volume's log is about to be applied. */
  entry(index: number, entry: Uint8Array): void;
}

export function volumeHost(
  world: World,
  mesh: Mesh,
  tuning: VolumeTuning,
  stores: VolumeStores,
  measure: ReplicaMeasure,
  remote: (id: Uint8Array) => Desk | undefined,
): ReplicaHost {
  return {
    async open({ id, name }: CellVolume, founders): Promise<HostedVolume> {
      const desk = await openReplica(world, {
        ...tuning,
        id,
        mesh,
        // Its client waits here, and it may have gone into the log: the others know.
        elsewhere: async (call) => (await remote(id)?.submit(call)) ?? "elsewhere",
        watch: (log) => measure.log(name, log),
        onAppend: (outcome) => measure.appended(outcome),
        onEntry: (index, entry) => measure.entry(index, entry),
        ...(founders !== undefined && { founders }),
      });
      return {
        desk,
        watched: measure.desk(desk),
        mounts: {
          covers: () => desk.covers,
          place: (cover) => placeCover(desk, world.random, cover),
          remove: (cover) => removeCover(desk, world.random, cover),
        },
        format: () => desk.format(),
        limit: (quotaBytes) => desk.limit(quotaBytes),
        reconfigure: (voters) => desk.reconfigure(voters),
        scrub: () => desk.scrub(),
        status() {
          const { log, isMade, quotaBytes, scrub, queuedBytes } = desk.status();
          return {
            log,
            isFormatted: isMade,
            quotaBytes,
            queuedBytes,
            scrub,
            // The status is asked for at each call of a client, and the disk not for each.
            get usedBytes() {
              return desk.usedBytes;
            },
          };
        },
        closed: desk.closed,
        close: () => desk.close(),
      };
    },
    held: () => stores.held(),
    remove: (id) => stores.remove(id),
  };
}

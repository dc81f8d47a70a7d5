/** A replica of a volume as the node that hosts it sees it: what `coterie/files` opens, and tests put a simpler thing for. */
import type { Cover, CoverOutcome } from "../../files/index.ts";
import type { LogStatus } from "../../paxos/index.ts";
import type { CoterieError } from "../../world/index.ts";
import type { CellVolume } from "../state/records.ts";

export interface HostedStatus {
  readonly log: LogStatus;
  /** The volume's file system is made. */
  readonly isFormatted: boolean;
  /** How much the volume may take, as it knows; 0: as much as the disks. */
  readonly quotaBytes: number;
  /** Bytes of unstable writes that wait here. */
  readonly queuedBytes: number;
  /** Bytes that the volume's files take here. */
  readonly usedBytes: number;
  readonly scrub: HostedScrub;
}

/** The last scrub since the replica was opened. */
export interface HostedScrub {
  readonly state: "none" | "reading" | "read" | "equal" | "unsound";
  /** The entry as of which. */
  readonly index: number;
  /** That were read so far. */
  readonly records: number;
  readonly damaged: number;
}

/** Directories of a volume in which others are seen. */
export interface HostedMounts {
  covers(): readonly Cover[];
  place(cover: Cover): Promise<CoverOutcome>;
  remove(cover: Cover): Promise<CoverOutcome>;
}

export interface HostedReplica {
  /** Absent in what has no directories. */
  readonly mounts?: HostedMounts;
  /** Makes the volume's file system; does nothing once there is one. */
  format(): Promise<void>;
  /** Says how much the volume may take; 0: as much as the disks. */
  limit(quotaBytes: number): Promise<void>;
  reconfigure(voters: readonly string[]): Promise<void>;
  /** Has all replicas read and compare what they hold; gives the entry as of which. Rejects with LOG_…. */
  scrub(): Promise<number>;
  status(): HostedStatus;
  /** With what ended it, or with undefined after `close`. */
  readonly closed: Promise<CoterieError | undefined>;
  close(): Promise<void>;
}

/** What replicas have on this node's disk. */
export interface VolumeStores {
  /** The volumes that have something there, in no order. */
  held(): Promise<readonly Uint8Array[]>;
  /** Removes a volume's stores, which nobody has open; nothing where there is nothing. */
  remove(id: Uint8Array): Promise<void>;
}

export interface ReplicaHost extends VolumeStores {
  /** `founders`: of the volume's log, absent where this node joins it. Rejects with LOG_…, STORE_…, REPLICA_…. */
  open(volume: CellVolume, founders: readonly string[] | undefined): Promise<HostedReplica>;
}

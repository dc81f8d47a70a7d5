/** What a node tells of its cell, in the shape that people and programs see: `coterie status`, `--json`, the console. */
import { type admin_status, cell_standing, report_role, report_scrub } from "../gen/cell-admin.gen.ts";
import { nodesOf } from "../state/records.ts";
import { toHex } from "../status.ts";

export type ReplicaRole =
  | "joining"
  | "learner"
  | "follower"
  | "candidate"
  | "leader"
  | "removed"
  | "closed"
  | "damaged";

export interface ScrubTold {
  /** "read": too few others have told what they hold, or agree. */
  readonly state: "reading" | "read" | "equal" | "unsound";
  /** The entry of the volume's log as of which. */
  readonly index: number;
  /** That were read so far. */
  readonly records: number;
  /** Of them, those of which the disk gives other bytes than were written, or none. */
  readonly damaged: number;
}

/** One replica of a volume. */
export interface ReplicaStatus {
  readonly node: string;
  /** "unknown": the node has told nothing of it. */
  readonly role: ReplicaRole | "unknown";
  /** The node is linked to the one that answers. */
  readonly isUp: boolean;
  /** Entries of the volume's log that it has yet to apply, as far as anybody has told. */
  readonly lag: number;
  readonly queuedBytes: number;
  readonly usedBytes: number;
  /** The last scrub since the replica was opened; absent if there was none. */
  readonly scrub?: ScrubTold;
  /** Why it is not open. */
  readonly problem?: string;
}

/** A volume, its replicas, and what is being done to it. */
export interface VolumeStatus {
  /** In hexadecimal. */
  readonly id: string;
  readonly name: string;
  readonly copies: number;
  /** 0: none. */
  readonly quotaBytes: number;
  readonly leader?: string;
  readonly replicas: readonly ReplicaStatus[];
  /** Where its replicas shall be, while it is moved. */
  readonly movingTo?: readonly string[];
}

/** What a cell knows of one of its nodes. */
export interface CellNodeStatus {
  readonly name: string;
  readonly standing: "active" | "draining";
  readonly domain: string;
  readonly host: string;
  readonly port: number;
  readonly meshHost: string;
  readonly meshPort: number;
  /** Linked to the one that answers. */
  readonly isUp: boolean;
  readonly isLeaving: boolean;
  /** Absent: it has told nothing since the one that answers was started. */
  readonly told?: {
    readonly version: string;
    readonly pid: number;
    /** For how long it had run by its own clock, and the age of that. */
    readonly upMs: number;
    readonly ageMs: number;
    /** Its clock less that of the one that answers, roughly: a report's way is in it. */
    readonly clockMs: number;
    readonly totalBytes: number;
    readonly freeBytes: number;
    readonly connections: number;
    readonly calls: number;
    readonly revision: number;
    readonly problems: readonly { readonly code: string; readonly message: string }[];
  };
}

/** The cell as one node sees it. */
export interface CellStatus {
  readonly version: string;
  /** The node that answers. */
  readonly self: string;
  /** In hexadecimal. */
  readonly cell: string;
  readonly name: string;
  readonly revision: number;
  readonly isFounded: boolean;
  /** A leader that a majority follows is known: the cell's state can be changed. */
  readonly isServed: boolean;
  readonly leader?: string;
  /** Nodes that the one that answers was told to refuse. */
  readonly cut: readonly string[];
  readonly nodes: readonly CellNodeStatus[];
  readonly volumes: readonly VolumeStatus[];
  /** Ids in hexadecimal: of the volume that is mounted, and of the one whose directory it is. */
  readonly mounts: readonly { readonly path: string; readonly volume: string; readonly within: string }[];
  readonly settings: Readonly<Record<string, string>>;
  readonly exports: readonly string[];
}

const ROLES: Readonly<Record<report_role, ReplicaRole>> = {
  [report_role.REPORT_JOINING]: "joining",
  [report_role.REPORT_LEARNER]: "learner",
  [report_role.REPORT_FOLLOWER]: "follower",
  [report_role.REPORT_CANDIDATE]: "candidate",
  [report_role.REPORT_LEADER]: "leader",
  [report_role.REPORT_REMOVED]: "removed",
  [report_role.REPORT_CLOSED]: "closed",
  [report_role.REPORT_DAMAGED]: "damaged",
};

type WireNode = admin_status["nodes"][number];
type WireVolume = admin_status["volumes"][number];
type WireReplica = NonNullable<WireNode["report"]>["replicas"][number];

/** `nowMs`: the wall clock of the one that asked, since 1970; it asks a node on its own machine. */
export function decodeCellStatus(wire: admin_status, nowMs: number): CellStatus {
  return {
    version: wire.release,
    self: wire.self,
    cell: toHex(wire.cell),
    name: wire.name,
    revision: Number(wire.revision),
    isFounded: wire.is_founded,
    isServed: wire.is_served,
    ...(wire.leader !== "" && { leader: wire.leader }),
    cut: wire.cut,
    nodes: wire.nodes.map((node) => nodeStatus(node, nowMs)),
    volumes: wire.volumes.map((volume) => volumeStatus(volume, wire.nodes)),
    mounts: wire.mounts.map(({ path, volume, in_volume }) => ({
      path,
      volume: toHex(volume),
      within: toHex(in_volume),
    })),
    settings: Object.fromEntries(wire.settings.map(({ name, value }) => [name, value])),
    exports: wire.exports,
  };
}

function nodeStatus({ node, is_up, age_ms, report }: WireNode, nowMs: number): CellNodeStatus {
  const { name, domain, mesh, service, standing } = node;
  return {
    name,
    standing: standing === cell_standing.CELL_DRAINING ? "draining" : "active",
    domain,
    host: service.host,
    port: service.port,
    meshHost: mesh.host,
    meshPort: mesh.port,
    isUp: is_up,
    isLeaving: report?.is_leaving ?? false,
    ...(report !== null && {
      told: {
        version: report.release,
        pid: report.pid,
        upMs: Number(report.now_ms) - Number(report.started_ms) + Number(age_ms),
        ageMs: Number(age_ms),
        clockMs: Number(report.now_ms) + Number(age_ms) - nowMs,
        totalBytes: Number(report.total_bytes),
        freeBytes: Number(report.free_bytes),
        connections: report.connections,
        calls: Number(report.calls),
        revision: Number(report.revision),
        problems: report.problems.map(({ code, message }) => ({ code, message })),
      },
    }),
  };
}

function volumeStatus(volume: WireVolume, nodes: readonly WireNode[]): VolumeStatus {
  const found = nodesOf(volume).map((name) => ({ name, ...replicaIn(nodes, name, volume.id) }));
  const ends = found.flatMap(({ replica }) =>
    replica === undefined ? [] : [Number(replica.committed), Number(replica.applied)],
  );
  const end = Math.max(0, ...ends);
  const leader = found.find(({ isUp, replica }) => isUp && replica?.role === report_role.REPORT_LEADER)?.name;
  return {
    id: toHex(volume.id),
    name: volume.name,
    copies: volume.copies,
    quotaBytes: Number(volume.quota_bytes),
    ...(leader !== undefined && { leader }),
    replicas: found.map(({ name, isUp, replica }) => ({
      node: name,
      role: replica === undefined ? "unknown" : ROLES[replica.role],
      isUp,
      lag: replica === undefined ? 0 : end - Number(replica.applied),
      queuedBytes: Number(replica?.queued_bytes ?? 0n),
      usedBytes: Number(replica?.used_bytes ?? 0n),
      ...scrubOf(replica),
      ...(replica !== undefined && replica.problem !== "" && { problem: replica.problem }),
    })),
    ...(volume.wanted.length > 0 && { movingTo: volume.wanted }),
  };
}

const SCRUBS: Readonly<Record<report_scrub, ScrubTold["state"] | undefined>> = {
  [report_scrub.REPORT_NOT_SCRUBBED]: undefined,
  [report_scrub.REPORT_SCRUBBING]: "reading",
  [report_scrub.REPORT_SCRUBBED]: "read",
  [report_scrub.REPORT_SCRUB_EQUAL]: "equal",
  [report_scrub.REPORT_SCRUB_DAMAGED]: "unsound",
};

function scrubOf(replica: WireReplica | undefined): { readonly scrub?: ScrubTold } {
  const state = replica && SCRUBS[replica.scrub];
  if (replica === undefined || state === undefined) return {};
  const { scrub_index, scrub_records, scrub_damaged } = replica;
  return {
    scrub: {
      state,
      index: Number(scrub_index),
      records: Number(scrub_records),
      damaged: Number(scrub_damaged),
    },
  };
}

function replicaIn(
  nodes: readonly WireNode[],
  name: string,
  volume: Uint8Array,
): { readonly isUp: boolean; readonly replica: WireReplica | undefined } {
  const id = toHex(volume);
  const node = nodes.find((each) => each.node.name === name);
  const replica = node?.report?.replicas.find((each) => toHex(each.volume) === id);
  return { isUp: node?.is_up ?? false, replica };
}

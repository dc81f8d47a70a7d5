/** Opens a replica of a volume: its stores, its ports of the mesh, its log. */
import type { Mesh, MeshPort } from "../../channel/index.ts";
import {
  type Limits,
  openLog,
  type ReplicatedLog,
  type SnapshotLimits,
  type Timing,
} from "../../paxos/index.ts";
import type { Store, World } from "../../world/index.ts";
import { hex } from "../volume/names.ts";
import type { EntryReplies } from "./entries.ts";
import { Exchange } from "./exchange.ts";
import { VolumeMachine } from "./machine.ts";
import { Replica } from "./replica.ts";
import { defaultReplicaLimits, type ReplicaLimits } from "./replica-limits.ts";
import { StateStores } from "./state-stores.ts";
import type { Answer, VolumeCall } from "./volume-call.ts";

/** What a replica of a volume needs. */
export interface OpenReplicaOptions {
  /** The volume: 16 bytes, drawn by whoever makes it. */
  readonly id: Uint8Array;
  /** The mesh that all replicas are in; this node's name in it is the replica's. */
  readonly mesh: Mesh;
  /** Names of the first replicas, the same at each; without, a replica with new stores waits to be made a member. */
  readonly founders?: readonly string[];
  /** As a log's. Default false. */
  readonly isLeased?: boolean;
  /** How long a call waits for a quorum. Default 5,000. */
  readonly timeoutMs?: number;
  /** Of its log. Default: a log's, with `electionMs` of 700. */
  readonly timing?: Partial<Timing>;
  readonly logLimits?: Partial<Limits & SnapshotLimits>;
  readonly limits?: Partial<ReplicaLimits>;
  /** Where a call goes that was under way here when the replica ended. Without, who asked is told that there is none here. */
  readonly elsewhere?: (call: VolumeCall) => Promise<Answer>;
  /** Puts something around the volume's log that looks on. */
  readonly watch?: (log: ReplicatedLog<EntryReplies>) => ReplicatedLog<EntryReplies>;
  /** Told of each call that goes into the log from here, in the turn in which it came: what becomes of it. Several may share an entry. */
  readonly onAppend?: (outcome: Promise<unknown>) => void;
  /** Told of each entry of the log before it is applied here. */
  readonly onEntry?: (index: number, entry: Uint8Array) => void;
}

const ID_BYTES = 16;
const DEFAULT_TIMEOUT_MS = 5000;
/**
 * Clients wait for an election: with those drawn at random, at most 1.4 s from a leader's last word. A node that stands still for longer than this
 * loses its lead, which costs a moment and nothing else.
 */
const ELECTION_MS = 700;
/** The largest WRITE, and what goes with it. */
const MAX_ENTRY_BYTES = 2 * 1024 * 1024;

/**
 * Resolves when the replica is as its stores have it. It serves when the log has a quorum and the volume is made.
 * Rejects with LOG_…, REPLICA_…, VOLUME_…, STORE_….
 * @throws RangeError for options that cannot be.
 */
export async function openReplica(world: World, options: OpenReplicaOptions): Promise<Replica> {
  const { id, mesh, founders, isLeased = false, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const { elsewhere = async () => "elsewhere", onAppend = () => {} } = options;
  if (id.length !== ID_BYTES) throw new RangeError(`a volume's id has ${ID_BYTES} bytes, not ${id.length}`);
  const limits = { ...defaultReplicaLimits, ...options.limits };
  const name = `volume-${hex(id)}`;
  let port: MeshPort | undefined;
  let home: Store | undefined;
  let machine: VolumeMachine | undefined;
  let log: ReplicatedLog<EntryReplies> | undefined;
  try {
    home = await world.storage.open(`log-${hex(id)}`, { isLog: true });
    machine = await VolumeMachine.open(world, await StateStores.open(world, name, home));
    // Its handlers are the log's, from the start.
    port = mesh.open(name);
    if (options.onEntry !== undefined) machine.onEntry = options.onEntry;
    log = await openLog(world, {
      name,
      store: home,
      port,
      machine,
      isLeased,
      timeoutMs,
      limits: { maxEntryBytes: MAX_ENTRY_BYTES, ...options.logLimits },
      ...(founders === undefined ? {} : { founders }),
      timing: { electionMs: ELECTION_MS, ...options.timing },
    });
    log = options.watch?.(log) ?? log;
    const peers = mesh.open(`${name}-peers`);
    const exchange = new Exchange({ port: peers, timers: world.timers, log: world.log });
    return new Replica(world, {
      id,
      self: mesh.self.name,
      log,
      machine,
      home,
      exchange,
      limits,
      timeoutMs,
      elsewhere,
      onAppend,
    });
  } catch (error) {
    await log?.close();
    await machine?.close().catch(() => {});
    await home?.close().catch(() => {});
    port?.close();
    throw error;
  }
}

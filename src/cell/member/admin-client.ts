/** Asks a node in a cell what it knows, and asks it to do things. */

import { decodeLayerList, encodeLayerWish, type ReplicaLayers } from "../../files/index.ts";
import { RpcClient } from "../../rpc/index.ts";
import {
  type Address,
  CoterieError,
  type Credentials,
  fromHex,
  hex,
  SERIAL_BYTES,
  type World,
} from "../../world/index.ts";
import type { RotationStage } from "../authority/index.ts";
import {
  type admin_answer,
  type admin_certificate,
  admin_rotation,
  COTERIE_CELL_V2_Client,
  layer_procedure,
} from "../gen/cell-admin.gen.ts";
import type { CellCommand } from "../state/cell-state.ts";
import { decodeNodeSteps, type NodeSteps } from "./call-steps.ts";
import { type CellStatus, decodeCellStatus } from "./cell-status.ts";
import { provingWorld } from "./operator-door.ts";

/** A command waits for the cell's log, which waits for a quorum; the node's own patience is shorter. */
export const COMMAND_TIMEOUT_MS = 15_000;

/** Where a node's administration is asked. */
export interface AdminAddress extends Address {
  /** Of an operator. */
  readonly credentials?: Credentials;
}

/** A volume that is to be made. */
export interface VolumeWish {
  readonly name: string;
  /** Replicas; absent: as many as usual. */
  readonly copies?: number;
  readonly quotaBytes?: number;
}

/** The cell's authority, and how far a change of its key is. */
export interface AuthorityStatus {
  /** SHA-256 of its certificate, in hexadecimal; empty where links are not proven. */
  readonly fingerprint: string;
  /** Undefined: none is under way. What all nodes are to do before it goes on. */
  readonly change: RotationStage | undefined;
  /** Nodes that have not done it yet. */
  readonly waitsFor: readonly string[];
}

const CHANGES: Readonly<Record<admin_rotation, RotationStage | undefined>> = {
  [admin_rotation.ROTATION_NONE]: undefined,
  [admin_rotation.ROTATION_PREPARE]: "prepare",
  [admin_rotation.ROTATION_RENEW]: "renew",
};

/**
 * A client of the admin program of a cell's node: status and commands. Calls reject with CELL_… and RPC_…
 * codes.
 */
export class CellAdmin {
  readonly #world: World;
  readonly #client: RpcClient;
  readonly #cell: COTERIE_CELL_V2_Client;

  /**
   * At a node's own port, which answers callers on its machine; with an operator's credentials at its port for other nodes. Errors of its calls: RPC_UNREACHABLE
   * when nothing listens there or a proof failed (the cause says which: NET_…, TLS_…), RPC_… when it is no node in a cell.
   */
  constructor(world: World, { host, port, credentials }: AdminAddress, timeoutMs = COMMAND_TIMEOUT_MS) {
    this.#world = world;
    const asked = credentials === undefined ? world : provingWorld(world, credentials);
    this.#client = new RpcClient(asked, { host, port, timeoutMs, reconnect: false });
    this.#cell = new COTERIE_CELL_V2_Client(this.#client);
  }

  /** Whether a node in a cell answers at all, sooner than what it is asked may take. */
  async ping(timeoutMs: number): Promise<void> {
    await this.#cell.CELLPROC2_NULL({ timeoutMs });
  }

  async status(): Promise<CellStatus> {
    const wire = await this.#cell.CELLPROC2_STATUS();
    const { seconds, nanoseconds } = this.#world.clock.wall();
    return decodeCellStatus(wire, seconds * 1000 + nanoseconds / 1e6);
  }

  /** Carries a command out; gives the revision of the cell's state. Rejects with CELL_… of a refusal, LOG_… without a quorum. */
  async command(command: CellCommand): Promise<number> {
    return revisionIn(await this.#cell.CELLPROC2_COMMAND(command));
  }

  async makeVolume({ name, copies = 0, quotaBytes = 0 }: VolumeWish): Promise<number> {
    return revisionIn(
      await this.#cell.CELLPROC2_MAKE_VOLUME({ name, copies, quota_bytes: BigInt(quotaBytes) }),
    );
  }

  /**
   * Keeps a volume, or the clone `of`, as it is now, under a name. Rejects, as those that follow, with LAYERS_…, CELL_VOLUME_UNKNOWN, and
   * REPLICA_UNANSWERED.
   */
  takeSnapshot(volume: string, name: string, of?: string): Promise<void> {
    return this.#layer(volume, layer_procedure.LAYER_TAKE_SNAPSHOT, name, of);
  }

  dropSnapshot(volume: string, name: string): Promise<void> {
    return this.#layer(volume, layer_procedure.LAYER_DROP_SNAPSHOT, name);
  }

  /** Makes a volume that begins as a snapshot of another one, and lies with it. */
  makeClone(volume: string, name: string, snapshot: string): Promise<void> {
    return this.#layer(volume, layer_procedure.LAYER_MAKE_CLONE, name, snapshot);
  }

  dropClone(volume: string, name: string): Promise<void> {
    return this.#layer(volume, layer_procedure.LAYER_DROP_CLONE, name);
  }

  async #layer(volume: string, procedure: layer_procedure, name: string, of = ""): Promise<void> {
    const wish = encodeLayerWish(name, of);
    revisionIn(await this.#cell.CELLPROC2_LAYER({ volume, procedure, wish }));
  }

  /** The snapshots and clones of a volume. */
  async layers(volume: string): Promise<ReplicaLayers> {
    const answer = await this.#cell.CELLPROC2_LAYERS(volume);
    if (answer.is_done) return decodeLayerList(answer.layers);
    throw new CoterieError(answer.failure.code, answer.failure.message);
  }

  /** Lets a volume be seen in an empty directory of the tree. Rejects with CELL_MOUNT_…, CELL_VOLUME_UNKNOWN, LOG_…. */
  async mount(volume: string, path: string): Promise<number> {
    return revisionIn(await this.#cell.CELLPROC2_MOUNT({ volume, path }));
  }

  /** The volume is not seen at the path any more; it stays as it is. Rejects with CELL_MOUNT_UNKNOWN, LOG_…. */
  async unmount(path: string): Promise<number> {
    return revisionIn(await this.#cell.CELLPROC2_UNMOUNT({ volume: "", path }));
  }

  /** The node refuses links with these, and with no others. */
  async cut(names: readonly string[]): Promise<void> {
    await this.#cell.CELLPROC2_CUT([...names]);
  }

  /** The authority of the cell, and how a change over to another stands. */
  async authority(): Promise<AuthorityStatus> {
    const { print, rotation, waits_for } = await this.#cell.CELLPROC2_AUTHORITY();
    return { fingerprint: hex(print), change: CHANGES[rotation], waitsFor: waits_for };
  }

  /** Begins a change over to another authority, which goes on by itself. Rejects with AUTHORITY_…, CELL_SETTING_CHANGED, LOG_…. */
  async rotate(): Promise<number> {
    return revisionIn(await this.#cell.CELLPROC2_ROTATE());
  }

  /**
   * An operator's certificate is not believed any more. `serial`: 32 hexadecimal digits. Rejects with AUTHORITY_SERIAL where the cell can tell that it has
   * given none of this serial number, AUTHORITY_LIMIT, CELL_SETTING_CHANGED, LOG_….
   */
  async revoke(serial: string, endsMs: number): Promise<number> {
    return revisionIn(await this.#cell.CELLPROC2_REVOKE(certificateOf(serial, endsMs)));
  }

  /** `revoke` of any certificate, known or not, a node's too. */
  async revokeAny(serial: string, endsMs: number): Promise<number> {
    return revisionIn(await this.#cell.CELLPROC2_REVOKE_ANY(certificateOf(serial, endsMs)));
  }

  /** What the node and those that it reaches remember of calls of this caller (AUTH_SYS's name of a machine), this node first. */
  async steps(caller: string): Promise<NodeSteps[]> {
    return (await this.#cell.CELLPROC2_STEPS({ caller, requests: [] })).map(decodeNodeSteps);
  }

  /** All replicas of a volume read and compare what they hold; gives the entry as of which. CELL_NO_REPLICA: another node is to be asked. */
  async scrub(volume: string): Promise<number> {
    return revisionIn(await this.#cell.CELLPROC2_SCRUB(volume));
  }

  /** The node ends in order. */
  async leave(): Promise<void> {
    await this.#cell.CELLPROC2_LEAVE();
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

function certificateOf(serial: string, endsMs: number): admin_certificate {
  const bytes = fromHex(serial);
  if (bytes?.length !== SERIAL_BYTES) throw new RangeError(`serial: expected ${2 * SERIAL_BYTES} digits`);
  return { serial: bytes, ends_ms: BigInt(endsMs) };
}

function revisionIn(answer: admin_answer): number {
  if (answer.is_done) return Number(answer.revision);
  throw new CoterieError(answer.failure.code, answer.failure.message);
}

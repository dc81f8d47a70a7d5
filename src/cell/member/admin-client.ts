/** Asks a node in a cell what it knows, and asks it to do things. */
import { RpcClient } from "../../rpc/index.ts";
import { type Address, CoterieError, type World } from "../../world/index.ts";
import { type admin_answer, COTERIE_CELL_V2_Client } from "../gen/cell-admin.gen.ts";
import type { CellCommand } from "../state/cell-state.ts";
import { decodeNodeSteps, type NodeSteps } from "./call-steps.ts";
import { type CellStatus, decodeCellStatus } from "./cell-status.ts";

/** A command waits for the cell's log, which waits for a quorum; the node's own patience is shorter. */
export const COMMAND_TIMEOUT_MS = 15_000;

export interface VolumeWish {
  readonly name: string;
  /** Replicas; absent: as many as usual. */
  readonly copies?: number;
  readonly quotaBytes?: number;
}

export class CellAdmin {
  readonly #world: World;
  readonly #client: RpcClient;
  readonly #cell: COTERIE_CELL_V2_Client;

  /** Errors of its calls: NET_REFUSED and the like when nothing listens there, RPC_… when it is no node in a cell. */
  constructor(world: World, { host, port }: Address, timeoutMs = COMMAND_TIMEOUT_MS) {
    this.#world = world;
    this.#client = new RpcClient(world, { host, port, timeoutMs, reconnect: false });
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

  /** The node refuses links with these, and with no others. */
  async cut(names: readonly string[]): Promise<void> {
    await this.#cell.CELLPROC2_CUT([...names]);
  }

  /** What the node and those that it reaches remember of calls of this caller (AUTH_SYS's name of a machine), this node first. */
  async steps(caller: string): Promise<NodeSteps[]> {
    return (await this.#cell.CELLPROC2_STEPS({ caller, requests: [] })).map(decodeNodeSteps);
  }

  /** The node ends in order. */
  async leave(): Promise<void> {
    await this.#cell.CELLPROC2_LEAVE();
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

function revisionIn(answer: admin_answer): number {
  if (answer.is_done) return Number(answer.revision);
  throw new CoterieError(answer.failure.code, answer.failure.message);
}

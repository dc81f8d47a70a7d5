/**
 * The cell's own log at one node: its state, and one way to change it. Every node is a voter of it, so that each knows all of the cell
 * without asking.
 */
import type { MeshPort } from "../../channel/index.ts";
import { type LogStatus, openLog, type ReplicatedLog, type Timing } from "../../paxos/index.ts";
import { CoterieError, isCoterieError, type Store, type World } from "../../world/index.ts";
import { type CellCommand, type CellReply, CellState, encodeCellCommand } from "../state/cell-state.ts";
import { Refused } from "../state/errors.ts";
import { LEVELS, type Levels, levelOf, requireCommand } from "../state/level.ts";

/** The name of its store, of its port in the mesh, and of the log. */
export const CELL_LOG = "cell";

export interface CellLogOptions {
  readonly store: Store;
  readonly port: MeshPort;
  /** Names of the first nodes; absent at a node that joins. */
  readonly founders?: readonly string[];
  /** For how long a command waits for a quorum. Default: the log's. */
  readonly timeoutMs?: number;
  readonly timing?: Partial<Timing>;
  /** What this version knows. */
  readonly levels?: Levels;
  /** Puts something around the log that looks on. */
  readonly watch?: (log: ReplicatedLog<CellReply>) => ReplicatedLog<CellReply>;
}

export class CellLog {
  readonly state: CellState;
  readonly #log: ReplicatedLog<CellReply>;
  readonly #levels: Levels;

  private constructor(state: CellState, log: ReplicatedLog<CellReply>, levels: Levels) {
    this.state = state;
    this.#log = log;
    this.#levels = levels;
  }

  /** Resolves when the state is as this node's store has it. Rejects as `openLog` does, and with CELL_TOO_OLD, CELL_TOO_NEW, CELL_COMMAND. */
  static async open(world: World, options: CellLogOptions): Promise<CellLog> {
    const { store, port, founders, timeoutMs, timing, levels = LEVELS } = options;
    const state = new CellState(levels);
    const log = await openLog<CellReply>(world, {
      name: CELL_LOG,
      store,
      port,
      machine: state,
      ...(founders !== undefined && { founders }),
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(timing !== undefined && { timing }),
    }).catch((error: unknown) => {
      throw isCoterieError(error) ? causeOf(error) : error;
    });
    return new CellLog(state, options.watch?.(log) ?? log, levels);
  }

  /**
   * Carries a command out at all nodes; gives its revision. Rejects with the CELL_… code of a refusal, which changed nothing (CELL_LEVEL: not before
   * all nodes know it), and with
   * LOG_NO_QUORUM and the like, as `ReplicatedLog.append` does.
   */
  async propose(command: CellCommand): Promise<bigint> {
    requireCommand(command.deed, levelOf(this.state), this.#levels);
    const { reply } = await this.#log.append(encodeCellCommand(command));
    if (reply instanceof Refused) throw reply.toError();
    return reply;
  }

  /** What `look` sees in a state that has all that was acknowledged to anybody before. */
  read<Seen>(look: (state: CellState) => Seen): Promise<Seen> {
    return this.#log.read(() => look(this.state));
  }

  /** Makes these nodes the voters. */
  reconfigure(names: readonly string[]): Promise<void> {
    return this.#log.reconfigure(names);
  }

  status(): LogStatus {
    return this.#log.status();
  }

  get isLeader(): boolean {
    const { role, isServing } = this.#log.status();
    return role === "leader" && isServing;
  }

  set onStatus(handler: (status: LogStatus) => void) {
    this.#log.onStatus = handler;
  }

  /** What ended it, or undefined after `close`. */
  get closed(): Promise<CoterieError | undefined> {
    return this.#log.closed.then((error) => error && causeOf(error));
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

/** What the state machine said, where that is what ended the log. */
function causeOf(error: CoterieError): CoterieError {
  const { code, cause } = error;
  return code === "LOG_MACHINE_FAILED" && cause instanceof CoterieError ? cause : error;
}

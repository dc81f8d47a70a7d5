/**
 * A node of a cell: one process. It puts the layers together — links to the other nodes, membership, replicas, the NFS services of all volumes, the
 * administration — and takes them apart in the opposite order, so that what was acknowledged is durable and what is under way is answered.
 */
import { type Address, CoterieError, type World } from "../world/index.ts";
import { CellAssembly, type CellNodeOptions, type CellParts } from "./cell-assembly.ts";
import { type Closer, closeAll } from "./closers.ts";
import type { Identity } from "./member/identity.ts";
import type { Member } from "./member/member.ts";
import type { NodeTelemetry } from "./observe/node-telemetry.ts";
import type { PortmapRegistration } from "./portmap.ts";
import { hex } from "./state/records.ts";

export type { CellNodeOptions } from "./cell-assembly.ts";

/**
 * One node of a cell, as it runs: services, links, the cell's log, and replicas of volumes. `start` it, and
 * `stop` it when `leaving` resolves.
 */
export class CellNode {
  readonly address: Address;
  /** Resolves when somebody asked the node to end, or it cannot go on: then `stop` it. */
  readonly leaving: Promise<CoterieError | undefined>;
  readonly #world: World;
  readonly #parts: CellParts;
  readonly #closers: Closer[];
  #stopped: Promise<void> | undefined;

  private constructor(
    world: World,
    parts: CellParts,
    closers: Closer[],
    leaving: Promise<CoterieError | undefined>,
  ) {
    this.#world = world;
    this.#parts = parts;
    this.#closers = closers;
    this.address = parts.address;
    this.leaving = leaving;
  }

  /**
   * Joins the others and serves. Clients are answered as soon as the cell has a quorum. When it fails nothing is left open.
   * @throws CoterieError with a `CELL_…`, `LOG_…`, `MESH_…`, `STORE_…`, `NET_…` or `LOCAL_…` code.
   */
  static async start(world: World, options: CellNodeOptions): Promise<CellNode> {
    const closers: Closer[] = [];
    let leave: (why: CoterieError | undefined) => void = () => {};
    const leaving = new Promise<CoterieError | undefined>((resolve) => {
      leave = resolve;
    });
    try {
      const parts = await new CellAssembly(world, options, closers, () => leave(undefined)).build();
      void parts.member.log.closed.then((error) => leave(error));
      void parts.member.dismissed.then(() => leave(dismissal(options.identity)));
      const { name } = options.identity.self;
      world.log.info("node started", {
        name,
        ...parts.address,
        pid: options.pid,
        cellId: hex(options.identity.cell),
      });
      return new CellNode(world, parts, closers, leaving);
    } catch (error) {
      await closeAll(closers, world);
      throw error;
    }
  }

  get member(): Member {
    return this.#parts.member;
  }

  get telemetry(): NodeTelemetry {
    return this.#parts.telemetry;
  }

  /** Where the page of metrics is. */
  get metrics(): Address | undefined {
    return this.#parts.metrics;
  }

  /** Serves clients at one more address of this machine, at the same port. Errors: NET_…. */
  async serveAt(host: string): Promise<void> {
    await this.#parts.server.listen({ host, port: this.address.port });
  }

  get portmap(): PortmapRegistration {
    return this.#parts.portmap;
  }

  /** Answers what is under way, hands on what it leads, makes everything durable, closes. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#world.log.info("node stopping");
    const failure = await closeAll(this.#closers, this.#world);
    this.#world.log.info("node stopped");
    if (failure !== undefined) throw failure;
  }
}

function dismissal({ self, cellName }: Identity): CoterieError {
  return new CoterieError("CELL_DISMISSED", `${self.name} was taken out of the cell ${cellName}`, {
    details: { node: self.name },
  });
}

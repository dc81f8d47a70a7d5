/**
 * A node: one process's part of a cell. It puts the layers together — the volume in the directory's store, the NFS
 * services over it, the RPC server in front, rpcbind beside — and takes them apart in the opposite order, so that
 * what was acknowledged is durable and what is under way is answered before the store closes.
 */
import type { Volume } from "../files/index.ts";
import type { RpcServer } from "../rpc/index.ts";
import type { Address, World } from "../world/index.ts";
import { assemble, type NodeOptions, type Parts } from "./assemble.ts";
import { type Closer, closeAll } from "./closers.ts";
import { formatExportRule } from "./export-text.ts";
import type { PortmapRegistration } from "./portmap.ts";
import { type NodeProblem, type NodeState, type NodeStatus, toHex } from "./status.ts";

/** Free space of the disk, as a share and in bytes, under both of which the node calls it nearly full. */
export const LOW_SPACE_SHARE = 0.02;
export const LOW_SPACE_BYTES = 1024 ** 3;

/**
 * A node by itself, as it runs: one volume, its NFS and MOUNT services, and the admin program. `start` it,
 * and `stop` it.
 */
export class Node {
  readonly address: Address;
  readonly volumeId: string;
  readonly portmap: PortmapRegistration;
  readonly #world: World;
  readonly #options: NodeOptions;
  readonly #volume: Volume;
  readonly #server: RpcServer;
  readonly #closers: Closer[];
  readonly #startedSeconds: number;
  readonly #startedMs: number;
  readonly #firstVerifier: string;
  #state: NodeState = "serving";
  #stopped: Promise<void> | undefined;

  private constructor(world: World, options: NodeOptions, parts: Parts) {
    this.#world = world;
    this.#options = options;
    this.#volume = parts.volume;
    this.#server = parts.server;
    this.#closers = parts.closers;
    this.address = parts.address;
    this.portmap = parts.portmap;
    this.volumeId = toHex(parts.volume.id);
    this.#startedSeconds = world.clock.wall().seconds;
    this.#startedMs = world.clock.monotonicMs();
    this.#firstVerifier = toHex(parts.volume.verifier);
  }

  /**
   * Opens the directory and serves it. When it fails nothing is left open, and a directory that is not this
   * version's to touch is untouched. `world.storage` keeps its stores in the directory of `options.files`.
   * @throws CoterieError with a `CELL_…`, `STORE_…`, `VOLUME_…`, `NET_…` or `LOCAL_…` code.
   */
  static async start(world: World, options: NodeOptions): Promise<Node> {
    const closers: Closer[] = [];
    try {
      let node: Node | undefined;
      const parts = await assemble(world, options, closers, () => node?.status());
      node = new Node(world, options, parts);
      world.log.info("node started", { ...parts.address, pid: options.pid, volume: node.volumeId });
      return node;
    } catch (error) {
      await closeAll(closers, world);
      throw error;
    }
  }

  status(): NodeStatus {
    const { settings, files, version, pid } = this.#options;
    const stats = this.#server.stats();
    const { SUCCESS: _, ...refusals } = stats.replies;
    return {
      version,
      pid,
      state: this.#state,
      startedSeconds: this.#startedSeconds,
      uptimeMs: Math.round(this.#world.clock.monotonicMs() - this.#startedMs),
      host: this.address.host,
      port: this.address.port,
      directory: files.path,
      volume: this.volumeId,
      space: this.#volume.statistics(),
      exports: settings.exports.map(formatExportRule),
      portmap: this.portmap.state,
      counters: {
        connections: stats.connections,
        callsInFlight: stats.callsInFlight,
        calls: stats.calls,
        refused: Object.values(refusals).reduce((sum, count) => sum + count, 0),
        replayed: stats.duplicatesReplayed,
      },
      problems: this.#problems(),
    };
  }

  /** Answers what is under way, makes everything durable, closes. Resolves when all of it is done. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#state = "stopping";
    this.#world.log.info("node stopping");
    const failure = await closeAll(this.#closers, this.#world);
    this.#world.log.info("node stopped");
    if (failure !== undefined) throw failure;
  }

  #problems(): NodeProblem[] {
    const problems: NodeProblem[] = [];
    const { totalBytes, freeBytes } = this.#volume.statistics();
    if (freeBytes < LOW_SPACE_BYTES && freeBytes < totalBytes * LOW_SPACE_SHARE) {
      const mib = Math.floor(freeBytes / 1024 ** 2);
      problems.push({
        code: "CELL_SPACE_LOW",
        message: `${mib} MiB are free under ${this.#options.files.path}`,
      });
    }
    if (toHex(this.#volume.verifier) !== this.#firstVerifier) {
      problems.push({
        code: "CELL_FLUSH_FAILED",
        message: "the disk refused a write since the node started",
      });
    }
    if (this.portmap.failure !== undefined) {
      problems.push({ code: "CELL_PORTMAP", message: this.portmap.failure });
    }
    return problems;
  }
}

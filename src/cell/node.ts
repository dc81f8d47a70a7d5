/**
 * A node: one process's part of a cell. It puts the layers together — the volume in the directory's store, the NFS
 * services over it, the RPC server in front, rpcbind beside — and takes them apart in the opposite order, so that
 * what was acknowledged is durable and what is under way is answered before the store closes.
 */
import { createNfsServices, openVolume, type Volume } from "../files/index.ts";
import { RpcServer } from "../rpc/index.ts";
import { type Address, CoterieError, isCoterieError, type World } from "../world/index.ts";
import { createAdminService } from "./admin-service.ts";
import {
  DIRECTORY_FORMAT,
  type DirectoryFiles,
  type DirectoryFormat,
  RUNNING_FILE,
  readFormat,
  readRunning,
  VOLUME_NAME,
  writeFormat,
  writeRunning,
} from "./directory.ts";
import { formatExportRule } from "./export-text.ts";
import { PortmapRegistration } from "./portmap.ts";
import type { NodeSettings } from "./settings.ts";
import { type NodeProblem, type NodeState, type NodeStatus, toHex } from "./status.ts";
import { isoTime } from "./time-text.ts";

export interface NodeOptions {
  readonly settings: NodeSettings;
  readonly files: DirectoryFiles;
  /** Coterie's version, and the process's id: they appear in `running.json` and in the status. */
  readonly version: string;
  readonly pid: number;
}

/** Free space of the disk, as a share and in bytes, under both of which the node calls it nearly full. */
export const LOW_SPACE_SHARE = 0.02;
export const LOW_SPACE_BYTES = 1024 ** 3;

type Closer = () => void | Promise<void>;

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

interface Parts {
  readonly volume: Volume;
  readonly server: RpcServer;
  readonly address: Address;
  readonly portmap: PortmapRegistration;
  readonly closers: Closer[];
}

/** Builds the parts, and puts what undoes each into `closers` as soon as it is there. */
async function assemble(
  world: World,
  options: NodeOptions,
  closers: Closer[],
  status: () => NodeStatus | undefined,
): Promise<Parts> {
  const { settings, files } = options;
  const format = await readFormat(files);
  const host = await resolveHost(world, settings.host);
  const volume = await openOwnVolume(world, files);
  closers.push(() => volume.close());
  await agreeOnFormat(world, options, volume, format);

  const server = new RpcServer(world);
  closers.push(() => server.close());
  const services = createNfsServices(world, volume, { exports: [...settings.exports] });
  for (const service of [...services, createAdminService(status)]) server.add(service);
  const address = await server.listen({ host, port: settings.port });

  await leaveNote(world, options, address);
  closers.push(() => files.remove(RUNNING_FILE));
  const contracts = services.map((service) => service.contract);
  const portmap = await PortmapRegistration.make(world, { portmap: settings.portmap, contracts, address });
  closers.push(() => portmap.close());
  return { volume, server, address, portmap, closers };
}

/** Only a hint to other commands: a disk without room for it must not keep a node from being emptied. */
async function leaveNote(world: World, { files, pid }: NodeOptions, { host, port }: Address): Promise<void> {
  try {
    await writeRunning(files, { pid, host, port });
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    world.log.warn("running.json not written", { code: error.code, message: error.message });
  }
}

async function resolveHost(world: World, host: string): Promise<string> {
  const [first] = await world.net.resolve(host);
  if (first === undefined) throw new CoterieError("NET_NAME_UNKNOWN", `${host} has no address`);
  return first;
}

/** Another node's lock on the store means that it runs; who it is, `running.json` says. */
async function openOwnVolume(world: World, files: DirectoryFiles): Promise<Volume> {
  try {
    return await openVolume(world, VOLUME_NAME);
  } catch (error) {
    if (!isCoterieError(error, "STORE_LOCKED")) throw error;
    const running = await readRunning(files);
    const who =
      running === undefined ? "" : ` (process ${running.pid}, on ${running.host} port ${running.port})`;
    throw new CoterieError("CELL_RUNNING", `a node runs on ${files.path} already${who}`, {
      cause: error,
      details: { directory: files.path, ...running },
    });
  }
}

async function agreeOnFormat(
  world: World,
  options: NodeOptions,
  volume: Volume,
  format: DirectoryFormat | undefined,
): Promise<void> {
  const id = toHex(volume.id);
  if (format === undefined) {
    const created = isoTime(world.clock.wall());
    await writeFormat(options.files, {
      format: DIRECTORY_FORMAT,
      volume: id,
      created,
      madeBy: options.version,
    });
  } else if (format.volume !== id) {
    const { path } = options.files;
    throw new CoterieError(
      "CELL_VOLUME_MISMATCH",
      `${path} holds volume ${id}, and should hold ${format.volume}`,
      {
        details: { directory: path, found: id, expected: format.volume },
      },
    );
  }
}

/** Runs every closer, last first, whatever the others do; gives the first failure back. */
async function closeAll(closers: Closer[], world: World): Promise<unknown> {
  let failure: unknown;
  for (const close of closers.splice(0).reverse()) {
    try {
      await close();
    } catch (error) {
      world.log.error("closing failed", { error: String(error) });
      failure ??= error;
    }
  }
  return failure;
}

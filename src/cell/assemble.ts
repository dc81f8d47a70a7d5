/**
 * How a node's parts come to be, one on the other: directory, volume, server, note, rpcbind. Each leaves behind what
 * undoes it as soon as it is there, so that a start that fails half-way leaves nothing open.
 */
import { createNfsServices, openVolume, type Volume } from "../files/index.ts";
import { RpcServer } from "../rpc/index.ts";
import { type Address, CoterieError, isCoterieError, type World } from "../world/index.ts";
import { createAdminService } from "./admin-service.ts";
import type { Closer } from "./closers.ts";
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
import { PortmapRegistration } from "./portmap.ts";
import type { NodeSettings } from "./settings.ts";
import { type NodeStatus, toHex } from "./status.ts";
import { isoTime } from "./time-text.ts";

/** What a node by itself needs. */
export interface NodeOptions {
  readonly settings: NodeSettings;
  readonly files: DirectoryFiles;
  /** Coterie's version, and the process's id: they appear in `running.json` and in the status. */
  readonly version: string;
  readonly pid: number;
}

/** What a running node is made of. */
export interface Parts {
  readonly volume: Volume;
  readonly server: RpcServer;
  readonly address: Address;
  readonly portmap: PortmapRegistration;
  readonly closers: Closer[];
}

/** Builds the parts, and puts what undoes each into `closers` as soon as it is there. */
export async function assemble(
  world: World,
  options: NodeOptions,
  closers: Closer[],
  status: () => NodeStatus | undefined,
): Promise<Parts> {
  const { settings, files } = options;
  const format = await readFormat(files);
  const host = await resolveHost(world, settings.host);
  const volume = await openOwnVolume(world, files, format);
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
async function openOwnVolume(
  world: World,
  files: DirectoryFiles,
  format: DirectoryFormat | undefined,
): Promise<Volume> {
  try {
    // A directory that has its format has had its volume: an empty one in its place would hide the loss.
    return await openVolume(world, VOLUME_NAME, { mustExist: format !== undefined });
  } catch (error) {
    if (isCoterieError(error, "VOLUME_MISSING")) throw mismatch(files.path, "no volume", format, undefined);
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
    throw mismatch(options.files.path, `volume ${id}`, format, id);
  }
}

function mismatch(
  directory: string,
  what: string,
  format: DirectoryFormat | undefined,
  found: string | undefined,
): CoterieError {
  const expected = format?.volume;
  return new CoterieError(
    "CELL_VOLUME_MISMATCH",
    `${directory} holds ${what}, and should hold volume ${expected}`,
    { details: { directory, ...(found !== undefined && { found }), expected } },
  );
}

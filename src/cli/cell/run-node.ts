/**
 * One node of a cell in this process, from its directory to its orderly end: what `coterie node` runs, by itself or for the `coterie up` that
 * started it.
 */
import {
  CellNode,
  type Identity,
  LOG_FOLDER,
  NodeSecurity,
  type NodeSettings,
  type Standing,
  StandingWatch,
  VipKeeper,
} from "../../cell/index.ts";
import { type FloatingPlace, floatingAddress, letGarbageLie } from "../../node/index.ts";
import type { Address, World } from "../../world/index.ts";
import type { CliContext, OwnedLog, OwnedWorld } from "../context.ts";
import { directoryFiles, makeNodeDirectory } from "../node-directory.ts";
import { isAnyHost } from "./names.ts";
import { nodeStores } from "./node-stores.ts";

/** What comes and goes with calls of a MiB before all garbage is collected: more gained nothing. */
export const NODE_GARBAGE_BYTES = 64 * 1024 * 1024;

export interface RunningNode {
  readonly node: CellNode;
  readonly identity: Identity;
  readonly world: OwnedWorld;
  readonly logFile: string;
  /** Ends it in order. */
  stop(): Promise<void>;
}

/** Errors: CELL_…, LOG_…, MESH_…, STORE_…, NET_…, LOCAL_…; nothing is left open then. */
export async function runNode(
  context: CliContext,
  directory: string,
  identity: Identity,
  settings: NodeSettings,
  onStanding: (standing: Standing) => void,
  vip?: FloatingPlace,
): Promise<RunningNode> {
  const { local, process, version } = context;
  const files = directoryFiles(local, directory);
  await makeNodeDirectory(local, `${directory}/${LOG_FOLDER}`);
  const logFile = `${directory}/${LOG_FOLDER}/node.log`;
  const world = await openWorld(context, directory, identity, logFile);
  const stores = nodeStores(local, directory);
  await stores.finish();
  const security = await NodeSecurity.open(world, files);
  const [host = settings.host] = await world.net.resolve(settings.host);
  const { port } = settings;
  // On all addresses it is still told by the one by which it is known.
  const service = { host: isAnyHost(host) ? identity.self.service.host : host, port };
  const at = { ...identity.self, service };
  const readings = context.process.readings();
  const node = await CellNode.start(world, {
    identity: { ...identity, self: at },
    listen: { host, port },
    files,
    version,
    pid: process.pid,
    carrier: security.carrier,
    security,
    exports: settings.exports,
    portmap: settings.portmap,
    ...(settings.metrics !== undefined && { metrics: await addressOf(world, settings.metrics) }),
    readings,
    stores,
  });
  security.attach(node.member);
  const watch = new StandingWatch(world, node.member, onStanding);
  const floating = vip && (await keepAddress(world, node, vip));
  const collectAsBefore = letGarbageLie({ growthBytes: NODE_GARBAGE_BYTES });
  const stop = async () => {
    watch.close();
    await floating?.close();
    security.close();
    readings.close();
    await node.stop();
    collectAsBefore();
  };
  return { node, identity, world, logFile, stop };
}

/** A node that cannot hold the address is none that was asked for. */
async function keepAddress(world: World, node: CellNode, place: FloatingPlace): Promise<VipKeeper> {
  try {
    return await VipKeeper.start(world, {
      member: node.member,
      door: floatingAddress(place),
      serve: (address) => node.serveAt(address),
    });
  } catch (error) {
    await node.stop();
    throw error;
  }
}

async function openWorld(
  context: CliContext,
  directory: string,
  identity: Identity,
  logFile: string,
): Promise<OwnedWorld> {
  const log = await context.fileLog(logFile, { cell: identity.cellName, node: identity.self.name });
  finerOnSignal(context, log);
  context.process.onCrash((error) => {
    log.error("node crashed", {
      error: String(error),
      stack: error instanceof Error ? error.stack : undefined,
    });
  });
  return context.world({ directory, log });
}

async function addressOf(world: World, { host, port }: Address): Promise<Address> {
  const [first = host] = await world.net.resolve(host);
  return { host: first, port };
}

/** SIGUSR2 makes the log finer, and the next one as it was: to see what a running node does without starting it anew. */
function finerOnSignal({ process }: CliContext, log: OwnedLog): void {
  if (process.platform === "win32") return;
  let isFine = false;
  process.onSignal(["SIGUSR2"], () => {
    isFine = !isFine;
    log.setLevel(isFine ? "debug" : "info");
    log.info("log level changed", { least: isFine ? "debug" : "info" });
  });
}

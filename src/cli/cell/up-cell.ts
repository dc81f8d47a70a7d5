/**
 * `coterie up` of a cell: makes it where there is none, keeps a process for each of its nodes, says how to use it, and tells in one line each what
 * becomes of them, until it is told to stop.
 */
import {
  formatExportRule,
  type Identity,
  type KnownNode,
  type NodeSettings,
  type SettingsSource,
} from "../../cell/index.ts";
import { defaultExports } from "../../files/index.ts";
import { type Address, CoterieError, type World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { claimDirectory, makeNodeDirectory } from "../node-directory.ts";
import { readSettings, type SettingsOptions } from "../node-settings.ts";
import { stopRequests } from "../stop-requests.ts";
import { type CellDirectory, isHeld, nodePath, readCell } from "./cell-directory.ts";
import { foundCell, requireVacant } from "./found-cell.ts";
import { growCell, pendingIn } from "./grow-cell.ts";
import { identityIn, keptSettings } from "./kept-settings.ts";
import { hostOf, nameFrom } from "./names.ts";
import { NodeTeller } from "./node-teller.ts";
import { findPlaces, requireFree } from "./places.ts";
import { Roster } from "./roster.ts";
import { GONE_FOR_GOOD, type NodeEvent, Supervisor } from "./supervisor.ts";

/** Nodes of a cell that nobody said how many it should have. */
export const DEFAULT_NODES = 3;
/** For so long after the start silence about a majority is nothing to speak of. */
const QUIET_MS = 10_000;

export interface UpCellOptions extends SettingsOptions {
  readonly dir?: string;
  readonly nodes?: number;
}

/** What is to be started: a cell, and the port of each of its nodes. */
export interface Plan {
  readonly cell: CellDirectory;
  readonly settings: NodeSettings;
  readonly ports: ReadonlyMap<string, number>;
  /** Nodes that are to be there; more than have a port: the others join. */
  readonly count: number;
  /** Those that are nodes of the cell already. */
  readonly members: readonly KnownNode[];
}

export async function upCell(context: CliContext, directory: string, options: UpCellOptions): Promise<void> {
  const stop = stopRequests(context.process);
  try {
    const world = await context.world();
    const { plan, release } = await prepare(context, world, directory, options);
    try {
      await keep(context, world, plan, options, stop.first);
    } finally {
      release();
    }
  } finally {
    stop.release();
  }
}

/** Makes the cell where there is none, and claims its directory until it is released. */
export async function prepare(
  context: CliContext,
  world: World,
  directory: string,
  options: UpCellOptions,
): Promise<{ readonly plan: Plan; readonly release: () => void }> {
  const { local } = context;
  if ((await readCell(local, directory)) === undefined) await requireVacant(local, directory);
  const release = await claimWhatIsThere(context, directory);
  try {
    const cell = await readCell(local, directory);
    if (cell !== undefined) {
      return { plan: await planOf(context, world, cell, options), release: release ?? (() => {}) };
    }
    return await found(context, world, directory, options, release);
  } catch (error) {
    release?.();
    throw error;
  }
}

async function claimWhatIsThere({ local }: CliContext, directory: string): Promise<(() => void) | undefined> {
  const isThere = (await local.stat(directory, { follow: true })) !== undefined;
  return isThere ? claimDirectory(local, directory) : undefined;
}

/** Everything that can be refused is, before the first file is written. */
async function found(
  context: CliContext,
  world: World,
  directory: string,
  options: UpCellOptions,
  claimed: (() => void) | undefined,
) {
  const { local, version } = context;
  const settings = await readSettings(context, options, directory);
  const host = await hostOf(world, settings);
  const places = await findPlaces(world, host, settings.port, options.nodes ?? DEFAULT_NODES);
  await makeNodeDirectory(local, directory);
  const release = claimed ?? (await claimDirectory(local, directory));
  await requireVacant(local, directory);
  const name = nameFrom(context.process.hostname);
  const cell = await foundCell(world, local, { path: directory, name, host, places, version });
  const ports = new Map(cell.nodes.map((node, at) => [node, places[at]?.service ?? 0]));
  const plan = { cell, settings: { ...settings, host }, ports, count: cell.nodes.length, members: [] };
  return { plan, release };
}

/** A cell that is there: its nodes are where they were, unless somebody asks for other ports. */
async function planOf(
  context: CliContext,
  world: World,
  cell: CellDirectory,
  options: UpCellOptions,
): Promise<Plan> {
  const { path, nodes } = cell;
  const { nodes: count = nodes.length } = options;
  if (count < nodes.length) throw tooFew(cell, count);
  const pending = await pendingIn(context.local, { cell });
  const identities = new Map<string, Identity>();
  for (const name of nodes.filter((each) => !pending.includes(each)))
    identities.set(name, await identityIn(context, nodePath(path, name)));
  const settings = await readSettings(context, options, path, keptIn(path, identities));
  const { host } = settings;
  const first = identities.get(nodes[0] ?? "")?.self.service.port;
  const isMoved = settings.port !== 0 && settings.port !== first;
  const ports = new Map(
    [...identities].map(([name, { self }], at) => [name, isMoved ? settings.port + at : self.service.port]),
  );
  const [ip = host] = await world.net.resolve(host);
  await requireFree(world, ip, [...ports.values()]);
  const members = [...identities.values()].map(({ self }) => self);
  return { cell, settings, ports, count, members };
}

function tooFew({ path, nodes }: CellDirectory, asked: number): CoterieError {
  const last = nodes.at(-1);
  const how = `\`coterie drain ${last}\` and then \`coterie remove ${last}\` take one out, while the cell runs`;
  return new CoterieError("CELL_NODE_COUNT", `${path} holds ${nodes.length} nodes, not ${asked}: ${how}`, {
    details: { directory: path, nodes: nodes.length, asked },
  });
}

function keptIn(path: string, identities: ReadonlyMap<string, Identity>): SettingsSource | undefined {
  const [first] = identities;
  return first && keptSettings(nodePath(path, first[0]), first[1]);
}

async function keep(
  context: CliContext,
  world: World,
  plan: Plan,
  { dir }: UpCellOptions,
  stopRequested: Promise<string>,
): Promise<void> {
  const { local, terminal, output } = context;
  const { members, count, settings } = plan;
  const roster = new Roster(local, plan.cell);
  const ports = new Map(plan.ports);
  // A reader that takes the first lines and goes does not end the cell.
  terminal.out.onGone = () => {};
  terminal.err.onGone = () => {};
  const teller = new NodeTeller(
    context,
    { ...plan.cell, nodes: [...ports.keys()] },
    settings.exports,
    dir === undefined,
  );
  const quiet = world.timers.after(QUIET_MS, () => teller.tellWait(), { keepAlive: true });
  const supervisor = new Supervisor({
    clock: world.clock,
    timers: world.timers,
    names: [...ports.keys()],
    start: (name) => context.process.startWorker(wordsFor({ cell: roster.cell, settings, ports }, name), []),
    isHeld: (name) => isHeld(local, plan.cell.path, name),
    onEvent: (name, event) => {
      teller.onEvent(name, event);
      if (isGone(event)) void roster.remove(name).catch((error: unknown) => teller.trouble(error));
    },
  });
  const ending = new AbortController();
  const grow = async () => {
    const before = ports.size;
    await growCell(context, world, {
      ...{ roster, members, count, signal: ending.signal },
      onJoining: (name) => teller.joining(name),
      onJoined(name, port) {
        ports.set(name, port);
        teller.joined(name);
        supervisor.add(name);
      },
      onFailure: (name, error, nextMs) => teller.notJoined(name, error, nextMs),
    });
    if (ports.size > before && !ending.signal.aborted) teller.grown(ports.size);
  };
  const growing = Promise.race([teller.ready, aborted(ending.signal)])
    .then(grow)
    .catch((error: unknown) => teller.trouble(error));
  const why = await Promise.race([stopRequested, teller.hopeless]);
  quiet.cancel();
  const began = world.clock.monotonicMs();
  if (typeof why === "string") output.note(`\n${why}: stopping; once more ends it at once`);
  teller.isLeaving = true;
  ending.abort();
  await growing;
  await supervisor.leave();
  if (typeof why !== "string") throw why;
  const tookMs = Math.round(world.clock.monotonicMs() - began);
  output.result({ event: "stopped", signal: why, tookMs }, () => `stopped in ${tookMs} ms`);
}

/** A node that its cell took out is no node of this directory any more; what it kept can be removed. */
function isGone(event: NodeEvent): boolean {
  return event.kind === "ended" && event.code !== undefined && GONE_FOR_GOOD.has(event.code);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** The settings are the cell's, and the port is the node's own; this machine's rpcbind can know one node only. */
function wordsFor(
  { cell, settings, ports }: Pick<Plan, "cell" | "settings" | "ports">,
  name: string,
): string[] {
  const { host, exports, portmap, metrics } = settings;
  // A node adds those for this machine itself, as the settings did.
  const rules = exports.slice(0, exports.length - defaultExports.length);
  const isFirst = name === cell.nodes[0];
  const embeds = isFirst && portmap === "embedded";
  return [
    ...["node", "--supervised", "--dir", nodePath(cell.path, name)],
    ...["--host", host, "--port", String(ports.get(name) ?? 0)],
    ...rules.flatMap((rule) => ["--export", formatExportRule(rule)]),
    ...(embeds ? ["--portmap"] : []),
    ...(isFirst && portmap !== "off" ? [] : ["--no-portmap"]),
    ...(metrics === undefined ? [] : metricsWords(metrics, cell.nodes.indexOf(name))),
  ];
}

/** Each node has a page of its own, in the order of the nodes. */
function metricsWords({ host, port }: Address, at: number): string[] {
  return ["--metrics-host", host, "--metrics-port", String(port === 0 ? 0 : port + at)];
}

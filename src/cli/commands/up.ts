/**
 * `coterie up`: brings up a cell of several nodes on this machine, in the foreground, until it is told to stop. With `--nodes 1`, and on the directory of
 * a node that is by itself, it serves that one node in its own process.
 */
import { type Command, InvalidArgumentError } from "commander";
import {
  CELL_MAX_NODES,
  IDENTITY_FILE,
  isLoopbackHost,
  LOG_FOLDER,
  Node,
  type NodeSettings,
  readFormat,
} from "../../cell/index.ts";
import { CoterieError } from "../../world/index.ts";
import { formatBanner, mountLines } from "../banner.ts";
import { readCell } from "../cell/cell-directory.ts";
import { isOfNodeByItself } from "../cell/kept-settings.ts";
import { DEFAULT_NODES, upCell } from "../cell/up-cell.ts";
import type { CliContext, OwnedWorld } from "../context.ts";
import { ExitStatus, UsageError } from "../errors.ts";
import { withExamples } from "../help.ts";
import { directoryFiles, makeNodeDirectory, nodeDirectory, requireNoOther } from "../node-directory.ts";
import { addSettingsOptions, readSettings, type SettingsOptions } from "../node-settings.ts";
import { stopRequests } from "../stop-requests.ts";

interface UpOptions extends SettingsOptions {
  readonly dir?: string;
  readonly nodes?: number;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("up")
    .description("Bring up a cell: a shared file system on several nodes of this machine")
    .option("--dir <directory>", "where the cell keeps everything (default: ~/.local/share/coterie)")
    .option(
      "--nodes <number>",
      `how many nodes the cell has: one that is there gets the ones that it lacks; 1: a node by itself (default: ${DEFAULT_NODES})`,
      parseNodes,
    );
  addSettingsOptions(
    command,
    "the port of the first node, the others take the next ones; 0 for any that are free (default: 2049)",
  ).action((options: UpOptions) => up(context, options));
  withExamples(command, [
    ["coterie up", "a cell of three nodes for this machine's own clients, in the default directory"],
    [
      "coterie up --nodes 5 --dir ./data --port 0",
      "five of them, in another directory, on any ports that are free",
    ],
    [
      "coterie up --host 192.168.1.5 --export 192.168.1.0/24=rw --export 10.0.0.7=ro",
      "serve a network too, one machine of another reading only",
    ],
    ["coterie up --nodes 5", "on a directory with a cell of three: two more join it"],
    ["coterie up --nodes 1", "one node, in one process"],
    ["coterie up --json", "a line of JSON for each thing that happens, for scripts"],
  ]);
}

function parseNodes(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= CELL_MAX_NODES) return count;
  throw new InvalidArgumentError(`Expected a number of nodes of 1 to ${CELL_MAX_NODES}.`);
}

async function up(context: CliContext, options: UpOptions): Promise<void> {
  const directory = nodeDirectory(context, options.dir);
  await requireNoOther(context.local, directory);
  const { nodes } = options;
  if (await isNodeByItself(context, directory)) {
    if (nodes !== undefined && nodes > 1) throw byItself(directory, nodes);
    return upAlone(context, directory, options);
  }
  const isCell = (await readCell(context.local, directory)) !== undefined;
  return nodes === 1 && !isCell ? upAlone(context, directory, options) : upCell(context, directory, options);
}

async function isNodeByItself({ local }: CliContext, directory: string): Promise<boolean> {
  const names = await directoryFiles(local, directory).names();
  if (names.includes(IDENTITY_FILE)) {
    throw new CoterieError("CELL_ALONE", `${directory} is of one node of a cell: \`coterie node\` runs it`, {
      details: { directory },
    });
  }
  return isOfNodeByItself(names);
}

function byItself(directory: string, nodes: number): CoterieError {
  const message = `${directory} is of a node by itself, which cannot become a cell of ${nodes}`;
  return new CoterieError("CELL_ALONE", message, { details: { directory, nodes } });
}

async function upAlone(context: CliContext, directory: string, options: UpOptions): Promise<void> {
  const files = directoryFiles(context.local, directory);
  const settings = await readSettings(context, options, directory);
  if (settings.metrics !== undefined)
    throw new UsageError("a node by itself serves no metrics: nodes of a cell do");
  // Before anything is written: a directory that is not this version's to touch stays as it is.
  await readFormat(files);
  const stop = stopRequests(context.process);
  try {
    await makeNodeDirectory(context.local, directory);
    await makeNodeDirectory(context.local, `${directory}/${LOG_FOLDER}`);
    const logFile = `${directory}/${LOG_FOLDER}/node.log`;
    const log = await context.fileLog(logFile);
    context.process.onCrash((error) => {
      log.error("node crashed", {
        error: String(error),
        stack: error instanceof Error ? error.stack : undefined,
      });
    });
    const world = await context.world({ directory, log });
    const { pid } = context.process;
    const node = await Node.start(world, { settings, files, version: context.version, pid });
    announce(context, node, settings, logFile, options);
    await runUntilStopped(context, node, world, stop.first);
  } finally {
    stop.release();
  }
}

function announce(
  context: CliContext,
  node: Node,
  settings: NodeSettings,
  logFile: string,
  options: UpOptions,
): void {
  const { terminal, output, version } = context;
  // A reader that takes the first lines and goes does not end the node.
  terminal.out.onGone = () => {};
  terminal.err.onGone = () => {};
  const status = node.status();
  const tookMs = Math.round(context.process.sinceStartMs());
  const { host, port, directory, volume, pid, portmap } = status;
  const mount = mountLines(host, port);
  const ready = {
    event: "ready",
    version,
    pid,
    host,
    port,
    directory,
    volume,
    portmap,
    tookMs,
    mount,
    logFile,
  };
  const rules = settings.exports.filter((rule) => !isLoopbackHost(rule.from.split("/")[0] ?? ""));
  // COTERIE_DIR, too, is where the other commands look by themselves.
  const isDefaultDirectory = options.dir === undefined;
  output.result(ready, (style) =>
    formatBanner(
      { version, commandName: context.commandName, tookMs, status, rules, logFile, isDefaultDirectory },
      style,
    ),
  );
  if (options.nodes === undefined) {
    output.note("  This directory is of a node by itself; for a cell, choose another with --dir.\n");
  }
}

async function runUntilStopped(
  context: CliContext,
  node: Node,
  world: OwnedWorld,
  stopRequested: Promise<string>,
): Promise<void> {
  const signal = await stopRequested;
  const began = world.clock.monotonicMs();
  context.output.note(`\n${signal}: stopping; once more ends it at once`);
  await node.stop();
  const tookMs = Math.round(world.clock.monotonicMs() - began);
  context.output.result({ event: "stopped", signal, tookMs }, () => `stopped in ${tookMs} ms`);
  context.exitStatus = ExitStatus.ok;
}

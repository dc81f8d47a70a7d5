/** `coterie status`: asks a running node what it is doing. */
import type { Command } from "commander";
import { type CellStatus, isoTime, type NodeStatus, requestStatus } from "../../cell/index.ts";
import { CoterieError, isCoterieError, sleep } from "../../world/index.ts";
import { askStatus as askCellStatus, cellAddresses, localNodes } from "../cell/ask-cell.ts";
import { formatCell, toMend } from "../cell/cell-text.ts";
import { OPERATOR_OPTION } from "../cell/operator-key.ts";
import type { CliContext } from "../context.ts";
import { ExitStatus } from "../errors.ts";
import { withExamples } from "../help.ts";
import { type LocateOptions, locateNode, type NodeAddress } from "../locate.ts";
import { nodeDirectory } from "../node-directory.ts";
import { parsePort } from "../options.ts";
import { stopRequests } from "../stop-requests.ts";
import { formatBytes, formatCount, formatDuration, type Style, showText } from "../style.ts";

interface StatusOptions extends LocateOptions {
  readonly watch?: boolean;
}

/** What answers does not know what was asked. */
const IS_OTHER_PROGRAM: ReadonlySet<string> = new Set([
  "RPC_PROG_UNAVAIL",
  "RPC_PROG_MISMATCH",
  "RPC_PROC_UNAVAIL",
  "RPC_PROTOCOL",
]);
/** How often `--watch` asks. */
const WATCH_MS = 1000;
const CLEAR_SCREEN = "\u001b[H\u001b[2J";

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("status")
    .description("Show how a cell or a node is, and what is wrong with it")
    .option(
      "--dir <directory>",
      "the directory of the cell, or of the node (default: ~/.local/share/coterie)",
    )
    .option("--host <address>", "the node's address, when its directory is not at hand")
    .option("--port <number>", "the node's port, when its directory is not at hand", parsePort)
    .option(...OPERATOR_OPTION)
    .option("--watch", "show it again every second, until interrupted")
    .action((options: StatusOptions) => (options.watch ? watch(context, options) : once(context, options)));
  withExamples(command, [
    ["coterie status", "the cell of the default directory, or the node"],
    ["coterie status --watch", "how it changes, every second"],
    ["coterie status --port 20490", "the node on another port of this machine"],
    [
      "coterie status --host 10.0.0.5 --port 17001 --operator anna.pem",
      "a cell of other machines, by an operator's key",
    ],
    ["coterie status --json", "the same as one JSON object"],
  ]);
}

async function once(context: CliContext, options: LocateOptions): Promise<void> {
  const told = await ask(context, options);
  context.output.result(told.status, (style) => told.text(style));
  context.exitStatus = told.problems > 0 ? ExitStatus.findings : ExitStatus.ok;
}

/** What cannot be reached may be there again in a second. */
async function watch(context: CliContext, options: LocateOptions): Promise<void> {
  const stop = stopRequests(context.process);
  const world = await context.world();
  const stopped = stop.first.then(() => true);
  try {
    for (;;) {
      await show(context, options);
      const isOver = await Promise.race([stopped, sleep(world.timers, WATCH_MS).then(() => false)]);
      if (isOver) return;
    }
  } finally {
    stop.release();
  }
}

async function show(context: CliContext, options: LocateOptions): Promise<void> {
  const { terminal, output } = context;
  const clear = terminal.out.isTerminal && !output.json ? CLEAR_SCREEN : "";
  try {
    const told = await ask(context, options);
    output.result(told.status, (style) => `${clear}${told.text(style)}`);
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    const { code, message } = error;
    output.result(
      { event: "unreachable", code, message },
      (style) => `${clear}${style.red(code)} ${showText(message)}`,
    );
  }
}

interface Told {
  readonly status: CellStatus | NodeStatus;
  readonly problems: number;
  text(style: Style): string;
}

/** A cell, where there is one; else a node by itself. */
async function ask(context: CliContext, options: LocateOptions): Promise<Told> {
  const addresses = await cellAddresses(context, options);
  if (addresses.length > 0 || (await isCell(context, options))) {
    const world = await context.world();
    try {
      const status = await askCellStatus(world, addresses);
      return { status, problems: toMend(status).length, text: (style) => formatCell(status, style) };
    } catch (error) {
      // A node by itself knows the other version of the program; what is no node at all is told below.
      if (!isCoterieError(error)) throw error;
      const isSilent = error.code === "CELL_UNREACHABLE" && !(await isCell(context, options));
      if (!isSilent && !IS_OTHER_PROGRAM.has(error.code)) throw error;
    } finally {
      await world.close();
    }
  }
  const status = await askStatus(context, await locateNode(context, options));
  return { status, problems: status.problems.length, text: (style) => formatStatus(status, style) };
}

async function isCell(context: CliContext, options: LocateOptions): Promise<boolean> {
  if (options.host !== undefined || options.port !== undefined) return false;
  return (await localNodes(context, nodeDirectory(context, options.dir))).length > 0;
}

/** Nothing there, and something there that is no node, are told apart. */
export async function askStatus(context: CliContext, address: NodeAddress): Promise<NodeStatus> {
  const world = await context.world();
  try {
    return await requestStatus(world, address);
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    const place = `${address.host} port ${address.port}`;
    throw new CoterieError("CELL_UNREACHABLE", `${whoIsAt(place, error.code)} (${error.message})`, {
      cause: error,
      details: { ...address },
    });
  }
}

function whoIsAt(place: string, code: string): string {
  // A node of a cell serves the other version of the program.
  if (code === "RPC_PROG_MISMATCH") return `what answers at ${place} is a node of a cell, and none by itself`;
  return IS_OTHER_PROGRAM.has(code) ? `what answers at ${place} is no node` : `no node answers at ${place}`;
}

function formatStatus(status: NodeStatus, style: Style): string {
  const { counters, space } = status;
  const row = (label: string, text: string) => `${style.dim(label.padEnd(10))} ${text}`;
  const health =
    status.problems.length === 0 ? style.green("well") : style.red(`${status.problems.length} to mend`);
  const used = space.totalBytes - space.freeBytes;
  return [
    row("node", `${status.state}, ${health}, Coterie ${status.version}, process ${status.pid}`),
    row(
      "since",
      `${isoTime({ seconds: status.startedSeconds, nanoseconds: 0 })} (${formatDuration(status.uptimeMs)})`,
    ),
    row("serving", `${status.host} port ${status.port}, rpcbind ${status.portmap}`),
    row("storing", `${showText(status.directory)}, volume ${status.volume}`),
    row(
      "space",
      `${formatBytes(used)} used, ${formatBytes(space.freeBytes)} free of ${formatBytes(space.totalBytes)}`,
    ),
    row("allowing", status.exports.map(showText).join(" ")),
    row(
      "calls",
      `${formatCount(counters.calls)} served, ${formatCount(counters.refused)} refused, ` +
        `${formatCount(counters.replayed)} retries replayed, ${counters.callsInFlight} under way, ` +
        `${counters.connections} connections`,
    ),
    ...status.problems.map(
      ({ code, message }) =>
        `${style.red(code)} ${showText(message)} ${style.dim(`(coterie explain ${code})`)}`,
    ),
  ].join("\n");
}

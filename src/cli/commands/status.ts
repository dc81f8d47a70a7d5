/** `coterie status`: asks a running node what it is doing. */
import type { Command } from "commander";
import { isoTime, type NodeStatus, requestStatus } from "../../cell/index.ts";
import { CoterieError, isCoterieError } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { ExitStatus } from "../errors.ts";
import { withExamples } from "../help.ts";
import { type LocateOptions, locateNode, type NodeAddress } from "../locate.ts";
import { parsePort } from "../options.ts";
import { formatBytes, formatCount, formatDuration, type Style, showText } from "../style.ts";

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("status")
    .description("Tell what a running node is doing, and whether it is well")
    .option("--dir <directory>", "the node's directory (default: ~/.local/share/coterie)")
    .option("--host <address>", "the node's address, when its directory is not at hand")
    .option("--port <number>", "the node's port, when its directory is not at hand", parsePort)
    .action(async (options: LocateOptions) => {
      const status = await askStatus(context, await locateNode(context, options));
      context.output.result(status, (style) => formatStatus(status, style));
      if (status.problems.length > 0) context.exitStatus = ExitStatus.findings;
    });
  withExamples(command, [
    ["coterie status", "the node of the default directory"],
    ["coterie status --port 20490", "the node on another port of this machine"],
    ["coterie status --json", "the same as one JSON object"],
  ]);
}

/** Nothing there, and something there that is no node, are told apart. */
export async function askStatus(context: CliContext, address: NodeAddress): Promise<NodeStatus> {
  const world = await context.world();
  try {
    return await requestStatus(world, address);
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    const place = `${address.host} port ${address.port}`;
    const isNoNode = ["RPC_PROG_UNAVAIL", "RPC_PROG_MISMATCH", "RPC_PROC_UNAVAIL", "RPC_PROTOCOL"].includes(
      error.code,
    );
    const message = isNoNode ? `what answers at ${place} is no node` : `no node answers at ${place}`;
    throw new CoterieError("CELL_UNREACHABLE", `${message} (${error.message})`, {
      cause: error,
      details: { ...address },
    });
  }
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

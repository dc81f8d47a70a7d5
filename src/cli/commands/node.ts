/** `coterie node`: one node of a cell in the foreground, on any machine. */
import { type Command, Option } from "commander";
import { formatAddress, isCoterieError } from "../../world/index.ts";
import { mountLines } from "../banner.ts";
import { identityOf, keptSettings, type RunningNode, runNode } from "../cell/run-node.ts";
import type { NodeMessage } from "../cell/supervisor.ts";
import type { CliContext } from "../context.ts";
import { withExamples } from "../help.ts";
import { claimDirectory, nodeDirectory, requireNoOther } from "../node-directory.ts";
import { addSettingsOptions, readSettings, type SettingsOptions } from "../node-settings.ts";
import { stopRequests } from "../stop-requests.ts";
import { showText } from "../style.ts";

interface NodeOptions extends SettingsOptions {
  readonly dir?: string;
  readonly supervised?: boolean;
}

/** How long a node may take to end in order when the process that started it is gone. */
const PATIENCE_MS = 15_000;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("node")
    .description("Run one node of a cell in the foreground")
    .option("--dir <directory>", "the node's own directory (default: ~/.local/share/coterie)");
  addSettingsOptions(command, "the port for clients, 0 for any that is free (default: the one it had)")
    .addOption(
      new Option("--supervised", "a process that obeys whoever started it, as `coterie up` does").hideHelp(),
    )
    .action((options: NodeOptions) => (options.supervised ? supervised : alone)(context, options));
  withExamples(command, [
    ["coterie node --dir /srv/coterie/nodes/node-2", "a node that `coterie up` made, by itself"],
    ["coterie node --dir /srv/coterie/nodes/node-2 --json", "one line of JSON for each thing that happens"],
  ]);
}

async function alone(context: CliContext, options: NodeOptions): Promise<void> {
  const { output, terminal } = context;
  const stop = stopRequests(context.process);
  terminal.out.onGone = () => {};
  terminal.err.onGone = () => {};
  try {
    const running = await start(context, options, ({ isServing, isLeading }) => {
      const state = isServing
        ? isLeading
          ? "serves, and leads the cell"
          : "serves"
        : "waits for the others";
      output.result({ event: "standing", isServing, isLeading }, () => `the node ${state}`);
    });
    tellReady(context, running);
    const why = await Promise.race([stop.first, running.node.leaving]);
    if (typeof why === "string") output.note(`\n${why}: stopping; once more ends it at once`);
    await running.stop();
    output.result({ event: "stopped", ...(typeof why === "string" && { signal: why }) }, () => "stopped");
    if (isCoterieError(why)) throw why;
  } finally {
    stop.release();
  }
}

function tellReady({ output, version }: CliContext, { node, identity, logFile }: RunningNode): void {
  const { host, port } = node.address;
  const { self, cellName } = identity;
  const mount = mountLines(host, port);
  const metrics = node.metrics && `http://${formatAddress(node.metrics)}/metrics`;
  output.result(
    { event: "ready", version, node: self.name, cell: cellName, host, port, mount, logFile, metrics },
    (style) =>
      `${style.bold(self.name)} of ${showText(cellName)} listens on ${host} port ${port}; its log is ${showText(logFile)}` +
      (metrics === undefined ? "" : `; its metrics are at ${metrics}`),
  );
}

/** Told when to end by `coterie up`, and tells it what becomes of the node; the terminal is the other's. */
async function supervised(context: CliContext, options: NodeOptions): Promise<void> {
  let leave: () => void = () => {};
  const told = new Promise<undefined>((resolve) => {
    leave = () => resolve(undefined);
  });
  const parent = context.process.parent({ onGone: leave, patienceMs: PATIENCE_MS });
  const release = context.process.onSignal(["SIGTERM"], leave);
  const tell = (message: NodeMessage) => parent.send(message);
  parent.onMessage = (message) => {
    if ((message as { event?: unknown } | null)?.event === "leave") leave();
  };
  try {
    const running = await start(context, options, (standing) => tell({ event: "standing", ...standing }));
    const { host, port } = running.node.address;
    tell({ event: "ready", host, port, pid: context.process.pid });
    const why = await Promise.race([told, running.node.leaving]);
    await running.stop();
    if (why !== undefined) throw why;
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    const { code, message } = error;
    tell({ event: "failed", code, message });
    context.exitStatus = 1;
  } finally {
    release();
  }
}

async function start(
  context: CliContext,
  options: NodeOptions,
  onStanding: Parameters<typeof runNode>[4],
): Promise<RunningNode> {
  const directory = nodeDirectory(context, options.dir);
  await requireNoOther(context.local, directory);
  const identity = await identityOf(context, directory);
  const settings = await readSettings(context, options, directory, keptSettings(directory, identity));
  await claimDirectory(context.local, directory);
  return runNode(context, directory, identity, settings, onStanding);
}

/** `coterie node`: one node of a cell in the foreground, on any machine. */
import { type Command, Option } from "commander";
import { formatAddress, isCoterieError } from "../../world/index.ts";
import { mountLines } from "../banner.ts";
import { hasJoined, type JoinOptions, joinCell } from "../cell/join-cell.ts";
import { identityIn, keptSettings } from "../cell/kept-settings.ts";
import { type RunningNode, runNode } from "../cell/run-node.ts";
import type { NodeMessage } from "../cell/supervisor.ts";
import { parseVip } from "../cell/vip-option.ts";
import type { CliContext } from "../context.ts";
import { withExamples } from "../help.ts";
import { claimDirectory, nodeDirectory, requireNoOther } from "../node-directory.ts";
import { addSettingsOptions, readSettings, type SettingsOptions } from "../node-settings.ts";
import { stopRequests } from "../stop-requests.ts";
import { showText } from "../style.ts";

interface NodeOptions extends SettingsOptions, JoinOptions {
  readonly dir?: string;
  readonly supervised?: boolean;
  readonly vip?: string;
}

/** How long a node may take to end in order when the process that started it is gone. */
const PATIENCE_MS = 15_000;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("node")
    .description("Run one node of a cell in the foreground")
    .option("--dir <directory>", "the node's own directory (default: ~/.local/share/coterie)")
    .option("--join <host:port>", "at the first start: where a node of the cell listens for other nodes")
    .option(
      "--token-file <file>",
      "the token to join with, as `coterie token` prints it; - for standard input",
    )
    .option("--name <name>", "the name to join under (default: this machine's)")
    .option("--domain <name>", "what fails together with the node, such as a rack or a room")
    .option(
      "--vip <address/prefix[@interface]>",
      "an address that one of the nodes holds at a time; give it to all of them (Linux)",
    );
  addSettingsOptions(command, "the port for clients, 0 for any that is free (default: the one it had)")
    .addOption(
      new Option("--supervised", "a process that obeys whoever started it, as `coterie up` does").hideHelp(),
    )
    .action((options: NodeOptions) => (options.supervised ? supervised : alone)(context, options));
  withExamples(command, [
    [
      "coterie node --dir /srv/coterie --host 192.168.1.7 --export 192.168.1.0/24=rw --join 192.168.1.5:12345 --token-file token",
      "join a cell from another machine; later starts need no --join",
    ],
    [
      "coterie node --dir /srv/coterie --vip 192.168.1.9/24",
      "hold the address 192.168.1.9 whenever it is this node's turn; needs CAP_NET_ADMIN",
    ],
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
  const vip = options.vip === undefined ? undefined : parseVip(options.vip);
  await requireNoOther(context.local, directory);
  if (options.join !== undefined && !(await hasJoined(context, directory))) {
    await joinCell(context, directory, options, await readSettings(context, options, directory));
  }
  const identity = await identityIn(context, directory);
  const settings = await readSettings(context, options, directory, keptSettings(directory, identity));
  const release = await claimDirectory(context.local, directory);
  const running = await runNode(context, directory, identity, settings, onStanding, vip);
  return { ...running, stop: () => running.stop().finally(release) };
}

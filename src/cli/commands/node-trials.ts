/**
 * What an operator does to nodes on this machine to see what happens: kill, pause, resume, restart. They act on the process and its
 * directory, and need nobody's consent; the others see a node that fails.
 */
import type { Command } from "commander";
import { CellAdmin, type RunningNode, readRunning } from "../../cell/index.ts";
import { CoterieError, isCoterieError, sleep, type World } from "../../world/index.ts";
import { askStatus, type LocalNode, localNodes } from "../cell/ask-cell.ts";
import { hold, letGo, readCell } from "../cell/cell-directory.ts";
import { isSilence } from "../cell/first-answer.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { withExamples } from "../help.ts";
import { reachable } from "../locate.ts";
import { directoryFiles, nodeDirectory } from "../node-directory.ts";

/** For how long `restart` waits for a node to serve again, and how often it looks. */
const RESTART_MS = 60_000;
const POLL_MS = 100;
/** A replica that lacks no more than this is as good as the others: it catches up while it serves. */
const NEAR_ENTRIES = 1000;

interface TrialOptions {
  readonly dir?: string;
}

type Deed = (context: CliContext, path: string, node: LocalNode) => Promise<string>;

export function register(program: Command, context: CliContext): void {
  const add = (
    name: string,
    description: string,
    deed: Deed,
    examples: readonly (readonly [string, string])[],
  ) =>
    withExamples(
      program
        .command(name)
        .description(description)
        .argument("<node...>", "names of nodes on this machine, such as node-2")
        .option("--dir <directory>", "the cell's directory (default: ~/.local/share/coterie)")
        .action((names: readonly string[], options: TrialOptions) =>
          each(context, names, options, name, deed),
        ),
      examples,
    );
  add("kill", "Kill nodes on this machine as a crash would, until they are resumed", kill, [
    ["coterie kill node-2", "the process ends at once; clients go on with the others"],
    ["coterie resume node-2", "let it come back, and catch up"],
  ]);
  add("pause", "Stop nodes on this machine without ending them, until they are resumed", pause, [
    ["coterie pause node-3", "it answers nobody, and does not know it"],
    ["coterie resume node-3", "let it go on"],
  ]);
  add("resume", "Let nodes go on that were killed or paused", resume, [
    ["coterie resume node-2 node-3", "those that were killed are started, those that were paused go on"],
  ]);
  add("restart", "End nodes in order and start them again, one after the other", restart, [
    ["coterie restart node-1", "it hands on what it leads, ends, and is started again"],
    ["coterie restart node-1 node-2 node-3", "all of them, each when the one before serves again"],
  ]);
}

async function each(
  context: CliContext,
  names: readonly string[],
  options: TrialOptions,
  deed: string,
  run: Deed,
): Promise<void> {
  const path = nodeDirectory(context, options.dir);
  const cell = await readCell(context.local, path);
  if (cell === undefined) {
    throw new CoterieError("CELL_UNREACHABLE", `${path} has no cell whose nodes are on this machine`, {
      details: { directory: path },
    });
  }
  const nodes = await localNodes(context, path);
  const stranger = names.find((name) => !nodes.some((node) => node.name === name));
  if (stranger !== undefined) {
    const known = nodes.map(({ name }) => name).join(", ");
    throw new UsageError(`there is no node "${stranger}" on this machine; there are ${known}`);
  }
  for (const name of new Set(names)) {
    const said = await run(context, path, nodes.find((node) => node.name === name) as LocalNode);
    context.output.result({ event: deed, node: name }, () => `${name} ${said}`);
  }
}

const kill: Deed = async ({ local, process }, path, { name, running }) => {
  // First held: whoever keeps it would start it again at once.
  await hold(local, path, name);
  const wasThere = running !== undefined && process.signal(running.pid, "SIGKILL");
  return wasThere
    ? "is killed, and stays down until `coterie resume`"
    : "was not running, and stays down until `coterie resume`";
};

const pause: Deed = async ({ process }, _, { name, running }) => {
  if (running !== undefined && process.signal(running.pid, "SIGSTOP"))
    return "stands still until `coterie resume`";
  throw notRunning(name);
};

const resume: Deed = async ({ local, process }, path, { name, running }) => {
  await letGo(local, path, name);
  const goesOn = running !== undefined && process.signal(running.pid, "SIGCONT");
  return goesOn ? "goes on" : "is started by the `coterie up` that keeps it";
};

const restart: Deed = async (context, _, { name, running, directory }) => {
  if (running === undefined) throw notRunning(name);
  const world = await context.world();
  const admin = new CellAdmin(world, running.address);
  try {
    await admin.leave();
  } catch (error) {
    throw isSilence(running.address, error) ? notRunning(name, error) : error;
  } finally {
    await admin.close();
  }
  await served(context, world, { name, directory, formerPid: running.pid });
  return "was restarted, and serves";
};

interface Awaited {
  readonly name: string;
  readonly directory: string;
  readonly formerPid: number;
}

/** Waits until another process serves the directory, and all of its replicas have what the others have. */
async function served(
  context: CliContext,
  world: World,
  { name, directory, formerPid }: Awaited,
): Promise<void> {
  const files = directoryFiles(context.local, directory);
  const endMs = world.clock.monotonicMs() + RESTART_MS;
  for (;;) {
    const running = await readRunning(files);
    if (running !== undefined && running.pid !== formerPid && (await isWhole(world, name, running))) return;
    if (world.clock.monotonicMs() > endMs) {
      throw new CoterieError("CELL_UNREACHABLE", `${name} did not come back in ${RESTART_MS / 1000} s`, {
        details: { node: name },
      });
    }
    await sleep(world.timers, POLL_MS);
  }
}

async function isWhole(world: World, name: string, { host, port }: RunningNode): Promise<boolean> {
  try {
    const { volumes, isServed } = await askStatus(world, [{ host: reachable(host), port }]);
    const own = volumes.flatMap(({ replicas }) => replicas.filter(({ node }) => node === name));
    return (
      isServed &&
      own.every(({ role, lag }) => (role === "leader" || role === "follower") && lag < NEAR_ENTRIES)
    );
  } catch (error) {
    if (isCoterieError(error)) return false;
    throw error;
  }
}

/** `silence`: what asking it failed with. One that is paused is there, and answers nobody. */
function notRunning(name: string, silence?: CoterieError): CoterieError {
  const isMute = silence?.code === "RPC_TIMEOUT";
  const message = `${name} ${isMute ? "does not answer" : "does not run"}; if it was killed or paused, \`coterie resume ${name}\` lets it go on`;
  return new CoterieError("CELL_UNREACHABLE", message, {
    ...(silence !== undefined && { cause: silence }),
    details: { node: name },
  });
}

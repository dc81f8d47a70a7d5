/** What an operator asks of a cell's nodes: cut, heal, drain, remove. Any node is asked; what concerns the cell goes through its log. */
import type { Command } from "commander";
import { type CellAdmin, type CellStatus, cell_deed, cell_standing } from "../../cell/index.ts";
import { CoterieError, sleep } from "../../world/index.ts";
import { askCell } from "../cell/ask-cell.ts";
import { type Asked, askedCell } from "../cell/asked-cell.ts";
import { OPERATOR_OPTION } from "../cell/operator-key.ts";
import { stuckTeller } from "../cell/volume-deeds.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { withExamples } from "../help.ts";
import type { LocateOptions } from "../locate.ts";
import { parsePort } from "../options.ts";
import { startProgress } from "../progress.ts";
import { formatCounted } from "../style.ts";

const POLL_MS = 500;

interface NodeOptions extends LocateOptions {
  readonly from?: readonly string[];
  readonly wait?: boolean;
}

export function register(program: Command, context: CliContext): void {
  withExamples(
    located(program.command("cut").description("Cut a node off from others, as a broken network would"))
      .argument("<node>", "its name, such as node-2")
      .option("--from <node...>", "whom it cannot reach any more (default: all others)")
      .action((name: string, options: NodeOptions) => cut(context, name, options)),
    [
      ["coterie cut node-2", "it hears nobody; a minority stops serving, and says so"],
      ["coterie cut node-2 --from node-1", "only the two do not hear each other"],
      ["coterie heal node-2", "end it"],
    ],
  );
  withExamples(
    located(program.command("heal").description("End what `coterie cut` did to a node"))
      .argument("<node>", "its name")
      .action((name: string, options: NodeOptions) => heal(context, name, options)),
    [["coterie heal node-2", "its links are made again"]],
  );
  withExamples(
    located(program.command("drain").description("Move all replicas of volumes away from a node"))
      .argument("<node>", "its name")
      .option("--no-wait", "return at once; `coterie status` shows how it goes")
      .action((name: string, options: NodeOptions) => drain(context, name, options)),
    [
      ["coterie drain node-2", "wait until it holds none; clients notice nothing"],
      ["coterie drain node-2 --no-wait", "only ask for it"],
    ],
  );
  withExamples(
    located(
      program.command("remove").description("Take a node that holds no replicas out of the cell, for good"),
    )
      .argument("<node>", "its name; `coterie drain` it first")
      .action((name: string, options: NodeOptions) => remove(context, name, options)),
    [
      ["coterie remove node-2", "its name is not used again; its machine can be switched off"],
      ["coterie authority rotate", "if its disk may be in others' hands: the cell's authority was on it too"],
    ],
  );
}

function located(command: Command): Command {
  return command
    .option("--dir <directory>", "the cell's directory (default: ~/.local/share/coterie)")
    .option("--host <address>", "the address of a node, when no directory is at hand")
    .option("--port <number>", "the port of a node, when no directory is at hand", parsePort)
    .option(...OPERATOR_OPTION);
}

async function cut(context: CliContext, name: string, options: NodeOptions): Promise<void> {
  const { status, admin } = await nodeItself(context, name, options);
  const from = options.from ?? status.nodes.map((node) => node.name).filter((each) => each !== name);
  for (const each of from) requireNode(status, each);
  if (from.includes(name)) throw new UsageError(`${name} cannot be cut off from itself`);
  await admin((node) => node.cut(from));
  context.output.result(
    { event: "cut", node: name, from },
    () => `${name} refuses ${from.join(", ")} until \`coterie heal ${name}\``,
  );
}

async function heal(context: CliContext, name: string, options: NodeOptions): Promise<void> {
  const { admin } = await nodeItself(context, name, options);
  await admin((node) => node.cut([]));
  context.output.result({ event: "heal", node: name }, () => `${name} takes links with everybody again`);
}

async function drain(context: CliContext, name: string, options: NodeOptions): Promise<void> {
  const cell = await askedCell(context, options);
  const standing = { node: name, standing: cell_standing.CELL_DRAINING };
  await cell.ask((admin) => admin.command({ deed: cell_deed.CELL_STAND, standing }));
  if (options.wait !== false) await emptied(context, cell, name);
  const left = heldBy(await cell.status(), name).length;
  context.output.result({ event: "drain", node: name, replicasLeft: left }, () =>
    left === 0
      ? `${name} holds no replicas; \`coterie remove ${name}\` takes it out of the cell`
      : `${name} is being drained: ${formatCounted(left, "replica")} to move`,
  );
}

async function emptied(context: CliContext, cell: Asked, name: string): Promise<void> {
  const first = heldBy(await cell.status(), name).length;
  if (first === 0) return;
  const progress = startProgress(context, cell.world, {
    label: `replicas of ${name}`,
    total: first,
    unit: "items",
  });
  const tellStuck = stuckTeller(context);
  try {
    for (;;) {
      const status = await cell.status();
      const left = heldBy(status, name).length;
      progress.done = first - left;
      if (left === 0) return;
      tellStuck(status.volumes);
      await sleep(cell.world.timers, POLL_MS);
    }
  } finally {
    progress.finish();
  }
}

async function remove(context: CliContext, name: string, options: NodeOptions): Promise<void> {
  const cell = await askedCell(context, options);
  await cell.ask((admin) => admin.command({ deed: cell_deed.CELL_DISMISS, dismissed: name }));
  context.output.result({ event: "remove", node: name }, () => `${name} is no node of the cell any more`);
}

/** Volumes with a replica at the node, or on their way to it. */
function heldBy({ volumes }: CellStatus, name: string): readonly string[] {
  return volumes
    .filter(({ replicas }) => replicas.some(({ node }) => node === name))
    .map((volume) => volume.name);
}

/** Asks any node where this one is, and gives a way to ask itself. */
async function nodeItself(context: CliContext, name: string, options: NodeOptions) {
  const cell = await askedCell(context, options);
  const { world, addresses } = cell;
  const status = await cell.status();
  const { host, port, meshHost, meshPort } = requireNode(status, name);
  const credentials = addresses[0]?.credentials;
  const at = credentials === undefined ? { host, port } : { host: meshHost, port: meshPort, credentials };
  return {
    status,
    admin: <Told>(ask: (admin: CellAdmin) => Promise<Told>) => askCell(world, [at], ask),
  };
}

function requireNode({ nodes }: CellStatus, name: string) {
  const found = nodes.find((node) => node.name === name);
  if (found !== undefined) return found;
  const known = nodes.map((node) => node.name).join(", ");
  throw new CoterieError("CELL_NODE_UNKNOWN", `the cell has no node "${name}"; there are ${known}`, {
    details: { node: name },
  });
}

/** `coterie init`: makes a cell's directory without starting it: names, ports, the authority and the certificates. */
import { type Command, InvalidArgumentError } from "commander";
import { CELL_MAX_NODES } from "../../cell/index.ts";
import { CoterieError } from "../../world/index.ts";
import { readCell } from "../cell/cell-directory.ts";
import { DEFAULT_NODES, prepare } from "../cell/up-cell.ts";
import type { CliContext } from "../context.ts";
import { withExamples } from "../help.ts";
import { nodeDirectory, requireNoOther } from "../node-directory.ts";
import { addSettingsOptions, type SettingsOptions } from "../node-settings.ts";
import { showText } from "../style.ts";

interface InitOptions extends SettingsOptions {
  readonly dir?: string;
  readonly nodes?: number;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("init")
    .description("Make a cell's directory, keys and nodes, without starting it")
    .option("--dir <directory>", "where the cell keeps everything (default: ~/.local/share/coterie)")
    .option("--nodes <number>", `how many nodes it begins with (default: ${DEFAULT_NODES})`, parseCount);
  addSettingsOptions(command, "the port of the first node (default: 2049)").action((options: InitOptions) =>
    init(context, options),
  );
  withExamples(command, [
    ["coterie init --dir /srv/coterie", "three nodes on this machine; `coterie up` starts them"],
    [
      "coterie init --dir /srv/coterie --nodes 1 --host 192.168.1.5 --export 192.168.1.0/24=rw",
      "the first node of a cell whose other nodes join from other machines",
    ],
  ]);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= CELL_MAX_NODES) return count;
  throw new InvalidArgumentError(`Expected a number of nodes of 1 to ${CELL_MAX_NODES}.`);
}

async function init(context: CliContext, options: InitOptions): Promise<void> {
  const directory = nodeDirectory(context, options.dir);
  await requireNoOther(context.local, directory);
  if ((await readCell(context.local, directory)) !== undefined) {
    throw new CoterieError("CELL_KNOWN", `${directory} holds a cell already`, { details: { directory } });
  }
  const { plan, release } = await prepare(context, await context.world(), directory, options);
  release();
  const { cell, ports } = plan;
  context.output.result(
    { event: "init", cell: cell.cell, name: cell.name, directory, ports: Object.fromEntries(ports) },
    () => `made the cell ${showText(cell.name)} of ${cell.nodes.join(", ")} in ${showText(directory)}`,
  );
}

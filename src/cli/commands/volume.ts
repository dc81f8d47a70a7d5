/** `coterie volume`: volumes of a cell, each with its own replicas, log and limit. Any node is asked; the cell's log decides. */
import type { Command } from "commander";
import { cell_deed } from "../../cell/index.ts";
import { type Asked, askedCell } from "../cell/asked-cell.ts";
import { OPERATOR_OPTION } from "../cell/operator-key.ts";
import { untilHome, untilServed, volumeIn } from "../cell/volume-deeds.ts";
import { listVolumes, parseNames, parseQuota, tellVolume } from "../cell/volume-text.ts";
import { untilUsable } from "../cell/volume-use.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { withExamples } from "../help.ts";
import type { LocateOptions } from "../locate.ts";
import { parseCopies, parsePort } from "../options.ts";
import { formatBytes } from "../style.ts";
import { registerLayers } from "./volume-layers.ts";
import { registerMounts } from "./volume-mount.ts";

interface VolumeOptions extends LocateOptions {
  readonly copies?: number;
  readonly quota?: number;
  readonly on?: readonly string[];
  readonly to?: readonly string[];
  readonly wait?: boolean;
  readonly yes?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const volume = program
    .command("volume")
    .description("Make, list, move, limit and delete volumes of a cell");
  withExamples(volume, [
    ["coterie volume list", "what there is, and where"],
    ["coterie volume create mail --quota 10G", "a volume of its own for mail"],
  ]);
  registerMaking(volume, context);
  registerPlacing(volume, context);
  registerNaming(volume, context);
  registerLayers(volume, context, located);
  registerMounts(volume, context, located);
}

function located(command: Command): Command {
  return command
    .option("--dir <directory>", "the cell's directory (default: ~/.local/share/coterie)")
    .option("--host <address>", "the address of a node, when no directory is at hand")
    .option("--port <number>", "the port of a node, when no directory is at hand", parsePort)
    .option(...OPERATOR_OPTION);
}

function registerMaking(volume: Command, context: CliContext): void {
  withExamples(
    located(volume.command("create").description("Make a volume"))
      .argument("<name>", "its name: a to z, digits, `-`, `_` and `.`")
      .option(
        "--copies <number>",
        "replicas that it shall have (default: 5, or as many as there are nodes)",
        parseCopies,
      )
      .option("--quota <bytes>", "how much its files may take, such as 10G (default: no limit)", parseQuota)
      .option(
        "--on <nodes>",
        "the nodes that shall have it, separated by commas (default: the cell chooses)",
        parseNames,
      )
      .option("--no-wait", "return at once; `coterie volume list` shows when it is served")
      .action((name: string, options: VolumeOptions) => create(context, name, options)),
    [
      ["coterie volume create mail", "at as many nodes as usual, those with the most room first"],
      ["coterie volume create scratch --copies 1 --quota 50G", "one replica only, and 50 GiB at most"],
      ["coterie volume create logs --on node-1,node-2,node-3", "at these, and nowhere else"],
    ],
  );
  withExamples(
    located(volume.command("list").description("List volumes: their replicas, room and limits")).action(
      (options: VolumeOptions) => list(context, options),
    ),
    [
      ["coterie volume list", "a line for each volume"],
      ["coterie volume list --json", "an object for each, with the state of every replica"],
    ],
  );
  withExamples(
    located(volume.command("delete").description("Delete a volume with all that is in it, at all nodes"))
      .argument("<name>", "its name")
      .option("--yes", "do it: nothing brings the files back")
      .action((name: string, options: VolumeOptions) => remove(context, name, options)),
    [["coterie volume delete scratch --yes", "refused while it is in a mount or is being moved"]],
  );
}

function registerPlacing(volume: Command, context: CliContext): void {
  withExamples(
    located(volume.command("move").description("Move a volume to other nodes while it is in use"))
      .argument("<name>", "its name")
      .requiredOption("--to <nodes>", "the nodes that shall have it, separated by commas", parseNames)
      .option("--no-wait", "return at once; `coterie volume list` shows how it goes")
      .action((name: string, options: VolumeOptions) => move(context, name, options)),
    [
      [
        "coterie volume move mail --to node-3,node-4,node-5",
        "wait until it is there; clients go on meanwhile",
      ],
      ["coterie volume move mail --to node-4 --no-wait", "only ask for it"],
    ],
  );
  withExamples(
    located(volume.command("copies").description("Say how many replicas a volume shall have"))
      .argument("<name>", "its name")
      .argument("<number>", "1 to 16; the cell chooses where", parseCopies)
      .action((name: string, copies: number, options: VolumeOptions) =>
        setCopies(context, name, copies, options),
      ),
    [["coterie volume copies mail 3", "the cell makes some, or takes some away"]],
  );
}

function registerNaming(volume: Command, context: CliContext): void {
  withExamples(
    located(volume.command("rename").description("Give a volume another name"))
      .argument("<name>", "its name")
      .argument("<new-name>", "the name that it shall have")
      .action((name: string, to: string, options: VolumeOptions) => rename(context, name, to, options)),
    [["coterie volume rename mail post", "its files and handles stay as they are; it is mounted as /@post"]],
  );
  withExamples(
    located(volume.command("quota").description("Say how much a volume's files may take"))
      .argument("<name>", "its name")
      .argument("<bytes>", "such as 500M or 10G, or `none`", parseQuota)
      .action((name: string, quota: number, options: VolumeOptions) =>
        setQuota(context, name, quota, options),
      ),
    [
      ["coterie volume quota mail 20G", "writes beyond it fail (disk quota exceeded)"],
      ["coterie volume quota mail none", "no limit but the disks"],
    ],
  );
}

async function create(context: CliContext, name: string, options: VolumeOptions): Promise<void> {
  const { on, copies, quota = 0 } = options;
  if (on !== undefined && copies !== undefined && copies !== on.length) {
    throw new UsageError(`--on names ${on.length} nodes: leave --copies out, or give that number`);
  }
  const cell = await askedCell(context, options);
  if (on === undefined) {
    await cell.ask((admin) =>
      admin.makeVolume({ name, quotaBytes: quota, ...(copies !== undefined && { copies }) }),
    );
  } else await createOn(cell, name, on, quota);
  const isWaited = options.wait !== false;
  const made = isWaited ? await untilServed(context, cell, name) : volumeIn(await cell.status(), name);
  if (isWaited) await untilUsable(cell, name);
  tellVolume(
    context,
    "volume-create",
    made,
    (at) => `${name} is made at ${at}; clients mount it as /@${name}`,
  );
}

async function createOn(cell: Asked, name: string, on: readonly string[], quota: number): Promise<void> {
  const { world } = cell;
  const making = {
    id: world.random.bytes(16),
    name,
    replicas: [...on],
    copies: on.length,
    quota_bytes: BigInt(quota),
    made_seconds: BigInt(world.clock.wall().seconds),
  };
  await cell.ask((admin) => admin.command({ deed: cell_deed.CELL_MAKE_VOLUME, making }));
}

async function list(context: CliContext, options: VolumeOptions): Promise<void> {
  const cell = await askedCell(context, options);
  listVolumes(context, await cell.status());
}

async function remove(context: CliContext, name: string, options: VolumeOptions): Promise<void> {
  const cell = await askedCell(context, options);
  const volume = volumeIn(await cell.status(), name);
  if (options.yes !== true) {
    throw new UsageError(`this deletes all files of the volume ${name}, for good: say so with --yes`);
  }
  await cell.ask((admin) => admin.command({ deed: cell_deed.CELL_DROP_VOLUME, dropped: volume.idBytes }));
  tellVolume(
    context,
    "volume-delete",
    volume,
    () => `${name} is deleted; its nodes take it from their disks`,
  );
}

async function move(context: CliContext, name: string, options: VolumeOptions): Promise<void> {
  const { to = [] } = options;
  const cell = await askedCell(context, options);
  const { idBytes: volume } = volumeIn(await cell.status(), name);
  const placing = { volume, replicas: [...to] };
  await cell.ask((admin) => admin.command({ deed: cell_deed.CELL_PLACE_VOLUME, placing }));
  if (options.wait === false) {
    const moving = volumeIn(await cell.status(), name);
    tellVolume(context, "volume-move", moving, () => `${name} is being moved to ${to.join(", ")}`);
    return;
  }
  const moved = await untilHome(context, cell, name, to);
  tellVolume(context, "volume-move", moved, (at) => `${name} is at ${at}`);
}

async function setCopies(
  context: CliContext,
  name: string,
  copies: number,
  options: VolumeOptions,
): Promise<void> {
  const cell = await askedCell(context, options);
  const { idBytes: volume } = volumeIn(await cell.status(), name);
  await cell.ask((admin) => admin.command({ deed: cell_deed.CELL_COPY_VOLUME, copies: { volume, copies } }));
  const now = volumeIn(await cell.status(), name);
  tellVolume(context, "volume-copies", now, () => `${name} shall have ${copies} replicas`);
}

async function rename(context: CliContext, name: string, to: string, options: VolumeOptions): Promise<void> {
  const cell = await askedCell(context, options);
  const { idBytes: volume } = volumeIn(await cell.status(), name);
  await cell.ask((admin) =>
    admin.command({ deed: cell_deed.CELL_RENAME_VOLUME, renaming: { volume, name: to } }),
  );
  const now = volumeIn(await cell.status(), to);
  tellVolume(context, "volume-rename", now, () => `${name} is called ${to}; clients mount it as /@${to}`);
}

async function setQuota(
  context: CliContext,
  name: string,
  quota: number,
  options: VolumeOptions,
): Promise<void> {
  const cell = await askedCell(context, options);
  const { idBytes: volume } = volumeIn(await cell.status(), name);
  await cell.ask((admin) =>
    admin.command({ deed: cell_deed.CELL_LIMIT_VOLUME, quota: { volume, quota_bytes: BigInt(quota) } }),
  );
  const now = volumeIn(await cell.status(), name);
  const limit = quota === 0 ? "has no limit" : `may take ${formatBytes(quota)}`;
  tellVolume(context, "volume-quota", now, () => `${name} ${limit}`);
}

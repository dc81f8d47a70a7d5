/** `coterie volume snapshot` and its like: a volume as it was, and volumes that begin as one, in constant time and without copies. */
import type { Command } from "commander";
import type { ReplicaLayers } from "../../files/index.ts";
import { askedCell } from "../cell/asked-cell.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { formatTime } from "../files/describe.ts";
import { withExamples } from "../help.ts";
import type { LocateOptions } from "../locate.ts";
import { formatBytes, showText } from "../style.ts";

interface LayerOptions extends LocateOptions {
  readonly of?: string;
  readonly yes?: boolean;
}

/** What the list shows, a line each: snapshots first. */
interface Row {
  readonly kind: "snapshot" | "clone";
  readonly name: string;
  /** What it was taken or made of; undefined for the volume itself. */
  readonly of: string | undefined;
  readonly made: string;
  /** Of a snapshot: values replaced since, and before the next one. */
  readonly heldBytes: number | undefined;
  /** From the volume's root. */
  readonly path: string;
}

/** `located`: adds the options that say which cell is asked. */
export function registerLayers(
  volume: Command,
  context: CliContext,
  located: (command: Command) => Command,
): void {
  registerSnapshots(volume, context, located);
  registerClones(volume, context, located);
}

function registerSnapshots(
  volume: Command,
  context: CliContext,
  located: (command: Command) => Command,
): void {
  withExamples(
    located(volume.command("snapshot").description("Keep a volume as it is now, in constant time"))
      .argument("<volume>", "its name")
      .argument("<name>", "the snapshot's name")
      .option("--of <clone>", "keep this clone of the volume instead of the volume itself")
      .action((name: string, snapshot: string, options: LayerOptions) =>
        takeSnapshot(context, name, snapshot, options),
      ),
    [
      ["coterie volume snapshot mail monday", "its files are in /.snapshots/monday of the volume, to read"],
      ["coterie volume snapshot mail tried --of trial", "a snapshot of a clone"],
    ],
  );
  withExamples(
    located(volume.command("snapshots").description("List a volume's snapshots and clones"))
      .argument("<volume>", "its name")
      .action((name: string, options: LayerOptions) => list(context, name, options)),
    [["coterie volume snapshots mail", "the oldest first, with what each keeps from being freed"]],
  );
  withExamples(
    located(volume.command("snapshot-delete").description("Delete a snapshot of a volume"))
      .argument("<volume>", "its name")
      .argument("<name>", "the snapshot's name")
      .action((name: string, snapshot: string, options: LayerOptions) =>
        dropSnapshot(context, name, snapshot, options),
      ),
    [["coterie volume snapshot-delete mail monday", "its space is taken back in the background"]],
  );
}

function registerClones(volume: Command, context: CliContext, located: (command: Command) => Command): void {
  withExamples(
    located(
      volume
        .command("clone")
        .description("Make a volume to write to that begins as a snapshot, in constant time"),
    )
      .argument("<volume>", "the volume of which there is a snapshot")
      .argument("<snapshot>", "the snapshot's name; it stays as long as the clone does")
      .argument("<name>", "the clone's name")
      .action((name: string, snapshot: string, clone: string, options: LayerOptions) =>
        makeClone(context, name, snapshot, clone, options),
      ),
    [["coterie volume clone mail monday trial", "its files are in /.clones/trial of the volume"]],
  );
  withExamples(
    located(
      volume.command("clone-delete").description("Delete a clone of a volume, with what was changed in it"),
    )
      .argument("<volume>", "the volume that it is a clone of")
      .argument("<name>", "the clone's name")
      .option("--yes", "do it: nothing brings the changes back")
      .action((name: string, clone: string, options: LayerOptions) =>
        dropClone(context, name, clone, options),
      ),
    [["coterie volume clone-delete mail trial --yes", "refused while there is a snapshot of it"]],
  );
}

async function takeSnapshot(
  context: CliContext,
  volume: string,
  name: string,
  options: LayerOptions,
): Promise<void> {
  const { of } = options;
  const cell = await askedCell(context, options);
  await cell.ask((admin) => admin.takeSnapshot(volume, name, of));
  const path = pathOf("snapshot", name, of);
  tell(context, { event: "volume-snapshot", volume, name, of, path }, () => `${name} is taken: ${path}`);
}

async function dropSnapshot(
  context: CliContext,
  volume: string,
  name: string,
  options: LayerOptions,
): Promise<void> {
  const cell = await askedCell(context, options);
  await cell.ask((admin) => admin.dropSnapshot(volume, name));
  tell(context, { event: "volume-snapshot-delete", volume, name }, () => `the snapshot ${name} is deleted`);
}

async function makeClone(
  context: CliContext,
  volume: string,
  of: string,
  name: string,
  options: LayerOptions,
): Promise<void> {
  const cell = await askedCell(context, options);
  await cell.ask((admin) => admin.makeClone(volume, name, of));
  const path = pathOf("clone", name);
  const told = { event: "volume-clone", volume, name, of, path, mount: `/@${volume}${path}` };
  tell(context, told, () => `${name} is made: ${path}, which clients mount as ${told.mount}`);
}

async function dropClone(
  context: CliContext,
  volume: string,
  name: string,
  options: LayerOptions,
): Promise<void> {
  if (options.yes !== true) {
    throw new UsageError(`this deletes what was changed in the clone ${name}, for good: say so with --yes`);
  }
  const cell = await askedCell(context, options);
  await cell.ask((admin) => admin.dropClone(volume, name));
  tell(context, { event: "volume-clone-delete", volume, name }, () => `the clone ${name} is deleted`);
}

function tell(context: CliContext, told: object, human: () => string): void {
  context.output.result(told, () => showText(human()));
}

async function list(context: CliContext, volume: string, options: LayerOptions): Promise<void> {
  const cell = await askedCell(context, options);
  const layers = await cell.ask((admin) => admin.layers(volume));
  const columns = [
    { title: "kind" },
    { title: "name" },
    { title: "of" },
    { title: "made" },
    { title: "keeps", align: "right" },
    { title: "path" },
  ] as const;
  context.output.list(rowsOf(layers), columns, ({ kind, name, of, made, heldBytes, path }, style) => [
    kind,
    style.bold(showText(name)),
    of === undefined ? style.dim("-") : showText(of),
    made,
    heldBytes === undefined ? style.dim("-") : formatBytes(heldBytes),
    showText(path),
  ]);
  if (layers.isReclaiming) context.output.note("space of what was deleted is being taken back");
}

function rowsOf({ snapshots, clones }: ReplicaLayers): Row[] {
  return [
    ...snapshots.map(
      ({ name, of, taken, retiredBytes }): Row => ({
        kind: "snapshot",
        name,
        of,
        made: formatTime(taken),
        heldBytes: retiredBytes,
        path: pathOf("snapshot", name, of),
      }),
    ),
    ...clones.map(
      ({ name, base, made }): Row => ({
        kind: "clone",
        name,
        of: base,
        made: formatTime(made),
        heldBytes: undefined,
        path: pathOf("clone", name),
      }),
    ),
  ];
}

function pathOf(kind: Row["kind"], name: string, clone?: string): string {
  const within = clone === undefined ? "" : `/.clones/${clone}`;
  return `${within}/.${kind}s/${name}`;
}

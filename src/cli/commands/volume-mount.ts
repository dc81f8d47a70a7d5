/** `coterie volume mount`, `unmount` and `mounts`: volumes of a cell joined into one tree. */
import type { Command } from "commander";
import type { CellStatus } from "../../cell/index.ts";
import { askedCell } from "../cell/asked-cell.ts";
import type { CliContext } from "../context.ts";
import { withExamples } from "../help.ts";
import type { LocateOptions } from "../locate.ts";
import { showText } from "../style.ts";

type Located = (command: Command) => Command;

export function registerMounts(volume: Command, context: CliContext, located: Located): void {
  withExamples(
    located(volume.command("mount").description("Let a volume be seen in a directory of the tree"))
      .argument("<name>", "the volume's name")
      .argument("<path>", "an empty directory, from the root of the tree: /home/mail")
      .action((name: string, path: string, options: LocateOptions) => mount(context, name, path, options)),
    [
      [
        "coterie mkdir /home/mail && coterie volume mount mail /home/mail",
        "for all clients at once; none has to mount anything",
      ],
      [
        "coterie volume mount attic /home/mail/attic",
        "a mount point may be in a volume that is mounted itself",
      ],
    ],
  );
  withExamples(
    located(
      volume.command("unmount").description("Let what is mounted at a directory no longer be seen there"),
    )
      .argument("<path>", "the directory; the volume stays, and is reached as /@NAME")
      .action((path: string, options: LocateOptions) => unmount(context, path, options)),
    [["coterie volume unmount /home/mail", "whoever has files of it open keeps them"]],
  );
  withExamples(
    located(volume.command("mounts").description("List which volumes are seen in which directories")).action(
      (options: LocateOptions) => list(context, options),
    ),
    [["coterie volume mounts --json", "an object for each"]],
  );
}

async function mount(context: CliContext, name: string, path: string, options: LocateOptions): Promise<void> {
  const cell = await askedCell(context, options);
  const revision = await cell.ask((admin) => admin.mount(name, path));
  context.output.result({ event: "volume-mount", name, path, revision }, () => `${name} is seen at ${path}`);
}

async function unmount(context: CliContext, path: string, options: LocateOptions): Promise<void> {
  const cell = await askedCell(context, options);
  const revision = await cell.ask((admin) => admin.unmount(path));
  context.output.result(
    { event: "volume-unmount", path, revision },
    () => `nothing is mounted at ${path} any more`,
  );
}

async function list(context: CliContext, options: LocateOptions): Promise<void> {
  const cell = await askedCell(context, options);
  const rows = mountRows(await cell.status());
  const columns = [{ title: "path" }, { title: "volume" }, { title: "in" }] as const;
  context.output.list(rows, columns, ({ path, volume, within }, style) => [
    style.bold(showText(path)),
    showText(volume),
    showText(within),
  ]);
}

/** By path. The path is that of when it was mounted: a directory above may have another name by now. */
function mountRows({ mounts, volumes }: CellStatus) {
  const nameOf = (id: string) => volumes.find((volume) => volume.id === id)?.name ?? id;
  return mounts
    .map(({ path, volume, within }) => ({ path, volume: nameOf(volume), within: nameOf(within) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

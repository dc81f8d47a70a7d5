/** `coterie config show`: each setting as it would hold, and where it comes from. */
import type { Command } from "commander";
import {
  DEFAULT_ORIGIN,
  IDENTITY_FILE,
  type SettingsSource,
  type ToldSetting,
  tellSettings,
} from "../../cell/index.ts";
import { nodePath, readCell } from "../cell/cell-directory.ts";
import { identityIn, keptSettings } from "../cell/kept-settings.ts";
import type { CliContext } from "../context.ts";
import { withExamples } from "../help.ts";
import { nodeDirectory } from "../node-directory.ts";
import { addSettingsOptions, type SettingsOptions, settingsSources } from "../node-settings.ts";
import { type Style, showText } from "../style.ts";

interface ConfigOptions extends SettingsOptions {
  readonly dir?: string;
}

export function register(program: Command, context: CliContext): void {
  const config = program.command("config").description("Tell how a cell or a node is set up");
  const show = config
    .command("show")
    .description("Tell each setting as it would hold, and where it comes from")
    .option(
      "--dir <directory>",
      "the directory of the cell, or of the node (default: ~/.local/share/coterie)",
    );
  addSettingsOptions(show, "as if the command to start it were given this port").action(
    (options: ConfigOptions) => tell(context, options),
  );
  withExamples(show, [
    ["coterie config show", "the settings of the default directory"],
    ["coterie config show --port 3000", "what they would be with this option"],
  ]);
  withExamples(config, [["coterie config show", "the settings of the default directory"]]);
}

async function tell(context: CliContext, options: ConfigOptions): Promise<void> {
  const directory = nodeDirectory(context, options.dir);
  const kept = await keptIn(context, directory);
  const told = tellSettings(await settingsSources(context, options, directory, kept));
  const columns = [{ title: "setting" }, { title: "value" }, { title: "from" }] as const;
  context.output.list(told, columns, rowOf);
  if (kept !== undefined)
    context.output.note("exports: behind these come the cell's own, which `coterie exports show` lists");
}

async function keptIn(context: CliContext, directory: string): Promise<SettingsSource | undefined> {
  const first = (await readCell(context.local, directory))?.nodes[0];
  const path = first === undefined ? directory : nodePath(directory, first);
  const isNode = (await context.local.stat(`${path}/${IDENTITY_FILE}`)) !== undefined;
  return isNode ? keptSettings(path, await identityIn(context, path)) : undefined;
}

function rowOf({ name, value, origin }: ToldSetting, style: Style): string[] {
  const text = typeof value === "object" ? value.join(" ") || "none" : String(value);
  return [name, showText(text), origin === DEFAULT_ORIGIN ? style.dim(origin) : showText(origin)];
}

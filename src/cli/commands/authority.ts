/** `coterie authority`: the key that certifies a cell's nodes, and changing over to another, for when a disk with it may be in others' hands. */
import type { Command } from "commander";
import type { AuthorityStatus } from "../../cell/index.ts";
import { sleep, type World } from "../../world/index.ts";
import { askedCell } from "../cell/asked-cell.ts";
import { OPERATOR_OPTION } from "../cell/operator-key.ts";
import type { CliContext } from "../context.ts";
import { withExamples } from "../help.ts";
import type { LocateOptions } from "../locate.ts";
import { parsePort } from "../options.ts";

const POLL_MS = 500;

interface RotateOptions extends LocateOptions {
  readonly wait?: boolean;
}

export function register(program: Command, context: CliContext): void {
  const authority = program
    .command("authority")
    .description("Show what certifies a cell's nodes, and change over to another");
  withExamples(
    located(
      authority.command("show").description("Tell which authority certifies, and how a change of it stands"),
    ).action((options: LocateOptions) => show(context, options)),
    [["coterie authority show", "its fingerprint, and the nodes that a change waits for"]],
  );
  withExamples(
    located(
      authority
        .command("rotate")
        .description("Change over to a new authority, while all nodes go on serving"),
    )
      .option("--no-wait", "return at once; `coterie authority show` tells how it goes")
      .action((options: RotateOptions) => rotate(context, options)),
    [
      ["coterie authority rotate", "after a disk was stolen, and its node removed"],
      ["coterie authority rotate --no-wait", "only begin it; it goes on by itself"],
    ],
  );
  withExamples(authority, [["coterie authority rotate", "make the present key worthless"]]);
}

function located(command: Command): Command {
  return command
    .option("--dir <directory>", "the cell's directory (default: ~/.local/share/coterie)")
    .option("--host <address>", "the address of a node, when no directory is at hand")
    .option("--port <number>", "the port of a node, when no directory is at hand", parsePort)
    .option(...OPERATOR_OPTION);
}

async function show(context: CliContext, options: LocateOptions): Promise<void> {
  const cell = await askedCell(context, options);
  const told = await cell.ask((admin) => admin.authority());
  context.output.result(told, () => describe(told));
}

/** Waits for nodes that are away, for as long as that takes: interrupted, the change goes on by itself. */
async function rotate(context: CliContext, options: RotateOptions): Promise<void> {
  const { world, ask } = await askedCell(context, options);
  const status = () => ask((admin) => admin.authority());
  await ask((admin) => admin.rotate());
  const told = options.wait === false ? await status() : await changed(context, world, status);
  context.output.result({ event: "rotate", ...told }, () => describe(told));
}

async function changed(
  context: CliContext,
  world: World,
  status: () => Promise<AuthorityStatus>,
): Promise<AuthorityStatus> {
  let before = "";
  for (;;) {
    const told = await status();
    if (told.change === undefined) return told;
    const text = describe(told);
    // Nothing comes of waiting for one that is away: whoever looks on has to know.
    if (text !== before && told.waitsFor.length > 0) context.output.note(text);
    before = text;
    await sleep(world.timers, POLL_MS);
  }
}

function describe({ fingerprint, change, waitsFor }: AuthorityStatus): string {
  const certifies = `the authority ${fingerprint.slice(0, 16)} certifies`;
  if (change === undefined) return `${certifies}, and no other is believed`;
  const aim = change === "prepare" ? "to know the next one" : "to have new certificates";
  const who = waitsFor.length === 0 ? "goes on" : `waits for ${waitsFor.join(", ")} ${aim}`;
  return `${certifies}; the change to another ${who}`;
}

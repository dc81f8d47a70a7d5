/** `coterie exports`: who may use the volumes of a cell, by address, at all of its nodes. What a node was given at its start goes before. */
import type { Command } from "commander";
import { cell_deed, cellRulesIn, cellRulesValue, EXPORTS_SETTING, exportsForm } from "../../cell/index.ts";
import { askedCell } from "../cell/asked-cell.ts";
import { OPERATOR_OPTION } from "../cell/operator-key.ts";
import type { CliContext } from "../context.ts";
import { withExamples } from "../help.ts";
import type { LocateOptions } from "../locate.ts";
import { parsePort } from "../options.ts";
import { showText } from "../style.ts";

export function register(program: Command, context: CliContext): void {
  const exports = program.command("exports").description("Say who may use a cell's volumes, at all nodes");
  withExamples(
    located(
      exports.command("set").description("Let clients in by these rules, and by no former ones of the cell"),
    )
      .argument(
        "<rule...>",
        "such as 192.168.1.0/24=rw, at most 256; tried in this order, behind those that a node was given itself",
      )
      .action((rules: readonly string[], options: LocateOptions) => set(context, rules, options)),
    [
      ["coterie exports set 10.1.0.0/16=ro,stale=5s 10.0.0.0/8=rw", "at once; no node is started anew"],
      ["coterie exports set 10.0.0.7=rw,no_root_squash 10.0.0.0/8=rw", "the first that fits decides"],
    ],
  );
  withExamples(
    located(exports.command("show").description("List the cell's rules")).action((options: LocateOptions) =>
      show(context, options),
    ),
    [["coterie exports show", "in the order in which they are tried"]],
  );
  withExamples(
    located(exports.command("clear").description("Let nobody in but by what a node was given itself")).action(
      (options: LocateOptions) => clear(context, options),
    ),
    [["coterie exports clear", "clients that came by the cell's rules are refused from now on"]],
  );
  withExamples(exports, [["coterie exports set 192.168.1.0/24=rw", "for a whole network, at every node"]]);
}

function located(command: Command): Command {
  return command
    .option("--dir <directory>", "the cell's directory (default: ~/.local/share/coterie)")
    .option("--host <address>", "the address of a node, when no directory is at hand")
    .option("--port <number>", "the port of a node, when no directory is at hand", parsePort)
    .option(...OPERATOR_OPTION);
}

/** The rules are read here: what no node can read does not come into the cell. */
async function set(context: CliContext, rules: readonly string[], options: LocateOptions): Promise<void> {
  const value = cellRulesValue(rules.map(exportsForm));
  const revision = await keep(context, value, options);
  const kept = cellRulesIn(value);
  context.output.result(
    { event: "exports-set", rules: kept, revision },
    () => `clients are let in at all nodes by ${kept.join(" ")}`,
  );
}

async function clear(context: CliContext, options: LocateOptions): Promise<void> {
  const revision = await keep(context, "", options);
  context.output.result(
    { event: "exports-clear", revision },
    () => "the cell has no rules of its own any more",
  );
}

async function keep(context: CliContext, value: string, options: LocateOptions): Promise<number> {
  const cell = await askedCell(context, options);
  const setting = { name: EXPORTS_SETTING, value };
  return cell.ask((admin) => admin.command({ deed: cell_deed.CELL_SET, setting }));
}

async function show(context: CliContext, options: LocateOptions): Promise<void> {
  const cell = await askedCell(context, options);
  const { settings } = await cell.status();
  const rules = cellRulesIn(settings[EXPORTS_SETTING] ?? "").map((rule) => ({ rule }));
  if (rules.length === 0)
    context.output.note("the cell has no rules of its own; each node has those that it was given");
  else context.output.list(rules, [{ title: "rule" }], ({ rule }) => [showText(rule)]);
}

/** `coterie explain CODE`: what an error means and what to do about it. */
import type { Command } from "commander";
import { type Catalogue, findEntry, loadCatalogue } from "../catalogue.ts";
import type { CliContext } from "../context.ts";
import { EXIT_STATUS_MEANINGS, UsageError } from "../errors.ts";
import { withExamples } from "../help.ts";
import { nearest } from "../suggest.ts";

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("explain")
    .description("Tell what an error code means and what to do")
    .argument("[code]", "the code of an error, such as NET_REFUSED")
    .option("--list", "every code, and the exit statuses")
    .action(async (code: string | undefined, options: { list?: boolean }) => {
      if (options.list === true) list(context, await loadCatalogue());
      else if (code !== undefined) await explain(context, code.toUpperCase());
      else throw new UsageError("explain needs a code, or --list");
    });
  withExamples(command, [
    ["coterie explain NET_ADDRESS_IN_USE", "what the code means, and what to do"],
    ["coterie explain --list", "every code there is"],
  ]);
}

async function explain(context: CliContext, code: string): Promise<void> {
  const entry = await findEntry(code);
  if (entry === undefined) {
    const guess = nearest(code, [...(await loadCatalogue()).keys()]);
    const hint = guess === undefined ? "" : `; did you mean ${guess}?`;
    throw new UsageError(`no error has the code ${code}${hint}`, { code });
  }
  context.output.result(entry, (style) =>
    [`${style.bold(entry.code)}  ${style.dim(entry.layer)}`, "", entry.summary, "", entry.remedy].join("\n"),
  );
}

function list(context: CliContext, catalogue: Catalogue): void {
  const { output } = context;
  const entries = [...catalogue.values()];
  output.list(entries, [{ title: "code" }, { title: "what happened" }], (entry) => [
    entry.code,
    entry.summary,
  ]);
  if (output.json) return;
  const statuses = EXIT_STATUS_MEANINGS.map(
    ([status, meaning]) => `${String(status).padStart(5)}  ${meaning}`,
  );
  output.result(undefined, (style) => `\n${style.dim("exit status")}\n${statuses.join("\n")}`);
}

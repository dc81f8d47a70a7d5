/** `coterie doctor`: looks at this machine and says what would keep a node from working well, and what to do. */
import type { Command } from "commander";
import type { AdminAddress } from "../../cell/index.ts";
import { isCoterieError } from "../../world/index.ts";
import { cellAddresses, operatorIn } from "../cell/ask-cell.ts";
import { OPERATOR_OPTION } from "../cell/operator-key.ts";
import type { CliContext } from "../context.ts";
import { askedNodes, checkCell } from "../doctor/cell-checks.ts";
import { checkDirectory, checkDiskSpeed, checkSpace, checkStore } from "../doctor/directory-checks.ts";
import type { Check, Finding, Verdict } from "../doctor/finding.ts";
import { checkNode, checkRpcbind } from "../doctor/network-checks.ts";
import { checkClock, checkNfsClient, checkVersions } from "../doctor/system-checks.ts";
import { ExitStatus } from "../errors.ts";
import { withExamples } from "../help.ts";
import { addressOf, type LocateOptions, locateNode } from "../locate.ts";
import { nodeDirectory } from "../node-directory.ts";
import { parsePort } from "../options.ts";
import { type Style, showText } from "../style.ts";

/** The nodes of a cell, or a node by itself. */
const checkServing: Check = async (patient) => {
  const asked = await askedNodes(patient);
  return asked === undefined ? checkNode(patient) : checkCell(asked)(patient);
};

const CHECKS: readonly Check[] = [
  checkVersions,
  checkClock,
  checkDirectory,
  checkSpace,
  checkDiskSpeed,
  checkStore,
  checkServing,
  checkRpcbind,
  checkNfsClient,
];

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("doctor")
    .description("Check this machine and its nodes, and say what to do")
    .option(
      "--dir <directory>",
      "the directory of the cell, or of the node (default: ~/.local/share/coterie)",
    )
    .option("--host <address>", "the node's address (default: where its directory says, or 127.0.0.1)")
    .option("--port <number>", "the node's port (default: what its directory says, or 2049)", parsePort)
    .option(
      OPERATOR_OPTION[0],
      "an operator's key: only the cell of the node is examined that listens for other nodes at --host and --port",
    )
    .action((options: LocateOptions) => examine(context, options));
  withExamples(command, [
    ["coterie doctor", "every check, for the default directory and port"],
    ["coterie doctor --dir /srv/files --json", "another directory; a line of JSON for each finding"],
    ["coterie doctor --operator anna.pem --host 10.0.0.1 --port 40123", "a cell on other machines"],
  ]);
}

async function examine(context: CliContext, options: LocateOptions): Promise<void> {
  const isElsewhere = operatorIn(context, options) !== undefined;
  const patient = {
    context,
    world: await context.world(),
    directory: nodeDirectory(context, options.dir),
    address: await addressToExamine(context, options),
    isAddressNamed:
      isElsewhere ||
      (options.dir === undefined && (options.host !== undefined || options.port !== undefined)),
  };
  const counts: Record<Verdict, number> = { ok: 0, note: 0, warn: 0, fail: 0 };
  // Of another machine nothing can be said but what its node tells.
  for (const check of isElsewhere ? [checkServing] : CHECKS) {
    for (const finding of await check(patient)) {
      counts[finding.verdict]++;
      context.output.result(finding, (style) => formatFinding(finding, style));
    }
  }
  if (counts.fail > 0) context.exitStatus = ExitStatus.findings;
  context.output.note(isElsewhere ? summaryOfCell(counts) : summary(counts));
}

/** Where no node runs, or its directory cannot be read, which a check tells: where one would be. */
async function addressToExamine(context: CliContext, options: LocateOptions): Promise<AdminAddress> {
  const [proven] = operatorIn(context, options) === undefined ? [] : await cellAddresses(context, options);
  if (proven !== undefined) return proven;
  try {
    return await locateNode(context, options);
  } catch (error) {
    if (!isCoterieError(error) || isCoterieError(error, "CLI_USAGE")) throw error;
    return addressOf(context, options);
  }
}

function formatFinding(finding: Finding, style: Style): string {
  const colours = { ok: style.green, note: style.dim, warn: style.yellow, fail: style.red };
  const line = `${colours[finding.verdict](finding.verdict.padEnd(4))}  ${finding.check}: ${showText(finding.message)}`;
  return finding.remedy === undefined ? line : `${line}\n      ${style.dim("→")} ${finding.remedy}`;
}

function summary(counts: Readonly<Record<Verdict, number>>): string {
  if (counts.fail > 0) return `\n${counts.fail} to mend before a node works here.`;
  return counts.warn > 0
    ? `\nA node works here; ${counts.warn} could be better.`
    : "\nA node works well here.";
}

function summaryOfCell({ fail, warn }: Readonly<Record<Verdict, number>>): string {
  if (fail > 0) return `\n${fail} to mend before the cell serves all that it should.`;
  return warn > 0 ? `\nThe cell serves; ${warn} could be better.` : "\nThe cell is well.";
}

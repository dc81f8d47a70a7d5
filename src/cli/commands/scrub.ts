/** `coterie scrub`: has the replicas of volumes read all that they hold, and tells what they found. What is damaged mends itself. */
import type { Command } from "commander";
import type { AdminAddress, CellAdmin, ReplicaStatus } from "../../cell/index.ts";
import { type CoterieError, isCoterieError, sleep } from "../../world/index.ts";
import { askCell, cellAddresses } from "../cell/ask-cell.ts";
import { type Asked, askedCell } from "../cell/asked-cell.ts";
import { volumeIn } from "../cell/volume-deeds.ts";
import type { CliContext } from "../context.ts";
import { ExitStatus } from "../errors.ts";
import { withExamples } from "../help.ts";
import type { LocateOptions } from "../locate.ts";
import { parsePort } from "../options.ts";
import { startProgress } from "../progress.ts";
import { formatCount, formatTable, type Style } from "../style.ts";

const POLL_MS = 250;
/** What the others found is told within a second; a report takes as long. */
const SETTLE_MS = 5000;

interface ScrubOptions extends LocateOptions {
  readonly wait: boolean;
}

/** What one replica found. */
interface ReplicaFinding {
  readonly volume: string;
  readonly node: string;
  /** "missed": the node was down or was started anew meanwhile. "open": too few others have told, or agree. */
  readonly found: "equal" | "unsound" | "open" | "missed";
  readonly records: number;
  readonly damaged: number;
}

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("scrub")
    .description("Read and compare all that replicas hold, and mend what is damaged")
    .argument("[volume]", "its name (default: all volumes)")
    .option("--no-wait", "return at once; `coterie status --json` shows how it goes")
    .option("--dir <directory>", "the cell's directory (default: ~/.local/share/coterie)")
    .option("--host <address>", "the address of a node, when no directory is at hand")
    .option("--port <number>", "the port of a node, when no directory is at hand", parsePort)
    .action((volume: string | undefined, options: ScrubOptions) => scrub(context, volume, options));
  withExamples(command, [
    ["coterie scrub", "all volumes, one after the other; a replica that is not as the others is made anew"],
    ["coterie scrub mail --no-wait", "only ask for it: volumes in use go on meanwhile"],
    ["coterie scrub --json", "what each replica found, as JSON objects"],
  ]);
}

async function scrub(context: CliContext, volume: string | undefined, options: ScrubOptions): Promise<void> {
  const cell = await askedCell(context, options);
  const status = await cell.status();
  const names =
    volume === undefined ? status.volumes.map(({ name }) => name) : [volumeIn(status, volume).name];
  const found: ReplicaFinding[] = [];
  for (const name of names) {
    const index = await begin(context, cell, options, name);
    if (options.wait) found.push(...(await untilRead(context, cell, name, index)));
    else
      context.output.result(
        { event: "scrub", volume: name, index },
        () => `${name} is read as of entry ${index}`,
      );
  }
  if (!options.wait) return;
  context.output.result({ event: "scrubbed", replicas: found }, (style) => format(found, style));
  if (found.some(isWrong)) context.exitStatus = ExitStatus.findings;
}

/** Asks one node after the other until one has a replica. */
async function begin(context: CliContext, cell: Asked, options: ScrubOptions, name: string): Promise<number> {
  let left = await cellAddresses(context, options);
  for (;;) {
    const begun = await askCell(cell.world, left, (admin, at) => beginAt(admin, at, name));
    if (typeof begun === "number") return begun;
    left = left.filter((address) => address !== begun.without);
    if (left.length === 0) throw begun.error;
  }
}

interface Elsewhere {
  readonly without: AdminAddress;
  readonly error: CoterieError;
}

async function beginAt(admin: CellAdmin, without: AdminAddress, name: string): Promise<number | Elsewhere> {
  try {
    return await admin.scrub(name);
  } catch (error) {
    if (isCoterieError(error, "CELL_NO_REPLICA")) return { without, error };
    throw error;
  }
}

async function untilRead(
  context: CliContext,
  cell: Asked,
  name: string,
  index: number,
): Promise<ReplicaFinding[]> {
  const progress = startProgress(context, cell.world, { label: `scrub ${name}`, unit: "items" });
  const { clock, timers } = cell.world;
  // What gave way is made anew within seconds, and then tells of nothing.
  const unsound = new Map<string, ReplicaFinding>();
  let settledMs = clock.monotonicMs();
  try {
    for (;;) {
      const status = await cell.status();
      const { replicas } = volumeIn(status, name);
      progress.done = Math.max(0, ...replicas.map(({ scrub: told }) => told?.records ?? 0));
      if (replicas.some((each) => isReading(each, index))) settledMs = clock.monotonicMs();
      const now = replicas.map((each) => findingOf(name, each, index));
      for (const each of now) if (each.found === "unsound") unsound.set(each.node, each);
      const found = now.map((each) => unsound.get(each.node) ?? each);
      const isOver = found.every((each) => each.found === "equal");
      if (isOver || clock.monotonicMs() - settledMs > SETTLE_MS) return found;
      await sleep(timers, POLL_MS);
    }
  } finally {
    progress.finish();
  }
}

function isReading({ scrub: told }: ReplicaStatus, index: number): boolean {
  return told?.state === "reading" && told.index >= index;
}

function findingOf(
  volume: string,
  { node, role, scrub: told }: ReplicaStatus,
  index: number,
): ReplicaFinding {
  const none = { volume, node, records: 0, damaged: 0 };
  // A replica that gave way is closed, and then made anew.
  if (role === "damaged") return { ...none, found: "unsound" };
  if (told === undefined || told.index < index) return { ...none, found: "missed" };
  const { records, damaged } = told;
  const found = told.state === "equal" || told.state === "unsound" ? told.state : "open";
  return { volume, node, found, records, damaged };
}

function isWrong({ found, damaged }: ReplicaFinding): boolean {
  return found === "unsound" || found === "open" || damaged > 0;
}

const WORDS: Readonly<Record<ReplicaFinding["found"], string>> = {
  equal: "as the others",
  unsound: "not as the others: it is made anew",
  open: "too few others agree",
  missed: "not read",
};

function format(found: readonly ReplicaFinding[], style: Style): string {
  const columns = [
    { title: "volume" },
    { title: "replica at" },
    { title: "records", align: "right" },
    { title: "damaged", align: "right" },
    { title: "" },
  ] as const;
  return formatTable(
    columns,
    found.map((each) => [
      each.volume,
      each.node,
      formatCount(each.records),
      formatCount(each.damaged),
      isWrong(each) ? style.red(WORDS[each.found]) : WORDS[each.found],
    ]),
  ).trimEnd();
}

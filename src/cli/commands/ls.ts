/** `coterie ls`: what a directory of the cell holds. */
import type { Command } from "commander";
import type { Dirent, NfsClient, Stats } from "../../files/index.ts";
import { hasErrno, joinPath } from "../../files/index.ts";
import type { CliContext } from "../context.ts";
import { remotePath } from "../files/arguments.ts";
import { addServerOptions, type ServerOptions, withClient } from "../files/connection.ts";
import { describeStats, formatMode, formatShortTime } from "../files/describe.ts";
import { forEachName } from "../files/several.ts";
import { withExamples } from "../help.ts";
import { formatBytes, type Style, showBytes } from "../style.ts";

interface Options extends ServerOptions {
  readonly long?: boolean;
  readonly directory?: boolean;
  readonly unsorted?: boolean;
  readonly human?: boolean;
}

interface Row {
  readonly name: Uint8Array;
  readonly stats: Stats | undefined;
  /** What a symbolic link says. */
  readonly target?: Uint8Array | undefined;
}

/** READLINKs in flight. */
const MAX_LINKS_AT_ONCE = 32;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("ls")
    .description("List a directory of the cell")
    .argument("[path...]", "directories and files; / when none is given")
    .option("-l, --long", "with type, mode, owner, size and time (UTC)")
    .option("-d, --directory", "directories themselves, not what they hold")
    .option("-U, --unsorted", "in the server's order, as it arrives: for very large directories")
    .option("--human", "sizes in KiB, MiB, …")
    .action(async (paths: string[], options: Options) => {
      await withClient(context, options, async (client) => {
        const named = (paths.length === 0 ? ["/"] : paths).map(remotePath);
        await forEachName(context, named, (path) => list(context, client, path, options, named.length > 1));
      });
    });
  withExamples(addServerOptions(command), [
    ["coterie ls /", "the names in the root of this machine's cell"],
    ["coterie ls -l /docs --server files.example:2049", "modes, owners, sizes and times, of another server"],
    ["coterie ls --json /docs", "one JSON object for each entry, to the nanosecond and the byte"],
  ]);
}

async function list(
  context: CliContext,
  client: NfsClient,
  path: Uint8Array,
  options: Options,
  titled: boolean,
): Promise<void> {
  const stats = await client.lstat(path);
  if (options.directory || !(await leadsToDirectory(client, path, stats))) {
    await print(context, client, undefined, [{ name: path, stats }], options);
    return;
  }
  if (titled && !context.output.json) context.terminal.out.write(`${showBytes(path)}:\n`);
  const wantsStats = options.long === true || context.output.json;
  const entries = client.opendir(path, { stats: wantsStats });
  if (options.unsorted) await printAsRead(context, client, path, entries, options);
  else await print(context, client, path, await collect(entries), options);
}

/** A link that leads nowhere, or in a circle, is listed as the link that it is. */
async function leadsToDirectory(client: NfsClient, path: Uint8Array, stats: Stats): Promise<boolean> {
  if (!stats.isSymbolicLink()) return stats.isDirectory();
  try {
    return (await client.stat(path)).isDirectory();
  } catch (error) {
    if (hasErrno(error, "ENOENT") || hasErrno(error, "ELOOP")) return false;
    throw error;
  }
}

async function collect(entries: AsyncIterable<Dirent>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const entry of entries) rows.push({ name: entry.rawName, stats: entry.stats });
  return rows.sort((a, b) => compareBytes(a.name, b.name));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = (a[at] as number) - (b[at] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** Rows that are printed together, so that memory stays bounded. */
const ROWS_AT_ONCE = 4096;

async function printAsRead(
  context: CliContext,
  client: NfsClient,
  directory: Uint8Array,
  entries: AsyncIterable<Dirent>,
  options: Options,
): Promise<void> {
  let rows: Row[] = [];
  for await (const entry of entries) {
    rows.push({ name: entry.rawName, stats: entry.stats });
    if (rows.length < ROWS_AT_ONCE) continue;
    await print(context, client, directory, rows, options);
    await context.terminal.flush();
    rows = [];
  }
  await print(context, client, directory, rows, options);
}

async function print(
  context: CliContext,
  client: NfsClient,
  directory: Uint8Array | undefined,
  rows: readonly Row[],
  options: Options,
): Promise<void> {
  const { output, terminal } = context;
  if (!output.json && !options.long) {
    terminal.out.write(rows.map((row) => `${showBytes(row.name)}\n`).join(""));
    return;
  }
  const whole = await withTargets(client, directory, rows);
  if (output.json) for (const row of whole) output.result(asJson(row), () => "");
  else if (whole.length > 0) printTable(context, whole, options.human === true);
}

/** Adds what symbolic links say, many at a time. */
async function withTargets(
  client: NfsClient,
  directory: Uint8Array | undefined,
  rows: readonly Row[],
): Promise<Row[]> {
  const whole = [...rows];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < whole.length; index = next++) {
      const row = whole[index] as Row;
      if (!row.stats?.isSymbolicLink()) continue;
      const path = directory === undefined ? row.name : joinPath(directory, row.name);
      whole[index] = { ...row, target: await client.readlink(path, { encoding: "buffer" }) };
    }
  };
  await Promise.all(Array.from({ length: MAX_LINKS_AT_ONCE }, work));
  return whole;
}

function asJson(row: Row): Record<string, unknown> {
  const described = describeStats(row.name, row.stats);
  return row.target === undefined ? described : { ...described, target: showBytes(row.target) };
}

function printTable(context: CliContext, rows: readonly Row[], human: boolean): void {
  context.output.list(
    rows,
    [
      { title: "mode" },
      { title: "links", align: "right" },
      { title: "uid", align: "right" },
      { title: "gid", align: "right" },
      { title: "size", align: "right" },
      { title: "modified" },
      { title: "name" },
    ],
    (row, style) => cells(row, style, human),
  );
}

function cells({ name, stats, target }: Row, style: Style, human: boolean): string[] {
  const shown = showBytes(name);
  // Gone between being listed and being asked about.
  if (stats === undefined) return ["?", "?", "?", "?", "?", "?", shown];
  const coloured = stats.isDirectory()
    ? style.bold(shown)
    : stats.isSymbolicLink()
      ? style.cyan(shown)
      : shown;
  return [
    formatMode(stats),
    String(stats.nlink),
    String(stats.uid),
    String(stats.gid),
    human ? formatBytes(stats.size) : String(stats.size),
    formatShortTime(stats.mtime),
    target === undefined ? coloured : `${coloured} -> ${showBytes(target)}`,
  ];
}

/**
 * `coterie trace`: does something with the cell's files, and shows what became of it at each node. The calls are made under a name that is
 * drawn for them alone; by it the node that was called finds them among its last steps, and asks the others for theirs.
 */
import type { Command } from "commander";
import { type AdminAddress, CellAdmin, type NodeSteps } from "../../cell/index.ts";
import { NfsClient } from "../../files/index.ts";
import type { Credential } from "../../rpc/index.ts";
import { type Address, type CoterieError, isCoterieError, sleep, type World } from "../../world/index.ts";
import { askedCell } from "../cell/asked-cell.ts";
import { OPERATOR_OPTION } from "../cell/operator-key.ts";
import { formatTrace, isWhole, surest, tracedCalls } from "../cell/trace-text.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { withExamples } from "../help.ts";
import type { LocateOptions } from "../locate.ts";
import { parsePort } from "../options.ts";

/** For how long the other nodes are given to have done what the first one did, and how often they are asked. */
const WHOLE_MS = 2000;
const POLL_MS = 100;
/** So many answers are compared for the surest times: the quicker one came, the less its clock can be mistaken. */
const ANSWERS = 5;
const CONNECT_TIMEOUT_MS = 3000;
const MAX_GROUPS = 16;

type Deed = (client: NfsClient, words: readonly string[]) => Promise<unknown>;

interface DeedRow {
  /** What follows its name. */
  readonly words: readonly string[];
  readonly run: Deed;
}

const text = new TextEncoder();
const word = (words: readonly string[], at: number): string => words[at] as string;

const DEEDS: Readonly<Record<string, DeedRow>> = {
  stat: { words: ["PATH"], run: (client, words) => client.lstat(word(words, 0)) },
  ls: { words: ["PATH"], run: (client, words) => client.readdir(word(words, 0)) },
  cat: { words: ["PATH"], run: (client, words) => client.readFile(word(words, 0)) },
  write: {
    words: ["PATH", "TEXT"],
    run: (client, words) => client.writeFile(word(words, 0), text.encode(word(words, 1))),
  },
  mkdir: { words: ["PATH"], run: (client, words) => client.mkdir(word(words, 0)) },
  rm: { words: ["PATH"], run: (client, words) => client.unlink(word(words, 0)) },
  rmdir: { words: ["PATH"], run: (client, words) => client.rmdir(word(words, 0)) },
  mv: { words: ["FROM", "TO"], run: (client, words) => client.rename(word(words, 0), word(words, 1)) },
};

export function register(program: Command, context: CliContext): void {
  const forms = Object.entries(DEEDS).map(([name, { words }]) => [name, ...words].join(" "));
  const command = program
    .command("trace")
    .description("Carry out an operation on a file, and show what each node did for it")
    .argument("<operation...>", `a path to look at, or one of: ${forms.join(", ")}`)
    .option("--dir <directory>", "the cell's directory (default: ~/.local/share/coterie)")
    .option("--host <address>", "the address of a node on this machine, when no directory is at hand")
    .option("--port <number>", "the port of a node, when no directory is at hand", parsePort)
    .option(...OPERATOR_OPTION)
    .action((words: readonly string[], options: LocateOptions) => trace(context, words, options));
  withExamples(command, [
    ["coterie trace /docs", "look at it, and show how the answer came to be"],
    ["coterie trace mkdir /docs", "from the call through the log to all replicas, with times"],
    ["coterie trace write /note hello --port 2050", "by way of the node on that port"],
  ]);
}

async function trace(context: CliContext, words: readonly string[], options: LocateOptions): Promise<void> {
  const { row, rest } = deedIn(words);
  const { world, ask } = await askedCell(context, options);
  const address = await ask(async (_, at) => at);
  const caller = `coterie-trace-${hex(world.random.bytes(8))}`;
  const service = await serviceAt(world, address);
  const failure = await done(context, world, service, caller, row, rest);
  const told = await gathered(world, address, caller);
  const calls = tracedCalls(told);
  context.output.result({ calls }, (style) => formatTrace(calls, style));
  if (failure !== undefined) throw failure;
}

function deedIn(words: readonly string[]): { readonly row: DeedRow; readonly rest: readonly string[] } {
  const [first = "", ...after] = words;
  const isPath = first.startsWith("/");
  const name = isPath ? "stat" : first;
  const rest = isPath ? words : after;
  const row = Object.hasOwn(DEEDS, name) ? DEEDS[name] : undefined;
  if (row === undefined) {
    throw new UsageError(`"${first}" is neither a path nor one of ${Object.keys(DEEDS).join(", ")}`);
  }
  if (rest.length !== row.words.length) {
    throw new UsageError(`expected ${[name, ...row.words].join(" ")}`);
  }
  return { row, rest };
}

/** What it failed with, if it did: how that came to be is worth as much. */
async function done(
  context: CliContext,
  world: World,
  { host, port }: Address,
  caller: string,
  row: DeedRow,
  words: readonly string[],
): Promise<CoterieError | undefined> {
  const credential = credentialOf(context, caller);
  const privilegedPort = context.process.uid === 0;
  const connectTimeoutMs = CONNECT_TIMEOUT_MS;
  const client = await NfsClient.connect(world, { host, port, credential, privilegedPort, connectTimeoutMs });
  try {
    await row.run(client, words);
    return undefined;
  } catch (error) {
    if (!isCoterieError(error)) throw error;
    return error;
  } finally {
    await client.close();
  }
}

function credentialOf({ process }: CliContext, machine: string): Credential {
  const { uid = 65_534, gid = 65_534, groups } = process;
  const gids = groups.filter((group) => group !== gid).slice(0, MAX_GROUPS);
  return { flavor: "sys", stamp: 0, machine, uid, gid, gids };
}

/** Replicas other than the caller's follow a little later. */
async function gathered(world: World, address: AdminAddress, caller: string): Promise<NodeSteps[]> {
  const admin = new CellAdmin(world, address);
  const endMs = world.clock.monotonicMs() + WHOLE_MS;
  try {
    for (;;) {
      const told = await admin.steps(caller);
      const names = told.map(({ node }) => node);
      if (isWhole(tracedCalls(told), names) || world.clock.monotonicMs() > endMs) break;
      await sleep(world.timers, POLL_MS);
    }
    const answers: NodeSteps[][] = [];
    for (let at = 0; at < ANSWERS; at++) answers.push(await admin.steps(caller));
    return surest(answers);
  } finally {
    await admin.close();
  }
}

/** Where the node serves files: one that asks for a proof of operators is asked at the port for other nodes. */
async function serviceAt(world: World, address: AdminAddress): Promise<Address> {
  if (address.credentials === undefined) return address;
  const admin = new CellAdmin(world, address);
  try {
    const { self, nodes } = await admin.status();
    const { host, port } = nodes.find(({ name }) => name === self) ?? address;
    return { host, port };
  } finally {
    await admin.close();
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `coterie token`: makes a token with which a machine can join the cell. The cell keeps a digest of it; the token itself is shown once, here. */
import { type Command, InvalidArgumentError } from "commander";
import {
  type AdminAddress,
  cell_deed,
  formatToken,
  MemberCredentials,
  makeToken,
  markOf,
} from "../../cell/index.ts";
import { CoterieError, formatAddress, fromHex, type World } from "../../world/index.ts";
import { askCell, cellAddresses, localNodes, operatorIn } from "../cell/ask-cell.ts";
import { OPERATOR_OPTION } from "../cell/operator-key.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { withExamples } from "../help.ts";
import type { LocateOptions } from "../locate.ts";
import { directoryFiles, nodeDirectory } from "../node-directory.ts";
import { parseDuration, parsePort, parseUses } from "../options.ts";
import { formatDuration } from "../style.ts";

interface TokenOptions extends LocateOptions {
  readonly uses: number;
  readonly expires?: number;
}

const DEFAULT_EXPIRY_MS = 3_600_000;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command("token")
    .description("Make a token with which another machine can join the cell")
    .option("--dir <directory>", "the cell's directory, or a node's (default: ~/.local/share/coterie)")
    .option("--host <address>", "with --operator: the address of a node on another machine")
    .option("--port <number>", "with --operator: the port where that node listens for others", parsePort)
    .option(...OPERATOR_OPTION)
    .option("--uses <number>", "how many nodes may join with it", parseUses, 1)
    .option("--expires <duration>", "until when it can be used (default: 1h)", parseExpiry)
    .action((options: TokenOptions) => token(context, options));
  withExamples(command, [
    ["coterie token > token", "for one node, within an hour; keep it as you would a password"],
    ["coterie token --uses 4 --expires 10min", "for four of them, within ten minutes"],
    ["coterie token --operator anna.pem --host 10.0.0.1 --port 40123", "from a machine that has no node"],
  ]);
}

function parseExpiry(text: string): number {
  const expiresMs = parseDuration(text);
  if (expiresMs < 1000) throw new InvalidArgumentError("Expected a duration of 1s to 100 years.");
  return expiresMs;
}

async function token(context: CliContext, options: TokenOptions): Promise<void> {
  const { host, port, uses, expires = DEFAULT_EXPIRY_MS } = options;
  if ((host !== undefined || port !== undefined) && operatorIn(context, options) === undefined)
    throw new UsageError("--host and --port need --operator here; --dir names a directory on this machine");
  const world = await context.world();
  const addresses = await cellAddresses(context, options);
  const made = makeToken(world, await pinOf(context, world, options, addresses));
  const mark = markOf(world.crypto, world.crypto.ed25519(made.privateKey).publicKey);
  const expires_seconds = BigInt(world.clock.wall().seconds + Math.ceil(expires / 1000));
  const nodes = await askCell(world, addresses, async (admin) => {
    const kept = { ...mark, expires_seconds, uses_left: uses };
    await admin.command({ deed: cell_deed.CELL_ADD_TOKEN, token: kept });
    return (await admin.status()).nodes;
  });
  const line = formatToken(world, made);
  const at = nodes.map(({ meshHost, meshPort }) => formatAddress({ host: meshHost, port: meshPort }));
  context.output.result({ token: line, join: at, uses, expiresMs: expires }, () => line);
  context.output.note(
    `for ${uses === 1 ? "one node" : `${uses} nodes`}, within ${formatDuration(expires)}: \`coterie node --join ${at[0]} --token-file FILE\``,
  );
}

type Pin = MemberCredentials["pin"];

/** By what a machine knows the cell and its authority: a node here has it, one that proves itself tells it. Whoever else answers is not believed. */
async function pinOf(
  context: CliContext,
  world: World,
  { dir }: TokenOptions,
  addresses: readonly AdminAddress[],
): Promise<Pin> {
  const isProven = addresses.length > 0 && addresses.every(({ credentials }) => credentials !== undefined);
  if (!isProven) return (await credentialsIn(context, world, dir)).pin;
  return askCell(world, addresses, async (admin) => {
    const { self, cell } = await admin.status();
    const fingerprint = fromHex((await admin.authority()).fingerprint);
    if (fingerprint !== undefined) return { cell, fingerprint };
    throw new CoterieError("AUTHORITY_ABSENT", `${self} tells of no authority`, { details: { node: self } });
  });
}

/** Those of any node that has its directory here: they name the cell and its authority. */
async function credentialsIn(
  context: CliContext,
  world: World,
  dir: string | undefined,
): Promise<MemberCredentials> {
  const path = nodeDirectory(context, dir);
  for (const { directory } of await localNodes(context, path)) {
    const found = await MemberCredentials.open(world, directoryFiles(context.local, directory));
    if (found !== undefined) return found;
  }
  throw new CoterieError("CELL_UNREACHABLE", `${path} has no node of a cell`, {
    details: { directory: path },
  });
}

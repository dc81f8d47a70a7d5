/**
 * Makes a directory that of a node in a cell which is there already: asks one of its nodes to be taken in, with a token, and keeps what it is told.
 * Cut short, it is begun again with the same key and the same addresses: it is the same question.
 */
import {
  encodeNewcomer,
  IDENTITY_FILE,
  type Identity,
  identityFrom,
  isName,
  isoTime,
  join,
  type KnownNode,
  keyToJoinWith,
  MemberCredentials,
  type NodeSettings,
  parseToken,
  type Token,
  writeIdentity,
} from "../../cell/index.ts";
import { type Address, CoterieError, type World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { directoryFiles, makeNodeDirectory } from "../node-directory.ts";
import { HARMLESS } from "./kept-settings.ts";
import { hostOf, nameFrom } from "./names.ts";
import { findPlaces } from "./places.ts";

export interface JoinOptions {
  /** Where a node of the cell listens for others: `HOST:PORT`. */
  readonly join?: string;
  readonly tokenFile?: string;
  readonly name?: string;
  readonly domain?: string;
}

const MAX_TOKEN_BYTES = 4096;

/** Errors: JOIN_…, CELL_TOO_OLD, CELL_TOO_NEW, CELL_DIRECTORY_FOREIGN, TLS_…, NET_…, LOCAL_…. */
export async function joinCell(
  context: CliContext,
  directory: string,
  options: JoinOptions,
  settings: NodeSettings,
): Promise<Identity> {
  const files = directoryFiles(context.local, directory);
  const stranger = (await files.names()).find((name) => !HARMLESS.has(name));
  if (stranger !== undefined) {
    throw new CoterieError(
      "CELL_DIRECTORY_FOREIGN",
      `${directory} holds "${stranger}" and is no new node's`,
      {
        details: { directory, found: stranger },
      },
    );
  }
  const world = await context.world();
  const token = parseToken(world, await readToken(context, options));
  const self = await newSelf(context, world, options, settings);
  const at = await cellAt(world, options.join ?? "");
  const identity = await becomeNode(context, world, directory, { token, self, at });
  await world.close();
  return identity;
}

export interface NewcomerOptions {
  readonly token: Token;
  readonly self: KnownNode;
  /** Where a node of the cell listens for others. */
  readonly at: Address;
  readonly signal?: AbortSignal;
}

/** Joins, and writes into the directory who the node is by then. Errors: JOIN_…, CELL_TOO_OLD, CELL_TOO_NEW, TLS_…, NET_…, LOCAL_…; the signal's reason. */
export async function becomeNode(
  { local, version }: CliContext,
  world: World,
  directory: string,
  { token, self, at, signal }: NewcomerOptions,
): Promise<Identity> {
  const files = directoryFiles(local, directory);
  await makeNodeDirectory(local, directory);
  const privateKey = await keyToJoinWith(world, files);
  const about = encodeNewcomer(self);
  const { certificate, authorities, welcome } = await join(world, {
    ...{ at, token, name: self.name, privateKey, about },
    ...(signal !== undefined && { signal }),
  });
  const made = { created: isoTime(world.clock.wall()), madeBy: version };
  const identity = identityFrom(welcome, self.name, made);
  if (identity === undefined) {
    throw new CoterieError("JOIN_VIOLATION", "the cell took the node in and did not say who its nodes are");
  }
  await MemberCredentials.keep(world, files, { certificate: certificate.der, privateKey }, authorities);
  // Last: what has no such file has not joined.
  await writeIdentity(files, identity);
  return identity;
}

async function cellAt(world: World, text: string): Promise<Address> {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? 0);
  if (host === undefined || port === 0 || port > 65_535) {
    throw new UsageError(`--join ${text}: expected HOST:PORT, as \`coterie token\` tells it`);
  }
  const [first] = await world.net.resolve(host);
  if (first === undefined) throw new CoterieError("NET_NAME_UNKNOWN", `${host} has no address`);
  return { host: first, port };
}

async function newSelf(
  context: CliContext,
  world: World,
  { name = nameFrom(context.process.hostname), domain = "" }: JoinOptions,
  settings: NodeSettings,
): Promise<KnownNode> {
  if (!isName(name))
    throw new UsageError(`--name ${name}: expected letters a to z, digits, and . _ - between them`);
  const host = await hostOf(world, settings);
  const [place] = await findPlaces(world, host, settings.port, 1);
  if (place === undefined) throw new CoterieError("NET_ADDRESS_IN_USE", `${host} has no free port`);
  return { name, domain, mesh: { host, port: place.mesh }, service: { host, port: place.service } };
}

/** Never an argument: those are for everybody on the machine to see. */
async function readToken({ local, terminal }: CliContext, { tokenFile }: JoinOptions): Promise<string> {
  if (tokenFile === undefined) throw new UsageError("--join needs --token-file, - for standard input");
  const decoder = new TextDecoder();
  if (tokenFile !== "-") return decoder.decode(await local.readAll(tokenFile, MAX_TOKEN_BYTES));
  let text = "";
  for await (const chunk of terminal.input) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_TOKEN_BYTES) break;
  }
  return text;
}

/** Whether a directory is a node's already. */
export async function hasJoined(context: CliContext, directory: string): Promise<boolean> {
  return (await context.local.stat(`${directory}/${IDENTITY_FILE}`)) !== undefined;
}

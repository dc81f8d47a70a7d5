/**
 * Makes a cell larger by nodes on this machine. Each joins as one from another machine would, with a token over the port for links; the directory of
 * the cell is where the token is made, so nobody has to carry it.
 *
 * A name is in `cell.json` before its node joins, and `node.json` is the last thing that joining writes: a name without one is joined at the
 * next start, with the key that it began with, for which it is the same question.
 */
import {
  type CellCommand,
  cell_deed,
  IDENTITY_FILE,
  type KnownNode,
  MemberCredentials,
  makeToken,
  markOf,
  NODE_KEY_FILE,
  type Token,
} from "../../cell/index.ts";
import type { LocalFiles } from "../../node/index.ts";
import { CoterieError, isCoterieError, sleep, type World } from "../../world/index.ts";
import type { CliContext } from "../context.ts";
import { directoryFiles } from "../node-directory.ts";
import { askCell, localNodes } from "./ask-cell.ts";
import { nodePath } from "./cell-directory.ts";
import { becomeNode } from "./join-cell.ts";
import { findNextPlace } from "./places.ts";
import type { Roster } from "./roster.ts";

export const FIRST_PAUSE_MS = 1000;
export const MAX_PAUSE_MS = 10_000;
const TOKEN_SECONDS = 3600;

export interface Growth {
  readonly roster: Roster;
  /** Nodes here that the cell has already, in the order of their names in the roster; one at least. */
  readonly members: readonly KnownNode[];
  /** Nodes that shall be here. */
  readonly count: number;
  readonly signal: AbortSignal;
  onJoining(name: string): void;
  /** It is a node of the cell, and its directory is whole. */
  onJoined(name: string, servicePort: number): void;
  onFailure(name: string, error: CoterieError, nextMs: number): void;
}

/** Resolves when there are as many as there shall be, or the signal came. Nodes of the cell have to run. Errors: LOCAL_…. */
export async function growCell(context: CliContext, world: World, growth: Growth): Promise<void> {
  const { local } = context;
  const { roster, count, signal } = growth;
  const grower = new Grower(context, world, growth);
  try {
    for (const name of await pendingIn(local, roster)) await grower.join(name);
    while (roster.cell.nodes.length < count) await grower.join(await grower.name());
    await grower.close();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Names without a node yet: joining them was cut short. */
export async function pendingIn(local: LocalFiles, { cell }: Pick<Roster, "cell">): Promise<string[]> {
  const pending: string[] = [];
  for (const name of cell.nodes) {
    const file = `${nodePath(cell.path, name)}/${IDENTITY_FILE}`;
    if ((await local.stat(file)) === undefined) pending.push(name);
  }
  return pending;
}

class Grower {
  readonly #context: CliContext;
  readonly #world: World;
  readonly #growth: Growth;
  readonly #members: KnownNode[];
  #token: Token | undefined;
  #tokenId: Uint8Array | undefined;
  /** The highest number that a node's name had here, or was refused. */
  #named = 0;

  constructor(context: CliContext, world: World, growth: Growth) {
    this.#context = context;
    this.#world = world;
    this.#growth = growth;
    this.#members = [...growth.members];
  }

  /** A name that no node here has or had, in the roster by then. */
  async name(): Promise<string> {
    const { roster } = this.#growth;
    const { path, nodes } = roster.cell;
    const folders = await directoryFiles(this.#context.local, `${path}/nodes`).names();
    const numbers = [...nodes, ...folders].flatMap((name) => numberOf(name) ?? []);
    this.#named = Math.max(this.#named, ...numbers) + 1;
    const name = `node-${this.#named}`;
    await roster.add(name);
    return name;
  }

  /** Tries until it has joined; under another name where the cell has, or had, that one. */
  async join(first: string): Promise<void> {
    const { signal, onFailure, onJoining, onJoined } = this.#growth;
    const { timers } = this.#world;
    let name = first;
    onJoining(name);
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(MAX_PAUSE_MS, 2 * pauseMs)) {
      signal.throwIfAborted();
      try {
        const self = await this.#become(name);
        this.#members.push(self);
        onJoined(name, self.service.port);
        return;
      } catch (error) {
        if (signal.aborted || !isCoterieError(error)) throw error;
        if (isCoterieError(error, "JOIN_REFUSED")) this.#token = undefined;
        if (isCoterieError(error, "JOIN_REFUSED") && error.details.reason === "name") {
          name = await this.#renamed(name);
          continue;
        }
        onFailure(name, error, pauseMs);
        await sleep(timers, pauseMs, signal);
      }
    }
  }

  async #renamed(name: string): Promise<string> {
    const { roster } = this.#growth;
    this.#named = Math.max(this.#named, numberOf(name) ?? 0);
    await roster.remove(name);
    const files = directoryFiles(this.#context.local, nodePath(roster.cell.path, name));
    await files.remove(NODE_KEY_FILE);
    return this.name();
  }

  async #become(name: string): Promise<KnownNode> {
    const { roster, signal } = this.#growth;
    const [first] = this.#members;
    if (first === undefined) throw new RangeError("a cell's directory has a node that is of the cell");
    const { host } = first.service;
    const last = Math.max(...this.#members.map(({ service }) => service.port));
    const { service, mesh } = await findNextPlace(this.#world, host, last + 1);
    const self: KnownNode = {
      name,
      domain: "",
      mesh: { host, port: mesh },
      service: { host, port: service },
    };
    this.#token ??= await this.#makeToken();
    const directory = nodePath(roster.cell.path, name);
    const token = this.#token;
    // Any node says which one has the authority; those that do not answer are passed over.
    const identity = await firstOf(this.#members, ({ mesh: at }) =>
      becomeNode(this.#context, this.#world, directory, { token, self, at, signal }),
    );
    return identity.self;
  }

  /** Known to this process only, and of no use to anybody once it is dropped. */
  async #makeToken(): Promise<Token> {
    const { crypto, clock } = this.#world;
    const token = makeToken(this.#world, await this.#pin());
    const mark = markOf(crypto, crypto.ed25519(token.privateKey).publicKey);
    const expires_seconds = BigInt(clock.wall().seconds + TOKEN_SECONDS);
    const kept = { ...mark, expires_seconds, uses_left: this.#growth.count };
    await this.#command({ deed: cell_deed.CELL_ADD_TOKEN, token: kept });
    this.#tokenId = mark.id;
    return token;
  }

  /** Names the cell and its authority. */
  async #pin(): Promise<Token["pin"]> {
    const { path } = this.#growth.roster.cell;
    for (const { name } of this.#growth.members) {
      const files = directoryFiles(this.#context.local, nodePath(path, name));
      const found = await MemberCredentials.open(this.#world, files);
      if (found !== undefined) return found.pin;
    }
    throw new CoterieError("CELL_UNREACHABLE", `${path} has no node with a certificate`, {
      details: { directory: path },
    });
  }

  async #command(command: CellCommand): Promise<void> {
    const nodes = await localNodes(this.#context, this.#growth.roster.cell.path);
    const addresses = nodes.flatMap(({ running }) => running?.address ?? []);
    await askCell(this.#world, addresses, (admin) => admin.command(command));
  }

  /** A token that nobody drops ends by itself. */
  async close(): Promise<void> {
    if (this.#tokenId === undefined || this.#growth.signal.aborted) return;
    const command = { deed: cell_deed.CELL_DROP_TOKEN, token_id: this.#tokenId } as const;
    await this.#command(command).catch((error: unknown) => {
      if (!isCoterieError(error)) throw error;
    });
  }
}

function numberOf(name: string): number | undefined {
  const match = /^node-(\d{1,9})$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** What the first gives of those that do not fail; when all do, why the last did. */
async function firstOf<Member, Given>(
  members: readonly Member[],
  ask: (member: Member) => Promise<Given>,
): Promise<Given> {
  let last: unknown;
  for (const member of members) {
    try {
      return await ask(member);
    } catch (error) {
      // What a node of the cell has decided, another would decide too.
      if (!isCoterieError(error) || isCoterieError(error, "JOIN_REFUSED")) throw error;
      last = error;
    }
  }
  throw last;
}

/**
 * What a cell knows of itself: its nodes, its volumes and where their replicas are, mount points, tokens and settings. It is the state
 * machine of the cell's log, so that all nodes know the same. A command is refused alike everywhere, and then left the state as it
 * was; so whoever asked learns from the reply of its own node what all of them decided.
 */
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import type { StateMachine } from "../../paxos/index.ts";
import { assert, CoterieError } from "../../world/index.ts";
import {
  CELL_STATE_FORMAT,
  type cell_command,
  cell_deed,
  type cell_founding,
  decode_cell_command,
  decode_cell_snapshot,
  encode_cell_command,
  encode_cell_snapshot,
} from "../gen/cell-admin.gen.ts";
import { Refused } from "./errors.ts";
import { LEVELS, type Levels, levelOf, requireLevel } from "./level.ts";
import { mount, unmount } from "./mount-deeds.ts";
import { badName } from "./names.ts";
import { admit, dismiss, enter, readdress, stand, unfit } from "./node-deeds.ts";
import {
  type CellMount,
  type CellNode,
  type CellSetting,
  type CellToken,
  type CellVolume,
  fromWire,
  hex,
  mountKey,
  type Records,
  toWire,
  volumeNamed,
} from "./records.ts";
import { addToken, dropToken, set, swap } from "./setting-deeds.ts";
import {
  copyVolume,
  dropVolume,
  limitVolume,
  makeVolume,
  moveVolume,
  placeVolume,
  renameVolume,
  volumeMoved,
} from "./volume-deeds.ts";

/** A change of the cell's state, as its log carries it (x/cell-state.x). */
export type CellCommand = cell_command;

const NOBODY: ReadonlySet<string> = new Set();

/** The revision that the command made, or why it did nothing. */
export type CellReply = bigint | Refused;

/** A command as the cell's log carries it. */
export function encodeCellCommand(command: CellCommand): Uint8Array {
  const w = new XdrWriter(256);
  encode_cell_command(w, command);
  return w.detach(0);
}

/**
 * The state machine of the cell's log: nodes, volumes and their places, mounts, tokens, settings. A command
 * that cannot be carried out answers with `Refused`.
 */
export class CellState implements StateMachine<CellReply> {
  readonly #levels: Levels;
  #records: Records | undefined;
  /** Called after a command that changed something, and after a snapshot took the state's place. */
  onChange: () => void = () => {};

  constructor(levels: Levels = LEVELS) {
    this.#levels = levels;
  }

  /** 16 bytes drawn at the founding; undefined before it. */
  get id(): Uint8Array | undefined {
    return this.#records?.id;
  }

  get name(): string {
    return this.#records?.name ?? "";
  }

  /** Index of the last command that changed anything, 0 before the founding. */
  get revision(): bigint {
    return this.#records?.revision ?? 0n;
  }

  get nodes(): CellNode[] {
    return [...(this.#records?.nodes.values() ?? [])];
  }

  get volumes(): CellVolume[] {
    return [...(this.#records?.volumes.values() ?? [])];
  }

  get mounts(): CellMount[] {
    return [...(this.#records?.mounts.values() ?? [])];
  }

  get tokens(): CellToken[] {
    return [...(this.#records?.tokens.values() ?? [])];
  }

  get settings(): CellSetting[] {
    return [...(this.#records?.settings.values() ?? [])];
  }

  node(name: string): CellNode | undefined {
    return this.#records?.nodes.get(name);
  }

  /** Names of nodes that were dismissed, oldest first. */
  get gone(): ReadonlySet<string> {
    return this.#records?.gone ?? NOBODY;
  }

  /** A node of this name was in the cell, and was dismissed. */
  isGone(name: string): boolean {
    return this.#records?.gone.has(name) ?? false;
  }

  volume(id: Uint8Array): CellVolume | undefined {
    return this.#records?.volumes.get(hex(id));
  }

  volumeNamed(name: string): CellVolume | undefined {
    return this.#records === undefined ? undefined : volumeNamed(this.#records, name);
  }

  /** What is mounted at a directory. */
  mountedAt(place: Pick<CellMount, "in_volume" | "inode" | "generation">): CellMount | undefined {
    return this.#records?.mounts.get(mountKey(place));
  }

  apply(index: number, entry: Uint8Array): CellReply {
    const refused = this.#carryOut(decoded(entry), BigInt(index));
    if (refused !== undefined) return refused;
    // At once: what comes after the raising may mean to newer versions what this one does not know.
    requireLevel(levelOf(this), this.#levels);
    assert(this.#records !== undefined, "a command that was carried out has a cell");
    this.#records.revision = BigInt(index);
    this.onChange();
    return BigInt(index);
  }

  snapshot(): Uint8Array[] {
    const w = new XdrWriter(4096);
    const cell = this.#records === undefined ? null : toWire(this.#records);
    encode_cell_snapshot(w, { format: CELL_STATE_FORMAT, cell });
    return [w.detach(0)];
  }

  restore(pieces: Iterable<Uint8Array>): void {
    const bytes = joined([...pieces]);
    const r = new XdrReader(bytes);
    const { format, cell } = decode_cell_snapshot(r);
    r.finish();
    if (format !== CELL_STATE_FORMAT) throw new XdrError("XDR_RANGE", `a cell's state of format ${format}`);
    this.#records = cell === null ? undefined : fromWire(cell);
    if (this.#records !== undefined) requireLevel(levelOf(this), this.#levels);
    this.onChange();
  }

  #carryOut(command: CellCommand, revision: bigint): Refused | undefined {
    if (command.deed === cell_deed.CELL_FOUND) return this.#found(command.founding, revision);
    if (this.#records === undefined) return new Refused("CELL_NOT_FOUNDED", "there is no cell yet");
    return carryOut(this.#records, command, revision);
  }

  #found(founding: cell_founding, revision: bigint): Refused | undefined {
    if (this.#records !== undefined)
      return new Refused("CELL_FOUNDED", `the cell is ${hex(this.#records.id)}`);
    const { id, name, made_seconds, nodes } = founding;
    const records = fromWire({
      id,
      name,
      made_seconds,
      revision,
      nodes: [],
      gone: [],
      volumes: [],
      mounts: [],
      tokens: [],
      settings: [],
    });
    const refused = badName("cell", name);
    if (refused !== undefined) return refused;
    if (nodes.length === 0) return new Refused("CELL_NODE_LAST", "a cell has one node at least");
    for (const node of nodes) {
      const why = unfit(records, node);
      if (why !== undefined) return why;
      enter(records, node, revision);
    }
    this.#records = records;
    return undefined;
  }
}

function carryOut(records: Records, command: CellCommand, revision: bigint): Refused | undefined {
  switch (command.deed) {
    case cell_deed.CELL_ADMIT:
      return admit(records, command.admission, revision);
    case cell_deed.CELL_READDRESS:
      return readdress(records, command.address, revision);
    case cell_deed.CELL_STAND:
      return stand(records, command.standing, revision);
    case cell_deed.CELL_DISMISS:
      return dismiss(records, command.dismissed);
    case cell_deed.CELL_MAKE_VOLUME:
      return makeVolume(records, command.making, revision);
    case cell_deed.CELL_MOVE_VOLUME:
      return moveVolume(records, command.move, revision);
    case cell_deed.CELL_VOLUME_MOVED:
      return volumeMoved(records, command.moved, revision);
    case cell_deed.CELL_LIMIT_VOLUME:
      return limitVolume(records, command.quota, revision);
    case cell_deed.CELL_RENAME_VOLUME:
      return renameVolume(records, command.renaming, revision);
    case cell_deed.CELL_DROP_VOLUME:
      return dropVolume(records, command.dropped);
    case cell_deed.CELL_MOUNT:
      return mount(records, command.mount, revision);
    case cell_deed.CELL_UNMOUNT:
      return unmount(records, command.unmounted);
    case cell_deed.CELL_ADD_TOKEN:
      return addToken(records, command.token);
    case cell_deed.CELL_DROP_TOKEN:
      return dropToken(records, command.token_id);
    case cell_deed.CELL_SET:
      return set(records, command.setting, revision);
    case cell_deed.CELL_COPY_VOLUME:
      return copyVolume(records, command.copies, revision);
    case cell_deed.CELL_PLACE_VOLUME:
      return placeVolume(records, command.placing, revision);
    case cell_deed.CELL_SWAP:
      return swap(records, command.swap, revision);
    case cell_deed.CELL_FOUND:
      return new Refused("CELL_FOUNDED", "the cell is founded already");
  }
}

/**
 * A command that this version does not know ends this replica: passing over what newer nodes carry out would make its state
 * another one than theirs. @throws CoterieError CELL_COMMAND.
 */
function decoded(entry: Uint8Array): CellCommand {
  try {
    // The records keep what they are given, and the entry is the log's.
    const r = new XdrReader(entry.slice());
    const command = decode_cell_command(r);
    r.finish();
    return command;
  } catch (cause) {
    if (!(cause instanceof XdrError)) throw cause;
    throw new CoterieError(
      "CELL_COMMAND",
      `a command of the cell that this version does not know: ${cause.message}`,
      { cause },
    );
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return (pieces[0] as Uint8Array).slice();
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/**
 * What nodes of different versions agree on while a cell is upgraded one node after the other.
 *
 * A level is all that nodes write for each other: commands of logs, snapshots, messages. A version knows the levels from `oldest` to `current`; a cell is on
 * one, which its log keeps as a setting. Nobody writes what is of a higher level. Once every node tells that it knows a higher one, whoever leads the
 * cell raises it, and it never falls: what is written since, older versions could not read, so they refuse to be nodes of it.
 *
 * Source: the cluster version of CockroachDB and the `metadata.version` of Kafka, in the small.
 */
import { CoterieError } from "../../world/index.ts";
import type { cell_deed } from "../gen/cell-admin.gen.ts";
import { Refused } from "./errors.ts";
import type { CellSetting } from "./records.ts";

export const LEVEL_SETTING = "level";
/** Of a cell that nobody raised. */
export const FIRST_LEVEL = 1;
const MAX_LEVEL = 1_000_000;

export interface Levels {
  /** The highest that this version reads and writes. */
  readonly current: number;
  /** The lowest that it still can. */
  readonly oldest: number;
  /** Commands of the cell's log that came after the first level, and with which they came. */
  readonly commands: ReadonlyMap<cell_deed, number>;
}

/** What this version knows. A change of what nodes write for each other raises `current`. */
export const LEVELS: Levels = { current: FIRST_LEVEL, oldest: FIRST_LEVEL, commands: new Map() };

export function levelOf({ settings }: { readonly settings: Iterable<CellSetting> }): number {
  for (const { name, value } of settings) if (name === LEVEL_SETTING) return levelIn(value) ?? FIRST_LEVEL;
  return FIRST_LEVEL;
}

/** Why a value cannot take the place of the one that there is; undefined: it can. */
export function badLevel(before: string | undefined, value: string): Refused | undefined {
  const now = (before === undefined ? undefined : levelIn(before)) ?? FIRST_LEVEL;
  const level = levelIn(value);
  if (level !== undefined && level > now) return undefined;
  return new Refused("CELL_LEVEL", `the cell is on level ${now}, which can only be raised`);
}

function levelIn(text: string): number | undefined {
  const level = Number(text);
  return /^[1-9]\d*$/.test(text) && level <= MAX_LEVEL ? level : undefined;
}

/**
 * Whether a version can be a node of a cell that is on this level.
 * @throws CoterieError CELL_TOO_OLD, CELL_TOO_NEW.
 */
export function requireLevel(level: number, { current, oldest }: Levels): void {
  const details = { level, current, oldest };
  if (level > current) {
    const message = `the cell is on level ${level}, and this version knows levels up to ${current}`;
    throw new CoterieError("CELL_TOO_OLD", message, { details });
  }
  if (level < oldest) {
    const message = `the cell is on level ${level}, and this version knows none before ${oldest}`;
    throw new CoterieError("CELL_TOO_NEW", message, { details });
  }
}

/**
 * Whether all nodes could carry out a command by now.
 * @throws CoterieError CELL_LEVEL.
 */
export function requireCommand(deed: cell_deed, level: number, { commands }: Levels): void {
  const needed = commands.get(deed) ?? FIRST_LEVEL;
  if (needed <= level) return;
  const message = `this needs level ${needed}, and the cell is on ${level}: a node runs an older version, or does not run`;
  throw new CoterieError("CELL_LEVEL", message, { details: { needed, level } });
}

/** Who raises the level of a cell, and when. What levels are is said in `state/level.ts`. */
import { cell_deed } from "../gen/cell-admin.gen.ts";
import type { CellCommand, CellState } from "../state/cell-state.ts";
import { LEVEL_SETTING, levelOf } from "../state/level.ts";
import type { NodeReport } from "./reports.ts";

/** What a node tells of itself; undefined for one that tells nothing now. */
export type LevelsOf = (name: string) => Pick<NodeReport, "level" | "oldest_level"> | undefined;

/**
 * What the leader of the cell's log does about the level; undefined: nothing. Every node has to tell: one that is down may come back with the version that
 * it had, and would be kept out.
 */
export function levelDuty(state: CellState, levelsOf: LevelsOf): CellCommand | undefined {
  const told = state.nodes.map(({ name }) => levelsOf(name));
  const level = Math.min(...told.map((node) => node?.level ?? 0));
  if (!Number.isFinite(level) || level <= levelOf(state)) return undefined;
  if (told.some((node) => (node?.oldest_level ?? 0) > level)) return undefined;
  return { deed: cell_deed.CELL_SET, setting: { name: LEVEL_SETTING, value: String(level) } };
}

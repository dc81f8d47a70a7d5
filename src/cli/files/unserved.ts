/**
 * Why a file command got no answer from a cell. That a call had no reply says little; the cell's nodes know more, and tell it to callers on their own machine:
 * which of them are down, and whether the others are a majority.
 */
import { type Address, CoterieError, isCoterieError, type World } from "../../world/index.ts";
import { askStatus } from "../cell/ask-cell.ts";
import { cellProblems } from "../cell/cell-text.ts";

/** With one of these a volume answers nobody. */
const UNSERVED: ReadonlySet<string> = new Set(["CELL_NO_QUORUM", "CELL_VOLUME_UNSERVED"]);

/** What a command fails with that failed with `error`: the same, where the cell has nothing to say to it. */
export async function whyUnanswered(
  world: World,
  nodes: readonly Address[],
  error: unknown,
): Promise<unknown> {
  if (!isCoterieError(error, "RPC_TIMEOUT")) return error;
  try {
    const problems = cellProblems(await askStatus(world, nodes));
    const worst = problems.find(({ code }) => UNSERVED.has(code));
    if (worst === undefined) return error;
    const down = problems.filter(({ code }) => code === "CELL_NODE_DOWN").map(({ message }) => message);
    const message = ["the cell did not answer in time", worst.message, ...down].join("; ");
    return new CoterieError(worst.code, message, { cause: error });
  } catch (silence) {
    return isCoterieError(silence, "CELL_UNREACHABLE") ? silence : error;
  }
}

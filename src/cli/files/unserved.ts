/**
 * Why a file command gets no answer from a cell. That a call has no reply says little; the cell's nodes know more, and tell it to callers on their own machine:
 * which of them are down, and whether the others are a majority.
 */
import { type Address, CoterieError, isCoterieError, type Timer, type World } from "../../world/index.ts";
import { askStatus } from "../cell/ask-cell.ts";
import { cellProblems } from "../cell/cell-text.ts";
import type { Output } from "../output.ts";

/** With one of these a volume answers nobody. */
const UNSERVED: ReadonlySet<string> = new Set(["CELL_NO_QUORUM", "CELL_VOLUME_UNSERVED"]);

/** What two looks in succession see is told: a cell that chooses another leader is well again by then. */
const LOOK_MS = 2000;

interface Reason {
  readonly code: string;
  readonly message: string;
}

/** What keeps a cell from answering; undefined where one of its nodes is served. Throws CELL_UNREACHABLE. */
async function reasonOf(world: World, nodes: readonly Address[]): Promise<Reason | undefined> {
  const problems = cellProblems(await askStatus(world, nodes));
  const worst = problems.find(isUnserved);
  if (worst === undefined) return undefined;
  // One that is cut off from the others knows only of itself.
  const told = await Promise.allSettled(nodes.map((node) => askStatus(world, [node])));
  if (told.some((each) => each.status === "fulfilled" && !cellProblems(each.value).some(isUnserved)))
    return undefined;
  const down = problems.filter(({ code }) => code === "CELL_NODE_DOWN").map(({ message }) => message);
  return { code: worst.code, message: [worst.message, ...down].join("; ") };
}

function isUnserved({ code }: { readonly code: string }): boolean {
  return UNSERVED.has(code);
}

/** What a command fails with that failed with `error`: the same, where the cell has nothing to say to it. */
export async function whyUnanswered(
  world: World,
  nodes: readonly Address[],
  error: unknown,
): Promise<unknown> {
  if (!isCoterieError(error, "RPC_TIMEOUT")) return error;
  try {
    const reason = await reasonOf(world, nodes);
    if (reason === undefined) return error;
    const message = `the cell did not answer in time; ${reason.message}`;
    return new CoterieError(reason.code, message, { cause: error });
  } catch (silence) {
    return isCoterieError(silence, "CELL_UNREACHABLE") ? silence : error;
  }
}

/** Tells people, while a command goes on, why calls are not answered, and when they are again. */
export class UnservedTeller {
  readonly #world: World;
  readonly #nodes: readonly Address[];
  readonly #tell: Output["note"];
  readonly #lookMs: number;
  #seen = "";
  #told = "";
  #timer: Timer | undefined;

  constructor(world: World, nodes: readonly Address[], tell: Output["note"], lookMs = LOOK_MS) {
    this.#world = world;
    this.#nodes = nodes;
    this.#tell = tell;
    this.#lookMs = lookMs;
    this.#again();
  }

  #again(): void {
    this.#timer = this.#world.timers.after(this.#lookMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const text = await reasonOf(this.#world, this.#nodes).then(
      (reason) => (reason === undefined ? "" : `${reason.message} (${reason.code})`),
      (error: unknown) => (isCoterieError(error) ? `${error.message} (${error.code})` : ""),
    );
    if (this.#timer === undefined) return;
    const isLasting = text === "" || this.#seen !== "";
    this.#seen = text;
    if (isLasting && text !== this.#told) {
      this.#tell(text === "" ? "calls are answered again: going on, nothing is lost" : `calls wait: ${text}`);
      this.#told = text;
    }
    this.#again();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

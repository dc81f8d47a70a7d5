/**
 * How a node learns that its cell has let it go: from the cell's log while it hears it, or from another node that refuses its certificate when it has been
 * away. That nodes of an authority which is not believed here answer in the cell's place is told, and no reason to end: nothing proves that they are the cell.
 */
import type { CoterieError, Log } from "../../world/index.ts";
import { isEstranged, saysRevoked } from "./refusals.ts";

export class Dismissal {
  /** Resolves when `look` finds that it is so. */
  readonly found: Promise<void>;
  readonly #log: Log;
  readonly #isOut: () => boolean;
  #find: () => void = () => {};
  #isRevoked = false;
  #isEstranged = false;

  /** `isOut`: the cell's log says so, as this node has it. */
  constructor(log: Log, isOut: () => boolean) {
    this.#log = log;
    this.#isOut = isOut;
    this.found = new Promise((resolve) => {
      this.#find = resolve;
    });
  }

  /** The cell has let this node go, and it has nothing to do here any more. */
  get isSo(): boolean {
    return this.#isRevoked || this.#isOut();
  }

  /** The state, the voters, or what was heard at a link changed. */
  look(): void {
    if (this.isSo) this.#find();
  }

  /** A link with another node could not be made, or ended; gives whether that node said that this one is dismissed. */
  hear(error: CoterieError): boolean {
    if (isEstranged(error) && !this.#isEstranged) {
      this.#isEstranged = true;
      this.#log.warn("a node is of an authority that is not believed here", { message: error.message });
    }
    if (!saysRevoked(error)) return false;
    this.#isRevoked = true;
    return true;
  }
}

/** Which nodes of a cell are on this machine, as `cell.json` says it: changed in memory at once, and on the disk one change after the other. */
import type { LocalFiles } from "../../node/index.ts";
import { type CellDirectory, writeCell } from "./cell-directory.ts";

export class Roster {
  readonly #local: LocalFiles;
  #cell: CellDirectory;
  #written: Promise<void> = Promise.resolve();

  constructor(local: LocalFiles, cell: CellDirectory) {
    this.#local = local;
    this.#cell = cell;
  }

  get cell(): CellDirectory {
    return this.#cell;
  }

  /** Resolves when it is on the disk. Errors: LOCAL_…. */
  add(name: string): Promise<void> {
    return this.#change([...this.#cell.nodes, name]);
  }

  /** As `add`; the last one stays: a cell's directory has a node. */
  remove(name: string): Promise<void> {
    const rest = this.#cell.nodes.filter((each) => each !== name);
    return rest.length === 0 ? Promise.resolve() : this.#change(rest);
  }

  #change(nodes: readonly string[]): Promise<void> {
    this.#cell = { ...this.#cell, nodes };
    const write = () => writeCell(this.#local, this.#cell);
    this.#written = this.#written.then(write, write);
    return this.#written;
  }
}

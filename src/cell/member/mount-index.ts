/** The mounts of a cell's state, by what is mounted and by where: found for every call that may cross the border of a volume. */
import type { CellState } from "../state/cell-state.ts";
import { type CellMount, hex } from "../state/records.ts";

const NONE: readonly CellMount[] = [];

export class MountIndex {
  readonly #state: CellState;
  #revision = -1n;
  #ofVolume = new Map<string, CellMount>();
  #within = new Map<string, CellMount[]>();

  constructor(state: CellState) {
    this.#state = state;
  }

  /** Where a volume is seen: at one place at most. */
  of(volume: Uint8Array): CellMount | undefined {
    this.#refresh();
    return this.#ofVolume.size === 0 ? undefined : this.#ofVolume.get(hex(volume));
  }

  /** What is seen in directories of a volume. */
  within(volume: Uint8Array): readonly CellMount[] {
    this.#refresh();
    return this.#within.get(hex(volume)) ?? NONE;
  }

  #refresh(): void {
    const { revision, mounts } = this.#state;
    if (revision === this.#revision) return;
    this.#revision = revision;
    this.#ofVolume = new Map(mounts.map((mount) => [hex(mount.volume), mount]));
    this.#within = new Map();
    for (const mount of mounts) {
      const key = hex(mount.in_volume);
      const others = this.#within.get(key);
      if (others === undefined) this.#within.set(key, [mount]);
      else others.push(mount);
    }
  }
}

/**
 * Faults that overlap on a link or a disk. Each change is kept while it holds; what a link is like is what it was before
 * the first, and the changes over it in the order of their beginning. So one can end before or after another.
 */
import type { DiskOptions } from "../disk.ts";
import { DEFAULT_LINK, type LinkOptions } from "../links.ts";
import type { SimNode } from "../node.ts";
import type { Simulation } from "../simulation.ts";
import type { DiskChange, LinkChange, LinkEnds, Overlays, Undo } from "./types.ts";

/** Changes over one thing's options. */
class Layered<Options extends object> {
  readonly #changes = new Set<Partial<Options>>();
  readonly #read: () => Options;
  readonly #write: (options: Partial<Options>) => void;
  #base: Options;

  constructor(read: () => Options, write: (options: Partial<Options>) => void) {
    this.#read = read;
    this.#write = write;
    this.#base = read();
  }

  add(change: Partial<Options>): Undo {
    if (this.#changes.size === 0) this.#base = this.#read();
    // A copy: the same change twice is two.
    const own = { ...change };
    this.#changes.add(own);
    this.#apply(own);
    return () => {
      this.#changes.delete(own);
      this.#apply(own);
    };
  }

  /** Writes the options that `change` is about. */
  #apply(change: Partial<Options>): void {
    const now: Options = Object.assign({}, this.#base, ...this.#changes);
    const names = Object.keys(change) as (keyof Options)[];
    this.#write(Object.fromEntries(names.map((name) => [name, now[name]])) as Partial<Options>);
  }
}

export class LayeredOverlays implements Overlays {
  readonly #sim: Simulation;
  readonly #nodes: readonly SimNode[];
  readonly #baseLink: LinkOptions;
  readonly #links = new Map<string, Layered<LinkOptions>>();
  readonly #disks = new Map<number, Layered<DiskOptions>>();
  readonly #cuts = new Set<readonly [from: readonly SimNode[], to: readonly SimNode[]]>();

  constructor(sim: Simulation, nodes: readonly SimNode[], link: LinkChange = {}) {
    this.#sim = sim;
    this.#nodes = nodes;
    this.#baseLink = { ...DEFAULT_LINK, ...link };
  }

  link(change: LinkChange, { node, peer, oneWay }: LinkEnds): Undo {
    const peers = peer === undefined ? this.#nodes.keys() : [peer];
    const undos: Undo[] = [];
    for (const other of peers) {
      if (other === node) continue;
      undos.push(this.#link(node, other).add(change));
      if (oneWay !== true) undos.push(this.#link(other, node).add(change));
    }
    return () => {
      for (const undo of undos) undo();
    };
  }

  cut(from: readonly number[], to: readonly number[], oneWay: boolean): Undo {
    const ends = [from.map((index) => this.#node(index)), to.map((index) => this.#node(index))] as const;
    const cuts = oneWay ? [ends] : [ends, [ends[1], ends[0]] as const];
    for (const cut of cuts) {
      this.#cuts.add(cut);
      this.#sim.network.cut(...cut);
    }
    return () => {
      for (const cut of cuts) this.#cuts.delete(cut);
      this.#sim.heal();
      for (const cut of this.#cuts) this.#sim.network.cut(...cut);
    };
  }

  disk(index: number, change: DiskChange): Undo {
    let layered = this.#disks.get(index);
    if (layered === undefined) {
      const { disk } = this.#node(index);
      layered = new Layered<DiskOptions>(
        () => disk.options,
        (options) => {
          disk.options = { ...disk.options, ...options };
        },
      );
      this.#disks.set(index, layered);
    }
    return layered.add(change);
  }

  #link(from: number, to: number): Layered<LinkOptions> {
    const key = `${from}>${to}`;
    let layered = this.#links.get(key);
    if (layered === undefined) {
      const ends = [this.#node(from), this.#node(to)] as const;
      layered = new Layered<LinkOptions>(
        () => this.#baseLink,
        (options) => this.#sim.network.setLink(...ends, options, { oneWay: true }),
      );
      this.#links.set(key, layered);
    }
    return layered;
  }

  #node(index: number): SimNode {
    const node = this.#nodes[index];
    if (node === undefined) throw new RangeError(`there is no node ${index}`);
    return node;
  }
}

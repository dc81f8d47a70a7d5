/**
 * Faults that overlap on a link, a network, a disk or a clock. Each change is kept while it holds; the thing is as it was
 * before the first, with the changes over it in the order of their beginning. So one can end before or after another.
 */
import type { LinkOptions } from "../links.ts";
import type { SimNode } from "../node.ts";
import type { Simulation } from "../simulation.ts";
import type { ClockChange, DiskChange, LanChange, LinkChange, LinkEnds, Overlays, Undo } from "./types.ts";

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
  /** By what they are about: `link 0 1`, `disk 2`. */
  readonly #layered = new Map<string, Layered<object>>();

  constructor(sim: Simulation, nodes: readonly SimNode[]) {
    this.#sim = sim;
    this.#nodes = nodes;
  }

  link(change: LinkChange, { node, peer, oneWay }: LinkEnds): Undo {
    const peers = peer === undefined ? this.#nodes.keys() : [peer];
    const undos: Undo[] = [];
    for (const other of peers) {
      if (other === node) continue;
      undos.push(this.#link(node, other, change));
      if (oneWay !== true) undos.push(this.#link(other, node, change));
    }
    return () => {
      for (const undo of undos) undo();
    };
  }

  cut(from: readonly number[], to: readonly number[], oneWay: boolean): Undo {
    const nodes = (indices: readonly number[]): SimNode[] => indices.map((index) => this.#node(index));
    const partition = this.#sim.partition(nodes(from), nodes(to), { oneWay });
    return () => partition.heal();
  }

  disk(index: number, change: DiskChange): Undo {
    const { disk } = this.#node(index);
    return this.#add(
      `disk ${index}`,
      change,
      () => disk.options,
      (options) => disk.set(options),
    );
  }

  clock(index: number, change: ClockChange): Undo {
    const { clock } = this.#node(index);
    return this.#add(
      `clock ${index}`,
      change,
      () => clock.options,
      (options) => clock.set(options),
    );
  }

  lan(index: number, change: LanChange): Undo {
    const { lan } = this.#node(index);
    const { network } = this.#sim;
    return this.#add<LanChange>(
      `lan ${lan.subnet}`,
      change,
      () => lan.options,
      (options) => network.setLan(lan, options),
    );
  }

  #link(from: number, to: number, change: LinkChange): Undo {
    const ends = [this.#node(from), this.#node(to)] as const;
    const { network } = this.#sim;
    return this.#add<LinkOptions>(
      `link ${from} ${to}`,
      change,
      () => network.linkOptions(...ends),
      (options) => network.setLink(...ends, options, { oneWay: true }),
    );
  }

  #add<Options extends object>(
    key: string,
    change: Partial<Options>,
    read: () => Options,
    write: (options: Partial<Options>) => void,
  ): Undo {
    let layered = this.#layered.get(key) as Layered<Options> | undefined;
    if (layered === undefined) {
      layered = new Layered(read, write);
      this.#layered.set(key, layered as unknown as Layered<object>);
    }
    return layered.add(change);
  }

  #node(index: number): SimNode {
    const node = this.#nodes[index];
    if (node === undefined) throw new RangeError(`there is no node ${index}`);
    return node;
  }
}

/**
 * What is done to the processes of a group, drawn from a seed as plain data: when, to whom, and for how long. Kinds come in shuffled rounds, so
 * that a short plan has almost all of them. A process is harmed in one way at a time; links are cut whatever else goes on.
 */
import { type Random, randomBelow } from "../../src/world/index.ts";
import type { BridgedSite } from "./bridged-site.ts";

export const HARMS = [
  "kill",
  "kill all",
  "stop short",
  "stop long",
  "cut link",
  "cut one way",
  "unplug",
  "partition 2|3",
  "partition 1|4",
] as const;

export interface Harm {
  readonly kind: (typeof HARMS)[number];
  readonly atMs: number;
  readonly forMs: number;
  /** Kinds take as many of these as they need. */
  readonly machines: readonly number[];
}

/** A round has each kind twice, and all at once only once: it takes them long to begin again. */
const ROUND: readonly Harm["kind"][] = [...HARMS, ...HARMS.filter((kind) => kind !== "kill all")];
/** Between two harms, and how long each lasts, at least and at most. */
const GAP_MS = [500, 2500] as const;
const LASTING_MS: Readonly<Record<Harm["kind"], readonly [number, number]>> = {
  kill: [50, 4000],
  "kill all": [50, 1000],
  "stop short": [20, 400],
  "stop long": [800, 6000],
  "cut link": [300, 5000],
  "cut one way": [300, 5000],
  unplug: [300, 5000],
  "partition 2|3": [500, 6000],
  "partition 1|4": [500, 6000],
};

const between = (random: Random, [least, most]: readonly [number, number]): number =>
  least + randomBelow(random, most - least + 1);

function shuffled<T>(random: Random, values: readonly T[]): T[] {
  const all = [...values];
  for (let i = all.length - 1; i > 0; i--) {
    const j = randomBelow(random, i + 1);
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}

/** Harms in the order of their beginnings, all of which are over at `untilMs`. */
export function drawHarms(random: Random, count: number, untilMs: number): Harm[] {
  const machines = Array.from({ length: count }, (_, machine) => machine);
  const harms: Harm[] = [];
  let kinds: Harm["kind"][] = [];
  for (let atMs = 0; ; ) {
    atMs += between(random, GAP_MS);
    if (kinds.length === 0) kinds = shuffled(random, ROUND);
    const kind = kinds.pop() as Harm["kind"];
    const forMs = between(random, LASTING_MS[kind]);
    if (atMs + forMs > untilMs) return harms;
    harms.push({ kind, atMs, forMs, machines: shuffled(random, machines) });
  }
}

/** Processes that can be harmed, each on the machine of its number. */
export interface Harmable {
  /** kill -9; resolves when it is gone. */
  kill(index: number): Promise<void>;
  start(index: number): unknown;
  signal(index: number, signal: "SIGSTOP" | "SIGCONT"): void;
}

/** Carries a plan out. */
export class GroupNemesis {
  readonly done = new Map<Harm["kind"], number>();
  readonly #site: BridgedSite;
  readonly #processes: Harmable;
  /** Told of each start of a process. */
  readonly #restarted: (index: number) => void;
  readonly #harmed = new Set<number>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #failure: unknown;

  constructor(site: BridgedSite, processes: Harmable, restarted: (index: number) => void) {
    this.#site = site;
    this.#processes = processes;
    this.#restarted = restarted;
  }

  /** Resolves when all is over and mended. */
  async run(harms: readonly Harm[]): Promise<void> {
    await Promise.all(harms.map((harm) => this.#later(harm.atMs, () => this.#do(harm))));
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Nothing more is done. What waits never ends. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #later(afterMs: number, what: () => Promise<void> | void): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        Promise.resolve()
          .then(what)
          .catch((error: unknown) => {
            this.#failure ??= error;
          })
          .finally(resolve);
      }, afterMs);
      this.#timers.add(timer);
    });
  }

  async #do(harm: Harm): Promise<void> {
    const { kind, forMs, machines } = harm;
    const undo = this.#harm(kind, machines);
    if (undo === undefined) return;
    this.done.set(kind, (this.done.get(kind) ?? 0) + 1);
    await this.#later(forMs, undo);
  }

  /** @returns what mends it; undefined when there was nobody to harm. */
  #harm(kind: Harm["kind"], machines: readonly number[]): (() => Promise<void> | void) | undefined {
    const [a, b] = machines as [number, number];
    switch (kind) {
      case "kill":
        return this.#kill(machines.filter((each) => !this.#harmed.has(each)).slice(0, 1));
      case "kill all":
        return this.#kill(machines.filter((each) => !this.#harmed.has(each)));
      case "stop short":
      case "stop long":
        return this.#stop(machines.find((each) => !this.#harmed.has(each)));
      case "cut link":
        return this.#cut([
          [a, b],
          [b, a],
        ]);
      case "cut one way":
        return this.#cut([[a, b]]);
      case "unplug":
        this.#site.unplug(a);
        return () => this.#site.plug(a);
      case "partition 2|3":
        return this.#cut(ways(machines.slice(0, 2), machines.slice(2)));
      case "partition 1|4":
        return this.#cut(ways(machines.slice(0, 1), machines.slice(1)));
    }
  }

  #kill(whom: readonly number[]): (() => Promise<void>) | undefined {
    if (whom.length === 0) return undefined;
    const ended = whom.map((machine) => {
      this.#harmed.add(machine);
      return this.#processes.kill(machine);
    });
    return async () => {
      await Promise.all(ended);
      for (const machine of whom) {
        this.#harmed.delete(machine);
        this.#processes.start(machine);
        this.#restarted(machine);
      }
    };
  }

  #stop(machine: number | undefined): (() => void) | undefined {
    if (machine === undefined) return undefined;
    this.#harmed.add(machine);
    this.#processes.signal(machine, "SIGSTOP");
    return () => {
      this.#harmed.delete(machine);
      this.#processes.signal(machine, "SIGCONT");
    };
  }

  #cut(all: readonly (readonly [from: number, to: number])[]): () => void {
    for (const [from, to] of all) this.#site.cut(from, to);
    return () => {
      for (const [from, to] of all) this.#site.mend(from, to);
    };
  }
}

function ways(side: readonly number[], other: readonly number[]): [number, number][] {
  return side.flatMap((a) =>
    other.flatMap((b): [number, number][] => [
      [a, b],
      [b, a],
    ]),
  );
}

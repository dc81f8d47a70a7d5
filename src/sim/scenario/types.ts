/**
 * What a scenario is, and the plan that a seed becomes.
 *
 * Everything that a seed decides about a run is drawn first, into plain data: a `Plan`. The run is then a function of
 * the scenario and the plan alone. So a failure is repeated by its seed, kept as a JSON file that outlives changes to
 * how plans are drawn, and made smaller by leaving parts of the plan out.
 */
import type { ClockOptions } from "../clock.ts";
import type { DiskOptions } from "../disk.ts";
import type { LinkOptions } from "../links.ts";
import type { NodeOptions, SimNode } from "../node.ts";
import type { Prng } from "../prng.ts";
import type { Simulation, SimulationOptions } from "../simulation.ts";
import type { LanOptions } from "../topology.ts";

/** What JSON holds. Plans are made of it, so that they can be kept and shrunk. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object of JSON. */
export interface JsonObject {
  readonly [name: string]: Json;
}

/**
 * One step of the workload, of whatever shape the scenario likes. These fields mean something to everybody, where an
 * operation has them: `atMs`, when it begins; `node`, `peer`, `from`, `to`, indices of nodes (0 is the first), and
 * `group`, a list of them. Shrinking renumbers those when it takes a node away.
 */
export type Operation = object;

/** Classes of the fault catalogue: docs/faults.md. */
export type FaultClass = "fail-stop" | "fail-restart" | "omission" | "timing" | "partition" | "byzantine";

/**
 * One fault, as plain data: from `atMs` to `atMs + durationMs`, in virtual milliseconds since the start of the run.
 * Further fields are the kind's own; `node`, `peer` and `group` name nodes by index as in an operation.
 */
export interface Fault {
  readonly kind: string;
  readonly atMs: number;
  readonly durationMs: number;
  readonly [parameter: string]: Json;
}

/** Everything that a seed decides. JSON, whole: it can be written to a file and read back. */
export interface Plan<Op = Operation> {
  /** Name of the scenario that it is for. */
  readonly scenario: string;
  /** Names the simulation's own random numbers: latencies, and losses by chance. */
  readonly seed: string;
  /** How many nodes there are. */
  readonly nodes: number;
  /** From here on no fault acts: what must happen in the end must happen now. */
  readonly quietMs: number;
  readonly operations: readonly Op[];
  readonly faults: readonly Fault[];
}

/** How often each kind of fault is drawn, beside the others; a kind that is not named is not drawn. */
export type FaultWeights = Readonly<Record<string, number>>;

/** From `min` to `max`, both included. */
export interface Span {
  readonly min: number;
  readonly max: number;
}

/** What a workload is drawn from. */
export interface WorkloadDraw {
  readonly random: Prng;
  readonly nodes: number;
  /** Operations that have an `atMs` should begin before this. */
  readonly quietMs: number;
}

/** A system under test, a workload, the faults it must stand, and how to tell that it stood them. */
export interface Scenario<Op = Operation> {
  readonly name: string;
  /** How many nodes: a number, or drawn from a span. At least 1. Default 3. */
  readonly nodes?: number | Span;
  /** The n-th node's name, from 0. Default `n1`, `n2`, … */
  nodeName?(index: number): string;
  /** Builds networks with `sim.network`, and says for the n-th node its network, disk and clock. Default: all alike, in one network. */
  layout?(sim: Simulation, nodes: number): (index: number) => NodeOptions;
  /** The world before any fault. */
  readonly simulation?: Omit<SimulationOptions, "seed">;
  /** No fault begins before: time to set the system up. Default 0. */
  readonly faultsFromMs?: number;
  /** All faults are over by then, in virtual time. Default 10,000. */
  readonly quietMs?: number;
  /** Kinds of fault with their weights. Default: none. `EVERY_FAULT` is all of them. */
  readonly faults?: FaultWeights;
  /** How many faults a run has. Default 0 to 6. */
  readonly faultCount?: number | Span;
  /** Kinds of fault of the scenario's own. */
  readonly kinds?: readonly FaultKind[];
  /** At most so many nodes are down or paused at a time; `minority`: fewer than half. Default: any number. */
  readonly maxDown?: number | "minority";
  /** Says no to a fault that the system need not stand, seeing those already drawn. */
  allow?(fault: Fault, others: readonly Fault[], nodes: number): boolean;
  /** Draws the workload: plain data, at most 10,000 operations. Default: none. */
  workload?(draw: WorkloadDraw): readonly Op[];
  /** Simpler forms of an operation, the simplest first, for shrinking. */
  simplify?(operation: Op): readonly Op[];
  /** The most virtual time that a run may take. Default: 10 minutes more than `quietMs`. */
  readonly limitMs?: number;
  /**
   * One run: starts the nodes' programs, carries the operations out, waits until it is quiet, and checks. Whatever it
   * throws is the run's failure. It must be a function of the stage alone.
   */
  run(stage: Stage<Op>): void | Promise<void>;
}

/** What a scenario's `run` is given; its functions may be taken out by name. The faults act by themselves. */
export interface Stage<Op = Operation> {
  readonly plan: Plan<Op>;
  readonly sim: Simulation;
  readonly nodes: readonly SimNode[];
  /** Random numbers for what the plan leaves open. */
  readonly random: Prng;
  /** @throws RangeError when the plan has no such node. */
  node(index: number): SimNode;
  /**
   * Calls `begin` for each operation at its `atMs`, or after the one before where it has none. Resolves when the last
   * has begun, without waiting for any of them to end.
   */
  play(begin: (operation: Op, index: number) => unknown): Promise<void>;
  /** Resolves at the plan's `quietMs`, and `moreMs` (default 0) later. All faults are over then; crashed nodes are up, but for those of `crash`. */
  quiet(moreMs?: number): Promise<void>;
  /**
   * Fails the run: `property` names what was violated, in a few stable words, and shrinking looks for the same one.
   * @throws CoterieError SIM_VIOLATED
   */
  fail(property: string, message: string): never;
  /** `fail` unless `holds`. */
  check(holds: boolean, property: string, message?: string): void;
}

/** What a kind of fault acts on. */
export interface FaultScene {
  readonly sim: Simulation;
  readonly nodes: readonly SimNode[];
  /** @throws RangeError when there is no such node. */
  node(index: number): SimNode;
  /** Changes of links and disks that overlap: each can be taken back without undoing the others. */
  readonly overlays: Overlays;
}

/** Takes a change back. */
export type Undo = () => void;

/** Changes that hold until they are undone, in any order. Where two meet, the later one counts. */
export interface Overlays {
  /** Changes the links between two nodes, one way or both; without `peer` all links of the node. */
  link(change: LinkChange, ends: LinkEnds): Undo;
  /** Nothing passes from these nodes to those, nor back unless `oneWay`. */
  cut(from: readonly number[], to: readonly number[], oneWay: boolean): Undo;
  disk(node: number, change: DiskChange): Undo;
  clock(node: number, change: ClockChange): Undo;
  /** Changes the local network that the node is in. */
  lan(node: number, change: LanChange): Undo;
}

/** What becomes different of a link. */
export type LinkChange = Partial<LinkOptions>;

/** What becomes different of a disk. */
export type DiskChange = Partial<DiskOptions>;

/** What becomes different of a clock. */
export type ClockChange = Partial<ClockOptions>;

/** What becomes different of a network segment. */
export type LanChange = Partial<Omit<LanOptions, "kind">>;

/**
 * The links that a fault is about, nodes by their index: between `node` and `peer`, or all of `node` without
 * one; with `oneWay` only from `node`.
 */
export interface LinkEnds {
  readonly node: number;
  readonly peer?: number | undefined;
  readonly oneWay?: boolean | undefined;
}

/** What a kind draws a fault's parameters from. */
export interface FaultDraw {
  readonly random: Prng;
  readonly nodes: number;
}

/** A kind of fault: how one is drawn, and what it does. The parameters are plain data. */
export interface FaultKind<Parameters extends object = JsonObject> {
  /** In a few words joined by hyphens: `crash-restart`. */
  readonly kind: string;
  readonly class: FaultClass;
  /** One line for people. */
  readonly summary: string;
  /** The node is down, or stands still, meanwhile: counts for `maxDown`. Default false. */
  readonly down?: boolean | "for-ever";
  /** It happens in one instant, and has no duration. Default false. */
  readonly instant?: boolean;
  /** Undefined when none fits so few nodes. */
  draw(draw: FaultDraw): Parameters | undefined;
  /** Begins it. What is returned ends it, at `atMs + durationMs`. */
  apply(scene: FaultScene, fault: Fault & Parameters): Undo | undefined;
}

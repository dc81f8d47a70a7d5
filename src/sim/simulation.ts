/**
 * A run: virtual time, a network, nodes, and one seed from which every choice of the world is drawn.
 *
 * The driver takes the next event, runs it, lets every microtask that follows from it run, and takes the next.
 * So ordinary async code runs unchanged and nothing of the machine's own timing can reach it. Every few hundred
 * events the driver goes once around the real event loop, so that rejections which nobody handles come up.
 */
import { CoterieError, isCoterieError } from "../world/index.ts";
import type { DiskOptions } from "./disk.ts";
import { Fabric } from "./fabric.ts";
import { afterMicrotasks, arm, captureRejections, disarm, nextTurn, realMs } from "./host.ts";
import { isCrash } from "./incarnation.ts";
import { type LinkOptions, Links } from "./links.ts";
import { type NodeOptions, SimNode } from "./node.ts";
import { Prng } from "./prng.ts";
import { Scheduler } from "./scheduler.ts";
import { DEFAULT_TRACE_LINES, Trace } from "./trace.ts";

export interface SimulationOptions {
  /** Names the run: the same seed gives the same trace. */
  readonly seed: number | bigint | string;
  /** What every link between two nodes is like unless set otherwise. */
  readonly link?: Partial<LinkOptions>;
  /** What every node's disk is like unless set otherwise. */
  readonly disk?: Partial<DiskOptions>;
  /** How long a stream tries to reach a peer that does not answer. Default 30,000. */
  readonly streamTimeoutMs?: number;
  /** The wall clock at the start, in seconds since 1970. Default 2026-01-01T00:00:00Z. */
  readonly startSeconds?: number;
  /** Lines of the trace that are kept. Default 1,000,000. */
  readonly traceLines?: number;
}

export interface RunOptions {
  /** The most virtual time that main may take. Default one hour. */
  readonly limitMs?: number;
}

/** How fast it went, in real time; never the same twice. */
export interface RunStatistics {
  readonly events: number;
  readonly realMs: number;
}

const DEFAULT_LIMIT_MS = 3_600_000;
const DEFAULT_STREAM_TIMEOUT_MS = 30_000;
const DEFAULT_START_SECONDS = 1_767_225_600;
/** Events between two looks at the real event loop. */
const EVENTS_PER_TURN = 256;
/** Events in one instant after which time is said to stand still. */
const MAX_EVENTS_PER_INSTANT = 1_000_000;
const TRACE_TAIL_LINES = 12;
const MAX_NODES = 250;

let running: Simulation | undefined;

export class Simulation {
  readonly seed: string;
  readonly trace: Trace;
  /** Random numbers for the scenario itself: when to crash, what to write. */
  readonly random: Prng;
  readonly network: SimulatedNetwork;
  readonly #scheduler = new Scheduler();
  readonly #fabric: Fabric;
  readonly #options: SimulationOptions;
  readonly #nodes = new Map<string, SimNode>();
  #events = 0;
  #realMs = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.seed = String(options.seed);
    this.trace = new Trace(options.traceLines ?? DEFAULT_TRACE_LINES);
    this.random = new Prng(this.seed, "scenario");
    const links = new Links(this.seed, options.link ?? {});
    const streamTimeoutMs = options.streamTimeoutMs ?? DEFAULT_STREAM_TIMEOUT_MS;
    this.#fabric = new Fabric(this.#scheduler, this.trace, links, streamTimeoutMs);
    this.network = new SimulatedNetwork(this.#fabric);
  }

  /** Virtual milliseconds since the start. */
  get nowMs(): number {
    return this.#scheduler.nowNs / 1e6;
  }

  get statistics(): RunStatistics {
    return { events: this.#events, realMs: this.#realMs };
  }

  get nodes(): readonly SimNode[] {
    return [...this.#nodes.values()];
  }

  /** The node of that name, made and started when it is new. The n-th node's address is 10.0.0.n. */
  node(name: string, options: NodeOptions = {}): SimNode {
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    if (this.#nodes.size === MAX_NODES) throw new RangeError(`a simulation has at most ${MAX_NODES} nodes`);
    const ip = `10.0.0.${this.#nodes.size + 1}`;
    const node = new SimNode(
      this.#fabric,
      name,
      ip,
      this.seed,
      this.#options.startSeconds ?? DEFAULT_START_SECONDS,
      {
        disk: { ...this.#options.disk, ...options.disk },
      },
    );
    this.#nodes.set(name, node);
    return node;
  }

  /** For the scenario: resolves when so much virtual time has passed. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#scheduler.after(delayMs * 1e6, undefined, resolve));
  }

  /** For the scenario: calls `run` at a moment of virtual time. */
  at(timeMs: number, run: () => void): void {
    this.#scheduler.at(timeMs * 1e6, undefined, run);
  }

  /** Cuts what goes from one group to the other, in both directions unless told otherwise. */
  partition(from: readonly SimNode[], to: readonly SimNode[], options: { oneWay?: boolean } = {}): void {
    this.network.cut(from, to);
    if (options.oneWay !== true) this.network.cut(to, from);
  }

  /** Ends all partitions. */
  heal(): void {
    this.network.heal();
  }

  /**
   * Runs `main` and everything that it sets going until it settles, in virtual time; what is left stays queued
   * for the next `run`.
   * @throws what `main` throws; CoterieError SIM_DEADLOCK, SIM_LIVELOCK, SIM_TIME_LIMIT, SIM_LEAK, SIM_FAILED.
   */
  run<Result>(main: () => Result | Promise<Result>, options: RunOptions = {}): Promise<Result> {
    if (running !== undefined) throw new Error("a simulation is running: one at a time in a process");
    running = this;
    const startedMs = realMs();
    const limitNs = this.#scheduler.nowNs + (options.limitMs ?? DEFAULT_LIMIT_MS) * 1e6;
    const drive = new Drive<Result>(this.#scheduler, limitNs, (code, why, cause) =>
      this.#failure(code, why, cause),
    );
    return drive.run(main).finally(() => {
      running = undefined;
      this.#events += drive.events;
      this.#realMs += realMs() - startedMs;
    });
  }

  #failure(code: string, why: string, cause?: unknown): CoterieError {
    const down = this.nodes.filter((node) => !node.isUp).map((node) => node.name);
    const nodes = down.length === 0 ? "" : `; down: ${down.join(", ")}`;
    const at = `seed ${this.seed}, ${this.nowMs.toFixed(3)} ms${nodes}`;
    return new CoterieError(code, `${why} (${at})\n${this.trace.tail(TRACE_TAIL_LINES)}`, {
      cause,
      details: { seed: this.seed, nowMs: this.nowMs },
    });
  }
}

/** What a scenario may do to the network. */
export class SimulatedNetwork {
  readonly #fabric: Fabric;

  constructor(fabric: Fabric) {
    this.#fabric = fabric;
  }

  /** Changes every link between two nodes. */
  setAll(change: Partial<LinkOptions>): void {
    this.#fabric.links.setAll(change);
    this.#log(`links ${JSON.stringify(change)}`);
  }

  /** Changes the link from one node to another, and back unless told otherwise. */
  setLink(
    from: SimNode,
    to: SimNode,
    change: Partial<LinkOptions>,
    options: { oneWay?: boolean } = {},
  ): void {
    this.#fabric.links.set(from.name, to.name, change);
    if (options.oneWay !== true) this.#fabric.links.set(to.name, from.name, change);
    this.#log(`link ${from.name} ${to.name} ${JSON.stringify(change)}`);
  }

  /** Nothing more goes from these to those. */
  cut(from: readonly SimNode[], to: readonly SimNode[]): void {
    for (const one of from) {
      for (const other of to) {
        if (one !== other) this.#fabric.links.between(one.name, other.name).blocked = true;
      }
    }
    this.#log(`cut ${names(from)} > ${names(to)}`);
  }

  heal(): void {
    this.#fabric.links.heal();
    this.#log("heal");
  }

  /** Breaks every stream between two nodes; how many there were. */
  breakStreams(a: SimNode, b: SimNode): number {
    const host = this.#fabric.hosts.get(a.ip);
    const broken = [...(host?.streams ?? [])].filter((stream) => stream.remote.host === b.ip);
    for (const stream of broken) stream.break();
    return broken.length;
  }

  #log(what: string): void {
    this.#fabric.trace.add(this.#fabric.scheduler.nowNs, "-", what, "fault");
  }
}

function names(nodes: readonly SimNode[]): string {
  return nodes.map((node) => node.name).join(",");
}

type MakeFailure = (code: string, why: string, cause?: unknown) => CoterieError;

/** One call of `run`: the loop over events, and what can end it. */
class Drive<Result> {
  events = 0;
  readonly #scheduler: Scheduler;
  readonly #limitNs: number;
  readonly #failure: MakeFailure;
  #reject: (reason: unknown) => void = () => {};
  #release: () => void = () => {};
  /** Set once the run is over: how it tells so. */
  #outcome: (() => void) | undefined;
  #hasFailed = false;
  #untilTurn = EVENTS_PER_TURN;
  #instantNs = -1;
  #instantEvents = 0;
  /** The queue was empty at the last look; a second time running is a deadlock. */
  #starved = false;
  readonly #step = (): void => this.#next();

  constructor(scheduler: Scheduler, limitNs: number, failure: MakeFailure) {
    this.#scheduler = scheduler;
    this.#limitNs = limitNs;
    this.#failure = failure;
  }

  run(main: () => Result | Promise<Result>): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      this.#reject = reject;
      this.#release = captureRejections((reason) => {
        if (!isCrash(reason)) this.#fail(this.#failed(reason));
      });
      this.#scheduler.after(0, undefined, () => {
        const done = (async () => main())();
        done.then(
          (result) => this.#end(() => resolve(result)),
          (error) => this.#fail(error),
        );
      });
      this.#turn();
    });
  }

  #fail(error: unknown): void {
    if (!this.#hasFailed) this.#end(() => this.#reject(error));
    this.#hasFailed = true;
  }

  /** The first end counts, except that a failure after a success does. */
  #end(outcome: () => void): void {
    const first = this.#outcome === undefined;
    this.#outcome = outcome;
    if (!first) return;
    disarm();
    // Rejections of the last events come up once more around the loop, and still belong to this run.
    nextTurn(() => {
      this.#release();
      this.#outcome?.();
    });
  }

  #failed(cause: unknown): unknown {
    if (isCoterieError(cause, "SIM_LEAK")) return cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    return this.#failure("SIM_FAILED", `simulated code failed: ${message}`, cause);
  }

  #leak(what: string, instead: string): never {
    const error = this.#failure("SIM_LEAK", `simulated code used ${what}: use ${instead} instead`);
    this.#fail(error);
    throw error;
  }

  /** Around the real event loop once, with the traps off. */
  #turn(): void {
    disarm();
    nextTurn(() => {
      if (this.#outcome !== undefined) return;
      this.#untilTurn = EVENTS_PER_TURN;
      arm((what, instead) => this.#leak(what, instead));
      this.#next();
    });
  }

  #next(): void {
    if (this.#outcome !== undefined) return;
    if (this.#untilTurn-- === 0) {
      this.#turn();
      return;
    }
    const event = this.#scheduler.take();
    if (event === undefined) {
      this.#starve();
      return;
    }
    this.#starved = false;
    if (!this.#withinBounds(event.atNs)) return;
    this.events++;
    try {
      event.run?.();
    } catch (error) {
      if (!isCrash(error)) {
        this.#fail(this.#failed(error));
        return;
      }
    }
    afterMicrotasks(this.#step);
  }

  #starve(): void {
    if (!this.#starved) {
      this.#starved = true;
      this.#turn();
      return;
    }
    this.#fail(this.#failure("SIM_DEADLOCK", "main waits and no event is left to wake it"));
  }

  #withinBounds(atNs: number): boolean {
    if (atNs > this.#limitNs) {
      const limit = `${(this.#limitNs / 1e6).toFixed(0)} ms`;
      this.#fail(this.#failure("SIM_TIME_LIMIT", `main had not finished at the limit of ${limit}`));
      return false;
    }
    if (atNs !== this.#instantNs) {
      this.#instantNs = atNs;
      this.#instantEvents = 0;
    } else if (++this.#instantEvents > MAX_EVENTS_PER_INSTANT) {
      this.#fail(this.#failure("SIM_LIVELOCK", "a million events ran and time stood still"));
      return false;
    }
    return true;
  }
}

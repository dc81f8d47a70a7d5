/** A run: virtual time, a network, nodes, and one seed from which every choice of the world is drawn. */
import { CoterieError } from "../world/index.ts";
import type { ClockOptions } from "./clock.ts";
import type { DiskOptions } from "./disk.ts";
import { Drive } from "./drive.ts";
import { Fabric } from "./fabric.ts";
import { realMs } from "./host.ts";
import { type LinkOptions, Links } from "./links.ts";
import { type Partition, SimulatedNetwork } from "./network.ts";
import { type NodeOptions, SimNode } from "./node.ts";
import { Prng } from "./prng.ts";
import { Scheduler } from "./scheduler.ts";
import { DEFAULT_TRACE_LINES, Trace } from "./trace.ts";

/** The seed, and what links, disks and clocks are like unless a node says otherwise. */
export interface SimulationOptions {
  /** Names the run: the same seed gives the same trace. */
  readonly seed: number | bigint | string;
  /** What every link between two nodes is like unless set otherwise. */
  readonly link?: Partial<LinkOptions>;
  /** What every node's disk is like unless set otherwise. */
  readonly disk?: Partial<DiskOptions>;
  /** What every node's clock is like unless set otherwise. */
  readonly clock?: Partial<ClockOptions>;
  /** How long a stream tries to reach a peer that does not answer. Default 30,000. */
  readonly streamTimeoutMs?: number;
  /** The wall clock at the start, in seconds since 1970. Default 2026-01-01T00:00:00Z. */
  readonly startSeconds?: number;
  /** Lines of the trace that are kept. Default 1,000,000. */
  readonly traceLines?: number;
}

/** How long a simulation may run. */
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
const TRACE_TAIL_LINES = 12;
const MAX_NODES = 1000;

let running: Simulation | undefined;

/**
 * A simulated world with virtual time: make nodes with `node`, start programs on them, and `run` a scenario.
 * Throws SIM_… codes for runs that cannot go on.
 */
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

  /**
   * The node of that name, made and started when it is new: in the network that the options say, or in the mesh,
   * whose n-th node has the address 10.0.0.n.
   */
  node(name: string, options: NodeOptions = {}): SimNode {
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    if (this.#nodes.size === MAX_NODES) throw new RangeError(`a simulation has at most ${MAX_NODES} nodes`);
    const lan = options.lan ?? this.network.mesh;
    this.#fabric.topology.check(lan);
    const startSeconds = this.#options.startSeconds ?? DEFAULT_START_SECONDS;
    const node = new SimNode(this.#fabric, name, lan, this.seed, startSeconds, {
      disk: { ...this.#options.disk, ...options.disk },
      clock: { ...this.#options.clock, ...options.clock },
    });
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
  partition(from: readonly SimNode[], to: readonly SimNode[], options: { oneWay?: boolean } = {}): Partition {
    const there = this.network.cut(from, to);
    if (options.oneWay === true) return there;
    const back = this.network.cut(to, from);
    return {
      heal() {
        there.heal();
        back.heal();
      },
    };
  }

  /** Cuts the given nodes off from all the others that there are. */
  isolate(group: readonly SimNode[], options: { oneWay?: boolean } = {}): Partition {
    const others = this.nodes.filter((node) => !group.includes(node));
    return this.partition(group, others, options);
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
    const paused = this.nodes.filter((node) => node.isPaused).map((node) => node.name);
    const nodes = [down, paused].map((names, at) =>
      names.length === 0 ? "" : `; ${at === 0 ? "down" : "paused"}: ${names.join(", ")}`,
    );
    const at = `seed ${this.seed}, ${this.nowMs.toFixed(3)} ms${nodes.join("")}`;
    return new CoterieError(code, `${why} (${at})\n${this.trace.tail(TRACE_TAIL_LINES)}`, {
      cause,
      details: { seed: this.seed, nowMs: this.nowMs },
    });
  }
}

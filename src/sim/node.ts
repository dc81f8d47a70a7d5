/** A simulated node: an address, a disk, and one incarnation after another of the program that runs on it. */
import type { Log, Timer, WallTime, World } from "../world/index.ts";
import { type DiskOptions, SimDisk } from "./disk.ts";
import { type Fabric, type Host, PortTable } from "./fabric.ts";
import { crc32, worldCrypto } from "./host.ts";
import { Incarnation } from "./incarnation.ts";
import { SimNetwork } from "./net.ts";
import { Prng } from "./prng.ts";
import { SimStorage } from "./store.ts";

/** What a simulated machine says that it has. */
const MEMORY_BYTES = 1024 ** 3;

/** What runs on a node, at each start anew. */
export type Program<Result = unknown> = (world: World) => Result | Promise<Result>;

export interface NodeOptions {
  readonly disk?: Partial<DiskOptions>;
}

export interface CrashOptions {
  /**
   * The machine loses its power: nothing answers for it until it restarts. Default false: only the process
   * dies, and the system below closes its connections.
   */
  readonly power?: boolean;
}

/** Each life's monotonic clock begins somewhere else, so that readings of two cannot be compared by mistake. */
const MAX_CLOCK_ORIGIN_MS = 1_000_000;

export class SimNode {
  readonly name: string;
  readonly ip: string;
  readonly disk: SimDisk;
  readonly #fabric: Fabric;
  readonly #host: Host;
  readonly #seed: string;
  readonly #startSeconds: number;
  #lives = 0;
  #world: World | undefined;
  #program: Program | undefined;

  constructor(
    fabric: Fabric,
    name: string,
    ip: string,
    seed: string,
    startSeconds: number,
    options: NodeOptions,
  ) {
    this.name = name;
    this.ip = ip;
    this.#fabric = fabric;
    this.#seed = seed;
    this.#startSeconds = startSeconds;
    this.disk = new SimDisk(options.disk ?? {}, new Prng(seed, `disk ${name}`));
    this.#host = {
      name,
      ip,
      incarnation: undefined,
      silent: false,
      udp: new PortTable(new Prng(seed, `udp ports ${name}`)),
      tcp: new PortTable(new Prng(seed, `tcp ports ${name}`)),
      streams: new Set(),
    };
    fabric.hosts.set(ip, this.#host);
    this.#boot();
  }

  /** The world of the present incarnation. @throws Error while the node is down. */
  get world(): World {
    if (this.#world === undefined) throw new Error(`node ${this.name} is down: restart it first`);
    return this.#world;
  }

  get isUp(): boolean {
    return this.#world !== undefined;
  }

  /** Which life this is, from 1. */
  get incarnation(): number {
    return this.#lives;
  }

  /** Runs `program` now, and again at every restart. Resolves with its result, unless the node crashes before. */
  start<Result>(program: Program<Result>): Promise<Result> {
    this.#program = program;
    return this.#run(program);
  }

  /**
   * Ends this life at once: its timers, sockets and promises never act again, and of what its stores had not
   * yet made durable only a random prefix of whole batches stays.
   */
  crash(options: CrashOptions = {}): void {
    const { incarnation } = this.#host;
    if (incarnation === undefined) throw new Error(`node ${this.name} is down already`);
    incarnation.alive = false;
    this.#host.incarnation = undefined;
    this.#host.silent = options.power ?? false;
    this.#world = undefined;
    const { kept, lost } = this.disk.crash();
    const how = options.power ? "power failure" : "crash";
    this.#fabric.log(this.#host, `${how}: of un-synced batches ${kept} stayed, ${lost} are lost`, "node");
    for (const stream of [...this.#host.streams]) stream.abandon(this.#host.silent);
    this.#host.streams.clear();
    this.#host.udp = new PortTable(new Prng(this.#seed, `udp ports ${this.name} ${this.#lives}`));
    this.#host.tcp = new PortTable(new Prng(this.#seed, `tcp ports ${this.name} ${this.#lives}`));
  }

  /** A new life on the same disk. Resolves with the program's result. */
  restart(): Promise<unknown> {
    if (this.isUp) throw new Error(`node ${this.name} is up: crash it first`);
    this.#boot();
    return this.#program === undefined ? Promise.resolve(undefined) : this.#run(this.#program);
  }

  #run<Result>(program: Program<Result>): Promise<Result> {
    const { world } = this;
    const { incarnation } = this.#host;
    return new Promise((resolve, reject) => {
      incarnation?.after(0, () => {
        try {
          resolve(program(world));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  #boot(): void {
    this.#lives++;
    const incarnation = new Incarnation(this.name, this.#lives, this.#fabric.scheduler);
    this.#host.incarnation = incarnation;
    this.#host.silent = false;
    this.#fabric.log(this.#host, `start ${this.#lives}`, "node");
    this.#world = this.#makeWorld(incarnation);
  }

  #makeWorld(incarnation: Incarnation): World {
    const { scheduler } = this.#fabric;
    const random = new Prng(this.#seed, `node ${this.name} life ${this.#lives}`);
    const originMs = Math.floor(random.unit() * MAX_CLOCK_ORIGIN_MS);
    const bootNs = scheduler.nowNs;
    return {
      clock: {
        monotonicMs: () => originMs + (scheduler.nowNs - bootNs) / 1e6,
        wall: () => wallAt(this.#startSeconds, scheduler.nowNs),
      },
      timers: {
        after: (delayMs, fire) => timer(incarnation, delayMs, fire),
        soon: (run) => void incarnation.after(0, run),
      },
      random: {
        uint32: () => random.uint32(),
        bytes: (length) => random.bytes(length),
      },
      net: new SimNetwork(this.#fabric, this.#host, incarnation),
      storage: new SimStorage(this.disk, incarnation, (what) => this.#fabric.log(this.#host, what, "store")),
      log: this.#makeLog(incarnation),
      memoryBytes: MEMORY_BYTES,
      crc32,
      crypto: worldCrypto,
    };
  }

  #makeLog(incarnation: Incarnation): Log {
    const write = (level: string) => (event: string, fields?: Readonly<Record<string, unknown>>) => {
      if (!incarnation.alive) return;
      const what = `log ${level} ${event}${fields === undefined ? "" : ` ${shown(fields)}`}`;
      this.#fabric.log(this.#host, what, "log");
    };
    return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  }
}

function timer(incarnation: Incarnation, delayMs: number, fire: () => void): Timer {
  if (!(delayMs >= 0)) throw new RangeError(`after: delay ${delayMs} ms is not a number of 0 or more`);
  return incarnation.after(delayMs * 1e6, fire);
}

function wallAt(startSeconds: number, nowNs: number): WallTime {
  const seconds = Math.floor(nowNs / 1e9);
  return { seconds: startSeconds + seconds, nanoseconds: nowNs - seconds * 1e9 };
}

function shown(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(fields, (_key, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
}

/** A simulated node: an address, a disk, clocks, and one incarnation after another of the program that runs on it. */
import type { Log, Timer, World } from "../world/index.ts";
import { type ClockOptions, SimClock } from "./clock.ts";
import { type DiskOptions, SimDisk } from "./disk.ts";
import type { Fabric, Host } from "./fabric.ts";
import { crc32, worldCrypto } from "./host.ts";
import { Incarnation } from "./incarnation.ts";
import { SimNetwork } from "./net.ts";
import { PortTable } from "./ports.ts";
import { Prng } from "./prng.ts";
import { SimStorage } from "./store.ts";
import type { Lan } from "./topology.ts";

/** What a simulated machine says that it has. */
const MEMORY_BYTES = 1024 ** 3;

/** What runs on a node, at each start anew. */
export type Program<Result = unknown> = (world: World) => Result | Promise<Result>;

/** What a node's disk, clock and network are like. Default: as the simulation's. */
export interface NodeOptions {
  readonly disk?: Partial<DiskOptions>;
  readonly clock?: Partial<ClockOptions>;
  /** The network that it is in. Default: the mesh that the simulation begins with. */
  readonly lan?: Lan;
}

/** What goes down with the process. */
export interface CrashOptions {
  /**
   * The machine loses its power: nothing answers for it until it restarts. Default false: only the process
   * dies, and the system below closes its connections.
   */
  readonly power?: boolean;
}

/** What the next life of a node finds. */
export interface RestartOptions {
  /** The disk was lost: everything on it is gone, and the new life finds an empty one. Default false. */
  readonly freshDisk?: boolean;
}

/** Each life's monotonic clock begins somewhere else, so that readings of two cannot be compared by mistake. */
const MAX_CLOCK_ORIGIN_MS = 1_000_000;

/** A simulated machine: start a program on it with `start`, then crash, restart, pause or cut it off. */
export class SimNode {
  readonly name: string;
  readonly ip: string;
  readonly disk: SimDisk;
  readonly clock: SimClock;
  readonly #fabric: Fabric;
  readonly #host: Host;
  readonly #seed: string;
  #lives = 0;
  #world: World | undefined;
  #program: Program | undefined;

  constructor(
    fabric: Fabric,
    name: string,
    lan: Lan,
    seed: string,
    startSeconds: number,
    options: NodeOptions,
  ) {
    this.name = name;
    this.ip = lan.nextAddress();
    this.#fabric = fabric;
    this.#seed = seed;
    const log = (what: string): void => this.#fault(what);
    this.disk = new SimDisk(options.disk ?? {}, new Prng(seed, `disk ${name}`), log);
    const clockRandom = new Prng(seed, `clock ${name}`);
    this.clock = new SimClock(fabric.scheduler, clockRandom, startSeconds, options.clock ?? {}, log);
    this.#host = {
      name,
      ip: this.ip,
      lan,
      incarnation: undefined,
      silent: false,
      udp: new PortTable(new Prng(seed, `udp ports ${name}`)),
      tcp: new PortTable(new Prng(seed, `tcp ports ${name}`)),
      streams: new Set(),
    };
    fabric.addHost(this.#host);
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

  get isPaused(): boolean {
    return this.#host.incarnation?.paused ?? false;
  }

  /** The network that it is in. */
  get lan(): Lan {
    return this.#host.lan;
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
    incarnation.end();
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

  /** A new life, on the same disk unless that was lost. Resolves with the program's result. */
  restart(options: RestartOptions = {}): Promise<unknown> {
    if (this.isUp) throw new Error(`node ${this.name} is up: crash it first`);
    if (options.freshDisk) this.disk.lose();
    this.#boot();
    return this.#program === undefined ? Promise.resolve(undefined) : this.#run(this.#program);
  }

  /**
   * Stops its process as SIGSTOP does: time goes on, and timers, packets and the disk's answers wait. The system
   * below still accepts connections and datagrams, as many as its buffers hold.
   */
  pause(): void {
    const { incarnation } = this.#host;
    if (incarnation === undefined || incarnation.paused) {
      throw new Error(`node ${this.name} is ${this.isUp ? "paused" : "down"} already`);
    }
    incarnation.pause();
    this.#fault("pause");
  }

  /** Lets it go on: everything that was due meanwhile happens now, late, in its order. */
  resume(): void {
    const { incarnation } = this.#host;
    if (!incarnation?.paused) throw new Error(`node ${this.name} is not paused`);
    this.#fault("resume");
    incarnation.resume();
  }

  #fault(what: string): void {
    this.#fabric.log(this.#host, what, "fault");
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
    const random = new Prng(this.#seed, `node ${this.name} life ${this.#lives}`);
    const originMs = Math.floor(random.unit() * MAX_CLOCK_ORIGIN_MS);
    const clock = this.clock.reader(originMs);
    return {
      clock,
      timers: {
        after: (delayMs, fire) => timer(this.clock, incarnation, delayMs, fire),
        soon: (run) => void incarnation.after(0, run),
      },
      random: {
        uint32: () => random.uint32(),
        bytes: (length) => random.bytes(length),
      },
      net: new SimNetwork(this.#fabric, this.#host, incarnation, clock),
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

function timer(clock: SimClock, incarnation: Incarnation, delayMs: number, fire: () => void): Timer {
  if (!(delayMs >= 0)) throw new RangeError(`after: delay ${delayMs} ms is not a number of 0 or more`);
  return clock.timer(delayMs * 1e6, incarnation, fire);
}

function shown(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(fields, (_key, value: unknown) => (typeof value === "bigint" ? `${value}` : value));
}

/** A volume in the simulated world, and short words for what tests do with it. */
import {
  type Attributes,
  type Changes,
  type Context,
  type Credentials,
  Fault,
  type FaultReason,
  type Finding,
  fsck,
  type Handle,
  type LayeredVolume,
  type NewObject,
  type Outcome,
  openLayeredVolume,
  type StoredVolume,
  type VolumeOptions,
} from "../../src/files/volume/index.ts";
import { type DiskOptions, type SimNode, Simulation } from "../../src/sim/index.ts";
import type { Log, Store, World } from "../../src/world/index.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const ROOT: Credentials = { uid: 0, gid: 0, groups: [] };
export const ANN: Credentials = { uid: 1001, gid: 100, groups: [200] };
export const BOB: Credentials = { uid: 1002, gid: 100, groups: [] };
export const EVE: Credentials = { uid: 1003, gid: 300, groups: [] };

/** Small enough that a few kilobytes cross many chunks, and every bound is met. */
export const SMALL: VolumeOptions = {
  chunkBytes: 4096,
  limits: { maxInlineChunks: 3, maxReapedChunks: 2, maxFlushBytes: 8192 },
};

export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

export function textOf(data: Uint8Array): string {
  return decoder.decode(data);
}

/** `length` bytes that differ from those of another seed. */
export function pattern(length: number, seed = 1): Uint8Array {
  const data = new Uint8Array(length);
  let state = (seed * 2654435761) >>> 0;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data[i] = state >>> 24;
  }
  return data;
}

/** The value, which must not be a fault. */
export function ok<T>(outcome: Outcome<T>): T {
  if (outcome instanceof Fault) throw new Error(`unexpected fault ${outcome.reason}`);
  return outcome;
}

/** The reason of what must be a fault. */
export function reason(outcome: Outcome<unknown>): FaultReason {
  if (outcome instanceof Fault) return outcome.reason;
  throw new Error("expected a fault");
}

export interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One volume over a simulated node, its wall clock advanced by one nanosecond for each context made. */
export class Bench {
  readonly sim: Simulation;
  readonly node: SimNode;
  readonly lines: LogLine[] = [];
  volume!: StoredVolume;
  /** The volume with its snapshots and clones. */
  layers!: LayeredVolume;
  private readonly options: VolumeOptions;
  private ticks = 0;

  constructor(sim: Simulation, node: SimNode, options: VolumeOptions) {
    this.sim = sim;
    this.node = node;
    this.options = options;
  }

  get root(): Handle {
    return this.volume.root;
  }

  /** The node's world with a log that this bench keeps. */
  get world(): World {
    const keep =
      (level: LogLine["level"]) =>
      (event: string, fields: Readonly<Record<string, unknown>> = {}) => {
        this.lines.push({ level, event, fields });
      };
    const log: Log = { debug: keep("debug"), info: keep("info"), warn: keep("warn"), error: keep("error") };
    return { ...this.node.world, log };
  }

  async open(): Promise<StoredVolume> {
    this.layers = await openLayeredVolume(this.world, "main", this.options);
    this.volume = this.layers.volume;
    return this.volume;
  }

  async reopen(): Promise<StoredVolume> {
    await this.volume.close();
    return this.open();
  }

  /** Kills the node without warning and opens the volume again on what its disk kept. */
  async crash(): Promise<StoredVolume> {
    this.node.crash();
    await this.node.restart();
    return this.open();
  }

  now(): { seconds: number; nanoseconds: number } {
    return { seconds: 1_800_000_000, nanoseconds: ++this.ticks };
  }

  as(credentials: Credentials): Context {
    return { credentials, now: this.now() };
  }

  create(directory: Handle, name: string, object: NewObject, who = ROOT): Outcome<Attributes> {
    return this.volume.create(this.as(who), directory, bytes(name), object);
  }

  file(directory: Handle, name: string, initial: Changes = {}, who = ROOT): Handle {
    return ok(this.create(directory, name, { type: "file", how: "guarded", initial }, who)).handle;
  }

  directory(directory: Handle, name: string, initial: Changes = {}, who = ROOT): Handle {
    return ok(this.create(directory, name, { type: "directory", initial }, who)).handle;
  }

  write(handle: Handle, offset: number, data: Uint8Array, who = ROOT): Attributes {
    return ok(this.volume.write(this.as(who), handle, offset, data, "file-sync"));
  }

  writeUnstable(handle: Handle, offset: number, data: Uint8Array, who = ROOT): Attributes {
    return ok(this.volume.write(this.as(who), handle, offset, data, "unstable"));
  }

  read(handle: Handle, offset = 0, length = 1 << 20, who = ROOT): Uint8Array {
    return ok(this.volume.read(this.as(who), handle, offset, length)).data;
  }

  lookup(directory: Handle, name: string, who = ROOT): Outcome<Attributes> {
    return this.volume.lookup(this.as(who), directory, bytes(name));
  }

  remove(directory: Handle, name: string, who = ROOT): Outcome<void> {
    return this.volume.remove(this.as(who), directory, bytes(name));
  }

  rmdir(directory: Handle, name: string, who = ROOT): Outcome<void> {
    return this.volume.rmdir(this.as(who), directory, bytes(name));
  }

  rename(from: Handle, name: string, to: Handle, toName: string, who = ROOT): Outcome<void> {
    return this.volume.rename(this.as(who), from, bytes(name), to, bytes(toName));
  }

  link(handle: Handle, directory: Handle, name: string, who = ROOT): Outcome<Attributes> {
    return this.volume.link(this.as(who), handle, directory, bytes(name));
  }

  set(handle: Handle, changes: Changes, who = ROOT): Outcome<Attributes> {
    return this.volume.setAttributes(this.as(who), handle, changes);
  }

  attributes(handle: Handle): Attributes {
    return ok(this.volume.attributes(handle));
  }

  names(directory: Handle): string[] {
    return [...ok(this.volume.entries(this.as(ROOT), directory, 0))].map(({ name }) => textOf(name));
  }

  async settle(): Promise<void> {
    await this.volume.settle(undefined);
  }

  /** Waits until nothing is left to be reaped. */
  async reaped(): Promise<void> {
    for (let tries = 0; !this.volume.isReaped; tries++) {
      if (tries > 100_000) throw new Error("the reaper does not come to an end");
      await this.sim.sleep(1);
    }
  }

  /** Closes the volume and gives what fsck finds. */
  async findings(): Promise<readonly Finding[]> {
    await this.volume.close();
    return (await fsck(this.world, "main")).findings;
  }

  /** Changes the closed volume's records behind its back. */
  async tamper(change: (store: Store) => void): Promise<void> {
    const store = await this.node.world.storage.open("main");
    change(store);
    await store.sync();
    await store.close();
  }
}

export interface BenchOptions extends VolumeOptions {
  readonly seed?: number | string;
  readonly disk?: Partial<DiskOptions>;
}

/** Runs `main` with an open volume in a simulated world. */
export async function withVolume(
  main: (bench: Bench) => Promise<void> | void,
  options: BenchOptions = {},
): Promise<void> {
  const { seed = 1, disk = {}, ...volumeOptions } = options;
  const sim = new Simulation({ seed, disk });
  const bench = new Bench(sim, sim.node("server"), volumeOptions);
  await sim.run(async () => {
    await bench.open();
    await main(bench);
  });
}

/** As `withVolume`; afterwards fsck must find nothing. */
export async function withCleanVolume(
  main: (bench: Bench) => Promise<void> | void,
  options: BenchOptions = {},
): Promise<void> {
  await withVolume(async (bench) => {
    await main(bench);
    const findings = await bench.findings();
    if (findings.length > 0) throw new Error(`fsck: ${JSON.stringify(findings, null, 1)}`);
  }, options);
}

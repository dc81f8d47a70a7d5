/**
 * Keeps the replicas that the cell's state wants at this node: opens what is missing, opens again what ended by an error, closes and removes
 * what is elsewhere by now. One pass at a time brings what is there to what should be; whatever changes asks for another pass, and
 * what failed is tried again after a pause that grows.
 */
import { CoterieError, isCoterieError, type Timer, type World } from "../../world/index.ts";
import type { CellState } from "../state/cell-state.ts";
import { type CellVolume, hex, holds, sameNames } from "../state/records.ts";
import type { HostedReplica, ReplicaHost } from "./hosted.ts";
import { DAMAGED_AFTER, damageOf } from "./repair.ts";

export const FIRST_RETRY_MS = 250;
export const MAX_RETRY_MS = 15_000;
/** How long a replica stays closed that a scrub has found unsound, if nobody makes it anew: the others may need its vote by then. */
export const HELD_MS = 60_000;

/** One replica that should be here. */
export interface Keeping {
  readonly id: Uint8Array;
  readonly name: string;
  /** Undefined while it is not open. */
  readonly replica: HostedReplica | undefined;
  /** Why it is not open, if it was tried. */
  readonly failure: CoterieError | undefined;
  /** What it has on the disk is not what was written: it is to be made anew. */
  readonly isDamaged: boolean;
  /** When it ended or could not be opened, by the monotonic clock. */
  readonly failedMs: number;
}

interface Kept {
  readonly id: Uint8Array;
  name: string;
  replica: HostedReplica | undefined;
  failure: CoterieError | undefined;
  /** Failures since it last held for `MAX_RETRY_MS`. */
  tries: number;
  openedMs: number;
  failedMs: number;
  retryAtMs: number;
  /** Failures by damage since it last held for `MAX_RETRY_MS`. */
  damages: number;
  readonly isDamaged: boolean;
  /** What it has on the disk goes, before it is opened again. */
  isToBeRemoved: boolean;
}

export class Keeper {
  readonly #world: World;
  readonly #self: string;
  readonly #state: CellState;
  readonly #host: ReplicaHost;
  /** By the volume's id in hexadecimal. */
  readonly #kept = new Map<string, Kept>();
  #pass: Promise<void> | undefined;
  #isAsked = false;
  #isClosed = false;
  #isToSweep = false;
  #timer: Timer | undefined;
  #rebuilds = 0;
  /** A replica was opened, or ended. */
  onChange: () => void = () => {};

  constructor(world: World, self: string, state: CellState, host: ReplicaHost) {
    this.#world = world;
    this.#self = self;
    this.#state = state;
    this.#host = host;
  }

  get all(): readonly Keeping[] {
    return [...this.#kept.values()];
  }

  of(id: Uint8Array): Keeping | undefined {
    return this.#kept.get(hex(id));
  }

  /** How often stores were removed because they were damaged. */
  get rebuilds(): number {
    return this.#rebuilds;
  }

  /** Removes what the replica has on the disk, and opens it anew: nobody counts on it any more. */
  rebuild(id: Uint8Array): void {
    const kept = this.#kept.get(hex(id));
    if (kept === undefined || kept.isToBeRemoved) return;
    kept.isToBeRemoved = true;
    kept.retryAtMs = 0;
    this.wake();
  }

  /**
   * Removes what the disk holds of volumes that have no replica here: they went elsewhere, or were deleted, while this node was away. Only to be called
   * when the state is known to be of now.
   */
  sweep(): void {
    this.#isToSweep = true;
    this.wake();
  }

  /** Something changed: the state, or the time to try again. */
  wake(): void {
    this.#isAsked = true;
    if (this.#isClosed) return;
    this.#pass ??= this.#passes().finally(() => {
      this.#pass = undefined;
    });
  }

  /** Closes all replicas. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#pass;
    const open = [...this.#kept.values()].flatMap(({ replica }) => replica ?? []);
    this.#kept.clear();
    await Promise.all(open.map((replica) => replica.close()));
  }

  async #passes(): Promise<void> {
    while (this.#isAsked && !this.#isClosed) {
      this.#isAsked = false;
      await this.#once();
    }
  }

  async #once(): Promise<void> {
    if (this.#state.id === undefined) return;
    const wanted = this.#state.volumes.filter((volume) => holds(volume, this.#self));
    await this.#leave(new Set(wanted.map(({ id }) => hex(id))));
    if (this.#isToSweep) await this.#sweep();
    const now = this.#world.clock.monotonicMs();
    const due = wanted.filter((volume) => this.#isDue(volume, now));
    await Promise.all(due.map((volume) => this.#open(volume)));
    this.#rest();
  }

  #isDue({ id, name }: CellVolume, nowMs: number): boolean {
    const kept = this.#kept.get(hex(id));
    if (kept === undefined) return true;
    kept.name = name;
    return (kept.replica === undefined || kept.isToBeRemoved) && kept.retryAtMs <= nowMs;
  }

  /** What is elsewhere by now goes, with what it has on the disk: the others hold all of it. */
  async #leave(wanted: ReadonlySet<string>): Promise<void> {
    for (const [key, kept] of [...this.#kept]) {
      if (wanted.has(key)) continue;
      this.#kept.delete(key);
      await kept.replica?.close();
      await this.#discard(kept.id, kept.name);
      this.onChange();
    }
  }

  /** A replica that shall be here is not open yet while this goes on, or is kept, or the state says by now that it shall be here. */
  async #sweep(): Promise<void> {
    this.#isToSweep = false;
    for (const id of await this.#held()) {
      const volume = this.#state.volume(id);
      const isHere = volume !== undefined && holds(volume, this.#self);
      if (!isHere && !this.#kept.has(hex(id))) await this.#discard(id, volume?.name ?? hex(id));
    }
  }

  async #held(): Promise<readonly Uint8Array[]> {
    try {
      return await this.#host.held();
    } catch (error) {
      this.#world.log.error("what former replicas left stays on the disk", { error: String(error) });
      return [];
    }
  }

  async #discard(id: Uint8Array, volume: string): Promise<void> {
    try {
      await this.#host.remove(id);
      this.#world.log.info("replica removed", { volume });
    } catch (error) {
      this.#world.log.error("what a replica left stays on the disk", { volume, error: String(error) });
    }
  }

  async #open(volume: CellVolume): Promise<void> {
    const kept = this.#entry(volume);
    try {
      if (kept.isToBeRemoved) await this.#remove(kept);
      const replica = await this.#host.open(volume, this.#foundersOf(volume));
      if (this.#isClosed) return await replica.close();
      kept.replica = replica;
      kept.failure = undefined;
      kept.openedMs = this.#world.clock.monotonicMs();
      this.#world.log.info("replica open", { volume: volume.name });
      void replica.closed.then((error) => this.#ended(kept, replica, error));
    } catch (error) {
      if (!isCoterieError(error)) throw error;
      this.#fail(kept, error);
    }
    this.onChange();
  }

  async #remove(kept: Kept): Promise<void> {
    const { replica } = kept;
    kept.replica = undefined;
    await replica?.close();
    await this.#host.remove(kept.id);
    kept.isToBeRemoved = false;
    kept.damages = 0;
    this.#rebuilds++;
    this.#world.log.warn("replica made anew", { volume: kept.name });
  }

  #entry({ id, name }: CellVolume): Kept {
    const key = hex(id);
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      kept = newlyKept(id, name);
      this.#kept.set(key, kept);
    }
    return kept;
  }

  /** Those who were its replicas from the beginning make its log together; everybody else is made one by the log. */
  #foundersOf({ founders, replicas, wanted }: CellVolume): readonly string[] | undefined {
    const isFounder = founders.includes(this.#self) && wanted.length === 0 && sameNames(founders, replicas);
    return isFounder ? founders : undefined;
  }

  #ended(kept: Kept, replica: HostedReplica, error: CoterieError | undefined): void {
    if (kept.replica !== replica || this.#isClosed) return;
    kept.replica = undefined;
    if (this.#world.clock.monotonicMs() - kept.openedMs > MAX_RETRY_MS) {
      kept.tries = 0;
      kept.damages = 0;
    }
    this.#fail(kept, error ?? new CoterieError("LOG_CLOSED", "the replica was closed"));
    this.onChange();
    this.wake();
  }

  #fail(kept: Kept, error: CoterieError): void {
    const { code, message } = error;
    kept.failure = error;
    kept.failedMs = this.#world.clock.monotonicMs();
    const damage = damageOf(code);
    kept.damages += damage;
    // What was found out for sure waits to be made anew, for long enough that a leader can see to it.
    const pauseMs = damage < DAMAGED_AFTER ? pauseAfter(kept.tries) : HELD_MS;
    kept.tries++;
    kept.retryAtMs = kept.failedMs + pauseMs;
    this.#world.log.error("replica not open", { volume: kept.name, code, message, pauseMs });
  }

  /** Wakes when the next replica that failed is to be tried again. */
  #rest(): void {
    this.#timer?.cancel();
    const times = [...this.#kept.values()].filter(({ replica }) => replica === undefined);
    if (times.length === 0 || this.#isClosed) return;
    const next = Math.min(...times.map(({ retryAtMs }) => retryAtMs));
    const delayMs = Math.max(0, next - this.#world.clock.monotonicMs());
    this.#timer = this.#world.timers.after(delayMs, () => this.wake());
  }
}

function pauseAfter(tries: number): number {
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries, 10));
}

function newlyKept(id: Uint8Array, name: string): Kept {
  const times = { openedMs: 0, failedMs: 0, retryAtMs: 0 };
  return {
    id,
    name,
    replica: undefined,
    failure: undefined,
    tries: 0,
    ...times,
    damages: 0,
    isToBeRemoved: false,
    get isDamaged() {
      return this.replica === undefined && this.damages >= DAMAGED_AFTER;
    },
  };
}

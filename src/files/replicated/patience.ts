/**
 * Trying again what would else get no answer. A client that hears nothing over TCP waits for a minute before it sends the same again, and a volume that
 * was just made, or moves, or has lost its leader, is away for a second or two. So the node that was asked tries for as long as a replica's own
 * desk does, with the same pauses. It is the very same call each time, and the volume's log knows it.
 */
import { sleep, type World } from "../../world/index.ts";
import { defaultReplicaLimits } from "./replica-limits.ts";

/** Between two attempts: doubled from the first to the last. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1000;
/** Arguments of calls that are tried again; with that many waiting, a further one is tried once. */
export const MAX_PATIENT_BYTES = 64 * 1024 * 1024;
/** What a call that waits is counted for beside its arguments. */
const CALL_BYTES = 1024;

export class Patience {
  readonly #world: Pick<World, "clock" | "timers">;
  readonly #patienceMs: number;
  #waitingBytes = 0;
  #isClosed = false;

  constructor(world: Pick<World, "clock" | "timers">, patienceMs: number = defaultReplicaLimits.patienceMs) {
    this.#world = world;
    this.#patienceMs = patienceMs;
  }

  /** The monotonic time until which a call is tried that comes now. */
  endMs(): number {
    return this.#world.clock.monotonicMs() + this.#patienceMs;
  }

  /**
   * What an attempt told that ended it, or else what the last one told. `first`: what the first attempt told; `bytes`: how long the
   * arguments are that are kept for further ones; `attempt` is given their number, from 1.
   */
  async again<Told>(
    first: Told,
    bytes: number,
    endMs: number,
    attempt: (round: number) => Promise<Told>,
    isOver: (told: Told) => boolean,
  ): Promise<Told> {
    const counted = bytes + CALL_BYTES;
    if (isOver(first) || this.#waitingBytes + counted > MAX_PATIENT_BYTES) return first;
    this.#waitingBytes += counted;
    try {
      let told = first;
      for (let round = 1; !isOver(told) && (await this.#pause(round, endMs)); round++) {
        told = await attempt(round);
      }
      return told;
    } finally {
      this.#waitingBytes -= counted;
    }
  }

  /** Whether there is time for another attempt: asked after the pause, in which the machine may have stood still. */
  async #pause(round: number, endMs: number): Promise<boolean> {
    const { clock, timers } = this.#world;
    const retryMs = Math.min(FIRST_RETRY_MS * 2 ** (round - 1), LAST_RETRY_MS);
    if (this.#isClosed || clock.monotonicMs() + retryMs > endMs) return false;
    await sleep(timers, retryMs);
    return !this.#isClosed && clock.monotonicMs() <= endMs;
  }

  /** Nothing is tried again from now on. */
  close(): void {
    this.#isClosed = true;
  }
}

/**
 * Keeps trying to reach one peer, one attempt after another with growing pauses between them, until it is told that there is a link. When the
 * link is lost it is told to begin anew. A link that held for a while makes the first pause short again. Beside a link that is up and silent it
 * tries for another, as long as that is silent.
 */
import { type Address, type CoterieError, randomUnit, type Timer } from "../../world/index.ts";
import { Attempt, type AttemptEvents, type MeshContext } from "./attempt.ts";
import type { Met } from "./handshake.ts";
import type { Wire } from "./wire.ts";

/** A link that lasted for less has not shown that the peer is well. */
export const STEADY_MS = 1000;
/** An attempt beside a silent link that is older is given up for a new one when it is asked for again: what it said may be lost too. */
const RENEWING_MS = 500;

const always = (): boolean => true;

export class Reach {
  address: Address;
  readonly #context: MeshContext;
  readonly #name: string;
  readonly #events: AttemptEvents;
  #attempt: Attempt | undefined;
  #timer: Timer | undefined;
  #triedMs = 0;
  #isWanted: () => boolean = always;
  #backOffMs: number;
  #reachedMs = Number.POSITIVE_INFINITY;

  /** `failed` is told of every attempt. */
  constructor(context: MeshContext, name: string, address: Address, events: AttemptEvents) {
    this.#context = context;
    this.#name = name;
    this.address = address;
    this.#events = events;
    this.#backOffMs = context.limits.firstBackOffMs;
  }

  get hasSaidHello(): boolean {
    return this.#attempt?.hasSaidHello ?? false;
  }

  /** Tries at once, whatever was before. */
  begin(): void {
    this.stop();
    this.#backOffMs = this.#context.limits.firstBackOffMs;
    this.#try();
  }

  /** Tries for another link than the one that there is, as long as it is wanted. Asked for again, it goes on or begins anew. */
  renew(isWanted: () => boolean): void {
    const { clock } = this.#context.world;
    if (this.#attempt !== undefined && clock.monotonicMs() - this.#triedMs < RENEWING_MS) return;
    this.stop();
    this.#backOffMs = this.#context.limits.firstBackOffMs;
    this.#isWanted = isWanted;
    this.#try();
  }

  /** There is a link, whoever made it. */
  reached(): void {
    this.stop();
    this.#reachedMs = this.#context.world.clock.monotonicMs();
  }

  /** There is none any more. */
  lost(): void {
    const heldMs = this.#context.world.clock.monotonicMs() - this.#reachedMs;
    if (heldMs >= STEADY_MS) this.#backOffMs = this.#context.limits.firstBackOffMs;
    this.stop();
    this.#pause();
  }

  stop(): void {
    this.#pend();
    this.#isWanted = always;
  }

  /** Nothing is tried or waited for. */
  #pend(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#attempt?.giveUp();
    this.#attempt = undefined;
  }

  #try(): void {
    this.#timer = undefined;
    if (!this.#isWanted()) return;
    this.#triedMs = this.#context.world.clock.monotonicMs();
    this.#attempt = new Attempt(this.#context, this.address, this.#name, {
      met: (met: Met, wire: Wire) => {
        this.#attempt = undefined;
        this.#events.met(met, wire);
      },
      failed: (error: CoterieError | undefined) => {
        this.#attempt = undefined;
        this.#pause();
        this.#events.failed(error);
      },
    });
  }

  #pause(): void {
    this.#pend();
    const { world, limits } = this.#context;
    const delayMs = this.#backOffMs * (1 - randomUnit(world.random) / 2);
    this.#backOffMs = Math.min(limits.maxBackOffMs, 2 * this.#backOffMs);
    this.#timer = world.timers.after(delayMs, () => this.#try());
  }
}

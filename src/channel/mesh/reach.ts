/**
 * Keeps trying to reach one peer, one attempt after another with growing pauses between them, until it is told that there is a link. When the
 * link is lost it is told to begin anew. A link that held for a while makes the first pause short again.
 */
import { type Address, type CoterieError, randomUnit, type Timer } from "../../world/index.ts";
import { Attempt, type AttemptEvents, type MeshContext } from "./attempt.ts";
import type { Met } from "./handshake.ts";
import type { Wire } from "./wire.ts";

/** A link that lasted for less has not shown that the peer is well. */
export const STEADY_MS = 1000;

export class Reach {
  address: Address;
  readonly #context: MeshContext;
  readonly #name: string;
  readonly #events: AttemptEvents;
  #attempt: Attempt | undefined;
  #timer: Timer | undefined;
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

  /** There is a link, whoever made it. */
  reached(): void {
    this.stop();
    this.#reachedMs = this.#context.world.clock.monotonicMs();
  }

  /** There is none any more. */
  lost(): void {
    const heldMs = this.#context.world.clock.monotonicMs() - this.#reachedMs;
    if (heldMs >= STEADY_MS) this.#backOffMs = this.#context.limits.firstBackOffMs;
    this.#pause();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#attempt?.giveUp();
    this.#attempt = undefined;
  }

  #try(): void {
    this.#timer = undefined;
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
    this.stop();
    const { world, limits } = this.#context;
    const delayMs = this.#backOffMs * (1 - randomUnit(world.random) / 2);
    this.#backOffMs = Math.min(limits.maxBackOffMs, 2 * this.#backOffMs);
    this.#timer = world.timers.after(delayMs, () => this.#try());
  }
}

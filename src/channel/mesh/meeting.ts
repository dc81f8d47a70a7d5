/** A handshake under way: the driver of one side's state machine, over one wire and with a deadline. */
import { CoterieError, formatAddress, type Timer, type World } from "../../world/index.ts";
import { CONTROL_PORT } from "./frame.ts";
import { type Handshake, type Met, type Refusal, refusal } from "./handshake.ts";
import type { Pipe } from "./pipe.ts";
import type { SlabPool } from "./send-queue.ts";
import { Wire, type WireHandler } from "./wire.ts";

export interface MeetingEvents {
  /** The wire is the owner's from now on: it gives it a handler of its own, or refuses. */
  met(met: Met, wire: Wire): void;
  refused(why: Refusal): void;
  failed(error: CoterieError): void;
  /** After whichever it was, when nothing is held any more. */
  over(): void;
}

export class Meeting implements WireHandler {
  readonly #events: MeetingEvents;
  readonly #handshake: Handshake;
  readonly #wire: Wire;
  readonly #timer: Timer;
  /** The events have heard of the outcome. */
  #isDecided = false;
  #isOver = false;

  constructor(
    world: Pick<World, "timers">,
    pipe: Pipe,
    pool: SlabPool,
    handshake: Handshake,
    timeoutMs: number,
    events: MeetingEvents,
  ) {
    this.#events = events;
    this.#handshake = handshake;
    this.#wire = new Wire(world.timers, pipe, pool, this);
    this.#timer = world.timers.after(timeoutMs, () => this.#wire.close(tooLate(pipe, timeoutMs)));
    const first = handshake.begin();
    if (first !== undefined) this.#wire.control(first);
  }

  frame(port: number, bytes: Uint8Array, start: number, end: number): string | undefined {
    if (port !== CONTROL_PORT) return "a message before its hello";
    // Refused, and still talking.
    if (this.#isDecided) return undefined;
    const step = this.#handshake.receive(bytes.subarray(start, end));
    switch (step.kind) {
      case "say":
        this.#wire.control(step.message);
        return undefined;
      case "violation":
        return step.what;
      case "met":
        this.#isDecided = true;
        this.#events.met(step.met, this.#wire);
        return undefined;
      case "refused":
        this.#isDecided = true;
        this.leave();
        this.#events.refused(step.why);
        return undefined;
      case "failed":
        this.#isDecided = true;
        if (step.answer === undefined) this.leave();
        else this.#say(step.answer);
        this.#events.failed(step.error);
        return undefined;
    }
  }

  /** After `met`: says no, and waits for the other side to leave. */
  refuse(why: Refusal): void {
    this.#say(refusal(why));
  }

  /** After `met`: the wire has another handler now. */
  done(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer.cancel();
    this.#events.over();
  }

  /** Drops it; nothing more is told but that it is over. */
  leave(): void {
    this.#isDecided = true;
    this.#wire.leave();
    this.done();
  }

  closed(error: CoterieError | undefined): void {
    const wasDecided = this.#isDecided;
    this.#isDecided = true;
    this.done();
    if (!wasDecided) this.#events.failed(error ?? hungUp(this.#wire.pipe));
  }

  moved(): void {}

  #say(message: Uint8Array): void {
    this.#wire.control(message);
    this.#wire.finish();
  }
}

function tooLate(pipe: Pipe, timeoutMs: number): CoterieError {
  const where = formatAddress(pipe.remote);
  return new CoterieError("MESH_SILENT", `${where} did not say who it is in ${timeoutMs} ms`, {
    details: { where },
  });
}

function hungUp(pipe: Pipe): CoterieError {
  const where = formatAddress(pipe.remote);
  return new CoterieError("NET_RESET", `${where} closed the connection before it was a link`, {
    details: { where },
  });
}

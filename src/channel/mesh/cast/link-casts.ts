/**
 * Casts over one link, both ways: what is told of them over the link, and what waits for them. The link asks it before it does
 * anything with a frame; it gives the frames back in their order.
 */
import type { Timer, Timers } from "../../../world/index.ts";
import { type Control, ControlKind } from "../control.ts";
import type { Caster } from "./caster.ts";
import { type Incoming, MAX_WAITING_BYTES, type Next } from "./incoming.ts";
import { type Kept, Outgoing } from "./outgoing.ts";

/** A datagram may come so much later than what the link says of it. */
export const GRACE_MS = 2;

export interface CastHost {
  readonly timers: Timers;
  say(control: Control): void;
  /** A frame or a cast, in its turn. What is wrong with it, if anything is. */
  take(next: Next): string | undefined;
  /** Whether the peer's port of this number has a counterpart here. */
  isWanted(port: number): boolean;
  /** False once the link is gone. */
  readonly isOpen: boolean;
  /** Drops the link: the peer said what no correct one says, or a handler failed. */
  violated(what: string): void;
  /** Drops the link: too much waits. */
  overrun(most: number): void;
}

export class LinkCasts {
  readonly outgoing: Outgoing;
  readonly #caster: Caster;
  readonly #host: CastHost;
  #incoming: Incoming | undefined;
  #grace: Timer | undefined;

  constructor(caster: Caster, host: CastHost) {
    this.#caster = caster;
    this.#host = host;
    this.outgoing = new Outgoing(caster.release);
    host.say(caster.offer());
    caster.join(this);
  }

  /** Frames are to be given to `frame`, because something is missing before them. */
  get isWaiting(): boolean {
    return this.#incoming?.isWaiting ?? false;
  }

  /** Tells the peer that there is a cast for a port of it, at this place of the link's order. */
  tell(kept: Kept, remotePort: number, digest: Uint8Array): void {
    this.outgoing.sent(kept);
    const cast = { number: BigInt(kept.number), port: remotePort, digest };
    this.#host.say({ kind: ControlKind.MESH_CAST, cast });
  }

  /** Whether the control message is to be heard at once, also while others wait. A cast finds its place in the order by itself. */
  static isAside(kind: Control["kind"]): boolean {
    return kind >= ControlKind.MESH_PING && kind <= ControlKind.MESH_COPY;
  }

  /** A frame that came while something waits. */
  frame(port: number, bytes: Uint8Array, start: number, end: number): void {
    this.#incoming?.frame(port, bytes, start, end);
    this.#checkWaiting();
  }

  /** What the peer says of casts. @returns what is wrong with it. */
  control(control: Control): string | undefined {
    switch (control.kind) {
      case ControlKind.MESH_OFFER:
        return this.#offered(Number(control.offer.session), Number(control.offer.number), control.offer.seed);
      case ControlKind.MESH_HEARD:
        this.outgoing.heard(this.#caster.nowMs);
        return undefined;
      case ControlKind.MESH_TAKEN:
        this.#caster.arrived(this.outgoing.taken(Number(control.taken)));
        return undefined;
      case ControlKind.MESH_LACK:
        return this.#asked(Number(control.lack));
      case ControlKind.MESH_CAST:
        return this.#told(Number(control.cast.number), control.cast.port, control.cast.digest);
      case ControlKind.MESH_COPY:
        return this.#copied(Number(control.copy.number), control.copy.message);
      default:
        return "what is none of casts";
    }
  }

  #offered(session: number, number: number, seed: Uint8Array): string | undefined {
    if (this.#incoming !== undefined) return "a second offer of casts";
    if (!Number.isSafeInteger(session) || !Number.isSafeInteger(number)) return "an offer that is none";
    this.#incoming = this.#caster.listen(this, session, number, seed);
    return undefined;
  }

  #asked(number: number): string | undefined {
    const kept = this.outgoing.lacks(number, this.#caster.nowMs);
    if (kept === undefined) return "the wish for a cast that it does not lack";
    this.#caster.lost();
    this.#sayCopy(kept);
    return undefined;
  }

  #sayCopy({ number, message }: Kept): void {
    this.#host.say({ kind: ControlKind.MESH_COPY, copy: { number: BigInt(number), message } });
  }

  /** The link ends when all is said: what the peer may lack must be said with it. */
  finish(): void {
    for (const kept of this.outgoing.unasked()) this.#sayCopy(kept);
  }

  #told(number: number, port: number, digest: Uint8Array): string | undefined {
    const incoming = this.#incoming;
    if (incoming === undefined) return "a cast without an offer";
    const wrong = incoming.cast(number, port, digest) ?? this.#goOn();
    if (incoming.isWaiting) {
      this.#grace ??= this.#askLater(incoming);
      this.#checkWaiting();
    }
    return wrong;
  }

  #copied(number: number, message: Uint8Array): string | undefined {
    const { isWaiting } = this;
    const wrong =
      this.#incoming === undefined ? "a copy without an offer" : this.#incoming.copy(number, message);
    this.#checkWaiting();
    return wrong ?? (isWaiting ? this.#goOn() : undefined);
  }

  /** A datagram of the peer's session. */
  datagram(bytes: Uint8Array): void {
    const came = this.#incoming?.datagram(bytes, (port) => this.#host.isWanted(port));
    if (came === "heard") this.#host.say({ kind: ControlKind.MESH_HEARD });
    if (came !== "ready" || !this.isWaiting) return;
    const wrong = this.#goOn();
    if (wrong !== undefined) this.#host.violated(wrong);
  }

  /** Gives out what can go on. A user's handler that throws leaves the rest behind: the link is over then. */
  #goOn(): string | undefined {
    let isWhole = false;
    try {
      for (let next = this.#incoming?.next(); next !== undefined; next = this.#incoming?.next()) {
        const wrong = this.#host.take(next);
        if (wrong === undefined && this.#host.isOpen) continue;
        isWhole = true;
        return wrong;
      }
      isWhole = true;
    } finally {
      if (!isWhole) this.#host.violated("what a handler here failed on");
    }
    const taken = this.#incoming?.takeTaken();
    if (taken !== undefined) this.#host.say({ kind: ControlKind.MESH_TAKEN, taken: BigInt(taken) });
    return undefined;
  }

  #askLater(incoming: Incoming): Timer {
    const { told } = incoming;
    return this.#host.timers.after(GRACE_MS, () => {
      this.#grace = undefined;
      for (const number of incoming.lacking(told))
        this.#host.say({ kind: ControlKind.MESH_LACK, lack: BigInt(number) });
      if (incoming.isWaiting && incoming.told > told) this.#grace = this.#askLater(incoming);
    });
  }

  #checkWaiting(): void {
    if ((this.#incoming?.waitingBytes ?? 0) > MAX_WAITING_BYTES) this.#host.overrun(MAX_WAITING_BYTES);
  }

  /** The link is gone. */
  close(): void {
    this.#grace?.cancel();
    this.outgoing.close();
    this.#caster.part(this, this.#incoming?.session);
    this.#incoming = undefined;
  }
}

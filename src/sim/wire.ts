/**
 * One direction of a simulated connection, below its ends: brings segments from one host to the other, each once and in
 * order. A partition holds them until it heals or the sender's patience ends.
 */
import type { Fabric, Host, Route } from "./fabric.ts";
import { crc32 } from "./host.ts";
import type { Link } from "./links.ts";
import { type Segment, SegmentTransit } from "./segment.ts";
import type { TracedMessage, TracePath } from "./trace.ts";

/** What becomes of what is sent. */
export interface WireEvents {
  /** A segment is at the other end, at `atNs`. */
  arrived(segment: Segment, message: TracedMessage, atNs: number): void;
  /** Something on the way broke the connection. */
  broken(): void;
  /** No way has opened for too long. */
  gaveUp(): void;
}

/** For a way to open, with a look at every retransmission. */
export interface Wait {
  readonly isOpen: () => boolean;
  /** Called once the way is open: at once, if it is. */
  readonly go: () => void;
  readonly giveUp: () => void;
}

export class Wire {
  readonly #fabric: Fabric;
  readonly #from: Host;
  readonly #to: Host;
  readonly #path: TracePath;
  readonly #events: WireEvents;
  /** Segments in front of a closed way, in order. */
  #held: Segment[] = [];
  /** The last of those whose arrival is known; a change of its way's rate moves it. */
  #last: SegmentTransit | undefined;
  #sent = 0;
  #arrived = 0;
  /** By number: what came before something that was sent earlier, because the way has changed. */
  readonly #early = new Map<number, () => void>();

  constructor(fabric: Fabric, from: Host, to: Host, path: TracePath, events: WireEvents) {
    this.#fabric = fabric;
    this.#from = from;
    this.#to = to;
    this.#path = path;
    this.#events = events;
  }

  get link(): Link {
    return this.#fabric.link(this.#from, this.#to);
  }

  /** The way there, or undefined: cut off, or no router leads there. */
  route(): Route | undefined {
    const route = this.#fabric.route(this.#from, this.#to);
    return route === undefined || route.link.cuts > 0 ? undefined : route;
  }

  /** Waits, since `sinceNs`, as long as the system's patience lasts. */
  wait(sinceNs: number, wait: Wait): void {
    const { scheduler, streamTimeoutMs } = this.#fabric;
    if (wait.isOpen()) wait.go();
    else if (scheduler.nowNs - sinceNs >= streamTimeoutMs * 1e6) wait.giveUp();
    else {
      const againNs = this.link.options.retransmitMs * 1e6;
      scheduler.after(againNs, undefined, () => this.wait(sinceNs, wait));
    }
  }

  transmit(segment: Segment): void {
    const route = this.#held.length > 0 ? undefined : this.route();
    if (route === undefined) this.#hold(segment);
    else if (route.link.random.chance(route.link.options.reset)) this.#events.broken();
    else this.#send(segment, route);
  }

  #send(segment: Segment, route: Route): void {
    const message = this.#message(segment);
    const verb = segment.kind === "data" ? "" : segment.kind;
    this.#fabric.note(this.#from, this.#to, "send", ` sent ${verb}`, message);
    const number = this.#sent++;
    const transit = new SegmentTransit(this.#fabric, route, message, this.#inOrder, (atNs) =>
      this.#sort(number, () => this.#events.arrived(segment, message, atNs)),
    );
    transit.proceed();
  }

  /** Over one link segments arrive in their order: not before the last one did. */
  readonly #inOrder = (transit: SegmentTransit, arrivalNs: number): number => {
    const lastNs = this.#last?.atNs ?? 0;
    this.#last = transit;
    return Math.max(lastNs, Math.round(arrivalNs));
  };

  /** Calls for each segment in the order of their sending. */
  #sort(number: number, arrive: () => void): void {
    this.#early.set(number, arrive);
    for (;;) {
      const next = this.#early.get(this.#arrived);
      if (next === undefined) return;
      this.#early.delete(this.#arrived++);
      next();
    }
  }

  #message(segment: Segment): TracedMessage {
    const number = this.#fabric.trace.nextMessage();
    const path = this.#path;
    if (segment.kind !== "data") return { number, path, length: -1, checksum: 0 };
    return { number, path, length: segment.bytes.length, checksum: crc32(segment.bytes) };
  }

  #hold(segment: Segment): void {
    if (this.#held.push(segment) > 1) return;
    this.#fabric.log(this.#from, `${this.#path.text} held by a partition`, "stream");
    this.wait(this.#fabric.scheduler.nowNs, {
      isOpen: () => this.route() !== undefined,
      go: () => {
        for (const held of this.#take()) this.transmit(held);
      },
      giveUp: () => {
        this.#take();
        this.#events.gaveUp();
      },
    });
  }

  #take(): Segment[] {
    const held = this.#held;
    this.#held = [];
    return held;
  }
}

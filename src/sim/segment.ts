/** A stream's segment on its way: as many packets of TCP as its bytes need, which are late where packets would be lost. */
import type { Fabric, Route } from "./fabric.ts";
import type { TracedMessage } from "./trace.ts";
import { Transit } from "./transit.ts";

/** Of IPv4 and TCP, without options, for each packet that a segment stands for. */
const PACKET_HEADER_BYTES = 40;
const PACKET_BYTES = 1460;

export type Segment =
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  | { readonly kind: "end" }
  | { readonly kind: "reset" }
  | { readonly kind: "accepted" };

export class SegmentTransit extends Transit {
  readonly #inOrder: (transit: SegmentTransit, arrivalNs: number) => number;
  readonly #arrived: (atNs: number) => void;

  constructor(
    fabric: Fabric,
    route: Route,
    message: TracedMessage,
    inOrder: (transit: SegmentTransit, arrivalNs: number) => number,
    arrived: (atNs: number) => void,
  ) {
    const bytes = Math.max(0, message.length);
    const packets = Math.max(1, Math.ceil(bytes / PACKET_BYTES));
    super(fabric, route, message.number, bytes + packets * PACKET_HEADER_BYTES, false);
    this.#inOrder = inOrder;
    this.#arrived = arrived;
  }

  protected arrivalNs(departureNs: number): number {
    return this.#inOrder(this, departureNs + this.route.link.segmentDelayNs());
  }

  protected arrive(): void {
    this.#arrived(this.fabric.scheduler.nowNs);
  }

  /** Never: a stream's segments wait for room. */
  protected drop(): void {}
}

/**
 * A message on its way. It passes, in order, whatever its route sends it through, and at last its link. Only where it
 * has to queue for the next sending does that take an event; over a link alone it is one event from end to end.
 */
import type { Fabric, Route } from "./fabric.ts";
import { SimEvent } from "./scheduler.ts";
import { FULL } from "./transmitter.ts";

export abstract class Transit extends SimEvent {
  protected readonly fabric: Fabric;
  protected readonly route: Route;
  readonly #wireBytes: number;
  readonly #droppable: boolean;
  /** Of the message: one sending carries all its copies. */
  readonly #sending: number;
  #passed = 0;

  /** `wireBytes` are those that are sent, with headers. */
  constructor(fabric: Fabric, route: Route, sending: number, wireBytes: number, droppable: boolean) {
    super(undefined);
    this.fabric = fabric;
    this.route = route;
    this.#sending = sending;
    this.#wireBytes = wireBytes;
    this.#droppable = droppable;
  }

  /** Sends it on; false when it found no room. The first call sends it off. */
  proceed(): boolean {
    const { scheduler } = this.fabric;
    const { hops, link } = this.route;
    const { nowNs } = scheduler;
    for (;;) {
      const hop = hops[this.#passed];
      const atNs =
        hop === undefined
          ? link.transmitter.pass(nowNs, this.#wireBytes, this.#sending, this.#droppable, link.options)
          : hop.pass(nowNs, this.#wireBytes, this.#sending, this.#droppable);
      if (atNs === FULL) return false;
      this.#passed++;
      if (hop === undefined) {
        scheduler.add(this, this.arrivalNs(atNs));
        return true;
      }
      if (atNs > nowNs) {
        scheduler.add(this, atNs);
        return true;
      }
    }
  }

  fire(): void {
    if (this.#passed > this.route.hops.length) this.arrive();
    else if (!this.proceed()) this.drop();
  }

  /** When it arrives, its last bit having left at `departureNs`. */
  protected abstract arrivalNs(departureNs: number): number;
  protected abstract arrive(): void;
  /** A queue on its way was full. */
  protected abstract drop(): void;
}

/** Takes a message's first sending, which its copies will share: false when it found no room. */
export function sendFirst(
  route: Route,
  nowNs: number,
  sending: number,
  wireBytes: number,
  droppable: boolean,
): boolean {
  const hop = route.hops[0];
  const { link } = route;
  const atNs =
    hop === undefined
      ? link.transmitter.pass(nowNs, wireBytes, sending, droppable, link.options)
      : hop.pass(nowNs, wireBytes, sending, droppable);
  return atNs !== FULL;
}

/**
 * A message on its way. It passes, in order, whatever its route sends it through, and at last its link. Only where it
 * has to queue for the next sending does that take an event; over a link alone it is one event from end to end.
 */
import type { Fabric, Route } from "./fabric.ts";
import { SimEvent } from "./scheduler.ts";
import { FULL, type RateChange, rescaled, scaleOf, type Transmitter } from "./transmitter.ts";

export abstract class Transit extends SimEvent {
  protected readonly fabric: Fabric;
  protected readonly route: Route;
  readonly #wireBytes: number;
  readonly #droppable: boolean;
  /** Of the message: one sending carries all its copies. */
  readonly #sending: number;
  #passed = 0;
  /** The last that it passed, and when its last bit has left that. */
  #transmitter: Transmitter | undefined;
  #departureNs = 0;

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
      this.#transmitter = hop?.transmitter ?? link.transmitter;
      const atNs =
        hop === undefined
          ? link.transmitter.pass(nowNs, this.#wireBytes, this.#sending, this.#droppable, link.options)
          : hop.pass(nowNs, this.#wireBytes, this.#sending, this.#droppable);
      if (atNs === FULL) return false;
      this.#passed++;
      this.#departureNs = atNs;
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

  /** When its event is due if it waits in one of these, whose rates have changed; else undefined. */
  retimed(scales: ReadonlyMap<Transmitter, number>): number | undefined {
    const scale = this.#transmitter && scales.get(this.#transmitter);
    const before = this.#departureNs;
    const { nowNs } = this.fabric.scheduler;
    if (scale === undefined || before <= nowNs) return undefined;
    this.#departureNs = rescaled(before, nowNs, scale);
    return this.atNs + this.#departureNs - before;
  }

  /** When it arrives, its last bit having left at `departureNs`. */
  protected abstract arrivalNs(departureNs: number): number;
  protected abstract arrive(): void;
  /** A queue on its way was full. */
  protected abstract drop(): void;
}

/** What waits in transmitters whose rates have changed leaves at the new rates from now on. */
export function retime({ scheduler }: Fabric, changes: readonly RateChange[]): void {
  const scales = new Map<Transmitter, number>();
  for (const change of changes) {
    const scale = scaleOf(change);
    if (scale === 1) continue;
    scales.set(change.transmitter, scale);
    change.transmitter.rescale(scheduler.nowNs, scale);
  }
  if (scales.size === 0) return;
  scheduler.retime((event) => (event instanceof Transit ? event.retimed(scales) : undefined));
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

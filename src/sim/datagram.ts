/** One datagram on its way to one receiver, who is looked up when it arrives. */
import type { Address } from "../world/index.ts";
import type { Fabric, Host, Route } from "./fabric.ts";
import { crc32 } from "./host.ts";
import type { SimDatagramSocket } from "./net-datagram.ts";
import type { TracedMessage, TracePath } from "./trace.ts";
import { sendFirst, Transit } from "./transit.ts";

/** Of IPv4 and UDP, without options. */
export const DATAGRAM_HEADER_BYTES = 28;

/** What one call of `send` sent, to however many receivers. */
export interface Sending extends TracedMessage {
  readonly source: Host;
  readonly from: Address;
  readonly to: Address;
  readonly data: Uint8Array;
}

/** What is noted of a copy, by whether it is damaged (1) and a second one (2): it is on the path of every message. */
const NOTES = [", ", " corrupted, ", " again, ", " corrupted again, "] as const;
const SENT = NOTES.map((note) => ` sent${note}`);
const RECEIVED = NOTES.map((note) => ` received${note}`);
const NOBODY_THERE = NOTES.map((note) => ` nobody there${note}`);
const QUEUE_FULL = NOTES.map((note) => ` queue full${note}`);
const BUFFER_FULL = NOTES.map((note) => ` buffer full${note}`);

/** Sends a datagram towards a host; `member` is the socket that a multicast is for, else the address says which. */
export function sendDatagram(
  fabric: Fabric,
  sending: Sending,
  target: Host,
  route: Route,
  member: SimDatagramSocket | undefined,
): void {
  const fate = fateOf(fabric, sending, route);
  if (fate !== undefined) {
    fabric.note(sending.source, target, "drop", fate, sending);
    return;
  }
  const { random, options } = route.link;
  launch(fabric, sending, target, route, member, random.chance(options.duplicate));
}

/** Why a datagram is lost when it is sent, or undefined. */
function fateOf(fabric: Fabric, sending: Sending, route: Route): string | undefined {
  const { link } = route;
  if (link.cuts > 0) return " cut off, ";
  const wireBytes = sending.length + DATAGRAM_HEADER_BYTES;
  if (wireBytes > mtuOf(route)) return " too large, ";
  if (!sendFirst(route, fabric.scheduler.nowNs, sending.number, wireBytes, true)) return " queue full, ";
  return link.random.chance(link.options.loss) ? " lost, " : undefined;
}

/** The largest packet that gets through. */
function mtuOf({ link, hops }: Route): number {
  let least = link.options.mtuBytes || Number.POSITIVE_INFINITY;
  for (const { lan } of hops) least = Math.min(least, lan.options.mtuBytes || Number.POSITIVE_INFINITY);
  return least;
}

function launch(
  fabric: Fabric,
  sending: Sending,
  target: Host,
  route: Route,
  member: SimDatagramSocket | undefined,
  twice: boolean,
): void {
  const { random, options } = route.link;
  for (let i = 0; i <= (twice ? 1 : 0); i++) {
    const damaged = random.chance(options.corrupt);
    const data = damaged ? route.link.corrupted(sending.data) : fabric.copy(sending.data);
    const checksum = damaged ? crc32(data) : sending.checksum;
    const note = (damaged ? 1 : 0) + i * 2;
    const datagram = new Datagram(fabric, route, sending, target, member, data, checksum, note);
    fabric.note(sending.source, target, "send", SENT[note] as string, datagram);
    datagram.proceed();
  }
}

class Datagram extends Transit implements TracedMessage {
  readonly number: number;
  readonly path: TracePath;
  readonly length: number;
  readonly checksum: number;
  readonly #sending: Sending;
  readonly #target: Host;
  readonly #member: SimDatagramSocket | undefined;
  readonly #data: Uint8Array;
  readonly #note: number;

  constructor(
    fabric: Fabric,
    route: Route,
    sending: Sending,
    target: Host,
    member: SimDatagramSocket | undefined,
    data: Uint8Array,
    checksum: number,
    note: number,
  ) {
    super(fabric, route, sending.number, sending.length + DATAGRAM_HEADER_BYTES, true);
    this.number = sending.number;
    this.path = sending.path;
    this.length = sending.length;
    this.checksum = checksum;
    this.#sending = sending;
    this.#target = target;
    this.#member = member;
    this.#data = data;
    this.#note = note;
  }

  protected arrivalNs(departureNs: number): number {
    return departureNs + this.route.link.datagramDelayNs();
  }

  protected arrive(): void {
    const { incarnation } = this.#target;
    const receiver = this.#receiver();
    if (receiver === undefined || incarnation === undefined) this.#lose(NOBODY_THERE);
    else if (incarnation.running) {
      this.fabric.note(this.#target, this.#sending.source, "receive", RECEIVED[this.#note] as string, this);
      receiver.onMessage(this.#data, this.#sending.from);
    } else if (receiver.buffer(this.length, incarnation.pauses)) incarnation.park(this);
    else this.#lose(BUFFER_FULL);
  }

  protected drop(): void {
    const { source } = this.#sending;
    this.fabric.note(source, this.#target, "drop", QUEUE_FULL[this.#note] as string, this);
  }

  #receiver(): SimDatagramSocket | undefined {
    if (this.#member === undefined) return this.#target.udp.find(this.#sending.to);
    return this.#member.isMember(this.#sending.to.host) ? this.#member : undefined;
  }

  #lose(verbs: readonly string[]): void {
    this.fabric.note(this.#target, this.#sending.source, "drop", verbs[this.#note] as string, this);
  }
}

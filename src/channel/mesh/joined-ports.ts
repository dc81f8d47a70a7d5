/** The ports of this side that are joined, over one link, to ports of the same names at its peer; by their numbers here. */
import type { Link } from "./link.ts";
import type { Port, PortLink } from "./port.ts";

export class JoinedPorts {
  readonly #link: Link;
  readonly #session: number;
  readonly #joined = new Map<number, PortLink>();

  /** `session` is the link's. */
  constructor(link: Link, session: number) {
    this.#link = link;
    this.#session = session;
  }

  get(number: number): PortLink | undefined {
    return this.#joined.get(number);
  }

  all(): Iterable<PortLink> {
    return this.#joined.values();
  }

  join(port: Port, remoteNumber: number): void {
    // Numbers of both sides only grow: each pair of ports that ever meet here has another sum than the last of their names.
    const session = this.#session + port.number + remoteNumber;
    const joined: PortLink = { port, link: this.#link, remoteNumber, session, isAnnounced: false };
    this.#joined.set(port.number, joined);
    port.joined.set(this.#link.peer.name, joined);
  }

  /** Tells the port that it may send, unless it knows or there is nothing to tell any more. */
  announce(port: Port): void {
    const joined = this.#joined.get(port.number);
    if (joined === undefined || joined.isAnnounced) return;
    joined.isAnnounced = true;
    port.onUp(this.#link.peer.name, joined.session);
  }

  /** The port was closed here. */
  forget(port: Port): void {
    this.#joined.delete(port.number);
    port.joined.delete(this.#link.peer.name);
  }

  /** The peer has closed its port. */
  part(joined: PortLink): void {
    this.forget(joined.port);
    if (joined.isAnnounced) joined.port.onDown(this.#link.peer.name);
  }

  /** The link is down: none is joined any more, and none has heard of it yet. */
  takeAll(): readonly PortLink[] {
    const all = [...this.#joined.values()];
    for (const { port } of all) this.forget(port);
    return all;
  }
}

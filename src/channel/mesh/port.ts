/**
 * A port of this process, and where it meets the port of the same name of a peer. A peer's port has a number that the peer gave it, and no later
 * port ever gets: what was sent to one that is closed reaches nobody, though the next has the same name.
 */
import type { Caster } from "./cast/caster.ts";
import type { Link } from "./link.ts";
import { MAX_MESH_MESSAGE_BYTES, type MeshPort } from "./types.ts";

/** Two ports of one name, joined over a link. */
export interface PortLink {
  readonly port: Port;
  readonly link: Link;
  /** The peer's number of its port. */
  readonly remoteNumber: number;
  readonly session: number;
  /** The port has heard of it, so it may send and be sent to. */
  isAnnounced: boolean;
}

export interface PortOwner {
  readonly self: { readonly name: string };
  readonly caster: Caster | undefined;
  renew(peer: string): void;
  portClosed(port: Port): void;
}

const ignore = (): void => {};

export class Port implements MeshPort {
  onMessage: (from: string, message: Uint8Array) => void = ignore;
  onUp: (peer: string, session: number) => void = ignore;
  onDown: (peer: string) => void = ignore;
  onDrain: (peer: string) => void = ignore;
  readonly name: string;
  /** What peers call it. */
  readonly number: number;
  /** By the peer's name. */
  readonly joined = new Map<string, PortLink>();
  readonly #owner: PortOwner;
  #isOpen = true;

  constructor(owner: PortOwner, name: string, number: number) {
    this.#owner = owner;
    this.name = name;
    this.number = number;
  }

  get self(): string {
    return this.#owner.self.name;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(to: string, message: Uint8Array): boolean {
    const joined = this.joined.get(to);
    if (message.length > MAX_MESH_MESSAGE_BYTES) throw tooLarge(message);
    if (joined?.isAnnounced) return joined.link.send(joined.remoteNumber, message);
    this.#checkDestination(to);
    return false;
  }

  broadcast(to: readonly string[], message: Uint8Array): void {
    const { caster } = this.#owner;
    if (to.length < 2 || !caster?.takes(message.length)) for (const each of to) this.send(each, message);
    else this.#cast(caster, to, message);
  }

  /** One datagram for all who hear it; the others get copies. */
  #cast(caster: Caster, to: readonly string[], message: Uint8Array): void {
    const targets: PortLink[] = [];
    for (const each of to) {
      const joined = this.joined.get(each);
      if (joined?.isAnnounced && joined.link.canCast && !targets.includes(joined)) targets.push(joined);
      else this.send(each, message);
    }
    if (targets.length >= 2 && caster.mayCast(message.length)) caster.cast(this.number, targets, message);
    else for (const { link, remoteNumber } of targets) link.send(remoteNumber, message);
  }

  pendingBytes(peer: string): number {
    return this.joined.get(peer)?.link.pendingBytes ?? 0;
  }

  isUp(peer: string): boolean {
    return this.joined.get(peer)?.isAnnounced ?? false;
  }

  renew(peer: string): void {
    if (this.isUp(peer)) this.#owner.renew(peer);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#owner.portClosed(this);
  }

  #checkDestination(to: string): void {
    if (to === this.self) throw new RangeError(`${to} is this process itself: a mesh does not lead there`);
  }
}

function tooLarge(message: Uint8Array): RangeError {
  return new RangeError(`a message of ${message.length} bytes: the most is ${MAX_MESH_MESSAGE_BYTES}`);
}

/**
 * A link that is up: what its peer has open, which ports are joined over it, and what is queued. It lives as long as its wire, and is
 * followed by another link, never by itself.
 *
 * Both sides tell each other their ports, and a message names the receiver's. Nothing is sent to a port before its OPEN has come, nor after its
 * CLOSE; what is under way when a port closes is dropped there. As the stream keeps the order, the OPEN of the sender's port is
 * read before its messages.
 */
import type { CoterieError, Timers } from "../../world/index.ts";
import type { Caster } from "./cast/caster.ts";
import type { Next } from "./cast/incoming.ts";
import { type CastHost, LinkCasts } from "./cast/link-casts.ts";
import type { Kept } from "./cast/outgoing.ts";
import { type Control, ControlKind, decodeControl, encodeControl, PING, PONG } from "./control.ts";
import { linkDisbelieved, linkOverrun, linkSilent } from "./errors.ts";
import { CONTROL_PORT, frameBytes } from "./frame.ts";
import type { Met } from "./handshake.ts";
import { JoinedPorts } from "./joined-ports.ts";
import type { MeshLimits } from "./options.ts";
import type { Pipe } from "./pipe.ts";
import type { Port } from "./port.ts";
import type { PortTable } from "./port-table.ts";
import { Pulse } from "./pulse.ts";
import { RemotePorts } from "./remote-ports.ts";
import { MAX_MESH_MESSAGE_BYTES, type MeshPeer } from "./types.ts";
import type { Wire, WireHandler } from "./wire.ts";

/** What a link says of ports may wait in addition to messages, up to so much; a peer that takes none of it loses the link. */
export const MAX_CONTROL_BYTES = 32 * 1024 * 1024;

export interface LinkOwner {
  readonly timers: Timers;
  readonly limits: MeshLimits;
  readonly ports: PortTable;
  /** Undefined where nothing is cast. */
  readonly caster: Caster | undefined;
  /** The link is gone: no port sends over it any more, and none has heard of it yet. */
  linkDown(link: Link, error: CoterieError | undefined): void;
  /** Whether who is at the other end is still believed to be the process of this name. */
  isBelieved(pipe: Pipe, name: string): boolean;
}

export class Link implements WireHandler, CastHost {
  readonly peer: MeshPeer;
  readonly incarnation: bigint;
  /** Of the peer's hello or welcome on which it rests. */
  readonly serial: bigint;
  /** It was made from here. */
  readonly isOwn: boolean;
  readonly #owner: LinkOwner;
  readonly #wire: Wire;
  readonly #remotePorts: RemotePorts;
  readonly joined: JoinedPorts;
  readonly #casts: LinkCasts | undefined;
  /** More has waited than the mark since nothing waited. */
  #isOverMark = false;
  #isOverrun = false;
  readonly #pulse = new Pulse();

  constructor(owner: LinkOwner, wire: Wire, peer: MeshPeer, met: Met, isOwn: boolean) {
    this.#owner = owner;
    this.#wire = wire;
    this.#remotePorts = new RemotePorts(owner.limits.maxPorts);
    this.joined = new JoinedPorts(this, met.session);
    this.peer = peer;
    this.incarnation = met.incarnation;
    this.serial = met.serial;
    this.isOwn = isOwn;
    wire.handler = this;
    wire.reader.maxMessageBytes = MAX_MESH_MESSAGE_BYTES;
    this.#casts = owner.caster === undefined ? undefined : new LinkCasts(owner.caster, this);
    for (const port of owner.ports.all()) this.#tellOpen(port);
  }

  get pendingBytes(): number {
    return this.#wire.queue.pendingBytes;
  }

  /** Grows with each sign of life of the peer over this link. */
  get heard(): number {
    const { chunks, pipe } = this.#wire;
    return chunks + (pipe.acknowledged ?? 0);
  }

  // --- what ports ask for ---

  /** False: the queue is full. */
  send(remoteNumber: number, message: Uint8Array): boolean {
    const { limits } = this.#owner;
    const { queue } = this.#wire;
    const pending = queue.pendingBytes + frameBytes(message.length);
    if (pending > limits.drainMarkBytes) {
      this.#isOverMark = true;
      if (pending > limits.maxQueuedBytes) return false;
    }
    this.#wire.send(remoteNumber, message);
    return true;
  }

  /** The peer hears what is cast, and does not lag behind. */
  get canCast(): boolean {
    return (this.#casts?.outgoing.isHeard ?? false) && this.pendingBytes <= this.#owner.limits.drainMarkBytes;
  }

  /** A message was cast to a port of the peer: this is its place among all others. */
  tellCast(kept: Kept, remoteNumber: number, digest: Uint8Array): void {
    this.#casts?.tell(kept, remoteNumber, digest);
  }

  /** A port of this side was opened. Where it meets the peer's, it is still to hear of it: `joined.announce`. */
  portOpened(port: Port): void {
    this.#tellOpen(port);
    const remoteNumber = this.#remotePorts.number(port.name);
    if (remoteNumber !== undefined) this.joined.join(port, remoteNumber);
  }

  portClosed(port: Port): void {
    this.joined.forget(port);
    this.say({ kind: ControlKind.MESH_CLOSE, closed: port.number });
  }

  // --- what comes ---

  frame(port: number, bytes: Uint8Array, start: number, end: number): string | undefined {
    const casts = this.#casts;
    if (casts?.isWaiting) return this.#behind(casts, port, bytes, start, end);
    if (port === CONTROL_PORT) return this.#control(decodeControl(bytes.subarray(start, end)));
    return this.#message(port, bytes, start, end);
  }

  /** A frame behind a cast that is missing. */
  #behind(casts: LinkCasts, port: number, bytes: Uint8Array, start: number, end: number): string | undefined {
    const control = port === CONTROL_PORT ? decodeControl(bytes.subarray(start, end)) : undefined;
    if (control !== undefined && LinkCasts.isAside(control.kind)) return this.#control(control);
    casts.frame(port, bytes, start, end);
    return undefined;
  }

  /** What has waited behind a cast, or the cast itself. */
  take({ number, port, bytes, start, end }: Next): string | undefined {
    if (number === 0 && port === CONTROL_PORT)
      return this.#control(decodeControl(bytes.subarray(start, end)));
    return this.#message(port, bytes, start, end);
  }

  #message(port: number, bytes: Uint8Array, start: number, end: number): string | undefined {
    const joined = this.joined.get(port);
    if (joined === undefined) return this.#astray(port);
    if (!joined.isAnnounced) this.joined.announce(joined.port);
    if (joined.port.isOpen) joined.port.onMessage(this.peer.name, bytes.subarray(start, end));
    return undefined;
  }

  /** A message to a port that was closed here is late; there is no other reason for it. */
  #astray(number: number): string | undefined {
    const { ports } = this.#owner;
    if (ports.isOpen(number)) return "a message from a port that it has not open";
    return ports.wasGiven(number) ? undefined : "a message to a port that never was";
  }

  #control(control: Control | undefined): string | undefined {
    switch (control?.kind) {
      case ControlKind.MESH_OPEN:
        return this.#remoteOpened(control.open.number, control.open.name);
      case ControlKind.MESH_CLOSE:
        return this.#remoteClosed(control.closed);
      case ControlKind.MESH_PING:
        this.#sayBytes(PONG);
        return undefined;
      case ControlKind.MESH_PONG:
        return undefined;
      case ControlKind.MESH_OFFER:
        return this.#casts?.control(control);
      case ControlKind.MESH_HEARD:
      case ControlKind.MESH_CAST:
      case ControlKind.MESH_TAKEN:
      case ControlKind.MESH_LACK:
      case ControlKind.MESH_COPY:
        return this.#casts === undefined ? "casts to one who hears none" : this.#casts.control(control);
      case undefined:
        return "what is no message of this protocol";
      default:
        return "a handshake over a link";
    }
  }

  #remoteOpened(number: number, name: string): string | undefined {
    const wrong = this.#remotePorts.opened(number, name);
    if (wrong !== undefined) return wrong;
    const port = this.#owner.ports.named(name);
    if (port === undefined) return undefined;
    this.joined.join(port, number);
    this.joined.announce(port);
    return undefined;
  }

  #remoteClosed(number: number): string | undefined {
    const name = this.#remotePorts.closed(number);
    if (name === undefined) return "the end of a port that is not open";
    const joined = this.#owner.ports.named(name)?.joined.get(this.peer.name);
    if (joined?.link === this) this.joined.part(joined);
    return undefined;
  }

  // --- its life ---

  /**
   * Asks whether the peer is there, when nothing came since the last look; gives up when it has not answered for long, or is not believed any
   * more: a key or a certificate may be taken back while a link is up.
   */
  look(): void {
    const { queue, pipe } = this.#wire;
    const { maxLostPings } = this.#owner.limits;
    if (!this.#owner.isBelieved(pipe, this.peer.name)) {
      this.#wire.close(linkDisbelieved(this.peer.name));
      return;
    }
    const reading = { heard: this.heard, leftBytes: queue.leftBytes, pendingBytes: queue.pendingBytes };
    const verdict = this.#pulse.look(reading, maxLostPings);
    if (verdict === "silent") this.#wire.close(linkSilent(this.peer.name, maxLostPings));
    else if (verdict === "ask") this.#sayBytes(PING);
  }

  moved(): void {
    if (!this.#isOverMark || this.pendingBytes > 0) return;
    this.#isOverMark = false;
    for (const { port, isAnnounced } of this.joined.all()) {
      if (isAnnounced) port.onDrain(this.peer.name);
    }
  }

  closed(error: CoterieError | undefined): void {
    this.#casts?.close();
    const all = this.joined.takeAll();
    this.#owner.linkDown(this, error);
    for (const { port, isAnnounced } of all) {
      // A handler may have closed another port.
      if (isAnnounced && port.isOpen) port.onDown(this.peer.name);
    }
  }

  /** The mesh closes, and its ports are closed: what waits still leaves, and `ended` is called when the other side has ended too. */
  finish(ended: () => void): void {
    this.#wire.handler = { frame: () => undefined, moved: () => {}, closed: ended };
    this.#casts?.finish();
    this.#casts?.close();
    this.#wire.finish();
  }

  /** Ends it at once: there is a later one, or none is wanted, or `finish` takes too long. */
  drop(): void {
    this.#wire.close(undefined);
  }

  // --- what casts ask for ---

  get timers(): Timers {
    return this.#owner.timers;
  }

  get isOpen(): boolean {
    return this.#wire.isOpen;
  }

  isWanted(port: number): boolean {
    const name = this.#remotePorts.name(port);
    return name !== undefined && this.#owner.ports.named(name)?.joined.get(this.peer.name)?.link === this;
  }

  violated(what: string): void {
    this.#wire.close(this.#wire.violation(what));
  }

  overrun(most: number): void {
    this.#isOverrun = true;
    // Not within the call: whoever opens a port expects no onDown in it.
    this.#owner.timers.soon(() => this.#wire.close(linkOverrun(this.peer.name, most)));
  }

  say(control: Control): void {
    this.#sayBytes(encodeControl(control));
  }

  #tellOpen({ number, name }: Port): void {
    this.say({ kind: ControlKind.MESH_OPEN, open: { number, name } });
  }

  #sayBytes(message: Uint8Array): void {
    if (this.#isOverrun || !this.#wire.isOpen) return;
    const most = this.#owner.limits.maxQueuedBytes + MAX_CONTROL_BYTES;
    if (this.pendingBytes + frameBytes(message.length) <= most) {
      this.#wire.control(message);
      return;
    }
    this.overrun(most);
  }
}

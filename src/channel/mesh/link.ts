/**
 * A link that is up: what its peer has open, which ports are joined over it, and what is queued. It lives as long as its wire, and is
 * followed by another link, never by itself.
 *
 * Both sides tell each other their ports, and a message names the receiver's. Nothing is sent to a port before its OPEN has come, nor after its
 * CLOSE; what is under way when a port closes is dropped there. As the stream keeps the order, the OPEN of the sender's port is
 * read before its messages.
 */
import { CoterieError, type Timers } from "../../world/index.ts";
import type { Caster } from "./cast/caster.ts";
import type { Next } from "./cast/incoming.ts";
import { type CastHost, LinkCasts } from "./cast/link-casts.ts";
import type { Kept } from "./cast/outgoing.ts";
import { type Control, ControlKind, decodeControl, encodeControl } from "./control.ts";
import { CONTROL_PORT, frameBytes } from "./frame.ts";
import type { Met } from "./handshake.ts";
import type { MeshLimits } from "./options.ts";
import type { Pipe } from "./pipe.ts";
import type { Port, PortLink } from "./port.ts";
import type { PortTable } from "./port-table.ts";
import { MAX_MESH_MESSAGE_BYTES, type MeshPeer } from "./types.ts";
import type { Wire, WireHandler } from "./wire.ts";

/** What a link says of ports may wait in addition to messages, up to so much; a peer that takes none of it loses the link. */
export const MAX_CONTROL_BYTES = 32 * 1024 * 1024;

const PING = encodeControl({ kind: ControlKind.MESH_PING });
const PONG = encodeControl({ kind: ControlKind.MESH_PONG });

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
  readonly #session: number;
  readonly #remoteNames = new Map<number, string>();
  readonly #remoteNumbers = new Map<string, number>();
  #lastRemoteNumber = 0;
  /** By the number of the port of this side. */
  readonly #joined = new Map<number, PortLink>();
  readonly #casts: LinkCasts | undefined;
  /** More has waited than the mark since nothing waited. */
  #isOverMark = false;
  #isOverrun = false;
  #heardSeen = 0;
  #leftBytesSeen = 0;
  #wasPending = false;
  #lostPings = 0;

  constructor(owner: LinkOwner, wire: Wire, peer: MeshPeer, met: Met, isOwn: boolean) {
    this.#owner = owner;
    this.#wire = wire;
    this.#session = met.session;
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

  /** A port of this side was opened. Where it meets the peer's, it is still to hear of it: `announce`. */
  portOpened(port: Port): void {
    this.#tellOpen(port);
    const remoteNumber = this.#remoteNumbers.get(port.name);
    if (remoteNumber !== undefined) this.#join(port, remoteNumber);
  }

  portClosed(port: Port): void {
    this.#joined.delete(port.number);
    port.joined.delete(this.peer.name);
    this.say({ kind: ControlKind.MESH_CLOSE, closed: port.number });
  }

  /** Tells the port that it may send, unless it knows or there is nothing to tell any more. */
  announce(port: Port): void {
    const joined = this.#joined.get(port.number);
    if (joined === undefined || joined.isAnnounced) return;
    joined.isAnnounced = true;
    port.onUp(this.peer.name, joined.session);
  }

  #join(port: Port, remoteNumber: number): void {
    // Numbers of both sides only grow: each pair of ports that ever meet here has another sum than the last of their names.
    const session = this.#session + port.number + remoteNumber;
    const joined: PortLink = { port, link: this, remoteNumber, session, isAnnounced: false };
    this.#joined.set(port.number, joined);
    port.joined.set(this.peer.name, joined);
  }

  #part(joined: PortLink): void {
    this.#joined.delete(joined.port.number);
    joined.port.joined.delete(this.peer.name);
    if (joined.isAnnounced) joined.port.onDown(this.peer.name);
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
    const isControl = number === 0 && port === CONTROL_PORT;
    return isControl
      ? this.#control(decodeControl(bytes.subarray(start, end)))
      : this.#message(port, bytes, start, end);
  }

  #message(port: number, bytes: Uint8Array, start: number, end: number): string | undefined {
    const joined = this.#joined.get(port);
    if (joined === undefined) return this.#astray(port);
    if (!joined.isAnnounced) this.announce(joined.port);
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
    if (number <= this.#lastRemoteNumber) return "a port's number that does not grow";
    if (name === "" || this.#remoteNumbers.has(name)) return "a port that is open, or has no name";
    const { ports, limits } = this.#owner;
    if (this.#remoteNumbers.size >= limits.maxPorts) return `over ${limits.maxPorts} ports`;
    this.#lastRemoteNumber = number;
    this.#remoteNames.set(number, name);
    this.#remoteNumbers.set(name, number);
    const port = ports.named(name);
    if (port === undefined) return undefined;
    this.#join(port, number);
    this.announce(port);
    return undefined;
  }

  #remoteClosed(number: number): string | undefined {
    const name = this.#remoteNames.get(number);
    if (name === undefined) return "the end of a port that is not open";
    this.#remoteNames.delete(number);
    this.#remoteNumbers.delete(name);
    const joined = this.#owner.ports.named(name)?.joined.get(this.peer.name);
    if (joined?.link === this) this.#part(joined);
    return undefined;
  }

  // --- its life ---

  /**
   * Asks whether the peer is there, when nothing came since the last look; gives up when it has not answered for long, or is not believed any
   * more: a key or a certificate may be taken back while a link is up.
   */
  look(): void {
    const { queue, pipe } = this.#wire;
    if (!this.#owner.isBelieved(pipe, this.peer.name)) {
      this.#wire.close(this.#disbelieved());
      return;
    }
    const { leftBytes } = queue;
    const { heard } = this;
    const isHeard = heard !== this.#heardSeen;
    // Behind much that leaves slowly a ping waits, and its answer; but somebody takes it.
    const isTaken = this.#wasPending && leftBytes > this.#leftBytesSeen;
    this.#heardSeen = heard;
    this.#leftBytesSeen = leftBytes;
    this.#wasPending = queue.pendingBytes > 0;
    if (isHeard || isTaken) this.#lostPings = 0;
    else if (this.#lostPings++ >= this.#owner.limits.maxLostPings) this.#wire.close(this.#silent());
    if (!isHeard) this.#sayBytes(PING);
  }

  moved(): void {
    if (!this.#isOverMark || this.pendingBytes > 0) return;
    this.#isOverMark = false;
    for (const { port, isAnnounced } of this.#joined.values()) {
      if (isAnnounced) port.onDrain(this.peer.name);
    }
  }

  closed(error: CoterieError | undefined): void {
    this.#casts?.close();
    const all = [...this.#joined.values()];
    this.#joined.clear();
    for (const { port } of all) port.joined.delete(this.peer.name);
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
    const name = this.#remoteNames.get(port);
    return name !== undefined && this.#owner.ports.named(name)?.joined.get(this.peer.name)?.link === this;
  }

  violated(what: string): void {
    this.#wire.close(this.#wire.violation(what));
  }

  overrun(most: number): void {
    this.#isOverrun = true;
    // Not within the call: whoever opens a port expects no onDown in it.
    this.#owner.timers.soon(() => this.#wire.close(this.#tooMuch(most)));
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

  #disbelieved(): CoterieError {
    const { name } = this.peer;
    return new CoterieError(
      "MESH_KEY",
      `what proved ${name} when its link was made is not believed any more`,
      {
        details: { name },
      },
    );
  }

  #silent(): CoterieError {
    const { name } = this.peer;
    const pings = this.#owner.limits.maxLostPings;
    return new CoterieError("MESH_SILENT", `${name} answered none of ${pings} pings`, { details: { name } });
  }

  #tooMuch(most: number): CoterieError {
    const { name } = this.peer;
    return new CoterieError("MESH_LIMIT", `over ${most} bytes wait between here and ${name}`, {
      details: { name },
    });
  }
}

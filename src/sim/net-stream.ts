/**
 * Simulated TCP: bytes arrive once and in order, in pieces of any size, as long as the connection lives.
 *
 * What was written and the peer has not read is bounded by a window (`outgoing.ts`). What is under way is carried by a wire for each
 * direction (`wire.ts`); a segment that reaches a closed end comes back as a reset.
 */
import { type Address, CoterieError, formatAddress, type ProvenPeer, type Stream } from "../world/index.ts";
import type { Fabric, Host } from "./fabric.ts";
import type { Incarnation } from "./incarnation.ts";
import { Outgoing } from "./outgoing.ts";
import type { Segment } from "./segment.ts";
import type { TracedMessage, TracePath } from "./trace.ts";
import { Wire } from "./wire.ts";

/** What stands in chunks that were given back. */
const SPOILT = 0xdb;
const ignore = (): void => {};

export class SimStream implements Stream {
  readonly local: Address;
  readonly remote: Address;
  /** Set when a handshake has proven it. */
  peer: ProvenPeer | undefined;
  onData: (chunk: Uint8Array) => void = ignore;
  onEnd: () => void = ignore;
  onClose: (error: CoterieError | undefined) => void = ignore;
  onDrain: () => void = ignore;
  /** At the connecting end, called once when the other end has accepted. */
  onAccepted: () => void = ignore;

  readonly #fabric: Fabric;
  readonly #host: Host;
  readonly #incarnation: Incarnation;
  /** As the trace names it. */
  readonly #path: TracePath;
  /** Both from the moment on at which the other end has accepted. */
  #peer: SimStream | undefined;
  #wire: Wire | undefined;
  #closed = false;

  readonly #out = new Outgoing();
  #drainWanted = false;
  #pumping = false;
  #endWanted = false;
  #endSent = false;
  /** The way back is closed: nothing that arrives is acknowledged, and what the peer reads opens no window. */
  #isUnacknowledged = false;
  #withheldBytes = 0;

  #inbox: Uint8Array[] = [];
  #paused = false;
  #endArrived = false;
  #endSeen = false;

  constructor(fabric: Fabric, host: Host, incarnation: Incarnation, local: Address, remote: Address) {
    this.#fabric = fabric;
    this.#host = host;
    this.#incarnation = incarnation;
    this.local = local;
    this.remote = remote;
    this.#path = fabric.trace.newPath(`tcp ${formatAddress(local)}>${formatAddress(remote)}`);
    host.streams.add(this);
  }

  /** Joins the accepting end to the connecting one and tells that one so. */
  static join(connecting: SimStream, accepting: SimStream): void {
    connecting.#attach(accepting);
    accepting.#attach(connecting);
    accepting.#transmit({ kind: "accepted" });
  }

  #attach(peer: SimStream): void {
    this.#peer = peer;
    this.#wire = new Wire(this.#fabric, this.#host, peer.#host, this.#path, {
      arrived: (segment, message, atNs) => peer.#arrive(segment, message, atNs),
      broken: () => {
        this.break();
        // When this end is closed already, as in a crash, the other end is broken all the same.
        peer.fail("NET_RESET");
      },
      gaveUp: () => this.fail("NET_UNREACHABLE"),
    });
  }

  get host(): Host {
    return this.#host;
  }

  get pendingBytes(): number {
    return this.#out.pendingBytes;
  }

  write(data: Uint8Array): boolean {
    if (this.#closed || this.#endWanted || !this.#incarnation.alive || data.length === 0) return true;
    this.#out.write(data);
    this.#pump();
    if (this.#out.pendingBytes === 0) return true;
    this.#drainWanted = true;
    return false;
  }

  /** Whoever looks at it still sees that he should not. */
  release(chunk: Uint8Array): void {
    chunk.fill(SPOILT);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#inbox.length > 0 || this.#endArrived) this.#incarnation.after(0, () => this.#read());
  }

  end(): void {
    if (this.#closed || this.#endWanted || !this.#incarnation.alive) return;
    this.#endWanted = true;
    this.#pump();
  }

  destroy(): void {
    if (this.#closed || !this.#incarnation.alive) return;
    this.#leave();
    this.#incarnation.after(0, () => this.onClose(undefined));
  }

  /** The process behind this end is gone; the system below tells the peer unless the power is gone too. */
  abandon(silent: boolean): void {
    if (silent) this.#shut();
    else this.#leave();
  }

  /** Breaks the connection at both ends, as a middlebox that forgot it would. */
  break(): void {
    if (this.#closed) return;
    this.#fabric.log(this.#host, `${this.#path.text} broken`, "stream");
    this.#peer?.fail("NET_RESET");
    this.fail("NET_RESET");
  }

  fail(code: "NET_RESET" | "NET_UNREACHABLE"): void {
    if (this.#closed) return;
    this.#shut();
    const why = code === "NET_RESET" ? "connection reset" : "no answer from the network";
    const where = formatAddress(this.remote);
    const error = new CoterieError(code, `cannot go on with the connection to ${where}: ${why}`, {
      details: { ...this.remote },
    });
    this.#incarnation.after(0, () => this.onClose(error));
  }

  get #peerHost(): Host {
    return (this.#peer as SimStream).#host;
  }

  /** Closes this end; a peer that is sent more learns it from a reset. */
  #leave(): void {
    if (this.#closed) return;
    const unread = this.#inbox.length > 0;
    const ended = this.#endSent;
    this.#shut();
    if (this.#peer === undefined) return;
    if (unread) this.#transmit({ kind: "reset" });
    else if (!ended) this.#transmit({ kind: "end" });
  }

  #shut(): void {
    this.#closed = true;
    this.#out.clear();
    this.#inbox = [];
    this.#host.streams.delete(this);
  }

  /** Sends as much as the window lets through. */
  #pump(): void {
    while (this.#out.maySend && !this.#closed) {
      const bytes = this.#out.takeSegment((this.#wire as Wire).link.random);
      this.#transmit({ kind: "data", bytes });
    }
    if (this.#out.pendingBytes > 0 || this.#closed) return;
    if (this.#endWanted && !this.#endSent) {
      this.#endSent = true;
      this.#transmit({ kind: "end" });
      this.#finishIfDone();
    }
    if (this.#drainWanted) {
      this.#drainWanted = false;
      this.#incarnation.after(0, () => this.#closed || this.onDrain());
    }
  }

  #transmit(segment: Segment): void {
    (this.#wire as Wire).transmit(segment);
  }

  /** The way to the peer is closed. */
  get #isCutOff(): boolean {
    return (this.#wire as Wire).route() === undefined;
  }

  /** Bytes have arrived, and the news of it finds no way back: the window stays shut, and patience may end. */
  #awaitAcknowledgment(): void {
    if (this.#isUnacknowledged) return;
    this.#isUnacknowledged = true;
    const peer = this.#peer as SimStream;
    (this.#wire as Wire).wait(this.#fabric.scheduler.nowNs, {
      isOpen: () => this.#closed || !peer.#isCutOff,
      go: () => {
        if (this.#closed) return;
        this.#isUnacknowledged = false;
        const bytes = this.#withheldBytes;
        this.#withheldBytes = 0;
        this.#credit(bytes);
      },
      giveUp: () => this.fail("NET_UNREACHABLE"),
    });
  }

  #arrive(segment: Segment, message: TracedMessage, atNs: number): void {
    const shown = { ...message, path: this.#path };
    const verb = segment.kind === "data" ? "" : segment.kind;
    if (this.#closed || !this.#incarnation.alive) {
      this.#fabric.note(this.#host, this.#peerHost, "drop", ` too late ${verb}`, shown);
      this.#arriveTooLate(segment, atNs);
      return;
    }
    this.#fabric.note(this.#host, this.#peerHost, "receive", ` received ${verb}`, shown);
    if (segment.kind === "accepted") this.#byProcess(() => this.onAccepted());
    else if (segment.kind === "reset") this.fail("NET_RESET");
    else {
      if (segment.kind === "data") this.#inbox.push(segment.bytes);
      else this.#endArrived = true;
      if (this.#isCutOff) (this.#peer as SimStream).#awaitAcknowledgment();
      this.#byProcess(() => this.#read());
    }
  }

  /** The system below has taken what came; the process looks at it now, or when it goes on after a pause. */
  #byProcess(run: () => void): void {
    if (this.#incarnation.running) run();
    else this.#incarnation.after(0, run);
  }

  /** A live system answers for a dead socket with a reset; a dead one lets the sender try until it gives up. */
  #arriveTooLate(segment: Segment, atNs: number): void {
    const peer = this.#peer as SimStream;
    if (peer.#closed || segment.kind === "end" || segment.kind === "reset") return;
    const wire = this.#wire as Wire;
    wire.wait(atNs, {
      isOpen: () => peer.#closed || (!this.#host.silent && !this.#isCutOff),
      go: () => {
        this.#fabric.scheduler.after(wire.link.delayNs(), undefined, () => {
          if (peer.#closed) return;
          this.#fabric.log(peer.#host, `${peer.#path.text} received reset`, "stream");
          peer.fail("NET_RESET");
        });
      },
      giveUp: () => peer.fail("NET_UNREACHABLE"),
    });
  }

  /** Hands over what has arrived, until the reader pauses. */
  #read(): void {
    while (!this.#paused && !this.#closed) {
      const chunk = this.#inbox.shift();
      if (chunk === undefined) break;
      (this.#peer as SimStream).#credit(chunk.length);
      this.onData(chunk);
    }
    if (this.#endArrived && !this.#endSeen && !this.#paused && !this.#closed && this.#inbox.length === 0) {
      this.#endSeen = true;
      this.onEnd();
      this.#finishIfDone();
    }
  }

  /** The peer has read so much: the window opens, and what waits goes when the news has travelled. */
  #credit(bytes: number): void {
    if ((this.#peer as SimStream).#isCutOff) this.#awaitAcknowledgment();
    if (this.#isUnacknowledged) {
      this.#withheldBytes += bytes;
      return;
    }
    this.#out.read(bytes);
    if (this.#out.pendingBytes === 0 || this.#pumping) return;
    this.#pumping = true;
    this.#incarnation.after((this.#wire as Wire).link.delayNs(), () => {
      this.#pumping = false;
      this.#pump();
    });
  }

  #finishIfDone(): void {
    if (!this.#endSent || !this.#endSeen || this.#closed) return;
    this.#shut();
    this.#incarnation.after(0, () => this.onClose(undefined));
  }
}

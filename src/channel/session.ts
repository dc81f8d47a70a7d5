/**
 * One channel as its endpoint sees it: two ids, an address, what protects its packets, and the connection whose frames
 * they carry. And as its user sees it: `SessionChannel`.
 *
 * A session is half-open until it knows that its peer lives and means this very channel: the responder's by the first
 * authentic packet, the initiator's by the answer to its packet 0, which it repeats until then.
 */
import { readUint32 } from "../marshal/index.ts";
import { type Address, CoterieError } from "../world/index.ts";
import type { ConnectionCore, ConnectionEvents } from "./connection/types.ts";
import type { Wakeable } from "./due-queue.ts";
import type { party } from "./gen/channel.gen.ts";
import { FIRST_RETRY_MS, MAX_RETRY_MS } from "./opening.ts";
import type { EndpointCounts } from "./options.ts";
import { EPOCH_PACKETS, type Protection } from "./protection.ts";
import type { Asker } from "./questions.ts";
import { ReplayWindow } from "./replay-window.ts";
import { SessionChannel } from "./session-channel.ts";
import { tokenText } from "./session-table.ts";
import { DATA_HEAD_BYTES, numberOf, writeDataHead } from "./wire.ts";

/** What a session has of its endpoint. */
export interface Carrier {
  readonly counts: EndpointCounts;
  /** Has `flush` called at the end of this turn. */
  enqueue(session: Session): void;
  /** Sends `length` bytes of what `out` holds. */
  send(length: number, to: Address): void;
  /** The buffer that packets are made in. */
  readonly out: Uint8Array;
  wakeBy(session: Session, atMs: number): void;
  /** Has `ask` called when it may ask whether its peer is there, or give it up. */
  letAsk(session: Session): void;
  /** The peer of a session that has asked was heard. */
  answered(session: Session, nowMs: number): void;
  makeConnection(session: Session, roundTripMs: number | undefined): ConnectionCore;
  /** A peer has opened this channel, and proven that it is there. */
  accepted(session: Session): void;
  /** Nothing more is to be known of it: what comes of it is answered with a reset. */
  forget(session: Session): void;
}

export interface SessionParties {
  readonly isInitiator: boolean;
  readonly self: party;
  readonly peer: party;
  readonly remote: Address;
  readonly local: Address;
  readonly peerKey: Uint8Array | undefined;
  readonly protection: Protection;
}

/** No peer has more packets under way: a higher number is not true, and would make all others look old. */
const MAX_PACKETS_AHEAD = EPOCH_PACKETS;
/** Packets of one session in a row before another one's turn comes. */
const BURST_PACKETS = 16;

export class Session implements ConnectionEvents, Wakeable, Asker {
  dueMs = 0;
  place = -1;
  /** In the endpoint's list of those to be flushed. */
  isQueued = false;
  isWaitingToAsk = false;
  askedAtMs = Number.NaN;
  readonly channel: SessionChannel;
  readonly remote: Address;
  readonly isInitiator: boolean;
  /** This side's id, as two halves: the low one is the key of the endpoint's table. */
  readonly idHigh: number;
  readonly idLow: number;
  readonly peerResetToken: string;
  readonly #carrier: Carrier;
  readonly #peerIdHigh: number;
  readonly #peerIdLow: number;
  readonly #protection: Protection;
  readonly #window = new ReplayWindow();
  #connection: ConnectionCore | undefined;
  readonly #openedAtMs: number;
  /** The peer is known to live and to mean this channel. */
  #isConfirmed = false;
  #owesConfirmation = false;
  #confirmAtMs = Number.POSITIVE_INFINITY;
  #confirmDelayMs = FIRST_RETRY_MS;
  /** When it is given up, if nobody confirms it. */
  #giveUpAtMs: number;
  /** `closing`: the connection is closed and has a last packet to send. */
  #state: "open" | "closing" | "gone" = "open";
  #error: CoterieError | undefined;

  constructor(carrier: Carrier, parties: SessionParties, nowMs: number, patienceMs: number) {
    const { self, peer } = parties;
    this.#carrier = carrier;
    this.remote = parties.remote;
    this.isInitiator = parties.isInitiator;
    this.idHigh = readUint32(self.id, 0);
    this.idLow = readUint32(self.id, 4);
    this.#peerIdHigh = readUint32(peer.id, 0);
    this.#peerIdLow = readUint32(peer.id, 4);
    this.peerResetToken = tokenText(peer.reset_token);
    this.#protection = parties.protection;
    this.#openedAtMs = nowMs;
    this.#giveUpAtMs = nowMs + patienceMs;
    this.channel = new SessionChannel(this, parties.local, parties.peerKey);
  }

  /** Bytes of a packet that are not frames. */
  get overheadBytes(): number {
    return DATA_HEAD_BYTES + this.#protection.tagBytes;
  }

  /** The initiator's session begins with its connection, and tells the peer so until that answers. */
  begin(roundTripMs: number | undefined): void {
    this.#connection = this.#carrier.makeConnection(this, roundTripMs);
    this.#owesConfirmation = true;
    this.#carrier.enqueue(this);
  }

  get connection(): ConnectionCore | undefined {
    return this.#connection;
  }

  /** A data packet that names this session, from its peer's address. */
  receive(packet: Uint8Array, nowMs: number): void {
    const { counts } = this.#carrier;
    const number = numberOf(packet);
    const { highest } = this.#window;
    // Packet 0 says something only before all others.
    if (number === 0 ? highest > 0 : !this.#window.isNew(number)) {
      counts.packetsReplayed++;
      return;
    }
    const frames =
      number > highest + MAX_PACKETS_AHEAD ? undefined : this.#protection.open(packet, number, highest);
    if (frames === undefined) {
      counts.packetsForged++;
      return;
    }
    if (!this.#isConfirmed) this.#confirm(nowMs);
    if (!Number.isNaN(this.askedAtMs)) this.#carrier.answered(this, nowMs);
    if (number === 0) {
      this.#receiveConfirmation();
      return;
    }
    this.#window.add(number);
    this.#connection?.receive(number, frames, nowMs);
  }

  /** The initiator repeats it until it hears something. */
  #receiveConfirmation(): void {
    if (this.isInitiator) return;
    this.#owesConfirmation = true;
    this.#carrier.enqueue(this);
  }

  /** The peer's endpoint does not know the channel any more. */
  reset(): void {
    const { remote } = this;
    const what = `${remote.host} port ${remote.port} no longer knows the channel`;
    this.fail(new CoterieError("CHANNEL_RESET", what, { details: { ...remote } }));
  }

  fail(error: CoterieError): void {
    const connection = this.#connection;
    if (connection === undefined) this.#carrier.forget(this);
    // One that is closed already has yet to tell its user, at the end of this turn.
    else if (!connection.isClosed) connection.fail(error);
  }

  /** Sends what there is to send, up to a burst; true when there may be more. */
  flush(nowMs: number): boolean {
    if (this.#state === "gone") return false;
    if (this.#owesConfirmation) this.#sendConfirmation(nowMs);
    const connection = this.#connection;
    const isMore = connection !== undefined && this.#sendBurst(connection, nowMs);
    if (!isMore && this.#state === "closing") this.#finish();
    else this.#wakeWhenDue();
    return isMore;
  }

  #sendBurst(connection: ConnectionCore, nowMs: number): boolean {
    const { out } = this.#carrier;
    for (let packets = 0; packets < BURST_PACKETS; packets++) {
      const number = connection.nextPacketNumber;
      const bytes = connection.produce(out, DATA_HEAD_BYTES, nowMs);
      if (bytes === 0) return false;
      writeDataHead(out, this.#peerIdHigh, this.#peerIdLow, number);
      this.#carrier.send(this.#protection.seal(out, DATA_HEAD_BYTES + bytes, number), this.remote);
    }
    return true;
  }

  #sendConfirmation(nowMs: number): void {
    const { out } = this.#carrier;
    this.#owesConfirmation = false;
    writeDataHead(out, this.#peerIdHigh, this.#peerIdLow, 0);
    this.#carrier.send(this.#protection.seal(out, DATA_HEAD_BYTES, 0), this.remote);
    if (!this.isInitiator || this.#isConfirmed) return;
    this.#confirmAtMs = nowMs + this.#confirmDelayMs;
    this.#confirmDelayMs = Math.min(2 * this.#confirmDelayMs, MAX_RETRY_MS);
  }

  #confirm(nowMs: number): void {
    this.#isConfirmed = true;
    this.#confirmAtMs = Number.POSITIVE_INFINITY;
    this.#giveUpAtMs = Number.POSITIVE_INFINITY;
    if (this.#connection !== undefined) return;
    // The answer may have been sent more than once, so the time is at most too long; a very long one says nothing.
    const roundTripMs = nowMs - this.#openedAtMs;
    this.#connection = this.#carrier.makeConnection(this, roundTripMs < 1000 ? roundTripMs : undefined);
    this.#carrier.accepted(this);
  }

  onDue(nowMs: number): void {
    if (this.#state === "gone") return;
    if (this.#wantsToAsk(nowMs)) this.#carrier.letAsk(this);
    else this.#wake(nowMs);
  }

  ask(nowMs: number): boolean {
    if (this.#state === "gone") return false;
    const wantsToAsk = this.#wantsToAsk(nowMs);
    this.#wake(nowMs);
    return wantsToAsk;
  }

  /** Whether all there is to do is to ask a peer that is silent, or to give it up. */
  #wantsToAsk(nowMs: number): boolean {
    return nowMs >= this.#giveUpAtMs || (this.#connection?.wantsToAsk(nowMs) ?? false);
  }

  #wake(nowMs: number): void {
    if (nowMs >= this.#giveUpAtMs) this.#giveUp();
    if (nowMs >= this.#confirmAtMs) this.#owesConfirmation = true;
    const connection = this.#connection;
    if (connection !== undefined && nowMs >= connection.wakeAtMs) connection.wake(nowMs);
    this.#carrier.enqueue(this);
  }

  #giveUp(): void {
    this.#giveUpAtMs = Number.POSITIVE_INFINITY;
    this.#confirmAtMs = Number.POSITIVE_INFINITY;
    const { remote } = this;
    const what = `${remote.host} port ${remote.port} agreed to the channel and was not heard of again`;
    this.fail(new CoterieError("CHANNEL_TIMEOUT", what, { details: { ...remote } }));
  }

  #wakeWhenDue(): void {
    const wakeAtMs = this.#connection?.wakeAtMs ?? Number.POSITIVE_INFINITY;
    this.#carrier.wakeBy(this, Math.min(wakeAtMs, this.#confirmAtMs, this.#giveUpAtMs));
  }

  /** The connection is closed and has said its last word. */
  #finish(): void {
    this.#carrier.forget(this);
    this.channel.onClose(this.#error);
  }

  /** The endpoint has forgotten it: no event of it has an effect any more. */
  leave(): void {
    this.#state = "gone";
  }

  message(message: Uint8Array): void {
    this.channel.onMessage(message);
  }

  acknowledged(): void {
    this.channel.onAcknowledged();
  }

  drain(): void {
    this.channel.onDrain();
  }

  ended(): void {
    this.channel.onEnd();
  }

  closed(error: CoterieError | undefined): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#error = error;
    this.#confirmAtMs = Number.POSITIVE_INFINITY;
    this.#giveUpAtMs = Number.POSITIVE_INFINITY;
    this.#carrier.enqueue(this);
  }

  ready(): void {
    if (!this.isQueued) this.#carrier.enqueue(this);
  }
}

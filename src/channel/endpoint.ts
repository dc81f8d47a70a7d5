/**
 * An endpoint: one datagram socket and all channels over it. It is the driver around the state machines: packets come in
 * and go to the session or the handshake whose id they name; whoever has something to send is flushed once, at the
 * end of the turn; and one timer wakes whoever is due.
 */
import {
  type Address,
  CoterieError,
  type DatagramSocket,
  formatAddress,
  type World,
} from "../world/index.ts";
import { Accepting } from "./accepting.ts";
import type { Channel } from "./channel.ts";
import { Connecting } from "./connecting.ts";
import { Connection } from "./connection/connection.ts";
import type { ConnectionCore } from "./connection/types.ts";
import { DueQueue } from "./due-queue.ts";
import { Credentials } from "./exchange.ts";
import { FlushQueue } from "./flush-queue.ts";
import type { party } from "./gen/channel.gen.ts";
import {
  connectionLimits,
  type Endpoint,
  EndpointCounts,
  type EndpointLimits,
  type EndpointOptions,
  type EndpointStats,
  endpointLimits,
  type OpenChannelOptions,
} from "./options.ts";
import {
  destination,
  FIRST_PACKET_BYTES,
  isLoopback,
  isSameAddress,
  MAX_LOOPBACK_PACKET_BYTES,
  maxFlightBytes,
  maxPacketBytes,
} from "./path.ts";
import { Questions } from "./questions.ts";
import { Reception, type ReceptionHost } from "./reception.ts";
import { type Carrier, Session, type SessionParties } from "./session.ts";
import { SessionTable } from "./session-table.ts";
/**
 * Opens an endpoint on a port of its own. @throws CoterieError NET_… when the port cannot be had.
 * @throws RangeError for keys of another size, or limits that are out of their bounds.
 */
export async function openEndpoint(world: World, options: EndpointOptions): Promise<Endpoint> {
  const credentials = new Credentials(world.crypto, world.random, options.security ?? { kind: "checksum" });
  const limits = endpointLimits(options.limits);
  const socket = await world.net.datagram({ bind: options.bind });
  return new EndpointDriver(world, socket, credentials, limits, options.onChannel);
}

class EndpointDriver implements Endpoint, Carrier, ReceptionHost {
  readonly counts = new EndpointCounts();
  readonly out = new Uint8Array(MAX_LOOPBACK_PACKET_BYTES);
  readonly incarnation: bigint;
  readonly #world: World;
  readonly #socket: DatagramSocket;
  readonly #credentials: Credentials;
  readonly #limits: EndpointLimits;
  readonly #onChannel: ((channel: Channel) => void) | undefined;
  readonly #connecting: Connecting;
  readonly #due: DueQueue;
  readonly #sessions = new SessionTable();
  readonly #reception: Reception;
  readonly #flushes: FlushQueue;
  readonly #questions: Questions;
  #isClosed = false;

  constructor(
    world: World,
    socket: DatagramSocket,
    credentials: Credentials,
    limits: EndpointLimits,
    onChannel: ((channel: Channel) => void) | undefined,
  ) {
    this.#world = world;
    this.#socket = socket;
    this.#credentials = credentials;
    this.#limits = limits;
    this.#onChannel = onChannel;
    this.incarnation = new DataView(world.random.bytes(8).buffer).getBigUint64(0);
    this.#due = new DueQueue(world.clock, world.timers);
    this.#flushes = new FlushQueue(world.clock, world.timers, this.counts);
    this.#questions = new Questions(world.clock, world.timers, this.#due, this.counts);
    const host = { party: (address: string) => this.#party(address), refusal: () => this.#refusal() };
    const accepting = new Accepting(world.crypto, world.random, credentials, host, limits);
    this.#connecting = new Connecting(this.#due, world.random, (packet, to) => this.post(packet, to));
    const parts = { sessions: this.#sessions, accepting, connecting: this.#connecting, credentials };
    this.#reception = new Reception(this, parts, limits);
    socket.onMessage = (data, from) => this.#receive(data, from);
  }

  get local(): Address {
    return this.#socket.local;
  }

  get publicKey(): Uint8Array | undefined {
    return this.#credentials.publicKey;
  }

  stats(): EndpointStats {
    return {
      ...this.counts,
      channels: this.#sessions.size - this.#reception.halfOpen,
      openings: this.#connecting.size,
      halfOpen: this.#reception.halfOpen,
    };
  }

  async connect(to: Address, options: OpenChannelOptions = {}): Promise<Channel> {
    const exchange = this.#credentials.initiator(options.peerKey);
    options.signal?.throwIfAborted();
    this.#checkRoom();
    const remote = await destination(this.#world.net, to, this.local);
    options.signal?.throwIfAborted();
    this.#checkRoom();
    return new Promise((resolve, onFailed) => {
      const self = this.#party(formatAddress(remote));
      const onAccepted: Parameters<Connecting["start"]>[0]["onAccepted"] = (answer) => {
        const { peerKey } = exchange;
        const { local } = this;
        const { responder: peer, protection, roundTripMs } = answer;
        const parties = { isInitiator: true, self, peer, remote, local, peerKey, protection };
        const session = this.open(parties, this.#limits.timeoutMs);
        session.begin(roundTripMs);
        resolve(session.channel);
      };
      const mayBeSelf = isLoopback(remote.host) || isSameAddress(remote, this.local);
      const attempt = { exchange, self, remote, mayBeSelf, options, onAccepted, onFailed };
      this.#connecting.start(attempt, this.nowMs());
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#connecting.close(endpointClosed);
      for (const session of [...this.#sessions.all()]) {
        if (session.connection === undefined) this.forget(session);
        else session.connection.destroy();
      }
      this.#flushes.drain();
    } finally {
      this.#questions.close();
      this.#due.close();
      this.#socket.close();
    }
  }

  nowMs(): number {
    return this.#world.clock.monotonicMs();
  }

  #checkRoom(): void {
    if (this.#isClosed) throw endpointClosed();
    const { maxChannels, maxOpenings } = this.#limits;
    const openings = this.#connecting.size;
    if (openings >= maxOpenings) throw limitReached("maxOpenings", `${openings} channels are being opened`);
    if (!this.#isFull) return;
    const open = `${this.#sessions.size} channels are open and ${openings} being opened`;
    throw limitReached("maxChannels", `${open}, of at most ${maxChannels}`);
  }

  /** Openings count: each may become a channel. */
  get #isFull(): boolean {
    return this.#sessions.size + this.#connecting.size >= this.#limits.maxChannels;
  }

  #refusal(): "full" | "not-listening" | undefined {
    if (this.#onChannel === undefined) return "not-listening";
    return this.#isFull ? "full" : undefined;
  }

  /** Who this side is to a peer at `address`, in a channel of its own. */
  #party(address: string): party {
    const id = this.#sessions.drawId(this.#world.random, (key) => this.#connecting.has(key));
    const reset_token = this.#credentials.resetToken(id, address, formatAddress(this.local));
    return { incarnation: this.incarnation, id, reset_token };
  }

  open(parties: SessionParties, patienceMs: number): Session {
    const session = new Session(this, parties, this.nowMs(), patienceMs);
    this.#sessions.add(session);
    return session;
  }

  // --- what comes in ---

  #receive(data: Uint8Array, from: Address): void {
    const { counts } = this;
    counts.packetsReceived++;
    counts.bytesReceived += data.length;
    if (!this.#isClosed) this.#reception.receive(data, from);
  }

  release(packet: Uint8Array): void {
    this.#socket.release(packet);
  }

  // --- what goes out ---

  enqueue(session: Session): void {
    this.#flushes.add(session);
  }

  send(length: number, to: Address): void {
    this.post(this.out.subarray(0, length), to);
  }

  post(packet: Uint8Array, to: Address): void {
    const { counts } = this;
    counts.packetsSent++;
    counts.bytesSent += packet.length;
    if (!this.#socket.send(packet, to)) counts.packetsDropped++;
  }

  // --- what sessions ask for ---

  wakeBy(session: Session, atMs: number): void {
    this.#due.wakeBy(session, atMs);
  }

  letAsk(session: Session): void {
    this.#questions.add(session);
  }

  answered(session: Session, nowMs: number): void {
    this.#questions.answered(session, nowMs);
  }

  makeConnection(session: Session, roundTripMs: number | undefined): ConnectionCore {
    const { isInitiator, overheadBytes, remote } = session;
    const sizes = {
      minPacketBytes: FIRST_PACKET_BYTES,
      maxPacketBytes: maxPacketBytes(remote.host),
      maxFlightBytes: maxFlightBytes(remote.host),
    };
    const limits = connectionLimits(this.#limits, { isInitiator, ...sizes, overheadBytes, roundTripMs });
    return new Connection(limits, session, this.nowMs());
  }

  accepted(session: Session): void {
    this.#reception.settled(session);
    this.#onChannel?.(session.channel);
  }

  forget(session: Session): void {
    this.#reception.settled(session);
    this.#sessions.delete(session);
    this.#due.remove(session);
    this.#questions.forget(session);
    session.leave();
  }
}

function limitReached(limit: "maxChannels" | "maxOpenings", what: string): CoterieError {
  return new CoterieError("CHANNEL_LIMIT", `${what}: raise ${limit}, or wait`, { details: { limit } });
}

function endpointClosed(): CoterieError {
  return new CoterieError("CHANNEL_ENDPOINT_CLOSED", "the endpoint was closed here");
}

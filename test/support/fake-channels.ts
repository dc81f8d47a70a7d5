/**
 * Channels without a protocol, for tests of what is built on channels: in memory, in simulated time, ordered, and perfect until
 * they are severed. What is sent arrives after the latency and is acknowledged after another; a severed channel closes at its two
 * ends at different moments, and what was under way comes out or not, as the seed says.
 */
import type { Channel } from "../../src/channel/channel.ts";
import {
  type Address,
  CoterieError,
  formatAddress,
  type Random,
  randomUnit,
  type World,
} from "../../src/world/index.ts";

export interface FakeNetworkOptions {
  readonly latencyMs: number;
  /** Added to it, at random. */
  readonly jitterMs?: number;
  /** Bytes that a channel takes before it is acknowledged. */
  readonly pendingBytes?: number;
}

interface Host {
  readonly world: World;
  readonly onChannel: (channel: Channel) => void;
}

export class FakeNetwork {
  readonly random: Random;
  readonly options: Required<FakeNetworkOptions>;
  readonly #hosts = new Map<string, Host>();
  readonly #channels = new Set<FakeEnd>();
  /** While true nothing connects. */
  isCut = false;

  constructor(random: Random, options: FakeNetworkOptions) {
    this.random = random;
    this.options = { jitterMs: 0, pendingBytes: 64 * 1024, ...options };
  }

  /** A node's life begins, or begins again: channels of the one before are severed. */
  join(address: Address, world: World, onChannel: (channel: Channel) => void): void {
    this.leave(address);
    this.#hosts.set(formatAddress(address), { world, onChannel });
  }

  /** A node is gone. */
  leave(address: Address): void {
    this.#hosts.delete(formatAddress(address));
    for (const end of [...this.#channels]) {
      if (formatAddress(end.local) === formatAddress(address)) end.sever();
    }
  }

  connect(from: Address, to: Address, world: World): Promise<Channel> {
    return new Promise((resolve, reject) => {
      world.timers.after(this.delayMs() * 2, () => {
        const host = this.#hosts.get(formatAddress(to));
        if (host === undefined || this.isCut) {
          reject(new CoterieError("CHANNEL_TIMEOUT", `nobody at ${formatAddress(to)}`));
          return;
        }
        const here = new FakeEnd(this, world, from, to);
        const there = new FakeEnd(this, host.world, to, from);
        here.peer = there;
        there.peer = here;
        this.#channels.add(here).add(there);
        host.world.timers.after(0, () => host.onChannel(there));
        resolve(here);
      });
    });
  }

  /** Severs every channel between two nodes. */
  severBetween(a: Address, b: Address): void {
    const ends = [formatAddress(a), formatAddress(b)];
    for (const end of [...this.#channels]) {
      if (ends.includes(formatAddress(end.local)) && ends.includes(formatAddress(end.remote))) end.sever();
    }
  }

  get openChannels(): number {
    return this.#channels.size;
  }

  delayMs(): number {
    return this.options.latencyMs + this.options.jitterMs * randomUnit(this.random);
  }

  /** How long after a channel was severed one of its ends notices, or something of it arrives: longer than making another takes. */
  lateMs(): number {
    return randomUnit(this.random) * 60 * this.options.latencyMs;
  }

  forget(end: FakeEnd): void {
    this.#channels.delete(end);
  }
}

class FakeEnd implements Channel {
  readonly local: Address;
  readonly remote: Address;
  readonly peerKey = undefined;
  peer!: FakeEnd;
  sent = 0;
  acknowledged = 0;
  pendingBytes = 0;
  onMessage: (message: Uint8Array) => void = () => {};
  onAcknowledged: () => void = () => {};
  onDrain: () => void = () => {};
  onEnd: () => void = () => {};
  onClose: (error: CoterieError | undefined) => void = () => {};
  readonly #network: FakeNetwork;
  readonly #world: World;
  readonly #underWay: Uint8Array[] = [];
  #isSevered = false;
  #isClosed = false;
  #isEnding = false;
  #peerEnded = false;
  #isRefusing = false;
  /** Messages under way that still come out after it was severed. */
  #stragglers = 0;

  constructor(network: FakeNetwork, world: World, local: Address, remote: Address) {
    this.#network = network;
    this.#world = world;
    this.local = local;
    this.remote = remote;
  }

  send(message: Uint8Array): number {
    if (this.#isClosed || this.#isEnding) return 0;
    if (this.pendingBytes >= this.#network.options.pendingBytes) {
      this.#isRefusing = true;
      return 0;
    }
    this.pendingBytes += message.length;
    this.#underWay.push(message);
    if (!this.#isSevered) this.peer.#after(() => this.#arrive());
    return ++this.sent;
  }

  #after(run: () => void): void {
    this.#world.timers.after(this.#network.delayMs(), run);
  }

  /** The oldest message under way reaches the peer. */
  #arrive(): void {
    if (!this.#isSevered) this.#deliver();
    else if (this.#stragglers-- > 0)
      this.peer.#world.timers.after(this.#network.lateMs(), () => this.#deliver());
  }

  #deliver(): void {
    if (this.peer.#isClosed) return;
    const message = this.#underWay.shift() as Uint8Array;
    // The receiver owns what it gets, and the sender's own bytes stay as they are.
    this.peer.onMessage(message.slice());
    if (!this.#isSevered) this.#after(() => this.#acknowledge(message.length));
  }

  #acknowledge(bytes: number): void {
    if (this.#isClosed || this.#isSevered) return;
    this.acknowledged++;
    this.pendingBytes -= bytes;
    this.onAcknowledged();
    if (this.#isRefusing && this.pendingBytes < this.#network.options.pendingBytes) {
      this.#isRefusing = false;
      this.onDrain();
    }
    this.#closeIfDone();
  }

  pause(): void {}
  resume(): void {}

  end(): void {
    if (this.#isEnding || this.#isClosed) return;
    this.#isEnding = true;
    this.peer.#after(() => {
      if (this.peer.#isClosed || this.#isSevered) return;
      this.peer.#peerEnded = true;
      this.peer.onEnd();
      this.peer.#closeIfDone();
    });
    this.#closeIfDone();
  }

  #closeIfDone(): void {
    if (this.#isEnding && this.#peerEnded && this.acknowledged === this.sent) this.#close(undefined);
  }

  destroy(): void {
    if (this.#isClosed) return;
    // What is under way is lost with it.
    this.#isSevered = true;
    this.#world.timers.after(0, () => this.#close(undefined));
    this.peer.#after(() =>
      this.peer.#close(new CoterieError("CHANNEL_CLOSED", "the peer dropped the channel")),
    );
  }

  #close(error: CoterieError | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#network.forget(this);
    this.onClose(error);
  }

  /** Cuts both directions: each end notices at a time of its own. */
  sever(): void {
    for (const end of [this, this.peer]) {
      if (end.#isSevered) continue;
      end.#isSevered = true;
      end.#stragglers = Math.floor(randomUnit(this.#network.random) * (end.#underWay.length + 1));
      end.#world.timers.after(this.#network.lateMs(), () =>
        end.#close(new CoterieError("CHANNEL_TIMEOUT", "severed")),
      );
    }
  }
}

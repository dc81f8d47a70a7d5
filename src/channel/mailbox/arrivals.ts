/**
 * The channels that other nodes opened to bring mail. A driver: it performs what each incoming session decides, and sees
 * to it that a node has one session at a time. A later session ends the earlier, so that mail of an earlier one which is still
 * under way is dropped rather than put behind later mail.
 */
import { formatAddress, type World } from "../../world/index.ts";
import type { Channel } from "../channel.ts";
import type { Box } from "./box.ts";
import { type IncomingLimits, IncomingSession } from "./incoming.ts";
import type { Hello } from "./outgoing.ts";

/** A sender's newest session. */
interface Newest {
  readonly life: bigint;
  readonly session: number;
  /** Undefined once it is closed. */
  channel: Channel | undefined;
}

export interface ArrivalLimits extends IncomingLimits {
  /** Channels that bring mail; more are dropped. */
  readonly maxSessions: number;
}

/** Senders whose last session is remembered. */
const MAX_SENDERS = 65_536;

export class Arrivals {
  readonly #world: Pick<World, "timers" | "log">;
  readonly #find: (name: string) => Box | undefined;
  readonly #limits: ArrivalLimits;
  readonly #channels = new Set<Channel>();
  readonly #newest = new Map<string, Newest>();

  constructor(
    world: Pick<World, "timers" | "log">,
    find: (name: string) => Box | undefined,
    limits: ArrivalLimits,
  ) {
    this.#world = world;
    this.#find = find;
    this.#limits = limits;
  }

  get count(): number {
    return this.#channels.size;
  }

  accept(channel: Channel): void {
    if (this.#channels.size >= this.#limits.maxSessions) {
      channel.destroy();
      return;
    }
    this.#channels.add(channel);
    let isFlushDue = false;
    const flushSoon = () => {
      if (isFlushDue) return;
      isFlushDue = true;
      this.#world.timers.soon(() => {
        isFlushDue = false;
        if (this.#channels.has(channel)) session.flush();
      });
    };
    let newest: Newest | undefined;
    const events = {
      hello: (hello: Hello) => {
        newest = this.#newestOf(hello, channel);
        if (newest === undefined) this.#drop(channel, session);
        return newest !== undefined;
      },
      find: this.#find,
      ready: flushSoon,
    };
    const port = { send: (frame: Uint8Array) => channel.send(frame) !== 0 };
    const session = new IncomingSession(port, events, this.#limits);
    channel.onMessage = (bytes) => this.#receive(channel, session, bytes);
    channel.onDrain = flushSoon;
    channel.onEnd = () => channel.end();
    channel.onClose = () => {
      this.#channels.delete(channel);
      session.over();
      if (newest !== undefined) newest.channel = undefined;
    };
  }

  #receive(channel: Channel, session: IncomingSession, bytes: Uint8Array): void {
    if (!this.#channels.has(channel)) return;
    const wrong = session.receive(bytes);
    // A session that a later one has overtaken was dropped: nobody did wrong.
    if (wrong === undefined || !this.#channels.has(channel)) return;
    this.#world.log.warn("mail violation", { peer: formatAddress(channel.remote), wrong });
    this.#drop(channel, session);
  }

  #drop(channel: Channel, session: IncomingSession): void {
    this.#channels.delete(channel);
    session.over();
    channel.destroy();
  }

  /** Notes the session; undefined when the sender has begun a later one before. */
  #newestOf({ sender, life, session }: Hello, channel: Channel): Newest | undefined {
    // Where peers are proven, nobody can end the session of another by taking its name.
    const key = `${channel.peerKey?.join(".") ?? ""} ${sender.join(".")}`;
    const known = this.#newest.get(key);
    if (known !== undefined && known.life === life && session <= known.session) return undefined;
    this.#newest.delete(key);
    const newest: Newest = { life, session, channel };
    this.#newest.set(key, newest);
    const [oldest] = this.#newest.keys();
    if (this.#newest.size > MAX_SENDERS && oldest !== undefined) this.#newest.delete(oldest);
    if (known?.channel !== undefined && this.#channels.delete(known.channel)) known.channel.destroy();
    return newest;
  }

  close(): void {
    const channels = [...this.#channels];
    this.#channels.clear();
    for (const channel of channels) channel.destroy();
  }
}

/**
 * What a process casts: one datagram for all who hear it, in place of one copy for each. Links still tell of every message, in its place
 * among all others, so that their order, and what they promise, is what it was; only the bytes come another way. Whoever has not got
 * them when the link tells, asks for them over the link. What is more than the network takes now, and whoever does not hear us, gets
 * the bytes over the link at once.
 */
import type { Address, Aead, DatagramSocket, Timer, World } from "../../../world/index.ts";
import { type Control, ControlKind } from "../control.ts";
import { MESH_SEED_BYTES } from "../gen/mesh.gen.ts";
import type { MulticastOptions } from "../options.ts";
import { castKey, MAX_CAST_BYTES, PIECE_BYTES, Sealer, sessionOf } from "./datagram.ts";
import { Incoming } from "./incoming.ts";
import type { LinkCasts } from "./link-casts.ts";
import type { Kept } from "./outgoing.ts";
import { Pace } from "./pace.ts";

/** Smaller messages go over the links: what links tell of a cast is as long. */
export const MIN_CAST_BYTES = 256;
/** Bytes of casts that somebody may still ask for; as long as there are so many, messages go over the links. */
export const MAX_KEPT_BYTES = 8 * 1024 * 1024;
export const DEFAULT_MAX_BYTES_PER_SECOND = 64 * 1024 * 1024;
const FIRST_BEACON_MS = 50;
const MAX_BEACON_MS = 5000;
const NOTHING = new Uint8Array(0);

/** One of those to whom a message is cast. */
export interface CastTarget {
  readonly link: { tellCast(kept: Kept, remoteNumber: number, digest: Uint8Array): void };
  /** The peer's number of its port. */
  readonly remoteNumber: number;
}

export interface CasterOptions extends MulticastOptions {
  /** Where the mesh listens: multicast goes out there too. */
  readonly local: Address;
  /** What both sides of each link know. */
  readonly secret: Uint8Array | undefined;
  /** Peers are proven by keys of their own: nobody is to speak for another. */
  readonly mustProve: boolean;
}

/** Errors: NET_… when the group's port cannot be had, or no interface takes multicast. */
export async function openCaster(world: World, options: CasterOptions): Promise<Caster> {
  const { group, port, local, hops = 1 } = options;
  const isSixth = group.includes(":");
  const any = isSixth ? "::" : "0.0.0.0";
  const from = isSixth === local.host.includes(":") ? local.host : any;
  // Who binds to one address of the machine hears no multicast, and who binds to all does not send it from there.
  const receiving = await world.net.datagram({ bind: { host: any, port }, reuse: true, groups: [group] });
  try {
    const sending = await world.net.datagram({
      bind: { host: from, port: 0 },
      multicastHops: hops,
      multicastLoopback: true,
    });
    return new Caster(world, options, receiving, sending);
  } catch (error) {
    receiving.close();
    throw error;
  }
}

export class Caster {
  readonly #world: World;
  readonly #options: CasterOptions;
  readonly #to: Address;
  readonly #receiving: DatagramSocket;
  readonly #sending: DatagramSocket;
  readonly #session: number;
  readonly #seed: Uint8Array;
  readonly #sealer: Sealer;
  readonly #pace: Pace;
  readonly #links = new Set<LinkCasts>();
  /** By the sessions of those whom we hear. */
  readonly #heard = new Map<number, LinkCasts>();
  #number = 0;
  #keptBytes = 0;
  #beacon: Timer | undefined;
  #beaconMs = FIRST_BEACON_MS;

  constructor(world: World, options: CasterOptions, receiving: DatagramSocket, sending: DatagramSocket) {
    this.#world = world;
    this.#options = options;
    this.#to = { host: options.group, port: options.port };
    this.#receiving = receiving;
    this.#sending = sending;
    this.#session = 2 ** 20 * world.random.uint32() + (world.random.uint32() >>> 12);
    this.#seed = world.random.bytes(MESH_SEED_BYTES);
    this.#sealer = new Sealer(this.#keyOf(this.#seed), this.#session);
    this.#pace = new Pace(options.maxBytesPerSecond ?? DEFAULT_MAX_BYTES_PER_SECOND);
    receiving.onMessage = (datagram) => this.#received(datagram);
  }

  get nowMs(): number {
    return this.#world.clock.monotonicMs();
  }

  /** Bytes of casts that are kept for those who may lack them. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  #keyOf(seed: Uint8Array): Aead {
    return castKey(this.#world.crypto, this.#options.secret, seed);
  }

  // --- links ---

  offer(): Control {
    const offer = { session: BigInt(this.#session), number: BigInt(this.#number), seed: this.#seed };
    return { kind: ControlKind.MESH_OFFER, offer };
  }

  join(casts: LinkCasts): void {
    this.#links.add(casts);
    this.#beaconMs = FIRST_BEACON_MS;
    this.#beacon?.cancel();
    this.#beacon = this.#beaconLater();
  }

  /** The peer will cast with this session and seed. @returns undefined where that is another's already. */
  listen(casts: LinkCasts, session: number, number: number, seed: Uint8Array): Incoming | undefined {
    if (session === this.#session || this.#heard.has(session)) return undefined;
    this.#heard.set(session, casts);
    const { mustProve } = this.#options;
    return new Incoming(this.#world.crypto, this.#keyOf(seed), { session, number, mustProve });
  }

  part(casts: LinkCasts, session: number | undefined): void {
    this.#links.delete(casts);
    if (session !== undefined) this.#heard.delete(session);
  }

  #received(datagram: Uint8Array): void {
    const session = sessionOf(datagram);
    if (session !== undefined) this.#heard.get(session)?.datagram(datagram);
  }

  // --- who hears us ---

  #beaconLater(): Timer | undefined {
    return this.#world.timers.after(this.#beaconMs, () => {
      this.#beacon = undefined;
      this.#beaconMs = Math.min(2 * this.#beaconMs, MAX_BEACON_MS);
      if (this.#links.size === 0) return;
      for (const { outgoing } of this.#links) {
        if (outgoing.isHeard) continue;
        this.#send(0, 0, 0, 0, NOTHING);
        break;
      }
      this.#beacon = this.#beaconLater();
    });
  }

  // --- casting ---

  /** Whether a message of so many bytes is worth it, and there is room. */
  takes(bytes: number): boolean {
    return bytes >= MIN_CAST_BYTES && bytes <= MAX_CAST_BYTES && this.#keptBytes + bytes <= MAX_KEPT_BYTES;
  }

  /** Whether the network takes so much now; whoever asks casts it then. */
  mayCast(bytes: number): boolean {
    return this.#pace.take(bytes, this.nowMs);
  }

  /** @param port the sender's number of its port. */
  cast(port: number, targets: readonly CastTarget[], message: Uint8Array): void {
    const kept: Kept = { number: ++this.#number, message: message.slice(), waiting: targets.length };
    this.#keptBytes += message.length;
    const digest = this.#options.mustProve ? this.#world.crypto.sha256(message) : NOTHING;
    for (let offset = 0; offset < message.length; offset += PIECE_BYTES) {
      const piece = kept.message.subarray(offset, offset + PIECE_BYTES);
      this.#send(kept.number, port, message.length, offset, piece);
    }
    for (const { link, remoteNumber } of targets) link.tellCast(kept, remoteNumber, digest);
  }

  #send(number: number, port: number, totalBytes: number, offset: number, bytes: Uint8Array): void {
    this.#sending.send(this.#sealer.seal({ number, port, totalBytes, offset, bytes }), this.#to);
  }

  /** One who was cast a message needs it no more. */
  readonly release = (kept: Kept): void => {
    if (--kept.waiting === 0) this.#keptBytes -= kept.message.length;
  };

  arrived(bytes: number): void {
    this.#pace.arrived(bytes);
  }

  lost(): void {
    this.#pace.lost(this.nowMs);
  }

  close(): void {
    this.#beacon?.cancel();
    this.#beacon = undefined;
    this.#receiving.close();
    this.#sending.close();
  }
}

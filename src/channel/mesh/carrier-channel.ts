/**
 * The mesh over channels: what a turn sends to a peer is one message of a channel, and to the mesh above it a piece of a stream. The
 * channel keeps a message until it is acknowledged, so each has a copy of its own.
 */
import { type Address, CoterieError, type World } from "../../world/index.ts";
import type { Channel } from "../channel.ts";
import { openEndpoint } from "../endpoint.ts";
import type { Endpoint } from "../options.ts";
import type { ChannelCarrierOptions } from "./options.ts";
import type { Carrier, Pipe } from "./pipe.ts";

/** Errors: NET_… when the address cannot be had. */
export async function openChannelCarrier(
  world: World,
  bind: Address,
  options: ChannelCarrierOptions,
  timeoutMs: number,
): Promise<Carrier> {
  const carrier = new ChannelCarrier(world, options, timeoutMs);
  await carrier.listen(bind);
  return carrier;
}

class ChannelCarrier implements Carrier {
  readonly secret = undefined;
  onPipe: (pipe: Pipe) => void = (pipe) => pipe.destroy();
  readonly #world: World;
  readonly #options: ChannelCarrierOptions;
  readonly #timeoutMs: number;
  #endpoint: Endpoint | undefined;
  #isStopped = false;

  constructor(world: World, options: ChannelCarrierOptions, timeoutMs: number) {
    this.#world = world;
    this.#options = options;
    this.#timeoutMs = timeoutMs;
  }

  async listen(bind: Address): Promise<void> {
    const { security, limits = {} } = this.#options;
    const onChannel = (channel: Channel): void => {
      if (this.#isStopped) channel.destroy();
      else this.onPipe(new ChannelPipe(channel));
    };
    this.#endpoint = await openEndpoint(this.#world, { bind, security, onChannel, limits });
  }

  get #open(): Endpoint {
    return this.#endpoint as Endpoint;
  }

  get local(): Address {
    return this.#open.local;
  }

  async connect(to: Address, name: string | undefined, signal: AbortSignal, key?: Uint8Array): Promise<Pipe> {
    const peerKey = this.#keyFor(name, key);
    const channel = await this.#open.connect(to, { peerKey, timeoutMs: this.#timeoutMs, signal });
    return new ChannelPipe(channel);
  }

  /** @throws CoterieError MESH_KEY where there must be one, and none is known. */
  #keyFor(name: string | undefined, given: Uint8Array | undefined): Uint8Array | undefined {
    const { security, keyOf } = this.#options;
    if (security.kind !== "identity") return undefined;
    const key = name === undefined ? given : keyOf?.(name);
    if (key !== undefined) return key;
    const whom = name === undefined ? "a peer of which only the address is given" : name;
    throw new CoterieError("MESH_KEY", `cannot connect to ${whom}: no key is known`, { details: { name } });
  }

  isKeyOf(pipe: Pipe, name: string): boolean {
    const { security, keyOf } = this.#options;
    if (security.kind !== "identity") return true;
    const proven = (pipe as ChannelPipe).peerKey;
    const key = keyOf?.(name);
    return proven !== undefined && key !== undefined && this.#world.crypto.equal(proven, key);
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.#open.close();
  }
}

const ignore = (): void => {};

/** A channel as a stream of pieces. */
class ChannelPipe implements Pipe {
  onData: (chunk: Uint8Array) => void = ignore;
  onEnd: () => void = ignore;
  onClose: (error: CoterieError | undefined) => void = ignore;
  onDrain: () => void = ignore;
  readonly #channel: Channel;
  /** What the channel has no room for yet. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #isEnding = false;

  constructor(channel: Channel) {
    this.#channel = channel;
    channel.onMessage = (message) => message.length > 0 && this.onData(message);
    channel.onEnd = () => this.onEnd();
    channel.onClose = (error) => this.#closed(error);
    channel.onDrain = () => this.#drained();
  }

  get remote(): Address {
    return this.#channel.remote;
  }

  get peerKey(): Uint8Array | undefined {
    return this.#channel.peerKey;
  }

  get acknowledged(): number {
    return this.#channel.acknowledged;
  }

  get pendingBytes(): number {
    return this.#heldBytes;
  }

  write(data: Uint8Array): boolean {
    if (this.#isEnding || data.length === 0) return true;
    if (this.#held.length === 0 && this.#channel.send(data.slice()) > 0) return true;
    this.#held.push(data);
    this.#heldBytes += data.length;
    return false;
  }

  release(): void {}

  end(): void {
    this.#isEnding = true;
    if (this.#held.length === 0) this.#channel.end();
  }

  destroy(): void {
    this.#channel.destroy();
  }

  #drained(): void {
    for (let first = this.#held[0]; first !== undefined; first = this.#held[0]) {
      if (this.#channel.send(first.slice()) === 0) return;
      this.#held.shift();
      this.#heldBytes -= first.length;
    }
    if (this.#isEnding) this.#channel.end();
    else this.onDrain();
  }

  #closed(error: CoterieError | undefined): void {
    this.#held = [];
    this.#heldBytes = 0;
    this.onClose(error);
  }
}

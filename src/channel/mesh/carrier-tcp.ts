/** The mesh over TCP: a pipe is a stream. */
import type { Address, Listener, Stream, World } from "../../world/index.ts";
import { destination } from "../path.ts";
import type { TcpCarrierOptions } from "./options.ts";
import type { Carrier, Pipe } from "./pipe.ts";

/** Errors: NET_… when the address cannot be had. */
export async function openTcpCarrier(
  world: World,
  bind: Address,
  options: TcpCarrierOptions,
  timeoutMs: number,
): Promise<Carrier> {
  const carrier = new TcpCarrier(world, options.secret, timeoutMs);
  await carrier.listen(bind);
  return carrier;
}

class TcpCarrier implements Carrier {
  readonly secret: Uint8Array | undefined;
  onPipe: (pipe: Pipe) => void = (pipe) => pipe.destroy();
  readonly #world: World;
  readonly #timeoutMs: number;
  #listener: Listener | undefined;

  constructor(world: World, secret: Uint8Array | undefined, timeoutMs: number) {
    this.#world = world;
    this.#timeoutMs = timeoutMs;
    this.secret = secret;
  }

  async listen(bind: Address): Promise<void> {
    const onStream = (stream: Stream): void => this.onPipe(stream);
    this.#listener = await this.#world.net.listen({ bind, onStream });
  }

  get local(): Address {
    return (this.#listener as Listener).local;
  }

  async connect(address: Address, _name: string | undefined, signal: AbortSignal): Promise<Pipe> {
    const { net } = this.#world;
    const to = await destination(net, address, this.local);
    signal.throwIfAborted();
    return net.connect({ to, timeoutMs: this.#timeoutMs, signal });
  }

  isKeyOf(): boolean {
    return true;
  }

  async stop(): Promise<void> {
    await this.#listener?.close();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

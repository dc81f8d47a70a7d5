/**
 * The mesh over TLS 1.3: a pipe is a secure stream. Who is at its other end is what its certificate proves, a node of this cell, and its name in the
 * mesh must be the name there. Operators of the cell have certificates too, and no links.
 */
import {
  type Address,
  CoterieError,
  formatAddress,
  type Listener,
  type Stream,
  type World,
} from "../../world/index.ts";
import { destination } from "../path.ts";
import type { TlsCarrierOptions } from "./options.ts";
import type { Carrier, Pipe } from "./pipe.ts";

/** Errors: NET_… when the address cannot be had. */
export async function openTlsCarrier(
  world: World,
  bind: Address,
  options: TlsCarrierOptions,
  timeoutMs: number,
): Promise<Carrier> {
  const carrier = new TlsCarrier(world, options, timeoutMs);
  await carrier.listen(bind);
  return carrier;
}

class TlsCarrier implements Carrier {
  /** The links hide all that is said, so nothing more need be known to both sides. */
  readonly secret = undefined;
  onPipe: (pipe: Pipe) => void = (pipe) => pipe.destroy();
  onRefused: (error: CoterieError, from: Address) => void = () => {};
  readonly #world: World;
  readonly #options: TlsCarrierOptions;
  readonly #timeoutMs: number;
  #listener: Listener | undefined;

  constructor(world: World, options: TlsCarrierOptions, timeoutMs: number) {
    this.#world = world;
    this.#options = options;
    this.#timeoutMs = timeoutMs;
  }

  async listen(bind: Address): Promise<void> {
    const { credentials, onStranger } = this.#options;
    this.#listener = await this.#world.net.listen({
      bind,
      onStream: (stream) => this.onPipe(stream),
      secure: {
        credentials,
        onRefused: (error, from) => this.#refused(error, from),
        ...(onStranger === undefined ? {} : { onStranger }),
      },
    });
  }

  get local(): Address {
    return (this.#listener as Listener).local;
  }

  async connect(address: Address, name: string | undefined, signal: AbortSignal): Promise<Pipe> {
    const { net } = this.#world;
    const { credentials } = this.#options;
    const to = await destination(net, address, this.local);
    signal.throwIfAborted();
    const stream = await net.connect({ to, timeoutMs: this.#timeoutMs, signal, secure: { credentials } });
    const complaint = name === undefined ? undefined : complaintOf(stream, name);
    if (complaint === undefined) return stream;
    stream.destroy();
    throw complaint;
  }

  isKeyOf(pipe: Pipe, name: string): boolean {
    const { peer } = pipe as Stream;
    if (peer?.role !== "node" || peer.name !== name) return false;
    return !this.#options.credentials.isRevoked(peer.serial);
  }

  /** That somebody broke a handshake off is nobody's trouble: two that cross end so, and so do those who only look at the port. */
  #refused(error: CoterieError, from: Address): void {
    if (error.code !== "TLS_FAILED") this.onRefused(error, from);
  }

  async stop(): Promise<void> {
    await this.#listener?.close();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function complaintOf({ peer, remote }: Stream, expected: string): CoterieError | undefined {
  if (peer?.role === "node" && peer.name === expected) return undefined;
  const details = { name: peer?.name, role: peer?.role, expected };
  const who = peer?.role === "operator" ? `the operator ${peer.name}` : peer?.name;
  return new CoterieError(
    "MESH_WRONG_PEER",
    `${who} listens at ${formatAddress(remote)} by its certificate, not ${expected}`,
    { details },
  );
}

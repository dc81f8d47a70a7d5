/** A session as its user sees it. Apart from the session, whose methods are its connection's and its endpoint's to call. */
import type { Address, CoterieError } from "../world/index.ts";
import type { Channel } from "./channel.ts";
import type { Session } from "./session.ts";

const ignore = (): void => {};

/** The user's side of a session; see `Channel` for what everything means. */
export class SessionChannel implements Channel {
  readonly local: Address;
  readonly peerKey: Uint8Array | undefined;
  onMessage: (message: Uint8Array) => void = ignore;
  onAcknowledged: () => void = ignore;
  onDrain: () => void = ignore;
  onEnd: () => void = ignore;
  onClose: (error: CoterieError | undefined) => void = ignore;
  readonly #session: Session;

  constructor(session: Session, local: Address, peerKey: Uint8Array | undefined) {
    this.#session = session;
    this.local = local;
    this.peerKey = peerKey;
  }

  get remote(): Address {
    return this.#session.remote;
  }

  send(message: Uint8Array): number {
    return this.#session.connection?.send(message) ?? 0;
  }

  get sent(): number {
    return this.#session.connection?.sent ?? 0;
  }

  get acknowledged(): number {
    return this.#session.connection?.acknowledged ?? 0;
  }

  get pendingBytes(): number {
    return this.#session.connection?.pendingBytes ?? 0;
  }

  pause(): void {
    this.#session.connection?.pause();
  }

  resume(): void {
    this.#session.connection?.resume();
  }

  end(): void {
    this.#session.connection?.end();
  }

  destroy(): void {
    this.#session.connection?.destroy();
  }
}

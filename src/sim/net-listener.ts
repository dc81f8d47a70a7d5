/** A simulated TCP port that accepts connections. */
import type { Address, Listener, Stream } from "../world/index.ts";
import type { Host } from "./fabric.ts";
import type { Incarnation } from "./incarnation.ts";
import type { Bound } from "./ports.ts";

/** Connections that wait for a paused process to take them. */
export const LISTEN_BACKLOG = 128;

export class SimListener implements Listener, Bound {
  readonly local: Address;
  readonly reuse = false;
  readonly #onStream: (stream: Stream) => void;
  readonly #host: Host;
  readonly #incarnation: Incarnation;
  /** Connections that the system has accepted, and the process has not: it is paused. */
  #backlog = 0;

  constructor(host: Host, incarnation: Incarnation, local: Address, onStream: (stream: Stream) => void) {
    this.#host = host;
    this.#incarnation = incarnation;
    this.local = local;
    this.#onStream = onStream;
    host.tcp.add(this);
  }

  /** No more connections fit into the system's queue; requests are as good as lost. */
  get isFull(): boolean {
    return this.#backlog >= LISTEN_BACKLOG;
  }

  accept(stream: Stream): void {
    if (this.#incarnation.running) {
      this.#onStream(stream);
      return;
    }
    this.#backlog++;
    this.#incarnation.after(0, () => {
      this.#backlog--;
      this.#onStream(stream);
    });
  }

  close(): Promise<void> {
    if (this.#incarnation.alive) this.#host.tcp.remove(this);
    return Promise.resolve();
  }
}

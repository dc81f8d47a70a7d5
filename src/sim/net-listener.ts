/** A simulated TCP port that accepts connections. */
import { type Address, type Listener, type ListenOptions, MAX_SECURE_HANDSHAKES } from "../world/index.ts";
import type { Host } from "./fabric.ts";
import { ListeningSide, type SimJudge } from "./handshake.ts";
import type { SimStream } from "./net-stream.ts";
import type { Bound } from "./ports.ts";

/** Connections that wait for a paused process to take them. */
export const LISTEN_BACKLOG = 128;

export class SimListener implements Listener, Bound {
  readonly local: Address;
  readonly reuse = false;
  readonly #options: ListenOptions;
  readonly #host: Host;
  readonly #judge: SimJudge;
  #handshakes = 0;
  /** Connections that the system has accepted, and the process has not: it is paused. */
  #backlog = 0;

  constructor(host: Host, judge: SimJudge, local: Address, options: ListenOptions) {
    this.#host = host;
    this.#judge = judge;
    this.local = local;
    this.#options = options;
    host.tcp.add(this);
  }

  /** No more connections fit into the system's queue; requests are as good as lost. */
  get isFull(): boolean {
    return this.#backlog >= LISTEN_BACKLOG;
  }

  accept(stream: SimStream): void {
    const { incarnation } = this.#judge;
    if (incarnation.running) {
      this.#take(stream);
      return;
    }
    this.#backlog++;
    incarnation.after(0, () => {
      this.#backlog--;
      this.#take(stream);
    });
  }

  #take(stream: SimStream): void {
    const { onStream, secure } = this.#options;
    if (secure === undefined) {
      onStream(stream);
      return;
    }
    if (this.#handshakes >= MAX_SECURE_HANDSHAKES) {
      stream.destroy();
      return;
    }
    this.#handshakes++;
    new ListeningSide(stream, this.#judge, secure, {
      done: (peer) => {
        this.#handshakes--;
        if (peer === undefined) secure.onStranger?.(stream);
        else onStream(stream);
      },
      failed: (error) => {
        this.#handshakes--;
        secure.onRefused?.(error, stream.remote);
      },
    });
  }

  close(): Promise<void> {
    if (this.#judge.incarnation.alive) this.#host.tcp.remove(this);
    return Promise.resolve();
  }
}

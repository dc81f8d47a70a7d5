/**
 * Sends files to one receiver through whatever happens to the way there: when the channel breaks, because the receiver was
 * killed or the network was cut, a new one is opened and the file goes on where its receiver has it.
 */
import {
  type Endpoint,
  FileSender,
  type TransferProgress,
  type TransferResult,
  type TransferSource,
} from "../../channel/index.ts";
import {
  type Address,
  CoterieError,
  formatAddress,
  sleep,
  type Timer,
  type World,
} from "../../world/index.ts";

export interface SendSessionOptions {
  readonly endpoint: Endpoint;
  readonly to: Address;
  /** Where the key of the channel comes from, for people; undefined without one. */
  readonly keyFrom: string | undefined;
  /** For how long to try again while nothing gets on. */
  readonly timeoutMs: number;
  /** As of `FileSender`. */
  readonly blockBytes?: number;
  readonly onProgress: (progress: TransferProgress) => void;
  /** The way there broke, and is tried again. */
  readonly onRetry: (why: CoterieError) => void;
}

const CONNECT_TIMEOUT_MS = 5000;
const FIRST_PAUSE_MS = 250;
const LAST_PAUSE_MS = 4000;
/** A receiver that is there, and gets nothing done for so long, has a disk that hangs. Making much durable takes minutes. */
export const STALL_MS = 30 * 60_000;
/** What the other side says is rarely damaged once, and never again and again. */
const MAX_MISUNDERSTANDINGS = 3;

export class SendSession {
  readonly #world: World;
  readonly #options: SendSessionOptions;
  readonly #stopped = new AbortController();
  #sender: FileSender | undefined;
  #wasConnected = false;
  /** When something last got on. */
  #aliveMs = 0;
  #misunderstandings = 0;
  #stall: Timer | undefined;
  #isStalled = false;

  constructor(world: World, options: SendSessionOptions) {
    this.#world = world;
    this.#options = options;
  }

  /** @throws CoterieError when the file cannot be sent, or nothing has got on for `timeoutMs`. */
  async send(source: TransferSource): Promise<TransferResult> {
    this.#aliveMs = this.#world.clock.monotonicMs();
    this.#misunderstandings = 0;
    this.#isStalled = false;
    this.#watchFor(STALL_MS);
    try {
      return await this.#sendStubbornly(source);
    } finally {
      this.#stall?.cancel();
    }
  }

  async #sendStubbornly(source: TransferSource): Promise<TransferResult> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LAST_PAUSE_MS)) {
      const beganMs = this.#aliveMs;
      try {
        return await (await this.#connected()).send(source);
      } catch (error) {
        if (this.#isStalled) throw stalled();
        if (!(error instanceof CoterieError) || !this.#mayPass(error)) throw error;
        this.#options.onRetry(error);
      }
      if (this.#aliveMs > beganMs) pauseMs = FIRST_PAUSE_MS;
      await this.#pause(pauseMs);
    }
  }

  /** Everything was sent. */
  async end(): Promise<void> {
    if (this.#sender?.isUsable === true) await this.#sender.end();
  }

  /** Ends what is under way; the receiver keeps what it has. */
  stop(): void {
    this.#stopped.abort(
      new CoterieError("TRANSFER_INTERRUPTED", "stopped before the receiver confirmed the file"),
    );
    this.#sender?.stop();
  }

  /** Ends the session when nothing has got on for `STALL_MS`; looks again after `delayMs`. */
  #watchFor(delayMs: number): void {
    this.#stall = this.#world.timers.after(delayMs, () => {
      const leftMs = this.#aliveMs + STALL_MS - this.#world.clock.monotonicMs();
      if (leftMs > 0) {
        this.#watchFor(leftMs);
        return;
      }
      this.#isStalled = true;
      this.#sender?.stop();
    });
  }

  async #connected(): Promise<FileSender> {
    if (this.#sender?.isUsable === true) return this.#sender;
    const { endpoint, to, blockBytes } = this.#options;
    const { signal } = this.#stopped;
    signal.throwIfAborted();
    try {
      const channel = await endpoint.connect(to, {
        timeoutMs: Math.min(CONNECT_TIMEOUT_MS, this.#options.timeoutMs),
        signal,
      });
      const onProgress = (progress: TransferProgress) => {
        this.#aliveMs = this.#world.clock.monotonicMs();
        this.#options.onProgress(progress);
      };
      this.#sender = new FileSender(channel, {
        crypto: this.#world.crypto,
        onProgress,
        ...(blockBytes !== undefined && { blockBytes }),
      });
    } catch (error) {
      throw this.#asUnreachable(error);
    }
    this.#wasConnected = true;
    return this.#sender;
  }

  #asUnreachable(error: unknown): unknown {
    if (!(error instanceof CoterieError) || error.code === "NET_NAME_UNKNOWN") return error;
    if (this.#stopped.signal.aborted) return this.#stopped.signal.reason;
    const { to, keyFrom } = this.#options;
    const address = formatAddress(to);
    const { answeredFrom } = error.details;
    let says = `nobody receives files at ${address} ${keyFrom === undefined ? "without a key" : `with the key of ${keyFrom}`}`;
    if (typeof answeredFrom === "string") {
      says += `, but ${answeredFrom} answered: send to that, or let the receiver listen at ${to.host} alone (--bind)`;
    }
    return new CoterieError("TRANSFER_UNREACHABLE", says, { cause: error, details: { address } });
  }

  /** Whether it is worth trying again. */
  #mayPass({ code }: CoterieError): boolean {
    if (this.#stopped.signal.aborted) return false;
    if (this.#world.clock.monotonicMs() - this.#aliveMs > this.#options.timeoutMs) return false;
    if (code === "TRANSFER_PROTOCOL") return ++this.#misunderstandings < MAX_MISUNDERSTANDINGS;
    if (code === "TRANSFER_UNREACHABLE") return this.#wasConnected;
    return code === "TRANSFER_INTERRUPTED" || code === "TRANSFER_BUSY";
  }

  async #pause(pauseMs: number): Promise<void> {
    await sleep(this.#world.timers, pauseMs, this.#stopped.signal);
  }
}

function stalled(): CoterieError {
  const says = `the receiver is there, and got nothing done for ${STALL_MS / 60_000} minutes: see whether its disk hangs`;
  return new CoterieError("TRANSFER_INTERRUPTED", says);
}

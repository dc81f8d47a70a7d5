/**
 * Calls on their way into the log: those that come together share a command. Most of what an entry costs, at every replica, does not depend on how much
 * is in it, and a client that waits for many calls at a time sends them in few packets.
 */
import type { Appended } from "../../paxos/index.ts";
import type { Timers } from "../../world/index.ts";
import type { CallCommand } from "./commands.ts";
import type { CallReply, EntryReply } from "./entries.ts";
import { VOLUME_MAX_CALLS } from "./gen/volume-log.gen.ts";

/** Arguments in a command of several calls. */
export const MAX_CALLS_BYTES = 128 * 1024;
const NOW = Promise.resolve();

export interface GathererHost {
  readonly timers: Timers;
  /** How long a call waits for others; 0: until what runs now has ended. */
  readonly gatherMs: number;
  /** As a log's. */
  append(calls: readonly CallCommand[]): Promise<Appended<EntryReply>>;
}

interface Waiting {
  readonly command: CallCommand;
  readonly resolve: (reply: CallReply) => void;
  readonly reject: (error: unknown) => void;
}

export class CallGatherer {
  readonly #host: GathererHost;
  #waiting: Waiting[] = [];
  #bytes = 0;

  constructor(host: GathererHost) {
    this.#host = host;
  }

  /** The call's reply, undefined if it came too late. Calls go into the log in the order of these. Rejects as a log's `append`. */
  append(command: CallCommand): Promise<CallReply> {
    const { length } = command.call.args;
    const isFull = this.#waiting.length === VOLUME_MAX_CALLS || this.#bytes + length > MAX_CALLS_BYTES;
    if (isFull) this.#send();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ command, resolve, reject });
      this.#bytes += length;
      if (this.#waiting.length === 1) this.#plan();
    });
  }

  #plan(): void {
    const { timers, gatherMs } = this.#host;
    if (gatherMs > 0) timers.after(gatherMs, this.#send);
    else void NOW.then(this.#send);
  }

  readonly #send = (): void => {
    const together = this.#waiting;
    if (together.length === 0) return;
    this.#waiting = [];
    this.#bytes = 0;
    this.#host.append(together.map(({ command }) => command)).then(
      ({ reply }) => {
        for (const [at, { resolve }] of together.entries()) resolve(replyAt(reply, at));
      },
      (error: unknown) => {
        for (const { reject } of together) reject(error);
      },
    );
  };
}

/** A call that is alone has its reply itself. */
function replyAt(reply: EntryReply, at: number): CallReply {
  return reply === undefined || reply instanceof Uint8Array ? reply : reply[at];
}

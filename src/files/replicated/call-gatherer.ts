/**
 * Calls on their way into the log: those that come together share a command. Most of what an entry costs, at every replica, does not depend on how much
 * is in it, and a client that waits for many calls at a time sends them in few packets.
 */
import type { Appended } from "../../paxos/index.ts";
import type { Timers } from "../../world/index.ts";
import type { CallCommand } from "./commands.ts";
import type { CallReply, EntryReplies } from "./entries.ts";
import { VOLUME_MAX_CALLS } from "./gen/volume-log.gen.ts";

/** Arguments in a command of several calls. */
export const MAX_CALLS_BYTES = 128 * 1024;
const NOW = Promise.resolve();

export interface GathererHost {
  readonly timers: Timers;
  /** How long a call waits for others; 0: until what runs now has ended. */
  readonly gatherMs: number;
  /** As a log's. */
  append(calls: readonly CallCommand[]): Promise<Appended<EntryReplies>>;
}

interface Waiting {
  readonly command: CallCommand;
  readonly resolve: (reply: CallReply) => void;
  readonly reject: (error: unknown) => void;
}

export class CallGatherer {
  readonly #host: GathererHost;
  #waiting: Waiting[] = [];

  constructor(host: GathererHost) {
    this.#host = host;
  }

  /** The call's reply, undefined if it came too late. Calls go into the log in the order of these. Rejects as a log's `append`. */
  append(command: CallCommand): Promise<CallReply> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ command, resolve, reject });
      if (this.#waiting.length === 1) this.#plan();
    });
  }

  #plan(): void {
    const { timers, gatherMs } = this.#host;
    if (gatherMs > 0) timers.after(gatherMs, this.#send);
    else void NOW.then(this.#send);
  }

  readonly #send = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let from = 0; from < waiting.length; ) {
      const to = endOfEntry(waiting, from);
      this.#sendTogether(waiting.slice(from, to));
      from = to;
    }
  };

  #sendTogether(together: readonly Waiting[]): void {
    this.#host.append(together.map(({ command }) => command)).then(
      ({ reply: replies }) => {
        for (const [at, { resolve }] of together.entries()) resolve(replies[at]);
      },
      (error: unknown) => {
        for (const { reject } of together) reject(error);
      },
    );
  }
}

/** Up to where what waits from a place on has room in one entry, which is that one at least. */
function endOfEntry(waiting: readonly Waiting[], from: number): number {
  let bytes = 0;
  let to = from;
  for (; to < Math.min(waiting.length, from + VOLUME_MAX_CALLS); to++) {
    bytes += (waiting[to] as Waiting).command.call.args.length;
    if (to > from && bytes > MAX_CALLS_BYTES) break;
  }
  return to;
}

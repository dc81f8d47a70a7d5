/**
 * How a leader brings its snapshot to those who lack what is no longer kept: an offer, which is repeated, and then the chunks
 * that the receiver wants, as it wants them. A transfer goes on after a broken link where it was.
 */
import type { LogStore, Mark } from "./log-store.ts";
import type { TransferMessage, Want } from "./message.ts";
import { REPEAT_HEARTBEATS, STALLED_REPEATS, WINDOW_CHUNKS } from "./state-keeper.ts";

interface Transfer {
  sent: number;
  offeredMs: number;
  wantedMs: number;
}

export class SnapshotSender {
  readonly #store: LogStore;
  readonly #send: (to: number, message: TransferMessage) => void;
  readonly #repeatMs: number;
  readonly #transfers = new Map<number, Transfer>();

  constructor(store: LogStore, heartbeatMs: number, send: (to: number, message: TransferMessage) => void) {
    this.#store = store;
    this.#send = send;
    this.#repeatMs = REPEAT_HEARTBEATS * heartbeatMs;
  }

  /** Whether a snapshot is being read by somebody, and should stay. */
  isBusy(nowMs: number): boolean {
    for (const { wantedMs } of this.#transfers.values())
      if (nowMs < wantedMs + STALLED_REPEATS * this.#repeatMs) return true;
    return false;
  }

  /** Offers the snapshot to all who need one. */
  offer(nowMs: number, laggards: ReadonlySet<number>, ballot: number, mark: Mark): void {
    for (const id of this.#transfers.keys()) if (!laggards.has(id)) this.#transfers.delete(id);
    for (const id of laggards) {
      const transfer = this.#transfers.get(id);
      if (transfer !== undefined && nowMs < Math.max(transfer.offeredMs, transfer.wantedMs) + this.#repeatMs)
        continue;
      const wantedMs = transfer?.wantedMs ?? Number.NEGATIVE_INFINITY;
      this.#transfers.set(id, { sent: 0, offeredMs: nowMs, wantedMs });
      const { prefix, bytes, chunks, checksum } = mark;
      this.#send(id, { kind: "offer", ballot, snapshot: { prefix, bytes, chunks, checksum } });
    }
  }

  wanted(nowMs: number, from: number, { slot, checksum, next, until }: Want, mark: Mark): void {
    const transfer = this.#transfers.get(from);
    if (transfer === undefined || slot !== mark.prefix.slot || checksum !== mark.checksum) return;
    transfer.wantedMs = nowMs;
    const end = Math.min(until, next + WINDOW_CHUNKS, mark.chunks);
    // An answer to a repeated offer begins anew where the receiver is.
    for (let number = Math.max(next, Math.min(transfer.sent, end)); number < end; number++) {
      const bytes = this.#store.chunk(mark.generation, number);
      this.#send(from, { kind: "chunk", slot, checksum, number, bytes });
    }
    transfer.sent = Math.max(next, end);
  }
}

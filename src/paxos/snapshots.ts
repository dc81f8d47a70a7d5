/**
 * Snapshots of a state machine that lives in memory: taking its own when the log has grown, giving it to those who need it, and taking a leader's. One is
 * written at a time. What the log holds is given up only in the batch that makes the snapshot what the replica begins with.
 */
import type { Mark } from "./log-store.ts";
import type { StateMachine } from "./machine.ts";
import { guarded } from "./machine-guard.ts";
import type { Chunk, Offer, TransferMessage } from "./message.ts";
import { SnapshotSender } from "./snapshot-sender.ts";
import { SnapshotReceiver, SnapshotWriter } from "./snapshot-writer.ts";
import { firstKept, isDue, type StateHost, type StateKeeper, WINDOW_CHUNKS } from "./state-keeper.ts";

/** Chunks of an own snapshot that are written in a turn. */
const TURN_CHUNKS = 4;
/** Keys that are removed in a turn. */
const TURN_REMOVALS = 1000;

export class Snapshots implements StateKeeper {
  mark: Mark;
  readonly isSwitching = false;
  readonly #host: StateHost;
  readonly #machine: StateMachine<unknown>;
  readonly #sender: SnapshotSender;
  #writer: SnapshotWriter | undefined;
  #receiver: SnapshotReceiver | undefined;
  #from = 0;
  #generation: number;
  #bytesSince = 0;
  #wantMs = 0;

  constructor(host: StateHost, mark: Mark, machine: StateMachine<unknown>) {
    this.#host = host;
    this.#machine = machine;
    this.mark = mark;
    this.#generation = mark.generation;
    this.#sender = new SnapshotSender(host.logStore, host.heartbeatMs, (to, message) =>
      host.send(to, message),
    );
  }

  /** A snapshot's bytes, read and checked piece by piece. */
  *#pieces({ chunks, generation }: Mark): Iterable<Uint8Array> {
    for (let number = 0; number < chunks; number++) yield this.#host.logStore.chunk(generation, number);
  }

  restore(mark: Mark): void {
    guarded(`restore the snapshot of entry ${mark.prefix.slot}`, () =>
      this.#machine.restore(this.#pieces(mark)),
    );
  }

  progressed(bytes: number): void {
    this.#bytesSince += bytes;
    const { prefix } = this.#host.applied();
    if (!isDue(prefix, this.mark, this.#bytesSince, this.#host.limits)) return;
    if (this.#writer !== undefined || this.#receiver !== undefined) return;
    if (this.#sender.isBusy(this.#host.nowMs())) return;
    const { logStore, crc32 } = this.#host;
    this.#bytesSince = 0;
    const pieces = guarded("take a snapshot", () => this.#machine.snapshot());
    this.#writer = new SnapshotWriter(logStore, ++this.#generation, prefix, pieces, crc32);
    this.#step(this.#writer);
  }

  #step(writer: SnapshotWriter): void {
    if (this.#writer !== writer) return;
    const changes = writer.step(TURN_CHUNKS);
    if (changes !== undefined) {
      this.#host.write(changes, () => this.#step(writer));
      return;
    }
    this.#writer = undefined;
    this.mark = writer.mark;
    const first = firstKept(writer.prefix.slot, this.#host);
    this.#host.taken(this.#host.logStore.markChange(this.mark), first);
    this.#removeStale();
  }

  #removeStale(): void {
    const kept = new Set([this.mark.generation]);
    if (this.#writer !== undefined) kept.add(this.#writer.generation);
    if (this.#receiver !== undefined) kept.add(this.#receiver.generation);
    const changes = this.#host.logStore.staleChunks(kept, TURN_REMOVALS);
    if (changes.length > 0) this.#host.write(changes, () => this.#removeStale());
  }

  /** At the start: what an earlier life left unfinished goes. */
  clean(): void {
    this.#removeStale();
  }

  offerTo(laggards: ReadonlySet<number>, ballot: number): void {
    if (this.mark.prefix.slot > 0) this.#sender.offer(this.#host.nowMs(), laggards, ballot, this.mark);
  }

  receive(from: number, message: TransferMessage): void {
    if (message.kind === "offer") this.#offered(from, message);
    else if (message.kind === "chunk") this.#chunk(from, message);
    else if (message.kind === "want") this.#sender.wanted(this.#host.nowMs(), from, message, this.mark);
  }

  #offered(from: number, { snapshot }: Offer): void {
    this.#from = from;
    const { slot } = snapshot.prefix;
    if (!this.#receiver?.isOf(slot, snapshot.checksum)) {
      this.#writer = undefined;
      const { logStore, crc32 } = this.#host;
      this.#receiver = new SnapshotReceiver(logStore, ++this.#generation, snapshot, crc32);
      this.#removeStale();
    }
    this.#want();
    this.#finish();
  }

  #chunk(from: number, { slot, checksum, number, bytes }: Chunk): void {
    const receiver = this.#receiver;
    if (from !== this.#from || !receiver?.isOf(slot, checksum)) return;
    const change = receiver.take(number, bytes);
    if (change === undefined) return;
    // More is asked for when the disk has this: memory holds a window's worth at most.
    this.#host.write([change], () => {
      if (this.#receiver === receiver && !receiver.isComplete) this.#want();
    });
    this.#finish();
  }

  #want(): void {
    const receiver = this.#receiver as SnapshotReceiver;
    const { next, offered } = receiver;
    this.#wantMs = this.#host.nowMs();
    const until = Math.min(next + WINDOW_CHUNKS, offered.chunks);
    const { checksum, prefix } = offered;
    this.#host.send(this.#from, { kind: "want", slot: prefix.slot, checksum, next, until });
  }

  #finish(): void {
    const receiver = this.#receiver;
    if (receiver === undefined || !receiver.isComplete) return;
    this.#receiver = undefined;
    const { mark } = receiver;
    if (mark !== undefined && this.#host.isWanted(mark.prefix.slot)) {
      this.mark = mark;
      this.#bytesSince = 0;
      this.#host.received(mark, [this.#host.logStore.markChange(mark)]);
    }
    // The chunks of before go after the mark was written, never with it or ahead of it.
    this.#removeStale();
  }

  /** A transfer that stands still is asked for again, or given up when entries came instead. */
  tick(committed: number): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    if (receiver.offered.prefix.slot <= committed) {
      this.#receiver = undefined;
      this.#removeStale();
    } else if (this.#host.nowMs() >= this.#wantMs + 10 * this.#host.heartbeatMs) this.#want();
  }

  /** What is unfinished goes at the next start. */
  end(): void {}
}

/**
 * What is replicated: a state machine at each replica, which the log gives its entries to. One that lives in memory is captured
 * whole by the log, and begins anew at each start. One that keeps its state on a disk of its own is asked how far that is, and gives
 * and takes it as a stream.
 */

/** Bytes of a state on its way to another replica, in one chunk. */
export const CHUNK_BYTES = 256 * 1024;

/**
 * What the entries mean. It must be deterministic: the same entries make the same state, whatever the machine, the time and the
 * replica. It lives in memory as far as the log is concerned: at each start it begins empty, is given the last
 * snapshot if there is one, and the entries after it.
 */
export interface StateMachine<Reply> {
  /**
   * Carries an entry out. The bytes are the log's: what is kept of them is copied, and nobody writes to them. What it returns
   * goes to who appended it, at that replica alone. Throwing stops the replica.
   */
  apply(index: number, entry: Uint8Array): Reply;
  /**
   * The state as of this call, in pieces of any size. The pieces are taken one after the other while further entries are
   * applied, which they must not show; the first is taken at once.
   */
  snapshot(): Iterable<Uint8Array>;
  /** The state becomes that of a snapshot; its bytes come in pieces of other sizes than they were given in. */
  restore(pieces: Iterable<Uint8Array>): void;
}

/**
 * A state machine that keeps its state on a disk of its own, and lives in memory no more than it likes: the log never gathers
 * its state, and keeps no copy of it. It must be deterministic, as any other. The log asks once, at its opening, how far the
 * state on the disk is, gives it the entries after that, and lets go of no entry before the state is durable without it.
 *
 * A state changes as a whole with each entry: what an entry does becomes durable together with its index, or not at all, and
 * nothing without what was applied before it. One batch of a `Store` for each entry does that. It may be the log's own store: then
 * they share disk writes, and the log notices when that refuses one. A machine with another one notices itself, and throws.
 */
export interface DurableStateMachine<Reply> {
  /** Index of the last entry that the state on the disk holds, 0 for none; what a sink was finished with counts as applied. */
  durablePosition(): number;
  /** As that of a `StateMachine`. What it did is seen at once, and durable at some time later. Given only what the log has on its own disk. */
  apply(index: number, entry: Uint8Array): Reply;
  /** True while its disk is so far behind that it should be given no entry. It is asked before each, and while it is true now and then. */
  isFull?(): boolean;
  /** Resolves when all that was applied before this call is durable. Rejecting stops the replica. */
  persist(): Promise<void>;
  /**
   * The state as of this call, to be read while further entries are applied, which it must not show. It is held for as long as a
   * transfer takes; there is one at a time.
   */
  snapshot(): StateSource;
  /**
   * The state of another replica as of an entry is about to come. It is put beside the own one, which stays as it is, also on the disk,
   * until the sink is finished. One at a time. What a crash left of one that was not finished is for the machine to remove.
   */
  take(index: number): StateSink;
}

/** A state that goes out in chunks. */
export interface StateSource {
  /** The next chunk, at most `CHUNK_BYTES`; undefined when there are no more. The bytes belong to the log from then on. */
  next(): Uint8Array | undefined;
  /** It is not read any more. Called once. */
  close(): void;
}

/** A state that comes in chunks: as they were given, in their order. Only what is finished counts. */
export interface StateSink {
  /** Takes a chunk, which it may keep. Resolves when there is room for another: few are given before that. Rejecting stops the replica. */
  add(chunk: Uint8Array): Promise<void>;
  /**
   * All chunks are here. The state becomes theirs in one step, and `durablePosition` the index that it was taken with; resolves when that
   * is durable. Nothing is applied, read or taken meanwhile.
   */
  finish(): Promise<void>;
  /** There will be no more, and they count for nothing. */
  abandon(): void;
}

/**
 * What a log applies its entries to: one whose state is in memory, or one that keeps its state on disk
 * itself.
 */
export type AnyStateMachine<Reply> = StateMachine<Reply> | DurableStateMachine<Reply>;

export function isDurable<Reply>(machine: AnyStateMachine<Reply>): machine is DurableStateMachine<Reply> {
  return "durablePosition" in machine;
}

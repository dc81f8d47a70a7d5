/**
 * The files of either side, as a transfer needs them. Every reading that decides something is a fresh one: `reopen` and
 * `readBack` must not give what some buffer of this process still holds, and should go past the system's cache
 * where they can.
 */
import type { CoterieError, WallTime } from "../../world/index.ts";

/** Reads a file that is being sent. Positions are in bytes. */
export interface TransferReader {
  /** Fills `buffer` from `position`; returns how many bytes there were, fewer only at the end. */
  read(buffer: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** A file as it was at one moment. */
export interface SourceState {
  /** Bytes. */
  readonly size: number;
  /** Permission bits, 0 to 0o777. */
  readonly mode: number;
  readonly modified: WallTime;
  /** Tells two files of one name apart. */
  readonly identity: string;
}

/** The sender's file. */
export interface TransferSource {
  /** One name, no path. */
  readonly name: Uint8Array;
  state(): Promise<SourceState>;
  /** To read what is sent. */
  open(): Promise<TransferReader>;
  /** To read once more what the digests are made of. */
  reopen(): Promise<TransferReader>;
}

/** What the sender says of its file. */
export interface TransferOffer {
  readonly name: Uint8Array;
  readonly size: number;
  readonly blockBytes: number;
  readonly mode: number;
  readonly modified: WallTime;
}

/** The file that an offer becomes: unfinished, or the one that has the name already. */
export interface TransferTarget {
  /** `present`: a file of that name and size is there; it is compared, and never written to. */
  readonly basis: "part" | "present";
  /** Bytes that the file had when it was opened. */
  readonly presentBytes: number;
  write(data: Uint8Array, position: number): Promise<void>;
  /** Makes the file `size` bytes long, and all that was written durable. */
  settle(size: number): Promise<void>;
  /** To read what is on the disk. */
  readBack(): Promise<TransferReader>;
  /** Bytes that the file has now. */
  size(): Promise<number>;
  /**
   * Gives the file its mode, time and name, durably. Of a present file it changes nothing.
   * @throws CoterieError TRANSFER_EXISTS when the name was taken meanwhile.
   */
  commit(offer: TransferOffer): Promise<void>;
  /** Lets go of it. An unfinished file stays, to be taken up again. */
  close(): Promise<void>;
}

/** Where a receiver puts files. */
export interface TransferStore {
  /** @throws CoterieError when the offer is not taken: the sender is told why. */
  open(offer: TransferOffer): Promise<TransferTarget>;
}

/** How a file's transfer ended well. */
export interface TransferResult {
  readonly name: Uint8Array;
  readonly size: number;
  /** Bytes of content that went over the channel, with those that went more than once. */
  readonly sentBytes: number;
  /** Blocks that were found damaged after they had been sent, and were mended. */
  readonly mendedBlocks: number;
  /** The receiver had the same file already. */
  readonly wasPresent: boolean;
  /** What both sides agree on: a digest of the offer and of all blocks, in hexadecimal. */
  readonly digest: string;
}

/** How far a file is, in bytes. */
export interface TransferProgress {
  /** `comparing`: what is there already, before; `checking`: all of it, after. */
  readonly phase: "comparing" | "sending" | "checking";
  readonly name: Uint8Array;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** A file's transfer that ended otherwise. */
export interface TransferFailure {
  readonly name: Uint8Array;
  readonly error: CoterieError;
}

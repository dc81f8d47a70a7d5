/** What the multicast of a view wants to be done, in the order in which it is called. Members are named by their ranks. */
export interface MulticastOutput {
  /** To one member; the bytes may change after the call. */
  send(rank: number, bytes: Uint8Array): void;
  /** To the members with these ranks. */
  broadcast(ranks: readonly number[], bytes: Uint8Array): void;
  deliver(rank: number, sequence: number, mode: number, payload: Uint8Array): void;
  held(rank: number, sequence: number, mode: number): void;
  /** A message was dropped: it came too late, or its place is over. */
  discarded(rank: number, sequence: number): void;
  /** Our message of this sequence is in the stream. */
  sent(sequence: number, mode: number): void;
  /** Everybody has our message of this sequence. */
  stable(sequence: number, mode: number): void;
  /** There may be room for more of our own. */
  room(): void;
  /** The member owes acknowledgments for too long. */
  slow(rank: number): void;
  /** There is something to flush. Called often. */
  ready(): void;
}

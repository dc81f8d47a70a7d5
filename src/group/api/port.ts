/**
 * What the layers for people need of a process's place in a group: views, messages in order, state for newcomers, and a way to a
 * single member. The group's driver is one; tests have another, in memory. Everything is called back at once and in the order in which it
 * happened; of those only `onSent` may be called from within `multicast`.
 *
 * A process has one life in the group after another: one ends with `onOut`, and unless that was the last, the next begins with
 * `onInstall`, as a new member. Sequences of messages begin at 1 in each.
 */
import type { StateOrigin } from "../core-types.ts";
import type { Guarantee, Member, Order, View } from "../types.ts";

/** What is told to whoever uses the port. */
export interface PortUser {
  /** A view is installed. With `donor`, `restore` was called before; with `nobody`, all begin with nothing. */
  onInstall(view: View, state: StateOrigin): void;
  /** The payload belongs to the user for the time of the call. Safe messages also come while the process is in no view. */
  onDeliver(sender: Member, sequence: number, order: Order, guarantee: Guarantee, payload: Uint8Array): void;
  /** Our messages up to this sequence are in the stream of the present view. */
  onSent(sequence: number): void;
  /** Our message of this sequence, which was asked about, is what its guarantee says: atomic, stable; safe, durable. */
  onSettled(sequence: number): void;
  /** Our message of this sequence, which was asked about, will not be that; the error's fate says what it is. */
  onFailed(sequence: number, error: Error): void;
  /** There may be room again for what `multicast` refused. */
  onRoom(): void;
  onBlocked(): void;
  onUnblocked(): void;
  /** This life is over. */
  onOut(reason: string, isLast: boolean): void;
  /** The state as it is now, for a newcomer: right after `onInstall` of the view in which that comes. */
  capture(): Iterable<Uint8Array>;
  /** The state of the group, in pieces of any sizes; `onInstall` follows. @throws what says why it cannot be used. */
  restore(pieces: Iterable<Uint8Array>): void;
  /** A message of one node to this one. The bytes belong to the user for the time of the call. */
  onDirect(from: string, bytes: Uint8Array): void;
  /** A node can be reached again, or has room again: what was on its way to it may be lost. */
  onReachable(node: string): void;
}

export interface GroupPort {
  /** Whoever is told. Set in the turn in which the port was opened. */
  user: PortUser;
  /** As which member this process is, or wants to be, in its present life. */
  readonly self: Member;
  /** Bytes of the largest payload. */
  readonly maxMessageBytes: number;
  /** Of the largest safe payload; 0: there is no log for them. */
  readonly maxSafeBytes: number;
  /** The message's sequence; 0: there is no room, and `onRoom` follows. The payload is copied. */
  multicast(order: Order, guarantee: Guarantee, payload: Uint8Array): number;
  /** Asks for `onSettled` of a message; if its fate stays unknown, `onOut` comes instead. */
  watchSettled(sequence: number): void;
  /** To one node, beside the group's order: lost when the link goes down. False: it cannot be sent now, `onReachable` follows. Copied. */
  send(node: string, bytes: Uint8Array): boolean;
  /** Asks to be let go; `onOut` follows when what was sent before is delivered. */
  leave(): void;
  /** Ends at once. Nothing is told after that. */
  close(): Promise<void>;
}

/**
 * What a group can share: an object whose state is the same at all members, because each is given the same requests in the same
 * order (Schneider, "Implementing fault-tolerant services using the state machine approach", 1990).
 *
 * An active object is carried out by everybody. A passive one is carried out by the primary alone, the oldest member, which tells
 * the others what changed (Budhiraja, Marzullo, Schneider and Toueg, "The primary-backup approach", 1993).
 */
import type { XdrReader, XdrWriter } from "../../marshal/index.ts";
import { CoterieError } from "../../world/index.ts";
import type { Fate } from "../errors.ts";
import type { Member, View } from "../types.ts";

/** A request's place and sender: the same at all members. */
export interface Context {
  readonly view: View;
  /** The member that asks. */
  readonly sender: Member;
  /** Counts requests and changes to all objects of the group, and only grows. Its second half is never that of a group that lost all its members. */
  readonly position: number;
}

/** A new view, and who left and joined since the one before. */
export interface ViewChange {
  readonly view: View;
  readonly left: readonly Member[];
  readonly joined: readonly Member[];
  readonly position: number;
}

interface Kept {
  /** What the object is: the same at all members. 1 to 32 bytes. */
  readonly kind: string;
  viewChanged(change: ViewChange): void;
  save(writer: XdrWriter): void;
  /**
   * The state becomes the one that was saved, or that of the beginning. It is another one than the events told of: whoever watches is told what
   * was missed. @throws XdrError for what is no state.
   */
  restore(reader: XdrReader | undefined): void;
}

export interface ActiveObject extends Kept {
  readonly mode: "active";
  /**
   * Carries a command out, and returns the reply. Throwing refuses it, and must leave the state as it was. The command is lent. It
   * must not look at anything but its arguments and the state.
   */
  apply(command: Uint8Array, context: Context): Uint8Array;
}

export interface Executed {
  readonly change: Uint8Array;
  readonly reply: Uint8Array;
}

export interface PassiveObject extends Kept {
  readonly mode: "passive";
  /** This member becomes the primary: a second copy of the state goes ahead of what is agreed on. */
  promote(): void;
  demote(): void;
  /** Carries a command out on the copy that is ahead. Throwing refuses it. */
  execute(command: Uint8Array, context: Context): Executed | Promise<Executed>;
  /** The copy that is ahead becomes what the change says. */
  advance(change: Uint8Array): void;
  /** The state that is agreed on becomes what the change says. The bytes are lent. */
  update(change: Uint8Array, context: Context): void;
}

export type SharedObject = ActiveObject | PassiveObject;

/** What an object throws to refuse a command: told to who asked, under this code. */
export class Refusal extends CoterieError {
  constructor(text: string, code: "GROUP_COMMAND_REFUSED" | "GROUP_FULL" = "GROUP_COMMAND_REFUSED") {
    const fate: Fate = "never";
    super(code, text, { details: { fate } });
    this.name = "Refusal";
  }
}

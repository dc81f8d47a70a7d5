/** What can go wrong in a group. `coterie explain CODE` prints these. `details.fate` says what may be concluded of what was asked for. */
import { CoterieError, defineErrors } from "../world/index.ts";

/** Summary and remedy of each GROUP_… code, as `coterie explain` shows them. */
export const groupErrors = defineErrors({
  GROUP_FATE_UNKNOWN: {
    summary:
      "Nobody here knows whether it happened: this member was cut off, or taken out of the group, while it was under way.",
    remedy: "Look at the state when the member is in the group again, before you repeat a change.",
  },
  GROUP_BLOCKED: {
    summary: "This member reaches too few of its group, and accepts nothing; it did not happen.",
    remedy:
      "Try again when the network has healed (event `unblocked` or `rejoined`), or let it wait with whenBlocked `wait`.",
  },
  GROUP_OUT: {
    summary:
      "This process is in the group no more: it left, was closed, or was taken out for good; it did not happen.",
    remedy: "Join again; the event `out` says why this membership ended.",
  },
  GROUP_BUSY: {
    summary: "Too much waits already, and this was not accepted; it did not happen.",
    remedy: "Await what was asked for before you ask for more, or raise the limit that the message names.",
  },
  GROUP_INVALID_MESSAGE: {
    summary: "A value is not what its schema or its codec allows; it was not sent, or not delivered.",
    remedy: "Compare the value with the schema; see that all members run the same release of your program.",
  },
  GROUP_TOO_FEW_REPLIES: {
    summary: "A call can no longer get as many replies as it wants: members failed at it, or left the view.",
    remedy: "The error's `outcome` has who answered, failed and left. Ask for fewer replies, or call again.",
  },
  GROUP_CALL_TIMEOUT: {
    summary: "A call did not get as many replies as it wants in time. Members may still carry it out.",
    remedy: "The error's `outcome` has who answered; give the call more time, or ask for fewer replies.",
  },
  GROUP_NO_HANDLER: {
    summary: "The member has no handler for calls.",
    remedy: "Call `group.answer` at every member, before it is asked.",
  },
  GROUP_HANDLER_FAILED: {
    summary: "The member's handler for calls threw, or returned what cannot be sent.",
    remedy: "The message has the handler's words; its member's log has the stack.",
  },
  GROUP_REPLY_LOST: {
    summary: "It was carried out, and its reply is kept no more.",
    remedy: "Look at the state; do not repeat the change.",
  },
  GROUP_COMMAND_REFUSED: {
    summary: "The state machine refused the command, at all members alike, and did not change.",
    remedy: "The message has the state machine's words.",
  },
  GROUP_FULL: {
    summary: "A shared object holds as much as it may.",
    remedy: "Remove what is not needed, or raise the object's limit, at all members alike.",
  },
  GROUP_DECLARED_DIFFERENTLY: {
    summary:
      "Members of one group declare different shared objects; this member cannot follow the others and has left.",
    remedy:
      "Declare the same names and kinds at all members; for a changed declaration use another group name.",
  },
  GROUP_RECORD: {
    summary:
      "What this node keeps of the group on its disk cannot be read: it is damaged, or of another release.",
    remedy:
      "Use the release that wrote it. If it is lost, let the node join under another name: under its own it might vote twice.",
  },
  GROUP_STORE: {
    summary:
      "The disk refused what this node must keep of the group, so its membership ended as if it had crashed.",
    remedy: "Look at the cause, free or mend the disk, and join again.",
  },
  GROUP_SAFE_REFUSED: {
    summary:
      "The log of safe messages did not take the message: no majority of its replicas was reached in time. It did not happen.",
    remedy: "Check that a majority of the replicas runs and can be reached, then send it again.",
  },
  GROUP_SAFE_LOG: {
    summary:
      "This node's part of the log of safe messages ended or could not be opened, so its membership ended as if it had crashed.",
    remedy:
      "Look at the cause, which has the log's own code and remedy, then join again: the log goes on from its disk.",
  },
  GROUP_SAFE_SNAPSHOT: {
    summary:
      "The state that the log of safe messages begins with is not one of this release's safe messages.",
    remedy: "See that all members run the same release, and that nothing else appends to this log.",
  },
  GROUP_STATE: {
    summary:
      "The state of the group could not be read at its donor, or was not taken by this program, which has left.",
    remedy: "Look at the cause: it is what capturing or restoring the state threw.",
  },
});

/** The codes of groups: GROUP_… . */
export type GroupErrorCode = keyof typeof groupErrors;

/** `never`: it did not happen and never will. `unknown`: it may have, or may yet. `done`: it did. */
export type Fate = "never" | "unknown" | "done";

export function groupError(code: GroupErrorCode, message: string, fate: Fate, cause?: unknown): CoterieError {
  return new CoterieError(code, message, { details: { fate }, cause });
}

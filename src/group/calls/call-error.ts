/** The failure of a call, with all that is known of it. */
import { CoterieError } from "../../world/index.ts";
import type { Fate, GroupErrorCode } from "../errors.ts";
import { memberName } from "../types.ts";
import type { CallOutcome } from "./tally.ts";

/**
 * A call to the members that was not answered as wanted; `fate` says whether it may have been carried out.
 */
export class CallError<Value = unknown> extends CoterieError {
  /** Who answered what until then, who failed, left, and was not heard of. */
  readonly outcome: CallOutcome<Value>;

  constructor(code: GroupErrorCode, message: string, fate: Fate, outcome: CallOutcome<Value>) {
    const { replies, failed, left, silent } = outcome;
    const details = {
      fate,
      answered: replies.map(({ member }) => memberName(member)),
      failed: failed.map(({ member, error }) => `${memberName(member)}: ${error.message}`),
      left: left.map(memberName),
      silent: silent.map(memberName),
    };
    super(code, message, { details });
    this.name = "CallError";
    this.outcome = outcome;
  }
}

export function callFailed<Value>(
  code: GroupErrorCode,
  message: string,
  outcome: CallOutcome<Value>,
): CallError<Value> {
  const { replies, failed } = outcome;
  return new CallError(code, message, replies.length + failed.length > 0 ? "done" : "unknown", outcome);
}

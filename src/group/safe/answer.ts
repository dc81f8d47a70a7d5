/** What a log's rejection says of the entry that it was asked to append. */
import { CoterieError, isCoterieError } from "../../world/index.ts";
import type { Answer } from "./sender.ts";

/** What is not one of the log's own errors says nothing of the entry. */
export function answerOf(error: unknown): Exclude<Answer, "delivered" | "known" | "early" | "stale"> {
  if (isCoterieError(error, "LOG_OUTCOME_UNKNOWN")) return "unknown";
  if (isCoterieError(error, "LOG_BUSY")) return "busy";
  return isCoterieError(error) && error.code.startsWith("LOG_") ? "refused" : "unknown";
}

const CODES = { refused: "LOG_NO_QUORUM", busy: "LOG_BUSY", unknown: "LOG_OUTCOME_UNKNOWN" } as const;

/** The rejection that says this, where another node's log said it. */
export function errorOf(answer: keyof typeof CODES, what: string): CoterieError {
  return new CoterieError(CODES[answer], what);
}

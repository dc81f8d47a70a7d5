/** Those who wait for a log: what they asked for, and how they are told. */
import { CoterieError } from "../world/index.ts";
import { type LogErrorCode, logErrors } from "./errors.ts";
import type { Appended } from "./log.ts";

/** An error of the log of this name, in the words of the catalogue. */
export function logError(code: LogErrorCode, log: string, what?: string): CoterieError {
  const message = `log ${log}: ${what ?? logErrors[code].summary}`;
  return new CoterieError(code, message, { details: { log } });
}

export class AppendTicket<Reply> {
  readonly entry: Uint8Array;
  readonly resolve: (appended: Appended<Reply>) => void;
  readonly reject: (error: unknown) => void;
  readonly dueMs: number;

  constructor(
    entry: Uint8Array,
    resolve: (appended: Appended<Reply>) => void,
    reject: (error: unknown) => void,
    dueMs: number,
  ) {
    this.entry = entry;
    this.resolve = resolve;
    this.reject = reject;
    this.dueMs = dueMs;
  }
}

export class ReadTicket {
  readonly look: () => void;
  readonly reject: (error: unknown) => void;
  readonly dueMs: number;

  constructor(look: () => void, reject: (error: unknown) => void, dueMs: number) {
    this.look = look;
    this.reject = reject;
    this.dueMs = dueMs;
  }
}

export class ChangeTicket {
  readonly voters: readonly string[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  readonly dueMs: number;

  constructor(
    voters: readonly string[],
    resolve: () => void,
    reject: (error: unknown) => void,
    dueMs: number,
  ) {
    this.voters = voters;
    this.resolve = resolve;
    this.reject = reject;
    this.dueMs = dueMs;
  }
}

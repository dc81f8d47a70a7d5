/** Runs what is the user's: what it throws ends the replica, but for what the log itself throws within. */
import { CoterieError } from "../world/index.ts";

export function guarded<Result>(doing: string, run: () => Result): Result {
  try {
    return run();
  } catch (cause) {
    throw machineFault(doing, cause);
  }
}

/** What to throw for what a state machine threw. */
export function machineFault(doing: string, cause: unknown): CoterieError {
  if (cause instanceof CoterieError && cause.code.startsWith("LOG_")) return cause;
  return machineFailed(doing, cause);
}

export function machineFailed(doing: string, cause: unknown): CoterieError {
  const message = `the state machine failed to ${doing}: ${cause}`;
  return new CoterieError("LOG_MACHINE_FAILED", message, { cause });
}

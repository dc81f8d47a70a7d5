import { IdlError } from "./errors.ts";
import { formatPosition, type Position } from "./source.ts";

/** Notes that `key` is declared at `at`; fails if it was before. `what` names the kind of thing in the error. */
export function checkUnique(seen: Map<string, Position>, key: string, at: Position, what: string): void {
  const other = seen.get(key);
  if (other !== undefined) {
    throw new IdlError(
      "IDL_DUPLICATE",
      at,
      `${what}: ${key} is declared already at ${formatPosition(other)}`,
    );
  }
  seen.set(key, at);
}

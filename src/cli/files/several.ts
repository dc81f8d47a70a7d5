/**
 * Commands that are given several names treat them as those of coreutils do: a failure at one is told when it happens,
 * the rest is done, and the exit status says in the end that something failed.
 */
import { CoterieError } from "../../world/index.ts";
import type { CliContext } from "../context.ts";

/** @throws what every further name would meet too, and what is a bug. */
export async function forEachName<T>(
  context: CliContext,
  names: readonly T[],
  run: (name: T) => Promise<void>,
): Promise<void> {
  for (const name of names) {
    try {
      await run(name);
    } catch (error) {
      if (!(error instanceof CoterieError) || isServerGone(error.code)) throw error;
      await context.reportFailure(error);
    }
  }
}

/** True for the failures of a server that cannot be reached or understood: each attempt waits for it anew. */
export function isServerGone(code: string): boolean {
  return code.startsWith("RPC_") || code.startsWith("NET_");
}

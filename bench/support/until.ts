/** Waiting for programs that do not say when they are ready: they are asked, again and again, and not for ever. */
import { setTimeout as sleep } from "node:timers/promises";

export interface UntilOptions {
  /** For the error: what is waited for. */
  readonly what: string;
  readonly everyMs?: number;
  readonly withinMs?: number;
}

/** The first answer of `probe` that is not `undefined`. */
export async function until<Answer>(
  probe: () => Answer | undefined | Promise<Answer | undefined>,
  { what, everyMs = 50, withinMs = 60_000 }: UntilOptions,
): Promise<Answer> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    if (performance.now() >= endMs) throw new Error(`${what}: not within ${withinMs} ms`);
    await sleep(everyMs);
  }
}

/**
 * Asking a server that may not be whole yet: a node of a cell that has just begun drops a MOUNT, of which it does not know the volume, and puts off
 * other calls. What is asked so does no harm twice.
 */
import type { CallOptions } from "../../marshal/index.ts";
import { isCoterieError, sleep, type World } from "../../world/index.ts";

/** A question that was not answered for so long is asked again. */
export const ASK_AGAIN_MS = 1000;
/** Before a question is asked again that was put off. */
export const PUT_OFF_MS = 100;

/**
 * The answer, or the last one that put off; rejects with what the last attempt failed with when `patienceMs` is over.
 */
export async function askPatiently<Answer>(
  { clock, timers }: World,
  patienceMs: number,
  ask: (options: CallOptions) => Promise<Answer>,
  isPutOff: (answer: Answer) => boolean = () => false,
): Promise<Answer> {
  const endMs = clock.monotonicMs() + patienceMs;
  for (;;) {
    const leftMs = endMs - clock.monotonicMs();
    try {
      const answer = await ask({ timeoutMs: Math.max(1, Math.min(ASK_AGAIN_MS, leftMs)) });
      if (!isPutOff(answer) || clock.monotonicMs() + PUT_OFF_MS > endMs) return answer;
      await sleep(timers, PUT_OFF_MS);
    } catch (error) {
      // A clock that rounds may read a hair before the end.
      if (!isCoterieError(error, "RPC_TIMEOUT") || clock.monotonicMs() + 1 >= endMs) throw error;
    }
  }
}

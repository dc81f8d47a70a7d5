/**
 * Calls that an AbortSignal may give up. Many calls of a client often share one signal, and a signal complains about
 * more than a few listeners, so each signal is listened to once.
 */
import type { PendingCall } from "./pending-calls.ts";

interface Watch {
  readonly calls: Set<PendingCall>;
  readonly listener: () => void;
}

export class SignalWatches {
  private readonly watches = new Map<AbortSignal, Watch>();
  private readonly onAborted: (calls: readonly PendingCall[], reason: unknown) => void;

  /** @param onAborted gets the calls that a signal was watched for, in the order in which they were made. */
  constructor(onAborted: (calls: readonly PendingCall[], reason: unknown) => void) {
    this.onAborted = onAborted;
  }

  add(call: PendingCall, signal: AbortSignal): void {
    let watch = this.watches.get(signal);
    if (watch === undefined) {
      const calls = new Set<PendingCall>();
      watch = { calls, listener: () => this.onAborted([...calls], signal.reason) };
      this.watches.set(signal, watch);
      signal.addEventListener("abort", watch.listener, { once: true });
    }
    watch.calls.add(call);
  }

  /** The call is over: harmless when it was not watched. */
  remove(call: PendingCall, signal: AbortSignal): void {
    const watch = this.watches.get(signal);
    if (watch === undefined) return;
    watch.calls.delete(call);
    if (watch.calls.size > 0) return;
    signal.removeEventListener("abort", watch.listener);
    this.watches.delete(signal);
  }
}

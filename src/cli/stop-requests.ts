/**
 * The signals that ask a command to stop. The first asks for an orderly stop; a second, from somebody who will not
 * wait, ends the process at once, which is safe: it is what a crash does.
 */
import type { ProcessControl, SignalName } from "../node/index.ts";

const STOP_SIGNALS: readonly SignalName[] = ["SIGINT", "SIGTERM", "SIGHUP"];
/** What shells say of a process that a signal ended: 128 and the signal's number. */
export const STATUS_OF_SIGNAL: Readonly<Record<SignalName, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
  SIGUSR2: 140,
};

export interface StopRequests {
  /** Resolves with the first signal. */
  readonly first: Promise<SignalName>;
  /** Signals have their usual effect again. */
  release(): void;
}

export function stopRequests(control: ProcessControl): StopRequests {
  let resolveFirst: (signal: SignalName) => void = () => {};
  const first = new Promise<SignalName>((resolve) => {
    resolveFirst = resolve;
  });
  let asked = false;
  const release = control.onSignal(STOP_SIGNALS, (signal) => {
    if (asked) control.exit(STATUS_OF_SIGNAL[signal]);
    asked = true;
    resolveFirst(signal);
  });
  return { first, release };
}

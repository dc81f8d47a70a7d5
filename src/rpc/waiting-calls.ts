/**
 * The calls of a client that wait for room, first come, first sent. One that is over before its turn is only marked
 * and passed over later; once most are such, they are swept out, so that calls which come and go while nothing can be
 * sent hold no memory.
 */
import type { PendingCall } from "./pending-calls.ts";

/** So many places are never worth a sweep. */
const FEW = 64;

export class WaitingCalls {
  count = 0;
  private calls: PendingCall[] = [];
  /** Those before it were taken. */
  private head = 0;

  /** Places that are kept, those of calls that are over included. */
  get places(): number {
    return this.calls.length;
  }

  push(call: PendingCall): void {
    this.calls.push(call);
    call.queued = true;
    this.count++;
  }

  /** Takes the first; undefined when none waits. */
  shift(): PendingCall | undefined {
    while (this.head < this.calls.length) {
      const call = this.calls[this.head++] as PendingCall;
      if (!call.queued) continue;
      this.remove(call);
      return call;
    }
    this.calls = [];
    this.head = 0;
    return undefined;
  }

  /** The call, which waits, does not any more. */
  remove(call: PendingCall): void {
    call.queued = false;
    this.count--;
    const { length } = this.calls;
    if (length <= FEW || length < 2 * this.count) return;
    this.calls = this.inOrder();
    this.head = 0;
  }

  /** All that wait, in the order in which they were made. */
  inOrder(): PendingCall[] {
    return this.calls.slice(this.head).filter((call) => call.queued);
  }
}

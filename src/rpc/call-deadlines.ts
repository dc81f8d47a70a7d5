/**
 * The unsettled calls of a client, the one whose deadline comes first on top: a binary heap (Williams, 1964). Each call
 * knows its place, so that one which is answered leaves at once and holds no memory. A tick costs what expires in it,
 * however many calls wait; and with one timeout for all, as usual, a call goes in without being moved.
 */
import type { PendingCall } from "./pending-calls.ts";

export class CallDeadlines {
  private readonly heap: PendingCall[] = [];

  get count(): number {
    return this.heap.length;
  }

  /** The call that expires first. */
  first(): PendingCall | undefined {
    return this.heap[0];
  }

  add(call: PendingCall): void {
    this.heap.push(call);
    this.rise(call, this.heap.length - 1);
  }

  /** Harmless for a call that is not there. */
  remove(call: PendingCall): void {
    const { place } = call;
    if (place < 0) return;
    call.place = -1;
    const last = this.heap.pop() as PendingCall;
    if (last === call) return;
    // It may belong on either side of where the other was.
    this.sink(last, place);
    this.rise(last, last.place);
  }

  private rise(call: PendingCall, from: number): void {
    const { heap } = this;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >>> 1;
      const parent = heap[above] as PendingCall;
      if (parent.deadlineMs <= call.deadlineMs) break;
      heap[place] = parent;
      parent.place = place;
      place = above;
    }
    heap[place] = call;
    call.place = place;
  }

  private sink(call: PendingCall, from: number): void {
    const { heap } = this;
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      let child = heap[below];
      if (child === undefined) break;
      const other = heap[below + 1];
      if (other !== undefined && other.deadlineMs < child.deadlineMs) {
        below++;
        child = other;
      }
      if (child.deadlineMs >= call.deadlineMs) break;
      heap[place] = child;
      child.place = place;
      place = below;
    }
    heap[place] = call;
    call.place = place;
  }
}

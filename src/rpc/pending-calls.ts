/**
 * The calls of a client that were sent and not answered, found by their xid. Xids count up from a random start, so
 * a call's slot is its xid's low bits; an xid whose slot is taken by a slow call is passed over.
 */
import type { CallOptions, Contract, Procedure } from "../marshal/index.ts";

const empty = new Uint8Array(0);

export class PendingCall {
  readonly contract: Contract;
  readonly procedure: Procedure<unknown, unknown>;
  readonly args: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Its deadline. */
  dueMs: number;
  readonly signal: AbortSignal | undefined;
  /** Meaningful once it is sent: of its encoding, of when it was sent last and how often. */
  xid = 0;
  sequence = 0;
  bytes: Uint8Array = empty;
  start = 0;
  end = 0;
  sentMs = 0;
  attempts = 0;
  /** When to send it again. */
  retryMs = Number.POSITIVE_INFINITY;
  /** It waits for room and has no xid yet. */
  queued = false;
  settled = false;
  /** Its place among the deadlines, -1 when it is not there. */
  place = -1;

  constructor(
    contract: Contract,
    procedure: Procedure<unknown, unknown>,
    args: unknown,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
    deadlineMs: number,
    options: CallOptions | undefined,
  ) {
    this.contract = contract;
    this.procedure = procedure;
    this.args = args;
    this.resolve = resolve;
    this.reject = reject;
    this.dueMs = deadlineMs;
    this.signal = options?.signal;
  }

  /** The encoded call. */
  encoded(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }
}

export class PendingCalls {
  count = 0;
  readonly max: number;
  private readonly slots: (PendingCall | undefined)[];
  private readonly mask: number;
  private nextXid: number;
  private nextSequence = 0;

  /** @param max calls that it holds. @param firstXid random, so that another client's xids differ. */
  constructor(max: number, firstXid: number) {
    if (!Number.isInteger(max) || max < 1 || max > 1 << 20) {
      throw new RangeError(`maxInFlight ${max} is not a whole number of 1 to 2^20`);
    }
    const size = 2 ** Math.ceil(Math.log2(max));
    this.max = max;
    this.mask = size - 1;
    this.slots = new Array<PendingCall | undefined>(size).fill(undefined);
    this.nextXid = firstXid >>> 0;
  }

  get full(): boolean {
    return this.count >= this.max;
  }

  /** Gives the call its xid; not when `full`. */
  add(call: PendingCall): void {
    let xid = this.nextXid;
    while (this.slots[xid & this.mask] !== undefined) xid = (xid + 1) >>> 0;
    this.slots[xid & this.mask] = call;
    call.xid = xid;
    call.sequence = this.nextSequence++;
    this.nextXid = (xid + 1) >>> 0;
    this.count++;
  }

  get(xid: number): PendingCall | undefined {
    const call = this.slots[xid & this.mask];
    return call?.xid === xid ? call : undefined;
  }

  remove(call: PendingCall): void {
    if (this.slots[call.xid & this.mask] !== call) return;
    this.slots[call.xid & this.mask] = undefined;
    this.count--;
  }

  /** All of them, in the order in which they were made. */
  inOrder(): PendingCall[] {
    const calls: PendingCall[] = [];
    for (const call of this.slots) if (call !== undefined) calls.push(call);
    return calls.sort((a, b) => a.sequence - b.sequence);
  }
}

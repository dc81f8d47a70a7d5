/**
 * A client without its public face: encodes calls into its link, finds the call of each reply, and settles it. A call
 * costs one promise; the calls of a turn share one write, and all deadlines and retries share one timer.
 */
import { type CallOptions, type Contract, type Procedure, XdrError, XdrReader } from "../marshal/index.ts";
import { DueHeap, type Timer, type World } from "../world/index.ts";
import { writeCallHeader } from "./call-header.ts";
import { ClientDatagrams } from "./client-datagrams.ts";
import type { ClientLink, LinkOwner } from "./client-link.ts";
import { ClientStream } from "./client-stream.ts";
import { encodeCredential } from "./credential.ts";
import { RpcError } from "./errors.ts";
import { PendingCall, PendingCalls } from "./pending-calls.ts";
import { readReply } from "./reply.ts";
import { SignalWatches } from "./signal-watches.ts";
import type { RpcClientOptions, RpcClientStats } from "./types.ts";
import { WaitingCalls } from "./waiting-calls.ts";

export const DEFAULT_TIMEOUT_MS = 30_000;
export const DEFAULT_MAX_IN_FLIGHT = { tcp: 1024, udp: 64 } as const;
export const DEFAULT_MAX_QUEUED = 65_536;
export const DEFAULT_MAX_REPLY_BYTES = 4 * 1024 * 1024;
/** The timer's grain: a clock that rounds may read a hair too early when it fires, and must not be asked in a loop. */
const LEAST_DELAY_MS = 1;

export class ClientCore implements LinkOwner {
  readonly world: World;
  readonly pending: PendingCalls;
  private readonly link: ClientLink;
  private readonly credential: Uint8Array;
  private readonly timeoutMs: number;
  private readonly maxQueued: number;
  private readonly reconnect: boolean;
  private readonly where: string;
  private readonly waiting = new WaitingCalls();
  private readonly deadlines = new DueHeap<PendingCall>();
  /** When the first retry of a pending call is due, at the earliest. */
  private retryAtMs = Number.POSITIVE_INFINITY;
  private readonly signals = new SignalWatches((calls, reason) => {
    for (const call of calls) this.fail(call, reason);
    this.pump();
  });
  private reader = new XdrReader(new Uint8Array(0));
  private timer: Timer | undefined = undefined;
  private timerAtMs = Number.POSITIVE_INFINITY;
  private readonly wake = () => this.onTimer();
  private lastNetworkError: unknown = undefined;
  private closing: Promise<void> | undefined = undefined;
  private calls = 0;
  private replies = 0;
  private retransmissions = 0;
  private connects = 0;
  private strayReplies = 0;

  constructor(world: World, options: RpcClientOptions) {
    const transport = options.transport ?? "tcp";
    this.world = world;
    this.credential = encodeCredential(options.credential ?? { flavor: "none" });
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.maxQueued = options.maxQueued ?? DEFAULT_MAX_QUEUED;
    this.reconnect = options.reconnect ?? true;
    this.where = `${transport}://${options.host}:${options.port}`;
    this.pending = new PendingCalls(
      options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT[transport],
      world.random.uint32(),
    );
    const { host, port, from, privilegedPort = false, route, resendMs } = options;
    const maxRecordBytes = options.maxRecordBytes ?? DEFAULT_MAX_REPLY_BYTES;
    this.link =
      transport === "tcp"
        ? new ClientStream(this, { host, port, from, privilegedPort, maxRecordBytes, route, resendMs })
        : new ClientDatagrams(this, { host, port, from });
  }

  start(
    contract: Contract,
    procedure: Procedure<unknown, unknown>,
    args: unknown,
    resolve: (result: unknown) => void,
    reject: (error: unknown) => void,
    options: CallOptions | undefined,
  ): void {
    this.calls++;
    const deadlineMs = this.world.clock.monotonicMs() + (options?.timeoutMs ?? this.timeoutMs);
    const call = new PendingCall(contract, procedure, args, resolve, reject, deadlineMs, options);
    if (this.closing !== undefined) {
      this.fail(call, new RpcError("RPC_CLOSED", `the client of ${this.where} is closed`));
      return;
    }
    if (call.signal !== undefined && !this.watchSignal(call, call.signal)) return;
    this.deadlines.add(call);
    if (this.pending.full || this.link.blocked || this.waiting.count > 0) this.enqueue(call);
    else this.admit(call);
    if (deadlineMs < this.timerAtMs) this.setTimer(deadlineMs);
  }

  stats(): RpcClientStats {
    return {
      calls: this.calls,
      replies: this.replies,
      retransmissions: this.retransmissions,
      connects: this.connects,
      strayReplies: this.strayReplies,
      inFlight: this.pending.count,
      queued: this.waiting.count,
    };
  }

  move(): void {
    if (this.closing === undefined) this.link.move();
  }

  close(): Promise<void> {
    if (this.closing === undefined) {
      this.closing = this.link.close();
      this.timer?.cancel();
      this.failAll(() => new RpcError("RPC_CLOSED", `the client of ${this.where} was closed`));
    }
    return this.closing;
  }

  received(bytes: Uint8Array, start: number, end: number): void {
    if (this.reader.bytes !== bytes) this.reader = new XdrReader(bytes);
    const r = this.reader;
    r.retarget(start, end);
    const call = end - start >= 4 ? this.pending.get(r.uint()) : undefined;
    if (call === undefined) {
      this.strayReplies++;
      return;
    }
    this.answer(call, r);
  }

  receivedAll(): void {
    this.pump();
  }

  unblocked(): void {
    this.pump();
  }

  fail(call: PendingCall, error: unknown): void {
    if (call.settled) return;
    this.settle(call);
    call.reject(error);
  }

  unreachable(error: unknown): void {
    this.lastNetworkError = error;
    if (this.reconnect) return;
    this.failAll(
      () =>
        new RpcError("RPC_UNREACHABLE", `no connection to ${this.where}: ${said(error)}`, { cause: error }),
    );
  }

  retryBy(atMs: number): void {
    this.retryAtMs = Math.min(this.retryAtMs, atMs);
    this.setTimer(atMs);
  }

  countRetransmission(): void {
    this.retransmissions++;
  }

  countConnect(): void {
    this.connects++;
  }

  /** False: it is aborted already. */
  private watchSignal(call: PendingCall, signal: AbortSignal): boolean {
    if (signal.aborted) {
      this.fail(call, signal.reason);
      return false;
    }
    this.signals.add(call, signal);
    return true;
  }

  private enqueue(call: PendingCall): void {
    const { count } = this.waiting;
    if (count < this.maxQueued) this.waiting.push(call);
    else this.fail(call, new RpcError("RPC_BUSY", `${count} calls wait for ${this.where} already`));
  }

  /** Sends what waits, as far as there is room. */
  private pump(): void {
    while (this.waiting.count > 0 && !this.pending.full && !this.link.blocked) {
      this.admit(this.waiting.shift() as PendingCall);
    }
  }

  private admit(call: PendingCall): void {
    const { link, pending } = this;
    pending.add(call);
    const start = link.begin();
    try {
      this.encode(call);
      link.send(call, start);
    } catch (error) {
      link.abandon(start);
      this.fail(call, error);
    }
  }

  private encode(call: PendingCall): void {
    const w = this.link.writer;
    const { program, version } = call.contract;
    writeCallHeader(w, call.xid, program, version, call.procedure.number, this.credential);
    call.procedure.args.encode(w, call.args);
  }

  private answer(call: PendingCall, r: XdrReader): void {
    let result: unknown;
    try {
      const refused = readReply(r);
      if (refused !== undefined) {
        this.replied(call);
        call.reject(refused);
        return;
      }
      result = call.procedure.result.decode(r);
      r.finish();
    } catch (error) {
      this.replied(call);
      call.reject(badReply(call, error));
      return;
    }
    this.replied(call);
    call.resolve(result);
  }

  private replied(call: PendingCall): void {
    this.replies++;
    this.lastNetworkError = undefined;
    this.link.answered(call);
    this.settle(call);
  }

  /** The call is over; whoever calls this resolves or rejects it. */
  private settle(call: PendingCall): void {
    call.settled = true;
    this.deadlines.remove(call);
    if (call.queued) this.waiting.remove(call);
    else this.pending.remove(call);
    if (call.signal !== undefined) this.signals.remove(call, call.signal);
  }

  private failAll(error: () => RpcError): void {
    for (const call of [...this.pending.inOrder(), ...this.waiting.inOrder()]) this.fail(call, error());
  }

  private setTimer(atMs: number): void {
    if (atMs >= this.timerAtMs || this.closing !== undefined) return;
    this.timer?.cancel();
    this.timerAtMs = atMs;
    const delayMs = Math.max(LEAST_DELAY_MS, atMs - this.world.clock.monotonicMs());
    this.timer = this.world.timers.after(delayMs, this.wake);
  }

  /** Looks after deadlines and retries, and sets the timer for the next of them. */
  private onTimer(): void {
    this.timer = undefined;
    this.timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = this.world.clock.monotonicMs();
    let next = this.deadlines.first();
    while (next !== undefined && next.dueMs <= nowMs) {
      this.expire(next);
      next = this.deadlines.first();
    }
    if (this.retryAtMs <= nowMs) this.retryDue(nowMs);
    this.pump();
    this.setTimer(Math.min(next?.dueMs ?? Number.POSITIVE_INFINITY, this.retryAtMs));
  }

  /** Calls that were sent are few: what waits is not looked at. */
  private retryDue(nowMs: number): void {
    this.retryAtMs = Number.POSITIVE_INFINITY;
    for (const call of this.pending.inOrder()) {
      if (call.retryMs <= nowMs) this.link.retry(call, nowMs);
      this.retryAtMs = Math.min(this.retryAtMs, call.retryMs);
    }
  }

  private expire(call: PendingCall): void {
    const cause = this.lastNetworkError;
    const why = cause === undefined ? "" : `; last the network said: ${said(cause)}`;
    const message = `no reply from ${this.where} to ${call.contract.name}.${call.procedure.name} in time${why}`;
    this.fail(call, new RpcError("RPC_TIMEOUT", message, cause === undefined ? {} : { cause }));
  }
}

function badReply(call: PendingCall, error: unknown): unknown {
  if (!(error instanceof XdrError)) return error;
  const message = `the reply to ${call.contract.name}.${call.procedure.name} is no reply of it: ${error.message}`;
  return new RpcError("RPC_BAD_REPLY", message, { cause: error });
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

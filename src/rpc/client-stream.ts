/**
 * A client's TCP connection, made when the first call needs it. Calls of one turn leave in one write. When the
 * connection breaks while calls are unanswered it is made again, with a growing delay, and they are sent again under
 * the same xid; a server's duplicate request cache tells those it ran already. With a route, the next connection may be
 * to another server.
 */
import { XdrReader, XdrWriter } from "../marshal/index.ts";
import {
  type Address,
  CoterieError,
  isCoterieError,
  randomBelow,
  randomUnit,
  type Stream,
  type Timer,
} from "../world/index.ts";
import type { ClientLink, LinkOwner } from "./client-link.ts";
import { destination } from "./destination.ts";
import { RpcError } from "./errors.ts";
import type { PendingCall } from "./pending-calls.ts";
import { LAST_FRAGMENT, RecordReader } from "./record.ts";
import type { Route } from "./types.ts";

/** Calls are encoded into buffers of this size, one after the other. */
const SLAB_BYTES = 64 * 1024;
/** A slab that holds more than this is left for a new one after a write: calls keep it while they wait. */
const FULL_SLAB_BYTES = 60 * 1024;
/** Calls of one turn are written early from this size on, so that large ones do not make one buffer grow. */
const FLUSH_BYTES = 256 * 1024;
/** The delays between attempts to connect: doubled from the first to the largest, each shortened at random by up to half. */
export const FIRST_BACK_OFF_MS = 50;
export const MAX_BACK_OFF_MS = 5000;
/** Of `resendMs`, for a call that is not answered however often it is sent. */
const MAX_RESEND_DOUBLINGS = 4;
/** Privileged ports are drawn from these: lower ones belong to well-known services. */
const FIRST_PRIVILEGED_PORT = 600;
const PRIVILEGED_PORTS = 1024 - FIRST_PRIVILEGED_PORT;
/** How long `close` waits for the server to close its side. */
const CLOSE_MS = 500;

export interface StreamTarget {
  readonly host: string;
  readonly port: number;
  readonly from: Partial<Address> | undefined;
  readonly privilegedPort: boolean;
  readonly maxRecordBytes: number;
  readonly route: Route | undefined;
  readonly resendMs: number | undefined;
}

/** `idle` has no connection and wants none; `waiting` backs off. */
type State = "idle" | "connecting" | "open" | "waiting" | "closed";

export class ClientStream implements ClientLink {
  readonly writer = new XdrWriter(SLAB_BYTES);
  blocked = false;
  private readonly owner: LinkOwner;
  private readonly target: StreamTarget;
  private privileged: boolean;
  private state: State = "idle";
  private stream: Stream | undefined = undefined;
  private records: RecordReader;
  /** Where in `writer` the calls of this turn begin. */
  private unwritten = 0;
  private flushPending = false;
  private readonly flush = () => this.write();
  private backOffMs = FIRST_BACK_OFF_MS;
  /** A call was answered on the present connection. */
  private isAnswered = false;
  private backOffTimer: Timer | undefined = undefined;
  /** Of the attempt to connect that goes on; it is over when this is another one. */
  private connecting: AbortController | undefined = undefined;
  private onClosed: () => void = () => {};

  constructor(owner: LinkOwner, target: StreamTarget) {
    this.owner = owner;
    this.target = target;
    this.privileged = target.privilegedPort;
    this.records = new RecordReader(target.maxRecordBytes);
  }

  begin(): number {
    return this.writer.reserve(4) + 4;
  }

  abandon(start: number): void {
    this.writer.position = start - 4;
  }

  send(call: PendingCall, start: number): void {
    const { writer } = this;
    writer.patchUint(start - 4, (LAST_FRAGMENT | (writer.position - start)) >>> 0);
    call.bytes = writer.bytes;
    call.start = start - 4;
    call.end = writer.position;
    if (this.state === "open") this.sent(call);
    if (writer.position - this.unwritten >= FLUSH_BYTES && this.state === "open") this.writeNow();
    else if (!this.flushPending) {
      this.flushPending = true;
      this.owner.world.timers.soon(this.flush);
    }
  }

  /** TCP itself sends again what is lost on the way; this is for what the server dropped. */
  retry(call: PendingCall): void {
    call.retryMs = Number.POSITIVE_INFINITY;
    // Without a connection, `opened` will send it.
    if (this.state !== "open" || this.stream === undefined) return;
    // What the network has not taken yet was not dropped by the server, and more of it makes nothing better.
    if (this.blocked) {
      this.retryLater(call);
      return;
    }
    if (!this.stream.write(call.encoded())) this.blocked = true;
    this.sent(call);
  }

  private sent(call: PendingCall): void {
    if (call.attempts++ > 0) this.owner.countRetransmission();
    if (this.target.resendMs !== undefined) this.retryLater(call);
  }

  /** After twice as long each time: a server that is only slow gets few copies. */
  private retryLater(call: PendingCall): void {
    const { resendMs = Number.POSITIVE_INFINITY } = this.target;
    const delayMs = resendMs * 2 ** Math.min(call.attempts - 1, MAX_RESEND_DOUBLINGS);
    call.retryMs = this.owner.world.clock.monotonicMs() + delayMs;
    this.owner.retryBy(call.retryMs);
  }

  answered(): void {
    this.isAnswered = true;
    this.backOffMs = FIRST_BACK_OFF_MS;
    this.target.route?.answered();
  }

  move(): void {
    const { stream } = this;
    this.connecting?.abort();
    this.connecting = undefined;
    this.backOffTimer?.cancel();
    this.stream = undefined;
    this.blocked = false;
    this.state = "idle";
    if (stream !== undefined) {
      stream.onData = () => {};
      stream.onDrain = () => {};
      stream.onClose = () => {};
      stream.destroy();
    }
    if (this.owner.pending.count > 0) void this.connect();
    this.owner.unblocked();
  }

  close(): Promise<void> {
    this.state = "closed";
    this.connecting?.abort();
    this.backOffTimer?.cancel();
    const { stream } = this;
    if (stream === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.owner.world.timers.after(CLOSE_MS, () => stream.destroy());
      this.onClosed = () => {
        timer.cancel();
        resolve();
      };
      stream.end();
    });
  }

  /** Writes the calls of this turn; without a connection they wait in their slab to be sent by `opened`. */
  private write(): void {
    this.flushPending = false;
    if (this.state === "idle" && this.owner.pending.count > 0) void this.connect();
    this.writeNow();
  }

  private writeNow(): void {
    const { writer, stream } = this;
    if (this.state === "open" && stream !== undefined && writer.position > this.unwritten) {
      if (!stream.write(writer.bytes.subarray(this.unwritten, writer.position))) this.blocked = true;
    }
    if (writer.position > FULL_SLAB_BYTES) writer.detach(SLAB_BYTES);
    this.unwritten = writer.position;
  }

  /** Never rejects. */
  private async connect(): Promise<void> {
    this.state = "connecting";
    const attempt = new AbortController();
    this.connecting = attempt;
    const { net } = this.owner.world;
    try {
      const to = await destination(net, this.target.route?.current ?? this.target);
      const from = this.localAddress();
      const { signal } = attempt;
      const stream = await net.connect({ to, ...(from === undefined ? {} : { from }), signal });
      if (this.connecting === attempt) this.opened(stream);
      else stream.destroy();
    } catch (error) {
      if (isCoterieError(error, "NET_PERMISSION")) this.privileged = false;
      if (this.connecting === attempt) this.backOff(error);
    }
  }

  /** A privileged port is another one each time: the last may still be held by the connection that broke. */
  private localAddress(): Partial<Address> | undefined {
    if (!this.privileged) return this.target.from;
    const { random } = this.owner.world;
    return { ...this.target.from, port: FIRST_PRIVILEGED_PORT + randomBelow(random, PRIVILEGED_PORTS) };
  }

  private opened(stream: Stream): void {
    if (this.isClosed()) {
      stream.destroy();
      return;
    }
    this.owner.countConnect();
    this.state = "open";
    this.isAnswered = false;
    this.stream = stream;
    this.blocked = false;
    this.records = new RecordReader(this.target.maxRecordBytes);
    stream.onData = (chunk) => this.receive(chunk);
    stream.onEnd = () => stream.end();
    stream.onDrain = () => this.drained();
    stream.onClose = (error) => this.lost(error);
    this.sendAll(stream);
  }

  /** Sends every unanswered call, for some the first time, for others again: small ones together, large ones alone. */
  private sendAll(stream: Stream): void {
    const together = new XdrWriter(SLAB_BYTES);
    const write = (bytes: Uint8Array) => {
      if (bytes.length > 0 && !stream.write(bytes)) this.blocked = true;
    };
    for (const call of this.owner.pending.inOrder()) {
      const length = call.end - call.start;
      if (together.position + length > SLAB_BYTES) write(together.detach(SLAB_BYTES));
      if (length > SLAB_BYTES) write(call.encoded());
      else together.raw(call.encoded());
      this.sent(call);
    }
    this.unwritten = this.writer.position;
    write(together.detach(0));
  }

  private isClosed(): boolean {
    return this.state === "closed";
  }

  private receive(chunk: Uint8Array): void {
    const { records, owner } = this;
    records.feed(chunk);
    for (;;) {
      const state = records.next();
      if (state === "record") owner.received(records.bytes, records.start, records.end);
      else if (state === "more") {
        this.stream?.release(records.spent);
        break;
      } else {
        this.giveUpReply(state);
        break;
      }
    }
    owner.receivedAll();
  }

  /** A reply over the bound: its call fails, and the others are sent again on a new connection. */
  private giveUpReply(state: "oversize" | "fragments"): void {
    const { bytes, start, end } = this.records;
    if (state === "oversize" && end - start >= 4) {
      const call = this.owner.pending.get(new XdrReader(bytes, start, end).uint());
      const limit = this.target.maxRecordBytes;
      if (call !== undefined) {
        this.owner.fail(call, new RpcError("RPC_TOO_LARGE", `the reply is over maxRecordBytes (${limit})`));
      }
    }
    this.stream?.destroy();
  }

  private drained(): void {
    if (!this.blocked) return;
    this.blocked = false;
    this.owner.unblocked();
  }

  private lost(error: unknown): void {
    this.stream = undefined;
    this.blocked = false;
    this.onClosed();
    if (this.isClosed()) return;
    this.state = "idle";
    if (this.owner.pending.count > 0) {
      // A server that serves and ends a connection in order is no server in trouble; one that stops refuses the next.
      if (error === undefined && this.isAnswered && this.target.route !== undefined) void this.connect();
      else this.backOff(error ?? new CoterieError("NET_RESET", "the server closed the connection"));
    }
    this.owner.unblocked();
  }

  private backOff(error: unknown): void {
    if (this.isClosed()) return;
    this.state = "waiting";
    this.owner.unreachable(error);
    const delayMs = this.target.route?.lost(error) ?? this.nextDelayMs();
    // Between two connections nothing else keeps alive the process of somebody who waits for a reply.
    const again = () => {
      if (this.isClosed()) return;
      this.state = "idle";
      if (this.owner.pending.count > 0) void this.connect();
    };
    this.backOffTimer = this.owner.world.timers.after(delayMs, again, { keepAlive: true });
  }

  private nextDelayMs(): number {
    const delayMs = this.backOffMs * (1 - randomUnit(this.owner.world.random) / 2);
    this.backOffMs = Math.min(MAX_BACK_OFF_MS, this.backOffMs * 2);
    return delayMs;
  }
}

/**
 * A client's UDP socket: each call a datagram, sent again under the same xid until the reply or the deadline comes,
 * after a time that follows the server's round-trip time and doubles with every attempt.
 */
import { XdrWriter } from "../marshal/index.ts";
import type { Address, DatagramSocket } from "../world/index.ts";
import type { ClientLink, LinkOwner } from "./client-link.ts";
import { destination } from "./destination.ts";
import { RpcError } from "./errors.ts";
import type { PendingCall } from "./pending-calls.ts";
import { RttEstimator } from "./rtt.ts";
import { MAX_DATAGRAM_BYTES } from "./wire.ts";

const SLAB_BYTES = 64 * 1024;
/** A slab that holds more than this is left for a new one: calls keep it while they wait. */
const FULL_SLAB_BYTES = 60 * 1024;
/** After a socket could not be opened (no such host, no free port), how long until the next attempt. */
const REOPEN_MS = 1000;

export interface DatagramTarget {
  readonly host: string;
  readonly port: number;
  readonly from: Partial<Address> | undefined;
}

export class ClientDatagrams implements ClientLink {
  readonly writer = new XdrWriter(SLAB_BYTES);
  readonly blocked = false;
  private readonly owner: LinkOwner;
  private readonly target: DatagramTarget;
  private readonly rtt = new RttEstimator();
  private socket: DatagramSocket | undefined = undefined;
  private to: Address | undefined = undefined;
  private opening = false;
  private closed = false;

  constructor(owner: LinkOwner, target: DatagramTarget) {
    this.owner = owner;
    this.target = target;
  }

  /** A socket has no connection: calls go on being sent. */
  move(): void {}

  begin(): number {
    const { writer } = this;
    if (writer.position > FULL_SLAB_BYTES) writer.detach(SLAB_BYTES);
    return writer.position;
  }

  abandon(start: number): void {
    this.writer.position = start;
  }

  send(call: PendingCall, start: number): void {
    const { writer } = this;
    const length = writer.position - start;
    if (length > MAX_DATAGRAM_BYTES) {
      const message = `the call has ${length} bytes, a datagram holds ${MAX_DATAGRAM_BYTES}`;
      throw new RpcError("RPC_TOO_LARGE", message);
    }
    call.bytes = writer.bytes;
    call.start = start;
    call.end = writer.position;
    if (this.socket === undefined) void this.open();
    else this.transmit(call, this.owner.world.clock.monotonicMs());
  }

  retry(call: PendingCall, nowMs: number): void {
    if (this.socket === undefined) {
      call.retryMs = Number.POSITIVE_INFINITY;
      void this.open();
      return;
    }
    this.rtt.timedOut(nowMs);
    this.owner.countRetransmission();
    this.transmit(call, nowMs);
  }

  answered(call: PendingCall): void {
    if (call.attempts === 1) this.rtt.sample(this.owner.world.clock.monotonicMs() - call.sentMs);
  }

  close(): Promise<void> {
    this.closed = true;
    this.socket?.close();
    this.socket = undefined;
    return Promise.resolve();
  }

  private transmit(call: PendingCall, nowMs: number): void {
    call.sentMs = nowMs;
    call.retryMs = nowMs + this.rtt.timeoutMs(call.attempts++);
    this.owner.retryBy(call.retryMs);
    this.socket?.send(call.encoded(), this.to as Address);
  }

  /** Never rejects. */
  private async open(): Promise<void> {
    if (this.opening || this.closed) return;
    this.opening = true;
    const { world, pending } = this.owner;
    const { from } = this.target;
    try {
      const to = await destination(world.net, this.target);
      const any = to.host.includes(":") ? "::" : "0.0.0.0";
      const socket = await world.net.datagram({ bind: { host: from?.host ?? any, port: from?.port ?? 0 } });
      this.opened(socket, to);
    } catch (error) {
      this.owner.unreachable(error);
      const retryMs = world.clock.monotonicMs() + REOPEN_MS;
      for (const call of pending.inOrder()) call.retryMs = retryMs;
      this.owner.retryBy(retryMs);
    } finally {
      this.opening = false;
    }
  }

  private opened(socket: DatagramSocket, to: Address): void {
    if (this.closed) {
      socket.close();
      return;
    }
    this.owner.countConnect();
    this.socket = socket;
    this.to = to;
    socket.onMessage = (data, from) => {
      if (from.port !== to.port || from.host !== to.host) return;
      this.owner.received(data, 0, data.length);
      this.owner.receivedAll();
    };
    const nowMs = this.owner.world.clock.monotonicMs();
    for (const call of this.owner.pending.inOrder()) this.transmit(call, nowMs);
  }
}

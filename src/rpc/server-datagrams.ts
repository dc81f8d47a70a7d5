/** One UDP socket of a server: a datagram is a call, its reply a datagram to whoever sent it. */
import { XdrReader, XdrWriter } from "../marshal/index.ts";
import type { Address, DatagramSocket } from "../world/index.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { writeAccepted } from "./reply.ts";
import type { ReplySink } from "./reply-sink.ts";
import type { RpcServerLimits } from "./types.ts";
import { MAX_DATAGRAM_BYTES, SYSTEM_ERR } from "./wire.ts";

const WRITER_BYTES = 64 * 1024;

export class ServerDatagrams implements ReplySink {
  readonly transport = "udp" as const;
  readonly connection = undefined;
  open = true;
  callsInFlight = 0;
  /** Datagrams dropped because the server is full. */
  dropped = 0;
  readonly writer = new XdrWriter(WRITER_BYTES);
  private readonly socket: DatagramSocket;
  private readonly dispatcher: Dispatcher;
  private readonly limits: RpcServerLimits;

  constructor(socket: DatagramSocket, dispatcher: Dispatcher, limits: RpcServerLimits) {
    this.socket = socket;
    this.dispatcher = dispatcher;
    this.limits = limits;
    socket.onMessage = (data, from) => this.receive(data, from);
  }

  get local(): Address {
    return this.socket.local;
  }

  begin(): number {
    this.writer.reset();
    return 0;
  }

  /** A reply over what a datagram holds is answered with SYSTEM_ERR: a caller who wants it takes TCP. */
  commit(start: number, to: Address): void {
    const { writer } = this;
    if (!this.open) return;
    if (writer.position - start > MAX_DATAGRAM_BYTES) {
      const xid = new XdrReader(writer.bytes, start, start + 4).uint();
      writer.reset();
      writeAccepted(writer, xid, SYSTEM_ERR);
    }
    this.socket.send(writer.encoded(), to);
  }

  settled(): void {}

  /** Takes no more calls; those in flight are still answered. */
  finish(): void {
    this.socket.onMessage = () => {};
  }

  close(): void {
    if (!this.open) return;
    this.open = false;
    this.socket.close();
  }

  private receive(data: Uint8Array, from: Address): void {
    if (this.dispatcher.callsInFlight >= this.limits.maxCalls) this.dropped++;
    else this.dispatcher.dispatch(new XdrReader(data), this, from);
  }
}

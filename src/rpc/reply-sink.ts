/** Where replies go: a TCP connection, or a UDP socket. */
import type { XdrWriter } from "../marshal/index.ts";
import type { Address } from "../world/index.ts";
import type { CallConnection, Transport } from "./types.ts";

export interface ReplySink {
  readonly transport: Transport;
  readonly local: Address;
  /** What a call that came on it knows of it; undefined over UDP. */
  readonly connection: CallConnection | undefined;
  /** False: the peer is gone, and a reply to it is encoded only to be remembered. */
  readonly open: boolean;
  readonly writer: XdrWriter;
  /** Calls of this sink whose handler has not finished. */
  callsInFlight: number;
  /** Starts a message in `writer` and returns where its first byte is. */
  begin(): number;
  /** The message from `start` to the writer's position is whole: sends it, now or with others of this turn. */
  commit(start: number, to: Address): void;
  /** A call of this sink finished later than its turn: what it committed may leave, and more calls may come. */
  settled(): void;
}

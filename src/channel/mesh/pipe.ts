/** What a mesh needs of TCP or of channels: to listen, to connect, and pieces of a stream that come once and in order. */
import type { Address, CoterieError, Stream } from "../../world/index.ts";

/** A `Stream`, or what is as good as one. A message that was written in one piece may come in several, or with others. */
export type Pipe = Pick<
  Stream,
  | "remote"
  | "onData"
  | "onEnd"
  | "onClose"
  | "onDrain"
  | "write"
  | "release"
  | "pendingBytes"
  | "end"
  | "destroy"
> & {
  /** Grows with what the other side says to have received, where it says so. */
  readonly acknowledged?: number;
};

export interface Carrier {
  readonly local: Address;
  /** The secret that both sides of a handshake prove to know. */
  readonly secret: Uint8Array | undefined;
  /** Called for each pipe that was opened from the other side; sets its handlers before it returns. */
  onPipe: (pipe: Pipe) => void;
  /** Called for each that was not let in, where the carrier itself lets nobody in unproven. */
  onRefused?: (error: CoterieError, from: Address) => void;
  /**
   * A pipe to whoever listens at the address, who must prove to be `name` where names have keys, or without a name to have the `key`.
   * Set its handlers in the turn in which the promise resolves. Errors: NET_…, TLS_…, CHANNEL_…, MESH_KEY, MESH_WRONG_PEER.
   */
  connect(to: Address, name: string | undefined, signal: AbortSignal, key?: Uint8Array): Promise<Pipe>;
  /** Whether who is at the other end of the pipe can be the process of this name, as far as is known now. */
  isKeyOf(pipe: Pipe, name: string): boolean;
  /** Listens no more. Pipes live on until `close`. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

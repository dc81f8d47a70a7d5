/**
 * Links between the processes of one system, each known by its name: what views, logs and everything above them send
 * their messages over. A link is reliable and first in, first out as long as it is up. When it goes down, what was sent
 * and not yet delivered may be lost, a last part of it at most; when it comes up again, it begins anew. Whoever
 * sends over it hears of both, and sends again after an up what the peer did not confirm.
 */
import type { Address, CoterieError } from "../../world/index.ts";

/** 1 to this many bytes of UTF-8. */
export const MAX_PEER_NAME_BYTES = 255;
/** Bytes of the largest message: a MiB with what others put around it. Larger ones are the sender's to cut. */
export const MAX_MESH_MESSAGE_BYTES = 1024 * 1024 + 64 * 1024;

/** A process of a mesh, and where it listens. */
export interface MeshPeer {
  readonly name: string;
  /** Where it listens. */
  readonly address: Address;
}

/** What one protocol sees of a mesh: many share the links, each with a name of its own for what it says. */
export interface MeshPort {
  /** The name of the process itself. Sending to it is misuse. */
  readonly self: string;
  /** A message from a peer; its bytes belong to the callee, and nobody writes to them again. */
  onMessage: (from: string, message: Uint8Array) => void;
  /**
   * The peer has this port open and can be reached. Called once for each link, before any message of it; `session` is
   * another one each time, for as long as there are the two, and the same on both sides. Also called, before this port may send, for links that were
   * up when the port was opened.
   */
  onUp: (peer: string, session: number) => void;
  /** The link is gone, or the peer has closed the port. */
  onDown: (peer: string) => void;
  /** All that was queued for the peer has left, after `pendingBytes` was over the mesh's mark. */
  onDrain: (peer: string) => void;
  /**
   * Sends a message; what it is made of was copied when this returns. Messages of a turn leave together. False: the peer is not up or
   * its queue is full, and the message is dropped.
   * @throws RangeError for a message over `MAX_MESH_MESSAGE_BYTES`.
   */
  send(to: string, message: Uint8Array): boolean;
  /** `send` of one message to several; of those who are not up or have full queues nothing is told. */
  broadcast(to: readonly string[], message: Uint8Array): void;
  /** Bytes that are queued for a peer, of all ports: to hold back before `send` refuses. */
  pendingBytes(peer: string): number;
  isUp(peer: string): boolean;
  /** As `Mesh.renew`: for who hears nothing of a peer that is up. */
  renew(peer: string): void;
  close(): void;
}

/** Links from this process to others, one to each, shared by all protocols that open a port. */
export interface Mesh {
  readonly self: MeshPeer;
  /**
   * Opens a port, by a name of 1 to 255 bytes. Its handlers are set before yielding. @throws RangeError when it is open already.
   * @throws CoterieError MESH_LIMIT, MESH_CLOSED.
   */
  open(port: string): MeshPort;
  /** Keeps a link to a peer, or learns its new address. Both sides may; one link is kept. @throws CoterieError MESH_LIMIT. */
  add(peer: MeshPeer): void;
  /**
   * Makes another connection to a peer whose link is up and silent, for a stream that lost much is quiet for long after the network is
   * well again. When it stands it takes the link's place: `onDown`, then `onUp`. Nothing happens where no link is up, where `add` did not name the
   * peer, and to a link that was heard of before the connection was made.
   */
  renew(name: string): void;
  /** Gives up the link that `add` asked for. A peer that keeps one to us is still heard. */
  remove(name: string): void;
  /**
   * Finds out who listens at an address, and keeps a link to it as `add` does. `key`: its public key, where peers are proven by
   * their own; the name that it gives must be the one that `keyOf` knows the key by. Errors: MESH_…, NET_….
   */
  contact(address: Address, signal?: AbortSignal, key?: Uint8Array): Promise<MeshPeer>;
  /**
   * Cuts this process off from these peers, and from no others: links with them are dropped and none is made, until the next call. For
   * trying out what a cut network does, without the privilege to cut it. What is not cut any more is reached for at once.
   */
  cut(names: readonly string[]): void;
  /** Peers with a link that is up, and where they listen. */
  peers(): readonly MeshPeer[];
  /**
   * Told of what goes wrong and is retried: a peer that cannot be reached, or says what is no message. One that has not said who it is, is
   * named by its address.
   */
  onTrouble: (peer: string, error: CoterieError) => void;
  /** Closes all ports, sends what waits, and leaves. No handler is called any more. */
  close(): Promise<void>;
}

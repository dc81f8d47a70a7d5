/**
 * Failure detectors: they decide whom to suspect, and are never sure (Chandra and Toueg, 1996). A group takes out whom
 * any of its members suspects, so a detector that is hasty costs a view change, and one that is slow lets everybody wait.
 * A detector is a machine without clock and promises: the time comes with each event, and what it wants to be done goes to
 * its output.
 */

export interface DetectorOutput {
  /** Sends a message of the detector's; it may be lost. The bytes are not changed afterwards. */
  send(to: string, message: Uint8Array): void;
  suspect(peer: string, why: string): void;
  /** A peer that was suspected was heard again. */
  trust(peer: string): void;
}

/** Times are monotonic, in milliseconds. Peers are known by their nodes' names; events of others are ignored. */
export interface Detector {
  /** When to call `tick`, at the latest. */
  readonly nextMs: number;
  tick(nowMs: number): void;
  /** Whom to watch from now on. Who is new gets time to be heard for the first time; who stays keeps its history. */
  watch(peers: readonly string[], nowMs: number): void;
  /** Something of the group's came from a peer: it lives. */
  heard(peer: string, nowMs: number): void;
  /** A message of the peer's detector. Bytes that are none are ignored. */
  receive(peer: string, message: Uint8Array, nowMs: number): void;
  linkUp(peer: string, nowMs: number): void;
  linkDown(peer: string, nowMs: number): void;
}

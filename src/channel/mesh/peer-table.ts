/** What a mesh knows of its peers: of each, that a link to it is wanted, that there is one, or both. */
import { CoterieError } from "../../world/index.ts";
import type { Link } from "./link.ts";
import type { Reach } from "./reach.ts";
import type { MeshPeer } from "./types.ts";

export interface Peer {
  readonly name: string;
  reach: Reach | undefined;
  link: Link | undefined;
}

export class PeerTable {
  readonly #peers = new Map<string, Peer>();
  readonly #maxPeers: number;

  constructor(maxPeers: number) {
    this.#maxPeers = maxPeers;
  }

  all(): readonly Peer[] {
    return [...this.#peers.values()];
  }

  /** Those that a link leads to. */
  linked(): readonly MeshPeer[] {
    return this.all().flatMap(({ link }) => (link === undefined ? [] : [link.peer]));
  }

  *links(): Iterable<Link> {
    for (const { link } of this.#peers.values()) if (link !== undefined) yield link;
  }

  get(name: string): Peer | undefined {
    return this.#peers.get(name);
  }

  /** The record of a peer, made where there is none; undefined at the bound. */
  record(name: string): Peer | undefined {
    const known = this.#peers.get(name);
    if (known !== undefined || this.#peers.size >= this.#maxPeers) return known;
    const peer: Peer = { name, reach: undefined, link: undefined };
    this.#peers.set(name, peer);
    return peer;
  }

  /** As `record`. @throws CoterieError MESH_LIMIT at the bound. */
  require(name: string): Peer {
    const peer = this.record(name);
    if (peer !== undefined) return peer;
    const message = `cannot add ${name}: there are maxPeers ${this.#maxPeers} already`;
    throw new CoterieError("MESH_LIMIT", message, { details: { name } });
  }

  /** Forgets a peer of which nothing is known any more. */
  tidy(peer: Peer): void {
    if (peer.reach === undefined && peer.link === undefined) this.#peers.delete(peer.name);
  }

  clear(): void {
    this.#peers.clear();
  }
}

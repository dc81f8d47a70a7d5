/**
 * How nodes hand the authority's keys on: each tells each what it believes and which keys it has, and who has one that another lacks sends it. Over a port of
 * the mesh, whose links TLS keeps secret and proves; a key goes only to who is a node of the cell now.
 *
 * What nodes tell of themselves also shows whether all are ready for the next step of a change of authorities.
 */
import type { MeshPort } from "../../channel/index.ts";
import { XdrError, XdrReader, XdrWriter } from "../../marshal/index.ts";
import { isCoterieError, type World } from "../../world/index.ts";
import {
  type AuthorityKeys,
  type AuthorityMessage,
  AuthorityWord,
  decodeAuthorityMessage,
  encodeAuthorityMessage,
  type Standing,
} from "../authority/index.ts";

export const AUTHORITY_PORT = "authority";

export class AuthorityPort {
  readonly #world: Pick<World, "log">;
  readonly #port: MeshPort;
  readonly #keys: AuthorityKeys;
  readonly #isNode: (name: string) => boolean;
  /** Of nodes that are linked. */
  readonly #heard = new Map<string, Standing>();

  /** `isNode`: of the cell, by its state. */
  constructor(
    world: Pick<World, "log">,
    port: MeshPort,
    keys: AuthorityKeys,
    isNode: (name: string) => boolean,
  ) {
    this.#world = world;
    this.#port = port;
    this.#keys = keys;
    this.#isNode = isNode;
    port.onUp = (peer) => this.#tell(peer);
    port.onDown = (peer) => void this.#heard.delete(peer);
    port.onMessage = (from, bytes) => this.#take(from, bytes);
  }

  /** What a node that is linked has told of itself. */
  of(name: string): Standing | undefined {
    return name === this.#port.self ? this.#keys.standing : this.#heard.get(name);
  }

  /** This node's own standing changed. */
  tellAll(): void {
    for (const peer of this.#heard.keys()) this.#tell(peer);
  }

  /** Hands keys to those who lacked them before this node had them, or knew that the other is a node of the cell. */
  helpAll(): void {
    for (const [peer, standing] of this.#heard) this.#help(peer, standing);
  }

  close(): void {
    this.#port.close();
  }

  #tell(peer: string): void {
    this.#send(peer, { word: AuthorityWord.AUTHORITY_STANDING, standing: this.#keys.standing });
  }

  #help(peer: string, standing: Standing): void {
    if (!this.#isNode(peer)) return;
    const pairs = this.#keys.lackedBy(standing);
    if (pairs.length > 0) this.#send(peer, { word: AuthorityWord.AUTHORITY_HANDED, pairs });
  }

  #send(to: string, message: AuthorityMessage): void {
    const w = new XdrWriter(1024);
    encodeAuthorityMessage(w, message);
    this.#port.send(to, w.encoded());
  }

  #take(from: string, bytes: Uint8Array): void {
    try {
      // What is kept of it outlives the message.
      const r = new XdrReader(bytes.slice());
      const message = decodeAuthorityMessage(r);
      r.finish();
      this.#heed(from, message);
    } catch (error) {
      if (!(error instanceof XdrError)) throw error;
      this.#world.log.warn("word of the authority not understood", { from, error: error.message });
    }
  }

  #heed(from: string, message: AuthorityMessage): void {
    if (message.word === AuthorityWord.AUTHORITY_STANDING) {
      this.#heard.set(from, message.standing);
      this.#help(from, message.standing);
    } else if (this.#isNode(from)) {
      this.#keys.take(message.pairs).then(
        (isNew) => isNew && this.#taken(from),
        (error: unknown) => this.#failed(error),
      );
    }
  }

  #taken(from: string): void {
    this.#world.log.info("has the authority's key", { from });
    this.tellAll();
  }

  #failed(error: unknown): void {
    if (!isCoterieError(error)) throw error;
    this.#world.log.error("the authority's key was not kept", { code: error.code, error: error.message });
  }
}

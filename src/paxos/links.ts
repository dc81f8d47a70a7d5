/**
 * The other replicas as a mesh's port shows them: by the names of peers, while agreement knows them by their numbers. Both sides
 * of a link begin with a hello, which says which store speaks; only then is anything else taken.
 */
import { MAX_MESH_MESSAGE_BYTES, type MeshPort } from "../channel/index.ts";
import { FRAGMENT_HEAD_BYTES, FragmentReader, FragmentWriter } from "./fragments.ts";
import type { Message } from "./message.ts";
import { decodeMessage, encodeMessage, type Hello } from "./wire.ts";

interface Link {
  readonly reader: FragmentReader;
  /** The peer's hello, where it came before anybody wanted to hear it. */
  early: Uint8Array | undefined;
  hello: Hello | undefined;
  /** What was said last of the peer's own number. */
  toldId: number;
  /** Something came since the last look. */
  wasHeard: boolean;
}

export interface LinkHandlers {
  /** What to begin a link with. */
  hello(peer: string, token: string | undefined): Hello;
  /** A peer said who it is; again when that has changed. */
  onHello(peer: string, hello: Hello): void;
  onMessage(peer: string, id: number, message: Message): void;
  /** A link is gone whose other side had said who it is. */
  onDown(peer: string, hello: Hello): void;
}

export class Links {
  readonly #port: MeshPort;
  #handlers: LinkHandlers | undefined;
  readonly #links = new Map<string, Link>();
  readonly #names = new Map<number, string>();
  readonly #writer = new FragmentWriter(MAX_MESH_MESSAGE_BYTES);
  readonly #maxMessageBytes: number;

  /** Hears the port from here on: what links there are must not be missed. */
  constructor(port: MeshPort, maxMessageBytes: number) {
    this.#port = port;
    this.#maxMessageBytes = maxMessageBytes;
    port.onUp = (peer) => this.#up(peer);
    port.onDown = (peer) => this.#down(peer);
    port.onMessage = (peer, bytes) => this.#message(peer, bytes);
  }

  /** Greets all who are there, and hears what they said. */
  open(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    for (const [peer, link] of [...this.#links]) {
      this.#greet(peer, link);
      const { early } = link;
      link.early = undefined;
      if (early !== undefined) this.#message(peer, early);
    }
  }

  #up(peer: string): void {
    this.#down(peer);
    const reader = new FragmentReader(this.#maxMessageBytes);
    const link = { reader, early: undefined, hello: undefined, toldId: 0, wasHeard: true };
    this.#links.set(peer, link);
    this.#greet(peer, link);
  }

  #greet(peer: string, link: Link): void {
    const hello = this.#handlers?.hello(peer, link.hello?.token);
    if (hello === undefined) return;
    link.toldId = hello.yourId;
    this.#write(peer, hello);
  }

  /** Says again who this is to all of whom, or to whom, it says something new. */
  greetAgain(isNew: boolean): void {
    for (const [peer, link] of this.#links) {
      const yourId = this.#handlers?.hello(peer, link.hello?.token).yourId;
      if (isNew || yourId !== link.toldId) this.#greet(peer, link);
    }
  }

  #down(peer: string): void {
    const link = this.#links.get(peer);
    if (link === undefined) return;
    this.#links.delete(peer);
    if (link.hello !== undefined && this.#names.get(link.hello.id) === peer)
      this.#names.delete(link.hello.id);
    if (link.hello !== undefined) this.#handlers?.onDown(peer, link.hello);
  }

  #message(peer: string, bytes: Uint8Array): void {
    const link = this.#links.get(peer);
    if (link !== undefined) link.wasHeard = true;
    if (this.#handlers === undefined) {
      // Of what comes too early the hello is needed; agreement bears the loss of the rest.
      if (link !== undefined) link.early ??= bytes;
      return;
    }
    const whole = link?.reader.add(bytes);
    if (link === undefined || whole === undefined) return;
    const message = decodeMessage(whole, FRAGMENT_HEAD_BYTES);
    if (message === undefined) return;
    if (message.kind === "hello") this.#helloFrom(peer, link, message);
    else if (link.hello !== undefined && link.hello.id > 0) {
      this.#handlers.onMessage(peer, link.hello.id, message);
    }
  }

  #helloFrom(peer: string, link: Link, hello: Hello): void {
    if (link.hello !== undefined && link.hello.id !== hello.id) this.#handlers?.onDown(peer, link.hello);
    link.hello = hello;
    if (hello.id > 0) this.#names.set(hello.id, peer);
    this.#handlers?.onHello(peer, hello);
    this.greetAgain(false);
  }

  /** False: the message is lost. */
  send(id: number, message: Message): boolean {
    const peer = this.#names.get(id);
    return peer !== undefined && this.#write(peer, message);
  }

  #write(peer: string, message: Message | Hello): boolean {
    return this.#writer.write(
      (writer) => encodeMessage(writer, message),
      (piece) => this.#port.send(peer, piece),
    );
  }

  /**
   * Asks for another connection to those of whom nothing came since the last call. A stream that lost much for a while waits long for its next
   * try, and a network may drop all of one connection without a word, so that its link is up and mute for long.
   */
  renewMute(): void {
    for (const [peer, link] of this.#links) {
      if (!link.wasHeard) this.#port.renew(peer);
      link.wasHeard = false;
    }
  }

  forEachHello(tell: (peer: string, hello: Hello) => void): void {
    for (const [peer, { hello }] of this.#links) if (hello !== undefined) tell(peer, hello);
  }

  nameOf(id: number): string | undefined {
    return this.#names.get(id);
  }

  close(): void {
    this.#links.clear();
    this.#names.clear();
    this.#port.close();
  }
}

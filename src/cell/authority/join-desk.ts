/**
 * Where strangers ask to join, and members for new certificates: the driver of `Answering`, over streams whose other side has shown no certificate. Whether
 * the cell takes somebody in is decided by the cell's log, behind `JoinHost`; the certificate is given by the authority, which one node
 * has. The other nodes send the asker there.
 */
import { networkOf } from "../../channel/index.ts";
import { type Address, isCoterieError, type Stream, type Trust, type World } from "../../world/index.ts";
import { Answering, type Asked, Refusal } from "./answering.ts";
import { type Authority, wallMs } from "./authority.ts";
import { Failures } from "./failures.ts";
import { join_kind, type join_message } from "./gen/join.gen.ts";
import { frame, readFrames } from "./join-wire.ts";

/** Visitors at once; further ones are told to come later. */
export const MAX_VISITORS = 32;
/** Of those, from one address. */
export const MAX_VISITORS_OF_HOST = 8;
/** How long a visitor may take to ask. */
export const ASK_MS = 10_000;
/** How long the answer may take to leave. */
const FAREWELL_MS = 5000;

/** Who asks to become a node: its name, what it says of itself (`encodeNewcomer`), and its public key. */
export interface NewNode {
  readonly name: string;
  readonly about: Uint8Array;
  readonly key: Uint8Array;
}

/** What a `JoinDesk` needs of its node. */
export interface JoinHost {
  /** Whom the cell believes. */
  readonly trust: Trust;
  /** The cell's authority, where this node has it. */
  readonly authority: Authority | undefined;
  /** Where the node that has it listens, as far as this one knows. */
  holder(): Address | undefined;
  /** Whether the token with this digest may still be used, as far as this node knows: who has none makes no work. */
  knows(token: Uint8Array): boolean;
  /**
   * Takes a node in, by a command of the cell's log that uses the token once. `isRepeated`: the same key asked for the name before, and
   * its answer may have been lost: a node that is in the cell already is then told again. Gives what the node is told, or the reason.
   */
  admit(node: NewNode, token: Uint8Array, isRepeated: boolean): Promise<Uint8Array | Refusal>;
  /** What a member of the cell is told when it renews its certificate; undefined for a node that is not of the cell any more. */
  welcome(name: string): Promise<Uint8Array | undefined>;
}

/**
 * Where strangers with a token become nodes: answers those who come to the port for links, and those who
 * renew. The authority's chapter has the protocol.
 */
export class JoinDesk {
  readonly #world: World;
  readonly #host: JoinHost;
  readonly #failures = new Failures();
  readonly #visitors = new Set<Stream>();

  constructor(world: World, host: JoinHost) {
    this.#world = world;
    this.#host = host;
  }

  /** Serves a stranger's stream: the `onStranger` of a listener, or of a mesh's carrier. */
  take(stream: Stream): void {
    const from = stream.remote.host;
    if (this.#isFullFor(from) || !this.#failures.isHeard(from, this.#nowMs)) {
      stream.write(frame({ kind: join_kind.JOIN_REFUSED, refusal: Refusal.JOIN_REFUSED_BUSY }));
      this.#leave(stream);
      return;
    }
    this.#visitors.add(stream);
    const answering = new Answering(this.#world.crypto, this.#host.trust, this.#world.random.bytes(32));
    const timer = this.#world.timers.after(ASK_MS, () => {
      this.#failures.count(from, this.#nowMs);
      this.#drop(stream);
    });
    readFrames(stream, {
      message: (message) => {
        timer.cancel();
        this.#heard(stream, answering, message);
      },
      violation: () => {
        timer.cancel();
        this.#failures.count(from, this.#nowMs);
        this.#drop(stream);
      },
      ended: () => {
        timer.cancel();
        this.#drop(stream);
      },
    });
    stream.write(answering.begin());
  }

  close(): void {
    for (const stream of [...this.#visitors]) this.#drop(stream);
  }

  #isFullFor(host: string): boolean {
    const network = networkOf(host);
    const fromThere = [...this.#visitors].filter(({ remote }) => networkOf(remote.host) === network).length;
    return this.#visitors.size >= MAX_VISITORS || fromThere >= MAX_VISITORS_OF_HOST;
  }

  get #nowMs(): number {
    return this.#world.clock.monotonicMs();
  }

  #heard(stream: Stream, answering: Answering, message: join_message): void {
    const step = answering.receive(message, wallMs(this.#world));
    if (step.kind === "violation") {
      this.#failures.count(stream.remote.host, this.#nowMs);
      this.#drop(stream);
    } else if (step.kind === "refuse") this.#answer(stream, refused(step.why));
    else {
      this.#decide(step.asked).then(
        (answer) => this.#answer(stream, answer),
        (error: unknown) => this.#failed(stream, error),
      );
    }
  }

  #failed(stream: Stream, error: unknown): void {
    if (!isCoterieError(error)) throw error;
    this.#world.log.warn("joining failed", { code: error.code, error: error.message });
    this.#answer(stream, refused(Refusal.JOIN_REFUSED_UNAVAILABLE));
  }

  async #decide(asked: Asked): Promise<join_message> {
    const { authority } = this.#host;
    if (authority === undefined) {
      const place = this.#host.holder();
      if (place === undefined) return refused(Refusal.JOIN_REFUSED_UNAVAILABLE);
      return { kind: join_kind.JOIN_ELSEWHERE, place };
    }
    const { name, key } = asked;
    const welcome = await this.#admitted(authority, asked);
    if (typeof welcome === "number") return refused(welcome);
    const certificate = await authority.certify("node", name, key);
    this.#world.log.info("certified a node", { name, serial: certificate.serial, by: asked.by.kind });
    const authorities = [...this.#host.trust.authorities];
    return {
      kind: join_kind.JOIN_ADMITTED,
      admission: { certificate: certificate.der, authorities, welcome },
    };
  }

  /** What the node is told, or why it is not certified. */
  async #admitted(authority: Authority, { name, key, about, by }: Asked): Promise<Uint8Array | Refusal> {
    const host = this.#host;
    if (by.kind === "certificate") return (await host.welcome(name)) ?? Refusal.JOIN_REFUSED_CERTIFICATE;
    const { digest } = by.mark;
    const isRepeated = authority.isNoted(name, key);
    if (!isRepeated && !host.knows(digest)) return Refusal.JOIN_REFUSED_TOKEN;
    // Before the cell takes it in: after a crash in between the same key may ask again.
    await authority.note(name, key);
    return host.admit({ name, about, key }, digest, isRepeated);
  }

  #answer(stream: Stream, message: join_message): void {
    if (!this.#visitors.has(stream)) return;
    if (message.kind === join_kind.JOIN_REFUSED && isFault(message.refusal)) {
      this.#failures.count(stream.remote.host, this.#nowMs);
    }
    stream.write(frame(message));
    this.#visitors.delete(stream);
    this.#leave(stream);
  }

  /** Ends a stream whose other side is to read what was said. */
  #leave(stream: Stream): void {
    const timer = this.#world.timers.after(FAREWELL_MS, () => stream.destroy());
    stream.onData = () => {};
    stream.onEnd = () => stream.destroy();
    stream.onClose = () => timer.cancel();
    stream.end();
  }

  #drop(stream: Stream): void {
    this.#visitors.delete(stream);
    stream.destroy();
  }
}

/** Whether a correct asker would not have been refused so. */
function isFault(why: Refusal): boolean {
  return why !== Refusal.JOIN_REFUSED_BUSY && why !== Refusal.JOIN_REFUSED_UNAVAILABLE;
}

function refused(refusal: Refusal): join_message {
  return { kind: join_kind.JOIN_REFUSED, refusal };
}

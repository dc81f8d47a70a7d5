/**
 * How a simulated stream becomes a secure one: in as many messages as TLS 1.3 takes, with the same certificates, the same proofs of their keys, and
 * the same judgement of them. What follows is carried in the clear: nobody in a simulation listens on the wire.
 *
 *   who connects                      who listens
 *     a challenge                ->
 *                                <-   its certificates, its proof, a challenge
 *     its certificate, its proof ->
 *                                <-   the verdict, one byte
 */
import {
  type Clock,
  type CoterieError,
  type Credentials,
  distrustError,
  fromHex,
  hex,
  type Judgement,
  judgeMember,
  judgePinned,
  MAX_CERTIFICATE_BYTES,
  type ProvenPeer,
  refusalOf,
  SECURE_HANDSHAKE_MS,
  type SecureConnectOptions,
  type SecureListenOptions,
  secureError,
  shownChain,
  verdictByte,
} from "../world/index.ts";
import { worldCrypto } from "./host.ts";
import type { Incarnation } from "./incarnation.ts";
import type { SimStream } from "./net-stream.ts";
import type { SimEvent } from "./scheduler.ts";

/** How long somebody who was refused may take to hear of it. */
const FAREWELL_MS = 1000;
/** Of a message: two certificates and a proof, in hexadecimal. */
const MAX_MESSAGE_BYTES = 4 * MAX_CERTIFICATE_BYTES + 1024;
const HEAD_BYTES = 4;

/** What a simulated node knows when it judges. */
export interface SimJudge {
  readonly incarnation: Incarnation;
  readonly clock: Clock;
}

interface Message {
  /** A certificate, and that of the authority which signed it; none of a stranger. */
  readonly certificates: readonly string[];
  readonly proof: string;
  readonly challenge: string;
}

/** The outcome: the peer, or undefined for a stranger. */
interface Outcome {
  done(peer: ProvenPeer | undefined): void;
  failed(error: CoterieError): void;
}

abstract class Side {
  protected readonly stream: SimStream;
  protected readonly judge: SimJudge;
  protected readonly outcome: Outcome;
  #isOver = false;
  #bytes = new Uint8Array(0);

  constructor(stream: SimStream, judge: SimJudge, outcome: Outcome) {
    this.stream = stream;
    this.judge = judge;
    this.outcome = outcome;
    stream.onData = (chunk) => this.#isOver || this.received(chunk);
    stream.onEnd = () => this.fail("it broke off the handshake");
    stream.onClose = (error) => this.fail(error?.message ?? "it broke off the handshake", error);
  }

  protected abstract received(chunk: Uint8Array): void;
  protected abstract take(message: Message): void;

  protected get nowMs(): number {
    const { seconds, nanoseconds } = this.judge.clock.wall();
    return seconds * 1000 + nanoseconds / 1e6;
  }

  /** Never twice the same in a simulation, and no random number is drawn for it. */
  protected challenge(): string {
    const { local, remote } = this.stream;
    const { scheduler, name, number } = this.judge.incarnation;
    return `${name} ${number} ${scheduler.nowNs} ${local.port} ${remote.host} ${remote.port}`;
  }

  protected say(message: Partial<Message>): void {
    const body = new TextEncoder().encode(JSON.stringify(message));
    const whole = new Uint8Array(HEAD_BYTES + body.length);
    new DataView(whole.buffer).setUint32(0, body.length);
    whole.set(body, HEAD_BYTES);
    this.stream.write(whole);
  }

  /** Gathers a message. */
  protected gather(chunk: Uint8Array): void {
    const all = new Uint8Array(this.#bytes.length + chunk.length);
    all.set(this.#bytes);
    all.set(chunk, this.#bytes.length);
    this.#bytes = all;
    if (all.length < HEAD_BYTES) return;
    const end = HEAD_BYTES + new DataView(all.buffer).getUint32(0);
    if (end > MAX_MESSAGE_BYTES) this.fail("what it says is no message of TLS");
    else if (all.length >= end) {
      this.#bytes = all.slice(end);
      const message = parse(all.subarray(HEAD_BYTES, end));
      if (message === undefined) this.fail("what it says is no message of TLS");
      else this.take(message);
    }
  }

  protected finish(peer: ProvenPeer | undefined): void {
    if (!this.over()) return;
    this.stream.peer = peer;
    this.outcome.done(peer);
  }

  protected fail(why: string, cause?: unknown): void {
    this.failWith(secureError("TLS_FAILED", this.stream.remote, why, {}, cause));
  }

  protected failWith(error: CoterieError): void {
    if (!this.over()) return;
    this.stream.destroy();
    this.outcome.failed(error);
  }

  /** True the first time. */
  protected over(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.stream.onData = () => {};
    this.stream.onEnd = () => {};
    this.stream.onClose = () => {};
    return true;
  }

  giveUp(error: CoterieError): void {
    this.failWith(error);
  }
}

/** A message of anybody's; undefined for what is none. */
function parse(body: Uint8Array): Message | undefined {
  try {
    const value = JSON.parse(new TextDecoder().decode(body));
    const { certificates = [], proof = "", challenge = "" } = value as Partial<Message>;
    const isMessage = Array.isArray(certificates) && [...certificates, proof, challenge].every(isText);
    return isMessage ? { certificates, proof, challenge } : undefined;
  } catch {
    return undefined;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

type Speaker = "who connects" | "who listens";

function prove({ identity }: Credentials, speaker: Speaker, challenges: readonly string[]): string {
  return hex(worldCrypto.ed25519(identity.privateKey).sign(about(speaker, challenges)));
}

/** Whether the peer has the key of its certificate. */
function isProven(peer: ProvenPeer, speaker: Speaker, challenges: readonly string[], proof: string): boolean {
  return worldCrypto.verifyEd25519(peer.publicKey, about(speaker, challenges), bytesOf(proof));
}

function about(speaker: Speaker, challenges: readonly string[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify([speaker, ...challenges]));
}

function bytesOf(text = ""): Uint8Array {
  return fromHex(text) ?? new Uint8Array(0);
}

/** The side that connected. */
export class ConnectingSide extends Side {
  readonly #secure: SecureConnectOptions;
  readonly #challenge: string;
  #peer: ProvenPeer | undefined;

  constructor(stream: SimStream, judge: SimJudge, secure: SecureConnectOptions, outcome: Outcome) {
    super(stream, judge, outcome);
    this.#secure = secure;
    this.#challenge = this.challenge();
    this.say({ challenge: this.#challenge });
  }

  protected received(chunk: Uint8Array): void {
    if (this.#peer === undefined) this.gather(chunk);
    else this.#verdict(chunk[0] as number);
  }

  protected take({ certificates, proof, challenge }: Message): void {
    const judgement = this.#judged(certificates);
    const challenges = [this.#challenge, challenge];
    if ("distrust" in judgement) this.failWith(distrustError(judgement.distrust, this.stream.remote));
    else if (!isProven(judgement.peer, "who listens", challenges, proof)) {
      this.fail("it does not prove to have its certificate's key");
    } else {
      this.#peer = judgement.peer;
      this.say(this.#answer(challenges));
    }
  }

  #judged([own, authority]: readonly string[]): Judgement {
    const secure = this.#secure;
    if ("credentials" in secure) {
      return judgeMember(worldCrypto, secure.credentials, bytesOf(own), this.nowMs);
    }
    return judgePinned(worldCrypto, secure.pin, bytesOf(own), bytesOf(authority), this.nowMs);
  }

  #answer(challenges: readonly string[]): Partial<Message> {
    if (!("credentials" in this.#secure)) return {};
    const { credentials } = this.#secure;
    return {
      certificates: [hex(credentials.identity.certificate)],
      proof: prove(credentials, "who connects", challenges),
    };
  }

  #verdict(verdict: number): void {
    const refusal = refusalOf(verdict, this.stream.remote);
    if (refusal === undefined) this.finish(this.#peer);
    else this.failWith(refusal);
  }
}

/** The side that listens. */
export class ListeningSide extends Side {
  readonly #secure: SecureListenOptions;
  readonly #challenge: string;
  readonly #deadline: SimEvent;
  #heard = "";

  constructor(stream: SimStream, judge: SimJudge, secure: SecureListenOptions, outcome: Outcome) {
    super(stream, judge, outcome);
    this.#secure = secure;
    this.#challenge = this.challenge();
    this.#deadline = judge.incarnation.after(SECURE_HANDSHAKE_MS * 1e6, () =>
      this.fail("it did not finish the handshake in time"),
    );
  }

  protected received(chunk: Uint8Array): void {
    this.gather(chunk);
  }

  protected override over(): boolean {
    this.#deadline.cancel();
    return super.over();
  }

  protected take(message: Message): void {
    if (this.#heard === "") this.#greet(message.challenge);
    else this.#decide(message);
  }

  #greet(challenge: string): void {
    if (challenge === "") {
      this.fail("what it says is no message of TLS");
      return;
    }
    this.#heard = challenge;
    const { credentials } = this.#secure;
    this.say({
      certificates: shownChain(worldCrypto, credentials).map((der) => hex(der)),
      proof: prove(credentials, "who listens", [challenge, this.#challenge]),
      challenge: this.#challenge,
    });
  }

  #decide({ certificates, proof }: Message): void {
    const { credentials, onStranger } = this.#secure;
    if (certificates.length === 0 && onStranger !== undefined) {
      this.#welcome(undefined);
      return;
    }
    const judgement = judgeMember(worldCrypto, credentials, bytesOf(certificates[0]), this.nowMs);
    if ("distrust" in judgement) this.#refuse(judgement);
    else if (isProven(judgement.peer, "who connects", [this.#heard, this.#challenge], proof)) {
      this.#welcome(judgement.peer);
    } else this.fail("it does not prove to have its certificate's key");
  }

  #welcome(peer: ProvenPeer | undefined): void {
    this.stream.write(Uint8Array.of(0));
    this.finish(peer);
  }

  #refuse(judgement: Extract<Judgement, { distrust: unknown }>): void {
    if (!this.over()) return;
    const { stream } = this;
    stream.write(Uint8Array.of(verdictByte(judgement)));
    stream.end();
    this.judge.incarnation.after(FAREWELL_MS * 1e6, () => stream.destroy());
    this.outcome.failed(distrustError(judgement.distrust, stream.remote));
  }
}

/**
 * How two processes come to know each other, once for each pipe: who listens greets, who connects says who it is, and is welcomed or
 * refused (`x/mesh.x`). Each side is a state machine: messages in, steps out. With a secret each side answers the other's
 * challenge, in a message that says also who it is: so nobody is believed anything before the proof (ISO/IEC 9798-4, mutual authentication
 * with a cryptographic check function). A label for each direction keeps one side's proof from being played back as the other's.
 */
import { type Address, CoterieError, type Crypto, type Random } from "../../world/index.ts";
import {
  ControlKind,
  decodeControl,
  decodeHello,
  decodeWelcome,
  encodeControl,
  encodeHello,
  encodeWelcome,
  otherVersion,
} from "./control.ts";
import { MESH_CHALLENGE_BYTES, mesh_purpose, mesh_refusal } from "./gen/mesh.gen.ts";

export const Refusal = mesh_refusal;
export type Refusal = mesh_refusal;

/** What one side says of itself. */
export interface Introduction {
  readonly name: string;
  readonly incarnation: bigint;
  readonly address: Address;
  readonly secret: Uint8Array | undefined;
  /** Grows with each call. */
  nextSerial(): bigint;
}

/** Who is there, proven where there is a secret. */
export interface Met {
  readonly name: string;
  readonly incarnation: bigint;
  readonly serial: bigint;
  /** The link's number, the same on both sides: a random whole number below 2^52. */
  readonly session: number;
  readonly address: Address;
  /** It wants no link, and only to know who is here. */
  readonly isAsking: boolean;
}

/** What comes of a message: something to say, whom it was from, or the end. */
export type Step =
  | { readonly kind: "say"; readonly message: Uint8Array }
  | { readonly kind: "met"; readonly met: Met }
  /** The other side refuses. */
  | { readonly kind: "refused"; readonly why: mesh_refusal }
  /** `answer` is still to be said. */
  | { readonly kind: "failed"; readonly error: CoterieError; readonly answer?: Uint8Array }
  /** No correct peer says so. */
  | { readonly kind: "violation"; readonly what: string };

const utf8 = new TextEncoder();
const LABEL_OF_CALLER = utf8.encode("coterie mesh 1, who connects");
const LABEL_OF_LISTENER = utf8.encode("coterie mesh 1, who listens");
const NO_PROOF = new Uint8Array(0);
const SESSION_BITS = 52;

function drawSession(random: Random): bigint {
  return new DataView(random.bytes(8).buffer).getBigUint64(0);
}

function joinSessions(one: bigint, other: bigint): number {
  return Number(BigInt.asUintN(SESSION_BITS, one ^ other));
}

/** What is wrong with bytes that are no control message. */
function unreadable(message: Uint8Array): Step {
  const version = otherVersion(message);
  if (version === undefined) return { kind: "violation", what: "what is no message of this protocol" };
  const error = new CoterieError("MESH_VERSION", `the other side speaks version ${version} of the protocol`, {
    details: { version },
  });
  return { kind: "failed", error };
}

/** The part that both sides have. */
class Side {
  readonly crypto: Crypto;
  readonly self: Introduction;
  readonly session: bigint;
  readonly challenge: Uint8Array;

  constructor(crypto: Crypto, random: Random, self: Introduction) {
    this.crypto = crypto;
    this.self = self;
    this.session = drawSession(random);
    this.challenge = random.bytes(MESH_CHALLENGE_BYTES);
  }

  prove(...parts: readonly Uint8Array[]): Uint8Array {
    const { secret } = this.self;
    return secret === undefined ? NO_PROOF : this.crypto.hmacSha256(secret, ...parts);
  }

  isProof(proof: Uint8Array, ...parts: readonly Uint8Array[]): boolean {
    return this.crypto.equal(proof, this.prove(...parts));
  }
}

export interface Handshake {
  /** What is said first, if it is this side that begins. */
  begin(): Uint8Array | undefined;
  receive(message: Uint8Array): Step;
}

/** The side that connected. */
export class Calling implements Handshake {
  readonly #side: Side;
  readonly #expected: string | undefined;
  readonly #purpose: mesh_purpose;
  #name = "";
  /** What the proofs are about: the greeting and the hello. */
  #said: readonly Uint8Array[] = [];

  /** `expected`: who must answer; undefined to ask who does. */
  constructor(crypto: Crypto, random: Random, self: Introduction, expected: string | undefined) {
    this.#side = new Side(crypto, random, self);
    this.#expected = expected;
    this.#purpose = expected === undefined ? mesh_purpose.MESH_TO_ASK : mesh_purpose.MESH_TO_LINK;
  }

  /** Whether the other side knows of us, and may welcome us. */
  get hasSaidHello(): boolean {
    return this.#said.length > 0;
  }

  begin(): undefined {}

  receive(message: Uint8Array): Step {
    const control = decodeControl(message);
    if (control === undefined) return unreadable(message);
    if (!this.hasSaidHello && control.kind === ControlKind.MESH_GREETING) {
      return this.#greeted(control.greeting.name, message);
    }
    if (this.hasSaidHello && control.kind === ControlKind.MESH_REFUSAL) {
      return { kind: "refused", why: control.refusal };
    }
    if (this.hasSaidHello && control.kind === ControlKind.MESH_WELCOME) {
      return this.#welcomed(control.welcome.body, control.welcome.proof);
    }
    return { kind: "violation", what: "a message out of its turn" };
  }

  #greeted(name: string, greeting: Uint8Array): Step {
    const { self, session, challenge } = this.#side;
    if (name === "") return { kind: "violation", what: "a greeting without a name" };
    if (name === self.name || (this.#expected !== undefined && name !== this.#expected)) {
      return { kind: "failed", error: wrongPeer(name, self.name, this.#expected) };
    }
    this.#name = name;
    const { incarnation, address } = self;
    const serial = self.nextSerial();
    const purpose = this.#purpose;
    const body = encodeHello({ name: self.name, incarnation, serial, session, purpose, address, challenge });
    this.#said = [greeting.slice(), body];
    const proof = this.#side.prove(LABEL_OF_CALLER, ...this.#said);
    return {
      kind: "say",
      message: encodeControl({ kind: ControlKind.MESH_HELLO, hello: { body, proof } }),
    };
  }

  #welcomed(body: Uint8Array, proof: Uint8Array): Step {
    if (!this.#side.isProof(proof, LABEL_OF_LISTENER, ...this.#said, body)) {
      return { kind: "failed", error: secretsDiffer() };
    }
    const welcome = decodeWelcome(body);
    if (welcome === undefined) return { kind: "violation", what: "a welcome that is none" };
    const { incarnation, serial, address } = welcome;
    const session = joinSessions(this.#side.session, welcome.session);
    return {
      kind: "met",
      met: { name: this.#name, incarnation, serial, session, address, isAsking: false },
    };
  }
}

/** The side that listened. After `met` its owner says `welcome`, or refuses. */
export class Answering implements Handshake {
  readonly #side: Side;
  readonly #greeting: Uint8Array;
  #hello: Uint8Array | undefined;

  constructor(crypto: Crypto, random: Random, self: Introduction) {
    this.#side = new Side(crypto, random, self);
    const greeting = { name: self.name, challenge: this.#side.challenge };
    this.#greeting = encodeControl({ kind: ControlKind.MESH_GREETING, greeting });
  }

  begin(): Uint8Array {
    return this.#greeting;
  }

  receive(message: Uint8Array): Step {
    const control = decodeControl(message);
    if (control === undefined) return unreadable(message);
    if (control.kind !== ControlKind.MESH_HELLO || this.#hello !== undefined) {
      return { kind: "violation", what: "a message out of its turn" };
    }
    const { body, proof } = control.hello;
    this.#hello = body.slice();
    if (!this.#side.isProof(proof, LABEL_OF_CALLER, this.#greeting, body)) {
      return { kind: "failed", error: secretsDiffer(), answer: refusal(mesh_refusal.MESH_REFUSED_PROOF) };
    }
    const hello = decodeHello(body);
    if (hello === undefined || hello.name === "") return { kind: "violation", what: "a hello that is none" };
    const { name, incarnation, serial, address } = hello;
    const session = joinSessions(this.#side.session, hello.session);
    const isAsking = hello.purpose === mesh_purpose.MESH_TO_ASK;
    return { kind: "met", met: { name, incarnation, serial, session, address, isAsking } };
  }

  welcome(): Uint8Array {
    const { self, session } = this.#side;
    const { incarnation, address } = self;
    const body = encodeWelcome({ incarnation, serial: self.nextSerial(), session, address });
    const proof = this.#side.prove(LABEL_OF_LISTENER, this.#greeting, this.#hello ?? NO_PROOF, body);
    return encodeControl({ kind: ControlKind.MESH_WELCOME, welcome: { body, proof } });
  }
}

export function refusal(why: mesh_refusal): Uint8Array {
  return encodeControl({ kind: ControlKind.MESH_REFUSAL, refusal: why });
}

function wrongPeer(name: string, self: string, expected: string | undefined): CoterieError {
  const who = name === self ? `${name}, which is this process's own name,` : name;
  const wanted = expected === undefined ? "" : `, not ${expected}`;
  return new CoterieError("MESH_WRONG_PEER", `${who} listens there${wanted}`, {
    details: { name, expected },
  });
}

function secretsDiffer(): CoterieError {
  return new CoterieError("MESH_SECRET", "the other side does not prove to know the secret of this one");
}

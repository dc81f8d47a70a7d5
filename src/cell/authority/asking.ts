/**
 * The side that asks to join, or for a new certificate: a state machine, messages in, steps out. It believes an admission only when that fits its own
 * question: its key, its name, its cell, an authority that it knew before.
 */
import {
  type Certificate,
  type Crypto,
  decodeCertificate,
  fingerprintOf,
  hex,
  issuerOf,
  type Pin,
} from "../../world/index.ts";
import { join_kind, type join_message, join_refusal, join_right, type join_warrant } from "./gen/join.gen.ts";
import { encodeClaim, frame, signedPart } from "./join-wire.ts";

/** What gives the right to be certified: a token's private key, or a certificate with its own. */
export type Warrant =
  | { readonly kind: "token"; readonly privateKey: Uint8Array }
  | { readonly kind: "certificate"; readonly certificate: Uint8Array; readonly privateKey: Uint8Array };

export interface Question {
  readonly name: string;
  /** To be certified; Ed25519. */
  readonly privateKey: Uint8Array;
  readonly about: Uint8Array;
  readonly warrant: Warrant;
  /** How the cell is known. */
  readonly pin: Pin;
}

/**
 * What somebody who joins is given: a certificate, the authorities to believe, and a message of the cell's.
 */
export interface Admission {
  readonly certificate: Certificate;
  readonly authorities: readonly Uint8Array[];
  readonly welcome: Uint8Array;
}

/** Why a cell says no. */
export type Reason =
  | "token"
  | "name"
  | "certificate"
  | "proof"
  | "busy"
  | "unavailable"
  | "too old"
  | "too new";

export const REASONS: Readonly<Record<join_refusal, Reason>> = {
  [join_refusal.JOIN_REFUSED_TOKEN]: "token",
  [join_refusal.JOIN_REFUSED_NAME]: "name",
  [join_refusal.JOIN_REFUSED_CERTIFICATE]: "certificate",
  [join_refusal.JOIN_REFUSED_PROOF]: "proof",
  [join_refusal.JOIN_REFUSED_BUSY]: "busy",
  [join_refusal.JOIN_REFUSED_UNAVAILABLE]: "unavailable",
  [join_refusal.JOIN_REFUSED_TOO_OLD]: "too old",
  [join_refusal.JOIN_REFUSED_TOO_NEW]: "too new",
};

export type AskingStep =
  | { readonly kind: "say"; readonly bytes: Uint8Array }
  | { readonly kind: "admitted"; readonly admission: Admission }
  | { readonly kind: "refused"; readonly reason: Reason }
  | { readonly kind: "elsewhere"; readonly host: string; readonly port: number }
  | { readonly kind: "violation"; readonly what: string };

const violation = (what: string): AskingStep => ({ kind: "violation", what });

export class Asking {
  readonly #crypto: Crypto;
  readonly #question: Question;
  #hasAsked = false;

  constructor(crypto: Crypto, question: Question) {
    this.#crypto = crypto;
    this.#question = question;
  }

  receive(message: join_message): AskingStep {
    if (!this.#hasAsked) {
      if (message.kind === join_kind.JOIN_CHALLENGE) return this.#ask(message.challenge);
      // Too many are at it: it says so before any question.
      if (message.kind !== join_kind.JOIN_REFUSED) return violation("no challenge");
    }
    switch (message.kind) {
      case join_kind.JOIN_ADMITTED:
        return this.#admitted(message.admission);
      case join_kind.JOIN_REFUSED:
        return { kind: "refused", reason: REASONS[message.refusal] };
      case join_kind.JOIN_ELSEWHERE:
        return { kind: "elsewhere", ...message.place };
      default:
        return violation("a message out of its turn");
    }
  }

  #ask(challenge: Uint8Array): AskingStep {
    this.#hasAsked = true;
    const { name, privateKey, about, warrant, pin } = this.#question;
    const own = this.#crypto.ed25519(privateKey);
    const warranting = this.#crypto.ed25519(warrant.privateKey);
    const claim = encodeClaim({ challenge, cell: pin.cell, name, key: own.publicKey, about });
    const request = {
      claim,
      warrant: wireWarrant(warrant, warranting.publicKey),
      by_warrant: warranting.sign(signedPart(warrant.kind, claim)),
      by_key: own.sign(signedPart("key", claim)),
    };
    return { kind: "say", bytes: frame({ kind: join_kind.JOIN_REQUEST, request }) };
  }

  #admitted(said: {
    certificate: Uint8Array;
    authorities: readonly Uint8Array[];
    welcome: Uint8Array;
  }): AskingStep {
    const { name, privateKey, pin } = this.#question;
    const certificate = decodeCertificate(this.#crypto, said.certificate);
    const isOwn =
      certificate?.role === "node" &&
      certificate.name === name &&
      certificate.cell === pin.cell &&
      this.#crypto.equal(certificate.publicKey, this.#crypto.ed25519(privateKey).publicKey);
    if (!isOwn || issuerOf(this.#crypto, certificate, said.authorities) === undefined) {
      return violation("a certificate that was not asked for");
    }
    const prints = said.authorities.map((der) => hex(fingerprintOf(this.#crypto, der)));
    if (!prints.includes(hex(pin.fingerprint))) return violation("authorities without the one that is known");
    const { authorities, welcome } = said;
    return { kind: "admitted", admission: { certificate, authorities, welcome } };
  }
}

function wireWarrant(warrant: Warrant, publicKey: Uint8Array): join_warrant {
  return warrant.kind === "token"
    ? { right: join_right.JOIN_BY_TOKEN, token: publicKey }
    : { right: join_right.JOIN_BY_CERTIFICATE, certificate: warrant.certificate };
}

/**
 * The side that is asked: a state machine for one visitor. It checks all that can be checked without knowing the cell's state; what remains, whether a token is
 * good and whether a node is of the cell, is its owner's to decide.
 */
import { type Crypto, isMemberName, type Trust, verifyMember } from "../../world/index.ts";
import { join_kind, type join_message, join_refusal, type join_request, join_right } from "./gen/join.gen.ts";
import { decodeClaim, frame, signedPart } from "./join-wire.ts";
import { markOf, type TokenMark } from "./token.ts";

/** Why somebody was not let in (x/join.x). */
export const Refusal = join_refusal;
export type Refusal = join_refusal;

/** A question whose signatures are right. */
export interface Asked {
  readonly name: string;
  /** The key to be certified, which the asker has. */
  readonly key: Uint8Array;
  readonly about: Uint8Array;
  readonly by:
    | { readonly kind: "token"; readonly mark: TokenMark }
    /** It has a certificate of this name that is believed. */
    | { readonly kind: "certificate" };
}

export type AnsweringStep =
  | { readonly kind: "asked"; readonly asked: Asked }
  | { readonly kind: "refuse"; readonly why: Refusal }
  | { readonly kind: "violation" };

export class Answering {
  readonly #crypto: Crypto;
  readonly #trust: Trust;
  readonly #challenge: Uint8Array;
  #isAsked = false;

  /** `challenge`: 32 random bytes. */
  constructor(crypto: Crypto, trust: Trust, challenge: Uint8Array) {
    this.#crypto = crypto;
    this.#trust = trust;
    this.#challenge = challenge;
  }

  /** What is said first. */
  begin(): Uint8Array {
    return frame({ kind: join_kind.JOIN_CHALLENGE, challenge: this.#challenge });
  }

  receive(message: join_message, nowMs: number): AnsweringStep {
    if (message.kind !== join_kind.JOIN_REQUEST || this.#isAsked) return { kind: "violation" };
    this.#isAsked = true;
    const { request } = message;
    const claim = decodeClaim(request.claim);
    if (claim === undefined) return { kind: "violation" };
    const { challenge, cell, name, key, about } = claim;
    const isHere = this.#crypto.equal(challenge, this.#challenge) && cell === this.#trust.cell;
    if (!isHere || !this.#isSigned("key", key, request, request.by_key))
      return refuse(Refusal.JOIN_REFUSED_PROOF);
    if (!isMemberName(name)) return refuse(Refusal.JOIN_REFUSED_NAME);
    const by = this.#warranted(request, name, nowMs);
    return typeof by === "number" ? refuse(by) : { kind: "asked", asked: { name, key, about, by } };
  }

  #warranted(request: join_request, name: string, nowMs: number): Asked["by"] | Refusal {
    const { warrant, by_warrant } = request;
    if (warrant.right === join_right.JOIN_BY_TOKEN) {
      if (!this.#isSigned("token", warrant.token, request, by_warrant)) return Refusal.JOIN_REFUSED_PROOF;
      return { kind: "token", mark: markOf(this.#crypto, warrant.token) };
    }
    const member = verifyMember(this.#crypto, this.#trust, warrant.certificate, nowMs);
    if (typeof member === "string" || member.role !== "node" || member.name !== name) {
      return Refusal.JOIN_REFUSED_CERTIFICATE;
    }
    if (!this.#isSigned("certificate", member.publicKey, request, by_warrant))
      return Refusal.JOIN_REFUSED_PROOF;
    return { kind: "certificate" };
  }

  #isSigned(
    signer: Parameters<typeof signedPart>[0],
    key: Uint8Array,
    { claim }: join_request,
    signature: Uint8Array,
  ): boolean {
    return this.#crypto.verifyEd25519(key, signedPart(signer, claim), signature);
  }
}

const refuse = (why: Refusal): AnsweringStep => ({ kind: "refuse", why });

/**
 * Secure streams: TLS 1.3 (RFC 8446) between members of one cell, each proven by a certificate of the cell's own authority.
 *
 * Nobody is told by TLS 1.3 whether the other side believes its certificate before data flows, so who listens says it: the first byte over a
 * secure stream is its verdict, 0 or a reason, and `connect` resolves when it has come. The protocol's name for ALPN (RFC 7301) stands for that:
 * `coterie/1`.
 */
import { type Certificate, decodeCertificate } from "./certificate/certificate.ts";
import { type Distrust, fingerprintOf, issuerOf, type Trust, verifyMember } from "./certificate/verify.ts";
import type { Crypto } from "./crypto.ts";
import { CoterieError } from "./error.ts";
import { type Address, formatAddress, type Stream } from "./net.ts";
import type { SecureErrorCode } from "./secure-errors.ts";

/** The protocol of a secure stream. */
export const SECURE_PROTOCOL = "coterie/1";
/** A handshake that takes longer is broken off. */
export const SECURE_HANDSHAKE_MS = 10_000;
/** Handshakes under way at a listener; further connections are dropped. */
export const MAX_SECURE_HANDSHAKES = 256;

/** A certificate, and the private key of the public one in it. */
export interface Identity {
  /** DER. */
  readonly certificate: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly privateKey: Uint8Array;
}

/**
 * Who one side is, and whom it believes. Asked anew at each handshake: a certificate that was renewed, or an authority that was rotated, counts from
 * the next one on, and streams that are there live on. An identity is never altered, but replaced by another.
 */
export interface Credentials extends Trust {
  readonly identity: Identity;
}

/** How somebody without a certificate knows a cell: by its authority's fingerprint, as a token to join has it. */
export interface Pin {
  readonly cell: string;
  /** SHA-256 of the authority's certificate. */
  readonly fingerprint: Uint8Array;
}

/** What the other side has proven to be. */
export interface ProvenPeer {
  readonly name: string;
  readonly cell: string;
  readonly role: "node" | "operator";
  /** Of its certificate. */
  readonly serial: string;
  readonly publicKey: Uint8Array;
  /** When its certificate ends, in milliseconds since 1970. */
  readonly expiresAtMs: number;
}

/** As whom a listener of secure streams proves itself, and what becomes of strangers. */
export interface SecureListenOptions {
  readonly credentials: Credentials;
  /** Takes streams of those who show no certificate, who are refused where it is missing. As `onStream`, and without a `peer`. */
  readonly onStranger?: (stream: Stream) => void;
  /** Told of each that was not let in: TLS_… . */
  readonly onRefused?: (error: CoterieError, from: Address) => void;
}

/**
 * As a member, with the own certificate; or as a stranger, who knows the cell by its authority's fingerprint.
 */
export type SecureConnectOptions = { readonly credentials: Credentials } | { readonly pin: Pin };

/** What a handshake comes to, for the side that judges. */
export type Judgement =
  | { readonly peer: ProvenPeer }
  | { readonly distrust: Distrust | "TLS_NO_CERTIFICATE" };

/** Judges a member by the certificate that it has proven to hold the key of. */
export function judgeMember(
  crypto: Crypto,
  trust: Trust,
  certificate: Uint8Array | undefined,
  nowMs: number,
): Judgement {
  if (certificate === undefined || certificate.length === 0) return { distrust: "TLS_NO_CERTIFICATE" };
  const found = verifyMember(crypto, trust, certificate, nowMs);
  return typeof found === "string" ? { distrust: found } : { peer: provenPeer(found) };
}

/** Judges a member by the authority's certificate that it shows with its own. */
export function judgePinned(
  crypto: Crypto,
  pin: Pin,
  certificate: Uint8Array | undefined,
  authority: Uint8Array | undefined,
  nowMs: number,
): Judgement {
  const isPinned = authority !== undefined && crypto.equal(fingerprintOf(crypto, authority), pin.fingerprint);
  const trust: Trust = { cell: pin.cell, authorities: isPinned ? [authority] : [], isRevoked: () => false };
  return judgeMember(crypto, trust, certificate, nowMs);
}

function provenPeer({ name, cell, role, serial, publicKey, notAfterMs }: Certificate): ProvenPeer {
  return { name, cell, role: role as ProvenPeer["role"], serial, publicKey, expiresAtMs: notAfterMs };
}

/** The certificates that one side shows: its own, and the authority's that signed it. */
export function shownChain(crypto: Crypto, { identity, authorities }: Credentials): readonly Uint8Array[] {
  const own = decodeCertificate(crypto, identity.certificate);
  const issuer = own && issuerDer(crypto, own, authorities);
  return issuer === undefined ? [identity.certificate] : [identity.certificate, issuer];
}

function issuerDer(
  crypto: Crypto,
  own: Certificate,
  authorities: readonly Uint8Array[],
): Uint8Array | undefined {
  return authorities.find((der) => issuerOf(crypto, own, [der]) !== undefined);
}

/** What the first byte of a stream can say: 0 for welcome, or the place of its reason among these. */
const REASONS: readonly (Distrust | "TLS_NO_CERTIFICATE")[] = [
  "TLS_NO_CERTIFICATE",
  "TLS_CERTIFICATE",
  "TLS_WRONG_CELL",
  "TLS_UNTRUSTED",
  "TLS_EARLY",
  "TLS_EXPIRED",
  "TLS_REVOKED",
];

/** A listener's verdict as the byte that it says. */
export function verdictByte(judgement: Judgement): number {
  return "peer" in judgement ? 0 : 1 + REASONS.indexOf(judgement.distrust);
}

/** Why a listener let nobody in, from its verdict; undefined for welcome. */
export function refusalOf(verdict: number, at: Address): CoterieError | undefined {
  if (verdict === 0) return undefined;
  const reason = REASONS[verdict - 1] ?? `verdict ${verdict}`;
  return secureError("TLS_REFUSED", at, `it does not believe this side's certificate: ${reason}`, { reason });
}

/** An error of a secure stream with who is at `at`. */
export function secureError(
  code: SecureErrorCode,
  at: Address,
  why: string,
  details: Readonly<Record<string, unknown>> = {},
  cause?: unknown,
): CoterieError {
  return new CoterieError(code, `no secure stream with ${formatAddress(at)}: ${why}`, {
    details: { host: at.host, port: at.port, ...details },
    ...(cause === undefined ? {} : { cause }),
  });
}

const PHRASES: Readonly<Record<Distrust | "TLS_NO_CERTIFICATE", string>> = {
  TLS_NO_CERTIFICATE: "it shows no certificate",
  TLS_CERTIFICATE: "its certificate is not one of a cell's",
  TLS_WRONG_CELL: "it belongs to another cell",
  TLS_UNTRUSTED: "its certificate is of an authority that is not believed here",
  TLS_EARLY: "its certificate is not valid yet",
  TLS_EXPIRED: "its certificate is not valid any more",
  TLS_REVOKED: "its certificate was revoked",
};

/** This side's own refusal. */
export function distrustError(distrust: Distrust | "TLS_NO_CERTIFICATE", at: Address): CoterieError {
  return secureError(distrust, at, PHRASES[distrust]);
}

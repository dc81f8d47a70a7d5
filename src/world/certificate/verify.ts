/**
 * Whether a certificate is to be believed, here and now: its profile, its cell, the authority that signed it, both their times, its revocation.
 * Both worlds ask this and nothing else decides, so a simulated node believes exactly whom a real one believes.
 */
import type { Crypto } from "../crypto.ts";
import { type Certificate, decodeCertificate, keyId } from "./certificate.ts";

/** Why a certificate is not believed: codes of `secureErrors`. */
export type Distrust =
  | "TLS_CERTIFICATE"
  | "TLS_WRONG_CELL"
  | "TLS_UNTRUSTED"
  | "TLS_EARLY"
  | "TLS_EXPIRED"
  | "TLS_REVOKED";

/** Which authorities and certificates are believed. */
export interface Trust {
  readonly cell: string;
  /** Certificates of the authorities that are believed, in DER. */
  readonly authorities: readonly Uint8Array[];
  /** Whether the member's certificate with this serial number is not to be believed any more. */
  isRevoked(serial: string): boolean;
  /** Whether no certificate of the node of this name is to be believed any more. Absent: each is, unless it was revoked itself. */
  isDismissed?(name: string): boolean;
}

/** A member's certificate that is to be believed, or why it is not. `nowMs` is the wall clock's. */
export function verifyMember(
  crypto: Crypto,
  trust: Trust,
  der: Uint8Array,
  nowMs: number,
): Certificate | Distrust {
  const member = decodeCertificate(crypto, der);
  if (member === undefined || member.role === "authority") return "TLS_CERTIFICATE";
  if (member.cell !== trust.cell) return "TLS_WRONG_CELL";
  const authority = issuerOf(crypto, member, trust.authorities);
  if (authority === undefined) return "TLS_UNTRUSTED";
  const untimely = untimeliness(member, nowMs) ?? untimeliness(authority, nowMs);
  if (untimely !== undefined) return untimely;
  const isDismissed = member.role === "node" && (trust.isDismissed?.(member.name) ?? false);
  return isDismissed || trust.isRevoked(member.serial) ? "TLS_REVOKED" : member;
}

/** The SHA-256 of a certificate. */
export function fingerprintOf(crypto: Crypto, der: Uint8Array): Uint8Array {
  return crypto.sha256(der);
}

/** The authority among these that signed the certificate. That its own key signed an authority's says nothing more: it is believed. */
export function issuerOf(
  crypto: Crypto,
  member: Certificate,
  authorities: readonly Uint8Array[],
): Certificate | undefined {
  for (const der of authorities) {
    const authority = decodeCertificate(crypto, der);
    if (authority?.role !== "authority" || authority.cell !== member.cell) continue;
    if (keyId(crypto, authority.publicKey) !== member.issuerKeyId) continue;
    if (crypto.verifyEd25519(authority.publicKey, member.signed, member.signature)) return authority;
  }
  return undefined;
}

/** An authority's certificate that its own key has signed; undefined for bytes that are none. */
export function decodeAuthority(crypto: Crypto, der: Uint8Array): Certificate | undefined {
  const authority = decodeCertificate(crypto, der);
  if (authority?.role !== "authority" || keyId(crypto, authority.publicKey) !== authority.issuerKeyId)
    return undefined;
  return crypto.verifyEd25519(authority.publicKey, authority.signed, authority.signature)
    ? authority
    : undefined;
}

function untimeliness({ notBeforeMs, notAfterMs }: Certificate, nowMs: number): Distrust | undefined {
  if (nowMs < notBeforeMs) return "TLS_EARLY";
  // The last second is of the time that it is valid for.
  return nowMs >= notAfterMs + 1000 ? "TLS_EXPIRED" : undefined;
}

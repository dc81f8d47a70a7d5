/**
 * Secure streams over `node:tls`: what both sides of a handshake share. OpenSSL does TLS 1.3: the keys, the records, the proof that the other side holds the
 * key of the certificate that it shows. Whether that certificate is believed is decided by `judgeMember`, which both worlds share;
 * OpenSSL is told of no authority. Sessions are not resumed: every connection proves itself anew.
 */
import { constants } from "node:crypto";
import * as tls from "node:tls";
import {
  type Address,
  type Clock,
  type CoterieError,
  type Credentials,
  type Crypto,
  type Identity,
  pem,
  privateKeyPem,
  SECURE_PROTOCOL,
  type SecureConnectOptions,
  secureError,
  shownChain,
} from "../world/index.ts";

/** What is needed to judge. */
export interface Judge {
  readonly crypto: Crypto;
  readonly clock: Clock;
}

export const PROTOCOLS = [SECURE_PROTOCOL];

const TLS_1_3: tls.SecureContextOptions = {
  minVersion: "TLSv1.3",
  maxVersion: "TLSv1.3",
  secureOptions: constants.SSL_OP_NO_TICKET,
  // None that OpenSSL would believe: the default are those of the web.
  ca: [],
};

/** What a member shows. */
export function contextOptions(crypto: Crypto, credentials: Credentials): tls.SecureContextOptions {
  const chain = shownChain(crypto, credentials).map((der) => pem("CERTIFICATE", der));
  return {
    ...TLS_1_3,
    cert: chain.join(""),
    key: privateKeyPem("Ed25519", credentials.identity.privateKey),
  };
}

/** Clients' contexts by identity: making one costs more than a handshake. */
const contexts = new WeakMap<Identity, { authorities: readonly Uint8Array[]; context: tls.SecureContext }>();
let strangers: tls.SecureContext | undefined;

/** What a client shows. @throws Error where its certificate and its key do not belong together. */
export function clientContext(crypto: Crypto, secure: SecureConnectOptions): tls.SecureContext {
  if (!("credentials" in secure)) {
    strangers ??= tls.createSecureContext(TLS_1_3);
    return strangers;
  }
  const { identity, authorities } = secure.credentials;
  const known = contexts.get(identity);
  if (known !== undefined && isSameList(known.authorities, authorities)) return known.context;
  const context = tls.createSecureContext(contextOptions(crypto, secure.credentials));
  contexts.set(identity, { authorities: [...authorities], context });
  return context;
}

/** Whether both are lists of the same arrays. */
export function isSameList(one: readonly Uint8Array[], other: readonly Uint8Array[]): boolean {
  return one.length === other.length && one.every((each, at) => each === other[at]);
}

export function wallMs(clock: Clock): number {
  const { seconds, nanoseconds } = clock.wall();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** No handshake came about: what OpenSSL says, or nothing where the other side hung up. */
export function handshakeError(error: Error | undefined, at: Address): CoterieError {
  const reason = (error as { reason?: string } | undefined)?.reason ?? error?.message;
  return secureError("TLS_FAILED", at, reason ?? "it broke off the handshake", {}, error);
}

/**
 * Secure streams over `node:tls`. OpenSSL does TLS 1.3: the keys, the records, the proof that the other side holds the key of the certificate that it
 * shows. Whether that certificate is believed is decided by `judgeMember`, which both worlds share; OpenSSL is told of no authority.
 *
 * Sessions are not resumed: every connection proves itself anew.
 */
import { constants } from "node:crypto";
import type { Socket } from "node:net";
import * as tls from "node:tls";
import {
  type Address,
  type Clock,
  type CoterieError,
  type Credentials,
  type Crypto,
  distrustError,
  type Identity,
  type Judgement,
  judgeMember,
  judgePinned,
  MAX_SECURE_HANDSHAKES,
  pem,
  privateKeyPem,
  refusalOf,
  SECURE_HANDSHAKE_MS,
  SECURE_PROTOCOL,
  type SecureConnectOptions,
  type SecureListenOptions,
  type Stream,
  secureError,
  shownChain,
  verdictByte,
} from "../world/index.ts";
import { NodeStream } from "./net-stream.ts";

/** What is needed to judge. */
export interface Judge {
  readonly crypto: Crypto;
  readonly clock: Clock;
}

/** How long somebody who was refused may take to hear of it. */
const FAREWELL_MS = 1000;

const PROTOCOLS = [SECURE_PROTOCOL];
const TLS_1_3: tls.SecureContextOptions = {
  minVersion: "TLSv1.3",
  maxVersion: "TLSv1.3",
  secureOptions: constants.SSL_OP_NO_TICKET,
  // None that OpenSSL would believe: the default are those of the web.
  ca: [],
};

function contextOptions(crypto: Crypto, credentials: Credentials): tls.SecureContextOptions {
  const chain = shownChain(crypto, credentials).map((der) => pem("CERTIFICATE", der));
  return {
    ...TLS_1_3,
    cert: chain.join(""),
    key: privateKeyPem("Ed25519", credentials.identity.privateKey),
  };
}

/** Contexts of identities: they cost more than a handshake. */
const contexts = new WeakMap<Identity, { authorities: readonly Uint8Array[]; context: tls.SecureContext }>();

function contextOf(crypto: Crypto, credentials: Credentials): tls.SecureContext {
  const { identity, authorities } = credentials;
  const known = contexts.get(identity);
  if (known !== undefined && isSame(known.authorities, authorities)) return known.context;
  const context = tls.createSecureContext(contextOptions(crypto, credentials));
  contexts.set(identity, { authorities: [...authorities], context });
  return context;
}

function isSame(one: readonly Uint8Array[], other: readonly Uint8Array[]): boolean {
  return one.length === other.length && one.every((each, at) => each === other[at]);
}

/** Makes accepted connections secure streams of those who are let in. */
export class SecureAcceptor {
  readonly #secure: SecureListenOptions;
  readonly #judge: Judge;
  readonly #onStream: (stream: Stream) => void;
  readonly #server: tls.Server;
  #handshakes = 0;
  #identity: Identity;
  #authorities: readonly Uint8Array[];

  constructor(secure: SecureListenOptions, judge: Judge, onStream: (stream: Stream) => void) {
    const { credentials } = secure;
    this.#secure = secure;
    this.#judge = judge;
    this.#onStream = onStream;
    this.#identity = credentials.identity;
    this.#authorities = [...credentials.authorities];
    this.#server = tls.createServer({
      ...contextOptions(judge.crypto, credentials),
      requestCert: true,
      // Judged here, and told by a verdict: OpenSSL would hang up without a word.
      rejectUnauthorized: false,
      ALPNProtocols: PROTOCOLS,
      allowHalfOpen: true,
      handshakeTimeout: SECURE_HANDSHAKE_MS,
    });
    this.#server.on("secureConnection", (socket) => this.#shaken(socket));
    this.#server.on("tlsClientError", (error, socket) => this.#failed(error, socket));
  }

  accept(socket: Socket): void {
    if (this.#handshakes >= MAX_SECURE_HANDSHAKES) {
      socket.destroy();
      return;
    }
    this.#handshakes++;
    this.#renew();
    this.#server.emit("connection", socket);
  }

  /** Shows what is to be shown from now on. */
  #renew(): void {
    const { credentials } = this.#secure;
    if (credentials.identity === this.#identity && isSame(credentials.authorities, this.#authorities)) return;
    this.#identity = credentials.identity;
    this.#authorities = [...credentials.authorities];
    this.#server.setSecureContext(contextOptions(this.#judge.crypto, credentials));
  }

  #shaken(socket: tls.TLSSocket): void {
    this.#handshakes--;
    const { onStranger, credentials } = this.#secure;
    const { crypto, clock } = this.#judge;
    const certificate = socket.getPeerX509Certificate()?.raw;
    const isStranger = certificate === undefined && onStranger !== undefined;
    const judgement = isStranger ? undefined : judgeMember(crypto, credentials, certificate, wallMs(clock));
    if (judgement !== undefined && "distrust" in judgement) {
      this.#refuse(socket, judgement);
      return;
    }
    socket.write(Uint8Array.of(0));
    const stream = new NodeStream(socket, judgement?.peer);
    if (isStranger) onStranger(stream);
    else this.#onStream(stream);
  }

  #refuse(socket: tls.TLSSocket, judgement: Extract<Judgement, { distrust: unknown }>): void {
    const from = remoteOf(socket);
    socket.on("error", () => {});
    socket.resume();
    socket.end(Uint8Array.of(verdictByte(judgement)));
    const timer = setTimeout(() => socket.destroy(), FAREWELL_MS);
    timer.unref();
    socket.once("close", () => clearTimeout(timer));
    this.#secure.onRefused?.(distrustError(judgement.distrust, from), from);
  }

  #failed(error: Error, socket: tls.TLSSocket): void {
    this.#handshakes--;
    const from = remoteOf(socket);
    socket.destroy();
    this.#secure.onRefused?.(handshakeError(error, from), from);
  }
}

/** What a client shows. @throws Error where its certificate and its key do not belong together. */
export function clientContext(crypto: Crypto, secure: SecureConnectOptions): tls.SecureContext {
  return "credentials" in secure ? contextOf(crypto, secure.credentials) : strangersContext();
}

/** Makes a connection a secure stream; `socket` is destroyed where it fails. Errors: TLS_…; the signal's reason. */
export function secureClient(
  socket: Socket,
  secure: SecureConnectOptions,
  judge: Judge,
  to: Address,
  options: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<Stream> {
  const { signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      socket.destroy();
      reject(signal.reason);
      return;
    }
    const secured = tls.connect({
      socket,
      secureContext: clientContext(judge.crypto, secure),
      // Judged below.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ALPNProtocols: PROTOCOLS,
    });
    let peer: NodeStream["peer"];
    const settle = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      secured.removeListener("error", failed);
      secured.removeListener("close", closed);
      secured.removeListener("readable", readable);
    };
    const giveUp = (reason: unknown): void => {
      settle();
      secured.on("error", () => {});
      secured.destroy();
      reject(reason);
    };
    const failed = (error: Error): void => giveUp(handshakeError(error, to));
    const closed = (): void => giveUp(handshakeError(undefined, to));
    const abort = (): void => giveUp(signal?.reason);
    const shaken = (): void => {
      const judgement = judgeServer(secured, secure, judge);
      if ("distrust" in judgement) giveUp(distrustError(judgement.distrust, to));
      else if (secured.alpnProtocol !== SECURE_PROTOCOL) giveUp(handshakeError(undefined, to));
      else {
        peer = judgement.peer;
        secured.on("readable", readable);
      }
    };
    const readable = (): void => {
      const verdict: Uint8Array | null = secured.read(1);
      // Not there yet, or the end: then `closed` follows.
      if (verdict === null) return;
      const refusal = refusalOf(verdict[0] as number, to);
      if (refusal === undefined) {
        settle();
        resolve(new NodeStream(secured, peer));
      } else giveUp(refusal);
    };
    const timer = setTimeout(() => giveUp(tooLate(to, timeoutMs)), timeoutMs);
    signal?.addEventListener("abort", abort, { once: true });
    secured.once("error", failed);
    secured.once("close", closed);
    secured.once("secureConnect", shaken);
  });
}

let strangers: tls.SecureContext | undefined;

function strangersContext(): tls.SecureContext {
  strangers ??= tls.createSecureContext(TLS_1_3);
  return strangers;
}

function judgeServer(
  socket: tls.TLSSocket,
  secure: SecureConnectOptions,
  { crypto, clock }: Judge,
): Judgement {
  const shown = socket.getPeerCertificate(true);
  if ("credentials" in secure) return judgeMember(crypto, secure.credentials, shown.raw, wallMs(clock));
  return judgePinned(crypto, secure.pin, shown.raw, shown.issuerCertificate?.raw, wallMs(clock));
}

function wallMs(clock: Clock): number {
  const { seconds, nanoseconds } = clock.wall();
  return seconds * 1000 + nanoseconds / 1e6;
}

function remoteOf(socket: Socket): Address {
  return { host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 };
}

function handshakeError(error: Error | undefined, at: Address): CoterieError {
  const reason = (error as { reason?: string } | undefined)?.reason ?? error?.message;
  return secureError("TLS_FAILED", at, reason ?? "it broke off the handshake", {}, error);
}

function tooLate(at: Address, timeoutMs: number): CoterieError {
  return secureError("TLS_FAILED", at, `no handshake in ${timeoutMs} ms`, { timeoutMs });
}

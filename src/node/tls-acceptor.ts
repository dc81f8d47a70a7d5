/**
 * The listening side of secure streams: accepted connections become streams of those who are let in. What is shown is looked up at each connection, so a
 * renewed certificate needs no other listener.
 */
import type { Socket } from "node:net";
import * as tls from "node:tls";
import {
  type Address,
  distrustError,
  type Identity,
  type Judgement,
  judgeMember,
  MAX_SECURE_HANDSHAKES,
  SECURE_HANDSHAKE_MS,
  type SecureListenOptions,
  type Stream,
  verdictByte,
} from "../world/index.ts";
import { NodeStream } from "./net-stream.ts";
import { contextOptions, handshakeError, isSameList, type Judge, PROTOCOLS, wallMs } from "./tls-context.ts";

/** How long somebody who was refused may take to hear of it. */
const FAREWELL_MS = 1000;

export class SecureAcceptor {
  readonly #secure: SecureListenOptions;
  readonly #judge: Judge;
  readonly #onStream: (stream: Stream) => void;
  /** Never listens itself: it is given connections. */
  readonly #server: tls.Server;
  #handshakes = 0;
  #identity: Identity;
  #authorities: readonly Uint8Array[];

  /** @throws Error where the certificate and the key do not belong together. */
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
    // Who ends in the middle of a handshake is gone: nothing waits for the other half.
    socket.allowHalfOpen = false;
    this.#renew();
    this.#server.emit("connection", socket);
  }

  /** Shows what is to be shown from now on. */
  #renew(): void {
    const { credentials } = this.#secure;
    const { identity, authorities } = credentials;
    if (identity === this.#identity && isSameList(authorities, this.#authorities)) return;
    this.#identity = identity;
    this.#authorities = [...authorities];
    this.#server.setSecureContext(contextOptions(this.#judge.crypto, credentials));
  }

  #shaken(socket: tls.TLSSocket): void {
    this.#handshakes--;
    socket.allowHalfOpen = true;
    const { onStranger, credentials } = this.#secure;
    const { crypto, clock } = this.#judge;
    const certificate = socket.getPeerX509Certificate()?.raw;
    if (certificate === undefined && onStranger !== undefined) {
      socket.write(Uint8Array.of(0));
      onStranger(new NodeStream(socket));
      return;
    }
    const judgement = judgeMember(crypto, credentials, certificate, wallMs(clock));
    if ("distrust" in judgement) this.#refuse(socket, judgement);
    else {
      socket.write(Uint8Array.of(verdictByte(judgement)));
      this.#onStream(new NodeStream(socket, judgement.peer));
    }
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

/** A socket that was reset does not say any more whose it was. */
function remoteOf(socket: Socket): Address {
  return { host: socket.remoteAddress ?? "unknown", port: socket.remotePort ?? 0 };
}

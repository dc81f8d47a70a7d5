/** The connecting side of secure streams: a handshake, the judgement of who listens, and then his verdict, which is the first byte that he says. */
import type { Socket } from "node:net";
import * as tls from "node:tls";
import {
  type Address,
  distrustError,
  type Judgement,
  judgeMember,
  judgePinned,
  type ProvenPeer,
  refusalOf,
  SECURE_PROTOCOL,
  type SecureConnectOptions,
  type Stream,
  secureError,
} from "../world/index.ts";
import { NodeStream } from "./net-stream.ts";
import { clientContext, handshakeError, type Judge, PROTOCOLS, wallMs } from "./tls-context.ts";

export interface SecureAttempt {
  readonly secure: SecureConnectOptions;
  readonly judge: Judge;
  readonly to: Address;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Makes a connection a secure stream; `socket` is destroyed where that fails. Errors: TLS_…; the signal's reason. */
export function secureClient(socket: Socket, attempt: SecureAttempt): Promise<Stream> {
  return new Promise((resolve, reject) => {
    if (attempt.signal?.aborted) {
      socket.destroy();
      reject(attempt.signal.reason);
    } else new Securing(socket, attempt, resolve, reject);
  });
}

class Securing {
  readonly #attempt: SecureAttempt;
  readonly #socket: tls.TLSSocket;
  readonly #resolve: (stream: Stream) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #peer: ProvenPeer | undefined;

  constructor(
    socket: Socket,
    attempt: SecureAttempt,
    resolve: (stream: Stream) => void,
    reject: (reason: unknown) => void,
  ) {
    const { secure, judge, signal, timeoutMs } = attempt;
    this.#attempt = attempt;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#socket = tls.connect({
      socket,
      secureContext: clientContext(judge.crypto, secure),
      // Judged below.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ALPNProtocols: PROTOCOLS,
    });
    this.#timer = setTimeout(() => this.#giveUp(this.#tooLate()), timeoutMs);
    signal?.addEventListener("abort", this.#abort, { once: true });
    this.#socket.once("error", this.#failed);
    // Either: a socket that may be half open does not close by itself.
    this.#socket.once("end", this.#closed);
    this.#socket.once("close", this.#closed);
    this.#socket.once("secureConnect", this.#shaken);
  }

  readonly #failed = (error: Error): void => this.#giveUp(handshakeError(error, this.#attempt.to));
  readonly #closed = (): void => this.#giveUp(handshakeError(undefined, this.#attempt.to));
  readonly #abort = (): void => this.#giveUp(this.#attempt.signal?.reason);

  readonly #shaken = (): void => {
    const { to } = this.#attempt;
    const judgement = this.#judged();
    if ("distrust" in judgement) this.#giveUp(distrustError(judgement.distrust, to));
    else if (this.#socket.alpnProtocol !== SECURE_PROTOCOL) this.#giveUp(handshakeError(undefined, to));
    else {
      this.#peer = judgement.peer;
      this.#socket.on("readable", this.#readable);
    }
  };

  readonly #readable = (): void => {
    const verdict: Uint8Array | null = this.#socket.read(1);
    // Not there yet, or the end: then it closes.
    if (verdict === null) return;
    const refusal = refusalOf(verdict[0] as number, this.#attempt.to);
    if (refusal !== undefined) this.#giveUp(refusal);
    else {
      this.#settle();
      this.#resolve(new NodeStream(this.#socket, this.#peer));
    }
  };

  #judged(): Judgement {
    const { secure, judge } = this.#attempt;
    const nowMs = wallMs(judge.clock);
    const { raw, issuerCertificate } = this.#socket.getPeerCertificate(true);
    return "credentials" in secure
      ? judgeMember(judge.crypto, secure.credentials, raw, nowMs)
      : judgePinned(judge.crypto, secure.pin, raw, issuerCertificate?.raw, nowMs);
  }

  #tooLate(): Error {
    const { to, timeoutMs } = this.#attempt;
    return secureError("TLS_FAILED", to, `no handshake in ${Math.round(timeoutMs)} ms`, { timeoutMs });
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#attempt.signal?.removeEventListener("abort", this.#abort);
    this.#socket.removeListener("error", this.#failed);
    this.#socket.removeListener("end", this.#closed);
    this.#socket.removeListener("close", this.#closed);
    this.#socket.removeListener("readable", this.#readable);
  }

  #giveUp(reason: unknown): void {
    this.#settle();
    this.#socket.on("error", () => {});
    this.#socket.destroy();
    this.#reject(reason);
  }
}

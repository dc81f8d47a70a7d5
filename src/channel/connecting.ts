/**
 * The driver of the initiator's handshakes: it sends what `Opening` says when it says so, and ends each attempt once, with
 * an answer, or with an error that says why there is none.
 */
import { type Address, CoterieError, formatAddress, type Random, randomUnit } from "../world/index.ts";
import type { DueQueue, Wakeable } from "./due-queue.ts";
import type { Exchange } from "./exchange.ts";
import type { party } from "./gen/channel.gen.ts";
import { type Answer, Opening } from "./opening.ts";
import type { OpenChannelOptions } from "./options.ts";
import { idKey } from "./session-table.ts";

type Accepted = Extract<Answer, { readonly accepted: true }>;

/** What one attempt is about. */
export interface Attempt {
  readonly exchange: Exchange;
  readonly self: party;
  readonly remote: Address;
  /** The address may be this endpoint's own. */
  readonly mayBeSelf: boolean;
  readonly options: OpenChannelOptions;
  /** The peer agrees: called in the turn of its answer. */
  onAccepted(answer: Accepted): void;
  onFailed(reason: unknown): void;
}

const DEFAULT_TIMEOUT_MS = 10_000;

const REFUSALS = {
  key: "does not allow this side's public key",
  full: "has no room for another channel",
  "not-listening": "takes no channels",
  self: "is not there: what answered is this endpoint itself; to connect to oneself, use a loopback address",
} as const;

export class Connecting {
  readonly #due: DueQueue;
  readonly #random: Random;
  readonly #send: (packet: Uint8Array, to: Address) => void;
  readonly #running = new Map<number, Running>();

  constructor(due: DueQueue, random: Random, send: (packet: Uint8Array, to: Address) => void) {
    this.#due = due;
    this.#random = random;
    this.#send = send;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Whether an attempt's id has this key. */
  has(key: number): boolean {
    return this.#running.has(key);
  }

  start(attempt: Attempt, nowMs: number): void {
    const { exchange, self, remote, options } = attempt;
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    if (!(timeoutMs > 0)) throw new RangeError(`connect: timeoutMs ${timeoutMs} is not above 0`);
    const opening = Opening.begin(exchange, self, nowMs, timeoutMs);
    if (opening === undefined) {
      attempt.onFailed(refused(remote, "has a public key that is none"));
      return;
    }
    const running = new Running(attempt, opening, (at) => this.#step(running, at));
    this.#running.set(idKey(self.id), running);
    options.signal?.addEventListener("abort", running.onAbort);
    running.abort = () => this.#fail(running, options.signal?.reason);
    this.#step(running, nowMs);
  }

  /** A RETRY for the attempt of this id. */
  retry(to: Uint8Array, cookie: Uint8Array, from: Address, nowMs: number): boolean {
    const running = this.#find(to, from);
    if (running === undefined) return false;
    running.opening.retry(cookie, nowMs);
    this.#step(running, nowMs);
    return true;
  }

  /** A RESPONSE for the attempt of this id; false when it is nobody's, or not authentic. */
  response(to: Uint8Array, noise: Uint8Array, from: Address, nowMs: number): boolean {
    const running = this.#find(to, from);
    const answer = running?.opening.answer(noise, nowMs, running.attempt.mayBeSelf);
    if (running === undefined || answer === undefined) return false;
    this.#end(running);
    const { attempt } = running;
    if (answer.accepted) attempt.onAccepted(answer);
    else if (answer.reason === "violation") attempt.onFailed(violation(attempt.remote));
    else attempt.onFailed(refused(attempt.remote, REFUSALS[answer.reason], answer.reason));
    return true;
  }

  close(error: () => CoterieError): void {
    for (const running of [...this.#running.values()]) this.#fail(running, error());
  }

  #find(id: Uint8Array, from: Address): Running | undefined {
    const running = this.#running.get(idKey(id));
    if (running === undefined) return undefined;
    const { self, remote } = running.attempt;
    if (!self.id.every((byte, at) => byte === id[at])) return undefined;
    if (from.port === remote.port && from.host === remote.host) return running;
    running.elsewhere = from;
    return undefined;
  }

  #step(running: Running, nowMs: number): void {
    const { opening, attempt } = running;
    if (nowMs >= opening.giveUpAtMs) {
      this.#fail(running, timedOut(attempt.remote, opening.forged, running.elsewhere));
      return;
    }
    if (nowMs >= opening.sendAtMs) this.#send(opening.send(nowMs, randomUnit(this.#random)), attempt.remote);
    this.#due.wakeBy(running, Math.min(opening.sendAtMs, opening.giveUpAtMs));
  }

  #fail(running: Running, reason: unknown): void {
    this.#end(running);
    running.attempt.onFailed(reason);
  }

  #end(running: Running): void {
    this.#running.delete(idKey(running.attempt.self.id));
    this.#due.remove(running);
    running.attempt.options.signal?.removeEventListener("abort", running.onAbort);
    running.isOver = true;
  }
}

class Running implements Wakeable {
  dueMs = 0;
  place = -1;
  isOver = false;
  /** Where an answer came from that was not believed for its address: the peer may have several. */
  elsewhere: Address | undefined;
  abort: () => void = () => {};
  readonly attempt: Attempt;
  readonly opening: Opening;
  readonly onAbort = (): void => this.abort();
  readonly #step: (nowMs: number) => void;

  constructor(attempt: Attempt, opening: Opening, step: (nowMs: number) => void) {
    this.attempt = attempt;
    this.opening = opening;
    this.#step = step;
  }

  onDue(nowMs: number): void {
    if (!this.isOver) this.#step(nowMs);
  }
}

function refused(remote: Address, what: string, reason?: string): CoterieError {
  const details = { ...remote, ...(reason && { reason }) };
  return new CoterieError("CHANNEL_REFUSED", `${formatAddress(remote)} ${what}`, { details });
}

function violation(remote: Address): CoterieError {
  const says = `${formatAddress(remote)} gave an answer to an initiation that cannot be read`;
  return new CoterieError("CHANNEL_VIOLATION", says, { details: { ...remote } });
}

function timedOut(remote: Address, forged: number, elsewhere: Address | undefined): CoterieError {
  let says = `${formatAddress(remote)} did not answer in time`;
  if (forged > 0) says += `; ${forged} answers did not prove that they were its own`;
  if (elsewhere !== undefined) {
    says += `; ${formatAddress(elsewhere)} answered instead: connect to that, or bind the peer to the address that is asked`;
  }
  const details = { ...remote, forged, ...(elsewhere && { answeredFrom: formatAddress(elsewhere) }) };
  return new CoterieError("CHANNEL_TIMEOUT", says, { details });
}

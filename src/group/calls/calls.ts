/**
 * Calls to the whole group: a request is multicast, each member's handler answers it, and the caller gets as many replies as it
 * asked for, with an exact account of the others. Replies come from member to member, beside the multicast; one that a broken link
 * swallowed is asked for again.
 */
import type { CoterieError, Log, Timer, Timers } from "../../world/index.ts";
import type { Typed } from "../api/codec.ts";
import {
  type Direct,
  done,
  encodeDirect,
  encodeFrame,
  type Outcome,
  refused,
  replyOf,
} from "../api/frames.ts";
import type { Outbox } from "../api/outbox.ts";
import type { GroupPort } from "../api/port.ts";
import { groupError } from "../errors.ts";
import { type Guarantee, type Member, memberName, type Order, type View } from "../types.ts";
import { Answers } from "./answers.ts";
import { callFailed } from "./call-error.ts";
import { type CallOutcome, Tally, type Wanted } from "./tally.ts";

/** Whose replies a call waits for, and for how long. */
export interface CallOptions {
  /** How many members' replies are waited for. Default `all`: of all that do not fail or leave. */
  readonly replies?: Wanted | undefined;
  /** Default: those of the group. */
  readonly order?: Order | undefined;
  readonly guarantee?: Guarantee | undefined;
  /** Default 30,000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A member's answer to a call. What it throws, the caller is told. */
export type CallHandler<Request, Reply> = (
  request: Request,
  call: { readonly caller: Member; readonly view: View },
) => Reply | Promise<Reply>;

/** Calls of one member that are under way. */
export const MAX_CALLS = 1024;
export const DEFAULT_CALL_TIMEOUT_MS = 30_000;
/** The longest that a timer can wait. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

interface Calling<Reply> {
  readonly tally: Tally<Reply>;
  readonly end: (error: CoterieError | undefined) => void;
}

export interface CallsOptions<Request, Reply> {
  readonly port: GroupPort;
  readonly outbox: Outbox;
  readonly timers: Timers;
  readonly log: Log;
  readonly requests: Typed<Request>;
  readonly replies: Typed<Reply>;
}

export class Calls<Request, Reply> {
  readonly #options: CallsOptions<Request, Reply>;
  readonly #calling = new Map<number, Calling<Reply>>();
  #answers: Answers;
  #handler: CallHandler<Request, Reply> | undefined;
  #number = 0;
  #view: View | undefined;

  constructor(options: CallsOptions<Request, Reply>) {
    this.#options = options;
    this.#answers = this.#freshAnswers();
  }

  #freshAnswers(): Answers {
    return new Answers((to, number, outcome) => this.#reply(to, number, outcome));
  }

  /** @throws TypeError when there is a handler already. */
  answer(handler: CallHandler<Request, Reply>): () => void {
    if (this.#handler !== undefined) throw new TypeError("this member has a handler for calls already");
    this.#handler = handler;
    return () => {
      if (this.#handler === handler) this.#handler = undefined;
    };
  }

  call(
    request: Request,
    order: Order,
    guarantee: Guarantee,
    options: CallOptions,
  ): Promise<CallOutcome<Reply>> {
    const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal } = options;
    if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) throw new RangeError(`timeoutMs ${timeoutMs}`);
    const tally = new Tally<Reply>(options.replies ?? "all");
    const { maxMessageBytes } = this.#options.port;
    const bytes = this.#options.requests.encode(request);
    if (bytes.length > maxMessageBytes - OVERHEAD_BYTES)
      throw new RangeError(
        `a request of ${bytes.length} bytes: the most is ${maxMessageBytes - OVERHEAD_BYTES}`,
      );
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#calling.size >= MAX_CALLS)
      return Promise.reject(groupError("GROUP_BUSY", `${MAX_CALLS} calls are under way`, "never"));
    const number = ++this.#number;
    const frame = encodeFrame({ kind: "call", number, request: bytes });
    return this.#begin(number, tally, timeoutMs, signal, () =>
      this.#options.outbox.put(order, guarantee, frame, "taken"),
    );
  }

  #begin(
    number: number,
    tally: Tally<Reply>,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    send: () => () => boolean,
  ): Promise<CallOutcome<Reply>> {
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      let drop = () => false;
      const finish = () => {
        timer?.cancel();
        signal?.removeEventListener("abort", onAbort);
        drop();
        this.#calling.delete(number);
      };
      const onAbort = () => {
        finish();
        reject(signal?.reason);
      };
      const end = (error: CoterieError | undefined) => {
        finish();
        if (error === undefined) resolve(tally.outcome());
        else reject(error);
      };
      const late = () =>
        end(callFailed("GROUP_CALL_TIMEOUT", `no ${described(tally)} in ${timeoutMs} ms`, tally.outcome()));
      timer = this.#options.timers.after(timeoutMs, late, { keepAlive: true });
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#calling.set(number, { tally, end });
      drop = send();
    });
  }

  /** A call is delivered here: of ours, or of somebody else. */
  deliver(sender: Member, number: number, request: Uint8Array): void {
    const view = this.#view as View;
    if (this.#isSelf(sender)) {
      const calling = this.#calling.get(number);
      calling?.tally.delivered(view);
      this.#judge(calling);
    }
    this.#answers.begin(sender, number, (answer) => void this.#work(request, sender, view, answer));
  }

  async #work(
    bytes: Uint8Array,
    caller: Member,
    view: View,
    answer: (outcome: Outcome) => void,
  ): Promise<void> {
    const handler = this.#handler;
    if (handler === undefined) {
      answer(refused("GROUP_NO_HANDLER", "the member has no handler for calls"));
      return;
    }
    let request: Request;
    try {
      request = this.#options.requests.decode(bytes);
    } catch (error) {
      answer(refused("GROUP_INVALID_MESSAGE", error));
      return;
    }
    try {
      answer(this.#outcomeOf(await handler(request, { caller, view })));
    } catch (error) {
      this.#options.log.warn("group call failed", { caller: memberName(caller), error: String(error) });
      answer(refused("GROUP_HANDLER_FAILED", error));
    }
  }

  /** @throws for a reply that cannot be sent. */
  #outcomeOf(reply: Reply): Outcome {
    const bytes = this.#options.replies.encode(reply);
    const most = this.#options.port.maxMessageBytes - OVERHEAD_BYTES;
    if (bytes.length > most) throw new RangeError(`a reply of ${bytes.length} bytes: the most is ${most}`);
    return done(bytes);
  }

  #isSelf(member: Member): boolean {
    return memberName(member) === memberName(this.#options.port.self);
  }

  #reply(to: Member, number: number, outcome: Outcome): boolean {
    const { self } = this.#options.port;
    if (this.#isSelf(to)) this.#replied(self, number, outcome);
    else return this.#send(to, number, outcome);
    return true;
  }

  #send(to: Member, number: number, result: Outcome | undefined): boolean {
    const { port } = this.#options;
    const direct = encodeDirect({ from: port.self.incarnation, to: to.incarnation, number, result });
    return port.send(to.node, direct);
  }

  /** A message from member to member. */
  receive(from: string, { from: incarnation, to, number, result }: Direct): void {
    const member = { node: from, incarnation };
    if (to !== this.#options.port.self.incarnation) return;
    if (result === undefined) this.#answers.asked(member, number);
    else this.#replied(member, number, result);
  }

  #replied(member: Member, number: number, outcome: Outcome): void {
    const calling = this.#calling.get(number);
    if (calling === undefined) return;
    calling.tally.answered(member, this.#answerOf(outcome));
    this.#judge(calling);
  }

  #answerOf(outcome: Outcome): { readonly value: Reply } | { readonly error: Error } {
    const lost = () =>
      groupError("GROUP_REPLY_LOST", "the member answered, and keeps the reply no more", "done");
    const reply = replyOf(outcome, "unknown", lost);
    if (!(reply instanceof Uint8Array)) return { error: reply };
    try {
      return { value: this.#options.replies.decode(reply) };
    } catch (error) {
      return { error: error as Error };
    }
  }

  #judge(calling: Calling<Reply> | undefined): void {
    if (calling === undefined) return;
    const { standing, wanted } = calling.tally;
    if (standing === "met") calling.end(undefined);
    else if (standing === "hopeless") {
      const outcome = calling.tally.outcome();
      const text = `${wanted} replies are wanted, and ${outcome.replies.length} are all that come`;
      calling.end(callFailed("GROUP_TOO_FEW_REPLIES", text, outcome));
    }
  }

  install(view: View): void {
    this.#view = view;
    this.#answers.keep(new Set(view.members.map(memberName)));
    for (const calling of [...this.#calling.values()]) {
      calling.tally.viewChanged(view);
      this.#judge(calling);
    }
  }

  /** A node can be reached again: what it answered may be lost, and what it was to get. */
  reachable(node: string): void {
    this.#answers.reachable(node);
    const member = this.#view?.members.find((each) => each.node === node);
    if (member === undefined) return;
    for (const [number, { tally }] of this.#calling)
      if (tally.isSilent(member) && !this.#send(member, number, undefined)) return;
  }

  /** This life is over: what its calls came to nobody knows. */
  out(): void {
    for (const { tally, end } of [...this.#calling.values()])
      end(
        callFailed(
          "GROUP_FATE_UNKNOWN",
          "this member was taken out of the group during the call",
          tally.outcome(),
        ),
      );
    this.#answers = this.#freshAnswers();
    this.#view = undefined;
  }
}

/** Of a frame around a request or a reply. */
export const OVERHEAD_BYTES = 64;

function described<Reply>(tally: Tally<Reply>): string {
  const { view, replies } = tally.outcome();
  if (view === undefined) return "delivery";
  return `${tally.wanted} replies, only ${replies.length},`;
}

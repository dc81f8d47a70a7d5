/**
 * A process's requests to shared objects: each is numbered in the process's session, multicast, and answered by the process's own copy
 * when it comes there in the group's order. When the process is taken out and comes back as a new member, those that have no
 * answer are sent again under the same numbers, so that each is carried out once at most.
 */
import type { CoterieError } from "../../world/index.ts";
import { encodeFrame, type Outcome, replyOf } from "../api/frames.ts";
import type { Outbox } from "../api/outbox.ts";
import { groupError } from "../errors.ts";
import { type Member, memberName } from "../types.ts";

/** What to do when the member is cut off: wait until it is not, or fail. */
export type WhenBlocked = "wait" | "fail";

/** For how long a request to a shared object waits. */
export interface RequestOptions {
  /** Default: that of `join`. */
  readonly whenBlocked?: WhenBlocked | undefined;
  /** Gives up waiting: the request may have been carried out, or may be yet. */
  readonly signal?: AbortSignal | undefined;
}

/** Requests of one process that are under way, so that the sessions of all are bounded; and those that wait for them. */
export const MAX_REQUESTS_UNDER_WAY = 1024;
export const MAX_REQUESTS_WAITING = 65_536;

interface Asking {
  readonly object: string;
  readonly command: Uint8Array;
  readonly whenBlocked: WhenBlocked;
  readonly resolve: (reply: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
  number: number;
  /** Whoever asked has been told that it failed. */
  isGivenUp: boolean;
}

export class Client {
  readonly #outbox: Outbox;
  readonly #isKnown: (session: string) => boolean;
  /** The member that this process is, and the session in which it asks. */
  #self = "";
  #session: string | undefined;
  #number = 0;
  /** By number, ascending: those that were multicast and are not answered. What was given up stays until its answer comes. */
  readonly #underWay = new Map<number, Asking>();
  readonly #waiting = new Set<Asking>();

  /** @param isKnown whether the group has the session. */
  constructor(outbox: Outbox, isKnown: (session: string) => boolean) {
    this.#outbox = outbox;
    this.#isKnown = isKnown;
  }

  get underWay(): number {
    return this.#underWay.size + this.#waiting.size;
  }

  /** The command is copied. Rejects with GROUP_BUSY, GROUP_BLOCKED, GROUP_OUT, GROUP_FATE_UNKNOWN, and what the object refuses with. */
  ask(
    object: string,
    command: Uint8Array,
    whenBlocked: WhenBlocked,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#waiting.size >= MAX_REQUESTS_WAITING) {
        const text = `over ${MAX_REQUESTS_WAITING} requests wait`;
        return reject(groupError("GROUP_BUSY", text, "never"));
      }
      const onAbort = () => {
        this.#waiting.delete(asking);
        asking.reject(signal?.reason);
      };
      const stop = () => signal?.removeEventListener("abort", onAbort);
      const asking: Asking = {
        object,
        command: command.slice(),
        whenBlocked,
        number: 0,
        isGivenUp: false,
        resolve: (reply) => {
          stop();
          resolve(reply);
        },
        reject: (error) => {
          stop();
          asking.isGivenUp = true;
          reject(error);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(asking);
      this.pump();
    });
  }

  /** The process is a member, for the first time or again. */
  installed(self: Member): void {
    this.#self = memberName(self);
    if (this.#session === undefined || !this.#isKnown(this.#session)) this.#beginSession();
    else this.#sendAgain();
    this.pump();
  }

  /** What was asked for in the session before, nobody knows any more. */
  #beginSession(): void {
    const lost = [...this.#underWay.values()];
    this.#underWay.clear();
    this.#session = this.#self;
    this.#number = 0;
    for (const asking of lost)
      asking.reject(unknown("the group has lost its state, or forgotten this process's session"));
  }

  /** All but those that nobody waits for: they may have been carried out, and will not be if they were not. */
  #sendAgain(): void {
    for (const [number, { isGivenUp }] of this.#underWay) if (isGivenUp) this.#underWay.delete(number);
    for (const asking of this.#underWay.values()) this.#send(asking);
  }

  pump(): void {
    if (this.#session === undefined) return;
    for (const asking of this.#waiting) {
      if (this.#underWay.size >= MAX_REQUESTS_UNDER_WAY || this.#outbox.waiting > 0) return;
      this.#waiting.delete(asking);
      asking.number = ++this.#number;
      this.#underWay.set(asking.number, asking);
      this.#send(asking);
    }
  }

  #send({ object, command, number }: Asking): void {
    const [first = number] = this.#underWay.keys();
    const session = this.#session as string;
    const request = { session, number, done: first - 1, object, command };
    this.#outbox.put("total", "atomic", encodeFrame({ kind: "request", request }), "taken");
  }

  /** The member's own copy has answered a request of some session. */
  answered(session: string, number: number, outcome: Outcome): void {
    if (session !== this.#session) return;
    const asking = this.#underWay.get(number);
    if (asking === undefined) return;
    if (!this.#isKnown(session)) {
      this.#beginSession();
      this.pump();
      return;
    }
    this.#underWay.delete(number);
    const reply = replyOf(outcome, "never", () => unknown("the group has forgotten the reply"));
    if (reply instanceof Uint8Array) asking.resolve(reply);
    else asking.reject(reply);
    this.pump();
  }

  /** Cut off: those that do not wait for better times fail. */
  blocked(): void {
    this.#fail(
      ({ whenBlocked }) => whenBlocked === "fail",
      blockedError,
      () => unknown(TOO_FEW),
    );
  }

  /** The last life is over. */
  end(never: () => CoterieError): void {
    this.#fail(
      () => true,
      never,
      () => unknown("the process is in the group no more"),
    );
    this.#underWay.clear();
  }

  #fail(isMeant: (asking: Asking) => boolean, never: () => CoterieError, late: () => CoterieError): void {
    for (const asking of this.#waiting) {
      if (!isMeant(asking)) continue;
      this.#waiting.delete(asking);
      asking.reject(never());
    }
    for (const asking of this.#underWay.values()) if (isMeant(asking)) asking.reject(late());
  }
}

const TOO_FEW = "too few of the group can be reached";

export function blockedError(): CoterieError {
  return groupError("GROUP_BLOCKED", TOO_FEW, "never");
}

function unknown(why: string): CoterieError {
  return groupError("GROUP_FATE_UNKNOWN", why, "unknown");
}

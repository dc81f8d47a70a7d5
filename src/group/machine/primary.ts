/**
 * The primary's work: requests to passive objects are carried out one after another for each object, on a copy that goes ahead, and the
 * changes are multicast. They come back in the group's order, to the primary like to everybody. When the primary is taken out before
 * its change has come to anybody, nothing has happened, and the next primary carries the request out.
 */
import { done, encodeFrame, type Outcome, refused } from "../api/frames.ts";
import type { Outbox } from "../api/outbox.ts";
import type { View } from "../types.ts";
import type { Executed, PassiveObject } from "./object.ts";
import type { PendingRequest } from "./pending.ts";
import { refusalOf } from "./replica.ts";

export interface PrimaryOptions {
  readonly name: string;
  readonly object: PassiveObject;
  readonly outbox: Outbox;
  readonly maxMessageBytes: number;
  /** The object could not take its own change: this member cannot go on. */
  readonly broken: (error: unknown) => void;
}

const NOTHING = new Uint8Array(0);

export class Primary {
  readonly #options: PrimaryOptions;
  readonly #queue: PendingRequest[] = [];
  /** Another number for each time that this member was made the primary; 0: it is not. */
  #term = 0;
  #terms = 0;
  #isBusy = false;
  #view: View = { id: 0, members: [] };

  constructor(options: PrimaryOptions) {
    this.#options = options;
  }

  /** This member is the primary from now on, or still: what waits is its to carry out. */
  lead(view: View, pending: Iterable<PendingRequest>): void {
    this.#view = view;
    if (this.#term > 0) return;
    this.#term = ++this.#terms;
    this.#options.object.promote();
    for (const each of pending) this.add(each);
  }

  /** It is not any more. */
  yield(): void {
    if (this.#term === 0) return;
    this.#term = 0;
    this.#isBusy = false;
    this.#queue.length = 0;
    this.#options.object.demote();
  }

  add(pending: PendingRequest): void {
    if (this.#term === 0 || pending.request.object !== this.#options.name) return;
    this.#queue.push(pending);
    this.run();
  }

  /** Goes on, as far as there is room for the changes. */
  run(): void {
    while (!this.#isBusy && this.#options.outbox.waiting === 0) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      this.#execute(next);
    }
  }

  #execute(pending: PendingRequest): void {
    const { request, sender, position } = pending;
    let result: Executed | Promise<Executed>;
    try {
      result = this.#options.object.execute(request.command, { view: this.#view, sender, position });
    } catch (error) {
      this.#tell(pending, NOTHING, refusalOf(error));
      return;
    }
    if (result instanceof Promise) this.#await(result, pending, this.#term);
    else this.#executed(pending, result);
  }

  #await(result: Promise<Executed>, pending: PendingRequest, term: number): void {
    this.#isBusy = true;
    const settle = (tell: () => void) => {
      if (term !== this.#term) return;
      this.#isBusy = false;
      tell();
      this.run();
    };
    result.then(
      (executed) => settle(() => this.#executed(pending, executed)),
      (error) => settle(() => this.#tell(pending, NOTHING, refusalOf(error))),
    );
  }

  #executed(pending: PendingRequest, { change, reply }: Executed): void {
    if (!this.#tell(pending, change, done(reply))) return;
    try {
      this.#options.object.advance(change);
    } catch (error) {
      this.#options.broken(error);
    }
  }

  /** @returns false for a change that is too large, which is refused instead. */
  #tell(pending: PendingRequest, change: Uint8Array, result: Outcome): boolean {
    const { name: object, outbox, maxMessageBytes } = this.#options;
    const { session, number } = pending.request;
    const frame = encodeFrame({ kind: "change", change: { session, number, object, change, result } });
    if (frame.length <= maxMessageBytes) {
      outbox.put("total", "atomic", frame, "taken");
      return true;
    }
    const text = `the change and its reply make ${frame.length} bytes: the most is ${maxMessageBytes}`;
    this.#tell(pending, NOTHING, refused("GROUP_COMMAND_REFUSED", text));
    return false;
  }
}

/** A process's time in a group, for those who wait for its beginning or its end. It begins once, and ends once, for a reason. */
import type { CoterieError } from "../../world/index.ts";
import { type Fate, groupError } from "../errors.ts";

export class Term {
  /** Resolves when it begins; rejects with GROUP_OUT when it never will. */
  readonly begun: Promise<void>;
  #settleBegun: (error?: CoterieError) => void = () => {};
  #reason: string | undefined;
  #leaving: (() => void)[] = [];

  constructor() {
    this.begun = new Promise<void>((resolve, reject) => {
      this.#settleBegun = (error) => (error === undefined ? resolve() : reject(error));
    });
    // Whoever does not wait for it is told by the event `out`.
    this.begun.catch(() => {});
  }

  get isOver(): boolean {
    return this.#reason !== undefined;
  }

  /** Somebody waits for its end. */
  get isLeaving(): boolean {
    return this.#leaving.length > 0;
  }

  begin(): void {
    this.#settleBegun();
  }

  /** Resolves when it is over. */
  left(): Promise<void> {
    return new Promise((resolve) => {
      this.#leaving.push(resolve);
    });
  }

  /** It is over; those who wait are told by `tell`. */
  end(reason: string): void {
    this.#reason = reason;
  }

  tell(): void {
    this.#settleBegun(this.error());
    for (const left of this.#leaving) left();
    this.#leaving = [];
  }

  /** What a method rejects with when it is over. */
  error(fate: Fate = "never"): CoterieError {
    return groupError("GROUP_OUT", `this process is in the group no more: ${this.#reason}`, fate);
  }
}

/** Who watches a shared object. What a handler throws is logged, and ends nothing. */
import type { Log } from "../../world/index.ts";
import { Listeners, type ListenOptions, type Unsubscribe } from "../api/listeners.ts";

export type { ListenOptions, Unsubscribe };

export class Watchers<Event> {
  readonly #listeners: Listeners<{ change: Event }>;

  constructor(log: Log) {
    this.#listeners = new Listeners(log);
  }

  /** @throws RangeError for more than `MAX_LISTENERS`. */
  add(handler: (event: Event) => unknown, options?: ListenOptions): Unsubscribe {
    return this.#listeners.on("change", handler, options);
  }

  get isEmpty(): boolean {
    return !this.#listeners.has("change");
  }

  tell(event: Event): void {
    this.#listeners.emit("change", event);
  }
}

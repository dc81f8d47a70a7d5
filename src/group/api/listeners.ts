/**
 * Handlers by the names of events. A handler that throws, or whose promise is rejected, is logged and ends nothing: what a group does
 * must not depend on what people do when they hear of it.
 */
import type { Log } from "../../world/index.ts";

/** Handlers of one event. */
export const MAX_LISTENERS = 1024;

/** For how long a listener listens. */
export interface ListenOptions {
  /** Ends the subscription when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** Ends a subscription; calling it again does nothing. */
export type Unsubscribe = () => void;

type Handler<Event> = (event: Event) => unknown;

export type Handlers<Events> = { readonly [Name in keyof Events]?: Handler<Events[Name]> | undefined };

export class Listeners<Events> {
  readonly #handlers = new Map<keyof Events, Handler<never>[]>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** @throws RangeError for more than `MAX_LISTENERS` of one event. */
  on<Name extends keyof Events>(
    name: Name,
    handler: Handler<Events[Name]>,
    { signal }: ListenOptions = {},
  ): Unsubscribe {
    if (typeof handler !== "function") throw new TypeError(`a handler of ${String(name)} is no function`);
    if (signal?.aborted) return () => {};
    const handlers = this.#handlers.get(name) ?? [];
    if (handlers.length >= MAX_LISTENERS)
      throw new RangeError(`${String(name)}: over ${MAX_LISTENERS} handlers; unsubscribe those not needed`);
    // A new array, so that whoever is being told goes on with the old one.
    this.#handlers.set(name, [...handlers, handler]);
    const stop = () => {
      signal?.removeEventListener("abort", stop);
      this.#remove(name, handler);
    };
    signal?.addEventListener("abort", stop, { once: true });
    return stop;
  }

  /** Handlers by the names of their events. */
  addAll(handlers: Handlers<Events>): void {
    for (const name of Object.keys(handlers) as (keyof Events)[]) {
      const handler = handlers[name];
      if (handler !== undefined) this.on(name, handler);
    }
  }

  #remove(name: keyof Events, handler: Handler<never>): void {
    const handlers = this.#handlers.get(name) ?? [];
    const at = handlers.indexOf(handler);
    if (at >= 0) this.#handlers.set(name, handlers.toSpliced(at, 1));
  }

  has(name: keyof Events): boolean {
    return (this.#handlers.get(name)?.length ?? 0) > 0;
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    const handlers = this.#handlers.get(name);
    if (handlers === undefined) return;
    for (const handler of handlers)
      guard(this.#log, String(name), () => (handler as Handler<Events[Name]>)(event));
  }
}

/** Runs what is people's; what it throws, or its promise is rejected with, is logged. */
export function guard(log: Log, name: string, run: () => unknown): void {
  const failed = (error: unknown) =>
    log.error("group handler failed", {
      handler: name,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  try {
    const result = run();
    if (typeof result === "object" && result !== null && "then" in result)
      Promise.resolve(result).catch(failed);
  } catch (error) {
    failed(error);
  }
}

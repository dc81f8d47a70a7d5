/** People's groups over the perfect group in memory, with time and a log that the test sees. */
import { JoinedGroup } from "../../src/group/api/joined-group.ts";
import type { JoinedOptions } from "../../src/group/api/options.ts";
import type { Declarations } from "../../src/group/machine/declaration.ts";
import { isCoterieError, type World } from "../../src/world/index.ts";
import { MemoryGroup } from "./memory-group.ts";

interface Due {
  readonly atMs: number;
  readonly fire: () => void;
}

export class MemoryPeople<Shared extends Declarations = Record<never, never>> {
  readonly net = new MemoryGroup();
  readonly log: string[] = [];
  readonly #groups = new Map<string, JoinedGroup<unknown, unknown, unknown, Shared>>();
  readonly #options: (node: string) => JoinedOptions<unknown, unknown, unknown, Shared>;
  #due: Due[] = [];
  #nowMs = 0;

  /** These found the group. */
  constructor(
    nodes: readonly string[],
    options: (node: string) => JoinedOptions<unknown, unknown, unknown, Shared> = () => ({}),
  ) {
    this.#options = options;
    for (const node of nodes) this.open(node);
    this.net.letIn(...nodes);
  }

  /** A process that is not yet let in. */
  open(node: string): JoinedGroup<unknown, unknown, unknown, Shared> {
    const group = new JoinedGroup(this.#world(), this.net.port(node), this.#options(node));
    this.#groups.set(node, group);
    return group;
  }

  of(node: string): JoinedGroup<unknown, unknown, unknown, Shared> {
    const group = this.#groups.get(node);
    if (group === undefined) throw new Error(`there is no ${node}`);
    return group;
  }

  /** The shared objects of a process. */
  at(node: string) {
    return this.of(node).shared;
  }

  #world(): World {
    const line = (event: string, fields: object = {}) =>
      void this.log.push(`${event} ${JSON.stringify(fields)}`);
    const world = {
      log: { debug: () => {}, info: line, warn: line, error: line },
      timers: {
        soon: (run: () => void) => run(),
        after: (delayMs: number, fire: () => void) => {
          const due = { atMs: this.#nowMs + delayMs, fire };
          this.#due.push(due);
          const cancel = () => {
            this.#due = this.#due.filter((each) => each !== due);
          };
          return { cancel };
        },
      },
    };
    return world as unknown as World;
  }

  /** Time passes, and what is due is done. */
  advance(byMs: number): void {
    this.#nowMs += byMs;
    const due = this.#due.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#due = this.#due.filter((each) => !due.includes(each));
    for (const { fire } of due) fire();
  }

  /** Timers that are still pending. */
  get pending(): number {
    return this.#due.length;
  }

  settle(): Promise<void> {
    return this.net.settle();
  }

  /** What a promise comes to when everything has been delivered: a value, the code of an error, or `pending`. */
  async outcome(promise: Promise<unknown>): Promise<unknown> {
    let outcome: unknown = "pending";
    promise.then(
      (value) => {
        outcome = value;
      },
      (error) => {
        outcome = isCoterieError(error) ? `${error.code} ${error.details.fate}` : error.name;
      },
    );
    await this.settle();
    return outcome;
  }
}

/** A standard schema that takes what `is` says. */
export function schemaOf<Value>(what: string, is: (value: unknown) => boolean) {
  return {
    "~standard": {
      version: 1 as const,
      vendor: "test",
      validate: (value: unknown) =>
        is(value)
          ? { value: value as Value }
          : { issues: [{ message: `not ${what}`, path: ["here", { key: 1 }] }] },
    },
  };
}

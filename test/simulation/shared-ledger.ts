/**
 * What clients of shared objects saw, as histories that one honest copy of each must be able to explain. A group that loses all its
 * members at once begins with nothing, and says so: from there on other histories are written. What was under way then is in both, as something
 * of which nobody knows.
 */
import {
  type CounterInput,
  counterModel,
  History,
  type KeyValueInput,
  keyValueModel,
  type OpenOperation,
  requireLinearizable,
} from "../../src/sim/index.ts";
import { type LeasedInput, type LeasedOutput, leasedQueueModel } from "./leased-queue-model.ts";

type KeyOutput = string | boolean | undefined;

class Histories {
  readonly map: History<KeyValueInput<string>, KeyOutput>;
  readonly counter: History<CounterInput, number | undefined>;
  readonly queue: History<LeasedInput, LeasedOutput>;

  constructor(nowMs: () => number) {
    this.map = new History({ nowMs });
    this.counter = new History({ nowMs });
    this.queue = new History({ nowMs });
  }
}

/** Begins the operation in a history once more, and leaves it open. */
type Again = (histories: Histories) => void;

export class SharedLedger {
  readonly #nowMs: () => number;
  readonly #all: Histories[];
  readonly #open = new Set<Again>();
  /** Operations that were answered. */
  answered = 0;
  /** The first view of all is not one after a loss. */
  #lostIn = 1;
  /** How often everything was lost. */
  losses = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#all = [new Histories(nowMs)];
  }

  get #now(): Histories {
    return this.#all.at(-1) as Histories;
  }

  map(client: string, input: KeyValueInput<string>): OpenOperation<KeyOutput> {
    return this.#begin(
      (histories) => histories.map.call(client, input),
      (histories) => histories.map,
    );
  }

  counter(client: string, input: CounterInput): OpenOperation<number | undefined> {
    return this.#begin(
      (histories) => histories.counter.call(client, input),
      (histories) => histories.counter,
    );
  }

  queue(client: string, input: LeasedInput): OpenOperation<LeasedOutput> {
    return this.#begin(
      (histories) => histories.queue.call(client, input),
      (histories) => histories.queue,
    );
  }

  #begin<Output>(
    call: (histories: Histories) => OpenOperation<Output>,
    of: (histories: Histories) => unknown,
  ): OpenOperation<Output> {
    const at = this.#now;
    const operation = call(at);
    const again: Again = (histories) => void call(histories);
    this.#open.add(again);
    // What ends after a loss may have happened before it or after.
    const end = (how: () => void) => {
      this.#open.delete(again);
      if (of(at) === of(this.#now)) how();
      else operation.unknown();
    };
    return {
      returned: (output) => {
        this.answered++;
        end(() => operation.returned(output));
      },
      unknown: () => end(() => operation.unknown()),
      refused: () => end(() => operation.refused()),
    };
  }

  /** All state is lost, and this view is the first after it. @returns whether nobody has told it before. */
  lost(view: number): boolean {
    if (view <= this.#lostIn) return false;
    this.#lostIn = view;
    this.losses++;
    const histories = new Histories(this.#nowMs);
    for (const again of this.#open) again(histories);
    this.#all.push(histories);
    return true;
  }

  /** @throws CoterieError SIM_NOT_LINEARIZABLE */
  check(): void {
    for (const { map, counter, queue } of this.#all) {
      requireLinearizable(keyValueModel<string>(), map.operations());
      requireLinearizable(counterModel(), counter.operations());
      requireLinearizable(leasedQueueModel(), queue.operations());
    }
  }
}

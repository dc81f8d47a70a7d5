/**
 * What a benchmark tells at its end: tables for people, as they come, or everything as one piece of JSON for programs. Both say on
 * which machine, because a figure without one says nothing.
 */
import { machine, machineLine } from "./machine.ts";
import { tableOf } from "./table.ts";

export type Cells = Readonly<Record<string, string | number | undefined>>;

export class Report {
  readonly #benchmark: string;
  readonly #isJson: boolean;
  readonly #results: Record<string, readonly Cells[]> = {};
  readonly #more: Readonly<Record<string, unknown>>;

  /** @param more what else belongs to the figures: how many rounds, what the disk can do. */
  constructor(
    benchmark: string,
    { json }: { readonly json: boolean },
    more: Readonly<Record<string, unknown>> = {},
  ) {
    this.#benchmark = benchmark;
    this.#isJson = json;
    this.#more = more;
    if (json) return;
    const words = Object.entries(more).map(([name, value]) => `${name} ${value}`);
    console.log([benchmark, ...words, machineLine()].join(", "));
  }

  table(name: string, rows: readonly Cells[]): void {
    this.#results[name] = rows;
    if (!this.#isJson) console.log(`\n${name}\n${tableOf(rows)}`);
  }

  /** Says the JSON, where that is asked for. */
  end(): void {
    if (!this.#isJson) return;
    const whole = { benchmark: this.#benchmark, ...this.#more, machine: machine(), results: this.#results };
    console.log(JSON.stringify(whole, undefined, 2));
  }
}

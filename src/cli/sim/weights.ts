/** `--weights`: other weights for the kinds of fault that plans are drawn from. */
import { InvalidArgumentError } from "commander";
import { FAULT_KINDS, type FaultWeights } from "../../sim/index.ts";
import { UsageError } from "../errors.ts";
import { nearest } from "../suggest.ts";
import type { ScenarioInfo } from "./messages.ts";

/** `loss=2,crash-restart=0.5`. Which kinds there are is known when the scenarios are: `checkWeights`. */
export function parseWeights(text: string): FaultWeights {
  const weights = new Map<string, number>();
  for (const pair of text.split(",")) {
    const [, kind, number] = /^([\w-]+)=(\d+(?:\.\d+)?)$/.exec(pair) ?? [];
    const weight = Number(number);
    if (kind === undefined || !Number.isFinite(weight))
      throw new InvalidArgumentError("Expected KIND=NUMBER, several separated by commas.");
    if (weights.has(kind)) throw new InvalidArgumentError(`It names ${kind} twice.`);
    weights.set(kind, weight);
  }
  return Object.fromEntries(weights);
}

/** @throws UsageError for a kind of fault that one of the scenarios does not have. */
export function checkWeights(weights: FaultWeights, scenarios: readonly ScenarioInfo[]): void {
  for (const { name, kinds: own } of scenarios) {
    const kinds = [...FAULT_KINDS.map(({ kind }) => kind), ...own];
    const unknown = Object.keys(weights).find((kind) => !kinds.includes(kind));
    if (unknown === undefined) continue;
    const guess = nearest(unknown, kinds);
    const hint = guess === undefined ? "" : ` (did you mean ${guess}?)`;
    const why = `--weights: ${name} has no kind of fault ${unknown}${hint}; it has ${kinds.join(", ")}`;
    throw new UsageError(why, { command: "sim" });
  }
}

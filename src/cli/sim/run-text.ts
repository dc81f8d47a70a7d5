/** What `coterie sim run` says: failures, what became of the corpus, and the sum of it. */
import type { CorpusEntry, FaultWeights } from "../../sim/index.ts";
import type { CliContext } from "../context.ts";
import { formatCount, formatDuration, showText } from "../style.ts";
import type { RunResult, ScenarioInfo } from "./messages.ts";
import type { SimulationSession } from "./session.ts";
import { firstLine, replayLine } from "./text.ts";

export interface Counts {
  readonly runs: number;
  readonly failures: number;
  /** Failures that were told one by one. */
  readonly told: number;
  readonly events: number;
  readonly simulatedMs: number;
  readonly realMs: number;
}

/** Flags of the command that decided what was run. */
export interface RunChoice {
  readonly corpus?: string | false;
  readonly weights?: FaultWeights;
}

/** `known`: it is a plan of the corpus. */
export function tellFailure(
  context: CliContext,
  session: SimulationSession,
  scenario: ScenarioInfo,
  { seed, failure }: RunResult,
  known: boolean,
  { corpus, weights }: RunChoice,
): void {
  if (failure === undefined) return;
  const { property, message } = failure;
  const replay = replayLine(context, {
    file: session.file,
    scenario: session.nameToSay(scenario),
    seed,
    known,
    corpus: corpus || undefined,
    twice: property === "SIM_NOT_REPEATED",
    // What is known is a plan, drawn already.
    weights: known ? undefined : weights,
  });
  const value = { event: "failure", scenario: scenario.name, seed, property, message, known, replay };
  context.output.result(value, (style) => {
    const mark = style.red(style.bold("FAILED"));
    const where = known ? ", known from the corpus" : "";
    return `${mark}  ${scenario.name}, seed ${style.bold(seed)}${where}: ${firstLine(failure)}\n        ${style.dim(replay)}`;
  });
}

/** An entry of the corpus that does not fail any more, or that the scenario cannot run any more. */
export function tellKnown(
  context: CliContext,
  event: "passes" | "stale",
  { property, plan }: CorpusEntry,
  why: string,
  pruned: boolean,
): void {
  const { scenario, seed } = plan;
  context.output.result({ event, scenario, seed, property, why, pruned }, (style) => {
    const mark = event === "passes" ? style.green("passes") : style.yellow("stale ");
    const what = event === "passes" ? "passes again" : "is no plan of it any more";
    const rest = pruned ? "is removed from it" : "stays in the corpus; --prune removes it";
    return `${mark}  ${scenario}, seed ${seed} of the corpus ${what} (${showText(why)}); it ${rest}`;
  });
}

export function tellSummary(
  context: CliContext,
  { name }: ScenarioInfo,
  { told, ...counts }: Counts,
  interrupted: boolean,
): void {
  const { runs, failures, simulatedMs, realMs } = counts;
  context.output.result({ event: "summary", scenario: name, ...counts, interrupted }, (style) => {
    const verdict =
      failures === 0 ? style.green("none failed") : style.red(`${formatCount(failures)} failed`);
    const more = failures > told ? ` (${formatCount(failures - told)} more like those above)` : "";
    const rate = `${formatDuration(simulatedMs)} simulated in ${formatDuration(realMs)}`;
    return `${name}: ${formatCount(runs)} runs, ${verdict}${more}; ${rate}${interrupted ? ", interrupted" : ""}`;
  });
}

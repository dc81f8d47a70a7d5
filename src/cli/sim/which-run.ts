/** Which run `replay` and `shrink` are about: a seed's, a plan's of a file, or one of the corpus. */
import type { FaultWeights, Plan } from "../../sim/index.ts";
import type { CliContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { corpusPath, readCorpus, readPlan } from "./files.ts";

/** Flags that name a run. */
export interface WhichFlags {
  readonly seed?: string;
  readonly plan?: string;
  readonly known?: boolean;
  readonly corpus?: string | false;
  readonly scenario?: string;
  readonly weights?: FaultWeights;
}

export interface WhichRun {
  readonly seed?: string;
  readonly weights?: FaultWeights;
  /** Not checked yet: the worker knows the scenario's own kinds of fault. */
  readonly plan?: Plan;
}

/** @throws UsageError for flags that name none, or two; CoterieError SIM_PLAN, SIM_CORPUS */
export async function whichRun(context: CliContext, file: string, flags: WhichFlags): Promise<WhichRun> {
  const { seed, plan, known = false, corpus, scenario, weights } = flags;
  const no = (why: string) => new UsageError(why, { command: "sim" });
  if (seed !== undefined && plan !== undefined) throw no("name the run by --seed, or by --plan: not by both");
  if (plan !== undefined && known) throw no("--known is the plan that the corpus has of a --seed");
  if (weights !== undefined && (known || plan !== undefined))
    throw no("--weights decides what plan a --seed becomes: a plan that was kept is drawn already");
  if (plan !== undefined) return { plan: await readPlan(context.local, plan) };
  if (seed === undefined) throw no("name the run by --seed, or by --plan");
  if (!known) return { seed, ...(weights && { weights }) };
  const { entries } = await readCorpus(context.local, corpus || corpusPath(file));
  const found = entries.find(
    (entry) => entry.plan.seed === seed && (scenario ?? entry.plan.scenario) === entry.plan.scenario,
  );
  if (found === undefined) throw no(`the corpus of ${file} has no seed ${seed}`);
  return { plan: found.plan };
}

export function named({ seed, plan }: WhichFlags): string {
  return seed === undefined ? `the plan ${plan}` : `seed ${seed}`;
}

/** What a failing run leaves in a folder: its plan, its trace, and the trace as a diagram. */
import { formatPlan } from "../../sim/index.ts";
import type { CliContext } from "../context.ts";
import { writeText } from "./files.ts";
import type { RunResult, ScenarioInfo } from "./messages.ts";
import type { SimulationSession } from "./session.ts";

/** Runs it once more, this time for the trace. The folder is there. */
export async function keepArtifacts(
  context: CliContext,
  session: SimulationSession,
  folder: string,
  scenario: ScenarioInfo,
  { plan, seed }: RunResult,
): Promise<void> {
  if (plan === undefined) return;
  const again = await session.run({ scenario: scenario.name, plan, want: { trace: true, svg: {} } });
  const base = `${folder.replace(/\/+$/, "") || "/"}/${`${scenario.name}-${seed}`.replace(/[^\w.-]/g, "_")}`;
  await writeText(context.local, `${base}.plan.json`, `${formatPlan(plan)}\n`);
  if (again.trace !== undefined) await writeText(context.local, `${base}.trace.txt`, again.trace);
  if (again.svg !== undefined) await writeText(context.local, `${base}.svg`, again.svg);
}

/** `coterie sim replay`: one run again, with all that is to be seen of it. */
import { formatSize, sizeOf } from "../../sim/index.ts";
import type { CliContext } from "../context.ts";
import { ExitStatus } from "../errors.ts";
import { formatCount, formatDuration, type Style } from "../style.ts";
import { writeText } from "./files.ts";
import type { RunResult } from "./messages.ts";
import { withSession } from "./session.ts";
import { fullText } from "./text.ts";
import { type WhichFlags, whichRun } from "./which-run.ts";

export interface ReplayFlags extends WhichFlags {
  readonly twice?: boolean;
  readonly trace?: boolean;
  readonly svg?: string;
  readonly limit: number;
}

export function replay(context: CliContext, file: string, flags: ReplayFlags): Promise<void> {
  return withSession(context, file, flags, 1, async (session) => {
    const asked = await whichRun(context, file, flags);
    const { name } = session.one(asked.plan?.scenario);
    const want = { trace: flags.trace ?? false, svg: flags.svg !== undefined };
    const result = await session.run({ scenario: name, ...asked, twice: flags.twice ?? false, want });
    const { type: _, svg, ...shown } = result;
    if (flags.svg !== undefined && svg !== undefined) await writeText(context.local, flags.svg, svg);
    if (result.failure !== undefined) context.exitStatus = ExitStatus.findings;
    context.output.result({ scenario: name, ...shown }, (style) => text(name, result, style));
  });
}

function text(scenario: string, result: RunResult, style: Style): string {
  const { seed, failure, nowMs, events, digest, plan, trace } = result;
  const verdict = failure === undefined ? style.green("good") : style.red(style.bold("FAILED"));
  // A run that killed its worker has told nothing.
  const ran =
    digest === ""
      ? ""
      : `  ${formatDuration(nowMs)} simulated, ${formatCount(events)} events, trace ${digest.slice(0, 16)}`;
  const lines = trace === undefined ? [] : [trace.trimEnd()];
  lines.push(`${scenario}, seed ${seed}: ${verdict}${style.dim(ran)}`);
  if (plan !== undefined) lines.push(`plan: ${formatSize(sizeOf(plan))}`);
  if (failure !== undefined) lines.push(fullText(failure, style));
  return lines.join("\n");
}

/** `coterie sim replay`: one run again, with all that is to be seen of it. */
import { formatSize, sizeOf } from "../../sim/index.ts";
import type { CliContext } from "../context.ts";
import { ExitStatus, UsageError } from "../errors.ts";
import { formatCount, formatDuration, type Style } from "../style.ts";
import { requireFolder, writeText } from "./files.ts";
import type { DiagramWindow, RunResult } from "./messages.ts";
import { withSession } from "./session.ts";
import { fullText } from "./text.ts";
import { type WhichFlags, whichRun } from "./which-run.ts";

export interface ReplayFlags extends WhichFlags {
  readonly twice?: boolean;
  readonly trace?: boolean;
  readonly svg?: string;
  /** Of the diagram, in virtual milliseconds. */
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
}

export async function replay(context: CliContext, file: string, flags: ReplayFlags): Promise<void> {
  const svgWindow = windowOf(flags);
  const asked = await whichRun(context, file, flags);
  if (flags.svg !== undefined) await requireFolder(context.local, flags.svg);
  return withSession(context, file, flags, 1, async (session) => {
    const { name } = session.one(asked.plan?.scenario);
    const want = { trace: flags.trace ?? false, ...(svgWindow && { svg: svgWindow }) };
    const result = await session.run({ scenario: name, ...asked, twice: flags.twice ?? false, want });
    const { type: _, svg, ...shown } = result;
    if (flags.svg !== undefined && svg !== undefined) await writeText(context.local, flags.svg, svg);
    if (result.failure !== undefined) context.exitStatus = ExitStatus.findings;
    context.output.result({ scenario: name, ...shown }, (style) => text(name, result, style));
  });
}

/** Undefined when no diagram is asked for. @throws UsageError */
function windowOf({ svg, from, to }: ReplayFlags): DiagramWindow | undefined {
  if (svg === undefined && (from !== undefined || to !== undefined))
    throw new UsageError("--from and --to choose what the diagram shows: they need --svg", {
      command: "sim",
    });
  if (from !== undefined && to !== undefined && from > to) {
    throw new UsageError(`--from ${from} ms is after --to ${to} ms`, { command: "sim" });
  }
  if (svg === undefined) return undefined;
  return { ...(from !== undefined && { fromMs: from }), ...(to !== undefined && { toMs: to }) };
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

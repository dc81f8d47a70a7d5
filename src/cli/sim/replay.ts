/** `coterie sim replay`: one run again, with all that is to be seen of it. */
import { type FaultWeights, formatSize } from "../../sim/index.ts";
import type { CliContext } from "../context.ts";
import { ExitStatus } from "../errors.ts";
import { STATUS_OF_SIGNAL } from "../stop-requests.ts";
import { formatCount, formatDuration } from "../style.ts";
import { writeText } from "./files.ts";
import { SimulationSession } from "./session.ts";
import { whichRun } from "./shrink.ts";
import { fullText } from "./text.ts";

export interface ReplayFlags {
  readonly scenario?: string;
  readonly seed?: string;
  readonly plan?: string;
  readonly known?: boolean;
  readonly corpus?: string;
  readonly weights?: FaultWeights;
  readonly twice?: boolean;
  readonly trace?: boolean;
  readonly svg?: string;
  readonly limit: number;
}

export async function replay(context: CliContext, file: string, flags: ReplayFlags): Promise<void> {
  const session = await SimulationSession.open(context, file, flags);
  try {
    const asked = await whichRun(context, file, flags);
    const scenario = session.one(asked.plan?.scenario);
    const want = { trace: flags.trace ?? false, svg: flags.svg !== undefined };
    const running = session.run({ scenario: scenario.name, ...asked, twice: flags.twice ?? false, want });
    const result = await Promise.race([running, session.stopped]);
    if (typeof result === "string") {
      context.exitStatus = STATUS_OF_SIGNAL[result];
      return;
    }
    if (result.failure !== undefined) context.exitStatus = ExitStatus.findings;
    const { svg, trace, ...shown } = result;
    if (flags.svg !== undefined && svg !== undefined) await writeText(context.local, flags.svg, svg);
    const value = {
      ...shown,
      type: undefined,
      scenario: scenario.name,
      ...(trace !== undefined && { trace }),
    };
    context.output.result(value, (style) => {
      const { seed, failure, nowMs, events, digest, plan } = result;
      const verdict = failure === undefined ? style.green("good") : style.red(style.bold("FAILED"));
      const ran =
        digest === ""
          ? ""
          : `${formatDuration(nowMs)} simulated, ${formatCount(events)} events, trace ${digest.slice(0, 16)}`;
      const head = `${scenario.name}, seed ${seed}: ${verdict}  ${style.dim(ran)}`;
      const sized =
        plan === undefined
          ? []
          : [
              `plan: ${formatSize({ nodes: plan.nodes, faults: plan.faults.length, operations: plan.operations.length })}`,
            ];
      const why = failure === undefined ? [] : [fullText(failure, style)];
      return [...(trace === undefined ? [] : [trace.trimEnd()]), head, ...sized, ...why].join("\n");
    });
  } finally {
    session.close();
  }
}

/** What nodes remember of calls, in the shape that people and programs see: `coterie trace`. */
import { type node_steps, step_kind } from "../gen/cell-admin.gen.ts";

/**
 * What a node did: was called, gave the call to another node, was asked by another, gave it to the log,
 * carried it out, answered.
 */
export type StepKind =
  | "call"
  | "forward"
  | "asked"
  | "append"
  | "apply"
  | "done"
  | "fresh"
  | "answer"
  | "fail";

/** One step that a node took for a call of a volume. */
export interface CallStep {
  readonly kind: StepKind;
  /** Of one call the same at all nodes. */
  readonly request: string;
  /** By the clock of the node that was asked. */
  readonly atMs: number;
  /** Of "call" and "asked": NFS's version * 1000 + its procedure; of "apply": the index in the log. */
  readonly detail: number;
  /** Of "answer": answered, later, elsewhere or unknown; of "fail": the code; of "call": who calls. */
  readonly text: string;
}

/** What one node remembers of some calls. */
export interface NodeSteps {
  readonly node: string;
  /** Its times may be wrong by so much, against those of the node that was asked. */
  readonly uncertaintyMs: number;
  readonly steps: readonly CallStep[];
}

const KINDS: Readonly<Record<step_kind, StepKind>> = {
  [step_kind.STEP_CALL]: "call",
  [step_kind.STEP_FORWARD]: "forward",
  [step_kind.STEP_ASKED]: "asked",
  [step_kind.STEP_APPEND]: "append",
  [step_kind.STEP_APPLY]: "apply",
  [step_kind.STEP_DONE]: "done",
  [step_kind.STEP_FRESH]: "fresh",
  [step_kind.STEP_ANSWER]: "answer",
  [step_kind.STEP_FAIL]: "fail",
};
const ANSWERS = ["answered", "later", "elsewhere", "unknown"] as const;

export function decodeNodeSteps({ node, uncertainty_ms, steps }: node_steps): NodeSteps {
  return {
    node,
    uncertaintyMs: uncertainty_ms,
    steps: steps.map(({ kind, request, at_ms, detail, text }) => ({
      kind: KINDS[kind],
      request: `${hex32(request.high)}${hex32(request.low)}`,
      atMs: at_ms,
      detail,
      text: kind === step_kind.STEP_ANSWER ? (ANSWERS[detail] ?? "unknown") : text,
    })),
  };
}

function hex32(value: number): string {
  return value.toString(16).padStart(8, "0");
}

/**
 * What the command line and its workers say to each other, as JSON. A worker loads one file of scenarios, then does what it
 * is asked, one thing after another, and answers each in its turn.
 */
import type { Failure, FaultWeights, Plan } from "../../sim/index.ts";

/** A scenario as the command line knows it: what plans it can run, and with how many nodes. */
export interface ScenarioInfo {
  readonly name: string;
  readonly nodes: { readonly min: number; readonly max: number };
  /** Names of its own kinds of fault. */
  readonly kinds: readonly string[];
}

/** The part of a run that a diagram shows, in virtual milliseconds; without a beginning it is the end. */
export interface DiagramWindow {
  readonly fromMs?: number;
  readonly toMs?: number;
}

/** A run: of the plan that a seed becomes, or of a given one. */
export interface RunRequest {
  readonly type: "run";
  readonly scenario: string;
  readonly seed?: string;
  readonly weights?: FaultWeights;
  readonly plan?: Plan;
  /** Runs it once more, and fails if that does something else. */
  readonly twice?: boolean;
  /** What to bring beside the result. */
  readonly want?: { readonly trace?: boolean; readonly svg?: DiagramWindow };
}

export type Request =
  | { readonly type: "load"; readonly file: string }
  | RunRequest
  /** Draws a plan and does not run it. */
  | {
      readonly type: "plan";
      readonly scenario: string;
      readonly seed: string;
      readonly weights?: FaultWeights;
    }
  | { readonly type: "simplify"; readonly scenario: string; readonly operation: object };

export interface RunResult {
  readonly type: "ran";
  readonly seed: string;
  readonly failure?: Failure;
  readonly digest: string;
  readonly nowMs: number;
  readonly events: number;
  /** Of a run that failed. */
  readonly plan?: Plan;
  readonly trace?: string;
  readonly svg?: string;
}

export type Reply =
  | { readonly type: "loaded"; readonly scenarios: readonly ScenarioInfo[] }
  | RunResult
  | { readonly type: "planned"; readonly plan: Plan }
  | { readonly type: "simplified"; readonly operations: readonly object[] }
  /** Nothing was run: the file, the plan or the scenario is wrong. */
  | { readonly type: "refused"; readonly code: string; readonly message: string };

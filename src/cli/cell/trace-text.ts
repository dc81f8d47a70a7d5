/**
 * Calls as trees: at the top the node that the client called and what it did, beneath the step that made others work what they did. Times are
 * from the call's arrival, in milliseconds; those of other nodes are put on the first one's clock, and say by how much they may be wrong.
 */
import type { CallStep, NodeSteps } from "../../cell/index.ts";
import { nfsProcedureName } from "../../files/index.ts";
import { formatCount, type Style, showText } from "../style.ts";

export interface TracedStep {
  readonly node: string;
  readonly kind: CallStep["kind"];
  /** Since the call came. */
  readonly afterMs: number;
  /** By how much that may be wrong. */
  readonly uncertaintyMs: number;
  /** The index in the log, of "apply". */
  readonly index?: number;
  readonly text?: string;
}

export interface TracedCall {
  readonly request: string;
  /** The node that the client called. */
  readonly node: string;
  readonly procedure: string;
  /** By this node's clock; absent: not answered yet. */
  readonly tookMs?: number;
  /** In the order of their times. */
  readonly steps: readonly TracedStep[];
}

/** What was told, first by the node that was asked, as calls in the order in which they came to it. */
export function tracedCalls(told: readonly NodeSteps[]): TracedCall[] {
  const [own] = told;
  const first = own?.steps.filter(({ kind }) => kind === "call") ?? [];
  const seen = new Set<string>();
  return first.flatMap((call): TracedCall[] => {
    if (own === undefined || seen.has(call.request)) return [];
    seen.add(call.request);
    return [tracedCall(own, call, told)];
  });
}

function tracedCall({ node, steps: own }: NodeSteps, call: CallStep, told: readonly NodeSteps[]): TracedCall {
  const { request, detail, atMs } = call;
  const procedure = nfsProcedureName(Math.floor(detail / 1000), detail % 1000);
  const answer = own.findLast((step) => step.request === request && step.kind === "answer");
  const steps = told.flatMap((teller) =>
    teller.steps
      .filter((step) => step.request === request)
      .map((step): TracedStep => tracedStep(teller, step, atMs)),
  );
  // The sort keeps the order of what is at one time: each node's own.
  steps.sort((a, b) => a.afterMs - b.afterMs);
  const tookMs = answer && answer.atMs - atMs;
  return { request, node, procedure, ...(tookMs !== undefined && { tookMs }), steps };
}

function tracedStep({ node, uncertaintyMs }: NodeSteps, step: CallStep, startMs: number): TracedStep {
  const { kind, atMs, detail, text } = step;
  return {
    node,
    kind,
    afterMs: atMs - startMs,
    uncertaintyMs,
    ...(kind === "apply" && { index: detail }),
    ...((kind === "answer" || kind === "fail") && { text }),
  };
}

/** Of several answers, each node's with the least uncertainty, in the order of the last: the node that was asked comes first. */
export function surest(answers: readonly (readonly NodeSteps[])[]): NodeSteps[] {
  return (answers.at(-1) ?? []).map((last) => {
    const all = answers.flatMap((told) => told.filter(({ node }) => node === last.node));
    return all.reduce((best, each) => (each.uncertaintyMs < best.uncertaintyMs ? each : best), last);
  });
}

/** Everything that a client waited for is applied by every node that told anything, as far as this can be seen. */
export function isWhole(calls: readonly TracedCall[], nodes: readonly string[]): boolean {
  return calls.every(({ steps, node }) => {
    const appliedBy = new Set(steps.flatMap((step) => (step.kind === "apply" ? step.node : [])));
    return !appliedBy.has(node) || nodes.every((name) => appliedBy.has(name));
  });
}

export function formatTrace(calls: readonly TracedCall[], style: Style): string {
  return calls.map((call) => formatCall(call, style)).join("\n\n");
}

function formatCall({ procedure, node, tookMs, steps }: TracedCall, style: Style): string {
  const took = tookMs === undefined ? "not answered" : `answered after ${ms(tookMs)} ms`;
  const lastOwn = steps.findLastIndex((step) => step.node === node);
  const lines = steps.map((step, at) => {
    const time = style.dim(ms(step.afterMs).padStart(9));
    if (step.node === node) return `${time}  ${at === lastOwn ? "└─" : "├─"} ${wordsOf(step)}`;
    const stem = at < lastOwn ? "│ " : "  ";
    const isLast = steps[at + 1]?.node === node || at === steps.length - 1;
    const wrong = style.dim(`(±${ms(step.uncertaintyMs)} ms)`);
    return `${time}  ${stem}  ${isLast ? "└─" : "├─"} ${showText(step.node)} ${wordsOf(step)} ${wrong}`;
  });
  return [`${style.bold(procedure)} at ${showText(node)}, ${took}`, ...lines].join("\n");
}

function ms(value: number): string {
  return value.toFixed(2);
}

const ANSWERS: Readonly<Record<string, string>> = {
  answered: "answered",
  later: "not done, for want of a quorum: the client asks again",
  elsewhere: "no replica serves here",
  unknown: "not answered: nobody knows whether it was done",
};

function wordsOf({ kind, index = 0, text = "" }: TracedStep): string {
  switch (kind) {
    case "call":
      return "the call came";
    case "forward":
      return "sent on to a node that has a replica";
    case "asked":
      return "was asked";
    case "append":
      return "given to the log";
    case "apply":
      return `carried out as entry ${formatCount(index)}`;
    case "done":
      return "on the disks of a majority, and carried out here";
    case "fresh":
      return "the log says that what is read here is fresh";
    case "answer":
      return ANSWERS[text] ?? text;
    case "fail":
      return `the log says ${showText(text)}`;
  }
}

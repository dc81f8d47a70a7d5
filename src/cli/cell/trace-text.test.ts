import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { block } from "../../../test/support/readme.ts";
import type { CallStep, NodeSteps } from "../../cell/index.ts";
import { createStyle } from "../style.ts";
import { formatTrace, isWhole, surest, tracedCalls } from "./trace-text.ts";

function step(kind: CallStep["kind"], atMs: number, request = "a", more: Partial<CallStep> = {}): CallStep {
  return { kind, request, atMs, detail: 0, text: "", ...more };
}

const MKDIR = { detail: 3009, text: "me" };
const told: NodeSteps[] = [
  {
    node: "node-1",
    uncertaintyMs: 0,
    steps: [
      step("call", 1000, "a", MKDIR),
      step("append", 1000.1),
      step("call", 1001, "b", { detail: 3001 }),
      step("fresh", 1002, "b"),
      step("answer", 1002.5, "b", { text: "answered" }),
      step("apply", 1006, "a", { detail: 1234 }),
      step("done", 1006.2),
      step("answer", 1006.25, "a", { text: "answered" }),
    ],
  },
  { node: "node-2", uncertaintyMs: 0.3, steps: [step("apply", 1005, "a", { detail: 1234 })] },
  { node: "node-3", uncertaintyMs: 0.2, steps: [step("apply", 1010, "a", { detail: 1234 })] },
];

test("a call is drawn as a tree of what was done for it, where and when", () => {
  expect(formatTrace(tracedCalls(told), createStyle(false))).toBe(`MKDIR at node-1, answered after 6.25 ms
     0.00  ├─ the call came
     0.10  ├─ given to the log
     5.00  │   └─ node-2 carried out as entry 1,234 (±0.30 ms)
     6.00  ├─ carried out as entry 1,234
     6.20  ├─ on the disks of a majority, and carried out here
     6.25  └─ answered
    10.00      └─ node-3 carried out as entry 1,234 (±0.20 ms)

GETATTR at node-1, answered after 1.50 ms
     0.00  ├─ the call came
     1.00  ├─ the log says that what is read here is fresh
     1.50  └─ answered`);
});

test("the guide shows such a tree", () => {
  const guide = readFileSync(join(import.meta.dirname, "../../../docs/how-to/watch-a-cell.md"), "utf8");
  expect(block(guide, "text")).toBe(`${formatTrace(tracedCalls(told).slice(0, 1), createStyle(false))}\n`);
});

test("a call that came again is one call, and one that was not answered says so", () => {
  const again: NodeSteps = {
    node: "node-1",
    uncertaintyMs: 0,
    steps: [
      step("call", 0, "a", MKDIR),
      step("append", 1),
      step("fail", 5001, "a", { text: "LOG_NO_QUORUM" }),
      step("answer", 5001, "a", { text: "later" }),
      step("call", 6000, "a", MKDIR),
    ],
  };
  const calls = tracedCalls([again]);
  expect(calls).toHaveLength(1);
  expect(calls[0]?.steps.map(({ kind, text }) => [kind, text])).toEqual([
    ["call", undefined],
    ["append", undefined],
    ["fail", "LOG_NO_QUORUM"],
    ["answer", "later"],
    ["call", undefined],
  ]);
  const text = formatTrace(tracedCalls([{ ...again, steps: again.steps.slice(0, 2) }]), createStyle(false));
  expect(text).toMatch(/^MKDIR at node-1, not answered\n/);
});

test("of several answers each node's surest is taken", () => {
  const answer = (node: string, uncertaintyMs: number): NodeSteps => ({ node, uncertaintyMs, steps: [] });
  const answers = [
    [answer("node-2", 0), answer("node-1", 0.5), answer("node-3", 2)],
    [answer("node-2", 0), answer("node-3", 3), answer("node-1", 0.7)],
  ];
  const taken = surest(answers).map(({ node, uncertaintyMs }) => [node, uncertaintyMs]);
  expect(taken).toEqual([
    ["node-2", 0],
    ["node-3", 2],
    ["node-1", 0.5],
  ]);
  expect(surest([])).toEqual([]);
});

test("a trace is whole when all who tell have applied what the first one has", () => {
  const names = ["node-1", "node-2", "node-3"];
  expect(isWhole(tracedCalls(told), names)).toBe(true);
  expect(isWhole(tracedCalls(told.slice(0, 2)), names)).toBe(false);
  expect(isWhole(tracedCalls([]), names)).toBe(true);
});

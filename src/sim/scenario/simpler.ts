/** Simpler forms of one part of a plan: earlier, shorter, rounder; and a plan without one of its nodes. */
import { floorToDigit, roundToDigit, significantDigits } from "./numbers.ts";
import { NODE_FIELDS, nodesNamed } from "./plan.ts";
import type { Fault, Plan } from "./types.ts";

const TIMES = new Set(["atMs", "durationMs"]);
const NODES = new Set<string>(NODE_FIELDS);

/** Fewer digits first, then smaller: what every simplification must bring down, so that they come to an end. */
function isSimpler(a: number, b: number): boolean {
  const [digitsA, digitsB] = [significantDigits(a), significantDigits(b)];
  return digitsA < digitsB || (digitsA === digitsB && Math.abs(a) < Math.abs(b));
}

/** Candidates for a time, the earliest first. */
export function simplerTimes(ms: number): readonly number[] {
  const candidates = [1, floorToDigit(ms / 10), floorToDigit(ms / 2), floorToDigit(ms), roundToDigit(ms)];
  return [...new Set(candidates)].filter((value) => value >= 1 && isSimpler(value, ms));
}

function simplerNumbers(value: number): readonly number[] {
  const magnitude = Math.abs(value);
  // What happens by chance is harder to see than what happens always.
  if (magnitude < 1)
    return [1, roundToDigit(magnitude)].filter((each) => each === 1 || isSimpler(each, value));
  // Nought would take the fault away, or mean that there is no bound at all.
  return [floorToDigit(magnitude / 2), roundToDigit(magnitude)]
    .map((candidate) => Math.sign(value) * candidate)
    .filter((candidate) => candidate !== 0 && Number.isInteger(candidate) && isSimpler(candidate, value));
}

/** Faults that are like `fault` and simpler in one field. */
export function simplerFaults(fault: Fault): readonly Fault[] {
  return Object.entries(fault).flatMap(([name, value]) => {
    if (name === "group")
      return simplerGroups(value as readonly number[]).map((group) => ({ ...fault, group }));
    if (value === true) return [{ ...fault, [name]: false }];
    if (typeof value !== "number" || NODES.has(name)) return [];
    const values = TIMES.has(name) ? simplerTimes(value) : simplerNumbers(value);
    return values.map((simpler) => ({ ...fault, [name]: simpler }));
  });
}

/** One side of a partition with one node less. */
function simplerGroups(group: readonly number[]): readonly (readonly number[])[] {
  return group.length < 2 ? [] : group.map((_, index) => group.filter((__, other) => other !== index));
}

/** Operations that begin earlier or at a rounder time. */
export function earlierOperations<Op extends object>(operation: Op): readonly Op[] {
  const { atMs } = operation as { atMs?: unknown };
  return typeof atMs === "number"
    ? simplerTimes(atMs).map((earlier) => ({ ...operation, atMs: earlier }))
    : [];
}

/** The times at which parts of the plan begin, in order. */
export function beginnings(plan: Plan<object>): readonly number[] {
  const times = [...plan.operations, ...plan.faults].flatMap(
    (part) => (part as { atMs?: number }).atMs ?? [],
  );
  return [...new Set(times)].sort((a, b) => a - b);
}

/** The plan with everything that begins at `fromMs` or after moved `byMs` earlier. */
export function movedEarlier<Op extends object>(plan: Plan<Op>, fromMs: number, byMs: number): Plan<Op> {
  const move = <Part extends object>(part: Part): Part => {
    const { atMs } = part as { atMs?: number };
    return atMs === undefined || atMs < fromMs ? part : { ...part, atMs: atMs - byMs };
  };
  return { ...plan, operations: plan.operations.map(move), faults: plan.faults.map(move) };
}

/** The plan without a node and what names it; nodes after it move up by one. */
export function withoutNode<Op extends object>(plan: Plan<Op>, gone: number): Plan<Op> {
  const keep = <Part extends object>(parts: readonly Part[]): readonly Part[] =>
    parts.flatMap((part) => {
      const rest = leaving(part, gone);
      return rest === undefined ? [] : [rest];
    });
  return { ...plan, nodes: plan.nodes - 1, operations: keep(plan.operations), faults: keep(plan.faults) };
}

/** `part` without a node, or undefined when it is about that node. A group loses it, unless it was the last. */
function leaving<Part extends object>(part: Part, gone: number): Part | undefined {
  const { group, ...single } = part as Part & { readonly group?: unknown };
  if (nodesNamed(single).includes(gone)) return undefined;
  const moved: Record<string, unknown> = { ...single };
  for (const field of NODE_FIELDS) {
    const index = moved[field];
    if (typeof index === "number" && index > gone) moved[field] = index - 1;
  }
  if (group === undefined) return moved as Part;
  if (!Array.isArray(group)) return { ...moved, group } as Part;
  const left = group.filter((index) => index !== gone).map((index) => (index > gone ? index - 1 : index));
  return left.length === 0 ? undefined : ({ ...moved, group: left } as unknown as Part);
}

/** Plans as data from outside: a file that somebody wrote or kept from an older version. */
import { CoterieError } from "../../world/index.ts";
import { FAULT_KINDS } from "./kinds.ts";
import { MAX_FAULTS, MAX_NODES, MAX_OPERATIONS, MAX_QUIET_MS } from "./limits.ts";
import type { Fault, Operation, Plan } from "./types.ts";

/** The larger a plan's file, the less it is one. */
export const MAX_PLAN_BYTES = 16 * 1024 * 1024;

/** Fields that name a node, in operations and faults alike. */
export const NODE_FIELDS = ["node", "peer", "from", "to"] as const;

/** What of a scenario says which plans it can run. */
export interface PlanOwner {
  readonly name: string;
  readonly kinds?: readonly { readonly kind: string }[];
}

/** The plan for `scenario` in a file's text. @throws CoterieError SIM_PLAN */
export function parsePlan<Op extends object = Operation>(scenario: PlanOwner, text: string): Plan<Op> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    refuse(scenario, `it is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  return checkPlan(scenario, value);
}

/** `value`, if it is a plan that the scenario can run. @throws CoterieError SIM_PLAN */
export function checkPlan<Op extends object = Operation>(scenario: PlanOwner, value: unknown): Plan<Op> {
  const no = (why: string): never => refuse(scenario, why);
  if (!isRecord(value)) return no("it is no object");
  const { scenario: name, seed, nodes, quietMs, operations, faults } = value;
  if (name !== scenario.name) no(`it is for the scenario ${JSON.stringify(name)}`);
  if (typeof seed !== "string") return no("its seed is no text");
  if (!isWhole(nodes, 1, MAX_NODES)) return no(`nodes: expected 1 to ${MAX_NODES}`);
  if (!isNumber(quietMs, 1, MAX_QUIET_MS)) return no(`quietMs: expected 1 to ${MAX_QUIET_MS}`);
  if (!isList(operations, MAX_OPERATIONS))
    return no(`operations: expected at most ${MAX_OPERATIONS} in a list`);
  if (!isList(faults, MAX_FAULTS)) return no(`faults: expected at most ${MAX_FAULTS} in a list`);
  operations.forEach((operation, index) => {
    if (!isRecord(operation)) no(`operation ${index} is no object`);
    else if (operation.atMs !== undefined && !isNumber(operation.atMs, 0, MAX_QUIET_MS)) {
      no(`operation ${index}: atMs: expected 0 to ${MAX_QUIET_MS}`);
    }
  });
  const kinds = new Set([...FAULT_KINDS, ...(scenario.kinds ?? [])].map(({ kind }) => kind));
  faults.forEach((fault, index) => {
    const why = faultComplaint(fault, kinds, nodes, quietMs);
    if (why !== undefined) no(`fault ${index}: ${why}`);
  });
  return {
    scenario: scenario.name,
    seed,
    nodes,
    quietMs,
    operations: operations as Op[],
    faults: faults as Fault[],
  };
}

function faultComplaint(
  fault: unknown,
  kinds: ReadonlySet<string>,
  nodes: number,
  quietMs: number,
): string | undefined {
  if (!isRecord(fault)) return "it is no object";
  const { kind, atMs, durationMs, group } = fault;
  if (typeof kind !== "string" || !kinds.has(kind))
    return `no kind of fault is called ${JSON.stringify(kind)}`;
  if (!isNumber(atMs, 0, quietMs) || !isNumber(durationMs, 0, quietMs) || atMs + durationMs > quietMs) {
    return `it must begin and end between 0 and ${quietMs} ms`;
  }
  const isNode = (value: unknown): boolean => isWhole(value, 0, nodes - 1);
  const wrong = NODE_FIELDS.find((field) => fault[field] !== undefined && !isNode(fault[field]));
  if (wrong !== undefined) return `${wrong}: expected the index of a node, below ${nodes}`;
  if (group !== undefined && !(isList(group, nodes) && group.every(isNode)))
    return "group: expected indices of nodes";
  return undefined;
}

/** The nodes that an operation or a fault names. */
export function nodesNamed(part: object): readonly number[] {
  const record = part as Readonly<Record<string, unknown>>;
  const single = NODE_FIELDS.map((field) => record[field]);
  const group = Array.isArray(record.group) ? record.group : [];
  return [...single, ...group].filter((value): value is number => typeof value === "number");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: unknown, most: number): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= most;
}

function isNumber(value: unknown, least: number, most: number): value is number {
  return typeof value === "number" && value >= least && value <= most;
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isInteger(value) && isNumber(value, least, most);
}

function refuse(scenario: PlanOwner, why: string): never {
  throw new CoterieError("SIM_PLAN", `no plan for the scenario ${scenario.name}: ${why}`, {
    details: { scenario: scenario.name },
  });
}

/** Plans as people read and keep them: JSON with a line for each operation and each fault. */
import type { PlanSize } from "./shrink.ts";
import type { Plan } from "./types.ts";

/** JSON that `parsePlan` reads, without a newline at its end. */
export function formatPlan(plan: Plan<object>): string {
  const { scenario, seed, nodes, quietMs, operations, faults } = plan;
  const head = Object.entries({ scenario, seed, nodes, quietMs }).map(
    ([name, value]) => `${field(name)}${JSON.stringify(value)}`,
  );
  return `{\n  ${[...head, list("operations", operations), list("faults", faults)].join(",\n  ")}\n}`;
}

function field(name: string): string {
  return `${JSON.stringify(name)}: `;
}

function list(name: string, items: readonly object[]): string {
  if (items.length === 0) return `${field(name)}[]`;
  return `${field(name)}[\n    ${items.map((item) => JSON.stringify(item)).join(",\n    ")}\n  ]`;
}

/** `2 nodes, 1 fault, 3 operations`. */
export function formatSize({ nodes, faults, operations }: PlanSize): string {
  return [counted(nodes, "node"), counted(faults, "fault"), counted(operations, "operation")].join(", ");
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

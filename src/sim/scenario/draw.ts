/**
 * From a seed to a plan. Each part has random numbers of its own, named by the seed and a label, and so has each fault:
 * a scenario that draws one operation more keeps its faults, and one more kind of fault leaves the workload alone.
 */
import { CoterieError, isCoterieError } from "../../world/index.ts";
import { Prng } from "../prng.ts";
import { kindsOf } from "./kinds.ts";
import {
  DEFAULT_FAULT_COUNT,
  DEFAULT_NODES,
  DEFAULT_QUIET_MS,
  MAX_FAULT_DRAWS,
  MAX_FAULTS,
  MAX_NODES,
} from "./limits.ts";
import { notPlain } from "./plain.ts";
import { checkPlan } from "./plan.ts";
import type { Fault, FaultKind, FaultWeights, Operation, Plan, Scenario, Span } from "./types.ts";

/** Changes to the weights of faults, for one draw. */
export interface DrawOptions {
  /** Counts instead of the scenario's own for the kinds that it names. */
  readonly weights?: FaultWeights;
}

/**
 * The plan that a seed becomes. @throws RangeError, TypeError for a scenario that cannot be; CoterieError SIM_SCENARIO for
 * operations or faults that are no part of a plan; what the scenario's own functions throw
 */
export function drawPlan<Op extends object = Operation>(
  scenario: Scenario<Op>,
  seed: string | number,
  options: DrawOptions = {},
): Plan<Op> {
  const name = String(seed);
  const nodes = drawFrom(span(scenario.nodes, DEFAULT_NODES, MAX_NODES, "nodes"), new Prng(name, "nodes"));
  const quietMs = scenario.quietMs ?? DEFAULT_QUIET_MS;
  const random = new Prng(name, "workload");
  const plan = {
    scenario: scenario.name,
    seed: name,
    nodes,
    quietMs,
    operations: scenario.workload?.({ random, nodes, quietMs }) ?? [],
    faults: drawFaults(scenario as Scenario<never>, name, nodes, quietMs, options.weights ?? {}),
  };
  const why = notPlain(plan, "plan");
  if (why !== undefined) throw drawsNone(scenario, `${why}: draw plain data`);
  try {
    // What is drawn runs as it will when it is read back from a file.
    return checkPlan(scenario, JSON.parse(JSON.stringify(plan)));
  } catch (error) {
    throw isCoterieError(error, "SIM_PLAN") ? drawsNone(scenario, error.message) : error;
  }
}

function drawsNone({ name }: Pick<Scenario<never>, "name">, why: string): CoterieError {
  return new CoterieError("SIM_SCENARIO", `what ${name} draws cannot be: ${why}`, {
    details: { scenario: name },
  });
}

/** The nodes that a scenario may have. */
export function nodeSpan(scenario: Pick<Scenario<never>, "nodes">): Span {
  return span(scenario.nodes, DEFAULT_NODES, MAX_NODES, "nodes");
}

function span(given: number | Span | undefined, otherwise: number | Span, most: number, what: string): Span {
  const value = given ?? otherwise;
  const { min, max } = typeof value === "number" ? { min: value, max: value } : value;
  const least = what === "nodes" ? 1 : 0;
  if (!(Number.isInteger(min) && Number.isInteger(max) && least <= min && min <= max && max <= most)) {
    throw new RangeError(`${what} of ${min} to ${max}: expected whole numbers of ${least} to ${most}`);
  }
  return { min, max };
}

function drawFrom({ min, max }: Span, random: Prng): number {
  return min + random.below(max - min + 1);
}

function drawFaults(
  scenario: Scenario<never>,
  seed: string,
  nodes: number,
  quietMs: number,
  overrides: FaultWeights,
): readonly Fault[] {
  const table = weighted(scenario, { ...scenario.faults, ...overrides });
  if (table.length === 0) return [];
  const count = span(scenario.faultCount, DEFAULT_FAULT_COUNT, MAX_FAULTS, "faults");
  const drawn: Fault[] = [];
  for (let left = drawFrom(count, new Prng(seed, "faults")), i = 0; i < left; i++) {
    const random = new Prng(seed, `fault ${i}`);
    const fault = drawAllowed(scenario, table, random, drawn, nodes, quietMs);
    if (fault !== undefined) drawn.push(fault);
  }
  return drawn.sort((a, b) => a.atMs - b.atMs);
}

interface Weighted {
  readonly kind: FaultKind;
  readonly weight: number;
}

function weighted(scenario: Scenario<never>, weights: FaultWeights): readonly Weighted[] {
  const kinds = kindsOf(scenario);
  return Object.entries(weights).flatMap(([name, weight]) => {
    const kind = kinds.get(name);
    if (kind === undefined) {
      throw new RangeError(`no kind of fault is called ${name}: use ${[...kinds.keys()].join(", ")}`);
    }
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw new RangeError(`weight of ${name}: ${weight} is not 0 or more`);
    return weight === 0 ? [] : [{ kind, weight }];
  });
}

function choose(table: readonly Weighted[], random: Prng): FaultKind {
  const total = table.reduce((sum, { weight }) => sum + weight, 0);
  let at = random.unit() * total;
  for (const { kind, weight } of table) {
    at -= weight;
    if (at < 0) return kind;
  }
  return (table.at(-1) as Weighted).kind;
}

/** Undefined when nothing fits after many draws, as when all nodes that may be down already are. */
function drawAllowed(
  scenario: Scenario<never>,
  table: readonly Weighted[],
  random: Prng,
  drawn: readonly Fault[],
  nodes: number,
  quietMs: number,
): Fault | undefined {
  for (let tries = 0; tries < MAX_FAULT_DRAWS; tries++) {
    const kind = choose(table, random);
    const parameters = kind.draw({ random, nodes });
    const when = drawTimes(kind, random, scenario.faultsFromMs ?? 0, quietMs);
    if (parameters === undefined) continue;
    const fault: Fault = { kind: kind.kind, ...when, ...parameters };
    if (!exceedsDown(scenario, drawn, fault, nodes) && (scenario.allow?.(fault, drawn, nodes) ?? true))
      return fault;
  }
  return undefined;
}

/** Whole milliseconds, from 1: the programs start at 0. Short faults are drawn more often than long ones. */
function drawTimes(
  kind: FaultKind,
  random: Prng,
  fromMs: number,
  quietMs: number,
): Pick<Fault, "atMs" | "durationMs"> {
  const room = quietMs - fromMs - 1;
  if (!(room >= 1)) throw new RangeError(`faults from ${fromMs} to ${quietMs} ms: there is no time for any`);
  const atMs = Math.floor(fromMs) + 1 + random.below(room);
  const share = random.unit() * random.unit();
  if (kind.instant === true) return { atMs, durationMs: 0 };
  return { atMs, durationMs: Math.max(1, Math.floor(share * (quietMs - atMs))) };
}

/** Whether more nodes than may be would be down at a time. Without the fault they are not: only its own time is looked at. */
function exceedsDown(
  scenario: Scenario<never>,
  drawn: readonly Fault[],
  fault: Fault,
  nodes: number,
): boolean {
  const { maxDown = nodes } = scenario;
  const most = maxDown === "minority" ? Math.ceil(nodes / 2) - 1 : maxDown;
  const kinds = kindsOf(scenario);
  if (most >= nodes || !kinds.get(fault.kind)?.down) return false;
  const end = ({ kind, atMs, durationMs }: Fault): number =>
    kinds.get(kind)?.down === "for-ever" ? Number.POSITIVE_INFINITY : atMs + durationMs;
  const meanwhile = [...drawn, fault].filter(
    (other) => kinds.get(other.kind)?.down && other.atMs <= end(fault) && fault.atMs <= end(other),
  );
  // The number of nodes that are down only grows when a fault begins.
  return meanwhile.some(({ atMs }) => {
    const down = meanwhile.filter((other) => other.atMs <= atMs && atMs <= end(other));
    return atMs >= fault.atMs && new Set(down.map(({ node }) => node)).size > most;
  });
}

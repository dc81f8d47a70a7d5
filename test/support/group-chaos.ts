/**
 * A group under everything that can go wrong, drawn from one seed: crashes and restarts, pauses, partitions in every shape, links that
 * break, hasty detectors, members that leave; all orders and guarantees at once. Then the faults end, and it must come to rest.
 */
import { type Guarantee, memberName, type Order } from "../../src/group/types.ts";
import { randomBelow } from "../../src/world/index.ts";
import { GroupNet, type NetOptions } from "./group-net.ts";
import { seededRandom } from "./seeded-random.ts";

export interface Outcome {
  readonly failure: string | undefined;
  readonly net: GroupNet;
}

const ORDERS: readonly Order[] = ["unordered", "fifo", "causal", "total", "causal-total", "sync"];

export function runChaos(seed: number, options: Partial<NetOptions> = {}): Outcome {
  const random = seededRandom(seed);
  const below = (bound: number) => randomBelow(random, bound);
  const nodes = options.nodes ?? 2 + below(5);
  const founders = Math.max(1, nodes - (below(3) === 0 ? 1 + below(nodes) : 0));
  const net = new GroupNet(random, {
    nodes,
    founders,
    latencyMs: 1 + below(20),
    syncMs: below(3) === 0 ? 40 : 3,
    detectMs: 100 + below(400),
    ...options,
  });
  for (let i = 0; i < nodes; i++) net.at(below(500), () => net.start(i));
  const endMs = 3000 + below(5000);
  const step = () => {
    if (net.nowMs >= endMs) return;
    const i = below(nodes);
    const order: Order = below(30) === 0 ? "sync" : (ORDERS[below(5)] as Order);
    const die = below(5);
    const guarantee: Guarantee =
      die === 0 && (order === "fifo" || order === "unordered")
        ? "unreliable"
        : die < 3
          ? "reliable"
          : "atomic";
    net.multicast(i, order, guarantee, below(40) === 0 ? 120_000 : below(200));
    net.at(1 + below(25), step);
  };
  net.at(600, step);
  const faults = below(10);
  for (let n = 0; n < faults; n++) net.at(300 + below(endMs - 300), () => fault(net, below));
  net.run(endMs);
  return settle(net);
}

function fault(net: GroupNet, below: (bound: number) => number): void {
  const size = net.nodes.length;
  const i = below(size);
  const j = (i + 1 + below(size - 1)) % size;
  switch (below(9)) {
    case 0:
      net.crash(i);
      return;
    case 1:
    case 2: {
      net.crash(i);
      net.at(below(2000), () => {
        if (net.node(i).core === undefined) net.start(i);
      });
      return;
    }
    case 3:
      net.pause(i, 50 + below(2000));
      return;
    case 4: {
      const side = [...net.nodes.keys()].filter(() => below(2) === 0);
      if (side.length === 0 || side.length === size) return;
      net.partition(side);
      net.at(200 + below(3000), () => net.heal());
      return;
    }
    case 5:
      net.cut(i, j);
      if (below(2) === 0) net.cut(j, i);
      net.at(200 + below(2000), () => net.heal());
      return;
    case 6:
      net.reset(i, j);
      return;
    case 7:
      net.suspect(i, j);
      return;
    case 8:
      if (below(2) === 0) net.leave(i);
      else for (let each = 0; each < size; each++) if (below(4) > 0) net.crash(each);
  }
}

/** Faults are over: all come back, and it must come to rest. */
function settle(net: GroupNet): Outcome {
  net.heal();
  net.run(100);
  net.heal();
  for (const { index, core, isLeaving } of [...net.nodes])
    if (core === undefined || isLeaving) {
      net.crash(index);
      net.start(index);
    }
  const fail = (what: string): Outcome => ({ failure: what, net });
  const violated = () => {
    const { violation } = net.spec;
    return violation === undefined ? undefined : `${violation.property}: ${violation.text}`;
  };
  const isSettled = net.runUntil(() => net.isSettled(), 60_000);
  if (violated() !== undefined) return fail(violated() as string);
  if (!isSettled) return fail("it does not come to rest");
  for (const { index } of net.nodes) net.multicast(index, "causal-total", "atomic", 10);
  net.run(3000);
  if (violated() !== undefined) return fail(violated() as string);
  const last = net.spec.finish(net.alive());
  if (last !== undefined) return fail(`${last.property}: ${last.text}`);
  const [first] = net.nodes;
  for (const node of net.nodes) {
    if (node.state.join(" ") !== first?.state.join(" "))
      return fail(`${memberName(node.core?.seat ?? { node: node.name, incarnation: 0 })} has another state`);
  }
  return { failure: undefined, net };
}

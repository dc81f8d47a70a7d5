import { describe, expect, it } from "vitest";
import { runChaos } from "../../test/support/group-chaos.ts";
import { GroupNet, type NetOptions } from "../../test/support/group-net.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { memberName, type Order } from "./types.ts";

function started(options: Partial<NetOptions> & { nodes: number }, seed = 1): GroupNet {
  const net = new GroupNet(seededRandom(seed), options);
  for (let i = 0; i < options.nodes; i++) net.start(i);
  comesToRest(net);
  return net;
}

function comesToRest(net: GroupNet, limitMs = 10_000): void {
  const isSettled = net.runUntil(() => net.isSettled(), limitMs);
  expect(net.spec.violation, net.log.join("\n")).toBeUndefined();
  expect(isSettled, net.log.join("\n")).toBe(true);
}

/** Everything that was sent has its end, and all who live have the same. */
function isGoodInTheEnd(net: GroupNet): void {
  net.run(2000);
  expect(net.spec.violation ?? net.spec.finish(net.alive()), net.log.join("\n")).toBeUndefined();
  const states = net.nodes
    .filter(({ core }) => core !== undefined && !core.isOut)
    .map(({ state }) => state.join(" "));
  expect(new Set(states).size, net.log.join("\n")).toBe(1);
}

const members = (net: GroupNet, index: number) =>
  net.node(index).core?.view?.members.map(memberName).join(" ");

describe("membership", () => {
  it("founds a group of all founders, oldest first", () => {
    const net = started({ nodes: 3 });
    expect(members(net, 2)).toBe("n0#1 n1#1 n2#1");
    expect(net.node(1).core?.view?.id).toBe(1);
  });

  it("founds it with a quorum when the others stay away, and not with less", () => {
    const net = new GroupNet(seededRandom(1), { nodes: 3 });
    net.start(2);
    net.run(20_000);
    expect(net.node(2).core?.view).toBeUndefined();
    net.start(1);
    comesToRest(net);
    expect(members(net, 2)).toBe("n1#1 n2#1");
  });

  it("lets others join, and gives them the state", () => {
    const net = started({ nodes: 2 });
    const joined = new GroupNet(seededRandom(2), { nodes: 3, founders: 2 });
    joined.start(0);
    joined.start(1);
    comesToRest(joined);
    for (let i = 0; i < 5; i++) joined.multicast(i % 2, "total", "atomic", 10);
    joined.run(200);
    joined.start(2);
    comesToRest(joined);
    expect(joined.node(2).state.length).toBe(5);
    isGoodInTheEnd(joined);
    expect(members(net, 0)).toBe("n0#1 n1#1");
  });

  it("takes out who crashes, and lets it come back as a new member", () => {
    const net = started({ nodes: 3 });
    net.crash(0);
    comesToRest(net);
    expect(members(net, 1)).toBe("n1#1 n2#1");
    net.start(0);
    comesToRest(net);
    expect(members(net, 1)).toBe("n1#1 n2#1 n0#2");
    isGoodInTheEnd(net);
  });

  it("takes a restarted node for another member, though nobody noticed that it was gone", () => {
    const net = started({ nodes: 3, detectMs: 5000 });
    net.crash(2);
    net.start(2);
    comesToRest(net, 3000);
    expect(members(net, 0)).toBe("n0#1 n1#1 n2#2");
  });

  it("lets a member go that leaves, with everything that it sent", () => {
    const net = started({ nodes: 3 });
    const before = net.node(0).state.length;
    for (let i = 0; i < 20; i++) net.multicast(2, "total", "reliable", 10);
    net.leave(2);
    expect(net.runUntil(() => net.node(2).outs.length > 0)).toBe(true);
    net.run(1000);
    expect(net.node(2).outs).toEqual(["left"]);
    expect(members(net, 0)).toBe("n0#1 n1#1");
    expect(net.node(0).state.length - before).toBe(20);
  });

  it.each([
    ["has left if all have what it sent", false, "left"],
    ["was taken out if something that it sent may be gone", true, "excluded"],
  ])("tells a leaver that hears only much later what came to be that it %s", (_, isUnsaid, reason) => {
    const net = started({ nodes: 4 });
    for (let i = 0; i < 5; i++) net.multicast(3, "total", "atomic", 10);
    net.run(300);
    net.partition([3]);
    if (isUnsaid) net.multicast(3, "total", "atomic", 10);
    net.leave(3);
    net.run(2000);
    expect(members(net, 0)).toBe("n0#1 n1#1 n2#1");
    // Two views further on nobody keeps the decision that took it out.
    net.crash(1);
    net.run(2000);
    net.start(1);
    net.run(2000);
    expect(members(net, 0)).toBe("n0#1 n2#1 n1#2");
    expect(net.node(3).outs).toEqual([]);
    net.heal();
    expect(net.runUntil(() => net.node(3).outs.length > 0)).toBe(true);
    expect(net.node(3).outs).toEqual([reason]);
    for (const at of [0, 2])
      expect(net.node(at).state.filter((id) => id.startsWith("n3#1/"))).toHaveLength(5);
  });

  it("lets the last member go, and all at once", () => {
    const net = started({ nodes: 2 });
    net.leave(0);
    net.leave(1);
    expect(net.runUntil(() => net.nodes.every(({ outs }) => outs[0] === "left"))).toBe(true);
    expect(net.spec.violation).toBeUndefined();
  });

  it("goes on where there is a majority, blocks where there is none, and says so", () => {
    const net = started({ nodes: 5 });
    net.partition([0, 1]);
    net.run(3000);
    expect(members(net, 2)).toBe("n2#1 n3#1 n4#1");
    expect([0, 1].map((i) => net.node(i).core?.isBlocked)).toEqual([true, true]);
    net.multicast(0, "total", "reliable", 10);
    net.multicast(2, "total", "reliable", 10);
    net.run(3000);
    expect(net.node(0).state.length).toBe(0);
    expect(net.node(2).state.length).toBe(1);
    net.heal();
    comesToRest(net);
    isGoodInTheEnd(net);
    expect(net.node(0).outs).toEqual(["excluded"]);
  });

  it("breaks a tie for the side with the oldest member", () => {
    const net = started({ nodes: 4 });
    net.partition([1, 2]);
    net.run(3000);
    expect(members(net, 0)).toBe("n0#1 n3#1");
    expect([1, 2].map((i) => net.node(i).core?.isBlocked)).toEqual([true, true]);
  });

  it("decides by the configured nodes, if there are any", () => {
    const quorum = { kind: "configured", nodes: ["n0", "n1", "n2"] } as const;
    const net = started({ nodes: 5, founders: 3, quorum });
    expect(members(net, 4)).toContain("n4#1");
    net.partition([0, 3, 4]);
    net.run(4000);
    expect(members(net, 1)).toBe("n1#1 n2#1");
    expect(net.node(3).core?.isBlocked).toBe(true);
    net.heal();
    comesToRest(net);
    isGoodInTheEnd(net);
  });

  it("comes back when everybody has crashed, as soon as a quorum has", () => {
    const net = started({ nodes: 3 });
    net.multicast(0, "total", "atomic", 10);
    net.run(100);
    for (const i of [0, 1, 2]) net.crash(i);
    net.run(100);
    net.start(1);
    net.run(10_000);
    expect(net.node(1).core?.view).toBeUndefined();
    net.start(2);
    comesToRest(net);
    expect(members(net, 1)).toBe("n1#2 n2#2");
    expect(net.log.at(-1)).toContain("nobody");
  });

  it("takes out who is suspected for no reason, and survives two who suspect each other", () => {
    const net = started({ nodes: 3, rejoin: false });
    net.cut(1, 2);
    net.cut(2, 1);
    net.run(3000);
    // Whoever noticed first stays.
    expect(net.node(0).core?.view?.members.length).toBe(2);
    expect([...net.node(1).outs, ...net.node(2).outs]).toEqual(["excluded"]);
  });

  it("takes out the one who hears nobody, and not all whom it suspects", () => {
    const net = started({ nodes: 4, rejoin: false, latencyMs: 2 });
    for (const i of [1, 2, 3]) net.cut(i, 0);
    net.run(5000);
    expect(members(net, 1)).toBe("n1#1 n2#1 n3#1");
  });

  it("delivers nothing to one that was paused until it knows that it is still in", () => {
    const net = started({ nodes: 3 });
    let deliveries = 0;
    net.onEffect = ({ index }, what) => {
      if (index === 2 && what === "deliver") deliveries++;
    };
    net.pause(2, 3000);
    for (let i = 0; i < 10; i++) net.multicast(0, "fifo", "reliable", 10);
    net.run(1500);
    expect(members(net, 0)).toBe("n0#1 n1#1");
    for (let i = 0; i < 10; i++) net.multicast(0, "unordered", "reliable", 10);
    expect(net.runUntil(() => net.node(2).outs.length > 0)).toBe(true);
    expect([net.node(2).outs, deliveries]).toEqual([["excluded"], 0]);
    comesToRest(net);
    isGoodInTheEnd(net);
  });

  it("lets one that was paused for a moment go on", () => {
    const net = started({ nodes: 3, detectMs: 2000 });
    net.pause(2, 400);
    net.multicast(0, "fifo", "reliable", 10);
    net.run(390);
    expect(net.spec.violation).toBeUndefined();
    net.run(500);
    expect(net.node(2).core?.isBlocked).toBe(false);
    expect(members(net, 0)).toBe("n0#1 n1#1 n2#1");
    isGoodInTheEnd(net);
  });
});

const ORDERS: readonly Order[] = ["unordered", "fifo", "causal", "total", "causal-total", "sync"];

/** A group of five in which the youngest crashes while everybody sends: from then on, what the others do is counted. */
function viewChange(onEffect: (net: GroupNet, index: number, count: number) => void): GroupNet {
  const net = started({ nodes: 5, latencyMs: 4, syncMs: 3, detectMs: 100 }, 7);
  for (let round = 0; round < 12; round++) {
    for (let i = 0; i < 5; i++)
      net.at(round * 3, () =>
        net.multicast(i, ORDERS[(round + i) % 6] as Order, round % 2 === 0 ? "atomic" : "reliable", 30),
      );
  }
  net.run(25);
  net.crash(4);
  const counts = [0, 0, 0, 0, 0];
  net.onEffect = ({ index }) => {
    counts[index] = (counts[index] as number) + 1;
    onEffect(net, index, counts[index] as number);
  };
  return net;
}

describe("a view change", () => {
  it("survives the crash of its coordinator before each of its steps", () => {
    let steps = 0;
    viewChange((_, index) => {
      if (index === 0) steps++;
    }).runUntil(() => steps > 60, 2000);
    expect(steps).toBeGreaterThan(40);
    for (let at = 1; at <= steps; at++) {
      const net = viewChange((here, index, count) => {
        if (index === 0 && count === at) here.crash(0);
      });
      net.runUntil(() => net.node(0).core === undefined, 3000);
      comesToRest(net);
      expect(members(net, 1), `step ${at}`).toBe("n1#1 n2#1 n3#1");
      net.start(0);
      net.start(4);
      comesToRest(net);
      isGoodInTheEnd(net);
    }
  });

  it("survives the crash of the successor too, and comes back when they do", () => {
    for (let first = 5; first <= 45; first += 8) {
      for (let second = 1; second <= 41; second += 5) {
        const crashed = new Set<number>();
        let successorSteps = 0;
        const net = viewChange((here, index, count) => {
          const at = index === 0 ? first : index === 1 && crashed.has(0) ? second : -1;
          if (at < 0) return;
          if (index === 1) successorSteps++;
          if ((index === 0 ? count : successorSteps) !== at) return;
          crashed.add(index);
          here.crash(index);
        });
        net.runUntil(() => crashed.size === 2, 3000);
        net.run(500);
        for (const index of [...crashed, 4]) net.start(index);
        comesToRest(net, 20_000);
        isGoodInTheEnd(net);
      }
    }
  });
});

describe("a group under faults of every kind", () => {
  it("keeps every property, and comes to rest when they end", () => {
    for (let seed = 1; seed <= 250; seed++) {
      const { failure, net } = runChaos(seed);
      expect(failure, `seed ${seed}\n${net.log.slice(-30).join("\n")}`).toBeUndefined();
    }
  });
});

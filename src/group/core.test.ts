import { describe, expect, it } from "vitest";
import { GroupNet } from "../../test/support/group-net.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";

function started(nodes: number, seed = 1, options = {}): GroupNet {
  const net = new GroupNet(seededRandom(seed), { nodes, ...options });
  for (let i = 0; i < nodes; i++) net.start(i);
  return net;
}

describe("a group", () => {
  it("is founded, multicasts, and takes out who crashes", () => {
    const net = started(3);
    expect(
      net.runUntil(() => net.isSettled(), 5000),
      net.log.join("\n"),
    ).toBe(true);
    for (let i = 0; i < 3; i++) net.multicast(i, "total", "atomic", 100);
    net.run(200);
    expect(net.node(1).state.length).toBe(3);
    net.crash(0);
    net.multicast(1, "total", "reliable", 100);
    expect(
      net.runUntil(() => net.isSettled(), 5000),
      net.log.join("\n"),
    ).toBe(true);
    net.run(300);
    net.start(0);
    expect(
      net.runUntil(() => net.isSettled(), 5000),
      net.log.join("\n"),
    ).toBe(true);
    net.run(500);
    expect(net.spec.violation).toBeUndefined();
    expect(net.spec.finish(net.alive())).toBeUndefined();
    expect(net.node(0).state).toEqual(net.node(1).state);
    console.log(net.log.join("\n"));
  });
});

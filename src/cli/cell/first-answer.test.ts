/** Nodes that stand still, are not there, or refuse, in simulated time. */
import { expect, test } from "vitest";
import { COTERIE_CELL_V2_contract } from "../../cell/gen/cell-admin.gen.ts";
import { AuthStat, RpcReject, RpcServer } from "../../rpc/index.ts";
import { type SimNode, Simulation } from "../../sim/index.ts";
import { CoterieError, type World } from "../../world/index.ts";
import { askCell } from "./ask-cell.ts";
import { firstToAnswer } from "./first-answer.ts";

const PORT = 2049;

interface Scene {
  readonly sim: Simulation;
  readonly nodes: readonly SimNode[];
  readonly user: World;
  readonly addresses: readonly { host: string; port: number }[];
  /** How often each node was asked to scrub. */
  readonly asked: number[];
}

/** Nodes that answer pings, and count what else they are asked. */
async function inScene(count: number, body: (scene: Scene) => Promise<void>): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const nodes = Array.from({ length: count }, (_, at) => sim.node(`node-${at + 1}`));
  const user = sim.node("user");
  const asked = nodes.map(() => 0);
  await sim.run(async () => {
    await Promise.all(nodes.map((node, at) => node.start((world) => serve(world, node.ip, at, asked))));
    await user.start(async (world) => {
      const addresses = nodes.map(({ ip }) => ({ host: ip, port: PORT }));
      await body({ sim, nodes, user: world, addresses, asked });
    });
  });
}

async function serve(world: World, host: string, at: number, asked: number[]): Promise<void> {
  const server = new RpcServer(world);
  const handlers = {
    0: () => undefined,
    9: () => {
      (asked[at] as number)++;
      return { is_done: true, revision: BigInt(at) };
    },
  };
  server.add({ contract: COTERIE_CELL_V2_contract, handlers } as never);
  await server.listen({ host, port: PORT });
}

test("a node that stands still costs a moment, and the command goes to one node only", async () => {
  await inScene(3, async ({ sim, nodes, user, addresses, asked }) => {
    nodes[0]?.pause();
    const beganMs = sim.nowMs;
    expect(await askCell(user, addresses, (admin) => admin.scrub("root"))).toBe(1);
    expect(sim.nowMs - beganMs).toBeGreaterThanOrEqual(300);
    expect(sim.nowMs - beganMs).toBeLessThan(400);
    nodes[0]?.resume();
    await sim.sleep(5000);
    // What comes to life later was pinged, and no more.
    expect(asked).toEqual([0, 1, 0]);
  });
});

test("nodes that are not there cost nothing, and the first that is there answers alone", async () => {
  await inScene(3, async ({ sim, nodes, user, addresses, asked }) => {
    nodes[0]?.crash();
    const beganMs = sim.nowMs;
    expect(await askCell(user, addresses, (admin) => admin.scrub("root"))).toBe(1);
    expect(sim.nowMs - beganMs).toBeLessThan(100);
    expect(asked).toEqual([0, 1, 0]);
  });
});

test("where all stand still, each is given its time, and the failure names them", async () => {
  await inScene(2, async ({ sim, nodes, user, addresses }) => {
    for (const node of nodes) node.pause();
    const beganMs = sim.nowMs;
    const failure = await askCell(user, addresses, (admin) => admin.scrub("root")).catch((error) => error);
    expect(failure).toMatchObject({ code: "CELL_UNREACHABLE", cause: { code: "RPC_TIMEOUT" } });
    expect(failure.message).toContain(`${addresses[0]?.host}:${PORT}, ${addresses[1]?.host}:${PORT}`);
    expect(sim.nowMs - beganMs).toBeGreaterThanOrEqual(2300);
    expect(sim.nowMs - beganMs).toBeLessThan(2400);
    expect(await firstToAnswer(user, [])).toBeUndefined();
  });
});

test("one that answers slowly is taken when it answers, although the next one was tried", async () => {
  await inScene(2, async ({ sim, nodes, user, addresses }) => {
    nodes[0]?.pause();
    nodes[1]?.pause();
    sim.at(500, () => nodes[0]?.resume());
    const found = await firstToAnswer(user, addresses);
    if (found === undefined || found instanceof CoterieError) throw new Error("nobody answered");
    expect(found.address).toBe(addresses[0]);
    await found.admin.close();
  });
});

test("one that stops after its ping is passed over, and one that refuses is the answer", async () => {
  await inScene(2, async ({ user, addresses }) => {
    const tried: string[] = [];
    const told = await askCell(user, addresses, async (_, { host }) => {
      tried.push(host);
      if (tried.length === 1) throw new CoterieError("RPC_TIMEOUT", "it stopped");
      return "told";
    });
    expect(told).toBe("told");
    expect(tried).toEqual(addresses.map(({ host }) => host));
    const refusal = askCell(user, addresses, async () => {
      throw new CoterieError("CELL_VOLUME_UNKNOWN", "there is none");
    });
    await expect(refusal).rejects.toMatchObject({ code: "CELL_VOLUME_UNKNOWN" });
  });
});

test("a node that answers its own machine alone is told apart from silence", async () => {
  const sim = new Simulation({ seed: 1 });
  const node = sim.node("node-1");
  const user = sim.node("user");
  await sim.run(async () => {
    await node.start(async (world) => {
      const server = new RpcServer(world);
      const refuse = () => {
        throw RpcReject.auth(AuthStat.AUTH_TOOWEAK);
      };
      server.add({ contract: COTERIE_CELL_V2_contract, handlers: { 0: refuse } } as never);
      await server.listen({ host: node.ip, port: PORT });
    });
    await user.start(async (world) => {
      const at = { host: node.ip, port: PORT };
      await expect(firstToAnswer(world, [at])).rejects.toMatchObject({
        code: "CELL_OPERATOR_NEEDED",
        details: at,
      });
    });
  });
});

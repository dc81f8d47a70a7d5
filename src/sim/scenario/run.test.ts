import assert from "node:assert/strict";
import { describe, expect, test } from "vitest";
import { letters } from "../../../test/support/letters-scenario.ts";
import { sleep, type World } from "../../world/index.ts";
import {
  defineScenario,
  drawPlan,
  EVERY_FAULT,
  type Plan,
  type Run,
  runPlan,
  type Scenario,
  type Stage,
} from "../index.ts";

const PLAN: Plan<object> = { scenario: "s", seed: "1", nodes: 2, quietMs: 100, operations: [], faults: [] };

function run(scenario: Partial<Scenario>, plan: Partial<Plan<object>> = {}): Promise<Run> {
  return runPlan(defineScenario({ name: "s", run() {}, ...scenario }), { ...PLAN, ...plan });
}

/** Sends datagrams to all, and a kilobyte over a stream to somebody, again and again. */
async function talk(world: World, peers: readonly string[]): Promise<never> {
  const udp = await world.net.datagram({ bind: { host: "0.0.0.0", port: 7 } });
  udp.onMessage = (data, from) => world.log.debug("heard", { from: from.host, first: data[0] });
  const bind = { host: "0.0.0.0", port: 8 };
  await world.net.listen({
    bind,
    onStream: (stream) => {
      stream.onData = (chunk) => void stream.write(chunk);
      stream.onEnd = () => stream.end();
    },
  });
  for (let round = 0; ; round++) {
    for (const host of peers) udp.send(world.random.bytes(100), { host, port: 7 });
    const to = { host: peers[world.random.uint32() % peers.length] as string, port: 8 };
    const stream = await world.net.connect({ to, timeoutMs: 50 }).catch(() => undefined);
    if (stream !== undefined) stream.onData = () => stream.end();
    stream?.write(world.random.bytes(1000));
    await sleep(world.timers, 20 + (world.random.uint32() % 10));
    world.log.info("round", { round, wall: world.clock.wall().nanoseconds });
  }
}

async function store(world: World): Promise<void> {
  const files = await world.storage.open("s");
  for (let i = 0; ; i = (i + 1) & 0xff) {
    files.apply([{ key: Uint8Array.of(i), value: world.random.bytes(500) }]);
    await files.sync().catch((error: { code: string }) => world.log.warn("sync", { code: error.code }));
    world.log.info("read", { first: files.get(Uint8Array.of(i))?.[0] });
    await sleep(world.timers, 30);
  }
}

/** Everything at once: streams, datagrams and stores under every kind of fault. */
const busy = defineScenario({
  name: "busy",
  nodes: 4,
  quietMs: 2000,
  faults: EVERY_FAULT,
  faultCount: 24,
  async run({ nodes, quiet }: Stage) {
    const peers = nodes.map(({ ip }) => ip);
    for (const node of nodes) void node.start((world) => Promise.all([talk(world, peers), store(world)]));
    await quiet(500);
  },
});

describe("a run", () => {
  test("fails of a property that a handler finds violated as of one that its end does", async () => {
    const late = await run({
      async run({ nodes, quiet, check }) {
        void nodes[0]?.start((world) => world.timers.after(1, () => check(false, "sums hold", "3 is not 4")));
        await quiet();
      },
    });
    const violated = { property: "sums hold", code: "SIM_VIOLATED", message: "sums hold: 3 is not 4" };
    expect(late.failure).toEqual(violated);
    expect((await run({ run: ({ fail }) => fail("sums hold", "3 is not 4") })).failure).toEqual(violated);
  });

  test("is the same for the same plan, with every kind of fault on", async () => {
    const kinds = new Set<string>();
    const digests = new Set<string>();
    for (let seed = 1; seed <= 8; seed++) {
      const plan = drawPlan(busy, seed);
      const [first, second] = [
        await runPlan(busy, plan),
        await runPlan(busy, JSON.parse(JSON.stringify(plan))),
      ];
      expect(first.failure).toBeUndefined();
      expect(second.digest).toBe(first.digest);
      expect(second.sim.trace.text()).toBe(first.sim.trace.text());
      expect(first.events).toBeGreaterThan(1000);
      digests.add(first.digest);
      for (const { kind } of plan.faults) kinds.add(kind);
    }
    expect(digests.size).toBe(8);
    expect([...kinds].sort()).toEqual(Object.keys(EVERY_FAULT).sort());
  });

  test("has no say in what the next one does", async () => {
    const plan = drawPlan(letters(), 5);
    const alone = (await runPlan(letters(), plan)).digest;
    await runPlan(busy, drawPlan(busy, 1));
    expect((await runPlan(letters(), plan)).digest).toBe(alone);
  });

  test("begins operations at their times, those without one with the one before, whatever the list's order", async () => {
    const begun: [number, object][] = [];
    const operations = [{ atMs: 50, n: 0 }, { n: 1 }, { atMs: 20, n: 2 }, { atMs: 50, n: 3 }];
    const { failure } = await run(
      { run: ({ play, sim }) => play((operation) => begun.push([sim.nowMs, operation])) },
      { operations },
    );
    expect(failure).toBeUndefined();
    expect(begun).toEqual([
      [20, { atMs: 20, n: 2 }],
      [50, { atMs: 50, n: 0 }],
      [50, { n: 1 }],
      [50, { atMs: 50, n: 3 }],
    ]);
  });

  test("is quiet only after faults that end at that very moment", async () => {
    const faults = [{ kind: "loss", atMs: 50, durationMs: 50, node: 0, loss: 1 }];
    let loss = 1;
    const { failure } = await run(
      {
        async run({ sim, node, quiet }) {
          await quiet();
          ({ loss } = sim.network.linkOptions(node(0), node(1)));
          expect(sim.nowMs).toBe(100);
        },
      },
      { faults },
    );
    expect(failure).toBeUndefined();
    expect(loss).toBe(0);
  });

  test("waits for no operation, and fails of one that fails", async () => {
    const never = { run: ({ play }: Stage) => play(() => new Promise(() => {})) };
    expect((await run(never, { operations: [{}, {}] })).failure).toBeUndefined();
    const fails = {
      run: async ({ play, quiet }: Stage) => {
        await play(() => Promise.reject(new Error("no luck")));
        await quiet();
      },
    };
    expect((await run(fails, { operations: [{}] })).failure?.property).toBe("Error: no luck");
  });

  test("names nodes as the scenario does, and gives them its options", async () => {
    const scenario: Partial<Scenario> = {
      nodeName: (index) => ["alice", "bob"][index] as string,
      layout: (sim, count) => {
        const lan = sim.network.lan(`of ${count}`);
        return (index) => (index === 0 ? {} : { lan });
      },
      run: ({ node, check, nodes }) => {
        check(node(0).name === "alice", "name");
        check(node(1).ip.startsWith("10.1.0."), "network");
        check(nodes.length === 2, "two");
      },
    };
    expect((await run(scenario)).failure).toBeUndefined();
    await expect(run({ nodeName: () => "same" })).rejects.toThrow("two nodes have one name");
  });
});

describe("a failure", () => {
  test.each<[string, Scenario["run"], string]>([
    ["a property's name", ({ fail }) => fail("no reading twice", "letter 7"), "no reading twice"],
    [
      "a property's name, deep inside",
      ({ nodes, fail, quiet }) => {
        void nodes[0]?.start((world) => world.timers.after(1, () => fail("deep", "down")));
        return quiet();
      },
      "deep",
    ],
    ["a code", () => new Promise(() => {}), "SIM_DEADLOCK"],
    [
      "an error's words without its numbers",
      () => {
        throw new TypeError(`7 of "nine" are 3.5 'x'`);
      },
      "TypeError: # of … are # …",
    ],
    [
      "what was thrown, whatever it is",
      () => {
        throw "a string";
      },
      "thrown: a string",
    ],
    [
      "an error's code, of whatever class",
      () => {
        throw Object.assign(new Error("x"), { code: "E_OWN" });
      },
      "E_OWN",
    ],
    [
      "an assertion's words",
      () => assert.equal(1, 2, "3 letters are missing"),
      "ERR_ASSERTION: # letters are missing",
    ],
  ])("is known by %s", async (_, scenarioRun, property) => {
    expect((await run({ run: scenarioRun })).failure?.property).toBe(property);
  });

  test("has words whatever was thrown", async () => {
    const thrown = [Object.create(null), Object.assign(new Error("x"), { message: 7n }), Symbol("s")];
    const failures = [];
    for (const value of thrown) {
      const { failure } = await run({
        run() {
          throw value;
        },
      });
      failures.push(failure?.message);
    }
    expect(failures).toEqual(["something that has no words", "7", "Symbol(s)"]);
  });

  test("is undefined thrown, too", async () => {
    const { failure } = await run({
      run: () => {
        throw undefined;
      },
    });
    expect(failure).toMatchObject({ property: "thrown: undefined" });
  });

  test("says where the scenario's own code threw, and not where the simulator's did", async () => {
    const own = await run({
      run: () => {
        throw new Error("mine");
      },
    });
    expect(own.failure?.stack).toContain("run.test.ts");
    const simulators = await run({ run: () => new Promise(() => {}) });
    expect(simulators.failure?.stack).toBeUndefined();
    expect(simulators.error).toMatchObject({ code: "SIM_DEADLOCK" });
  });

  test("is the time limit, where nothing else ends it", async () => {
    const forEver = async ({ sim }: Stage) => {
      for (;;) await sim.sleep(1000);
    };
    expect((await run({ run: forEver, limitMs: 5000 })).failure?.property).toBe("SIM_TIME_LIMIT");
    expect((await run({ run: forEver })).nowMs).toBeGreaterThan(600_000);
  });
});

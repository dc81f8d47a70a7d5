/** Each kind of fault does what its name says, to the world as its nodes see it, and is taken back in the end. */
import { describe, expect, test } from "vitest";
import { bytes } from "../../world/contract/contract.ts";
import type { World } from "../../world/index.ts";
import {
  defineFault,
  defineScenario,
  EVERY_FAULT,
  FAULT_KINDS,
  type Fault,
  type Plan,
  type Run,
  runPlan,
  type Scenario,
  type Stage,
} from "../index.ts";

const QUIET_MS = 2000;

/** Three nodes, and 2000 ms for the faults. */
function play(
  faults: readonly Fault[],
  run: (stage: Stage) => Promise<void>,
  change: Partial<Scenario> = {},
): Promise<Run> {
  const scenario = defineScenario({ name: "faults", quietMs: QUIET_MS, run, ...change });
  const plan: Plan = { scenario: "faults", seed: "1", nodes: 3, quietMs: QUIET_MS, operations: [], faults };
  return runPlan(scenario, plan);
}

async function good(faults: readonly Fault[], run: (stage: Stage) => Promise<void>): Promise<string> {
  const { failure, sim } = await play(faults, run);
  expect(failure).toBeUndefined();
  return sim.trace.text();
}

/** Every node sends a datagram to every other, every 10 ms; when each heard one. */
async function chatter(stage: Stage): Promise<ReadonlyMap<string, readonly number[]>> {
  const heard = new Map<string, number[]>();
  for (const node of stage.nodes) {
    const times: number[] = [];
    heard.set(node.name, times);
    void node.start(async (world: World) => {
      const socket = await world.net.datagram({ bind: { host: "0.0.0.0", port: 7 } });
      socket.onMessage = () => times.push(stage.sim.nowMs);
      const send = (): void => {
        for (const peer of stage.nodes)
          if (peer !== node) socket.send(bytes(`from ${node.name}`), { host: peer.ip, port: 7 });
        world.timers.after(10, send);
      };
      send();
    });
  }
  await stage.quiet(500);
  return heard;
}

function within(times: readonly number[] | undefined, from: number, to: number): number {
  return (times ?? []).filter((time) => time >= from && time < to).length;
}

const link = (kind: string, more: object): Fault => ({ kind, atMs: 500, durationMs: 500, ...more });

describe("a fault of links", () => {
  test.each([
    ["loss", { node: 0, loss: 1 }, [0, 50, 50]],
    ["loss", { node: 0, peer: 1, loss: 1 }, [50, 50, 100]],
    ["duplicate", { node: 0, duplicate: 1 }, [200, 150, 150]],
    ["partition", { group: [0] }, [0, 50, 50]],
    ["partition", { group: [0, 1] }, [50, 50, 0]],
    ["one-way-partition", { group: [0] }, [100, 50, 50]],
    ["partial-partition", { node: 1, peer: 2 }, [100, 50, 50]],
    ["slow-link", { node: 0, latencyMs: 5000, jitterMs: 0 }, [0, 50, 50]],
  ])("%s %j", async (kind, more, expected) => {
    await good([link(kind, more)], async (stage) => {
      const heard = await chatter(stage);
      const counts = (from: number, to: number) =>
        stage.nodes.map(({ name }) => within(heard.get(name), from, to));
      expect(counts(0, 495)).toEqual([100, 100, 100]);
      // Of 50 rounds, the first and the last are near the edge.
      counts(505, 995).forEach((count, index) => {
        expect(Math.abs(count - (expected[index] as number))).toBeLessThanOrEqual(4);
      });
      expect(counts(1010, 1500)).toEqual([98, 98, 98]);
    });
  });

  test("reorder and corrupt leave their marks, and only while they last", async () => {
    const text = await good(
      [link("reorder", { node: 0, reorder: 1 }), link("corrupt", { node: 0, corrupt: 1 })],
      async (stage) => {
        await chatter(stage);
      },
    );
    const marked = text.split("\n").filter((line) => line.includes("corrupted"));
    expect(marked.length).toBeGreaterThan(150);
    for (const line of marked) expect(Number.parseFloat(line)).toBeLessThan(1000);
    expect(Number.parseFloat(marked[0] ?? "")).toBeGreaterThanOrEqual(500);
  });

  test("bandwidth fills queues until they overflow", async () => {
    const run = async (stage: Stage): Promise<void> => void (await chatter(stage));
    expect(await good([], run)).not.toContain("queue");
    const text = await good([link("bandwidth", { node: 0, bandwidthBps: 10_000, queueBytes: 100 })], run);
    expect(text).toMatch(/queue/);
    const shared = play([link("bandwidth", { node: 0, bandwidthBps: 10_000, queueBytes: 100 })], run, {
      layout: (sim) => {
        const lan = sim.network.lan("bus", { kind: "bus" });
        return () => ({ lan });
      },
    });
    expect((await shared).failure).toBeUndefined();
    expect((await shared).sim.trace.text()).toMatch(/queue/);
  });

  test("small-mtu lets small datagrams pass, and no large ones", async () => {
    const sizes: number[] = [];
    await good([link("small-mtu", { node: 0, peer: 1, mtuBytes: 600 })], async (stage) => {
      const [a, b] = [stage.node(0), stage.node(1)];
      const open = (world: World) => world.net.datagram({ bind: { host: "0.0.0.0", port: 7 } });
      (await open(b.world)).onMessage = (data) => sizes.push(data.length);
      const socket = await open(a.world);
      for (const atMs of [100, 600, 1100]) {
        await stage.sim.sleep(atMs - stage.sim.nowMs);
        for (const size of [572, 573]) socket.send(new Uint8Array(size), { host: b.ip, port: 7 });
      }
      await stage.quiet();
    });
    expect(sizes.sort()).toEqual([572, 572, 572, 573, 573]);
  });

  test("overlapping ones end one by one, and the later counts where two meet", async () => {
    const faults = [
      { kind: "loss", atMs: 100, durationMs: 400, node: 0, loss: 0.5 },
      { kind: "loss", atMs: 200, durationMs: 100, node: 0, peer: 1, loss: 1 },
      { kind: "partition", atMs: 100, durationMs: 200, group: [2] },
      { kind: "partition", atMs: 200, durationMs: 200, group: [2] },
    ];
    await good(faults, async ({ sim, nodes }) => {
      const [a, b, c] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]];
      const lossAt = async (atMs: number) => {
        await sim.sleep(atMs - sim.nowMs);
        return [sim.network.linkOptions(a, b).loss, sim.network.linkOptions(c, a).loss];
      };
      expect(await lossAt(150)).toEqual([0.5, 0.5]);
      expect(await lossAt(250)).toEqual([1, 0.5]);
      expect(await lossAt(350)).toEqual([0.5, 0.5]);
      expect(await lossAt(550)).toEqual([0, 0]);
    });
    const text = await good(faults, async (stage) => {
      const times = (await chatter(stage)).get("n3");
      expect(within(times, 105, 395)).toBe(0);
      expect(within(times, 405, 500)).toBeGreaterThan(0);
    });
    expect(text).toContain("fault 1 loss begins");
    expect(text).toContain("fault 1 loss ends");
  });

  test("reset breaks streams", async () => {
    await good([{ kind: "reset", atMs: 500, durationMs: 0, node: 0, peer: 1 }], async (stage) => {
      const [a, b] = [stage.node(0), stage.node(1)];
      await a.start((world) => world.net.listen({ bind: { host: "0.0.0.0", port: 7 }, onStream: () => {} }));
      let closedMs = 0;
      await b.start(async (world) => {
        const stream = await world.net.connect({ to: { host: a.ip, port: 7 } });
        stream.onClose = () => {
          closedMs = stage.sim.nowMs;
        };
      });
      await stage.quiet();
      expect(closedMs).toBeCloseTo(500, 0);
    });
  });
});

describe("a fault of a node", () => {
  const crash = (kind: string, more: object = {}): Fault => ({
    kind,
    atMs: 500,
    durationMs: 500,
    node: 0,
    power: false,
    ...more,
  });

  /** When the first node was up, and what its disk had, at each start. */
  async function starts(faults: readonly Fault[]): Promise<readonly string[]> {
    const seen: string[] = [];
    await good(faults, async (stage) => {
      void stage.node(0).start(async (world) => {
        const store = await world.storage.open("s");
        const had = store.get(bytes("k")) === undefined ? "nothing" : "a value";
        seen.push(`${Math.round(stage.sim.nowMs)} ${had}`);
        store.apply([{ key: bytes("k"), value: bytes("v") }]);
        await store.sync();
      });
      await stage.quiet();
      seen.push(stage.node(0).isUp ? "up" : "down");
    });
    return seen;
  }

  test("crash: it stays down", async () => {
    expect(await starts([crash("crash", { durationMs: 0 })])).toEqual(["0 nothing", "down"]);
  });

  test("crash-restart: it finds its disk", async () => {
    expect(await starts([crash("crash-restart")])).toEqual(["0 nothing", "1000 a value", "up"]);
    expect(await starts([crash("crash-restart", { power: true })])).toEqual([
      "0 nothing",
      "1000 a value",
      "up",
    ]);
  });

  test("disk-lost: it finds nothing", async () => {
    expect(await starts([crash("disk-lost")])).toEqual(["0 nothing", "1000 nothing", "up"]);
  });

  test("a crash that finds its node down does nothing, and starts nothing too early", async () => {
    const faults = [crash("crash-restart"), crash("crash-restart", { atMs: 600, durationMs: 100 })];
    expect(await starts(faults)).toEqual(["0 nothing", "1000 a value", "up"]);
    expect(await starts([crash("crash"), crash("crash-restart", { atMs: 600 })])).toEqual([
      "0 nothing",
      "down",
    ]);
  });

  test("pause: timers wait, and one that ended in a crash resumes nobody", async () => {
    const ticks: number[] = [];
    await good([crash("pause")], async (stage) => {
      void stage.node(0).start((world) => {
        const tick = (): void => {
          ticks.push(Math.round(stage.sim.nowMs));
          world.timers.after(100, tick);
        };
        tick();
      });
      await stage.quiet();
    });
    expect(ticks.filter((time) => time > 500 && time < 1000)).toEqual([]);
    expect(ticks.at(-1)).toBeGreaterThan(1800);
    await good([crash("pause"), crash("crash-restart", { atMs: 600, durationMs: 100 })], (stage) =>
      stage.quiet(),
    );
  });

  test("clock-step, clock-drift and clock-jitter", async () => {
    const readings = async (fault: Fault): Promise<readonly number[]> => {
      const errors: number[] = [];
      await good([fault], async ({ sim, node }) => {
        const startSeconds = node(0).world.clock.wall().seconds;
        for (const atMs of [400, 999, 1500]) {
          await sim.sleep(atMs - sim.nowMs);
          const { seconds, nanoseconds } = node(0).world.clock.wall();
          errors.push((seconds - startSeconds) * 1000 + nanoseconds / 1e6 - atMs);
        }
      });
      return errors;
    };
    expect(await readings(crash("clock-step", { stepMs: -60_000 }))).toEqual(
      [0, -60_000, 0].map((ms) => expect.closeTo(ms, 3)),
    );
    const drift = await readings(crash("clock-drift", { driftPpm: 100_000 }));
    expect(drift).toEqual([0, 49.9, 50].map((ms) => expect.closeTo(ms, 3)));
    const [before, during, after] = await readings(
      crash("clock-jitter", { readJitterMs: 40, granularityMs: 0 }),
    );
    expect([before, after]).toEqual([expect.closeTo(0, 3), expect.closeTo(0, 3)]);
    expect(during).toBeLessThan(0);
    expect(during).toBeGreaterThan(-40);
  });
});

describe("a fault of a disk", () => {
  /** What became of a write and a read before, during and after. */
  async function outcomes(kind: string, more: object): Promise<readonly string[]> {
    const seen: string[] = [];
    await good([{ kind, atMs: 500, durationMs: 500, node: 0, ...more }], async (stage) => {
      const store = await stage.node(0).world.storage.open("s");
      for (const atMs of [100, 600, 1600]) {
        await stage.sim.sleep(atMs - stage.sim.nowMs);
        store.apply([{ key: bytes(`k${atMs}`), value: bytes("value") }]);
        const begunMs = stage.sim.nowMs;
        const outcome = await store.sync().then(
          () => "ok",
          (error: { code: string }) => error.code,
        );
        const slow = stage.sim.nowMs - begunMs > 100 ? " slowly" : "";
        const value = store.get(bytes(`k${atMs}`));
        const damaged = value !== undefined && new TextDecoder().decode(value) !== "value" ? " damaged" : "";
        seen.push(`${outcome}${slow}${damaged}`);
      }
    });
    return seen;
  }

  test.each([
    ["slow-disk", { syncMs: 200, bytesPerSecond: 1_000_000 }, ["ok", "ok slowly", "ok"]],
    ["full-disk", { capacityBytes: 0 }, ["ok", "STORE_FULL", "ok"]],
    ["failing-disk", { ioError: 1 }, ["ok", "STORE_IO", "ok"]],
    ["corrupt-write", { corruptWrite: 1 }, ["ok", "ok damaged", "ok"]],
    ["corrupt-read", { corruptRead: 1 }, ["ok", "ok damaged", "ok"]],
  ])("%s", async (kind, more, expected) => {
    expect(await outcomes(kind, more)).toEqual(expected);
  });

  test("corrupt-block damages what is stored, for good", async () => {
    await good([{ kind: "corrupt-block", atMs: 500, durationMs: 0, node: 0 }], async (stage) => {
      const store = await stage.node(0).world.storage.open("s");
      store.apply([{ key: bytes("k"), value: bytes("value") }]);
      await store.sync();
      expect(store.get(bytes("k"))).toEqual(bytes("value"));
      await stage.quiet();
      expect(store.get(bytes("k"))).not.toEqual(bytes("value"));
    });
  });
});

describe("kinds", () => {
  test("have names that fit a command line, a class of the catalogue, and a summary", () => {
    expect(new Set(FAULT_KINDS.map(({ kind }) => kind)).size).toBe(FAULT_KINDS.length);
    for (const { kind, summary, class: faultClass } of FAULT_KINDS) {
      expect(kind).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(summary.length).toBeGreaterThan(10);
      expect(["fail-stop", "fail-restart", "omission", "timing", "partition", "byzantine"]).toContain(
        faultClass,
      );
    }
    expect(new Set(FAULT_KINDS.map((kind) => kind.class)).size).toBe(6);
    expect(Object.keys(EVERY_FAULT)).toEqual(FAULT_KINDS.map(({ kind }) => kind));
  });

  test("can be the scenario's own", async () => {
    const calls: string[] = [];
    const own = defineFault<{ word: string }>({
      kind: "shout",
      class: "byzantine",
      summary: "somebody says a word",
      draw: () => ({ word: "hey" }),
      apply(_, { word }) {
        calls.push(word);
        return () => calls.push("over");
      },
    });
    const { failure } = await play(
      [{ kind: "shout", atMs: 5, durationMs: 5, word: "hey" }],
      (stage) => stage.quiet(),
      { kinds: [own] },
    );
    expect(failure).toBeUndefined();
    expect(calls).toEqual(["hey", "over"]);
  });

  test("refuse parameters that cannot be, and the failure says which fault", async () => {
    const { failure } = await play([{ kind: "loss", atMs: 5, durationMs: 5, node: 0, loss: 7 }], (stage) =>
      stage.quiet(),
    );
    expect(failure).toMatchObject({
      property: "SIM_PLAN",
      message: expect.stringContaining("fault 0 (loss)"),
    });
  });
});

import { expect, test } from "vitest";
import { openMesh } from "../../channel/index.ts";
import { type SimNode, Simulation } from "../../sim/index.ts";
import { STEPS_MAX, step_kind } from "../gen/cell-admin.gen.ts";
import { Steps } from "./steps.ts";
import { STEPS_MS, STEPS_PORT, StepsPort } from "./steps-port.ts";

const clock = { monotonicMs: () => 5, wall: () => ({ seconds: 0, nanoseconds: 0 }) };
const request = (low: number) => ({ high: 0xffffffff, low });

test("steps are found by their request, and by who called, oldest first", () => {
  const steps = new Steps(clock);
  steps.record(step_kind.STEP_CALL, request(1), 3009, "me");
  steps.record(step_kind.STEP_CALL, request(2), 3001, "you");
  steps.record(step_kind.STEP_APPLY, request(1), 42);
  steps.record(step_kind.STEP_ANSWER, request(2));
  expect(steps.find({ caller: "me", requests: [] })).toEqual([
    { kind: step_kind.STEP_CALL, request: request(1), at_ms: 5, detail: 3009, text: "me" },
    { kind: step_kind.STEP_APPLY, request: request(1), at_ms: 5, detail: 42, text: "" },
  ]);
  expect(steps.find({ caller: "", requests: [request(2)] }).map(({ kind }) => kind)).toEqual([
    step_kind.STEP_CALL,
    step_kind.STEP_ANSWER,
  ]);
  expect(steps.find({ caller: "nobody", requests: [request(3)] })).toEqual([]);
  expect(steps.find({ caller: "", requests: [] })).toEqual([]);
});

test("only the last steps are remembered", () => {
  const steps = new Steps(clock, 4);
  for (let low = 0; low < 6; low++) steps.record(step_kind.STEP_CALL, request(low), low, "me");
  expect(steps.find({ caller: "me", requests: [] }).map(({ detail }) => detail)).toEqual([2, 3, 4, 5]);
});

test("as many steps as are told fit a message of the mesh, whatever callers call themselves", async () => {
  const sim = new Simulation({ seed: 5 });
  await sim.run(async () => {
    const [a, b] = (await members(sim)) as [Member, Member, Member];
    const caller = "\uffff".repeat(255);
    a.steps.record(step_kind.STEP_CALL, request(1), 3009, "me");
    for (let at = 0; at < 2 * STEPS_MAX; at++) b.steps.record(step_kind.STEP_CALL, request(1), at, caller);
    const told = await a.port.gather({ caller: "me", requests: [] });
    expect(told.map(({ node, steps }) => [node, steps.length])).toEqual([
      ["a", 1],
      ["b", STEPS_MAX],
      ["c", 0],
    ]);
    expect(told[1]?.steps.at(-1)?.detail).toBe(2 * STEPS_MAX - 1);
  });
});

interface Member {
  readonly machine: SimNode;
  readonly steps: Steps;
  readonly port: StepsPort;
}

/** Nodes with a mesh between them, and the steps of each. */
async function members(sim: Simulation): Promise<Member[]> {
  const machines = ["a", "b", "c"].map((name) => sim.node(name, { clock: { driftPpm: 50 } }));
  const made: Member[] = [];
  for (const machine of machines) {
    await machine.start(async (world) => {
      const bind = { host: machine.ip, port: 4000 };
      const mesh = await openMesh(world, {
        name: machine.name,
        bind,
        carrier: { kind: "tcp", isTrustedNetwork: true },
      });
      for (const other of machines)
        if (other !== machine) mesh.add({ name: other.name, address: { host: other.ip, port: 4000 } });
      const steps = new Steps(world.clock);
      made.push({ machine, steps, port: new StepsPort(world, mesh.open(STEPS_PORT), steps) });
    });
  }
  await sim.sleep(1000);
  return made;
}

test("steps of all nodes come together on one clock, which is wrong by no more than is said", async () => {
  const sim = new Simulation({ seed: 3, link: { latencyMs: 20, jitterMs: 10 } });
  await sim.run(async () => {
    const [a, b, c] = (await members(sim)) as [Member, Member, Member];
    a.steps.record(step_kind.STEP_CALL, request(1), 3009, "me");
    const calledMs = sim.nowMs;
    await sim.sleep(50);
    b.steps.record(step_kind.STEP_APPLY, request(1), 7);
    await sim.sleep(25);
    c.steps.record(step_kind.STEP_APPLY, request(1), 7);
    c.steps.record(step_kind.STEP_APPLY, request(2), 8);
    const told = await a.port.gather({ caller: "me", requests: [] });
    expect(told.map(({ node, steps }) => [node, steps.length])).toEqual([
      ["a", 1],
      ["b", 1],
      ["c", 1],
    ]);
    const atMs = told.map(({ steps }) => (steps[0]?.at_ms ?? 0) - (told[0]?.steps[0]?.at_ms ?? 0));
    expect(calledMs).toBeLessThan(sim.nowMs);
    for (const [at, expected] of [0, 50, 75].entries()) {
      const { uncertainty_ms: wrong = 0 } = told[at] ?? {};
      expect(Math.abs((atMs[at] as number) - expected)).toBeLessThanOrEqual(wrong + 0.1);
      expect(wrong).toBeLessThan(40);
    }
  });
});

test("a node that does not answer is waited for a bounded time, and one that is gone not at all", async () => {
  const sim = new Simulation({ seed: 4 });
  await sim.run(async () => {
    const [a, b, c] = (await members(sim)) as [Member, Member, Member];
    a.steps.record(step_kind.STEP_CALL, request(1), 3009, "me");
    b.machine.pause();
    const beganMs = sim.nowMs;
    const told = await a.port.gather({ caller: "me", requests: [] });
    expect(told.map(({ node }) => node)).toEqual(["a", "c"]);
    expect(sim.nowMs - beganMs).toBeGreaterThan(STEPS_MS - 100);
    expect(sim.nowMs - beganMs).toBeLessThan(STEPS_MS + 100);
    c.machine.crash();
    await sim.sleep(10);
    const asked = a.port.gather({ caller: "me", requests: [] });
    b.machine.crash();
    expect((await asked).map(({ node }) => node)).toEqual(["a"]);
    expect(sim.nowMs - beganMs).toBeLessThan(STEPS_MS + 500);
  });
});

/** A log under state machines that keep their state themselves: what they are given, and how their states go from one to another. */
import { describe, expect, test } from "vitest";
import { type Carry, DurableMap } from "../../test/support/durable-map.ts";
import { LogRig, type OpenEngine, outcome } from "../../test/support/log-rig.ts";
import { openLog, type ReplicatedLog } from "./index.ts";

const SNAPSHOT_ENTRIES = 20;
const KEYS = 50;
const AT_ONCE = 10;
/** Runs that crash somebody while a state comes, and while it takes the place of the own one, each somewhat later than the last. */
const COMING = { runs: 14, stepMs: 6 };
const SWITCHING = { runs: 10, stepMs: 1.3 };

/** Entries are KEY=VALUE. */
const carry: Carry = (_, entry) => {
  const [key = "", value = ""] = entry.split("=");
  return new Map([[key, value]]);
};

/** Nodes whose logs have such machines. */
class Rig extends LogRig {
  readonly machines: DurableMap[];

  constructor(nodes: number, seed = 1, founders = nodes) {
    const machines: DurableMap[] = [];
    const open: OpenEngine = (world, { founders: names, snapshotEntries, keptEntries, ...parts }) => {
      const at = Number(parts.port.self.slice(1)) - 1;
      const machine = new DurableMap(parts.store, carry);
      machines[at] = machine;
      return openLog(world, {
        ...parts,
        machine,
        ...(names === undefined ? {} : { founders: names }),
        limits: { snapshotEntries, keptEntries },
      });
    };
    super(open, {
      nodes,
      seed,
      founders,
      snapshotEntries: SNAPSHOT_ENTRIES,
      keptEntries: 5,
      timeoutMs: 10_000,
    });
    this.machines = machines;
  }

  machine(at: number): DurableMap {
    return this.machines[at] as DurableMap;
  }

  /** So many entries, some at a time. */
  async fill(at: number, count: number, word: string): Promise<void> {
    for (let first = 0; first < count; first += AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, i) => first + i);
      await Promise.all(some.map((i) => this.append(at, `k${i % KEYS}=${word}${i}`)));
    }
  }

  /** What a read at a replica sees. */
  see(at: number): Promise<[string, string][]> {
    return this.at(at).log.read(() => [...this.machine(at).values].sort());
  }

  async expectAlike(): Promise<void> {
    const seen = await this.see(0);
    for (let at = 1; at < this.nodes.length; at++) expect(await this.see(at)).toEqual(seen);
  }

  /** Whoever is no leader. */
  async follower(): Promise<number> {
    return ((await this.leader()) + 1) % this.nodes.length;
  }
}

test("a machine whose disk is behind is given nothing until it has caught up, and nobody else waits for it", async () => {
  const rig = new Rig(3);
  await rig.run(async () => {
    await rig.fill(0, 20, "a");
    const slow = await rig.follower();
    const other = (slow + 1) % 3;
    const machine: DurableMap & { isFull?: () => boolean } = rig.machine(slow);
    machine.isFull = () => true;
    const before = rig.at(slow).log.status().applied;
    await rig.fill(other, 30, "b");
    expect(rig.at(slow).log.status().applied).toBe(before);
    expect(rig.at(other).log.status().applied).toBeGreaterThanOrEqual(before + 30);
    machine.isFull = () => false;
    await rig.expectAlike();
    expect(machine.values.get("k29")).toBe("b29");
  });
});

describe("a state machine that keeps its state itself", () => {
  test("is given after a start only what its own disk does not have", async () => {
    const rig = new Rig(3);
    await rig.run(async () => {
      await rig.fill(0, 60, "a");
      const before = await rig.see(0);
      await rig.until(() => rig.at(0).log.status().first > 1);
      for (const node of rig.nodes) node.crash({ power: true });
      await Promise.all(rig.nodes.map((node) => node.restart()));
      await rig.leader();
      for (const at of [0, 1, 2]) {
        expect(await rig.see(at)).toEqual(before);
        expect(rig.machine(at).applied.length).toBeLessThan(10);
      }
      await rig.fill(1, 3, "b");
      await rig.expectAlike();
    });
  });

  test("is never ahead of the log on its own disk", async () => {
    const rig = new Rig(3);
    await rig.run(async () => {
      const slow = await rig.follower();
      rig.nodes[slow]?.disk.set({ syncMs: 200, syncJitterMs: 0 });
      const others = [0, 1, 2].filter((at) => at !== slow) as [number, number];
      const startedMs = rig.sim.nowMs;
      await rig.append(others[0], "k=1");
      await rig.append(others[1], "k=2");
      expect(rig.sim.nowMs - startedMs).toBeLessThan(100);
      await rig.sim.sleep(100);
      expect(rig.at(slow).log.status().committed).toBeGreaterThan(0);
      expect(rig.machine(slow).values.get("k")).toBeUndefined();
      rig.nodes[slow]?.crash({ power: true });
      await rig.nodes[slow]?.restart();
      expect(await rig.see(slow)).toEqual([["k", "2"]]);
    });
  });

  test("goes to one after the other: a member that is gone for good keeps it from nobody", async () => {
    const rig = new Rig(5);
    await rig.run(async () => {
      const leader = await rig.leader();
      const [lost, late] = [0, 1, 2, 3, 4].filter((at) => at !== leader) as [number, number];
      rig.nodes[lost]?.crash({ power: true });
      rig.nodes[late]?.crash({ power: true });
      await rig.fill(leader, 80, "a");
      await rig.until(() => rig.at(leader).log.status().first > 30);
      // Its old store stays a member until the change that makes the new one a member is done: it lacks entries, and never asks for any.
      await rig.nodes[lost]?.restart({ freshDisk: true });
      await rig.nodes[late]?.restart();
      await rig.until(() => rig.at(lost).log.status().role === "joining");
      await rig.sim.sleep(1000);
      await rig.at(leader).log.reconfigure(rig.nodes.map(({ name }) => name));
      await rig.expectAlike();
    });
  });

  test("keeps the entries that its disk may not have", async () => {
    const rig = new Rig(1);
    await rig.run(async () => {
      await rig.leader();
      const machine = rig.machine(0);
      let release = () => {};
      machine.persist = () => new Promise((resolve) => (release = resolve));
      await rig.fill(0, 3 * SNAPSHOT_ENTRIES, "a");
      expect(rig.at(0).log.status()).toMatchObject({ first: 1, snapshot: 0 });
      release();
      await rig.until(() => rig.at(0).log.status().snapshot > 0);
      expect(rig.at(0).log.status().first).toBeGreaterThan(1);
    });
  });

  test("ends the replica when it says less than it was given, fails, or gives too much at once", async () => {
    const breaks: ((machine: DurableMap) => void)[] = [
      (machine) => {
        machine.durablePosition = () => 3;
      },
      (machine) => {
        machine.persist = () => Promise.reject(new Error("no room"));
      },
    ];
    for (const broken of breaks) {
      const rig = new Rig(1);
      await rig.run(async () => {
        await rig.leader();
        broken(rig.machine(0));
        const fate = outcome(rig.fill(0, 3 * SNAPSHOT_ENTRIES, "a"));
        expect((await rig.at(0).log.closed)?.code).toBe("LOG_MACHINE_FAILED");
        expect(await fate).toMatch(/LOG_(CLOSED|OUTCOME_UNKNOWN)/);
      });
    }
    const rig = new Rig(3);
    await rig.run(async () => {
      const leader = await rig.leader();
      rig.machine(leader).snapshot = () => ({ next: () => new Uint8Array(256 * 1024 + 1), close: () => {} });
      rig.nodes[(leader + 1) % 3]?.crash();
      await rig.fill(leader, 60, "a");
      await rig.nodes[(leader + 1) % 3]?.restart();
      expect((await rig.at(leader).log.closed)?.message).toContain("262145 bytes");
    });
  });

  test("and a log that does not fit it are refused together", async () => {
    const rig = new Rig(1);
    await rig.run(async () => {
      await rig.fill(0, 60, "a");
      await rig.until(() => rig.at(0).log.status().snapshot > 0);
      const { world, mesh, store } = rig.at(0);
      await rig.at(0).log.close();
      const attempt = (
        machine: DurableMap | undefined,
        name = "log",
      ): Promise<ReplicatedLog<number> | string> =>
        outcome(
          openLog<number>(world, {
            name,
            store,
            port: mesh.open(`${name}${rig.sim.random.uint32()}`),
            machine: machine ?? { apply: () => 0, snapshot: () => [], restore: () => {} },
            founders: ["n1"],
          }),
        );
      // Lost, and as if it were of another kind; and one that belongs to another log.
      expect(await attempt(new DurableMap(await world.storage.open("empty"), carry))).toBe(
        "LOG_STATE_MISMATCH",
      );
      expect(await attempt(undefined)).toBe("LOG_STATE_MISMATCH");
      expect(await attempt(new DurableMap(store, carry), "other")).toBe("LOG_STATE_MISMATCH");
    });
  });
});

describe("a state on its way", () => {
  /** A replica that lacks what is gone; resolves when its transfer goes on. */
  async function begin(rig: Rig): Promise<{ laggard: number; leader: number }> {
    const leader = await rig.leader();
    const laggard = (leader + 1) % 3;
    await rig.fill(leader, 5, "old");
    rig.nodes[laggard]?.crash();
    await rig.fill(leader, 4 * KEYS, "a");
    await rig.until(() => rig.at(leader).log.status().first > 20);
    rig.nodes[laggard]?.disk.set({ syncMs: 10, syncJitterMs: 1 });
    void rig.nodes[laggard]?.restart();
    const isOpen = () => rig.replicas[laggard] !== undefined && rig.machine(laggard).sinkState === "open";
    while (!isOpen()) await rig.sim.sleep(1);
    return { laggard, leader };
  }

  async function delay(rig: Rig, laggard: number, step: number): Promise<void> {
    if (step < COMING.runs) return rig.sim.sleep(step * COMING.stepMs);
    while (rig.machine(laggard).sinkState !== "finishing") await rig.sim.sleep(0.5);
    await rig.sim.sleep((step - COMING.runs) * SWITCHING.stepMs);
  }

  test("comes while entries are applied, and is followed by them", async () => {
    const rig = new Rig(3);
    await rig.run(async () => {
      const { laggard, leader } = await begin(rig);
      await rig.fill(leader, KEYS, "during");
      await rig.until(() => rig.machine(laggard).sinkState === "finished");
      await rig.expectAlike();
      expect(rig.machine(laggard).applied.length).toBeLessThan(4 * KEYS);
      await rig.until(() => rig.machines.every(({ openSources }) => openSources === 0));
    });
  });

  test("is given to a replica that joins", async () => {
    const rig = new Rig(4, 1, 3);
    await rig.run(async () => {
      await rig.fill(0, 3 * KEYS, "a");
      await rig.at(0).log.reconfigure(["n1", "n2", "n4"]);
      expect(await rig.see(3)).toEqual(await rig.see(0));
      expect(rig.machine(3).sinkState).toBe("finished");
    });
  });

  test("goes on where it was when the link breaks", async () => {
    const rig = new Rig(3);
    await rig.run(async () => {
      const { laggard, leader } = await begin(rig);
      const [from, to] = [rig.nodes[leader], rig.nodes[laggard]] as [
        (typeof rig.nodes)[0],
        (typeof rig.nodes)[0],
      ];
      let opened = 0;
      const machine = rig.machine(leader);
      const { snapshot } = machine;
      machine.snapshot = () => {
        opened++;
        return snapshot.call(machine);
      };
      for (let i = 0; i < 5; i++) {
        rig.sim.network.breakStreams(from, to);
        await rig.sim.sleep(30);
      }
      await rig.until(() => rig.machine(laggard).sinkState === "finished");
      expect(opened).toBe(0);
      await rig.expectAlike();
    });
  });

  test("is let go of at both ends when their logs are closed", async () => {
    const rig = new Rig(3);
    await rig.run(async () => {
      const { laggard, leader } = await begin(rig);
      expect(rig.machine(leader).openSources).toBe(1);
      await rig.at(leader).log.close();
      expect(rig.machine(leader).openSources).toBe(0);
      await rig.at(laggard).log.close();
      expect(rig.machine(laggard).sinkState).toBe("abandoned");
    });
  });

  // Each run crashes somebody a little later in the transfer, to its end and beyond.
  for (const whom of ["receiver", "donor", "both"] as const) {
    test(`is whole or not there, whenever its ${whom} crash${whom === "both" ? "" : "es"}`, async () => {
      const met = new Set<string>();
      for (let step = 0; step < COMING.runs + SWITCHING.runs; step++) {
        const rig = new Rig(3, 1 + step);
        await rig.run(async () => {
          const { laggard, leader } = await begin(rig);
          await delay(rig, laggard, step);
          met.add(rig.machine(laggard).sinkState);
          const victims = whom === "receiver" ? [laggard] : whom === "donor" ? [leader] : [leader, laggard];
          for (const at of victims) rig.nodes[at]?.crash({ power: step % 2 === 0 });
          await rig.sim.sleep(50);
          await Promise.all(victims.map((at) => rig.nodes[at]?.restart()));
          await rig.leader();
          await rig.append([0, 1, 2].find((at) => at !== laggard && at !== leader) as number, "last=1");
          await rig.expectAlike();
          expect((await rig.see(laggard)).length).toBe(KEYS + 1);
        });
      }
      expect(met).toEqual(new Set(["open", "finishing", "finished"]));
    });
  }
});

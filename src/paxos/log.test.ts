/** The log against the contract that any engine keeps, and what is this engine's own. */
import { describe, expect, test } from "vitest";
import { ListMachine, LogRig, type OpenEngine, outcome } from "../../test/support/log-rig.ts";
import { describeReplicatedLog } from "../../test/support/replicated-log-contract.ts";
import type { SimNode } from "../sim/index.ts";
import { openLog } from "./index.ts";

const open: OpenEngine = (world, { founders, snapshotEntries, keptEntries, ...parts }) =>
  openLog(world, {
    ...parts,
    ...(founders === undefined ? {} : { founders }),
    limits: { snapshotEntries, keptEntries },
  });

describeReplicatedLog("paxos", open);
describeReplicatedLog("paxos with leases", (world, { founders, snapshotEntries, keptEntries, ...parts }) =>
  openLog(world, {
    ...parts,
    ...(founders === undefined ? {} : { founders }),
    isLeased: true,
    limits: { snapshotEntries, keptEntries },
  }),
);

describe("a replica", () => {
  test("hands over when it is closed: the next one leads before anybody would have missed it", async () => {
    const rig = new LogRig(open, { nodes: 3 });
    await rig.run(async () => {
      const leader = await rig.leader();
      const startedMs = rig.sim.nowMs;
      await rig.at(leader).log.close();
      await rig.until(() => {
        const status = rig.at((leader + 1) % 3).log.status();
        return status.isServing && status.leader !== `n${leader + 1}`;
      });
      expect(rig.sim.nowMs - startedMs).toBeLessThan(500);
    });
  });

  test("whose leader's link broke waits for it no longer: another leads before silence would have told", async () => {
    const rig = new LogRig(open, { nodes: 3 });
    await rig.run(async () => {
      const leader = await rig.leader();
      await rig.append(leader, "before");
      const others = [0, 1, 2].filter((at) => at !== leader) as [number, number];
      rig.nodes[leader]?.crash();
      const startedMs = rig.sim.nowMs;
      await rig.append(others[0], "after");
      expect(rig.sim.nowMs - startedMs).toBeLessThan(700);
      expect(await rig.read(others[1])).toEqual(["before", "after"]);
    });
  });

  test("that is cut off from all others names no leader, and says that nobody serves it, until it hears one again", async () => {
    const rig = new LogRig(open, { nodes: 3 });
    await rig.run(async () => {
      const leader = await rig.leader();
      const one = (leader + 1) % 3;
      const rest = rig.nodes.filter((_, at) => at !== one);
      rig.sim.partition([rig.nodes[one] as SimNode], rest);
      const status = () => rig.at(one).log.status();
      await rig.until(() => status().role === "candidate");
      await rig.sim.sleep(20_000);
      expect(status()).toMatchObject({ role: "candidate", leader: undefined, isServing: false });
      rig.sim.heal();
      await rig.until(() => status().leader !== undefined && status().isServing);
    });
  });

  test("that is elected by peers whose words are lost on a mute connection hears them over another one", async () => {
    const rig = new LogRig(open, { nodes: 3 });
    await rig.run(async () => {
      const leader = await rig.leader();
      await rig.append(leader, "before");
      const [one, other] = [0, 1, 2].filter((at) => at !== leader).map((at) => rig.nodes[at] as SimNode);
      // Whatever the two say now comes in most of a minute, as a stream's that was lost eight times.
      const lose = (loss: number) => rig.sim.network.setLink(one as SimNode, other as SimNode, { loss });
      lose(1);
      rig.nodes[leader]?.crash();
      await rig.sim.sleep(1500);
      lose(0);
      const startedMs = rig.sim.nowMs;
      await rig.append((leader + 1) % 3, "after");
      expect(rig.sim.nowMs - startedMs).toBeLessThan(5000);
    });
  });

  test("whose link to a living leader breaks disturbs nobody: the others hold to it", async () => {
    const rig = new LogRig(open, { nodes: 3 });
    await rig.run(async () => {
      const leader = await rig.leader();
      await rig.append(leader, "before");
      const [one] = [0, 1, 2].filter((at) => at !== leader) as [number];
      const cut = rig.sim.partition([rig.nodes[leader] as SimNode], [rig.nodes[one] as SimNode]);
      rig.at(one).mesh.cut([rig.nodes[leader]?.name as string]);
      await rig.sim.sleep(5000);
      expect(rig.at(leader).log.status()).toMatchObject({ role: "leader", isServing: true });
      rig.at(one).mesh.cut([]);
      cut.heal();
      await rig.append(one, "after");
      expect(rig.at(leader).log.status().role).toBe("leader");
    });
  });

  test("takes entries of the largest size, which go in pieces", async () => {
    const rig = new LogRig(open, { nodes: 3 });
    await rig.run(async () => {
      const largest = new Uint8Array(1024 * 1024).fill(120);
      for (const at of [0, 1, 2]) await rig.append(at, largest);
      expect((await rig.read(1)).map(({ length }) => length)).toEqual([2 ** 20, 2 ** 20, 2 ** 20]);
    });
  });

  test("keeps before its snapshot no more bytes than it is allowed, and none less for having been opened again", async () => {
    const keptBytes = 300_000;
    const bounded: OpenEngine = (world, { founders, snapshotEntries, keptEntries, ...parts }) =>
      openLog(world, {
        ...parts,
        ...(founders === undefined ? {} : { founders }),
        limits: { snapshotEntries, keptEntries, keptBytes },
      });
    const rig = new LogRig(bounded, { nodes: 3, snapshotEntries: 20, keptEntries: 1000 });
    await rig.run(async () => {
      const entry = new Uint8Array(100_000).fill(120);
      for (let i = 0; i < 65; i++) await rig.append(0, i < 50 ? "small" : entry);
      const few = rig.at(0).log.status();
      expect(few.snapshot).toBeGreaterThanOrEqual(60);
      expect(few.snapshot - few.first).toBe(1);
      for (const node of rig.nodes) node.crash();
      await Promise.all(rig.nodes.map((node) => node.restart()));
      await rig.leader();
      for (let i = 0; i < 25; i++) await rig.append(0, "small");
      const mixed = rig.at(0).log.status();
      expect(mixed.snapshot).toBeGreaterThan(few.snapshot);
      expect(mixed.first).toBeGreaterThan(few.first);
      expect(mixed.first).toBeLessThan(few.snapshot + 7);
    });
  });

  test("says that it is busy when its queue is full, and keeps what it took", async () => {
    const few: OpenEngine = (world, { founders, snapshotEntries: _, keptEntries: __, ...parts }) =>
      openLog(world, { ...parts, founders: founders ?? [], limits: { maxAppends: 10, maxReads: 5 } });
    const rig = new LogRig(few, { nodes: 1 });
    await rig.run(async () => {
      await rig.leader();
      const appends = await Promise.all(
        Array.from({ length: 15 }, (_, i) => outcome(rig.append(0, `e${i}`))),
      );
      expect(appends.filter((each) => each === "LOG_BUSY")).toHaveLength(5);
      const reads = await Promise.all(Array.from({ length: 8 }, () => outcome(rig.read(0))));
      expect(reads.filter((each) => each === "LOG_BUSY")).toHaveLength(3);
      expect(await rig.read(0)).toEqual(Array.from({ length: 10 }, (_, i) => `e${i}`));
    });
  });

  test("ends when its disk refuses a write, and goes on from what is durable when it is opened again", async () => {
    const rig = new LogRig(open, { nodes: 3 });
    await rig.run(async () => {
      const leader = await rig.leader();
      await rig.append(leader, "before");
      rig.nodes[leader]?.disk.failNext.push("STORE_IO");
      const fate = outcome(rig.append(leader, "maybe"));
      expect((await rig.at(leader).log.closed)?.code).toBe("LOG_STORE_FAILED");
      expect(rig.at(leader).log.status().role).toBe("closed");
      expect(["LOG_OUTCOME_UNKNOWN", "LOG_CLOSED"]).toContain(await fate);
      await rig.reopen(leader);
      expect((await rig.append(leader, "after")).reply).toBeGreaterThan(1);
      expect((await rig.read((leader + 1) % 3)).filter((entry) => entry !== "maybe")).toEqual([
        "before",
        "after",
      ]);
    });
  });

  test("does not open on a store that is damaged, and is replaced by name", async () => {
    const rig = new LogRig(open, { nodes: 3, timeoutMs: 10_000 });
    await rig.run(async () => {
      for (let i = 0; i < 5; i++) await rig.append(0, `e${i}`);
      const others = (await rig.leader()) === 2 ? [1, 2, 0] : [0, 1, 2];
      const victim = others[2] as number;
      const from = new TextEncoder().encode("log\0e\0\0\0\0\0\0\0\x03");
      const [entry] = [...rig.at(victim).store.range({ from, limit: 1, keysOnly: true })];
      rig.nodes[victim]?.crash();
      expect(rig.nodes[victim]?.disk.corrupt({ store: "log", key: entry?.key as Uint8Array })).toBeDefined();
      await rig.nodes[victim]?.restart();
      expect(rig.failures[victim]).toMatchObject({ code: "LOG_CORRUPT" });
      rig.nodes[victim]?.crash();
      await rig.nodes[victim]?.restart({ freshDisk: true });
      await rig.sim.sleep(1000);
      await rig.at(others[0] as number).log.reconfigure(["n1", "n2", "n3"]);
      expect(await rig.read(victim)).toEqual(["e0", "e1", "e2", "e3", "e4"]);
    });
  });

  test("is no voter in the place of a store that was lost, until it is named again", async () => {
    const rig = new LogRig(open, { nodes: 3, timeoutMs: 10_000 });
    await rig.run(async () => {
      await rig.append(0, "before");
      rig.nodes[2]?.crash();
      await rig.nodes[2]?.restart({ freshDisk: true });
      await rig.sim.sleep(3000);
      expect(rig.at(2).log.status().role).toBe("joining");
      expect(await outcome(rig.append(2, "stranger"))).toBe("LOG_AMNESIA");
      await rig.at(0).log.reconfigure(["n1", "n2", "n3"]);
      await rig.until(() => rig.at(2).log.status().role === "follower");
      expect((await rig.append(2, "after")).reply).toBe(2);
    });
  });

  test("begins no log before all founders were there", async () => {
    const rig = new LogRig(open, { nodes: 3 });
    rig.sim.isolate([rig.nodes[2] as (typeof rig.nodes)[0]]);
    await rig.run(async () => {
      await rig.sim.sleep(5000);
      expect([0, 1].map((at) => rig.at(at).log.status().role)).toEqual(["joining", "joining"]);
      rig.sim.heal();
      await rig.leader();
      expect(rig.at(0).log.status().voters).toEqual(["n1", "n2", "n3"]);
    });
  });

  test("takes appends before it knows who it is, as they were when they were made", async () => {
    const rig = new LogRig(open, { nodes: 3, timeoutMs: 20_000 });
    rig.sim.isolate([rig.nodes[2] as (typeof rig.nodes)[0]]);
    await rig.run(async () => {
      const entry = new TextEncoder().encode("early");
      const early = rig.append(0, entry);
      entry.fill(0);
      rig.sim.heal();
      expect((await early).reply).toBe(1);
      expect(await rig.read(1)).toEqual(["early"]);
    });
  });

  test("ends when its state machine throws, and says where", async () => {
    class Failing extends ListMachine {
      override apply(index: number, entry: Uint8Array): number {
        if (entry.length === 3) throw new TypeError("three bytes are too many");
        return super.apply(index, entry);
      }
    }
    const failing: OpenEngine = (world, parts) => open(world, { ...parts, machine: new Failing() });
    const rig = new LogRig(failing, { nodes: 1 });
    await rig.run(async () => {
      await rig.append(0, "ok");
      const fate = outcome(rig.append(0, "bad"));
      const end = await rig.at(0).log.closed;
      expect(end?.code).toBe("LOG_MACHINE_FAILED");
      expect(end?.message).toContain("three bytes are too many");
      expect(await fate).toBe("LOG_OUTCOME_UNKNOWN");
    });
  });

  test("shares a mesh and a store with many other logs", async () => {
    const rig = new LogRig(open, { nodes: 3 });
    await rig.run(async () => {
      const names = Array.from({ length: 20 }, (_, i) => `log-${i}`);
      const logs = await Promise.all(
        names.map((name) =>
          Promise.all(
            [0, 1, 2].map((at) => {
              const { world, mesh, store } = rig.at(at);
              return rig.open(world, mesh, store, at, name);
            }),
          ),
        ),
      );
      const appended = await Promise.all(
        logs.map((replicas, i) => replicas[i % 3]?.log.append(new TextEncoder().encode(`of ${i}`))),
      );
      expect(appended.every((each) => each?.reply === 1)).toBe(true);
      for (const [i, replicas] of logs.entries()) {
        const { log, machine } = replicas[(i + 1) % 3] as (typeof replicas)[0];
        expect(await log.read(() => [...machine.entries])).toEqual([`of ${i}`]);
      }
    });
  });

  test("is opened with options that can be, or not at all", async () => {
    const rig = new LogRig(open, { nodes: 1 });
    await rig.run(async () => {
      const { world, store, mesh } = rig.at(0);
      const port = () => mesh.open(`p${rig.sim.random.uint32()}`);
      const machine = new ListMachine();
      const wrong = [
        { name: "No Name" },
        { founders: [] },
        { founders: ["n2"] },
        { timing: { heartbeatMs: 100, electionMs: 200 } },
        { isLeased: true, timing: { clockErrorMs: 500 } },
        { limits: { maxEntryBytes: 2 ** 24 } },
        { limits: { windowBytes: 0 } },
      ];
      for (const options of wrong) {
        const opened = openLog(world, { name: "other", store, port: port(), machine, ...options });
        await expect(opened, JSON.stringify(options)).rejects.toThrow(RangeError);
      }
    });
  });
});

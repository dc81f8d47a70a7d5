/** What a replicated log must do, whatever its engine: every engine runs these cases. */
import { describe, expect, test } from "vitest";
import { LogRig, type OpenEngine, outcome } from "./log-rig.ts";

export function describeReplicatedLog(name: string, open: OpenEngine): void {
  describe(`replicated log: ${name}`, () => {
    test("gives entries of all replicas one order, and each caller its own reply", async () => {
      const rig = new LogRig(open, { nodes: 3 });
      await rig.run(async () => {
        const all = await Promise.all(
          Array.from({ length: 60 }, async (_, i) => ({
            entry: `e${i}`,
            ...(await rig.append(i % 3, `e${i}`)),
          })),
        );
        const ordered = all.toSorted((a, b) => a.index - b.index);
        expect(new Set(all.map(({ index }) => index)).size).toBe(60);
        expect(ordered.map(({ reply }) => reply)).toEqual(ordered.map((_, at) => at + 1));
        for (const at of [0, 1, 2]) expect(await rig.read(at)).toEqual(ordered.map(({ entry }) => entry));
      });
    });

    test("keeps the order of one replica's appends", async () => {
      const rig = new LogRig(open, { nodes: 3 });
      await rig.run(async () => {
        const entries = Array.from({ length: 200 }, (_, i) => `e${i}`);
        await Promise.all(entries.map((entry) => rig.append(1, entry)));
        expect(await rig.read(2)).toEqual(entries);
      });
    });

    test("shows a read all that was acknowledged before, wherever", async () => {
      const rig = new LogRig(open, { nodes: 3 });
      await rig.run(async () => {
        for (let i = 0; i < 20; i++) {
          await rig.append(i % 3, `e${i}`);
          expect((await rig.read((i + 1) % 3)).at(-1)).toBe(`e${i}`);
        }
      });
    });

    test("keeps what it acknowledged when all lose their power", async () => {
      const rig = new LogRig(open, { nodes: 3 });
      await rig.run(async () => {
        await Promise.all([0, 1, 2].map((at) => rig.append(at, `e${at}`)));
        const before = await rig.read(0);
        for (const node of rig.nodes) node.crash({ power: true });
        await Promise.all(rig.nodes.map((node) => node.restart()));
        await rig.leader();
        for (const at of [0, 1, 2]) expect(await rig.read(at)).toEqual(before);
        expect((await rig.append(2, "after")).reply).toBe(4);
      });
    });

    test("goes on without its leader, and tries appends again by itself", async () => {
      const rig = new LogRig(open, { nodes: 3, timeoutMs: 20_000 });
      await rig.run(async () => {
        const leader = await rig.leader();
        const [one, other] = [0, 1, 2].filter((at) => at !== leader) as [number, number];
        await rig.append(one, "before");
        rig.nodes[leader]?.crash({ power: true });
        const appends = await Promise.all([
          rig.append(one, "a"),
          rig.append(other, "b"),
          rig.append(one, "c"),
        ]);
        expect(new Set(appends.map(({ reply }) => reply))).toEqual(new Set([2, 3, 4]));
        await rig.nodes[leader]?.restart();
        expect((await rig.read(leader)).toSorted()).toEqual(["a", "b", "before", "c"]);
      });
    });

    test("promises nothing without a majority, and goes on when it is back", async () => {
      const rig = new LogRig(open, { nodes: 3 });
      await rig.run(async () => {
        await rig.append(0, "before");
        rig.nodes[1]?.crash({ power: true });
        rig.nodes[2]?.crash({ power: true });
        const [append, read] = [outcome(rig.append(0, "lost")), outcome(rig.read(0))];
        expect(["LOG_NO_QUORUM", "LOG_OUTCOME_UNKNOWN"]).toContain(await append);
        expect(await read).toBe("LOG_NO_QUORUM");
        await rig.nodes[1]?.restart();
        await rig.leader();
        expect((await rig.read(1))[0]).toBe("before");
      });
    });

    test("takes a cut-off replica's word for nothing", async () => {
      const rig = new LogRig(open, { nodes: 3 });
      await rig.run(async () => {
        const leader = await rig.leader();
        const other = (leader + 1) % 3;
        await rig.append(leader, "before");
        const partition = rig.sim.isolate([rig.nodes[leader] as (typeof rig.nodes)[0]]);
        await rig.until(
          () =>
            rig.at(other).log.status().isServing && rig.at(other).log.status().leader !== `n${leader + 1}`,
        );
        await rig.append(other, "since");
        expect(await outcome(rig.read(leader))).toBe("LOG_NO_QUORUM");
        partition.heal();
        await rig.sim.sleep(8000);
        expect(await rig.read(leader)).toEqual(["before", "since"]);
      });
    });

    test("begins with its last snapshot, and gives it to who lacks what is gone", async () => {
      const rig = new LogRig(open, { nodes: 3, snapshotEntries: 20, keptEntries: 5 });
      await rig.run(async () => {
        await rig.leader();
        rig.nodes[2]?.crash();
        const entries = Array.from({ length: 100 }, (_, i) => `e${i} ${"x".repeat(10_000)}`);
        for (const entry of entries) await rig.append(0, entry);
        await rig.until(() => rig.at(0).log.status().snapshot > 80);
        const { first, snapshot } = rig.at(0).log.status();
        expect(first).toBeGreaterThan(snapshot - 6);
        await rig.nodes[2]?.restart();
        expect(await rig.read(2)).toEqual(entries);
        for (const node of rig.nodes) node.crash({ power: true });
        await Promise.all(rig.nodes.map((node) => node.restart()));
        await rig.leader();
        for (const at of [0, 1, 2]) expect(await rig.read(at)).toEqual(entries);
      });
    });

    test("changes its replicas: one comes, the leader goes", async () => {
      const rig = new LogRig(open, { nodes: 4, founders: 3, timeoutMs: 10_000 });
      await rig.run(async () => {
        const leader = await rig.leader();
        const names = rig.nodes.map((node) => node.name);
        await rig.append(0, "before");
        await rig.at((leader + 1) % 3).log.reconfigure(names.filter((_, at) => at !== leader));
        const rest = [0, 1, 2, 3].filter((at) => at !== leader);
        await rig.until(() =>
          rest.includes(rig.replicas.findIndex((one) => one?.log.status().role === "leader")),
        );
        await rig.append(3, "after");
        for (const at of rest) expect(await rig.read(at)).toEqual(["before", "after"]);
        expect(new Set(rig.at(3).log.status().voters)).toEqual(new Set(rest.map((at) => names[at])));
        await rig.until(() => rig.at(leader).log.status().role === "removed");
        expect(await outcome(rig.append(leader, "late"))).toBe("LOG_REMOVED");
        // Those who stay are a majority of themselves: one of the three may go.
        rig.nodes[rest[0] as number]?.crash();
        expect((await rig.append(3, "still")).reply).toBe(3);
      });
    });

    test("changes all of its replicas at once", async () => {
      const rig = new LogRig(open, { nodes: 6, founders: 3, timeoutMs: 10_000 });
      await rig.run(async () => {
        await rig.append(0, "before");
        await rig.at(1).log.reconfigure(["n4", "n5", "n6"]);
        for (const node of rig.nodes.slice(0, 3)) node.crash({ power: true });
        expect((await rig.append(5, "after")).reply).toBe(2);
        expect(await rig.read(3)).toEqual(["before", "after"]);
      });
    });

    test("refuses what it cannot take, and says why", async () => {
      const rig = new LogRig(open, { nodes: 3 });
      await rig.run(async () => {
        expect((await rig.append(0, new Uint8Array(0))).reply).toBe(1);
        expect(await outcome(rig.append(0, new Uint8Array(2 ** 25)))).toBe("LOG_TOO_LARGE");
        expect(await outcome(rig.at(0).log.reconfigure(["n1", "n2", "nobody"]))).toBe("LOG_UNKNOWN_REPLICA");
        expect(() => rig.at(0).log.reconfigure([])).toThrow(RangeError);
        expect(() => rig.at(0).log.reconfigure(["n1", "n1"])).toThrow(RangeError);
        const fails = rig.at(0).log.read(() => {
          throw new RangeError("of the reader's own");
        });
        await expect(fails).rejects.toThrow("of the reader's own");
        await rig.at(0).log.close();
        expect(await outcome(rig.append(0, "late"))).toBe("LOG_CLOSED");
        expect(await outcome(rig.read(0))).toBe("LOG_CLOSED");
        expect(await rig.at(0).log.closed).toBeUndefined();
      });
    });
  });
}

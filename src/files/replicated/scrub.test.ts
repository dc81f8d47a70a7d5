import { describe, expect, test } from "vitest";
import { VolumeCell } from "../../../test/support/volume-cell.ts";
import type { Entry } from "../../world/index.ts";
import { Kind } from "../volume/keys.ts";
import { nothingScanned, scan } from "./scrub-scan.ts";
import { type Found, verdictOf } from "./scrub-verdict.ts";

const found = (digest: number, damaged = 0, index = 7): Found => ({
  index,
  records: 10,
  damaged,
  digest: [digest, 1],
});

/** What a concludes when b, c, … told this. */
const verdict = (own: Found, ...others: (Found | undefined)[]) => {
  const names = ["b", "c", "d", "e"].slice(0, others.length);
  const told = new Map(names.flatMap((name, at) => (others[at] ? [[name, others[at]] as const] : [])));
  return verdictOf(own, "a", ["a", ...names], told);
};

describe("what a replica concludes", () => {
  test("equal to a majority with itself, as soon as that has told", () => {
    expect(verdict(found(1), found(1), undefined)).toBe("equal");
    expect(verdict(found(1), found(1), found(2))).toBe("equal");
    expect(verdict(found(1), undefined, undefined)).toBe("open");
    expect(verdict(found(1))).toBe("equal");
  });

  test("unsound only where a majority of the others, without itself, is whole and alike", () => {
    expect(verdict(found(2), found(1), found(1))).toBe("unsound");
    expect(verdict(found(1, 3), found(1), found(1))).toBe("unsound");
    expect(verdict(found(2), found(1), found(1, 1))).toBe("open");
    expect(verdict(found(2), found(1), found(3))).toBe("open");
    expect(verdict(found(2), found(1), found(1), undefined, undefined)).toBe("open");
    expect(verdict(found(2), found(1), found(1), found(1), undefined)).toBe("unsound");
    expect(verdict(found(0, 1), found(1))).toBe("open");
  });

  test("nothing is compared that is of another entry, or of who is no voter", () => {
    expect(verdict(found(2), found(1, 0, 6), found(1))).toBe("open");
    expect(
      verdictOf(
        found(2),
        "a",
        ["a", "b"],
        new Map([
          ["x", found(1)],
          ["b", found(2)],
        ]),
      ),
    ).toBe("equal");
  });
});

describe("the digest of a store", () => {
  /** Of these records, as one replica reads them, and how many are damaged. */
  async function digestOf(records: readonly (readonly [number, string])[], damaged: readonly number[] = []) {
    const cell = new VolumeCell({ nodes: 1 });
    return cell.run(async () => {
      const node = cell.nodes[0] as (typeof cell.nodes)[0];
      return node.start(async (world) => {
        const store = await world.storage.open("any");
        store.apply(
          records.map(([key, value]) => ({
            key: Uint8Array.of(key),
            value: new TextEncoder().encode(value),
          })),
        );
        await store.sync();
        const view = store.view();
        const isIntact = ({ key }: Entry) => !damaged.includes(key[0] as number);
        const into = nothingScanned();
        const parts = { world, isIntact, bytesPerSecond: 1e9, isOver: () => false };
        await scan(view, parts, into);
        view.close();
        return into;
      });
    });
  }

  test("does not depend on how the records came, and on every key and value", async () => {
    const same = await digestOf([
      [1, "one"],
      [2, "two"],
    ]);
    expect(
      (
        await digestOf([
          [2, "two"],
          [1, "one"],
        ])
      ).digest,
    ).toEqual(same.digest);
    expect(same).toMatchObject({ records: 2, damaged: 0, bytes: 8 });
    const others = [
      [[1, "one"]],
      [
        [1, "two"],
        [2, "one"],
      ],
      [
        [1, "one"],
        [3, "two"],
      ],
      [
        [1, "one"],
        [2, "twp"],
      ],
    ];
    for (const other of others) {
      expect((await digestOf(other as [number, string][])).digest).not.toEqual(same.digest);
    }
  });

  test("counts what is damaged, and reads on", async () => {
    const seen = await digestOf(
      [
        [1, "one"],
        [2, "two"],
        [3, "three"],
      ],
      [2],
    );
    expect(seen).toMatchObject({ records: 3, damaged: 1 });
  });
});

describe("three replicas", () => {
  const LIMITS = { replica: { limits: { scrubPeriodMs: 0 } } };

  async function until(cell: VolumeCell, what: string, isSo: () => boolean): Promise<void> {
    for (let tries = 0; !isSo(); tries++) {
      if (tries > 1200) throw new Error(`not within a minute: ${what}`);
      await cell.sim.sleep(50);
    }
  }

  const states = (cell: VolumeCell) => [0, 1, 2].map((at) => cell.replica(at).status().scrub);

  test("hold the same, as of the entry, while they are written to", async () => {
    const cell = new VolumeCell(LIMITS);
    await cell.run(async () => {
      await cell.begin();
      const index = await cell.replica(1).scrub();
      await until(cell, "equal", () => states(cell).every(({ state }) => state === "equal"));
      expect(states(cell).map((each) => each.index)).toEqual([index, index, index]);
      expect(new Set(states(cell).map(({ records }) => records)).size).toBe(1);
      expect(states(cell)[0]?.records).toBeGreaterThan(3);
    });
  });

  /** The root directory's inode: the entry of a scrub needs none. */
  function damageInode(cell: VolumeCell, at: number): void {
    const { disk } = cell.nodes[at] as (typeof cell.nodes)[0];
    const [store, file] = [...disk.files].find(([name]) => name.startsWith("volume-")) ?? [];
    const key = [...(file?.durable.values() ?? [])].find((entry) => entry.key[0] === Kind.inode)?.key;
    expect(disk.corrupt({ store: store as string, key: key as Uint8Array })).toBeDefined();
  }

  test("one whose disk gives other bytes gives way to the others, and says so", async () => {
    const cell = new VolumeCell(LIMITS);
    await cell.run(async () => {
      await cell.begin();
      await until(cell, "made", () => cell.replica(2).status().isMade);
      await cell.replica(2).close();
      cell.nodes[2]?.crash();
      damageInode(cell, 2);
      await cell.start(2);
      const { closed } = cell.replica(2);
      await cell.replica(0).scrub();
      expect(await closed).toMatchObject({ code: "REPLICA_UNSOUND" });
      await until(cell, "equal", () =>
        states(cell)
          .slice(0, 2)
          .every(({ state }) => state === "equal"),
      );
    });
  });

  test("the leader asks by itself when the period is over, and once", async () => {
    const cell = new VolumeCell({ replica: { limits: { scrubPeriodMs: 10_000 } } });
    await cell.run(async () => {
      await cell.begin();
      await until(cell, "scrubbed", () => states(cell).every(({ state }) => state === "equal"));
      const first = states(cell)[0]?.index as number;
      await cell.sim.sleep(5000);
      expect(states(cell).map(({ index }) => index)).toEqual([first, first, first]);
      await cell.sim.sleep(10_000);
      expect(states(cell)[0]?.index).toBeGreaterThan(first);
    });
  });
});

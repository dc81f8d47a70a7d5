// Directories of 50,000 entries (COTERIE_SOAK=1: of 1,000,000) over a real store: nothing searches, and a listing
// neither loses nor repeats what stays while others come and go.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytes, ok, ROOT, textOf } from "../../../test/volume/fixture.ts";
import { createNodeWorld, type NodeWorld } from "../../node/index.ts";
import type { Store, World } from "../../world/index.ts";
import { fsck, type Handle, openVolume, type StoredVolume } from "./index.ts";

const soak = process.env.COTERIE_SOAK === "1";
const ENTRIES = soak ? 1_000_000 : 50_000;
const TIMEOUT_MS = 1_800_000;

let folder: string;
let real: NodeWorld;
let volume: StoredVolume;
let large: Handle;
let small: Handle;
let calls = 0;
/** Counts what is asked of the store: the measure of work that does not depend on the machine. */
const countCalls = (store: Store): Store =>
  new Proxy(store, {
    get(target, property) {
      const value = Reflect.get(target, property);
      if (typeof value !== "function") return value;
      if (property === "get" || property === "borrow" || property === "range") calls++;
      return value.bind(target);
    },
  });

const context = () => ({ credentials: ROOT, now: real.clock.wall() });
const file = { type: "file", how: "guarded", initial: {} } as const;

async function fill(directory: Handle, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    ok(volume.create(context(), directory, bytes(`entry-${i}`), file));
    if (i % 2000 === 1999) await volume.settle(undefined);
  }
  await volume.settle(undefined);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "coterie-large-"));
  real = createNodeWorld({ directory: folder });
  const storage: World["storage"] = {
    open: async (name, options) => countCalls(await real.storage.open(name, options)),
  };
  volume = await openVolume({ ...real, storage }, "main", { limits: { maxCachedInodes: 1000 } });
  large = ok(
    volume.create(context(), volume.root, bytes("large"), { type: "directory", initial: {} }),
  ).handle;
  small = ok(
    volume.create(context(), volume.root, bytes("small"), { type: "directory", initial: {} }),
  ).handle;
  await fill(small, 10);
  await fill(large, ENTRIES);
}, TIMEOUT_MS);

afterAll(async () => {
  await real.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What `operation` asks of the store. */
function cost(operation: () => unknown): number {
  const before = calls;
  operation();
  return calls - before;
}

describe("a large directory", { timeout: TIMEOUT_MS }, () => {
  test("costs an operation no more than a small one", () => {
    for (const directory of [small, large]) {
      const name = bytes(`entry-${directory === small ? 7 : ENTRIES - 7}`);
      const { handle } = ok(volume.lookup(context(), directory, name));
      expect(cost(() => ok(volume.lookup(context(), directory, name)))).toBe(1);
      expect(cost(() => ok(volume.attributes(handle)))).toBe(0);
      expect(cost(() => ok(volume.create(context(), directory, bytes("x"), file)))).toBe(1);
      expect(cost(() => ok(volume.rename(context(), directory, bytes("x"), directory, bytes("y"))))).toBe(2);
      expect(cost(() => ok(volume.remove(context(), directory, bytes("y"))))).toBe(1);
    }
  });

  // Time is for quiet machines.
  test.runIf(soak)("takes no longer, either", () => {
    const time = (directory: Handle, count: number) => {
      const names = Array.from({ length: 2000 }, (_, i) => bytes(`entry-${(i * 7919) % count}`));
      let best = Number.POSITIVE_INFINITY;
      for (let round = 0; round < 7; round++) {
        const startedMs = performance.now();
        for (const name of names) ok(volume.lookup(context(), directory, name));
        best = Math.min(best, performance.now() - startedMs);
      }
      return best;
    };
    // A thousand cached inodes: those of the small directory are, those of the large one mostly are not, which
    // costs one more read of the store. A search would cost thousands.
    expect(time(large, ENTRIES) / time(small, 10)).toBeLessThan(20);
  });

  test("is listed whole, page by page, while entries come and go", async () => {
    const seen = new Map<string, number>();
    let cookie = 0;
    let changes = 0;
    for (let more = true; more; ) {
      more = false;
      let taken = 0;
      for (const entry of ok(volume.entries(context(), large, cookie))) {
        const name = textOf(entry.name);
        seen.set(name, (seen.get(name) ?? 0) + 1);
        cookie = entry.cookie;
        more = true;
        if (++taken === 500) break;
      }
      // One comes, one goes: before the place of the listing or after it.
      ok(volume.create(context(), large, bytes(`new-${changes}`), file));
      const victim = (changes * 7919) % ENTRIES;
      ok(volume.remove(context(), large, bytes(`entry-${victim}`)));
      changes++;
      if (changes > ENTRIES / 100) break;
      await volume.settle(undefined);
    }
    expect(changes).toBeGreaterThan(ENTRIES / 500);
    const removed = new Set(Array.from({ length: changes }, (_, i) => (i * 7919) % ENTRIES));
    let missed = 0;
    for (let i = 0; i < ENTRIES; i++) if (!removed.has(i) && seen.get(`entry-${i}`) !== 1) missed++;
    expect(missed).toBe(0);
    expect([...seen.values()].every((times) => times === 1)).toBe(true);
  });

  test("is sound, and fsck says how much it saw", async () => {
    const { totalInodes, freeInodes } = volume.statistics();
    await volume.close();
    const report = await fsck(real, "main");
    expect(report.findings).toEqual([]);
    expect(report.counts.inodes).toBe(totalInodes - freeInodes);
    expect(report.counts.entries).toBe(ENTRIES + 10 + 2);
  });
});

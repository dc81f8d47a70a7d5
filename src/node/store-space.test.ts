/** What the store's files keep free for what is durable in the log alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StoreDatabase } from "./store-database.ts";
import { NO_DEMAND } from "./store-demand.ts";
import { Overlay } from "./store-overlay.ts";
import { SpaceGuard } from "./store-space.ts";

const MIB = 1024 * 1024;

let directory = "";
let database: StoreDatabase;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "coterie-space-"));
  database = await StoreDatabase.open(directory, { maxBytes: 2 ** 30, readOnly: false });
});
afterEach(async () => {
  await database.close();
  rmSync(directory, { recursive: true, force: true });
});

describe("the content file", () => {
  it("is not cut into what is reserved for the rest of a checkpoint, and is cut when that is done", () => {
    const space = new SpaceGuard(database, 2 ** 30, { count: 0 });
    const keys = Array.from({ length: 12 }, (_, n) => Uint8Array.of(n));
    const value = new Uint8Array(8 * MIB);
    database.commitInline(
      keys.map((key) => ({ key, value })),
      undefined,
    );
    const demand = { ...NO_DEMAND, bytes: 40 * MIB, contentBytes: 40 * MIB, added: 40 };
    space.reserve(demand, false);
    // The first of the checkpoint's transactions.
    database.commitInline(
      keys.map((key) => ({ key, value: undefined })),
      undefined,
    );
    const { endBytes, fileBytes } = database.space().content;
    expect(endBytes).toBe(0);
    expect(fileBytes).toBeGreaterThanOrEqual(40 * MIB);
    space.settle(demand);
    expect(database.space().content.fileBytes).toBeLessThanOrEqual(16 * MIB);
  });
});

describe("lmdb's file", () => {
  /** Changes of keys that are drawn, or follow on each other; some removals. */
  function groupOf(draw: () => number): Overlay {
    const group = new Overlay();
    const count = 1 + Math.floor(draw() ** 3 * 3000);
    const first = Math.floor(draw() * 20_000);
    const isInOrder = draw() < 0.3;
    const longest = draw() < 0.2 ? 5000 : 300;
    for (let n = 0; n < count; n++) {
      const key = Buffer.from(String(isInOrder ? first + n : Math.floor(draw() * 20_000)).padStart(40, "0"));
      const value = draw() < 0.1 ? undefined : new Uint8Array(Math.floor(draw() * longest));
      group.add([{ key, value }]);
    }
    return group;
  }

  it("is as long before a commit as that makes it, whatever it changes", () => {
    const space = new SpaceGuard(database, 2 ** 30, { count: 0 });
    const draw = drawing(1);
    for (let round = 0; round < 60; round++) {
      const group = groupOf(draw);
      space.reserve(group, true);
      const { fileBytes } = database.space();
      database.commitInline(group.changes.values(), undefined);
      expect(database.space().endBytes).toBeLessThanOrEqual(fileBytes);
      space.settle(group);
    }
    expect(database.space().treeBytes).toBeGreaterThan(1024 * 1024);
  });

  it("is as long before a checkpoint as its transactions make it, of which each copies most of the tree", () => {
    const keys = Array.from({ length: 20_000 }, (_, n) => Buffer.from(String(n).padStart(40, "0")));
    const value = new Uint8Array(420);
    const space = new SpaceGuard(database, 2 ** 30, { count: 0 });
    database.commitInline(
      keys.map((key) => ({ key, value })),
      undefined,
    );
    for (let round = 0; round < 3; round++) {
      const changes = keys.filter((_, n) => n % 8 < 2).map((key) => ({ key, value }));
      const group = new Overlay();
      group.add(changes);
      space.reserve(group, false);
      const { fileBytes } = database.space();
      for (const rest of [0, 1, 2, 3]) {
        const slice = changes.filter((_, n) => n % 4 === rest);
        database.commitInline(slice, undefined);
        expect(database.space().endBytes).toBeLessThanOrEqual(fileBytes);
      }
      space.settle(group);
    }
  });

  it("is not made longer for many changes than two copies of all of its pages are, unless somebody reads an older state", () => {
    const views = { count: 0 };
    const space = new SpaceGuard(database, 2 ** 30, views);
    const demand = { ...NO_DEMAND, bytes: 100_000, slackBytes: 100_000, added: 10_000 };
    space.reserve(demand, true);
    expect(database.space().fileBytes).toBeLessThan(4 * MIB);
    space.release(demand);
    views.count = 1;
    space.reserve(demand, true);
    expect(database.space().fileBytes).toBeGreaterThan(100 * MIB);
  });
});

/** Numbers from 0 to 1 that are the same each time (Numerical Recipes' generator). */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

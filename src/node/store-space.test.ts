/** What the store's files keep free for what is durable in the log alone. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StoreDatabase } from "./store-database.ts";
import { NO_DEMAND } from "./store-demand.ts";
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

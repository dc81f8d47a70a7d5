import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLocalFiles, type LocalFiles } from "../../node/index.ts";
import { nodeStores } from "./node-stores.ts";

const local = createLocalFiles();
const id = new Uint8Array(16).fill(0xab);
const hex = "ab".repeat(16);
const other = "cd".repeat(16);
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "coterie-stores-"));
  for (const name of [
    `log-${hex}`,
    `volume-${hex}-0`,
    `volume-${hex}-1`,
    `log-${other}`,
    "log-cell",
    "log",
  ]) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, "data.mdb"), "data");
  }
});
afterEach(() => rmSync(directory, { recursive: true }));

const kept = ["log", "log-cell", `log-${other}`].sort();

test("a volume's stores go, and no others", async () => {
  await nodeStores(local, directory).remove(id);
  expect(readdirSync(directory).sort()).toEqual(kept);
  await nodeStores(local, directory).remove(id);
  expect(readdirSync(directory).sort()).toEqual(kept);
});

test("the volumes that have stores are told, each once", async () => {
  mkdirSync(join(directory, `volume-${other}-2`));
  mkdirSync(join(directory, "log-abc"));
  const held = await nodeStores(local, directory).held();
  expect(held.map((each) => Buffer.from(each).toString("hex")).sort()).toEqual([hex, other]);
  await nodeStores(local, directory).remove(id);
  expect(await nodeStores(local, directory).held()).toEqual([new Uint8Array(16).fill(0xcd)]);
});

test("a removal that was cut short at any step is finished at the next start", async () => {
  for (let steps = 0; ; steps++) {
    let left = steps;
    const failing: LocalFiles = Object.create(local, {
      remove: {
        value: (path: string) => (left-- > 0 ? local.remove(path) : Promise.reject(new Error("cut"))),
      },
    });
    const wasCut = await nodeStores(failing, directory)
      .remove(id)
      .then(
        () => false,
        () => true,
      );
    if (wasCut) expect(existsSync(join(directory, `removing-${hex}`))).toBe(true);
    await nodeStores(local, directory).finish();
    expect(readdirSync(directory).sort()).toEqual(kept);
    if (!wasCut) break;
    mkdirSync(join(directory, `log-${hex}`));
    mkdirSync(join(directory, `volume-${hex}-0`));
    for (const name of [`log-${hex}`, `volume-${hex}-0`])
      writeFileSync(join(directory, name, "data.mdb"), "data");
    expect(steps).toBeLessThan(10);
  }
});

test("nothing to finish is nothing to do, and a stranger's file is left alone", async () => {
  writeFileSync(join(directory, "removing-nothing"), "");
  await nodeStores(local, directory).finish();
  expect(existsSync(join(directory, "removing-nothing"))).toBe(true);
  expect(existsSync(join(directory, `log-${hex}`))).toBe(true);
});

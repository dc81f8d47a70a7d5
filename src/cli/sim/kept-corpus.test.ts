import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { letters } from "../../../test/support/letters-scenario.ts";
import { createLocalFiles, createNodeWorld } from "../../node/index.ts";
import { type CorpusEntry, drawPlan, MAX_CORPUS_BYTES, parseCorpus } from "../../sim/index.ts";
import type { Timers } from "../../world/index.ts";
import { KeptCorpus } from "./kept-corpus.ts";

const local = createLocalFiles();
const { timers } = createNodeWorld({});
let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "coterie-kept-corpus-"));
  path = join(folder, "x.corpus.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const entry = (seed: number): CorpusEntry => ({ property: "p", plan: drawPlan(letters(), seed) });
const seedsOf = (text: string): string[] => parseCorpus(text).entries.map(({ plan }) => plan.seed);

test("keepers of one file lose nothing of each other's", async () => {
  const keepers = Array.from({ length: 4 }, () => new KeptCorpus(local, timers, path));
  for (const keeper of keepers) await keeper.read();
  const adding = keepers.flatMap((keeper, at) =>
    Array.from({ length: 5 }, (_, i) => keeper.add(entry(10 * at + i))),
  );
  await Promise.all(adding);
  const [first] = keepers as [KeptCorpus];
  await first.remove(entry(30));
  const all = keepers.flatMap((_, at) => Array.from({ length: 5 }, (_, i) => String(10 * at + i)));
  expect(seedsOf(readFileSync(path, "utf8")).sort()).toEqual(all.filter((seed) => seed !== "30").sort());
  expect(readdirSync(folder)).toEqual(["x.corpus.json"]);
});

test("a file that somebody damaged meanwhile is not written over", async () => {
  const keeper = new KeptCorpus(local, timers, path);
  await keeper.add(entry(1));
  writeFileSync(path, "mine");
  await expect(keeper.add(entry(2))).rejects.toMatchObject({ code: "SIM_CORPUS" });
  await expect(keeper.written()).rejects.toMatchObject({ code: "SIM_CORPUS" });
  expect(readFileSync(path, "utf8")).toBe("mine");
});

test("what would make the file too large to be read again is not kept", async () => {
  const keeper = new KeptCorpus(local, timers, path);
  await keeper.add(entry(1));
  const { plan, property } = entry(2);
  await keeper.add({ property, plan: { ...plan, operations: [{ text: "x".repeat(MAX_CORPUS_BYTES) }] } });
  expect(seedsOf(readFileSync(path, "utf8"))).toEqual(["1"]);
  await keeper.add(entry(3));
  expect(seedsOf(readFileSync(path, "utf8"))).toEqual(["1", "3"]);
});

test("a folder that another never lets go of is told", async () => {
  let pauses = 0;
  const impatient: Timers = {
    ...timers,
    after(_, fire) {
      pauses++;
      queueMicrotask(fire);
      return { cancel: () => {} };
    },
  };
  const claim = await local.claimDirectory(folder);
  await expect(new KeptCorpus(local, impatient, path).add(entry(1))).rejects.toMatchObject({
    code: "CLI_CORPUS_BUSY",
    message: expect.stringContaining(folder),
  });
  claim?.release();
  expect(pauses).toBe(1000);
});

test("without a file nothing is known, and nothing kept", async () => {
  const keeper = new KeptCorpus(local, timers, undefined);
  await keeper.read();
  await keeper.add(entry(1));
  expect(keeper.entriesOf("letters")).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

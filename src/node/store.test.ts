import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Prng } from "../sim/index.ts";
import { bytes, codeOf, codeThrown, pattern, text } from "../world/contract/contract.ts";
import { runStoreModel } from "../world/contract/store-model.ts";
import { isCoterieError, type Store } from "../world/index.ts";
import { createNodeWorld, type StoreTuning } from "./index.ts";

/** Rounds of kill -9; a soak sets more. */
const KILL_ROUNDS = process.env.COTERIE_SOAK === "1" ? 200 : Number(process.env.COTERIE_KILL_ROUNDS ?? 4);
const MODEL_SEEDS = process.env.COTERIE_SOAK === "1" ? 500 : 12;
/** Places of the writer's table. */
const TABLE_NUMBERS = 5000;
/** Batches of which the writer keeps the tail. */
const TAIL = 40;
const CHILD = new URL("../../test/support/store-writer.ts", import.meta.url);

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "coterie-store-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe("the store and a naive oracle", () => {
  for (const commit of ["adaptive", "inline", "thread"] as const) {
    it(`agree, commits ${commit}`, async () => {
      let segments = 0;
      for (let seed = 1; seed <= MODEL_SEEDS; seed++) {
        const logBytes = [65_536, 4096, 1024][seed % 3] as number;
        const world = createNodeWorld({ directory, storeTuning: { commit, logBytes, leastPlacedBytes: 1 } });
        const name = `${commit}-${seed}`;
        const random = new Prng(`${seed}`, "store model");
        const counts = await runStoreModel({
          commands: 250,
          // Now it is a log and now it is none.
          open: () => world.storage.open(name, { isLog: random.chance(0.6) }),
          random,
        }).catch((error: Error) => {
          throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
        });
        expect(counts.applied).toBeGreaterThan(40);
        expect(counts.reads).toBeGreaterThan(50);
        segments += readdirSync(join(directory, name)).filter((file) => /^wal-[2-9]/.test(file)).length;
        await world.close();
      }
      expect(segments).toBeGreaterThan(MODEL_SEEDS / 6);
    });
  }
});

describe("kill -9", () => {
  it(`keeps all that was acknowledged, and of the rest a prefix (${KILL_ROUNDS} rounds)`, async () => {
    const random = new Prng("kill", "store");
    let acknowledged = 0;
    let found = 0;
    let segments = 0;
    for (let round = 0; round < KILL_ROUNDS; round++) {
      const commit = (["adaptive", "inline", "thread"] as const)[round % 3] ?? "adaptive";
      const isLog = random.chance(0.7);
      acknowledged = await runAndKill(directory, found, commit, isLog, 1 + random.below(400));
      if (existsSync(join(directory, "killed", "wal-2"))) segments++;
      const after = await numbersIn(directory, random.chance(0.7));
      expect(after.every((n, at) => n === at)).toBe(true);
      expect(after.length).toBeGreaterThanOrEqual(acknowledged);
      expect(after.length).toBeGreaterThanOrEqual(found);
      found = after.length;
    }
    expect(acknowledged).toBeGreaterThan(0);
    expect(segments).toBeGreaterThan(0);
  });
});

/** Starts the writer at batch `from`, kills it after it has acknowledged `count` batches; how many in all it had. */
async function runAndKill(
  where: string,
  from: number,
  commit: string,
  isLog: boolean,
  count: number,
): Promise<number> {
  // A small log is full and brought into the database again and again while the writer runs.
  const args = [CHILD.pathname, where, String(from), commit, "8192", isLog ? "log" : ""];
  const child = spawn(process.execPath, ["--import", "tsx", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let acknowledged = from;
  let tail = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (piece: string) => {
    const lines = (tail + piece).split("\n");
    tail = lines.pop() ?? "";
    const last = lines.at(-1);
    if (last !== undefined) acknowledged = Number(last) + 1;
    if (acknowledged >= from + count) child.kill("SIGKILL");
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  expect({ code, signal }).toEqual({ code: null, signal: "SIGKILL" });
  return acknowledged;
}

/** The batches' numbers that the store has, which each batch wrote twice. */
async function numbersIn(where: string, isLog: boolean): Promise<number[]> {
  const world = createNodeWorld({ directory: where });
  const store = await world.storage.open("killed", { isLog });
  const numbers = (prefix: string): number[] =>
    [...store.range({ from: bytes(`${prefix}/`), to: bytes(`${prefix}0`) })].map(({ value }) =>
      Number(text(value)),
    );
  const first = numbers("a");
  expect(numbers("b")).toEqual(first);
  expect(tableIn(store)).toEqual(tableOf(first.length));
  // The tail of what is removed in the order in which it came.
  expect(numbers("c")).toEqual(first.slice(-TAIL));
  await world.close();
  return first;
}

function tableIn(store: Store): number[] {
  const table = store.get(bytes("table")) ?? new Uint8Array(TABLE_NUMBERS * 4);
  const view = new DataView(table.buffer, table.byteOffset, table.length);
  return Array.from({ length: TABLE_NUMBERS }, (_, place) => view.getUint32(4 * place));
}

/** The writer's table after so many batches. */
function tableOf(batches: number): number[] {
  const table = Array<number>(TABLE_NUMBERS).fill(0);
  for (let n = 0; n < batches; n++) table[n % TABLE_NUMBERS] = n + 1;
  return table;
}

describe("opening", () => {
  it("is refused, with the path, where there is no permission or no directory", async () => {
    const file = join(directory, "file");
    writeFileSync(file, "in the way");
    const blocked = createNodeWorld({ directory: file });
    const error = await blocked.storage.open("x").catch((reason: unknown) => reason);
    expect(isCoterieError(error)).toBe(true);
    expect((error as Error).message).toContain(join(file, "x"));
    await expect(createNodeWorld().storage.open("x")).rejects.toThrow(TypeError);
    for (const maxBytes of [0, 2 ** 45, Number.NaN]) {
      await expect(blocked.storage.open("x", { maxBytes })).rejects.toThrow(RangeError);
    }
  });

  it("is refused for a file that is not a store", async () => {
    mkdirSync(join(directory, "broken"));
    writeFileSync(join(directory, "broken", "data.mdb"), pattern(16_384, 7));
    const world = createNodeWorld({ directory });
    expect(await codeOf(world.storage.open("broken"))).toBe("STORE_CORRUPT");
    // The lock was given back.
    rmSync(join(directory, "broken"), { recursive: true });
    const store = await world.storage.open("broken");
    await store.close();
  });

  it("is refused for a file that may not be opened, and starts anew after a crash during creation", async () => {
    mkdirSync(join(directory, "odd", "data.mdb"), { recursive: true });
    const world = createNodeWorld({ directory });
    expect(await codeOf(world.storage.open("odd"))).toBe("STORE_IO");
    for (const size of [0, 100, 8192]) {
      const name = `unborn-${size}`;
      mkdirSync(join(directory, name));
      writeFileSync(join(directory, name, "data.mdb"), new Uint8Array(size));
      const store = await world.storage.open(name);
      store.apply([{ key: bytes("k"), value: bytes("v") }]);
      await store.sync();
      await store.close();
    }
  });

  it.skipIf(process.platform === "win32")(
    "makes directories and files that no other user reads",
    async () => {
      const world = createNodeWorld({ directory: join(directory, "made", "here") });
      const store = await world.storage.open("s");
      store.apply([{ key: bytes("k"), value: new Uint8Array(10_000) }]);
      await store.close();
      const modeOf = (...path: string[]): number => statSync(join(directory, "made", ...path)).mode & 0o777;
      for (const path of [[], ["here"], ["here", "s"]]) expect(modeOf(...path)).toBe(0o700);
      for (const name of ["wal-0", "wal-1", "content"]) expect(modeOf("here", "s", name)).toBe(0o600);
    },
  );

  it.skipIf(process.platform !== "linux")("holds on to no file when it is refused", async () => {
    const world = createNodeWorld({ directory });
    for (const name of ["content", "wal-0", "wal-1"])
      mkdirSync(join(directory, name, name), { recursive: true });
    const open = (): number => readdirSync("/proc/self/fd").length;
    const refused = async (name: string): Promise<void> => {
      expect(await codeOf(world.storage.open(name))).toBe("STORE_IO");
    };
    for (const name of ["content", "wal-0", "wal-1"]) {
      await refused(name);
      const before = open();
      for (let i = 0; i < 5; i++) await refused(name);
      expect(open(), name).toBe(before);
    }
  });

  it("is refused while another process has the store, and works when that was killed", async () => {
    const child = spawn(process.execPath, ["--import", "tsx", CHILD.pathname, directory, "0", "inline"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    const world = createNodeWorld({ directory });
    expect(await codeOf(world.storage.open("killed"))).toBe("STORE_LOCKED");
    child.kill("SIGKILL");
    await once(child, "close");
    const store = await world.storage.open("killed");
    await store.close();
  });
});

it("a world that closes waits for all of its stores, also when one of them is refused by the disk", async () => {
  const world = createNodeWorld({ directory, storeTuning: { commit: "thread" } });
  const full = await world.storage.open("full", { maxBytes: 100_000 });
  const good = await world.storage.open("good");
  full.apply([{ key: bytes("k"), value: new Uint8Array(200_000) }]);
  good.apply([{ key: bytes("k"), value: new Uint8Array(8_000_000) }]);
  expect(await codeOf(world.close())).toBe("STORE_FULL");
  expect(codeThrown(() => good.get(bytes("k")))).toBe("STORE_CLOSED");
  const again = createNodeWorld({ directory });
  expect((await again.storage.open("good", { readOnly: true })).get(bytes("k"))?.length).toBe(8_000_000);
  await again.close();
});

describe("while a commit is under way", () => {
  it("reads see both what it carries and what was applied since", async () => {
    const world = createNodeWorld({ directory, storeTuning: { commit: "thread" } satisfies StoreTuning });
    const store: Store = await world.storage.open("s");
    const put = (key: string, value: string | undefined): void =>
      store.apply([{ key: bytes(key), value: value === undefined ? undefined : bytes(value) }]);
    for (let i = 0; i < 1000; i++) put(`k${i}`, "old");
    const first = store.sync();
    let settled = false;
    void first.then(() => {
      settled = true;
    });
    // One turn later lmdb's thread has the group.
    await new Promise((resolve) => setImmediate(resolve));
    put("k1", "new");
    put("k2", undefined);
    const second = store.sync();
    expect(settled).toBe(false);
    expect(second).not.toBe(first);
    expect(text(store.get(bytes("k0")))).toBe("old");
    expect(text(store.get(bytes("k1")))).toBe("new");
    expect(store.get(bytes("k2"))).toBeUndefined();
    expect([...store.range({})].length).toBe(999);
    await first;
    expect(store.dirty).toBe(true);
    await second;
    expect(store.dirty).toBe(false);
    expect([...store.range({ reverse: true })].length).toBe(999);
    await world.close();
  });
});

it("a store with little room, asked for it, gives back what was removed though nothing more is written", async () => {
  const MIB = 2 ** 20;
  const world = createNodeWorld({ directory });
  const store = await world.storage.open("tight", { maxBytes: 24 * MIB });
  for (let n = 0; n < 8; n++) {
    store.apply([{ key: Uint8Array.of(n), value: pattern(2 * MIB) }]);
    await store.sync();
  }
  expect(store.usage().freeBytes).toBeLessThan(8 * MIB);
  store.apply(Array.from({ length: 8 }, (_, n) => ({ key: Uint8Array.of(n), value: undefined })));
  await store.sync();
  while (store.usage().freeBytes < 20 * MIB) await new Promise((resolve) => setImmediate(resolve));
  await world.close();
});

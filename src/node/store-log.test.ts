/** What a crash leaves in a store's directory, copied while the store lives, and opened in another place. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Prng } from "../sim/index.ts";
import { bytes, codeOf, same, text } from "../world/contract/contract.ts";
import { runStoreModel } from "../world/contract/store-model.ts";
import type { Store } from "../world/index.ts";
import { createNodeWorld, type NodeWorld } from "./index.ts";
import { StoreDatabase } from "./store-database.ts";

const MODEL_SEEDS = process.env.COTERIE_SOAK === "1" ? 500 : 12;
const LOG_BYTES = 16 * 1024;

let directory = "";
let world: NodeWorld;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "coterie-wal-"));
  world = createNodeWorld({ directory, storeTuning: { commit: "inline", logBytes: LOG_BYTES } });
});
afterEach(async () => {
  await world.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The store's files as they are now: what a killed process leaves. */
function crash(from: string, to: string): string {
  cpSync(join(directory, from), join(directory, to), { recursive: true });
  return join(directory, to);
}

async function put(store: Store, key: string, value: string | undefined): Promise<void> {
  store.apply([{ key: bytes(key), value: value === undefined ? undefined : bytes(value) }]);
  await store.sync();
}

function contentOf(store: Store): string[] {
  return [...store.range({})].map(({ key, value }) => `${text(key)}=${text(value)}`);
}

async function contentAt(name: string): Promise<string[]> {
  const store = await world.storage.open(name);
  const content = contentOf(store);
  expect(contentOf(store)).toEqual(content);
  await store.close();
  return content;
}

describe("a store that was killed", () => {
  it("has every durable group, whether it is in the log, on its way into the database, or in it", async () => {
    const store = await world.storage.open("s");
    const expected = new Map<string, string>();
    for (let n = 0; n < 300; n++) {
      const key = `k${n % 37}`;
      const value = `${n}`.padEnd(100 + (n % 5) * 50, ".");
      await put(store, key, n % 11 === 0 ? undefined : value);
      if (n % 11 === 0) expected.delete(key);
      else expected.set(key, value);
      if (n % 60 !== 17) continue;
      crash("s", `copy-${n}`);
      const sorted = [...expected].sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${k}=${v}`);
      expect(contentOf(store)).toEqual(sorted);
      expect(await contentAt(`copy-${n}`)).toEqual(sorted);
    }
  });

  it("loses a group that was cut short, wherever it was cut, and none before it", async () => {
    const store = await world.storage.open("s");
    await put(store, "a", "1");
    await put(store, "b", "2");
    const before = crash("s", "before");
    await put(store, "c", "3".repeat(40));
    const after = crash("s", "after");
    const [old, whole] = [before, after].map((path) => readFileSync(join(path, "wal-0")));
    const written = [...(whole ?? [])].flatMap((byte, at) => (byte === old?.[at] ? [] : [at]));
    const end = (written.at(-1) ?? 0) + 1;
    expect(end).toBeGreaterThan(100);
    for (let at = written[0] ?? 0; at < end; at += 3) {
      const copy = crash("after", `cut-${at}`);
      truncateSync(join(copy, "wal-0"), at);
      expect(await contentAt(`cut-${at}`)).toEqual(["a=1", "b=2"]);
      rmSync(copy, { recursive: true });
    }
    expect(await contentAt("after")).toEqual(["a=1", "b=2", `c=${"3".repeat(40)}`]);
  });

  it("goes on, and is killed and opened again and again", async () => {
    const names = ["s0"];
    for (let round = 1; round <= 5; round++) {
      const name = names.at(-1) ?? "";
      const store = await world.storage.open(name);
      expect(contentOf(store).length).toBe((round - 1) * 3);
      for (let n = 0; n < 3; n++) await put(store, `r${round}-${n}`, "x");
      crash(name, `s${round}`);
      names.push(`s${round}`);
    }
    expect((await contentAt("s5")).length).toBe(15);
  });

  it("is read without being changed when it is opened for reading only", async () => {
    const store = await world.storage.open("s");
    await put(store, "a", "old");
    await store.close();
    const again = await world.storage.open("s");
    await put(again, "a", "new");
    await put(again, "b", "2");
    const copy = crash("s", "copy");
    // lmdb's lock file is where its readers enter themselves.
    const names = ["data.mdb", "wal-0", "wal-1"];
    const files = (): number[] => names.map((name) => crc32(readFileSync(join(copy, name))));
    const asFound = files();
    const reader = await world.storage.open("copy", { readOnly: true });
    expect(contentOf(reader)).toEqual(["a=new", "b=2"]);
    expect(text(reader.get(bytes("a")))).toBe("new");
    expect(reader.unsettledReads).toBe(0);
    await reader.close();
    expect(files()).toEqual(asFound);
  });

  it("has changes with spans, also where a checkpoint that was interrupted had brought in some of them", async () => {
    let store = await world.storage.open("s");
    const keys = ["a", "b", "c"];
    const values = new Map(keys.map((key) => [key, new Uint8Array(3000).fill(key.charCodeAt(0))]));
    const write = async (key: string, from: number, byte: number): Promise<void> => {
      const value = (values.get(key) as Uint8Array).slice().fill(byte, from, from + 20);
      values.set(key, value);
      store.apply([{ key: bytes(key), value, spans: [{ from, to: from + 20 }] }]);
      await store.sync();
    };
    for (const [key, value] of values) store.apply([{ key: bytes(key), value }]);
    await store.sync();
    await store.close();
    store = await world.storage.open("s");
    for (let n = 0; n < 30; n++) await write(keys[n % 3] as string, (n * 97) % 2900, n);
    const half = new Map(values);
    for (let n = 0; n < 30; n++) await write(keys[n % 3] as string, (n * 89) % 2900, 100 + n);
    // What the first half made is there for one key, and all for another; the mark is before both.
    const copy = crash("s", "copy");
    const database = await StoreDatabase.open(copy, { maxBytes: 2 ** 30, readOnly: false });
    const brought = [
      { key: bytes("a"), value: half.get("a") },
      { key: bytes("b"), value: values.get("b") },
    ];
    database.commitInline(brought, undefined);
    await database.close();
    for (const readOnly of [true, false]) {
      const opened = await world.storage.open("copy", { readOnly });
      for (const [key, value] of values) expect(same(opened.get(bytes(key)), value)).toBe(true);
      await opened.close();
    }
  });

  it("is opened where its log has no room by the store's limit, and counts nothing that was not reserved", async () => {
    const store = await world.storage.open("s");
    await put(store, "first", "1");
    await store.close();
    const again = await world.storage.open("s");
    for (const key of ["a", "b", "c"]) await put(again, key, key.repeat(4000));
    crash("s", "copy");
    const maxBytes = 40_000;
    const copy = await world.storage.open("copy", { maxBytes });
    expect(contentOf(copy).length).toBe(4);
    const { usedBytes } = copy.usage();
    expect(usedBytes).toBeGreaterThan(12_000);
    await copy.close();
    const reopened = await world.storage.open("copy", { maxBytes });
    expect(reopened.usage().usedBytes).toBe(usedBytes);
  });

  it("is refused when a change with spans lies over nothing", async () => {
    const store = await world.storage.open("s");
    await put(store, "a", "1");
    await store.close();
    const again = await world.storage.open("s");
    again.apply([{ key: bytes("b"), value: bytes("22"), spans: [{ from: 0, to: 1 }] }]);
    await again.sync();
    crash("s", "copy");
    expect(await codeOf(world.storage.open("copy"))).toBe("STORE_CORRUPT");
    expect(await codeOf(world.storage.open("copy", { readOnly: true }))).toBe("STORE_CORRUPT");
    again.apply([{ key: bytes("b"), value: undefined }]);
  });

  it("is refused when its log was damaged before groups that are whole, until the log is removed", async () => {
    const store = await world.storage.open("s");
    await put(store, "a", "1");
    await store.close();
    const again = await world.storage.open("s");
    for (const key of ["b", "c", "d"]) await put(again, key, key.repeat(30));
    const copy = crash("s", "copy");
    const log = readFileSync(join(copy, "wal-0"));
    log[log.indexOf("cccc")] = 0;
    writeFileSync(join(copy, "wal-0"), log);
    for (const readOnly of [false, true]) {
      const error = await world.storage.open("copy", { readOnly }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: "STORE_CORRUPT" });
      expect(String(error)).toContain(join(copy, "wal-0"));
    }
    rmSync(join(copy, "wal-0"));
    rmSync(join(copy, "wal-1"));
    expect(await contentAt("copy")).toEqual(["a=1"]);
  });

  it("is not made anew in the place of one whose database is gone, or never was, while its log or content is there", async () => {
    const store = await world.storage.open("s");
    await put(store, "a", "1");
    const logged = crash("s", "logged");
    store.apply([{ key: bytes("large"), value: new Uint8Array(300_000) }]);
    await store.sync();
    const content = crash("s", "content");
    for (const name of ["wal-0", "wal-1"]) rmSync(join(content, name));
    for (const path of [logged, content]) {
      for (const left of [undefined, 0, 8192]) {
        rmSync(join(path, "data.mdb"), { force: true });
        if (left !== undefined) writeFileSync(join(path, "data.mdb"), new Uint8Array(left));
        const error = await world.storage.open(basename(path)).catch((reason: unknown) => reason);
        expect(error).toMatchObject({ code: "STORE_CORRUPT" });
        expect(String(error)).toContain(join(path, path === logged ? "wal-0" : "content"));
      }
    }
    for (const name of ["wal-0", "wal-1"]) rmSync(join(logged, name));
    expect(await contentAt("logged")).toEqual([]);
  });

  it("agrees with a naive oracle", async () => {
    let crashes = 0;
    for (let seed = 1; seed <= MODEL_SEEDS; seed++) {
      let life = 0;
      let killed: Store | undefined;
      const name = (): string => `m${seed}-${life}`;
      /** What a killed process would have been told, nobody hears. */
      const open = async (): Promise<Store> => {
        const store = await world.storage.open(name());
        killed = store;
        const now = life;
        const told = (): Promise<void> =>
          new Promise((resolve) => {
            void store.sync().then(() => now === life && resolve());
          });
        return new Proxy(store, {
          get: (target, name) => {
            const value: unknown = Reflect.get(target, name, target);
            if (name === "sync") return told;
            return typeof value === "function" ? value.bind(target) : value;
          },
        });
      };
      const counts = await runStoreModel({
        commands: 250,
        open,
        crash: async () => {
          crash(name(), `m${seed}-${++life}`);
          // Its files were copied; what it still does to its own is seen by nobody. The memory that it maps is large.
          await killed?.close();
        },
        random: new Prng(`${seed}`, "store log model"),
      }).catch((error: Error) => {
        throw new Error(`seed ${seed}: ${error.message}`, { cause: error });
      });
      crashes += counts.crashes;
    }
    expect(crashes).toBeGreaterThan(MODEL_SEEDS / 2);
  });
});

describe("the log's files", () => {
  it("keep to their size, and are empty of anything needed once the store was closed", async () => {
    const store = await world.storage.open("s");
    for (let n = 0; n < 400; n++) await put(store, `k${n}`, "v".repeat(200));
    await store.close();
    for (const name of ["wal-0", "wal-1"]) {
      const file = join(directory, "s", name);
      // They grow by 256 KiB at a time.
      expect(statSync(file).size).toBe(256 * 1024);
      rmSync(file);
    }
    expect((await contentAt("s")).length).toBe(400);
  });

  it.skipIf(!existsSync("/dev/full"))("may refuse everything: groups go to the database then", async () => {
    mkdirSync(join(directory, "full"));
    for (const name of ["wal-0", "wal-1"]) symlinkSync("/dev/full", join(directory, "full", name));
    const store = await world.storage.open("full");
    for (let n = 0; n < 20; n++) await put(store, `k${n}`, "v");
    expect(store.failures).toBe(0);
    crash("full", "copy");
    expect((await contentAt("copy")).length).toBe(20);
  });

  it("do not keep a store from being opened when they are not files", async () => {
    mkdirSync(join(directory, "odd", "wal-0"), { recursive: true });
    expect(await codeOf(world.storage.open("odd"))).toBe("STORE_IO");
  });
});

/** The record that a node must not forget: what was written is read, what is damaged is refused, what may be lost is not taken for written. */
import { describe, expect, it } from "vitest";
import { type SimNode, Simulation } from "../sim/index.ts";
import { isCoterieError, type Store, type World } from "../world/index.ts";
import type { GroupView } from "./membership/seat.ts";
import { RecordStore } from "./record-store.ts";
import { encodeRecord } from "./wire/record.ts";

const founding: GroupView = { id: 0, members: [{ node: "a", incarnation: 0, host: "10.0.0.1", port: 7 }] };
const KEY = new TextEncoder().encode("group news");

/** Runs `use` in a life of a node. */
async function inLife<T>(node: SimNode, use: (world: World) => Promise<T>): Promise<T> {
  return node.start(use);
}

async function withNode(use: (node: SimNode, sim: Simulation) => Promise<void>): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const node = sim.node("a");
  await sim.run(() => use(node, sim));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return isCoterieError(error) ? error.code : String(error);
}

describe("a group's record", () => {
  it("is the founding one before there is any, and each life has the next incarnation", async () => {
    const lives: unknown[] = [];
    await withNode(async (node) => {
      await inLife(node, async (world) => {
        const records = await RecordStore.open(world, "news", undefined);
        const { incarnation, view } = await records.beginLife(records.read(founding));
        lives.push([incarnation, view, records.read(founding).incarnation]);
      });
      node.crash();
      await node.restart();
    });
    expect(lives).toEqual([
      [1, founding, 1],
      [2, founding, 2],
    ]);
  });

  it("is kept apart from those of other groups in the same store, which it leaves open", async () => {
    await withNode(async (node) => {
      await inLife(node, async (world) => {
        const store = await world.storage.open("ours");
        const news = await RecordStore.open(world, "news", store);
        const chat = await RecordStore.open(world, "chat", store);
        await news.write(encodeRecord({ ...news.read(founding), incarnation: 5 }));
        await chat.write(encodeRecord({ ...chat.read(founding), incarnation: 9 }));
        await news.close();
        expect(news.read(founding).incarnation).toBe(5);
        expect(chat.read(founding).incarnation).toBe(9);
      });
    });
  });

  it("is refused when any bit of it is another, and when it is cut", async () => {
    await withNode(async (node) => {
      await inLife(node, async (world) => {
        const store = await world.storage.open("ours");
        const records = await RecordStore.open(world, "news", store);
        await records.write(encodeRecord({ ...records.read(founding), incarnation: 5 }));
        const sound = (store.get(KEY) as Uint8Array).slice();
        const bad = [new Uint8Array(0), sound.subarray(0, 4), sound.subarray(0, -1), sound.subarray(4)];
        for (let bit = 0; bit < 8 * sound.length; bit++) {
          const damaged = sound.slice();
          damaged[bit >> 3] = (damaged[bit >> 3] as number) ^ (1 << (bit & 7));
          bad.push(damaged);
        }
        for (const value of bad) {
          store.apply([{ key: KEY, value }]);
          expect(() => records.read(founding)).toThrow(expect.objectContaining({ code: "GROUP_RECORD" }));
        }
        store.apply([{ key: KEY, value: sound }]);
        expect(records.read(founding).incarnation).toBe(5);
      });
    });
  });

  it("is refused when it is no record, though its checksum be right", async () => {
    await withNode(async (node) => {
      await inLife(node, async (world) => {
        const records = await RecordStore.open(world, "news", undefined);
        await records.write(new TextEncoder().encode("something else"));
        expect(() => records.read(founding)).toThrow(expect.objectContaining({ code: "GROUP_RECORD" }));
      });
    });
  });

  it("is not written when the disk refuses it", async () => {
    await withNode(async (node) => {
      await inLife(node, async (world) => {
        const records = await RecordStore.open(world, "news", undefined);
        node.disk.failNext.push("STORE_IO");
        expect(await codeOf(records.beginLife(records.read(founding)))).toBe("STORE_IO");
        expect(records.read(founding).incarnation).toBe(0);
      });
    });
  });

  it("is not written when another's batch failed and took it with it, though the sync after that went well", async () => {
    const store = {
      failures: 0,
      apply() {},
      sync() {
        this.failures++;
        return Promise.resolve();
      },
    };
    const records = new RecordStore(() => 0, store as unknown as Store, false, "news");
    expect(await codeOf(records.write(Uint8Array.of(1)))).toBe("STORE_IO");
  });
});

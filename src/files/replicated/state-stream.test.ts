import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { CHUNK_BYTES } from "../../paxos/index.ts";
import { Simulation } from "../../sim/index.ts";
import { type Change, randomBelow, type Store } from "../../world/index.ts";
import { RecordReader, STREAM_FORMAT, ViewSource } from "./state-stream.ts";

function withStore(records: readonly Change[], body: (store: Store) => void): Promise<void> {
  const sim = new Simulation({ seed: 1 });
  const node = sim.node("n");
  return sim.run(async () => {
    const store = await node.world.storage.open("s");
    store.apply(records);
    body(store);
  });
}

function chunksOf(source: ViewSource): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let chunk = source.next(); chunk !== undefined; chunk = source.next()) chunks.push(chunk.slice());
  source.close();
  return chunks;
}

function numbered(sizes: readonly number[]): Change[] {
  return sizes.map((bytes, at) => ({
    key: Uint8Array.of(1, at >> 8, at),
    value: Uint8Array.from({ length: bytes }, (_, i) => (at + i) & 0xff),
  }));
}

describe("a state on its way", () => {
  test("arrives record for record, of whatever sizes", async () => {
    const random = seededRandom(5);
    const sizes = Array.from({ length: 80 }, () => randomBelow(random, 30_000));
    const records = numbered([0, 1, ...sizes, CHUNK_BYTES - 1, CHUNK_BYTES, 3 * CHUNK_BYTES + 17]);
    await withStore(records, (store) => {
      const chunks = chunksOf(new ViewSource(store.view(), () => true));
      expect(chunks.slice(0, -1).every(({ length }) => length === CHUNK_BYTES)).toBe(true);
      const reader = new RecordReader();
      const arrived = chunks.flatMap((chunk) => reader.add(chunk).map(({ key, value }) => ({ key, value })));
      reader.finish();
      expect(arrived.length).toBe(records.length);
      for (const [at, { key, value }] of arrived.entries()) {
        expect(Buffer.from(key).equals(records[at]?.key as Uint8Array)).toBe(true);
        expect(Buffer.from(value as Uint8Array).equals(records[at]?.value as Uint8Array)).toBe(true);
      }
    });
  });

  test("is as of its view, whatever is written meanwhile", async () => {
    await withStore(numbered([10, 20]), (store) => {
      const source = new ViewSource(store.view(), () => true);
      store.apply([{ key: Uint8Array.of(1, 0, 0), value: undefined }]);
      const reader = new RecordReader();
      expect(chunksOf(source).flatMap((chunk) => reader.add(chunk))).toHaveLength(2);
    });
  });

  test("of an empty store is whole, and holds nothing", async () => {
    await withStore([], (store) => {
      const reader = new RecordReader();
      expect(
        chunksOf(new ViewSource(store.view(), () => true)).flatMap((chunk) => reader.add(chunk)),
      ).toEqual([]);
      reader.finish();
    });
  });

  test("gives no damaged record to anybody", async () => {
    await withStore(numbered([10, 20]), (store) => {
      const source = new ViewSource(store.view(), ({ value }) => value.length !== 20);
      expect(() => source.next()).toThrow(expect.objectContaining({ code: "REPLICA_DAMAGED" }));
    });
  });

  test("is refused when it ends in the middle, is of another format, or is no stream", async () => {
    await withStore(numbered([10, 20]), (store) => {
      const [chunk = new Uint8Array(0)] = chunksOf(new ViewSource(store.view(), () => true));
      for (let end = 0; end < chunk.length; end++) {
        const reader = new RecordReader();
        const records = reader.add(chunk.subarray(0, end));
        const isWhole = end === 4 || (records.length === 1 && end === 4 + 8 + 3 + 10);
        if (isWhole) reader.finish();
        else expect(() => reader.finish()).toThrow(expect.objectContaining({ code: "REPLICA_FORMAT" }));
      }
    });
    const wrong = [
      Uint8Array.of(0, 0, 0, STREAM_FORMAT + 1),
      Uint8Array.of(0, 0, 0, STREAM_FORMAT, 0, 0, 0, 0, 0, 0, 0, 1, 1),
      Uint8Array.of(0, 0, 0, STREAM_FORMAT, 255, 255, 255, 255, 0, 0, 0, 1, 1),
      Uint8Array.of(0, 0, 0, STREAM_FORMAT, 0, 0, 0, 1, 255, 255, 255, 255, 1),
    ];
    for (const bytes of wrong) {
      expect(() => new RecordReader().add(bytes)).toThrow(
        expect.objectContaining({ code: "REPLICA_FORMAT" }),
      );
    }
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Budget } from "./budget.ts";
import { ReadAhead, readFully } from "./read-ahead.ts";

const BLOCK = 16;

/** A file on a server that gives at most `portion` bytes at a time. */
class ModelFile {
  content: Uint8Array;
  version = 0;
  asked: [offset: number, length: number][] = [];
  portion = Number.POSITIVE_INFINITY;

  constructor(size: number) {
    this.content = Uint8Array.from({ length: size }, (_, index) => (index * 7 + 1) & 0xff);
  }

  async fetch(offset: number, length: number) {
    this.asked.push([offset, length]);
    expect(length).toBeLessThanOrEqual(BLOCK);
    const end = Math.min(offset + Math.min(length, this.portion), this.content.length);
    const data = this.content.slice(offset, end);
    await Promise.resolve();
    return { data, eof: end >= this.content.length };
  }

  reader(budget = new Budget(1e6, () => {}), maxBlocks = 4): ReadAhead {
    return new ReadAhead({
      fetch: (offset, length) => this.fetch(offset, length),
      blockBytes: BLOCK,
      maxBlocks,
      budget,
      size: () => this.content.length,
      version: () => this.version,
    });
  }
}

async function read(reader: ReadAhead, offset: number, length: number): Promise<number[]> {
  const into = new Uint8Array(length);
  return [...into.subarray(0, await reader.read(into, offset))];
}

describe("reading ahead", () => {
  test("gives what a plain read would, wherever it reads, whatever portions come, as the file changes", async () => {
    const step = fc.record({
      kind: fc.constantFrom("on", "on", "on", "seek", "change", "grow"),
      at: fc.nat(220),
      length: fc.integer({ min: 1, max: 50 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step), fc.integer({ min: 1, max: 40 }), async (steps, portion) => {
        const file = new ModelFile(150);
        file.portion = portion;
        const budget = new Budget(40, () => {});
        const reader = file.reader(budget);
        let position = 0;
        for (const { kind, at, length } of steps) {
          if (kind === "change") {
            file.content.fill(at & 0xff, at % file.content.length);
            file.version++;
          } else if (kind === "grow") {
            file.content = Uint8Array.from([...file.content, ...new Uint8Array(length).fill(at & 0xff)]);
            file.version++;
          } else {
            if (kind === "seek") position = at;
            const got = await read(reader, position, length);
            expect(got).toEqual([...file.content.subarray(position, position + length)]);
            position += got.length;
          }
        }
        reader.discard();
        expect(budget.usedBytes).toBe(0);
      }),
      { numRuns: 2000, seed: 813 },
    );
  });

  test("asks for more blocks the longer the reader goes on, up to the bound", async () => {
    const file = new ModelFile(BLOCK * 40);
    const reader = file.reader();
    const ahead: number[] = [];
    for (let at = 0; at < BLOCK * 12; at += BLOCK) {
      await read(reader, at, BLOCK);
      const furthest = Math.max(...file.asked.map(([offset]) => offset));
      ahead.push((furthest - at) / BLOCK);
    }
    expect(ahead.slice(0, 4)).toEqual([1, 2, 4, 4]);
    expect(Math.max(...ahead)).toBe(4);
    expect(new Set(file.asked.map(([offset]) => offset)).size).toBe(file.asked.length);
  });

  test("reads elsewhere ask for exactly what they want", async () => {
    const file = new ModelFile(BLOCK * 10);
    const reader = file.reader();
    await read(reader, 33, 5);
    await read(reader, 99, 20);
    expect(file.asked).toEqual([
      [33, 5],
      [99, 16],
      [115, 4],
    ]);
  });

  test("without budget nothing is read ahead, and all is read", async () => {
    const file = new ModelFile(BLOCK * 4);
    const budget = new Budget(10, () => {});
    budget.take(10);
    const reader = file.reader(budget);
    expect(await read(reader, 0, BLOCK * 3)).toEqual([...file.content.subarray(0, BLOCK * 3)]);
    expect(file.asked.length).toBe(3);
  });

  test("a file that grows is read on, as tail does", async () => {
    const file = new ModelFile(20);
    const reader = file.reader();
    expect((await read(reader, 0, 100)).length).toBe(20);
    expect(await read(reader, 20, 100)).toEqual([]);
    file.content = Uint8Array.from([...file.content, 1, 2, 3]);
    expect(await read(reader, 20, 100)).toEqual([1, 2, 3]);
  });

  test("a failure is the reader's to see, once it gets there", async () => {
    const file = new ModelFile(BLOCK * 4);
    const reader = new ReadAhead({
      fetch: (offset, length) =>
        offset >= BLOCK ? Promise.reject(new Error("disk")) : file.fetch(offset, length),
      blockBytes: BLOCK,
      maxBlocks: 4,
      budget: new Budget(1e6, () => {}),
      size: () => file.content.length,
      version: () => 0,
    });
    expect((await read(reader, 0, BLOCK)).length).toBe(BLOCK);
    await expect(read(reader, BLOCK, BLOCK)).rejects.toThrow("disk");
  });
});

test("readFully goes on after portions", async () => {
  const file = new ModelFile(30);
  file.portion = 4;
  const into = new Uint8Array(16);
  expect(await readFully((offset, length) => file.fetch(offset, length), into, 10)).toBe(16);
  expect([...into]).toEqual([...file.content.subarray(10, 26)]);
});

import { expect, test } from "vitest";
import { freeMemory } from "./free-memory.ts";

const MIB = 1024 * 1024;

test("what was freed is empty, and its memory gone before any garbage is collected", async () => {
  // The port is opened at the first use, and its closing takes the event loop a few turns.
  freeMemory(new Uint8Array(MIB));
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 1000; i++) {
    const array = new Uint8Array(MIB);
    freeMemory(array);
    expect(array.length).toBe(0);
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * MIB);
});

test("small arrays, and those that share their buffer, stay as they are", () => {
  const buffer = new ArrayBuffer(MIB);
  const arrays = [
    new Uint8Array(100),
    new Uint8Array(0),
    new Uint8Array(buffer, 0, MIB / 2),
    new Uint8Array(new SharedArrayBuffer(MIB)),
  ];
  const lengths = arrays.map((array) => array.length);
  for (const array of arrays) freeMemory(array);
  expect(arrays.map((array) => array.length)).toEqual(lengths);
  expect(buffer.byteLength).toBe(MIB);
});

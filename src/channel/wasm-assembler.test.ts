import { describe, expect, it } from "vitest";
import {
  add,
  and,
  type Code,
  clearMemory,
  copyMemory,
  get,
  ifElse,
  int,
  isBelow,
  loadByte,
  loadInt,
  loadVector,
  moduleBytes,
  set,
  shiftLeft,
  shiftRight,
  signed,
  storeInt,
  storeVector,
  subtract,
  unsigned,
  whileTrue,
  xor,
  xorVectors,
} from "./wasm-assembler.ts";

declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => {
    readonly exports: { readonly memory: { readonly buffer: ArrayBuffer }; run(...values: number[]): number };
  };
};

function assemble(parameters: number, locals: number, body: Code) {
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(moduleBytes(1, { parameters, integers: locals, vectors: 1 }, body)),
  );
  return { run: exports.run, memory: new Uint8Array(exports.memory.buffer) };
}

describe("the assembler", () => {
  it("writes numbers as LEB128", () => {
    expect([0, 127, 128, 624_485].map(unsigned)).toEqual([[0], [127], [0x80, 1], [0xe5, 0x8e, 0x26]]);
    expect([0, 63, 64, -1, -64, -65, -123_456].map(signed)).toEqual([
      ...[[0], [63], [0xc0, 0], [0x7f], [0x40], [0xbf, 0x7f], [0xc0, 0xbb, 0x78]],
    ]);
  });

  it("computes with 32 bits", () => {
    const ab = [get(0), get(1)] as const;
    const binary: [(a: Code, b: Code) => Code, number][] = [
      [add, 0xf1],
      [subtract, 0xed],
      [and, 2],
      [xor, 0xed],
      [shiftLeft, 0x3bc],
      [shiftRight, 0x3b],
    ];
    for (const [instruction, result] of binary) {
      expect(assemble(2, 0, instruction(...ab)).run(0xef, 2)).toBe(result);
    }
    const isSmaller = assemble(2, 0, isBelow(...ab)).run;
    expect([isSmaller(1, 2), isSmaller(2, 2), isSmaller(-1, 2)]).toEqual([1, 0, 0]);
  });

  it("loops while a condition holds, and not once when it never does", () => {
    const [count, sum] = [0, 1];
    const loop = whileTrue(isBelow(get(sum), get(count)), set(sum, add(get(sum), int(3))));
    const { run } = assemble(1, 1, [...loop, ...get(sum)]);
    expect([run(0), run(1), run(3), run(4)]).toEqual([0, 3, 3, 6]);
  });

  it("goes one way or the other", () => {
    const { run } = assemble(1, 1, [...ifElse(get(0), set(1, int(-7)), set(1, int(300))), ...get(1)]);
    expect([run(1), run(0)]).toEqual([-7, 300]);
  });

  it("reads and writes memory, at constants beyond a place", () => {
    const { run, memory } = assemble(1, 0, [
      ...storeInt(int(100), add(loadInt(get(0), 4), loadByte(get(0), 200))),
      ...storeVector(int(300), xorVectors(loadVector(get(0)), loadVector(get(0), 16)), 4),
      ...copyMemory(int(400), int(0), int(3)),
      ...clearMemory(int(1), int(1)),
      ...int(0),
    ]);
    memory.set(Uint8Array.from({ length: 32 }, (_, at) => at + 1));
    memory[200] = 9;
    memory.fill(0xff, 400, 405);
    run(0);
    expect([...memory.subarray(100, 104)]).toEqual([14, 6, 7, 8]);
    expect([...memory.subarray(304, 320)]).toEqual(
      Array.from({ length: 16 }, (_, at) => (at + 1) ^ (at + 17)),
    );
    expect([...memory.subarray(400, 404)]).toEqual([1, 2, 3, 0xff]);
    expect([...memory.subarray(0, 3)]).toEqual([1, 0, 3]);
  });
});

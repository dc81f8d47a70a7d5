/**
 * CRC32C as a WebAssembly module of some 800 bytes, which is put together here, instruction by instruction.
 *
 * Long data is made short first. The polynomial P of CRC32C divides x^79 + x^75 + x^71 + x^58 + x^18 + x^12 + x + 1, and so, as
 * squaring goes term by term where 1 + 1 = 0, it divides the same sum of powers of x^128 (the first exponent is the least for which
 * there is one of eight terms). Modulo P, then, x^(128·79) is the sum of the other powers: a block of 16 bytes can be taken out of the
 * data when it is added to the seven blocks that lie 4, 8, 21, 61, 67, 78 and 79 behind it. Seen from a block, it takes in the seven
 * before it. That is seven exclusive ors for 16 bytes and no look-up (as Chorba does for another polynomial: Russell, 2024).
 * What remains, the last 79 blocks, goes through tables, sixteen bytes at a time.
 */
import { SLICES, TABLES } from "./crc32c-tables.ts";
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
  storeInt,
  storeVector,
  subtract,
  tee,
  whileTrue,
  xor,
  xorVectors,
} from "./wasm-assembler.ts";

const BLOCK_BYTES = 16;
/** Blocks that are taken in, counted back from the one that takes them. */
export const DISTANCES: readonly number[] = [4, 8, 21, 61, 67, 78, 79];
const FURTHEST = 79;
const SPAN_BYTES = FURTHEST * BLOCK_BYTES;
/** Shorter data would not become shorter by half. */
const FOLD_FROM_BYTES = 2 * SPAN_BYTES;

// The memory: tables, a span that is always zero, the data, and what remains of it.
const TABLE_BYTES = 1024;
const DATA_AT = SLICES * TABLE_BYTES + SPAN_BYTES;
/** The most that the module takes at once. */
export const MAX_MODULE_BYTES = 64 * 1024;
const REST_AT = DATA_AT + MAX_MODULE_BYTES;
const PAGES = 2;

// The parameters, and other variables.
const CRC = 0;
const LENGTH = 1;
const AT = 2;
const END = 3;
const STOP = 4;
const WORD = 5;
/** The last blocks that were folded, as vectors, each in the place of its number modulo how many there are; and one that is far behind. */
const NEAR = 6;
const NEAR_BLOCKS = 8;
const CARRY = NEAR + NEAR_BLOCKS;
const LOCALS = { parameters: 2, integers: 4, vectors: NEAR_BLOCKS + 1 };

/** `block` with those that it takes in, of which the oldest is at `at`. */
function folded(block: Code, at: Code): Code {
  return DISTANCES.reduce(
    (sum, distance) => xorVectors(sum, loadVector(at, SPAN_BYTES - distance * BLOCK_BYTES)),
    block,
  );
}

/**
 * The same for a block in the middle of the data, the `turn`th of `NEAR_BLOCKS` in a row. Reading memory is what folding waits for:
 * blocks that lie near are still in locals, and the furthest but one is the next block's furthest.
 */
function foldedInTurn(turn: number): Code {
  const at = (distance: number) => loadVector(get(AT), SPAN_BYTES + (turn - distance) * BLOCK_BYTES);
  const parts = DISTANCES.map((distance) => {
    if (distance <= NEAR_BLOCKS) return get(NEAR + ((turn + NEAR_BLOCKS - distance) % NEAR_BLOCKS));
    if (distance === FURTHEST) return get(CARRY);
    return distance === FURTHEST - 1 ? [] : at(distance);
  });
  const sum = parts.filter((part) => part.length > 0).reduce(xorVectors, at(0));
  return set(NEAR + turn, xorVectors(sum, tee(CARRY, at(FURTHEST - 1))));
}

const foldInTurn: Code = Array.from({ length: NEAR_BLOCKS }, (_, turn) => [
  ...foldedInTurn(turn),
  ...storeVector(get(AT), get(NEAR + turn), SPAN_BYTES + turn * BLOCK_BYTES),
]).flat();

const advance = (local: number, bytes: number): Code => set(local, add(get(local), int(bytes)));

/** Leaves the data's last span in REST, with all before it taken in, and the bytes behind its last whole block. */
const fold: Code = [
  ...storeInt(int(DATA_AT), xor(loadInt(int(DATA_AT)), get(CRC))),
  ...set(CRC, int(0)),
  ...set(STOP, add(and(get(LENGTH), int(-BLOCK_BYTES)), int(DATA_AT - SPAN_BYTES))),
  ...set(END, add(and(get(LENGTH), int(BLOCK_BYTES - 1)), int(SPAN_BYTES))),
  ...copyMemory(int(REST_AT), get(STOP), get(END)),
  // The last span takes in nothing of itself.
  ...clearMemory(get(STOP), int(SPAN_BYTES)),
  ...set(AT, int(DATA_AT - SPAN_BYTES)),
  ...whileTrue(isBelow(get(AT), subtract(get(STOP), int(SPAN_BYTES + (NEAR_BLOCKS - 1) * BLOCK_BYTES))), [
    ...foldInTurn,
    ...advance(AT, NEAR_BLOCKS * BLOCK_BYTES),
  ]),
  ...whileTrue(isBelow(get(AT), subtract(get(STOP), int(SPAN_BYTES))), [
    ...storeVector(get(AT), folded(loadVector(get(AT), SPAN_BYTES), get(AT)), SPAN_BYTES),
    ...advance(AT, BLOCK_BYTES),
  ]),
  ...set(WORD, int(REST_AT)),
  ...whileTrue(isBelow(get(AT), get(STOP)), [
    ...storeVector(get(WORD), folded(loadVector(get(WORD)), get(AT))),
    ...advance(AT, BLOCK_BYTES),
    ...advance(WORD, BLOCK_BYTES),
  ]),
  ...set(AT, int(REST_AT)),
  ...set(END, add(get(END), int(REST_AT))),
];

const takeAll: Code = [...set(AT, int(DATA_AT)), ...set(END, add(get(LENGTH), int(DATA_AT)))];

/** What byte `byte` of the word adds, by the table at `table`. */
function lookUp(byte: number, table: number): Code {
  const entry = byte === 0 ? shiftLeft(get(WORD), int(2)) : shiftRight(get(WORD), int(8 * byte - 2));
  return loadInt(and(entry, int(TABLE_BYTES - 4)), table * TABLE_BYTES);
}

/** What the four bytes of `value` add, of which the first is followed by `table` more. */
function lookUpWord(value: Code, table: number): Code {
  const parts = [0, 1, 2, 3].map((byte) => lookUp(byte, table - byte));
  return [...set(WORD, value), ...parts.reduce((sum, part) => xor(sum, part))];
}

const slice: Code = set(
  CRC,
  [4, 8, 12].reduce(
    (sum, beyond) => xor(sum, lookUpWord(loadInt(get(AT), beyond), SLICES - 1 - beyond)),
    lookUpWord(xor(loadInt(get(AT)), get(CRC)), SLICES - 1),
  ),
);

const byte: Code = [
  ...set(WORD, xor(loadByte(get(AT)), get(CRC))),
  ...set(CRC, xor(shiftRight(get(CRC), int(8)), lookUp(0, 0))),
];

const program: Code = [
  ...ifElse(isBelow(get(LENGTH), int(FOLD_FROM_BYTES)), takeAll, fold),
  ...set(STOP, subtract(get(END), int(SLICES - 1))),
  ...whileTrue(isBelow(get(AT), get(STOP)), [...slice, ...advance(AT, SLICES)]),
  ...whileTrue(isBelow(get(AT), get(END)), [...byte, ...advance(AT, 1)]),
  ...get(CRC),
];

/** What we use of the platform's WebAssembly, where there is one. */
declare const WebAssembly:
  | {
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (module: object) => { readonly exports: object };
    }
  | undefined;

export interface Crc32cModule {
  /** Where `run` takes its data from; it is not what it was afterwards. */
  readonly data: Uint8Array;
  /** The register after the first `length` bytes of `data`, when it was `register` before them: neither is inverted. */
  run(register: number, length: number): number;
}

/** Undefined where there is no WebAssembly, or none with vectors. */
export function crc32cModule(): Crc32cModule | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes(PAGES, LOCALS, program)));
    const { memory, run } = exports as Pick<Crc32cModule, "run"> & {
      readonly memory: { buffer: ArrayBuffer };
    };
    // Its memory has the low byte first, on whatever machine.
    const view = new DataView(memory.buffer);
    TABLES.forEach((entry, at) => void view.setInt32(4 * at, entry, true));
    return { data: new Uint8Array(memory.buffer, DATA_AT, MAX_MODULE_BYTES), run };
  } catch {
    return undefined;
  }
}

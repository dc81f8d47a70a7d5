/**
 * Just enough of an assembler for a WebAssembly module of one function over one memory (WebAssembly Core Specification 2.0,
 * chapter 5). An instruction is written with its operands inside it, as in the folded text format, and gives its bytes:
 * `set(0, add(get(1), int(4)))`.
 */

/** Instructions one after the other, as bytes. */
export type Code = readonly number[];

/** LEB128 (section 5.2.2). */
export function unsigned(value: number): Code {
  const low = value & 0x7f;
  const rest = value >>> 7;
  return rest === 0 ? [low] : [low | 0x80, ...unsigned(rest)];
}

export function signed(value: number): Code {
  const low = value & 0x7f;
  const rest = value >> 7;
  const isLast = (rest === 0 && low < 0x40) || (rest === -1 && low >= 0x40);
  return isLast ? [low] : [low | 0x80, ...signed(rest)];
}

// Numbers and locals (sections 5.4.4 and 5.4.7); an operand is 32 bits wide.

export const int = (value: number): Code => [0x41, ...signed(value)];
export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
/** Sets a local, and gives what it is set to. */
export const tee = (local: number, value: Code): Code => [...value, 0x22, ...unsigned(local)];

const binary =
  (...opcode: Code) =>
  (a: Code, b: Code): Code => [...a, ...b, ...opcode];

export const add = binary(0x6a);
export const subtract = binary(0x6b);
export const and = binary(0x71);
export const xor = binary(0x73);
export const shiftLeft = binary(0x74);
export const shiftRight = binary(0x76);
export const isBelow = binary(0x49);
/** Exclusive or of two vectors of 16 bytes. */
export const xorVectors = binary(0xfd, 0x51);

// Memory (section 5.4.6): the place is `at` and a constant beyond it. No alignment is promised.

export const loadByte = (at: Code, beyond = 0): Code => [...at, 0x2d, 0, ...unsigned(beyond)];
export const loadInt = (at: Code, beyond = 0): Code => [...at, 0x28, 0, ...unsigned(beyond)];
export const storeInt = (at: Code, value: Code): Code => [...at, ...value, 0x36, 0, 0];
export const loadVector = (at: Code, beyond = 0): Code => [...at, 0xfd, 0, 0, ...unsigned(beyond)];
export const storeVector = (at: Code, value: Code, beyond = 0): Code => [
  ...at,
  ...value,
  ...[0xfd, 11, 0, ...unsigned(beyond)],
];
export const copyMemory = (to: Code, from: Code, bytes: Code): Code => [
  ...to,
  ...from,
  ...bytes,
  ...[0xfc, 10, 0, 0],
];
export const clearMemory = (at: Code, bytes: Code): Code => [...at, ...int(0), ...bytes, ...[0xfc, 11, 0]];

// Control (section 5.4.1).

const VOID = 0x40;
const END = 0x0b;

export const ifElse = (condition: Code, then: Code, otherwise: Code): Code => [
  ...[...condition, 0x04, VOID],
  ...then,
  0x05,
  ...otherwise,
  END,
];

/** A loop that begins again while the condition holds at its end; the condition is looked at before the first time, too. */
export const whileTrue = (condition: Code, body: Code): Code => [
  ...[...condition, 0x04, VOID, 0x03, VOID],
  ...body,
  ...[...condition, 0x0d, 0],
  ...[END, END],
];

const I32 = 0x7f;
const V128 = 0x7b;

function section(id: number, content: Code): Code {
  return [id, ...unsigned(content.length), ...content];
}

function exported(name: string, kind: number): Code {
  return [name.length, ...new TextEncoder().encode(name), kind, 0];
}

/** How many variables a function has: integers that it is given, and of its own, which are 0 at first, integers and vectors of 16 bytes. */
export interface Locals {
  readonly parameters: number;
  readonly integers: number;
  readonly vectors: number;
}

/**
 * The bytes of a module with a `memory` of `pages` times 64 KiB and a function `run`, whose locals are numbered in the order in which
 * `Locals` has them, and which gives what its body leaves.
 */
export function moduleBytes(
  pages: number,
  { parameters, integers, vectors }: Locals,
  body: Code,
): Uint8Array {
  const type = [0x60, parameters, ...new Array<number>(parameters).fill(I32), 1, I32];
  const code = [2, integers, I32, vectors, V128, ...body, END];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, ...type]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, ...unsigned(pages)]),
    ...section(7, [2, ...exported("memory", 2), ...exported("run", 0)]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

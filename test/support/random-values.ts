/**
 * Random values of the types of a `.x` file, from a seed. The generator is so plain that C can mirror it draw by draw
 * (`test/peers/rpcgen/c-harness.ts` does), so that a seed names the same value on both sides.
 */
import { armName } from "../../src/idl/generate/types.ts";
import {
  type Arm,
  isBoxed,
  type NamedType,
  resolveAlias,
  type Type,
  type UnionType,
} from "../../src/idl/model.ts";

/** Below this depth, optional values are absent and arrays empty, so that recursive types end. */
export const MAX_VALUE_DEPTH = 5;
/** Usual greatest length of bytes and of arrays; now and then it is the type's own, when that is at most `FULL`. */
export const USUAL_BYTES = 12;
export const USUAL_ITEMS = 4;
export const FULL = 64;

/** Marsaglia's xorshift with 32 bits of state. */
export class Xorshift {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0 || 1;
  }

  /** A whole number of 0 to 2^32 - 1. */
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state;
  }

  /** 32 bits, often at the borders of their range. */
  word(): number {
    const extremes = [0, 0xffff_ffff, 0x8000_0000, 0x7fff_ffff];
    return extremes[this.next() & 7] ?? this.next();
  }

  /** A length of at most `max`, usually at most `usual`. */
  length(max: number, usual: number): number {
    if ((this.next() & 15) === 0 && max <= FULL) return max;
    return this.next() % (Math.min(max, usual) + 1);
  }
}

/** A value of the type, as generated code takes it. */
export function randomValue(type: Type, random: Xorshift, depth = 0): unknown {
  switch (type.kind) {
    case "void":
      return undefined;
    case "bool":
      return (random.next() & 1) === 1;
    case "float":
      return ((random.next() & 0xff_ffff) - 0x80_0000) / 1024;
    case "double": {
      const whole = random.next() | 0;
      return whole + (random.next() & 0xffff) / 65_536;
    }
    case "hyper":
    case "uhyper": {
      const high = BigInt(random.word());
      const both = (high << 32n) | BigInt(random.word());
      return type.kind === "hyper" ? BigInt.asIntN(64, both) : both;
    }
    case "quadruple":
      return randomBytes(random, 16);
    case "opaqueFixed":
      return randomBytes(random, type.length);
    case "opaque":
      return randomBytes(random, random.length(type.max, USUAL_BYTES));
    case "string": {
      const length = random.length(type.max, USUAL_BYTES);
      return String.fromCharCode(...Array.from({ length }, () => 32 + (random.next() % 95)));
    }
    case "array": {
      const length = depth > MAX_VALUE_DEPTH ? 0 : random.length(type.max, USUAL_ITEMS);
      return Array.from({ length }, () => randomValue(type.element, random, depth));
    }
    case "vector":
      return Array.from({ length: type.length }, () => randomValue(type.element, random, depth));
    case "optional":
      if (depth > MAX_VALUE_DEPTH || random.next() % 3 === 0) return null;
      if (isBoxed(type)) return { value: randomValue(type.element, random, depth) };
      return randomValue(type.element, random, depth);
    case "named":
      return randomNamed(type.type, random, depth + 1);
    default:
      return randomWhole(type.kind, random);
  }
}

type Whole = "int" | "uint" | "short" | "ushort" | "char" | "uchar";

function randomWhole(kind: Whole, random: Xorshift): number {
  const word = random.word();
  switch (kind) {
    case "int":
      return word | 0;
    case "uint":
      return word;
    case "short":
      return (word << 16) >> 16;
    case "ushort":
      return word & 0xffff;
    case "char":
      return (word << 24) >> 24;
    case "uchar":
      return word & 0xff;
  }
}

function randomBytes(random: Xorshift, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.next() & 0xff);
}

function randomNamed(type: NamedType, random: Xorshift, depth: number): unknown {
  switch (type.kind) {
    case "alias":
      return randomValue(type.target, random, depth);
    case "enum":
      return type.values[random.next() % type.values.length]?.value;
    case "struct":
      return Object.fromEntries(
        type.fields.map((field) => [field.name, randomValue(field.type, random, depth)]),
      );
    case "union":
      return randomUnion(type, random, depth);
  }
}

function randomUnion(type: UnionType, random: Xorshift, depth: number): unknown {
  const arms = reachableArms(type);
  const arm = arms[random.next() % arms.length] as Arm;
  const label = arm.isDefault
    ? randomOther(type, random)
    : (arm.labels[random.next() % arm.labels.length] as number);
  const isBool = resolveAlias(type.discriminant.type).kind === "bool";
  const value = { [type.discriminant.name]: isBool ? label === 1 : label };
  if (arm.field === undefined) return value;
  return { ...value, [armName(type, arm)]: randomValue(arm.field.type, random, depth) };
}

/** The arms that some value of the discriminant leads to. */
export function reachableArms(type: UnionType): Arm[] {
  return type.arms.filter((arm) => !arm.isDefault || otherValues(type)?.length !== 0);
}

/** Values of an enum or bool that only the default arm takes; undefined for numbers. */
export function otherValues(type: UnionType): number[] | undefined {
  const labels = new Set(type.arms.flatMap((arm) => (arm.isDefault ? [] : arm.labels)));
  const discriminant = resolveAlias(type.discriminant.type);
  if (discriminant.kind === "bool") return [0, 1].filter((value) => !labels.has(value));
  if (discriminant.kind !== "named" || discriminant.type.kind !== "enum") return undefined;
  return discriminant.type.values.map(({ value }) => value).filter((value) => !labels.has(value));
}

function randomOther(type: UnionType, random: Xorshift): number {
  const others = otherValues(type);
  if (others !== undefined) return others[random.next() % others.length] as number;
  const labels = type.arms.flatMap((arm) => arm.labels);
  for (;;) {
    const value = randomWhole(resolveAlias(type.discriminant.type).kind as Whole, random);
    if (!labels.includes(value)) return value;
  }
}

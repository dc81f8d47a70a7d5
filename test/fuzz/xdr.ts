/**
 * Fuzzing of XDR decoding: valid messages of every kind of type, damaged in the ways that break decoders. Whatever the
 * bytes, a decoder gives a value or an `XdrError`; a value it gives is one that encodes to the same bytes again, and
 * holds no more parts than the message has room for.
 */
import type { NamedType } from "../../src/idl/index.ts";
import { marshalErrors, type Xdr, XdrError, XdrReader, XdrWriter } from "../../src/marshal/index.ts";
import { randomValue, Xorshift } from "../support/random-values.ts";

/** A type under test. */
export interface Target {
  readonly type: NamedType;
  readonly codec: Xdr<unknown>;
}

export interface FuzzReport {
  readonly mutations: number;
  /** How many still held a value. */
  readonly decoded: number;
  /** How many were refused, by the error's code. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Decodes `mutations` damaged messages. Fails with the type and the bytes of the first that breaks a promise. */
export function fuzzXdr(targets: readonly Target[], mutations: number, seed: number): FuzzReport {
  const random = new Xorshift(seed);
  const refused: Record<string, number> = {};
  let decoded = 0;
  let message = new Uint8Array(0);
  let target = targets[0] as Target;
  for (let round = 0; round < mutations; round++) {
    // A few mutations on top of each other before a fresh message.
    if (round % 4 === 0) {
      target = targets[random.next() % targets.length] as Target;
      message = encode(target.codec, randomValue({ kind: "named", type: target.type }, random));
    }
    message = mutate(message, random);
    const outcome = checkDecoding(target, message);
    if (outcome === "ok") decoded++;
    else refused[outcome] = (refused[outcome] ?? 0) + 1;
  }
  return { mutations, decoded, refused };
}

/** Decodes bytes that may be anything, checks every promise, and gives "ok" or the error's code. */
export function checkDecoding({ type, codec }: Target, message: Uint8Array): string {
  try {
    const reader = new XdrReader(message);
    const value = codec.decode(reader);
    const taken = message.subarray(0, reader.position);
    const parts = countParts(value);
    if (parts > taken.length / 4) throw new Error(`${parts} parts out of ${taken.length} bytes`);
    const again = encode(codec, value);
    if (!holdsNaN(value) && !sameBytes(again, taken)) throw new Error("encodes to other bytes than it was");
    return "ok";
  } catch (error) {
    if (error instanceof XdrError && error.code in marshalErrors) return error.code;
    const hex = Buffer.from(message).toString("hex");
    throw new Error(`${type.name}: ${String(error)}\n  bytes: ${hex.slice(0, 4000)}`, { cause: error });
  }
}

export function encode(codec: Xdr<unknown>, value: unknown): Uint8Array<ArrayBuffer> {
  const writer = new XdrWriter();
  codec.encode(writer, value);
  return writer.encoded().slice();
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Elements of arrays and present optional values: each takes four bytes of the message at least. */
function countParts(root: unknown): number {
  let parts = 0;
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) continue;
    const items = Array.isArray(value) ? value : Object.values(value);
    if (Array.isArray(value)) parts += items.length;
    for (const item of items) waiting.push(item);
  }
  return parts;
}

/** The payload of a NaN is not kept. */
function holdsNaN(root: unknown): boolean {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (typeof value === "number" && Number.isNaN(value)) return true;
    if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) {
      for (const item of Object.values(value)) waiting.push(item);
    }
  }
  return false;
}

/** Words that decoders stumble over: counts just within, just over and far over what there is. */
const NASTY_WORDS = [0, 1, 2, 3, 4, 255, 256, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_fffc, 0xffff_ffff];

function mutate(message: Uint8Array<ArrayBuffer>, random: Xorshift): Uint8Array<ArrayBuffer> {
  const at = message.length === 0 ? 0 : random.next() % message.length;
  const word = at & ~3;
  switch (random.next() % 8) {
    case 0:
      return message.slice(0, at);
    case 1:
      return concat(
        message,
        Uint8Array.from({ length: random.next() % 9 }, () => random.next()),
      );
    case 2:
      return concat(message.slice(0, word), message.slice(Math.min(message.length, word + 4)));
    case 3:
      return concat(message.slice(0, word), message.slice(Math.max(0, word - 4)));
    case 4:
    case 5:
      return withWord(message, word, NASTY_WORDS[random.next() % NASTY_WORDS.length] as number);
    case 6:
      return withWord(message, word, random.next());
    default: {
      const flipped = message.slice();
      if (flipped.length > 0) flipped[at] = (flipped[at] as number) ^ (1 << (random.next() & 7));
      return flipped;
    }
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function withWord(message: Uint8Array<ArrayBuffer>, at: number, word: number): Uint8Array<ArrayBuffer> {
  const changed = message.slice();
  if (at + 4 <= changed.length) new DataView(changed.buffer).setUint32(at, word);
  return changed;
}

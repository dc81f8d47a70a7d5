/**
 * DER (ITU-T X.690), as much of it as certificates need: an element is a tag, a length, and a content that may be elements again. Lengths are
 * definite and shortest, so that a value has one form and a form has one value.
 */

/** Tags of the universal class, and those that depend on their place. */
export const Tag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  OBJECT_IDENTIFIER: 0x06,
  UTF8_STRING: 0x0c,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

/** [n] of a place: constructed where it holds elements, primitive where it stands for a string. */
export const explicit = (n: number) => 0xa0 | n;
export const implicit = (n: number) => 0x80 | n;

/** An element whose content is all parts, one after the other: fewer than 64 KiB. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = [tag, ...lengthBytes(length)];
  const whole = new Uint8Array(head.length + length);
  whole.set(head);
  let at = head.length;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  if (length < 0x100) return [0x81, length];
  if (length < 0x10000) return [0x82, length >> 8, length & 0xff];
  throw new RangeError(`DER: a content of ${length} bytes`);
}

export const sequence = (...parts: readonly Uint8Array[]) => element(Tag.SEQUENCE, ...parts);
export const set = (...parts: readonly Uint8Array[]) => element(Tag.SET, ...parts);
export const octets = (...parts: readonly Uint8Array[]) => element(Tag.OCTET_STRING, ...parts);
export const boolean = (value: boolean) => element(Tag.BOOLEAN, Uint8Array.of(value ? 0xff : 0));
/** A whole number of 0 to 127. */
export const small = (value: number) => element(Tag.INTEGER, Uint8Array.of(value));
/** All bits of all bytes; `unused` are left out at the end. */
export const bits = (bytes: Uint8Array, unused = 0) => element(Tag.BIT_STRING, Uint8Array.of(unused), bytes);
export const utf8 = (text: string) => element(Tag.UTF8_STRING, new TextEncoder().encode(text));

/** An object identifier by its numbers, such as 2.5.4.10. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return element(
    Tag.OBJECT_IDENTIFIER,
    Uint8Array.from([40 * first + second, ...rest].flatMap((arc) => base128(arc))),
  );
}

function base128(arc: number): number[] {
  const digits = [arc & 0x7f];
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) digits.unshift(0x80 | (rest & 0x7f));
  return digits;
}

/** Bytes that are not DER, or not the DER that was expected. */
export class DerError extends Error {}

/** Takes elements off bytes of any origin. Every method throws `DerError` and nothing else. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The next element's tag; undefined at the end. */
  peek(): number | undefined {
    return this.#bytes[this.#at];
  }

  /** The content of the next element, which must have this tag. */
  take(tag: number): Uint8Array {
    if (this.peek() !== tag) throw new DerError(`tag ${this.peek()} in place of ${tag}`);
    this.#at++;
    const length = this.#length();
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DerError(`a content of ${length} bytes goes past the end`);
    const content = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return content;
  }

  /** A reader of the next element's content. */
  enter(tag: number): DerReader {
    return new DerReader(this.take(tag));
  }

  finish(): void {
    if (!this.isAtEnd) throw new DerError(`${this.#bytes.length - this.#at} bytes too many`);
  }

  #length(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count < 1 || count > 2) throw new DerError(`a length of ${count} bytes`);
    let length = 0;
    for (let n = 0; n < count; n++) length = length * 0x100 + this.#byte();
    if (length < (count === 1 ? 0x80 : 0x100)) throw new DerError("a length that is longer than it need be");
    return length;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new DerError("no byte where a length should be");
    return byte;
  }
}

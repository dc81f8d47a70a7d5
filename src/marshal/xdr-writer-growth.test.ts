import { expect, test } from "vitest";
import { XdrReader } from "./xdr-reader.ts";
import { XdrWriter } from "./xdr-writer.ts";

/** Each kind of write, and how to read it back. */
const writes: [string, (w: XdrWriter) => void, (r: XdrReader) => unknown, unknown][] = [
  ["int", (w) => w.int(-5), (r) => r.int(), -5],
  ["uint", (w) => w.uint(5), (r) => r.uint(), 5],
  ["bool", (w) => w.bool(true), (r) => r.bool(), true],
  ["hyper", (w) => w.hyper(-7n), (r) => r.hyper(), -7n],
  ["uhyper", (w) => w.uhyper(7n), (r) => r.uhyper(), 7n],
  ["float", (w) => w.float(0.5), (r) => r.float(), 0.5],
  ["double", (w) => w.double(0.1), (r) => r.double(), 0.1],
  ["count", (w) => w.count(3), (r) => r.uint(), 3],
  ["opaque", (w) => w.opaque(Uint8Array.of(1, 2)), (r) => [...r.opaque()], [1, 2]],
  ["opaqueFixed", (w) => w.opaqueFixed(Uint8Array.of(1, 2), 2), (r) => [...r.opaqueFixed(2)], [1, 2]],
  ["raw", (w) => w.raw(Uint8Array.of(1, 2, 3, 4)), (r) => [...r.opaqueFixed(4)], [1, 2, 3, 4]],
];

test.each(writes)("%s is whole wherever it makes the buffer grow", (_name, write, read, value) => {
  for (let before = 0; before <= 4; before++) {
    const w = new XdrWriter(16);
    for (let i = 0; i < before; i++) w.uint(i);
    write(w);
    write(w);
    const r = new XdrReader(w.encoded());
    for (let i = 0; i < before; i++) expect(r.uint()).toBe(i);
    expect(read(r)).toEqual(value);
    expect(read(r)).toEqual(value);
    r.finish();
  }
});

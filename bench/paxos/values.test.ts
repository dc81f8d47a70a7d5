import { describe, expect, it } from "vitest";
import { NUMBER_BYTES, putMessage, Values } from "./values.ts";

const put = (key: string, value: string) =>
  putMessage(1, key, new TextEncoder().encode(value)).subarray(NUMBER_BYTES);

function filled(...puts: readonly (readonly [key: string, value: string])[]): Values {
  const values = new Values();
  for (const [key, value] of puts) values.put(put(key, value));
  return values;
}

/** The same bytes, in pieces of so many. */
function* cut(pieces: Iterable<Uint8Array>, most: number): Iterable<Uint8Array> {
  const all = Buffer.concat([...pieces]);
  for (let at = 0; at < all.length; at += most) yield all.subarray(at, at + most);
}

describe("the benchmark's map", () => {
  it("has the last value of each key, in whatever order they were put", () => {
    const values = filled(["a", "1"], ["b", "2"], ["a", "3"]);
    expect(values.size).toBe(2);
    expect(values.digest()).toBe(filled(["b", "2"], ["a", "3"]).digest());
    expect(values.digest()).not.toBe(filled(["a", "1"], ["b", "2"]).digest());
    expect(filled(["a", "bc"]).digest()).not.toBe(filled(["ab", "c"]).digest());
  });

  it("is whole after a snapshot, cut anywhere, in which later puts do not show", () => {
    const values = filled(["a", "1"], ["b", ""], ["c", "3".repeat(1000)]);
    const before = values.digest();
    const snapshot = values.capture();
    values.put(put("a", "4"));
    const taken = Buffer.concat([...snapshot]);
    for (const most of [1, 3, 7, 5000]) {
      const other = filled(["d", "5"]);
      other.restore(cut([taken], most));
      expect([other.size, other.digest()]).toEqual([3, before]);
    }
    expect(values.digest()).not.toBe(before);
  });
});

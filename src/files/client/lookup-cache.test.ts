import { describe, expect, test } from "vitest";
import { LookupCache } from "./lookup-cache.ts";

const handle = Uint8Array.of(1);

function cache(options: Partial<{ maxEntries: number; lifeMs: number }> = {}) {
  const clock = { nowMs: 0, monotonicMs: () => clock.nowMs, wall: () => ({ seconds: 0, nanoseconds: 0 }) };
  return { clock, names: new LookupCache(clock, { maxEntries: 3, lifeMs: 100, ...options }) };
}

describe("directories that are remembered", () => {
  test("are forgotten when their time is up", () => {
    const { clock, names } = cache();
    names.put("d", "a", handle, names.changes);
    clock.nowMs = 99;
    expect(names.get("d", "a")).toBe(handle);
    clock.nowMs = 100;
    expect(names.get("d", "a")).toBeUndefined();
    expect(names.size).toBe(0);
  });

  test("the oldest goes when there are too many", () => {
    const { names } = cache();
    for (const name of ["a", "b", "c"]) names.put("d", name, handle, names.changes);
    names.put("d", "a", handle, names.changes);
    names.put("d", "e", handle, names.changes);
    expect(["a", "b", "c", "e"].filter((name) => names.get("d", name))).toEqual(["a", "c", "e"]);
  });

  test("an answer that was under way while something changed is not believed", () => {
    const { names } = cache();
    const asked = names.changes;
    names.forget("d", "a");
    names.put("d", "a", handle, asked);
    expect(names.get("d", "a")).toBeUndefined();
    expect(names.clear()).toBe(false);
    names.put("d", "a", handle, names.changes);
    expect(names.clear()).toBe(true);
    expect(names.get("d", "a")).toBeUndefined();
  });

  test("not at all when they may live for no time", () => {
    const { names } = cache({ lifeMs: 0 });
    names.put("d", "a", handle, names.changes);
    expect(names.size).toBe(0);
  });
});

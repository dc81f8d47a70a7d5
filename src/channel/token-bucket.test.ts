import { describe, expect, it } from "vitest";
import { TokenBucket, TokenBuckets } from "./token-bucket.ts";

describe("a token bucket", () => {
  it("gives a second's worth at once, then as many as time brings, and saves up no more", () => {
    const bucket = new TokenBucket(10);
    const taken = (nowMs: number) =>
      Array.from({ length: 50 }, () => bucket.take(nowMs)).filter(Boolean).length;
    expect([taken(0), taken(0), taken(99), taken(100), taken(600), taken(100_000)]).toEqual([
      10, 0, 0, 1, 5, 10,
    ]);
  });
});

describe("buckets of many askers", () => {
  it("are filled for each by itself, and forgotten when there are too many", () => {
    const buckets = new TokenBuckets(2, 3);
    const taken = (asker: string) => [1, 2, 3].filter(() => buckets.take(asker, 0)).length;
    expect([taken("a"), taken("b"), taken("c"), taken("a")]).toEqual([2, 2, 2, 0]);
    expect([taken("d"), taken("b"), taken("c"), taken("d")]).toEqual([2, 0, 0, 0]);
    expect([taken("a"), buckets.size]).toEqual([2, 3]);
    for (let at = 0; at < 1000; at++) buckets.take(`${at}`, 0);
    expect(buckets.size).toBe(3);
  });
});

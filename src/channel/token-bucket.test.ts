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

describe("a token bucket of little", () => {
  const granted = (bucket: TokenBucket, nowMs: number) => [1, 2, 3].filter(() => bucket.take(nowMs)).length;

  it("gives one now and then when that is less than one in a second", () => {
    const bucket = new TokenBucket(0.25);
    expect([0, 3999, 4000, 40_000].map((nowMs) => granted(bucket, nowMs))).toEqual([1, 0, 1, 1]);
  });

  it("gives its rate over a long time, however often it is asked", () => {
    const bucket = new TokenBucket(0.7);
    let all = 0;
    for (let nowMs = 0; nowMs < 100_000; nowMs += 13) all += granted(bucket, nowMs);
    expect(all).toBeGreaterThanOrEqual(70);
    expect(all).toBeLessThanOrEqual(71);
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

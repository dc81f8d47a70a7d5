import { describe, expect, it } from "vitest";
import { MAX_PROBES, PathMtu, RAISE_MS, SEARCH_BYTES } from "./path-mtu.ts";

/** Probes at `nowMs` on a path that carries `pathBytes` until the search stops; returns the sizes that were tried. */
function search(mtu: PathMtu, pathBytes: number, nowMs = 0): number[] {
  const tried: number[] = [];
  for (let bytes = mtu.wanted(nowMs); bytes > 0; bytes = mtu.wanted(nowMs)) {
    tried.push(bytes);
    mtu.sent();
    if (bytes <= pathBytes) mtu.arrived(bytes, nowMs);
    else mtu.lost(bytes, nowMs);
  }
  return tried;
}

describe("the search for the path's size", () => {
  it("takes the largest at once where it passes", () => {
    const mtu = new PathMtu(1160, 65_000);
    expect(search(mtu, 65_535)).toEqual([65_000]);
    expect(mtu.bytes).toBe(65_000);
    expect(mtu.wanted(10 * RAISE_MS)).toBe(0);
  });

  it("finds any size within a few bytes, and never one that does not pass", () => {
    for (let pathBytes = 1160; pathBytes <= 9000; pathBytes += 37) {
      const mtu = new PathMtu(1160, 9000);
      const tried = search(mtu, pathBytes);
      expect(mtu.bytes).toBeLessThanOrEqual(pathBytes);
      expect(pathBytes - mtu.bytes).toBeLessThan(SEARCH_BYTES + 8);
      expect(tried.length).toBeLessThan(MAX_PROBES * 12);
      expect(tried.every((bytes) => bytes % 4 === 0)).toBe(true);
    }
  });

  it("has one probe out at a time, and gives up a size only after three losses", () => {
    const mtu = new PathMtu(1160, 1400);
    expect(mtu.wanted(0)).toBe(1400);
    mtu.sent();
    expect(mtu.wanted(0)).toBe(0);
    mtu.lost(1400, 0);
    expect(mtu.wanted(0)).toBe(1400);
    mtu.sent();
    mtu.lost(1400, 0);
    mtu.sent();
    mtu.arrived(1400, 0);
    expect(mtu.bytes).toBe(1400);
  });

  it("looks again after a long while whether more passes by now", () => {
    const mtu = new PathMtu(1160, 1400);
    search(mtu, 1200);
    expect(mtu.bytes).toBeLessThanOrEqual(1200);
    expect(mtu.wanted(RAISE_MS - 1)).toBe(0);
    expect(search(mtu, 1400, RAISE_MS)).toEqual([1400]);
    expect(mtu.bytes).toBe(1400);
  });

  it("falls back to the first size in a black hole, and searches anew, first for what used to pass", () => {
    const mtu = new PathMtu(1160, 1400);
    search(mtu, 1400);
    expect(mtu.timedOut(1)).toBe(false);
    expect(mtu.timedOut(2)).toBe(true);
    expect([mtu.bytes, mtu.wanted(0)]).toEqual([1160, 1400]);
    expect(search(mtu, 1300).slice(0, MAX_PROBES)).toEqual([1400, 1400, 1400]);
    expect(mtu.bytes).toBeGreaterThan(1300 - SEARCH_BYTES - 8);
    expect(mtu.bytes).toBeLessThanOrEqual(1300);
    expect(mtu.timedOut(2)).toBe(true);
    const was = mtu.wanted(0);
    search(mtu, 65_535);
    expect([mtu.bytes, mtu.wanted(RAISE_MS - 1)]).toEqual([was, 0]);
    expect(mtu.wanted(RAISE_MS)).toBe(1400);
  });

  it("has nothing to find where all sizes are one", () => {
    expect(search(new PathMtu(1160, 1160), 65_535)).toEqual([]);
  });
});

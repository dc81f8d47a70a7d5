import { describe, expect, it } from "vitest";
import { CommitMode } from "./store-commit-mode.ts";

const group = (changes: number, bytes = 1000) => ({ bytes, changes: { size: changes } });

/** Commits `count` small groups on a disk that takes `ms`; how many ran on the main thread. */
function commit(mode: CommitMode, count: number, ms: number, changes = 2): number {
  let inline = 0;
  for (let i = 0; i < count; i++) {
    if (!mode.inline(group(changes))) continue;
    inline++;
    mode.measured(group(changes), ms);
  }
  return inline;
}

describe("where a commit runs", () => {
  it("is as told when it is told", () => {
    expect(new CommitMode("inline").inline(group(100_000, 1e8))).toBe(true);
    expect(new CommitMode("thread").inline(group(1))).toBe(false);
  });

  it("is the main thread on a quick disk, except for large groups", () => {
    const mode = new CommitMode("adaptive");
    expect(commit(mode, 100, 0.02)).toBe(100);
    expect(mode.inline(group(8192))).toBe(true);
    expect(mode.inline(group(8193))).toBe(false);
    expect(mode.inline(group(1, 5_000_000))).toBe(true);
    expect(mode.inline(group(1, 6_000_000))).toBe(false);
  });

  it("is the thread for large groups once one of them stopped everything for long", () => {
    const mode = new CommitMode("adaptive");
    commit(mode, 100, 0.02);
    mode.measured(group(256, 4_000_000), 9);
    expect(mode.inline(group(256, 4_000_000))).toBe(true);
    mode.measured(group(256, 4_000_000), 30);
    expect(mode.inline(group(256, 4_000_000))).toBe(false);
    expect(mode.inline(group(2))).toBe(true);
    commit(mode, 10, 0.02);
    expect(mode.inline(group(256, 4_000_000))).toBe(true);
  });

  it("is the main thread for a few changes on a fair disk, and the other one for more", () => {
    const mode = new CommitMode("adaptive");
    commit(mode, 100, 0.25);
    expect(mode.inline(group(24))).toBe(true);
    expect(mode.inline(group(25))).toBe(false);
  });

  it("is the thread on a slow disk, with trials that become rare", () => {
    const mode = new CommitMode("adaptive");
    const inline = commit(mode, 10_000, 8);
    expect(inline).toBeGreaterThan(3);
    expect(inline).toBeLessThan(30);
  });

  it("comes back when the disk is quick again, and shrugs off one hiccup", () => {
    const mode = new CommitMode("adaptive");
    commit(mode, 100, 8);
    expect(commit(mode, 2000, 0.02)).toBeGreaterThan(900);
    commit(mode, 1, 500);
    expect(mode.inline(group(2))).toBe(true);
  });
});

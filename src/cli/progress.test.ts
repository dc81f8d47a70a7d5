import { describe, expect, test } from "vitest";
import { FakeHost } from "../../test/support/cli-host.ts";
import type { Timer } from "../world/index.ts";
import { columnsOf } from "./columns.ts";
import { formatProgress, startProgress } from "./progress.ts";

/** A clock and its timers, moved by hand. */
class HandClock {
  nowMs = 0;
  #pending: { at: number; fire: () => void }[] = [];
  readonly clock = { monotonicMs: () => this.nowMs, wall: () => ({ seconds: 0, nanoseconds: 0 }) };
  readonly timers = {
    after: (delayMs: number, fire: () => void): Timer => {
      const entry = { at: this.nowMs + delayMs, fire };
      this.#pending.push(entry);
      return {
        cancel: () => {
          this.#pending = this.#pending.filter((each) => each !== entry);
        },
      };
    },
    soon: (fire: () => void) => void this.timers.after(0, fire),
  };
  get pending(): number {
    return this.#pending.length;
  }
  advance(ms: number): void {
    this.nowMs += ms;
    const due = this.#pending.filter(({ at }) => at <= this.nowMs);
    this.#pending = this.#pending.filter(({ at }) => at > this.nowMs);
    for (const { fire } of due) fire();
  }
}

describe("progress", () => {
  test("the line has a bar, amounts, a rate and what is left, and fits the width", () => {
    const line = formatProgress({ label: "a.bin", total: 4 * 2 ** 20, done: 2 ** 20 }, "bytes", 2 ** 20, 90);
    expect(line).toBe("a.bin  ██████░░░░░░░░░░░░░░░░░░  25%  1 MiB of 4 MiB  1 MiB/s  3 s left");
    const narrow = formatProgress({ label: "x".repeat(100), total: 10, done: 5 }, "items", 1, 70);
    expect(narrow.length).toBeLessThan(70);
    expect(narrow.startsWith("…x")).toBe(true);
  });

  test("keeps what is of most use where there is little room, and never the part of a number", () => {
    const progress = { label: "backup-of-everything.tar", total: 4 * 2 ** 20, done: 2 ** 20 };
    const at = (width: number) => formatProgress(progress, "bytes", 2 ** 20, width);
    expect(at(80)).toBe("…up-of-everything.tar  ████░░░░░░░░░░░░  25%  1 MiB of 4 MiB  1 MiB/s  3 s left");
    expect(at(70)).toBe("…-of-everything.tar  ██░░░░░░  25%  1 MiB of 4 MiB  1 MiB/s  3 s left");
    expect(at(60)).toBe("…-of-everything.tar  25%  1 MiB of 4 MiB  1 MiB/s  3 s left");
    expect(at(50)).toBe("…-of-everything.tar  25%  1 MiB of 4 MiB  1 MiB/s");
    expect(at(40)).toBe("backup-of-everything.tar  25%  1 MiB/s");
    expect(at(24)).toBe("…of-everything.tar  25%");
    expect(at(12)).toBe("…g.tar  25%");
    expect([at(4), at(3), at(1)]).toEqual(["25%", "", ""]);
    expect(at(0)).toBe(at(80));
  });

  test("fits the terminal's columns whatever the label", () => {
    for (const label of ["", "f", "報告書".repeat(40), "🎉".repeat(99), "u\u0308".repeat(300)]) {
      for (const total of [undefined, 0, 7, 2 ** 50]) {
        for (let width = 1; width < 120; width++) {
          const line = formatProgress({ label, total, done: 7 }, "items", 123_456, width);
          expect(columnsOf(line)).toBeLessThan(width);
        }
      }
    }
  });

  test("counts no rate of what was done before it began", () => {
    const host = new FakeHost({ isTerminal: true });
    const hand = new HandClock();
    const options = { label: "f", total: 100, done: 90, unit: "items" } as const;
    const progress = startProgress({ terminal: host.terminal, output: { json: false } }, hand, options);
    expect(progress.done).toBe(90);
    progress.done = 91;
    hand.advance(100);
    expect(host.err.text).toContain("91 of 100  10/s");
    progress.finish();
  });

  test("without a total there is no bar", () => {
    expect(formatProgress({ label: "files", total: undefined, done: 1234 }, "items", 10, 80)).toBe(
      "files  1,234  10/s",
    );
  });

  test("is drawn on a terminal, ten times a second, and removed at the end", () => {
    const host = new FakeHost({ isTerminal: true });
    const hand = new HandClock();
    const progress = startProgress({ terminal: host.terminal, output: { json: false } }, hand, {
      label: "f",
      total: 100,
      unit: "items",
    });
    progress.done = 50;
    hand.advance(100);
    expect(host.err.text).toContain("50 of 100  500/s");
    progress.finish();
    progress.finish();
    expect(host.err.text.endsWith("\r\u001b[K")).toBe(true);
    expect(hand.pending).toBe(0);
  });

  test.each([
    ["a pipe", false, false],
    ["--json", true, true],
  ])("is not drawn under %s", (_, isTerminal, json) => {
    const host = new FakeHost({ isTerminal });
    const hand = new HandClock();
    startProgress({ terminal: host.terminal, output: { json } }, hand, {
      label: "f",
      unit: "bytes",
    }).finish();
    expect(hand.pending).toBe(0);
    expect(host.err.text).toBe("");
  });
});

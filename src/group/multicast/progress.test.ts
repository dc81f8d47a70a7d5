/** Whom to send to, what to send again, and who is too slow. */
import { describe, expect, it } from "vitest";
import { defaultMulticastLimits } from "./limits.ts";
import { Progress } from "./progress.ts";

const limits = { ...defaultMulticastLimits, resendMs: 100, slowAfterMs: 1000 };
const SELF = 0;

class Scene {
  readonly progress = new Progress(4, limits);
  readonly seen: string[] = [];

  constructor(...inStep: number[]) {
    for (const rank of inStep) this.progress.setInStep(rank, true);
  }

  check(nowMs: number): { seen: string[]; nextMs: number } {
    const nextMs = this.progress.check(
      nowMs,
      SELF,
      (rank) => this.seen.push(`resend ${rank}`),
      (rank) => this.seen.push(`slow ${rank}`),
    );
    return { seen: this.seen.splice(0), nextMs };
  }
}

describe("members in step", () => {
  it("are listed once, as they came, until they part", () => {
    const { progress } = new Scene(2, 1, 2);
    expect(progress.inStep).toEqual([2, 1]);
    progress.setInStep(3, false);
    expect(progress.inStep).toEqual([2, 1]);
    progress.setInStep(2, false);
    expect([progress.inStep, progress.isInStep(2), progress.isInStep(1)]).toEqual([[1], false, true]);
  });
});

describe("who owes acknowledgments", () => {
  it("is sent everything again after a time, again and again, and nobody else is", () => {
    const scene = new Scene(1, 2);
    scene.progress.sent(1000);
    scene.progress.acknowledged(2, true, 1010);
    scene.progress.acknowledged(3, true, 1010);
    expect(scene.check(1099)).toEqual({ seen: [], nextMs: 1199 });
    expect(scene.check(1100).seen).toEqual(["resend 1"]);
    expect(scene.check(1150).seen).toEqual([]);
    expect(scene.check(1200).seen).toEqual(["resend 1"]);
  });

  it("is not sent anything over a link that is down, and is slow all the same", () => {
    const scene = new Scene();
    scene.progress.sent(1000);
    expect(scene.check(1500).seen).toEqual([]);
    expect(scene.check(2000).seen).toEqual(["slow 1", "slow 2", "slow 3"]);
    expect(scene.check(3000).seen).toEqual([]);
  });

  it("gets its whole time from each step that it makes, and from when it began to owe", () => {
    const scene = new Scene(1);
    scene.progress.sent(1000);
    for (const rank of [2, 3]) scene.progress.acknowledged(rank, true, 1000);
    scene.progress.acknowledged(1, false, 1900);
    expect(scene.check(2500).seen).toEqual(["resend 1"]);
    expect(scene.check(2900).seen).toEqual(["slow 1", "resend 1"]);
    scene.progress.acknowledged(1, true, 2950);
    expect(scene.check(9000)).toEqual({ seen: [], nextMs: Number.POSITIVE_INFINITY });
    scene.progress.sent(9000);
    expect(scene.check(9099).seen).toEqual([]);
  });

  it("gets no more time because it is sent more", () => {
    const scene = new Scene(1);
    for (const nowMs of [1000, 1500, 1999]) scene.progress.sent(nowMs);
    expect(scene.check(2000).seen).toEqual(["slow 1", "resend 1", "slow 2", "slow 3"]);
  });

  it("is told of gaps no more often than it is sent again", () => {
    const { progress } = new Scene(1);
    expect([1000, 1050, 1100].map((nowMs) => progress.mayResend(1, nowMs))).toEqual([true, false, true]);
    expect(progress.mayResend(2, 1050)).toBe(true);
  });
});

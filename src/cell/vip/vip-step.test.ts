import { expect, test } from "vitest";
import { LEADER_PATIENCE_MS, PATIENCE_MS, VACANT_MS, type VipView, vipStep } from "./vip-step.ts";

const view: VipView = {
  self: "a",
  claim: { holder: "b", revision: 1n },
  isLeader: false,
  silentMs: 0,
  claimMs: 0,
  hasIt: false,
};
const step = (change: Partial<VipView>) => vipStep({ ...view, ...change });
const vacant = { claim: { holder: "", revision: 1n } };

test("the holder holds, and nobody else has it for longer than it takes to see that", () => {
  expect(step({ claim: { holder: "a", revision: 1n } })).toBe("hold");
  expect(step({ hasIt: true })).toBe("release");
  expect(step({ ...vacant, hasIt: true })).toBe("release");
  expect(step({ claim: undefined, hasIt: true, isLeader: true })).toBe("release");
  expect(step({})).toBe("wait");
});

test("what nobody holds is claimed by who leads the cell, and by another if that one does not", () => {
  for (const free of [vacant, { claim: undefined }]) {
    expect(step({ ...free, isLeader: true })).toBe("claim");
    expect(step({ ...free, claimMs: VACANT_MS - 1 })).toBe("wait");
    expect(step({ ...free, claimMs: VACANT_MS })).toBe("claim");
  }
});

test("a holder that is silent loses it, to who leads the cell soon, and to another late", () => {
  expect(step({ isLeader: true, silentMs: LEADER_PATIENCE_MS - 1 })).toBe("wait");
  expect(step({ isLeader: true, silentMs: LEADER_PATIENCE_MS })).toBe("claim");
  expect(step({ silentMs: LEADER_PATIENCE_MS })).toBe("wait");
  expect(step({ silentMs: PATIENCE_MS })).toBe("claim");
  expect(step({ silentMs: Number.POSITIVE_INFINITY })).toBe("claim");
});

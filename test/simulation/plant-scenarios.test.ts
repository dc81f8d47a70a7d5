/**
 * The scenarios that are made for certain planted bugs find nothing in the code as it is: else what they find with a bug would say nothing.
 * `npm run soak -- plants` runs 500 seeds of each.
 */
import { describe, expect, test } from "vitest";
import * as files from "../../src/files/replicated/index.ts";
import * as group from "../../src/group/index.ts";
import { drawPlan, type Scenario, simulate } from "../../src/sim/index.ts";
import { LastWords } from "./group-last-words.ts";
import {
  groupHarmedLeaversScenario,
  groupLateScenario,
  groupLeaversScenario,
  groupPlacesScenario,
} from "./group-plant-scenarios.ts";
import {
  volumeCopiesScenario,
  volumeReclaimScenario,
  volumeUnstableScenario,
} from "./volume-plant-scenarios.ts";

for (const scenario of [
  groupPlacesScenario,
  groupLateScenario,
  groupLeaversScenario,
  groupHarmedLeaversScenario,
])
  simulate(test, scenario(group), { seeds: 10 });

for (const scenario of [volumeCopiesScenario, volumeUnstableScenario, volumeReclaimScenario])
  simulate(test, scenario(files), { seeds: 3 });

/** Of the operations that 50 seeds draw. */
function drawn<Op extends object>(scenario: Scenario<Op>): Op[] {
  return Array.from({ length: 50 }, (_, seed) => drawPlan(scenario, String(seed)).operations).flat();
}

test("clients give up, snapshots are dropped, and leavers have last words", () => {
  const saves = drawn(volumeUnstableScenario(files)).filter((each) => each.kind === "save");
  expect(new Set(saves.map(({ isGivenUp }) => isGivenUp)).size).toBe(2);
  const kinds = new Set(drawn(volumeReclaimScenario(files)).map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(["create", "drop", "snapshot", "write"]);
  const leaves = drawn(groupLeaversScenario(group)).filter(({ kind }) => kind === "leave");
  expect(leaves.length).toBeGreaterThan(100);
});

describe("last words", () => {
  const view = (id: number) => ({ id, members: [] });
  const send = { kind: "send", id: "b#1/1", view: 1, order: "fifo", guarantee: "reliable" } as const;

  function words(isDelivered: boolean): LastWords {
    const words = new LastWords();
    for (const name of ["a#1", "b#1"])
      words.observe(name, { kind: "install", view: view(1), from: undefined });
    words.observe("b#1", send);
    if (isDelivered) words.observe("a#1", { kind: "deliver", id: send.id, view: 1 });
    words.observe("a#1", { kind: "install", view: view(2), from: 1 });
    return words;
  }

  test("who leaves is heard by those who stay", () => {
    const [heard, missed] = [words(true), words(false)];
    heard.left("b#1");
    missed.left("b#1");
    expect(heard.missed()).toBeUndefined();
    expect(missed.missed()).toBe("a#1 went on from view 1 without b#1/1, of b#1, which left");
  });

  test("who was taken out, or spoke to somebody who did not go on, is owed nothing", () => {
    expect(words(false).missed()).toBeUndefined();
    const other = words(false);
    other.observe("c#1", { kind: "install", view: view(2), from: undefined });
    other.observe("a#1", { kind: "deliver", id: send.id, view: 1 });
    other.left("b#1");
    expect(other.missed()).toBeUndefined();
  });
});

/**
 * Bugs of group communication that the general scenarios do not show, and by which scenario each is found. Why they hide:
 *
 * - Place not stable: whoever knows the place must be gone, and all others have the message. A sender has the sequencer's place before it
 *   has its acknowledgment, so the two of them must fall silent just then, and not a moment before.
 * - No look at gaps: links keep the order and lose only the last before they break, and a member that comes back to a link says how much it
 *   has and is sent the rest. So gaps come only where that is missing too; each of the two alone does no harm.
 * - Acknowledgment after the promise: what a frozen member acknowledges is what delivery has looked at, and delivery stands still. Both
 *   walls are taken down. Then a sender is told that its message is stable, and is out of the next view, because its disk was slow.
 * - A leaver's last words: the members that stay must have promised before they came. The spec does not say what a leaver is owed, as it
 *   cannot tell it from one that was taken out; the scenario can (`group-last-words.ts`).
 *
 * A sequencer that gives places on receipt, without a look at what must come before, breaks nothing that can be seen: who sends has
 * seen the places of what it follows, and delivery waits for the rest. In its stead one is planted that forgets places.
 */
import type { Scenario } from "../../src/sim/index.ts";
import type { Plant } from "../support/planted.ts";
import { groupLateScenario, groupLeaversScenario, groupPlacesScenario } from "./group-plant-scenarios.ts";
import { type GroupModule, type GroupOperation, groupScenario } from "./group-scenario.ts";

export interface RarePlant extends Plant {
  readonly scenario: (module: GroupModule) => Scenario<GroupOperation>;
}

const multicast = "multicast/multicast.ts";

export const RARE_GROUP_PLANTS: readonly RarePlant[] = [
  {
    name: "place not stable: an atomic message is delivered before everybody has its place in the total order",
    scenario: groupPlacesScenario,
    edits: [
      {
        file: "multicast/delivery.ts",
        find: "return !isAtomic(mode) || this.lane(SEQUENCER).stable >= run.number;",
        becomes: "return true;",
      },
    ],
  },
  {
    name: "no look at gaps: what a broken link took is not sent again, and what follows it is taken for the next",
    scenario: groupScenario,
    edits: [
      {
        file: "multicast/lane.ts",
        find: 'if (first > this.received + 1) return "gap";',
        becomes: "",
      },
      { file: multicast, find: "    this.#stability.resend(rank, received);\n", becomes: "" },
    ],
  },
  {
    name: "a place forgotten: what waited at the sequencer for what must come before is passed, and gets none",
    scenario: groupScenario,
    edits: [
      {
        file: "multicast/sequencer.ts",
        find: "else this.#pass(rank, head.mode);",
        becomes: "else this.#frontier[rank] = (this.#frontier[rank] as number) + 1;",
      },
    ],
  },
  {
    name: "a leaver's last words are lost: its report does not count for the cut",
    scenario: groupLeaversScenario,
    edits: [
      {
        file: "membership/choose.ts",
        find: "Math.max(0, ...[...staying, ...leaving].map(",
        becomes: "Math.max(0, ...staying.map(",
      },
    ],
  },
  {
    name: "acknowledgment after the promise: a frozen member goes on to acknowledge",
    scenario: groupLateScenario,
    edits: [
      { file: multicast, find: "    this.#acks.isHeld = true;\n", becomes: "" },
      {
        file: multicast,
        find: "this.#promised?.[rank] ?? this.#delivery",
        becomes: "this.#isFrozen ? this.receivedOf(rank) : this.#delivery",
      },
      {
        file: multicast,
        find: "    if (this.#isFrozen) return;\n    if (!this.#isHeld) this.#flushStream(nowMs);",
        becomes: "    if (!this.#isHeld && !this.#isFrozen) this.#flushStream(nowMs);",
      },
      {
        file: multicast,
        find: "if (this.#isFrozen) return Number.POSITIVE_INFINITY;\n    return Math.min",
        becomes: "return Math.min",
      },
    ],
  },
];

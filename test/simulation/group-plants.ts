/**
 * Bugs that people write into group communication, each as a change of a few words to the one that has none: those that the scenarios
 * of groups show. Others need a scenario of their own (`group-rare-plants.ts`).
 */
import type { Plant } from "../support/planted.ts";

const delivery = "multicast/delivery.ts";
const lane = "multicast/lane.ts";
const multicast = "multicast/multicast.ts";
const choose = "membership/choose.ts";
const voter = "membership/voter.ts";

/** Those that the scenario `group` shows. */
export const GROUP_PLANTS: readonly Plant[] = [
  {
    name: "deliver before stable: an atomic message is delivered when it comes",
    edits: [
      { file: delivery, find: "if (isAtomic(mode) && lane.stable < number) return false;", becomes: "" },
    ],
  },
  {
    name: "precedence check on the sender only: what the sender had seen is not looked at",
    edits: [
      {
        file: delivery,
        find: "if (rank === lane.rank ? difference !== -1 : difference < 0) return false;",
        becomes: "if (rank === lane.rank && difference !== -1) return false;",
      },
    ],
  },
  {
    name: "barrier passed early: a sync does not wait until everybody has what comes before it",
    edits: [
      {
        file: delivery,
        find: "if (head === undefined || each.stable < head.number) return false;",
        becomes: "if (head === undefined) continue;",
      },
    ],
  },
  {
    name: "delivery goes on during the view change: a frozen member delivers what comes",
    edits: [
      {
        file: multicast,
        find: "    if (this.#isFrozen || this.#isHeld) return true;\n    if (received ===",
        becomes: "    if (this.#isHeld) return true;\n    if (received ===",
      },
    ],
  },
  {
    name: "view installed before the flush ends: nobody fetches what it lacks",
    edits: [
      {
        file: voter,
        find: "if (isLive && this.#isSurvivor(proposal) && !this.#body.holds(proposal.value.cut)) {",
        becomes: "if (!isLive && this.#isHopeless(proposal) && this.#isSurvivor(proposal)) {",
      },
      {
        file: "stay.ts",
        find: "else if (installed !== undefined && !installed.multicast.holds(value.cut)) this.#await(decision, nowMs);",
        becomes: "else if (rank > 1000) this.#await(decision, nowMs);",
      },
      {
        file: multicast,
        find: 'assert(this.holds(cut), "a view ends when everything up to its cut is here");',
        becomes: "",
      },
    ],
  },
  {
    name: "forget to forward: the cut is what all survivors have, not what one of them has",
    edits: [
      {
        file: choose,
        find: "Math.max(0, ...[...staying, ...leaving].map(",
        becomes: "Math.min(2 ** 50, ...[...staying, ...leaving].map(",
      },
    ],
  },
  {
    name: "half is enough: both sides of an even partition go on",
    edits: [
      {
        file: "membership/quorum.ts",
        find: "return has(this.nodes[0] as string);",
        becomes: "return true;",
      },
    ],
  },
  {
    name: "one life after the other under one name: a node that restarts has the same incarnation",
    edits: [
      {
        file: "record-store.ts",
        find: "incarnation: record.incarnation + 1",
        becomes: "incarnation: Math.max(1, record.incarnation)",
      },
    ],
  },
  {
    name: "state and messages overlap: a joiner does not hold what comes before its state",
    edits: [{ file: "telling.ts", find: "      this.#gate.shut();\n", becomes: "" }],
  },
  {
    name: "delivery spans a view: what is left of a view is dropped when the next begins",
    edits: [
      {
        file: "multicast/ending.ts",
        find: "  do delivery.settle();\n  while (force(delivery, cut));",
        becomes: "  if (cut.length === 0) force(delivery, cut);",
      },
    ],
  },
];

/**
 * Those that `group-views` shows: of the votes between two views, of who was left behind, and one that `group` shows too, but not by a run
 * that becomes small.
 */
export const VIEW_PLANTS: readonly Plant[] = [
  {
    name: "successor ignores its predecessor: what a quorum may have accepted is not proposed again",
    edits: [
      {
        file: choose,
        find: "const bound = boundValue(known);",
        becomes: "const bound = boundValue({ ...known, promises: new Map() });",
      },
    ],
  },
  {
    name: "promise forgotten: what is promised and accepted is not written down",
    edits: [
      {
        file: voter,
        find: "this.#replies.push({ token: this.#body.store(), to, message });",
        becomes: "this.#body.send(to, message);",
      },
    ],
  },
  {
    name: "no promise kept: an acceptor takes any ballot",
    edits: [
      {
        file: "membership/acceptor.ts",
        find: "    if (ballot < this.promised) return false;\n    this.promised = ballot;\n    this.accepted",
        becomes: "    this.accepted",
      },
      {
        file: voter,
        find: "if (proposal.ballot < this.#acceptor.promised) {",
        becomes: "if (proposal.ballot < 0) {",
      },
    ],
  },
  {
    name: "the paused go on: whoever wakes up delivers what was in its sockets",
    edits: [{ file: "pause.ts", find: "return gapMs > this.#pauseMs;", becomes: "return gapMs < 0;" }],
  },
  {
    name: "repetitions taken again: a bundle sent twice is delivered twice",
    edits: [
      { file: lane, find: 'if (last <= this.received) return "known";', becomes: "" },
      {
        file: delivery,
        find: "if (number > lane.taken && number <= until) {",
        becomes: "if (number <= until) {",
      },
    ],
  },
];

/** Ballots of several coordinators against each other. */
import { expect, it } from "vitest";
import type { Control } from "../wire/messages.ts";
import { Acceptor } from "./acceptor.ts";
import { Campaign } from "./campaign.ts";
import { defaultMembershipLimits as limits } from "./limits.ts";
import { Petitions } from "./petitions.ts";
import { Electorate } from "./quorum.ts";
import type { GroupView, Seat } from "./seat.ts";
import { Succession } from "./succession.ts";
import { Suspicions } from "./suspicions.ts";

const seat = (node: string): Seat => ({ node, incarnation: 1, host: "10.0.0.1", port: 1 });
const view: GroupView = { id: 1, members: ["a", "b", "c"].map(seat) };

/** A member that asks whose turn it is as often as it likes, and begins when it is its own. */
class Candidate {
  readonly suspicions = new Suspicions();
  readonly acceptor = new Acceptor({
    incarnation: 1,
    view,
    promised: 0,
    accepted: undefined,
    decision: undefined,
  });
  readonly campaign: Campaign;
  readonly #succession = new Succession(limits, this.suspicions, new Petitions(limits.maxMembers));
  readonly #rank: number;
  begun = 0;

  constructor(rank: number, send: (message: Control) => void) {
    this.#rank = rank;
    this.campaign = new Campaign(this.acceptor, this.suspicions, limits, {
      node: view.members[rank]?.node as string,
      electorate: new Electorate({ kind: "dynamic" }, view),
      isMember: true,
      circumstances: () => ({ isSuspected: () => false, known: () => ({}) as never }),
      send: (_, message) => send(message),
      wake: () => {},
    });
  }

  hear(from: string, ballot: number, nowMs: number): void {
    this.campaign.heard(from, ballot, nowMs);
    this.acceptor.promise(ballot);
  }

  step(nowMs: number): void {
    if (this.campaign.isRunning) return;
    const { campaign } = this;
    const situation = {
      isFrozen: true,
      isLeaving: false,
      isOthersRunning: campaign.isOthersRunning(nowMs),
      ballotMs: campaign.ballotMs,
    };
    const turnMs = this.#succession.turnMs(view, this.#rank, situation, nowMs);
    if (turnMs === undefined || nowMs < turnMs) return;
    this.begun++;
    this.campaign.begin(this.#rank, true, nowMs);
  }
}

it("members whom a third holds for dead do not overrule one another without end", () => {
  const ballots: { readonly from: string; readonly ballot: number }[] = [];
  const say = (from: string) => (message: Control) => {
    if (message.kind === "prepare" && ballots.at(-1)?.ballot !== message.ballot)
      ballots.push({ from, ballot: message.ballot });
  };
  const a = new Candidate(0, say("a"));
  const b = new Candidate(1, say("b"));
  // What c reported before it was cut off, and could not take back.
  for (const each of [a, b]) each.suspicions.report(2, [0, 1]);
  for (let nowMs = 0; nowMs < 10 * limits.patienceMs; nowMs++) {
    a.step(nowMs);
    b.step(nowMs);
    for (const { from, ballot } of ballots.splice(0))
      for (const each of [a, b]) each.hear(from, ballot, nowMs);
  }
  // One of them is left with a ballot under way, and the other waits for it.
  expect([a, b].filter(({ campaign }) => campaign.isRunning)).toHaveLength(1);
  expect(a.begun + b.begun).toBeLessThan(40);
});

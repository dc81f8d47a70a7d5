/** What a coordinator proposes, and what an acceptor answers: the rules that keep decisions apart, one by one. */
import { describe, expect, it } from "vitest";
import type { Control } from "../wire/messages.ts";
import { decodeRecord } from "../wire/record.ts";
import { Acceptor } from "./acceptor.ts";
import { coordinatorOf, isMembersBallot, nextBallot } from "./ballot.ts";
import { chooseValue, type Known } from "./choose.ts";
import { Coordinator } from "./coordinator.ts";
import { Electorate } from "./quorum.ts";
import type { Accepted, GroupView, Promised, Report, Seat, Value } from "./seat.ts";
import { NO_RANK } from "./seat.ts";
import { Voter, type VoterBody } from "./voter.ts";

const seat = (node: string, incarnation = 1): Seat => ({ node, incarnation, host: "10.0.0.1", port: 1 });
const view: GroupView = { id: 1, members: ["a", "b", "c"].map((node) => seat(node)) };

const report = (received: number[], change: Partial<Report> = {}): Report => ({
  received,
  hasState: true,
  donor: undefined,
  isLeaving: false,
  suspected: [],
  joining: [],
  ...change,
});
const promise = (who: Seat, what: Report | undefined, accepted?: Accepted): Promised => ({
  instance: 1,
  ballot: 99,
  seat: who,
  accepted,
  report: what,
});
const known = (promises: Promised[], change: Partial<Known> = {}): Known => ({
  view,
  promises: new Map(promises.map((each) => [each.seat.node, each])),
  suspected: new Map(),
  condemned: () => false,
  joining: [],
  leaving: new Set(),
  ...change,
});
const value = (nodes: string, cut = [0, 0, 0]): Value => {
  const members = nodes.split(" ").map((node) => seat(node));
  return { members, survivors: members.length, donors: members.map((_, i) => i), cut };
};
const names = (chosen: ReturnType<typeof chooseValue>) =>
  chosen?.value.members.map((m) => `${m.node}#${m.incarnation}`).join(" ");

describe("the value that is proposed", () => {
  it("is free when nothing was accepted: who promised goes on, with the longest of each stream", () => {
    const chosen = chooseValue(
      known([promise(seat("a"), report([5, 2, 9])), promise(seat("b"), report([4, 7, 3]))]),
    );
    expect(chosen).toEqual({
      isFresh: true,
      value: { members: [seat("a"), seat("b")], survivors: 2, donors: [0, 1], cut: [5, 7, 9] },
      holders: [0, 1, 0],
    });
  });

  it("is that of the highest ballot that a quorum may have accepted", () => {
    const [old, last] = [value("a b"), value("a c", [1, 1, 1])];
    const chosen = chooseValue(
      known([
        promise(seat("a"), report([1, 1, 1]), { ballot: 7, isFresh: true, value: last }),
        promise(seat("b"), report([1, 1, 0]), { ballot: 3, isFresh: true, value: old }),
      ]),
    );
    expect(chosen).toEqual({ isFresh: false, value: last, holders: [0, 0, 0] });
  });

  it("is free again when a survivor of it promised without having accepted: then nobody chose it", () => {
    const accepted = { ballot: 7, isFresh: true, value: value("a b c") };
    const promises = [promise(seat("a"), report([1, 1, 1]), accepted), promise(seat("b"), report([1, 1, 1]))];
    expect(chooseValue(known(promises))?.isFresh).toBe(true);
    const again = promises.map((each) =>
      each.accepted === undefined ? each : { ...each, accepted: { ...accepted, isFresh: false } },
    );
    expect(chooseValue(known(again))?.isFresh).toBe(false);
  });

  it("names nobody as the holder of what nobody who promised has", () => {
    const accepted = { ballot: 7, isFresh: false, value: value("a b", [0, 9, 0]) };
    expect(chooseValue(known([promise(seat("a"), report([0, 4, 0]), accepted)]))?.holders[1]).toBe(NO_RANK);
  });

  it("lets leavers go with their last words, but the one that has the state as long as others need it", () => {
    const leaver = promise(seat("c"), report([0, 0, 8], { isLeaving: true }));
    const chosen = chooseValue(known([promise(seat("a"), report([0, 0, 5])), leaver]));
    expect([names(chosen), chosen?.value.cut]).toEqual(["a#1", [0, 0, 8]]);
    const poor = promise(seat("a"), report([0, 0, 5], { hasState: false, donor: seat("c") }));
    expect(names(chooseValue(known([poor, leaver])))).toBe("a#1 c#1");
  });

  it("takes later lives for new members, and who does not promise for gone", () => {
    const chosen = chooseValue(
      known([promise(seat("a"), report([0, 0, 0])), promise(seat("c", 2), undefined)], {
        joining: [seat("d")],
      }),
    );
    expect([names(chosen), chosen?.value.survivors, chosen?.value.donors]).toEqual([
      "a#1 c#2 d#1",
      1,
      [0, 0, 0],
    ]);
  });

  it("begins without a state when nobody lives who has it", () => {
    const chosen = chooseValue(known([promise(seat("a", 2), undefined), promise(seat("b", 3), undefined)]));
    expect([names(chosen), chosen?.value.survivors, chosen?.value.donors]).toEqual(["a#2 b#3", 0, [0, 1]]);
  });

  it("parts those who suspect each other: who quarrels with most goes, then who is suspected, then the younger", () => {
    const all = (suspected: [number[], number[], number[]]) =>
      names(
        chooseValue(
          known(
            ["a", "b", "c"].map((node, i) =>
              promise(seat(node), report([0, 0, 0], { suspected: suspected[i] as number[] })),
            ),
          ),
        ),
      );
    expect(all([[1, 2], [], []])).toBe("b#1 c#1");
    expect(all([[], [2], []])).toBe("a#1 b#1");
    expect(all([[], [0], []])).toBe("b#1 c#1");
    expect(all([[], [2], [1]])).toBe("a#1 b#1");
  });

  it("leaves out whom the coordinator finds too slow, though it lives", () => {
    const promises = ["a", "b", "c"].map((node) => promise(seat(node), report([0, 0, 0])));
    expect(names(chooseValue(known(promises, { condemned: (rank) => rank === 1 })))).toBe("a#1 c#1");
  });
});

describe("a quorum", () => {
  it("is more than half, or half with the first", () => {
    const electorate = (nodes: string) =>
      new Electorate({ kind: "configured", nodes: nodes.split("") }, view);
    const has = (nodes: string, who: string) => electorate(nodes).isQuorum((node) => who.includes(node));
    expect([
      has("abc", "bc"),
      has("abc", "a"),
      has("abcd", "ab"),
      has("abcd", "bc"),
      has("ab", "b"),
      has("a", "a"),
    ]).toEqual([true, false, true, false, false, true]);
    expect(new Electorate({ kind: "dynamic" }, view).nodes).toEqual(["a", "b", "c"]);
  });
});

describe("ballots", () => {
  it("are never those of another coordinator, and grow", () => {
    const first = nextBallot(0, 2, true) as number;
    const other = nextBallot(0, 2, false) as number;
    expect([coordinatorOf(first), isMembersBallot(first), isMembersBallot(other), first === other]).toEqual([
      2,
      true,
      false,
      false,
    ]);
    expect(nextBallot(other, 0, true)).toBeGreaterThan(other);
    expect(nextBallot(0xffff_ffff, 0, true)).toBeUndefined();
  });
});

/** An acceptor at node b, whose disk is slow. */
function voterAt(change: Partial<VoterBody> = {}) {
  const acceptor = new Acceptor({
    incarnation: 1,
    view,
    promised: 0,
    accepted: undefined,
    decision: undefined,
  });
  const sent: string[] = [];
  let token = 0;
  const voter = new Voter(acceptor, {
    seat: seat("b"),
    send: (to: string, message: Control) =>
      sent.push(`${message.kind} ${"ballot" in message ? message.ballot : ""} to ${to}`),
    store: () => ++token,
    report: () => report([0, 0, 0]),
    holds: () => true,
    fetch: () => sent.push("fetch"),
    resign: () => sent.push("resign"),
    ...change,
  });
  return { acceptor, voter, sent };
}
const proposal = (ballot: number, change = {}) => ({
  instance: 1,
  ballot,
  isFresh: true,
  value: value("a b"),
  holders: [0, 0, 0],
  ...change,
});

describe("a voter", () => {
  it("answers when its answer is on the disk, and not before", () => {
    const { acceptor, voter, sent } = voterAt();
    voter.prepare("a", view, 600);
    expect(sent).toEqual([]);
    voter.stored(1);
    expect(sent).toEqual(["promise  to a"]);
    voter.propose("a", proposal(600));
    expect(sent.length).toBe(1);
    voter.stored(2);
    expect(sent.at(-1)).toBe("accepted 600 to a");
    expect(decodeRecord(acceptor.encode())).toEqual({
      incarnation: 1,
      view,
      promised: 600,
      accepted: { ballot: 600, isFresh: true, value: value("a b") },
      decision: undefined,
    });
  });

  it("takes no lower ballot than it has promised", () => {
    const { acceptor, voter, sent } = voterAt();
    voter.prepare("c", view, 1200);
    voter.prepare("a", view, 600);
    voter.propose("a", proposal(600));
    expect(sent).toEqual(["refused 1200 to a", "refused 1200 to a"]);
    expect(acceptor.accepted).toBeUndefined();
  });

  it("accepts what it survives when it has all messages, and not before", () => {
    let isHere = false;
    const { acceptor, voter, sent } = voterAt({ holds: () => isHere });
    voter.propose("a", proposal(600));
    expect([sent, acceptor.accepted, acceptor.promised]).toEqual([["fetch"], undefined, 600]);
    voter.received();
    expect(acceptor.accepted).toBeUndefined();
    isHere = true;
    voter.received();
    expect(acceptor.accepted?.ballot).toBe(600);
  });

  it("gives up its place when nobody has what it lacks, and votes at once when it does not survive", () => {
    const hopeless = voterAt({ holds: () => false });
    hopeless.voter.propose("a", proposal(600, { value: value("a b", [3, 0, 0]), holders: [NO_RANK, 0, 0] }));
    expect(hopeless.sent).toEqual(["resign"]);
    const excluded = voterAt({ holds: () => false });
    excluded.voter.propose("a", proposal(600, { value: value("a c") }));
    expect(excluded.acceptor.accepted?.ballot).toBe(600);
  });
});

describe("a coordinator", () => {
  const limits = { promiseMs: 100, acceptMs: 100 };
  const start = (isSuspected = (_: string) => false) => {
    const coordinator = new Coordinator(view, 600, new Electorate({ kind: "dynamic" }, view), limits, 0);
    const step = (nowMs: number) =>
      coordinator.step({ isSuspected, known: (promises) => known([...promises.values()]) }, nowMs).kind;
    return { coordinator, step };
  };

  it("waits for all whom it does not suspect, for a time, and needs a quorum", () => {
    const { coordinator, step } = start();
    coordinator.promise(promise(seat("a"), report([0, 0, 0])));
    expect([step(50), step(150)]).toEqual(["wait", "stuck"]);
    coordinator.promise(promise(seat("b"), report([0, 0, 0])));
    expect([step(160), step(200)]).toEqual(["wait", "propose"]);
  });

  it("decides when a quorum and all survivors have accepted, and not before", () => {
    const { coordinator, step } = start();
    for (const node of ["a", "b", "c"]) coordinator.promise(promise(seat(node), report([0, 0, 0])));
    expect(step(1)).toBe("propose");
    coordinator.accept("a");
    coordinator.accept("b");
    expect(step(2)).toBe("wait");
    coordinator.accept("c");
    expect(step(3)).toBe("decide");
  });

  it("tries another ballot when a survivor does not accept in time, or is lost", () => {
    const suspected = new Set<string>();
    const { coordinator, step } = start((node) => suspected.has(node));
    for (const node of ["a", "b", "c"]) coordinator.promise(promise(seat(node), report([0, 0, 0])));
    expect([step(1), step(100)]).toEqual(["propose", "wait"]);
    suspected.add("c");
    expect(step(100)).toBe("give up");
    suspected.clear();
    expect(step(200)).toBe("give up");
  });
});

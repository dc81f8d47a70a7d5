/**
 * What a coordinator proposes when enough nodes have promised: the value that may have been chosen already, or else the
 * next view and the cut, from what the members report. A pure function.
 *
 * A value proposed freely is chosen when a quorum and all its survivors have accepted it, and a survivor accepts only what it has all
 * messages of: so a view that was decided can be installed. That allows one more freedom than Paxos has: if a
 * survivor promises and did not accept the value, nobody can ever have chosen it.
 */
import { memberName } from "../types.ts";
import {
  type Accepted,
  type GroupView,
  isSameMember,
  MAX_MEMBERS,
  NO_RANK,
  type Promised,
  type Report,
  rankOf,
  rankOfNode,
  type Seat,
  type Value,
} from "./seat.ts";

export interface Known {
  readonly view: GroupView;
  /** The promises of this ballot, by node; members in the order of their ranks, then others. */
  readonly promises: ReadonlyMap<string, Promised>;
  /** By rank of who says so: ranks of those that are suspected. */
  readonly suspected: ReadonlyMap<number, readonly number[]>;
  /** Whom the coordinator takes out, although it lives. */
  condemned(rank: number): boolean;
  /** Who asked the coordinator to be let in. */
  readonly joining: readonly Seat[];
  /** Who asked it to be let go, as `memberName`. */
  readonly leaving: ReadonlySet<string>;
}

export interface Chosen {
  readonly isFresh: boolean;
  readonly value: Value;
  /** By rank of a stream: who has all of it up to the cut, or `NO_RANK`. */
  readonly holders: readonly number[];
}

/** Undefined when nobody would be in the next view. */
export function chooseValue(known: Known): Chosen | undefined {
  const bound = boundValue(known);
  const value = bound ?? freeValue(known);
  if (value === undefined) return undefined;
  return { isFresh: bound === undefined, value, holders: holdersOf(known, value.cut) };
}

/** The value that may have been chosen, and so has to be proposed again; undefined leaves the coordinator free. */
function boundValue({ view, promises }: Known): Value | undefined {
  let highest: Accepted | undefined;
  for (const { accepted } of promises.values())
    if (accepted !== undefined && accepted.ballot > (highest?.ballot ?? 0)) highest = accepted;
  if (highest === undefined) return undefined;
  const { ballot, value } = highest;
  if (!highest.isFresh) return value;
  const survivors = value.members.slice(0, value.survivors).filter(({ node }) => rankOfNode(view, node) >= 0);
  const isImpossible = survivors.some(({ node }) => {
    const promise = promises.get(node);
    return promise !== undefined && promise.accepted?.ballot !== ballot;
  });
  return isImpossible ? undefined : value;
}

function freeValue(known: Known): Value | undefined {
  const { view } = known;
  const live = liveRanks(known);
  const leaving = live.filter((rank) => isLeaving(known, rank));
  let staying = live.filter((rank) => !leaving.includes(rank));
  const joiners = joinersOf(known);
  // Somebody has to stay for the others to leave, and to have the state for those who come.
  const needed = stayer(known, staying, leaving);
  if (needed !== undefined) {
    staying = [...staying, needed].sort((a, b) => a - b);
    leaving.splice(leaving.indexOf(needed), 1);
  }
  const survivors = staying.map((rank) => view.members[rank] as Seat);
  const taken = new Set(survivors.map(({ node }) => node));
  const members = [...survivors, ...joiners.filter(({ node }) => !taken.has(node))].slice(0, MAX_MEMBERS);
  if (members.length === 0) return undefined;
  const cut = view.members.map((_, rank) =>
    Math.max(0, ...[...staying, ...leaving].map((by) => reportOf(known, by)?.received[rank] ?? 0)),
  );
  return { members, survivors: survivors.length, donors: donorsOf(known, members, survivors.length), cut };
}

/** Whoever of those that want to leave cannot yet: nobody would be left, or nobody with the state. */
function stayer(known: Known, staying: readonly number[], leaving: readonly number[]): number | undefined {
  const hasState = (rank: number) => reportOf(known, rank)?.hasState === true;
  if (staying.some(hasState)) return undefined;
  return leaving.find(hasState) ?? (staying.length === 0 ? leaving[0] : undefined);
}

function promiseOf({ view, promises }: Known, rank: number): Promised | undefined {
  const member = view.members[rank] as Seat;
  const promise = promises.get(member.node);
  return promise !== undefined && isSameMember(promise.seat, member) ? promise : undefined;
}

function reportOf(known: Known, rank: number): Report | undefined {
  return promiseOf(known, rank)?.report;
}

function isLeaving(known: Known, rank: number): boolean {
  return (
    reportOf(known, rank)?.isLeaving === true ||
    known.leaving.has(memberName(known.view.members[rank] as Seat))
  );
}

/**
 * Ranks of those who promised as members, without those who are suspected. Of two that live, one of which suspects the other, only
 * one can stay: first goes who has most such quarrels, as one that hears nobody; then who is suspected rather than who
 * suspects; then the younger.
 */
function liveRanks(known: Known): number[] {
  const live = new Set<number>();
  known.view.members.forEach((_, rank) => {
    if (reportOf(known, rank) !== undefined && !known.condemned(rank)) live.add(rank);
  });
  const against = accusations(known, live);
  for (;;) {
    let worst = -1;
    let worstScore = 0;
    for (const rank of live) {
      const [accused, accuses] = [against.get(rank), [...against.values()].filter((by) => by.has(rank))];
      const quarrels = new Set([
        ...(accused ?? []),
        ...[...against].filter(([, by]) => by.has(rank)).map(([to]) => to),
      ]);
      if (quarrels.size === 0) continue;
      const score =
        quarrels.size * MAX_MEMBERS + ((accused?.size ?? 0) > 0 ? 1 : 0) + (accuses.length > 0 ? 0 : 1);
      if (score >= worstScore) [worst, worstScore] = [rank, score];
    }
    if (worst < 0) return [...live];
    live.delete(worst);
    against.delete(worst);
    for (const by of against.values()) by.delete(worst);
  }
}

/** By rank of who lives and is suspected: ranks of those who live and suspect it. */
function accusations(known: Known, live: ReadonlySet<number>): Map<number, Set<number>> {
  const against = new Map<number, Set<number>>();
  const accuse = (by: number, ranks: readonly number[]) => {
    for (const rank of ranks) {
      if (rank === by || !live.has(rank) || !live.has(by)) continue;
      const accusers = against.get(rank) ?? new Set();
      against.set(rank, accusers.add(by));
    }
  };
  for (const [by, ranks] of known.suspected) accuse(by, ranks);
  for (const by of live) accuse(by, reportOf(known, by)?.suspected ?? []);
  return against;
}

/** Who wants to be in, of each node the latest life, in the order of their names. */
function joinersOf(known: Known): Seat[] {
  const joiners = new Map<string, Seat>();
  const add = (seat: Seat) => {
    const inView = known.view.members.find(({ node }) => node === seat.node);
    const least = Math.max(inView?.incarnation ?? 0, joiners.get(seat.node)?.incarnation ?? 0);
    if (seat.incarnation > least) joiners.set(seat.node, seat);
  };
  for (const seat of known.joining) add(seat);
  for (const { seat, report } of known.promises.values()) {
    if (report === undefined) add(seat);
    for (const each of report?.joining ?? []) add(each);
  }
  return [...joiners.values()].sort((a, b) => (a.node < b.node ? -1 : 1));
}

/** Who has the state keeps it; who is getting it goes on with a donor that goes on; others begin with the oldest that has it. */
function donorsOf(known: Known, members: readonly Seat[], survivors: number): number[] {
  const reports = members.slice(0, survivors).map((member) => reportOf(known, rankOf(known.view, member)));
  const oldest = reports.findIndex((report) => report?.hasState === true);
  return members.map((_, rank) => {
    const report = reports[rank];
    if (oldest < 0 || report?.hasState === true) return rank;
    const donor = report?.donor;
    const present = donor === undefined ? -1 : members.findIndex((member) => isSameMember(member, donor));
    return present >= 0 && present < survivors && reports[present]?.hasState === true ? present : oldest;
  });
}

function holdersOf(known: Known, cut: readonly number[]): number[] {
  const ranks = known.view.members
    .map((_, rank) => rank)
    .filter((rank) => reportOf(known, rank) !== undefined);
  return cut.map((count, stream) => {
    const holder = ranks.find((rank) => (reportOf(known, rank)?.received[stream] ?? 0) >= count);
    return holder ?? NO_RANK;
  });
}

/**
 * Who the replicas of a log are, as the log itself says. A change takes two entries: CHANGE names the voters as they shall be,
 * and makes learners of those who are new; SWITCH, once these have nearly caught up, makes the wanted ones the voters,
 * all at once, from the next slot on.
 *
 * The voters of a slot follow from the entries before it, and nothing is proposed after a SWITCH until it is chosen (Lamport,
 * "Paxos Made Simple", 2001, section 3, with a window of one). So each slot is an ordinary Paxos of its own with
 * fixed voters, and any set of voters may follow any other: no quorums of two configurations need to meet.
 */
import { MAX_REPLICA_ID } from "./ballot.ts";
import { PAXOS_MAX_MEMBERS, PAXOS_MAX_NAME } from "./gen/paxos.gen.ts";

/** Replicas of a log, joining ones included. */
export const MAX_MEMBERS = PAXOS_MAX_MEMBERS;
/** Bytes of UTF-8 of a name. */
export const MAX_NAME_BYTES = PAXOS_MAX_NAME;

/** A replica by the name of its mesh peer, and the token of its store. */
export interface Newcomer {
  readonly name: string;
  /** 32 hexadecimal digits, drawn when the store was made. */
  readonly token: string;
}

export interface Member extends Newcomer {
  readonly id: number;
  readonly isVoter: boolean;
  /** A voter after the change that is under way; the same as `isVoter` when none is. */
  readonly isWanted: boolean;
}

export interface Configuration {
  readonly nextId: number;
  /** Slot of the change that is under way, 0 for none. */
  readonly change: number;
  /** By number. */
  readonly members: readonly Member[];
}

export const NO_CONFIGURATION: Configuration = { nextId: 1, change: 0, members: [] };

/** The first configuration: all are voters, numbered in the order of their names. */
export function foundingConfiguration(founders: readonly Newcomer[]): Configuration {
  const ordered = founders.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const members = ordered.map(({ name, token }, at) => ({
    id: at + 1,
    name,
    token,
    isVoter: true,
    isWanted: true,
  }));
  return { nextId: members.length + 1, change: 0, members };
}

export function votersOf({ members }: Configuration): number[] {
  return members.filter(({ isVoter }) => isVoter).map(({ id }) => id);
}

export function isVoter({ members }: Configuration, id: number): boolean {
  return members.some((member) => member.id === id && member.isVoter);
}

/** The member with this store. */
export function memberOf({ members }: Configuration, { name, token }: Newcomer): Member | undefined {
  return members.find((member) => member.name === name && member.token === token);
}

/** After a CHANGE in this slot. What cannot be carried out changes nothing. */
export function afterChange(before: Configuration, slot: number, wanted: readonly Newcomer[]): Configuration {
  if (complaintOfVoters(wanted.map(({ name }) => name)) !== undefined) return before;
  let nextId = before.nextId;
  const members: Member[] = [];
  for (const member of before.members) {
    const isWanted = wanted.some(({ name, token }) => name === member.name && token === member.token);
    if (member.isVoter || isWanted) members.push({ ...member, isWanted });
  }
  for (const { name, token } of wanted) {
    if (memberOf(before, { name, token }) !== undefined) continue;
    members.push({ id: nextId++, name, token, isVoter: false, isWanted: true });
  }
  if (members.length > MAX_MEMBERS || nextId > MAX_REPLICA_ID) return before;
  const isDone = members.every((member) => member.isVoter === member.isWanted);
  return { nextId, change: isDone ? 0 : slot, members };
}

/** After a SWITCH that carries out the change of this slot; that of another one is of no effect. */
export function afterSwitch(before: Configuration, change: number): Configuration {
  if (before.change === 0 || before.change !== change) return before;
  const members = before.members
    .filter(({ isWanted }) => isWanted)
    .map((member) => ({ ...member, isVoter: true }));
  return { nextId: before.nextId, change: 0, members };
}

const utf8 = new TextEncoder();

/** Why these cannot be all voters of a log, or undefined. */
export function complaintOfVoters(names: readonly string[]): string | undefined {
  if (names.length === 0) return "a log has at least one voter";
  if (names.length > MAX_MEMBERS) return `${names.length} voters: the most is ${MAX_MEMBERS}`;
  if (new Set(names).size !== names.length) return "a voter is named twice";
  for (const name of names) {
    const { length } = utf8.encode(name);
    if (length < 1 || length > MAX_NAME_BYTES)
      return `a name has 1 to ${MAX_NAME_BYTES} bytes, not ${length}`;
  }
  return undefined;
}

export function sameVoters(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id, at) => id === b[at]);
}

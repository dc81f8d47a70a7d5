/**
 * What the nodes of a group agree on, as `x/group.x` has it: views, values, ballots and reports. Within the group, counts of items are
 * numbers and not bigints; they stay below 2^53.
 */
import type { Accepted, GroupView, Promised, Proposal, Report, Value } from "../membership/seat.ts";
import type {
  group_accepted_value,
  group_fetch,
  group_promise,
  group_propose,
  group_report,
  group_value,
} from "./gen/group.gen.ts";

/** How much of a stream one member wants, or lacks. */
export interface Fetch {
  readonly view: number;
  readonly rank: number;
  readonly received: number;
}

/** @throws RangeError for what is no count. */
export function count(value: bigint): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw new RangeError(`${value} is not below 2^53`);
  return number;
}

export function viewToWire({ id, members }: GroupView) {
  return { id, members: [...members] };
}

export function fetchToWire(fetch: Fetch): group_fetch {
  return { ...fetch, received: BigInt(fetch.received) };
}

export function fetchFromWire(fetch: group_fetch): Fetch {
  return { ...fetch, received: count(fetch.received) };
}

export function valueToWire({ members, survivors, donors, cut }: Value): group_value {
  return { members: [...members], survivors, donors: [...donors], cut: cut.map(BigInt) };
}

export function valueFromWire({ members, survivors, donors, cut }: group_value): Value {
  if (survivors > members.length || donors.length !== members.length || members.length === 0)
    throw new RangeError("no value");
  if (donors.some((rank) => rank >= members.length)) throw new RangeError("no value");
  return { members, survivors, donors, cut: cut.map(count) };
}

export function acceptedToWire({ ballot, isFresh, value }: Accepted): group_accepted_value {
  return { ballot, isFresh, value: valueToWire(value) };
}

export function acceptedFromWire({ ballot, isFresh, value }: group_accepted_value): Accepted {
  return { ballot, isFresh, value: valueFromWire(value) };
}

export function reportToWire({
  received,
  hasState,
  donor,
  isLeaving,
  suspected,
  joining,
}: Report): group_report {
  return {
    received: received.map(BigInt),
    hasState,
    donor: donor ?? { node: "", incarnation: 0 },
    isLeaving,
    suspected: [...suspected],
    joining: [...joining],
  };
}

export function reportFromWire({ received, donor, ...rest }: group_report): Report {
  return { ...rest, received: received.map(count), donor: donor.node === "" ? undefined : donor };
}

export function promiseToWire({ instance, ballot, seat, accepted, report }: Promised): group_promise {
  return {
    instance,
    ballot,
    seat,
    accepted: accepted === undefined ? null : acceptedToWire(accepted),
    report: report === undefined ? null : reportToWire(report),
  };
}

export function promiseFromWire({ instance, ballot, seat, accepted, report }: group_promise): Promised {
  return {
    instance,
    ballot,
    seat,
    accepted: accepted === null ? undefined : acceptedFromWire(accepted),
    report: report === null ? undefined : reportFromWire(report),
  };
}

export function proposalToWire({ instance, ballot, isFresh, value, holders }: Proposal): group_propose {
  return { instance, ballot, isFresh, value: valueToWire(value), holders: [...holders] };
}

export function proposalFromWire({ value, ...rest }: group_propose): Proposal {
  return { ...rest, value: valueFromWire(value) };
}

/** What a group is told when it is opened. */
import type { Address, Store } from "../world/index.ts";
import type { CoreLimits } from "./core-types.ts";
import type { Detector, DetectorOutput } from "./detector/index.ts";
import { defaultMembershipLimits } from "./membership/limits.ts";
import type { QuorumRule } from "./membership/quorum.ts";
import { MAX_MEMBERS } from "./membership/seat.ts";
import { defaultMulticastLimits } from "./multicast/limits.ts";
import { checkSafeOptions, type SafeOptions } from "./safe/options.ts";
import type { StatePieces } from "./transfer/giver.ts";
import type { StateSink } from "./transfer/taker.ts";
import type { GroupEvent, Guarantee, Order } from "./types.ts";

/** Bounds of a member. */
export type GroupLimits = CoreLimits;

/** The bounds of a member for which nothing else is said. */
export const defaultGroupLimits: GroupLimits = {
  ...defaultMulticastLimits,
  ...defaultMembershipLimits,
  maxQueuedBytes: 4 * 1024 * 1024,
  maxHeldBytes: 64 * 1024 * 1024,
};

/** A node, by the name that its mesh has, and where it listens. */
export interface GroupNode {
  readonly name: string;
  readonly address: Address;
}

/** What members have in common, and new ones are given. */
export interface GroupState {
  /**
   * The state as it is now, in pieces. It is read later, as fast as the joiner takes it, while deliveries go on: they must not show
   * in it.
   */
  capture(): StatePieces;
  /** Drops what there is, and takes another state. Deliveries go on after its end. */
  restore(): StateSink;
}

/** Which group, who founded it, and where this member keeps its votes. */
export interface GroupOptions {
  /** The group's name, `[a-z0-9-]{1,58}`: the same at all members, and another one for each group of a mesh. */
  readonly name: string;
  /** Nodes that found the group, the same list everywhere; the first breaks ties. Nobody founds it alone but a list of one. */
  readonly founders: readonly GroupNode[];
  /** Other nodes to ask, where they listen: for one that is no founder. */
  readonly contacts?: readonly Address[];
  /** Who decides what the next view is. Default: the nodes of the view (`dynamic`). */
  readonly quorum?: QuorumRule;
  /** What members have in common; default: nothing that would have to be transferred. */
  readonly state?: GroupState;
  /** Messages of the guarantee `safe`, and the log that keeps them; without it there are none. All members have it, or none. */
  readonly safe?: SafeOptions;
  /** Comes back as a new member when it was taken out. Default true. */
  readonly rejoin?: boolean;
  /** Where the node keeps what it must not forget. Default: a store of its own, `group-NAME`. */
  readonly store?: Store;
  /** Who finds out about failures. Default: heartbeats with an adaptive threshold. */
  readonly detector?: (output: DetectorOutput) => Detector;
  readonly limits?: Partial<GroupLimits>;
  /** Told of all that happens to this member, for checks and drawings. */
  readonly trace?: (member: string, event: GroupEvent) => void;
}

/** @throws RangeError for a name that is none, founders that are none or double, and limits out of their bounds. */
export function checkOptions({ name, founders, safe, limits = {} }: GroupOptions): GroupLimits {
  if (!/^[a-z0-9-]{1,58}$/.test(name)) throw new RangeError(`${name} is no name of a group: [a-z0-9-]{1,58}`);
  const names = new Set(founders.map((founder) => founder.name));
  if (founders.length === 0 || founders.length > MAX_MEMBERS || names.size !== founders.length)
    throw new RangeError(`founders are 1 to ${MAX_MEMBERS} nodes, each once`);
  if (safe !== undefined) checkSafeOptions(safe);
  const all = { ...defaultGroupLimits, ...limits };
  for (const [limit, value] of Object.entries(all))
    if (!(value > 0)) throw new RangeError(`${limit}: ${value} is not above 0`);
  if (all.maxMembers > MAX_MEMBERS)
    throw new RangeError(`maxMembers: ${all.maxMembers} is over ${MAX_MEMBERS}`);
  return all;
}

/** What a message asks for. Default: `fifo`, `reliable`. Safe messages are in the log's order, which is `total`. */
export interface MulticastOptions {
  readonly order?: Order;
  readonly guarantee?: Guarantee;
}

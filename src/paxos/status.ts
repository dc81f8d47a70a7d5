/** What a replica tells of itself. */
import type { LogStatus } from "./log.ts";
import type { PrefixValue } from "./prefix.ts";
import type { Replica } from "./replica.ts";

export interface StatusParts {
  readonly replica: Replica | undefined;
  readonly self: string;
  readonly isOver: boolean;
  readonly applied: PrefixValue;
  readonly snapshot: number;
  readonly nameOf: (id: number) => string | undefined;
}

export function statusOf({ replica, self, isOver, applied, snapshot, nameOf }: StatusParts): LogStatus {
  const { members, change } = applied.configuration;
  const role = isOver ? "closed" : (replica?.role ?? "joining");
  // Whoever stands has heard nobody for long: whom it followed last is no leader of its own.
  const leader = role === "candidate" ? 0 : (replica?.leader ?? 0);
  const known = members.find(({ id }) => id === leader)?.name ?? nameOf(leader);
  const isOwn = role === "leader";
  return {
    role,
    leader: isOver ? undefined : isOwn ? self : known,
    isServing: !isOver && replica !== undefined && leader > 0 && applied.fence === replica.leaderBallot,
    committed: replica?.committed ?? applied.slot,
    applied: applied.slot,
    first: replica?.first ?? applied.slot + 1,
    snapshot,
    voters: members.filter(({ isVoter }) => isVoter).map(({ name }) => name),
    learners: members.filter(({ isVoter }) => !isVoter).map(({ name }) => name),
    wanted: change === 0 ? undefined : members.filter(({ isWanted }) => isWanted).map(({ name }) => name),
  };
}

/** What a view changes: who joined and who left, each in the order of its view. */
import { type Member, memberName, type View } from "../types.ts";

export interface Difference {
  readonly joined: readonly Member[];
  readonly left: readonly Member[];
}

export function differenceOf(before: View | undefined, after: View): Difference {
  const [old, now] = [before?.members ?? [], after.members];
  const [oldNames, nowNames] = [new Set(old.map(memberName)), new Set(now.map(memberName))];
  return {
    joined: now.filter((member) => !oldNames.has(memberName(member))),
    left: old.filter((member) => !nowNames.has(memberName(member))),
  };
}

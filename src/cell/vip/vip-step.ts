/**
 * What a node does about the cell's floating address, decided from what it knows now. The log says who holds it; whoever does, gives it to its machine for a
 * few seconds at a time, each time after the log has confirmed it anew. The system takes an address away whose time is over, whatever has become of
 * the process: killed, stopped or cut off, it holds nothing for longer. Who takes over waits for so long.
 *
 * Source: leases, Gray and Cheriton, 1989; that the holder's machine ends the lease by itself is what virtual routers (VRRP, RFC 9568) lack.
 */
import type { VipClaim } from "../state/vip-setting.ts";

/** For how long the system gives the address to a machine, in seconds. */
export const VALID_SECONDS = 4;
/** A confirmation of the log that took longer is worth nothing: another may have claimed the address since it was asked for. */
export const CONFIRM_MS = 750;
/** The same for what the system does. */
export const GIVE_MS = 750;
/** Rounding, and clocks that run apart. */
const MARGIN_MS = 500;
/** After a claim of what another held, until its machine has it no more; and after a start, for the claim of a former process may be as new. */
export const TAKE_OVER_MS = VALID_SECONDS * 1000 + CONFIRM_MS + GIVE_MS + MARGIN_MS;
/** Without a word for so long the holder is taken for gone: by the one that leads the cell, and by the others, which may be wrong. */
export const LEADER_PATIENCE_MS = 2000;
export const PATIENCE_MS = 30_000;
/** For so long others leave an address that nobody holds to the one that leads. */
export const VACANT_MS = 10_000;

export interface VipView {
  readonly self: string;
  readonly claim: VipClaim | undefined;
  readonly isLeader: boolean;
  /** Since when nothing was heard of the holder, in milliseconds; 0: it is linked. Infinity: it is no node of the cell. */
  readonly silentMs: number;
  /** For how long the claim has been what it is, as far as this process knows. */
  readonly claimMs: number;
  /** This process gave the machine the address, and has not taken it away since. */
  readonly hasIt: boolean;
}

export type VipStep = "hold" | "claim" | "release" | "wait";

export function vipStep({ self, claim, isLeader, silentMs, claimMs, hasIt }: VipView): VipStep {
  const holder = claim?.holder ?? "";
  if (holder === self) return "hold";
  if (hasIt) return "release";
  const isDue =
    holder === ""
      ? isLeader || claimMs >= VACANT_MS
      : silentMs >= (isLeader ? LEADER_PATIENCE_MS : PATIENCE_MS);
  return isDue ? "claim" : "wait";
}

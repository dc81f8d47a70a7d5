/**
 * Who of a cell holds its floating address, as its state keeps it: a setting, `NAME/REVISION`. The revision is that of the setting whose place it takes,
 * 0 for none, so that of two who claim the address at once one is refused. Without a name the address was given back.
 */
import { Refused } from "./errors.ts";
import type { CellSetting } from "./records.ts";

export const VIP_SETTING = "vip";

export interface VipClaim {
  /** Empty: nobody; whoever held it has given it back. */
  readonly holder: string;
  readonly revision: bigint;
}

export function vipClaim({ settings }: { readonly settings: Iterable<CellSetting> }): VipClaim | undefined {
  for (const { name, value, revision } of settings) {
    if (name === VIP_SETTING) return { holder: value.slice(0, value.lastIndexOf("/")), revision };
  }
  return undefined;
}

export function vipValue(holder: string, before: VipClaim | undefined): string {
  return `${holder}/${before?.revision ?? 0n}`;
}

/** Why a value cannot take the place of the one that there is; undefined: it can. */
export function badVip(before: CellSetting | undefined, value: string): Refused | undefined {
  const cut = value.lastIndexOf("/");
  if (cut >= 0 && value.slice(cut + 1) === String(before?.revision ?? 0n)) return undefined;
  return new Refused("CELL_VIP", "the floating address has another holder by now");
}

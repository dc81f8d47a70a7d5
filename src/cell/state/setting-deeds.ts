/** Commands about what lets nodes join, and about settings that hold for the whole cell. */

import {
  CELL_MAX_SETTINGS,
  CELL_MAX_TOKENS,
  type cell_setting_change,
  type cell_setting_swap,
  type cell_token,
} from "../gen/cell-admin.gen.ts";
import { Refused } from "./errors.ts";
import { badLevel, LEVEL_SETTING } from "./level.ts";
import { badName } from "./names.ts";
import { type CellSetting, hex, type Records } from "./records.ts";
import { badVip, VIP_SETTING } from "./vip-setting.ts";

export function addToken(records: Records, token: cell_token): Refused | undefined {
  const id = hex(token.id);
  if (records.tokens.has(id) || token.uses_left === 0) {
    return new Refused("CELL_TOKEN", "the token is there already, or of no use");
  }
  if (records.tokens.size >= CELL_MAX_TOKENS) return new Refused("CELL_FULL", `${CELL_MAX_TOKENS} tokens`);
  records.tokens.set(id, token);
  return undefined;
}

export function dropToken(records: Records, id: Uint8Array): Refused | undefined {
  return records.tokens.delete(hex(id)) ? undefined : new Refused("CELL_TOKEN", "there is no such token");
}

export function set(
  records: Records,
  { name, value }: cell_setting_change,
  revision: bigint,
): Refused | undefined {
  const refused = badName("setting", name);
  if (refused !== undefined) return refused;
  const bad = badValue(records.settings.get(name), name, value);
  if (bad !== undefined) return bad;
  if (value === "") records.settings.delete(name);
  else if (!records.settings.has(name) && records.settings.size >= CELL_MAX_SETTINGS) {
    return new Refused("CELL_FULL", `${CELL_MAX_SETTINGS} settings`);
  } else records.settings.set(name, { name, value, revision });
  return undefined;
}

/** Sets what is still as it was when somebody decided on it: two who change a record of their own accord do not undo each other's change. */
export function swap(
  records: Records,
  { setting, seen }: cell_setting_swap,
  revision: bigint,
): Refused | undefined {
  const now = records.settings.get(setting.name)?.revision ?? 0n;
  if (now === seen) return set(records, setting, revision);
  return new Refused("CELL_SETTING_CHANGED", `"${setting.name}" was changed at revision ${now}`);
}

/** Of settings that are not anybody's to choose. */
function badValue(before: CellSetting | undefined, name: string, value: string): Refused | undefined {
  if (name === LEVEL_SETTING) return badLevel(before?.value, value);
  return name === VIP_SETTING ? badVip(before, value) : undefined;
}

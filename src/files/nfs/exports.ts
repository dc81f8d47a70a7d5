/**
 * Who may use the volume, and as whom: an ordered list of rules, each for a range of addresses. The first rule that
 * holds the caller's address decides; no rule, no access. Addresses can be forged on a network that is not trusted,
 * and so can AUTH_SYS: rules tell friends apart, they do not keep out an enemy who is on the wire.
 *
 * The words are those of exports(5), which people know.
 */
import { DURATION_NOTATION, durationMs } from "../../world/index.ts";
import { type AddressRange, type IpAddress, inRange, parseAddress, parseRange } from "./addresses.ts";
import { NfsError } from "./errors.ts";

/** The user and group of those who are nobody here. */
export const NOBODY = 65534;

/** "root": uid and gid 0 become the anonymous ones; "all": everybody's do; "none": nobody's. */
export type Squash = "root" | "all" | "none";

/** Who may use a volume, from where, and as whom. The first rule that holds an address decides. */
export interface ExportRule {
  /** An address, a range such as `192.168.0.0/24` or `fe80::/10`, or `*`. */
  readonly from: string;
  readonly access: "rw" | "ro";
  /** Default "root". */
  readonly squash?: Squash;
  /** Default 65534. */
  readonly anonymousUid?: number;
  readonly anonymousGid?: number;
  /**
   * By how many milliseconds what these callers read of a replicated volume may be behind what others were told; up to `MAX_STALE_MS`.
   * Such reads are answered by the node that is asked, alone. Default 0: every read is fresh.
   */
  readonly staleMs?: number;
}

/** This machine only, its users as themselves, its root as nobody unless it proves itself by a port below 1024. */
export const defaultExports: readonly ExportRule[] = [
  { from: "127.0.0.0/8", access: "rw" },
  { from: "::1", access: "rw" },
];

/** The largest `staleMs`: an hour. */
export const MAX_STALE_MS = 3_600_000;

/** The most rules that a server takes. */
export const MAX_EXPORT_RULES = 2048;

/** A rule made ready. */
export interface Export {
  /** As the rule wrote it. */
  readonly from: string;
  readonly readOnly: boolean;
  readonly squash: Squash;
  readonly anonymousUid: number;
  readonly anonymousGid: number;
  readonly staleMs: number;
}

/** Reads `RANGE` or `RANGE(OPTION,…)`: ro, rw, root_squash, no_root_squash, all_squash, anonuid=N, anongid=N, stale=5s. */
export function parseExportRule(text: string): ExportRule {
  const match = /^([^()\s]+)(?:\(([^()\s]*)\))?$/.exec(text.trim());
  const from = match?.[1];
  if (from === undefined) throw badRule(text, "it is not RANGE(OPTIONS)");
  const rule: { -readonly [Key in keyof ExportRule]: ExportRule[Key] } = { from, access: "rw" };
  for (const option of (match?.[2] ?? "").split(",")) {
    if (option !== "") applyOption(rule, option, text);
  }
  compileRange(rule);
  return rule;
}

function applyOption(
  rule: { -readonly [Key in keyof ExportRule]: ExportRule[Key] },
  option: string,
  text: string,
): void {
  const [name, value] = option.split("=", 2);
  if (name === "anonuid") rule.anonymousUid = parseId(value, text);
  else if (name === "anongid") rule.anonymousGid = parseId(value, text);
  else if (name === "stale") rule.staleMs = parseStale(value, text);
  else if (option === "ro" || option === "rw") rule.access = option;
  else if (option === "root_squash") rule.squash = "root";
  else if (option === "no_root_squash") rule.squash = "none";
  else if (option === "all_squash") rule.squash = "all";
  else throw badRule(text, `"${option}" is no option`);
}

function parseId(value: string | undefined, text: string): number {
  if (value === undefined || !/^\d{1,10}$/.test(value) || Number(value) > 0xffff_ffff) {
    throw badRule(text, `"${value ?? ""}" is no user or group number`);
  }
  return Number(value);
}

function parseStale(value: string | undefined, text: string): number {
  const staleMs = durationMs(value ?? "");
  if (staleMs === undefined || staleMs > MAX_STALE_MS)
    throw badRule(text, `"${value ?? ""}" is no time of 0 to 1h: ${DURATION_NOTATION}`);
  return Math.round(staleMs);
}

function badRule(text: string, why: string): NfsError {
  return new NfsError("NFS_EXPORT_RULE", `export rule "${text}": ${why}`, { rule: text });
}

function compileRange(rule: ExportRule): AddressRange {
  const range = parseRange(rule.from);
  if (range === undefined) {
    throw badRule(rule.from, "the range is no address, no ADDRESS/BITS with zeros after the bits, and not *");
  }
  return range;
}

function checkedStale({ staleMs = 0 }: ExportRule): number {
  if (!(staleMs >= 0 && staleMs <= MAX_STALE_MS)) {
    throw new RangeError(`staleMs ${staleMs} is not of 0 to ${MAX_STALE_MS}`);
  }
  return staleMs;
}

/** Rules that change while a server runs. */
export interface ChangingExports {
  /** Those of now: another object after each change. */
  readonly current: Exports;
  /**
   * Asked where no rule holds a caller. False: there may be rules that are not known yet, so that whoever calls is put off
   * rather than refused. True for good, once it was.
   */
  settle(): boolean | Promise<boolean>;
}

/** Rules that stay as they are. @throws NfsError NFS_EXPORT_RULE. */
export function unchanging(rules: readonly ExportRule[]): ChangingExports {
  return { current: new Exports(rules), settle: () => true };
}

/** The rules of a server, in order. */
export class Exports {
  /** In the order in which they are tried. */
  readonly rules: readonly Export[];
  private readonly ranges: readonly AddressRange[];

  constructor(rules: readonly ExportRule[]) {
    if (rules.length > MAX_EXPORT_RULES) {
      throw new RangeError(`${rules.length} export rules; ${MAX_EXPORT_RULES} are the most`);
    }
    this.ranges = rules.map(compileRange);
    this.rules = rules.map((rule) => ({
      from: rule.from,
      readOnly: rule.access === "ro",
      squash: rule.squash ?? "root",
      anonymousUid: rule.anonymousUid ?? NOBODY,
      anonymousGid: rule.anonymousGid ?? NOBODY,
      staleMs: checkedStale(rule),
    }));
  }

  /** The first rule for the address, or undefined: no access. */
  find(address: IpAddress): Export | undefined {
    return this.rules[this.ranges.findIndex((range) => inRange(address, range))];
  }

  /** The same for an address as text; one that is none has no access. */
  findHost(host: string): Export | undefined {
    const address = parseAddress(host);
    return address === undefined ? undefined : this.find(address);
  }
}

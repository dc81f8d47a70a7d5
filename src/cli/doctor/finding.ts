/** What a check of `coterie doctor` comes to. */

import type { AdminAddress } from "../../cell/index.ts";
import type { CliContext, OwnedWorld } from "../context.ts";

/** "ok"; "note": fine, and good to know; "warn": works, but not as it should; "fail": will not work. */
export type Verdict = "ok" | "note" | "warn" | "fail";

export interface Finding {
  /** What was looked at, for example "disk speed". */
  readonly check: string;
  readonly verdict: Verdict;
  /** What was seen. */
  readonly message: string;
  /** What to do; none when all is well. */
  readonly remedy?: string;
}

/** What the checks work on. */
export interface Patient {
  readonly context: CliContext;
  readonly world: OwnedWorld;
  /** The node's directory, which may not exist yet. */
  readonly directory: string;
  /** With an operator's key where there is one: then of a node on another machine, and only its cell is examined. */
  readonly address: AdminAddress;
  /** The address was named, and no directory. */
  readonly isAddressNamed: boolean;
}

/** A check may find several things; it never throws for what it is there to find. */
export type Check = (patient: Patient) => Promise<readonly Finding[]>;

/** Damage in the log: one line for each record, however often it is met. */
import { isCoterieError, type Log } from "../../world/index.ts";
import { MAX_REPORTED_DAMAGE } from "./limits.ts";

/** Whether a store's read failed because the disk did not give what is there, and not because of the store itself. */
export function isUnreadable(error: unknown): boolean {
  return isCoterieError(error, "STORE_IO") || isCoterieError(error, "STORE_CORRUPT");
}

export class DamageLog {
  private readonly log: Log;
  private readonly reported = new Set<string>();
  /** How often damage was met, also when it was reported before. */
  met = 0;

  constructor(log: Log) {
    this.log = log;
  }

  /** Names the record: its kind, and the fields that say which one. */
  report(record: string, fields: Readonly<Record<string, unknown>>): void {
    this.met++;
    const key = `${record} ${JSON.stringify(fields)}`;
    if (this.reported.has(key)) return;
    if (this.reported.size >= MAX_REPORTED_DAMAGE) this.reported.clear();
    this.reported.add(key);
    this.log.error("volume.damaged", { record, ...fields });
  }
}

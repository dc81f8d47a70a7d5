/**
 * A node's lives in a group, one member after another, as its disk has them: what a life must keep is written before it is acted upon, and
 * another begins, after a while, with a record of its own. Where the disk refuses, the group ends here.
 */
import type { World } from "../world/index.ts";
import { Comeback } from "./comeback.ts";
import type { RecordStore } from "./record-store.ts";
import type { GroupRecord } from "./wire/record.ts";

export interface LivesHost {
  readonly isClosed: boolean;
  /** Another life begins, with this record, which is on the disk. */
  begin(record: GroupRecord): void;
  /** The disk refused what this node must keep of the group. */
  refused(cause: unknown): void;
}

export class Lives {
  readonly #world: World;
  readonly #records: RecordStore;
  readonly #host: LivesHost;
  readonly #comeback = new Comeback();

  constructor(world: World, records: RecordStore, host: LivesHost) {
    this.#world = world;
    this.#records = records;
    this.#host = host;
  }

  /** A view is installed. */
  isIn(nowMs: number): void {
    this.#comeback.isIn(nowMs);
  }

  /** The member is out. */
  isOut(nowMs: number): void {
    this.#comeback.isOut(nowMs);
  }

  /** Writes a record of this life; `stored` is called when it is on the disk, unless the group was closed meanwhile. */
  async keep(record: Uint8Array, stored: () => void): Promise<void> {
    try {
      await this.#records.write(record);
    } catch (error) {
      // What is in memory is ahead of the disk: it must not be acted upon.
      this.#host.refused(error);
      return;
    }
    if (!this.#host.isClosed) stored();
  }

  /** Begins another life, when it is time to, after the one whose record `last` gives then. */
  beginLater(last: () => GroupRecord): void {
    this.#world.timers.after(this.#comeback.nextDelayMs(), () => void this.#begin(last));
  }

  async #begin(last: () => GroupRecord): Promise<void> {
    if (this.#host.isClosed) return;
    let record: GroupRecord;
    try {
      record = await this.#records.beginLife(last());
    } catch (error) {
      this.#host.refused(error);
      return;
    }
    if (!this.#host.isClosed) this.#host.begin(record);
  }

  async close(): Promise<void> {
    await this.#records.close().catch(() => {});
  }
}
